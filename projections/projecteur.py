"""The projector: reads the log after its position and brings the views to it, batch by batch, exactly once.

Rows, facts and position of the three views change in one transaction, so a crash leaves a batch done or not done.
It connects as ``unefois_projecteur``, which reads events and writes views: no key, no journal, no DDL.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from hashlib import sha256
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any, Final, LiteralString, Self
from uuid import UUID

import psycopg
from eventsourcing.persistence import StoredEvent
from psycopg import AsyncConnection, sql

from ledger import dossier, events
from ledger.events import Fait
from ledger.mapper import to_fait
from projections import VUES, ccapex, clil, comex, vue
from projections.vue import Vue, etat_retenu, rangee

LOT: Final = 500
TICK_S: Final = 2.0  # a notification can be lost with its connection: the log is looked at again at this pace
ATTENTES_S: Final = (0.1, 0.5, 1.0, 2.0, 5.0)  # before each new attempt to connect; the last one is repeated
COLONNES_FAITS: Final = ("dossier", "version", "position", "recorded_at", "topic", "state")
TYPES_FAITS: Final = ("uuid", "int8", "int8", "timestamptz", "text", "bytea")

journal = logging.getLogger(__name__)

Evt = tuple[UUID, int, str, bytes, int, datetime]
"""A row of the log: dossier, version, topic, state, position, recorded_at."""


@cache
def revision() -> str:
    """Which code fills the views: a digest of what decides their content."""
    somme = sha256()
    for module in (vue, clil, ccapex, comex, dossier, events):
        somme.update(Path(str(module.__file__)).read_bytes())
    return somme.hexdigest()[:16]


class ReconstructionNecessaire(Exception):  # noqa: N818 - says what is to be done, not what failed
    """The views were filled by other code: going on would mix two shapes in one table."""


@dataclass(frozen=True, slots=True)
class Etat:
    """The two generations: which one is served, how far each has come, and by which code."""

    active: str
    positions: Mapping[str, int | None]
    revisions: Mapping[str, str]

    @property
    def repos(self) -> str:
        """The generation that is not served."""
        return next(g for g in vue.GENERATIONS if g != self.active)

    @property
    def position(self) -> int:
        """How far the served views have come."""
        return self.positions[self.active] or 0


async def etat(connexion: AsyncConnection[Any], *, pour_ecrire: bool = False) -> Etat:
    """The state of the views. ``pour_ecrire`` holds both rows until the transaction ends: one writer at a time."""
    suffixe: LiteralString = " FOR UPDATE" if pour_ecrire else ""
    curseur = await connexion.execute(
        "SELECT generation, active, position, revision FROM positions ORDER BY generation" + suffixe
    )
    lignes = await curseur.fetchall()
    return Etat(
        active=next(generation for generation, active, _, _ in lignes if active),
        positions={generation: position for generation, _, position, _ in lignes},
        revisions={generation: rev for generation, _, _, rev in lignes},
    )


class Projetes:
    """What a set of whole histories puts in the tables of each view."""

    def __init__(self) -> None:
        self.dossiers: list[UUID] = []
        self.effaces: list[UUID] = []
        self.lignes: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
        self.faits: dict[str, list[tuple[Any, ...]]] = defaultdict(list)

    def ajouter(self, histoire: Sequence[Evt], apres: int = 0) -> None:
        """Match one case. Facts up to ``apres`` are there already, but if an erasure has just emptied some."""
        fermes = [_fait(evt) for evt in histoire]
        replie = dossier.replier(fermes)
        identite = histoire[0][0]
        self.dossiers.append(identite)
        if apres and any(evt[2] == events.PersonneEffacee.TOPIC for evt in histoire if evt[4] > apres):
            self.effaces.append(identite)
            apres = 0
        for v in VUES:
            self.lignes[v.nom].append(rangee(v, v.ligne(identite, histoire[0][4], replie)))
            faits = self.faits[v.nom]
            for evt, ferme in zip(histoire, fermes, strict=True):
                if evt[4] <= apres or (retenu := v.retenir(ferme, replie)) is None:
                    continue
                faits.append((identite, evt[1], evt[4], evt[5], evt[2], etat_retenu(evt[3], ferme, retenu)))

    async def ecrire(self, connexion: AsyncConnection[Any], generation: str, *, remplacer: bool) -> None:
        """COPY rows and facts; ``remplacer`` first removes the rows of these cases, and the facts of the erased."""
        for v in VUES:
            if remplacer:
                await connexion.execute(_SUPPRIMER.format(table(v, "dossiers", generation)), [self.dossiers])
                if self.effaces:
                    await connexion.execute(_SUPPRIMER.format(table(v, "faits", generation)), [self.effaces])
            await _copier(connexion, table(v, "dossiers", generation), v.colonnes, self.lignes[v.nom])
            await _copier(
                connexion, table(v, "faits", generation), COLONNES_FAITS, self.faits[v.nom], types=TYPES_FAITS
            )


_SUPPRIMER: Final = sql.SQL("DELETE FROM {} WHERE dossier = ANY(%s)")


def table(v: Vue[Any], genre: str, generation: str) -> sql.Identifier:
    """The partition of a view's table that holds one generation."""
    return sql.Identifier(f"vue_{v.nom}_{genre}_{generation}")


async def _copier(
    connexion: AsyncConnection[Any],
    cible: sql.Identifier,
    colonnes: Sequence[str],
    rangees: Sequence[tuple[Any, ...]],
    types: Sequence[str] | None = None,
) -> None:
    if not rangees:
        return
    noms = sql.SQL(", ").join(map(sql.Identifier, colonnes))
    mode = sql.SQL("" if types is None else " (FORMAT binary)")
    commande = sql.SQL("COPY {} ({}) FROM STDIN").format(cible, noms) + mode
    async with connexion.cursor() as curseur, curseur.copy(commande) as copie:
        if types is not None:
            copie.set_types(types)
        for rangee_ in rangees:
            await copie.write_row(rangee_)


def _fait(evt: Evt) -> Fait:
    identite, version, topic, octets, position, recorded_at = evt
    return to_fait(StoredEvent(identite, version, topic, octets), position=position, enregistre_le=recorded_at)


def par_dossier(lignes: Iterable[Evt]) -> Iterable[list[Evt]]:
    """Whole histories, of rows ordered by dossier and version."""
    return (list(groupe) for _, groupe in groupby(lignes, key=itemgetter(0)))


_BOUT: Final = 2**63 - 1
_SUITE: Final = """
    WITH lot AS (SELECT originator_id, notification_id FROM dossiers_events
                  WHERE notification_id > %(apres)s AND notification_id <= %(jusqu_a)s ORDER BY notification_id LIMIT %(lot)s)
    SELECT originator_id, originator_version, topic, state, notification_id, recorded_at
      FROM dossiers_events
     WHERE originator_id = ANY (ARRAY(SELECT originator_id FROM lot))
       AND notification_id <= (SELECT max(notification_id) FROM lot)
     ORDER BY originator_id, originator_version
"""


async def avancer(
    connexion: AsyncConnection[Any], *, generation: str | None = None, lot: int = LOT, jusqu_a: int = _BOUT
) -> int:
    """Project one batch into the served generation, or the one given; how many events it took.

    The histories that the batch touches are folded whole: a row is a function of its case's history, whatever
    the batches were.
    """
    async with connexion.transaction():
        ou = await etat(connexion, pour_ecrire=True)
        cible = generation or ou.active
        apres = ou.positions[cible]
        if apres is None:
            message = f"la génération {cible} est vide et n'est pas en reconstruction"
            raise ReconstructionNecessaire(message)
        code = revision()
        if apres == 0:
            await connexion.execute("UPDATE positions SET revision = %s WHERE generation = %s", [code, cible])
        elif ou.revisions[cible] != code:
            message = "les vues viennent d'une autre version du code : lancez « unefois projeter --reconstruire »"
            raise ReconstructionNecessaire(message)
        async with connexion.cursor(binary=True) as curseur:
            await curseur.execute(_SUITE, {"apres": apres, "lot": lot, "jusqu_a": jusqu_a})
            lignes: list[Evt] = await curseur.fetchall()
        if not lignes:
            return 0
        projetes = Projetes()
        for histoire in par_dossier(lignes):
            projetes.ajouter(histoire, apres)
        await projetes.ecrire(connexion, cible, remplacer=True)
        tete = max(evt[4] for evt in lignes)
        await connexion.execute("UPDATE positions SET position = %s WHERE generation = %s", [tete, cible])
        if cible == ou.active:
            await connexion.execute("SELECT pg_notify(current_schema() || '_vues', %s)", [str(tete)])
    return sum(evt[4] > apres for evt in lignes)


async def vider_repos(connexion: AsyncConnection[Any]) -> bool:
    """Empty what an interrupted reconstruction left behind: no erasure would ever reach it. False if one runs."""
    async with connexion.transaction():
        ou = await etat(connexion)
        if ou.positions[ou.repos] is None:
            return False
        curseur = await connexion.execute("SELECT pg_try_advisory_xact_lock(96, hashtext(current_schema()))")
        [[libre]] = await curseur.fetchall()
        if not libre:
            return False
        ou = await etat(connexion, pour_ecrire=True)
        await vider(connexion, ou.repos, position=None)
    return True


async def vider(connexion: AsyncConnection[Any], generation: str, *, position: int | None) -> None:
    """Empty a generation that is not served. Waits for the readers of the moment, and gives up after five seconds."""
    await connexion.execute("SET LOCAL lock_timeout = '5s'")
    tables = sql.SQL(", ").join(table(v, genre, generation) for v in VUES for genre in ("dossiers", "faits"))
    await connexion.execute(sql.SQL("TRUNCATE {}").format(tables))
    await connexion.execute("UPDATE positions SET position = %s WHERE generation = %s", [position, generation])


async def _un_seul(connexion: AsyncConnection[Any]) -> None:
    """Wait to be the active projector of this tenant. Asking again, not blocking: a waiting lock holds a snapshot."""
    while True:
        curseur = await connexion.execute("SELECT pg_try_advisory_lock(95, hashtext(current_schema()))")
        [[obtenu]] = await curseur.fetchall()
        if obtenu:
            return
        await asyncio.sleep(TICK_S / 2)


async def _ecouter(connexion: AsyncConnection[Any], suffixe: LiteralString) -> None:
    curseur = await connexion.execute("SELECT current_schema()")
    [[schema]] = await curseur.fetchall()
    await connexion.execute(sql.SQL("LISTEN {}").format(sql.Identifier(schema + suffixe)))


async def _servir_une_connexion(url: str) -> None:
    async with await AsyncConnection.connect(url, autocommit=True, application_name="unefois projeter") as connexion:
        await _un_seul(connexion)
        await _ecouter(connexion, "_events")
        while True:
            while await avancer(connexion):
                pass
            try:
                await vider_repos(connexion)
            except psycopg.errors.LockNotAvailable:
                journal.info("les vues au repos sont encore lues : elles seront vidées plus tard")
            async for _ in connexion.notifies(timeout=TICK_S, stop_after=1):
                pass


async def servir(url: str) -> None:
    """Keep the views up to date until cancelled. A lost connection is taken up again, later and later."""
    echecs = 0
    while True:
        debut = asyncio.get_running_loop().time()
        try:
            await _servir_une_connexion(url)
        except psycopg.OperationalError as erreur:
            if asyncio.get_running_loop().time() - debut > ATTENTES_S[-1]:
                echecs = 0
            attente = ATTENTES_S[min(echecs, len(ATTENTES_S) - 1)]
            echecs += 1
            journal.warning("base injoignable (%s) : nouvel essai dans %s s", type(erreur).__name__, attente)
            await asyncio.sleep(attente)


class Attente:
    """Read-your-writes: tells when the views have reached a position. One connection for all who wait."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._position = 0
        self._attendus: dict[asyncio.Future[None], int] = {}
        self._tache: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._tache = asyncio.create_task(self._suivre())
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._tache is not None:
            self._tache.cancel()
            await asyncio.wait([self._tache])

    async def attendre(self, position: int, timeout: float) -> bool:  # noqa: ASYNC109 - Prefer: wait=N is this
        """Whether the views reach ``position`` within ``timeout`` seconds. Returns at once when they have."""
        if position <= self._position:
            return True
        futur: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._attendus[futur] = position
        try:
            async with asyncio.timeout(timeout):
                await futur
        except TimeoutError:
            return False
        finally:
            del self._attendus[futur]
        return True

    def _arrivee(self, position: int) -> None:
        self._position = max(self._position, position)
        for futur, attendue in self._attendus.items():
            if attendue <= self._position and not futur.done():
                futur.set_result(None)

    async def _suivre(self) -> None:
        echecs = 0
        while True:
            try:
                async with _connexion(self._url) as connexion:
                    await _ecouter(connexion, "_vues")
                    self._arrivee((await etat(connexion)).position)
                    echecs = 0
                    async for notification in connexion.notifies():
                        self._arrivee(int(notification.payload))
            except psycopg.OperationalError:
                attente = ATTENTES_S[min(echecs, len(ATTENTES_S) - 1)]
                echecs += 1
                await asyncio.sleep(attente)


@asynccontextmanager
async def _connexion(url: str) -> AsyncIterator[AsyncConnection[Any]]:
    async with await AsyncConnection.connect(url, autocommit=True, application_name="unefois attente") as connexion:
        yield connexion

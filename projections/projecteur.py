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
from functools import cache
from hashlib import sha256
from typing import Any, Final, LiteralString, Self
from uuid import UUID

import psycopg
from psycopg import AsyncConnection, sql

from ledger import catalogue as events
from ledger.cache import Cache
from ledger.dossier.part import debuts
from projections import ANNEXES, VUES
from projections.projetes import LIRE, Evt, Pli, Projetes, replier_sans_tenir, table
from projections.table import GENERATIONS, GENRES

LOT: Final = 500
OCTETS_GARDES: Final = 128 * 1024 * 1024
OCTETS_PAR_FAIT: Final = 1000
"""What a folded state keeps of one fact, about."""
FORME: Final = 3
"""To be raised when a row is made of the same events in another way: views of the former shape are rebuilt."""
TICK_S: Final = 2.0  # a notification can be lost with its connection: the log is looked at again at this pace
ATTENTES_S: Final = (0.1, 0.5, 1.0, 2.0, 5.0)  # before each new attempt to connect; the last one is repeated

journal = logging.getLogger(__name__)


@cache
def revision() -> str:
    """Which rules fill the views: a digest of what each keeps, its columns, what is expected, and ``FORME``."""
    regles = [[v.nom, v.colonnes, sorted((topic, sorted(classes)) for topic, classes in v.garde.items())] for v in VUES]
    return sha256(repr((FORME, regles, [annexe.forme() for annexe in ANNEXES])).encode()).hexdigest()[:16]


class ReconstructionNecessaire(Exception):
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
        return next(g for g in GENERATIONS if g != self.active)

    @property
    def position(self) -> int:
        """How far the served views have come."""
        return self.positions[self.active] or 0


_ETAT: Final = "SELECT generation, active, position, revision FROM positions ORDER BY generation"
_ETAT_POUR_ECRIRE: Final = f"{_ETAT} FOR UPDATE"


async def etat(connexion: AsyncConnection[Any], *, pour_ecrire: bool = False) -> Etat:
    """The state of the views. ``pour_ecrire`` holds both rows until the transaction ends: one writer at a time."""
    curseur = await connexion.execute(_ETAT_POUR_ECRIRE if pour_ecrire else _ETAT)
    lignes = await curseur.fetchall()
    return Etat(
        active=next(generation for generation, active, _, _ in lignes if active),
        positions={generation: position for generation, _, position, _ in lignes},
        revisions={generation: rev for generation, _, _, rev in lignes},
    )


class Plis:
    """The cases folded last, by this process. What an event made of a case never changes: nothing goes stale.

    Without it, each batch would fold again the whole history of the cases that it touches.
    """

    def __init__(self, octets: int = OCTETS_GARDES) -> None:
        self._gardes: Cache[UUID, Pli] = Cache(octets)

    @property
    def octets(self) -> int:
        """What is kept weighs about so much."""
        return self._gardes.bytes

    def prendre(self, suite: Sequence[Evt]) -> Pli | None:
        """What these events follow at once; None if it is not at hand, or if an erasure needs the whole history."""
        pli = self._gardes.get(suite[0][0])
        if pli is None or pli.dossier.version + 1 != suite[0][1] or _efface(suite):
            return None
        return pli

    def garder(self, identite: UUID, pli: Pli) -> None:
        """Keep a case, and let go of those that have waited longest: a case weighs what its history does."""
        self._gardes.put(identite, pli, pli.dossier.version * OCTETS_PAR_FAIT + sum(map(len, pli.rangees)))


def _efface(suite: Iterable[Evt]) -> bool:
    return any(evt[2] == events.PersonneEffacee.TOPIC for evt in suite)


_BOUT: Final = 2**63 - 1
_SUITE: Final = LIRE + ("WHERE notification_id > %s AND notification_id <= %s ORDER BY notification_id LIMIT %s")
_HISTOIRES: Final = LIRE + (
    "WHERE originator_id = ANY(%s) AND notification_id <= %s ORDER BY originator_id, originator_version"
)


async def avancer(
    connexion: AsyncConnection[Any],
    *,
    generation: str | None = None,
    lot: int = LOT,
    jusqu_a: int = _BOUT,
    plis: Plis | None = None,
) -> int:
    """Project one batch into the served generation, or the one given; how many events it took.

    ``jusqu_a``: the last position to take. ``plis``: what the caller has folded before, to fold it only once.
    """
    async with connexion.transaction():
        ou = await etat(connexion, pour_ecrire=True)
        cible = generation or ou.active
        apres = ou.positions[cible]
        if apres is None:
            message = f"la génération {cible} est vide et n'est pas en reconstruction"
            raise ReconstructionNecessaire(message)
        if apres and ou.revisions[cible] != revision():
            message = "les vues viennent d'une autre version du code : lancez « unefois projeter --reconstruire »"
            raise ReconstructionNecessaire(message)
        async with connexion.cursor(binary=True) as curseur:
            await curseur.execute(_SUITE, [apres, jusqu_a, lot])
            evts: list[Evt] = await curseur.fetchall()
        if not evts:
            return 0
        tete = evts[-1][4]
        projetes = await _projeter(connexion, evts, tete, Plis() if plis is None else plis)
        await projetes.ecrire(connexion, cible)
        await connexion.execute(
            "UPDATE positions SET position = %s, revision = %s WHERE generation = %s", [tete, revision(), cible]
        )
        if cible == ou.active:
            await connexion.execute("SELECT pg_notify(current_schema() || '_vues', %s)", [str(tete)])
    return len(evts)


async def _projeter(connexion: AsyncConnection[Any], evts: Sequence[Evt], tete: int, plis: Plis) -> Projetes:
    nouveaux: dict[UUID, list[Evt]] = defaultdict(list)
    for evt in evts:
        nouveaux[evt[0]].append(evt)
    suites = {identite: plis.prendre(suite) for identite, suite in nouveaux.items()}
    a_relire = [identite for identite, pli in suites.items() if pli is None]
    histoires: dict[UUID, list[Evt]] = defaultdict(list)
    if a_relire:
        async with connexion.cursor(binary=True) as curseur:
            await curseur.execute(_HISTOIRES, [a_relire, tete])
            for evt in await curseur.fetchall():
                histoires[evt[0]].append(evt)
    projetes = Projetes()
    for identite, suite in nouveaux.items():
        pli = suites[identite]
        if pli is None:
            histoire = histoires[identite]
            fermes, dossier = await replier_sans_tenir(histoire)
            tout = _efface(suite)
            a_ecrire = histoire if tout else suite
            entier = Pli(fermes[0].position, dossier, debuts(fermes))
            pli = projetes.ajouter(entier, a_ecrire, fermes[-len(a_ecrire) :], remplacer=tout)
        else:
            fermes, dossier = await replier_sans_tenir(suite, pli.dossier)
            suivi = Pli(pli.position, dossier, debuts(fermes, pli.debuts), pli.rangees, pli.siennes, pli.a_cote)
            pli = projetes.ajouter(suivi, suite, fermes)
        plis.garder(identite, pli)
    return projetes


async def vider_repos(connexion: AsyncConnection[Any]) -> bool:
    """Empty what an interrupted reconstruction left behind: no erasure would ever reach it. False if one runs."""
    async with connexion.transaction():
        ou = await etat(connexion)
        if ou.positions[ou.repos] is None:
            return False
        curseur = await connexion.execute("SELECT tenir_les_vues_un_instant(96)")
        [[libre]] = await curseur.fetchall()
        if not libre:
            return False
        ou = await etat(connexion, pour_ecrire=True)
        await vider(connexion, ou.repos, position=None)
    return True


async def vider(connexion: AsyncConnection[Any], generation: str, *, position: int | None) -> None:
    """Empty a generation that is not served. Waits for the readers of the moment, and gives up after five seconds."""
    await connexion.execute("SET LOCAL lock_timeout = '5s'")
    des_vues = (table(v, genre, generation) for v in VUES for genre in GENRES)
    tables = (*(annexe.table(generation) for annexe in ANNEXES), *des_vues)
    await connexion.execute(sql.SQL("TRUNCATE {}").format(sql.SQL(", ").join(tables)))
    await connexion.execute(
        "UPDATE positions SET position = %s, revision = '' WHERE generation = %s", [position, generation]
    )


async def _un_seul(connexion: AsyncConnection[Any]) -> None:
    """Wait to be the active projector of this tenant. Asking again, not blocking: a waiting lock holds a snapshot."""
    while True:
        curseur = await connexion.execute("SELECT tenir_les_vues(95)")
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
        plis = Plis()
        while True:
            while await avancer(connexion, plis=plis):
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
        tache, self._tache = self._tache, None
        if tache is not None:
            tache.cancel()
            await asyncio.wait([tache])

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
                    while True:
                        self._arrivee((await etat(connexion)).position)
                        echecs = 0
                        # A hint, that any role may send, with any text: how far the views have come is in the database.
                        async for _ in connexion.notifies(timeout=TICK_S, stop_after=1):
                            pass
            except psycopg.Error:
                attente = ATTENTES_S[min(echecs, len(ATTENTES_S) - 1)]
                echecs += 1
                await asyncio.sleep(attente)


@asynccontextmanager
async def _connexion(url: str) -> AsyncIterator[AsyncConnection[Any]]:
    async with await AsyncConnection.connect(url, autocommit=True, application_name="unefois attente") as connexion:
        yield connexion

"""Reading the log: facts as they stand, closed. Concurrent reads share one query.

Events never change, so the closed facts of a dossier are kept between reads, and each read asks the database for what
came after them. What is kept is ciphertext and clear fields; keys are never kept. It is counted in bytes: a case may
hold ten facts or ten thousand.
"""

import asyncio
from collections.abc import Collection, Iterable, Sequence
from collections.abc import Set as AbstractSet
from typing import Final, LiteralString, NamedTuple
from uuid import UUID

import msgspec
import psycopg
from psycopg.rows import TupleRow

from ledger.batching import Batcher, Capacity, Channel, ensemble
from ledger.cache import Cache
from ledger.catalogue import Fait
from ledger.dossier.etat import Dossier
from ledger.dossier.part import Partie, Soi
from ledger.dossier.repli import Repli
from ledger.errors import LedgerIndisponible
from ledger.index import Effacee
from ledger.keys import KeyStore
from ledger.mapper import lire_fait
from ledger.sealing import Requise, Trousseau

OCTETS_GARDES: Final = 48 * 1024 * 1024
"""What the closed facts that are kept between reads may weigh, about: a case at its bound takes half of it.

Where those that are written to in turn weigh more, each is read whole again. With more, the memory of a service that is
attacked grows past one and a half times what it began with.
"""

OCTETS_PAR_FAIT: Final = 2600
"""What the objects made of one fact weigh besides its recorded state, about: its envelope, its fields, its place in the
state, and in that of the part of who told it."""

FAITS_D_UN_TRAIT: Final = 250
"""Facts read at one stretch, some milliseconds: whoever else waits on the loop goes before the next ones.

It is what one statement brings of a dossier, too: its rows are made into Python at one stretch.
"""

ETENDUE: Final = 20_000
"""Positions of the log that one question looks through, for facts that may be rare."""

_SUITE: Final = (
    "SELECT d.id, e.originator_version, e.topic, e.state, e.notification_id, e.recorded_at, t.tete"
    " FROM (SELECT max(notification_id) AS tete FROM dossiers_events) AS t"
    " CROSS JOIN unnest(%b::uuid[], %b::bigint[]) AS d (id, version)"
    " LEFT JOIN LATERAL (SELECT * FROM dossiers_events x WHERE x.originator_id = d.id"
    " AND x.originator_version > d.version ORDER BY x.originator_version LIMIT %s) AS e ON true"
)
_EFFACEMENTS: Final = (  # each by the index that is kept of its topic
    "SELECT originator_id, originator_version, topic, state, notification_id, recorded_at"
    " FROM dossiers_events WHERE topic = 'unefois:EffacementEngage' UNION ALL"
    " SELECT originator_id, originator_version, topic, state, notification_id, recorded_at"
    " FROM dossiers_events WHERE topic = 'unefois:PersonneEffacee' ORDER BY notification_id"
)
_CHERCHER: Final = (
    "SELECT i.genre, i.empreinte, i.dossier, i.sujet FROM unnest(%b::smallint[], %b::bytea[]) AS u (genre, empreinte)"
    " CROSS JOIN LATERAL (SELECT * FROM index_aveugle x WHERE x.empreinte = u.empreinte AND x.genre = u.genre"
    " OFFSET 0) AS i ORDER BY i.dossier"
)
_APPROCHER: Final = (
    "SELECT u.rang, i.dossier, i.sujet, i.empreinte = u.empreinte"
    " FROM unnest(%b::smallint[], %b::bytea[]) WITH ORDINALITY AS u (genre, empreinte, rang)"
    " CROSS JOIN LATERAL (SELECT * FROM index_aveugle x WHERE x.empreinte >= u.empreinte AND x.genre = u.genre"
    " ORDER BY x.empreinte, x.genre, x.dossier, x.sujet LIMIT %s) AS i ORDER BY u.rang, i.empreinte, i.dossier, i.sujet"
)
_EFFACEES: Final = (
    "SELECT genre, empreinte, dossier, efface_le FROM unnest(%b::smallint[], %b::bytea[]) AS u (genre, empreinte)"
    " JOIN references_effacees USING (genre, empreinte) ORDER BY efface_le"
)
_CONTRIBUTION: Final = (
    "SELECT dossier, contribution, position, empreinte FROM contributions WHERE partenaire = %s AND cle = %s"
)
_DITS: Final = (
    "SELECT originator_id, originator_version, topic, state, notification_id, recorded_at FROM dossiers_events"
    " WHERE notification_id > %s AND notification_id <= %s AND topic = ANY(%s) ORDER BY notification_id LIMIT %s"
)
_HOMONYMES: Final = (
    "SELECT DISTINCT autre.dossier FROM index_aveugle i JOIN index_aveugle autre USING (empreinte, genre)"
    " WHERE i.sujet = %s AND i.genre IN (1, 8, 9) AND autre.dossier <> i.dossier ORDER BY autre.dossier"
)

_BLANC: Final = Dossier()

Correspondance = tuple[UUID, UUID]
"""Dossier, subject."""


class Proche(NamedTuple):
    """Where a hash stands, or the one that comes after it in the order of hashes."""

    dossier: UUID
    sujet: UUID
    exacte: bool


Cherche = tuple[int, bytes]
"""Genre, hash."""


class Lecture(msgspec.Struct, frozen=True):
    """One dossier as it stands: closed facts, their keys, the head of the whole log, and the state they fold to.

    ``requises``: the keys under which something of it is sealed. ``entier``: of a part, the state of the whole.
    """

    dossier: UUID
    faits: tuple[Fait, ...]
    trousseau: Trousseau
    position: int
    etat: Dossier = _BLANC
    requises: frozenset[Requise] = frozenset()
    entier: Dossier | None = None
    parts: dict[Soi, Partie] = msgspec.field(default_factory=dict)

    def part(self, soi: Soi) -> "Lecture":
        """The same, of what this partner told alone. Taken of the whole: a part lacks what others took back of it."""
        partie = self.parts.get(soi)
        if partie is None or partie.etat.version > self.etat.version:  # it was taken of a later reading
            partie = Partie(soi)
        if partie.etat.version < self.etat.version:
            partie.prolonger(self.faits[partie.etat.version :], self.etat.version)
            self.parts[soi] = partie
        return Lecture(self.dossier, partie.faits, self.trousseau, self.position, partie.etat, self.requises, self.etat)


class Suite(msgspec.Struct, frozen=True):
    """The closed facts of a dossier, which keys seal them, what they fold to, and the head of the log by then."""

    faits: tuple[Fait, ...] = ()
    requises: frozenset[Requise] = frozenset()
    etat: Dossier = _BLANC
    position: int = 0
    octets: int = 0
    parts: dict[Soi, Partie] = msgspec.field(default_factory=dict)
    """What each of those who told of it told alone, as far as somebody read it: their parts share out the case."""


_VIDE: Final = Suite()


class _Rallonge:
    """A ``Suite`` to which facts are added, one by one."""

    def __init__(self, connue: Suite) -> None:
        self._connue = connue
        self._repli: Repli | None = None  # it copies: not before there is something to fold
        self._nouveaux: list[Fait] = []
        self._requises: set[Requise] = set()
        self._octets = connue.octets
        self.version = connue.faits[-1].version if connue.faits else 0

    def ajouter(self, fait: Fait, octets: int) -> None:
        """The next fact, whose recorded state weighs so much."""
        self._repli = self._repli or Repli(self._connue.etat)
        self._repli.ajouter(fait)
        self._nouveaux.append(fait)
        self._octets += octets + OCTETS_PAR_FAIT
        self.version = fait.version
        for scelle in fait.scelles:
            self._requises.update([(sujet, scelle.classe) for sujet in scelle.sujet.split("+")])

    def suite(self, position: int) -> Suite:
        """The whole, once there is nothing to add."""
        if self._repli is None:
            connue = self._connue
            return connue if connue.position == position else msgspec.structs.replace(connue, position=position)
        faits, requises = (*self._connue.faits, *self._nouveaux), self._connue.requises | self._requises
        parts = self._connue.parts if self._connue.faits else {}
        return Suite(faits, requises, self._repli.etat, position, self._octets, parts)


class Log:
    """The log alone, for who has no key."""

    def __init__(self, url: str, schema: str = "d93") -> None:
        self._session = Channel(url, schema)
        self._aside = Channel(url, schema)
        attente = Capacity("Trop de lectures attendent : recommencez dans un instant.")
        self._batcher: Batcher[UUID, Suite] = Batcher(self._lire, limit=256, capacity=attente)
        self._gardees: Cache[UUID, Suite] = Cache(OCTETS_GARDES)

    async def faits(self, dossier: UUID) -> Suite:
        """Every fact of a dossier, in order; none if there is no such dossier."""
        return await self._batcher.submit(dossier)

    def connu(self, dossier: UUID) -> Dossier:
        """What a dossier was last known to fold to; nothing, where it is not kept between reads."""
        gardee = self._gardees.get(dossier)
        return _BLANC if gardee is None else gardee.etat

    async def close(self) -> None:
        """Answer who waits, then leave."""
        await self._batcher.drain()
        await self._session.close()
        await self._aside.close()

    async def _lire(self, dossiers: Sequence[UUID]) -> list[Suite]:
        rallonges = {dossier: _Rallonge(self._gardees.get(dossier) or _VIDE) for dossier in dossiers}
        reste, tete = list(rallonges), 0
        while reste:
            versions = {dossier: rallonges[dossier].version for dossier in reste}
            rows = await self._fetch(self._session, _SUITE, [reste, list(versions.values()), FAITS_D_UN_TRAIT])
            for n, (dossier, version, topic, etat, position, enregistre_le, tete_) in enumerate(rows, 1):
                tete = tete_ or 0
                if version is not None:
                    fait = lire_fait(dossier, version, topic, etat, position, enregistre_le)
                    rallonges[dossier].ajouter(fait, len(etat))
                if n % FAITS_D_UN_TRAIT == 0:
                    await asyncio.sleep(0)
            reste = [d for d in reste if rallonges[d].version - versions[d] == FAITS_D_UN_TRAIT]
        suites = {dossier: rallonge.suite(tete) for dossier, rallonge in rallonges.items()}
        for dossier, suite in suites.items():
            if suite.faits:
                self._gardees.put(dossier, suite, suite.octets)
        return [suites[dossier] for dossier in dossiers]

    async def _fetch(self, session: Channel, query: LiteralString, params: Sequence[object] = ()) -> list[TupleRow]:
        try:
            return await session.fetch(query, params)
        except (psycopg.Error, TimeoutError) as e:
            raise LedgerIndisponible("La base des dossiers ne répond pas.") from e


class Reader(Log):
    """The log with its keys, and the blind index."""

    def __init__(self, url: str, cles: KeyStore, schema: str = "d93") -> None:
        super().__init__(url, schema)
        self._cles = cles

    async def lire(self, dossier: UUID) -> Lecture | None:
        """A dossier, or None. The caller unseals what a decision opens, and nothing before it is journaled."""
        lecture = await self.lire_ou_vierge(dossier)
        return lecture if lecture.faits else None

    async def lire_ou_vierge(self, dossier: UUID) -> Lecture:
        """A dossier, or the blank one that a first contribution opens: the same work for both."""
        suite, trousseau = await ensemble(self._batcher.post(dossier), self._cles.demander(dossier))
        dits = _effaces(dossier, suite.etat)
        if not (trousseau.couvre(suite.requises) and trousseau.effaces >= dits):
            # Keys and facts were read at once: a key made for the newest fact, or the tombstone that it tells of, may
            # have come just after its reading. They are durable before their facts: read now, they are there.
            trousseau = await self._cles.lire(dossier)
            trousseau.sans_tombe = dits - trousseau.effaces
        return Lecture(dossier, suite.faits, trousseau, suite.position, suite.etat, suite.requises, parts=suite.parts)

    async def chercher(self, genre: int, empreintes: Collection[bytes]) -> list[Correspondance]:
        """Where these hashes of one kind stand: (dossier, subject)."""
        trouves = await self.chercher_lot([(genre, empreinte) for empreinte in empreintes])
        return list(dict.fromkeys(paire for paires in trouves.values() for paire in paires))

    async def chercher_lot(
        self, cherches: Iterable[tuple[int, bytes]]
    ) -> dict[tuple[int, bytes], list[Correspondance]]:
        """Many hashes in one query; the ones that stand nowhere are left out."""
        paires = list(dict.fromkeys(cherches))
        params = [[int(genre) for genre, _ in paires], [empreinte for _, empreinte in paires]]
        trouves: dict[Cherche, list[Correspondance]] = {}
        for genre, empreinte, dossier, sujet in await self._fetch(self._aside, _CHERCHER, params):
            trouves.setdefault((genre, empreinte), []).append((dossier, sujet))
        return trouves

    async def approcher(self, cherches: Sequence[Cherche], combien: int) -> list[list[Proche]]:
        """Of each hash, in their order, so many entries: those where it stands, then those that come after it.

        Hashes are keyed: what comes after one is a case like any other. So much is found, and can be read, whether or
        not what is sought is there.
        """
        params = [[int(genre) for genre, _ in cherches], [empreinte for _, empreinte in cherches], combien]
        trouves: list[list[Proche]] = [[] for _ in cherches]
        for rang, dossier, sujet, exacte in await self._fetch(self._aside, _APPROCHER, params):
            trouves[rang - 1].append(Proche(dossier, sujet, exacte))
        return trouves

    async def ouverts(self, apres: int, combien: int = 200) -> list[tuple[UUID, int]]:
        """So many dossiers in the order of their opening, after a position of the log, each with its own."""
        query = (
            "SELECT originator_id, notification_id FROM dossiers_events"
            " WHERE originator_version = 1 AND notification_id > %s ORDER BY notification_id LIMIT %s"
        )
        return await self._fetch(self._aside, query, [apres, combien])

    async def dits(self, topics: Collection[str], apres: int, combien: int) -> tuple[list[Fait], int, bool]:
        """So many facts of these topics in the order of the log; how far it was looked through, and if to its end.

        It looks at ``ETENDUE`` positions at most: where none of them is such a fact, it has looked all the same.
        """
        [(tete,)] = await self._fetch(self._aside, "SELECT coalesce(max(notification_id), 0) FROM dossiers_events")
        jusqu_a = min(apres + ETENDUE, tete)
        rows = await self._fetch(self._aside, _DITS, [apres, jusqu_a, list(topics), combien])
        faits = [lire_fait(*row) for row in rows]
        vu = faits[-1].position if len(faits) == combien else max(apres, jusqu_a)
        return faits, vu, vu >= tete

    async def effacees(self, cherches: Iterable[tuple[int, bytes]]) -> dict[tuple[int, bytes], Effacee]:
        """Of these hashes, those by which an erased household, or person, was known; the last, where there are more."""
        paires = list(dict.fromkeys(cherches))
        if not paires:
            return {}
        params = [[int(genre) for genre, _ in paires], [empreinte for _, empreinte in paires]]
        rows = await self._fetch(self._aside, _EFFACEES, params)
        return {(genre, empreinte): Effacee(dossier, le) for genre, empreinte, dossier, le in rows}

    async def homonymes(self, personne: UUID) -> list[UUID]:
        """The other dossiers where the blind index finds this person."""
        return [dossier for (dossier,) in await self._fetch(self._aside, _HOMONYMES, [personne])]

    async def actes_connus(self, empreintes: Collection[bytes]) -> dict[bytes, UUID]:
        """Of these natural keys of acts, those in the ledger, with their dossier."""
        query = "SELECT empreinte, dossier FROM cles_naturelles WHERE empreinte = ANY(%b)"
        return dict(await self._fetch(self._aside, query, [list(empreintes)]))

    async def releve(self, source: str) -> str | None:
        """The cursor up to which a source of acts was read; None where it never was."""
        query = "SELECT curseur FROM releves WHERE source = %s ORDER BY rang DESC LIMIT 1"
        rows = await self._fetch(self._aside, query, [source])
        return rows[0][0] if rows else None

    async def contribution(self, partenaire: str, cle: str) -> tuple[UUID, UUID, int, bytes | None] | None:
        """What this key of this organisation was used for: dossier, contribution, position, request's fingerprint."""
        rows = await self._fetch(self._aside, _CONTRIBUTION, [partenaire, cle])
        return rows[0] if rows else None

    async def indexes(self, sujets: Collection[UUID]) -> list[Correspondance]:
        """Of these subjects, those that the blind index still finds, or that a file still names."""
        query = (
            "SELECT dossier, sujet FROM index_aveugle WHERE sujet = ANY(%s) UNION"
            " SELECT dossier, sujet FROM pieces CROSS JOIN unnest(personnes) AS u (sujet)"
            " WHERE personnes && %s AND sujet = ANY(%s)"
        )
        return await self._fetch(self._aside, query, [list(sujets)] * 3)

    async def effacements(self) -> list[Fait]:
        """Every erasure that the log tells, engaged or finished."""
        return [lire_fait(*row) for row in await self._fetch(self._aside, _EFFACEMENTS)]


def _effaces(dossier: UUID, etat: Dossier) -> AbstractSet[str]:
    """Whom the log says erased."""
    effaces = frozenset(map(str, etat.effacees))
    return effaces | {str(dossier)} if etat.menage_efface else effaces

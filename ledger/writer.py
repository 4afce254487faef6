"""Writing the log: concurrent contributions share one transaction, each judged alone.

A group is one call of the SQL function ``ecrire``, which takes the tenant's lock, so positions are given in the order
in which they become visible. When the answer of a commit is lost, the same group is sent once more: what had been
recorded answers so, and nothing is recorded twice.
"""

from collections.abc import Collection, Iterator, Sequence
from typing import Any, Final, Literal, LiteralString, assert_never
from uuid import UUID

import msgspec
import orjson
import psycopg
from eventsourcing.persistence import StoredEvent
from psycopg.rows import TupleRow

from ledger.batching import Batcher, Capacity, Channel
from ledger.errors import LedgerIndisponible
from ledger.index import UNIQUES, Entree
from ledger.journal import Ligne
from ledger.verdict import ActeConnu, CleReutilisee, Conflit, Deja, Ecrit, Verdict

LOT: Final = 1000
"""Events written under one hold of the lock, at most: others wait for it no longer than that takes."""
_ENVELOPPE: Final = 2048
"""Bytes of a contribution that waits, beside those of its events: its hashes, its journal rows."""

Statut = Literal["ecrit", "deja", "conflit", "cle_reutilisee", "acte_connu"]
"""What the SQL function answers of each."""

# %b: a list of bytes costs a thousand times more to write as text than in binary.
_ECRIRE: Final = (
    "SELECT * FROM ecrire(%b::text[], %b::text[], %b::bytea[], %b::uuid[], %b::uuid[], %b::bigint[], %b::int[],"
    " %b::int[], %b::bigint[], %b::text[], %b::bytea[], %b::int[], %b::smallint[], %b::bytea[], %b::uuid[],"
    " %b::int[], %b::bytea[], %s::jsonb)"
)


class Ecriture(msgspec.Struct, frozen=True, kw_only=True):
    """A contribution ready to be recorded: sealed events for the versions that follow ``version_attendue``.

    ``cle`` is the organisation's idempotency key (the contribution's id stands for it when there is none),
    ``empreinte`` the HMAC of its request. ``lignes`` are journaled in the same transaction, once it is stored.
    """

    dossier: UUID
    version_attendue: int
    evenements: tuple[StoredEvent, ...]
    partenaire: str
    cle: str | None
    empreinte: bytes | None
    contribution: UUID
    lignes: tuple[Ligne, ...]
    index: tuple[Entree, ...] = ()
    cles_naturelles: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        places = [(e.originator_id, e.originator_version) for e in self.evenements]
        versions = range(self.version_attendue + 1, self.version_attendue + 1 + len(places))
        if not places or places != [(self.dossier, version) for version in versions]:
            raise ValueError("Une contribution écrit au moins un événement, dans un dossier, aux versions suivantes.")

    def exclusivites(self) -> Iterator[object]:
        """What no two contributions of a group may share: the second could not see the first."""
        yield self.partenaire, self.cle_effective
        yield from self.cles_naturelles
        if self.version_attendue == 0:
            yield from ((genre, empreinte) for genre, empreinte, _ in self.index if genre in UNIQUES)

    @property
    def cle_effective(self) -> str:
        """The key that it is known by, so that the same call made again is recognised."""
        return self.cle if self.cle is not None else str(self.contribution)


class Writer:
    """The single way into the log. ``ecrire`` for requests, ``ecrire_lot`` for imports."""

    def __init__(self, url: str, schema: str = "d93") -> None:
        self._session = Channel(url, schema)
        self._lots = Channel(url, schema, delai=60.0)
        attente = Capacity("Trop d'écritures attendent : renvoyez la même requête, avec la même clé, dans un instant.")
        self._batcher: Batcher[Ecriture, Verdict] = Batcher(
            self._servir,
            limit=LOT,
            capacity=attente,
            cost=lambda ecriture: len(ecriture.evenements),
            size=lambda ecriture: _ENVELOPPE + sum(len(e.state) for e in ecriture.evenements),
        )

    async def ecrire(self, ecriture: Ecriture) -> Verdict:
        """Return once the contribution is durable, or once it is known why it is not. ``Sature``: nothing was begun."""
        return await self._batcher.submit(ecriture)

    async def ecrire_lot(self, ecritures: Sequence[Ecriture]) -> list[Verdict]:
        """Record many, in order, at most ``LOT`` events under one lock. Each is atomic; the whole is not."""
        return [verdict for groupe in _groupes(ecritures) for verdict in await self._ecrire(self._lots, groupe)]

    async def oublier(self, dossier: UUID, personne: UUID) -> None:
        """Take a person whose erasure is recorded out of the blind index."""
        await self._appeler("SELECT oublier(%s, %s)", [dossier, personne])

    async def indexer(self, dossier: UUID, entrees: Collection[Entree]) -> int:
        """Add entries to the blind index of a dossier; how many it did not have."""
        genres, empreintes, sujets = ([entree[rang] for entree in entrees] for rang in range(3))
        ajoutees = await self._appeler(
            "INSERT INTO index_aveugle (genre, empreinte, dossier, sujet)"
            " SELECT u.genre, u.empreinte, %s, u.sujet"
            " FROM unnest(%b::smallint[], %b::bytea[], %b::uuid[]) AS u (genre, empreinte, sujet)"
            " ON CONFLICT DO NOTHING RETURNING 1",
            [dossier, [int(genre) for genre in genres], empreintes, sujets],
        )
        return len(ajoutees)

    async def noter_releve(self, source: str, curseur: str) -> None:
        """Say that all that a source of acts had before this cursor is recorded."""
        await self._appeler("INSERT INTO releves (source, curseur) VALUES (%s, %s)", [source, curseur])

    async def preparer_journal(self) -> None:
        """Have the journal's partitions of the coming months ready."""
        await self._appeler("SELECT preparer_journal()")

    async def _appeler(self, query: LiteralString, params: Sequence[object] = ()) -> list[TupleRow]:
        try:
            return await self._lots.fetch(query, params)
        except (psycopg.Error, TimeoutError) as e:
            raise LedgerIndisponible("La base des dossiers ne répond pas.") from e

    async def close(self) -> None:
        """Let the last contributions be recorded, then leave."""
        await self._batcher.drain()
        await self._session.close()
        await self._lots.close()

    async def _servir(self, ecritures: Sequence[Ecriture]) -> list[Verdict]:
        return [verdict for groupe in _groupes(ecritures) for verdict in await self._ecrire(self._session, groupe)]

    async def _ecrire(self, session: Channel, groupe: Sequence[Ecriture]) -> list[Verdict]:
        params = _parametres(groupe)
        try:
            try:
                rows = await session.fetch(_ECRIRE, params)
            except (psycopg.OperationalError, psycopg.InterfaceError):
                rows = await session.fetch(_ECRIRE, params)
        except (psycopg.Error, TimeoutError) as e:
            raise LedgerIndisponible("L'enregistrement n'est pas confirmé : recommencez avec la même clé.") from e
        return [_verdict(ecriture, *row) for ecriture, row in zip(groupe, rows, strict=True)]


def _verdict(ecriture: Ecriture, statut: Statut, position: int, contribution: UUID, dossier: UUID) -> Verdict:
    match statut:
        case "ecrit":
            return Ecrit(position, contribution, dossier)
        case "deja":
            return Deja(position, contribution, dossier)
        case "conflit":
            return Conflit(ecriture.dossier)
        case "cle_reutilisee":
            return CleReutilisee(ecriture.dossier)
        case "acte_connu":
            return ActeConnu(ecriture.dossier)
        case _:
            assert_never(statut)


def _groupes(ecritures: Sequence[Ecriture]) -> Iterator[list[Ecriture]]:
    """Cut, in order, so that a group is no longer than ``LOT`` and no two share what must be unique."""
    groupe: list[Ecriture] = []
    prises: set[object] = set()
    evenements = 0
    for ecriture in ecritures:
        siennes = set(ecriture.exclusivites())
        evenements += len(ecriture.evenements)
        if groupe and (evenements > LOT or not prises.isdisjoint(siennes)):
            yield groupe
            groupe, prises, evenements = [], set(), len(ecriture.evenements)
        groupe.append(ecriture)
        prises |= siennes
    if groupe:
        yield groupe


def _parametres(groupe: Sequence[Ecriture]) -> list[Any]:
    rangs = list(enumerate(groupe, 1))
    evenements = [(rang, evenement) for rang, ecriture in rangs for evenement in ecriture.evenements]
    index = [(rang, *entree) for rang, ecriture in rangs for entree in ecriture.index]
    naturelles = [(rang, cle) for rang, ecriture in rangs for cle in ecriture.cles_naturelles]
    lignes = [ligne.en_json(rang) for rang, ecriture in rangs for ligne in ecriture.lignes]
    return [
        [e.partenaire for e in groupe],
        [e.cle_effective for e in groupe],
        [e.empreinte for e in groupe],
        [e.dossier for e in groupe],
        [e.contribution for e in groupe],
        [e.version_attendue for e in groupe],
        [len(e.evenements) for e in groupe],
        [rang for rang, _ in evenements],
        [e.originator_version for _, e in evenements],
        [e.topic for _, e in evenements],
        [e.state for _, e in evenements],
        [rang for rang, *_ in index],
        [int(genre) for _, genre, _, _ in index],
        [empreinte for *_, empreinte, _ in index],
        [sujet for *_, sujet in index],
        [rang for rang, _ in naturelles],
        [cle for _, cle in naturelles],
        orjson.dumps(lignes).decode(),
    ]

"""Files, sealed chunk by chunk: what comes in is hashed, cut, sealed and stored as it comes, and leaves the same way.

A chunk is bound (AAD) to tenant, dossier, file, subject, class, its rank, and whether it is the last one: it opens
nowhere else, and a file that was cut short, or whose chunks were swapped or repeated, does not open to its end.
Whoever reads or writes holds one chunk. A deposit that nobody ends goes within the hour, unless its fact is recorded.
"""

import hashlib
from collections.abc import AsyncIterator, Collection
from typing import Final, LiteralString, NamedTuple
from uuid import UUID

import psycopg
from psycopg.rows import TupleRow

from ledger.batching import Channel
from ledger.catalogue import OCTETS_PAR_PIECE, Classe
from ledger.errors import Discordance, LedgerIndisponible, ScelleInvalide
from ledger.sealing import Cle, aad

MORCEAU: Final = 64 * 1024
"""Bytes of a chunk before it is sealed; of the last one, at most."""
CLASSE: Final = Classe.S2
"""That of the fact which tells of the file: both are under one key."""

_OUVRIR: Final = (
    "WITH ouverte AS (INSERT INTO pieces (piece, dossier, personnes, partenaire) VALUES (%b, %b, %b, %s)"
    " RETURNING piece) INSERT INTO pieces_en_cours (piece) VALUES (%b)"
)
_DEPUIS_HIER: Final = (
    "SELECT count(*) FROM pieces WHERE partenaire = %s AND deposee_le > clock_timestamp() - interval '1 day'"
)


class Emplacement(NamedTuple):
    """What the chunks of a file are bound to: where it is, which it is, under whose keys."""

    tenant: str
    dossier: UUID
    piece: UUID
    sujet: str

    def liaison(self, rang: int, *, dernier: bool) -> bytes:
        """The place of one chunk."""
        suite = "fin" if dernier else "suite"
        return aad("piece", self.tenant, self.dossier, self.piece, self.sujet, CLASSE, rang, suite)


class TropLongue(Exception):
    """More came than a file may weigh."""


class Pieces:
    """The files of one tenant, in the database of its events."""

    def __init__(self, url: str, schema: str = "d93") -> None:
        self._writing = Channel(url, schema)
        self._reading = Channel(url, schema)

    async def ouvrir(self, place: Emplacement, personnes: Collection[UUID], partenaire: str) -> None:
        """Begin a deposit."""
        params = [place.piece, place.dossier, list(personnes), partenaire, place.piece]
        await self._fetch(self._writing, _OUVRIR, params)

    async def ajouter(self, piece: UUID, rang: int, scelle: bytes) -> None:
        """Store one sealed chunk."""
        query = "INSERT INTO pieces_morceaux (piece, rang, scelle) VALUES (%b, %b, %b)"
        await self._fetch(self._writing, query, [piece, rang, scelle])

    async def finir(self, piece: UUID | None = None) -> int:
        """End a deposit, and those that were left behind; how many files went, which no fact tells of."""
        [(oubliees,)] = await self._fetch(self._writing, "SELECT finir_pieces(%b::uuid)", [piece])
        return int(oubliees)

    async def depuis_hier(self, partenaire: str) -> int:
        """How many files a partner has brought in a day, those that were refused while they came not included."""
        [(combien,)] = await self._fetch(self._reading, _DEPUIS_HIER, [partenaire])
        return int(combien)

    async def derouler(self, place: Emplacement, cle: Cle, octets: int) -> AsyncIterator[bytes]:
        """The content of a file that has so many bytes, chunk after chunk.

        ``Discordance`` for a chunk that is missing, or that does not open where it is.
        """
        dernier = (octets - 1) // MORCEAU
        query = "SELECT scelle FROM pieces_morceaux WHERE piece = %b AND rang = %b"
        for rang in range(dernier + 1):
            rows = await self._fetch(self._reading, query, [place.piece, rang])
            if not rows:
                raise Discordance(place.dossier, "morceau_absent")
            try:
                yield cle.unseal(rows[0][0], place.liaison(rang, dernier=rang == dernier))
            except ScelleInvalide as e:
                raise Discordance(place.dossier, "morceau_altere") from e

    async def close(self) -> None:
        """Leave the database."""
        await self._writing.close()
        await self._reading.close()

    async def _fetch(self, session: Channel, query: LiteralString, params: list[object]) -> list[TupleRow]:
        try:
            return await session.fetch(query, params)
        except (psycopg.Error, TimeoutError) as e:
            raise LedgerIndisponible("La base des dossiers ne répond pas.") from e


class Depot:
    """One file as it comes in. ``octets`` and ``empreinte`` are those of what came so far."""

    def __init__(self, pieces: Pieces, place: Emplacement, cle: Cle) -> None:
        self._pieces, self._place, self._cle = pieces, place, cle
        self._tampon = bytearray()
        self._sha = hashlib.sha256()
        self._rang = 0
        self.octets = 0

    @property
    def empreinte(self) -> str:
        """The SHA-256 of what came."""
        return self._sha.hexdigest()

    async def ajouter(self, octets: bytes) -> None:
        """Take what came; ``TropLongue`` beyond what a file may weigh. Whole chunks are stored, but the last."""
        self.octets += len(octets)
        if self.octets > OCTETS_PAR_PIECE:
            raise TropLongue
        self._sha.update(octets)
        self._tampon += octets
        while len(self._tampon) > MORCEAU:
            await self._sceller(MORCEAU, dernier=False)

    async def clore(self) -> None:
        """Store what is left: nothing more comes."""
        await self._sceller(len(self._tampon), dernier=True)

    async def _sceller(self, longueur: int, *, dernier: bool) -> None:
        clair = bytes(self._tampon[:longueur])
        del self._tampon[:longueur]
        scelle = self._cle.seal(clair, self._place.liaison(self._rang, dernier=dernier))
        await self._pieces.ajouter(self._place.piece, self._rang, scelle)
        self._rang += 1

"""Files, sealed chunk by chunk: what comes in is hashed, cut, sealed and stored as it comes, and leaves the same way.

A chunk is bound (AAD) to tenant, dossier, file, subject, class, its rank, and whether it is the last one: it opens
nowhere else, and a file that was cut short, or whose chunks were swapped or repeated, does not open to its end.
Whoever reads or writes holds one chunk, or what a store takes together. A deposit that nobody ends goes within the
hour, unless its fact is recorded.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import suppress
from typing import Final, LiteralString, NamedTuple, Protocol
from uuid import UUID

import psycopg
from psycopg.rows import TupleRow

from ledger.batching import Channel
from ledger.catalogue import OCTETS_PAR_PIECE, Classe
from ledger.errors import Discordance, LedgerIndisponible, ScelleInvalide
from ledger.sealing import SURPLUS, Cle, aad

MORCEAU: Final = 64 * 1024
"""Bytes of a chunk before it is sealed; of the last one, at most."""
CLASSE: Final = Classe.S2
"""That of the fact which tells of the file: both are under one key."""

ENSEMBLE: Final = 8
"""Chunks that a store takes together, as one object: half a megabyte."""
SCELLE: Final = MORCEAU + SURPLUS
"""Bytes of a chunk once it is sealed."""
BALAYAGE_S: Final = 1.0
"""Seconds for which whoever ends something takes out of the store what is to go: it is answered in time."""

_A_OTER: Final = (
    "SELECT piece FROM pieces_a_oter WHERE NOT vue OR depuis < clock_timestamp() - interval '1 hour'"
    " ORDER BY depuis LIMIT 20"
)
_OUVRIR: Final = (
    "WITH ouverte AS (INSERT INTO pieces (piece, dossier, personnes, partenaire, dehors) VALUES (%b, %b, %b, %s, %b)"
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


class Magasin(Protocol):
    """Where sealed chunks stand, beside the database that tells of their files. ``LedgerIndisponible``, of any verb."""

    async def poser(self, nom: str, octets: bytes) -> None:
        """Keep an object, in the place of whatever has its name."""

    async def prendre(self, nom: str, au_plus: int) -> bytes | None:
        """The bytes of an object, none if it holds more than that; None if there is no such object."""

    async def oter(self, sous: str) -> None:
        """Take away all whose names begin so, up to a ``/``."""


class TropLongue(Exception):
    """More came than a file may weigh."""


class Pieces:
    """The files of one tenant: in the database of its events, or told of there and kept in a store."""

    def __init__(self, url: str, schema: str = "d93", magasin: Magasin | None = None) -> None:
        self._writing = Channel(url, schema)
        self._reading = Channel(url, schema)
        self._magasin = magasin

    @property
    def ensemble(self) -> int:
        """How many chunks are stored together."""
        return 1 if self._magasin is None else ENSEMBLE

    async def ouvrir(self, place: Emplacement, personnes: Collection[UUID], partenaire: str) -> None:
        """Begin a deposit."""
        params = [place.piece, place.dossier, list(personnes), partenaire, self._magasin is not None, place.piece]
        await self._fetch(self._writing, _OUVRIR, params)

    async def poser(self, piece: UUID, rang: int, scelles: Sequence[bytes]) -> None:
        """Store sealed chunks that follow each other from there; as many as go together, but the last ones."""
        if self._magasin is not None:
            await self._magasin.poser(_nom(piece, rang), b"".join(scelles))
            return
        for suivant, scelle in enumerate(scelles, rang):
            await self.ajouter(piece, suivant, scelle)

    async def ajouter(self, piece: UUID, rang: int, scelle: bytes) -> None:
        """Store one sealed chunk in the database."""
        query = "INSERT INTO pieces_morceaux (piece, rang, scelle) VALUES (%b, %b, %b)"
        await self._fetch(self._writing, query, [piece, rang, scelle])

    async def finir(self, piece: UUID | None = None) -> int:
        """End a deposit, and those that were left behind; how many files went, which no fact tells of."""
        [(oubliees,)] = await self._fetch(self._writing, "SELECT finir_pieces(%b::uuid)", [piece])
        await self.balayer()
        return int(oubliees)

    async def balayer(self) -> None:
        """Take out of the store what the database has let go of, for a moment: what stays is for who comes next."""
        if self._magasin is None:
            return
        with suppress(LedgerIndisponible, TimeoutError):
            async with asyncio.timeout(BALAYAGE_S):
                for (piece,) in await self._fetch(self._reading, _A_OTER, []):
                    await self._magasin.oter(f"{piece}/")
                    await self._fetch(self._writing, "SELECT piece_otee(%b)", [piece])

    async def depuis_hier(self, partenaire: str) -> int:
        """How many files a partner has brought in a day, those that were refused while they came not included."""
        [(combien,)] = await self._fetch(self._reading, _DEPUIS_HIER, [partenaire])
        return int(combien)

    async def derouler(self, place: Emplacement, cle: Cle, octets: int) -> AsyncIterator[bytes]:
        """The content of a file that has so many bytes, chunk after chunk.

        ``Discordance`` for a chunk that is missing, or that does not open where it is.
        """
        dernier = (octets - 1) // MORCEAU
        rows = await self._fetch(self._reading, "SELECT dehors FROM pieces WHERE piece = %b", [place.piece])
        dehors = bool(rows) and rows[0][0]
        scelles = self._du_magasin(place.piece, dernier) if dehors else self._de_la_base(place.piece, dernier)
        rang = 0
        async for scelle in scelles:
            if scelle is None:
                raise Discordance(place.dossier, "morceau_absent")
            try:
                yield cle.unseal(scelle, place.liaison(rang, dernier=rang == dernier))
            except ScelleInvalide as e:
                raise Discordance(place.dossier, "morceau_altere") from e
            rang += 1

    async def _de_la_base(self, piece: UUID, dernier: int) -> AsyncIterator[bytes | None]:
        query = "SELECT scelle FROM pieces_morceaux WHERE piece = %b AND rang = %b"
        for rang in range(dernier + 1):
            rows = await self._fetch(self._reading, query, [piece, rang])
            yield rows[0][0] if rows else None

    async def _du_magasin(self, piece: UUID, dernier: int) -> AsyncIterator[bytes | None]:
        if self._magasin is None:
            raise LedgerIndisponible("Le magasin des pièces n'est pas réglé.")
        for rang in range(0, dernier + 1, ENSEMBLE):
            lus = await self._magasin.prendre(_nom(piece, rang), ENSEMBLE * SCELLE)
            for debut in range(min(ENSEMBLE, dernier + 1 - rang)):
                scelle = (lus or b"")[debut * SCELLE : (debut + 1) * SCELLE]
                yield scelle if len(scelle) > SURPLUS else None

    async def close(self) -> None:
        """Leave the database."""
        await self._writing.close()
        await self._reading.close()

    async def _fetch(self, session: Channel, query: LiteralString, params: list[object]) -> list[TupleRow]:
        try:
            return await session.fetch(query, params)
        except (psycopg.Error, TimeoutError) as e:
            raise LedgerIndisponible("La base des dossiers ne répond pas.") from e


def _nom(piece: UUID, rang: int) -> str:
    """The object that holds a chunk: it names the file by its id, and nothing else."""
    return f"{piece}/{rang // ENSEMBLE:03d}"


class Depot:
    """One file as it comes in. ``octets`` and ``empreinte`` are those of what came so far."""

    def __init__(self, pieces: Pieces, place: Emplacement, cle: Cle) -> None:
        self._pieces, self._place, self._cle = pieces, place, cle
        self._tampon = bytearray()
        self._scelles: list[bytes] = []
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
        await self._poser()

    async def _sceller(self, longueur: int, *, dernier: bool) -> None:
        clair = bytes(self._tampon[:longueur])
        del self._tampon[:longueur]
        self._scelles.append(self._cle.seal(clair, self._place.liaison(self._rang, dernier=dernier)))
        self._rang += 1
        if len(self._scelles) == self._pieces.ensemble:
            await self._poser()

    async def _poser(self) -> None:
        if self._scelles:
            await self._pieces.poser(self._place.piece, self._rang - len(self._scelles), self._scelles)
            self._scelles = []

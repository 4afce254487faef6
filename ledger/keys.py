"""The keys database: data keys, wrapped, and the tombstones of those that were destroyed.

No process keeps a key: they are fetched with each read and each write (many at once, one query), so a destruction
holds everywhere from the next request on.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Final, LiteralString
from uuid import UUID

import psycopg

from ledger.batching import Batcher, Capacity, Channel
from ledger.catalogue import Classe
from ledger.errors import ClesIndisponibles, SujetEfface
from ledger.sealing import Kek, Requise, Trousseau

_EFFACE: Final = "UF001"
_LIRE: Final = "SELECT dossier, sujet::text, classe, cle_scellee FROM cles WHERE dossier = ANY(%b)"
# The message is nothing, but it is written: where every key stands already, the commit waits for the disk all the same,
# and who opens a case cannot tell by the time that it took whether others had.
_CREER: Final = (
    "WITH creees AS (INSERT INTO cles (dossier, sujet, classe, cle_scellee)"
    " SELECT dossier, sujet::uuid, classe, cle FROM unnest(%b::uuid[], %b::text[], %b::text[], %b::bytea[])"
    " AS u (dossier, sujet, classe, cle) ON CONFLICT DO NOTHING)"
    " SELECT FROM pg_logical_emit_message(true, 'unefois', '')"
)
_SES_CLES: Final = "SELECT FROM cles WHERE cles.sujet = tombes.sujet"
_TOMBES: Final = "SELECT sujet, decision, dossier, personne, partenaire, role, agent FROM tombes"

CleScellee = tuple[UUID, str, Classe, bytes]
"""Dossier, subject, class, wrapped key."""


@dataclass(frozen=True, slots=True)
class Tombe:
    """One subject whose keys are destroyed: under which decision, of which dossier, for whom, executed by whom."""

    sujet: UUID
    decision: UUID
    dossier: UUID
    personne: UUID
    partenaire: str
    role: str
    agent: str


class KeyStore:
    """Reads, makes and destroys keys. It holds the key-encryption key; the database holds only wrapped ones."""

    def __init__(self, url: str, kek: Kek, schema: str = "d93") -> None:
        self._kek = kek
        self._tenant = schema
        self._reading = Channel(url, schema)
        self._writing = Channel(url, schema)
        attente = Capacity("Trop de clés sont demandées : recommencez dans un instant.")
        self._lectures: Batcher[UUID, Trousseau] = Batcher(self._lire, limit=256, capacity=attente)
        self._creations: Batcher[Sequence[CleScellee], SujetEfface | None] = Batcher(
            self._creer, limit=2048, capacity=attente, cost=len, size=lambda cles: 256 * len(cles)
        )

    async def lire(self, dossier: UUID) -> Trousseau:
        """The keys of a dossier as they stand now; none is destroyed in secret of who asked later."""
        return await self.demander(dossier)

    def demander(self, dossier: UUID) -> asyncio.Future[Trousseau]:
        """The same, to be awaited beside something else."""
        return self._lectures.post(dossier)

    def vierge(self, dossier: UUID) -> Trousseau:
        """The keyring of a dossier that nothing was sealed for yet. Pickled, it lets a child process make more."""
        return Trousseau(self._tenant, dossier, {}, self._kek)

    async def creer(self, dossier: UUID, manquantes: Iterable[Requise]) -> Trousseau:
        """Make what is missing, durably, and return the keys that stand: when two make one key, the first one does.

        ``SujetEfface`` if one of the subjects was erased.
        """
        nouvelles = self.vierge(dossier).nouvelles(manquantes)
        if nouvelles:
            refus = await self._creations.submit([(dossier, s, c, cle) for (s, c), cle in nouvelles.items()])
            if refus is not None:
                raise refus
        return await self.lire(dossier)

    async def creer_lot(self, cles: Sequence[CleScellee]) -> None:
        """Many wrapped keys (an import's), made elsewhere, of subjects that exist nowhere else. All, or none."""
        refus = (await self._creer([cles]))[0]
        if refus is not None:
            raise refus

    async def detruire(self, tombe: Tombe, *autres: UUID) -> int:
        """Destroy every key of the subject (and of the others that go with it), for ever; how many there were.

        One transaction: the tombstones that forbid new keys, and the deletion. Repeated, it changes nothing.
        """
        t = tombe
        sujets = [t.sujet, *autres]
        params = [sujets, t.decision, t.dossier, t.personne, t.partenaire, t.role, t.agent]
        try:
            [(detruites,)] = await self._writing.fetch(
                "SELECT detruire(%b::uuid[], %s, %s, %s, %s::text, %s::text, %s::text)", params
            )
        except (psycopg.Error, TimeoutError) as e:
            raise ClesIndisponibles("La destruction des clés n'est pas confirmée : recommencez.") from e
        return int(detruites)

    async def tombes(self, dossier: UUID | None = None) -> list[Tombe]:
        """What was destroyed: everywhere, or in one dossier."""
        if dossier is None:
            return await self._tombes(_TOMBES + " ORDER BY detruite_le")
        return await self._tombes(_TOMBES + " WHERE dossier = %s ORDER BY detruite_le", [dossier])

    async def revenants(self) -> list[Tombe]:
        """The destroyed subjects that have a key again: a backup was restored over their destruction."""
        return await self._tombes(f"{_TOMBES} WHERE EXISTS ({_SES_CLES})")

    async def _tombes(self, query: LiteralString, params: Sequence[object] = ()) -> list[Tombe]:
        try:
            rows = await self._writing.fetch(query, params)
        except (psycopg.Error, TimeoutError) as e:
            raise ClesIndisponibles("La base des clés ne répond pas.") from e
        return [Tombe(*row) for row in rows]

    async def eprouver(self) -> None:
        """Raise ``ClesIndisponibles`` unless keys could be read now."""
        await self._lire([])

    async def close(self) -> None:
        """Answer who waits, then leave."""
        await self._lectures.drain()
        await self._creations.drain()
        await self._reading.close()
        await self._writing.close()

    async def _lire(self, dossiers: Sequence[UUID]) -> list[Trousseau]:
        try:
            rows = await self._reading.fetch(_LIRE, [list(dossiers)])
        except (psycopg.Error, TimeoutError) as e:
            raise ClesIndisponibles("La base des clés ne répond pas.") from e
        scellees: defaultdict[UUID, dict[Requise, bytes]] = defaultdict(dict)
        for dossier, sujet, classe, cle in rows:
            scellees[dossier][sujet, Classe(classe)] = cle
        return [Trousseau(self._tenant, dossier, scellees[dossier], self._kek) for dossier in dossiers]

    async def _creer(self, lots: Sequence[Sequence[CleScellee]]) -> list[SujetEfface | None]:
        """Make the keys of several requests; when one asks for an erased subject, that one alone is refused."""
        # Sorted: two groups that insert the same keys in opposite orders would wait for each other for ever.
        cles = sorted((cle for lot in lots for cle in lot), key=itemgetter(1, 2))
        colonnes = [list(colonne) for colonne in zip(*cles, strict=True)]
        try:
            await self._writing.fetch(_CREER, colonnes)
        except psycopg.Error as e:
            if e.sqlstate != _EFFACE:
                raise ClesIndisponibles("Les clés n'ont pas pu être créées.") from e
            if len(lots) > 1:
                return [refus for lot in lots for refus in await self._creer([lot])]
            refus = SujetEfface("Une clé est demandée pour une personne effacée.")
            refus.__cause__ = e
            return [refus]
        except TimeoutError as e:
            raise ClesIndisponibles("Les clés n'ont pas pu être créées.") from e
        return [None] * len(lots)

"""The keys database: data keys, wrapped, and the tombstones of those that were destroyed.

No process keeps a key: they are fetched with each read and each write (many at once, one query), so a destruction
holds everywhere from the next request on.
"""

import asyncio
from collections import defaultdict
from collections.abc import Collection, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from operator import itemgetter
from typing import Final, LiteralString
from uuid import UUID

import psycopg
from psycopg.rows import TupleRow

from ledger.batching import Batcher, Capacity, Channel
from ledger.catalogue import Classe
from ledger.errors import ClesIndisponibles, Discordance, SujetEfface, SujetPris
from ledger.sealing import Kek, Requise, Trousseau

_EFFACE: Final = "UF001"
_LIRE: Final = (  # in one statement: a key that is destroyed meanwhile is seen whole, or its tombstone is
    "SELECT dossier, sujet::text, classe, cle_scellee FROM cles WHERE dossier = ANY(%(dossiers)b)"
    " UNION ALL SELECT dossier, sujet::text, NULL, NULL FROM tombes WHERE dossier = ANY(%(dossiers)b)"
)
# The message is nothing, but it is written: where every key stands already, the commit waits for the disk all the same,
# and who opens a case cannot tell by the time that it took whether others had.
_CREER: Final = (
    "WITH creees AS (INSERT INTO cles (dossier, sujet, classe, cle_scellee)"
    " SELECT dossier, sujet::uuid, classe, cle FROM unnest(%b::uuid[], %b::text[], %b::text[], %b::bytea[])"
    " AS u (dossier, sujet, classe, cle) ON CONFLICT DO NOTHING)"
    " SELECT FROM pg_logical_emit_message(true, 'unefois', '')"
)
_TOMBES: Final = "SELECT sujet, decision, dossier, personne, partenaire, role, agent, decideur FROM tombes"

_CLASSES: Final = {classe.value: classe for classe in Classe}

CleScellee = tuple[UUID, str, Classe, bytes]
"""Dossier, subject, class, wrapped key."""


@dataclass(frozen=True, slots=True)
class Tombe:
    """One subject whose keys are destroyed: under which decision, of which dossier, for whom, executed by whom.

    ``decideur``: who took the decision, another person; not known of the first ones.
    """

    sujet: UUID
    decision: UUID
    dossier: UUID
    personne: UUID
    partenaire: str
    role: str
    agent: str
    decideur: str | None


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

    async def creer(self, lu: Trousseau, manquantes: Collection[Requise], scellees: AbstractSet[Requise]) -> Trousseau:
        """Make what is missing, durably, and return the keys that stand: when two make one key, the first one does.

        ``lu``: the keyring, as it was read. ``scellees``: the keys under which the log holds something of this dossier.
        One of them is never made a second time: what it sealed would be lost, and pass for erased (``Discordance``).
        ``SujetEfface`` if one of the subjects was erased, ``SujetPris`` if one is of another dossier.
        """
        dossier = lu.dossier
        perdues = [cle for cle in manquantes if cle in scellees and cle not in lu]
        if perdues and not (await self.lire(dossier)).couvre(perdues):
            raise Discordance(dossier, "cle_absente")
        nouvelles = self.vierge(dossier).nouvelles(manquantes)
        if nouvelles:
            refus = await self._creations.submit([(dossier, s, c, cle) for (s, c), cle in nouvelles.items()])
            if refus is not None:
                raise refus
        trousseau = await self.lire(dossier)
        if not trousseau.couvre(manquantes):  # made, and gone with the household; or made long ago, in another case
            if str(dossier) in trousseau.effaces:
                raise SujetEfface("Le ménage a été effacé pendant qu'une clé y était créée.")
            raise SujetPris("Une clé est demandée pour une personne d'un autre dossier.")
        return trousseau

    async def creer_lot(self, cles: Sequence[CleScellee]) -> None:
        """Many wrapped keys (an import's), made elsewhere, of subjects that exist nowhere else. All, or none."""
        refus = (await self._creer([cles]))[0]
        if refus is not None:
            raise refus

    async def detruire(self, tombe: Tombe, *, menage_aussi: bool, restent: Collection[UUID]) -> int:
        """Destroy every key of the person, for ever; how many there were.

        One transaction: the tombstones that forbid new keys, and the deletion. Repeated, it changes nothing.
        ``menage_aussi``: the household's keys too, and all others of the case but those of who stays (``restent``).
        """
        t = tombe
        params = [t.dossier, t.personne, menage_aussi, list(restent)]
        params += [t.decision, t.decideur, t.partenaire, t.role, t.agent]
        detruire: LiteralString = "SELECT detruire(%s, %s, %s, %b::uuid[], %s, %s::text, %s::text, %s::text, %s::text)"
        [(detruites,)] = await self._detruire(detruire, params)
        return int(detruites)

    async def redetruire(self) -> set[UUID]:
        """Destroy what a restored backup brought back of those who have a tombstone; the dossiers where it did."""
        return {dossier for (dossier,) in await self._detruire("SELECT redetruire()")}

    async def tombes(self, dossier: UUID | None = None) -> list[Tombe]:
        """What was destroyed: everywhere, or in one dossier."""
        if dossier is None:
            return await self._tombes(_TOMBES + " ORDER BY detruite_le")
        return await self._tombes(_TOMBES + " WHERE dossier = %s ORDER BY detruite_le", [dossier])

    async def _detruire(self, query: LiteralString, params: Sequence[object] = ()) -> list[TupleRow]:
        try:
            return await self._writing.fetch(query, params)
        except (psycopg.Error, TimeoutError) as e:
            raise ClesIndisponibles("La destruction des clés n'est pas confirmée : recommencez.") from e

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
            rows = await self._reading.fetch(_LIRE, {"dossiers": list(dict.fromkeys(dossiers))})
        except (psycopg.Error, TimeoutError) as e:
            raise ClesIndisponibles("La base des clés ne répond pas.") from e
        scellees: defaultdict[UUID, dict[Requise, bytes]] = defaultdict(dict)
        effaces: defaultdict[UUID, set[str]] = defaultdict(set)
        for dossier, sujet, classe, cle in rows:
            if classe is None:
                effaces[dossier].add(sujet)
            else:
                scellees[dossier][sujet, _CLASSES[classe]] = cle
        return [Trousseau(self._tenant, d, scellees[d], self._kek, effaces[d]) for d in dossiers]

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

"""The revisions of the rules: this one, kept before anything is decided by it, and the engines of those before it."""

import asyncio
from collections import OrderedDict
from collections.abc import Mapping
from datetime import datetime
from typing import Final, NamedTuple

from ledger.politiques import ArchiveDesPolitiques, Periode
from policies.engines import Decider, EngineUnavailable, LoadingEngine
from policies.tables import Regles, ReglesAlterees, relire

GARDEES: Final = 4
"""Past revisions whose engines are kept: those that were asked last."""


class Passee(NamedTuple):
    """A past revision that answers, and the sentences of its reasons."""

    decider: Decider
    motifs: Mapping[str, str]


class Revisions:
    """The rules that decide, what is kept of them and of those before, and engines for these, made when they are asked.

    ``decider``: by the rules of this installation.
    """

    def __init__(self, regles: Regles, archive: ArchiveDesPolitiques, moteur: LoadingEngine) -> None:
        self.decider = Decider(moteur)
        self._regles = regles
        self._archive = archive
        self._moteur = moteur
        self._gardees: OrderedDict[str, Passee] = OrderedDict()
        self._verrou = asyncio.Lock()

    async def garder(self) -> None:
        """Keep this installation's rules: whatever the journal says that they decided can be asked of them again."""
        await self._archive.garder(self._regles.revision, self._regles.octets)

    async def mettre_en_vigueur(self) -> None:
        """Say that the service decides by them from now on."""
        await self._archive.mettre_en_vigueur(self._regles.revision)

    async def en_vigueur(self, moment: datetime) -> Periode | None:
        """What the service decided by at a moment; None before anything was kept."""
        return await self._archive.en_vigueur(moment)

    async def premiere(self) -> datetime | None:
        """Since when anything is kept."""
        return await self._archive.premiere()

    async def periodes(self, avant: int, limite: int) -> list[Periode]:
        """A page of what was in force, the latest first."""
        return await self._archive.periodes(avant, limite)

    async def passee(self, revision: str) -> Passee:
        """A past revision that answers. ``ReglesAlterees``: it is no longer what it was; or ``EngineUnavailable``.

        One that no longer answers is loaded anew: a policy server that was started again has forgotten it.
        """
        gardee = self._gardees.get(revision)
        if gardee is not None:
            self._gardees.move_to_end(revision)
            try:
                await gardee.decider.eprouver()
            except EngineUnavailable:
                self._gardees.pop(revision, None)
            else:
                return gardee
        async with self._verrou:
            if revision not in self._gardees:
                await self._charger(revision)
            return self._gardees[revision]

    async def _charger(self, revision: str) -> None:
        contenu = await self._archive.contenu(revision)
        if contenu is None:
            raise ReglesAlterees(revision)
        regles = relire(revision, contenu)
        decider = Decider(await self._moteur.charger(regles))
        await decider.eprouver()
        while len(self._gardees) >= GARDEES:
            ancienne, _ = self._gardees.popitem(last=False)
            await self._moteur.decharger(ancienne)
        self._gardees[revision] = Passee(decider, regles.motifs)

"""A server of the contract behind its proxy, on a loopback port, and who asks it."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from adapters.conformite.essai import Appelant, Essai
from adapters.conformite.rapport import ConstatDeRegle, juger
from adapters.conformite.regles import REGLES_DU_CONTRAT, RegleDuContrat
from adapters.conformite.serveur import ServeurJuge
from tests.conformite.mandataire import Faute, Mandataire
from tests.monde import Monde
from tests.web.site_fige import servir


@dataclass
class Banc:
    monde: Monde
    mandataire: Mandataire
    url: str

    def appelant(self, qui: str = "bailleur", agent: str = "contentieux") -> Appelant:
        return Appelant(self.monde.jeton(qui, None), agent, "ACTE_EMISSION")

    async def juger(
        self, faute: Faute | None = None, regles: Sequence[RegleDuContrat] = REGLES_DU_CONTRAT
    ) -> list[ConstatDeRegle]:
        """What the kit says of the server under a fault, allowed to write."""
        self.mandataire.fauter(faute)
        async with ServeurJuge(self.url) as serveur:
            essai = Essai(serveur, self.appelant(), self.appelant("voisin", "voisine"), ecrire=True, commune="93008")
            return [constat async for constat in juger(essai, regles)]


@asynccontextmanager
async def ouvrir_banc(monde: Monde) -> AsyncIterator[Banc]:
    mandataire = Mandataire(monde.app, monde.projeter)
    async with servir(mandataire) as url:
        yield Banc(monde, mandataire, url)

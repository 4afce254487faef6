"""A server of the contract behind its proxy, on a loopback port, and who asks it."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from joserfc.jwk import ECKey, OKPKey

from adapters.conformite.droits import DROITS_PERSONNE
from adapters.conformite.essai import Appelant, Essai
from adapters.conformite.preuves import JetonLie
from adapters.conformite.rapport import ConstatDeRegle, juger
from adapters.conformite.regles import REGLES_DU_CONTRAT, RegleDuContrat
from adapters.conformite.serveur import ServeurJuge
from tests.conformite.mandataire import Faute, Mandataire
from tests.monde import TOUTES, Monde, evenement
from tests.rest.test_deja_connu import AIDE, INSTRUIRE, demander, mandater_personne
from tests.rest.test_effacement import titulaire
from tests.rest.test_regles import inscrire
from tests.web.site_fige import servir


@dataclass
class Banc:
    """``donne``: a case that the landlord reads, and whose person has an account."""

    monde: Monde
    mandataire: Mandataire
    url: str
    donne: str

    def appelant(self, qui: str = "bailleur", agent: str = "contentieux", finalite: str = "ACTE_EMISSION") -> Appelant:
        return Appelant(self.monde.jeton(qui, None), agent, finalite)

    @property
    def personne(self) -> Appelant:
        return self.appelant("personne", "agent-1", DROITS_PERSONNE)

    def lie(self, cle: ECKey | OKPKey | None = None) -> JetonLie:
        """The landlord's token, bound to a key."""
        cle = cle or ECKey.generate_key("P-256")
        jeton = self.monde.demo.jeton("bailleur", "client-bailleur", TOUTES, jkt=cle.thumbprint())
        return JetonLie(jeton, cle)

    async def juger(
        self, faute: Faute | None = None, regles: Sequence[RegleDuContrat] = REGLES_DU_CONTRAT
    ) -> list[ConstatDeRegle]:
        """What the kit says of the server under a fault, allowed to write."""
        self.mandataire.fauter(faute)
        async with ServeurJuge(self.url) as serveur:
            essai = Essai(
                serveur, self.appelant(), self.appelant("voisin", "voisine"), self.donne, ecrire=True,
                commune="93008", lie=self.lie(), personne=self.personne,
            )  # fmt: skip
            return [constat async for constat in juger(essai, regles)]


@asynccontextmanager
async def ouvrir_banc(monde: Monde) -> AsyncIterator[Banc]:
    donne = await un_dossier_connu(monde)
    mandataire = Mandataire(monde.app, monde.projeter, monde.jeton("bailleur", None))
    async with servir(mandataire) as url:
        yield Banc(monde, mandataire, url, donne)


async def un_dossier_connu(monde: Monde) -> str:
    """Of a household whose holder has an account, and of whom the fund for housing has obtained what it owes."""
    dossier = await monde.ouvrir()
    inscrire(monde, "fsl", "CD_FSL", territoire="departement")
    inscrire(monde, "personne", "USAGER")
    aide = {"aide": AIDE, "dispositif": "FSL_MAINTIEN", "etape": "DEMANDEE", "instructeur": "fsl"}
    for qui, finalite, fait in (
        ("bailleur", "ACTE_EMISSION", evenement("DetteDeclaree", montant=224770, arretee_au="2026-10-15")),
        ("bailleur", "ACTE_EMISSION", evenement("CcapexSaisie", "2026-10-12", saisissant="BAILLEUR")),
        ("ssd", "ACCOMPAGNEMENT", evenement("AideFinanciereInstruite", **aide)),
    ):
        recu = await monde.contribuer(dossier, qui, finalite, fait)
        assert recu.status_code == 201, recu.text
    await demander(monde, dossier, "fsl", INSTRUIRE, "dette")
    mandater_personne(monde, dossier, await titulaire(monde, dossier))
    return dossier

"""The kit keeps quiet before our server, and names what is wrong with a server that is wrong."""

import os
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

import pytest

from adapters.conformite.essai import Appelant, Essai
from adapters.conformite.rapport import ConstatDeRegle, Sort, etat_de_sortie, juger
from adapters.conformite.regles import REGLES_DU_CONTRAT, Demande
from adapters.conformite.serveur import ServeurJuge
from tests.bases import bases_neuves, ouvrir_ledger
from tests.conformite.fautes import FAUTES, regles_visees
from tests.conformite.mandataire import Faute, Mandataire
from tests.monde import Monde, evenement, ouvrir_monde, peupler
from tests.web.site_fige import servir

ENTIERES: Final = frozenset(
    {
        "sans_defi",
        "finalite_par_defaut",
        "probleme_en_json_ordinaire",
        "sans_remede",
        "un_en_tete_de_plus_pour_ce_qui_existe",
        "parametre_inconnu_ignore",
        "json_illisible_500",
        "nir_repete",
        "montants_en_texte",
        "if_none_match_compare_fortement",
        "un_fait_de_deux_pages",
        "if_match_ignore",
        "sans_idempotence",
        "un_changement_perdu_en_chemin",
        "sans_compression",
    }
)
"""The faults under which every rule is tried; under the others, those that they break (``FAUTES=toutes``: all)."""


@dataclass
class Banc:
    """A server, the proxy before it, and who asks."""

    monde: Monde
    mandataire: Mandataire
    url: str

    def appelant(self, qui: str = "bailleur", agent: str = "contentieux") -> Appelant:
        return Appelant(self.monde.jeton(qui, None), agent, "ACTE_EMISSION")

    async def juger(self, faute: Faute | None = None, regles: Any = REGLES_DU_CONTRAT) -> list[ConstatDeRegle]:
        self.mandataire.fauter(faute)
        async with ServeurJuge(self.url) as serveur:
            essai = Essai(serveur, self.appelant(), self.appelant("voisin", "voisine"), "", True, ["93008"])
            return [constat async for constat in juger(essai, regles)]


@pytest.fixture(scope="module")
async def banc(modele: str) -> AsyncIterator[Banc]:
    """One server for the module; something is expected of who asks, at two dates."""
    with bases_neuves(modele) as bases:
        peupler(bases)
        async with ouvrir_ledger(bases) as ledger, ouvrir_monde(bases, ledger) as monde:
            await attendre_du_bailleur(monde)
            mandataire = Mandataire(monde.app, monde.projeter)
            async with servir(mandataire) as url:
                yield Banc(monde, mandataire, url)


async def attendre_du_bailleur(monde: Monde) -> None:
    dossier = await monde.ouvrir()
    saisie = evenement("CcapexSaisie", "2026-10-12")
    assert (await monde.contribuer(dossier, "ccapex", "CCAPEX_ADMINISTRATIVE", saisie)).status_code == 201
    for donnee, echeance in (("loyer", "2026-11-27"), ("dette", "2026-11-20")):
        dits = {"donnee": donnee, "destinataire": "bailleur", "echeance": echeance}
        demande = evenement("RenseignementDemande", "2026-10-20", **dits)
        recu = await monde.contribuer(dossier, "ccapex", "CCAPEX_INSTRUCTION", demande)
        assert recu.status_code == 201, recu.text


def manquees(constats: Iterable[ConstatDeRegle]) -> set[int]:
    return {constat.regle.numero for constat in constats if constat.sort is Sort.MANQUEE}


async def test_notre_serveur_tient_chaque_regle(banc: Banc, compter: Callable[[str, int], None]) -> None:
    constats = await banc.juger()
    assert [constat.ligne for constat in constats if constat.sort is not Sort.TENUE] == []
    assert len(constats) == len(REGLES_DU_CONTRAT) >= 40
    assert etat_de_sortie(constats) == 0
    lu = await banc.monde.get("/v1/attentes", "bailleur", "ACTE_EMISSION")
    assert len(lu.json()["attentes"]) == 2
    compter("règles du contrat, tenues par notre serveur", len(constats))


@pytest.mark.parametrize("nom", sorted(FAUTES))
async def test_chaque_faute_est_nommee_et_elle_seule(banc: Banc, nom: str, compter: Callable[[str, int], None]) -> None:
    faute = FAUTES[nom]
    toutes = nom in ENTIERES or os.environ.get("FAUTES") == "toutes"
    regles = [regle for regle in REGLES_DU_CONTRAT if toutes or regle.numero in faute.manquees]
    constats = await banc.juger(faute, regles)
    dites = [constat.ligne for constat in constats if constat.sort is not Sort.TENUE]
    assert manquees(constats) == faute.manquees, dites
    assert len(dites) == len(faute.manquees), dites
    assert etat_de_sortie(constats) == 1
    compter("fautes plantées, chacune nommée", 1)


def test_chaque_regle_a_sa_faute() -> None:
    assert len(FAUTES) >= 40
    assert FAUTES.keys() >= ENTIERES
    assert regles_visees(FAUTES.values()) == {regle.numero for regle in REGLES_DU_CONTRAT}
    numeros = [regle.numero for regle in REGLES_DU_CONTRAT]
    assert numeros == list(range(1, len(numeros) + 1))
    assert {demande for regle in REGLES_DU_CONTRAT for demande in regle.demandes} == set(Demande)

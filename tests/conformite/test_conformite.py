"""The kit keeps quiet before our server, and names what is wrong with a server that is wrong."""

import os
from collections.abc import Callable, Iterable
from typing import Final

import pytest

from adapters.conformite.rapport import ConstatDeRegle, Sort, etat_de_sortie
from adapters.conformite.regles import REGLES_DU_CONTRAT, Demande
from tests.conformite.banc import Banc
from tests.conformite.fautes import FAUTES, regles_visees

ENTIERES: Final = frozenset(
    {
        "sans_defi",
        "probleme_en_json_ordinaire",
        "un_en_tete_de_plus_pour_ce_qui_existe",
        "parametre_inconnu_ignore",
        "json_illisible_500",
        "nir_repete",
        "montants_en_texte",
        "if_none_match_compare_fortement",
        "un_fait_de_deux_pages",
        "if_match_ignore",
        "etags_affaiblis",
        "sans_idempotence",
        "un_changement_perdu_en_chemin",
        "sans_compression",
    }
)
"""The faults under which every rule is tried; ``UNEFOIS_TEST_FAUTES=toutes``: all. Else, the rules that they break."""


def manquees(constats: Iterable[ConstatDeRegle]) -> set[int]:
    return {constat.regle.numero for constat in constats if constat.sort is Sort.MANQUEE}


async def test_notre_serveur_tient_chaque_regle(banc: Banc, compter: Callable[[str, int], None]) -> None:
    constats = await banc.juger()
    assert [constat.ligne for constat in constats if constat.sort is not Sort.TENUE] == []
    assert len(constats) == len(REGLES_DU_CONTRAT) >= 60
    assert etat_de_sortie(constats) == 0
    lu = await banc.monde.get("/v1/attentes", "bailleur", "ACTE_EMISSION")
    assert len(lu.json()["attentes"]) == 2
    compter("règles du contrat, tenues par notre serveur", len(constats))


@pytest.mark.parametrize("nom", sorted(FAUTES))
async def test_chaque_faute_est_nommee_et_elle_seule(banc: Banc, nom: str, compter: Callable[[str, int], None]) -> None:
    faute = FAUTES[nom]
    toutes = nom in ENTIERES or os.environ.get("UNEFOIS_TEST_FAUTES") == "toutes"
    touchees = faute.manquees | faute.empechees
    regles = [regle for regle in REGLES_DU_CONTRAT if toutes or regle.numero in touchees]
    constats = await banc.juger(faute, regles)
    dites = [constat.ligne for constat in constats if constat.sort is not Sort.TENUE]
    assert manquees(constats) == faute.manquees, dites
    assert len(dites) == len(touchees), dites
    assert etat_de_sortie(constats) == 1
    compter("fautes plantées, chacune nommée", 1)


def test_chaque_regle_a_sa_faute() -> None:
    assert len(FAUTES) >= 130
    assert FAUTES.keys() >= ENTIERES
    assert regles_visees(FAUTES.values()) == {regle.numero for regle in REGLES_DU_CONTRAT}
    numeros = [regle.numero for regle in REGLES_DU_CONTRAT]
    assert sorted(numeros) == list(range(1, len(numeros) + 1))
    assert numeros[-1] == 45, "of all that was sent"
    assert {demande for regle in REGLES_DU_CONTRAT for demande in regle.demandes} == set(Demande)

"""A case by pages of facts: together they are the whole, and none says anything of what is hidden between them."""

import asyncio
import gc
from collections.abc import AsyncIterator, Callable
from time import thread_time
from typing import Any, Final
from uuid import UUID, uuid4

import pytest

from adapters.gate import consulter
from adapters.gate.redaction import FAITS_PAR_PAGE
from ledger.nir import contient_nir
from tests.monde import FINALITE_USUELLE, Monde, evenement
from tests.rest.recit import raconter, titulaire
from tests.rest.test_plans import admis

CHEMINS: Final = ("/v1/dossiers/{}", "/v1/dossiers/{}/historique", "/v1/vues/ccapex/{}", "/v1/vues/clil/{}")
LECTEURS: Final = (*FINALITE_USUELLE.items(), ("ccapex", "CCAPEX_INSTRUCTION"), ("dpo", "DROITS_PERSONNE"))
TENUE_MAXIMALE: Final = 0.05
"""Seconds of processor for which one reading may hold the loop."""


def faits(document: dict[str, Any]) -> list[dict[str, Any]]:
    lus: list[dict[str, Any]] = document["faits" if "faits" in document else "evenements"]
    return lus


def entete(document: dict[str, Any]) -> dict[str, Any]:
    """What a page says beside its facts, and beside where the log stands."""
    return {nom: document[nom] for nom in document if nom not in {"position", "faits", "evenements", "suivant"}}


async def pages(monde: Monde, chemin: str, qui: str, finalite: str, limite: int) -> AsyncIterator[dict[str, Any]]:
    suivant = None
    while True:
        params = {"limite": str(limite)} | ({"apres": suivant} if suivant else {})
        lu = await monde.get(chemin, qui, finalite, params=params)
        assert lu.status_code == 200, lu.text
        yield lu.json()
        suivant = lu.json()["suivant"]
        if suivant is None:
            return


@pytest.mark.parametrize("limite", [1, 7])
async def test_les_pages_ensemble_sont_le_dossier(
    monde: Monde, limite: int, compter: Callable[[str, int], None]
) -> None:
    dossier = await raconter(monde)
    # Nobody is shown it: no page may be a fact short where it stands.
    violence = evenement("BesoinSignale", acte=str(uuid4()), besoin="VIOLENCE", fondement="RGPD_6_1_E")
    assert (await monde.contribuer(dossier, "ssd", "ACCOMPAGNEMENT", violence)).status_code == 201
    dette = evenement("DetteDeclaree", montant=1, arretee_au="2026-10-01")
    assert (await monde.contribuer(dossier, "bailleur", "ACTE_EMISSION", dette)).status_code == 201
    lues = 0
    for qui, finalite in LECTEURS:
        for chemin in (modele.format(dossier) for modele in CHEMINS):
            entier = await monde.get(chemin, qui, finalite)
            if entier.status_code != 200:
                continue
            tout = entier.json()
            assert tout["suivant"] is None
            feuilles = [f async for f in pages(monde, chemin, qui, finalite, limite)]
            assert [fait for f in feuilles for fait in faits(f)] == faits(tout)
            assert all(len(faits(f)) == limite for f in feuilles[:-1])
            assert len(faits(feuilles[-1])) > 0 or not faits(tout)
            sans = ("position", "faits", "evenements", "suivant")
            assert all(
                {k: f[k] for k in f if k not in sans} == {k: tout[k] for k in tout if k not in sans} for f in feuilles
            )
            lues += len(feuilles)
    assert lues > 100 // limite
    compter("pages de dossier lues", lues)


async def test_un_fait_cache_ne_fait_pas_plus_une_page_qu_un_fait_qui_n_existe_pas(monde: Monde) -> None:
    dossier = await raconter(monde)
    lecture = await monde.gate.ledger.consulter(UUID(dossier))
    assert lecture is not None
    tous = {str(fait.enveloppe.id) for fait in lecture.faits}
    essayes = 0
    for qui, finalite in LECTEURS:
        chemin = f"/v1/dossiers/{dossier}"
        entier = await monde.get(chemin, qui, finalite)
        if entier.status_code != 200:
            continue
        inconnu = await monde.get(chemin, qui, finalite, params={"apres": str(uuid4())})
        assert (inconnu.status_code, inconnu.json()["code"]) == (400, "requete")
        for cache in tous - {fait["id"] for fait in entier.json()["faits"]}:
            refuse = await monde.get(chemin, qui, finalite, params={"apres": cache})
            assert (refuse.status_code, refuse.content) == (400, inconnu.content)
            essayes += 1
    assert essayes > 30
    assert {ligne["motif"] for ligne in await monde.journal() if ligne["issue"] == "refuse"} >= {"requete"}


async def test_ce_qui_est_cache_ne_change_pas_l_etag_d_une_page_et_ce_qui_est_montre_le_change(monde: Monde) -> None:
    dossier = await raconter(monde)
    chemin, params = f"/v1/dossiers/{dossier}", {"limite": "3"}

    async def etags() -> list[str]:
        premiere = await monde.get(chemin, "bailleur", "ACTE_EMISSION", params=params)
        seconde = {**params, "apres": premiere.json()["suivant"]}
        return [
            premiere.headers["etag"],
            (await monde.get(chemin, "bailleur", "ACTE_EMISSION", params=seconde)).headers["etag"],
        ]

    avant = await etags()
    personne = await titulaire(monde, dossier)
    cachee = evenement("EvaluationSociale", acte=str(uuid4()), personnes=[personne], texte="suite")
    assert (await monde.contribuer(dossier, "ssd", "ACCOMPAGNEMENT", cachee)).status_code == 201
    assert await etags() == avant
    inchange = await monde.get(chemin, "bailleur", "ACTE_EMISSION", params=params, headers={"If-None-Match": avant[0]})
    assert (inchange.status_code, inchange.content) == (304, b"")
    dette = evenement("DetteDeclaree", montant=1, arretee_au="2026-10-01")
    assert (await monde.contribuer(dossier, "bailleur", "ACTE_EMISSION", dette)).status_code == 201
    apres = await etags()
    assert all(a != b for a, b in zip(avant, apres, strict=True))


async def test_une_contribution_conditionnee_l_est_a_tout_ce_qui_est_vu_quelle_que_soit_la_page(monde: Monde) -> None:
    dossier = await raconter(monde)
    chemin = f"/v1/dossiers/{dossier}"
    premiere = await monde.get(chemin, "bailleur", "ACTE_EMISSION", params={"limite": "2"})
    suite = {"limite": "2", "apres": premiere.json()["suivant"]}
    seconde = await monde.get(chemin, "bailleur", "ACTE_EMISSION", params=suite)

    async def dire(montant: int, etag: str) -> int:
        dette = evenement("DetteDeclaree", montant=montant, arretee_au="2026-10-01")
        entetes = {"If-Match": etag}
        return (await monde.contribuer(dossier, "bailleur", "ACTE_EMISSION", dette, headers=entetes)).status_code

    personne = await titulaire(monde, dossier)
    cachee = evenement("EvaluationSociale", acte=str(uuid4()), personnes=[personne], texte="suite")
    assert (await monde.contribuer(dossier, "ssd", "ACCOMPAGNEMENT", cachee)).status_code == 201
    assert await dire(1, seconde.headers["etag"]) == 201
    # What was added stands beyond both pages: what was read is no longer all that is seen.
    assert await dire(2, premiere.headers["etag"]) == 412
    assert await dire(2, seconde.headers["etag"]) == 412
    relue = await monde.get(chemin, "bailleur", "ACTE_EMISSION")
    assert await dire(2, relue.headers["etag"]) == 201
    assert await dire(3, relue.headers["etag"]) == 412


@pytest.mark.parametrize("params", [{"limite": "0"}, {"limite": str(FAITS_PAR_PAGE + 1)}, {"apres": "1"}])
async def test_une_page_a_ses_bornes(monde: Monde, params: dict[str, str]) -> None:
    dossier = await monde.ouvrir()
    for modele in CHEMINS[:2]:
        lu = await monde.get(modele.format(dossier), "bailleur", "ACTE_EMISSION", params=params)
        assert (lu.status_code, lu.json()["code"]) == (400, "requete")


@pytest.mark.usefixtures("ramasse_miettes")
async def test_un_grand_dossier_ne_retient_personne(monde: Monde, compter: Callable[[str, int], None]) -> None:
    dossier = await monde.ouvrir()
    for lot in range(20):
        dettes = [evenement("DetteDeclaree", montant=100 * lot + n, arretee_au="2026-10-01") for n in range(100)]
        assert (await monde.contribuer(dossier, "bailleur", "ACTE_EMISSION", *dettes)).status_code == 201
    acces = await admis(monde, "bailleur", "ACTE_EMISSION")
    await monde.gate.ledger.consulter(UUID(dossier))
    monde.gate.plans.clear()
    tenues = []
    gc.collect()
    gc.disable()  # the server's collector runs seldom, and has not the heap of the tests to look at
    lecture = asyncio.ensure_future(consulter.lire(monde.gate, acces, UUID(dossier)))
    while not lecture.done():
        debut = thread_time()
        await asyncio.sleep(0)
        tenues.append(thread_time() - debut)
    vu = await lecture
    assert len(vu.document["faits"]) == FAITS_PAR_PAGE
    assert vu.document["suivant"] == vu.document["faits"][-1]["id"]
    assert sum(tenues) > max(tenues) * 2
    assert max(tenues) < TENUE_MAXIMALE
    compter("plus longue tenue de la boucle par un dossier de 2 000 faits, en µs", int(max(tenues) * 1e6))


async def test_un_fait_dont_le_numero_ressemble_a_un_nir_est_un_fait(monde: Monde) -> None:
    """One id of twenty thousand that are drawn has fifteen digits and a right key."""
    dossier = await monde.ouvrir()
    tire = "606a2b2d-1851-4797-8197-328d5276f377"
    assert contient_nir(tire.replace("-", " "), cle_exigee=True)
    adresse = f"/v1/dossiers/{dossier}"
    refus = await monde.get(adresse, "bailleur", "ACTE_EMISSION", params={"apres": tire, "limite": "1"})
    assert refus.status_code == 400
    assert "champs" not in refus.json() or all(f["code"] != "nir" for f in refus.json()["champs"]), refus.text

"""The pages through the real gate: what it opens is shown, each look is journaled, a stranger sees nothing."""

import re
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx2 as httpx
import pytest
from playwright.async_api import Browser

from adapters.registre.administration import administrer, suspendre_partenaire
from tests.bases import AUJOURD_HUI, SCHEMA
from tests.monde import PAR, SEANCE, SEANCE_LE, Monde, evenement, ouverture
from tests.rest.recit import titulaire
from tests.web.conftest import LARGEURS, Verifier, capturer
from tests.web.site_fige import servir
from tests.web.test_site import jeton

INCONNU = "0199f1e2-7b1a-7000-8000-0000000000aa"


CCAPEX, OPH, DPO = "ccapex", "bailleur", "dpo"


@pytest.fixture
async def client(monde: Monde) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=monde.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://unefois.test") as c:
        yield c


async def raconter(monde: Monde, nom: str = "DIARRA") -> str:
    """What a landlord tells of one household."""
    corps = ouverture(nom) | {
        "survenu_le": "2026-01-12",
        "titulaire": {"nom": nom, "prenoms": "Amina", "date_naissance": "1984-03-01"},
        "evenements": [evenement("DetteDeclaree", "2026-01-12", montant=184230, arretee_au="2025-12-31")],
    }
    recu = await monde.post("/v1/dossiers", OPH, "ACTE_EMISSION", corps)
    assert recu.status_code == 201, recu.text
    dossier = str(recu.json()["dossier"])
    await dire(
        monde,
        OPH,
        "ACTE_EMISSION",
        dossier,
        evenement("DetteDeclaree", "2026-04-06", montant=298720, arretee_au="2026-03-31"),
        evenement("DetteDeclaree", "2026-10-06", montant=374500, arretee_au="2026-09-30"),
        evenement("CcapexSaisie", "2026-10-12", saisissant="BAILLEUR"),
    )
    return dossier


async def dire(monde: Monde, partenaire: str, finalite: str, dossier: str, *evenements: dict[str, Any]) -> None:
    recu = await monde.contribuer(dossier, partenaire, finalite, *evenements)
    assert recu.status_code == 201, recu.text


async def traces(monde: Monde) -> list[tuple[str, str, str, str]]:
    """Who did what, for which purpose, with which outcome: every row, in order."""
    lignes = await monde.journal(10_000)
    return [(x["organisation"], x["action"], x["finalite"], x["issue"]) for x in reversed(lignes)]


async def entrer(client: httpx.AsyncClient, monde: Monde, partenaire: str, finalite: str) -> str:
    await client.get(monde.lien(partenaire))
    csrf = jeton((await client.get("/finalite")).text)
    assert (await client.post("/finalite", data={"csrf": csrf, "finalite": finalite})).status_code == 303
    return jeton((await client.get("/finalite", follow_redirects=True)).text)


async def test_the_case_is_shown_as_the_gate_opens_it(client: httpx.AsyncClient, monde: Monde) -> None:
    dossier = await raconter(monde)
    await monde.projeter()
    await entrer(client, monde, CCAPEX, "CCAPEX_INSTRUCTION")
    liste = await client.get("/ccapex")
    assert f"/ccapex/{dossier}" in liste.text
    page = await client.get(f"/ccapex/{dossier}")
    assert page.status_code == 200
    assert "Amina DIARRA" in page.text
    assert "3\u202f745,00\u00a0€" in page.text
    assert "non communiqué" in page.text
    assert (CCAPEX, "lire", "CCAPEX_INSTRUCTION", "autorise") in await traces(monde)
    assert (CCAPEX, "lister", "CCAPEX_INSTRUCTION", "autorise") in await traces(monde)


async def test_a_long_case_is_read_page_after_page(client: httpx.AsyncClient, monde: Monde) -> None:
    dossier = await raconter(monde)
    for mois in range(5):
        dettes = [
            evenement("DetteDeclaree", "2026-10-06", montant=1000 * mois + n, arretee_au="2026-09-30")
            for n in range(100)
        ]
        await dire(monde, OPH, "ACTE_EMISSION", dossier, *dettes)
    await entrer(client, monde, CCAPEX, "CCAPEX_INSTRUCTION")
    premiere = (await client.get(f"/ccapex/{dossier}")).text
    [suite] = re.findall(r'href="(/ccapex/[^"]*apres=[^"]*)">Faits suivants', premiere)
    derniere = await client.get(suite)
    assert derniere.status_code == 200
    assert "Revenir aux premiers faits" not in premiere
    assert "Revenir aux premiers faits" in derniere.text
    assert "Faits suivants" not in derniere.text
    assert "40,99\u00a0€" in derniere.text


async def test_who_is_not_let_in_leaves_a_row(client: httpx.AsyncClient, monde: Monde) -> None:
    lien = monde.lien(CCAPEX)
    assert (await client.get(lien)).status_code == 303
    avant = await traces(monde)
    assert (await client.get(lien)).status_code == 401  # a link serves once
    assert (await traces(monde))[len(avant) :] == [("", "entrer", "", "refuse")]
    with administrer(monde.bases.registre_url, PAR, SCHEMA) as registre:
        suspendre_partenaire(registre, CCAPEX, AUJOURD_HUI)
    assert (await client.get("/finalite")).headers["location"] == "/connexion?fait=expiree"
    assert [ligne[1] for ligne in (await traces(monde))[len(avant) :]] == ["entrer", "administrer", "entrer"]


async def test_the_journal_shows_what_the_registry_said_and_says(client: httpx.AsyncClient, monde: Monde) -> None:
    with administrer(monde.bases.registre_url, PAR, SCHEMA) as registre:
        suspendre_partenaire(registre, "voisin", AUJOURD_HUI)
    await entrer(client, monde, "dpo", "CONTROLE")
    page = (await client.get("/journal")).text
    assert f"<strong>suspendu_le :</strong> – → {AUJOURD_HUI}" in page
    assert "<strong>code :</strong> voisin" in page


async def test_a_session_is_prepared_and_concluded(client: httpx.AsyncClient, monde: Monde) -> None:
    dossier = await raconter(monde)
    csrf = await entrer(client, monde, CCAPEX, "CCAPEX_INSTRUCTION")
    cle = "0199f1e2-7b1a-4000-8000-00000000000"
    for rang, (nom, envoi) in enumerate(
        {
            "ordre-du-jour": {"seance": str(SEANCE)},
            "recommandation": {
                "categorie": "PLAN_APUREMENT",
                "destinataire": "menage",
                "texte": "un plan",
                "echeance": "2027-02-01",
            },
        }.items()
    ):
        complet = {**envoi, "csrf": csrf, "cle": f"{cle}{rang}"}
        reponses = [await client.post(f"/ccapex/{dossier}/{nom}", data=complet) for _ in range(2)]
        assert [r.headers.get("location") for r in reponses] == [
            f"/ccapex/{dossier}?fait={nom}",
            f"/ccapex/{dossier}?fait=deja",
        ]
    page = (await client.get(f"/ccapex/{dossier}")).text
    assert "L'avis se dit dans la séance où le dossier est inscrit" in page
    avis = {"sens": "MAINTIEN", "csrf": csrf, "cle": f"{cle}9"}
    assert (await client.post(f"/ccapex/{dossier}/avis", data=avis)).status_code == 404
    assert "<span>le ménage</span>" in page
    assert "<span>1er\u00a0février\u00a02027</span>" in page


async def test_a_nir_is_refused_beside_its_field_and_not_kept(client: httpx.AsyncClient, monde: Monde) -> None:
    dossier = await raconter(monde)
    csrf = await entrer(client, monde, CCAPEX, "CCAPEX_INSTRUCTION")
    envoi = {
        "csrf": csrf, "cle": INCONNU, "categorie": "PLAN_APUREMENT", "destinataire": "menage",
        "echeance": "2027-02-01", "texte": "NIR 2 84 03 93 008 123",
    }  # fmt: skip
    reponse = await client.post(f"/ccapex/{dossier}/recommandation", data=envoi)
    assert reponse.status_code == 422
    assert 'id="recommandation-texte-erreur"' in reponse.text
    assert "008 123" not in reponse.text


async def test_unknown_and_out_of_reach_are_the_same_page(client: httpx.AsyncClient, monde: Monde) -> None:
    dossier = await raconter(monde)
    await entrer(client, monde, DPO, "CONTROLE")
    pages = [await client.get(f"/ccapex/{x}") for x in (dossier, INCONNU)]
    assert pages[0].status_code in {403, 404}
    assert pages[0].content == pages[1].content
    assert "DIARRA" not in pages[0].text


async def test_the_dpo_reads_who_looked_and_tests_a_name(client: httpx.AsyncClient, monde: Monde) -> None:
    dossier = await raconter(monde)
    await entrer(client, monde, CCAPEX, "CCAPEX_INSTRUCTION")
    await client.get(f"/ccapex/{dossier}")
    client.cookies.clear()
    csrf = await entrer(client, monde, DPO, "CONTROLE")
    page = await client.get("/journal", params={"dossier": str(dossier), "organisation": CCAPEX})
    assert page.status_code == 200
    assert "instructrice" in page.text
    assert "DIARRA" not in page.text
    export = await client.get("/journal.csv", params={"organisation": CCAPEX})
    assert export.text.startswith("\ufeffposition;enregistre_le;")
    assert export.text.count("\r\n") > 2
    envoi = {"csrf": csrf, "nom": "DIARRA", "prenoms": "Amina", "date_naissance": "1984-03-01"}
    assert "n'a pas été cherchée" in (await client.post("/journal/recherche", data=envoi)).text
    assert (DPO, "auditer", "CONTROLE", "autorise") in await traces(monde)


async def test_a_landlord_has_no_page_of_the_commission(client: httpx.AsyncClient, monde: Monde) -> None:
    dossier = await raconter(monde)
    await client.get(monde.lien(OPH))
    csrf = jeton((await client.get("/finalite")).text)
    await client.post("/finalite", data={"csrf": csrf, "finalite": "ACTE_EMISSION"})
    for adresse in (f"/ccapex/{dossier}", "/ccapex", "/journal", "/journal.csv"):
        assert (await client.get(adresse)).status_code in {403, 404}, adresse


RECOMMANDATION = "0199f1e2-7b1a-7000-8000-0000000000bb"


async def conclure(monde: Monde) -> str:
    """A case that the commission examined, and a recommendation without an answer."""
    dossier = await raconter(monde)
    inscription = {"instance": "CCAPEX", "seance": str(SEANCE), "seance_le": SEANCE_LE.isoformat()}
    emise = {
        "recommandation": RECOMMANDATION, "instance": "CCAPEX", "destinataire": OPH, "categorie": "PLAN_APUREMENT",
        "texte": "proposer un plan", "echeance": "2027-01-20",
    }  # fmt: skip
    await dire(
        monde,
        CCAPEX,
        "CCAPEX_INSTRUCTION",
        dossier,
        evenement("InstanceInscrite", "2026-11-02", **inscription),
        evenement("RecommandationEmise", "2026-11-02", **emise),
    )
    return dossier


async def test_the_follow_up_of_a_recommendation_is_recorded(client: httpx.AsyncClient, monde: Monde) -> None:
    dossier = await conclure(monde)
    csrf = await entrer(client, monde, CCAPEX, "CCAPEX_INSTRUCTION")
    page = (await client.get(f"/ccapex/{dossier}")).text
    assert "<span>à faire</span>" in page
    assert "<span>Organisation bailleur</span>" in page
    envoi = {"csrf": csrf, "cle": INCONNU, "recommandation": RECOMMANDATION, "statut": "REALISEE", "motif": "Signé."}
    reponse = await client.post(f"/ccapex/{dossier}/suite", data=envoi)
    assert reponse.headers["location"] == f"/ccapex/{dossier}?fait=suite"
    page = (await client.get(reponse.headers["location"])).text
    assert "La suite donnée à la recommandation est enregistrée." in page
    assert "Aucune suite connue." not in page
    assert "Signé." in page


async def test_a_follow_up_of_nothing_is_refused_on_the_page(client: httpx.AsyncClient, monde: Monde) -> None:
    dossier = await conclure(monde)
    csrf = await entrer(client, monde, CCAPEX, "CCAPEX_INSTRUCTION")
    envoi = {"csrf": csrf, "cle": str(uuid4()), "recommandation": INCONNU, "statut": "REALISEE"}
    reponse = await client.post(f"/ccapex/{dossier}/suite", data=envoi)
    assert reponse.status_code == 422
    assert "Aucune recommandation ne porte cet identifiant" in reponse.text
    envoi = {**envoi, "recommandation": RECOMMANDATION, "statut": "INVENTE"}
    reponse = await client.post(f"/ccapex/{dossier}/suite", data=envoi)
    assert reponse.status_code == 422
    assert "n&#39;est pas dans la nomenclature" in reponse.text
    assert "INVENTE" not in reponse.text


async def test_a_pair_is_decided_and_decided_again(client: httpx.AsyncClient, monde: Monde) -> None:
    dossier, autre = await raconter(monde), await raconter(monde, nom="DIARA")
    suggere = evenement("RapprochementSuggere", "2026-10-20", autre=autre, motif="REFERENCE_PARTAGEE")
    await dire(monde, CCAPEX, "CCAPEX_ADMINISTRATIVE", dossier, suggere)
    csrf = await entrer(client, monde, CCAPEX, "CCAPEX_ADMINISTRATIVE")
    page = (await client.get(f"/ccapex/{dossier}")).text
    assert "Amina DIARA<" in page
    assert "Décision enregistrée" not in page
    for decision, mots in (("MEME_MENAGE", "même ménage"), ("DISTINCT", "deux ménages distincts")):
        envoi = {"csrf": csrf, "cle": str(uuid4()), "autre": str(autre), "decision": decision}
        reponse = await client.post(f"/ccapex/{dossier}/rapprochement", data=envoi)
        assert reponse.headers["location"] == f"/ccapex/{dossier}?fait=rapprochement"
        assert f"Décision enregistrée : {mots}" in (await client.get(f"/ccapex/{dossier}")).text
    envoi = {"csrf": csrf, "cle": str(uuid4()), "autre": INCONNU, "decision": "DISTINCT"}
    reponse = await client.post(f"/ccapex/{dossier}/rapprochement", data=envoi)
    assert reponse.status_code == 422
    assert "Aucun autre dossier de ce numéro n&#39;est à votre portée" in reponse.text


async def test_a_person_who_was_erased_leaves_the_day_and_no_name(client: httpx.AsyncClient, monde: Monde) -> None:
    dossier = await raconter(monde)
    fins = [evenement(nom, str(AUJOURD_HUI), motif="SANS_SUITE") for nom in ("SaisineClose", "DossierClos")]
    close = await monde.contribuer(dossier, "ccapex", "CCAPEX_INSTRUCTION", *fins)
    assert close.status_code == 201, close.text
    await monde.effacer(dossier, await titulaire(monde, dossier))
    await monde.projeter()
    await entrer(client, monde, CCAPEX, "CCAPEX_ADMINISTRATIVE")
    for adresse in (f"/ccapex/{dossier}", "/ccapex"):
        page = (await client.get(adresse)).text
        assert "DIARRA" not in page, adresse
        assert "3\u202f745" not in page, adresse
    page = (await client.get(f"/ccapex/{dossier}")).text
    assert "effacé le 2\u00a0novembre\u00a02026" in page


async def test_an_unknown_address_is_a_page_for_a_browser_and_a_problem_for_software(
    client: httpx.AsyncClient,
) -> None:
    navigateur = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    page = await client.get("/ccapexe", headers=navigateur)
    assert (page.status_code, page.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert "Page introuvable" in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert (await client.get("/journal/recherche", headers=navigateur)).headers["content-type"].startswith("text/html")
    for adresse, accepte in (("/v1/inconnue", navigateur), ("/exploc/v1/inconnue", navigateur), ("/ccapexe", {})):
        reponse = await client.get(adresse, headers=accepte)
        assert (reponse.status_code, reponse.headers["content-type"]) == (404, "application/problem+json"), adresse


async def test_the_export_gives_every_row_page_after_page(
    client: httpx.AsyncClient, monde: Monde, monkeypatch: pytest.MonkeyPatch
) -> None:
    dossier = await raconter(monde)
    await entrer(client, monde, CCAPEX, "CCAPEX_INSTRUCTION")
    for _ in range(12):
        await client.get(f"/ccapex/{dossier}")
    client.cookies.clear()
    await entrer(client, monde, DPO, "CONTROLE")
    monkeypatch.setattr("adapters.web.controle.LIGNES_EXPORT", 5)
    export = await client.get("/journal.csv", params={"organisation": CCAPEX})
    positions = [int(ligne.partition(";")[0]) for ligne in export.text.splitlines()[1:]]
    attendues = [rang for rang, ligne in enumerate(await traces(monde), 1) if ligne[0] == CCAPEX]
    assert len(positions) > 12
    assert positions == sorted(positions, reverse=True)
    assert len(positions) == len(attendues)


@pytest.mark.parametrize("largeur", LARGEURS)
async def test_every_page_of_the_application_is_accessible(
    largeur: int, monde: Monde, navigateur: Browser, axe: Verifier
) -> None:
    dossier = await raconter(monde)
    await monde.projeter()
    vues = {CCAPEX: ("CCAPEX_INSTRUCTION", ["/ccapex", f"/ccapex/{dossier}"]), DPO: ("CONTROLE", ["/journal"])}
    async with servir(monde.app) as adresse:
        for partenaire, (finalite, chemins) in vues.items():
            contexte = await navigateur.new_context(
                base_url=adresse, viewport={"width": largeur, "height": 900}, locale="fr-FR"
            )
            page = await contexte.new_page()
            await page.goto(monde.lien(partenaire))
            await axe(page)
            await page.check(f"[value={finalite}]")
            await page.get_by_role("button", name="Continuer").click()
            for rang, chemin in enumerate(chemins):
                reponse = await page.goto(chemin)
                assert reponse is not None
                assert reponse.status == 200
                await capturer(page, f"application-{partenaire}-{rang}-{largeur}")
                assert await page.evaluate("document.documentElement.scrollWidth") <= largeur
                await axe(page)
            await contexte.close()


@pytest.mark.parametrize(
    "adresse", ["/ccapex?apres=x", "/ccapex?du=hier", "/ccapex?commune=%00", "/ccapex?apres=" + "9" * 30]
)
async def test_an_address_that_means_nothing_is_a_400(adresse: str, client: httpx.AsyncClient, monde: Monde) -> None:
    await entrer(client, monde, CCAPEX, "CCAPEX_INSTRUCTION")
    assert (await client.get(adresse)).status_code == 400


@pytest.mark.parametrize("apres", ["x", INCONNU])
async def test_a_page_after_no_fact_is_a_400(apres: str, client: httpx.AsyncClient, monde: Monde) -> None:
    dossier = await raconter(monde)
    await entrer(client, monde, CCAPEX, "CCAPEX_INSTRUCTION")
    assert (await client.get(f"/ccapex/{dossier}?apres={apres}")).status_code == 400

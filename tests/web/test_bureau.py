"""The desk and what it leads to, through the real gate: each page shows what the API gives, and keeps what was read."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

import httpx2 as httpx
import pytest
from playwright.async_api import Browser, Page, expect

from tests.bases import AUJOURD_HUI
from tests.monde import BAILLEUR, COMMUNE, SEANCE, SEANCE_LE, Monde, evenement, rpls
from tests.web.conftest import LARGEURS, Verifier, capturer
from tests.web.site_fige import servir
from tests.web.test_clavier import aller_a
from tests.web.test_porte import dire, entrer, raconter, traces
from tests.web.test_site import jeton

ADM, EMISSION = "CCAPEX_ADMINISTRATIVE", "ACTE_EMISSION"
CONTACTS, SUIVI = "COORDINATION_CONTACTS", "ACCOMPAGNEMENT"
NIR = "2 69 05 49 588 157 80"


@pytest.fixture
async def client(monde: Monde) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=monde.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://unefois.test") as c:
        yield c


async def envoyer(client: httpx.AsyncClient, chemin: str, csrf: str, cle: str, **valeurs: str) -> httpx.Response:
    return await client.post(chemin, data={"csrf": csrf, "cle": cle, **valeurs})


async def test_the_lists_of_a_desk_are_those_of_the_api(client: httpx.AsyncClient, monde: Monde) -> None:
    dossiers = [await raconter(monde, nom) for nom in ("DIARRA", "LEROY", "NGUYEN")]
    await monde.projeter()
    await entrer(client, monde, "bailleur", EMISSION)
    dits = (await monde.get("/v1/dossiers", "bailleur", EMISSION)).json()["dossiers"]
    assert {d["dossier"] for d in dits} == set(dossiers)
    page = (await client.get("/dossiers")).text
    liens = re.findall(r'<a href="/dossiers/([0-9a-f-]{36})">([^<]+)</a>', page)
    assert liens == [(d["dossier"], d["intitule"]) for d in dits]
    bureau = (await client.get("/bureau")).text
    assert set(re.findall(r"/dossiers/([0-9a-f-]{36})", bureau)) <= set(dossiers)
    filtree = (await client.get("/dossiers", params={"commune": "93001"})).text
    assert "Aucun dossier ne répond à ces critères" in filtree


async def test_what_is_expected_leads_to_the_act_that_answers_it(client: httpx.AsyncClient, monde: Monde) -> None:
    dossier = await raconter(monde)
    seance = {"instance": "CCAPEX", "seance": str(SEANCE), "seance_le": SEANCE_LE.isoformat()}
    await dire(monde, "ccapex", ADM, dossier, evenement("InstanceInscrite", "2026-10-20", **seance))
    dite = {"instance": "CCAPEX", "categorie": "PLAN_APUREMENT", "destinataire": "bailleur", "texte": "un plan"}
    dite |= {"recommandation": str(uuid4()), "echeance": "2026-12-31"}
    await dire(monde, "ccapex", ADM, dossier, evenement("RecommandationEmise", "2026-10-20", **dite))
    await monde.projeter()
    csrf = await entrer(client, monde, "bailleur", EMISSION)
    [attendue] = (await monde.get("/v1/attentes", "bailleur", EMISSION)).json()["attentes"]
    page = (await client.get("/attentes")).text
    [lien] = re.findall(r'href="(/dossiers/[^"]*/transmettre/RecommandationSuivie[^"]*)"', page)
    formulaire = (await client.get(lien.replace("&amp;", "&"))).text
    assert f'<option value="{attendue["cle"]}" selected>' in formulaire
    cle = re.search(r'name="cle" value="([^"]+)"', formulaire)
    assert cle is not None
    adresse, dit = lien.partition("?")[0], {"recommandation": attendue["cle"], "statut": "REALISEE"}
    dit["survenu_le"] = AUJOURD_HUI.isoformat()
    relue = await envoyer(client, adresse, csrf, cle[1], _etape="relire", **dit)
    assert relue.status_code == 200
    assert "Relisez avant d'enregistrer" in relue.text
    assert len((await monde.get("/v1/attentes", "bailleur", EMISSION)).json()["attentes"]) == 1  # nothing was kept
    for fait in ("transmis", "deja"):  # the second sending keeps nothing more
        reponse = await envoyer(client, adresse, csrf, cle[1], _etape="enregistrer", **dit)
        assert reponse.headers["location"] == f"/dossiers/{dossier}?fait={fait}"
    await monde.projeter()
    assert (await monde.get("/v1/attentes", "bailleur", EMISSION)).json()["attentes"] == []
    assert "Rien n'est attendu de vous" in (await client.get("/attentes")).text


async def test_one_comes_back_to_the_list_that_one_left(client: httpx.AsyncClient, monde: Monde) -> None:
    dossier = await raconter(monde)
    await monde.projeter()
    await entrer(client, monde, "bailleur", EMISSION)
    liste = (await client.get("/dossiers", params={"commune": COMMUNE, "depuis": "2026-01-01"})).text
    [lien] = re.findall(rf'href="(/dossiers/{dossier}[^"]*)"', liste)
    page = (await client.get(lien)).text
    [retour] = re.findall(r'<p class="fil"><a href="([^"]+)"', page)
    assert retour == f"/dossiers?commune={COMMUNE}&amp;depuis=2026-01-01"
    forge = (await client.get(f"/dossiers/{dossier}", params={"retour": "//exemple.fr&x=1&commune=93008\n"})).text
    assert re.findall(r'<p class="fil"><a href="([^"]+)"', forge) == ["/dossiers"]


async def test_a_form_is_offered_for_what_may_be_told_and_for_nothing_else(
    client: httpx.AsyncClient, monde: Monde
) -> None:
    dossier = await raconter(monde)
    csrf = await entrer(client, monde, "bailleur", EMISSION)
    permis = (await monde.get(f"/v1/dossiers/{dossier}/emissions", "bailleur", EMISSION)).json()
    types = {e["type"] for e in permis["types"]}
    page = (await client.get(f"/dossiers/{dossier}/transmettre")).text
    offerts = set(re.findall(r'/transmettre/(\w+)"', page))
    assert offerts
    assert offerts <= types
    adresse = f"/dossiers/{dossier}/transmettre/EvaluationSociale"
    dit = {"survenu_le": "2026-11-02", "texte": "rien"}
    for etape in ("relire", "enregistrer"):
        assert (await envoyer(client, adresse, csrf, str(uuid4()), _etape=etape, **dit)).status_code in {403, 422}
    for forge in ("EffacementDemande", "DossierOuvert", "Inconnu", "PieceJointe"):
        assert (await client.get(f"/dossiers/{dossier}/transmettre/{forge}")).status_code == 404


async def test_a_form_offers_what_a_long_case_tells_at_its_end(client: httpx.AsyncClient, monde: Monde) -> None:
    dossier, keita = await raconter(monde), str(uuid4())
    dettes = [evenement("DetteDeclaree", "2026-10-06", montant=n, arretee_au="2026-09-30") for n in range(500)]
    for debut in range(0, len(dettes), 50):
        await dire(monde, "bailleur", EMISSION, dossier, *dettes[debut : debut + 50])
    await dire(
        monde, "bailleur", EMISSION, dossier,
        evenement("OccupantDeclare", "2026-10-07", personne=keita, qualite="CONJOINT", nom="KEITA", prenoms="Awa"),
    )  # fmt: skip
    await entrer(client, monde, "bailleur", EMISSION)
    page = (await client.get(f"/dossiers/{dossier}/transmettre/OccupantDeclare")).text
    assert re.findall(rf'value="{keita}"[^>]*>([^<]*)<', page) == ["Awa KEITA"]


async def test_a_fault_stands_beside_its_field_and_a_nir_is_never_shown_again(
    client: httpx.AsyncClient, monde: Monde
) -> None:
    dossier = await raconter(monde)
    csrf, cle = await entrer(client, monde, "bailleur", EMISSION), str(uuid4())
    adresse = f"/dossiers/{dossier}/transmettre/DetteDeclaree"
    page = await envoyer(client, adresse, csrf, cle, _etape="relire", survenu_le="2026-11-02", montant="douze")
    assert page.status_code == 422
    assert 'id="acte-montant-erreur">Écrivez un montant en euros' in page.text
    assert 'value="douze"' in page.text
    assert page.text.count('class="erreur"') == 2  # the other one: the day of the debt
    dit = {"survenu_le": "2999-01-01", "montant": "12", "arretee_au": "2026-10-31"}
    page = await envoyer(client, adresse, csrf, cle, _etape="relire", **dit)
    assert page.status_code == 422
    assert 'id="acte-survenu_le-erreur"' in page.text
    dit |= {"survenu_le": "2026-11-02", "reference_source": NIR}
    page = await envoyer(client, adresse, csrf, cle, _etape="enregistrer", **dit)
    assert page.status_code == 422
    assert NIR not in page.text
    assert "12" in page.text


async def test_a_stranger_is_told_nothing_by_any_page_of_a_case(client: httpx.AsyncClient, monde: Monde) -> None:
    dossier, inconnu = await raconter(monde), str(uuid4())
    await monde.projeter()
    csrf = await entrer(client, monde, "voisin", EMISSION)
    assert "Aucun dossier" in (await client.get("/dossiers")).text
    vus: list[list[tuple[int, str]]] = []
    for cible in (dossier, inconnu):
        suites = ("", "/transmettre", "/transmettre/DetteDeclaree")
        pages = [await client.get(f"/dossiers/{cible}{suite}") for suite in suites]
        dit = {"survenu_le": "2026-11-02", "montant": "12", "arretee_au": "2026-10-31", "_etape": "enregistrer"}
        pages.append(await envoyer(client, f"/dossiers/{cible}/transmettre/DetteDeclaree", csrf, str(uuid4()), **dit))
        vus.append([(p.status_code, p.text.replace(cible, "")) for p in pages])
    assert vus[0] == vus[1]
    assert {statut for statut, _ in vus[0]} == {404}


async def test_another_purpose_ends_what_the_one_before_had_still_to_send(
    client: httpx.AsyncClient, monde: Monde
) -> None:
    dossier = await raconter(monde)
    ancien = await entrer(client, monde, "bailleur", EMISSION)
    csrf = jeton((await client.get("/finalite")).text)
    assert (await client.post("/finalite", data={"csrf": csrf, "finalite": CONTACTS})).status_code == 303
    adresse, dit = f"/dossiers/{dossier}/transmettre/ContactTente", {"survenu_le": "2026-11-02", "canal": "COURRIER"}
    dit |= {"resultat": "ABSENT", "_etape": "enregistrer"}
    assert (await envoyer(client, adresse, ancien, str(uuid4()), **dit)).status_code == 403
    page = (await client.get("/finalite")).text
    assert "Coordination des prises de contact" in page
    assert (await envoyer(client, adresse, jeton(page), str(uuid4()), **dit)).status_code == 303
    assert ("bailleur", "emettre", CONTACTS, "autorise") in await traces(monde)


async def test_a_household_is_found_by_who_lives_there_and_its_name_stands_in_no_address(
    client: httpx.AsyncClient, monde: Monde
) -> None:
    dossier = await raconter(monde)
    csrf = await entrer(client, monde, "ccapex", "CCAPEX_ADMINISTRATIVE")
    qui = {"csrf": csrf, "nom": "Diarra", "prenoms": "Amina", "date_naissance": "1984-03-01"}
    page = await client.post("/recherche", data=qui)
    assert f'href="/dossiers/{dossier}"' in page.text
    assert page.request.url.query == b""
    autre = await client.post("/recherche", data=qui | {"nom": "Personne"})
    assert "Cela ne dit pas qu'il n'en existe aucun" in autre.text
    issues = [t[3] for t in await traces(monde) if t[1] == "rechercher"]
    assert (issues[0], issues[-1]) == ("autorise", "vide")
    incomplete = await client.post("/recherche", data=qui | {"date_naissance": ""})
    assert incomplete.status_code == 422
    assert 'id="recherche-date_naissance-erreur"' in incomplete.text


async def test_signalling_answers_the_same_of_a_household_that_is_known(
    client: httpx.AsyncClient, monde: Monde
) -> None:
    csrf = await entrer(client, monde, "bailleur", EMISSION)
    dit = {
        "survenu_le": "2026-11-02", "information_menage": "2026-10-01", "nom": "DIARRA", "prenoms": "Amina",
        "date_naissance": "1984-03-01", "parc": "SOCIAL", "commune": COMMUNE, "motif": "IMPAYE",
        "adresse": "1 rue des Exemples", "code_postal": "93000", "bailleur_siret": BAILLEUR,
        "loyer": "612,40", "id_rpls": rpls(7),
    }  # fmt: skip
    manque = await envoyer(client, "/signaler", csrf, str(uuid4()), **(dit | {"nom": "", "commune": "", "loyer": "x"}))
    assert manque.status_code == 422
    assert {f'id="acte-{nom}-erreur"' in manque.text for nom in ("nom", "commune", "loyer")} == {True}
    ouverts = [await envoyer(client, "/signaler", csrf, str(uuid4()), **dit) for _ in range(2)]
    assert {o.status_code for o in ouverts} == {303}
    assert len({o.headers["location"] for o in ouverts}) == 1
    page = await client.get(ouverts[0].headers["location"])
    assert "Le signalement est enregistré." in page.text
    assert "Amina DIARRA" in page.text


async def test_an_aid_is_instructed_for_the_request_that_the_purpose_names(
    client: httpx.AsyncClient, monde: Monde
) -> None:
    dossier = await raconter(monde)
    await client.get(monde.lien("caf"))
    csrf = jeton((await client.get("/finalite")).text)
    faux = await client.post("/finalite", data={"csrf": csrf, "finalite": "AIDE_INSTRUCTION", "demande": "0199"})
    assert faux.status_code == 422
    assert 'id="demande-erreur"' in faux.text
    csrf = jeton(faux.text)
    choisie = await client.post("/finalite", data={"csrf": csrf, "finalite": "AIDE_INSTRUCTION", "demande": ""})
    assert choisie.status_code == 303
    assert "Instruction d&#39;une demande d&#39;aide" in (await client.get("/bureau")).text
    assert (await client.get(f"/dossiers/{dossier}")).status_code in {200, 403, 404}


@asynccontextmanager
async def visiteur(navigateur: Browser, adresse: str, largeur: int) -> AsyncIterator[Page]:
    """A browser's window of that width."""
    contexte = await navigateur.new_context(
        base_url=adresse, locale="fr-FR", viewport={"width": largeur, "height": 800}
    )
    try:
        yield await contexte.new_page()
    finally:
        await contexte.close()


@pytest.mark.parametrize("largeur", LARGEURS)
async def test_the_morning_of_a_social_worker_with_a_keyboard_alone(
    largeur: int, monde: Monde, navigateur: Browser, axe: Verifier
) -> None:
    """From the desk to a finished act: what is expected, the case, an act, read again, kept. No script runs."""
    nom = "VANDENBERGHE-RAKOTONIRINA DE LA ROCHEFOUCAULD"
    dossier = await raconter(monde, nom)
    lui = evenement("AccompagnementOuvert", "2026-10-02", intervention=str(uuid4()), mesure="ASLL")
    await dire(monde, "ssd", SUIVI, dossier, lui)
    await monde.projeter()
    async with servir(monde.app) as adresse, visiteur(navigateur, adresse, largeur) as page:
        await page.goto(monde.lien("ssd"))
        await page.check(f"[value={SUIVI}]")
        await page.get_by_role("button", name="Continuer").click()
        titre = page.get_by_role("heading", level=1)
        await expect(titre).to_have_text("Mon bureau")
        await axe(page)
        await capturer(page, f"bureau-{largeur}")
        await aller_a(page, f"a[href='/dossiers/{dossier}']")
        await page.keyboard.press("Enter")
        await expect(titre).to_contain_text(nom)
        await axe(page)
        await capturer(page, f"dossier-long-{largeur}")
        await aller_a(page, f"a[href='/dossiers/{dossier}/transmettre']")
        await page.keyboard.press("Enter")
        await expect(titre).to_have_text("Que voulez-vous transmettre ?")
        await axe(page)
        await capturer(page, f"transmettre-{largeur}")
        await aller_a(page, "a[href$='/transmettre/ContactTente']")
        await page.keyboard.press("Enter")
        await expect(titre).to_have_text("Contact tenté")
        await axe(page)
        await page.fill("#acte-survenu_le", "2026-11-02")
        await aller_a(page, "#acte-canal")
        await page.keyboard.press("c")
        await aller_a(page, "#acte-resultat")
        await page.keyboard.press("ArrowDown")
        await aller_a(page, "button[value=relire]")
        await page.keyboard.press("Enter")
        await expect(titre).to_have_text("Relisez avant d'enregistrer")
        await expect(page.locator(".valeurs")).to_contain_text("courrier")
        await axe(page)
        await capturer(page, f"relire-{largeur}")
        await aller_a(page, "button[value=enregistrer]")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("status")).to_contain_text("C'est enregistré")
        await expect(page.locator("#contacts")).to_contain_text("2 novembre 2026")
        assert await page.evaluate("document.documentElement.scrollWidth") <= largeur

"""What contradicts, and what two cases leave to be sorted: shown as the API has it, settled by a form, kept once."""

import html
import re
from collections.abc import AsyncIterator
from typing import Final
from uuid import uuid4

import httpx2 as httpx
import pytest
from playwright.async_api import Browser, expect

from ledger.droit.donnees import donnees
from tests.bases import AUJOURD_HUI
from tests.monde import Monde, evenement, rpls
from tests.rest.test_reunion import ADM, a_trier, rapprocher
from tests.rest.test_situation import INSTRUIRE, dette, dire, la_dette, saisi, situation
from tests.web.conftest import LARGEURS, Verifier, capturer
from tests.web.site_fige import servir
from tests.web.test_bureau import envoyer, visiteur
from tests.web.test_clavier import aller_a
from tests.web.test_porte import entrer

LE: Final = AUJOURD_HUI.isoformat()
OBJET: Final = "trancher-dette"


@pytest.fixture
async def client(monde: Monde) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=monde.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://unefois.test") as c:
        yield c


async def en_desaccord(monde: Monde) -> tuple[str, str, str]:
    """A case, and two debts that are told of it: the landlord's, then the ADIL's, which takes precedence."""
    dossier = await saisi(monde)
    [bailleur] = await dire(monde, dossier, "bailleur", "ACTE_EMISSION", dette(224770, "2026-10-20"))
    [adil] = await dire(monde, dossier, "adil", "CONSEIL_DROIT", dette(180000, "2026-10-18"))
    return dossier, bailleur, adil


async def test_what_contradicts_is_what_the_api_says(client: httpx.AsyncClient, monde: Monde) -> None:
    dossier, bailleur, adil = await en_desaccord(monde)
    dites = [
        d for d in (await situation(monde, dossier)).values() if d["contredite"] and d["donnee"] in donnees(AUJOURD_HUI)
    ]
    await entrer(client, monde, "ccapex", INSTRUIRE)
    page = html.unescape((await client.get(f"/dossiers/{dossier}/contradictions")).text)
    assert re.findall(r'name="objet" value="([^"]+)"', page) == [f"trancher-{d['donnee']}" for d in dites] == [OBJET]
    assert set(re.findall(r'name="valeur" value="([^"]+)"', page)) == {f"{bailleur}.montant", f"{adil}.montant"}
    for mot in (
        "2\u202f247,70",
        "1\u202f800,00",
        "Organisation bailleur",
        "Organisation adil",
        "18\u00a0octobre\u00a02026",
    ):
        assert mot in page
    cas = html.unescape((await client.get(f"/ccapex/{dossier}")).text)
    assert f"/dossiers/{dossier}/contradictions#titre-{OBJET}" in cas
    assert "Trancher" in cas


async def test_who_is_shown_one_value_is_shown_no_contradiction(client: httpx.AsyncClient, monde: Monde) -> None:
    dossier, *_ = await en_desaccord(monde)
    csrf = await entrer(client, monde, "bailleur", "ACTE_EMISSION")
    for chemin in (f"/dossiers/{dossier}/contradictions", f"/dossiers/{dossier}"):
        page = (await client.get(chemin)).text
        assert "1\u202f800,00" not in page
        assert OBJET not in page
    assert "Rien ne se contredit" in (await client.get(f"/dossiers/{dossier}/contradictions")).text
    forge = await envoyer(client, f"/dossiers/{dossier}/contradictions", csrf, str(uuid4()), objet=OBJET)
    assert forge.status_code == 422
    inconnu = await client.get(f"/dossiers/{uuid4()}/contradictions")
    await entrer(client, monde, "etude", "ACTE_EMISSION")
    etranger = await client.get(f"/dossiers/{dossier}/contradictions")
    assert inconnu.status_code == etranger.status_code == 404


async def test_a_value_is_settled_once_it_was_read_again(client: httpx.AsyncClient, monde: Monde) -> None:
    dossier, bailleur, _ = await en_desaccord(monde)
    csrf = await entrer(client, monde, "ccapex", INSTRUIRE)
    adresse, cle = f"/dossiers/{dossier}/contradictions", str(uuid4())
    dit = {"objet": OBJET, "valeur": f"{bailleur}.montant", "motif": "PIECE_PRODUITE", "survenu_le": LE}
    vide = await envoyer(client, adresse, csrf, cle, _etape="relire", objet=OBJET)
    assert vide.status_code == 422
    for champ in ("valeur", "motif", "survenu_le"):
        assert f'id="{OBJET}-{champ}-erreur"' in vide.text
    tot = await envoyer(client, adresse, csrf, cle, _etape="relire", **(dit | {"survenu_le": "2026-10-19"}))
    assert (tot.status_code, "au 20\u00a0octobre\u00a02026" in tot.text) == (422, True)
    for faute in ({"valeur": f"{uuid4()}.montant"}, {"valeur": f"{bailleur}.contestee"}, {"motif": "PARCE_QUE"}):
        refus = await envoyer(client, adresse, csrf, cle, _etape="enregistrer", **(dit | faute))
        assert refus.status_code == 422, faute
    relue = html.unescape((await envoyer(client, adresse, csrf, cle, _etape="relire", **dit)).text)
    for mot in (
        "Relisez avant d'enregistrer",
        "Qui lira ce que vous écrivez",
        "2\u202f247,70",
        "une pièce a été produite",
    ):
        assert mot in relue
    assert (await la_dette(monde, dossier))["tranchee_par"] is None  # nothing was kept
    for fait in ("tranchee", "deja"):
        recu = await envoyer(client, adresse, csrf, cle, _etape="enregistrer", **dit)
        assert recu.headers["location"] == f"/dossiers/{dossier}?fait={fait}"
    dite = await la_dette(monde, dossier)
    assert (dite["valeur"], dite["retenue"]) == (224770, bailleur)
    assert dite["tranchee_par"]
    assert "retenue par une personne" in (await client.get(adresse)).text


@pytest.mark.parametrize("largeur", LARGEURS)
async def test_a_contradiction_is_settled_with_a_keyboard_from_the_case(
    largeur: int, monde: Monde, navigateur: Browser, axe: Verifier
) -> None:
    dossier, *_ = await en_desaccord(monde)
    async with servir(monde.app) as adresse, visiteur(navigateur, adresse, largeur) as page:
        await page.goto(monde.lien("ccapex"))
        await page.check(f"[value={INSTRUIRE}]")
        await page.get_by_role("button", name="Continuer").click()
        await page.goto(f"/ccapex/{dossier}")
        await aller_a(page, "#contradictions a")
        await page.keyboard.press("Enter")
        titre = page.get_by_role("heading", level=1)
        await expect(titre).to_have_text("Ce qui se contredit")
        await capturer(page, f"contradictions-{largeur}")
        await axe(page)
        await aller_a(page, "[name=valeur]")
        await page.keyboard.press("ArrowDown")
        await aller_a(page, f"#{OBJET}-motif")
        await page.keyboard.press("ArrowDown")
        await aller_a(page, "button[value=relire]")
        await page.keyboard.press("Enter")
        await expect(titre).to_have_text("Relisez avant d'enregistrer")
        await capturer(page, f"contradictions-relire-{largeur}")
        await axe(page)
        assert await page.evaluate("document.documentElement.scrollWidth") <= largeur
        await aller_a(page, "button[value=enregistrer]")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("status")).to_contain_text("La valeur est tranchée")
        await axe(page)


async def separes(monde: Monde) -> tuple[str, str]:
    """Two cases that were read as one, told of meanwhile, and are apart again."""
    a, b = await monde.ouvrir(), await monde.ouvrir("ssd", nom="LE ROY", id_rpls=rpls(7))
    assert (await rapprocher(monde, a, b)).status_code == 201
    reprise = evenement("RepriseLoyerConstatee", "2026-10-20", statut="TOTALE", depuis="2026-10-01")
    dite = evenement("DetteDeclaree", "2026-10-20", montant=300000, arretee_au="2026-10-20")
    assert (await monde.contribuer(a, "bailleur", "ACTE_EMISSION", dite, reprise)).status_code == 201
    assert (await rapprocher(monde, a, b, "DISTINCT")).status_code == 201
    return a, b


async def test_what_two_cases_leave_is_sorted_fact_by_fact(client: httpx.AsyncClient, monde: Monde) -> None:
    a, b = await separes(monde)
    csrf = await entrer(client, monde, "ccapex", ADM)
    assert f'href="/dossiers/{a}/tri"' in (await client.get(f"/ccapex/{a}")).text
    restent = await a_trier(monde, a)
    assert len(restent) == 2
    for rang, (fait, ailleurs, dit) in enumerate(
        ((restent[0]["fait"], b, "deplace"), (restent[1]["fait"], "", "maintenu"))
    ):
        page = (await client.get(f"/dossiers/{a}/tri")).text
        assert re.findall(r'name="fait" value="([^"]+)"', page) == [f["fait"] for f in restent[rang:]]
        cle = str(uuid4())
        relue = await envoyer(client, f"/dossiers/{a}/tri", csrf, cle, fait=fait, vers=ailleurs)
        assert "Relisez avant d" in relue.text
        assert len(await a_trier(monde, a)) == 2 - rang  # nothing was kept
        choisi = {"fait": fait, "vers": ailleurs, "_etape": "enregistrer"}
        fautif = await envoyer(client, f"/dossiers/{a}/tri", csrf, str(uuid4()), **(choisi | {"vers": str(uuid4())}))
        assert fautif.status_code == 422
        recu = await envoyer(client, f"/dossiers/{a}/tri", csrf, cle, **choisi)
        assert recu.headers["location"] == f"/dossiers/{a}/tri?fait={dit}"
    assert await a_trier(monde, a) == []
    assert "Rien n'attend d'être trié" in html.unescape((await client.get(f"/dossiers/{a}/tri")).text)
    encore = await envoyer(
        client, f"/dossiers/{a}/tri", csrf, str(uuid4()), fait=restent[1]["fait"], vers="", _etape="x"
    )
    assert encore.status_code == 422
    await entrer(client, monde, "bailleur", "ACTE_EMISSION")
    assert (await client.get(f"/dossiers/{a}/tri")).status_code == 404


@pytest.mark.parametrize("largeur", LARGEURS)
async def test_facts_are_sorted_with_a_keyboard(largeur: int, monde: Monde, navigateur: Browser, axe: Verifier) -> None:
    a, _ = await separes(monde)
    async with servir(monde.app) as adresse, visiteur(navigateur, adresse, largeur) as page:
        await page.goto(monde.lien("ccapex"))
        await page.check(f"[value={ADM}]")
        await page.get_by_role("button", name="Continuer").click()
        await page.goto(f"/dossiers/{a}/tri")
        await capturer(page, f"tri-{largeur}")
        await axe(page)
        for ou, message in (("button[name=vers].second", "dans l'autre dossier"), ("button[name=vers]", "reste")):
            await aller_a(page, ou)
            await page.keyboard.press("Enter")
            await expect(page.get_by_role("heading", level=1)).to_have_text("Relisez avant d'enregistrer")
            await capturer(page, f"tri-relire-{message[:5]}-{largeur}")
            await axe(page)
            assert await page.evaluate("document.documentElement.scrollWidth") <= largeur
            await aller_a(page, "button[value=enregistrer]")
            await page.keyboard.press("Enter")
            await expect(page.get_by_role("status")).to_contain_text(message)
        await expect(page.locator("main")).to_contain_text("Rien n'attend d'être trié")

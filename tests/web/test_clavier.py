"""The whole work of a secretary with a keyboard alone, in a real Chromium: sign in, find a case, decide, sign out."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Page, expect

from tests.web import documents as d
from tests.web.conftest import Verifier
from tests.web.site_fige import SiteFige, servir, site_fige

TABULATIONS = 120


@pytest.fixture
def fige() -> SiteFige:
    return site_fige()


@pytest.fixture
async def page(fige: SiteFige, navigateur: Browser) -> AsyncIterator[Page]:
    async with servir(fige.app) as adresse:
        contexte = await navigateur.new_context(base_url=adresse, locale="fr-FR")
        try:
            yield await contexte.new_page()
        finally:
            await contexte.close()


async def aller_a(page: Page, selecteur: str, tabulations: int = TABULATIONS) -> None:
    """Tab until the control has the focus, which must be visible."""
    for _ in range(tabulations):
        await page.keyboard.press("Tab")
        if await page.evaluate("s => document.activeElement.matches(s)", selecteur):
            contour = await page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            assert contour == "solid", f"{selecteur} reçoit le focus sans que rien ne le montre"
            return
    raise AssertionError(f"le clavier n'atteint pas {selecteur}")  # what ends the test, not the loop of all of them


async def test_a_keyboard_is_enough(page: Page, fige: SiteFige, axe: Verifier) -> None:
    await page.goto("/connexion")
    await aller_a(page, ".entrees a")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Pourquoi consultez-vous ?")
    await aller_a(page, "[name=finalite]")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Mon bureau")
    await axe(page)
    await aller_a(page, ".menu a[href='/ccapex']")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_have_text("File active de la CCAPEX")

    await aller_a(page, f"a[href='/ccapex/{d.DOSSIER}']")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Amina DIARRA")
    await axe(page)
    await aller_a(page, "button[value=DISTINCT]")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("status")).to_have_text("Votre décision sur le rapprochement est enregistrée.")

    await aller_a(page, "#agir details:has(#ordre-du-jour) summary")
    await page.keyboard.press("Enter")
    await aller_a(page, "#ordre-du-jour-seance")
    await page.keyboard.press("1")
    await aller_a(page, "#ordre-du-jour button")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("status")).to_have_text("Le dossier est inscrit à l'ordre du jour.")

    await aller_a(page, ".qui button")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("status")).to_have_text("Vous êtes déconnecté.")
    types = [p.type for _, propositions in fige.guichet.recues.values() for p in propositions]
    assert types == ["RapprochementTranche", "InstanceInscrite"]


async def test_the_first_stop_leads_to_the_content(page: Page) -> None:
    await page.goto("/connexion")
    await page.keyboard.press("Tab")
    await expect(page.locator(".evitement")).to_be_focused()
    await expect(page.locator(".evitement")).to_be_in_viewport()
    await page.keyboard.press("Enter")
    await expect(page.locator("main")).to_be_focused()


async def test_a_mistake_leads_to_its_field(page: Page, fige: SiteFige, axe: Verifier) -> None:
    await page.goto(fige.lien())
    await page.check("[value=CCAPEX_INSTRUCTION]")
    await page.get_by_role("button", name="Continuer").click()
    await page.goto(f"/ccapex/{d.DOSSIER}")
    await page.locator("#agir details:has(#recommandation) summary").click()
    await page.evaluate("document.querySelector('#recommandation').noValidate = true")
    await page.get_by_role("button", name="Adresser la recommandation").click()
    await expect(page.get_by_role("alert")).to_contain_text("Choisissez l'objet de la recommandation.")
    await expect(page).to_have_title("Erreur : Dossier 000000d1 – unefois")
    await axe(page)
    await page.get_by_role("link", name="Choisissez l'objet de la recommandation.").click()
    await expect(page.locator("#recommandation-categorie")).to_be_focused()
    decrit = await page.locator("#recommandation-categorie").get_attribute("aria-describedby")
    assert decrit == "recommandation-categorie-erreur"


async def test_pages_work_without_a_script(fige: SiteFige, navigateur: Browser) -> None:
    async with servir(fige.app) as adresse:
        contexte = await navigateur.new_context(base_url=adresse, java_script_enabled=False)
        try:
            page = await contexte.new_page()
            await page.goto(fige.lien())
            await page.check("[value=CCAPEX_INSTRUCTION]")
            await page.get_by_role("button", name="Continuer").click()
            await expect(page.locator("tbody tr")).to_have_count(5)
            await page.goto("/ccapex")
            await page.select_option("#stade", "JUGEMENT")
            await page.get_by_role("button", name="Filtrer").click()
            await expect(page.locator("tbody tr")).to_have_count(1)
        finally:
            await contexte.close()


async def test_a_printed_case_is_whole(page: Page, fige: SiteFige) -> None:
    await page.goto(fige.lien())
    await page.check("[value=CCAPEX_INSTRUCTION]")
    await page.get_by_role("button", name="Continuer").click()
    await page.goto(f"/ccapex/{d.DOSSIER}")
    await page.emulate_media(media="print")
    await expect(page.locator("#agir")).to_be_hidden()
    await expect(page.locator(".sommaire")).to_be_hidden()
    for rubrique in ("#echeances", "#dette"):
        await expect(page.locator(f"{rubrique} .dessin-large")).to_be_visible()
        await expect(page.locator(f"{rubrique} .dessin-etroit")).to_be_hidden()
    assert len(await page.pdf(format="A4")) > 10_000

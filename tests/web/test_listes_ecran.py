"""The deposit of a list as it is seen, at both widths, and done without a mouse."""

from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from tests.monde import BAILLEUR, Monde
from tests.tableurs.fichiers import LEROY, MARTIN, TITRES, classeur, sauf
from tests.web.conftest import LARGEURS, Verifier, capturer
from tests.web.site_fige import servir
from tests.web.test_clavier import aller_a

SALES = (
    sauf(MARTIN, dette="environ 800", arretee="10/27/2026"),
    sauf(MARTIN, nom="NC", commune="93000"),
    sauf(LEROY, nom="DURAND", opposition="oui"),
    sauf(LEROY, nom="PETIT", informe=None),
    sauf(LEROY, nom="ROUX", cp=1550493008042),
    sauf(LEROY, naissance=date(2026, 11, 2), prenom="Awa"),
    sauf(LEROY, dette="=Z1→#REF!", prenom="Lina"),
)


@pytest.fixture
async def page(monde: Monde, navigateur: Browser) -> AsyncIterator[Page]:
    async with servir(monde.app) as adresse:
        contexte = await navigateur.new_context(base_url=adresse, locale="fr-FR", accept_downloads=False)
        try:
            yield await contexte.new_page()
        finally:
            await contexte.close()


async def entrer(page: Page, monde: Monde, qui: str = "bailleur", finalite: str = "ACTE_EMISSION") -> None:
    await page.context.clear_cookies()
    await page.goto(monde.lien(qui))
    await page.check(f"[name=finalite][value={finalite}]")
    await page.click("main button[type=submit]")
    await page.goto("/listes")


async def voir(page: Page, nom: str, axe: Verifier) -> None:
    """At both widths: nothing overflows, and axe has nothing to say."""
    for largeur in LARGEURS:
        await page.set_viewport_size({"width": largeur, "height": 900})
        await capturer(page, f"{nom}-{largeur}")
        assert await page.evaluate("document.documentElement.scrollWidth") <= largeur
        await axe(page)


async def test_une_liste_se_depose_au_clavier(page: Page, monde: Monde, axe: Verifier, tmp_path: Path) -> None:
    fichier = tmp_path / "liste.xlsx"
    fichier.write_bytes(classeur(LEROY, *SALES, titres=TITRES))
    await entrer(page, monde)
    await expect(page.get_by_role("heading", level=1)).to_have_text("Dépôt d'une liste de ménages en impayé")
    await voir(page, "liste-vide", axe)

    (tmp_path / "page.xls").write_bytes(b"<html>")
    await page.set_input_files("#fichier", tmp_path / "page.xls")
    await aller_a(page, ".depot button")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("alert")).to_contain_text("est une page web qui porte le nom d'un classeur")
    await voir(page, "liste-refusee", axe)

    await aller_a(page, "#fichier")
    await page.set_input_files("#fichier", fichier)
    await aller_a(page, ".depot button")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Vérification de la liste")
    await voir(page, "liste-rapport", axe)
    await aller_a(page, "main form button")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("status")).to_contain_text("La liste est déposée")
    await voir(page, "liste-recepisse", axe)
    await page.emulate_media(media="print")
    await capturer(page, "liste-recepisse-imprime")
    await page.emulate_media(media="screen")

    await aller_a(page, ".fil a")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Dépôt d'une liste de ménages en impayé")
    await aller_a(page, "table a")
    await voir(page, "liste-accueil", axe)
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Récépissé de dépôt d'une liste")
    assert await page.locator("script").count() == 0


async def test_une_liste_dont_rien_ne_part(page: Page, monde: Monde, axe: Verifier, tmp_path: Path) -> None:
    fichier = tmp_path / "liste.xlsx"
    fichier.write_bytes(classeur(*SALES))
    await entrer(page, monde)
    await page.set_input_files("#fichier", fichier)
    await page.click(".depot button")
    await expect(page.get_by_role("alert")).to_contain_text("Aucune ligne ne peut être déposée")
    await voir(page, "liste-rien", axe)


async def test_le_secretariat_controle_la_liste_d_un_bailleur(
    page: Page, monde: Monde, axe: Verifier, tmp_path: Path
) -> None:
    fichier = tmp_path / "liste.xlsx"
    fichier.write_bytes(classeur(LEROY))
    await entrer(page, monde)
    await page.set_input_files("#fichier", fichier)
    await page.click(".depot button")
    await page.click("main form button")
    await expect(page.get_by_role("status")).to_contain_text("La liste est déposée")
    fichier.write_bytes(
        classeur(*([*x, "social", BAILLEUR] for x in (LEROY, *SALES)), titres=[*TITRES, "Parc", "SIRET"])
    )
    await entrer(page, monde, "clil", "CLIL_EXAMEN")
    await voir(page, "liste-secretariat", axe)
    await page.set_input_files("#fichier", fichier)
    await aller_a(page, ".depot button")
    await page.keyboard.press("Enter")
    await expect(page.locator("#controle")).to_be_visible()
    await voir(page, "liste-controle", axe)
    await aller_a(page, "td a[href^='/clil/']")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Fatou LEROY")

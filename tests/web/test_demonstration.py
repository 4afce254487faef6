"""The pages of the running demonstration, in a real Chromium: what a person who starts it sees, and can do."""

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Browser, Page, expect

from tests.scenarios.test_demonstration import Demo, demarrer
from tests.web.conftest import LARGEURS, Verifier, capturer
from tests.web.test_clavier import aller_a

CCAPEX, DPO = "instructrice de la CCAPEX", "délégué à la protection des données"


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    with demarrer(tmp_path_factory.mktemp("pages")) as servie:
        yield servie


@pytest.fixture
def exemple(demo: Demo) -> str:
    return demo.exemple


@asynccontextmanager
async def ouvrir(demo: Demo, navigateur: Browser, largeur: int = 1280) -> AsyncIterator[tuple[Page, list[str]]]:
    """A page, and whatever its console complained of."""
    contexte = await navigateur.new_context(
        base_url=f"http://127.0.0.1:{demo.port}", viewport={"width": largeur, "height": 900}, locale="fr-FR"
    )
    page = await contexte.new_page()
    plaintes: list[str] = []
    page.on("console", lambda m: plaintes.append(m.text) if m.type in {"error", "warning"} else None)
    page.on("pageerror", lambda e: plaintes.append(str(e)))
    yield page, plaintes
    await contexte.close()


async def entrer(page: Page, fonction: str, finalite: str) -> None:
    await page.goto("/connexion")
    await page.locator(".entrees a", has_text=fonction).click()
    await page.check(f"[value={finalite}]")
    await page.get_by_role("button", name="Continuer").click()


async def presser(page: Page, selecteur: str) -> None:
    """A link or a button, with the keyboard, and the page that it leads to."""
    await aller_a(page, selecteur)
    async with page.expect_navigation():
        await page.keyboard.press("Enter")


@pytest.mark.parametrize("largeur", LARGEURS)
async def test_every_page_is_accessible_fits_and_has_no_complaint(
    largeur: int, demo: Demo, exemple: str, navigateur: Browser, axe: Verifier
) -> None:
    vues = {
        CCAPEX: ("CCAPEX_INSTRUCTION", {"file": "/ccapex", "dossier": f"/ccapex/{exemple}"}),
        DPO: ("CONTROLE", {"journal": "/journal", "journal-dossier": f"/journal?dossier={exemple}"}),
    }
    vues_lues = 0
    async with ouvrir(demo, navigateur, largeur) as (page, plaintes):
        for fonction, (finalite, adresses) in vues.items():
            await page.goto("/connexion")
            await axe(page)
            await entrer(page, fonction, finalite)
            for nom, adresse in adresses.items():
                reponse = await page.goto(adresse)
                assert reponse is not None
                assert reponse.status == 200
                await capturer(page, f"demonstration-{nom}-{largeur}")
                # What is folded is a page too.
                await page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true; })")
                assert await page.evaluate("document.documentElement.scrollWidth") <= largeur, adresse
                await axe(page)
                vues_lues += 1
        assert plaintes == []
        await page.goto("/nulle-part")
        await expect(page.get_by_role("heading", level=1)).to_have_text("Page introuvable")
        await axe(page)
    assert vues_lues == 4


@pytest.mark.parametrize("largeur", LARGEURS)
async def test_who_sees_what_is_read_and_entered_with_a_keyboard(
    largeur: int, demo: Demo, navigateur: Browser, axe: Verifier
) -> None:
    async with ouvrir(demo, navigateur, largeur) as (page, plaintes):
        await page.goto("/connexion")
        await aller_a(page, "main a[href='/qui-voit-quoi']")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading", level=1)).to_have_text("Qui voit quoi")
        await expect(page.locator(".matrice [scope=row]")).to_have_count(31)
        await capturer(page, f"qui-voit-quoi-{largeur}")
        await axe(page)
        # Why the rest is withheld is unfolded, and is a page that fits too.
        await aller_a(page, ".matrice summary")
        await page.keyboard.press("Enter")
        await expect(page.locator(".matrice details[open]")).to_contain_text("Réservé à la préfecture et à la police.")
        await page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true; })")
        assert await page.evaluate("document.documentElement.scrollWidth") <= largeur
        await axe(page)
        # What has the focus is not hidden under the heads of the columns.
        await page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = false; })")
        await page.locator(".matrice summary").last.focus()
        for _ in range(16):
            await page.keyboard.press("Shift+Tab")
            await page.wait_for_function(
                "() => { const a = document.activeElement, r = a.getBoundingClientRect();"
                " return a.matches('.matrice *') && a.contains(document.elementFromPoint(r.x + 9, r.y + 9)); }",
                timeout=5000,
            )
        await page.goto("/qui-voit-quoi")
        await aller_a(page, ".matrice [scope=row] a")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading", level=1)).to_have_text("Mon bureau")
        await expect(page.locator(".finalite")).to_contain_text("Instruction d'une saisine de la CCAPEX")
        await page.get_by_role("link", name="Qui voit quoi").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("Qui voit quoi")
        assert plaintes == []


@pytest.mark.parametrize("largeur", LARGEURS)
async def test_the_tenant_of_the_example_enters_and_finds_its_own_file(
    largeur: int, demo: Demo, exemple: str, navigateur: Browser, axe: Verifier
) -> None:
    async with ouvrir(demo, navigateur, largeur) as (page, plaintes):
        await page.goto("/qui-voit-quoi")
        lien = page.get_by_role("link", name=re.compile("^Entrer comme la locataire elle-même"))
        adresse = await lien.get_attribute("href")
        await aller_a(page, f".matrice a[href='{adresse}']")
        await page.keyboard.press("Enter")
        await expect(page).to_have_url(re.compile(f"/mon-dossier/{exemple}$"))
        await expect(page.locator("main")).to_contain_text("Nadia")
        # Whom it turned to, and what its social worker told of it, it reads; who looked, too.
        await expect(page.locator("main")).to_contain_text("Département, service social de Saint-Denis")
        await capturer(page, f"demonstration-mon-dossier-{largeur}")
        assert await page.evaluate("document.documentElement.scrollWidth") <= largeur
        await axe(page)
        assert plaintes == []
        # A purpose of its own, and no case but its own.
        for chemin in ("/ccapex", "/journal", "/demandes"):
            reponse = await page.goto(chemin)
            assert reponse is not None
            assert reponse.status in {403, 404}, chemin


async def test_the_case_tells_what_a_session_needs(demo: Demo, exemple: str, navigateur: Browser) -> None:
    async with ouvrir(demo, navigateur) as (page, _):
        await entrer(page, CCAPEX, "CCAPEX_INSTRUCTION")
        await expect(page.locator(".liste tbody tr")).to_have_count(18)  # of the three lists of a desk
        await page.get_by_role("link", name="File active").click()
        await expect(page.locator(".liste tbody tr")).to_have_count(50)
        await page.get_by_role("link", name="Regardez le dossier exemple").click()
        await expect(page).to_have_url(re.compile(exemple))
        await expect(page.get_by_role("heading", level=1)).to_have_text("Nadia LAMBERT")
        tete = page.locator(".tete")
        for mots in ("concours de la force publique requis", "4\u202f012,00", "montants en désaccord", "contestée"):
            await expect(tete).to_contain_text(mots)
        await expect(page.get_by_role("heading", name="Rapprochements à confirmer")).to_be_visible()
        await expect(page.locator("#dette svg.dessin-large")).to_be_visible()
        await expect(page.locator("#contacts tbody tr")).to_have_count(9)
        await expect(page.locator("#examens")).to_contain_text("Plan d'apurement")
        await expect(page.locator("#non-communique")).to_contain_text("Réservé à la préfecture et à la police.")


async def test_an_avis_is_corrected_in_its_session_with_a_keyboard_alone(
    demo: Demo, exemple: str, navigateur: Browser, axe: Verifier
) -> None:
    async with ouvrir(demo, navigateur) as (page, plaintes):
        await page.goto("/connexion")
        await aller_a(page, ".entrees a")
        await page.keyboard.press("Enter")
        titre = page.get_by_role("heading", level=1)
        await expect(titre).to_have_text("Pourquoi consultez-vous ?")
        await aller_a(page, "[name=finalite]")
        while not await page.evaluate("document.activeElement.value === 'CCAPEX_INSTRUCTION'"):
            await page.keyboard.press("ArrowDown")
        await page.keyboard.press("Enter")
        await expect(titre).to_have_text("Mon bureau")
        await aller_a(page, f".bandeau a[href='/ccapex/{exemple}']")
        await page.keyboard.press("Enter")
        await expect(titre).to_have_text("Nadia LAMBERT")
        await presser(page, "#agir a[href^='/seances/']")
        await expect(page.locator("#dits")).to_contain_text("Maintien dans les lieux")
        await presser(page, "#dits article:nth-of-type(1) .corriger")
        await aller_a(page, "#remplacer-sens")
        await page.keyboard.type("délais")
        await aller_a(page, "#remplacer-texte")
        await page.keyboard.press("Control+a")
        await page.keyboard.type("Délais de douze mois, avec le plan proposé.")
        await aller_a(page, "#remplacer-motif_correction")
        await page.keyboard.type("erreur")
        await presser(page, "#remplacer button")
        await expect(page.get_by_role("status")).to_contain_text("Le fait est corrigé")
        await expect(page.locator("#dits")).to_contain_text("Délais de douze mois, avec le plan proposé.")
        await axe(page)
        assert plaintes == []


async def test_no_script_runs_in_a_page(demo: Demo, exemple: str, navigateur: Browser) -> None:
    async with ouvrir(demo, navigateur) as (page, plaintes):
        await entrer(page, CCAPEX, "CCAPEX_INSTRUCTION")
        await page.goto(f"/ccapex/{exemple}")
        await page.evaluate(
            "() => { const s = document.createElement('script'); s.textContent = 'window.passe = 1';"
            " document.body.append(s); document.body.setAttribute('style', 'color: red'); }"
        )
        assert await page.evaluate("window.passe") is None
        assert [p for p in plaintes if "Content Security Policy" in p]

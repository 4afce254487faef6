"""What was listed at a session that is over, and never examined, comes back to the secretariat; said, it leaves."""

import pytest
from playwright.async_api import Browser, expect

from tests.monde import Monde, evenement
from tests.rest.test_attentes import COMMISSIONS, non_examine
from tests.rest.test_regles import dire
from tests.web.conftest import LARGEURS, Verifier, capturer
from tests.web.site_fige import servir
from tests.web.test_bureau import visiteur
from tests.web.test_clavier import aller_a


@pytest.mark.parametrize("largeur", LARGEURS)
@pytest.mark.parametrize(("genre", "qui"), COMMISSIONS)
async def test_a_case_that_nobody_examined_is_on_the_desk_and_among_what_follows_until_it_is_said(
    genre: str, qui: tuple[str, str], largeur: int, monde: Monde, navigateur: Browser, axe: Verifier
) -> None:
    dossier, seance = await non_examine(monde, genre, qui)
    await monde.projeter()
    lien = f"/seances/{seance}/dossiers/{dossier}"
    async with servir(monde.app) as adresse, visiteur(navigateur, adresse, largeur) as page:
        titre = page.get_by_role("heading", level=1)
        await page.goto(monde.lien(qui[0]))
        await page.check(f"[value={qui[1]}]")
        await page.get_by_role("button", name="Continuer").click()
        await page.goto("/attentes")
        await expect(page.get_by_role("table")).to_contain_text("Dossier inscrit à une séance passée")
        await axe(page)
        assert await page.locator(f"a[href='{lien}']").count() == 1
        await page.goto("/suites")
        await expect(page.locator("section[aria-labelledby=titre-inscrits]")).to_contain_text("20 octobre 2026")
        await axe(page)
        await capturer(page, f"jamais-examines-{genre.lower()}-{largeur}")
        assert await page.evaluate("document.documentElement.scrollWidth") <= largeur
        await aller_a(page, f"a[href='{lien}']")
        await page.keyboard.press("Enter")
        await expect(titre).to_contain_text("LEROY")
        await dire(
            monde,
            dossier,
            *qui,
            evenement("InscriptionRetiree", "2026-10-21", instance=genre, seance=seance, motif="SITUATION_REGLEE"),
        )
        await monde.projeter()
        for chemin in ("/suites", "/attentes"):
            await page.goto(chemin)
            await expect(page.locator(f"a[href='{lien}']")).to_have_count(0)

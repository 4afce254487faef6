"""A commission without a worklist, held in pages: its secretariat puts a request on its agenda with a keyboard."""

from typing import Final

import pytest
from playwright.async_api import Browser, expect

from tests.monde import TOUTES, Monde
from tests.rest.test_demandes_en_seance import FSL, aide, convoquee, demandee, designant, dire
from tests.rest.test_demandes_en_seance import ici as ici  # noqa: PLC0414 - a fixture
from tests.web.conftest import LARGEURS, Verifier, capturer
from tests.web.site_fige import servir
from tests.web.test_bureau import visiteur
from tests.web.test_clavier import aller_a

SEANCE: Final = "Commission FSL, le 15\u00a0décembre\u00a02026"


def lien(monde: Monde, code: str) -> str:
    return f"/demo/entrer/{monde.demo.lien(code, f'client-{code}', TOUTES, 'gestionnaire')}"


@pytest.mark.parametrize("largeur", LARGEURS)
async def test_the_fsl_puts_a_request_on_its_agenda_and_reads_it_there(
    largeur: int, ici: Monde, navigateur: Browser, axe: Verifier
) -> None:
    dossier, id_ = await demandee(ici)
    autre, la_sienne = await demandee(ici, 1)
    seance = await convoquee(ici, FSL)
    await convoquee(ici, ("comed", "RELOGEMENT", "gestionnaire"))
    mise = await dire(ici, autre, designant(FSL, la_sienne), aide(la_sienne, "ACCORDEE", en_seance=seance))
    assert mise.status_code == 201, mise.text
    await ici.projeter()
    async with servir(ici.app) as adresse, visiteur(navigateur, adresse, largeur) as page:
        titre = page.get_by_role("heading", level=1)
        await page.goto(lien(ici, "fsl"))
        await page.check("[value=AIDE_INSTRUCTION]")
        await page.fill("#demande", id_)
        await page.get_by_role("button", name="Continuer").click()
        await page.goto(f"/dossiers/{dossier}/transmettre/AideFinanciereInstruite")
        # Of its own commission and of no other: the commission de médiation is another's.
        options = await page.locator("#acte-en_seance option").all_text_contents()
        assert [texte for texte in options if "décembre" in texte] == [SEANCE]
        await page.fill("#acte-survenu_le", "2026-11-02")
        for nom, valeur in (("dispositif", "FSL_MAINTIEN"), ("etape", "DEMANDEE")):
            await page.select_option(f"#acte-{nom}", valeur)
        await aller_a(page, "details:has(#acte-en_seance) > summary")
        await page.keyboard.press("Enter")
        await page.select_option("#acte-en_seance", seance)
        await axe(page)
        await aller_a(page, "button[value=relire]")
        await page.keyboard.press("Enter")
        await expect(titre).to_have_text("Relisez avant d'enregistrer")
        await expect(page.locator(".valeurs")).to_contain_text(SEANCE)
        await aller_a(page, "button[value=enregistrer]")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("status")).to_contain_text("C'est enregistré")
        await ici.projeter()
        await page.goto(f"/seances/{seance}")
        table = page.get_by_role("table")
        await expect(table).to_contain_text("Fatou LEROY1")
        await expect(table).to_contain_text("accordée")
        assert await table.locator("tbody tr").count() == 2
        await axe(page)
        await capturer(page, f"demandes-en-seance-{largeur}")
        assert await page.evaluate("document.documentElement.scrollWidth") <= largeur
        await page.get_by_role("button", name="Instruire cette demande de Fatou LEROY1").focus()
        await page.keyboard.press("Enter")
        await expect(page.locator(f"a[href='/dossiers/{autre}']").first).to_be_visible()
        await expect(page.locator(f"a[href='/dossiers/{dossier}']")).to_have_count(0)


async def test_an_empty_agenda_says_what_fills_it(ici: Monde, navigateur: Browser, axe: Verifier) -> None:
    seance = await convoquee(ici, ("siao", "RELOGEMENT", "gestionnaire"))
    async with servir(ici.app) as adresse, visiteur(navigateur, adresse, 1280) as page:
        await page.goto(lien(ici, "siao"))
        if await page.locator("[value=RELOGEMENT]").count():
            await page.check("[value=RELOGEMENT]")
            await page.get_by_role("button", name="Continuer").click()
        await page.goto(f"/seances/{seance}")
        await expect(page.locator("section[aria-labelledby=titre-demandes]")).to_contain_text("choisissez cette séance")
        await axe(page)

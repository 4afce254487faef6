"""An administrator's work with a keyboard alone, in a real Chromium, on a real PostgreSQL, at two widths."""

from collections.abc import AsyncIterator, Callable
from typing import Any, Final, cast

import pytest
from playwright.async_api import Browser, expect

from tests.bases import Bases
from tests.monde import SEANCE, mandater, peupler
from tests.rest.test_attaques_registre import semer
from tests.web.bureau_du_registre import ALICE, BACHIR, BureauDuRegistre, faire, nommer, ouvrir_bureau
from tests.web.conftest import LARGEURS, Verifier, capturer
from tests.web.site_fige import servir
from tests.web.test_clavier import aller_a
from tests.web.test_droits_au_clavier import Poste
from tests.web.test_intendance import DOSSIER

PAGES: Final = {
    "accueil": "/",
    "partenaires": "/partenaires",
    "partenaire": "/partenaires/etude",
    "agents": "/habilitations",
    "mandats": "/mandats",
    "instances": "/instances",
    "instance": "/instances/ccapex-93",
    "seances": "/seances",
    "administrateurs": "/administrateurs",
    "changements": "/changements",
    "inscrire": "/demarches/inscrire-partenaire?role=CAF",
    "habiliter": "/demarches/habiliter-agent?partenaire=ssd&agent=assistante",
    "confirmer": "/demarches/confirmer-mandat?partenaire=etude",
    "instituer": "/demarches/instituer-instance",
    "annuler": f"/demarches/annuler-seance?seance={SEANCE}",
    "introuvable": "/partenaires/nulle-part",
}


class PosteDuRegistre(Poste):
    """The same workstation, whose pictures have names of their own."""

    async def regarder(self, nom: str) -> None:
        await self.axe(self.page)
        await capturer(self.page, f"registre-{nom}-{self.largeur}")
        assert await self.page.evaluate("document.documentElement.scrollWidth") <= self.largeur, nom
        assert await self.page.locator("script").count() == 0, nom


@pytest.fixture
async def bureau(bases: Bases) -> AsyncIterator[BureauDuRegistre]:
    peupler(bases)
    nommer(bases, ALICE, BACHIR)
    semer(bases, DOSSIER)
    mandater(bases, "etude", DOSSIER)
    async with ouvrir_bureau(bases) as ouvert:
        ouvert.site.entrees = list
        yield ouvert


@pytest.mark.parametrize("largeur", LARGEURS)
async def test_le_clavier_suffit(bureau: BureauDuRegistre, navigateur: Browser, axe: Verifier, largeur: int) -> None:
    """Sign in, change a partner while another administrator does, habilitate, see it all among the changes."""
    async with servir(bureau.app) as adresse:
        contexte = await navigateur.new_context(
            base_url=adresse, viewport={"width": largeur, "height": 900}, locale="fr-FR"
        )
        page = await contexte.new_page()
        poste = PosteDuRegistre(page, cast("Any", bureau), axe, largeur)
        await page.goto("/connexion")
        await poste.regarder("connexion")
        await page.goto(bureau.lien(ALICE))
        await expect(page.get_by_role("heading", level=1)).to_have_text("Le registre aujourd'hui")
        await poste.presser("a[href='/partenaires?etat=actif']")
        await poste.presser("a[href='/partenaires/caf']")
        await poste.presser("a[href^='/demarches/changer-partenaire']")
        await aller_a(page, "#demarche-nom")
        await page.keyboard.press("Control+a")
        await page.keyboard.type("Caisse")
        await aller_a(page, "[name='finalites.CLIL_EXAMEN']")
        await page.keyboard.press("Space")
        await poste.regarder("changer")
        async with bureau.entre(BACHIR) as autre:
            await faire(autre, "/demarches/changer-partenaire?partenaire=caf", nom="Vu par Bachir")
        await poste.presser("#demarche button[type=submit]")
        await expect(page.get_by_role("alert")).to_contain_text("ccapex/bachir a changé cela")
        await poste.regarder("croise")
        await poste.presser("button[value=garder]")
        await poste.dit("Le partenaire est changé.")
        await expect(page.get_by_role("heading", level=1)).to_have_text("Caisse")
        await poste.presser("a[href='/demarches/habiliter-agent?partenaire=caf']")
        await aller_a(page, "#demarche button[type=submit]")
        await page.keyboard.press("Enter")  # nothing was typed: the browser keeps it
        await expect(page.locator("#demarche-agent")).to_be_focused()
        await page.evaluate("document.querySelector('#demarche').noValidate = true")
        await poste.presser("#demarche button[type=submit]")
        await poste.regarder("faute")
        await page.get_by_role("link", name="Ce champ est nécessaire.").press("Enter")
        await expect(page.locator("#demarche-agent")).to_be_focused()
        await page.keyboard.type("neuve")
        await aller_a(page, "[name='finalites.AIDE_INSTRUCTION']")
        await page.keyboard.press("Space")
        await poste.presser("#demarche button[type=submit]")
        await poste.regarder("relire")
        await poste.presser("button[value=garder]")
        await poste.dit("L'agent est habilité.")
        await poste.presser(".qui button")
        await poste.dit("Vous êtes déconnecté.")
        await contexte.close()
    assert bureau.lire("SELECT finalites FROM habilitations WHERE agent = 'neuve'") == [
        {"finalites": ["AIDE_INSTRUCTION"]}
    ]
    [derniere] = bureau.lire("SELECT finalites FROM partenaires WHERE nom = 'Caisse'")
    assert "CLIL_EXAMEN" not in derniere["finalites"]


@pytest.mark.parametrize("largeur", LARGEURS)
async def test_chaque_page_se_lit_a_sa_largeur(
    bureau: BureauDuRegistre, navigateur: Browser, axe: Verifier, largeur: int, compter: Callable[[str, int], None]
) -> None:
    async with servir(bureau.app) as adresse:
        contexte = await navigateur.new_context(
            base_url=adresse, viewport={"width": largeur, "height": 900}, locale="fr-FR"
        )
        poste = PosteDuRegistre(await contexte.new_page(), cast("Any", bureau), axe, largeur)
        await poste.page.goto(bureau.lien(ALICE))
        for nom, chemin in PAGES.items():
            await poste.page.goto(chemin)
            await poste.regarder(nom)
        await contexte.close()
    compter("pages du registre regardées", len(PAGES))

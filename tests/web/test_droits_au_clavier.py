"""A person, from the counter to the letter, with a keyboard alone, in a real Chromium, through the real gate.

Found by the DPO without content; request recorded; pack made; wrong value rectified and its readers told; answered;
erased at the end: the clock stops.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from typing import Final
from uuid import UUID

import pytest
from playwright.async_api import Browser, Page, expect

from tests.monde import Monde, evenement
from tests.web.conftest import LARGEURS, Verifier, capturer
from tests.web.site_fige import servir
from tests.web.test_clavier import aller_a
from tests.web.test_personnes import CONTENU, DROITS, donner_un_compte, lien, raconter

NEE_LE: Final = date(1955, 4, 24)


class Poste:
    """A workstation of the test: a browser window of some width, and what each page of it has to be."""

    def __init__(self, page: Page, monde: Monde, axe: Verifier, largeur: int) -> None:
        self.page = page
        self.monde = monde
        self.axe = axe
        self.largeur = largeur

    async def entrer(self, qui: str, finalite: str = DROITS, agent: str = "") -> None:
        """Sign in with a link, and declare a purpose."""
        await self.page.context.clear_cookies()
        await self.page.goto(lien(self.monde, qui, agent))
        await aller_a(self.page, "[name=finalite]")
        choisie = self.page.locator(f"[name=finalite][value={finalite}]")
        await self.page.keyboard.press("Space")
        for _ in range(20):
            if await choisie.is_checked():
                break
            await self.page.keyboard.press("ArrowDown")
        await self._aller("Enter")
        await expect(self.page.locator(".finalite")).to_be_visible()

    async def deplier(self, selecteur: str) -> None:
        """Go to what hides a form, and open it."""
        await aller_a(self.page, selecteur)
        await self.page.keyboard.press("Enter")

    async def presser(self, selecteur: str) -> None:
        """Go to a link or a button, and follow it."""
        await aller_a(self.page, selecteur)
        await self._aller("Enter")

    async def _aller(self, touche: str) -> None:
        async with self.page.expect_event("framenavigated"):
            await self.page.keyboard.press(touche)
        await self.page.wait_for_load_state()

    async def ecrire(self, selecteur: str, texte: str) -> None:
        """Go to a control, and type; in a list of options, this chooses."""
        await aller_a(self.page, selecteur)
        await self.page.keyboard.type(texte)

    async def dater(self, selecteur: str, jour: date) -> None:
        """Go to a date and type it, in the order that this browser asks for."""
        await aller_a(self.page, selecteur)
        for ordre in ("%d%m%Y", "%m%d%Y", "%Y%m%d"):
            await self.page.keyboard.type(jour.strftime(ordre))
            if await self.page.input_value(selecteur) == jour.isoformat():
                return
            for _ in range(2):
                await self.page.keyboard.press("ArrowLeft")
        pytest.fail(f"{selecteur} ne prend pas de date au clavier")

    async def dit(self, texte: str) -> None:
        """The page says that what was sent is recorded."""
        await expect(self.page.get_by_role("status").first).to_contain_text(texte)

    async def regarder(self, nom: str) -> None:
        """The page is accessible, as wide as its window, without any script; its picture is kept."""
        await self.axe(self.page)
        await capturer(self.page, f"droits-{nom}-{self.largeur}")
        assert await self.page.evaluate("document.documentElement.scrollWidth") <= self.largeur, nom
        assert await self.page.locator("script").count() == 0, nom


@asynccontextmanager
async def poste(monde: Monde, navigateur: Browser, axe: Verifier, largeur: int) -> AsyncIterator[Poste]:
    async with servir(monde.app) as adresse:
        contexte = await navigateur.new_context(
            base_url=adresse, viewport={"width": largeur, "height": 900}, locale="fr-FR"
        )
        try:
            yield Poste(await contexte.new_page(), monde, axe, largeur)
        finally:
            await contexte.close()


async def demander(p: Poste, personne_connue: str, droit: str) -> None:
    """The DPO finds the person, sees nothing of it, and records what it asks."""
    await p.entrer("dpo")
    await p.presser("a[href='/personnes']")
    await p.ecrire("#recherche-nom", "LEROY")
    await p.ecrire("#recherche-prenoms", "Fatou")
    await p.dater("#recherche-date_naissance", NEE_LE)
    await p.presser("#recherche button")
    await expect(p.page.locator("[aria-labelledby=titre-trouves]")).to_contain_text("Cette identité est connue")
    await p.regarder(f"trouvee-{droit}")
    await p.presser(f"a[href$='personne={personne_connue}']")
    await p.ecrire("#demande-droit", droit)
    await p.presser("#demande button")
    await p.dit("La demande est enregistrée : son délai court.")
    corps = await p.page.locator("main").inner_text()
    assert not [mot for mot in CONTENU if mot in corps]
    await p.regarder(f"demande-{droit}")


async def repondre(p: Poste, dossier: str) -> None:
    """The controller answers the first request in progress: the first due first."""
    await p.entrer("responsable")
    await expect(p.page.get_by_role("heading", level=1)).to_have_text("Demandes en cours")
    await p.presser(f"tbody tr:first-child a[href*='{dossier}']")
    await p.ecrire("select[id^=reponse-]", "demande satisfaite")
    await p.presser("form[id^=reponse-] button")
    await p.dit("La réponse est enregistrée.")


@pytest.mark.parametrize("largeur", LARGEURS)
async def test_une_personne_du_guichet_au_courrier(
    largeur: int, monde: Monde, navigateur: Browser, axe: Verifier
) -> None:
    dossier, personne = await raconter(monde)
    donner_un_compte(monde, "elle", dossier, personne)
    async with poste(monde, navigateur, axe, largeur) as p:
        page = p.page
        await demander(p, personne, "accès")
        await expect(page.locator(".etapes .suivante")).to_contain_text("Copie remise à la personne")

        await le_pack(p, dossier)
        await rectifier(p, dossier)

        await repondre(p, dossier)
        await repondre(p, dossier)
        await expect(page.locator(".demande.close")).to_have_count(2)
        await p.regarder("repondues")

        await effacer(p, dossier, personne)
        await p.entrer("dpo")
        await expect(page.locator("main")).to_contain_text("Aucune demande n'est en cours.")
        await p.regarder("aucune-demande")
        await page.goto(f"/personnes/{dossier}?personne={personne}")
        await expect(page.locator(".demande.close")).to_have_count(3)
        await expect(page.locator("main")).to_contain_text("Cette personne est effacée")
        await p.regarder("effacee")
        await p.entrer("elle")
        corps = await page.locator("main").inner_text()
        assert not [mot for mot in (*CONTENU, "2\u202f745") if mot in corps]
        await p.regarder("mon-dossier-efface")


async def le_pack(p: Poste, dossier: str) -> None:
    """The person reads its file, takes its copy, and says what is wrong in it."""
    await p.entrer("elle")
    await expect(p.page.get_by_role("heading", level=1)).to_have_text("Mon dossier")
    await p.regarder("mon-dossier")
    await p.presser(f"a[href='/mon-dossier/{dossier}/copie']")
    await expect(p.page.locator("main")).to_contain_text("3\u202f745,00\u00a0€")
    await p.regarder("copie")
    await p.page.emulate_media(media="print")
    await expect(p.page.locator(".menu")).to_be_hidden()
    await capturer(p.page, f"droits-copie-imprimee-{p.largeur}")
    await p.page.emulate_media(media="screen")
    await p.presser(f".fil a[href='/mon-dossier/{dossier}']")
    await p.deplier("details:has(#contester) summary")
    await p.ecrire("#contester-fait", "Dette")
    await p.presser("#contester button")
    await p.dit("Votre contestation est enregistrée")


async def rectifier(p: Poste, dossier: str) -> None:
    """Its author corrects it; who had read what was wrong is told, and the page of who answers says who was not."""
    instructrice = ("ccapex", "CCAPEX_ADMINISTRATIVE")
    lu = (await p.monde.get(f"/v1/dossiers/{dossier}", *instructrice)).json()
    [faux] = [f["id"] for f in lu["faits"] if f["type"] == "DetteDeclaree"]
    juste = evenement("DetteDeclaree", montant=274500, arretee_au="2026-09-30")
    corrige = juste | {"corrige": faux, "motif_correction": "ERREUR_SAISIE"}
    assert (await p.monde.contribuer(dossier, "bailleur", "ACTE_EMISSION", corrige)).status_code == 201
    await p.entrer("dpo")
    await p.page.goto(f"/personnes/{dossier}")
    await expect(p.page.locator(".prevenus")).to_contain_text("Organisation ccapex : n'a pas relu le dossier depuis")
    await p.regarder("a-prevenir")
    await p.entrer(*instructrice)
    await p.page.goto(f"/ccapex/{dossier}")
    await expect(p.page.locator(f"#fait-{faux}")).to_contain_text("Corrigé")
    await p.entrer("dpo")
    await p.page.goto(f"/personnes/{dossier}")
    await expect(p.page.locator(".prevenus")).to_contain_text("Organisation ccapex : a relu le dossier depuis")


async def effacer(p: Poste, dossier: str, personne: str) -> None:
    """Asked, advised, decided, and done by a second person."""
    chemin = f"/personnes/{dossier}?personne={personne}"
    await demander(p, personne, "effacement")
    await p.ecrire("select[id^=avis-]", "favorable")
    await p.presser("form[id^=avis-] button")
    await p.dit("L'avis sur l'effacement est enregistré.")
    await p.entrer("responsable")
    await p.page.goto(chemin)
    await p.ecrire("select[id^=decision-]", "accordé")
    await p.presser("form[id^=decision-] button")
    await p.dit("La décision est enregistrée.")
    await expect(p.page.locator("main")).to_contain_text("une autre personne du responsable du traitement l'exécute")
    await p.regarder("deux-personnes")
    await p.entrer("responsable", agent="directrice-2")
    await p.page.goto(chemin)
    await p.presser("form[id^=execution-] button")
    await p.dit("L'effacement est exécuté")
    lecture = await p.monde.gate.ledger.consulter(UUID(dossier))
    assert lecture is not None
    assert lecture.etat.effacees.keys() == {UUID(personne)}


@pytest.mark.parametrize("largeur", LARGEURS)
async def test_les_pages_du_journal_et_les_erreurs(
    largeur: int, monde: Monde, navigateur: Browser, axe: Verifier
) -> None:
    dossier, personne = await raconter(monde)
    donner_un_compte(monde, "elle", dossier, personne)
    await monde.get(f"/v1/dossiers/{dossier}", "voisin", "ACTE_EMISSION")
    async with poste(monde, navigateur, axe, largeur) as p:
        await p.entrer("dpo", "CONTROLE")
        court = dossier[-8:]
        for nom, chemin in {
            "journal": "/journal",
            "groupes": f"/journal/groupes?dossier={court}",
            "refus": "/journal/groupes?issue=refuse",
            "registre": "/journal/registre",
            "habilitations": "/journal/habilitations",
            "court-inconnu": "/journal?dossier=00000000",
        }.items():
            await p.page.goto(chemin)
            await p.regarder(f"journal-{nom}")
        await p.entrer("dpo")
        await p.page.goto("/personnes")
        await p.page.evaluate("document.querySelector('#recherche').noValidate = true")
        await p.presser("#recherche button")
        await expect(p.page.get_by_role("alert")).to_be_visible()
        await p.regarder("recherche-refusee")
        await p.page.goto(f"/personnes/{dossier}")
        await p.regarder("aucune-demande-du-dossier")
        await p.entrer("elle")
        await p.deplier("details:has(#limiter) summary")
        await p.ecrire("#limiter-motif", "mon NIR est le 2 84 03 93 008 123")
        await p.presser("#limiter button")
        await expect(p.page.get_by_role("alert")).to_be_visible()
        assert "008 123" not in await p.page.content()
        await p.regarder("mon-dossier-refuse")
        await p.ecrire("#limiter-motif", "la dette est fausse")
        await p.presser("#limiter button")
        await p.dit("Le traitement est limité dès maintenant")
        await p.regarder("mon-dossier-limite")

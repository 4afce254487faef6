"""A whole session with a keyboard alone, in a real Chromium: from what is proposed to what follows.

``UNEFOIS_TEST_SEANCE``: how many cases; sixty are those of a real session.
"""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final

import pytest
from playwright.async_api import Browser, Page, ViewportSize, expect

from tests.monde import Monde
from tests.web.conftest import LARGEURS, Verifier, capturer
from tests.web.site_fige import servir
from tests.web.test_clavier import aller_a
from tests.web.test_seances import LE, ordre_du_jour, propose

DOSSIERS: Final = int(os.environ.get("UNEFOIS_TEST_SEANCE", "12"))
TABULATIONS: Final = 120 + 2 * DOSSIERS
CLIL: Final = ("clil", "CLIL_EXAMEN")


@asynccontextmanager
async def projetees(monde: Monde) -> AsyncIterator[None]:
    """With the lists brought up to date all along, as the projector does."""

    async def suivre() -> None:
        while True:
            await monde.projeter()
            await asyncio.sleep(0.1)

    tache = asyncio.create_task(suivre())
    try:
        yield
    finally:
        tache.cancel()
        with suppress(asyncio.CancelledError):
            await tache


@asynccontextmanager
async def ouverte(monde: Monde, navigateur: Browser, largeur: int) -> AsyncIterator[Page]:
    """A secretary of the CLIL, signed in, at one width."""
    async with servir(monde.app) as adresse:
        vue = ViewportSize(width=largeur, height=900)
        contexte = await navigateur.new_context(base_url=adresse, viewport=vue, locale="fr-FR")
        page = await contexte.new_page()
        await page.goto(monde.lien("clil"))
        await page.check("[value=CLIL_EXAMEN]")
        await page.get_by_role("button", name="Continuer").click()
        yield page
        await contexte.close()


async def regarder(page: Page, axe: Verifier, nom: str, largeur: int) -> None:
    """No script, nothing wider than the screen, nothing that axe finds; and a picture to look at."""
    await capturer(page, f"seance-{nom}-{largeur}")
    assert "<script" not in await page.content()
    assert await page.evaluate("document.documentElement.scrollWidth") <= largeur
    await axe(page)


async def presser(page: Page, selecteur: str) -> None:
    """A link or a button, and the page that it leads to."""
    await aller_a(page, selecteur, TABULATIONS)
    async with page.expect_navigation():
        await page.keyboard.press("Enter")


async def deplier(page: Page, selecteur: str) -> None:
    await aller_a(page, selecteur, TABULATIONS)
    await page.keyboard.press("Enter")


async def choisir(page: Page, selecteur: str, debut: str) -> None:
    """An option of a list, by its first letters."""
    await aller_a(page, selecteur, TABULATIONS)
    await page.keyboard.type(debut)


async def saisir_le_jour(page: Page, selecteur: str, le: str) -> None:
    annee, mois, jour = le.split("-")
    await aller_a(page, selecteur, TABULATIONS)
    await page.keyboard.type(f"{mois}{jour}{annee}")  # in the order of this Chromium's own language, not of the page's
    assert await page.input_value(selecteur) == le


@pytest.mark.parametrize("largeur", LARGEURS)
async def test_une_seance_se_tient_au_clavier_seul(
    largeur: int, monde: Monde, navigateur: Browser, axe: Verifier
) -> None:
    dossiers = [await propose(monde, n) for n in range(DOSSIERS)]
    await monde.projeter()
    async with projetees(monde), ouverte(monde, navigateur, largeur) as page:
        seance = await convoquer(page, axe, largeur)
        await inscrire(page, axe, largeur, dossiers)
        assert set((await ordre_du_jour(monde, seance, CLIL)).values()) == {"INSCRIT"}
        await figer(page, axe, largeur, dossiers)
        await examiner(page, axe, largeur, len(dossiers))
        assert set((await ordre_du_jour(monde, seance, CLIL)).values()) == {"EXAMINE"}
        await corriger(page, axe, largeur, seance, dossiers[0])
        await suivre(page, axe, largeur, len(dossiers))
    lu = (await monde.get(f"/v1/vues/clil/{dossiers[0]}", *CLIL)).json()
    avis = [f for f in lu["faits"] if f["type"] == "AvisRendu"]
    assert [f["champs"]["texte"] for f in avis if f["corrige_par"] is None] == ["Maintien, avec un plan."]
    assert len(avis) == 2
    for dossier in dossiers:
        lu = (await monde.get(f"/v1/vues/clil/{dossier}", *CLIL)).json()
        types = {f["type"] for f in lu["faits"]}
        assert {"InstanceInscrite", "DossierDeSeanceFige", "DossierExamine", "AvisRendu"} <= types, dossier


async def convoquer(page: Page, axe: Verifier, largeur: int) -> str:
    await presser(page, ".menu a[href='/seances']")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Séances")
    await regarder(page, axe, "aucune", largeur)
    await saisir_le_jour(page, "#convoquer-le", LE)
    await aller_a(page, "#convoquer-salle")
    await page.keyboard.type("Mairie, salle des mariages")
    await presser(page, "#convoquer button")
    await expect(page.get_by_role("status")).to_have_text("La séance est convoquée.")
    await deplier(page, "summary:has(+ #sieges-form)")
    await choisir(page, "#sieges-nouveau", "Organisation caf")
    await presser(page, "#sieges-form button")
    await expect(page.get_by_role("status")).to_have_text("Les sièges de la séance sont enregistrés.")
    return "/" + page.url.partition("?")[0].split("/", 3)[3]


async def inscrire(page: Page, axe: Verifier, largeur: int, dossiers: list[str]) -> None:
    await regarder(page, axe, "propositions", largeur)
    await presser(page, "button[value=ecarter]")
    await expect(page.get_by_role("alert")).to_contain_text("Cochez au moins un dossier.")
    await regarder(page, axe, "erreur", largeur)
    await cocher(page, dossiers)
    await presser(page, "button[value=inscrire]")
    await expect(page.get_by_role("heading", level=1)).to_contain_text(f"{len(dossiers)} dossiers")
    await regarder(page, axe, "confirmer", largeur)
    await presser(page, "#lot button")
    await expect(page.get_by_role("status")).to_have_text("Les dossiers choisis sont inscrits à l'ordre du jour.")
    await expect(page.locator("#legende-INSCRIT")).to_contain_text(f"{len(dossiers)} dossiers à examiner")
    await regarder(page, axe, "agenda", largeur)


async def cocher(page: Page, dossiers: list[str]) -> None:
    for dossier in dossiers:
        await aller_a(page, f"input[value='{dossier}']", TABULATIONS)
        await page.keyboard.press("Space")


async def figer(page: Page, axe: Verifier, largeur: int, dossiers: list[str]) -> None:
    """All of them at once, as the page offers it."""
    await presser(page, "a[href$='tous=INSCRIT']")
    await expect(page.get_by_role("heading", level=1)).to_contain_text(f"{len(dossiers)} dossiers")
    await presser(page, "#lot button")
    await expect(page.get_by_role("status")).to_contain_text("figés")
    await expect(page.get_by_text("figé pour 1 siège")).to_have_count(len(dossiers))
    await regarder(page, axe, "fige", largeur)


async def examiner(page: Page, axe: Verifier, largeur: int, combien: int) -> None:
    """Case after case, without going back to the agenda: to the first one a recommendation is made too."""
    await presser(page, "a[href$='/suivant']")
    for rang in range(combien):
        if not rang:
            await regarder(page, axe, "dossier", largeur)
            await conclure(page, "Mantien, avec un plan.", "rester")
            await recommander(page)
            await regarder(page, axe, "dossier-conclu", largeur)
            await presser(page, "a[href*='/suivant?']")
        else:
            await conclure(page, "Maintien.", "suivant")
    await expect(page.get_by_role("status")).to_have_text("Plus aucun dossier n'est à examiner.")
    await regarder(page, axe, "examinee", largeur)


async def conclure(page: Page, texte: str, ensuite: str) -> None:
    await choisir(page, "#avis-sens", "m")
    await aller_a(page, "#avis-texte")
    await page.keyboard.type(texte)
    await presser(page, f"#avis button[value={ensuite}]")


async def recommander(page: Page) -> None:
    await expect(page.get_by_role("status")).to_have_text("L'avis est enregistré.")
    await choisir(page, "#recommandation-categorie", "p")
    await choisir(page, "#recommandation-destinataire", "Organisation ssd")
    await saisir_le_jour(page, "#recommandation-echeance", "2026-12-20")
    await aller_a(page, "#recommandation-texte")
    await page.keyboard.type("Proposer un plan.")
    await presser(page, "#recommandation button[value=rester]")
    await expect(page.get_by_role("status")).to_have_text("La recommandation est enregistrée.")


async def corriger(page: Page, axe: Verifier, largeur: int, seance: str, dossier: str) -> None:
    await page.goto(f"{seance}/dossiers/{dossier}")
    await presser(page, "#dits article:nth-of-type(1) .corriger")
    await regarder(page, axe, "correction", largeur)
    await aller_a(page, "#remplacer-texte")
    await page.keyboard.press("Control+a")
    await page.keyboard.type("Maintien, avec un plan.")
    await choisir(page, "#remplacer-motif_correction", "erreur")
    await presser(page, "#remplacer button")
    await expect(page.get_by_role("status")).to_contain_text("Le fait est corrigé")
    await page.goto(f"{seance}/releve")
    await regarder(page, axe, "releve", largeur)


async def suivre(page: Page, axe: Verifier, largeur: int, combien: int) -> None:
    await presser(page, ".menu a[href='/suites']")
    await expect(page.locator("#titre-courriers .compte")).to_contain_text(str(min(combien, 20)))
    await regarder(page, axe, "suites", largeur)
    await deplier(page, "[aria-labelledby=titre-sans-reponse] summary")
    await choisir(page, "[aria-labelledby=titre-sans-reponse] select", "réa")
    await presser(page, "[aria-labelledby=titre-sans-reponse] form button")
    await expect(page.get_by_role("status")).to_contain_text("est enregistrée")
    await expect(page.get_by_text("Aucune recommandation n'attend de réponse.")).to_be_visible()
    await page.goto("/seances")
    await regarder(page, axe, "liste", largeur)

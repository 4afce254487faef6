"""The morning of each of the charter's people, in a real Chromium: from the desk to an act that is kept, by keyboard.

At each page: nothing wider than its window, at both widths; nothing that axe complains of, at one and the other in
turn; no complaint of the browser's.
"""

from typing import Any, Final

import pytest
from playwright.async_api import Browser, Page, expect

from adapters.web import actes
from ledger.catalogue import catalogue
from tests.bases import AUJOURD_HUI
from tests.rest.mondes import PORTES, Lecteur
from tests.rest.peuple import Peuple
from tests.rest.test_mes_dossiers import peuple
from tests.web.conftest import LARGEURS, Verifier
from tests.web.site_fige import servir
from tests.web.test_bureau import visiteur
from tests.web.test_clavier import aller_a

__all__ = ["peuple"]  # the world that the lists of the API are tried in

PERSONNES: Final = {
    "BAILLEUR_SOCIAL": ("ACTE_EMISSION", "DetteDeclaree"),
    "BAILLEUR_PRIVE": ("ACTE_EMISSION", "DetteDeclaree"),
    "COMMISSAIRE_JUSTICE": ("ACTE_EMISSION", "CommandementPayerSignifie"),
    "CAF": ("COORDINATION_CONTACTS", "ContactTente"),
    "CD_FSL": ("AIDE_INSTRUCTION", "AideFinanciereInstruite"),
    "CCAS": ("COORDINATION_CONTACTS", "ContactTente"),
    "ADIL": ("CONSEIL_DROIT", "ContactTente"),
    "EMPEX": ("ACCOMPAGNEMENT", "AccompagnementOuvert"),
    "SIAO": ("RELOGEMENT", "RelogementAvance"),
    "BANQUE_DE_FRANCE": ("ACTE_EMISSION", "SurendettementAvance"),
    "PREFECTURE_CFP": ("CFP_INSTRUCTION", "ConcoursForceRequis"),
    "CLIL_SECRETARIAT": ("CLIL_EXAMEN", "ContactTente"),
}
"""By role: the purpose that it declares, and the act that it ends its morning with."""


@pytest.mark.parametrize("role", PERSONNES)
async def test_a_morning_ends_with_an_act_that_is_kept(
    peuple: Peuple,
    role: str,
    navigateur: Browser,
    axe: Verifier,
) -> None:
    monde, lecteur, (finalite, acte) = peuple.monde, Lecteur(role), PERSONNES[role]
    demande = peuple.demandes[role] if finalite == "AIDE_INSTRUCTION" else ""
    dite = f"{finalite}; demande={demande}" if demande else finalite
    lignes = (await monde.get("/v1/dossiers", lecteur.code, dite, lecteur.agent)).json()["dossiers"]
    assert lignes, "cette personne n'a aucun dossier"
    dossier = await _ou(monde, lecteur, dite, lignes, acte)
    async with servir(monde.app) as adresse, visiteur(navigateur, adresse, LARGEURS[0]) as page:
        plaintes: list[str] = []
        page.on("console", lambda message: plaintes.append(message.text) if message.type == "error" else None)
        lien = monde.demo.lien(lecteur.code, f"client-{lecteur.code}", list(PORTES[role]), lecteur.agent)
        await page.goto(f"/demo/entrer/{lien}")
        await page.check(f"[value={finalite}]")
        if demande:
            await page.fill("#demande", demande)
        await page.get_by_role("button", name="Continuer").click()
        await _regarder(page, axe, "Mon bureau")
        await _suivre(page, ".menu a[href='/dossiers']")
        await _regarder(page, axe, "Mes dossiers")
        await _suivre(page, f"th a[href^='/dossiers/{dossier}']")
        await expect(page.locator(".tete")).to_be_visible()
        await _regarder(page, axe)
        await _suivre(page, "a[href$='/transmettre']")
        await _regarder(page, axe, "Que voulez-vous transmettre ?")
        await _suivre(page, f"a[href$='/transmettre/{acte}']")
        await _regarder(page, axe, catalogue()[acte].LIBELLE)
        await _remplir(page)
        await _suivre(page, "button[value=relire]")
        await _regarder(page, axe, "Relisez avant d'enregistrer")
        await _suivre(page, "button[value=enregistrer]")
        await expect(page.get_by_role("status")).to_contain_text("C'est enregistré")
        await _regarder(page, axe)
        assert plaintes == []


async def _ou(monde: Any, lecteur: Lecteur, finalite: str, lignes: list[dict[str, Any]], acte: str) -> str:
    """A case of which this reader may tell that act."""
    assert actes.a_un_formulaire(catalogue()[acte])
    for ligne in lignes:
        chemin = f"/v1/dossiers/{ligne['dossier']}/emissions"
        permis = await monde.get(chemin, lecteur.code, finalite, lecteur.agent)
        if acte in {e["type"] for e in permis.json().get("types", ())}:
            return str(ligne["dossier"])
    pytest.fail(f"aucun dossier où dire {acte} : {permis.text}")


async def _suivre(page: Page, selecteur: str) -> None:
    await aller_a(page, selecteur)
    async with page.expect_navigation():
        await page.keyboard.press("Enter")


async def _regarder(page: Page, axe: Verifier, titre: str = "") -> None:
    """The page that is open, at both widths; it is left at the one that axe looks at."""
    assert [await e.inner_html() for e in await page.locator("#erreurs li").all()] == []
    if titre:
        await expect(page.get_by_role("heading", level=1)).to_have_text(titre)
    ouverte = page.viewport_size["width"] if page.viewport_size else LARGEURS[0]
    for largeur in sorted(LARGEURS, key=lambda largeur: largeur != ouverte):
        await page.set_viewport_size({"width": largeur, "height": 800})
        assert await page.evaluate("document.documentElement.scrollWidth") <= largeur, page.url
    await axe(page)


async def _remplir(page: Page) -> None:
    """Whatever the form asks for: a day, the first choice of each list, a sum, a word."""
    for champ in await page.locator("#acte [required]").all():
        nom = await champ.get_attribute("id")
        genre = await champ.evaluate("e => e.tagName === 'SELECT' ? 'liste' : e.inputMode || e.type")
        await aller_a(page, f"#{nom}")
        if genre == "date":
            await champ.fill(AUJOURD_HUI.isoformat())
        elif genre == "liste":
            if not await champ.input_value():
                await page.keyboard.press("ArrowDown")
        elif genre == "time":
            await champ.fill("14:30")
        else:
            await page.keyboard.type({"decimal": "1234,50", "numeric": "3"}.get(genre, "à préciser"))

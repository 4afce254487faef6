"""The morning of each of the charter's people, in a real Chromium: from the desk to an act that is kept, by keyboard.

At each page: nothing wider than its window, at both widths; nothing that axe complains of, at one and the other in
turn; no complaint of the browser's.
"""

import re
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import pytest
from playwright.async_api import Browser, Page, expect

from adapters.web import actes
from ledger.catalogue import catalogue
from tests.bases import AUJOURD_HUI
from tests.monde import ETUDE, evenement, mandater
from tests.rest.mondes import PORTES, TABLES, Lecteur
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
    "CCAPEX_INSTRUCTEUR": ("CCAPEX_INSTRUCTION", "Demande72"),
    "CD_TRAVAILLEUR_SOCIAL": ("DSF", "DiagnosticTransmis"),
    "BAILLEUR_SOCIAL_SERVICE_SOCIAL": ("ACCOMPAGNEMENT", "MenageInforme"),
    "ASSOCIATION_ASLL": ("ACCOMPAGNEMENT", "AccompagnementOuvert"),
    "MANDATAIRE_JUDICIAIRE": ("ACCOMPAGNEMENT", "MesureProtectionDeclaree"),
    "ARS": ("ACCOMPAGNEMENT", "HabitatSignale"),
    "AVOCAT_LOCATAIRE": ("CONSEIL_DROIT", "AideJuridictionnelleAvancee"),
    "AVOCAT_BAILLEUR": ("CONSEIL_DROIT", "DelaisQuitterAvances"),
    "POLICE": ("CFP_INSTRUCTION", "EnqueteRealisee"),
    "ACTION_LOGEMENT": ("RELOGEMENT", "RelogementAvance"),
    "ACTION_LOGEMENT_VISALE": ("ACTE_EMISSION", "ImpayeSignaleOrganisme"),
    "COMED_SECRETARIAT": ("RELOGEMENT", "RelogementAvance"),
}
"""By role: the purpose that it declares, and the act that it ends its morning with."""


AILLEURS: Final = {
    "CCAPEX_MEMBRE": ("test_seances", "test_qui_siege_voit_ce_que_l_api_lui_montre_et_rien_de_plus"),
    "DPO": ("test_droits_au_clavier", "test_une_personne_du_guichet_au_courrier"),
    "RESPONSABLE_TRAITEMENT": ("test_droits_au_clavier", "test_une_personne_du_guichet_au_courrier"),
    "USAGER": ("test_droits_au_clavier", "test_une_personne_du_guichet_au_courrier"),
}
"""Whose desk is not one of acts, by the test that does their morning."""
SANS_PAGE: Final = {"ELU", "STATISTIQUE", "TRIBUNAL"}
"""Who reads no case: an elected official nothing, the statistician figures, the court what is sent to it."""


def test_no_function_is_left_without_a_morning() -> None:
    assert {*PERSONNES, *AILLEURS, *SANS_PAGE} == {ligne["code"] for ligne in TABLES.roles}
    lisent = {ligne["code"] for ligne in TABLES.roles if "lire" in ligne["actions"]}
    assert lisent == {*PERSONNES, *AILLEURS}
    for module, essai in AILLEURS.values():
        assert f"async def {essai}(" in (Path(__file__).parent / f"{module}.py").read_text(encoding="utf-8")
    assert sum("lister" in ligne["actions"] for ligne in TABLES.roles if ligne["code"] in SANS_PAGE) == 1


async def _avant(peuple: Peuple, lecteur: Lecteur) -> None:
    """What somebody's morning begins with: a mandate that runs, a concours that was requested."""
    [dossier, *_] = peuple.par_role[lecteur.role]
    if lecteur.role == "MANDATAIRE_JUDICIAIRE":
        mandater(peuple.monde.bases, lecteur.code, UUID(dossier))
    elif lecteur.role == "POLICE":
        requis = evenement("ConcoursForceRequis", "2026-10-28", etude_siret=ETUDE)
        recu = await peuple.monde.contribuer(dossier, "etude", "ACTE_EMISSION", requis)
        assert recu.status_code == 201, recu.text
        await peuple.monde.projeter()


@pytest.mark.parametrize("role", PERSONNES)
async def test_a_morning_ends_with_an_act_that_is_kept(
    peuple: Peuple,
    role: str,
    navigateur: Browser,
    axe: Verifier,
) -> None:
    monde, lecteur, (finalite, acte) = peuple.monde, Lecteur(role), PERSONNES[role]
    demande = peuple.demandes[role] if finalite == "AIDE_INSTRUCTION" else ""
    await _avant(peuple, lecteur)
    dite = f"{finalite}; demande={demande}" if demande else finalite
    lignes = (await monde.get("/v1/dossiers", lecteur.code, dite, lecteur.agent)).json()["dossiers"]
    assert lignes, "cette personne n'a aucun dossier"
    lignes.sort(key=lambda ligne: ligne["dossier"] != peuple.par_role[role][0])
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
        lu = await monde.get(f"/v1/dossiers/{dossier}", lecteur.code, dite, lecteur.agent)
        montres = await page.locator("#faits .fait").evaluate_all("faits => faits.map(f => f.id)")
        assert {*montres} <= {f"fait-{f['id']}" for f in lu.json()["faits"]}, "what the API does not give"
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
    raise AssertionError(f"aucun dossier où dire {acte} : {permis.text}")


async def _suivre(page: Page, selecteur: str) -> None:
    await aller_a(page, selecteur)
    async with page.expect_navigation():
        await page.keyboard.press("Enter")


async def _regarder(page: Page, axe: Verifier, titre: str = "") -> None:
    """The page that is open, at both widths; it is left at the one that axe looks at."""
    assert [await e.inner_html() for e in await page.locator("#erreurs li").all()] == []
    assert await page.locator("script").count() == 0
    assert re.findall(r"\d{4}-\d\d-\d\d|\d\d/\d\d/\d{4}", await page.locator("body").inner_text()) == []
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

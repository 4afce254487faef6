"""Every page, rendered from documents and shown to a real browser: readable, accessible, nothing inline."""

import re
from collections.abc import Mapping

import pytest
from playwright.async_api import Browser, Route

from adapters.web import pages
from adapters.web.commissions import CCAPEX
from adapters.web.liste_gardee import Gardee, Gardees
from adapters.web.pages import Cas
from adapters.web.rendu import FEUILLE, Cadre, FormulaireRefuse
from tests.web import documents as d
from tests.web.conftest import LARGEURS, Verifier, capturer

ANONYME = Cadre(csrf="jeton", demonstration=True)
CSP = "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

PAGES: Mapping[str, str] = {
    "connexion": pages.connexion(ANONYME, emetteur=True, entrees=d.ENTREES),
    "connexion-erreur": pages.connexion(ANONYME, emetteur=True, erreur="Votre compte n'a aucune habilitation."),
    "finalite": pages.choix_finalite(d.INSTRUCTRICE, ["CCAPEX_ADMINISTRATIVE", "CCAPEX_INSTRUCTION"]),
    "accueil": pages.accueil(d.DPO),
    "file-active": pages.file_active(d.INSTRUCTRICE, CCAPEX, d.file_active(), d.FILTRES_CCAPEX, d.LE, noms=str),
    "file-reunie": pages.file_active(d.INSTRUCTRICE, CCAPEX, d.file_reunie(), d.FILTRES_CCAPEX, d.LE, noms=str),
    "file-gardee": pages.file_active(
        d.INSTRUCTRICE,
        CCAPEX,
        d.file_active(),
        {**d.FILTRES_CCAPEX, "stade": "JUGEMENT"},
        d.LE,
        noms=str,
        gardees=Gardees(
            "/ccapex",
            [Gardee("Assignations de Bobigny", "commune=93008&stade=ASSIGNATION"), Gardee("Parc privé", "parc=PRIVE")],
            "stade=JUGEMENT",
        ),
    ),
    "file-vide": pages.file_active(
        d.INSTRUCTRICE, CCAPEX, {"dossiers": [], "suivant": None}, d.FILTRES_CCAPEX, d.LE, noms=str
    ),
    "dossier": pages.dossier(
        d.INSTRUCTRICE, Cas(CCAPEX, d.document(), {d.AUTRE: d.autre_document()}), d.FORMULAIRES, d.LE
    ),
    "dossier-delais": pages.dossier(
        d.INSTRUCTRICE,
        Cas(
            CCAPEX,
            d.document(),
            horloges={"echeances": [*d.echeances()["echeances"], *d.echeances_diverses()]},
        ),
        d.FORMULAIRES,
        d.LE,
    ),
    "dossier-million": pages.dossier(
        d.INSTRUCTRICE,
        Cas(CCAPEX, d.document_de_dette(*(950_000_00 + n * 30_000_00 for n in range(10)))),
        d.FORMULAIRES,
        d.LE,
    ),
    "dossier-hors-echelle": pages.dossier(
        d.INSTRUCTRICE,
        Cas(CCAPEX, d.document_de_dette(210_000, 250_000, 270_000, 1_000_000_00, 300_000, 320_000, 310_000)),
        d.FORMULAIRES,
        d.LE,
    ),
    "dossier-reuni": pages.dossier(
        d.INSTRUCTRICE, Cas(CCAPEX, d.document_reuni(), {d.AUTRE: d.autre_document()}), d.FORMULAIRES, d.LE
    ),
    "dossier-refuse": pages.dossier(
        d.INSTRUCTRICE,
        Cas(CCAPEX, d.document()),
        d.FORMULAIRES,
        d.LE,
        saisie=FormulaireRefuse("recommandation", {"texte": "voir"}, {"categorie": "Choisissez l'objet."}),
    ),
    "dossier-nu": pages.dossier(
        d.DPO,
        Cas(CCAPEX, {**d.document(), "faits": [], "communique": [], "non_communique": [], "synthese": {}}),
        pages.Formulaires(cles={}),
        d.LE,
    ),
    "journal": pages.journal(d.DPO, d.journal(), d.FILTRES_JOURNAL, str, {}),
    "erreur-404": pages.erreur(d.INSTRUCTRICE, 404),
    "erreur-503": pages.erreur(ANONYME, 503),
}


@pytest.mark.parametrize("largeur", LARGEURS)
@pytest.mark.parametrize("nom", PAGES)
async def test_a_page_is_accessible_and_fits(nom: str, largeur: int, navigateur: Browser, axe: Verifier) -> None:
    async def servir(route: Route) -> None:
        if route.request.url.endswith(".css"):
            await route.fulfill(body=FEUILLE, content_type="text/css")
        else:
            entetes = {"Content-Security-Policy": CSP, "Content-Type": "text/html; charset=utf-8"}
            await route.fulfill(body=PAGES[nom], headers=entetes)

    contexte = await navigateur.new_context(viewport={"width": largeur, "height": 900}, locale="fr-FR")
    refus: list[str] = []
    try:
        page = await contexte.new_page()
        page.on("console", lambda m: refus.append(m.text))
        await page.route("**/*", servir)
        await page.goto("http://unefois.invalid/")
        await capturer(page, f"{nom}-{largeur}")
        assert await page.evaluate("document.documentElement.scrollWidth") <= largeur, "la page déborde"
        assert refus == []
        await axe(page)
    finally:
        await contexte.close()


def test_nothing_is_inline() -> None:
    assert PAGES
    for nom, html in PAGES.items():
        assert not re.search(r"<script|<style|\sstyle=|\son\w+=", html), nom


def test_what_a_partner_typed_is_never_markup() -> None:
    document = d.document()
    document["faits"][1]["champs"]["nom"] = "<script>alert(1)</script>"
    html = pages.dossier(d.INSTRUCTRICE, Cas(CCAPEX, document), d.FORMULAIRES, d.LE)
    assert "<script>" not in html
    assert "&lt;script&gt;alert(1)" in html

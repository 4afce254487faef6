"""Help, contact, legal notice, accessibility: on every page, for anybody, and never a name that nobody gave."""

import html
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2 as httpx
import pytest
from playwright.async_api import Browser

from adapters.identite.oidc import Coffret
from adapters.service.serveur import application
from adapters.service.settings import Settings
from adapters.service.wiring import Maison
from adapters.web.a_propos import A_PROPOS, AXE
from adapters.web.exploitant import Exploitant
from adapters.web.rendu import PIED
from tests.conftest import RACINE
from tests.monde import Monde
from tests.web import documents as d
from tests.web.conftest import LARGEURS, Verifier, capturer
from tests.web.site_fige import INDISPONIBLE, SiteFige, servir, site_fige
from tests.web.test_site import entrer

TU = "L'exploitant de ce service ne l'a pas indiqué."
DEMONSTRATION = "Personne : ceci est une démonstration, sur cette machine."
NOMMES = Exploitant(
    editeur="Préfecture de <l'essai>, 1 rue d'Essai",
    directeur="Directrice d'essai",
    hebergeur="Hébergeur d'essai, 01 00 00 00 00",
    contact="aide@essai.invalid",
    dpo="dpo@essai.invalid",
    responsables="Responsables d'essai",
    registre="93-2026-014",
    aipd="AIPD-2026-03",
)
PLACES = {
    "/contact": ("contact", "dpo"),
    "/mentions-legales": ("editeur", "directeur", "hebergeur", "contact", "responsables", "registre", "aipd", "dpo"),
    "/accessibilite": ("editeur", "contact"),
}
"""What only the operator knows, by the page that says it."""


@pytest.fixture
def fige() -> SiteFige:
    return site_fige()


@pytest.fixture
async def client(fige: SiteFige) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=fige.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://unefois.test") as c:
        yield c


async def lire(client: httpx.AsyncClient, adresse: str) -> str:
    page = await client.get(adresse)
    assert page.status_code == 200, adresse
    return html.unescape(page.text)


async def test_every_page_leads_to_them(client: httpx.AsyncClient, fige: SiteFige) -> None:
    assert {adresse for adresse, _ in PIED} == A_PROPOS.keys()
    adresses = ["/connexion", *A_PROPOS]
    pages = [(await client.get(a)).text for a in adresses]
    await entrer(client, fige)
    adresses = ["/ccapex", f"/ccapex/{d.DOSSIER}", f"/ccapex/{INDISPONIBLE}", "/recherche"]
    pages += [(await client.get(a)).text for a in adresses]
    assert "Service momentanément indisponible" in pages[-2]
    for page in pages:
        pied = page[page.index("<footer") :]
        assert [*re.findall(r'<a href="(/[a-z-]+)"', pied)] == [adresse for adresse, _ in PIED]


async def test_they_need_neither_a_session_nor_what_may_be_down(client: httpx.AsyncClient, fige: SiteFige) -> None:
    async def eteint() -> None:
        raise AssertionError("une page d'information n'a pas à lire le registre")

    fige.site.registre = eteint  # type: ignore[assignment]  # the attempt is the test
    for adresse in A_PROPOS:
        reponse = await client.get(adresse)
        assert reponse.status_code == 200
        assert "set-cookie" not in reponse.headers
    assert fige.guichet.acces == []


@pytest.mark.parametrize("adresse", PLACES)
async def test_what_the_operator_gave_is_said_and_nothing_else(
    adresse: str, client: httpx.AsyncClient, fige: SiteFige
) -> None:
    champs = PLACES[adresse]
    assert (await lire(client, adresse)).count(DEMONSTRATION) == len(champs)
    fige.site.demo = None
    page = await lire(client, adresse)
    assert page.count(TU) == len(champs)
    assert DEMONSTRATION not in page
    fige.site.exploitant = NOMMES
    page = await lire(client, adresse)
    assert TU not in page
    for champ in champs:
        assert getattr(NOMMES, champ) in page, champ
    assert "<l'essai>" not in (await client.get(adresse)).text  # what was typed is no markup
    # One is missing: the others stand, and nothing takes its place.
    fige.site.exploitant = Exploitant(contact="aide@essai.invalid")
    assert (await lire(client, adresse)).count(TU) == len(champs) - 1


async def test_the_settings_are_what_the_pages_say(monde: Monde, tmp_path: Path) -> None:
    settings = Settings(
        data=tmp_path,
        hosts="unefois",
        publisher="Éditeur d'essai",
        publication_director="Directeur d'essai",
        hosting="Hébergeur d'essai",
        contact="contact d'essai",
        dpo_contact="DPO d'essai",
        controllers="Responsables d'essai",
        register_entry="registre d'essai",
        aipd_ref="AIPD d'essai",
    )
    app = application(Maison(monde.gate, Coffret(bytes(32)), None, None), settings)
    app.state.gate = monde.gate
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://unefois") as client:
        page = await lire(client, "/mentions-legales")
    dits = re.findall(r"<dt>([^<]+)</dt><dd>\s*([^<]+?)\s*</dd>", page)
    assert dits == [
        ("Éditeur", "Éditeur d'essai"),
        ("Direction de la publication", "Directeur d'essai"),
        ("Hébergeur", "Hébergeur d'essai"),
        ("Contact", "contact d'essai"),
        ("Responsables du traitement", "Responsables d'essai"),
        ("Inscription au registre des traitements", "registre d'essai"),
        ("Analyse d'impact", "AIPD d'essai"),
        ("Délégué à la protection des données", "DPO d'essai"),
    ]


async def test_the_statement_says_what_is_so(client: httpx.AsyncClient) -> None:
    page = await lire(client, "/accessibilite")
    verrou = json.loads((RACINE / ".ci" / "npm" / "package-lock.json").read_text(encoding="utf-8"))
    assert verrou["packages"]["node_modules/axe-core"]["version"].startswith(f"{AXE}.")
    assert page.count(f"axe-core {AXE}") == 2
    assert " et à ".join(f"{largeur}" for largeur in LARGEURS) + " pixels" in page
    assert "<strong>non conformes</strong>" in page
    assert dict(PIED)["/accessibilite"] == "Accessibilité : non conforme"


@pytest.mark.parametrize("largeur", LARGEURS)
async def test_they_are_accessible_and_fit(largeur: int, fige: SiteFige, navigateur: Browser, axe: Verifier) -> None:
    fige.site.exploitant = NOMMES
    async with servir(fige.app) as adresse:
        contexte = await navigateur.new_context(
            base_url=adresse, viewport={"width": largeur, "height": 900}, locale="fr-FR"
        )
        page = await contexte.new_page()
        for chemin in A_PROPOS:
            await page.goto(chemin)
            await capturer(page, f"{chemin[1:]}-{largeur}")
            assert await page.evaluate("document.documentElement.scrollWidth") <= largeur
            await axe(page)
        # Where a refusal leads is seen to be the place.
        await page.goto("/aide#opposition")
        fond = "getComputedStyle(document.querySelector(':target')).backgroundColor"
        assert await page.evaluate(fond) == "rgb(255, 244, 224)"
        await axe(page)
        await contexte.close()

"""The pages through the real gate: what it opens is shown, each look is journaled, a stranger sees nothing."""

from collections.abc import AsyncIterator

import httpx2 as httpx
import pytest
from playwright.async_api import Browser

from ledger.application import Ledger
from tests.bases import Bases
from tests.web.conftest import LARGEURS, Verifier, capturer
from tests.web.porte import CCAPEX, DPO, SEANCE, Monde, ouvrir_monde, raconter
from tests.web.site_fige import servir
from tests.web.test_site import jeton

INCONNU = "0199f1e2-7b1a-7000-8000-0000000000aa"


@pytest.fixture
async def monde(bases: Bases, ledger: Ledger) -> AsyncIterator[Monde]:
    async with ouvrir_monde(bases, ledger) as m:
        yield m


@pytest.fixture
async def client(monde: Monde) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=monde.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://unefois.test") as c:
        yield c


async def entrer(client: httpx.AsyncClient, monde: Monde, partenaire: str, finalite: str) -> str:
    await client.get(monde.lien(partenaire))
    csrf = jeton((await client.get("/finalite")).text)
    assert (await client.post("/finalite", data={"csrf": csrf, "finalite": finalite})).status_code == 303
    return jeton((await client.get("/finalite", follow_redirects=True)).text)


async def test_the_case_is_shown_as_the_gate_opens_it(client: httpx.AsyncClient, monde: Monde) -> None:
    dossier = await raconter(monde)
    await monde.projeter()
    await entrer(client, monde, CCAPEX, "CCAPEX_INSTRUCTION")
    liste = await client.get("/ccapex")
    assert f"/ccapex/{dossier}" in liste.text
    page = await client.get(f"/ccapex/{dossier}")
    assert page.status_code == 200
    assert "Amina DIARRA" in page.text
    assert "3\u202f745,00\u00a0€" in page.text
    assert "non communiqué" in page.text
    assert (CCAPEX, "lire", "CCAPEX_INSTRUCTION", "autorise") in monde.journal()
    assert (CCAPEX, "lister", "CCAPEX_INSTRUCTION", "autorise") in monde.journal()


async def test_a_session_is_prepared_and_concluded(client: httpx.AsyncClient, monde: Monde) -> None:
    dossier = await raconter(monde)
    csrf = await entrer(client, monde, CCAPEX, "CCAPEX_INSTRUCTION")
    cle = "0199f1e2-7b1a-4000-8000-00000000000"
    for rang, (nom, envoi) in enumerate(
        {
            "ordre-du-jour": {"seance": str(SEANCE)},
            "avis": {"le": "2026-11-02", "sens": "MAINTIEN", "texte": "Maintien avec un plan."},
            "recommandation": {"categorie": "PLAN_APUREMENT", "destinataire": "menage", "echeance": "2027-02-01"},
        }.items()
    ):
        complet = {**envoi, "csrf": csrf, "cle": f"{cle}{rang}"}
        reponses = [await client.post(f"/ccapex/{dossier}/{nom}", data=complet) for _ in range(2)]
        assert [r.headers.get("location") for r in reponses] == [
            f"/ccapex/{dossier}?fait={nom}",
            f"/ccapex/{dossier}?fait=deja",
        ]
    page = (await client.get(f"/ccapex/{dossier}")).text
    assert "Maintien avec un plan." in page
    assert "à suivre avant le 1er\u00a0février\u00a02027" in page


async def test_a_nir_is_refused_beside_its_field_and_not_kept(client: httpx.AsyncClient, monde: Monde) -> None:
    dossier = await raconter(monde)
    csrf = await entrer(client, monde, CCAPEX, "CCAPEX_INSTRUCTION")
    envoi = {
        "csrf": csrf, "cle": INCONNU, "le": "2026-11-02", "sens": "MAINTIEN", "texte": "NIR 2 84 03 93 008 123",
    }  # fmt: skip
    reponse = await client.post(f"/ccapex/{dossier}/avis", data=envoi)
    assert reponse.status_code == 422
    assert 'id="avis-texte-erreur"' in reponse.text
    assert "008 123" not in reponse.text


async def test_unknown_and_out_of_reach_are_the_same_page(client: httpx.AsyncClient, monde: Monde) -> None:
    dossier = await raconter(monde)
    await entrer(client, monde, DPO, "CONTROLE")
    pages = [await client.get(f"/ccapex/{x}") for x in (dossier, INCONNU)]
    assert pages[0].status_code in {403, 404}
    assert pages[0].content == pages[1].content
    assert "DIARRA" not in pages[0].text


async def test_the_dpo_reads_who_looked_and_tests_a_name(client: httpx.AsyncClient, monde: Monde) -> None:
    dossier = await raconter(monde)
    await entrer(client, monde, CCAPEX, "CCAPEX_INSTRUCTION")
    await client.get(f"/ccapex/{dossier}")
    client.cookies.clear()
    csrf = await entrer(client, monde, DPO, "CONTROLE")
    page = await client.get("/journal", params={"dossier": str(dossier), "organisation": CCAPEX})
    assert page.status_code == 200
    assert "instructrice-ccapex" in page.text
    assert "DIARRA" not in page.text
    export = await client.get("/journal.csv", params={"organisation": CCAPEX})
    assert export.text.startswith("\ufeffposition;enregistre_le;")
    assert export.text.count("\r\n") > 2
    envoi = {"csrf": csrf, "nom": "DIARRA", "prenoms": "Amina", "date_naissance": "1984-03-01"}
    assert "n'a pas été cherchée" in (await client.post("/journal/recherche", data=envoi)).text
    assert (DPO, "auditer", "CONTROLE", "autorise") in monde.journal()


async def test_a_landlord_has_no_page_of_the_commission(client: httpx.AsyncClient, monde: Monde) -> None:
    dossier = await raconter(monde)
    await client.get(monde.lien("oph-fictif-1-contentieux"))
    csrf = jeton((await client.get("/finalite")).text)
    await client.post("/finalite", data={"csrf": csrf, "finalite": "ACTE_EMISSION"})
    for adresse in (f"/ccapex/{dossier}", "/ccapex", "/journal", "/journal.csv"):
        assert (await client.get(adresse)).status_code in {403, 404}, adresse


@pytest.mark.parametrize("largeur", LARGEURS)
async def test_every_page_of_the_application_is_accessible(
    largeur: int, monde: Monde, navigateur: Browser, axe: Verifier
) -> None:
    dossier = await raconter(monde)
    await monde.projeter()
    vues = {CCAPEX: ("CCAPEX_INSTRUCTION", ["/ccapex", f"/ccapex/{dossier}"]), DPO: ("CONTROLE", ["/journal"])}
    async with servir(monde.app) as adresse:
        for partenaire, (finalite, chemins) in vues.items():
            contexte = await navigateur.new_context(
                base_url=adresse, viewport={"width": largeur, "height": 900}, locale="fr-FR"
            )
            page = await contexte.new_page()
            await page.goto(monde.lien(partenaire))
            await axe(page)
            await page.check(f"[value={finalite}]")
            await page.get_by_role("button", name="Continuer").click()
            for rang, chemin in enumerate(chemins):
                reponse = await page.goto(chemin)
                assert reponse is not None
                assert reponse.status == 200
                await capturer(page, f"application-{partenaire}-{rang}-{largeur}")
                assert await page.evaluate("document.documentElement.scrollWidth") <= largeur
                await axe(page)
            await contexte.close()


@pytest.mark.parametrize(
    "adresse", ["/ccapex?apres=x", "/ccapex?audience_du=hier", "/ccapex?commune=%00", "/ccapex?apres=" + "9" * 30]
)
async def test_an_address_that_means_nothing_is_a_400(adresse: str, client: httpx.AsyncClient, monde: Monde) -> None:
    await entrer(client, monde, CCAPEX, "CCAPEX_INSTRUCTION")
    assert (await client.get(adresse)).status_code == 400

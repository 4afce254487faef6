"""The site over HTTP: who is let in, what a form must carry, what an error says, what a response forbids."""

import csv
import io
import re
from collections.abc import AsyncIterator

import httpx2 as httpx
import pytest

from adapters.gate.corps import Faute
from adapters.gate.refus import Refus
from adapters.identite.demo import LIENS_MAXIMAUX
from tests.web import documents as d
from tests.web.site_fige import INDISPONIBLE, SEANCE, SiteFige, instantane, site_fige

INCONNU = "0199f1e2-7b1a-7000-8000-0000000000aa"
CLE = "0199f1e2-7b1a-4000-8000-0000000000cc"


@pytest.fixture
def fige() -> SiteFige:
    return site_fige()


@pytest.fixture
async def client(fige: SiteFige) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=fige.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://unefois.test") as c:
        yield c


async def entrer(
    client: httpx.AsyncClient, fige: SiteFige, finalite: str = "CCAPEX_INSTRUCTION", agent: str = "instructrice-ccapex"
) -> str:
    """Sign in and declare a purpose; the forms' token of the session."""
    assert (await client.get(fige.lien(agent))).status_code == 303
    page = await client.get("/finalite")
    reponse = await client.post("/finalite", data={"csrf": jeton(page.text), "finalite": finalite})
    assert reponse.headers["location"] == "/"
    accueil = await client.get("/", follow_redirects=True)
    assert accueil.status_code == 200
    return jeton(accueil.text)


def jeton(html: str) -> str:
    trouve = re.search(r'name="csrf" value="([^"]+)"', html)
    assert trouve is not None
    return trouve[1]


async def test_nobody_sees_a_page_without_signing_in(client: httpx.AsyncClient, fige: SiteFige) -> None:
    for adresse in ("/", "/ccapex", f"/ccapex/{d.DOSSIER}", "/journal", "/journal.csv", "/finalite"):
        reponse = await client.get(adresse)
        assert (reponse.status_code, reponse.headers["location"]) == (303, "/connexion")
    reponse = await client.post(f"/ccapex/{d.DOSSIER}/suite", data={})
    assert (reponse.status_code, reponse.headers["location"]) == (303, "/connexion")
    assert fige.guichet.recues == {}
    assert fige.guichet.acces == []


async def test_nobody_sees_a_page_without_a_purpose(client: httpx.AsyncClient, fige: SiteFige) -> None:
    await client.get(fige.lien())
    for adresse in ("/ccapex", f"/ccapex/{d.DOSSIER}", "/journal"):
        assert (await client.get(adresse)).headers["location"] == "/finalite"
    assert fige.guichet.acces == []


async def test_a_purpose_that_was_not_granted_is_refused(client: httpx.AsyncClient, fige: SiteFige) -> None:
    await client.get(fige.lien())
    csrf = jeton((await client.get("/finalite")).text)
    reponse = await client.post("/finalite", data={"csrf": csrf, "finalite": "CFP_INSTRUCTION"})
    assert reponse.status_code == 422
    assert (await client.get("/ccapex")).headers["location"] == "/finalite"


async def test_the_gate_is_asked_in_the_name_of_the_person_and_purpose(
    client: httpx.AsyncClient, fige: SiteFige
) -> None:
    await entrer(client, fige)
    assert (await client.get(f"/ccapex/{d.DOSSIER}")).status_code == 200
    assert {(x.sujet.partenaire.code, x.sujet.agent, x.finalite) for x in fige.guichet.acces} == {
        ("drihl93-ccapex", "instructrice-ccapex", "CCAPEX_INSTRUCTION")
    }


async def test_a_link_serves_once(client: httpx.AsyncClient, fige: SiteFige) -> None:
    lien = fige.lien()
    assert (await client.get(lien)).status_code == 303
    client.cookies.clear()
    assert (await client.get(lien)).status_code == 401
    assert len(fige.guichet.echecs) == 1


async def test_a_link_declares_a_purpose_that_its_person_was_granted_and_no_other(
    client: httpx.AsyncClient, fige: SiteFige
) -> None:
    for finalite, suite in (("CCAPEX_ADMINISTRATIVE", "/"), ("CFP_INSTRUCTION", "/finalite"), ("", "/finalite")):
        reponse = await client.get(fige.lien(finalite=finalite))
        assert (reponse.status_code, reponse.headers["location"]) == (303, suite)
    await client.get(fige.lien(finalite="CCAPEX_ADMINISTRATIVE"))
    assert (await client.get(f"/ccapex/{d.DOSSIER}")).status_code == 200
    assert {x.finalite for x in fige.guichet.acces} == {"CCAPEX_ADMINISTRATIVE"}


async def test_links_that_nobody_follows_are_forgotten(client: httpx.AsyncClient, fige: SiteFige) -> None:
    premier, second = fige.lien(), fige.lien()
    for _ in range(LIENS_MAXIMAUX - 1):
        fige.lien()
    assert (await client.get(second)).status_code == 303
    assert (await client.get(premier)).status_code == 401


async def test_one_time_links_do_not_exist_outside_the_demonstration(client: httpx.AsyncClient, fige: SiteFige) -> None:
    lien = fige.lien()
    fige.site.demo = None
    assert (await client.get(lien)).status_code == 404


async def test_a_revocation_holds_from_the_next_page(client: httpx.AsyncClient, fige: SiteFige) -> None:
    await entrer(client, fige)
    fige.guichet.registre = fige.registre.courante = instantane(frozenset({"CCAPEX_ADMINISTRATIVE"}))
    assert (await client.get("/ccapex")).status_code == 403


async def test_signing_out_closes_the_session(client: httpx.AsyncClient, fige: SiteFige) -> None:
    csrf = await entrer(client, fige)
    copie, vus = dict(client.cookies), len(fige.guichet.acces)
    assert (await client.post("/deconnexion", data={"csrf": csrf})).headers["location"] == "/connexion?fait=adieu"
    assert (await client.get("/ccapex")).headers["location"] == "/connexion"
    client.cookies.clear()
    client.cookies.update(copie)
    assert (await client.get("/ccapex")).headers["location"] == "/connexion?fait=expiree"
    assert len(fige.guichet.acces) == vus


async def test_a_session_that_is_over_leads_back_to_sign_in(client: httpx.AsyncClient, fige: SiteFige) -> None:
    await entrer(client, fige)
    client.cookies.clear()
    client.cookies.set(fige.site.sessions.cookie, "00" * 40)
    for reponse in (await client.get("/ccapex"), await client.post(f"/ccapex/{d.DOSSIER}/suite", data={"x": "X"})):
        assert (reponse.status_code, reponse.headers["location"]) == (303, "/connexion?fait=expiree")
    assert "Votre session est terminée" in (await client.get("/connexion?fait=expiree")).text
    assert fige.guichet.recues == {}


FORMULAIRES = {
    "ordre-du-jour": {"seance": str(SEANCE)},
    "recommandation": {
        "categorie": "PLAN_APUREMENT",
        "destinataire": "menage",
        "texte": "un plan",
        "echeance": "2027-02-01",
    },
    "suite": {"recommandation": d.RECOMMANDATION, "statut": "REALISEE"},
    "rapprochement": {"autre": d.AUTRE, "decision": "DISTINCT"},
}


@pytest.mark.parametrize("nom", FORMULAIRES)
async def test_a_form_without_its_token_is_refused(nom: str, client: httpx.AsyncClient, fige: SiteFige) -> None:
    csrf = await entrer(client, fige)
    adresse, valeurs = f"/ccapex/{d.DOSSIER}/{nom}", {**FORMULAIRES[nom], "cle": CLE}
    for essai, entetes in (
        (valeurs, {}),
        ({**valeurs, "csrf": "autre"}, {}),
        ({**valeurs, "csrf": csrf}, {"Origin": "https://ailleurs.example"}),
        ({**valeurs, "csrf": csrf}, {"Sec-Fetch-Site": "cross-site"}),
    ):
        assert (await client.post(adresse, data=essai, headers=entetes)).status_code == 403
    assert fige.guichet.recues == {}


@pytest.mark.parametrize(
    ("nom", "types"),
    [
        ("ordre-du-jour", ["InstanceInscrite"]),
        ("recommandation", ["RecommandationEmise"]),
        ("suite", ["RecommandationSuivie"]),
        ("rapprochement", ["RapprochementTranche"]),
    ],
)
async def test_a_form_is_one_contribution_however_often_it_is_sent(
    nom: str, types: list[str], client: httpx.AsyncClient, fige: SiteFige
) -> None:
    csrf = await entrer(client, fige)
    envoi = {**FORMULAIRES[nom], "cle": CLE, "csrf": csrf}
    premiere = await client.post(f"/ccapex/{d.DOSSIER}/{nom}", data=envoi)
    recue = fige.guichet.recues[CLE]
    seconde = await client.post(f"/ccapex/{d.DOSSIER}/{nom}", data=envoi)
    assert (premiere.status_code, premiere.headers["location"]) == (303, f"/ccapex/{d.DOSSIER}?fait={nom}")
    assert seconde.headers["location"] == f"/ccapex/{d.DOSSIER}?fait=deja"
    assert fige.guichet.recues == {CLE: recue}
    assert [p.type for p in recue[1]] == types
    assert all("" not in p.donnees.values() for p in recue[1])


async def test_a_form_that_lacks_something_is_shown_again_with_what_was_typed(
    client: httpx.AsyncClient, fige: SiteFige
) -> None:
    csrf = await entrer(client, fige)
    envoi = {"csrf": csrf, "cle": CLE, "categorie": "", "texte": "Plan proposé."}
    reponse = await client.post(f"/ccapex/{d.DOSSIER}/recommandation", data=envoi)
    assert reponse.status_code == 422
    assert 'href="#recommandation-categorie"' in reponse.text
    assert "Plan proposé." in reponse.text
    assert fige.guichet.recues == {}


async def test_what_the_gate_says_of_a_field_stands_beside_it(client: httpx.AsyncClient, fige: SiteFige) -> None:
    csrf = await entrer(client, fige)
    fige.guichet.refuser = Refus(
        422, "saisie", "", [Faute("evenements.0.donnees.texte", "nir", "Un NIR ne s'écrit pas ici.")]
    )
    envoi = {**FORMULAIRES["recommandation"], "cle": CLE, "csrf": csrf}
    reponse = await client.post(f"/ccapex/{d.DOSSIER}/recommandation", data=envoi)
    assert reponse.status_code == 422
    assert 'id="recommandation-texte-erreur"' in reponse.text


async def test_unknown_and_out_of_reach_are_one_page(client: httpx.AsyncClient, fige: SiteFige) -> None:
    await entrer(client, fige)
    pages = [await client.get(f"/ccapex/{id_}") for id_ in (INCONNU, INCONNU.replace("aa", "ab"))]
    assert [p.status_code for p in pages] == [404, 404]
    assert pages[0].content == pages[1].content
    assert INCONNU not in pages[0].text


async def test_what_cannot_be_journaled_is_a_503_without_data(client: httpx.AsyncClient, fige: SiteFige) -> None:
    await entrer(client, fige)
    page = await client.get(f"/ccapex/{INDISPONIBLE}")
    assert page.status_code == 503
    assert "DIARRA" not in page.text


async def test_no_response_is_kept_framed_or_scripted(client: httpx.AsyncClient, fige: SiteFige) -> None:
    await entrer(client, fige)
    for adresse in ("/ccapex", f"/ccapex/{d.DOSSIER}", f"/ccapex/{INCONNU}", "/connexion"):
        entetes = (await client.get(adresse)).headers
        assert entetes["cache-control"] == "no-store, no-transform"
        assert entetes["referrer-policy"] == "same-origin"
        assert entetes["x-frame-options"] == "DENY"
        csp = entetes["content-security-policy"]
        assert "default-src 'none'" in csp
        assert "frame-ancestors 'none'" in csp
        assert "unsafe" not in csp
        assert "script-src" not in csp


async def test_the_export_runs_no_formula(client: httpx.AsyncClient, fige: SiteFige) -> None:
    await entrer(client, fige, "CONTROLE", "dpo")
    reponse = await client.get("/journal.csv")
    assert reponse.headers["content-disposition"] == 'attachment; filename="journal.csv"'
    rangees = list(csv.DictReader(io.StringIO(reponse.content.decode("utf-8-sig")), delimiter=";"))
    assert len(rangees) == 6
    assert rangees[0]["agent"] == "'=cmd|'/c calc'!A1"
    assert rangees[0]["groupes_montres"] == "F01 F02a F05 F08"
    assert rangees[-1]["apres"].startswith('{"agent": "a-12", "finalites": ["AIDE_INSTRUCTION", "CLIL_EXAMEN"]')


async def test_a_name_is_tested_by_post_and_never_stands_in_an_address(
    client: httpx.AsyncClient, fige: SiteFige
) -> None:
    csrf = await entrer(client, fige, "CONTROLE", "dpo")
    envoi = {"csrf": csrf, "nom": "DIARRA", "prenoms": "Amina", "date_naissance": "1984-03-01"}
    trouve = await client.post("/journal/recherche", data=envoi)
    assert "a été cherchée" in trouve.text
    autre = await client.post("/journal/recherche", data={**envoi, "nom": "AUTRE"})
    assert "n'a pas été cherchée" in autre.text
    assert (await client.get("/journal/recherche?nom=DIARRA")).status_code == 405


@pytest.mark.parametrize("corps", [b"a=1&" * 60, b"x" * 30_000, b"csrf=%ff%fe"])
async def test_a_body_out_of_bounds_is_refused(corps: bytes, client: httpx.AsyncClient, fige: SiteFige) -> None:
    await entrer(client, fige)
    entetes = {"Content-Type": "application/x-www-form-urlencoded"}
    reponse = await client.post(f"/ccapex/{d.DOSSIER}/suite", content=corps, headers=entetes)
    assert reponse.status_code in {403, 422}

"""A page that refuses says why to who is linked to the case, and what to do; to anybody else, it says nothing."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import date, timedelta
from typing import NamedTuple
from uuid import UUID, uuid4

import httpx2 as httpx
import pytest

from adapters.registre.administration import administrer, convoquer, habiliter, revoquer
from adapters.registre.instantane import Habilitation
from adapters.web.aide import REMEDES, remede
from policies import tables
from tests.bases import AUJOURD_HUI, SCHEMA
from tests.conftest import RACINE
from tests.monde import PAR, Monde, evenement
from tests.rest.test_clil import sieger
from tests.rest.test_instances import LE, asseoir_un_membre, inscrire, seance
from tests.web.test_porte import dire, entrer, raconter
from tests.web.test_site import jeton

INCONNU = "0199f1e2-7b1a-7000-8000-0000000000aa"
PAGES = ("/dossiers/{}", "/dossiers/{}/transmettre", "/dossiers/{}/transmettre/ContactTente")
ADM = "CCAPEX_ADMINISTRATIVE"


@pytest.fixture
async def client(monde: Monde) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=monde.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://unefois.test") as c:
        yield c


async def rien(monde: Monde, dossier: str) -> None:
    """Nothing happens: the case is as it was told."""


def posee(portee: str) -> Callable[[Monde, str], Awaitable[None]]:
    async def poser(monde: Monde, dossier: str) -> None:
        await dire(monde, "ccapex", ADM, dossier, evenement("OppositionEnregistree", portee=portee))

    return poser


async def revoquee(monde: Monde, _: str) -> None:
    with administrer(monde.bases.registre_url, PAR, SCHEMA) as registre:
        assert revoquer(registre, "ccapex", "instructrice", AUJOURD_HUI)


async def reduite(monde: Monde, dossier: str) -> None:
    await revoquee(monde, dossier)
    with administrer(monde.bases.registre_url, PAR, SCHEMA) as registre:
        une = ("CCAPEX_INSTRUCTION",)
        depuis, jusque = date(2026, 1, 1), date(2026, 12, 31)
        habiliter(registre, Habilitation(uuid4(), "ccapex", "instructrice", une, "mission", depuis, jusque, PAR))


async def close(monde: Monde, dossier: str) -> None:
    await dire(monde, "ccapex", ADM, dossier, evenement("SaisineClose", "2026-11-01", motif="SANS_SUITE"))


class Ferme(NamedTuple):
    """What closes a case to whom, once ``survient`` has come; what is said of it, and where the help is."""

    qui: str
    finalite: str
    survient: Callable[[Monde, str], Awaitable[None]]
    dit: str
    ancre: str


FERMES = {
    "opposition": Ferme("ccapex", ADM, posee("OPPOSITION"), "à ce traitement (RGPD, article 21)", "opposition"),
    "limitation": Ferme("ccapex", ADM, posee("LIMITATION"), "Traitement limité à la demande", "limitation"),
    "habilitation": Ferme("ccapex", ADM, revoquee, "son habilitation a pris fin", "habilitation"),
    "finalité": Ferme("ccapex", ADM, reduite, "ne vous est pas accordée", "finalite-refusee"),
    "saisine": Ferme("ccapex", "CCAPEX_INSTRUCTION", close, "une saisine ouverte de la CCAPEX", "procedure"),
    "stade": Ferme("ssd", "DSF", rien, "À ce stade de la procédure", "procedure"),
    "demande": Ferme("caf", "AIDE_INSTRUCTION", rien, "suppose une demande du ménage", "demande"),
}


TOUJOURS_DIT = {
    "opposition": "OppositionLevee",
    "limitation": "OppositionLevee",
    "demande": "AideFinanciereInstruite",
}
"""What may be told all the same of a case that is closed so: what opens it again."""


@pytest.mark.parametrize("motif", FERMES)
async def test_who_is_linked_is_told_why_on_every_page_of_the_case(
    motif: str, client: httpx.AsyncClient, monde: Monde
) -> None:
    qui, finalite, survient, dit, ancre = FERMES[motif]
    dossier = await raconter(monde)
    await entrer(client, monde, qui, finalite)
    await survient(monde, dossier)
    aide = (await client.get("/aide")).text
    for chemin in (*PAGES, "/ccapex/{}") if qui == "ccapex" else PAGES:
        page = await client.get(chemin.format(dossier))
        texte = page.text.replace("&#39;", "'")
        assert "DIARRA" not in texte
        if chemin == "/dossiers/{}/transmettre" and f"/transmettre/{TOUJOURS_DIT.get(motif)}" in texte:
            continue
        assert dit in texte, chemin
        assert f'href="/aide#{ancre}"' in texte, chemin
        if chemin != "/dossiers/{}/transmettre" or motif in {"habilitation", "finalité"}:
            assert page.status_code == 403, chemin
            assert "Ce refus est inscrit au journal." in texte
    assert f'id="{ancre}"' in aide
    refus = [x for x in await monde.journal() if x["issue"] == "refuse" and x["organisation"] == qui]
    assert len(refus) >= 2
    assert {str(x["dossier"]) for x in refus} == {dossier}


async def introuvables(client: httpx.AsyncClient, csrf: str, dossier: str) -> None:
    """On every page, what is answered of this case is what is answered of one that is nowhere: byte for byte."""
    for chemin in (*PAGES, "/ccapex/{}", "/clil/{}", "/comex/{}"):
        connue, nulle = [await client.get(chemin.format(numero)) for numero in (dossier, INCONNU)]
        assert connue.content == nulle.content, chemin
        assert connue.status_code == nulle.status_code
        assert connue.headers == nulle.headers
        if connue.status_code == 404 and chemin in PAGES:
            assert 'href="/aide#introuvable"' in connue.text
    for chemin in ("/dossiers/{}/transmettre/DetteDeclaree", "/dossiers/{}/transmettre/ContactTente"):
        for etape in ("relire", "enregistrer"):
            envoi = {"csrf": csrf, "cle": str(UUID(int=1)), "_etape": etape, "survenu_le": "2026-10-01"}
            connue, nulle = [await client.post(chemin.format(numero), data=envoi) for numero in (dossier, INCONNU)]
            assert connue.content == nulle.content, chemin
            assert connue.status_code == nulle.status_code == 404
    assert (await client.get(f"/dossiers/{dossier}")).status_code == 404


async def test_a_stranger_is_told_nothing_that_it_is_not_told_of_no_case(
    client: httpx.AsyncClient, monde: Monde
) -> None:
    dossier = await raconter(monde)
    csrf = await entrer(client, monde, "voisin", "ACTE_EMISSION")
    await introuvables(client, csrf, dossier)
    # Nor once there is something to refuse for.
    await posee("OPPOSITION")(monde, dossier)
    await introuvables(client, csrf, dossier)


async def test_an_agenda_opens_a_case_until_its_session_and_says_nothing_of_it_afterwards(
    client: httpx.AsyncClient, monde: Monde
) -> None:
    dossier = await raconter(monde)
    with administrer(monde.bases.registre_url, PAR, SCHEMA) as registre:
        convoquer(registre, seance("departement"))
    asseoir_un_membre(monde, "CCAPEX", "departement")
    membre = monde.demo.lien("ars", "client-ars", ["CCAPEX_INSTRUCTION"], "deleguee", "CCAPEX_INSTRUCTION")

    async def rentrer() -> str:
        await client.get(f"/demo/entrer/{membre}")
        return jeton((await client.get("/finalite")).text)

    csrf = await rentrer()
    await introuvables(client, csrf, dossier)  # not on the agenda yet
    assert await inscrire(monde, dossier, "ccapex", ADM, "CCAPEX") == 201
    page = await client.get(f"/dossiers/{dossier}")
    assert page.status_code == 200
    assert "DIARRA" in page.text
    monde.gate.aujourd_hui = monde.gate.ledger._aujourd_hui = lambda: LE + timedelta(days=5)
    await introuvables(client, csrf, dossier)


async def test_a_commission_is_not_told_that_a_household_objects(client: httpx.AsyncClient, monde: Monde) -> None:
    """A case that a CLIL may not list, for want of information or against an opposition, is none (access, rule 7)."""
    sieger(monde)
    dossier = await monde.ouvrir()
    csrf = await entrer(client, monde, "clil", "CLIL_EXAMEN")
    await introuvables(client, csrf, dossier)
    await monde.proposer(dossier)
    assert (await client.get(f"/dossiers/{dossier}")).status_code == 200
    await posee("OPPOSITION")(monde, dossier)
    for chemin in ("/dossiers/{}", "/clil/{}"):
        connue, nulle = [await client.get(chemin.format(numero)) for numero in (dossier, INCONNU)]
        assert (connue.status_code, connue.content) == (404, nulle.content), chemin


def test_each_reason_that_closes_a_case_has_its_paragraph() -> None:
    regles = (RACINE / "policies" / "rego" / "unefois" / "decision" / "acces.rego").read_text(encoding="utf-8")
    nommes = set(re.findall(r'"([A-Z]{3}[A-Z_]+)"', regles)) - {"AUCUN_LIEN", "EVENEMENT_INCONNU"}
    assert len(nommes) > 12
    assert nommes <= REMEDES.keys() <= tables.lire().motifs.keys()
    assert remede(403, "AUCUN_LIEN") == remede(403) == "/aide#refus"
    assert remede(404, "OPPOSITION") == remede(404) == "/aide#introuvable"
    aide = (RACINE / "adapters" / "web" / "gabarits" / "aide.html").read_text(encoding="utf-8")
    for ancre in {*REMEDES.values(), "refus", "introuvable"}:
        assert aide.count(f'id="{ancre}"') == 1, ancre

"""Lists kept under a name: in the browser of who keeps them, for that agent alone, and read again as any address is."""

import re
from typing import Final
from urllib.parse import urlencode

import httpx2 as httpx
import pytest

from adapters.identite.sujet import Demandeur
from adapters.web.guichet import Guichet
from policies.decision import Agent
from tests.monde import Monde, habilitation, partenaire, rpls
from tests.web.test_porte import INCONNU, client, entrer, traces

__all__ = ["client"]

ASSIGNATION: Final = "stade=ASSIGNATION"


def cookies(client: httpx.AsyncClient) -> dict[str, str]:
    return {c.name: c.value or "" for c in client.cookies.jar if "listes_" in c.name}


async def garder(
    client: httpx.AsyncClient,
    csrf: str,
    nom: str,
    requete: str = ASSIGNATION,
    attendu: int = 303,
    lieu: str = "/ccapex",
) -> httpx.Response:
    reponse = await client.post(f"{lieu}/listes", data={"csrf": csrf, "nom": nom, "requete": requete})
    assert reponse.status_code == attendu, reponse.text
    return reponse


def gardees(page: str) -> dict[str, str]:
    """By name as it stands in the page, the address of a list that is kept."""
    section = page.partition('class="gardees"')[2].partition("</section>")[0]
    return {nom: adresse for adresse, nom in re.findall(r'<li><a href="([^"]+)"[^>]*>([^<]*)</a>', section)}


async def test_une_liste_se_garde_se_rouvre_et_s_ote(client: httpx.AsyncClient, monde: Monde) -> None:
    for n in range(2):
        await monde.ouvrir("bailleur", nom=f"NOM{n:02}", id_rpls=rpls(100 + n))
    await monde.projeter()
    csrf = await entrer(client, monde, "ccapex", "CCAPEX_ADMINISTRATIVE")
    assert 'class="gardees"' not in (await client.get("/ccapex")).text  # nothing is filtered, nothing is kept
    assert "Garder cette liste" in (await client.get("/ccapex?commune=93008&apres=")).text
    reponse = await garder(client, csrf, "Bobigny", "commune=93008&stade=&apres=12&inconnu=x")
    assert reponse.headers["location"] == "/ccapex?commune=93008&fait=liste-gardee"
    page = (await client.get("/ccapex")).text
    assert gardees(page) == {"Bobigny": "/ccapex?commune=93008"}
    ouverte = (await client.get("/ccapex?commune=93008")).text
    assert "NOM00" in ouverte
    assert "Garder cette liste" not in ouverte
    assert gardees((await client.get("/dossiers")).text) == {}  # of another place
    await garder(client, csrf, "Bobigny", ASSIGNATION)  # the same name, kept anew
    assert gardees((await client.get("/ccapex")).text) == {"Bobigny": "/ccapex?stade=ASSIGNATION"}
    await client.post("/ccapex/listes", data={"csrf": csrf, "quoi": "oter", "nom": "Bobigny"})
    assert gardees((await client.get("/ccapex")).text) == {}
    assert cookies(client) == {}


@pytest.mark.parametrize(
    ("lieu", "requete", "qui"),
    [
        ("/dossiers", "avant=2026-12-01", ("ccapex", "CCAPEX_ADMINISTRATIVE")),
        ("/attentes", "genre=RECOMMANDATION", ("ccapex", "CCAPEX_ADMINISTRATIVE")),
        ("/ccapex", "parc=PRIVE", ("ccapex", "CCAPEX_ADMINISTRATIVE")),
        ("/comex", "situation=SILENCE", ("comex", "CFP_INSTRUCTION")),
    ],
)
async def test_chaque_liste_a_les_siennes(
    lieu: str, requete: str, qui: tuple[str, str], client: httpx.AsyncClient, monde: Monde
) -> None:
    csrf = await entrer(client, monde, *qui)
    await garder(client, csrf, "La mienne", requete, lieu=lieu)
    assert gardees((await client.get(lieu)).text) == {"La mienne": f"{lieu}?{requete}"}
    assert (await client.get(f"{lieu}?{requete}")).status_code == 200


async def test_un_nom_est_montre_tel_qu_il_fut_tape_et_rien_n_en_sort(client: httpx.AsyncClient, monde: Monde) -> None:
    csrf = await entrer(client, monde, "ccapex", "CCAPEX_ADMINISTRATIVE")
    nom = """"><b onclick='x'>&amp; {{ 7*7 }}"""
    await garder(client, csrf, nom)
    page = (await client.get("/ccapex")).text
    assert "<b onclick" not in page
    assert "&lt;b onclick=&#39;x&#39;&gt;&amp;amp; {{ 7*7 }}" in page


@pytest.mark.parametrize(
    ("nom", "phrase"),
    [
        ("", "Donnez un nom"),
        ("x" * 41, "40 signes au plus"),
        ("a\u202eb", "en une ligne"),
        ("2 84 03 93 008 123 45", "sécurité sociale"),
    ],
)
async def test_un_nom_qui_ne_va_pas_se_dit_et_ne_se_garde_pas(
    nom: str, phrase: str, client: httpx.AsyncClient, monde: Monde
) -> None:
    csrf = await entrer(client, monde, "ccapex", "CCAPEX_ADMINISTRATIVE")
    refus = await garder(client, csrf, nom, attendu=422)
    assert phrase in refus.text
    assert 'id="liste-nom-erreur"' in refus.text
    assert "008 123" not in refus.text
    assert cookies(client) == {}


@pytest.mark.parametrize("requete", ["", "apres=12", "inconnu=1", "stade=a%00b", "du=" + "&du=" * 9000])
async def test_sans_filtre_connu_il_n_y_a_rien_a_garder(requete: str, client: httpx.AsyncClient, monde: Monde) -> None:
    csrf = await entrer(client, monde, "ccapex", "CCAPEX_ADMINISTRATIVE")
    await garder(client, csrf, "Rien", requete, 422)
    assert cookies(client) == {}


async def test_un_agent_en_garde_vingt(client: httpx.AsyncClient, monde: Monde) -> None:
    csrf = await entrer(client, monde, "ccapex", "CCAPEX_ADMINISTRATIVE")
    for n in range(20):
        await garder(client, csrf, f"Liste {n:02}", lieu="/ccapex" if n % 2 else "/dossiers")
    refus = await garder(client, csrf, "Une de trop", attendu=422)
    assert "Vous gardez déjà 20 listes" in refus.text
    await garder(client, csrf, "Liste 01", "stade=JUGEMENT")  # one that is kept changes
    assert len(gardees((await client.get("/ccapex")).text)) == 10


async def test_ce_qu_un_navigateur_ne_peut_garder_se_dit(client: httpx.AsyncClient, monde: Monde) -> None:
    """The bound of a cookie is met with a sentence, and what was kept before stays."""
    csrf = await entrer(client, monde, "ccapex", "CCAPEX_ADMINISTRATIVE")
    longue = urlencode(dict.fromkeys(("commune", "stade", "parc"), "é" * 100))
    reussies = 0
    while (
        await client.post("/ccapex/listes", data={"csrf": csrf, "nom": f"L{reussies}", "requete": longue})
    ).status_code == 303:
        reussies += 1
        assert reussies < 20
    assert len(gardees((await client.get("/ccapex")).text)) == reussies
    assert all(len(valeur) < 4000 for valeur in cookies(client).values())


async def test_un_autre_agent_au_meme_navigateur_n_en_lit_rien(client: httpx.AsyncClient, monde: Monde) -> None:
    """Not even with the other's cookie under the name of its own."""
    csrf = await entrer(client, monde, "ccapex", "CCAPEX_ADMINISTRATIVE")
    await garder(client, csrf, "La mienne", lieu="/dossiers")
    [(nom, scelle)] = cookies(client).items()
    assert "mienne" not in scelle
    csrf = await entrer(client, monde, "clil", "CLIL_EXAMEN")
    assert gardees((await client.get("/dossiers")).text) == {}
    await garder(client, csrf, "Une autre", lieu="/dossiers")
    [autre] = set(cookies(client)) - {nom}
    assert gardees((await client.get("/dossiers")).text) == {"Une autre": f"/dossiers?{ASSIGNATION}"}
    client.cookies.delete(autre)
    client.cookies.set(autre, scelle)
    assert gardees((await client.get("/dossiers")).text) == {}
    client.cookies.delete(autre)
    await entrer(client, monde, "ccapex", "CCAPEX_ADMINISTRATIVE")
    assert gardees((await client.get("/dossiers")).text) == {"La mienne": f"/dossiers?{ASSIGNATION}"}


async def test_elles_survivent_au_service_et_un_cookie_altere_n_est_rien(
    client: httpx.AsyncClient, monde: Monde
) -> None:
    csrf = await entrer(client, monde, "ccapex", "CCAPEX_ADMINISTRATIVE")
    await garder(client, csrf, "La mienne")
    [(nom, scelle)] = cookies(client).items()
    ailleurs = Guichet(monde.gate)  # of another process: it has the same keys of the installation, and no memory
    agent = habilitation("ccapex", "instructrice", "CCAPEX_INSTRUCTEUR")
    sujet = Demandeur(partenaire("ccapex"), "instructrice", Agent.PROUVE, agent, frozenset())
    assert b"La mienne" in ailleurs.desceller(sujet, scelle)
    for altere in (scelle[:-2], scelle[1:], "x", "é", ""):
        assert ailleurs.desceller(sujet, altere) == b""
    client.cookies.delete(nom)
    client.cookies.set(nom, scelle[:-4] + "AAAA")
    assert gardees((await client.get("/ccapex")).text) == {}


async def test_les_filtres_gardes_sont_relus_a_chaque_ouverture(client: httpx.AsyncClient, monde: Monde) -> None:
    csrf = await entrer(client, monde, "ccapex", "CCAPEX_ADMINISTRATIVE")
    await garder(client, csrf, "Faux jour", "du=hier")
    [adresse] = gardees((await client.get("/ccapex")).text).values()
    assert (await client.get(adresse)).status_code == 400
    assert (await client.get("/ccapex")).status_code == 200


async def test_sans_le_jeton_de_la_page_rien_ne_se_garde(client: httpx.AsyncClient, monde: Monde) -> None:
    await entrer(client, monde, "ccapex", "CCAPEX_ADMINISTRATIVE")
    avant = len(await traces(monde))
    for lieu in ("/dossiers", "/attentes", "/ccapex", "/clil", "/comex"):
        await garder(client, INCONNU, "Autre", attendu=403, lieu=lieu)
    assert cookies(client) == {}
    assert len(await traces(monde)) == avant

"""Persons and machines of a real third-party issuer (`oidc-provider`): the code flow from the pages, and the API.

The issuer runs as it is published; people sign in by its own forms. Only its clients and its people are ours.
"""

from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx2 as httpx
import pytest

from tests.monde import Monde
from tests.rest.comptoir import COOKIE, RETOUR, Comptoir, csrf, emettre, ouvrir


@pytest.fixture(scope="module")
def emetteur(outil: Callable[[str], Path]) -> Iterator[str]:
    """Its address."""
    with emettre(outil) as adresse:
        yield adresse


@pytest.fixture
async def comptoir(monde: Monde, emetteur: str, tmp_path: Path) -> AsyncIterator[Comptoir]:
    async with ouvrir(monde, emetteur, tmp_path) as ouvert:
        yield ouvert


async def test_une_personne_se_connecte_dit_sa_finalite_et_lit(comptoir: Comptoir) -> None:
    for qui, finalite, page in (
        ("instructrice", "CCAPEX_ADMINISTRATIVE", "/ccapex"),
        ("deleguee", "CONTROLE", "/journal"),
    ):
        comptoir.site.cookies.clear()
        reponse = await comptoir.revenir(await comptoir.se_presenter(await comptoir.partir(), qui))
        assert (reponse.status_code, reponse.headers.get("location")) == (303, "/finalite")
        jeton = csrf((await comptoir.site.get("/finalite")).text)
        choix = await comptoir.site.post("/finalite", data={"csrf": jeton, "finalite": finalite})
        assert choix.status_code == 303
        assert (await comptoir.site.get(page)).status_code == 200
        assert (await comptoir.monde.journal(1))[0]["agent"] == qui


async def test_le_depart_demande_un_code_avec_pkce_et_ne_dit_rien_d_autre(comptoir: Comptoir) -> None:
    depart = urlsplit(await comptoir.partir())
    demande = {nom: valeurs[0] for nom, valeurs in parse_qs(depart.query).items()}
    assert (demande["response_type"], demande["code_challenge_method"]) == ("code", "S256")
    garde = comptoir.garde()
    assert demande["state"] == garde["state"]
    assert demande["nonce"] == garde["nonce"]
    assert garde["verificateur"] not in depart.query
    assert "secret" not in depart.query


@pytest.mark.parametrize("quoi", ["state", "nonce", "verificateur"])
async def test_un_retour_qui_n_est_pas_celui_du_depart_est_refuse(comptoir: Comptoir, quoi: str) -> None:
    retour = await comptoir.se_presenter(await comptoir.partir(), "instructrice")
    comptoir.remplacer(**{quoi: "a" * 64})
    await _refuse(comptoir, retour)


async def test_le_code_d_un_autre_n_ouvre_pas_ma_session(comptoir: Comptoir) -> None:
    sien = await comptoir.se_presenter(await comptoir.partir(), "deleguee")
    comptoir.site.cookies.clear()
    mien = await comptoir.se_presenter(await comptoir.partir(), "instructrice")
    codes = [parse_qs(urlsplit(adresse).query) for adresse in (sien, mien)]
    vole = {nom: valeurs[0] for nom, valeurs in codes[1].items()} | {"code": codes[0]["code"][0]}
    await _refuse(comptoir, f"{RETOUR}?{urlencode(vole)}")


async def test_un_retour_ne_sert_qu_une_fois(comptoir: Comptoir) -> None:
    retour = await comptoir.se_presenter(await comptoir.partir(), "instructrice")
    gardes = dict(comptoir.site.cookies)
    assert (await comptoir.revenir(retour)).status_code == 303
    assert comptoir.connecte
    comptoir.site.cookies.clear()
    comptoir.site.cookies.set(COOKIE, gardes[COOKIE], "unefois.test")
    await _refuse(comptoir, retour)


async def test_sans_depart_ou_sans_accord_il_n_y_a_pas_de_session(comptoir: Comptoir) -> None:
    retour = await comptoir.se_presenter(await comptoir.partir(), "instructrice")
    state = comptoir.garde()["state"]
    await _refuse(comptoir, f"{RETOUR}?error=access_denied&state={state}")
    comptoir.site.cookies.clear()
    await _refuse(comptoir, retour)


async def test_qui_n_est_pas_habilite_n_entre_pas(comptoir: Comptoir) -> None:
    await _refuse(comptoir, await comptoir.se_presenter(await comptoir.partir(), "inconnue"))
    await _refuse(comptoir, await comptoir.se_presenter(await comptoir.partir(), "personne-de-chez-nous"))


async def _refuse(comptoir: Comptoir, retour: str) -> None:
    reponse = await comptoir.revenir(retour)
    assert reponse.status_code == 401
    assert not comptoir.connecte


async def _moi(comptoir: Comptoir, jeton: str, finalite: str, **entetes: str) -> httpx.Response:
    autorise = {"Authorization": f"Bearer {jeton}", "Finalite": finalite} | entetes
    return await comptoir.monde.client.get("/v1/moi", headers=autorise)


async def test_une_machine_appelle_l_api_avec_le_jeton_de_cet_emetteur(comptoir: Comptoir) -> None:
    jeton = await comptoir.machine("client-ssd")
    lu = await _moi(comptoir, jeton, "ACCOMPAGNEMENT", Agent="assistante")
    assert (lu.status_code, lu.json()["organisation"], lu.json()["agent"]) == (200, "ssd", "assistante")
    assert (await _moi(comptoir, jeton, "CONTROLE")).status_code == 403
    # A client of another partner, and our own pages' client without a person, are nobody's machine.
    for client, finalite in (("client-voisin", "ACTE_EMISSION"), ("pages", "CCAPEX_ADMINISTRATIVE")):
        refus = await _moi(comptoir, await comptoir.machine(client), finalite)
        assert (refus.status_code, refus.json()["code"]) == (401, "partenaire_inconnu")
        assert (await comptoir.monde.journal(1))[0]["motif"] == "partenaire_inconnu"


async def test_une_personne_appelle_l_api_avec_son_jeton_d_acces_et_non_son_identite(comptoir: Comptoir) -> None:
    retour = await comptoir.se_presenter(await comptoir.partir(), "deleguee")
    echange = {
        "grant_type": "authorization_code",
        "code": parse_qs(urlsplit(retour).query)["code"][0],
        "redirect_uri": RETOUR,
        "code_verifier": comptoir.garde()["verificateur"],
    }
    recus = (await comptoir.jeton(echange, "pages")).json()
    lu = await _moi(comptoir, recus["access_token"], "CONTROLE")
    assert (lu.status_code, lu.json()["organisation"], lu.json()["agent"]) == (200, "dpo", "deleguee")
    refus = await _moi(comptoir, recus["id_token"], "CONTROLE")
    assert (refus.status_code, refus.json()["code"]) == (401, "revendications")

"""Persons and machines of a real third-party issuer (`oidc-provider`): the code flow from the pages, and the API.

The issuer runs as it is published; people sign in by its own forms. Only its clients and its people are ours.
"""

import re
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

import httpx2 as httpx
import pytest

from adapters.identite.cles import ClesDistantes
from adapters.identite.jetons import Emetteur, Identites
from adapters.identite.oidc import Coffret, ConnexionOidc
from adapters.service.serveur import application
from adapters.service.settings import Settings
from adapters.service.wiring import Maison
from tests.monde import HOTES, Monde

AUDIENCE: Final = "urn:unefois:api"
SITE: Final = "http://unefois.test"
RETOUR: Final = f"{SITE}/connexion/retour"
COOKIE: Final = "unefois_connexion"


@pytest.fixture(scope="module")
def emetteur(outil: Callable[[str], Path]) -> Iterator[str]:
    """Its address."""
    script = Path(__file__).with_name("emetteur.mjs")
    commande = [str(outil("node")), str(script), str(outil("oidc-provider"))]
    with subprocess.Popen(commande, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as processus:
        try:
            assert processus.stdout is not None
            adresse = next((ligne.strip() for ligne in processus.stdout if ligne.startswith("http://")), "")
            assert adresse, "l'émetteur n'a pas démarré"
            yield adresse
        finally:
            processus.terminate()


@dataclass
class Comptoir:
    """The service beside its issuer, and a browser."""

    monde: Monde
    emetteur: str
    coffret: Coffret
    site: httpx.AsyncClient
    http: httpx.AsyncClient

    async def partir(self) -> str:
        """Where the sign-in page sends the browser."""
        csrf = _csrf((await self.site.get("/connexion")).text)
        reponse = await self.site.post("/connexion", data={"csrf": csrf})
        assert reponse.status_code == 303
        return str(reponse.headers["location"])

    async def se_presenter(self, depart: str, qui: str) -> str:
        """Through the issuer's own pages, as a person would, to the address that it sends the browser back to."""
        async with httpx.AsyncClient() as navigateur:
            adresse, reponse = depart, await navigateur.get(depart)
            for _ in range(10):
                if reponse.is_redirect:
                    adresse = urljoin(adresse, reponse.headers["location"])
                    if adresse.startswith(RETOUR):
                        return adresse
                    reponse = await navigateur.get(adresse)
                    continue
                assert reponse.status_code == 200, reponse.text
                invite = re.search(r'name="prompt" value="(\w+)"', reponse.text)
                action = re.search(r'action="([^"]+)"', reponse.text)
                assert invite is not None
                assert action is not None
                adresse = urljoin(adresse, action[1])
                envoi = {"prompt": invite[1], "login": qui, "password": "x"}
                reponse = await navigateur.post(adresse, data=envoi)
        raise AssertionError("l'émetteur n'a pas rendu le navigateur")

    async def revenir(self, adresse: str) -> httpx.Response:
        return await self.site.get(adresse)

    def garde(self) -> dict[str, Any]:
        """What the browser keeps, sealed, between departure and return."""
        avant = self.coffret.ouvrir("avant-session", self.site.cookies[COOKIE])
        assert avant is not None
        garde = self.coffret.ouvrir(ConnexionOidc.USAGE, avant["garde"])
        assert garde is not None
        return garde

    def remplacer(self, **change: str) -> None:
        """The same, changed: a browser cannot do it, who stole a code would like to."""
        garde = self.coffret.fermer(ConnexionOidc.USAGE, self.garde() | change, 600)
        self.site.cookies.set(COOKIE, self.coffret.fermer("avant-session", {"garde": garde}, 600), "unefois.test")

    @property
    def connecte(self) -> bool:
        return any("unefois_session" in nom for nom in self.site.cookies)

    async def jeton(self, donnees: dict[str, str], client: str) -> httpx.Response:
        auth = (client, f"secret-de-{client}")
        return await self.http.post(f"{self.emetteur}/token", data=donnees | {"resource": AUDIENCE}, auth=auth)

    async def machine(self, client: str) -> str:
        reponse = await self.jeton({"grant_type": "client_credentials"}, client)
        assert reponse.status_code == 200, reponse.text
        return str(reponse.json()["access_token"])


@asynccontextmanager
async def ouvrir(monde: Monde, emetteur: str, tmp_path: Path) -> AsyncIterator[Comptoir]:
    coffret = Coffret(bytes(32))
    async with httpx.AsyncClient() as http:
        cles = ClesDistantes(emetteur, http)
        identites = Identites([Emetteur(emetteur, AUDIENCE, cles, "pages")])
        oidc = ConnexionOidc(emetteur, AUDIENCE, "pages", "secret-de-pages", RETOUR, coffret, identites, cles, http)
        monde.gate.identites = identites
        app = application(Maison(monde.gate, coffret, oidc, None), Settings(data=tmp_path, hosts=HOTES))
        app.state.gate = monde.gate
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=SITE) as site:
            yield Comptoir(monde, emetteur, coffret, site, http)


@pytest.fixture
async def comptoir(monde: Monde, emetteur: str, tmp_path: Path) -> AsyncIterator[Comptoir]:
    async with ouvrir(monde, emetteur, tmp_path) as ouvert:
        yield ouvert


def _csrf(page: str) -> str:
    trouve = re.search(r'name="csrf" value="([^"]+)"', page)
    assert trouve is not None, page
    return trouve[1]


async def test_une_personne_se_connecte_dit_sa_finalite_et_lit(comptoir: Comptoir) -> None:
    for qui, finalite, page in (
        ("instructrice", "CCAPEX_ADMINISTRATIVE", "/ccapex"),
        ("deleguee", "CONTROLE", "/journal"),
    ):
        comptoir.site.cookies.clear()
        reponse = await comptoir.revenir(await comptoir.se_presenter(await comptoir.partir(), qui))
        assert (reponse.status_code, reponse.headers.get("location")) == (303, "/finalite")
        csrf = _csrf((await comptoir.site.get("/finalite")).text)
        choix = await comptoir.site.post("/finalite", data={"csrf": csrf, "finalite": finalite})
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
        assert (refus.status_code, refus.json()["code"]) == (401, "partenaire")
        assert (await comptoir.monde.journal(1))[0]["motif"] == "partenaire"


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

"""The service beside a real third-party issuer (`oidc-provider`), a browser, and a person in front of it."""

import re
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urljoin

import httpx2 as httpx
import orjson

from adapters.identite.cles import ClesDistantes
from adapters.identite.jetons import Emetteur, Identites
from adapters.identite.oidc import Coffret, ConnexionOidc
from adapters.identite.personne import Pseudonymes
from adapters.identite.revendications import Lexique
from adapters.service.serveur import application
from adapters.service.settings import Settings
from adapters.service.wiring import Maison
from tests.monde import HOTES, Monde

AUDIENCE: Final = "urn:unefois:api"
SITE: Final = "http://unefois.test"
RETOUR: Final = f"{SITE}/connexion/retour"
COOKIE: Final = "unefois_connexion"


@contextmanager
def emettre(outil: Callable[[str], Path], **options: Any) -> Iterator[str]:
    """An issuer as it is published, with these options of ``emetteur.mjs``; its address."""
    script = Path(__file__).with_name("emetteur.mjs")
    commande = [str(outil("node")), str(script), str(outil("oidc-provider")), orjson.dumps(options).decode()]
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
        jeton = csrf((await self.site.get("/connexion")).text)
        reponse = await self.site.post("/connexion", data={"csrf": jeton})
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

    async def entrer(self, qui: str) -> httpx.Response:
        """Sign in, from an empty browser."""
        self.site.cookies.clear()
        return await self.revenir(await self.se_presenter(await self.partir(), qui))

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
async def ouvrir(
    monde: Monde,
    emetteur: str,
    tmp_path: Path,
    pseudonymes: Pseudonymes | None = None,
    *,
    claims: str = "",
    amr: str = "",
    transport: httpx.AsyncBaseTransport | None = None,
    **settings: Any,
) -> AsyncIterator[Comptoir]:
    coffret, noms = Coffret(bytes(32)), Lexique.lire(claims)
    async with httpx.AsyncClient(transport=transport) as http:
        cles = ClesDistantes(emetteur, http)
        identites = Identites([Emetteur(emetteur, AUDIENCE, cles, "pages", noms=noms)])
        oidc = ConnexionOidc(
            emetteur,
            AUDIENCE,
            "pages",
            "secret-de-pages",
            RETOUR,
            coffret,
            identites,
            cles,
            http,
            pseudonymes,
            noms,
            amr,
        )
        monde.gate.identites = identites
        app = application(Maison(monde.gate, coffret, oidc, None), Settings(data=tmp_path, hosts=HOTES, **settings))
        app.state.gate = monde.gate
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=SITE) as site:
            yield Comptoir(monde, emetteur, coffret, site, http)


def csrf(page: str) -> str:
    trouve = re.search(r'name="csrf" value="([^"]+)"', page)
    assert trouve is not None, page
    return trouve[1]

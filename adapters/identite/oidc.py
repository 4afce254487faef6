"""Persons signed in by the authorization code flow, and what their browser keeps for us meanwhile."""

import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar
from urllib.parse import urlsplit

import httpx2 as httpx
import orjson
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.httpx_client import AsyncOAuth2Client
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jws import extract_compact

from adapters.identite.cles import Cles, EmetteurIndisponible, decouvrir
from adapters.identite.jetons import ALGORITHMES, TOLERANCE, Identites
from adapters.identite.refus import JetonRefuse


class Coffret:
    """Seals what a browser keeps for us: AES-256-GCM, bound to its use and to an hour of end."""

    def __init__(self, secret: bytes, horloge: Callable[[], float] = time.time) -> None:
        self._aes = AESGCM(secret)
        self._horloge = horloge

    def __repr__(self) -> str:
        return "<coffret>"

    def fermer(self, usage: str, contenu: Mapping[str, Any], duree: int) -> str:
        """Seal for one use and that many seconds."""
        nonce = secrets.token_bytes(12)
        octets = orjson.dumps({"fin": self._horloge() + duree, "contenu": contenu})
        return (nonce + self._aes.encrypt(nonce, octets, usage.encode())).hex()

    def ouvrir(self, usage: str, texte: str) -> dict[str, Any] | None:
        """What was sealed for that use; None if it was altered, sealed for another use, or is too old."""
        try:
            octets = bytes.fromhex(texte)
            clair = orjson.loads(self._aes.decrypt(octets[:12], octets[12:], usage.encode()))
        except (ValueError, InvalidTag):
            return None
        contenu: dict[str, Any] = clair["contenu"]
        return contenu if clair["fin"] > self._horloge() else None


@dataclass(slots=True)
class ConnexionOidc:
    """The authorization code flow with PKCE, for persons. Ends with an access token that ``Identites`` verifies.

    Between the departure and the return, the browser keeps state, nonce and code verifier in a sealed cookie.
    """

    issuer: str
    audience: str
    client_id: str
    client_secret: str | None
    retour: str
    coffret: Coffret
    identites: Identites
    cles: Cles
    http: httpx.AsyncClient = field(repr=False)

    USAGE: ClassVar[str] = "connexion"
    DUREE: ClassVar[int] = 600

    async def partir(self, suite: str) -> tuple[str, str]:
        """Where to send the browser, and the cookie that it must bring back. ``suite``: the local page to end on."""
        decouverte = await decouvrir(self.issuer, self.http)
        garde = {
            "state": secrets.token_urlsafe(24),
            "nonce": secrets.token_urlsafe(24),
            "verificateur": secrets.token_urlsafe(48),
            "suite": suite if _locale(suite) else "/",
        }
        async with self._client() as client:
            url, _ = client.create_authorization_url(
                decouverte["authorization_endpoint"],
                state=garde["state"],
                nonce=garde["nonce"],
                code_verifier=garde["verificateur"],
                resource=self.audience,
            )
        return url, self.coffret.fermer(self.USAGE, garde, self.DUREE)

    async def revenir(self, adresse: str, cookie: str) -> tuple[str, str]:
        """The access token and the page to end on, from the address that the issuer sent the browser back to."""
        garde = self.coffret.ouvrir(self.USAGE, cookie)
        if garde is None:
            raise JetonRefuse("connexion", "Cette connexion n'a pas commencé ici, ou elle a trop duré : recommencez.")
        decouverte = await decouvrir(self.issuer, self.http)
        try:
            async with self._client() as client:
                recus = await client.fetch_token(
                    decouverte["token_endpoint"],
                    authorization_response=adresse,
                    state=garde["state"],
                    code_verifier=garde["verificateur"],
                    resource=self.audience,
                )
        except AuthlibBaseError as erreur:  # the issuer's refusal, or a return that is not to our departure
            raise JetonRefuse("connexion", "L'émetteur n'a pas confirmé la connexion : recommencez.") from erreur
        except httpx.HTTPError as erreur:
            raise EmetteurIndisponible("L'émetteur des jetons ne répond pas.") from erreur
        await self._verifier_identite(recus.get("id_token", ""), garde["nonce"])
        acces = recus.get("access_token", "")
        await self.identites.verifier(acces)
        return acces, garde["suite"]

    async def _verifier_identite(self, texte: str, nonce: str) -> None:
        """The ID token answers our own request: without the nonce, a stolen code could be played into a session."""
        try:
            cle = await self.cles.cle(extract_compact(texte.encode()).headers().get("kid", ""))
            revendications = jwt.decode(texte, cle, algorithms=list(ALGORITHMES)).claims
            jwt.JWTClaimsRegistry(
                leeway=TOLERANCE,
                iss={"essential": True, "value": self.issuer},
                aud={"essential": True, "value": self.client_id},
                nonce={"essential": True, "value": nonce},
                exp={"essential": True},
            ).validate(dict(revendications))
        except (JoseError, ValueError, TypeError, KeyError) as erreur:
            raise JetonRefuse("connexion", "L'identité reçue n'est pas celle de cette connexion.") from erreur

    def _client(self) -> AsyncOAuth2Client:
        return AsyncOAuth2Client(
            client_id=self.client_id,
            client_secret=self.client_secret,
            scope="openid",
            redirect_uri=self.retour,
            code_challenge_method="S256",
            token_endpoint_auth_method="client_secret_basic" if self.client_secret else "none",
        )


def _locale(chemin: str) -> bool:
    """Whether a page is ours: a redirection to elsewhere after sign-in is how credentials are fished."""
    morceaux = urlsplit(chemin)
    return chemin.startswith("/") and not chemin.startswith("//") and not morceaux.netloc and "\\" not in chemin

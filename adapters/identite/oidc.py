"""Persons signed in by the authorization code flow, and what their browser keeps for us meanwhile."""

import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, ClassVar, NamedTuple
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
from adapters.identite.jetons import ALGORITHMES, TOLERANCE, Identites, Jeton
from adapters.identite.personne import Personne, Pseudonymes, rapprocher
from adapters.identite.refus import JetonRefuse
from adapters.identite.revendications import USUELLES, Lexique
from adapters.registre.instantane import Instantane


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
    """The authorization code flow with PKCE, for persons. Ends with what an access token for us states.

    Where there are ``pseudonymes``, access tokens are for their issuer alone: who signed in is what its userinfo signs,
    and the registry says whose agent that is. ``noms``: which claim holds what. ``amr``: how she has to have signed in.
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
    pseudonymes: Pseudonymes | None = None
    noms: Lexique = USUELLES
    amr: str = ""

    USAGE: ClassVar[str] = "connexion"
    DUREE: ClassVar[int] = 600
    SESSION: ClassVar[int] = 28_800
    """Seconds that a session lasts at most, where no access token says so."""
    USERINFO_MAXIMAL: ClassVar[int] = 16 * 1024

    async def partir(self, suite: str) -> tuple[str, str]:
        """Where to send the browser, and the cookie that it must bring back. ``suite``: the local page to end on."""
        decouverte = await decouvrir(self.issuer, self.http)
        garde = {
            "state": secrets.token_urlsafe(24),
            "nonce": secrets.token_urlsafe(24),
            "verificateur": secrets.token_urlsafe(48),
            "suite": suite if _locale(suite) else "/",
        }
        async with self._client(decouverte) as client:
            url, _ = client.create_authorization_url(
                decouverte["authorization_endpoint"],
                state=garde["state"],
                nonce=garde["nonce"],
                code_verifier=garde["verificateur"],
                **self._demandes(),
            )
        return url, self.coffret.fermer(self.USAGE, garde, self.DUREE)

    async def revenir(self, adresse: str, cookie: str, registre: Instantane, le: date) -> tuple[Jeton, str]:
        """Who signed in and the page to end on, from the address that the issuer sent the browser back to."""
        garde = self.coffret.ouvrir(self.USAGE, cookie)
        if garde is None:
            raise JetonRefuse("connexion", "Cette connexion n'a pas commencé ici, ou elle a trop duré : recommencez.")
        decouverte = await decouvrir(self.issuer, self.http)
        try:
            async with self._client(decouverte) as client:
                recus = await client.fetch_token(
                    decouverte["token_endpoint"],
                    authorization_response=adresse,
                    state=garde["state"],
                    code_verifier=garde["verificateur"],
                    **({} if self.pseudonymes else {"resource": self.audience}),
                )
        except AuthlibBaseError as erreur:  # the issuer's refusal, or a return that is not to our departure
            raise JetonRefuse("connexion", "L'émetteur n'a pas confirmé la connexion : recommencez.") from erreur
        except httpx.HTTPError as erreur:
            raise EmetteurIndisponible("L'émetteur des jetons ne répond pas.") from erreur
        identite = await self._verifier_identite(recus.get("id_token", ""), garde["nonce"])
        acces = recus.get("access_token", "")
        if self.pseudonymes is None:
            self._verifier_facteurs(identite)
            return await self.identites.verifier(acces), garde["suite"]
        personne = await self._userinfo(decouverte, acces)
        if personne.revendications.get("sub") != identite.get("sub"):  # another's userinfo (OpenID Connect, 5.3.2)
            raise _pas_la_sienne()
        self._verifier_facteurs({**identite, **personne.revendications})
        lue = Personne.lire(personne.revendications, self.noms)
        agent = self.pseudonymes.de(lue)
        organisation, finalites = rapprocher(lue, agent, registre, le)
        fin = time.time() + self.SESSION
        jeton = Jeton(organisation, agent, finalites, None, fin, self.issuer, personne.kid, personne.empreinte)
        return jeton, garde["suite"]

    async def _userinfo(self, decouverte: Mapping[str, Any], acces: str) -> "Signees":
        """What the issuer signs of who has that access token: bytes of nobody else are believed."""
        try:
            async with self.http.stream(
                "GET", decouverte["userinfo_endpoint"], headers={"Authorization": f"Bearer {acces}"}
            ) as reponse:
                reponse.raise_for_status()
                octets = bytearray()
                async for morceau in reponse.aiter_bytes():
                    octets += morceau
                    if len(octets) > self.USERINFO_MAXIMAL:
                        raise _pas_la_sienne()
        except (httpx.HTTPError, KeyError) as erreur:
            raise EmetteurIndisponible("L'émetteur des jetons ne dit pas qui s'est connecté.") from erreur
        signees = await self._verifier_signature(octets.decode("ascii", "replace"))
        self._valider(signees.revendications, {})
        return signees

    def _verifier_facteurs(self, revendications: Mapping[str, Any]) -> None:
        facteurs = self.noms.de(revendications, "amr")
        if self.amr and not (isinstance(facteurs, list) and self.amr in facteurs):
            raise JetonRefuse("facteurs", f"Connectez-vous par une méthode plus sûre (« {self.amr} » est demandée).")

    async def _verifier_identite(self, texte: str, nonce: str) -> Mapping[str, Any]:
        """The ID token answers our own request: without the nonce, a stolen code could be played into a session."""
        signees = await self._verifier_signature(texte)
        self._valider(
            signees.revendications, {"nonce": {"essential": True, "value": nonce}, "exp": {"essential": True}}
        )
        return signees.revendications

    async def _verifier_signature(self, texte: str) -> "Signees":
        try:
            kid = extract_compact(texte.encode()).headers().get("kid", "")
            cle = await self.cles.cle(kid)
            return Signees(jwt.decode(texte, cle, algorithms=list(ALGORITHMES)).claims, kid, cle.thumbprint())
        except (JoseError, ValueError, TypeError, KeyError) as erreur:
            raise _pas_la_sienne() from erreur

    def _valider(self, revendications: Mapping[str, Any], exigees: Mapping[str, Any]) -> None:
        """They are for us, by our issuer, and good now."""
        try:
            jwt.JWTClaimsRegistry(
                leeway=TOLERANCE,
                iss={"essential": True, "value": self.issuer},
                aud={"essential": True, "value": self.client_id},
                **exigees,
            ).validate(dict(revendications))
        except (JoseError, ValueError, TypeError) as erreur:
            raise _pas_la_sienne() from erreur

    def _demandes(self) -> dict[str, str]:
        """What is asked for at the departure besides the code: a token for us, or to say how she signed in."""
        if self.pseudonymes is None:
            return {"resource": self.audience}
        voulue = {self.noms.amr: {"essential": True}}
        return {"claims": orjson.dumps({"id_token": voulue, "userinfo": voulue}).decode()} if self.amr else {}

    def _client(self, decouverte: Mapping[str, Any]) -> AsyncOAuth2Client:
        admis = decouverte.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        methode = "client_secret_basic" if "client_secret_basic" in admis else "client_secret_post"
        return AsyncOAuth2Client(
            client_id=self.client_id,
            client_secret=self.client_secret,
            scope="openid email siret idp_id" if self.pseudonymes else "openid",
            redirect_uri=self.retour,
            code_challenge_method="S256",
            token_endpoint_auth_method=methode if self.client_secret else "none",
        )


class Signees(NamedTuple):
    """Claims, with the id and the thumbprint of the key that signed them."""

    revendications: Mapping[str, Any]
    kid: str
    empreinte: str


def _pas_la_sienne() -> JetonRefuse:
    return JetonRefuse("connexion", "L'identité reçue n'est pas celle de cette connexion.")


def _locale(chemin: str) -> bool:
    """Whether a page is ours: a redirection to elsewhere after sign-in is how credentials are fished."""
    morceaux = urlsplit(chemin)
    return chemin.startswith("/") and not chemin.startswith("//") and not morceaux.netloc and "\\" not in chemin

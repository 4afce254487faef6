"""Who asks: access tokens verified against their issuer's keys, and persons signed in by the code flow.

A token says which organisation, which agent, which purposes were granted, through which client. It says nothing of
rights: role, territory and habilitations are the registry's. The algorithm list is closed (ES256, RS256, Ed25519),
so a token cannot choose ``none`` or turn a public key into a shared secret.

The issuer of the demonstration is an issuer like another, with a key of its own made at start; the composition root
gives it to ``Identites`` in demo mode only.
"""

import asyncio
import hashlib
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, ClassVar, Final, Protocol
from urllib.parse import urlsplit

import httpx2 as httpx
import orjson
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.httpx_client import AsyncOAuth2Client
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, OKPKey
from joserfc.jws import extract_compact

from adapters.registre import Habilitation, Instantane, Partenaire
from policies.decision import Agent

ALGORITHMES: Final = ("ES256", "RS256", "Ed25519")
TOLERANCE: Final = 5
"""Seconds by which clocks may differ."""

_TAILLE_MAXIMALE: Final = 8192
_JETONS_GARDES: Final = 10_000
_FRAICHEUR: Final = 600.0
_REPIT: Final = 30.0
_SILENCE: Final = 2.0


class JetonRefuse(Exception):
    """The token proves nothing (401). ``code`` is stable; nothing of the token is in the message."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class EmetteurIndisponible(Exception):
    """The issuer's keys cannot be had: nobody new can be recognised (503)."""


@dataclass(frozen=True, slots=True)
class Jeton:
    """What a verified token states. ``agent`` is None on a machine's token; ``expire_le`` in seconds since 1970.

    ``client_id`` is None for a person who signed in through our own pages, which serve every organisation.
    ``emetteur``, ``kid`` and ``empreinte`` (RFC 7638) name the key that signed it; empty for what no issuer signed,
    the command line's own.
    """

    organisation: str
    agent: str | None
    finalites: frozenset[str]
    client_id: str | None
    expire_le: float
    emetteur: str = ""
    kid: str = ""
    empreinte: str = ""


class Cles(Protocol):
    """Where an issuer's public keys come from."""

    async def cle(self, kid: str) -> Any:  # noqa: ANN401 - joserfc's keys share no public type
        """The key of that id; ``KeyError`` if the issuer has none."""


class ClesLocales:
    """Keys that are at hand: the demonstration's."""

    def __init__(self, cles: KeySet) -> None:
        self._cles = {cle.kid: cle for cle in cles.keys}

    async def cle(self, kid: str) -> Any:  # noqa: ANN401 - as in the port
        """The key of that id."""
        return self._cles[kid]


class ClesDistantes:
    """The keys of an issuer, found by discovery and kept ten minutes.

    An unknown ``kid`` (the issuer has turned its keys) asks for them again, at most twice a minute: a stranger who
    invents key ids does not make us hammer the issuer.
    """

    def __init__(self, issuer: str, client: httpx.AsyncClient, horloge: Callable[[], float] = time.monotonic) -> None:
        self._issuer = issuer
        self._client = client
        self._horloge = horloge
        self._cles: dict[str | None, Any] = {}
        self._lues_a = self._muet_a = float("-inf")
        self._relecture = asyncio.Lock()

    async def cle(self, kid: str) -> Any:  # noqa: ANN401 - as in the port
        """The key of that id, asked for again when it is not known."""
        if self._perimee(kid):
            async with self._relecture:  # those who wait here are answered by one question
                if self._perimee(kid):
                    await self._relire()
        return self._cles[kid]

    def _perimee(self, kid: str) -> bool:
        age = self._horloge() - self._lues_a
        return age > _FRAICHEUR or (kid not in self._cles and age > _REPIT)

    async def _relire(self) -> None:
        if self._horloge() - self._muet_a < _SILENCE:  # else each request would wait for one that does not answer
            raise EmetteurIndisponible("L'émetteur des jetons ne répond pas.")
        try:
            self._cles = await self._demander()
        except EmetteurIndisponible:
            self._muet_a = self._horloge()
            raise
        self._lues_a = self._horloge()

    async def _demander(self) -> dict[str | None, Any]:
        decouverte = await decouvrir(self._issuer, self._client)
        try:
            lues = await _json(self._client, decouverte["jwks_uri"])
            return {cle.kid: cle for cle in KeySet.import_key_set({"keys": lues["keys"]}).keys}
        except (KeyError, TypeError, ValueError, JoseError) as erreur:
            raise EmetteurIndisponible("L'émetteur des jetons ne publie pas ses clés.") from erreur


async def decouvrir(issuer: str, client: httpx.AsyncClient) -> dict[str, Any]:
    """The issuer's OpenID configuration, of which the ``issuer`` must be the very one that we trust."""
    lue = await _json(client, issuer.rstrip("/") + "/.well-known/openid-configuration")
    if not isinstance(lue, dict) or lue.get("issuer") != issuer:
        raise EmetteurIndisponible("La configuration de l'émetteur ne porte pas son nom.")
    return lue


async def _json(client: httpx.AsyncClient, url: str) -> Any:  # noqa: ANN401 - JSON
    try:
        reponse = await client.get(url)
        reponse.raise_for_status()
        return orjson.loads(reponse.content)
    except (httpx.HTTPError, ValueError) as erreur:
        raise EmetteurIndisponible("L'émetteur des jetons ne répond pas.") from erreur


@dataclass(frozen=True, slots=True)
class Emetteur:
    """One issuer that we trust, the audience that its tokens must name, and our pages' own client there."""

    issuer: str
    audience: str
    cles: Cles
    pages: str | None = None


class Identites:
    """Verifies tokens. What was verified is kept, by hash: a signature costs 70 µs, a look 0.5.

    It is kept until it expires, or until its issuer no longer publishes the very key that verified it.
    """

    def __init__(self, emetteurs: Sequence[Emetteur], horloge: Callable[[], float] = time.time) -> None:
        self._emetteurs = {emetteur.issuer: emetteur for emetteur in emetteurs}
        self._horloge = horloge
        self._gardes: OrderedDict[bytes, tuple[Jeton, Emetteur, str, Any]] = OrderedDict()

    async def verifier(self, preuve: str | Jeton) -> Jeton:
        """What the token states. ``JetonRefuse`` if it proves nothing, ``EmetteurIndisponible`` if nobody can say.

        What a token stated when a session was opened with it is good for as long as the token would be.
        """
        if isinstance(preuve, Jeton):
            await self._encore_bon(preuve)
            return preuve
        if not preuve:
            raise JetonRefuse("jeton_absent", "Un jeton d'accès est requis : « Authorization: Bearer … ».")
        return await self._connu(preuve)

    async def _encore_bon(self, jeton: Jeton) -> None:
        if jeton.expire_le + TOLERANCE <= self._horloge():
            raise JetonRefuse("jeton_expire", "La session a expiré : connectez-vous de nouveau.")
        if jeton.emetteur:
            emetteur = self._emetteurs.get(jeton.emetteur)
            cle = None if emetteur is None else await _publiee(emetteur, jeton.kid)
            if cle is None or cle.thumbprint() != jeton.empreinte:
                raise JetonRefuse("cle_inconnue", "La clé qui a signé la session n'est plus publiée.")

    async def _connu(self, texte: str) -> Jeton:
        empreinte = hashlib.sha256(texte.encode("utf-8", "surrogatepass")).digest()
        garde = self._gardes.get(empreinte)
        if garde is not None:
            jeton, emetteur, kid, cle = garde
            if jeton.expire_le + TOLERANCE > self._horloge() and await _publiee(emetteur, kid) is cle:
                return jeton
            self._gardes.pop(empreinte, None)
        emetteur, kid = self._annonce(texte)
        cle = await _publiee(emetteur, kid)
        jeton = replace(
            self._verifier(texte, emetteur, cle), emetteur=emetteur.issuer, kid=kid, empreinte=cle.thumbprint()
        )
        self._gardes[empreinte] = jeton, emetteur, kid, cle
        if len(self._gardes) > _JETONS_GARDES:
            self._gardes.popitem(last=False)
        return jeton

    def _verifier(self, texte: str, emetteur: Emetteur, cle: Any) -> Jeton:  # noqa: ANN401 - as in the port
        try:
            revendications = jwt.decode(texte, cle, algorithms=list(ALGORITHMES)).claims
        except (JoseError, ValueError, TypeError) as erreur:
            raise JetonRefuse("signature", "La signature du jeton n'est pas celle de son émetteur.") from erreur
        self._verifier_dates(revendications, emetteur)
        return _jeton(revendications, emetteur.pages)

    def _annonce(self, texte: str) -> tuple[Emetteur, str]:
        """Which issuer and key the token says it is from: nothing of it is believed yet."""
        if len(texte) > _TAILLE_MAXIMALE or not texte.isascii():
            raise JetonRefuse("jeton_illisible", "Le jeton n'est pas un jeton d'accès.")
        try:
            objet = extract_compact(texte.encode())
            entete, annonce = objet.headers(), orjson.loads(objet.payload)
        except (JoseError, ValueError, TypeError, KeyError) as erreur:
            raise JetonRefuse("jeton_illisible", "Le jeton n'est pas un jeton d'accès.") from erreur
        if entete.get("alg") not in ALGORITHMES:
            raise JetonRefuse("algorithme", "L'algorithme du jeton n'est pas admis.")
        nom = annonce.get("iss") if isinstance(annonce, dict) else None
        emetteur = self._emetteurs.get(nom) if isinstance(nom, str) else None
        if emetteur is None:
            raise JetonRefuse("emetteur", "L'émetteur du jeton n'est pas reconnu.")
        kid = entete.get("kid")
        if not isinstance(kid, str):
            raise JetonRefuse("cle_inconnue", "Le jeton ne dit pas par quelle clé il est signé.")
        return emetteur, kid

    def _verifier_dates(self, revendications: Mapping[str, Any], emetteur: Emetteur) -> None:
        registre = jwt.JWTClaimsRegistry(
            now=int(self._horloge()),
            leeway=TOLERANCE,
            iss={"essential": True, "value": emetteur.issuer},
            aud={"essential": True, "value": emetteur.audience},
            exp={"essential": True},
            iat={"essential": True},
        )
        try:
            registre.validate(dict(revendications))
        except JoseError as erreur:
            raise _refus(erreur) from erreur


async def _publiee(emetteur: Emetteur, kid: str) -> Any:  # noqa: ANN401 - as in the port
    """The key of that id that the issuer publishes now."""
    try:
        return await emetteur.cles.cle(kid)
    except KeyError as erreur:
        raise JetonRefuse("cle_inconnue", "Le jeton est signé d'une clé inconnue de son émetteur.") from erreur


def _refus(erreur: JoseError) -> JetonRefuse:
    match erreur.error:
        case "expired_token":
            return JetonRefuse("jeton_expire", "Le jeton a expiré : demandez-en un autre.")
        case _:
            return JetonRefuse("revendications", "Le jeton n'est pas destiné à ce service, ou pas encore valable.")


def _jeton(revendications: Mapping[str, Any], pages: str | None) -> Jeton:
    organisation, agent = revendications.get("organisation"), revendications.get("agent")
    client_id = revendications.get("client_id", revendications.get("azp"))
    finalites = revendications.get("finalites")
    if isinstance(finalites, str):
        finalites = finalites.split()
    if (
        not isinstance(organisation, str)
        or not isinstance(client_id, str)
        or not isinstance(finalites, list)
        or not all(isinstance(f, str) for f in finalites)
        or not (agent is None or (isinstance(agent, str) and agent))
    ):
        raise JetonRefuse("revendications", "Le jeton ne nomme pas l'organisation, le client et les finalités.")
    client = None if agent is not None and client_id == pages else client_id
    return Jeton(organisation, agent, frozenset(finalites), client, float(revendications["exp"]))


@dataclass(frozen=True, slots=True)
class Sujet:
    """Who asks, as token and registry together say it. ``agent`` is empty for a machine that names nobody."""

    partenaire: Partenaire
    agent: str
    etat: Agent
    habilitation: Habilitation | None
    finalites: frozenset[str]

    @property
    def agent_valide(self) -> str:
        """The agent, if it is known and habilitated today; else nobody."""
        return self.agent if self.etat is Agent.VALIDE else ""

    @property
    def secret(self) -> str:
        """What the habilitation says of professional secrecy."""
        return self.habilitation.secret if self.habilitation is not None else "aucun"


def reconnaitre(jeton: Jeton, registre: Instantane, agent: str | None, le: date) -> Sujet:
    """The subject of a verified token. A machine's token names its person by the header ``Agent``.

    Purposes are those that the token, the partner and the agent's habilitation all grant. An agent who is unknown or
    whose habilitation has ended is recognised as such: the policies refuse (403). ``JetonRefuse``: the client is not
    this partner's, or the partner is not, or no longer, in the registry.
    """
    partenaire = registre.partenaire(jeton.organisation, le)
    client = jeton.client_id
    if partenaire is None or (client is not None and registre.clients.get(client) != partenaire.code):
        raise JetonRefuse("partenaire", "Le jeton ne vient pas d'un partenaire inscrit au registre.")
    if jeton.agent is not None and agent not in (None, jeton.agent):
        raise JetonRefuse("agent_contradictoire", "L'en-tête Agent ne nomme pas la personne du jeton.")
    finalites = jeton.finalites & frozenset(partenaire.finalites)
    nom = jeton.agent or agent or ""
    if not nom:
        return Sujet(partenaire, "", Agent.ABSENT, None, finalites)
    etat, habilitation = registre.habilitation(partenaire.code, nom, le)
    if habilitation is not None:
        finalites &= frozenset(habilitation.finalites)
    return Sujet(partenaire, nom, etat, habilitation, finalites)


class EmetteurDemo:
    """The issuer of the demonstration: its key is made at start and dies with the process.

    Sign-in links are used once. They are for a loopback address and fictitious people; nothing else mounts them.
    """

    ISSUER: Final = "https://demonstration.unefois.invalid"
    AUDIENCE: Final = "unefois"

    def __init__(self, horloge: Callable[[], float] = time.time) -> None:
        self._cle = OKPKey.generate_key("Ed25519", parameters={"kid": secrets.token_hex(8), "use": "sig"})
        self._horloge = horloge
        self._liens: dict[str, dict[str, Any]] = {}
        self.emetteur = Emetteur(self.ISSUER, self.AUDIENCE, ClesLocales(KeySet([self._cle])))

    def jeton(
        self, organisation: str, client_id: str, finalites: Sequence[str], agent: str | None = None, duree: int = 28_800
    ) -> str:
        """An access token: a machine's, or a person's when ``agent`` is given."""
        maintenant = int(self._horloge())
        revendications: dict[str, Any] = {
            "iss": self.ISSUER,
            "aud": self.AUDIENCE,
            "iat": maintenant,
            "exp": maintenant + duree,
            "organisation": organisation,
            "client_id": client_id,
            "finalites": sorted(finalites),
        }
        if agent is not None:
            revendications["agent"] = agent
        entete = {"alg": "Ed25519", "kid": self._cle.kid, "typ": "at+jwt"}
        return jwt.encode(entete, revendications, self._cle, algorithms=["Ed25519"])

    def lien(self, organisation: str, client_id: str, finalites: Sequence[str], agent: str) -> str:
        """The secret part of a sign-in link for one person, good once."""
        code = secrets.token_urlsafe(24)
        self._liens[code] = {
            "organisation": organisation,
            "client_id": client_id,
            "finalites": finalites,
            "agent": agent,
        }
        return code

    def consommer(self, code: str) -> str:
        """The access token of the person of that link, which is then spent."""
        personne = self._liens.pop(code, None)
        if personne is None:
            raise JetonRefuse("lien_inconnu", "Ce lien de connexion n'existe pas, ou il a déjà servi.")
        return self.jeton(**personne)


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

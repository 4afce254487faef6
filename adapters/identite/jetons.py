"""Access tokens, verified against their issuer's keys.

A token says which organisation, which agent, which purposes were granted, through which client. It says nothing of
rights: role, territory and habilitations are the registry's. The algorithm list is closed (ES256, RS256, Ed25519),
so a token cannot choose ``none`` or turn a public key into a shared secret.

The ``agent`` is there when the issuer has seen the person: at a sign-in, or in a token exchange (RFC 8693), whose
``act`` says which client acts for her. A machine's own token has none: whom its header names is but its word.
"""

import asyncio
import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import orjson
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jws import extract_compact

from adapters.identite.cles import Cles
from adapters.identite.possession import (
    Presentation,
    Preuves,
    defi_dpop,
    liens,
    verifier_certificat,
)
from adapters.identite.refus import JetonRefuse
from adapters.identite.revendications import USUELLES, Lexique

ALGORITHMES: Final = ("ES256", "RS256", "Ed25519")

TOLERANCE: Final = 5
"""Seconds by which clocks may differ."""

_TAILLE_MAXIMALE: Final = 8192

_JETONS_GARDES: Final = 10_000


@dataclass(frozen=True, slots=True)
class Jeton:
    """What a verified token states. ``agent`` is None on a machine's token; ``expire_le`` in seconds since 1970.

    ``client_id`` is None for a person who signed in through our own pages, which serve every organisation.
    ``emetteur``, ``kid`` and ``empreinte`` (RFC 7638) name the key that signed it; empty for what no issuer signed,
    the command line's own. ``jkt``, ``x5t``: thumbprints of the key and of the certificate that it is bound to; empty:
    to none, it is good for whoever bears it.
    """

    organisation: str
    agent: str | None
    finalites: frozenset[str]
    client_id: str | None
    expire_le: float
    emetteur: str = ""
    kid: str = ""
    empreinte: str = ""
    jkt: str = ""
    x5t: str = ""


@dataclass(frozen=True, slots=True)
class Emetteur:
    """One issuer that we trust, the audience that its tokens must name, and our pages' own client there.

    ``lies``: a token of its that is presented to the API has to be bound. ``noms``: under which names it says what.
    ``ailleurs``: its tokens are for elsewhere; it signs persons in, whose sessions are good as long as its keys are.
    """

    issuer: str
    audience: str
    cles: Cles
    pages: str | None = None
    lies: bool = False
    noms: Lexique = USUELLES
    ailleurs: bool = False


INCONNUS_PAR_TOUR: Final = 2
"""Of those whose token is none that we know already, so many are looked at in one turn of the loop."""


class Identites:
    """Verifies tokens. What was verified is kept, by hash: a signature costs 70 µs, a look 0.5.

    It is kept until it expires, or until its issuer no longer publishes the very key that verified it. Whoever comes
    without a token that is known waits for a turn of the loop among its like: a crowd of them, all ready at once, would
    be answered before anybody else has an answer.
    """

    def __init__(self, emetteurs: Sequence[Emetteur], horloge: Callable[[], float] = time.time) -> None:
        self._emetteurs = {emetteur.issuer: emetteur for emetteur in emetteurs}
        self._horloge = horloge
        self._gardes: OrderedDict[bytes, tuple[Jeton, Emetteur, str, Any]] = OrderedDict()
        self._empreintes: dict[tuple[str, str], tuple[Any, str]] = {}  # as many as keys that were published
        self._tour = asyncio.Semaphore(INCONNUS_PAR_TOUR)
        self._preuves = Preuves(horloge)
        self._exigeants = frozenset(emetteur.issuer for emetteur in emetteurs if emetteur.lies)

    async def verifier(self, preuve: str | Jeton | Presentation) -> Jeton:
        """What the token states. ``JetonRefuse`` if it proves nothing, ``EmetteurIndisponible`` if nobody can say.

        What a token stated when a session was opened with it is good for as long as the token would be. A token that
        came straight from its issuer, and not from who presents it, is a text: it may be bound to nothing.
        """
        if isinstance(preuve, Presentation):
            return await self._presente(preuve)
        if isinstance(preuve, Jeton):
            await self._encore_bon(preuve)
            return preuve
        jeton = await self._connu(preuve)
        if jeton.jkt or jeton.x5t:
            raise _jeton_lie(jeton)
        return jeton

    async def _presente(self, presentation: Presentation) -> Jeton:
        try:
            jeton = await self._connu(presentation.jeton)
        except JetonRefuse as refus:
            if presentation.dpop:
                refus.defi = defi_dpop("invalid_token")
            raise
        if jeton.jkt or jeton.x5t or presentation.dpop or self._exigeants:
            self._verifier_possession(jeton, presentation)
        return jeton

    def _verifier_possession(self, jeton: Jeton, presentation: Presentation) -> None:
        if presentation.dpop != bool(jeton.jkt):
            raise _jeton_lie(jeton) if jeton.jkt else _jeton_libre()
        if not (jeton.jkt or jeton.x5t):
            if jeton.emetteur in self._exigeants:
                lier = "Ce service demande des jetons liés à une clé (DPoP) ou à un certificat (mTLS)."
                raise JetonRefuse("jeton_sans_lien", lier, defi=defi_dpop())
            return
        dite = presentation.demontrer()
        if jeton.x5t:
            verifier_certificat(jeton.x5t, dite)
        if jeton.jkt:
            self._preuves.verifier(presentation.jeton, jeton.jkt, dite)

    async def _attendre_son_tour(self) -> None:
        async with self._tour:
            await asyncio.sleep(0)

    async def _encore_bon(self, jeton: Jeton) -> None:
        if jeton.expire_le + TOLERANCE <= self._horloge():
            raise JetonRefuse("jeton_expire", "La session a expiré : connectez-vous de nouveau.")
        if jeton.emetteur:
            emetteur = self._emetteurs.get(jeton.emetteur)
            cle = None if emetteur is None else await _publiee(emetteur, jeton.kid)
            if cle is None or self._empreinte(jeton.emetteur, jeton.kid, cle) != jeton.empreinte:
                raise JetonRefuse("cle_inconnue", "La clé qui a signé la session n'est plus publiée.")

    def _empreinte(self, emetteur: str, kid: str, cle: Any) -> str:  # noqa: ANN401 - as in the port
        """The thumbprint of a published key (RFC 7638): made once, as long as that very key is published."""
        connue = self._empreintes.get((emetteur, kid))
        if connue is None or connue[0] is not cle:
            connue = self._empreintes[emetteur, kid] = cle, cle.thumbprint()
        return connue[1]

    async def _connu(self, texte: str) -> Jeton:
        if not texte:
            await self._attendre_son_tour()
            raise JetonRefuse("jeton_absent", "Un jeton d'accès est requis : « Authorization: Bearer … ».")
        empreinte = hashlib.sha256(texte.encode("utf-8", "surrogatepass")).digest()
        garde = self._gardes.get(empreinte)
        if garde is not None:
            jeton, emetteur, kid, cle = garde
            if jeton.expire_le + TOLERANCE > self._horloge() and await _publiee(emetteur, kid) is cle:
                return jeton
            self._gardes.pop(empreinte, None)
        await self._attendre_son_tour()
        emetteur, kid = self._annonce(texte)
        cle = await _publiee(emetteur, kid)
        empreinte_cle = self._empreinte(emetteur.issuer, kid, cle)
        lu = self._verifier(texte, emetteur, cle)
        jeton = replace(lu, emetteur=emetteur.issuer, kid=kid, empreinte=empreinte_cle)
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
        return _jeton(revendications, emetteur)

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
        if "crit" in entete:  # we know no extension; an empty list is no list (RFC 7515, 4.1.11)
            raise JetonRefuse("entete_critique", "Le jeton demande des extensions que ce service ne connaît pas.")
        nom = annonce.get("iss") if isinstance(annonce, dict) else None
        emetteur = self._emetteurs.get(nom) if isinstance(nom, str) else None
        if emetteur is None or emetteur.ailleurs:
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


def _jeton_lie(jeton: Jeton) -> JetonRefuse:
    if jeton.jkt:
        lie = "Ce jeton est lié à une clé : présentez-le par « Authorization: DPoP … », avec une preuve."
        return JetonRefuse("jeton_lie", lie, defi=defi_dpop("invalid_token"))
    return JetonRefuse("jeton_lie", "Ce jeton est lié à un certificat.", defi='Bearer error="invalid_token"')


def _jeton_libre() -> JetonRefuse:
    libre = (
        "Ce jeton n'est lié à aucune clé : présentez-le par « Authorization: Bearer … », ou demandez-en un qui l'est."
    )
    return JetonRefuse("jeton_libre", libre, defi=defi_dpop("invalid_token"))


def _refus(erreur: JoseError) -> JetonRefuse:
    match erreur.error:
        case "expired_token":
            return JetonRefuse("jeton_expire", "Le jeton a expiré : demandez-en un autre.")
        case _:
            return JetonRefuse("revendications", "Le jeton n'est pas destiné à ce service, ou pas encore valable.")


def _jeton(revendications: Mapping[str, Any], emetteur: Emetteur) -> Jeton:
    noms = emetteur.noms
    organisation, agent, finalites = (noms.de(revendications, quoi) for quoi in ("organisation", "agent", "finalites"))
    client_id = revendications.get("client_id", revendications.get("azp"))
    if noms.client:
        client_id = noms.de(revendications, "client")
    if isinstance(finalites, str):
        finalites = finalites.split()
    acteur = revendications.get("act", {"sub": client_id})
    if (
        not isinstance(organisation, str)
        or not isinstance(client_id, str)
        or not isinstance(finalites, list)
        or not all(isinstance(f, str) for f in finalites)
        or not (agent is None or (isinstance(agent, str) and agent))
        or not (isinstance(acteur, Mapping) and acteur.get("sub") == client_id)
    ):
        raise JetonRefuse(
            "revendications", "Le jeton ne nomme pas l'organisation, le client qui agit et les finalités."
        )
    client = None if agent is not None and client_id == emetteur.pages else client_id
    jkt, x5t = liens(revendications)
    return Jeton(organisation, agent, frozenset(finalites), client, float(revendications["exp"]), jkt=jkt, x5t=x5t)

"""The issuer of the demonstration: an issuer like another, with a key of its own.

The composition root gives it to ``Identites`` in demo mode only; the sandbox, an issuer whose key is kept.
"""

import secrets
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Final, NamedTuple

import orjson
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet, OKPKey
from joserfc.jws import deserialize_compact, extract_compact

from adapters.identite.cles import ClesLocales
from adapters.identite.jetons import TOLERANCE, Emetteur, Identites, Jeton
from adapters.identite.possession import FENETRE, Demonstration, Preuves
from adapters.identite.refus import JetonRefuse

_JETON: Final = "urn:ietf:params:oauth:token-type:access_token"
_IDENTITE: Final = "urn:ietf:params:oauth:token-type:id_token"
_ECHANGE: Final = {
    "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
    "subject_token_type": _IDENTITE,
    "actor_token_type": _JETON,
}
"""What a token exchange says (RFC 8693, 2.1) besides its two tokens."""
ASSERTION: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
"""How a client says that it signs who it is (RFC 7523, 2.2)."""
_BREF: Final = 600
"""Seconds that a token is good for that was asked for by exchange, or by a key."""
_ASSERTION_MAXIMALE: Final = 4096
LIENS_MAXIMAUX: Final = 4096
"""Sign-in links that were made and not followed: each look at a page that gives some makes others."""


class Machine(NamedTuple):
    """A client of the demonstration that has a key of its own: whose it is, what it may declare, its public key.

    ``agents``: the fictitious persons of its partner of whom it is believed that they signed in there.
    """

    organisation: str
    finalites: Sequence[str]
    cle: ECKey
    agents: Collection[str] = ()


class Invite(NamedTuple):
    """Who follows a sign-in link: its access token, and the purpose that is declared on entering, if one is."""

    jeton: str
    finalite: str


class EmetteurDemo:
    """The issuer of the demonstration: without ``cle``, its key is made at start and dies with the process.

    ``machines``: the clients that have a key, by their id. Sign-in links are used once. They are for a loopback address
    and fictitious people; nothing else mounts them.
    """

    ISSUER: Final = "https://demonstration.unefois.invalid"
    AUDIENCE: Final = "unefois"

    def __init__(
        self,
        horloge: Callable[[], float] = time.time,
        cle: OKPKey | None = None,
        machines: Mapping[str, Machine] | None = None,
    ) -> None:
        self._cle = cle or neuve()
        self._horloge = horloge
        self._liens: dict[str, tuple[dict[str, Any], str]] = {}
        self.machines: Mapping[str, Machine] = {} if machines is None else machines
        self._preuves = Preuves(horloge)
        self.emetteur = Emetteur(self.ISSUER, self.AUDIENCE, ClesLocales(KeySet([self._cle])))
        self._identites = Identites([self.emetteur], horloge)

    def jeton(
        self,
        organisation: str,
        client_id: str,
        finalites: Sequence[str],
        agent: str | None = None,
        duree: int = 28_800,
        *,
        jkt: str = "",
    ) -> str:
        """An access token: a machine's, or a person's when ``agent`` is given. ``jkt``: the key that it is bound to."""
        dits: dict[str, Any] = {"organisation": organisation, "client_id": client_id, "finalites": sorted(finalites)}
        dits |= {"cnf": {"jkt": jkt}} if jkt else {}
        return self._signer(self.AUDIENCE, duree, dits if agent is None else dits | {"agent": agent}, "at+jwt")

    def identite(self, agent: str, client_id: str, duree: int = 28_800) -> str:
        """What a person who signed in at its partner's own software shows there: an ID token, for that client."""
        return self._signer(client_id, duree, {"sub": agent}, "JWT")

    async def echanger(self, demande: Mapping[str, str]) -> dict[str, object]:
        """A token bound to the person, for a machine and the ID token of who signed in there (RFC 8693).

        It has the machine's purposes, says in ``act`` who acts for the person, and is good for ten minutes.
        ``JetonRefuse``: one of the two proves nothing, or the person signed in elsewhere.
        """
        if any(demande.get(nom) != valeur for nom, valeur in _ECHANGE.items()):
            attendus = ", ".join(f"{nom}={valeur}" for nom, valeur in _ECHANGE.items())
            raise JetonRefuse("echange", f"Un échange de jeton dit {attendus}, et porte les deux jetons.")
        machine = await self._identites.verifier(demande.get("actor_token", ""))
        if machine.agent is not None or machine.client_id is None:
            raise JetonRefuse("echange", "« actor_token » est le jeton d'une machine.")
        dits = {
            "organisation": machine.organisation,
            "client_id": machine.client_id,
            "finalites": sorted(machine.finalites),
            "agent": self._qui(demande.get("subject_token", ""), machine),
            "act": {"sub": machine.client_id},
        }
        jeton = self._signer(self.AUDIENCE, _BREF, dits, "at+jwt")
        return {"access_token": jeton, "issued_token_type": _JETON, "token_type": "Bearer", "expires_in": _BREF}

    def accorder(self, demande: Mapping[str, str], dite: Demonstration, adresse: str) -> dict[str, object]:
        """A machine's token, bound to the key of the proof: client credentials as FAPI 2.0 has them.

        The client signs who it is (private_key_jwt) for this issuer or this address; ``agent`` is who of its own signed
        in there. ``JetonRefuse``: it did not, or did already, or its proof proves nothing, or that person is not its.
        """
        if demande.get("grant_type") != "client_credentials":
            raise JetonRefuse("grant", "« grant_type » vaut « client_credentials ».")
        client_id, machine = self._client(demande, adresse)
        agent = demande.get("agent")
        if agent is not None and agent not in machine.agents:
            raise JetonRefuse("agent", "« agent » nomme une personne du partenaire de ce client, et de nul autre.")
        dits = {
            "organisation": machine.organisation,
            "client_id": client_id,
            "finalites": sorted(machine.finalites),
            "cnf": {"jkt": self._preuves.cle(dite)},
            **({} if agent is None else {"agent": agent, "act": {"sub": client_id}}),
        }
        jeton = self._signer(self.AUDIENCE, _BREF, dits, "at+jwt")
        return {"access_token": jeton, "token_type": "DPoP", "expires_in": _BREF}

    def lien(self, organisation: str, client_id: str, finalites: Sequence[str], agent: str, finalite: str = "") -> str:
        """The secret part of a sign-in link for one person, good once, while it is one of the last that were made.

        ``finalite``: the purpose that is declared on entering.
        """
        code = secrets.token_urlsafe(24)
        dits = {"organisation": organisation, "client_id": client_id, "finalites": finalites, "agent": agent}
        self._liens[code] = dits, finalite
        if len(self._liens) > LIENS_MAXIMAUX:
            del self._liens[next(iter(self._liens))]
        return code

    def consommer(self, code: str) -> Invite:
        """The person of that link, which is then spent."""
        personne, finalite = self._liens.pop(code, (None, ""))
        if personne is None:
            raise JetonRefuse("lien_inconnu", "Ce lien de connexion n'existe pas, ou il a déjà servi.")
        return Invite(self.jeton(**personne), finalite)

    def _signer(self, audience: str, duree: int, dits: Mapping[str, Any], typ: str) -> str:
        maintenant = int(self._horloge())
        revendications = {"iss": self.ISSUER, "aud": audience, "iat": maintenant, "exp": maintenant + duree, **dits}
        entete = {"alg": "Ed25519", "kid": self._cle.kid, "typ": typ}
        return jwt.encode(entete, revendications, self._cle, algorithms=["Ed25519"])

    def _qui(self, identite: str, machine: Jeton) -> str:
        """The person of an ID token that was issued to that machine, and to no other."""
        registre = jwt.JWTClaimsRegistry(
            now=int(self._horloge()),
            leeway=TOLERANCE,
            iss={"essential": True, "value": self.ISSUER},
            aud={"essential": True, "value": str(machine.client_id)},
            exp={"essential": True},
            sub={"essential": True},
        )
        try:
            revendications = jwt.decode(identite, self._cle, algorithms=["Ed25519"]).claims
            registre.validate(dict(revendications))
        except (JoseError, ValueError, TypeError) as erreur:
            raise JetonRefuse("echange", "« subject_token » ne prouve pas qui s'est connecté ici.") from erreur
        return str(revendications["sub"])

    def _client(self, demande: Mapping[str, str], adresse: str) -> tuple[str, Machine]:
        """The client that signed the assertion, which says so once."""
        texte = demande.get("client_assertion", "")
        if demande.get("client_assertion_type") != ASSERTION or len(texte) > _ASSERTION_MAXIMALE:
            raise _client_refuse()
        maintenant = self._horloge()
        try:
            revendications = orjson.loads(extract_compact(texte.encode()).payload)
            client_id, jti = str(revendications["sub"]), revendications["jti"]
            machine = self.machines[client_id]
            deserialize_compact(texte.encode(), machine.cle, algorithms=["ES256"])
            jwt.JWTClaimsRegistry(
                now=int(maintenant),
                leeway=TOLERANCE,
                iss={"essential": True, "value": client_id},
                aud={"essential": True, "values": [self.ISSUER, adresse]},
                exp={"essential": True},
            ).validate(revendications)
            # No longer than it is remembered.
            if revendications["exp"] > maintenant + FENETRE or demande.get("client_id", client_id) != client_id:
                raise _client_refuse()
            self._preuves.retenir(client_id, str(jti))
        except (JoseError, ValueError, TypeError, KeyError, JetonRefuse) as erreur:
            raise _client_refuse() from erreur
        return client_id, machine


def neuve() -> OKPKey:
    """A key to sign tokens with, under a name of its own."""
    return OKPKey.generate_key("Ed25519", parameters={"kid": secrets.token_hex(8), "use": "sig"})


def _client_refuse() -> JetonRefuse:
    return JetonRefuse(
        "client", f"« client_assertion » se signe (ES256) pour ici, pour {FENETRE} secondes au plus, une fois chacune."
    )

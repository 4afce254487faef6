"""The issuer of the demonstration: an issuer like another, with a key of its own made at start.

The composition root gives it to ``Identites`` in demo mode only.
"""

import secrets
import time
from collections.abc import Callable, Sequence
from typing import Any, Final

from joserfc import jwt
from joserfc.jwk import KeySet, OKPKey

from adapters.identite.cles import ClesLocales
from adapters.identite.jetons import Emetteur, JetonRefuse


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

"""A token that is bound to a key, and what shows that one has that key (DPoP, RFC 9449)."""

import base64
import hashlib
import time
from dataclasses import dataclass, field
from typing import Any, Final, Self
from uuid import uuid4

import orjson
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey

_ALGORITHMES: Final = {"P-256": "ES256", "Ed25519": "Ed25519"}


class CleIllisible(ValueError):
    """What should be a private key is none that signs proofs."""


@dataclass(frozen=True, slots=True)
class JetonLie:
    """A bound token, and its key."""

    jeton: str = field(repr=False)
    cle: ECKey | OKPKey = field(repr=False)

    @classmethod
    def lire(cls, jeton: str, jwk: str) -> Self:
        """``jwk``: the private key as JSON (RFC 7517), of P-256 or Ed25519. ``CleIllisible``."""
        try:
            lue = orjson.loads(jwk)
            cle = (OKPKey if lue["kty"] == "OKP" else ECKey).import_key(lue)
            if cle.curve_name not in _ALGORITHMES or not cle.is_private:
                raise CleIllisible
        except (JoseError, ValueError, TypeError, KeyError) as erreur:
            raise CleIllisible from erreur
        return cls(jeton, cle)

    def neuve(self) -> ECKey | OKPKey:
        """Another key of the same kind, that the token is not bound to."""
        if isinstance(self.cle, OKPKey):
            return OKPKey.generate_key("Ed25519")
        return ECKey.generate_key("P-256")

    def prouver(self, methode: str, adresse: str, cle: ECKey | OKPKey | None = None, **autrement: Any) -> str:  # noqa: ANN401 - claims
        """A proof for one request, never made before. ``cle``: signed by another key; ``autrement``: claims instead."""
        signe = cle or self.cle
        algorithme = _ALGORITHMES[str(signe.curve_name)]
        entete = {"typ": "dpop+jwt", "alg": algorithme, "jwk": signe.as_dict(private=False)}
        dite = {
            "jti": str(uuid4()),
            "htm": methode,
            "htu": adresse,
            "iat": int(time.time()),
            "ath": empreinte(self.jeton),
            **autrement,
        }
        return jwt.encode(entete, dite, signe, algorithms=[algorithme])


def empreinte(jeton: str) -> str:
    """Of a token, as a proof names it (``ath``)."""
    return base64.urlsafe_b64encode(hashlib.sha256(jeton.encode()).digest()).rstrip(b"=").decode()

"""Where a subscription is brought, and under which secrets: signed as Standard Webhooks has it, sealed at rest.

Of a mailbox, the secret is the code that was sent there, until somebody gives it back.
"""

import base64
import hashlib
import hmac
import secrets
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ledger.alea import tirer
from ledger.index import IndexAveugle

PREFIXE: Final = "whsec_"
RECOUVREMENT: Final = timedelta(hours=24)
"""For how long the secret before the last one signs too."""
ESSAIS: Final = 5
"""Wrong codes that may be given for one mailbox."""
_SIGNES: Final = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""Those of a code: none is taken for another."""
_LONGUEUR: Final = 10
_OCTETS: Final = 32
_NONCE: Final = 12


class SecretDeSignature(msgspec.Struct, frozen=True, array_like=True):
    """One secret, and until when it signs; None: it is the last one."""

    texte: str
    jusqu_a: datetime | None = None

    def __repr__(self) -> str:
        return "<scellé>"


class Destination(msgspec.Struct, frozen=True):
    """An address, and the secrets of who receives there: the last one, then the one before while it is still good.

    Or a mailbox, the code that confirms it (empty: it is confirmed), and how many wrong ones were given.
    """

    url: str
    secrets: tuple[SecretDeSignature, ...]
    courriel: str = ""
    code: str = ""
    essais: int = 0

    def __repr__(self) -> str:
        return "<scellé>"

    @property
    def ou(self) -> str:
        """One or the other; empty: nowhere."""
        return self.url or self.courriel

    def confirme_par(self, code: str) -> bool:
        """Whether it is the code that was sent there."""
        return self.code != "" and hmac.compare_digest(self.code.encode(), code.strip().upper().encode())

    def renouvelee(self, neuf: str, le: datetime) -> "Destination":
        """The same address under a new secret; the last one signs too for a while, and none before it."""
        return Destination(
            self.url, (SecretDeSignature(neuf), SecretDeSignature(self.secrets[0].texte, le + RECOUVREMENT))
        )

    def signer(self, id_: str, le: datetime, corps: bytes) -> dict[str, str]:
        """The headers by which a receiver knows that it is us, and when: a signature for each secret that is good."""
        instant = str(int(le.timestamp()))
        signe = b".".join((id_.encode(), instant.encode(), corps))
        bons = [s.texte for s in self.secrets if s.jusqu_a is None or s.jusqu_a > le]
        return {
            "webhook-id": id_,
            "webhook-timestamp": instant,
            "webhook-signature": " ".join(_signature(secret, signe) for secret in bons),
        }


class DestinationIllisible(Exception):
    """What was sealed does not open: altered, or sealed under another key than the blind index's of today."""


def tirer_un_secret() -> str:
    """A new secret, as its receiver is told it."""
    return PREFIXE + base64.b64encode(secrets.token_bytes(_OCTETS)).decode()


def tirer_un_code() -> str:
    """A new code, as the mailbox is told it: 50 bits."""
    return "".join(secrets.choice(_SIGNES) for _ in range(_LONGUEUR))


def sceller(index: IndexAveugle, id_: UUID, destination: Destination) -> bytes:
    """What is stored of it, for this subscription alone."""
    nonce = tirer()[:_NONCE]
    return nonce + _aes(index).encrypt(nonce, msgspec.json.encode(destination), id_.bytes)


def ouvrir(index: IndexAveugle, id_: UUID, octets: bytes) -> Destination:
    """What was stored. ``DestinationIllisible``."""
    try:
        clair = _aes(index).decrypt(octets[:_NONCE], octets[_NONCE:], id_.bytes)
    except (InvalidTag, ValueError) as erreur:
        raise DestinationIllisible from erreur
    return msgspec.json.decode(clair, type=Destination)


def _signature(secret: str, signe: bytes) -> str:
    cle = base64.b64decode(secret.removeprefix(PREFIXE))
    return "v1," + base64.b64encode(hmac.digest(cle, signe, hashlib.sha256)).decode()


def _aes(index: IndexAveugle) -> AESGCM:
    return AESGCM(index.empreinte("abonnement cle"))

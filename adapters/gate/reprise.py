"""Where a subscriber takes up its feed again, or a partner the list of its cases: sealed, of one reader at one purpose.

The token of a feed holds a position of the log, which nobody is told. It is sealed anew in each answer and always of
one length: that it changes, and by how much, tells nothing of what others wrote. The place of a list is a case that was
looked at, shown or not; the same place is the same text.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator
from datetime import date, timedelta
from struct import Struct
from typing import Final, NamedTuple
from uuid import UUID

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, AESSIV

from adapters.gate.contexte import Acces, Gate
from ledger.alea import tirer

JOURS: Final = 90
"""For how long a token is taken up again."""

_FORME: Final = Struct(">BQI8s")
_VERSION: Final = 1
_DROITS: Final = 8
_NONCE: Final = 12


class RepriseInconnue(Exception):
    """A token that was not given to this reader at this purpose, or was altered."""


class ReprisePerimee(Exception):
    """A token that is too old."""


class Reprise(NamedTuple):
    """After which position, and with which rights its reader read so far."""

    position: int
    droits: bytes


def sceller(gate: Gate, acces: Acces, reprise: Reprise) -> str:
    """The token, for this reader at this purpose alone."""
    clair = _FORME.pack(_VERSION, reprise.position, acces.le.toordinal(), reprise.droits)
    return fermer(gate, clair, _lie_a(gate, acces))


def ouvrir(gate: Gate, acces: Acces, jeton: str) -> Reprise:
    """What a token holds. ``RepriseInconnue``, ``ReprisePerimee``."""
    version, position, le, dits = _FORME.unpack(rouvrir(gate, jeton, _lie_a(gate, acces)))
    if version != _VERSION or acces.le - date.fromordinal(le) > timedelta(JOURS):
        raise ReprisePerimee
    return Reprise(position, dits)


def sceller_place(gate: Gate, acces: Acces, place: UUID) -> str:
    """A place in the list of its cases, for this reader at this purpose alone."""
    return urlsafe_b64encode(_siv(gate).encrypt(place.bytes, [_lie_a(gate, acces)])).rstrip(b"=").decode()


def ouvrir_place(gate: Gate, acces: Acces, jeton: str) -> UUID:
    """The place that is sealed in a text; ``RepriseInconnue``."""
    try:
        return UUID(bytes=_siv(gate).decrypt(_octets(jeton), [_lie_a(gate, acces)]))
    except (ValueError, InvalidTag) as erreur:
        raise RepriseInconnue from erreur


def fermer(gate: Gate, clair: bytes, lie_a: bytes) -> str:
    """These bytes as a token that says nothing of them, for whom they are bound to (``lie_a``) alone."""
    nonce = tirer()[:_NONCE]
    return urlsafe_b64encode(nonce + _aes(gate).encrypt(nonce, clair, lie_a)).rstrip(b"=").decode()


def rouvrir(gate: Gate, jeton: str, lie_a: bytes) -> bytes:
    """What ``fermer`` closed. ``RepriseInconnue`` for what it did not close for them."""
    try:
        octets = _octets(jeton)
        return _aes(gate).decrypt(octets[:_NONCE], octets[_NONCE:], lie_a)
    except (ValueError, InvalidTag) as erreur:
        raise RepriseInconnue from erreur


def _octets(jeton: str) -> bytes:
    return urlsafe_b64decode(jeton.encode("ascii") + b"=" * (-len(jeton) % 4))


def droits(gate: Gate, acces: Acces) -> bytes:
    """A hash of what opens cases to this reader beside the cases themselves: its own rows of the registry, the rules.

    What the registry says of others does not move it.
    """
    return gate.ledger.index.empreinte("flux droits", orjson.dumps(list(_dits(gate, acces))).decode())[:_DROITS]


def _dits(gate: Gate, acces: Acces) -> Iterator[object]:
    sujet, registre = acces.sujet, acces.registre
    partenaire, habilitation = sujet.partenaire, sujet.habilitation
    yield gate.decider.revision
    yield [partenaire.role, partenaire.siret, partenaire.territoire]
    yield from map(sorted, (partenaire.communes, partenaire.portefeuille, partenaire.finalites))
    yield [habilitation.secret, sorted(habilitation.finalites)] if habilitation else None
    mandats = registre.mandats_de(partenaire.code, acces.le)
    yield sorted([str(dossier), str(acces.personne(dossier))] for dossier in mandats)
    yield sorted(map(str, registre.seances_de(partenaire, acces.le)))


def _aes(gate: Gate) -> AESGCM:
    return AESGCM(gate.ledger.index.empreinte("flux cle"))


def _siv(gate: Gate) -> AESSIV:
    return AESSIV(gate.ledger.index.empreinte("liste cle"))


def _lie_a(gate: Gate, acces: Acces) -> bytes:
    """Whose token it is. An agent is not given what another read up to: they are not shown the same."""
    sujet = acces.sujet
    lu = sujet.partenaire.code, sujet.agent_valide, acces.finalite, str(acces.demande or "")
    return gate.ledger.index.empreinte("flux lecteur", *lu)

"""Envelope encryption: what is personal is sealed under the keys of its subject, bound to the place it stands in.

Three secrets, never one for two uses: the key-encryption key (``Kek``) wraps data keys; a data key per subject and
class seals blobs (``Trousseau``); the index secret (``ledger.index``) makes keyed hashes. Nothing here prints,
compares by value or pickles by accident: a ``Kek`` pickles for the import's own child process, and says so.
"""

import os
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from typing import Final
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from ledger.alea import tirer
from ledger.catalogue import Classe
from ledger.errors import Discordance, ScelleInvalide

TAILLE_CLE: Final = 32
_NONCE: Final = 12
SURPLUS: Final = _NONCE + 16
"""Bytes that sealing adds: a nonce and a tag."""
SEPARATEUR: Final = "\x1f"


def aad(*parties: object) -> bytes:
    """What a ciphertext is bound to. 0x1f stands in none of the parts: two lists never give the same bytes."""
    return SEPARATEUR.join(map(str, parties)).encode()


class Hacheur:
    """Makes keyed hashes under one secret, to compare without knowing: the same parts give the same 32 bytes.

    HMAC-SHA256, whose key is laid out once. It pickles, for the child process of an import, and prints nothing.
    """

    __slots__ = ("_pret", "_secret")

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self._pret = HMAC(secret, SHA256())

    def __reduce__(self) -> tuple[type["Hacheur"], tuple[bytes]]:
        return Hacheur, (self._secret,)

    def __repr__(self) -> str:
        return "<hacheur>"

    def __call__(self, *parties: object) -> bytes:
        """The hash of these parts, in their order."""
        hachage = self._pret.copy()
        hachage.update(aad(*parties))
        return hachage.finalize()


class Cle:
    """A key ready to seal and unseal with AES-256-GCM. It prints nothing."""

    __slots__ = ("_aes",)

    def __init__(self, octets: bytes) -> None:
        self._aes = AESGCM(octets)

    def __repr__(self) -> str:
        return "<clé>"

    def seal(self, clair: bytes, lie_a: bytes) -> bytes:
        """Nonce, then ciphertext and tag."""
        nonce = tirer()[:_NONCE]
        return nonce + self._aes.encrypt(nonce, clair, lie_a)

    def unseal(self, scelle: bytes, lie_a: bytes) -> bytes:
        """The clear bytes; ``ScelleInvalide`` if they were sealed elsewhere, under another key, or altered."""
        try:
            return self._aes.decrypt(scelle[:_NONCE], scelle[_NONCE:], lie_a)
        except InvalidTag as e:
            raise ScelleInvalide("Un contenu scellé ne s'ouvre pas à la place où il se trouve.") from e


class Kek:
    """The key-encryption key of one tenant. It pickles, for the child process of an import, and prints nothing."""

    __slots__ = ("_cle", "_octets")

    def __init__(self, octets: bytes) -> None:
        if len(octets) != TAILLE_CLE:
            raise ValueError("La clé de chiffrement des clés compte 32 octets.")
        self._octets = octets
        self._cle = Cle(octets)

    def __reduce__(self) -> tuple[type["Kek"], tuple[bytes]]:
        return Kek, (self._octets,)

    def __repr__(self) -> str:
        return "<clé de chiffrement des clés>"

    def wrap(self, cle: bytes, sujet: str, classe: Classe) -> bytes:
        """A data key, bound to its subject and class: swapped with another, it does not unwrap."""
        return self._cle.seal(cle, aad(sujet, classe))

    def unwrap(self, scellee: bytes, sujet: str, classe: Classe) -> bytes:
        """The data key; ``ScelleInvalide`` if it was wrapped for another subject or class."""
        return self._cle.unseal(scellee, aad(sujet, classe))

    def nouvelle(self, sujet: str, classe: Classe) -> bytes:
        """A fresh data key, wrapped."""
        return self.wrap(os.urandom(TAILLE_CLE), sujet, classe)


Requise = tuple[str, Classe]
"""A key, by its subject (a person, or the dossier for what the household has in common) and its class."""


class Trousseau:
    """The keys of one dossier, as they stood when it was read. A key is unwrapped when it is used, not before.

    It lives as long as one request. Nothing keeps it longer, so a destroyed key is gone from the next request on.
    A subject is named by its id as text, as blobs name it: a UUID is six times slower to write into what binds a key.
    ``effaces``: the subjects that have a tombstone. ``sans_tombe``: those that the log says erased, and that have none.
    """

    __slots__ = ("_kek", "_ouvertes", "_scellees", "dossier", "effaces", "sans_tombe", "tenant")

    def __init__(
        self,
        tenant: str,
        dossier: UUID,
        scellees: Mapping[Requise, bytes],
        kek: Kek,
        effaces: AbstractSet[str] = frozenset(),
    ) -> None:
        self.tenant = tenant
        self.dossier = dossier
        self.effaces = effaces
        self.sans_tombe: AbstractSet[str] = frozenset()
        self._scellees = dict(scellees)
        self._kek = kek
        self._ouvertes: dict[Requise, Cle] = {}

    def __repr__(self) -> str:
        return "<trousseau>"

    def __reduce__(self) -> tuple[type["Trousseau"], tuple[str, UUID, dict[Requise, bytes], Kek, AbstractSet[str]]]:
        return Trousseau, (self.tenant, self.dossier, self._scellees, self._kek, self.effaces)

    def __contains__(self, cle: Requise) -> bool:
        return cle in self._scellees

    def get(self, sujet: str, classe: Classe) -> Cle | None:
        """The key of a subject (one id, or several joined by ``+``); None when one of them has a tombstone (erased).

        A text about several persons is under a key derived from all of theirs: the erasure of any of them
        erases it. ``Discordance`` for a key that is absent although nobody was erased.
        """
        ouverte = self._ouvertes.get((sujet, classe))
        if ouverte is not None:
            return ouverte
        sujets = sujet.split("+") if "+" in sujet else (sujet,)
        if not self.sans_tombe.isdisjoint(sujets):
            raise Discordance(self.dossier, "effacement_sans_tombe")
        if not self.effaces.isdisjoint(sujets):
            return None
        cles = []
        for un_sujet in sujets:
            scellee = self._scellees.get((un_sujet, classe))
            if scellee is None:
                raise Discordance(self.dossier, "cle_absente")
            cles.append(self._kek.unwrap(scellee, un_sujet, classe))
        cle = Cle(cles[0] if len(cles) == 1 else _deriver(cles, sujet, classe))
        self._ouvertes[sujet, classe] = cle
        return cle

    def tient(self, sujet: str, classe: Classe) -> bool:
        """Whether ``get`` would give a key: none is unwrapped for it."""
        return all((un_sujet, classe) in self._scellees for un_sujet in sujet.split("+"))

    def refermer(self) -> None:
        """Let go of the keys that are open: a key ready for use takes ten times the room of a wrapped one."""
        self._ouvertes.clear()

    @property
    def sujets(self) -> AbstractSet[str]:
        """Who has a key."""
        return {sujet for sujet, _ in self._scellees}

    def couvre(self, requises: Iterable[Requise]) -> bool:
        """Whether each of these keys is there, or its subject is erased."""
        absentes = frozenset(requises).difference(self._scellees)
        return all(sujet in self.effaces for sujet, _ in absentes)

    def avec(self, scellees: Mapping[Requise, bytes]) -> "Trousseau":
        """The same, with more wrapped keys."""
        return Trousseau(self.tenant, self.dossier, {**self._scellees, **scellees}, self._kek, self.effaces)

    def avec_ceux(self, autres: Iterable["Trousseau"]) -> "Trousseau":
        """The keys of several dossiers of one tenant: no subject is of two of them."""
        ensemble = self.avec({})
        for autre in (self, *autres):
            ensemble._scellees.update(autre._scellees)  # noqa: SLF001 - of our own class
            # Not in place: who asked for the same case at the same time was given the same set.
            ensemble.effaces = ensemble.effaces | autre.effaces
            ensemble.sans_tombe = ensemble.sans_tombe | autre.sans_tombe
        return ensemble

    def vierge(self, dossier: UUID) -> "Trousseau":
        """The keyring of a dossier that nothing was sealed for yet, in the same tenant."""
        return Trousseau(self.tenant, dossier, {}, self._kek)

    def complete(self, manquantes: Iterable[Requise]) -> tuple["Trousseau", dict[Requise, bytes]]:
        """The same with fresh keys, open already, for what is missing; and those keys, wrapped, to be made durable."""
        ouvertes: dict[Requise, Cle] = {}
        scellees: dict[Requise, bytes] = {}
        for sujet, classe in manquantes:
            if (sujet, classe) not in self._scellees:
                octets = os.urandom(TAILLE_CLE)
                ouvertes[sujet, classe] = Cle(octets)
                scellees[sujet, classe] = self._kek.wrap(octets, sujet, classe)
        suivant = self.avec(scellees)
        suivant._ouvertes.update(self._ouvertes | ouvertes)  # noqa: SLF001 - of our own class
        return suivant, scellees

    def nouvelles(self, manquantes: Iterable[Requise]) -> dict[Requise, bytes]:
        """Fresh wrapped keys for what is missing. They seal nothing that lasts before they are durable."""
        return {
            (sujet, classe): self._kek.nouvelle(sujet, classe)
            for sujet, classe in manquantes
            if (sujet, classe) not in self._scellees
        }


def _deriver(cles: list[bytes], sujet: str, classe: Classe) -> bytes:
    return HKDF(SHA256(), TAILLE_CLE, salt=None, info=aad("personnes", sujet, classe)).derive(b"".join(cles))

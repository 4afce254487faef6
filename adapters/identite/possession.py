"""What shows that who presents a token is who it was issued to: its key (DPoP, RFC 9449), its certificate (RFC 8705).

A token that is bound says to what in ``cnf``. It opens nothing to who has a copy of it and no more. A proof holds for
one method, one address, one token, a minute, once: who repeats it is refused by the process that saw it.
"""

import base64
import binascii
import hashlib
import hmac
import re
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple
from urllib.parse import unquote_to_bytes

import msgspec
import orjson
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey
from joserfc.jws import deserialize_compact, extract_compact

from adapters.identite.refus import JetonRefuse
from ledger.errors import Sature

COURBES: Final[Mapping[str, tuple[str, str]]] = {"ES256": ("EC", "P-256"), "Ed25519": ("OKP", "Ed25519")}
"""The algorithms of a proof, and the one kind of key that each takes."""
_GENRES: Final[Mapping[str, Any]] = {"ES256": ECKey, "Ed25519": OKPKey}
MEMBRES: Final = frozenset({"kty", "crv", "x", "y", "kid", "use", "alg", "key_ops"})
"""What the key of a proof may say of itself: nothing private."""
FENETRE: Final = 60
"""Seconds for which a proof is good."""
AVANCE: Final = 5
"""Seconds by which its author's clock may be ahead of ours."""
PREUVE_MAXIMALE: Final = 4096
JTI_MAXIMAL: Final = 256
CERTIFICAT_MAXIMAL: Final = 16 * 1024
PREUVES_GARDEES: Final = 50_000
PAR_CLE: Final = 5_000
"""Proofs remembered at once, of all and of one key: some 250 bytes each. Beyond, one has to come back."""
_PEM: Final = re.compile(rb"-----BEGIN CERTIFICATE-----\s([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----\s*", re.ASCII)


class Demonstration(NamedTuple):
    """What came with a token: the method, whether an address is the one that was asked, the proofs, the certificates.

    ``certificats``: as our proxy tells them, and nobody else.
    """

    methode: str
    vise: Callable[[str], bool]
    preuves: Sequence[bytes] = ()
    certificats: Sequence[bytes] = ()


class Presentation(msgspec.Struct, frozen=True):
    """A token as it was presented; what came with it is asked for only where it matters."""

    jeton: str
    dpop: bool
    demontrer: Callable[[], Demonstration]


def liens(revendications: Mapping[str, Any]) -> tuple[str, str]:
    """The thumbprints of the key and of the certificate that a token is bound to; empty: to none.

    ``JetonRefuse``: it is bound to something that is not known here, and would open to whoever has it.
    """
    if "cnf" not in revendications:
        return "", ""
    cnf = revendications["cnf"]
    if not isinstance(cnf, Mapping) or not cnf or not cnf.keys() <= {"jkt", "x5t#S256"}:
        raise _liaison_inconnue()
    if not all(isinstance(empreinte, str) and empreinte for empreinte in cnf.values()):
        raise _liaison_inconnue()
    return cnf.get("jkt", ""), cnf.get("x5t#S256", "")


class Preuves:
    """Checks proofs, and remembers those that served for as long as they could serve again. One per process."""

    def __init__(self, horloge: Callable[[], float] = time.time) -> None:
        self._horloge = horloge
        self._vues: OrderedDict[bytes, tuple[float, str]] = OrderedDict()
        self._par_cle: Counter[str] = Counter()

    def verifier(self, jeton: str, jkt: str, dite: Demonstration) -> None:
        """A proof of the key that the token is bound to, for this request, never seen. ``JetonRefuse`` otherwise.

        ``Sature``: so many were seen that this one could not be remembered.
        """
        ath = base64.urlsafe_b64encode(hashlib.sha256(jeton.encode()).digest()).rstrip(b"=")
        self._prouver(dite, jkt, ath.decode())

    def cle(self, dite: Demonstration) -> str:
        """The thumbprint of the key that a token asked for so is to be bound to: as ``verifier``, before any token."""
        return self._prouver(dite, None, None)

    def _prouver(self, dite: Demonstration, jkt: str | None, ath: str | None) -> str:
        if len(dite.preuves) != 1:
            quoi = "Une preuve est requise, et une seule : l'en-tête « DPoP »."
            raise preuve_refusee("preuve_absente" if not dite.preuves else "preuve_multiple", quoi)
        alg, cle, revendications = _lire(dite.preuves[0])
        vue = cle.thumbprint()
        if jkt is not None and not hmac.compare_digest(vue.encode(), jkt.encode()):
            raise preuve_refusee("preuve_autre_cle", "La preuve n'est pas de la clé à laquelle le jeton est lié.")
        _signee(dite.preuves[0], alg, cle)
        self._pour_cette_demande(revendications, ath, dite)
        self.retenir(vue, revendications["jti"])
        return str(vue)

    def _pour_cette_demande(self, revendications: Mapping[str, Any], ath: str | None, dite: Demonstration) -> None:
        htu, iat, jti = revendications.get("htu"), revendications.get("iat"), revendications.get("jti")
        if revendications.get("htm") != dite.methode or not isinstance(htu, str) or not dite.vise(htu):
            raise preuve_refusee("preuve_adresse", "« htm » et « htu » sont la méthode et l'adresse de cette requête.")
        age = self._horloge() - iat if isinstance(iat, int | float) and not isinstance(iat, bool) else FENETRE + 1
        if not -AVANCE <= age <= FENETRE:
            raise preuve_refusee("preuve_date", f"« iat » est l'heure de cette requête, à {FENETRE} secondes près.")
        if ath is not None and revendications.get("ath") != ath:
            raise preuve_refusee("preuve_jeton", "« ath » est l'empreinte SHA-256 du jeton présenté.")
        if not isinstance(jti, str) or not 0 < len(jti) <= JTI_MAXIMAL:
            raise preuve_refusee(
                "preuve_jti", f"« jti » est un texte de 1 à {JTI_MAXIMAL} caractères, une fois chacun."
            )

    def retenir(self, jkt: str, jti: str) -> None:
        """Once, for as long as what says it could be good. ``JetonRefuse`` the second time."""
        maintenant = self._horloge()
        while self._vues and (premiere := next(iter(self._vues.values())))[0] < maintenant:
            self._vues.popitem(last=False)
            self._par_cle[premiere[1]] -= 1
            if not self._par_cle[premiere[1]]:
                del self._par_cle[premiere[1]]
        # A lone surrogate is a text too.
        vue = hashlib.sha256(f"{jkt} {jti}".encode("utf-8", "surrogatepass")).digest()
        if vue in self._vues:
            raise preuve_refusee("preuve_rejouee", "Cette preuve a déjà servi : faites-en une par requête.")
        if len(self._vues) >= PREUVES_GARDEES or self._par_cle[jkt] >= PAR_CLE:
            raise Sature("Trop de preuves sont arrivées en une minute : renvoyez celle-ci dans un instant.")
        self._vues[vue] = maintenant + FENETRE + AVANCE, jkt
        self._par_cle[jkt] += 1


def verifier_certificat(x5t: str, dite: Demonstration) -> None:
    """The certificate of the connection is the one that the token is bound to. ``JetonRefuse`` otherwise."""
    if len(dite.certificats) != 1:
        raise JetonRefuse("certificat_absent", "Ce jeton est lié à un certificat : présentez-le à la connexion.")
    vue = _empreinte(dite.certificats[0])
    if vue is None or not hmac.compare_digest(vue, x5t.encode()):
        raise JetonRefuse("certificat", "Ce jeton est lié à un autre certificat que celui de la connexion.")


def preuve_refusee(code: str, message: str) -> JetonRefuse:
    """A proof that shows nothing, whoever the token is of: who presents it is not known to be that one."""
    return JetonRefuse(code, message, defi=defi_dpop("invalid_dpop_proof"))


def defi_dpop(erreur: str = "") -> str:
    """What asks for a bound token and its proof, or says what was wrong with those (RFC 9449, 7.1)."""
    return "DPoP " + (f'error="{erreur}", ' if erreur else "") + f'algs="{" ".join(COURBES)}"'


def _liaison_inconnue() -> JetonRefuse:
    return JetonRefuse("liaison_inconnue", "Le jeton est lié (« cnf ») autrement que par « jkt » ou « x5t#S256 ».")


def _lire(preuve: bytes) -> tuple[str, Any, Mapping[str, Any]]:
    """The algorithm, the public key and the claims that a proof says: nothing of it is believed yet."""
    illisible = preuve_refusee("preuve_illisible", "L'en-tête « DPoP » n'est pas une preuve (RFC 9449, 4.2).")
    if len(preuve) > PREUVE_MAXIMALE:
        raise illisible
    try:
        objet = extract_compact(preuve)
        entete, revendications = objet.headers(), orjson.loads(objet.payload)
    except (JoseError, ValueError, TypeError, KeyError) as erreur:
        raise illisible from erreur
    if entete.get("typ") != "dpop+jwt" or "crit" in entete or not isinstance(revendications, dict):
        raise illisible
    alg, jwk = entete.get("alg"), entete.get("jwk")
    if not isinstance(alg, str) or alg not in COURBES:
        raise preuve_refusee("preuve_algorithme", f"Une preuve est signée par {' ou '.join(COURBES)}.")
    if not isinstance(jwk, dict) or not jwk.keys() <= MEMBRES or (jwk.get("kty"), jwk.get("crv")) != COURBES[alg]:
        raise preuve_refusee("preuve_cle", "« jwk » est une clé publique, et publique seulement, de cet algorithme.")
    try:
        cle = _GENRES[alg].import_key({nom: jwk[nom] for nom in jwk.keys() & {"kty", "crv", "x", "y"}})
    except (JoseError, ValueError, TypeError, KeyError) as erreur:
        raise preuve_refusee("preuve_cle", "« jwk » n'est pas une clé publique valable.") from erreur
    return alg, cle, revendications


def _signee(preuve: bytes, alg: str, cle: Any) -> None:  # noqa: ANN401 - joserfc's keys share no public type
    try:
        deserialize_compact(preuve, cle, algorithms=[alg])
    except (JoseError, ValueError, TypeError) as erreur:
        raise preuve_refusee("preuve_signature", "La preuve n'est pas signée par la clé qu'elle porte.") from erreur


def _empreinte(dit: bytes) -> bytes | None:
    """The thumbprint of a certificate, as nginx writes it (``$ssl_client_escaped_cert``); None if it is none."""
    if len(dit) > CERTIFICAT_MAXIMAL or (pem := _PEM.fullmatch(unquote_to_bytes(dit))) is None:
        return None
    try:
        der = base64.b64decode(b"".join(pem[1].split()), validate=True)
    except (binascii.Error, ValueError):
        return None
    return base64.urlsafe_b64encode(hashlib.sha256(der).digest()).rstrip(b"=")

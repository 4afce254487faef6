"""Who a person is, as her identity provider says it, and who of the registry that is: never by a ``sub`` alone."""

import base64
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Self

import orjson

from adapters.identite.refus import JetonRefuse
from adapters.identite.revendications import Lexique
from adapters.registre.instantane import Instantane

_SIRET: Final = re.compile(r"[0-9]{14}")
_LONGUEUR_MAXIMALE: Final = 320
"""Characters of an e-mail address (RFC 3696), and of anything shorter."""
_USAGE: Final = b"unefois: pseudonymes des agents"


@dataclass(frozen=True, slots=True, repr=False)
class Personne:
    """A person as her identity provider knows her. A ``sub`` is of an issuer, and changes with it: it is not here."""

    idp: str
    courriel: str
    siret: str

    @classmethod
    def lire(cls, revendications: Mapping[str, Any], noms: Lexique) -> Self:
        """From the claims of who signed in; ``JetonRefuse`` if they do not say all three."""
        dits = [noms.de(revendications, quoi) for quoi in ("idp", "courriel", "siret")]
        textes = [dit.strip() for dit in dits if isinstance(dit, str) and 0 < len(dit.strip()) <= _LONGUEUR_MAXIMALE]
        if len(textes) != len(dits) or "@" not in textes[1] or not _SIRET.fullmatch(textes[2]):
            manque = (
                "Votre fournisseur d'identité n'a pas dit qui il est, votre adresse professionnelle et votre SIRET."
            )
            raise JetonRefuse("identite_incomplete", manque)
        return cls(textes[0], textes[1].lower(), textes[2])


class Pseudonymes:
    """Names persons as the registry does: by a keyed hash of all three, which tells nobody who they are."""

    def __init__(self, secret: bytes) -> None:
        self._cle = hmac.digest(secret, _USAGE, "sha256")

    def __repr__(self) -> str:
        return "<pseudonymes>"

    def de(self, personne: Personne) -> str:
        """The pseudonym of a person: the same as long as her provider, her address and her establishment are."""
        dite = orjson.dumps([personne.idp, personne.courriel, personne.siret])
        return "a-" + base64.b32encode(hmac.digest(self._cle, dite, "sha256")[:15]).decode().lower()


def rapprocher(personne: Personne, agent: str, registre: Instantane, le: date) -> tuple[str, frozenset[str]]:
    """The partner of whose establishment she is, and that habilitates her on that day; with its purposes.

    ``JetonRefuse``: there is none, or there are several: which hat she wears, nobody but her can say.
    """
    siens = [
        partenaire
        for partenaire in registre.partenaires.values()
        if partenaire.siret == personne.siret
        and registre.partenaire(partenaire.code, le) is not None
        and registre.habilitation(partenaire.code, agent, le) is not None
    ]
    if not siens:
        raise JetonRefuse("agent", "Votre compte n'a pas d'habilitation en cours.")
    if len(siens) > 1:
        plusieurs = "Votre compte est habilité sous plusieurs rôles : demandez un compte pour chacun."
        raise JetonRefuse("agent_ambigu", plusieurs)
    return siens[0].code, frozenset(siens[0].finalites)

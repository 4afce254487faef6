"""Which claim of an issuer holds what."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Final, Self


@dataclass(frozen=True, slots=True)
class Lexique:
    """Under which name an issuer says what. A name that is no claim is a path, from object to object, by its dots.

    ``client``: empty for the usual ones, ``client_id`` and ``azp``.
    """

    organisation: str = "organisation"
    client: str = ""
    agent: str = "agent"
    finalites: str = "finalites"
    siret: str = "siret"
    idp: str = "idp_id"
    courriel: str = "email"
    amr: str = "amr"

    @classmethod
    def lire(cls, texte: str) -> Self:
        """``quoi=revendication``, separated by commas; ``ValueError`` for what is not so."""
        dits = dict(paire.strip().split("=", 1) for paire in texte.split(",") if paire.strip())
        if not dits.keys() <= {champ.name for champ in fields(cls)} or not all(dits.values()):
            raise ValueError(texte)
        return cls(**dits)

    def de(self, revendications: Mapping[str, Any], quoi: str) -> Any:  # noqa: ANN401 - JSON
        """What the claims say of that; None: nothing."""
        nom = getattr(self, quoi)
        if nom in revendications:
            return revendications[nom]
        vu: Any = revendications
        for pas in nom.split("."):
            vu = vu.get(pas) if isinstance(vu, Mapping) else None
        return vu


USUELLES: Final = Lexique()
"""The names that this service has for them."""

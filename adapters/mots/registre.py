"""What the registry says of its things, in words: partners, habilitations, mandates, commissions."""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from adapters.mots import libelles

_DITS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "annulee_le": "annulée le",
        "au": "jusqu'au",
        "client_id": "client",
        "confirme_par": "confirmé par",
        "convoquee_le": "convoquée le",
        "finalites": "finalités",
        "genre": "commission",
        "libelle": "nom",
        "legal_ref": "référence légale",
        "par": "accordée par",
        "regime": "régime",
        "retire_le": "retiré le",
        "revoque_le": "révoqué le",
        "revoquee_le": "révoquée le",
        "role": "rôle",
        "seance_le": "séance du",
        "secret": "secret professionnel",
        "secretariat": "secrétariat",
        "siret": "SIRET",
        "sorti_le": "sorti le",
        "suspendu_le": "suspendu le",
        "tag": "comment on le sait",
        "valid_from": "en vigueur du",
        "valid_to": "en vigueur jusqu'au",
    }
)
_JOUR: Final = re.compile(r"\d{4}-\d\d-\d\d")


def nomme(champ: str) -> str:
    """What a column says, in words."""
    return _DITS.get(champ, champ.replace("_", " "))


def ecrit(dit: object) -> str:
    """A value of the registry, in words where it is a day, a purpose or a role."""
    if dit is None or dit in ("", []):
        return "–"
    if isinstance(dit, list):
        return ", ".join(map(ecrit, dit))
    texte = str(dit)
    return libelles.jour(texte) if _JOUR.fullmatch(texte) else libelles.role(libelles.finalite(texte))

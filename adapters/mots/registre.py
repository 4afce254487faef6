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
        "client_id": "logiciel client",
        "confirme_par": "confirmé par",
        "convoquee_le": "convoquée le",
        "finalites": "finalités",
        "genre": "commission",
        "id": "numéro",
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
_MOTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "2nd-HAND": "on le rapporte",
        "ARTICLE_7_2": "article 7-2 de la loi 90-449",
        "AUCUN": "aucun",
        "INFERRED": "on le déduit",
        "STATED": "le texte le dit",
        "deliberative": "délibérative",
        "departement": "département",
    }
)
"""Codes of the registry that a person reads otherwise."""
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
    if _JOUR.fullmatch(texte):
        return libelles.jour(texte)
    return _MOTS.get(texte) or libelles.role(libelles.finalite(texte))

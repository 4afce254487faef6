"""Why a paper is not made, and what to do."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

SANS_APPUI: Final = "SANS_APPUI"
A_NE_PAS_ECRIRE: Final = "A_NE_PAS_ECRIRE"
SANS_ADRESSE: Final = "SANS_ADRESSE"
SANS_DIAGNOSTIC: Final = "SANS_DIAGNOSTIC"
SANS_SIEGE: Final = "SANS_SIEGE"
SEANCE_PASSEE: Final = "SEANCE_PASSEE"
DEMESURE: Final = "DOCUMENT_DEMESURE"
PHRASES: Final[Mapping[str, str]] = MappingProxyType(
    {
        SANS_APPUI: "Ce courrier s'appuie sur un acte, un montant ou une date qui ne vous est pas connu.",
        A_NE_PAS_ECRIRE: "Une personne de ce ménage a demandé qu'on ne lui écrive pas : joignez-la autrement.",
        SANS_ADRESSE: "Le nom ou l'adresse du ménage ne vous est pas communiqué : ce courrier ne peut pas partir.",
        SANS_DIAGNOSTIC: "Aucun diagnostic social et financier transmis ne vous est connu.",
        SANS_SIEGE: "Personne n'a de siège à cette séance : dites d'abord qui y siège.",
        SEANCE_PASSEE: "Cette séance est tenue, passée ou annulée : il n'y a plus à écrire pour y convier.",
        DEMESURE: "Ce qui est à imprimer ne tient pas sur ce document : lisez-le dans le dossier partagé.",
    }
)
"""By code. What is unknown and what is withheld have one sentence: a refusal tells nothing of what is there."""


class PapierImpossible(Exception):
    """A paper that is not to be made; ``code``: why, of ``PHRASES``."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code

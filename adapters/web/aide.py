"""Where the help says what to do about a refusal. Of a 404, one place, whatever there is or is not (law 5)."""

from collections.abc import Mapping
from typing import Final

INTROUVABLE: Final = "introuvable"
REMEDES: Final[Mapping[str, str]] = {
    "AGENT_INVALIDE": "habilitation",
    "AGENT_REQUIS": "habilitation",
    "JETON_PERSONNEL_REQUIS": "habilitation",
    "HABILITATION_SECRET_REQUISE": "habilitation",
    "ROLE_INCONNU": "habilitation",
    "FINALITE_NON_ACCORDEE": "finalite-refusee",
    "FINALITE_INCONNUE": "finalite-refusee",
    "FINALITE_REFUSEE": "finalite-refusee",
    "FINALITE_PAS_EN_VIGUEUR": "finalite-refusee",
    "ACTION_NON_ACCORDEE": "finalite-refusee",
    "VUE_NON_ACCORDEE": "finalite-refusee",
    "EVENEMENT_NON_ACCORDE": "finalite-refusee",
    "HORS_FINALITE": "finalite-refusee",
    "STADE_SANS_OBJET": "procedure",
    "SAISINE_REQUISE": "procedure",
    "DEMANDE_REQUISE": "demande",
    "INFORMATION_MENAGE_REQUISE": "information",
    "OPPOSITION": "opposition",
    "LIMITATION": "limitation",
    "AUTRE_LIEN_REQUIS": "lien",
    "AUTRE_COMMISSION": "lien",
    "AUTRE_PERSONNE": "personne",
    "ACCORD_INTERESSE": "personne",
}
"""By reason of a refusal, the paragraph of the help; of any other, the general one."""


def remede(statut: int, code: str = "") -> str:
    """Where it is said what to do; empty: the error says it."""
    if statut == 404:  # noqa: PLR2004 - HTTP's
        return f"/aide#{INTROUVABLE}"
    return f"/aide#{REMEDES.get(code, 'refus')}" if statut == 403 else ""  # noqa: PLR2004 - HTTP's

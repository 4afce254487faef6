"""What the menu offers to a function at a purpose. It opens nothing: the gate does."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from adapters.mots.libelles import finalites
from adapters.web.commissions import COMEX, COMMISSIONS
from policies.decision import Action


@dataclass(frozen=True, slots=True)
class PageOfferte:
    """A page of the menu: offered to who may do ``action``, at ``finalites`` (None: at each).

    ``sauf``: it is not offered to who may do that too: who answers persons has no case of its own.
    """

    adresse: str
    nom: str
    action: Action
    finalites: frozenset[str] | None = None
    exemple: str = ""
    """Where there the case that the demonstration shows is to be looked at."""
    sauf: Action | None = None


_DROITS: Final = frozenset({"DROITS_PERSONNE"})
_TRAVAIL: Final = frozenset(finalites()) - {"CONTROLE"} - _DROITS
"""Purposes at which one has cases of one's own: who controls looks at what others did, and a person has its file."""

_EN_COMMISSION: Final = frozenset(f for c in COMMISSIONS for f in c.finalites)
"""The purposes of commissions."""

ENTREES: Final = (
    PageOfferte("/demandes", "Demandes en cours", Action.RECHERCHER, _DROITS),
    PageOfferte("/personnes", "Retrouver une personne", Action.RECHERCHER, _DROITS),
    PageOfferte("/mon-dossier", "Mon dossier", Action.LISTER, _DROITS, sauf=Action.RECHERCHER),
    PageOfferte("/bureau", "Mon bureau", Action.LIRE, _TRAVAIL),
    PageOfferte("/attentes", "Attendu de moi", Action.LIRE, _TRAVAIL),
    PageOfferte("/dossiers", "Mes dossiers", Action.LIRE, _TRAVAIL, "/dossiers/{}"),
    PageOfferte("/recherche", "Chercher", Action.RECHERCHER, _TRAVAIL),
    PageOfferte("/signaler", "Signaler un ménage", Action.OUVRIR),
    *(
        PageOfferte(c.adresse, "File active", Action.LISTER, frozenset(c.finalites), c.adresse + "/{}")
        for c in COMMISSIONS
    ),
    PageOfferte("/calendrier", "Calendrier", Action.SIEGER, _EN_COMMISSION),
    PageOfferte("/calendrier", "Calendrier", Action.LISTER, frozenset(COMEX.finalites), sauf=Action.SIEGER),
    PageOfferte("/seances", "Séances", Action.SIEGER),
    PageOfferte("/suites", "Suites des séances", Action.CONVOQUER, _EN_COMMISSION),
    PageOfferte("/listes", "Dépôt d'une liste", Action.OUVRIR, frozenset({"ACTE_EMISSION", "CLIL_EXAMEN"})),
    PageOfferte("/indicateurs", "Indicateurs", Action.LISTER, _EN_COMMISSION | {"STATISTIQUE"}),
    PageOfferte("/journal", "Journal des accès", Action.AUDITER, frozenset({"CONTROLE"}), "/journal?dossier={}"),
)


def menu(actions: Collection[str], finalite: str) -> tuple[PageOfferte, ...]:
    """What a person is offered at a purpose, of what its function may do there."""
    return tuple(
        e
        for e in ENTREES
        if e.action in actions and e.sauf not in actions and (e.finalites is None or finalite in e.finalites)
    )

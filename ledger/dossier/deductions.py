"""What follows from what an event says, and stands in clear beside it: set when the event is decided, never sent.

What waits for an answer is looked for without a key. One bit of a sealed field says that it came, and not which it was.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from ledger.catalogue import AvisRendu, Enveloppe, Evenement, RecommandationSuivie, RenseignementRepondu, Rubrique
from ledger.dossier import renseignements
from ledger.dossier.etat import Dossier
from ledger.droit.attentes import regle_de

Deduction = Callable[[Any, Enveloppe, Dossier], Evenement]


def deduire(e: Evenement, enveloppe: Enveloppe, dossier: Dossier) -> Evenement:
    """The event with what follows from it, on the state of the case that it is said of."""
    deduction = _DEDUCTIONS.get(type(e))
    return e if deduction is None else deduction(e, enveloppe, dossier)


def _suite(e: RecommandationSuivie, enveloppe: Enveloppe, dossier: Dossier) -> Evenement:
    return replace(
        e,
        destinataire=_destinataire(dossier, e.recommandation),
        terminee=termine(e.statut, enveloppe.survenu_le),
    )


def _destinataire(dossier: Dossier, recommandation: UUID) -> str | None:
    emises = dossier.rubriques.get(Rubrique.SOLLICITATIONS, {}).values()
    siennes = {version: dit for dits in emises for version, dit in dits.items() if dit.cle == recommandation}
    return str(siennes[max(siennes)].destinataire) if siennes else None


def termine(statut: object, le: date) -> bool:
    """Whether nothing more is expected of a recommendation once that was told of it, as of that day."""
    regle = regle_de("RecommandationEmise", "", le)
    return regle is not None and statut in regle.condition.get("statut", ())


def _reponse(e: RenseignementRepondu, _enveloppe: Enveloppe, dossier: Dossier) -> Evenement:
    posee = renseignements.demande_de(dossier, e.renseignement)
    return replace(e, destinataire=None if posee is None else posee.par)


def _avis(e: AvisRendu, _enveloppe: Enveloppe, _dossier: Dossier) -> Evenement:
    return replace(e, menage_avise=e.menage_avise_le is not None)


_DEDUCTIONS: Final[Mapping[type[Evenement], Deduction]] = MappingProxyType(
    {RecommandationSuivie: _suite, RenseignementRepondu: _reponse, AvisRendu: _avis}
)

"""What a condition is decided on, and what every correction needs."""

from collections.abc import Callable, Mapping
from typing import Any, Final
from uuid import UUID

import msgspec

from ledger import catalogue as ev
from ledger.catalogue import Enveloppe, Evenement
from ledger.dossier.etat import INDELEBILES, Dossier
from ledger.dossier.refus import ActeRefuse

PAROLES: Final = (
    ev.AccordRecueilli,
    ev.AccordRetire,
    ev.OppositionEnregistree,
    ev.OppositionLevee,
    ev.DroitExerce,
    ev.DroitRepondu,
    ev.EffacementDemande,
    ev.EffacementAvise,
    ev.EffacementDecide,
    ev.ActeProtege,
)
"""What the person said or asked, and what is under secrecy: its author alone corrects it."""


class Circonstances(msgspec.Struct, frozen=True):
    """What an event is decided on: the state before it, its envelope, the opened demands; ``champ`` holds its data.

    ``corrige_autrui``: its author may correct what others told.
    """

    dossier: Dossier
    enveloppe: Enveloppe
    demandes72: Mapping[UUID, ev.Demande72]
    champ: str
    corrige_autrui: bool

    def du_fait(self, nom: str) -> str:
        """A field of the event itself, beside its data."""
        return f"{self.champ.removesuffix('.donnees')}.{nom}"


Condition = Callable[[Any, Circonstances], None]


def corrigible(s: Circonstances, corrige: UUID, champ: str) -> Evenement:
    """The event that is corrected, if it is this author's to correct, and stands."""
    passe = s.dossier.passes.get(corrige)
    sienne = passe is not None and (
        passe.enveloppe.partenaire == s.enveloppe.partenaire
        or (s.corrige_autrui and not isinstance(passe.evenement, PAROLES))
    )
    if passe is None or not sienne:
        raise ActeRefuse("correction", champ)
    if isinstance(passe.evenement, INDELEBILES):
        raise ActeRefuse("correction_impossible", champ)
    if isinstance(passe.evenement, ev.RapprochementTranche):
        raise ActeRefuse("rapprochement_tranche", champ)
    if s.dossier.corrige(corrige):
        raise ActeRefuse("deja_corrige", champ)
    return passe.evenement

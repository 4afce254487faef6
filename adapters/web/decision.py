"""What a case shows first to who instructs a request for the police's help. Pure: what the gate answered, in words."""

from collections.abc import Sequence
from dataclasses import dataclass

from adapters.gate.requisition import Requisition
from adapters.web.fait_montre import Document, FaitMontre, Noms
from adapters.web.fiche import faits
from ledger.echeances.horloge import Horloge


@dataclass(frozen=True, slots=True)
class DecisionAPrendre:
    """Where a request stands, the facts in words, the clocks as they are counted from what is shown.

    ``decisions`` and ``ecrits``: where the forms are of what may be decided or asked, and of what came on paper.
    ``comptees``: the situations that its reader is shown enough to count; of the others nothing is said.
    """

    requise: FaitMontre | None
    decision: FaitMontre | None
    enquete: FaitMontre | None
    recue: FaitMontre | None
    expulsion: FaitMontre | None
    avis: FaitMontre | None
    besoins: Sequence[FaitMontre]
    silence: Horloge | None
    treve: Horloge | None
    responsabilite: Horloge | None
    decisions: Sequence[tuple[str, str]]
    ecrits: Sequence[tuple[str, str]]
    comptees: Sequence[str]


def decision_a_prendre(
    etat: Requisition,
    besoins: Sequence[Document],
    noms: Noms,
    decisions: Sequence[tuple[str, str]],
    ecrits: Sequence[tuple[str, str]],
    comptees: Sequence[str],
) -> DecisionAPrendre:
    """Arrange where a request stands. ``noms``: who a code or SIRET is."""

    def en_mots(fait: Document | None) -> FaitMontre | None:
        return None if fait is None else faits({"faits": [fait]}, noms)[0]

    return DecisionAPrendre(
        requise=en_mots(etat.requise),
        decision=en_mots(etat.decision),
        enquete=en_mots(etat.enquete),
        recue=en_mots(etat.recue),
        expulsion=en_mots(etat.expulsion),
        avis=en_mots(etat.avis),
        besoins=faits({"faits": besoins}, noms),
        silence=etat.silence,
        treve=etat.treve,
        responsabilite=etat.responsabilite,
        decisions=decisions,
        ecrits=ecrits,
        comptees=comptees,
    )

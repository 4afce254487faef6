"""Two cases of one household: read as one for as long as both say so, and what is left to sort once they do not."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from ledger import catalogue as ev
from ledger.catalogue import Fait, Rubrique
from ledger.dossier.etat import Dits, Dossier

RELU: Final = "RELU"
"""The decision by which the instructeur says to have looked at two cases as one."""
DOSSIERS_REUNIS: Final = 8
"""Cases that are read as one at most."""

_SANS_TRI: Final = (
    ev.RapprochementSuggere,
    ev.RapprochementTranche,
    ev.FaitMaintenu,
    ev.FaitRecu,
    ev.FaitCorrige,
    ev.EffacementDemande,
    ev.EffacementAvise,
    ev.EffacementDecide,
    ev.EffacementEngage,
    ev.PersonneEffacee,
)
"""What is said of the case itself, or takes something of it back: it is nobody else's."""


def reunis(etat: Dossier) -> dict[UUID, str]:
    """The cases that one says to be of its household, and by which decision: they have to say so too."""
    return {autre: dit for autre, dit in etat.rapprochements.items() if dit in ev.REUNISSENT}


def relus(etat: Dossier) -> frozenset[UUID]:
    """Those of them with which it says that the instructeur has looked at it as one."""
    return frozenset(autre for autre, dit in etat.rapprochements.items() if dit == RELU)


def reunis_le(faits: Sequence[Fait], etat: Dossier, connu_le: datetime | None) -> dict[UUID, str]:
    """With which cases one was read as one at a moment, and by which decision; one that was corrected is none."""
    if connu_le is None or not etat.rapprochements:
        return reunis(etat)
    dites: dict[UUID, str] = {}
    for fait in faits:
        e = fait.evenement
        connue = fait.enregistre_le is not None and fait.enregistre_le <= connu_le
        if connue and isinstance(e, ev.RapprochementTranche) and not etat.corrige(fait.enveloppe.id):
            dites[e.autre] = e.decision
    return {autre: decision for autre, decision in dites.items() if decision in ev.REUNISSENT}


def a_trier(etat: Dossier) -> frozenset[UUID]:
    """What was told while the case was read as one with another, from which it is apart by now, and is not sorted."""
    if not etat.rapprochements:
        return frozenset()
    ensemble, maintenus = reunis(etat), etat.rubriques.get(Rubrique.MAINTENUS, {})
    periodes = [
        periode
        for autre, dits in etat.rubriques[Rubrique.RAPPROCHEMENTS].items()
        if autre not in ensemble
        for periode in _periodes(dits)
    ]
    return frozenset(
        id_
        for id_, passe in etat.passes.items()
        if any(debut < passe.version < fin for debut, fin in periodes)
        and not isinstance(passe.evenement, _SANS_TRI)
        and id_ not in maintenus
        and not etat.corrige(id_)
    )


def _periodes(dits: Dits) -> Iterator[tuple[int, int]]:
    """From the decision that joined to the one that separated, by their versions."""
    debut: int | None = None
    for version in sorted(dits):
        decision = dits[version]
        if decision in ev.REUNISSENT:
            debut = version if debut is None else debut
        elif decision is not None and debut is not None:
            yield debut, version
            debut = None

"""Which files a case takes: one that goes with an act of its author's own."""

from typing import Final

from ledger import catalogue as ev
from ledger.dossier.circonstances import Circonstances
from ledger.dossier.refus import ActeRefuse

PIECES_PAR_DOSSIER: Final = 100
"""Files of one partner in one case, those that it took back included: they are kept too."""


def joignable(e: ev.Evenement) -> bool:
    """Whether a file may go with such a fact: an act whose whole content is of the procedure.

    Not a diagnostic: what it says has recipients of its own (F21), and a file shows all of it at once.
    """
    return isinstance(e, ev.Acte) and e.GROUPE == ev.PieceJointe.GROUPE and not isinstance(e, ev.DiagnosticTransmis)


def piece(e: ev.PieceJointe, s: Circonstances) -> None:
    """``ActeRefuse`` where the act is not its author's to complete, or where that author has brought too many files."""
    vise = s.dossier.passes.get(e.acte)
    sien = vise is not None and vise.enveloppe.partenaire == s.enveloppe.partenaire
    if vise is None or not sien or not joignable(vise.evenement) or s.dossier.corrige(e.acte):
        raise ActeRefuse("acte_inconnu", f"{s.champ}.acte")
    siennes = [
        passe
        for passe in s.dossier.passes.values()
        if isinstance(passe.evenement, ev.PieceJointe) and passe.enveloppe.partenaire == s.enveloppe.partenaire
    ]
    if len(siennes) >= PIECES_PAR_DOSSIER:
        raise ActeRefuse(
            "trop_de_pieces",
            f"{s.champ}.acte",
            f"Vous avez joint {PIECES_PAR_DOSSIER} pièces à ce dossier : réunissez les suivantes dans un seul PDF.",
        )

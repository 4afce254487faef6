"""What stops an erasure, as dated rows (``obstacles.csv``): the sentence, the text, the delay in months if any.

``ledger.dossier.obstacles`` says when each of them stands in the way of a case. Their order is that in which they are
told. ``tag`` says how the row is known: STATED (the text says it), INFERRED.
"""

from dataclasses import dataclass
from datetime import date
from functools import cache

from ledger.droit.rangees import lire


@dataclass(frozen=True, slots=True)
class Obstacle:
    """One row: what stops an erasure decided or executed from ``valid_from`` to ``valid_to``, both included."""

    code: str
    motif: str
    mois: int
    legal_ref: str
    tag: str
    valid_from: date
    valid_to: date

    @property
    def phrase(self) -> str:
        """What is told: the cause, what it waits for, and the article."""
        return f"{self.motif} ({self.legal_ref})."


@cache
def historique() -> tuple[Obstacle, ...]:
    """Every row, in the order of the file. A day left empty bounds nothing."""
    return lire("obstacles.csv", Obstacle)


def en_vigueur(le: date) -> dict[str, Obstacle]:
    """The rows in force on a day, by their code."""
    return {o.code: o for o in historique() if o.valid_from <= le <= o.valid_to}

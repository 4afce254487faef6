"""At which levels a commission sits, as dated rows (``niveaux.csv``): département, arrondissement, commune.

A day left empty bounds nothing. ``tag`` says how the row is known: STATED (the text says it), 2nd-HAND, INFERRED.
"""

from dataclasses import dataclass
from datetime import date
from functools import cache

from ledger.droit.rangees import lire


@dataclass(frozen=True, slots=True)
class Niveau:
    """One row: where the commission can sit from ``valid_from`` to ``valid_to``, both included."""

    instance: str
    niveau: str
    valid_from: date
    valid_to: date
    legal_ref: str
    tag: str


@cache
def historique() -> tuple[Niveau, ...]:
    """Every row, in the order of the file."""
    return lire("niveaux.csv", Niveau)

"""At which levels a commission sits, as dated rows (``niveaux.csv``): département, arrondissement, commune.

A day left empty bounds nothing. ``tag`` says how the row is known: STATED (the text says it), 2nd-HAND, INFERRED.
"""

import csv
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path


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
    with Path(__file__).with_name("niveaux.csv").open(encoding="utf-8", newline="") as flux:
        return tuple(
            Niveau(
                instance=rangee["instance"],
                niveau=rangee["niveau"],
                valid_from=date.fromisoformat(rangee["valid_from"]) if rangee["valid_from"] else date.min,
                valid_to=date.fromisoformat(rangee["valid_to"]) if rangee["valid_to"] else date.max,
                legal_ref=rangee["legal_ref"],
                tag=rangee["tag"],
            )
            for rangee in csv.DictReader(flux)
        )

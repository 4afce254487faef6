"""The legal regimes that a commission may sit under, as dated rows (``regimes.csv``). A kind that has none has no row.

Art. 7-2 of the loi 90-449 lifts professional secrecy towards the CCAPEX; no text extends it to a CLIL or a COMEX.
"""

from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Final

from ledger.droit.rangees import lire

AUCUN: Final = "AUCUN"


@dataclass(frozen=True, slots=True)
class RegimeDeDroit:
    """One row: what a kind of commission sits under from ``valid_from`` to ``valid_to``, both included."""

    instance: str
    regime: str
    valid_from: date
    valid_to: date
    legal_ref: str
    tag: str


@cache
def historique() -> tuple[RegimeDeDroit, ...]:
    """Every row, in the order of the file."""
    return lire("regimes.csv", RegimeDeDroit)


def regime(instance: str, le: date) -> str:
    """What a commission of that kind sits under on a day, where no body says so; ``AUCUN``: no text of its own."""
    return next((r.regime for r in historique() if r.instance == instance and r.valid_from <= le <= r.valid_to), AUCUN)

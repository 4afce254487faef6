"""What a number or a day can be: bounds set by texts, as dated rows (``bornes.csv``), and those of common sense.

A day before ``NAISSANCES_DEPUIS`` or ``ACTES_DEPUIS`` is a mistyped one: the year 987, the day 0 of a spreadsheet.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Final

from ledger.droit.rangees import lire

NAISSANCES_DEPUIS: Final = date(1900, 1, 1)
"""Nobody is older; no lease, no move, no payment either."""

ACTES_DEPUIS: Final = date(1990, 1, 1)
"""Acts of a procedure of the loi of 6 July 1989, as the loi of 31 May 1990 has them told to the State."""

AVENIR: Final = timedelta(days=5 * 366)
"""How far ahead a hearing, a session or a deadline can be."""

CALENDRIER: Final = (ACTES_DEPUIS, date(2100, 12, 31))
"""The days on which what falls due can be asked for, or supposed: the years of Python end, and some delays are long."""


@dataclass(frozen=True, slots=True)
class Borne:
    """One row: what a number can be from ``valid_from`` to ``valid_to``, all included."""

    nom: str
    minimum: int
    maximum: int
    valid_from: date
    valid_to: date
    legal_ref: str
    tag: str


@cache
def historique() -> tuple[Borne, ...]:
    """Every row, in the order of the file."""
    return lire("bornes.csv", Borne)


def borne(nom: str, le: date) -> Borne | None:
    """What a number can be on a day; None for one that no text bounds."""
    return next((b for b in historique() if b.nom == nom and b.valid_from <= le <= b.valid_to), None)

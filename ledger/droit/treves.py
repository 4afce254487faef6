"""The winter truce, as dated rows (``treves.csv``): from which day to which, for the winters that begin in which years.

``tag`` says how the row is known: STATED (the text says it), RECALL (to be read again).
"""

from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache

from ledger.droit.rangees import lire


@dataclass(frozen=True, slots=True)
class Treve:
    """One row: the truce of the winters that begin from ``hiver_de`` to ``hiver_a``, both included; or ever since."""

    debut: str
    fin: str
    hiver_de: int
    hiver_a: int | None
    legal_ref: str
    tag: str

    def de(self, hiver: int) -> tuple[date, date]:
        """Its first and its last day in the winter that begins in that year."""
        return date.fromisoformat(f"{hiver}-{self.debut}"), date.fromisoformat(f"{hiver + 1}-{self.fin}")


@cache
def historique() -> tuple[Treve, ...]:
    """Every row, in the order of the file."""
    return lire("treves.csv", Treve)


@lru_cache(maxsize=4096)
def treve(jour: date) -> tuple[date, date] | None:
    """The truce that a day is in, from its first to its last day; None outside of one."""
    for hiver in (jour.year - 1, jour.year):
        for rangee in historique():
            if rangee.hiver_de <= hiver and (rangee.hiver_a is None or hiver <= rangee.hiver_a):
                debut, fin = rangee.de(hiver)
                if debut <= jour <= fin:
                    return debut, fin
    return None

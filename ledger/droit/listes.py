"""The closed lists of codes, as dated rows (``listes.csv``): what each code means, between which days, by which text.

A code is added by adding a row and closed by dating its ``valid_to``: what was stored with it opens for ever, and
keeps its words. A day left empty bounds nothing: the lists that came with the first version hold as far back as
acts go. ``tag`` says how the row is known: STATED (the text says it), 2nd-HAND (a commentary does), INFERRED.
"""

from dataclasses import dataclass
from datetime import date
from functools import cache

from ledger.droit.rangees import lire


@dataclass(frozen=True, slots=True)
class Terme:
    """One row: what the code names from ``valid_from`` to ``valid_to``, both included."""

    liste: str
    code: str
    libelle: str
    valid_from: date | None
    valid_to: date | None
    legal_ref: str
    tag: str

    def en_vigueur(self, le: date) -> bool:
        """Whether the code can be said of something true on that day."""
        return (self.valid_from is None or self.valid_from <= le) and (self.valid_to is None or le <= self.valid_to)


@cache
def historique() -> tuple[Terme, ...]:
    """Every row, in the order of the file, which is the order in which a list is shown."""
    return lire("listes.csv", Terme)


@cache
def _par_liste() -> dict[str, dict[str, tuple[Terme, ...]]]:
    listes: dict[str, dict[str, tuple[Terme, ...]]] = {}
    for terme in historique():
        termes = listes.setdefault(terme.liste, {})
        termes[terme.code] = (*termes.get(terme.code, ()), terme)
    return listes


def listes() -> tuple[str, ...]:
    """The names of the lists."""
    return tuple(_par_liste())


def codes(liste: str) -> tuple[str, ...]:
    """Every code that the list ever had; ``KeyError`` if there is no such list."""
    return tuple(_par_liste()[liste])


def termes(liste: str, le: date) -> tuple[Terme, ...]:
    """The rows of a list in force on a day."""
    return tuple(t for rangees in _par_liste()[liste].values() for t in rangees if t.en_vigueur(le))


def en_vigueur(liste: str, code: str, le: date) -> bool:
    """Whether the list had that code on that day."""
    return any(t.en_vigueur(le) for t in _par_liste()[liste].get(code, ()))


def libelle(liste: str, code: str) -> str:
    """The words of a code, those of its last row; the code itself where the list does not know it."""
    rangees = _par_liste()[liste].get(code)
    return rangees[-1].libelle if rangees else code

"""The rules of the law's clocks, as dated rows (``echeances.csv``). ``ledger.echeances`` applies them.

depart, annonce, arret  which acts start a clock, which announce one that has not started, which stop it: see
                        ``ledger.echeances.chronologie``. ``lit``: what else is read of acts, in the same words.
nombre, unite           how long, backwards if negative; or so many as a field of the act says (``duree_de_l_acte``),
                        within the bounds of ``borne`` (``bornes.csv``).
convention              ``PROROGE``: a last day on which nothing is done is put off to the next working day. Only where
                        an act or a formality must be accomplished (CPC 640 and 642; règlement n° 1182/71, art. 3).
effet                   which day comes after the last one: the next day, that of a signification, of an enforcement.
issues                  the state while it runs | stopped in time | stopped late | once past, for all that is known.
autre, autre_si         the other reading where two stand, and under which condition.

``valid_from`` and ``valid_to``, both included, are days of the act that starts it. ``tag`` says how the row is known:
STATED (the text says it), 2nd-HAND (a commentary does), INFERRED, RECALL (to be read again).
"""

from dataclasses import dataclass
from datetime import date
from functools import cache
from itertools import groupby
from typing import Final

from ledger.droit.rangees import lire

ORDINAIRES: Final = ("delai", "periode", "constat", "heures")
"""What rows alone say. Any other ``calcul`` is applied to all the rows that name it, together."""


@dataclass(frozen=True, slots=True, eq=False)
class Regle:
    """One row: how a rule counts, for the acts of ``valid_from`` to ``valid_to``. It is the same as itself alone."""

    regle: str
    libelle: str
    calcul: str
    depart: str
    annonce: str
    repere: str
    nombre: int | None
    duree_de_l_acte: str
    unite: str
    convention: str
    effet: str
    arret: str
    lit: str
    issues: tuple[str, ...]
    dernier: str
    premier: str
    manque: str
    borne: str
    autre: str
    autre_si: str
    valid_from: date
    valid_to: date
    legal_ref: str
    tag: str

    @property
    def combien(self) -> int:
        """How many units, where the row says it."""
        return self.nombre or 0

    def en_vigueur(self, le: date) -> bool:
        """Whether it counts what an act of that day starts."""
        return self.valid_from <= le <= self.valid_to


@cache
def historique() -> tuple[Regle, ...]:
    """Every row, in the order of the file. A day left empty bounds nothing."""
    return lire("echeances.csv", Regle, issues=lambda ecrites: tuple(ecrites.split("|")))


@cache
def familles() -> tuple[tuple[Regle, ...], ...]:
    """The rows that are applied together: the versions of one rule, or the rules of one calculation."""
    return tuple(
        tuple(rangees)
        for _, rangees in groupby(historique(), lambda r: r.regle if r.calcul in ORDINAIRES else r.calcul)
    )


def version(regles: tuple[Regle, ...], le: date) -> Regle | None:
    """The row in force on the day of an act; None where none is."""
    for regle in regles:
        if regle.valid_from <= le <= regle.valid_to:
            return regle
    return None

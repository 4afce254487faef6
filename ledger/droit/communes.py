"""The communes of Seine-Saint-Denis and their arrondissement, as dated rows (``communes.csv``).

A code means something at a date only: 93059 (Pierrefitte-sur-Seine) is a commune until 31 December 2024, and
six communes changed arrondissement in 2017. Arrondissement 93001 is not commune 93001: the types differ.
"""

from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import NewType

from ledger.droit.rangees import lire

CodeArrondissement = NewType("CodeArrondissement", str)


@dataclass(frozen=True, slots=True)
class Commune:
    """One row: what the code names from ``valid_from`` to ``valid_to``, both included."""

    code: str
    nom: str
    arrondissement: CodeArrondissement
    valid_from: date
    valid_to: date | None
    successeur: str | None
    legal_ref: str
    tag: str

    def en_vigueur(self, le: date) -> bool:
        """Whether the commune exists on that day."""
        return self.valid_from <= le and (self.valid_to is None or le <= self.valid_to)


@cache
def historique() -> tuple[Commune, ...]:
    """Every row ever in force, in the order of the file."""
    return lire("communes.csv", Commune, arrondissement=CodeArrondissement)


@cache
def _par_code() -> dict[str, tuple[Commune, ...]]:
    rangees = historique()
    return {code: tuple(r for r in rangees if r.code == code) for code in {r.code for r in rangees}}


def commune(code: str, le: date) -> Commune | None:
    """What ``code`` names on that day, or None."""
    return next((c for c in _par_code().get(code, ()) if c.en_vigueur(le)), None)


def communes(le: date) -> tuple[Commune, ...]:
    """The communes of the département on that day: 40 until 2024, 39 since."""
    return tuple(c for c in historique() if c.en_vigueur(le))


def commune_actuelle(code: str, le: date) -> Commune | None:
    """The commune that answers on that day for ``code``, followed through mergers."""
    present = commune(code, le)
    if present is not None:
        return present
    derniere = next((c for c in reversed(_par_code().get(code, ())) if c.valid_from <= le), None)
    return None if derniere is None or derniere.successeur is None else commune_actuelle(derniere.successeur, le)


@cache
def commune_finale(code: str) -> str:
    """The code under which a place is compared: that of the commune it was last merged into, else its own."""
    successeur = next((c.successeur for c in reversed(_par_code().get(code, ())) if c.successeur), None)
    return code if successeur is None else commune_finale(successeur)

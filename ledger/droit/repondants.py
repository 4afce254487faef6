"""Who can answer, before the household is asked: for each thing that is told, the roles that hold it, by dated rows."""

from dataclasses import dataclass
from datetime import date
from functools import cache

from ledger.droit.rangees import lire


@dataclass(frozen=True, slots=True)
class Detenteur:
    """A role that holds something, and the text by which it does."""

    donnee: str
    role: str
    valid_from: date
    valid_to: date
    legal_ref: str
    tag: str


@cache
def repondants(donnee: str, le: date) -> tuple[Detenteur, ...]:
    """Whom one may ask of something on a day, in the order of the rows."""
    return tuple(r for r in historique() if r.donnee == donnee and r.valid_from <= le <= r.valid_to)


@cache
def historique() -> tuple[Detenteur, ...]:
    """Every row of ``repondants.csv``."""
    return lire("repondants.csv", Detenteur)

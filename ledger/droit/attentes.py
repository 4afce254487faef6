"""What a fact asks of somebody, as dated rows (``attentes.csv``): which fact, of which commission, and what answers it.

``a_qui``: of whom: the ``destinataire`` that the fact names, the secretariat of its ``commission``, the ``agent`` who
follows the household and to whose service it is addressed under secrecy. ``repond``: the events that answer, each with
the field that names what it answers, where it has one; ``corrige`` is that of its envelope. ``condition``: of the codes
of an answer, those after which nothing more is expected. ``mois``: it is expected that long after the fact; where a row
has none, a due date is the fact's own, or there is none. ``passee``: it is expected once its due date is past.
"""

from dataclasses import dataclass
from datetime import date
from functools import cache

from ledger.droit.indicateurs import Codes, condition
from ledger.droit.rangees import lire

Reponses = dict[str, str]
"""By event that answers, the field by which it names what it answers; empty where it names nothing."""


@dataclass(frozen=True, slots=True)
class RegleDAttente:
    """One row: what facts of a day from ``valid_from`` to ``valid_to``, both included, ask of whom answers them."""

    genre: str
    libelle: str
    evenement: str
    instance: str
    a_qui: str
    repond: Reponses
    condition: Codes
    mois: int
    passee: bool
    valid_from: date
    valid_to: date
    legal_ref: str
    tag: str


def _reponses(ecrites: str) -> Reponses:
    return {nom: champ for nom, _, champ in (ecrite.partition(".") for ecrite in ecrites.split())}


@cache
def historique() -> tuple[RegleDAttente, ...]:
    """Every row, in the order of the file."""
    return lire("attentes.csv", RegleDAttente, repond=_reponses, condition=condition, passee="oui".__eq__)


@cache
def genres() -> tuple[str, ...]:
    """Every kind of what is expected, in the order of the file."""
    return tuple(dict.fromkeys(regle.genre for regle in historique()))


def regle_de(evenement: str, instance: str, le: date) -> RegleDAttente | None:
    """What a fact of that day asks; None if no row says that it asks anything."""
    return next(
        (
            regle
            for regle in historique()
            if regle.evenement == evenement
            and regle.instance in {"", instance}
            and regle.valid_from <= le <= regle.valid_to
        ),
        None,
    )

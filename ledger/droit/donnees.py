"""What the fields of events tell of a household, and who is believed where they disagree: dated rows.

``donnees.csv`` names what is told in several places: how many days one telling stays fresh, and within how many days of
each other two of them speak of one state of things. ``preseances.csv`` says where it is told, the field that dates it
(else the day of the event), and in which order tellings of one time are believed: 1 first. What neither file names is
told in one place alone, and its last telling is the one that holds.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache

from ledger.droit.rangees import lire


@dataclass(frozen=True, slots=True)
class Donnee:
    """Something that is told of a household. ``fraicheur_jours``: None for what does not age."""

    donnee: str
    libelle: str
    fraicheur_jours: int | None
    ecart_jours: int
    valid_from: date
    valid_to: date
    legal_ref: str
    tag: str


@dataclass(frozen=True, slots=True)
class Preseance:
    """One place where it is told: a field of an event, by a role (empty: any), and how it is believed: ``rang``."""

    donnee: str
    evenement: str
    champ: str
    vrai_au: str
    role: str
    rang: int
    motif: str
    valid_from: date
    valid_to: date
    legal_ref: str
    tag: str


@cache
def historique() -> tuple[Donnee, ...]:
    """Every row of ``donnees.csv``, in the order in which a situation shows them."""
    return lire("donnees.csv", Donnee)


@cache
def donnees(le: date) -> Mapping[str, Donnee]:
    """What is told in several places, by name, as the rows of that day have it."""
    return {d.donnee: d for d in historique() if d.valid_from <= le <= d.valid_to}


@cache
def preseances() -> tuple[Preseance, ...]:
    """Every row of ``preseances.csv``, in the order of the file."""
    return lire("preseances.csv", Preseance)


@cache
def _par_champ() -> Mapping[tuple[str, str], tuple[Preseance, ...]]:
    places: dict[tuple[str, str], tuple[Preseance, ...]] = {}
    for rangee in preseances():
        place = rangee.evenement, rangee.champ
        places[place] = (*places.get(place, ()), rangee)
    return places


@lru_cache(maxsize=4096)
def preseance(evenement: tuple[str, ...], champ: str, role: str, le: date) -> Preseance | None:
    """How a field is believed when that role tells it on a day; a row that names the role goes before the others.

    ``evenement``: the names of the class, then of those that it is a case of.
    """
    for nom in evenement:
        valables = [r for r in _par_champ().get((nom, champ), ()) if r.valid_from <= le <= r.valid_to]
        for qui in (role, ""):
            trouvee = next((r for r in valables if r.role == qui), None)
            if trouvee is not None:
                return trouvee
    return None

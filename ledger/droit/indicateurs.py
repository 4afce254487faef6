"""What the charter counts each year: its objectives and the indicators of its annexe 5, as dated rows.

``calcul`` says how, over the facts that stand, by the year in which they are true:

``actes``          facts of one kind;
``menages``        households of which one is told;
``demandes``       requests, or follow-ups, of which one is told: by the id that names them;
``part``           facts of one kind over facts of another;
``suivi``          of the households of which one is told, those of which another is, in so many months after it;
``dette_mediane``  of those households, the median of the debt that was known by then, in cents;
``externe``        a series that an institution gives, and nobody here can count.

``condition``: ``champ=CODE``, several codes by ``|``, several fields by ``&``, ``OUI`` for what is true. ``parc``: in
that stock alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Final

from ledger.droit.rangees import lire

Codes = Mapping[str, frozenset[str]]
"""By field, the codes that it may have."""

CALCULS: Final = ("actes", "menages", "demandes", "part", "suivi", "dette_mediane", "externe")


@dataclass(frozen=True, slots=True)
class Indicateur:
    """One row: what is counted, how, who answers for it, by which text."""

    code: str
    libelle: str
    producteur: str
    calcul: str
    evenement: str
    condition: Codes
    sur: str
    condition_sur: Codes
    mois: int
    parc: str
    valid_from: date
    valid_to: date
    legal_ref: str
    tag: str

    @property
    def tout_parc(self) -> str:
        """The family of which it is the share of one stock: what is hidden of one is hidden of the other."""
        champs = "&".join(f"{champ}={'|'.join(sorted(codes))}" for champ, codes in sorted(self.condition.items()))
        return f"{self.calcul}:{self.evenement}:{champs}"


@dataclass(frozen=True, slots=True)
class Rupture:
    """A day from which a series counts something else: it is drawn on it."""

    code: str
    le: date
    texte: str
    legal_ref: str
    tag: str


def condition(ecrite: str) -> Codes:
    """A condition as a row writes it: by field, the codes that it may have."""
    dites = (partie.split("=") for partie in ecrite.split("&") if partie)
    return {champ: frozenset(codes.split("|")) for champ, codes in dites}


@cache
def historique() -> tuple[Indicateur, ...]:
    """Every row, in the order of the charter."""
    return lire("indicateurs.csv", Indicateur, condition=condition, condition_sur=condition)


def indicateurs(annee: int) -> tuple[Indicateur, ...]:
    """Those whose definition holds at the end of a year."""
    fin = date(annee, 12, 31)
    return tuple(i for i in historique() if i.valid_from <= fin <= i.valid_to)


@cache
def ruptures() -> tuple[Rupture, ...]:
    """Every break of a series, in the order of the file."""
    return lire("ruptures.csv", Rupture)


@dataclass(frozen=True, slots=True)
class Objectif:
    """What the charter wants of one of them: a sense (HAUSSE, BAISSE), and where it says so, by how much in which time.

    ``taux``: per cent, over the ``duree``: AN (each year) or CHARTE (until its end). ``vise``: the same in words.
    """

    code: str
    sens: str
    taux: int | None
    duree: str
    vise: str
    valid_from: date
    valid_to: date
    legal_ref: str
    tag: str


@cache
def objectifs(annee: int) -> tuple[Objectif, ...]:
    """Those that hold at the end of a year, in the order of the charter."""
    fin = date(annee, 12, 31)
    return tuple(o for o in lire("objectifs.csv", Objectif) if o.valid_from <= fin <= o.valid_to)

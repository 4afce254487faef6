"""The debt as its declarants state it, drawn as SVG: pure geometry, no style but class names (strict CSP).

Each declarant is a series of its own, told apart by the shape of its marks and the dashes of its line before
its colour. The figure repeats a table that stands beside it: whoever cannot see it loses nothing.
"""

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from statistics import median
from typing import Final

from adapters.mots.libelles import jour, montant

FORMES: Final = ("rond", "carre", "triangle", "losange", "croix")
_GRADUATIONS: Final = 5
_DEMI_MOIS: Final = 40
_LETTRE: Final = 8
"""How wide a sign of an amount is, at most."""
_HORS_ECHELLE: Final = 5
"""Beyond so many times the median amount, a statement is cut at the top, and said in words."""
_MOIS_COURTS: Final = (
    "janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc.",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Format:
    """A drawing's size, its inner edges, and how many dates can be read under it."""

    nom: str
    largeur: int
    hauteur: int
    gauche: int
    droite: int
    abscisses: int
    haut: int = 18

    @property
    def bas(self) -> int:
        """Where zero is."""
        return self.hauteur - 40


LARGE: Final = Format("large", 720, 300, 76, 694, 6)
ETROIT: Final = Format("etroit", 340, 260, 72, 326, 3)
"""The same figure for a telephone: a drawing that shrinks takes its letters with it."""


@dataclass(frozen=True, slots=True)
class Releve:
    """One statement: who, when it is true of, how much (cents)."""

    declarant: str
    le: date
    centimes: int


@dataclass(frozen=True, slots=True)
class Marque:
    """One statement as it is drawn, and the words for it."""

    chemin: str
    legende: str
    fleche: str = ""
    """What says that its amount is above the figure."""


@dataclass(frozen=True, slots=True)
class Serie:
    """One declarant: ``rang`` and ``forme`` say how it is drawn; ``points`` is the line's list of points."""

    declarant: str
    rang: int
    forme: str
    points: str
    marques: tuple[Marque, ...]

    @property
    def cle(self) -> str:
        """The mark as the legend shows it."""
        return chemin(self.forme, 22, 10)


@dataclass(frozen=True, slots=True)
class Graduation:
    """Where a line of the grid is, and what stands beside it."""

    position: float
    texte: str


@dataclass(frozen=True, slots=True)
class Courbe:
    """Everything a template needs to draw, and the sentence that says it."""

    series: tuple[Serie, ...]
    ordonnees: tuple[Graduation, ...]
    abscisses: tuple[Graduation, ...]
    format: Format
    hors_echelle: tuple[str, ...] = ()
    """What stands above the figure, one sentence each."""


def chemin(forme: str, x: float, y: float, rayon: float = 6.0) -> str:
    """The SVG path of a mark, centred on a point."""
    r = rayon
    match forme:
        case "carre":
            trace = f"M{x - r:.1f} {y - r:.1f}h{2 * r:.1f}v{2 * r:.1f}h{-2 * r:.1f}z"
        case "triangle":
            trace = f"M{x:.1f} {y - 1.2 * r:.1f}L{x + 1.2 * r:.1f} {y + r:.1f}L{x - 1.2 * r:.1f} {y + r:.1f}z"
        case "losange":
            s = 1.35 * r
            trace = f"M{x:.1f} {y - s:.1f}L{x + s:.1f} {y:.1f}L{x:.1f} {y + s:.1f}L{x - s:.1f} {y:.1f}z"
        case "croix":
            a, b = r / 2.6, 1.2 * r
            trace = (
                f"M{x - a:.1f} {y - b:.1f}h{2 * a:.1f}v{b - a:.1f}h{b - a:.1f}v{2 * a:.1f}h{a - b:.1f}v{b - a:.1f}"
                f"h{-2 * a:.1f}v{a - b:.1f}h{a - b:.1f}v{-2 * a:.1f}h{b - a:.1f}z"
            )
        case _:
            trace = f"M{x - r:.1f} {y:.1f}a{r} {r} 0 1 0 {2 * r:.1f} 0a{r} {r} 0 1 0 {-2 * r:.1f} 0z"
    return trace


def tracer(releves: Iterable[Releve], format_: Format = LARGE) -> Courbe | None:
    """The figure of these statements; None under two of them, where a figure says less than a sentence."""
    ranges = sorted(releves, key=lambda r: (r.le, r.declarant))
    if len(ranges) < 2:  # noqa: PLR2004 - a line has two ends
        return None
    debut, fin = _bornes(ranges[0].le, ranges[-1].le)
    sommet = _sommet([r.centimes for r in ranges])
    pas = _pas(sommet)
    plafond = pas * max(1, -(-sommet // pas))
    ordonnees = [(c, montant(c).replace(",00", "")) for c in range(0, plafond + 1, pas)]
    format_ = replace(format_, gauche=max(format_.gauche, 14 + _LETTRE * max(len(texte) for _, texte in ordonnees)))

    def abscisse(le: date) -> float:
        return format_.gauche + (le - debut).days / (fin - debut).days * (format_.droite - format_.gauche)

    def ordonnee(centimes: int) -> float:
        return format_.bas - min(centimes, plafond) / plafond * (format_.bas - format_.haut)

    series = []
    for rang, declarant in enumerate(sorted({r.declarant for r in ranges})):
        forme = FORMES[rang % len(FORMES)]
        siens = [(abscisse(r.le), ordonnee(r.centimes), r) for r in ranges if r.declarant == declarant]
        marques = tuple(
            Marque(chemin(forme, x, y), f"{jour(r.le)} : {montant(r.centimes)}", _fleche(x, r, plafond))
            for x, y, r in siens
        )
        points = " ".join(f"{x:.1f},{y:.1f}" for x, y, _ in siens)
        series.append(Serie(declarant, rang % len(FORMES) + 1, forme, points, marques))
    return Courbe(
        tuple(series),
        tuple(Graduation(ordonnee(c), texte) for c, texte in ordonnees),
        mois_sous([(abscisse(le), le) for le in mois_de(debut, fin, format_.abscisses)], format_.largeur),
        format_,
        tuple(f"{montant(r.centimes)} au {jour(r.le)}, selon {r.declarant}" for r in ranges if r.centimes > plafond),
    )


def _sommet(centimes: Sequence[int]) -> int:
    """The highest amount that the figure holds: the few that are out of all proportion would lay the others flat."""
    positifs = [c for c in centimes if c]
    borne = _HORS_ECHELLE * median(positifs) if positifs else 0
    tenus = [c for c in centimes if c <= borne]
    peu = max(len(centimes) // 4, len(centimes) > 2)  # noqa: PLR2004 - of two, neither is out of proportion
    return max(tenus) if any(tenus) and len(centimes) - len(tenus) <= peu else max(centimes)


def _fleche(x: float, releve: Releve, plafond: int) -> str:
    return f"M{x - 5:.1f} 9l5 -7l5 7" if releve.centimes > plafond else ""


def _bornes(premier: date, dernier: date) -> tuple[date, date]:
    """A month of air around statements that are all of one day."""
    return (premier, dernier) if premier < dernier else (premier - timedelta(days=15), dernier + timedelta(days=15))


def _pas(maximum: int) -> int:
    """The smallest round step, in cents, that needs no more than five gradations."""
    pas, facteurs = 100_00, itertools.cycle((2, 5, 10))
    dizaine = pas
    while pas * _GRADUATIONS < maximum:
        facteur = next(facteurs)
        pas = dizaine * facteur
        dizaine = pas if facteur == 10 else dizaine  # noqa: PLR2004 - 100, 200, 500, 1 000, 2 000…
    return pas


def mois_sous(axe: Sequence[tuple[float, date]], largeur: int) -> tuple[Graduation, ...]:
    """Months where they stand on an axis; one that would not stay inside a drawing so wide is a line without words."""
    return tuple(
        Graduation(x, f"{_MOIS_COURTS[le.month - 1]} {le.year}" if _DEMI_MOIS < x < largeur - _DEMI_MOIS else "")
        for x, le in axe
    )


def mois_de(debut: date, fin: date, nombre: int) -> tuple[date, ...]:
    """First days of months inside the span: evenly spaced, at most so many."""
    premiers = [
        date(annee, mois, 1)
        for annee in range(debut.year, fin.year + 1)
        for mois in range(1, 13)
        if debut <= date(annee, mois, 1) <= fin
    ]
    return tuple(premiers[:: -(-len(premiers) // nombre) or 1])

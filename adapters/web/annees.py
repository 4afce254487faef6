"""A figure of the charter year after year, drawn as SVG: pure geometry, no style but class names (strict CSP).

A year whose figure is hidden, or was not counted, has no point and cuts the line; a day from which the series counts
something else is drawn across it. The table beside it says the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Final

from adapters.mots.chiffres import SuiviDObjectif, nombre, pour_cent
from adapters.web.courbe import Graduation, chemin

_GAUCHE: Final = 62
_DROITE: Final = 316
_HAUT: Final = 26
_BAS: Final = 154
_GRADUATIONS: Final = 4
_PAS: Final = (1, 2, 5)


@dataclass(frozen=True, slots=True)
class AnneeMarquee:
    """A year that is drawn: its mark, and its figure in words where it is written beside."""

    x: float
    y: float
    chemin: str
    ecrit: str
    ancre: str


@dataclass(frozen=True, slots=True)
class Annees:
    """Everything a template needs to draw, and the sentence that says it."""

    lignes: tuple[str, ...]
    points: tuple[AnneeMarquee, ...]
    trous: tuple[float, ...]
    ruptures: tuple[float, ...]
    ordonnees: tuple[Graduation, ...]
    abscisses: tuple[Graduation, ...]
    description: str


def dessiner(suivi: SuiviDObjectif) -> Annees | None:
    """The figure of an objective; None where fewer than two of its years are published."""
    connus = [(annee, dit.nombre) for annee, dit in suivi.annees if dit.nombre is not None]
    if len(connus) < 2:  # noqa: PLR2004 - a line has two ends
        return None
    en_taux = any("%" in dit.texte for _, dit in suivi.annees)
    plafond, pas = _echelle(max(n for _, n in connus))
    premiere, derniere = suivi.annees[0][0], suivi.annees[-1][0]

    def x(temps: float) -> float:
        return _GAUCHE + 14 + (temps - premiere) / max(derniere - premiere, 1) * (_DROITE - _GAUCHE - 28)

    def y(n: float) -> float:
        return _BAS - n / plafond * (_BAS - _HAUT)

    def dit(n: float) -> str:
        return pour_cent(n).replace(",0", "") if en_taux else nombre(round(n))

    def ancre(annee: int) -> str:
        return "start" if annee == premiere else "end" if annee == derniere else "middle"

    def point(annee: int, n: float) -> AnneeMarquee:
        place = x(annee), y(n)
        return AnneeMarquee(*place, chemin("rond", *place, 5), dit(n) if annee in bouts else "", ancre(annee))

    places = [(annee, n.nombre) for annee, n in suivi.annees]
    suites = [list(g) for tient, g in groupby(places, key=lambda p: p[1] is not None) if tient]
    bouts = {connus[0][0], connus[-1][0]}
    dits = " ; ".join(f"{a}, {d.texte}" for a, d in suivi.annees)
    return Annees(
        tuple(" ".join(f"{x(a):.1f},{y(n or 0):.1f}" for a, n in suite) for suite in suites),
        tuple(
            AnneeMarquee(x(a), y(n), chemin("rond", x(a), y(n), 5), dit(n) if a in bouts else "", ancre(a))
            for a, n in connus
        ),
        tuple(x(a) for a, n in places if n is None),
        tuple(x(t) for le, _ in suivi.ruptures if premiere <= (t := _temps(le)) <= derniere),
        tuple(Graduation(y(c * pas), dit(c * pas)) for c in range(round(plafond / pas) + 1)),
        tuple(Graduation(x(a), str(a)) for a, _ in suivi.annees),
        f"{suivi.libelle}, de {premiere} à {derniere} : {dits}.",
    )


def _temps(le: date) -> float:
    """Where a day stands on an axis on which a year is drawn at its middle."""
    return le.year - 0.5 + (le - date(le.year, 1, 1)).days / 365.25


def _echelle(maximum: float) -> tuple[float, float]:
    """A round ceiling, and the step between the lines of its grid."""
    rang = 0
    while True:
        pas = _PAS[rang % len(_PAS)] * 10 ** (rang // len(_PAS))
        if pas * _GRADUATIONS >= maximum:
            return pas * max(1, -(-maximum // pas)), pas
        rang += 1


def part(n: float | None, parmi: Sequence[float | None]) -> float:
    """How long the bar of a cell is, of a hundred: as its figure is to the greatest of its column."""
    haut = max((m for m in parmi if m is not None), default=0)
    return round(100 * n / haut, 1) if n and haut else 0

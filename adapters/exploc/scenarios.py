"""What goes wrong at a simulated national system: drawn once, from a seed, so that it goes wrong again the same way.

Some faults change what is told, and when (``Fil``); the others spoil an answer, a few times, and then leave it alone.
"""

import csv
import io
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, Literal, TypeVar

from adapters.exploc.fichier import COLONNES, Lot, rangees
from adapters.exploc.lot import lire_date

T = TypeVar("T")

Scenario = Literal["retard", "doublon", "desordre", "tronque", "panne", "lent", "encodage", "retrait"]
SCENARIOS: Final[Mapping[Scenario, str]] = MappingProxyType(
    {
        "retard": "un acte sur dix n'arrive qu'une fois que le lecteur a tout lu",
        "doublon": "un acte sur cinq est dit deux fois",
        "desordre": "les actes viennent dans un ordre quelconque",
        "tronque": "une page est coupée, ou n'est pas celle de son empreinte",
        "panne": "le service répond 500, ou 503 avec « Retry-After »",
        "lent": "le service répond avec retard",
        "encodage": "une page est en UTF-16 ou en Windows-1252, quoi qu'elle annonce",
        "retrait": "un acte sur vingt est retiré",
    }
)
GATENT: Final[tuple[Scenario, ...]] = ("tronque", "panne", "encodage", "lent")
"""Those that spoil an answer, in the order in which a page has them, once each: who asks again long enough gets it."""
_MAL_FERMEE: Final = '"x'
"""Stands for a row of the lot whose quotes do not close: it is told as one."""


@dataclass(frozen=True)
class Fil:
    """What is told, in order: the rows, those that are late, and the acts that are taken back, as JSON objects."""

    rangees: Sequence[str]
    tardives: Sequence[str] = ()
    retraits: Sequence[Mapping[str, str]] = field(default=())


def tirer_le_fil(lot: Lot, scenarios: frozenset[Scenario], graine: int) -> Fil:
    """The rows of a lot as these scenarios have them told."""
    hasard = random.Random(graine)  # noqa: S311 - faults, not secrets
    lues = [(_ecrire(cellules, lot), _retrait(cellules, lot)) for _, cellules in rangees(lot)]
    retires = [r for _, r in lues if r is not None and hasard.random() < 1 / 20] if "retrait" in scenarios else []
    toutes = [rangee for rangee, _ in lues]
    tardives = {rang for rang in range(len(toutes)) if hasard.random() < 1 / 10} if "retard" in scenarios else set()
    return Fil(
        _brasser([rangee for rang, rangee in enumerate(toutes) if rang not in tardives], scenarios, hasard),
        _brasser([toutes[rang] for rang in sorted(tardives)], scenarios, hasard),
        _brasser(retires, scenarios, hasard),
    )


def _brasser(dits: list[T], scenarios: frozenset[Scenario], hasard: random.Random) -> list[T]:
    if "doublon" in scenarios:
        for dit in [dit for dit in dits if hasard.random() < 1 / 5]:
            dits.insert(hasard.randrange(len(dits) + 1), dit)
    if "desordre" in scenarios:
        hasard.shuffle(dits)
    return dits


def _valeurs(cellules: list[str], lot: Lot) -> dict[str, str]:
    manquantes = [""] * (lot.entete.largeur - len(cellules))
    return dict(zip(COLONNES, ([*cellules, *manquantes][place] for place in lot.entete.places), strict=True))


def _ecrire(cellules: list[str] | None, lot: Lot) -> str:
    if cellules is None:
        return f"{_MAL_FERMEE}\n"
    texte = io.StringIO(newline="")
    en_trop = cellules[lot.entete.largeur :]
    csv.writer(texte, delimiter=";", lineterminator="\n").writerow([*_valeurs(cellules, lot).values(), *en_trop])
    return texte.getvalue()


def _retrait(cellules: list[str] | None, lot: Lot) -> Mapping[str, str] | None:
    """The withdrawal of the act of a row; None for one that has no date to be named by."""
    valeurs = {} if cellules is None else _valeurs(cellules, lot)
    jour = lire_date(valeurs.get("date_acte", "").strip())
    if jour is None:
        return None
    cles = {nom: valeurs[nom].strip() for nom in ("etude_siret", "type_acte", "ref_acte")}
    return {**cles, "date_acte": jour.isoformat(), "motif": "acte annulé par l'étude"}


def fautes(scenarios: frozenset[Scenario], graine: int, chemin: str, page: int) -> Sequence[Scenario]:
    """How the first answers for a page are spoilt, one after the other. The first page has a taste of all."""
    hasard = random.Random(f"{graine} {chemin} {page}")  # noqa: S311 - faults, not secrets
    return [nom for nom in GATENT if nom in scenarios and (not page or hasard.random() < 1 / 2)]

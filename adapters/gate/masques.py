"""What is left of a field when its group is opened by half: a bracket, a yes or no, a step, or nothing.

A measure has one meaning per group, written in ``policies/donnees/groupes.json`` for the reader and here for the
values. A field that the meaning does not name is left out: a new field is closed until somebody says otherwise.
"""

from bisect import bisect_right
from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType
from typing import Any, Final

Masque = Callable[[Any], Any]

_INSECABLE: Final = "\u00a0"
_FINE: Final = "\u202f"
_DETTES: Final = (500_00, 2_000_00, 5_000_00, 10_000_00)
_TRANCHES_DE_DETTE: Final = (
    "moins de 500 €",
    "de 500 à 2 000 €",
    "de 2 000 à 5 000 €",
    "de 5 000 à 10 000 €",
    "10 000 € et plus",
)
_PAS_DE_LOYER: Final = 100_00
_PAS_DE_RESTE: Final = 250_00
_AGES: Final = ((3, "moins de 3 ans"), (6, "3 à 5 ans"), (11, "6 à 10 ans"), (15, "11 à 14 ans"), (18, "15 à 17 ans"))


def _espacer(texte: str) -> str:
    return texte.replace(" €", f"{_INSECABLE}€").replace(" 000", f"{_FINE}000")


def dette(centimes: int) -> str:
    """Which of the five brackets of debt."""
    return _espacer(_TRANCHES_DE_DETTE[bisect_right(_DETTES, centimes)])


def par_pas(pas: int, centimes: int) -> str:
    """The bracket of a fixed width that an amount falls in: ``de 700 à 800 €``."""
    bas = centimes // pas * pas // 100
    return _espacer(f"de {bas} à {bas + pas // 100} €")


def effectif(nombre: int) -> str:
    """A number of persons: none, 1, 2, 3 or 4, 5 and more."""
    if nombre >= 5:  # noqa: PLR2004 - the last bracket
        return "5 et plus"
    return "3 ou 4" if nombre >= 3 else str(nombre)  # noqa: PLR2004 - the bracket itself


def ages(annee: int, naissances: tuple[int, ...]) -> list[str]:
    """The age bands of children, from their birth years: sorted, so that the order tells nothing."""
    tranches = [next((t for borne, t in _AGES if annee - n < borne), "18 ans et plus") for n in naissances]
    return sorted(tranches)


def oui(_: Any) -> str:  # noqa: ANN401 - whatever the value is
    """Say that something is there, and no more."""
    return "oui"


def suspendue(etat: str) -> str:
    """Of an allowance: suspended or not."""
    return "suspendue : oui" if etat == "SUSPENDUE" else "suspendue : non"


def _tel_quel(valeur: Any) -> Any:  # noqa: ANN401 - any value of the catalogue
    return valeur


MASQUES: Final[Mapping[tuple[str, str], Mapping[str, Masque]]] = MappingProxyType(
    {
        ("F01", "bail"): {"personne": _tel_quel, "qualite": _tel_quel, "nom": _tel_quel, "prenoms": _tel_quel},
        ("F03", "tranche"): {"nb_adultes": effectif, "nb_enfants": effectif},
        ("F04", "tranche"): {
            "loyer": partial(par_pas, _PAS_DE_LOYER),
            "charges": partial(par_pas, _PAS_DE_LOYER),
            "type_logement": _tel_quel,
            "parc": _tel_quel,
            "commune": _tel_quel,
        },
        ("F05", "tranche"): {
            "montant": dette,
            "dette": dette,
            "arretee_au": _tel_quel,
            "dette_arretee_au": _tel_quel,
        },
        ("F06", "tranche"): {"reste_a_vivre": partial(par_pas, _PAS_DE_RESTE)},
        ("F07", "oui_non"): {"depuis": _tel_quel, "retabli_le": _tel_quel, "etat": suspendue, "sens": suspendue},
        ("F13", "oui_non"): {"besoin": oui, "besoins": oui},
        ("F16", "etape"): {"etape": _tel_quel},
        ("F17", "etape"): {"etape": _tel_quel, "dispositif": _tel_quel},
        ("F18", "oui_non"): {"nature": oui},
    }
)
"""Fields by group and measure. What is not here shows nothing of its content, only that the fact exists."""


def masque(groupe: str, mesure: str, champ: str, annee: int) -> Masque | None:
    """What to show of a field under a measure; None to leave it out. ``entier`` and ``propres`` show it as it is."""
    if mesure in {"entier", "propres"}:
        return _tel_quel
    if (groupe, mesure, champ) == ("F03", "tranche", "annees_naissance_enfants"):
        return partial(ages, annee)
    return MASQUES.get((groupe, mesure), {}).get(champ)


def entier(fonction: Masque) -> bool:
    """Whether a mask changes nothing."""
    return fonction is _tel_quel

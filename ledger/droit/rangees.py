"""The rows of law: a CSV file beside this one, a dataclass that says what each of its columns holds.

A column left empty is None where its field may be, nothing where it is a text, nought where it is a number; a day left
empty bounds nothing: ``valid_from`` is then the first of days, any other the last.
"""

import csv
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, Final, TypeVar, get_type_hints

T = TypeVar("T")

_LUES: Final[dict[Any, Callable[[str], object]]] = {
    str: str,
    int: lambda ecrit: int(ecrit or 0),
    int | None: lambda ecrit: int(ecrit) if ecrit else None,
    str | None: lambda ecrit: ecrit or None,
    date: lambda ecrit: date.fromisoformat(ecrit) if ecrit else date.max,
    date | None: lambda ecrit: date.fromisoformat(ecrit) if ecrit else None,
}


def lire(fichier: str, classe: type[T], **lues: Callable[[str], object]) -> tuple[T, ...]:
    """Every row of a file, in its order. ``lues``: how a column is read whose field is of none of the usual types.

    ``KeyError`` for a field without a column or a reading, ``ValueError`` for what cannot be read: a test opens all.
    """
    types = get_type_hints(classe)
    lectures = {nom: lues.get(nom) or _LUES[types[nom]] for nom in types}
    if types.get("valid_from") is date:
        lectures["valid_from"] = lambda ecrit: date.fromisoformat(ecrit) if ecrit else date.min
    with Path(__file__).with_name(fichier).open(encoding="utf-8", newline="") as flux:
        return tuple(
            classe(**{nom: lecture(rangee[nom]) for nom, lecture in lectures.items()})
            for rangee in csv.DictReader(flux)
        )

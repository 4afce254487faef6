"""CSV that a person will open in a spreadsheet: text that it would run as a formula is neutralised."""

import csv
from collections.abc import Iterable, Sequence
from typing import Final, TextIO

DECLENCHEURS: Final = ("=", "+", "-", "@", "\t", "\r")


def neutraliser(texte: str) -> str:
    """Put an apostrophe before what a spreadsheet would run; it then shows the text as it is."""
    return f"'{texte}" if texte.lstrip(" ").startswith(DECLENCHEURS) or texte.startswith(DECLENCHEURS) else texte


def ecrire_csv(flux: TextIO, entete: Sequence[str], rangees: Iterable[Sequence[object]]) -> None:
    """Write ``;``-separated rows under their header, every text neutralised."""
    ecrire_rangees(flux, [entete])
    ecrire_rangees(flux, rangees)


def ecrire_rangees(flux: TextIO, rangees: Iterable[Sequence[object]]) -> None:
    """Write more rows of the same file; a list stands in one cell, None leaves it empty."""
    plume = csv.writer(flux, delimiter=";", lineterminator="\r\n")
    for rangee in rangees:
        cellules = [" ".join(map(str, v)) if isinstance(v, list | tuple) else v for v in rangee]
        plume.writerow([neutraliser(v) if isinstance(v, str) else v for v in cellules])

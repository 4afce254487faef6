"""CSV that a person will open in a spreadsheet: text that it would run as a formula is neutralised."""

import csv
from collections.abc import Iterable, Sequence
from typing import Final, TextIO

DECLENCHEURS: Final = ("=", "+", "-", "@", "\t", "\r")


def neutraliser(texte: str) -> str:
    """Put an apostrophe before what a spreadsheet would run; it then shows the text as it is."""
    return f"'{texte}" if texte.lstrip(" ").startswith(DECLENCHEURS) or texte.startswith(DECLENCHEURS) else texte


def ecrire_csv(flux: TextIO, entete: Sequence[str], rangees: Iterable[Sequence[object]]) -> None:
    """Write ``;``-separated rows, every text neutralised."""
    plume = csv.writer(flux, delimiter=";", lineterminator="\r\n")
    plume.writerow(entete)
    for rangee in rangees:
        plume.writerow([neutraliser(v) if isinstance(v, str) else v for v in rangee])

"""CSV that a person will open in a spreadsheet: text that it would run as a formula is neutralised."""

import csv
import json
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Final, TextIO

_INVISIBLES: Final = " \n\r\v\f\u0085\u200b\u200c\u200d\u200e\u200f\u2028\u2029\u2060\ufeff\u00ad"
DECLENCHEURS: Final = ("=", "+", "-", "@", "\t", "\r", "\n")


def neutraliser(texte: str) -> str:
    """Put an apostrophe before what a spreadsheet would run; it then shows the text as it is.

    It looks past spaces, line breaks and what cannot be seen, and takes a full-width sign for the one that it is.
    """
    return f"'{texte}" if _declenche(texte) else texte


def proteger(texte: str) -> str:
    """The same, where a file is to be read back: ``depouiller`` gives any text back as it was."""
    return f"'{texte}" if _declenche(texte.lstrip("'")) else texte


def depouiller(texte: str) -> str:
    """Take off the apostrophe that keeps a text from being run."""
    return texte[1:] if texte.startswith("'") and _declenche(texte.lstrip("'")) else texte


def _declenche(texte: str) -> bool:
    visible = unicodedata.normalize("NFKC", texte).lstrip(_INVISIBLES)
    return texte.startswith(DECLENCHEURS) or visible.startswith(DECLENCHEURS)


def ecrire_csv(flux: TextIO, entete: Sequence[str], rangees: Iterable[Sequence[object]]) -> None:
    """Write ``;``-separated rows under their header, every text neutralised."""
    ecrire_rangees(flux, [entete])
    ecrire_rangees(flux, rangees)


def ecrire_rangees(flux: TextIO, rangees: Iterable[Sequence[object]]) -> None:
    """Write more rows of the same file; a list stands in one cell, an object as JSON, None leaves it empty."""
    plume = csv.writer(flux, delimiter=";", lineterminator="\r\n")
    for rangee in rangees:
        cellules = map(_cellule, rangee)
        plume.writerow([neutraliser(v) if isinstance(v, str) else v for v in cellules])


def _cellule(valeur: object) -> object:
    match valeur:
        case list() | tuple():
            return " ".join(map(str, valeur))
        case dict():
            return json.dumps(valeur, ensure_ascii=False, sort_keys=True)
        case _:
            return valeur

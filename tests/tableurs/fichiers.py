"""Spreadsheets as people make them: a clean list, and what is spoilt of it."""

import io
import zipfile
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, Final

import xlsxwriter

LE: Final = date(2026, 11, 24)
TITRES: Final = (
    "Nom", "Prénom", "Date de naissance", "Adresse", "CP", "Commune", "Dette", "Arrêtée au", "Informé le", "Opposition",
)  # fmt: skip
LEROY: Final = (
    "LEROY", "Fatou", date(1955, 4, 24), "118 avenue Jean-Jaurès", "93000", "Bobigny", 2247.7, date(2026, 10, 31),
    date(2026, 10, 5), "non",
)  # fmt: skip
MARTIN: Final = (
    "MARTIN", "Paul", date(1980, 1, 2), "3 rue des Exemples", "93000", "Bobigny", 812, date(2026, 10, 31),
    date(2026, 10, 6), "non",
)  # fmt: skip

Geste = Callable[[xlsxwriter.Workbook, Any], None]


def classeur(
    *rangees: Sequence[Any],
    titres: Sequence[Any] = TITRES,
    avant: Sequence[Sequence[Any]] = (),
    geste: Geste | None = None,
    options: dict[str, Any] | None = None,
) -> bytes:
    """A workbook: rows above, titles, then lines. ``geste``: what else is done to its one sheet."""
    flux = io.BytesIO()
    livre = xlsxwriter.Workbook(flux, {"in_memory": True, **(options or {})})
    feuille, jour = livre.add_worksheet("Liste"), livre.add_format({"num_format": "dd/mm/yyyy"})
    for rang, rangee in enumerate([*avant, titres, *rangees]):
        for place, valeur in enumerate(rangee):
            ecrire(feuille, rang, place, valeur, jour)
    if geste is not None:
        geste(livre, feuille)
    livre.close()
    return flux.getvalue()


def ecrire(feuille: Any, rang: int, place: int, valeur: Any, jour: Any) -> None:
    match valeur:
        case None:
            return
        case bool():
            feuille.write_boolean(rang, place, valeur)
        case date():
            feuille.write_datetime(rang, place, valeur, jour)
        case int() | float():
            feuille.write_number(rang, place, valeur)
        case str() if valeur.startswith("="):
            formule, _, resultat = valeur.partition("→")
            feuille.write_formula(rang, place, formule, None, resultat)
        case _:
            feuille.write_string(rang, place, valeur)


def sauf(ligne: Sequence[Any], **valeurs: Any) -> list[Any]:
    """The same line, where some cells hold something else."""
    places = dict(
        zip(
            ("nom", "prenom", "naissance", "adresse", "cp", "commune", "dette", "arretee", "informe", "opposition"),
            range(10),
            strict=True,
        )
    )
    change = list(ligne)
    for nom, valeur in valeurs.items():
        change[places[nom]] = valeur
    return change


def refait(octets: bytes, **parts: Callable[[str], str]) -> bytes:
    """The same workbook, one of its parts written anew (``sheet1`` for the first sheet)."""
    sortie = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(octets)) as lu, zipfile.ZipFile(sortie, "w", zipfile.ZIP_DEFLATED) as ecrit:
        faits = 0
        for part in lu.namelist():
            contenu = lu.read(part)
            cle = part.rpartition("/")[2].removesuffix(".xml")
            if cle in parts:
                contenu, faits = parts[cle](contenu.decode()).encode(), faits + 1
            ecrit.writestr(part, contenu)
        assert faits == len(parts)
    return sortie.getvalue()


def avec(octets: bytes, part: str, contenu: bytes) -> bytes:
    """The same workbook, with one more part."""
    flux = io.BytesIO(octets)
    with zipfile.ZipFile(flux, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(part, contenu)
    return flux.getvalue()


def texte(*rangees: Sequence[str], separateur: str = ";", encodage: str = "utf-8", fin: str = "\r\n") -> bytes:
    """Separated values."""
    return fin.join(separateur.join(rangee) for rangee in rangees).encode(encodage)


EN_TEXTE: Final = (
    "LEROY", "Fatou", "24/04/1955", "118 avenue", "93000", "Bobigny", "2247,70", "31/10/2026", "05/10/2026", "non",
)  # fmt: skip

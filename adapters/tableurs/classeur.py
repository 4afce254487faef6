"""From the bytes of a file to its sheets. What it is comes from its bytes: the end of its name may say anything."""

import codecs
import csv
import io
import re
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import Final, NamedTuple

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from adapters.tableurs import xlsx
from adapters.tableurs.refus import (
    COLONNES_MAX,
    DEMESURE,
    FEUILLES_MAX,
    OCTETS_MAX,
    RANGEES_MAX,
    FichierRefuse,
)
from adapters.tableurs.xlsx import MACROS, Marges

Valeur = int | float | str | bool | date | datetime | time | timedelta

_ZIP: Final = b"PK\x03\x04"
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_CHIFFRE: Final = "EncryptedPackage".encode("utf-16-le")
_VBA: Final = "_VBA_PROJECT".encode("utf-16-le")
_PAGE: Final = re.compile(rb"(?:\xef\xbb\xbf)?\s*<")
_AUTRES: Final = re.compile(rb"%PDF-|\xff\xd8\xff|\x89PNG|GIF8|MZ|\x7fELF|Rar!|7z\xbc\xaf|\x1f\x8b|\{\\rtf")
_SEPARATEURS: Final = ";\t,|"
_PROTEGE: Final = "Le fichier est protégé par un mot de passe : enregistrez-le sans mot de passe, puis déposez-le."
_HTML: Final = (
    "Ce fichier est une page web qui porte le nom d'un classeur (export de logiciel) : ouvrez-le dans votre tableur,"
    " enregistrez-le au format .xlsx, puis déposez-le."
)
_AUTRE: Final = "Ce fichier n'est pas un tableur : déposez un fichier .xlsx, .xls, .ods ou .csv."
_TROP: Final = (
    f"La feuille est trop grande : au plus {RANGEES_MAX} rangées et {COLONNES_MAX} colonnes. Recopiez la liste seule"
    " dans un classeur neuf, ou découpez-la."
)
_UTF16: Final = "Le fichier texte est en UTF-16 : enregistrez-le en .xlsx, ou en CSV UTF-8, puis déposez-le."


class FeuilleLue(NamedTuple):
    """A sheet: its rows from the first one, what is beside its values, where cells were merged.

    ``origine``: the day 0 of a date that is written as a number; None where the format does not tell.
    """

    rangees: Sequence[Sequence[Valeur]]
    marges: Marges = Marges()
    fusions: Sequence[tuple[tuple[int, int], tuple[int, int]]] = ()
    origine: date | None = None


class Classeur(NamedTuple):
    """The sheets that are shown, and what was left out."""

    feuilles: Sequence[FeuilleLue]
    avis: Sequence[str] = ()


def ouvrir(octets: bytes) -> Classeur:
    """The sheets of a file; ``FichierRefuse`` for what is not one, or is too large to be one."""
    if len(octets) > OCTETS_MAX:
        raise FichierRefuse(f"Le fichier dépasse {OCTETS_MAX >> 20} Mo : déposez la liste seule, ou découpez-la.")
    if not octets.strip():
        raise FichierRefuse("Le fichier est vide : vérifiez que vous avez choisi le bon, puis déposez-le.")
    if octets.startswith(_ZIP):
        return _classeur(octets)
    if octets.startswith(_OLE):
        if _CHIFFRE in octets:
            raise FichierRefuse(_PROTEGE)
        if _VBA in octets:
            raise FichierRefuse(MACROS)
        return _classeur(octets)
    if _PAGE.match(octets):
        raise FichierRefuse(_HTML)
    if _AUTRES.match(octets):
        raise FichierRefuse(_AUTRE)
    return Classeur([_texte(octets)])


def _classeur(octets: bytes) -> Classeur:
    archive = xlsx.ouvrir(octets) if octets.startswith(_ZIP) else None
    ooxml = archive is not None and "xl/workbook.xml" in archive.namelist()
    marges = xlsx.marges(archive) if archive and ooxml else {}
    origine = (date(1904, 1, 1) if xlsx.compte_de_1904(archive) else date(1899, 12, 30)) if archive and ooxml else None
    try:
        lu = CalamineWorkbook.from_filelike(io.BytesIO(octets))
        if len(lu.sheets_metadata) > FEUILLES_MAX:
            raise FichierRefuse(f"Le classeur a plus de {FEUILLES_MAX} feuilles : gardez celle de la liste seule.")
        vues = [
            meta.name
            for meta in lu.sheets_metadata
            if meta.visible is SheetVisibleEnum.Visible and meta.typ is SheetTypeEnum.WorkSheet
        ]
        feuilles = [
            _feuille(lu.get_sheet_by_name(nom))._replace(marges=marges.get(nom, Marges()), origine=origine)
            for nom in vues
        ]
    except PasswordError as erreur:
        raise FichierRefuse(_PROTEGE) from erreur
    except (CalamineError, OSError, ValueError) as erreur:
        raise FichierRefuse(_AUTRE if archive is not None and not ooxml else DEMESURE) from erreur
    return Classeur(feuilles, tuple(_avis(len(lu.sheets_metadata) - len(vues), ooxml=ooxml)))


def _avis(cachees: int, *, ooxml: bool) -> Iterator[str]:
    if cachees:
        yield "Les feuilles masquées du classeur n'ont pas été lues."
    if not ooxml:
        yield (
            "Dans ce format, les rangées masquées sont lues comme les autres, et une formule en erreur passe pour une"
            " cellule vide : vérifiez-les, ou préférez le .xlsx."
        )


def _feuille(lue: CalamineSheet) -> FeuilleLue:
    if lue.total_height > RANGEES_MAX or lue.total_width > COLONNES_MAX:
        raise FichierRefuse(_TROP)
    return FeuilleLue(lue.to_python(skip_empty_area=False), fusions=lue.merged_cell_ranges or ())


def _texte(octets: bytes) -> FeuilleLue:
    """Separated values: the encoding is UTF-8, or else Windows-1252; the separator, what its first rows have most."""
    if octets[:2] in {codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE} or b"\0" in octets[:1024]:
        raise FichierRefuse(_UTF16 if octets[:2] in {codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE} else _AUTRE)
    try:
        texte = octets.decode("utf-8-sig")
    except UnicodeDecodeError:
        texte = octets.decode("cp1252", "replace")
    debut, _, suite = texte.partition("\n")
    if debut.strip().lower().startswith("sep="):
        texte = suite
    if "\0" in texte:
        raise FichierRefuse(_AUTRE)
    tete = texte[:20_000]
    separateur = max(_SEPARATEURS, key=tete.count)
    rangees: list[list[Valeur]] = []
    try:
        for rangee in csv.reader(io.StringIO(texte, newline=""), delimiter=separateur):
            if len(rangees) >= RANGEES_MAX or len(rangee) > COLONNES_MAX:
                raise FichierRefuse(_TROP)
            rangees.append(list(rangee))
    except csv.Error as erreur:
        raise FichierRefuse(DEMESURE) from erreur
    return FeuilleLue(rangees)

"""What a workbook in the Office Open XML format says beside its values: dates, what is hidden, what would run."""

import re
import zipfile
from collections.abc import Iterator
from io import BytesIO
from typing import Final, NamedTuple
from xml.etree.ElementTree import Element, ParseError, XMLPullParser

from adapters.tableurs.refus import DEMESURE, DEPLIES_MAX, FichierRefuse

ENTREES_MAX: Final = 500
_MORCEAU: Final = 1 << 16
_ADRESSE: Final = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_MACROS: Final = re.compile(r"vbaproject|macrosheets/|/activex/", re.IGNORECASE)


class Marges(NamedTuple):
    """Of one sheet, counted from 0: rows and columns that are hidden; cells that hold an error, or no result yet.

    What reads the values takes those cells for blank ones.
    """

    rangees: frozenset[int] = frozenset()
    colonnes: frozenset[int] = frozenset()
    sans_valeur: frozenset[tuple[int, int]] = frozenset()


def ouvrir(octets: bytes) -> zipfile.ZipFile:
    """The archive of a workbook, once what it says of its size and of its parts was looked at."""
    try:
        archive = zipfile.ZipFile(BytesIO(octets))
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as erreur:
        raise FichierRefuse(DEMESURE) from erreur
    parts = archive.infolist()
    if len(parts) > ENTREES_MAX or sum(part.file_size for part in parts) > DEPLIES_MAX:
        raise FichierRefuse(DEMESURE)
    if any(_MACROS.search(part.filename) for part in parts):
        raise FichierRefuse(MACROS)
    return archive


MACROS: Final = (
    "Le classeur contient des macros : enregistrez-le au format .xlsx ordinaire (« Classeur Excel »), puis déposez-le."
)


def compte_de_1904(archive: zipfile.ZipFile) -> bool:
    """Whether its days are counted from 1904, as old Macintoshes did."""
    return any(
        element.get("date1904", "0") in {"1", "true"}
        for element in _elements(archive, "xl/workbook.xml")
        if _nom(element) == "workbookPr"
    )


def marges(archive: zipfile.ZipFile) -> dict[str, Marges]:
    """By name of sheet, what is beside its values. A part that cannot be read says nothing."""
    cibles = {
        element.get("Id"): element.get("Target", "")
        for element in _elements(archive, "xl/_rels/workbook.xml.rels")
        if _nom(element) == "Relationship"
    }
    trouvees = {}
    for element in _elements(archive, "xl/workbook.xml"):
        if _nom(element) == "sheet":
            lien = next((valeur for nom, valeur in element.items() if nom.endswith("}id")), "")
            cible = cibles.get(lien, "").removeprefix("/").removeprefix("xl/")
            trouvees[element.get("name", "")] = _marges_de(archive, f"xl/{cible}")
    return trouvees


def _marges_de(archive: zipfile.ZipFile, part: str) -> Marges:
    rangees: set[int] = set()
    colonnes: set[int] = set()
    sans_valeur: set[tuple[int, int]] = set()
    for element in _elements(archive, part):
        match _nom(element):
            case "row" if _vrai(element.get("hidden")) and element.get("r", "").isdigit():
                rangees.add(int(element.get("r", "")) - 1)
            case "col" if _vrai(element.get("hidden")):
                premiere, derniere = element.get("min", ""), element.get("max", "")
                if premiere.isdigit() and derniere.isdigit():
                    colonnes.update(range(int(premiere) - 1, min(int(derniere), 16_384)))
            case "c" if _sans_valeur(element) and (trouvee := _ADRESSE.fullmatch(element.get("r", ""))):
                sans_valeur.add((int(trouvee[2]) - 1, rang_de(trouvee[1])))
    return Marges(frozenset(rangees), frozenset(colonnes), frozenset(sans_valeur))


def _sans_valeur(cellule: Element) -> bool:
    if cellule.get("t") == "e":
        return True
    noms = {_nom(fils): fils.text for fils in cellule}
    return "f" in noms and not noms.get("v")


def _elements(archive: zipfile.ZipFile, part: str) -> Iterator[Element]:
    """Each element of a part as it ends, its own children in it; what was read of the others is let go."""
    lecteur: XMLPullParser[Element] = XMLPullParser(("end",))
    try:
        with archive.open(part) as flux:
            while morceau := flux.read(_MORCEAU):
                if b"<!DOCTYPE" in morceau:
                    raise FichierRefuse(DEMESURE)
                lecteur.feed(morceau)
                yield from _finis(lecteur)
    except KeyError:
        return
    except (ParseError, zipfile.BadZipFile, ValueError, EOFError, RuntimeError, NotImplementedError, OSError) as erreur:
        raise FichierRefuse(DEMESURE) from erreur


def _finis(lecteur: "XMLPullParser[Element]") -> Iterator[Element]:
    for evenement in lecteur.read_events():
        *_, element = evenement
        if isinstance(element, Element):
            yield element
            if _nom(element) in {"row", "c"}:
                element.clear()


def _nom(element: Element) -> str:
    return element.tag.rpartition("}")[2]


def _vrai(dit: str | None) -> bool:
    return dit in {"1", "true"}


def rang_de(lettres: str) -> int:
    """The rank of a column, from 0, by its letters."""
    rang = 0
    for lettre in lettres:
        rang = rang * 26 + ord(lettre) - ord("A") + 1
    return rang - 1


def lettres_de(rang: int) -> str:
    """The letters of a column, by its rank from 0."""
    lettres, reste = "", rang + 1
    while reste:
        reste, lettre = divmod(reste - 1, 26)
        lettres = chr(ord("A") + lettre) + lettres
    return lettres

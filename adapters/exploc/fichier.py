"""A file of rows: bytes in, numbered records out. Compression, encodings, quotes, and the shape of the header.

The whole file is gone through once before the first record is given (``ouvrir_lot``), so one whose compression,
encoding or header is broken is refused before anything is written. One odd byte does not spoil a lot: each line is
UTF-8, with or without BOM, else Windows-1252, and those are counted.
"""

import codecs
import csv
import gzip
import io
import re
import zlib
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import BinaryIO, Final, NamedTuple

from ledger.nir import contient_nir

COLONNES: Final = (
    "num_lot", "num_ligne", "ref_dossier", "type_acte", "ref_acte", "etude_siret", "date_acte", "date_reception",
    "parc", "bailleur_siret", "bailleur_nom", "nom", "prenoms", "date_naissance", "adresse", "code_postal",
    "commune_insee", "id_rpls", "loyer", "charges", "dette", "dette_arretee_au", "date_audience", "juridiction",
    "num_rg", "qualification", "dispositif", "delais_mois", "solution", "nb_adultes", "nb_enfants", "observations",
)  # fmt: skip
LIGNES_PAR_CHAMP: Final = 100
"""A quoted field that runs over more lines was never closed: its first line is refused, and reading goes on."""
TAILLE_MAX: Final = 2 << 30
LIGNES_MAX: Final = 500_000
"""Rows of a lot: ten years of the département's; each takes a kilobyte and a half until it is placed."""
RAPPORT_MAX: Final = 200
"""How many times its compressed size a lot may unfold into, once past ``RAPPORT_DES``: acts make it ten to twenty."""
RAPPORT_DES: Final = 1 << 20
LIGNE_MAX: Final = 1_000_000
NOM_MAX: Final = 40
"""Letters of a column's name that are repeated: a longer one is no name, and may be what stands under it."""

_MAGIE_GZIP: Final = b"\x1f\x8b"
_MORCEAU: Final = 1 << 16
_FIN_DE_FICHIER: Final = "\x1a"
_RIEN: Final = "\x1a\ufeff\u200b \t\u00a0"
_AUTRES_SEPARATEURS: Final = {",": "la virgule", "\t": "la tabulation", "|": "la barre verticale"}
_D_UNE_AUTRE_PAGE: Final = re.compile(r"[^\W\d_][‚ƒ†‡ˆ‰˜]|[a-zà-ÿ][ŠŽŒŸ]")
"""After a letter, these signs of Windows-1252 are accented letters of MS-DOS or of a Macintosh."""


class LotIllisible(Exception):
    """The whole lot is refused, before anything is written; the message is a French sentence."""


class Entete(NamedTuple):
    """The header: where each of ``COLONNES`` stands, how many cells it has, and the columns that nobody knows."""

    places: tuple[int, ...]
    largeur: int
    ignorees: tuple[str, ...]


class Lot(NamedTuple):
    """A lot that was gone through once: it can be read, as often as needed. ``windows``: its lines in Windows-1252."""

    flux: BinaryIO
    compresse: bool
    windows: int
    entete: Entete


def ouvrir_lot(flux: BinaryIO) -> Lot:
    """Settle compression, encodings and header of a seekable stream."""
    flux.seek(0)
    debut = flux.read(2)
    if not debut:
        raise LotIllisible("Le fichier est vide.")
    compresse = debut == _MAGIE_GZIP
    try:
        windows = 0 if _tout_en_utf8(flux, compresse=compresse) else _compter_windows(flux, compresse=compresse)
        with _lignes(flux, compresse=compresse, utf8=not windows) as lignes:
            _, cellules = next(_rangees(lignes), (0, None))
    except (EOFError, gzip.BadGzipFile, zlib.error) as erreur:
        raise LotIllisible("Le fichier compressé est tronqué ou abîmé : rien n'a été importé.") from erreur
    return Lot(flux, compresse, windows, _lire_entete(cellules or []))


def rangees(lot: Lot) -> Iterator[tuple[int, list[str] | None]]:
    """The records after the header, with the number of their first line; None for one whose quotes do not close.

    A record in which nothing stands (separators, spaces, an end-of-file mark) is none.
    """
    with _lignes(lot.flux, compresse=lot.compresse, utf8=not lot.windows) as lignes:
        records = _rangees(lignes)
        next(records, None)
        yield from records


def _octets(flux: BinaryIO, *, compresse: bool) -> BinaryIO:
    flux.seek(0)
    return gzip.GzipFile(fileobj=flux, mode="rb") if compresse else flux  # type: ignore[return-value]  # it is one


def _tout_en_utf8(flux: BinaryIO, *, compresse: bool) -> bool:
    octets, decodeur, en_utf8 = _octets(flux, compresse=compresse), _decodeur(), True
    taille = lignes = 0
    while True:
        morceau = octets.read(_MORCEAU)
        if not taille and (morceau[:2] in {codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE} or b"\0" in morceau[:64]):
            raise LotIllisible("Le fichier est en UTF-16 : enregistrez-le en UTF-8 ou en Windows-1252.")
        taille += len(morceau)
        lignes += morceau.count(b"\n")
        _borner(taille, lignes, flux.tell() if compresse else taille)
        try:
            if en_utf8:
                decodeur.decode(morceau, final=not morceau)
        except UnicodeDecodeError:
            en_utf8 = False
        if not morceau:
            return en_utf8


def _borner(taille: int, lignes: int, lus: int) -> None:
    """Refuse a lot that unfolds into too much, as soon as it does: before any of its rows is looked at."""
    if taille > TAILLE_MAX:
        raise LotIllisible("Le lot dépasse 2 Go une fois décompressé : découpez-le.")
    if lignes > LIGNES_MAX:
        raise LotIllisible(f"Le lot dépasse {LIGNES_MAX} lignes : découpez-le.")
    if taille > RAPPORT_DES and taille > RAPPORT_MAX * lus:
        raise LotIllisible("Le fichier se décompresse en beaucoup plus qu'un lot d'actes : rien n'a été importé.")


def _decodeur() -> codecs.IncrementalDecoder:
    return codecs.getincrementaldecoder("utf-8-sig")()


def _compter_windows(flux: BinaryIO, *, compresse: bool) -> int:
    """How many lines are in Windows-1252; ``LotIllisible`` names the first that is in neither encoding."""
    compte = 0
    with _texte(flux, compresse=compresse, encodage="latin-1") as texte:
        for numero, ligne in enumerate(_bornees(texte), 1):
            try:
                lue = _decoder(ligne)
            except UnicodeDecodeError as erreur:
                raise _autre_encodage(numero) from erreur
            if lue is None:
                continue
            if _D_UNE_AUTRE_PAGE.search(lue):
                raise _autre_encodage(numero)
            compte += 1
    return compte


def _autre_encodage(numero: int) -> LotIllisible:
    return LotIllisible(
        f"L'encodage n'est ni UTF-8 ni Windows-1252 (ligne {numero}) : rien n'a été importé, enregistrez le fichier en"
        " UTF-8, puis renvoyez-le."
    )


def _decoder(ligne: str) -> str | None:
    """A line of bytes (as latin-1) in Windows-1252; None where it is in UTF-8."""
    octets = ligne.encode("latin-1")
    try:
        octets.decode()
    except UnicodeDecodeError:
        return octets.decode("cp1252")
    return None


@contextmanager
def _lignes(flux: BinaryIO, *, compresse: bool, utf8: bool) -> Iterator[Iterator[str]]:
    encodage = "utf-8-sig" if utf8 else "latin-1"
    with _texte(flux, compresse=compresse, encodage=encodage) as texte:
        yield _bornees(texte) if utf8 else map(_en_texte, _bornees(texte))


def _en_texte(ligne: str) -> str:
    if ligne.isascii():
        return ligne
    return _decoder(ligne) or ligne.encode("latin-1").decode().removeprefix("\ufeff")


@contextmanager
def _texte(flux: BinaryIO, *, compresse: bool, encodage: str) -> Iterator[io.TextIOWrapper]:
    texte = io.TextIOWrapper(_octets(flux, compresse=compresse), encoding=encodage, newline=None)
    try:
        yield texte
    finally:
        if compresse:
            texte.close()
        else:
            texte.detach()


def _bornees(texte: io.TextIOWrapper) -> Iterator[str]:
    """Physical lines, bounded: a compressed lot can unfold into one line that fills the memory."""
    while ligne := texte.readline(LIGNE_MAX):
        if len(ligne) == LIGNE_MAX:
            raise LotIllisible("Une ligne du fichier dépasse un million de caractères : ce n'est pas un lot EXPLOC.")
        yield ligne


def _rangees(lignes: Iterator[str]) -> Iterator[tuple[int, list[str] | None]]:
    """The records in which something stands, the first line ``sep=;`` of a spreadsheet left out."""
    premiere = True
    for numero, cellules in _decoupees(lignes):
        if cellules is not None and not cellules[0].strip(_RIEN) and not any(c.strip(_RIEN) for c in cellules):
            continue
        if premiere and cellules is not None and cellules[0].strip().lower() == "sep=" and not any(cellules[1:]):
            continue
        premiere = False
        yield numero, cellules


def _decoupees(lignes: Iterator[str]) -> Iterator[tuple[int, list[str] | None]]:
    """A line without quotes is a record, and is split in place: most are.

    Otherwise the csv module takes the lines that it needs, and gives back those that a quote left open would have
    swallowed.
    """
    attente: deque[str] = deque()
    numero = 0
    while True:
        ligne = attente.popleft() if attente else next(lignes, "")
        if not ligne:
            return
        numero += 1
        if '"' not in ligne:
            yield numero, ligne.rstrip("\n" + _FIN_DE_FICHIER).split(";")
            continue
        prises: list[str] = []

        def prendre(premiere: str = ligne, prises: list[str] = prises) -> Iterator[str]:
            yield premiere
            while len(prises) < LIGNES_PAR_CHAMP:
                suite = attente.popleft() if attente else next(lignes, "")
                if not suite:
                    return
                prises.append(suite)
                yield suite

        try:
            yield numero, next(csv.reader(prendre(), delimiter=";", strict=True))
            numero += len(prises)
        except csv.Error:
            attente.extendleft(reversed(prises))
            yield numero, None


def _lire_entete(cellules: list[str]) -> Entete:
    noms = [nom.strip(_RIEN).lower() for nom in cellules]
    _refuser_separateur(cellules)
    doubles = [nom for nom, compte in Counter(noms).items() if nom and compte > 1]
    if doubles:
        raise LotIllisible(
            f"L'en-tête donne deux fois {_enumerer([_citer(nom, noms) for nom in doubles])} : gardez-en une seule."
        )
    manquantes = [c for c in COLONNES if c not in noms]
    if manquantes:
        raise LotIllisible(f"Ce n'est pas un lot EXPLOC : il manque {_enumerer(manquantes)} à l'en-tête.")
    ignorees = tuple(_citer(nom, noms) for nom in noms if nom and nom not in COLONNES)
    return Entete(tuple(noms.index(c) for c in COLONNES), len(noms), ignorees)


def _refuser_separateur(cellules: list[str]) -> None:
    """Name the separator of a header that was not cut by semicolons."""
    ligne = ";".join(cellules).lower()
    for separateur, nom in _AUTRES_SEPARATEURS.items():
        connues = {c.strip(_RIEN + '"') for c in ligne.removeprefix("sep=").split(separateur)} & set(COLONNES)
        if len(connues) > 1 or ligne.strip() == f"sep={separateur}".strip():
            raise LotIllisible(
                f"Les colonnes sont séparées par {nom} : enregistrez le fichier avec le point-virgule (;) entre elles."
            )


def _citer(nom: str, noms: Sequence[str]) -> str:
    """A column's name, or its place where it may be no name."""
    lisible = len(nom) <= NOM_MAX and nom.isprintable() and not contient_nir(nom)
    return nom if lisible else f"colonne {noms.index(nom) + 1}"


def _enumerer(colonnes: Sequence[str]) -> str:
    cites = [f"« {c} »" for c in colonnes[:5]]
    reste = len(colonnes) - len(cites)
    return (
        ("la colonne " if len(colonnes) == 1 else "les colonnes ")
        + ", ".join(cites)
        + (f" et {reste} autres" if reste else "")
    )

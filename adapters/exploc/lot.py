"""Reading a lot: bytes in, rows and refusals out. Pure, and a stream: no row is kept here.

The whole file is decoded once before the first row is given (``ouvrir_lot``), so a lot whose encoding or
compression is broken is refused before anything is written. A bad row is refused alone, once, for its first faulty
column in the order of ``COLONNES``, a NIR anywhere coming first; a refusal names the line and the column and never
repeats what stands there.
"""

import codecs
import csv
import gzip
import io
import re
import zlib
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from functools import lru_cache
from sys import intern
from types import MappingProxyType
from typing import Any, BinaryIO, Final, NamedTuple

from ledger.catalogue import ACTES
from ledger.droit.communes import commune
from ledger.droit.listes import codes
from ledger.nir import contient_nir

COLONNES: Final = (
    "num_lot", "num_ligne", "ref_dossier", "type_acte", "ref_acte", "etude_siret", "date_acte", "date_reception",
    "parc", "bailleur_siret", "bailleur_nom", "nom", "prenoms", "date_naissance", "adresse", "code_postal",
    "commune_insee", "id_rpls", "loyer", "charges", "dette", "dette_arretee_au", "date_audience", "juridiction",
    "num_rg", "qualification", "dispositif", "delais_mois", "solution", "nb_adultes", "nb_enfants", "observations",
)  # fmt: skip
NIR: Final = "nir"
_CHIFFRES_MAX: Final = 20
LIGNES_PAR_CHAMP: Final = 100
"""A quoted field that runs over more lines was never closed: its first line is refused, and reading goes on."""
TAILLE_MAX: Final = 2 << 30
LIGNE_MAX: Final = 1_000_000
TEXTE_MAX: Final = 200
TEXTE_LIBRE_MAX: Final = 500
CENTIMES_MAX: Final = 10_000_000_00
EFFECTIF_MAX: Final = 30
MOIS_MAX: Final = 60

_MAGIE_GZIP: Final = b"\x1f\x8b"
_MORCEAU: Final = 1 << 16
_DATE: Final = re.compile(r"([0-9]{2})/([0-9]{2})/([0-9]{4})")
_MONTANT: Final = re.compile(r"([0-9]{1,3}(?:[ \u00a0\u2009\u202f][0-9]{3})+|[0-9]+)(?:,([0-9]{1,2}))?")
_ESPACES: Final = re.compile(r"[ \u00a0\u2009\u202f]")
_SIRET: Final = re.compile(r"[0-9]{14}")


class LotIllisible(Exception):
    """The whole lot is refused, before anything is written; the message is a French sentence."""


class Rangee(NamedTuple):
    """An accepted row. Money in cents; None is unknown. ``ecartes``: optional columns that could not be read."""

    numero: int
    ref_dossier: str | None
    type_acte: str
    ref_acte: str
    etude_siret: str
    date_acte: date
    date_reception: date | None
    parc: str
    bailleur_siret: str | None
    bailleur_nom: str | None
    nom: str
    prenoms: str | None
    date_naissance: date | None
    adresse: str | None
    code_postal: str | None
    commune_insee: str
    id_rpls: str | None
    loyer: int | None
    charges: int | None
    dette: int | None
    dette_arretee_au: date | None
    date_audience: date | None
    juridiction: str | None
    num_rg: str | None
    qualification: str | None
    dispositif: str | None
    delais_mois: int | None
    solution: str | None
    nb_adultes: int | None
    nb_enfants: int | None
    observations: str | None
    ecartes: tuple[str, ...]


class RangeeRefusee(NamedTuple):
    """A refused row: physical line (the header is line 1), column at fault, reason in French. Never the content."""

    numero: int
    colonne: str
    motif: str


class Lot(NamedTuple):
    """A lot whose bytes have all been decoded once: it can be read, as often as needed."""

    flux: BinaryIO
    compresse: bool
    encodage: str


def _octets(flux: BinaryIO, *, compresse: bool) -> BinaryIO:
    flux.seek(0)
    return gzip.GzipFile(fileobj=flux, mode="rb") if compresse else flux  # type: ignore[return-value]  # it is one


def ouvrir_lot(flux: BinaryIO) -> Lot:
    """Settle compression and encoding of a seekable stream: UTF-8, with or without BOM, else Windows-1252."""
    flux.seek(0)
    debut = flux.read(2)
    if not debut:
        raise LotIllisible("Le fichier est vide.")
    if debut in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        raise LotIllisible("Le fichier est en UTF-16 : enregistrez-le en UTF-8 ou en Windows-1252.")
    compresse = debut == _MAGIE_GZIP
    candidats = {nom: codecs.getincrementaldecoder(nom)() for nom in ("utf-8-sig", "cp1252")}
    taille = 0
    try:
        octets = _octets(flux, compresse=compresse)
        while True:
            morceau = octets.read(_MORCEAU)
            taille += len(morceau)
            if taille > TAILLE_MAX:
                raise LotIllisible("Le lot dépasse 2 Go une fois décompressé : découpez-le.")
            for nom, decodeur in tuple(candidats.items()):
                try:
                    decodeur.decode(morceau, final=not morceau)
                except UnicodeDecodeError:
                    del candidats[nom]
            if not candidats:
                raise LotIllisible("L'encodage n'est ni UTF-8 ni Windows-1252 : rien n'a été importé.")
            if not morceau:
                break
    except (EOFError, gzip.BadGzipFile, zlib.error) as erreur:
        raise LotIllisible("Le fichier compressé est tronqué ou abîmé : rien n'a été importé.") from erreur
    return Lot(flux, compresse, next(iter(candidats)))


def lire(lot: Lot, jour: date) -> Iterator[Rangee | RangeeRefusee]:
    """The rows of a lot in order. ``jour`` is the day of the import: a later act is in the future."""
    with _texte(lot) as texte:
        rangees = _rangees(_lignes(texte))
        _, entete = next(rangees, (0, None))
        places = _places(entete)
        for numero, cellules in rangees:
            yield _refus_de_forme(numero) if cellules is None else _controler(numero, cellules, places, jour)


@contextmanager
def _texte(lot: Lot) -> Iterator[io.TextIOWrapper]:
    texte = io.TextIOWrapper(_octets(lot.flux, compresse=lot.compresse), encoding=lot.encodage, newline=None)
    try:
        yield texte
    finally:
        if lot.compresse:
            texte.close()
        else:
            texte.detach()


def _lignes(texte: io.TextIOWrapper) -> Iterator[str]:
    """Physical lines, bounded: a compressed lot can unfold into one line that fills the memory."""
    while ligne := texte.readline(LIGNE_MAX):
        if len(ligne) == LIGNE_MAX:
            raise LotIllisible("Une ligne du fichier dépasse un million de caractères : ce n'est pas un lot EXPLOC.")
        yield ligne


def _refus_de_forme(numero: int) -> RangeeRefusee:
    return RangeeRefusee(numero, COLONNES[-1], "les guillemets de la ligne sont mal fermés")


def _rangees(lignes: Iterator[str]) -> Iterator[tuple[int, list[str] | None]]:
    """The records with the number of their first line; None for one whose quotes do not close.

    A line without quotes is a record, and is split in place: most are. Otherwise the csv module takes the lines
    that it needs, and gives back those that a quote left open would have swallowed.
    """
    attente: deque[str] = deque()
    numero = 0
    while True:
        ligne = attente.popleft() if attente else next(lignes, "")
        if not ligne:
            return
        numero += 1
        if '"' not in ligne:
            if ligne != "\n":
                yield numero, ligne.rstrip("\n").split(";")
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


def _places(entete: list[str] | None) -> tuple[int, ...]:
    """Where each column of ``COLONNES`` stands in this lot."""
    noms = [nom.strip().lower() for nom in entete or ()]
    manquantes = [c for c in COLONNES if c not in noms]
    if manquantes:
        raise LotIllisible(f"Ce n'est pas un lot EXPLOC : il manque {_enumerer(manquantes)} à l'en-tête.")
    return tuple(noms.index(c) for c in COLONNES)


def _enumerer(colonnes: Sequence[str]) -> str:
    cites = [f"« {c} »" for c in colonnes[:5]]
    reste = len(colonnes) - len(cites)
    return (
        ("la colonne " if len(colonnes) == 1 else "les colonnes ")
        + ", ".join(cites)
        + (f" et {reste} autres" if reste else "")
    )


def _controler(numero: int, cellules: list[str], places: tuple[int, ...], jour: date) -> Rangee | RangeeRefusee:
    brut = ";".join(cellules)
    if contient_nir(brut, cle_exigee=True):  # a NIR is never written across a semicolon
        return RangeeRefusee(numero, NIR, "un numéro de sécurité sociale figure dans la ligne")
    if len(cellules) > len(places):
        return RangeeRefusee(numero, COLONNES[-1], "la ligne compte plus de colonnes que l'en-tête")
    valeurs = _valeurs(cellules, places)
    faute = next(_fautes(valeurs, jour), None)
    if len(max(valeurs, key=len)) > TEXTE_MAX or "\0" in brut:
        faute = _premiere(faute, _texte_interdit(valeurs))
    return _ligne(numero, valeurs) if faute is None else RangeeRefusee(numero, *faute)


def _valeurs(cellules: list[str], places: tuple[int, ...]) -> list[str]:
    """The cells in the order of ``COLONNES``. Columns missing at the end are empty, as spreadsheets leave them."""
    if len(cellules) < len(places):
        cellules = cellules + [""] * (len(places) - len(cellules))
    return [cellules[place].strip() for place in places]


def _texte_interdit(valeurs: list[str]) -> tuple[str, str] | None:
    """The first column whose text cannot be kept: too long, or with a character that no database takes."""
    for colonne, valeur in zip(COLONNES, valeurs, strict=True):
        borne = TEXTE_LIBRE_MAX if colonne == "observations" else TEXTE_MAX
        if len(valeur) > borne:
            return colonne, f"le texte dépasse {borne} caractères"
        if "\0" in valeur:
            return colonne, "le texte contient un caractère interdit"
    return None


def _premiere(*fautes: tuple[str, str] | None) -> tuple[str, str] | None:
    return min((f for f in fautes if f is not None), key=lambda f: COLONNES.index(f[0]), default=None)


def _fautes(v: list[str], jour: date) -> Iterator[tuple[str, str]]:
    """What refuses a row, in the order of the columns."""
    if v[_TYPE] not in ACTES:
        yield "type_acte", "le type d'acte n'est pas de la liste"
    if not v[_REF]:
        yield "ref_acte", "le numéro de l'acte est obligatoire"
    if not siret_valide(v[_ETUDE]):
        yield "etude_siret", "le SIRET n'a pas 14 chiffres, ou sa clé est fausse"
    date_acte = lire_date(v[_DATE_ACTE])
    if date_acte is None:
        yield "date_acte", "la date n'est pas une date du calendrier (JJ/MM/AAAA)"
    elif date_acte > jour:
        yield "date_acte", "la date est dans l'avenir"
    if not v[_NOM]:
        yield "nom", "le nom est obligatoire"
    if date_acte is not None and not _commune_connue(v[_COMMUNE], date_acte):
        yield "commune_insee", "ce n'est pas une commune de Seine-Saint-Denis à la date de l'acte"
    if v[_DETTE] and lire_montant(v[_DETTE]) is None:
        yield "dette", "le montant est illisible, négatif ou hors limites"


def _ligne(numero: int, v: list[str]) -> Rangee:
    valeurs: list[Any] = [
        lire_valeur(brute) if brute else None for lire_valeur, brute in zip(_LECTURES, v, strict=True)
    ]
    ecartes: tuple[str, ...] = ()
    if valeurs.count(None) != v.count(""):
        ecartes = tuple(c for c, lue, brute in zip(COLONNES, valeurs, v, strict=True) if brute and lue is None)
    if valeurs[_PARC] is None:
        valeurs[_PARC] = "SOCIAL" if valeurs[_RPLS] else "PRIVE"
    return Rangee._make((numero, *valeurs[2:], ecartes))


@lru_cache(maxsize=8192)
def lire_date(texte: str) -> date | None:
    """``JJ/MM/AAAA`` as a date of the calendar, else None."""
    lu = _DATE.fullmatch(texte)
    if lu is None:
        return None
    try:
        return date(int(lu[3]), int(lu[2]), int(lu[1]))
    except ValueError:
        return None


@lru_cache(maxsize=8192)
def lire_montant(texte: str) -> int | None:
    """``2 247,70`` in cents: 224770. None for anything else, a negative amount or one beyond the limits."""
    lu = _MONTANT.fullmatch(texte)
    if lu is None:
        return None
    euros = int(_ESPACES.sub("", lu[1])) if len(lu[1]) < _CHIFFRES_MAX else CENTIMES_MAX
    centimes = euros * 100 + int((lu[2] or "0").ljust(2, "0"))
    return centimes if centimes <= CENTIMES_MAX else None


@lru_cache(maxsize=4096)
def siret_valide(texte: str) -> bool:
    """14 digits whose Luhn sum is right."""
    if not _SIRET.fullmatch(texte):
        return False
    doubles = (int(c) * 2 for c in texte[::2])
    return (sum(sum(divmod(d, 10)) for d in doubles) + sum(map(int, texte[1::2]))) % 10 == 0


@lru_cache(maxsize=16384)
def _commune_connue(code: str, le: date) -> bool:
    return commune(code, le) is not None


def _entier(borne: int) -> Callable[[str], int | None]:
    @lru_cache(maxsize=256)
    def lire_entier(texte: str) -> int | None:
        lisible = texte.isascii() and texte.isdigit() and len(texte) < len(str(borne)) + 1
        return int(texte) if lisible and int(texte) <= borne else None

    return lire_entier


def _code(*admis: str) -> Callable[[str], str | None]:
    return {code: code for code in admis}.get


_LECTEURS: Final[Mapping[str, Callable[[str], Any]]] = MappingProxyType(
    {
        "parc": _code("SOCIAL", "PRIVE"),
        "qualification": _code(*codes("qualification_decision")),
        "dispositif": _code(*codes("dispositif_decision")),
        "solution": _code(*codes("solution_expulsion")),
        "bailleur_siret": lambda texte: texte if _SIRET.fullmatch(texte) else None,
        "delais_mois": _entier(MOIS_MAX),
        "nb_adultes": _entier(EFFECTIF_MAX),
        "nb_enfants": _entier(EFFECTIF_MAX),
        **dict.fromkeys(("loyer", "charges", "dette"), lire_montant),
        **dict.fromkeys(
            ("date_acte", "date_reception", "date_naissance", "dette_arretee_au", "date_audience"), lire_date
        ),
    }
)
_LECTURES: Final = tuple(_LECTEURS.get(colonne, intern) for colonne in COLONNES)
"""A text is kept once: the rows of one household say the same, and a year of them stays in memory till it is placed."""
_TYPE, _REF, _ETUDE, _DATE_ACTE, _PARC, _NOM, _COMMUNE, _RPLS, _DETTE = (
    COLONNES.index(c)
    for c in ("type_acte", "ref_acte", "etude_siret", "date_acte", "parc", "nom", "commune_insee", "id_rpls", "dette")
)

"""Reading a lot: records in, rows and refusals out. Pure, and a stream: no row is kept here.

A bad row is refused alone, once, for its first faulty column in the order of ``COLONNES``, a NIR anywhere coming
first; a refusal names the line and the column and never repeats what stands there. What is optional and cannot be
read, or cannot be, is set aside (``Rangee.ecartes``), and told the same way.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from functools import lru_cache
from sys import intern
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from adapters.exploc.fichier import COLONNES, Entete, Lot, rangees
from adapters.mots.tableur import depouiller
from ledger.catalogue import ACTES
from ledger.droit.bornes import ACTES_DEPUIS, AVENIR, NAISSANCES_DEPUIS, borne
from ledger.droit.communes import commune
from ledger.droit.listes import codes
from ledger.nir import contient_nir
from ledger.noms import INTERDITS, est_cle, est_logement, est_siret, factice, visible

_TEL_QUEL: Final = Entete(tuple(range(len(COLONNES))), len(COLONNES), ())
NIR: Final = "nir"
_CHIFFRES_MAX: Final = 20
TEXTE_MAX: Final = 200
TEXTE_LIBRE_MAX: Final = 500
CENTIMES_MAX: Final = 10_000_000_00
EFFECTIF_MAX: Final = 30
MOIS_MAX: Final = 60

_DATE: Final = re.compile(r"([0-9]{2})/([0-9]{2})/([0-9]{4})")
_MONTANT: Final = re.compile(r"([0-9]{1,3}(?:[ \u00a0\u2009\u202f][0-9]{3})+|[0-9]+)(?:,([0-9]{1,2}))?")
_ESPACES: Final = re.compile(r"[ \u00a0\u2009\u202f]")


class Rangee(NamedTuple):
    """An accepted row. Money in cents; None is unknown. ``ecartes``: optional columns that could not be read."""

    numero: int
    num_lot: str | None
    num_ligne: str | None
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

    def place(self) -> tuple[object, ...]:
        """Where it stands by its numbers; by its act, where it has none: the same however it came."""
        ligne = self.num_ligne or ""
        rang = int(ligne) if ligne.isascii() and ligne.isdigit() and len(ligne) < _CHIFFRES_MAX else 0
        return self.num_lot or "", rang, ligne, self.date_acte, self.etude_siret, self.type_acte, self.ref_acte


class RangeeRefusee(NamedTuple):
    """A refused row: physical line (the header is line 1), column at fault, reason in French. Never the content."""

    numero: int
    colonne: str
    motif: str


def lire(lot: Lot, jour: date) -> Iterator[Rangee | RangeeRefusee]:
    """The rows of a lot in order. ``jour`` is the day of the import: a later act is in the future."""
    for numero, cellules in rangees(lot):
        yield _refus_de_forme(numero) if cellules is None else _controler(numero, cellules, lot.entete, jour)


def lire_seule(valeurs: Mapping[str, str], jour: date) -> Rangee | RangeeRefusee:
    """A row that came alone, by column, read as one of a lot; what it does not give is empty."""
    return _controler(1, [valeurs.get(colonne, "") for colonne in COLONNES], _TEL_QUEL, jour)


def _refus_de_forme(numero: int) -> RangeeRefusee:
    return RangeeRefusee(numero, COLONNES[-1], "les guillemets de la ligne sont mal fermés")


def _controler(numero: int, cellules: list[str], entete: Entete, jour: date) -> Rangee | RangeeRefusee:
    brut = "x".join(cellules)  # a NIR is never written across two cells
    if contient_nir(brut, cle_exigee=True):
        return RangeeRefusee(numero, NIR, "un numéro de sécurité sociale figure dans la ligne")
    if len(cellules) > entete.largeur and any(c.strip() for c in cellules[entete.largeur :]):
        return RangeeRefusee(numero, COLONNES[-1], "une valeur se trouve au-delà de la dernière colonne de l'en-tête")
    valeurs = _valeurs(cellules, entete)
    faute = next(_fautes(valeurs, jour), None)
    if len(max(valeurs, key=len)) > TEXTE_MAX or INTERDITS.search(brut):
        faute = _premiere(faute, _texte_interdit(valeurs))
    return _ligne(numero, valeurs, jour) if faute is None else RangeeRefusee(numero, *faute)


def _valeurs(cellules: list[str], entete: Entete) -> list[str]:
    """The cells in the order of ``COLONNES``. Columns missing at the end are empty, as spreadsheets leave them."""
    if len(cellules) < entete.largeur:
        cellules = cellules + [""] * (entete.largeur - len(cellules))
    valeurs = [cellules[place].strip() for place in entete.places]
    if "'" in (valeur[:1] for valeur in valeurs):  # what a spreadsheet would run was written so
        valeurs = [depouiller(valeur).strip() for valeur in valeurs]
    for nom in (_NOM, _PRENOMS, _BAILLEUR_NOM):
        valeurs[nom] = visible(valeurs[nom])
    for siret in (_ETUDE, _BAILLEUR):
        valeurs[siret] = _ESPACES.sub("", valeurs[siret])
    return valeurs


def _texte_interdit(valeurs: list[str]) -> tuple[str, str] | None:
    """The first column whose text cannot be kept: too long, or with a character that nobody should be shown."""
    for colonne, valeur in zip(COLONNES, valeurs, strict=True):
        limite = TEXTE_LIBRE_MAX if colonne == "observations" else TEXTE_MAX
        if len(valeur) > limite:
            return colonne, f"le texte dépasse {limite} caractères"
        if INTERDITS.search(valeur):
            return colonne, "le texte contient un caractère interdit"
    return None


def _premiere(*fautes: tuple[str, str] | None) -> tuple[str, str] | None:
    return min((f for f in fautes if f is not None), key=lambda f: COLONNES.index(f[0]), default=None)


def _fautes(v: list[str], jour: date) -> Iterator[tuple[str, str]]:
    """What refuses a row, in the order of the columns."""
    if v[_TYPE] not in ACTES:
        yield "type_acte", "le type d'acte n'est pas de la liste"
    if not est_cle(v[_REF]):
        yield "ref_acte", "le numéro de l'acte est obligatoire : ni mention (« NC »), ni nombre abîmé par un tableur"
    if not est_siret(v[_ETUDE]):
        yield "etude_siret", "le SIRET n'a pas 14 chiffres, ou sa clé est fausse"
    date_acte = lire_date(v[_DATE_ACTE])
    if date_acte is None:
        yield "date_acte", "la date n'est pas une date du calendrier (JJ/MM/AAAA)"
    elif date_acte > jour:
        yield "date_acte", "la date est dans l'avenir"
    elif date_acte < ACTES_DEPUIS:
        yield "date_acte", f"la date est d'avant {ACTES_DEPUIS.year} : l'année est sans doute mal tapée"
    if factice(v[_NOM]):
        yield "nom", "le nom est obligatoire : une mention (« NC », « INCONNU ») n'en est pas un"
    if date_acte is not None and not _commune_connue(v[_COMMUNE], date_acte):
        yield "commune_insee", "ce n'est pas une commune de Seine-Saint-Denis à la date de l'acte"
    if v[_DETTE] and lire_montant(v[_DETTE]) is None:
        yield "dette", "le montant est illisible, négatif ou hors limites"


def _ligne(numero: int, v: list[str], jour: date) -> Rangee:
    valeurs: list[Any] = [
        lire_valeur(brute) if brute else None for lire_valeur, brute in zip(_LECTURES, v, strict=True)
    ]
    for place in _impossibles(valeurs, jour):
        valeurs[place] = None
    ecartes: tuple[str, ...] = ()
    if valeurs.count(None) != v.count(""):
        ecartes = tuple(c for c, lue, brute in zip(COLONNES, valeurs, v, strict=True) if brute and lue is None)
    if valeurs[_PARC] is None:
        valeurs[_PARC] = "SOCIAL" if valeurs[_RPLS] else "PRIVE"
    return Rangee._make((numero, *valeurs, ecartes))


def _impossibles(valeurs: list[Any], jour: date) -> Iterator[int]:
    """The places of what can be read and cannot be: a day out of its time, a dwelling number in the parc privé."""
    acte: date = valeurs[_DATE_ACTE]
    recu: date | None = valeurs[_RECEPTION]
    if recu is not None and not acte <= recu <= jour:
        yield _RECEPTION
        recu = None
    for place, debut, fin in (
        (_NAISSANCE, NAISSANCES_DEPUIS, acte),
        (_ARRETEE, ACTES_DEPUIS, recu or acte),
        (_AUDIENCE, ACTES_DEPUIS, acte + AVENIR),
    ):
        if valeurs[place] is not None and not debut <= valeurs[place] <= fin:
            yield place
    if valeurs[_RPLS] is not None and valeurs[_PARC] == "PRIVE":
        yield _RPLS
    mois = valeurs[_DELAIS]
    if mois is not None and (limite := borne("delais_mois", acte)) and not limite.minimum <= mois <= limite.maximum:
        yield _DELAIS


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


def _si(admis: Callable[[str], bool]) -> Callable[[str], str | None]:
    @lru_cache(maxsize=8192)
    def lire_texte(texte: str) -> str | None:
        return intern(texte) if admis(texte) else None

    return lire_texte


def _numero(texte: str) -> str | None:
    """A dwelling's number, in groups or not."""
    serre = _ESPACES.sub("", texte)
    return intern(serre) if est_logement(serre) else None


_dit_quelque_chose: Final = _si(lambda texte: not factice(texte))
_LECTEURS: Final[Mapping[str, Callable[[str], Any]]] = MappingProxyType(
    {
        "parc": _code("SOCIAL", "PRIVE"),
        "qualification": _code(*codes("qualification_decision")),
        "dispositif": _code(*codes("dispositif_decision")),
        "solution": _code(*codes("solution_expulsion")),
        "bailleur_siret": _si(est_siret),
        "id_rpls": _numero,
        "delais_mois": _entier(MOIS_MAX),
        "nb_adultes": _entier(EFFECTIF_MAX),
        "nb_enfants": _entier(EFFECTIF_MAX),
        **dict.fromkeys(("ref_dossier", "num_rg"), _si(est_cle)),
        **dict.fromkeys(("bailleur_nom", "prenoms", "adresse"), _dit_quelque_chose),
        **dict.fromkeys(("loyer", "charges", "dette"), lire_montant),
        **dict.fromkeys(
            ("date_acte", "date_reception", "date_naissance", "dette_arretee_au", "date_audience"), lire_date
        ),
    }
)
_LECTURES: Final = tuple(_LECTEURS.get(colonne, intern) for colonne in COLONNES)
"""A text is kept once: the rows of one household say the same, and a year of them stays in memory till it is placed."""
(
    _TYPE, _REF, _ETUDE, _DATE_ACTE, _RECEPTION, _PARC, _BAILLEUR, _BAILLEUR_NOM, _NOM, _PRENOMS, _NAISSANCE, _COMMUNE,
    _RPLS, _DETTE, _ARRETEE, _AUDIENCE, _DELAIS,
) = (
    COLONNES.index(c)
    for c in (
        "type_acte", "ref_acte", "etude_siret", "date_acte", "date_reception", "parc", "bailleur_siret",
        "bailleur_nom", "nom", "prenoms", "date_naissance", "commune_insee", "id_rpls", "dette", "dette_arretee_au",
        "date_audience", "delais_mois",
    )
)  # fmt: skip

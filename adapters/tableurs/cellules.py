"""From a cell to a value: what people write, as it is meant; or a sentence that says what was expected.

Nothing is guessed where two readings are possible: an amount « 1.234 », a year « 55 », a day « 10/27/2026 » are faults.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Final

from adapters.tableurs.classeur import Valeur
from adapters.tableurs.refus import TEXTE_MAX
from ledger.droit.communes import communes
from ledger.nir import contient_nir
from ledger.noms import INTERDITS, est_siret, factice, plier


class CelluleRefusee(Exception):
    """A cell is not what its column holds; the message says what was expected, and what to do."""


class GenreDeCellule(StrEnum):
    """What a column holds."""

    NOM = "nom"
    TEXTE = "texte"
    MONTANT = "montant"
    NAISSANCE = "jour de naissance"
    RECENT = "jour récent"
    NOMBRE = "nombre"
    OUI_NON = "oui ou non"
    SIRET = "siret"
    CODE_POSTAL = "code postal"
    COMMUNE = "commune"
    RPLS = "rpls"
    PARC = "parc"


@dataclass(frozen=True, slots=True)
class Lieu:
    """What a cell is read with: today, the day 0 of its numbers if there is one, by what its column is counted."""

    le: date
    origine: date | None = None
    milliers: bool = False


ANCIEN: Final = timedelta(days=731)
"""What a commission is told of is of these two years: before, a year was mistyped, or a number was taken for a day."""
_NIR: Final = (
    "Cette cellule ressemble à un numéro de sécurité sociale (NIR) : il ne s'écrit nulle part, retirez-le du fichier."
)
_LONG: Final = f"Ce texte dépasse {TEXTE_MAX} caractères : raccourcissez-le."
_FORMULE: Final = "Cette formule donne une erreur, ou rien : remplacez-la par la valeur."
_JOUR: Final = "Un jour est attendu, comme 31/10/2026."
_ERREUR: Final = re.compile(
    r"#(?:REF!|N/A|VALUE!|VALEUR!|NAME\?|NOM\?|DIV/0!|NUM!|NOMBRE!|NULL!|NUL!|SPILL!)", re.IGNORECASE
)
_BLANCS: Final = re.compile(r"[\s\u00a0\u2007\u202f]+")
_INVISIBLES: Final = re.compile(r"[\u200b-\u200f\u2060\ufeff\u00ad]")
_SCIENTIFIQUE: Final = re.compile(r"[+-]?[0-9]+(?:[.,][0-9]+)?[eE]\+?[0-9]+")
_NUMERIQUE: Final = re.compile(r"([0-3]?[0-9])[-/.]([0-3]?[0-9])[-/.]([0-9]{4}|[0-9]{2})(?: 0?0[:h]00(?::00)?)?")
_ISO: Final = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?:[T ]00:00(?::00)?)?")
_EN_LETTRES: Final = re.compile(r"([0-3]?[0-9])(?:er)? ([^\W\d_]+)\.? ([0-9]{4})")
_MOIS: Final = ("janv", "fev", "mars", "avr", "mai", "juin", "juil", "aout", "sept", "oct", "nov", "dec")
_UNITES: Final = re.compile(r"(?:€|euros?|eur)$", re.IGNORECASE)
_MILLIERS: Final = re.compile(r"k ?(?:€|euros?|eur)?$", re.IGNORECASE)
_GROUPES: Final = re.compile(r"[0-9]{1,3}(?:[.,'][0-9]{3})+")
_MONTANT_MAX: Final = Decimal(10_000_000)
_OUI: Final = frozenset({"oui", "o", "x", "vrai", "true", "1", "yes"})
_NON: Final = frozenset({"non", "n", "faux", "false", "0", "no"})
_PARCS: Final[Mapping[str, str]] = {
    "social": "SOCIAL", "parcsocial": "SOCIAL", "hlm": "SOCIAL", "public": "SOCIAL",
    "prive": "PRIVE", "parcprive": "PRIVE", "foyer": "FOYER", "logementfoyer": "FOYER", "residencesociale": "FOYER",
}  # fmt: skip


def net(valeur: Valeur) -> Valeur:
    """A cell without what cannot be seen: spaces around it, of whichever kind, and marks of no width."""
    if not isinstance(valeur, str):
        return valeur
    return _BLANCS.sub(" ", _INVISIBLES.sub("", unicodedata.normalize("NFC", valeur))).strip()


def refuser_partout(valeur: Valeur) -> None:
    """What no cell may hold, read or not: a NIR, a text without end."""
    if isinstance(valeur, str) and len(valeur) > TEXTE_MAX:
        raise CelluleRefusee(_LONG)
    ecrit = str(int(valeur)) if isinstance(valeur, float) and valeur.is_integer() else str(valeur)
    if not isinstance(valeur, bool | date | timedelta) and contient_nir(ecrit):
        raise CelluleRefusee(_NIR)


def lire(valeur: Valeur, genre: GenreDeCellule, lieu: Lieu) -> str | int | bool:
    """What a cell says in a column of that kind; ``CelluleRefusee``."""
    if isinstance(valeur, str):
        if _ERREUR.fullmatch(valeur):
            raise CelluleRefusee(_FORMULE)
        if INTERDITS.search(valeur):
            raise CelluleRefusee("Ce texte contient un caractère interdit : saisissez-le de nouveau.")
    return _LECTEURS[genre](valeur, lieu)


def _texte(valeur: Valeur, _: Lieu) -> str:
    if isinstance(valeur, bool | date | timedelta) or not isinstance(valeur, str | int | float):
        raise CelluleRefusee("Un texte est attendu : mettez la cellule au format Texte, puis saisissez-la de nouveau.")
    if isinstance(valeur, str):
        if len(valeur) > _TEXTE_DU_CATALOGUE:
            raise CelluleRefusee(f"Ce texte dépasse {_TEXTE_DU_CATALOGUE} caractères : raccourcissez-le.")
        return valeur
    return str(_entier(valeur, "Un texte est attendu."))


_TEXTE_DU_CATALOGUE: Final = 200


def _nom(valeur: Valeur, lieu: Lieu) -> str:
    attendu = "Un nom est attendu, en lettres."
    if not isinstance(valeur, str) or factice(valeur) or not any(map(str.isalpha, valeur)):
        raise CelluleRefusee(attendu)
    return _texte(valeur, lieu)


def _naissance(valeur: Valeur, lieu: Lieu) -> str:
    jour = _jour_venu(valeur, lieu)
    if jour.year < 1900:  # noqa: PLR2004 - nobody here was born before
        raise CelluleRefusee(_JOUR)
    return jour.isoformat()


def _recent(valeur: Valeur, lieu: Lieu) -> str:
    jour = _jour_venu(valeur, lieu)
    if jour < lieu.le - ANCIEN:
        raise CelluleRefusee("Ce jour a plus de deux ans : vérifiez l'année, ou mettez la ligne à jour.")
    return jour.isoformat()


def _jour_venu(valeur: Valeur, lieu: Lieu) -> date:
    jour = _jour(valeur, lieu)
    if jour > lieu.le:
        raise CelluleRefusee("Ce jour n'est pas encore venu : corrigez la date.")
    return jour


def _jour(valeur: Valeur, lieu: Lieu) -> date:
    match valeur:
        case datetime():
            return valeur.date()
        case date():
            return valeur
        case bool() | timedelta():
            raise CelluleRefusee(_JOUR)
        case int() | float():
            return _jour_compte(valeur, lieu)
        case str():
            return _jour_ecrit(valeur)
        case _:
            raise CelluleRefusee(_JOUR)


def _jour_compte(valeur: float, lieu: Lieu) -> date:
    """A day that the sheet shows as a number, counted from the day 0 of its workbook."""
    if lieu.origine is None or not 1 <= valeur <= 73_000:  # noqa: PLR2004 - until the year 2099
        raise CelluleRefusee(f"{_JOUR} La cellule contient un nombre : mettez-la au format Date.")
    return lieu.origine + timedelta(days=int(valeur))


def _jour_ecrit(texte: str) -> date:
    if trouve := _ISO.fullmatch(texte):
        return _calendrier(int(trouve[1]), int(trouve[2]), int(trouve[3]))
    if trouve := _NUMERIQUE.fullmatch(texte):
        jour, mois, annee = trouve.groups()
        if len(annee) == 2:  # noqa: PLR2004 - digits
            raise CelluleRefusee("L'année est sur deux chiffres : écrivez-la sur quatre, comme 31/10/2026.")
        if int(mois) > 12 >= int(jour):  # noqa: PLR2004 - months
            raise CelluleRefusee("Le mois est écrit avant le jour : écrivez jour/mois/année, comme 31/10/2026.")
        return _calendrier(int(annee), int(mois), int(jour))
    if trouve := _EN_LETTRES.fullmatch(texte):
        mot = plier(trouve[2])
        rangs = [rang for rang, mois in enumerate(_MOIS, 1) if mot.startswith(mois)]
        if len(rangs) == 1:
            return _calendrier(int(trouve[3]), rangs[0], int(trouve[1]))
    raise CelluleRefusee(_JOUR)


def _calendrier(annee: int, mois: int, jour: int) -> date:
    try:
        return date(annee, mois, jour)
    except ValueError as erreur:
        raise CelluleRefusee("Ce jour n'existe pas au calendrier : corrigez la date.") from erreur


def _montant(valeur: Valeur, lieu: Lieu) -> int:
    if isinstance(valeur, bool | date | timedelta) or not isinstance(valeur, str | int | float):
        raise CelluleRefusee("Un montant est attendu, comme 2247,70.")
    dit, milliers = _decimal(valeur), lieu.milliers
    if isinstance(valeur, str) and _MILLIERS.search(valeur):
        milliers = True
    euros = dit * 1000 if milliers else dit
    if euros < 0:
        raise CelluleRefusee(
            "Le montant est négatif : une dette s'écrit sans signe ; retirez la ligne si c'est un avoir."
        )
    if euros > _MONTANT_MAX:
        raise CelluleRefusee("Le montant dépasse dix millions d'euros : vérifiez la virgule et l'unité.")
    centimes = euros * 100
    if isinstance(valeur, str) and centimes != centimes.to_integral_value():
        raise CelluleRefusee("Le montant a plus de deux décimales : écrivez-le en euros et centimes, comme 2247,70.")
    return int(centimes.to_integral_value())


def _decimal(valeur: float | str) -> Decimal:
    if not isinstance(valeur, str):
        try:
            return Decimal(repr(valeur)).quantize(Decimal("0.000001"))
        except InvalidOperation as erreur:  # an infinity, or a number of nothing
            raise CelluleRefusee("Un montant est attendu, comme 2247,70.") from erreur
    texte = valeur.strip()
    entre_parentheses = texte.startswith("(") and texte.endswith(")")
    texte = _MILLIERS.sub("", _UNITES.sub("", texte.strip("()").strip()).strip()).replace(" ", "")
    signe, texte = (-1, texte.lstrip("-−")) if texte[:1] in {"-", "−"} or entre_parentheses else (1, texte.lstrip("+"))
    return signe * _chiffres(texte)


def _chiffres(texte: str) -> Decimal:
    if re.fullmatch("[0-9]+", texte):
        return Decimal(texte)
    entier, signe, decimales = _coupe(texte)
    if not re.fullmatch("[0-9]+", decimales):
        raise CelluleRefusee("Un montant est attendu, en chiffres, comme 2247,70.")
    if re.fullmatch("[0-9]+", entier):
        if len(decimales) == 3 and signe in {".", ","} and len(entier) <= 3:  # noqa: PLR2004 - a group of thousands
            raise CelluleRefusee(
                "Milliers ou décimales ? Écrivez le montant sans séparateur de milliers, comme 2247,70."
            )
        return Decimal(f"{entier}.{decimales}")
    if _GROUPES.fullmatch(entier) and signe not in entier:
        return Decimal(f"{re.sub(r'[^0-9]', '', entier)}.{decimales}")
    raise CelluleRefusee("Un montant est attendu, en chiffres, comme 2247,70.")


def _coupe(texte: str) -> tuple[str, str, str]:
    """At the last of its signs: what stands after it are decimals."""
    rang = max(texte.rfind(","), texte.rfind("."))
    return (texte[:rang], texte[rang], texte[rang + 1 :]) if rang > 0 else (texte, "", "")


def _entier(valeur: Valeur, attendu: str) -> int:
    if isinstance(valeur, bool | date | timedelta):
        raise CelluleRefusee(attendu)
    if isinstance(valeur, int):
        return valeur
    if isinstance(valeur, float) and valeur.is_integer() and valeur >= 0:
        return int(valeur)
    if isinstance(valeur, str) and valeur.replace(" ", "").isascii() and valeur.replace(" ", "").isdigit():
        return int(valeur.replace(" ", ""))
    raise CelluleRefusee(attendu)


def _nombre(valeur: Valeur, _: Lieu) -> int:
    attendu = "Un nombre entier est attendu, de 0 à 60."
    if isinstance(valeur, str):
        valeur = re.sub(r" ?mois$", "", valeur)
    nombre = _entier(valeur, attendu)
    if nombre > 60:  # noqa: PLR2004 - the catalogue's own
        raise CelluleRefusee(attendu)
    return nombre


def _oui_non(valeur: Valeur, _: Lieu) -> bool:
    if isinstance(valeur, bool):
        return valeur
    mot = plier(str(int(valeur)) if isinstance(valeur, float) and valeur.is_integer() else str(valeur))
    if mot in _OUI | _NON:
        return mot in _OUI
    raise CelluleRefusee("« oui » ou « non » est attendu.")


def _numero(valeur: Valeur, chiffres: int, attendu: str) -> str:
    """A number of so many digits: what a sheet keeps as a number has lost its first zeros, and they are put back."""
    if isinstance(valeur, str) and _SCIENTIFIQUE.fullmatch(valeur):
        raise CelluleRefusee(
            "Le tableur a écrit ce numéro en notation scientifique, des chiffres sont perdus : mettez la cellule au"
            " format Texte, puis saisissez-la de nouveau."
        )
    numero = str(_entier(valeur, attendu))
    if isinstance(valeur, str):
        numero = valeur.replace(" ", "")
    return numero.zfill(chiffres)


def _siret(valeur: Valeur, _: Lieu) -> str:
    attendu = "Un SIRET est attendu : 14 chiffres."
    numero = _numero(valeur, 14, attendu)
    if not est_siret(numero):
        raise CelluleRefusee(f"{attendu} Vérifiez-le : sa clé n'est pas juste.")
    return numero


def _code_postal(valeur: Valeur, _: Lieu) -> str:
    attendu = "Un code postal est attendu : 5 chiffres."
    numero = _numero(valeur, 5, attendu)
    if len(numero) != 5:  # noqa: PLR2004 - its digits
        raise CelluleRefusee(attendu)
    return numero


def _rpls(valeur: Valeur, _: Lieu) -> str:
    attendu = "Un identifiant RPLS est attendu : 10 chiffres."
    numero = _numero(valeur, 10, attendu)
    if len(numero) != 10:  # noqa: PLR2004 - its digits
        raise CelluleRefusee(attendu)
    return numero


def _commune(valeur: Valeur, lieu: Lieu) -> str:
    texte = (
        str(_entier(valeur, "")) if isinstance(valeur, int | float) and not isinstance(valeur, bool) else str(valeur)
    )
    connues = communes(lieu.le)
    cle = plier(re.sub(r"^st(e?)\b", r"saint\1", texte, flags=re.IGNORECASE))
    trouvees = [c.code for c in connues if texte == c.code or cle == plier(c.nom)]
    if len(trouvees) != 1:
        raise CelluleRefusee(
            "Une commune de Seine-Saint-Denis est attendue, par son nom ou son code INSEE (pas son code postal)."
        )
    return trouvees[0]


def _parc(valeur: Valeur, _: Lieu) -> str:
    parc = _PARCS.get(plier(str(valeur)))
    if parc is None:
        raise CelluleRefusee("« social », « privé » ou « foyer » est attendu.")
    return parc


_LECTEURS: Final[Mapping[GenreDeCellule, Callable[[Valeur, Lieu], str | int | bool]]] = {
    GenreDeCellule.NOM: _nom,
    GenreDeCellule.TEXTE: _texte,
    GenreDeCellule.MONTANT: _montant,
    GenreDeCellule.NAISSANCE: _naissance,
    GenreDeCellule.RECENT: _recent,
    GenreDeCellule.NOMBRE: _nombre,
    GenreDeCellule.OUI_NON: _oui_non,
    GenreDeCellule.SIRET: _siret,
    GenreDeCellule.CODE_POSTAL: _code_postal,
    GenreDeCellule.COMMUNE: _commune,
    GenreDeCellule.RPLS: _rpls,
    GenreDeCellule.PARC: _parc,
}

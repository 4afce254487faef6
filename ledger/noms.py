"""Names and numbers as people write them: how they compare, and what stands for none.

A name is compared folded to a-z: case, accents, strokes, spaces, hyphens, apostrophes and what cannot be seen set
apart, whatever system wrote it (an upper-case one can only write ``YILMAZ`` for ``Yılmaz``). A stand-in (``NC``, ``0``,
``#N/A``) or a number that a spreadsheet spoilt (``3,52E+09``) names nobody, and is the key of nothing.
"""

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Final

_LETTRES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "ALPHA": "a", "BETA": "b", "CHI": "x", "DELTA": "d", "ENG": "n", "ESH": "s", "ETH": "d", "EZH": "z",
        "GAMMA": "g", "HWAIR": "hv", "IOTA": "i", "KRA": "k", "OMEGA": "o", "SCHWA": "e", "THORN": "th",
        "UPSILON": "u", "VEND": "v", "WYNN": "w", "YOGH": "y",
    }
)  # fmt: skip
"""Latin letters that Unicode gives a name of their own, and how they are written without it."""
_LETTRE_LATINE: Final = re.compile(r"LATIN .*?(?:LETTER|LIGATURE) (.+)")
_LETTRE_POSEE: Final = "MODIFIER LETTER"
_LIGATURE_MAX: Final = 2
_REMPLISSAGES: Final = frozenset("\u115f\u1160\u3164\uffa0")
"""Letters to Unicode, and nothing to the eye."""
_MARQUES_GARDEES: Final = "Mc"

INTERDITS: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""What no text holds: controls, that drive a terminal or that no database takes, and those that turn a line round."""

PRENOMS_COMPTES: Final = 8
"""First names that are told apart: beyond, a text is no list of first names."""

_CHIFFRES_SIRET: Final = re.compile(r"[0-9]{14}")
_LA_POSTE: Final = "356000000"
_CHIFFRES_RPLS: Final = re.compile(r"[0-9]{10}")
_TABLEUR: Final = re.compile(r"[+-]?[0-9]+(?:[.,][0-9]+)?e\+[0-9]+|[+-]?[0-9][.,][0-9]+e-?[0-9]+|#[\w/ ]+[!?]?")
_ABREGE: Final = re.compile(r"n\W+[acdr]\W*|s\W+o\W*")
_FACTICES: Final = frozenset(
    {
        "nc", "nd", "nr", "null", "nul", "none", "nan", "inconnu", "inconnue", "inconnus", "neant", "sansobjet",
        "noncommunique", "noncommuniquee", "nonconnu", "nonconnue", "nonrenseigne", "nonrenseignee", "nondefini",
        "nondetermine", "nonprecise", "aucunnom",
    }
)  # fmt: skip
_PAS_DES_CLES: Final = frozenset(["na", "so", "sans", "aucun", "aucune", "vide", "rien", "non", "test"])
"""Stand-ins in the place of a number, and people's names too."""
_REPETE: Final = 3


@lru_cache(maxsize=4096)
def plier(texte: str) -> str:
    """A name as it is compared: a-z and digits for what is Latin, ``""`` for a name of nothing."""
    if texte.isascii():
        return "".join(filter(str.isalnum, texte.lower()))
    lettres = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", texte).casefold())
    return "".join(map(_sans_signe, lettres))


def _sans_signe(c: str) -> str:
    if c.isascii():
        return c if c.isalnum() else ""
    if c in _REMPLISSAGES or not (c.isalnum() or unicodedata.category(c) == _MARQUES_GARDEES):
        return ""
    nom = unicodedata.name(c, "")
    latine = _LETTRE_LATINE.match(nom)
    if latine is None:
        return "" if nom.startswith(_LETTRE_POSEE) else c
    return _lettre(latine[1])


def _lettre(nom: str) -> str:
    """``D WITH STROKE`` is d, ``DOTLESS I`` is i, ``AE`` is ae; a tone or a click is no letter of a name."""
    mots = nom.partition(" WITH ")[0].split()
    courte = next((mot for mot in mots if len(mot) <= _LIGATURE_MAX and mot.isalpha()), "")
    return _LETTRES.get(mots[-1], courte.lower())


@lru_cache(maxsize=4096)
def prenoms_plies(prenoms: str) -> tuple[str, ...]:
    """First names folded: all of them as one, then each apart where there are several; ``("",)`` for none.

    Civil registry writes all of them, a landlord's file the first. ``Jean-Pierre`` is one, and so is ``Jean Pierre``
    by the first form.
    """
    tous = plier(prenoms)
    mots = [plie for mot in re.split(r"[\s,;]+", prenoms)[:PRENOMS_COMPTES] if (plie := plier(mot))]
    return tuple(dict.fromkeys((tous, *mots)))


@lru_cache(maxsize=4096)
def factice(texte: str) -> bool:
    """Whether what is written stands for nothing: a stand-in, a spreadsheet's error, or signs without a letter."""
    plie = plier(texte)
    if not plie or plie in _FACTICES or not plie.strip("0") or (len(plie) >= _REPETE and not plie.strip("x")):
        return True
    ecrit = unicodedata.normalize("NFKC", texte).strip().casefold()
    return _TABLEUR.fullmatch(ecrit) is not None or _ABREGE.fullmatch(ecrit) is not None


@lru_cache(maxsize=4096)
def est_cle(texte: str) -> bool:
    """Whether a reference can be one household's or one act's: no stand-in, no spoilt number."""
    return not factice(texte) and plier(texte) not in _PAS_DES_CLES


def est_logement(texte: str) -> bool:
    """Whether this is a dwelling's number in the RPLS: ten digits, not all alike."""
    return _CHIFFRES_RPLS.fullmatch(texte) is not None and len(set(texte)) > 1


@lru_cache(maxsize=4096)
def est_siret(texte: str) -> bool:
    """14 digits, not all alike, whose Luhn sum is right; La Poste gives its branches another key."""
    if not _CHIFFRES_SIRET.fullmatch(texte) or len(set(texte)) == 1:
        return False
    if texte.startswith(_LA_POSTE) and sum(map(int, texte)) % 5 == 0:
        return True
    doubles = (int(c) * 2 for c in texte[::2])
    return (sum(sum(divmod(d, 10)) for d in doubles) + sum(map(int, texte[1::2]))) % 10 == 0


def visible(texte: str) -> str:
    """A name as it is kept: trimmed, without what cannot be seen."""
    return (texte if texte.isascii() else _visible(texte)).strip()


@lru_cache(maxsize=4096)
def _visible(texte: str) -> str:
    return "".join([c for c in texte if c not in _REMPLISSAGES and unicodedata.category(c) != "Cf"])

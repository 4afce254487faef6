"""Whether a NIR stands in a text: it is refused wherever it is typed, and never echoed.

A NIR is 13 characters (sex, year, month, department, commune, order), or 15 with its key: ``97 - (n mod 97)``. The
department may be 2A or 2B. It may be written with spaces, dots or hyphens, and stands between two non-digits. A
SIRET has 14 digits, a telephone number 10, an IBAN is recognised by its own key: none of them is a NIR.
"""

import re
from typing import Final

_SEP: Final = r"[\s.\-\u2010-\u2013]{0,2}"
_CHIFFRE: Final = rf"{_SEP}\d"
_CANDIDAT: Final = re.compile(
    # A lookahead, so that a house number before a NIR does not hide it: candidates may overlap.
    rf"(?<!\d)(?=(\d(?:{_CHIFFRE}){{5}}{_SEP}[\dABab](?:{_CHIFFRE}){{6}}(?:{_CHIFFRE}{_CHIFFRE})?)(?!\d))"
)
_ASSEZ: Final = {cle: re.compile(rf"\d[\d\sABab.\-\u2010-\u2013]{{{n - 1}}}") for cle, n in ((False, 13), (True, 15))}
_TRAITS: Final = re.compile(r"[\s.\-\u2010-\u2013]+")
_IBAN: Final = re.compile(r"\b([A-Z]{2})(\d{2})((?: ?[0-9A-Z]{4}){3,7}(?: ?[0-9A-Z]{1,4})?)\b")

LONGUEUR_AVEC_CLE: Final = 15
CORSE: Final = {"2A": "19", "2B": "18"}


def _cle_juste(treize: str, cle: str) -> bool:
    return 97 - int(treize) % 97 == int(cle)


_MOIS: Final = frozenset({*range(1, 13), 20, *range(30, 43), *range(50, 100)})


def _plausible(treize: str, departement: str) -> bool:
    """Sex, month and department as INSEE gives them (months 20, 30 to 42 and from 50: unknown month)."""
    mois = int(treize[3:5])
    return (
        treize[0] in "123478"
        and mois in _MOIS
        and (departement in CORSE or int(departement) > 0)
        and treize[7:10] != "000"
        and treize[10:13] != "000"
    )


def _est_iban(trouve: re.Match[str]) -> bool:
    pays, cle, compte = trouve.groups()
    return int("".join(str(int(c, 36)) for c in compte.replace(" ", "") + pays + cle)) % 97 == 1


def contient_nir(texte: str, *, cle_exigee: bool = False) -> bool:
    """Whether ``texte`` holds a NIR.

    By default 13 characters are enough when they are plausible, and the key must be right where it is given. With
    ``cle_exigee`` (a lot, full of long numbers) only 13 characters followed by a right key are one.
    """
    if not _ASSEZ[cle_exigee].search(texte):  # a cheap look first: a lot asks this of every row
        return False
    candidats = [m[1] for m in _CANDIDAT.finditer(texte)]
    if (sans_iban := _IBAN.sub(lambda m: " " if _est_iban(m) else m[0], texte)) != texte:
        candidats = [m[1] for m in _CANDIDAT.finditer(sans_iban)]
    for candidat in candidats:
        signes = "".join(str(int(c)) if c.isdecimal() else c.upper() for c in _TRAITS.sub("", candidat))
        departement = signes[5:7]
        chiffres = signes[:5] + CORSE.get(departement, departement) + signes[7:]
        if not chiffres.isdecimal():
            continue
        avec_cle = len(chiffres) == LONGUEUR_AVEC_CLE
        if avec_cle and not _cle_juste(chiffres[:13], chiffres[13:]):
            continue
        if cle_exigee:
            if avec_cle:
                return True
        elif _plausible(chiffres[:13], departement):
            return True
    return False

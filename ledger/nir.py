"""Whether a NIR stands in a text: it is refused wherever it is typed, and never echoed.

A NIR is 13 characters (sex, year, month, department, commune, order), or 15 with its key: ``97 - (n mod 97)``. The
department may be 2A or 2B. Between two of its characters may stand anything that is neither letter nor digit (spaces,
signs, punctuation, what cannot be seen); it stands between two non-digits. A SIRET has 14 digits, a telephone number
10, an IBAN is recognised by its own key, dates and hours by their shape: none of them is a NIR.

Texts are read once, and each place that may begin a NIR is looked at for thirty characters: the work is in proportion
to the text, whatever it holds.
"""

import re
import unicodedata
from itertools import islice
from typing import Final

LONGUEUR: Final = 13
LONGUEUR_AVEC_CLE: Final = 15
CANDIDATS_MAX: Final = 32
"""Places of one text that may begin a NIR: beyond, it is no text, and passes for one rather than be gone through."""
SORTES_D_UN_FAUX: Final = 6
"""Different digits among the 17 that an id has beside a NIR: a padding has fewer, a draw has eleven as a rule."""
CORSE: Final = {"2A": "19", "2B": "18"}

_ASSEZ: Final = {
    cle: re.compile(rf"[123478](?:[\W_]*+[\dABab]){{{n - 1}}}", re.ASCII)
    for cle, n in ((False, LONGUEUR), (True, LONGUEUR_AVEC_CLE))
}
_CHIFFRE_D_AILLEURS: Final = re.compile(r"(?![0-9])\d")
_SIGNES: Final = re.compile(r"[\W_]+")
_MOIS: Final = "0 ?[1-9]|1 ?[0-2]|2 ?0|3 ?[0-9]|4 ?[0-2]"
_MOIS_FICTIFS: Final = "[0-9] ?[0-9]"
"""With a right key: INSEE gives from 50 on to who has no month of birth; so do the years of today."""


def _candidat(mois: str, suite: str) -> re.Pattern[str]:
    """Sex, year, month, department, commune, order, then ``suite``. A lookahead: candidates overlap."""
    ordre = " ?".join(["[0-9]"] * 6)
    treize = rf"[123478] ?[0-9] ?[0-9] ?(?:{mois}) ?[0-9] ?[0-9ABab] ?{ordre}"
    return re.compile(rf"(?<![0-9])(?=({treize}){suite}(?![0-9]))")


_EN_PROSE: Final = _candidat(_MOIS, "")
_AVEC_CLE: Final = _candidat(_MOIS_FICTIFS, "( ?[0-9] ?[0-9])")
_SERRE_AVEC_CLE: Final = re.compile(r"(?=([123478][0-9]{5}[0-9ab][0-9]{6})([0-9]{2}))")
_QUINZE: Final = re.compile(r"[0-9]{6}[0-9ab][0-9]{8}")
_IBAN: Final = re.compile(r"\b([A-Z]{2})([0-9]{2})((?: ?[0-9A-Z]{4}){3,7}(?: ?[0-9A-Z]{1,4})?)\b")
_JOUR: Final = re.compile(
    r"(?<!\d)(?:(?:19|20)\d\d([-/.])(?:0[1-9]|1[0-2])\1(?:0[1-9]|[12]\d|3[01])"
    r"|(?:0[1-9]|[12]\d|3[01])([-/.])(?:0[1-9]|1[0-2])\2(?:19|20)\d\d)(?!\d)"
)
_HEURE: Final = re.compile(r"(?<![\d:])(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:[.,]\d{1,9})?(?![\d:])")
_INSTANT: Final = re.compile(
    r"(?<!\d)20\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])[T_ -]?(?:[01]\d|2[0-3])[0-5]\d[0-5]\d[.,_ -]?\d{0,9}(?!\d)"
)
_UUID: Final = re.compile(r"(?<![0-9A-Za-z])[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}(?![0-9A-Za-z])")
_HEXADECIMAL: Final = re.compile(r"[0-9a-fA-F]{8}-?(?:[0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}")


def assez_de_chiffres(texte: str, *, cle_exigee: bool = False) -> bool:
    """Whether an ASCII text has as many digits in a row as a NIR, whatever stands between them: else it holds none."""
    return _ASSEZ[cle_exigee].search(texte) is not None


def contient_nir(texte: str, *, cle_exigee: bool = False) -> bool:
    """Whether ``texte`` holds a NIR.

    By default 13 characters are enough when they are plausible. With ``cle_exigee`` (keys and references, a lot full of
    long numbers) only 13 characters followed by a right key are one, and what reads as a day and an hour is not.
    """
    if not texte.isascii():
        texte = unicodedata.normalize("NFKC", texte)
        texte = _CHIFFRE_D_AILLEURS.sub(lambda trouve: str(unicodedata.decimal(trouve[0])), texte)
    if not assez_de_chiffres(texte, cle_exigee=cle_exigee):  # a cheap look first: a lot asks this of every row
        return False
    if any(identifiant_porte_nir(trouve[0]) for trouve in _UUID.finditer(texte)):
        return True
    for signe in (_UUID, _IBAN, _JOUR, _HEURE, _INSTANT) if cle_exigee else (_UUID, _IBAN, _JOUR, _HEURE):
        texte = signe.sub(_sans_ce_qui_n_en_est_pas, texte)
    texte = _SIGNES.sub(" ", texte)
    avec_cle = list(islice(_AVEC_CLE.finditer(texte), CANDIDATS_MAX))
    en_prose = [] if cle_exigee else list(islice(_EN_PROSE.finditer(texte), CANDIDATS_MAX))
    return (
        max(len(avec_cle), len(en_prose)) == CANDIDATS_MAX
        or any(_juste(c[1], c[2]) for c in avec_cle)
        or any(_plausible(c[1]) for c in en_prose)
    )


def identifiant_porte_nir(texte: str) -> bool:
    """Whether a NIR was put into an opaque id of 32 hexadecimal digits.

    One of 200 drawn at random has 13 digits that look so, and one of 20,000 a right key too. So 13 digits are one only
    at the head of an id without any letter, and 15 with their key where the rest is of few sorts of digits: somebody
    made those; what is drawn has either once in 40 million.
    """
    serre = texte.replace("-", "").lower()
    if not _QUINZE.search(serre):  # a cheap look first: every address has an id
        return False
    if serre.isdecimal() and contient_nir(serre[:LONGUEUR]):
        return True
    return any(
        _juste(c[1], c[2]) and len(set(serre[: c.start(1)] + serre[c.end(2) :])) <= SORTES_D_UN_FAUX
        for c in _SERRE_AVEC_CLE.finditer(serre)
    )


def est_identifiant(texte: str) -> bool:
    """Whether a text is an opaque id: 32 hexadecimal digits, as a UUID or a trace is written."""
    return _HEXADECIMAL.fullmatch(texte) is not None


def _sans_ce_qui_n_en_est_pas(trouve: re.Match[str]) -> str:
    """A letter in the place of a date, an hour, an id, or an IBAN whose key is right: nothing is read across it."""
    return trouve[0] if trouve.re is _IBAN and not _est_iban(trouve) else "x"


def _est_iban(trouve: re.Match[str]) -> bool:
    pays, cle, compte = trouve.groups()
    return int("".join(str(int(c, 36)) for c in compte.replace(" ", "") + pays + cle)) % 97 == 1


def _numero(candidat: str) -> str | None:
    """The 13 digits of a candidate, Corsica's departments as they are computed with."""
    signes = candidat.replace(" ", "").upper()
    departement = signes[5:7]
    chiffres = signes[:5] + CORSE.get(departement, departement) + signes[7:]
    return chiffres if chiffres.isdecimal() else None


def _plausible(candidat: str) -> bool:
    """Department, commune and order as INSEE gives them."""
    numero = _numero(candidat)
    return numero is not None and int(numero[5:7]) > 0 and numero[7:10] != "000" and numero[10:13] != "000"


def _juste(candidat: str, cle: str) -> bool:
    numero = _numero(candidat)
    return numero is not None and int(numero[5:7]) > 0 and 97 - int(numero) % 97 == int(cle.replace(" ", ""))

"""How a period of law is counted (CPC 640 to 642; règlement n° 1182/71), forwards and backwards."""

from datetime import date
from enum import StrEnum
from functools import lru_cache
from typing import Final

from ledger.droit.feries import JOUR, executable, ouvre
from ledger.droit.jours import dans
from ledger.droit.treves import treve


class Unite(StrEnum):
    """What a period of days is counted in."""

    JOUR = "JOUR"
    SEMAINE = "SEMAINE"
    OUVRE = "OUVRE"
    MOIS = "MOIS"
    AN = "AN"


class Ensuite(StrEnum):
    """Which day comes after the last one."""

    LENDEMAIN = "LENDEMAIN"
    SIGNIFICATION = "SIGNIFICATION"
    EXECUTION = "EXECUTION"


# By words, as rows have them: an Enum is ten times longer to make from its word.
_JOURS: Final = {Unite.JOUR.value: JOUR, Unite.SEMAINE.value: 7 * JOUR}
_MOIS: Final = {Unite.MOIS.value: 1, Unite.AN.value: 12}


def dernier_jour(depart: date, nombre: int, unite: str) -> date:
    """The last day of a period, up to 24 h. The day that starts it is not counted (CPC 641 and 642).

    Months end on the same day of the month, or on its last one. Backwards, the first day counted is the eve, and the
    period expires at 0 h of the last: the last useful day is the one before (Cass. 3e civ. avis, 6 nov. 2025,
    n° 25-70.018). Of working days backwards, the last one counted is itself useful: « au plus tard cinq jours avant ».
    """
    if unite == Unite.OUVRE:
        return _ouvres(depart, nombre)
    mois = _MOIS.get(unite)
    terme = depart + nombre * _JOURS[unite] if mois is None else dans(nombre * mois, depart)
    return terme - JOUR if nombre < 0 else terme


def _ouvres(depart: date, nombre: int) -> date:
    pas, jour, reste = (JOUR if nombre > 0 else -JOUR), depart, abs(nombre)
    while reste:
        jour += pas
        reste -= ouvre(jour)
    return jour


def proroge(jour: date) -> date:
    """The same day, or the next one on which offices are open (CPC 642, al. 2)."""
    while not ouvre(jour):
        jour += JOUR
    return jour


def premier_jour(dernier: date, effet: str, *, en_treve: bool = True) -> date:
    """The day after, or the first one from there on which it can be done. ``en_treve``: the winter truce counts."""
    lendemain = dernier + JOUR
    if effet == Ensuite.LENDEMAIN.value:
        return lendemain
    return execution(lendemain, en_treve=en_treve and _EN_TREVE[effet])


_EN_TREVE: Final = {Ensuite.SIGNIFICATION.value: False, Ensuite.EXECUTION.value: True}
"""Whether the winter truce stops what comes after."""


@lru_cache(maxsize=4096)
def execution(jour: date, *, en_treve: bool = True) -> date:
    """That day, or the first from there that is neither a Sunday, nor a public holiday, nor in the winter truce."""
    while True:
        sursis = treve(jour) if en_treve else None
        if sursis is not None:
            jour = sursis[1] + JOUR
        elif not executable(jour):
            jour += JOUR
        else:
            return jour

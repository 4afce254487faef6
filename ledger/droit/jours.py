"""A date is a day in Paris, whatever the zone of the server or of the database's session."""

import time
from calendar import monthrange
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

PARIS: Final = ZoneInfo("Europe/Paris")

RESOLUTION: Final = timedelta(microseconds=1)

INSECABLE: Final = "\u00a0"

_DE_TOUS_LES_MOIS: Final = 28
"""The last day that every month has."""

_MOIS: Final = (
    "janvier", "février", "mars", "avril", "mai", "juin",
    "juillet", "août", "septembre", "octobre", "novembre", "décembre",
)  # fmt: skip


@lru_cache(maxsize=4096)
def en_francais(jour: date) -> str:
    """A day as the French write it, with spaces that do not break: ``1er mars 2026``."""
    quantieme = "1er" if jour.day == 1 else str(jour.day)
    return INSECABLE.join((quantieme, _MOIS[jour.month - 1], str(jour.year)))


def aujourd_hui() -> date:
    """Today."""
    maintenant = time.time()
    debute, finit, jour = _COURANT[0]
    if not debute <= maintenant < finit:
        jour = datetime.fromtimestamp(maintenant, PARIS).date()
        _COURANT[0] = debut(jour).timestamp(), debut(jour + timedelta(days=1)).timestamp(), jour
    return jour


_COURANT: Final = [(0.0, 0.0, date.min)]
"""The day that it is, from when to when: looked at several times in each request, it changes once a day."""


def dans(mois: int, depuis: date) -> date:
    """So many months later (earlier, if negative), or the last day of that month where it has no such day."""
    annees, rang = divmod(depuis.month - 1 + mois, 12)
    annee, mois, jour = depuis.year + annees, rang + 1, depuis.day
    return date(annee, mois, jour if jour <= _DE_TOUS_LES_MOIS else min(jour, monthrange(annee, mois)[1]))


def debut(jour: date) -> datetime:
    """The moment at which a day begins."""
    return datetime(jour.year, jour.month, jour.day, tzinfo=PARIS)


def fin(jour: date) -> datetime:
    """The last moment of a day: what was told a microsecond later is of the next one."""
    return datetime.max.replace(tzinfo=UTC) if jour == date.max else debut(jour + timedelta(days=1)) - RESOLUTION

"""Days of rest of Seine-Saint-Denis, which has the national public holidays and no other."""

from datetime import date, timedelta
from functools import cache, lru_cache
from typing import Final

JOUR: Final = timedelta(days=1)

_SAMEDI, _DIMANCHE = 5, 6
_GARDES: Final = 16_384
"""Days that are looked at once: some forty-five years of them."""


@cache
def feries(annee: int) -> frozenset[date]:
    """The public holidays of a year (code du travail, L.3133-1)."""
    from holidays.countries.france import France  # noqa: PLC0415 - it brings those of all countries: 17 MB, 50 ms

    return frozenset(France(years=annee))  # type: ignore[no-untyped-call]  # typed but for its constructor


def ferie(jour: date) -> bool:
    """Whether it is a public holiday."""
    return jour in feries(jour.year)


@lru_cache(_GARDES)
def ouvre(jour: date) -> bool:
    """Whether offices are open: neither a Saturday, nor a Sunday, nor a public holiday."""
    return jour.weekday() < _SAMEDI and not ferie(jour)


@lru_cache(_GARDES)
def executable(jour: date) -> bool:
    """Whether an act of enforcement, or a signification, may be done: Saturdays too (CPCE L.141-1; CPC 664)."""
    return jour.weekday() != _DIMANCHE and not ferie(jour)

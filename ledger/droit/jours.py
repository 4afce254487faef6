"""A date is a day in Paris, whatever the zone of the server or of the database's session."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

PARIS: Final = ZoneInfo("Europe/Paris")

RESOLUTION: Final = timedelta(microseconds=1)


def aujourd_hui() -> date:
    """Today."""
    return datetime.now(PARIS).date()


def debut(jour: date) -> datetime:
    """The moment at which a day begins."""
    return datetime.combine(jour, time(), PARIS)


def fin(jour: date) -> datetime:
    """The last moment of a day: what was told a microsecond later is of the next one."""
    return datetime.max.replace(tzinfo=UTC) if jour == date.max else debut(jour + timedelta(days=1)) - RESOLUTION

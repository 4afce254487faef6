"""The acts of a case as somebody reads them, and the marks by which rules find them.

A mark names a type of event, what some of its fields have to hold, and the field that gives the day:
``RelogementAvance[dispositif=DALO,etape=OFFRE|RELOGE]``, ``AssignationSignifiee.date_audience``. Without a field, it is
the day on which the act is true. ``~`` is a field of which nothing is told, ``OUI`` and ``NON`` are those of a yes or
no, and `` ou `` stands between two marks. Without a type, it is a field of the very act that starts the clock; ``.``
alone, its day.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import date
from functools import cache
from types import MappingProxyType
from typing import Any, Final, NamedTuple

_RIEN: Final[Mapping[str, Any]] = MappingProxyType({})


class ActeLu(NamedTuple):
    """One act as it is read: its id, its type, the day on which it is true, and what is told of its fields.

    What its reader is not shown is not there: to a clock, it was not told. ``rang``: which comes first of two acts of
    one day that say the same.
    """

    id: str
    nature: str
    le: date
    dits: Mapping[str, Any] = _RIEN
    rang: int = 0


class Repere(NamedTuple):
    """One mark, parsed."""

    nature: str
    conditions: tuple[tuple[str, frozenset[str]], ...]
    champ: str

    def parmi(self, actes: Sequence[ActeLu]) -> "list[Point]":
        """Those that it marks, of acts of its type, each with the day that it gives."""
        for champ, admis in self.conditions:
            actes = [acte for acte in actes if _ecrit(acte.dits.get(champ)) in admis]
        return [Point(self.jour(acte), acte) for acte in actes]

    def jour(self, acte: ActeLu) -> date | None:
        """The day that it marks in an act; None where the act does not tell it."""
        return acte.dits.get(self.champ) if self.champ else acte.le


class Point(NamedTuple):
    """What a mark finds: an act, and the day that it gives, if it is told."""

    le: date | None
    acte: ActeLu


_REPERE: Final = re.compile(r"(\w*)(?:\[([^\]]*)\])?(?:\.(\w*))?")


@cache
def reperes(ecrits: str) -> tuple[Repere, ...]:
    """The marks of a cell; none of an empty one. ``ValueError`` for what is not written as one."""
    lus = []
    for ecrit in ecrits.split(" ou ") if ecrits else ():
        trouve = _REPERE.fullmatch(ecrit)
        if trouve is None:
            raise ValueError(ecrit)
        nature, conditions, champ = trouve.groups(default="")
        paires = (condition.partition("=") for condition in conditions.split(",") if condition)
        lus.append(Repere(nature, tuple((nom, frozenset(admis.split("|"))) for nom, _, admis in paires), champ))
    return tuple(lus)


@cache
def _de_l_acte(ecrits: str) -> tuple[Repere, ...]:
    """The marks of a cell that are looked for on the very act that starts the clock."""
    return tuple(repere for repere in reperes(ecrits) if not repere.nature)


def _ecrit(valeur: object) -> str:
    if valeur is None:
        return "~"
    if isinstance(valeur, bool):
        return "OUI" if valeur else "NON"
    return str(valeur)


class Chronologie:
    """The acts of a case, which are given in the order in which they are true (``ordre``).

    What a mark finds is looked for once, and a day in it by halves: a case may hold ten acts or ten thousand.
    """

    def __init__(self, actes: Iterable[ActeLu]) -> None:
        self._par_nature: dict[str, list[ActeLu]] = {}
        self._places: dict[str, int] = {}
        for place, acte in enumerate(actes):
            self._par_nature.setdefault(acte.nature, []).append(acte)
            self._places[acte.id] = place
        self._points: dict[str, list[Point]] = {}
        self._actes: dict[str, list[ActeLu]] = {}
        self._arrets: dict[str, tuple[list[Point], list[ActeLu]]] = {}

    @property
    def natures(self) -> AbstractSet[str]:
        """The types of act that there are."""
        return self._par_nature.keys()

    def points(self, ecrits: str) -> list[Point]:
        """What marks find, in the order of the acts."""
        connus = self._points.get(ecrits)
        if connus is not None:
            return connus
        listes = []
        for repere in reperes(ecrits):
            actes = self._par_nature.get(repere.nature)
            if actes and (trouves := repere.parmi(actes)):
                listes.append(trouves)
        points = listes[0] if len(listes) == 1 else [point for liste in listes for point in liste]
        if len(listes) > 1:  # of one mark, they are in their order
            points.sort(key=lambda point: self._places[point.acte.id])
        self._points[ecrits] = points
        return points

    def places(self, actes: Iterable[str]) -> tuple[int, ...]:
        """Where acts stand, by their ids."""
        return tuple(self._places[id_] for id_ in actes)

    def actes(self, ecrits: str) -> list[ActeLu]:
        """The acts that are marked, in their order."""
        connus = self._actes.get(ecrits)
        if connus is None:
            connus = self._actes[ecrits] = [acte for _, acte in self.points(ecrits)]
        return connus

    def depuis(self, ecrits: str, jour: date) -> ActeLu | None:
        """The first of them from a day on."""
        actes = self.actes(ecrits)
        rang = bisect_left(actes, jour, key=_le)
        return actes[rang] if rang < len(actes) else None

    def jusqu_a(self, ecrits: str, jour: date) -> ActeLu | None:
        """The last of them until a day."""
        rang = bisect_right(self.actes(ecrits), jour, key=_le)
        return self.actes(ecrits)[rang - 1] if rang else None

    def arret(self, ecrits: str, acte: ActeLu) -> Point | None:
        """The first day, from that act on, at which what it started is stopped; a point without a day if none is told.

        Of marks without a type, which are looked for on the act itself, the first that tells a day counts.
        """
        autre = self._autre_arret(ecrits, acte)
        for repere in _de_l_acte(ecrits):
            sien = repere.jour(acte)
            if sien is not None:
                return Point(sien, acte) if autre is None or autre.le is None or sien <= autre.le else autre
        return autre

    def _autre_arret(self, ecrits: str, acte: ActeLu) -> Point | None:
        if ecrits not in self._arrets:
            dits = sorted((p for p in self.points(ecrits) if p.le is not None), key=_jour)
            self._arrets[ecrits] = dits, [p.acte for p in self.points(ecrits) if p.le is None]
        dits, tus = self._arrets[ecrits]
        if dits:
            rang = bisect_left(dits, acte.le, key=_jour)
            for point in dits[rang : rang + 2]:
                if point.acte is not acte:
                    return point
        rang = bisect_left(tus, acte.le, key=_le) if tus else 0
        return Point(None, tus[rang]) if rang < len(tus) else None


def ordre(acte: ActeLu) -> tuple[date, str, list[tuple[str, str]], int, str]:
    """By day, then by what they say: of two acts of one day, neither comes first because it was told first."""
    return acte.le, acte.nature, sorted((nom, str(dit)) for nom, dit in acte.dits.items()), acte.rang, acte.id


def _le(acte: ActeLu) -> date:
    return acte.le


def _jour(point: Point) -> date:
    return point.le or point.acte.le

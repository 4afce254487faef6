"""The law's clocks: what falls due in a case, and why. Acts in, clocks out: no database, no day of its own.

Rules are rows of ``ledger/droit/echeances.csv``. Nothing here is ever recorded: a clock is counted each time, from the
acts that its reader reads, on the day that is asked for.
"""

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from datetime import date
from functools import cache
from itertools import groupby
from operator import attrgetter, itemgetter
from types import MappingProxyType
from typing import Any, Final

from ledger.droit.echeances import familles
from ledger.echeances import clause, dette, expulsion, jugement, ordinaires
from ledger.echeances.chronologie import ActeLu, Chronologie, ordre, reperes
from ledger.echeances.horloge import Horloge
from ledger.echeances.ordinaires import Famille

Calcul = Callable[[Famille, Chronologie, date], Iterator[Horloge]]

CALCULS: Final[Mapping[str, Calcul]] = MappingProxyType(
    {
        "delai": ordinaires.delai,
        "periode": ordinaires.periode,
        "constat": ordinaires.constat,
        "heures": ordinaires.heures,
        "clause": clause.clause,
        "saisine": clause.saisine,
        "delais_de_paiement": jugement.delais_de_paiement,
        "appel": jugement.appel,
        "delais_pour_quitter": expulsion.delais_pour_quitter,
        "expulsion": expulsion.expulsion,
        "paiement": dette.paiement,
        "protocole": dette.protocole,
        "protocole_efface": dette.protocole_efface,
        "impaye": dette.impaye,
        "seuil": dette.seuil,
        "droits": dette.droits,
    }
)
"""How the rows that name it are applied."""


def compter(actes: Iterable[ActeLu], le: date) -> Generator[None, None, tuple[Horloge, ...]]:
    """Every clock that these acts start, as it stands on a day, in the order of the days that it gives; step by step.

    The order in which acts are given moves nothing.
    """
    chrono = Chronologie((yield from _ranger(actes)))
    toutes: list[Horloge] = []
    natures = chrono.natures
    for declencheurs, regles in _familles():
        if declencheurs.isdisjoint(natures):
            continue
        for trouvee in CALCULS[regles[0].calcul](regles, chrono, le):
            toutes.append(trouvee)
            if len(toutes) % _PAS == 0:
                yield
    toutes.sort(key=lambda h: (h.dernier_jour or h.premier_jour or date.max, h.regle, chrono.places(h.actes)))
    return tuple(toutes)


_PAS: Final = 64


def _ranger(actes: Iterable[ActeLu]) -> Generator[None, None, list[ActeLu]]:
    """The acts in the order in which they are true. What they say is looked at where day and type are the same."""
    ranges: list[ActeLu] = []
    for rang, (_, memes) in enumerate(groupby(sorted(actes, key=_LE_ET_NATURE), key=_LE_ET_NATURE), 1):
        ex_aequo = list(memes)
        ranges += ex_aequo if len(ex_aequo) == 1 else (yield from _departager(ex_aequo))
        if rang % _PAS == 0:
            yield
    return ranges


def _departager(ex_aequo: Iterable[ActeLu]) -> Generator[None, None, list[ActeLu]]:
    cles: list[tuple[Any, ActeLu]] = []
    for acte in ex_aequo:
        cles.append((ordre(acte), acte))
        if len(cles) % _PAS == 0:
            yield
    return [acte for _, acte in sorted(cles, key=itemgetter(0))]


_LE_ET_NATURE: Final = attrgetter("le", "nature")


@cache
def _familles() -> tuple[tuple[frozenset[str], Famille], ...]:
    """The rows that are applied together, each with the types of act without which they say nothing."""
    return tuple(
        (frozenset(x.nature for r in regles for ecrits in (r.depart, r.annonce) for x in reperes(ecrits)), regles)
        for regles in familles()
    )


def horloges(actes: Iterable[ActeLu], le: date) -> tuple[Horloge, ...]:
    """The same, in one go."""
    travail = compter(actes, le)
    while True:
        try:
            next(travail)
        except StopIteration as fini:
            rendues: tuple[Horloge, ...] = fini.value
            return rendues

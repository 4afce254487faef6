"""What each partner may take of the one process that serves them all: its share, before the work is begun."""

import asyncio
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter, thread_time
from typing import Final, TypeVar
from weakref import WeakValueDictionary

from adapters.gate.pas import Pas
from ledger.errors import Sature

T = TypeVar("T")

DEMANDES: Final = 256
"""Requests of one partner at once; who comes beyond is told to come back (429), and nothing of it is begun."""

SOUFFLE: Final = 0.001
"""Seconds of processor that a long work takes before the others pass: what the machine does else is not its doing."""

TOURS: Final = 8
"""Turns of the loop between two breaths of long works, whoever's they are: what takes a dozen turns waits for a breath
or two, and where nobody else asks for anything a turn is over at once."""


DEPOTS: Final = 3
"""Files that one process takes in at once: each has a process that looks at it."""

DEPOTS_PAR_PARTENAIRE: Final = 2


class PartPrise(Exception):
    """This partner has its share of the process already."""


class Parts:
    """The shares under way.

    Long works of one partner are done one after the other, those of all take breaths in turn: however many cases of ten
    thousand facts are asked for at once, who asks for little waits for a few breaths of one of them.
    """

    def __init__(self) -> None:
        self._demandes: Counter[str] = Counter()
        self._tours: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._tourniquet = _Tourniquet()

    def prendre(self, partenaire: str) -> None:
        """Count a request that is to be given back once it is answered; ``PartPrise`` for one too many."""
        if self._demandes[partenaire] >= DEMANDES:
            raise PartPrise
        self._demandes[partenaire] += 1

    def rendre(self, partenaire: str) -> None:
        """It is answered."""
        self._demandes[partenaire] -= 1
        if not self._demandes[partenaire]:
            del self._demandes[partenaire]

    async def derouler(self, travail: Pas[T], partenaire: str) -> T:
        """A work to its end. A short one is done at once; a long one waits for its partner's turn, then for its own."""
        rendu = _souffler(travail)
        if not rendu:
            async with self._tours.setdefault(partenaire, asyncio.Lock()):
                while not rendu:
                    await self._tourniquet.passer()
                    rendu = _souffler(travail)
        return rendu[0]


def _souffler(travail: Pas[T]) -> tuple[T] | tuple[()]:
    """As many steps as a breath allows, and what the work gives at its end, if it comes to it."""
    debut, depart = perf_counter(), thread_time()
    while True:
        try:
            next(travail)
        except StopIteration as fin:
            rendu: T = fin.value
            return (rendu,)
        # No more processor is taken than time has gone by. That of the thread is a call of the system: it is asked of
        # works that last.
        if perf_counter() - debut > SOUFFLE and thread_time() - depart > SOUFFLE:
            return ()


class Depots:
    """The files that are coming in."""

    def __init__(self) -> None:
        self._par: Counter[str] = Counter()

    @contextmanager
    def place(self, partenaire: str) -> Iterator[None]:
        """A place for one file; ``PartPrise`` where this partner has its share, ``Sature`` where all are taken."""
        if self._par[partenaire] >= DEPOTS_PAR_PARTENAIRE:
            raise PartPrise
        if self._par.total() >= DEPOTS:
            raise Sature("D'autres pièces arrivent : renvoyez la vôtre dans un instant, avec la même clé.")
        self._par[partenaire] += 1
        try:
            yield
        finally:
            self._par[partenaire] -= 1
            if not self._par[partenaire]:
                del self._par[partenaire]


class _Tourniquet:
    """Lets one pass every so many turns of the loop, in the order in which they came."""

    def __init__(self) -> None:
        self._attendent: deque[asyncio.Future[None]] = deque()
        self._tourne = False

    def passer(self) -> asyncio.Future[None]:
        """Done when it is one's turn. Who gives up waiting is passed over."""
        boucle = asyncio.get_running_loop()
        tour: asyncio.Future[None] = boucle.create_future()
        self._attendent.append(tour)
        if not self._tourne:
            self._tourne = True
            boucle.call_soon(self._tourner, boucle, TOURS)
        return tour

    def _tourner(self, boucle: asyncio.AbstractEventLoop, reste: int) -> None:
        if reste > 1:
            boucle.call_soon(self._tourner, boucle, reste - 1)
            return
        while self._attendent:
            tour = self._attendent.popleft()
            if not tour.done():
                tour.set_result(None)
                boucle.call_soon(self._tourner, boucle, TOURS)
                return
        self._tourne = False

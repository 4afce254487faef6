"""What each partner may take of the one process that serves them all: its share, before the work is begun."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from time import thread_time
from typing import Final, TypeVar
from weakref import WeakValueDictionary

from adapters.gate.plan import Pas

T = TypeVar("T")

DEMANDES: Final = 256
"""Requests of one partner at once; who comes beyond is told to come back (429), and nothing of it is begun."""

SOUFFLE: Final = 0.002
"""Seconds of processor that a long work takes before the others pass: what the machine does else is not its doing."""


class PartPrise(Exception):
    """This partner has its share of the process already."""


class Parts:
    """The shares under way.

    Long works of one partner are done one after the other: however many cases of ten thousand facts it asks for at
    once, the others wait for one step of one of them.
    """

    def __init__(self) -> None:
        self._demandes: Counter[str] = Counter()
        self._tours: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @contextmanager
    def demande(self, partenaire: str) -> Iterator[None]:
        """Count a request as long as it is answered; ``PartPrise`` for one too many."""
        if self._demandes[partenaire] >= DEMANDES:
            raise PartPrise
        self._demandes[partenaire] += 1
        try:
            yield
        finally:
            self._demandes[partenaire] -= 1
            if not self._demandes[partenaire]:
                del self._demandes[partenaire]

    async def derouler(self, travail: Pas[T], partenaire: str) -> T:
        """A work to its end. The others pass between two of its steps; a long one waits for its partner's turn."""
        debut = thread_time()
        while thread_time() - debut <= SOUFFLE:
            try:
                next(travail)
            except StopIteration as fin:
                rendu: T = fin.value
                return rendu
        async with self._tours.setdefault(partenaire, asyncio.Lock()):
            return await _a_son_pas(travail)


async def _a_son_pas(travail: Pas[T]) -> T:
    debut = 0.0
    while True:
        if thread_time() - debut > SOUFFLE:
            await asyncio.sleep(0)
            debut = thread_time()
        try:
            next(travail)
        except StopIteration as fin:
            rendu: T = fin.value
            return rendu

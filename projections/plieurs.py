"""Who folds the log for a rebuild: this process if it is short; else as many others as there are processors.

Each of them has the histories between two ids, on a connection that only reads, and says what they put in the tables.
They write nothing: one that outlives who began it ends at the next word that nobody hears.
"""

import asyncio
import os
import pickle
import subprocess
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import ExitStack, contextmanager
from itertools import groupby, pairwise
from operator import itemgetter
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple, cast
from uuid import UUID

from psycopg import AsyncConnection

from ledger.dossier.part import debuts
from projections.projetes import LIRE, Evt, Pli, Projetes, replier_sans_tenir

LECTURE: Final = 2000
PEU: Final = 50_000
"""Events that this process folds by itself: others would take longer to be born."""
AU_PLUS: Final = 4
"""Beyond so many, it is PostgreSQL that would be waited for."""
_RACINE: Final = Path(__file__).resolve().parents[1]
_IDS: Final = 1 << 128

Plies = tuple[list[bytes], int]
"""What some histories put in each table (``copier``), and how many events they are."""


class PlieurPerdu(Exception):
    """A process that folded has ended by itself: what it had to say of it, it said on the standard error."""


class Portion(NamedTuple):
    """The histories from an id to before another, up to a position; ``lecture``: events to read at a time."""

    du: int
    avant: int
    tete: int
    lecture: int


async def plier(url: str, tete: int) -> AsyncGenerator[Plies, None]:
    """All histories up to a position, some thousands of events at a time: memory does not grow with them.

    ``PlieurPerdu`` if one of those who fold is killed. To be closed (``aclosing``): they end with it.
    """
    if tete <= PEU:
        async for plies in _d_une_portion(url, Portion(0, _IDS, tete, LECTURE)):
            yield plies
        return
    processus = min(os.cpu_count() or 1, AU_PLUS)
    bornes = [_IDS * rang // processus for rang in range(processus + 1)]
    entendus: dict[asyncio.Task[Plies | None], BinaryIO] = {}
    try:
        with ExitStack() as enfants:
            for du, avant in pairwise(bornes):
                sortie = enfants.enter_context(_enfant(url, Portion(du, avant, tete, LECTURE)))
                entendus[_entendu(sortie)] = sortie
            while entendus:
                dits, _ = await asyncio.wait(entendus, return_when=asyncio.FIRST_COMPLETED)
                for dit in dits:
                    sortie = entendus.pop(dit)
                    if (dite := dit.result()) is not None:
                        entendus[_entendu(sortie)] = sortie
                        yield dite
    finally:
        await asyncio.gather(*entendus, return_exceptions=True)


async def _d_une_portion(url: str, portion: Portion) -> AsyncIterator[Plies]:
    async with (
        await AsyncConnection.connect(url, application_name="unefois reconstruire") as lecture,
        lecture.cursor("histoires", binary=True) as curseur,
    ):
        await curseur.execute(
            LIRE + "WHERE originator_id BETWEEN %s AND %s AND notification_id <= %s"
            " ORDER BY originator_id, originator_version",
            [UUID(int=portion.du), UUID(int=portion.avant - 1), portion.tete],
        )
        reste: list[Evt] = []
        while lot := await curseur.fetchmany(portion.lecture):
            reste += lot
            complets = [list(groupe) for _, groupe in groupby(reste, key=itemgetter(0))]
            reste = complets.pop()
            if complets:
                yield await _plier(complets)
        if reste:
            yield await _plier([reste])


async def _plier(histoires: list[list[Evt]]) -> Plies:
    projetes = Projetes()
    for histoire in histoires:
        await asyncio.sleep(0)  # lets the previous lot go on being written: the server works while we match
        fermes, dossier = await replier_sans_tenir(histoire)
        projetes.ajouter(Pli(fermes[0].position, dossier, debuts(fermes)), histoire, fermes)
    return projetes.blocs(), sum(map(len, histoires))


@contextmanager
def _enfant(url: str, portion: Portion) -> Iterator[BinaryIO]:
    """A process that folds these histories, and what it says of them; it has nothing of our environment."""
    with subprocess.Popen(
        # -P: what stands in the working directory is not our code
        [sys.executable, "-P", "-m", "projections.plieurs"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={"PYTHONPATH": str(_RACINE)},
        process_group=0,  # Ctrl-C reaches the group: who began it decides how it ends
    ) as enfant:
        entree, sortie = cast("tuple[BinaryIO, BinaryIO]", (enfant.stdin, enfant.stdout))
        try:
            with entree:
                pickle.dump((url, portion), entree)
            yield sortie
        finally:
            enfant.kill()


def _entendu(sortie: BinaryIO) -> asyncio.Task[Plies | None]:
    """The next that it says; None at its end."""
    return asyncio.create_task(asyncio.to_thread(_entendre, sortie))


def _entendre(sortie: BinaryIO) -> Plies | None:
    try:
        dite: Plies | None = pickle.load(sortie)  # noqa: S301 - from the child that we began
    except (EOFError, pickle.UnpicklingError) as fin:  # nothing more, or half of it
        raise PlieurPerdu("Un processus de la reconstruction s'est arrêté : relancez-la.") from fin
    return dite


async def _dire(url: str, portion: Portion) -> None:
    sortie = sys.stdout.buffer
    async for plies in _d_une_portion(url, portion):
        pickle.dump(plies, sortie, pickle.HIGHEST_PROTOCOL)
        sortie.flush()
    pickle.dump(None, sortie)


if __name__ == "__main__":
    asyncio.run(_dire(*pickle.load(sys.stdin.buffer)))  # noqa: S301 - from who began us

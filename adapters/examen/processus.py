"""The examination of one file, in a process of its own: whatever it does to it, it does to nothing else.

The child has no environment, no file to write and no database; memory and time are counted, and the wall clock too.
What ends it before it has spoken is a refusal.
"""

import asyncio
from contextlib import suppress
from types import TracebackType
from typing import Final, Self

from adapters.enclos.enfant import finir, lancer
from adapters.examen.inadmis import CODES, GenreDePiece, Inadmis
from ledger.errors import Sature

DELAI_S: Final = 30.0
"""Seconds that the child may take once it has all of the file."""


class Inspection:
    """The child that looks at one file. Entered, it runs; left, it is gone."""

    def __init__(self) -> None:
        self._processus: asyncio.subprocess.Process | None = None

    async def __aenter__(self) -> Self:
        try:
            self._processus = await lancer("adapters.examen")
        except OSError as plein:
            raise Sature("Aucune pièce ne peut être examinée : renvoyez-la dans un instant.") from plein
        return self

    async def __aexit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        if self._processus is not None:
            await finir(self._processus)

    async def donner(self, octets: bytes) -> None:
        """Hand over the next bytes. A child that is gone is not told: it is heard of at the end."""
        if self._processus is None or self._processus.stdin is None:
            raise RuntimeError("l'examen n'a pas commencé")
        with suppress(BrokenPipeError, ConnectionResetError):
            self._processus.stdin.write(octets)
            await self._processus.stdin.drain()

    async def conclure(self) -> GenreDePiece:
        """What the file is, once all of it was handed over; ``Inadmis`` if it is not taken."""
        if self._processus is None or self._processus.stdin is None or self._processus.stdout is None:
            raise RuntimeError("l'examen n'a pas commencé")
        self._processus.stdin.close()
        try:
            async with asyncio.timeout(DELAI_S):
                dit = (await self._processus.stdout.read(32)).decode("ascii", "replace")
        except TimeoutError as erreur:
            raise Inadmis("demesure") from erreur
        if dit in CODES:
            raise Inadmis(dit)
        if dit not in GenreDePiece.__members__:  # it was ended: by what it took, or by what it met
            raise Inadmis("demesure")
        return GenreDePiece(dit)

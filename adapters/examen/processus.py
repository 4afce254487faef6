"""The examination of one file, in a process of its own: whatever it does to it, it does to nothing else.

The child has no environment, no file to write and no database; memory and time are counted, and the wall clock too.
What ends it before it has spoken is a refusal.
"""

import asyncio
from types import TracebackType
from typing import Final, Self

from adapters.enclos.enfant import Enfant, lancer
from adapters.examen.inadmis import CODES, GenreDePiece, Inadmis
from ledger.errors import Sature

DELAI_S: Final = 30.0
"""Seconds that the child may take once it has all of the file."""


class Inspection:
    """The child that looks at one file. Entered, it runs; left, it is gone."""

    def __init__(self) -> None:
        self._enfant: Enfant | None = None

    async def __aenter__(self) -> Self:
        try:
            self._enfant = await lancer("adapters.examen")
        except OSError as plein:
            raise Sature("Aucune pièce ne peut être examinée : renvoyez-la dans un instant.") from plein
        return self

    async def __aexit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        if self._enfant is not None:
            await self._enfant.finir()

    @property
    def _present(self) -> Enfant:
        if self._enfant is None:
            raise RuntimeError("l'examen n'a pas commencé")
        return self._enfant

    async def donner(self, octets: bytes) -> None:
        """Hand over the next bytes."""
        await self._present.donner(octets)

    async def conclure(self) -> GenreDePiece:
        """What the file is, once all of it was handed over; ``Inadmis`` if it is not taken."""
        enfant = self._present
        enfant.entree.close()
        try:
            async with asyncio.timeout(DELAI_S):
                dit = (await enfant.sortie.read(32)).decode("ascii", "replace")
        except TimeoutError as erreur:
            raise Inadmis("demesure") from erreur
        if dit in CODES:
            raise Inadmis(dit)
        if dit not in GenreDePiece.__members__:  # it was ended: by what it took, or by what it met
            raise Inadmis("demesure")
        return GenreDePiece(dit)

"""Where papers are made: a process of its own, which holds nobody else up, and keeps nothing once it is gone.

The child has no environment, no file to write and no database; its memory and its time are counted. It serves one
order, or one lot of the same agent: of what one reader was shown, nothing is in memory when the next one asks.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from types import TracebackType
from typing import Any, Final, Self

import orjson

from adapters.enclos.enfant import Enfant, lancer
from adapters.gate.refus import Refus
from adapters.papier.impossible import DEMESURE, PHRASES
from adapters.papier.trame import FAIT, LONGUEUR, REFUS, REPONSE

DELAI_S: Final = 20.0
"""Seconds that a paper may take."""
DELAI_PAR_DOSSIER_S: Final = 0.5
"""Seconds more for each case that it is of, after the first."""
OCTETS_DE_COMMANDE: Final = 16 << 20
OCTETS_DE_PAPIER: Final = 16 << 20
PLACES: Final = 2
"""Papers that are made at once, in one process of the service."""
ATTENTE: Final = 8
"""Orders that wait for their turn; one more is told to come back."""

INDISPONIBLE: Final = "papier_indisponible"
"""The code of what can be asked for again."""
TROP_DE_PAPIERS: Final = "Trop de documents sont en préparation : redemandez celui-ci dans un instant."
PAS_FAIT: Final = "Ce document n'a pas pu être préparé : redemandez-le dans un instant."


def _indisponible(message: str) -> Refus:
    return Refus(HTTPStatus.SERVICE_UNAVAILABLE, INDISPONIBLE, message)


class NonFait(Exception):
    """A paper that is not to be made; ``code``: why, of those that its composer has."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Imprimante:
    """One child. Entered, it runs; left, it is gone."""

    def __init__(self) -> None:
        self._enfant: Enfant | None = None
        self._derniere: asyncio.Future[None] | None = None

    async def __aenter__(self) -> Self:
        try:
            self._enfant = await lancer("adapters.papier", tampon=OCTETS_DE_PAPIER)
        except OSError as plein:
            raise _indisponible(PAS_FAIT) from plein
        return self

    async def __aexit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        if self._enfant is not None:
            await self._enfant.finir()

    async def tirer(self, commande: dict[str, Any]) -> bytes:
        """The PDF of an order; ``NonFait`` where its composer refuses it.

        ``Refus`` 503 where it is not to be had, 422 where it is more than may be printed. Several may be ordered at
        once: they are made one after the other, and the child never waits for the next.
        """
        octets = orjson.dumps(commande)
        if len(octets) > OCTETS_DE_COMMANDE:
            raise Refus(HTTPStatus.UNPROCESSABLE_ENTITY, DEMESURE, PHRASES[DEMESURE])
        try:
            async with asyncio.timeout(DELAI_S + DELAI_PAR_DOSSIER_S * (len(commande["matieres"]) - 1)):
                genre, rendu = await self._echanger(octets)
        except (TimeoutError, OSError, asyncio.IncompleteReadError) as perdu:
            self._tuer()  # what it would still answer is another order's
            raise _indisponible(PAS_FAIT) from perdu
        if genre == REFUS:
            raise NonFait(rendu.decode("ascii"))
        if genre != FAIT:
            raise _indisponible(PAS_FAIT)
        return rendu

    async def _echanger(self, octets: bytes) -> tuple[bytes, bytes]:
        enfant = self._enfant
        if enfant is None:
            raise RuntimeError("la presse n'est pas ouverte")
        mienne = asyncio.get_running_loop().create_future()
        avant, self._derniere = self._derniere, mienne
        try:
            enfant.entree.write(LONGUEUR.pack(len(octets)) + octets)
            await enfant.entree.drain()
            if avant is not None:
                await asyncio.shield(avant)  # answers come in the order of orders
            genre, longueur = REPONSE.unpack(await enfant.sortie.readexactly(REPONSE.size))
            return genre, await enfant.sortie.readexactly(min(longueur, OCTETS_DE_PAPIER))
        finally:
            mienne.set_result(None)

    def _tuer(self) -> None:
        if self._enfant is not None:
            self._enfant.tuer()


class Atelier:
    """The presses of one process of the service: so many at once, so many orders that wait, no more."""

    def __init__(self, places: int = PLACES, attente: int = ATTENTE) -> None:
        self._places = asyncio.Semaphore(places)
        self._admises = places + attente
        self._presentes = 0

    @asynccontextmanager
    async def place(self) -> AsyncIterator[Imprimante]:
        """A press, when its turn comes; ``Refus`` 503 at once where too many wait already."""
        if self._presentes >= self._admises:
            raise _indisponible(TROP_DE_PAPIERS)
        self._presentes += 1
        try:
            async with self._places, Imprimante() as presse:
                yield presse
        finally:
            self._presentes -= 1

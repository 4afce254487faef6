"""The reading of one file, in a process of its own: whatever it does to it, it does to nothing else.

The child has no environment, no file to write and no database; memory and time are counted, and the wall clock too.
What ends it before it has spoken is a refusal of the file.
"""

import asyncio
from datetime import date
from typing import Final

import msgspec

from adapters.enclos.enfant import lancer
from adapters.tableurs.refus import DEMESURE, ListeLue
from ledger.errors import Sature

DELAI_S: Final = 20.0
"""Seconds that the child may take."""
ENSEMBLE: Final = 2
"""Files that are read at once: each may take half a gigabyte."""
ATTENTE_S: Final = 20.0


class LecteurDeListes:
    """Reads files, so many at once."""

    def __init__(self) -> None:
        self._places = asyncio.Semaphore(ENSEMBLE)

    async def lire(self, octets: bytes, modele: str, le: date) -> ListeLue:
        """What the lines of a file are, by one of ``MODELES``, on that day. ``Sature`` where too many are read."""
        try:
            await asyncio.wait_for(self._places.acquire(), ATTENTE_S)
        except TimeoutError as plein:
            raise Sature("D'autres fichiers sont en cours de lecture : déposez le vôtre dans un instant.") from plein
        try:
            return await _lire(octets, modele, le)
        finally:
            self._places.release()


async def _lire(octets: bytes, modele: str, le: date) -> ListeLue:
    try:
        enfant = await lancer("adapters.tableurs", modele, le.isoformat())
    except OSError as plein:
        raise Sature("Aucun fichier ne peut être lu : déposez le vôtre dans un instant.") from plein
    try:
        async with asyncio.timeout(DELAI_S):
            dit = await enfant.echanger(octets)
        return msgspec.json.decode(dit, type=ListeLue)
    except (TimeoutError, msgspec.DecodeError):  # it was ended: by what it took, or by what it met
        return ListeLue(refus=DEMESURE)
    finally:
        await enfant.finir()

"""Where the acts of the national system are had from: the port, and the driver that reads a file.

``national`` is the other driver, over HTTP.
"""

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Sequence
from datetime import date
from pathlib import Path
from typing import BinaryIO, Final, Literal, NamedTuple, Protocol

import msgspec

SortDuRetrait = Literal["retires", "deja_retires", "maintenus", "inconnus", "illisibles", "a_reprendre"]
SORTS: Final[dict[SortDuRetrait, str]] = {
    "retires": "actes retirés",
    "deja_retires": "retraits déjà connus",
    "maintenus": "actes retirés d'EXPLOC, qu'un partenaire a dits aussi : ils restent",
    "inconnus": "retraits d'un acte que le registre n'a pas",
    "illisibles": "retraits qui ne se lisent pas",
    "a_reprendre": "retraits que la prochaine relève reprendra",
}
"""What became of withdrawals, in the words of a report."""
_MORCEAU: Final = 1 << 18


class ActeRetire(msgspec.Struct, frozen=True):
    """An act that its source takes back, by its natural key. ``motif`` is for people, and is kept where it can be."""

    etude_siret: str
    type_acte: str
    ref_acte: str
    date_acte: date
    motif: str | None = None


class Recolte(NamedTuple):
    """What was had in one go: a lot, the acts that were ever taken back, and where the next one begins.

    ``suivant``: the cursor of the next; None of a source that has none. ``fin``: there is nothing more for now; until
    then no act is said to be taken back.
    """

    lot: AsyncIterable[bytes]
    retraits: Sequence[ActeRetire] = ()
    suivant: str | None = None
    pages: int = 1
    fin: bool = True


class SourceEnDefaut(Exception):
    """The source gave nothing that can be believed: nothing of it is imported. The message is a French sentence."""


class Pilote(Protocol):
    """A driver. ``nom``: under which the cursor of its source is kept; None: it has none."""

    nom: str | None

    async def recolter(self, depuis: str | None) -> Recolte:
        """What comes after a cursor, or from the beginning. ``SourceEnDefaut``."""


class Fichier:
    """A lot in a file: whole, and without any act taken back."""

    nom: str | None = None

    def __init__(self, chemin: Path) -> None:
        self._chemin = chemin

    async def recolter(self, depuis: str | None) -> Recolte:  # noqa: ARG002 - a file has no cursor
        """The file, as it is. ``OSError``."""
        return Recolte(_octets(await asyncio.to_thread(self._chemin.open, "rb")))


async def _octets(flux: BinaryIO) -> AsyncIterator[bytes]:
    with flux:
        while morceau := await asyncio.to_thread(flux.read, _MORCEAU):
            yield morceau

"""Many papers of one kind in one go: cases are asked of the gate while others are at the press.

Each is decided and journaled as a single one is. Whoever stops listening stops the work: what was made is made.
"""

import asyncio
from collections.abc import AsyncGenerator, Iterator, Sequence
from itertools import islice
from typing import Final, NamedTuple
from uuid import UUID

from adapters.gate.contexte import Acces, Gate
from adapters.gate.documents import dresser
from adapters.gate.refus import Refus
from adapters.papier.documents import commander, exiger_offert, imprimer
from adapters.papier.presse import INDISPONIBLE, Imprimante

AU_PLUS: Final = 5000
"""Papers of one lot."""
EN_ROUTE: Final = 3
"""Orders that one press has at once: it never waits for the next, and who wants a single paper has a processor left."""
LECTURES: Final = 16
"""Cases that are asked of the gate at once: their rows of the journal share a commit."""
PAR_PRESSE: Final = 1000
"""Papers after which a press is another one: what its libraries keep goes with it."""


class Tire(NamedTuple):
    """What came of one case: a paper, or why there is none."""

    dossier: UUID
    octets: bytes = b""
    refus: Refus | None = None


class _Dresse(NamedTuple):
    dossier: UUID
    matiere: bytes


async def tirer(
    gate: Gate, acces: Acces, papier: str, numeros: Sequence[UUID], *, vue: str = ""
) -> AsyncGenerator[Tire, None]:
    """The papers of these cases, as they are made; ``Refus`` 404 for a paper that is none at this purpose."""
    await exiger_offert(gate, acces, papier)
    chaine = _Chaine(gate, acces, papier, vue, iter(numeros))
    travail = asyncio.create_task(chaine.travailler())
    try:
        for _ in numeros:
            yield await _suivant(chaine.tires, travail)
        await travail
    finally:
        travail.cancel()
        await asyncio.gather(travail, return_exceptions=True)


async def _suivant(tires: "asyncio.Queue[Tire]", travail: "asyncio.Task[None]") -> Tire:
    """The next paper; what ended the work before its time is raised here."""
    if not tires.empty():
        return tires.get_nowait()
    prochain = asyncio.ensure_future(tires.get())
    await asyncio.wait({prochain, travail}, return_when=asyncio.FIRST_COMPLETED)
    if not prochain.done() and travail.done():
        prochain.cancel()
        travail.result()
    return await prochain


class _Chaine:
    """What asks the gate, presses that make papers, and the two queues between them: each is bounded."""

    def __init__(self, gate: Gate, acces: Acces, papier: str, vue: str, numeros: Iterator[UUID]) -> None:
        self._gate, self._acces, self._papier, self._vue = gate, acces, papier, vue
        self._a_lire = numeros
        self._a_tirer = asyncio.Queue[_Dresse | None](LECTURES)
        self.tires = asyncio.Queue[Tire](LECTURES)

    async def travailler(self) -> None:
        """Until nothing is left to be made."""
        async with asyncio.TaskGroup() as taches:
            taches.create_task(self._presser())
            await self._lire()
            for _ in range(EN_ROUTE):
                await self._a_tirer.put(None)

    async def _lire(self) -> None:
        # Asked together, cases are one question to each base; one by one, as the press takes them, many.
        while quelques := list(islice(self._a_lire, LECTURES)):
            async with asyncio.TaskGroup() as lectures:
                lues = [lectures.create_task(self._dresser(numero)) for numero in quelques]
            for lue in lues:
                match lue.result():
                    case _Dresse() as dresse:
                        await self._a_tirer.put(dresse)
                    case Tire() as refuse:
                        await self.tires.put(refuse)

    async def _dresser(self, numero: UUID) -> _Dresse | Tire:
        try:
            return _Dresse(numero, await dresser(self._gate, self._acces, numero, self._papier, self._vue))
        except Refus as refus:
            return Tire(numero, refus=refus)

    async def _presser(self) -> None:
        restent = EN_ROUTE
        while restent:
            async with Imprimante() as presse, asyncio.TaskGroup() as ordres:
                taches = [ordres.create_task(self._epuiser(presse)) for _ in range(restent)]
            restent = sum(not tache.result() for tache in taches)

    async def _epuiser(self, presse: Imprimante) -> bool:
        """Until nothing is left (True), this press has made its share, or it failed: another takes over."""
        for _ in range(PAR_PRESSE):
            dresse = await self._a_tirer.get()
            if dresse is None:
                return True
            tire = await self._tirer(presse, dresse)
            await self.tires.put(tire)
            if tire.refus is not None and tire.refus.code == INDISPONIBLE:
                return False
        return False

    async def _tirer(self, presse: Imprimante, dresse: _Dresse) -> Tire:
        commande = commander(self._acces, self._papier, dresse.matiere, vue=self._vue)
        try:
            return Tire(dresse.dossier, await imprimer(self._gate, presse, self._acces, dresse.dossier, commande))
        except Refus as refus:
            return Tire(dresse.dossier, refus=refus)

"""A child from its parent's side: started without an environment, and gone once it is left."""

import asyncio
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final, Self

_RACINE: Final = Path(__file__).resolve().parents[2]
_TAMPON: Final = 1 << 16


class Enfant:
    """A child that runs. ``entree``: what it is told; ``sortie``: what it says."""

    def __init__(self, processus: "subprocess.Popen[bytes]", tampon: int) -> None:
        self.processus = processus
        self.sortie = asyncio.StreamReader(tampon)

    async def ecouter(self) -> Self:
        """Take both ends of its pipes into the loop."""
        boucle, muette = asyncio.get_running_loop(), asyncio.StreamReader()
        vers, protocole = await boucle.connect_write_pipe(
            lambda: asyncio.StreamReaderProtocol(muette), self.processus.stdin
        )
        self.entree = asyncio.StreamWriter(vers, protocole, None, boucle)
        self._depuis, _ = await boucle.connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(self.sortie), self.processus.stdout
        )
        return self

    async def donner(self, octets: bytes) -> None:
        """Tell it something more. A child that is gone is not told: it is heard of at the end."""
        with suppress(BrokenPipeError, ConnectionResetError):
            self.entree.write(octets)
            await self.entree.drain()

    async def echanger(self, octets: bytes) -> bytes:
        """Tell it all that there is to tell, and hear it to its end."""

        async def tout_donner() -> None:
            await self.donner(octets)
            self.entree.close()

        _, dit = await asyncio.gather(tout_donner(), self.sortie.read())
        return dit

    def tuer(self) -> None:
        """End it, if it has not ended."""
        self.processus.kill()

    async def finir(self) -> None:
        """End it, and wait until it is gone."""
        self.tuer()
        self.entree.close()
        try:
            # What was still to be written goes nowhere, and nobody waits for it.
            with suppress(OSError):
                await self.entree.wait_closed()
        finally:
            self._depuis.close()
            await asyncio.to_thread(self.processus.wait)


async def lancer(module: str, *arguments: str, tampon: int = _TAMPON, muet: bool = True) -> Enfant:
    """The child of that module. ``tampon``: bytes of its answer that may wait.

    ``muet``: what it says aside is not heard; what a library says there may quote what it was given. ``OSError`` where
    the machine has no place for it.
    """
    enfant = Enfant(_naitre(module, arguments, muet=muet), tampon)
    try:
        return await enfant.ecouter()
    except BaseException:
        enfant.tuer()
        raise


def _naitre(module: str, arguments: tuple[str, ...], *, muet: bool) -> "subprocess.Popen[bytes]":
    """The process. Not by the loop: it would fork, and copy the page tables of a whole server while nobody is served.

    This takes a millisecond of a server of 230 MB, the loop's own sixteen.
    """
    return subprocess.Popen(
        # -P: what stands in the working directory is not our code
        [sys.executable, "-P", "-m", module, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL if muet else None,
        env={"PYTHONPATH": str(_RACINE)},
        bufsize=0,
    )

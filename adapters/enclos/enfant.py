"""A child from its parent's side: started without an environment, and gone once it is left."""

import asyncio
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from contextlib import suppress
from pathlib import Path
from typing import Final

_RACINE: Final = Path(__file__).resolve().parents[2]
_TAMPON: Final = 1 << 16


async def lancer(module: str, *arguments: str, tampon: int = _TAMPON) -> Process:
    """The child of that module, its input and output open. ``tampon``: bytes of its answer that may wait.

    ``OSError`` where the machine has no place for it.
    """
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-P",  # what stands in the working directory is not our code
        "-m",
        module,
        *arguments,
        stdin=PIPE,
        stdout=PIPE,
        stderr=DEVNULL,  # what a library says may quote what it was given
        env={"PYTHONPATH": str(_RACINE)},
        limit=tampon,
    )


def tuer(enfant: Process) -> None:
    """End it, if it has not ended."""
    with suppress(ProcessLookupError):
        enfant.kill()


async def finir(enfant: Process) -> None:
    """End it, and wait until it is gone."""
    if enfant.stdin is not None:
        enfant.stdin.close()
    tuer(enfant)
    await enfant.wait()
    if enfant.stdin is not None:
        with suppress(OSError):  # what was still to be written goes nowhere, and nobody waits for it
            await enfant.stdin.wait_closed()

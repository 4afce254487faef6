"""The child process: a file on its standard input, one word on its standard output. See ``processus``."""

import os
import sys
from typing import Final

from adapters.enclos.bornes import borner
from adapters.examen.contenu import examiner
from adapters.examen.inadmis import Inadmis

MEMOIRE: Final = 640 << 20
"""Bytes of address space, the libraries included: a file that would take more is refused."""
CALCUL_S: Final = 20
"""Seconds of processor that one file may take."""


def main() -> None:
    """Say what the file is, or why it is refused; nothing, where it took more than it may."""
    borner(MEMOIRE, CALCUL_S)
    lu = sys.stdin.buffer.read()
    try:
        dit = examiner(lu).value
    except Inadmis as refus:
        dit = refus.code
    except (MemoryError, RecursionError):
        dit = "demesure"
    os.write(1, dit.encode())
    os._exit(0)  # what the libraries would do at their end is of no use to anybody


main()

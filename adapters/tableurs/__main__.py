"""The child process: a file on its standard input, what it holds on its standard output. See ``processus``."""

import os
import sys
from datetime import date
from typing import Final

import msgspec

from adapters.enclos.bornes import borner
from adapters.tableurs.lecture import lire_liste
from adapters.tableurs.modele import MODELES
from adapters.tableurs.refus import DEMESURE, ListeLue

MEMOIRE: Final = 512 << 20
"""Bytes of address space, the libraries included: a file that would take more is refused."""
CALCUL_S: Final = 15
"""Seconds of processor that one file may take."""


def main() -> None:
    """Say what the lines of the file are; nothing, where it took more than it may."""
    borner(MEMOIRE, CALCUL_S)
    modele, le = sys.argv[1:]
    octets = sys.stdin.buffer.read()
    try:
        lue = lire_liste(octets, MODELES[modele], date.fromisoformat(le))
    except (MemoryError, RecursionError):
        lue = ListeLue(refus=DEMESURE)
    sys.stdout.buffer.write(msgspec.json.encode(lue))
    sys.stdout.buffer.flush()
    os._exit(0)  # what the libraries would do at their end is of no use to anybody


main()

"""The child process: orders on its standard input, papers on its standard output. See ``presse``."""

import contextlib
import os
import sys
from typing import Final

import orjson

from adapters.enclos.bornes import borner
from adapters.papier.impossible import PapierImpossible
from adapters.papier.tirage import tirer
from adapters.papier.trame import FAIT, LONGUEUR, PANNE, REFUS, REPONSE

MEMOIRE: Final = 2 << 30
"""Bytes of address space, libraries included."""
CALCUL_S: Final = 600
"""Seconds of processor of one child, which may make a thousand papers."""


def main() -> None:
    """Make what is ordered until nothing more is; a paper that cannot be made is an empty answer."""
    borner(MEMOIRE, CALCUL_S)
    entree, sortie = sys.stdin.buffer, sys.stdout.buffer
    while len(annonce := entree.read(LONGUEUR.size)) == LONGUEUR.size:
        genre, rendu = _tirer(entree.read(LONGUEUR.unpack(annonce)[0]))
        sortie.write(REPONSE.pack(genre, len(rendu)) + rendu)
        sortie.flush()
    os._exit(0)  # what the libraries would do at their end is of no use to anybody


def _tirer(commande: bytes) -> tuple[bytes, bytes]:
    # Whatever a library meets, its words may quote the case: they go nowhere, and the parent hears that it failed.
    try:
        return FAIT, tirer(orjson.loads(commande))
    except PapierImpossible as impossible:
        return REFUS, impossible.code.encode()
    except Exception:  # noqa: BLE001 - told to the parent, which answers
        return PANNE, b""


with contextlib.suppress(BrokenPipeError):
    main()

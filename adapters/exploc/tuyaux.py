"""The pipes of the import's child process: frames in and out, the bytes of the lot, and what a fault may tell."""

import gc
import io
import pickle
import resource
import signal
import sys
import traceback
from types import TracebackType
from typing import Any, BinaryIO, Final

from adapters.exploc.atelier import TAILLE, Ordre, Termine, conversation
from adapters.exploc.fichier import LotIllisible

MEMOIRE: Final = 3 << 30
"""Bytes of address space of the child, its libraries included: a lot that would take more ends it, and no other."""
CALCUL_S: Final = 900
"""Seconds of processor that a lot may take."""


class _Tuyaux:
    """Frames on a pipe: eight bytes of length, then a pickle. Both ends are ours."""

    def __init__(self, entree: BinaryIO, sortie: BinaryIO) -> None:
        self._entree = entree
        self._sortie = sortie

    def lire(self) -> Any:  # noqa: ANN401 - whatever the parent sent
        entete = self._entree.read(TAILLE)
        if len(entete) < TAILLE:
            raise SystemExit(1)  # whoever asked is gone: nothing is left to do, and nobody to tell
        return pickle.loads(self._entree.read(int.from_bytes(entete)))  # noqa: S301 - from the process that began us

    def ecrire(self, message: object) -> None:
        octets = pickle.dumps(message, protocol=pickle.HIGHEST_PROTOCOL)
        self._sortie.write(len(octets).to_bytes(TAILLE) + octets)
        self._sortie.flush()


def main() -> None:
    """Speak ``conversation`` over the standard pipes: a mandate, the bytes of the lot, then answers."""
    for ressource, borne in ((resource.RLIMIT_AS, MEMOIRE), (resource.RLIMIT_CPU, CALCUL_S)):
        resource.setrlimit(ressource, (borne, borne))
    gc.disable()  # nothing here makes cycles, and looking for them among a year of rows takes a third of the time
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the group; the parent decides how it ends
    sortie = _Tuyaux(sys.stdin.buffer, sys.stdout.buffer)
    sys.stdout = sys.stderr
    sys.excepthook = _taire
    mandat: Ordre = sortie.lire()
    with _lot(sortie) as flux:
        echange = conversation(mandat, flux)
        reponse: Any = None
        try:
            while True:
                demande = echange.send(reponse)
                sortie.ecrire(demande)
                if isinstance(demande, Termine):
                    return
                reponse = sortie.lire()
        except LotIllisible as refus:
            sortie.ecrire(refus)


def _lot(sortie: _Tuyaux) -> BinaryIO:
    """The bytes of the lot as they come, compressed or not: they are kept in memory, and never on a disk."""
    flux = io.BytesIO()
    while morceau := sortie.lire():
        flux.write(morceau)
    return flux


def _taire(_: object, erreur: BaseException, trace: TracebackType | None) -> None:
    """Tell where a fault happened and of what kind, not what it says: its message may quote a row."""
    lieux = [f"  {x.filename}:{x.lineno} {x.name}" for x in traceback.extract_tb(trace)]
    sys.stderr.write("\n".join(["L'atelier de l'import s'est arrêté :", *lieux, type(erreur).__name__, ""]))

"""Those who prove nothing: refused each, told in the journal by interval, kind and network, with how many they were.

The first of a kind has its row before it is answered, as anybody; those who follow within the interval are counted,
and their number is one row at its end. So the disk is nobody's to fill: ``LIGNES`` rows an interval, at most.
"""

import asyncio
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final

from ledger.errors import JournalIndisponible, Sature
from ledger.journal import Journal, Ligne

INTERVALLE: Final = 60.0
"""Seconds that one count covers."""
SORTES: Final = 100
"""Kinds told apart within an interval: action, outcome, reason, network. What comes beyond is one kind more."""
LIGNES: Final = 2 * (SORTES + 1)
"""Rows of an interval at most: the first of each kind, and the number of the others."""

ORIGINE: ContextVar[Callable[[], str]] = ContextVar("origine", default=str)
"""Tells the network that the request under way comes from, as far as it is kept: set at the edge, asked here alone."""

_PLUSIEURS: Final = "(plusieurs)"

Sorte = tuple[str, str, str, str]


@dataclass(slots=True)
class _Compte:
    """One kind within an interval: its first row, whether that is durable, and how many have followed."""

    ligne: Ligne
    couverte: "asyncio.Future[None]"
    autres: int = 0


def _vue(couverte: "asyncio.Future[None]") -> None:
    """Look at how it ended: whoever waited for it may have been cut before, and it is told to those who come."""
    if not couverte.cancelled():
        couverte.exception()


class Inconnus:
    """Counts refusals of nobody. One per process: each has its own row of an interval."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._comptes: dict[Sorte, _Compte] = {}
        self._echeance: asyncio.TimerHandle | None = None
        self._versement: asyncio.Task[None] | None = None

    async def compter(self, ligne: Ligne) -> None:
        """Return once a row covers this one; ``JournalIndisponible`` or ``Sature`` if none does."""
        ligne = ligne.avec(origine=ORIGINE.get()())
        sorte: Sorte = (ligne.action, ligne.issue, ligne.motif, ligne.origine)
        if sorte not in self._comptes and len(self._comptes) >= SORTES:
            ligne = ligne.avec(action=_PLUSIEURS, motif=_PLUSIEURS, origine=_PLUSIEURS, issue="refuse")
            sorte = (_PLUSIEURS,) * 4
        compte = self._comptes.get(sorte)
        if compte is None:
            compte = self._comptes[sorte] = _Compte(ligne, self._journal.inscrire(ligne))
            compte.couverte.add_done_callback(_vue)
            self._armer()
        else:
            compte.autres += 1
        try:
            await asyncio.shield(compte.couverte)
        except (JournalIndisponible, Sature):
            if self._comptes.get(sorte) is compte:  # the next one tries again
                del self._comptes[sorte]
            raise

    def _armer(self) -> None:
        if self._echeance is None:
            self._echeance = asyncio.get_running_loop().call_later(INTERVALLE, self._verser_plus_tard)

    def _verser_plus_tard(self) -> None:
        self._versement = asyncio.create_task(self.verser())

    async def verser(self) -> None:
        """Write down how many there were, and begin again; they are kept for the next time if they cannot be."""
        if self._echeance is not None:
            self._echeance.cancel()
            self._echeance = None
        comptes, self._comptes = self._comptes, {}
        suivis = [compte for compte in comptes.values() if compte.autres]
        if not suivis:
            return
        try:
            await self._journal.inscrire(*(c.ligne.avec(trace="", dossier=None, nombre=c.autres) for c in suivis))
        except (JournalIndisponible, Sature):
            for sorte, compte in comptes.items():
                if (neuf := self._comptes.setdefault(sorte, compte)) is not compte:
                    neuf.autres += compte.autres
            self._armer()

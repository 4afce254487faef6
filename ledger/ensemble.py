"""One thing said in several cases: of a pair, both say that they are one household's."""

import asyncio
from collections.abc import Sequence
from typing import NamedTuple

from ledger.application import ESSAIS, Ledger
from ledger.dossier.decision import Contribution
from ledger.dossier.refus import ActeRefuse
from ledger.journal import Ligne
from ledger.reader import Lecture
from ledger.verdict import Conflit, Recu, Verdict, recu_de


class Dite(NamedTuple):
    """What is said in one of the cases, and the row that it leaves."""

    lecture: Lecture
    contribution: Contribution
    ligne: Ligne


async def contribuer_partout(ledger: Ledger, dites: Sequence[Dite], empreinte: bytes) -> Recu:
    """What one of the cases refuses is said in none. The receipt is of the first.

    Each is written on its own. What cuts it short leaves it said in some of them, until the same request comes again
    and says it in the others: it counts once all have said it. Errors as for ``Ledger.contribuer``.
    """
    verdicts: Sequence[Verdict] = ()
    for _ in range(ESSAIS):
        try:
            ecritures = [await ledger.preparer(*dite, empreinte=empreinte) for dite in dites]
        except ActeRefuse:
            premiere = dites[0]
            connue = await ledger.deja(premiere.lecture.dossier, premiere.contribution, premiere.ligne, empreinte)
            if connue is None:
                raise
            return recu_de(connue)
        verdicts = await asyncio.gather(*map(ledger.writer.ecrire, ecritures))
        if not any(isinstance(verdict, Conflit) for verdict in verdicts):
            break
        relues = [await ledger.reader.lire_ou_vierge(dite.lecture.dossier) for dite in dites]
        dites = [dite._replace(lecture=relue) for dite, relue in zip(dites, relues, strict=True)]
    recus = [recu_de(verdict) for verdict in verdicts]
    return recus[0]

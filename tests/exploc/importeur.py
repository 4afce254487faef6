"""An import in a process of its own, for the tests that kill it: ``python -m tests.exploc.importeur API CLES LOT``.

It says a line before it begins, and one each time that the import has advanced.
"""

import asyncio
import sys
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from typing import Any, Final

from adapters.exploc.importation import FINALITE, importer
from adapters.gate.contexte import Acces, Gate
from adapters.gate.listes import Listes
from adapters.gate.revisions import Revisions
from adapters.identite.jetons import Identites
from adapters.identite.sujet import Demandeur
from adapters.registre.instantane import Instantane, Partenaire
from adapters.registre.lecture import Registre
from ledger.application import Ledger
from ledger.dossier.decision import Auteur
from ledger.index import IndexAveugle
from ledger.politiques import ArchiveDesPolitiques
from ledger.sealing import Kek
from policies import tables
from policies.decision import Agent
from policies.embedded import EmbeddedEngine
from tests.bases import KEK, SCHEMA, SECRET_INDEX

JOUR: Final = date(2026, 11, 23)
AUTEUR: Final = Auteur("ccapex", "CCAPEX_INSTRUCTEUR", "instructrice")
_REGLES: Final = tables.charger()
_REVISIONS: Final = Revisions(_REGLES, ArchiveDesPolitiques(""), EmbeddedEngine(_REGLES))


def porte(ledger: Ledger) -> Gate:
    """The gate on a ledger, for imports: they ask the registry and the worklists nothing."""
    registre, listes = Registre(""), Listes("")
    return Gate(ledger, registre, Identites([]), _REVISIONS, tables.lire(), listes, aujourd_hui=lambda: JOUR)


def acces(trace: str = "", etat: Agent = Agent.PROUVE) -> Acces:
    partenaire = Partenaire(AUTEUR.partenaire, "", "CCAPEX", AUTEUR.role, (FINALITE,))
    return Acces(
        Demandeur(partenaire, AUTEUR.agent, etat, None, frozenset({FINALITE})),
        FINALITE,
        None,
        Instantane(0),
        JOUR,
        trace,
    )


async def octets(lot: bytes) -> AsyncIterator[bytes]:
    for debut in range(0, len(lot), 50_000):
        yield lot[debut : debut + 50_000]


async def importer_lot(
    ledger: Ledger, lot: bytes, *, ecrire: bool = True, trace: str = "", **plus: Any
) -> dict[str, Any]:
    return await importer(porte(ledger), acces(trace), octets(lot), ecrire=ecrire, **plus)


def dire(*mots: object) -> None:
    print(*mots, flush=True)


async def principal(api: str, cles: str, lot: str) -> None:
    async with Ledger(api, cles, SCHEMA, Kek(KEK), IndexAveugle(SECRET_INDEX), aujourd_hui=lambda: JOUR) as ledger:
        dire("prêt")
        await importer_lot(ledger, Path(lot).read_bytes(), progres=dire)


if __name__ == "__main__":
    asyncio.run(principal(*sys.argv[1:]))

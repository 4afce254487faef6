"""A pickup in a process of its own, for the tests that kill it: ``python -m tests.exploc.releveur API CLES URL``.

It says a line before it begins, and ends with its report.
"""

import asyncio
import json
import sys
from typing import Any, Final

from adapters.exploc.national import National
from adapters.exploc.releve import relever
from ledger.application import Ledger
from ledger.index import IndexAveugle
from ledger.sealing import Kek
from tests.bases import KEK, SCHEMA, SECRET_INDEX
from tests.exploc.importeur import JOUR, acces, dire, porte

RECULS: Final = (0.02,) * 5
"""Seconds: nobody waits for a simulator to rest."""


async def relever_de(ledger: Ledger, url: str, *, ecrire: bool = True, **plus: Any) -> dict[str, Any]:
    source = National(url, "jeton-d-essai", reculs=RECULS)
    return await relever(porte(ledger), acces(), source, ecrire=ecrire, **plus)


async def principal(api: str, cles: str, url: str) -> None:
    async with Ledger(api, cles, SCHEMA, Kek(KEK), IndexAveugle(SECRET_INDEX), aujourd_hui=lambda: JOUR) as ledger:
        dire("prêt")
        dire(json.dumps(await relever_de(ledger, url)))


if __name__ == "__main__":
    asyncio.run(principal(*sys.argv[1:]))

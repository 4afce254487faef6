"""What brings subscriptions, in a process of its own, on databases that its argument names: to be killed."""

import asyncio
import json
import sys

from adapters.livraison.livreur import livreur
from tests.bases import Bases, ouvrir_ledger
from tests.monde import ouvrir_monde


async def principal() -> None:
    bases = Bases(**json.loads(sys.argv[1]))
    async with ouvrir_ledger(bases) as ledger, ouvrir_monde(bases, ledger) as monde:
        await livreur(monde.gate).servir()


if __name__ == "__main__":
    asyncio.run(principal())

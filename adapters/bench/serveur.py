"""The product as it is served, in a process of its own: one uvicorn worker, every guarantee on.

Its registry is the demonstration's, its tokens are the demonstration's issuer's; both are born and die with the run.
"""

import socket
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, Final

import orjson
import uvicorn

from adapters.bench.banc import SCHEMA
from adapters.demo.personnages import PERSONNAGES, Personnage
from adapters.demo.peuplement import client
from adapters.gate import Gate
from adapters.identity import EmetteurDemo, Identites
from adapters.listes import Listes
from adapters.registre import Registre
from adapters.rest.app import creer_application
from adapters.wiring import Acces, aujourd_hui
from ledger.application import Ledger
from ledger.index import IndexAveugle
from ledger.sealing import Kek
from policies import tables
from policies.engines import Decider, EmbeddedEngine

LECTRICE: Final = "drihl93-ccapex"
CONTRIBUTRICE: Final = "oph-fictif-1-contentieux"


def personnage(partenaire: str) -> Personnage:
    """The demonstration's agent of that partner."""
    return next(p for p in PERSONNAGES if p.partenaire == partenaire)


async def servir(demande: dict[str, Any]) -> None:
    """Serve until ended. One line on the standard output once the socket listens: the port, a token per partner."""
    emetteur = EmetteurDemo()
    jetons = {nom: _jeton(emetteur, personnage(nom)) for nom in (LECTRICE, CONTRIBUTRICE)}
    app = creer_application(lambda: _ouvrir(demande, emetteur))
    with socket.create_server(("127.0.0.1", 0)) as prise:
        sys.stdout.buffer.write(orjson.dumps({"port": prise.getsockname()[1], "jetons": jetons}) + b"\n")
        sys.stdout.flush()
        await uvicorn.Server(uvicorn.Config(app, log_level="error", access_log=False)).serve(sockets=[prise])


@asynccontextmanager
async def _ouvrir(demande: dict[str, Any], emetteur: EmetteurDemo) -> AsyncIterator[Gate]:
    acces = Acces(**demande["acces"])
    api, cles = acces.api or "", acces.cles or ""
    kek, index = Kek(bytes.fromhex(demande["kek"])), IndexAveugle(bytes.fromhex(demande["index"]))
    identites, decider = Identites([emetteur.emetteur]), Decider(EmbeddedEngine(tables.charger()))
    async with AsyncExitStack() as pile:
        ledger = await pile.enter_async_context(Ledger(api, cles, SCHEMA, kek, index, aujourd_hui=aujourd_hui))
        listes = await pile.enter_async_context(Listes(api, SCHEMA))
        registre = Registre(api, SCHEMA)
        pile.push_async_callback(registre.close)
        yield Gate(ledger, registre, identites, decider, tables.lire(), listes, aujourd_hui=aujourd_hui)


def _jeton(emetteur: EmetteurDemo, p: Personnage) -> str:
    return emetteur.jeton(p.partenaire, client(p.partenaire), p.finalites, p.agent)

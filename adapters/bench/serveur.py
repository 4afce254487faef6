"""The product as it is served, in a process of its own: one uvicorn worker, every guarantee on.

Its registry is the demonstration's, its tokens are the demonstration's issuer's; both are born and die with the run.
"""

import asyncio
import secrets
import socket
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import orjson

from adapters.bench.banc import SCHEMA, reglages
from adapters.demo.personnages import PERSONNAGES, Personnage
from adapters.demo.peuplement import client
from adapters.identite.demo import EmetteurDemo
from adapters.identite.jetons import Identites
from adapters.identite.oidc import Coffret
from adapters.rest.paliers import Paliers
from adapters.service.serveur import application
from adapters.service.serveur import servir as servir_application
from adapters.service.wiring import Adresses, Maison, ouvrir_gate
from ledger.batching import Batcher
from ledger.journal import ATTENTE, Journal, Ligne
from ledger.sealing import TAILLE_CLE

LECTRICE: Final = "drihl93-ccapex"
CONTRIBUTRICE: Final = "oph-fictif-1-contentieux"
AUDITRICE: Final = "dpo-conjoint"
PREFECTURE: Final = "sp-saint-denis-comex"
LIENS: Final = 4


class Presse(Batcher[Sequence[Ligne], None]):
    """The journal's batches, answered at once: the rows are recorded some time, and nobody waits for them."""

    def post(self, item: Sequence[Ligne]) -> asyncio.Future[None]:
        """Take the rows; the answer is there already."""
        super().post(item)
        pris: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        pris.set_result(None)
        return pris


class SansAttendre(Journal):
    """The same journal, whose rows nobody waits for: what waiting costs is measured against it."""

    def __init__(self, url: str, schema: str) -> None:
        super().__init__(url, schema)
        self._batcher = Presse(self._inscrire, limit=512, capacity=ATTENTE, cost=len)


def personnage(partenaire: str) -> Personnage:
    """The demonstration's agent of that partner."""
    return next(p for p in PERSONNAGES if p.partenaire == partenaire)


async def servir(demande: dict[str, Any]) -> None:
    """Serve until ended. One line on the standard output once the socket listens: the port, a token per partner."""
    emetteur = EmetteurDemo()
    # What signs in to the pages serves once: one for each who measures them.
    liens = {
        p.partenaire: [emetteur.lien(p.partenaire, client(p.partenaire), p.finalites, p.agent) for _ in range(LIENS)]
        for p in map(personnage, (LECTRICE, PREFECTURE))
    }
    jetons = {nom: jeton(emetteur, personnage(nom)) for nom in (LECTRICE, CONTRIBUTRICE, AUDITRICE)}
    settings, acces = reglages(Path(demande["donnees"])), Adresses(**demande["acces"])
    async with ouvrir_gate(settings, acces, Identites([emetteur.emetteur])) as gate:
        if demande.get("sans_attendre"):
            gate.ledger.journal = SansAttendre(acces.api or "", SCHEMA)
        maison = Maison(gate, Coffret(secrets.token_bytes(TAILLE_CLE)), oidc=None, demo=emetteur)
        app = application(maison, settings, paliers=Paliers(0) if demande.get("sans_paliers") else None)
        with socket.create_server(("127.0.0.1", 0)) as prise:
            dit = orjson.dumps({"port": prise.getsockname()[1], "jetons": jetons, "liens": liens}) + b"\n"
            await servir_application(app, settings, lambda: _dire(dit), [prise])


def _dire(ligne: bytes) -> None:
    sys.stdout.buffer.write(ligne)
    sys.stdout.flush()


def jeton(emetteur: EmetteurDemo, p: Personnage) -> str:
    """The token of that agent, for all the purposes of its partner."""
    return emetteur.jeton(p.partenaire, client(p.partenaire), p.finalites, p.agent)

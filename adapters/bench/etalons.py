"""The yardsticks over HTTP: what a competent team writes first with the same libraries, and nothing more.

One uvicorn worker, the event library's own way of saving, plaintext, no policy, no journal; and the bytes of a view,
ready in memory.
"""

import socket
import sys
from datetime import date
from typing import Annotated, Any
from uuid import UUID

import orjson
import uvicorn
from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event
from fastapi import FastAPI, Response
from pydantic import BaseModel, Field


class DossierNu(Aggregate):
    """A dossier as the library has it: the debt and the acts, in clear."""

    @event("Ouvert")
    def __init__(self, commune: str, adresse: str) -> None:
        self.commune = commune
        self.adresse = adresse
        self.dettes: list[tuple[int, str]] = []

    @event("DetteDeclaree")
    def declarer(self, montant: int, arretee_au: str) -> None:
        """State the debt once more."""
        self.dettes.append((montant, arretee_au))


class CorpsNu(BaseModel):
    """What the endpoint takes in: the fields that the product is sent for the same act."""

    montant: Annotated[int, Field(ge=0)]
    arretee_au: date


def application(demande: dict[str, Any]) -> FastAPI:
    """The two bare endpoints. ``dossiers``: how many to open before serving, twelve events each."""
    app = FastAPI(openapi_url=None)
    app.state.dossiers = []
    if "vue" in demande:
        octets = demande["vue"].encode()

        @app.get("/vue")
        async def vue() -> Response:
            return Response(octets, media_type="application/json")

    if "env" in demande:
        journal = Application[UUID](env=demande["env"])
        dossiers = [_ouvrir(journal) for _ in range(demande["dossiers"])]

        app.state.dossiers = dossiers

        @app.post("/dossiers/{dossier}/contributions", status_code=201)
        def contribuer(dossier: UUID, corps: CorpsNu) -> dict[str, int]:
            nu: DossierNu = journal.repository.get(dossier)
            nu.declarer(montant=corps.montant, arretee_au=corps.arretee_au.isoformat())
            journal.save(nu)
            return {"version": nu.version}

    return app


def _ouvrir(journal: Application[UUID]) -> UUID:
    nu = DossierNu(commune="93066", adresse="118 avenue Jean-Jaurès")
    for rang in range(11):
        nu.declarer(montant=100_00 * rang, arretee_au="2026-01-01")
    journal.save(nu)
    return nu.id


async def servir(demande: dict[str, Any]) -> None:
    """Serve until ended. One line on the standard output once the socket listens: the port."""
    app = application(demande)
    with socket.create_server(("127.0.0.1", 0)) as prise:
        sys.stdout.buffer.write(orjson.dumps({"port": prise.getsockname()[1], "dossiers": app.state.dossiers}) + b"\n")
        sys.stdout.flush()
        await uvicorn.Server(uvicorn.Config(app, log_level="error", access_log=False)).serve(sockets=[prise])

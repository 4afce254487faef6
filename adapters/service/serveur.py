"""Serving: the API and the pages in one process, and in demonstration the projector beside it."""

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from functools import partial
from socket import socket
from uuid import UUID

import uvicorn
from fastapi import FastAPI
from starlette.types import ASGIApp

from adapters.exploc.routes import places
from adapters.papier.presse import Atelier
from adapters.rest.app import creer_application
from adapters.rest.hotes import HotesAdmis
from adapters.rest.paliers import Paliers
from adapters.rest.presentation import Abord
from adapters.service.bounds import BoundedProtocol
from adapters.service.collector import calm_collector, sweep
from adapters.service.routes import ROUTES
from adapters.service.settings import Settings
from adapters.service.wiring import Maison, exploitant_de
from adapters.web import adresses
from adapters.web.guichet import Guichet
from adapters.web.pages import Invitation
from adapters.web.sessions import Sessions
from adapters.web.site import Site

_REPRISES_S = (0.5, 1.0, 2.0, 5.0, 10.0)
_DUREE_SAINE_S = 60.0


def application(
    maison: Maison,
    settings: Settings,
    entrees: Callable[[], Sequence[Invitation]] = tuple,
    exemple: UUID | None = None,
    *,
    paliers: Paliers | None = None,
) -> FastAPI:
    """The whole application on an open house: API, then pages. ``exemple``: the case that a demonstration shows.

    ``paliers``: other steps than the usual ones, for who measures what is done before them.
    """
    abord = Abord(settings.public_url, settings.mandataires)
    app = creer_application(lambda: contextlib.nullcontext(maison.gate), ROUTES, abord, paliers)
    app.add_middleware(HotesAdmis, hotes=settings.hotes)
    app.state.imports = places()
    app.state.atelier = Atelier()
    site = Site(
        guichet=Guichet(maison.gate, app.state.atelier),
        registre=maison.gate.registre.courant,
        identites=maison.gate.identites,
        sessions=Sessions(maison.coffret, securise=settings.mode == "production"),
        aujourd_hui=maison.gate.aujourd_hui,
        oidc=maison.oidc,
        demo=maison.demo,
        entrees=entrees,
        exemple=exemple,
        exploitant=exploitant_de(settings),
    )
    app.router.routes.extend(adresses.routes(site))
    return app


class _Serveur(uvicorn.Server):
    """Tells when it listens: what is announced before would refuse the first who comes."""

    def __init__(self, config: uvicorn.Config, annoncer: Callable[[], None]) -> None:
        super().__init__(config)
        self._annoncer = annoncer

    async def startup(self, sockets: list[socket] | None = None) -> None:
        """Listen, then say so."""
        await super().startup(sockets)
        if self.started:
            self._annoncer()


def configuration(app: ASGIApp, settings: Settings) -> uvicorn.Config:
    """How it is served. What a proxy says of the client decides nothing: see ``adapters/rest/origine``."""
    return uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        http=BoundedProtocol,
        ws="none",
        log_level="error",  # a stranger's broken request is no news, and would fill the disk line by line
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=10,
    )


async def servir(
    app: ASGIApp,
    settings: Settings,
    annoncer: Callable[[], None] = lambda: None,
    sockets: list[socket] | None = None,
) -> None:
    """Serve until told to stop; requests under way are finished. ``annoncer`` is called once it listens."""
    calm_collector()
    serveur = _Serveur(configuration(app, settings), annoncer)
    balayage = asyncio.create_task(sweep(lambda: bool(serveur.server_state.tasks)))
    try:
        await serveur.serve(sockets)
    finally:
        balayage.cancel()


@contextlib.asynccontextmanager
async def processus_supervise(
    commande: str, environ: Mapping[str, str] | None = None, nom: str = ""
) -> AsyncIterator[None]:
    """A process of this command beside this one, started again when it ends, ended when this one does.

    ``environ``: its environment, where it is not this one's. ``nom``: what is said of it, when it stops.
    """
    nom = nom or commande
    tache = asyncio.create_task(_superviser(commande, nom, dict(os.environ if environ is None else environ)))
    tache.add_done_callback(partial(_dire_sa_fin, nom))
    try:
        yield
    finally:
        tache.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await tache


def projecteur_supervise(
    environ: Mapping[str, str] | None = None,
) -> contextlib.AbstractAsyncContextManager[None]:
    """The projector, beside this process."""
    return processus_supervise("projeter", environ, "le projecteur")


def _dire_sa_fin(nom: str, tache: "asyncio.Task[None]") -> None:
    if not tache.cancelled():
        sys.stderr.write(f"Plus rien ne relance {nom} : {type(tache.exception()).__name__}.\n")


async def _superviser(commande: str, nom: str, environ: Mapping[str, str]) -> None:
    boucle = asyncio.get_running_loop()
    echecs = 0
    while True:
        depart = boucle.time()
        processus = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "adapters.commande.unefois", commande, env=environ, start_new_session=True
        )
        try:
            statut = await processus.wait()
        finally:
            if processus.returncode is None:
                processus.terminate()
                await processus.wait()
        echecs = 0 if boucle.time() - depart > _DUREE_SAINE_S else echecs + 1
        reprise = _REPRISES_S[min(echecs, len(_REPRISES_S)) - 1]
        sys.stderr.write(f"{nom[0].upper()}{nom[1:]} s'est arrêté (état {statut}) ; reprise dans {reprise} s.\n")
        await asyncio.sleep(reprise)

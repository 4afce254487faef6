"""The application: the routes around one gate, the contract, and one place where what is raised becomes an answer."""

import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from adapters.gate.contexte import Gate
from adapters.gate.refus import PANNES, Refus, panne_de
from adapters.rest import erreurs
from adapters.rest.delai import ATemps
from adapters.rest.document import CHEMIN, Documents
from adapters.rest.paliers import Paliers
from adapters.rest.presentation import EN_DIRECT, Abord
from adapters.rest.reference import ADRESSES
from adapters.rest.requete import traceparent
from adapters.rest.retrait import annonces
from adapters.rest.route import Route as RouteDuContrat
from adapters.rest.route import monter
from adapters.rest.sonde import Pret, vivant
from adapters.web.reponses import page_d_erreur

logger = logging.getLogger(__name__)

Allumage = Callable[[], AbstractAsyncContextManager[Gate]]


class Application(FastAPI):
    """An application whose routes are Starlette's.

    What FastAPI puts around its own (files to close, telemetry) is of no use to them, and has its price each time.
    """

    def build_middleware_stack(self) -> ASGIApp:
        """Starlette's own."""
        return Starlette.build_middleware_stack(self)


def creer_application(
    ouvrir: Allumage,
    routes: tuple[RouteDuContrat, ...],
    abord: Abord = EN_DIRECT,
    paliers: Paliers | None = None,
) -> FastAPI:
    """The API. ``ouvrir`` opens the gate when the server starts and closes it when it stops.

    ``abord``: how it is reached, and through which proxies, which say whom they speak for. ``paliers``: other steps of
    time than the usual ones, for what must not tell by its own.
    """

    @asynccontextmanager
    async def vie(app: FastAPI) -> AsyncIterator[None]:
        async with ouvrir() as gate:
            app.state.gate = gate
            yield
            await gate.inconnus.verser()

    app = Application(
        title="unefois",
        lifespan=vie,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        # What leaves, leaves by the gate: a collector that the environment names would be sent traces, and with them
        # the messages of exceptions, which may hold a value.
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    monter(app, routes)
    app.state.routes_du_contrat = routes
    app.router.routes += [
        Route(CHEMIN, Documents().repondre, methods=["GET"]),
        *ADRESSES,
        Route("/vivant", vivant, methods=["GET"]),
        Route("/pret", Pret().repondre, methods=["GET"]),
    ]
    app.state.abord = abord
    app.add_middleware(ATemps, mandataires=abord.mandataires, paliers=paliers)
    app.add_exception_handler(Refus, _refus)
    for panne in PANNES:
        app.add_exception_handler(panne, _panne)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(ClientDisconnect, _parti)
    app.add_exception_handler(Exception, _imprevu)
    return app


async def _refus(request: Request, refus: Any) -> Response:  # noqa: ANN401 - Starlette types handlers by Exception
    return _tracee(request, erreurs.de_refus(refus))


async def _panne(request: Request, panne: Any) -> Response:  # noqa: ANN401 - Starlette types handlers by Exception
    """What is down where no verb of the gate was reached: nothing was read, and nothing is shown."""
    if erreurs.navigateur(request):
        return page_d_erreur(503)
    return _tracee(request, erreurs.de_refus(panne_de(panne)))


async def _http(request: Request, erreur: Any) -> Response:  # noqa: ANN401 - Starlette types handlers by Exception
    if erreurs.navigateur(request):
        return page_d_erreur(erreur.status_code)
    details = {404: "Rien à cette adresse.", 405: "Cette adresse n'admet pas cette méthode."}
    statut = erreur.status_code
    detail = details.get(statut, "Requête incomprise.")
    return erreurs.probleme(statut, erreurs.genre(statut), detail, entetes=erreur.headers)


async def _parti(_: Request, __: Any) -> Response:  # noqa: ANN401 - Starlette types handlers by Exception
    return Response(status_code=400)


async def _imprevu(request: Request, erreur: Any) -> Response:  # noqa: ANN401 - Starlette types handlers by Exception
    # The message of an unknown error may hold a value: only its kind and place are written.
    logger.error("erreur imprévue : %s", type(erreur).__name__)
    if erreurs.navigateur(request):
        return page_d_erreur(500)
    imprevu = "Une erreur imprévue est survenue. Rien n'a été communiqué."
    return _tracee(request, erreurs.probleme(500, "interne", imprevu))


def _tracee(request: Request, reponse: Response) -> Response:
    """The same, with the trace under which the journal has the refusal; what no route looked at has none.

    It says too that what was asked for is to disappear.
    """
    reponse.headers.update(annonces(request.scope))
    if trace := traceparent(request):
        reponse.headers["traceparent"] = trace
    return reponse

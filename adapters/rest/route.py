"""What a route is, and how it stands behind its door."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Final

from fastapi import FastAPI
from starlette.responses import Response
from starlette.routing import Route as RouteASGI
from starlette.types import Receive, Scope, Send

from adapters.gate.contexte import Acces
from adapters.gate.refus import journaliser_refus
from adapters.rest.requete import Illisible, Porte, PorteSansFinalite, Requete
from policies.decision import Action

Fonction = Callable[[Requete, Acces], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Route:
    """One route: what it is called, under which action it is admitted, and what answers."""

    methode: str
    chemin: str
    action: Action
    fonction: Fonction
    exige: bool = True


def monter(app: FastAPI, routes: Iterable[Route]) -> None:
    """Put the table on an application, each route behind its door.

    They are plain Starlette routes: FastAPI's own resolution of arguments costs as much as the whole gate, and there
    is one dependency. Routes are tried in order: a reading, the most frequent by far, comes first.
    """
    for route in sorted(routes, key=lambda r: r.chemin != LE_PLUS_LU):
        porte = Porte(route.action) if route.exige else PorteSansFinalite(route.action)
        app.router.routes.append(RouteASGI(route.chemin, Garde(route, porte), methods=[route.methode]))


LE_PLUS_LU: Final = "/v1/vues/{vue}/{dossier}"


class Garde:
    """A route behind its door, as ASGI has it: what it raises goes straight to the application's handlers."""

    def __init__(self, route: Route, porte: Porte) -> None:
        self._route = route
        self._porte = porte

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Admit, answer, send."""
        request = Requete(scope, receive, send)
        acces = await self._porte(request)
        try:
            reponse = await self._route.fonction(request, acces)
        except Illisible as refus:
            await journaliser_refus(request.gate, acces, self._route.action, refus.code)
            raise
        await reponse(scope, receive, send)

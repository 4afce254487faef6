"""The pages that any service owes: help, contact, legal notice, accessibility. Nobody signs in, nothing is read."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from adapters.web.rendu import Cadre, rendre
from adapters.web.sessions import DUREE
from adapters.web.site import Site

AXE: Final = "4.14"
"""The version of axe-core under which the statement says that pages were looked at."""


def _page(adresse: str) -> Callable[[Site, Request], Awaitable[Response]]:
    gabarit = f"{adresse[1:]}.html"

    async def repondre(site: Site, _: Request) -> Response:
        cadre = Cadre(demonstration=site.demonstration, adresse=adresse)
        return site.html(rendre(gabarit, cadre=cadre, exploitant=site.exploitant, axe=AXE, minutes=DUREE // 60))

    return repondre


A_PROPOS: Final[Mapping[str, Callable[[Site, Request], Awaitable[Response]]]] = {
    adresse: _page(adresse) for adresse in ("/aide", "/contact", "/mentions-legales", "/accessibilite")
}
"""Each page, by its address."""

"""Every route that is served, whichever room answers it. The contract and the tests read this table."""

from typing import Final

from adapters.exploc.routes import ROUTES as ROUTES_EXPLOC
from adapters.rest.route import Route
from adapters.rest.routes import ROUTES as ROUTES_REST

ROUTES: Final[tuple[Route, ...]] = (*ROUTES_REST, *ROUTES_EXPLOC)

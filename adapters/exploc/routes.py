"""``POST /exploc/v1/lots``: a lot as it is uploaded, its report as the answer. Dry unless ``ecrire=true``.

Nothing of the lot is written to a disk, and at most ``IMPORTS`` run at once: each has a process of its own.
"""

import asyncio
from types import MappingProxyType
from typing import Final

import orjson
from starlette.responses import Response

from adapters.exploc.importation import importer
from adapters.gate.contexte import Acces
from adapters.gate.refus import Refus, journaliser_refus
from adapters.rest.erreurs import SURETE
from adapters.rest.requete import Illisible, Requete, parametres, traceparent, un
from adapters.rest.route import Route
from policies.decision import Action

IMPORTS: Final = 2
CHEMIN: Final = "/exploc/v1/lots"
_CHOIX: Final = MappingProxyType({None: False, "false": False, "true": True})


def places() -> asyncio.Semaphore:
    """How many imports one process runs at once: who comes beyond is told to come back, nobody waits."""
    return asyncio.Semaphore(IMPORTS)


async def deposer(request: Requete, acces: Acces) -> Response:
    """Déposer un lot EXPLOC : son rapport est la réponse. Sans « ecrire=true », rien n'est enregistré."""
    ecrire = _CHOIX.get(un(parametres(request, {"ecrire"}), "ecrire"))
    if ecrire is None:
        raise Illisible(400, "requete", "Le paramètre « ecrire » vaut « true » ou « false ».")
    libres: asyncio.Semaphore = request.app.state.imports
    if libres.locked():
        await journaliser_refus(request.gate, acces, Action.IMPORTER, "imports_en_cours")
        raise Refus(503, "imports_en_cours", "D'autres imports sont en cours : renvoyez le lot dans un instant.")
    async with libres:
        rapport = orjson.dumps(await importer(request.gate, acces, request.stream(), ecrire=ecrire))
    return Response(rapport, headers={**SURETE, "traceparent": traceparent(request)}, media_type="application/json")


ROUTES: Final = (Route("POST", CHEMIN, Action.IMPORTER, deposer),)
"""The routes under ``/exploc``."""

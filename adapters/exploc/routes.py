"""``POST /exploc/v1/lots``: a lot as it is uploaded, its report as the answer. Dry unless ``ecrire=true``.

Nothing of the lot is written to a disk, and at most ``IMPORTS`` run at once: each has a process of its own.
"""

import asyncio
from types import MappingProxyType
from typing import Any, Final

import orjson
from starlette.responses import Response

from adapters.exploc.importation import AtelierPerdu, importer
from adapters.exploc.lot import LotIllisible
from adapters.gate.contexte import Acces, Gate
from adapters.gate.refus import PANNES, EnPanne, Refus, constater_panne, journaliser_refus, refuser_decision
from adapters.rest.erreurs import SURETE
from adapters.rest.requete import Illisible, Requete, parametres, traceparent, un
from adapters.rest.route import Route
from policies.decision import Action, Request, Secret

IMPORTS: Final = 2
CHEMIN: Final = "/exploc/v1/lots"
_CHOIX: Final = MappingProxyType({None: False, "false": False, "true": True})


def places() -> asyncio.Semaphore:
    """How many imports one process runs at once: who comes beyond is told to come back, nobody waits."""
    return asyncio.Semaphore(IMPORTS)


async def deposer(request: Requete, acces: Acces) -> Response:
    """Déposer un lot EXPLOC : son rapport est la réponse. Sans « ecrire=true », rien n'est enregistré."""
    gate = request.gate
    libres: asyncio.Semaphore = request.app.state.imports
    if libres.locked():
        await journaliser_refus(gate, acces, Action.IMPORTER, "imports_en_cours")
        raise EnPanne("imports_en_cours", "D'autres imports sont en cours : renvoyez le lot dans un instant.")
    async with libres:
        rapport = orjson.dumps(await _importer(gate, acces, request))
    return Response(rapport, headers={**SURETE, "traceparent": traceparent(request)}, media_type="application/json")


async def _importer(gate: Gate, acces: Acces, request: Requete) -> dict[str, Any]:
    try:
        revision = await _decider(gate, acces)
        ecrire = _CHOIX.get(un(parametres(request, {"ecrire"}), "ecrire"))
        if ecrire is None:
            raise Illisible(400, "requete", "Le paramètre « ecrire » vaut « true » ou « false ».")
        return await importer(
            gate.ledger,
            request.stream(),
            auteur=acces.auteur(),
            revision=revision,
            jour=acces.le,
            ecrire=ecrire,
            finalite=acces.finalite,
            trace=acces.trace,
        )
    except LotIllisible as refus:
        raise Refus(422, "lot_illisible", str(refus)) from refus
    except AtelierPerdu as panne:
        await constater_panne(gate, acces, panne)
        raise EnPanne("import_interrompu", str(panne)) from panne
    except PANNES as panne:
        await constater_panne(gate, acces, panne)
        raise EnPanne("base_indisponible", "La base ne répond plus : renvoyez le lot, l'import reprendra.") from panne


async def _decider(gate: Gate, acces: Acces) -> str:
    """Refuse (403), journaled, whoever may not import; the revision of the policies that allowed it."""
    sujet = acces.sujet
    decision = await gate.decider.decide(
        Request(
            role=sujet.partenaire.role,
            finalite=acces.finalite,
            action=Action.IMPORTER,
            le=acces.le,
            secret=Secret(sujet.secret),
            agent=sujet.etat,
        )
    )
    if not decision.autorise:
        await refuser_decision(gate, acces, Action.IMPORTER, None, decision)
    return decision.revision


ROUTES: Final = (Route("POST", CHEMIN, Action.IMPORTER, deposer),)
"""The routes under ``/exploc``."""

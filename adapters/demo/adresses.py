"""What a sandbox has besides the service: its catalogue, as a page and as JSON, and the address that gives tokens."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from adapters.gate.acces import refuser_entree
from adapters.gate.budget import Budget
from adapters.identite.demo import EmetteurDemo
from adapters.identite.refus import JetonRefuse
from adapters.rest import erreurs
from adapters.rest.presentation import presentee
from adapters.rest.requete import Requete
from adapters.web import pages
from adapters.web.connexion import SANS_TRACE, erreur_oauth
from adapters.web.rendu import Cadre
from adapters.web.reponses import page, valeurs_de, vers

PAGE: Final = "/bac-a-sable"
JSON: Final = f"{PAGE}.json"
JETON: Final = f"{PAGE}/jeton"
_GARDE: Final = "Tout est fictif ici : n'y saisissez ni ménage, ni dossier, ni adresse réels. Un NIR y est refusé."


def routes(
    emetteur: EmetteurDemo, catalogue: Sequence[Mapping[str, Any]], budget: Budget, fin: datetime
) -> list[Route]:
    """Its addresses; the first page leads to the catalogue. ``fin``: when the next reset is."""
    dit = {
        "avertissement": _GARDE,
        "prochaine_remise_a_zero": fin.isoformat(),
        "limites": {"demandes_par_minute": budget.par_minute, "ouvertures_par_jour": budget.ouvertures},
        "menages": catalogue,
    }
    html = pages.bac_a_sable(Cadre(demonstration=True), _GARDE, fin, catalogue)

    async def accueil(_: Request) -> Response:
        return vers(PAGE)

    async def en_page(_: Request) -> Response:
        return page(html, 200)

    async def en_json(_: Request) -> Response:
        return JSONResponse(dit, headers=erreurs.SURETE)

    return [
        Route("/", accueil, methods=["GET"]),
        Route(PAGE, en_page, methods=["GET"]),
        Route(JSON, en_json, methods=["GET"]),
        Route(JETON, Jetons(emetteur), methods=["POST"]),
    ]


class Jetons:
    """Gives tokens by client credentials alone, as FAPI 2.0 has them; refusals are counted with those of strangers."""

    def __init__(self, emetteur: EmetteurDemo) -> None:
        self._emetteur = emetteur

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one client."""
        request = Requete(scope, receive, send)
        demande = await valeurs_de(request)
        public = request.app.state.abord.public
        ici = f"{public.rstrip('/')}{JETON}" if public else str(request.url.replace(query=""))
        try:
            reponse = JSONResponse(self._emetteur.accorder(demande, presentee(request).demontrer(), ici))
        except JetonRefuse as echec:
            await refuser_entree(request.gate, echec)
            reponse = JSONResponse({"error": erreur_oauth(echec), "error_description": echec.message}, 400)
        reponse.headers.update(SANS_TRACE)
        await reponse(scope, receive, send)

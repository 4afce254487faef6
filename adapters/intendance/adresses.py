"""The addresses of the administrators' pages, and the application that answers them."""

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from adapters.intendance import connexion, demarches, listes
from adapters.intendance.site import Intendance, rendre
from adapters.registre.lecture import RegistreIndisponible
from adapters.rest.hotes import HotesAdmis
from adapters.web.a_propos import AXE
from adapters.web.rendu import EMPREINTE_FEUILLE, Cadre
from adapters.web.reponses import feuille
from adapters.web.sessions import DUREE
from adapters.web.site import Servir

A_PROPOS: Final = ("/contact", "/mentions-legales", "/accessibilite")
"""What any service owes to whoever comes: nobody signs in, nothing is read."""


def application(site: Intendance, hotes: Collection[str]) -> Starlette:
    """The pages, under these host names alone. There is no API here: neither a document, nor a token that is taken."""
    app = Starlette(
        routes=[*routes(site)], exception_handlers={HTTPException: _introuvable(site), Exception: _panne(site)}
    )
    app.add_middleware(HotesAdmis, hotes=hotes)
    return app


def routes(site: Intendance) -> Iterator[Route]:
    """Every address."""
    for chemin, methodes, servir in _adresses(site):
        yield Route(chemin, servir, methods=list(methodes), include_in_schema=False)


def _adresses(site: Intendance) -> Iterator[tuple[str, Sequence[str], Servir]]:
    yield f"/statique/{EMPREINTE_FEUILLE}.css", ["GET"], feuille
    yield "/vivant", ["GET"], _vivant
    yield "/pret", ["GET"], _pret(site)
    for chemin in A_PROPOS:
        yield chemin, ["GET"], _a_propos(site, chemin)
    yield "/connexion", ["GET"], connexion.connexion(site)
    yield "/connexion", ["POST"], connexion.partir(site)
    yield "/connexion/retour", ["GET"], connexion.revenir(site)
    yield "/demo/entrer/{code}", ["GET"], connexion.entrer_demo(site)
    yield "/deconnexion", ["POST"], site.page_de(connexion.sortir, None)
    yield "/", ["GET"], site.page_de(listes.accueil, "accueil")
    yield "/partenaires", ["GET"], site.page_de(listes.partenaires, "partenaires")
    yield "/partenaires/{code}", ["GET"], site.page_de(listes.partenaire, "partenaires")
    yield "/habilitations", ["GET"], site.page_de(listes.agents, "habilitations")
    yield "/mandats", ["GET"], site.page_de(listes.mandates, "mandats")
    yield "/instances", ["GET"], site.page_de(listes.instances, "instances")
    yield "/instances/{code}", ["GET"], site.page_de(listes.instance, "instances")
    yield "/seances", ["GET"], site.page_de(listes.seances, "seances")
    yield "/administrateurs", ["GET"], site.page_de(listes.administrateurs, "administrateurs")
    yield "/changements", ["GET"], site.page_de(listes.changements, "changements")
    for nom, formalite in demarches.FORMALITES.items():
        yield f"/demarches/{nom}", ["GET", "POST"], site.page_de(demarches.demarche(nom), formalite.nature)


async def _vivant(_: Request) -> Response:
    """Whether the loop turns."""
    return PlainTextResponse("vivant")


def _pret(site: Intendance) -> Servir:
    async def servir(_: Request) -> Response:
        try:
            await site.ecritoire.courant()
        except RegistreIndisponible as panne:
            return PlainTextResponse(str(panne), 503)
        return PlainTextResponse("pret")

    return servir


def _a_propos(site: Intendance, chemin: str) -> Servir:
    async def servir(_: Request) -> Response:
        cadre = Cadre(demonstration=site.demonstration, adresse=chemin)
        gabarit = f"{chemin[1:]}.html"
        return site.html(rendre(gabarit, cadre=cadre, exploitant=site.exploitant, axe=AXE, minutes=DUREE // 60))

    return servir


def _introuvable(site: Intendance) -> Callable[[Request, Exception], Response]:
    def repondre(_: Request, erreur: Exception) -> Response:
        return site.erreur(erreur.status_code if isinstance(erreur, HTTPException) else 404)

    return repondre


def _panne(site: Intendance) -> Callable[[Request, Exception], Response]:
    def repondre(_: Request, __: Exception) -> Response:
        return site.erreur(500)

    return repondre

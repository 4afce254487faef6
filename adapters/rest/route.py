"""What a route is: all that is said of it, in one value; and how it stands behind its door."""

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Literal
from uuid import UUID

from fastapi import FastAPI
from starlette.responses import Response
from starlette.routing import Route as RouteASGI
from starlette.types import Receive, Scope, Send

from adapters.gate.acces import Declaration, admettre
from adapters.gate.contexte import Acces, Trace
from adapters.gate.parts import DEMANDES, PartPrise
from adapters.gate.refus import Refus, journaliser_refus
from adapters.rest.delai import reconnu
from adapters.rest.presentation import presentee
from adapters.rest.requete import Illisible, Requete, parametres, une_fois
from adapters.rest.retrait import Retrait, annoncer, annonces, finis
from adapters.rest.schema import JSON, TEXTE, Decrit, Forme, Schema, dit
from adapters.web.reponses import egaliser
from policies.decision import Action

Fonction = Callable[[Requete, Acces], Awaitable[Response]]

PARTOUT: Final = (400, 401, 403, 429, 503)
"""What any route may refuse with."""

TROP_DE_DEMANDES: Final = f"Votre organisation a déjà {DEMANDES} demandes en cours : renvoyez celle-ci dans un instant."
DU_CORPS: Final = (413, 422)
"""What a route that takes a body may refuse with."""


@dataclass(frozen=True, slots=True)
class Chapitre:
    """A chapter of the document."""

    nom: str
    texte: str


@dataclass(frozen=True, slots=True)
class Parametre:
    """One thing that a route takes beside its body, and where it stands."""

    nom: str
    texte: str
    schema: Schema
    ou: Literal["path", "query", "header"] = "query"
    requis: bool = False
    retrait: Retrait | None = None


def du_chemin(nom: str, texte: str, schema: Schema) -> Parametre:
    """A part of the address."""
    return Parametre(nom, texte, schema, "path", requis=True)


def entete(nom: str, texte: str, exemple: str, *, requis: bool = False) -> Parametre:
    """A header of the request."""
    return Parametre(nom, texte, dit(TEXTE, texte, exemple), "header", requis)


def noms(parametres: Iterable[Parametre]) -> set[str]:
    """What they are called."""
    return {parametre.nom for parametre in parametres}


@dataclass(frozen=True, slots=True)
class Corps:
    """The body that a route takes, always required."""

    schema: Decrit
    genres: tuple[str, ...] = (JSON,)
    exemple: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Reponse:
    """What a route answers when it does not refuse: schemas by media type, and headers beside the trace.

    ``validee``: it has an ``ETag``, and who sends it back may be answered 304.
    """

    contenu: Mapping[str, Decrit]
    texte: str = "Fait."
    statut: int = 200
    entetes: tuple[str, ...] = ()
    validee: bool = False


def rend(schema: Decrit, genre: str = JSON) -> Reponse:
    """An answer that depends on no case, or on many."""
    return Reponse({genre: schema})


def montre(schema: Decrit) -> Reponse:
    """What is seen of a case, or of a page of them: it changes with what is seen, and with nothing else."""
    return Reponse({JSON: schema}, entetes=("Position", "ETag"), validee=True)


def enregistre(schema: Decrit) -> Reponse:
    """What was written, and where the log stands by then."""
    return Reponse({JSON: schema}, "Enregistré.", 201, ("Position",))


@dataclass(frozen=True, slots=True)
class Route:
    """One route: what it is called, under which action it is admitted, what it takes, what it answers.

    ``fonction`` answers, and its docstring is the route's summary. ``essai``: it may be tried (``?blanc=true``), and
    what it answers then. ``refus``: the statuses that it may refuse with besides those of any route. ``retrait``: it is
    to disappear. ``exige``: a purpose is required. ``souvent``: it is tried before the others. ``egale``: each of its
    answers waits for its step, so that its time tells nothing.
    """

    methode: str
    chemin: str
    action: Action
    fonction: Fonction
    chapitre: Chapitre
    reponse: Reponse
    essai: Reponse | None = None
    parametres: tuple[Parametre, ...] = ()
    corps: Corps | None = None
    refus: tuple[int, ...] = ()
    retrait: Retrait | None = None
    exige: bool = True
    souvent: bool = False
    egale: bool = False

    @property
    def statuts(self) -> tuple[int, ...]:
        """Every status that it may refuse with."""
        retires = self.retrait or any(parametre.retrait for parametre in self.parametres)
        return tuple(sorted({*PARTOUT, *self.refus, *(DU_CORPS if self.corps else ()), *((410,) if retires else ())}))


def monter(app: FastAPI, routes: Iterable[Route]) -> None:
    """Put the table on an application, each route behind its door.

    They are plain Starlette routes: FastAPI's own resolution of arguments costs as much as the whole gate, and there
    is one dependency. Routes are tried in order: what is asked often comes first.
    """
    for route in sorted(routes, key=lambda r: not r.souvent):
        app.router.routes.append(RouteASGI(route.chemin, Porte(route), methods=[route.methode]))


def _admis(schema: Schema) -> Callable[[str], object]:
    """Whether a value is one that a parameter may have, as far as its schema has a list or a pattern of them."""
    elements = schema.get("items", schema)
    schema = elements.schema if isinstance(elements, Forme) else elements  # type: ignore[assignment]  # written, of these
    if "enum" in schema:
        return set(schema["enum"]).__contains__
    return re.compile(schema.get("pattern", "")).search


def _exiger_present(request: Requete, le: date) -> None:
    """``Illisible`` 410 where what is asked for is gone on that day."""
    if retires := finis(request.scope, le):
        raise Illisible(410, "retire", " ".join(f"{retrait.phrase}." for retrait in retires))


class Porte:
    """A route's door, as ASGI has it: what it raises goes straight to the application's handlers."""

    def __init__(self, route: Route) -> None:
        self._route = route
        self._parametres = {p.nom: _admis(p.schema) for p in route.parametres if p.ou == "query"}
        self._retraits = {p.nom: p.retrait for p in route.parametres if p.ou == "query" and p.retrait is not None}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Admit (``Refus`` 401 or 403, journaled), answer, send."""
        request = Requete(scope, receive, send)
        dossier = request.dossier
        if self._route.egale:
            egaliser(request)
        if self._route.retrait is not None:
            annoncer(scope, self._route.retrait)
        acces = await self._admettre(request, dossier)
        reconnu(request, acces)
        parts, budget, qui = request.gate.parts, request.gate.budget, acces.sujet.partenaire.code
        try:
            if budget is not None:
                budget.demander(acces.sujet.client or "")
            parts.prendre(qui)
        except PartPrise as trop:
            await journaliser_refus(request.gate, acces, self._route.action, "trop_de_demandes", dossier)
            raise Refus(429, "trop_de_demandes", str(trop) or TROP_DE_DEMANDES) from trop
        try:
            reponse = await self._repondre(request, acces, dossier)
            if dites := annonces(scope):
                reponse.headers.update(dites)
            await reponse(scope, receive, send)
        finally:
            parts.rendre(qui)

    async def _repondre(self, request: Requete, acces: Acces, dossier: UUID | None) -> Response:
        try:
            une_fois(request)
            if request.scope["query_string"]:
                request.parametres = parametres(request, self._parametres)
                for nom, retrait in self._retraits.items():
                    if nom in request.parametres:
                        annoncer(request.scope, retrait)
            _exiger_present(request, acces.le)
            return await self._route.fonction(request, acces)
        except Illisible as refus:
            await journaliser_refus(request.gate, acces, self._route.action, refus.code, dossier)
            raise

    async def _admettre(self, request: Requete, dossier: UUID | None) -> Acces:
        """Who asks, for which purpose, to do what."""
        return await admettre(
            request.gate,
            presentee(request),
            Declaration(request.entete(b"finalite"), request.entete(b"agent")),
            self._route.action,
            Trace(request.trace, dossier),
            exige=self._route.exige,
        )

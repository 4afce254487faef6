"""No answer later than ``LIMITE``: whatever is slow behind, who asked is told so in time, and may come back.

The clock runs while we work; it stands while the client sends, or reads what it asked for. What is cut is cut as it
would be by a kill: what was acknowledged is durable, and the same request with the same key finds it.
"""

import asyncio
from collections.abc import Sequence
from typing import Any, Final

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from adapters.gate.contexte import Acces
from adapters.gate.inconnus import ORIGINE
from adapters.gate.refus import inscrire_si_possible, ligne_du_journal, sans_acces
from adapters.rest import erreurs
from adapters.rest.origine import Reseau, origine
from adapters.web.reponses import page_d_erreur

LIMITE: Final = 2.8
"""Seconds of our own time before the first byte of an answer: with the way there and back, three."""
TROP_TARD: Final = "Le service n'a pas pu répondre à temps : renvoyez la même requête, avec la même clé."
_PLACE: Final = "unefois.delai"
_ACCES: Final = "unefois.acces"


def accorder(request: Request, secondes: float | None) -> None:
    """Give a request that many seconds more before its answer: what it asked to wait for; None: as long as it takes."""
    delai: Delai | None = request.scope.get(_PLACE)
    if delai is not None:
        delai.accorder(secondes)


def reconnu(request: Request, acces: Acces) -> None:
    """Say who asks: the row of an answer that comes too late names them."""
    request.scope[_ACCES] = acces


class Delai:
    """The time that one answer may still take."""

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive, self._send = receive, send
        self._sursis: float | None = 0.0
        self._parti = False
        self.minuterie = asyncio.timeout(LIMITE)

    @property
    def parti(self) -> bool:
        """Whether the answer has begun to leave: then it is too late to be late."""
        return self._parti

    def accorder(self, secondes: float | None) -> None:
        """See ``accorder``."""
        self._sursis = secondes
        self._reprendre()

    def _regler(self, quand: float | None) -> None:
        if not self.minuterie.expired():
            self.minuterie.reschedule(quand)

    def _reprendre(self) -> None:
        if self._parti or self._sursis is None:
            self._regler(None)
        else:
            self._regler(asyncio.get_running_loop().time() + LIMITE + self._sursis)

    async def receive(self) -> Message:
        """What the client sends; the clock stands meanwhile."""
        self._regler(None)
        message = await self._receive()
        self._reprendre()
        return message

    async def send(self, message: Message) -> None:
        """What it is answered: from its first byte on, in its own time."""
        if not self._parti:
            self._parti = True
            self._regler(None)
        await self._send(message)


class ATemps:
    """The application, in time. What is cut is 503, with a row of who asked, as soon as the journal can."""

    def __init__(self, app: ASGIApp, mandataires: Sequence[Reseau] = ()) -> None:
        self._app = app
        self._mandataires = mandataires
        self._rangs: set[asyncio.Task[None]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or say that it takes too long."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        ORIGINE.set(origine(scope, self._mandataires))
        delai = scope[_PLACE] = Delai(receive, send)
        try:
            async with delai.minuterie:
                await self._app(scope, delai.receive, delai.send)
        except TimeoutError:
            if delai.parti or not delai.minuterie.expired():
                raise
            self._inscrire(scope)
            await _trop_tard(Request(scope))(scope, receive, send)

    def _inscrire(self, scope: Scope) -> None:
        """Not awaited: the journal may be what is slow."""
        acces: Acces | None = scope.get(_ACCES)
        ligne = (
            sans_acces("panne", "erreur", "delai", "")
            if acces is None
            else ligne_du_journal(acces, "panne", "erreur", motif="delai")
        )
        tache = asyncio.create_task(inscrire_si_possible(scope["app"].state.gate, ligne))
        self._rangs.add(tache)
        tache.add_done_callback(self._rangs.discard)


def _trop_tard(request: Request) -> Any:  # noqa: ANN401 - a response of Starlette
    if erreurs.navigateur(request):
        return page_d_erreur(503)
    return erreurs.probleme(503, "delai", TROP_TARD)

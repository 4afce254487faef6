"""No answer later than ``LIMITE``: whatever is slow behind, who asked is told so in time, and may come back.

The clock runs while we work; it stands while the client sends, or reads what it asked for. What is cut is cut as it
would be by a kill: what was acknowledged is durable, and the same request with the same key finds it.
"""

import asyncio
import time
from collections.abc import Awaitable, Sequence
from functools import partial
from typing import Any, Final

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from adapters.gate.contexte import Acces, Gate, Trace
from adapters.gate.inconnus import ORIGINE
from adapters.gate.refus import inscrire_si_possible, ligne_du_journal, sans_acces
from adapters.rest import erreurs
from adapters.rest.origine import Reseau, origine
from adapters.rest.paliers import Paliers
from adapters.rest.requete import traceparent
from adapters.rest.retrait import annonces
from adapters.web.reponses import PLACE_DU_DELAI, page_d_erreur

LIMITE: Final = 2.8
"""Seconds of our own time before the first byte of an answer: with the way there and back, three."""
TROP_TARD: Final = "Le service n'a pas pu répondre à temps : renvoyez la même requête, avec la même clé."
RONDE: Final = 0.05
"""Seconds between two looks at what is under way: by so much an answer may be late."""
_ACCES: Final = "unefois.acces"


def accorder(request: Request, secondes: float | None) -> None:
    """Give a request that many seconds more before its answer: what it asked to wait for; None: as long as it takes."""
    delai: Delai | None = request.scope.get(PLACE_DU_DELAI)
    if delai is not None:
        delai.accorder(secondes)


def reconnu(request: Request, acces: Acces) -> None:
    """Say who asks: the row of an answer that comes too late names them."""
    request.scope[_ACCES] = acces


class Delai:
    """The time that one answer may still take. ``limite``: when it is over, by the loop's clock; None: it stands."""

    __slots__ = (
        "_arrivee", "_boucle", "_paliers", "_receive", "_scope", "_send", "_sursis", "_tache",
        "coupe", "limite", "parti",
    )  # fmt: skip

    def __init__(
        self, boucle: asyncio.AbstractEventLoop, paliers: Paliers, scope: Scope, receive: Receive, send: Send
    ) -> None:
        self._boucle, self._paliers, self._scope, self._receive, self._send = boucle, paliers, scope, receive, send
        self._arrivee = time.monotonic()
        self._tache = asyncio.current_task(boucle)
        self._sursis: float | None = 0.0
        self.parti = False
        self.coupe = False
        self.limite: float | None = boucle.time() + LIMITE

    def accorder(self, secondes: float | None) -> None:
        """See ``accorder``."""
        self._sursis = secondes
        self._reprendre()

    def _reprendre(self) -> None:
        if self.parti or self._sursis is None:
            self.limite = None
        else:
            self.limite = self._boucle.time() + LIMITE + self._sursis

    async def receive(self) -> Message:
        """What the client sends; the clock stands meanwhile."""
        self.limite = None
        message = await self._receive()
        self._reprendre()
        return message

    def send(self, message: Message) -> Awaitable[None]:
        """What it is answered: once its first byte has left it is too late to be late."""
        if not self.parti:
            self.parti, self.limite = True, None
            self._send = self._paliers.cadencer(self._scope, message, self._send, self._arrivee)
        return self._send(message)

    def couper(self) -> None:
        """Its time is over."""
        if self._tache is not None and not self.coupe:
            self.coupe = True
            self._tache.cancel()

    def rendre(self) -> bool:
        """Whether nobody but the clock has cancelled it: then its cancellation ends here."""
        return self.coupe and self._tache is not None and self._tache.uncancel() == 0


class ATemps:
    """The application, in time. What is cut is 503, with a row of who asked, as soon as the journal can.

    All that is under way is looked at together, every ``RONDE`` seconds: a timer of each would cost a tenth of a read.
    """

    def __init__(self, app: ASGIApp, mandataires: Sequence[Reseau] = (), paliers: Paliers | None = None) -> None:
        self._app = app
        self._paliers = paliers or Paliers()
        self._mandataires = mandataires
        self._boucle: asyncio.AbstractEventLoop | None = None
        self._en_cours: set[Delai] = set()
        self._ronde: asyncio.TimerHandle | None = None
        self._rangs: set[asyncio.Task[None]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or say that it takes too long."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        boucle = self._boucle
        if boucle is None or boucle.is_closed():
            boucle = self._boucle = asyncio.get_running_loop()
        delai = scope[PLACE_DU_DELAI] = Delai(boucle, self._paliers, scope, receive, send)
        ORIGINE.set(partial(origine, scope, self._mandataires))
        self._en_cours.add(delai)
        if self._ronde is None:
            self._ronde = boucle.call_later(RONDE, self._passer)
        try:
            await self._app(scope, delai.receive, delai.send)
        except asyncio.CancelledError:
            if not delai.rendre() or delai.parti:
                raise
            self._inscrire(scope)
            await _trop_tard(Request(scope))(scope, receive, send)
        finally:
            self._en_cours.discard(delai)
            del scope[PLACE_DU_DELAI]  # each would keep the other alive, until the collector comes

    def _passer(self) -> None:
        boucle = asyncio.get_running_loop()
        maintenant = boucle.time()
        for delai in self._en_cours:
            if delai.limite is not None and delai.limite <= maintenant:
                delai.couper()
        self._ronde = boucle.call_later(RONDE, self._passer) if self._en_cours else None

    def _inscrire(self, scope: Scope) -> None:
        """Not awaited: the journal may be what is slow."""
        acces: Acces | None = scope.get(_ACCES)
        gate: Gate = scope["app"].state.gate
        ligne = (
            sans_acces(gate, "panne", "erreur", "delai", Trace(""))
            if acces is None
            else ligne_du_journal(acces, "panne", "erreur", motif="delai")
        )
        tache = asyncio.create_task(inscrire_si_possible(gate, ligne))
        self._rangs.add(tache)
        tache.add_done_callback(self._rangs.discard)


def _trop_tard(request: Request) -> Any:  # noqa: ANN401 - a response of Starlette
    if erreurs.navigateur(request):
        return page_d_erreur(503)
    trace = traceparent(request)
    tracee = {"traceparent": trace} if trace else {}
    return erreurs.probleme(503, "delai", TROP_TARD, entetes={**tracee, **annonces(request.scope)})

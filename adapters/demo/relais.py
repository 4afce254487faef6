"""What listens while the département behind it is made anew: nobody's connection is cut, nobody's answer either."""

import asyncio
from datetime import datetime
from typing import Final

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from adapters.rest import erreurs

REMISE: Final = "Remise-A-Zero"
"""The header that says when the next reset is."""
PATIENCE: Final = 120.0
"""Seconds that those who are being answered have: lots and exports alone take more than three."""
REVIENS: Final = "30"
"""Seconds after which it is worth asking again."""


class Relais:
    """Passes requests to the application of the day; between two of them, 503."""

    def __init__(self) -> None:
        self._app: ASGIApp | None = None
        self._remise = b""
        self._en_cours = 0
        self._libre = asyncio.Event()

    def brancher(self, app: ASGIApp, prochaine: datetime) -> None:
        """From now on that application answers, until then."""
        self._app, self._remise = app, prochaine.isoformat().encode()

    async def debrancher(self, patience: float = PATIENCE) -> None:
        """No new request is passed on; return once those under way are answered, or have had their time."""
        self._app = None
        while self._en_cours:
            self._libre.clear()
            try:
                async with asyncio.timeout(patience):
                    await self._libre.wait()
            except TimeoutError:
                return

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or the server's own questions about our life."""
        if scope["type"] == "lifespan":
            await _vivre(receive, send)
            return
        if self._app is None:
            await _entre_deux(scope)(scope, receive, send)
            return

        async def envoyer(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), (REMISE.lower().encode(), self._remise)]
            await send(message)

        self._en_cours += 1
        try:
            await self._app(scope, receive, envoyer)
        finally:
            self._en_cours -= 1
            if not self._en_cours:
                self._libre.set()


def _entre_deux(scope: Scope) -> ASGIApp:
    if scope["path"] == "/vivant":
        return JSONResponse({"etat": "vivant"}, headers=erreurs.SURETE)
    detail = "Le bac à sable est remis à zéro : il revient dans un instant, avec les mêmes ménages."
    return erreurs.probleme(503, "remise_a_zero", detail, entetes={"retry-after": REVIENS})


async def _vivre(receive: Receive, send: Send) -> None:
    """What is opened and closed with us is opened and closed elsewhere."""
    while True:
        recu = await receive()
        await send({"type": f"{recu['type']}.complete"})
        if recu["type"] == "lifespan.shutdown":
            return

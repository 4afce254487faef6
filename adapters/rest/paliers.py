"""Answers that leave by steps of time: how long one took to make does not tell whether a household is known.

What is done for both is the same work, but not to the microsecond: of a case that exists, keys are put together,
landlords looked at. A few tens of microseconds are nothing to a client, and enough for who asks five hundred times. So
what could tell leaves at the next step after its request's arrival, whatever it took (ADR 0022).
"""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from starlette.types import Message, Scope, Send

from adapters.web.reponses import EGALE

PALIER_S: Final = 0.010
"""Seconds between two steps. Nearly all that waits for one is made within the first: there is then but one time."""
REFUS: Final = frozenset({403, 404, 409, 412, 422})
"""The refusals that come after a look at a case. One that looked at nothing has nothing to hide."""
_VEILLEURS: Final = 16


class Paliers:
    """The steps of one server. ``palier``: seconds between two; none, and nothing waits."""

    def __init__(self, palier: float = PALIER_S) -> None:
        self._palier = palier
        # A timer of the loop counts whole milliseconds from when it is set: it would keep the very difference that is
        # to be hidden. A thread sleeps to the moment it is told.
        self._veilleurs = ThreadPoolExecutor(_VEILLEURS, "palier")

    def cadencer(self, scope: Scope, tete: Message, send: Send, arrivee: float) -> Send:
        """``send``, for an answer that begins so to a request that arrived then."""
        if self._palier <= 0 or not (tete.get("status") in REFUS or EGALE in scope):
            return send
        return Cadence(scope, send, self, arrivee).send

    async def attendre(self, depuis: float) -> None:
        """Wait for the first step to come, of those counted from that moment."""
        passes = (time.monotonic() - depuis) // self._palier
        echeance = depuis + (passes + 1) * self._palier
        await asyncio.get_running_loop().run_in_executor(self._veilleurs, _dormir, echeance)


def _dormir(echeance: float) -> None:
    time.sleep(max(0.0, echeance - time.monotonic()))


class Cadence:
    """The pieces of one answer, each at its step if it could tell something."""

    def __init__(self, scope: Scope, send: Send, paliers: Paliers, arrivee: float) -> None:
        self._scope, self._send, self._paliers, self._arrivee = scope, send, paliers, arrivee
        self._tenu: Message | None = None

    async def send(self, message: Message) -> None:
        """Send a piece. The head of an answer that waits leaves with the first of its body."""
        egale = EGALE in self._scope
        if message["type"] == "http.response.start" and (egale or message["status"] in REFUS):
            self._tenu = message
            return
        if self._tenu is not None or (egale and message.get("body")):
            await self._paliers.attendre(self._arrivee)
        if self._tenu is not None:
            tenu, self._tenu = self._tenu, None
            await self._send(tenu)
        await self._send(message)

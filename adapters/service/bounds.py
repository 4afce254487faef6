"""What one connection may cost before the application hears of it: bytes, headers, time, and neighbours.

The parser has no cap of its own: a header without end grows in memory, and so do trailers. Here each byte is counted
as it arrives, by what it is: the body of a message, or anything else. ``deploy/nginx.conf`` sets the same limits in
front; a test reads both.
"""

import asyncio
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from adapters.rest import erreurs

HEAD: Final = 32 * 1024
"""Bytes of a request before its body, or between two pieces of it, or after it: request line, headers, trailers."""
HEADERS: Final = 64
BODY: Final = 256 * 1024 * 1024
"""Bytes of the largest body that any route reads, a lot; each route has its own bound below it."""
RECEIVE_S: Final = 10.0
"""Seconds in which a head has to be there, and between two looks at how far a body has come."""
RECEIVE_BYTES: Final = 10 * 1024
"""Bytes of a body that have to come between two looks, while it is being read."""
SEND_S: Final = 30.0
"""Seconds for which an answer waits for who asked to read it."""
LINGER_S: Final = 1.0
"""Seconds in which who was answered before it had sent all may read the answer; what it still sends is not kept."""
PIPELINE: Final = 8
"""Requests that may wait behind the one that is being answered."""
CONNECTIONS: Final = 1024
PER_ORIGIN: Final = 512
"""Connections at once, of all and of one address. Behind the proxy there is but its own: it counts each client's."""

_PIECE: Final = 16 * 1024
"""Bytes parsed at once: by so much a limit may be passed."""


class TooMuch(Exception):
    """A limit is passed, while the parser is at work: it stops there."""


def _answer(status: int, code: str, sentence: str) -> bytes:
    response = erreurs.probleme(status, code, sentence, entetes={"connection": "close"})
    head = b"".join(b"%s: %s\r\n" % header for header in response.raw_headers)
    return STATUS_LINE[status] + head + b"\r\n" + bytes(response.body)


_ANSWERS: Final = {
    400: _answer(400, "requete", "Ce n'est pas une requête HTTP/1.1."),
    408: _answer(408, "trop_lent", "La requête n'est pas arrivée à temps."),
    413: _answer(413, "trop_grand", "Le corps de la requête dépasse ce que ce service accepte."),
    431: _answer(431, "entetes", f"Les en-têtes dépassent {HEAD >> 10} Kio, ou sont plus de {HEADERS}."),
    503: _answer(503, "sature", "Trop de connexions sont ouvertes : revenez dans un instant."),
}


class BoundedProtocol(HttpToolsProtocol):
    """uvicorn's own, on a budget. What passes it is answered 408, 413, 431 or 503, and its connection closed."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - uvicorn's own arguments
        super().__init__(*args, **kwargs)
        self._status = 400
        self._receiving = self._in_body = self._fresh = self._deaf = False
        self._outside = 0  # bytes since the message began, or since the last one of its body
        self._inside = self._seen = 0  # bytes of its body: so far, and at the last look
        self._discarded = 0  # bytes that came after its last answer
        self._late: asyncio.TimerHandle | None = None
        self._stalled: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Admit a connection, unless there are too many."""
        super().connection_made(transport)
        if len(self.connections) > CONNECTIONS or self._neighbours() > PER_ORIGIN:
            self._refuse(503)
        else:
            self._watch()

    def _neighbours(self) -> int:
        if len(self.connections) <= PER_ORIGIN or self.client is None:
            return 0
        clients = [other.client for other in self.connections if isinstance(other, BoundedProtocol)]
        return sum(1 for client in clients if client is not None and client[0] == self.client[0])

    def connection_lost(self, exc: Exception | None) -> None:
        """Let go of it, and of its timers."""
        self._cancel()
        self.resume_writing()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse what came, a piece at a time, and count it."""
        if self._deaf:
            self._discarded += len(data)
            if self._discarded > HEAD:  # who goes on sending does not read: nor do we
                self.transport.pause_reading()
            return
        for start in range(0, len(data), _PIECE):
            if self._leaving():
                return
            piece = data if len(data) <= _PIECE else data[start : start + _PIECE]
            before = self._inside
            super().data_received(piece)
            self._outside = (0 if self._fresh else self._outside) + len(piece) - max(0, self._inside - before)
            self._fresh = False
            if self._outside > HEAD and not self._deaf:
                self._refuse(431)
        if self._deaf:
            return
        if self._receiving or not self._answering():
            self._watch()
        else:
            self._cancel()

    def on_message_begin(self) -> None:
        """Count from nothing."""
        self._cancel()
        self._receiving, self._in_body, self._fresh = True, False, True
        self._inside = self._seen = 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Begin to answer, unless there are too many headers, or requests that wait."""
        if len(self.headers) > HEADERS or len(self.pipeline) >= PIPELINE:
            self._status = 431
            raise TooMuch
        self._in_body = True
        super().on_headers_complete()
        self.headers = []  # for trailers, which nothing here reads: the application was given those of the head

    def on_body(self, body: bytes) -> None:
        """Hand over a piece of the body, unless it is one too many."""
        self._fresh = True
        self._inside += len(body)
        if self._inside > BODY:
            self._status = 413
            raise TooMuch
        super().on_body(body)

    def on_message_complete(self) -> None:
        """All of it is there."""
        self._receiving = False
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Go on with the next; who has not sent all of its request gets a moment to read, and no more."""
        super().on_response_complete()
        if self._receiving and not self.transport.is_closing():
            self._leave()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - uvicorn's sentence is not ours
        """The parser stopped: by what it read, or by one of the limits above."""
        self._refuse(self._status)

    def pause_writing(self) -> None:
        """Wait for who asked to read its answer; not for ever."""
        super().pause_writing()
        if self._stalled is None:
            self._stalled = self.loop.call_later(SEND_S, self.transport.abort)

    def resume_writing(self) -> None:
        """It reads."""
        if self._stalled is not None:
            self._stalled.cancel()
            self._stalled = None
        super().resume_writing()

    def _watch(self) -> None:
        if self._late is None and not self.transport.is_closing():
            self._late = self.loop.call_later(RECEIVE_S, self._look)

    def _cancel(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def _look(self) -> None:
        """Time is up for a head, for the next bytes of a body, or for a connection on which nothing was asked."""
        self._late = None
        if not self._receiving:
            self.transport.close()
        elif self._in_body and (self.flow.read_paused or self._inside - self._seen >= RECEIVE_BYTES):
            self._seen = self._inside
            self._watch()
        else:
            self._refuse(408)

    def _refuse(self, status: int) -> None:
        """Say why, where nothing else is being said, and close. What the application still sends goes nowhere."""
        answering = self._answering()
        if not self.pipeline and not (answering and self.cycle.response_started):
            self.transport.write(_ANSWERS[status])
        if answering:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        self._leave()

    def _leaving(self) -> bool:
        return self._deaf or self.transport.is_closing()

    def _answering(self) -> bool:
        """Whether a request has begun to be answered; uvicorn's cycle is None before the first one."""
        return bool(self.cycle) and not self.cycle.response_complete

    def _leave(self) -> None:
        """Close, but not on data that nobody read: the answer would be lost with them."""
        self._deaf = True
        self._unset_keepalive_if_required()
        self._cancel()
        self.flow.resume_reading()
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self._late = self.loop.call_later(LINGER_S, self.transport.close)

"""How an answer is written: a body that is whole, or one that is sent as it is made."""

from typing import Final

import orjson
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from adapters.gate.contexte import Vu
from adapters.rest.erreurs import SURETE
from adapters.rest.requete import Requete, traceparent
from adapters.rest.schema import JSON
from adapters.rest.validateurs import connue

_EN_JSON: Final = [(nom.encode(), valeur.encode()) for nom, valeur in (*SURETE.items(), ("content-type", JSON))]


class Entiere(Response):
    """A body that is whole already, and headers that are bytes already: nothing is left to compose."""

    def __init__(self, contenu: bytes, statut: int, entetes: list[tuple[bytes, bytes]]) -> None:
        self.background = None
        self.status_code = statut
        self.body = contenu
        self.raw_headers = entetes


class Continu(StreamingResponse):
    """An answer that is written while its request is still read.

    Starlette would listen for a disconnection beside it, and eat the body: a lot would lose lines, or wait for ever.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - an ASGI application
        """Send what the generator yields, which reads the request itself and sees who has left."""
        await self.stream_response(send)


def entetes_de(request: Requete) -> dict[str, str]:
    """The headers that every answer has."""
    return {**SURETE, "traceparent": traceparent(request)}


def rendre(request: Requete, contenu: bytes, statut: int = 200, **entetes: str) -> Response:
    """An answer in JSON."""
    return Entiere(
        contenu,
        statut,
        [
            *_EN_JSON,
            (b"content-length", b"%d" % len(contenu)),
            (b"traceparent", traceparent(request).encode()),
            *((nom.encode(), valeur.encode()) for nom, valeur in entetes.items()),
        ],
    )


def ecrire(request: Requete, valeur: object, statut: int = 200, **entetes: str) -> Response:
    """The same, of a value."""
    return rendre(request, orjson.dumps(valeur), statut, **entetes)


def montrer(request: Requete, vu: Vu) -> Response:
    """What is seen; 304 to who has it already."""
    etag = vu.etag
    if connue(request.entete(b"if-none-match"), etag):
        return rendre(request, b"", 304, etag=etag, position=str(vu.position))
    return rendre(request, vu.corps, etag=etag, position=str(vu.position))

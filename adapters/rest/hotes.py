"""Under which names the service answers: a request for another is not ours, whoever routed it here.

Without the check, a name that somebody else points at this address would be answered with our pages, and what is built
from the name that was asked (a form's origin, a sign-in's return) would be theirs.
"""

from collections.abc import Collection
from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

from adapters.rest import erreurs

SONDES: Final = ("/vivant", "/pret")
"""What an orchestrator asks by address."""


class HotesAdmis:
    """Answers for these host names, whatever the port; 421 for any other, and for a request without a host."""

    def __init__(self, app: ASGIApp, hotes: Collection[str]) -> None:
        self._app = app
        self._hotes = frozenset(hotes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what was asked of us."""
        if scope["type"] == "http" and scope["path"] not in SONDES:
            nommes = [valeur for nom, valeur in scope["headers"] if nom == b"host"]
            if len(nommes) != 1 or nom_d_hote(nommes[0].decode("latin-1")) not in self._hotes:
                reponse = erreurs.probleme(421, "hote", "Ce service ne répond pas sous ce nom.")
                await reponse(scope, receive, send)
                return
        await self._app(scope, receive, send)


def nom_d_hote(entete: str) -> str:
    """The host of a ``Host`` header, in small letters and without its port."""
    hote, crochet, reste = entete.lower().rpartition("]")
    return hote + crochet if crochet else reste.partition(":")[0]

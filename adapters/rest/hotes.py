"""Under which names the service answers: a request for another is not ours, whoever routed it here.

Without the check, a name that somebody else points at this address would be answered with our pages, and what is built
from the name that was asked (a form's origin, a sign-in's return) would be theirs.
"""

from collections.abc import Awaitable, Collection
from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

from adapters.rest import erreurs

SONDES: Final = ("/vivant", "/pret")
"""What an orchestrator asks by address."""


_ECRITS: Final = 64
"""Ways to write an admitted host that are known at sight: with its port, in capitals."""


class HotesAdmis:
    """Answers for these host names, whatever the port; 421 for any other, and for a request without a host."""

    def __init__(self, app: ASGIApp, hotes: Collection[str]) -> None:
        self._app = app
        self._hotes = frozenset(hotes)
        self._ecrits: set[bytes] = set()

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Pass on what was asked of us."""
        if scope["type"] == "http" and not self._admet(scope):
            return erreurs.probleme(421, "hote", "Ce service ne répond pas sous ce nom.")(scope, receive, send)
        return self._app(scope, receive, send)

    def _admet(self, scope: Scope) -> bool:
        nommes = [valeur for nom, valeur in scope["headers"] if nom == b"host"]
        if len(nommes) == 1 and (nommes[0] in self._ecrits or self._connait(nommes[0])):
            return True
        return scope["path"] in SONDES

    def _connait(self, nomme: bytes) -> bool:
        connu = nom_d_hote(nomme.decode("latin-1")) in self._hotes
        if connu and len(self._ecrits) < _ECRITS:
            self._ecrits.add(nomme)
        return connu


def nom_d_hote(entete: str) -> str:
    """The host of a ``Host`` header, in small letters and without its port."""
    hote, crochet, reste = entete.lower().rpartition("]")
    return hote + crochet if crochet else reste.partition(":")[0]

"""A server that breaks one rule: our own, behind a proxy that plants a fault, and gives everything else as it is."""

import gzip
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode

from starlette.types import ASGIApp, Message, Receive, Scope, Send


@dataclass
class Demande:
    """A request on its way: what is changed of it, the server gets."""

    methode: str
    chemin: str
    parametres: list[tuple[str, str]]
    entetes: list[tuple[str, str]]
    corps: bytes

    def entete(self, nom: str) -> str | None:
        return next((valeur for n, valeur in self.entetes if n == nom), None)

    def sans(self, *noms: str) -> None:
        self.entetes = [(n, v) for n, v in self.entetes if n not in noms]

    def poser(self, nom: str, valeur: str) -> None:
        self.sans(nom)
        self.entetes.append((nom, valeur))

    def oublier(self, *noms: str) -> None:
        self.parametres = [(n, v) for n, v in self.parametres if n not in noms]

    @property
    def lus(self) -> dict[str, str]:
        return dict(self.parametres)

    def json(self) -> Any:
        try:
            return json.loads(self.corps)
        except ValueError:
            return None

    def ecrire(self, valeur: Any) -> None:
        self.corps = json.dumps(valeur).encode()


@dataclass
class Rendue:
    """An answer on its way back."""

    statut: int
    entetes: list[tuple[str, str]]
    corps: bytes

    def entete(self, nom: str) -> str:
        return next((valeur for n, valeur in self.entetes if n == nom), "")

    def sans(self, *noms: str) -> None:
        self.entetes = [(n, v) for n, v in self.entetes if n not in noms]

    def poser(self, nom: str, valeur: str) -> None:
        self.sans(nom)
        self.entetes.append((nom, valeur))

    def json(self) -> Any:
        serre = self.entete("content-encoding") == "gzip"
        try:
            return json.loads(gzip.decompress(self.corps) if serre else self.corps)
        except ValueError:
            return None

    def ecrire(self, valeur: Any) -> None:
        corps = json.dumps(valeur).encode()
        self.corps = gzip.compress(corps) if self.entete("content-encoding") == "gzip" else corps


Avant = Callable[["Mandataire", Demande], Rendue | None]
Apres = Callable[["Mandataire", Demande, Rendue], None]


@dataclass(frozen=True)
class Faute:
    """What the proxy does wrong, and the rules that are missed for it. ``avant`` may answer by itself."""

    nom: str
    manquees: frozenset[int]
    avant: Avant | None = None
    apres: Apres | None = None
    empechees: frozenset[int] = frozenset()


@dataclass
class Mandataire:
    """The proxy, as ASGI has it. ``rafraichir``: the views follow what is written, as the projector has them do.

    ``memoire``: what a fault keeps from one request to the next. ``libre``: a token that opens to whoever has it.
    """

    app: ASGIApp
    rafraichir: Callable[[], Awaitable[None]]
    libre: str = ""
    faute: Faute | None = None
    memoire: dict[str, Any] = field(default_factory=dict)

    def fauter(self, faute: Faute | None) -> None:
        self.faute, self.memoire = faute, {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        demande = await _lire(scope, receive)
        if demande.chemin in {"/v1/flux", "/v1/attentes"}:
            await self.rafraichir()
        avant, apres = (self.faute.avant, self.faute.apres) if self.faute else (None, None)
        recue = avant(self, demande) if avant else None
        rendue = recue or await self._passer(scope, demande)
        if apres:
            apres(self, demande, rendue)
        await _rendre(demande, rendue, send)

    async def _passer(self, scope: Scope, demande: Demande) -> Rendue:
        messages: list[Message] = []
        a_lire: list[Message] = [{"type": "http.request", "body": demande.corps, "more_body": False}]

        async def receive() -> Message:
            return a_lire.pop() if a_lire else {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            messages.append(message)

        if demande.entete("content-length"):
            demande.poser("content-length", str(len(demande.corps)))
        suite = {
            "method": demande.methode,
            "path": demande.chemin,
            "raw_path": demande.chemin.encode(),
            "query_string": urlencode(demande.parametres).encode(),
            "headers": [(n.encode(), v.encode("latin-1")) for n, v in demande.entetes],
        }
        await self.app({**scope, **suite}, receive, send)
        tete, *morceaux = messages
        entetes = [(n.decode(), v.decode("latin-1")) for n, v in tete["headers"]]
        return Rendue(tete["status"], entetes, b"".join(m.get("body", b"") for m in morceaux))


async def _lire(scope: Scope, receive: Receive) -> Demande:
    corps = b""
    while True:
        message = await receive()
        corps += message.get("body", b"")
        if not message.get("more_body", False):
            break
    entetes = [(n.decode(), v.decode("latin-1")) for n, v in scope["headers"]]
    parametres = parse_qsl(scope["query_string"].decode(), keep_blank_values=True)
    return Demande(scope["method"], scope["path"], parametres, entetes, corps)


async def _rendre(demande: Demande, rendue: Rendue, send: Send) -> None:
    if demande.methode != "HEAD" and rendue.statut not in {204, 304}:
        rendue.poser("content-length", str(len(rendue.corps)))
    entetes = [(n.encode(), v.encode("latin-1")) for n, v in rendue.entetes if n != "transfer-encoding"]
    await send({"type": "http.response.start", "status": rendue.statut, "headers": entetes})
    await send({"type": "http.response.body", "body": rendue.corps})

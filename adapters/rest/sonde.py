"""Whether this process lives, and whether it could serve now: for who watches it. Nothing of a case is read.

``/vivant`` answers as long as the loop turns. ``/pret`` asks journal, keys, registry, engine and projector, at once,
each within a second, and says in one French sentence what is wrong with each. It also counts the alarms of the last
reconciliation, which stop nobody from being served, and wait for a person. Neither leaves a row: they tell nothing.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from time import monotonic
from typing import Final

import orjson
import psycopg
from starlette.requests import Request
from starlette.responses import Response

from adapters.gate.contexte import Gate
from adapters.gate.refus import PANNES
from adapters.rest import erreurs

PATIENCE: Final = 0.8
"""Seconds that one of ours has to answer."""
FRAICHEUR: Final = 1.0
"""Seconds for which an answer holds: who asks without end makes us ask once a second."""
RETARD: Final = 60.0
"""Seconds after which an event that the worklists do not have yet says that nobody projects."""

_PANNES: Final = (*PANNES, psycopg.Error)

Epreuve = Callable[[Gate], Awaitable[object]]


async def _a_jour(gate: Gate) -> None:
    if await gate.listes.retard() > RETARD:
        raise TimeoutError


EPREUVES: Final[Mapping[str, tuple[Epreuve, str]]] = {
    "journal": (lambda gate: gate.ledger.journal.eprouver(), "Le journal des accès ne s'écrit pas."),
    "cles": (lambda gate: gate.ledger.keys.eprouver(), "La base des clés ne répond pas."),
    "registre": (lambda gate: gate.registre.courant(), "Le registre des partenaires ne répond pas."),
    "politiques": (lambda gate: gate.decider.eprouver(), "Les règles d'accès ne répondent pas."),
    "vues": (_a_jour, f"Les files actives ont plus de {RETARD:.0f} secondes de retard : le projecteur est arrêté."),
}
"""What it takes to serve, how each is tried, and what is said when it fails."""


async def vivant(_: Request) -> Response:
    """Whether the loop turns."""
    return _dire(200, {"etat": "vivant"})


class Pret:
    """Whether all that it takes is there; asked of them once at a time, whoever asks."""

    def __init__(self) -> None:
        self._causes: dict[str, str] = {}
        self._le = -FRAICHEUR
        self._enquete = asyncio.Lock()

    async def repondre(self, request: Request) -> Response:
        """200 when it could serve; 503 and the causes when it could not. Of alarms, how many: never of which case."""
        gate: Gate = request.app.state.gate
        async with self._enquete:
            if monotonic() - self._le >= FRAICHEUR:
                self._causes = await self._enqueter(gate)
                self._le = monotonic()
        nombre = len(gate.ledger.effacements.constat.alarmes)
        alarmes: dict[str, object] = {"alarmes": nombre} if nombre else {}
        if self._causes:
            return _dire(503, {"etat": "indisponible", "causes": self._causes, **alarmes})
        return _dire(200, {"etat": "pret", **alarmes})

    async def _enqueter(self, gate: Gate) -> dict[str, str]:
        bons = await asyncio.gather(*(_eprouver(gate, epreuve) for epreuve, _ in EPREUVES.values()))
        return {nom: cause for (nom, (_, cause)), bon in zip(EPREUVES.items(), bons, strict=True) if not bon}


async def _eprouver(gate: Gate, epreuve: Epreuve) -> bool:
    try:
        async with asyncio.timeout(PATIENCE):
            await epreuve(gate)
    except _PANNES:
        return False
    return True


def _dire(statut: int, corps: Mapping[str, object]) -> Response:
    entetes = {**erreurs.SURETE, **(erreurs.ERREURS["indisponible"].entetes if statut != 200 else {})}  # noqa: PLR2004 - HTTP's
    return Response(orjson.dumps(corps), statut, entetes, media_type="application/json")

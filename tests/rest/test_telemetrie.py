"""Nothing leaves but by the gate: not even what the framework would tell a collector that the environment names."""

import pytest
from fastapi import FastAPI
from opentelemetry import trace

from tests.monde import Monde
from tests.rest.test_ramasse_miettes import appeler


class Collecteur(trace.TracerProvider):
    """A configured provider, as somebody's agent would put one there: it counts who asks for a tracer."""

    demandes = 0

    def get_tracer(self, *_: object, **__: object) -> trace.Tracer:
        type(self).demandes += 1
        return trace.NoOpTracer()


async def test_aucune_trace_ne_part_vers_le_collecteur_de_l_environnement(
    monde: Monde, monkeypatch: pytest.MonkeyPatch
) -> None:
    collecteur = Collecteur()
    monkeypatch.setattr(trace, "get_tracer_provider", lambda: collecteur)
    assert await appeler(monde, "GET", "/v1/moi", "ccapex", "CCAPEX_ADMINISTRATIVE") == 200
    assert Collecteur.demandes == 0
    ordinaire = FastAPI()
    monkeypatch.setattr(monde, "app", ordinaire)
    assert await appeler(monde, "GET", "/", "ccapex", "CCAPEX_ADMINISTRATIVE") == 404
    assert Collecteur.demandes > 0  # where nobody turned it off, it would have

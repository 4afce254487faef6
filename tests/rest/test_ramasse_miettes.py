"""Why the cycle collector may run seldom: a request leaves it nothing. What nobody holds is freed at once."""

import gc
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import orjson
import pytest
from fastapi import FastAPI

from adapters.service import serveur
from adapters.service.settings import Settings
from tests.monde import Monde, evenement
from tests.rest.recit import raconter

FOIS = 60


async def appeler(monde: Monde, methode: str, chemin: str, qui: str, finalite: str, corps: bytes = b"") -> int:
    """One request straight to the application: a client would leave cycles of its own."""
    monde.cles += 1
    entetes = monde.entetes(qui, finalite) | {"Host": "unefois", "Idempotency-Key": f"cle-{monde.cles}"}
    scope = {
        "type": "http", "http_version": "1.1", "method": methode, "path": chemin, "raw_path": chemin.encode(),
        "query_string": b"", "root_path": "", "scheme": "http", "server": ("127.0.0.1", 80), "client": None,
        "headers": [(nom.lower().encode(), valeur.encode()) for nom, valeur in entetes.items()],
    }  # fmt: skip
    statuts: list[int] = []

    async def recevoir() -> dict[str, Any]:
        return {"type": "http.request", "body": corps, "more_body": False}

    async def envoyer(message: Any) -> None:
        statuts.extend([message["status"]] if "status" in message else [])

    await monde.app(scope, recevoir, envoyer)
    return statuts[0]


@pytest.fixture
def sans_ramasse_miettes() -> Iterator[None]:
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("sans_ramasse_miettes")
async def test_une_requete_ne_laisse_rien_au_ramasse_miettes(monde: Monde) -> None:
    dossier = await raconter(monde)
    dette = orjson.dumps({"evenements": [evenement("DetteDeclaree", montant=1, arretee_au="2026-10-01")]})
    interventions = f"/v1/dossiers/{dossier}/interventions"
    gestes = {
        ("GET", f"/v1/vues/ccapex/{dossier}", "ccapex", "CCAPEX_ADMINISTRATIVE", b""): 200,
        ("GET", f"/v1/dossiers/{dossier}", "bailleur", "ACTE_EMISSION", b""): 200,
        ("GET", f"/v1/dossiers/{dossier}", "voisin", "ACTE_EMISSION", b""): 404,
        ("GET", f"/v1/dossiers/{uuid4()}", "ccapex", "CCAPEX_ADMINISTRATIVE", b""): 404,
        ("GET", f"/v1/dossiers/{dossier}", "bailleur", "RECOUVREMENT", b""): 403,
        ("POST", interventions, "bailleur", "ACTE_EMISSION", dette): 201,
        ("POST", interventions, "bailleur", "ACTE_EMISSION", b"{}"): 422,
    }
    restes: dict[tuple[object, ...], float] = {}
    for geste, attendu in gestes.items():
        assert await appeler(monde, *geste) == attendu, geste  # what is made once is made now
        gc.collect()
        for _ in range(FOIS):
            await appeler(monde, *geste)
        restes[geste] = gc.collect() / FOIS
    assert len(restes) == 7
    assert max(restes.values()) < 1, restes


async def test_le_serveur_regle_le_ramasse_miettes(monkeypatch: pytest.MonkeyPatch) -> None:
    async def ecouter(self: object, sockets: object) -> None:  # noqa: ARG001 - in the place of the real one
        regle.append((gc.get_threshold(), gc.get_freeze_count() > 0))

    regle: list[tuple[tuple[int, int, int], bool]] = []
    avant = gc.get_threshold()
    monkeypatch.setattr(serveur._Serveur, "serve", ecouter)
    try:
        await serveur.servir(FastAPI(), Settings())
    finally:
        gc.set_threshold(*avant)
        gc.unfreeze()
    assert regle == [((50_000, 20, 50), True)]

"""Why the cycle collector may run seldom: a request leaves it nothing. What nobody holds is freed at once."""

import asyncio
import gc
import weakref
from typing import Any
from uuid import uuid4

import orjson
import pytest
from fastapi import FastAPI

from adapters.service import collector, serveur
from adapters.service.settings import Settings
from tests.monde import Monde, evenement
from tests.rest.recit import raconter

FOIS = 60
LOTS = "/exploc/v1/lots"


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


@pytest.mark.usefixtures("ramasse_miettes")
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
        ("POST", LOTS, "ccapex", "CCAPEX_ADMINISTRATIVE", b"x\n"): 422,
    }
    restes: dict[tuple[object, ...], float] = {}
    gc.disable()
    for geste, attendu in gestes.items():
        assert await appeler(monde, *geste) == attendu, geste  # what is made once is made now
        gc.collect()
        fois = FOIS // 6 if geste[1] == LOTS else FOIS  # each has a process
        for _ in range(fois):
            await appeler(monde, *geste)
        restes[geste] = gc.collect() / fois
    assert len(restes) == 8
    assert max(restes.values()) < 1, restes


@pytest.mark.usefixtures("ramasse_miettes")
async def test_le_serveur_regle_le_ramasse_miettes(monkeypatch: pytest.MonkeyPatch) -> None:
    def balayages() -> int:
        """Of all that goes on in this loop, which others share: what they have begun may end meanwhile."""
        return sum(f"coro=<{collector.sweep.__qualname__}()" in repr(tache) for tache in asyncio.all_tasks())

    async def ecouter(self: object, sockets: object) -> None:  # noqa: ARG001 - in the place of the real one
        trouve.append((gc.get_threshold()[0], gc.get_freeze_count() > 0, balayages()))

    trouve: list[tuple[int, bool, int]] = []
    monkeypatch.setattr(serveur._Serveur, "serve", ecouter)
    avant = balayages()
    await serveur.servir(FastAPI(), Settings())
    assert trouve == [(10_000, True, avant + 1)]
    await asyncio.sleep(0)
    assert balayages() == avant, "what sweeps ends with the server"


@pytest.mark.usefixtures("ramasse_miettes")
def test_ce_qui_survit_a_un_regard_n_est_plus_regarde() -> None:
    """However much is kept, a look walks what is new alone: what it walks is what it finds to free, or freezes."""
    collector.calm_collector()
    garde = [[n] for n in range(200_000)]
    assert gc.get_count()[0] < 10_000
    assert len(gc.get_objects()) < 20_000, "the others are not in its lists any more"
    assert gc.get_freeze_count() > len(garde) - 10_000


@pytest.mark.usefixtures("ramasse_miettes")
async def test_un_cycle_laisse_par_un_echec_est_trouve_quand_nul_n_attend() -> None:
    class Noeud:
        pass

    def cycle() -> weakref.ref[Noeud]:
        un, autre = Noeud(), Noeud()
        un.autre, autre.autre = autre, un  # type: ignore[attr-defined]  # a node as any class makes one
        gc.collect()  # it outlives a look
        return weakref.ref(un)

    collector.calm_collector()
    perdu, occupe = cycle(), [True]
    gc.collect()
    assert perdu() is not None, "it is not looked at again"
    balayage = asyncio.create_task(collector.sweep(lambda: occupe[0], every=0.01))
    await asyncio.sleep(0.05)
    assert perdu() is not None, "somebody was waiting"
    occupe.clear()
    occupe.append(False)
    for _ in range(300):
        await asyncio.sleep(0.01)
        if perdu() is None:
            break
    balayage.cancel()
    assert perdu() is None


@pytest.mark.usefixtures("ramasse_miettes")
async def test_un_service_qui_repond_toujours_est_balaye_aussi(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collector, "_PATIENCE", 2)
    monkeypatch.setattr(collector, "_SECONDE", 0.01)
    gc.freeze()
    balayage = asyncio.create_task(collector.sweep(lambda: True, every=0.01))
    for _ in range(300):
        await asyncio.sleep(0.01)
        if not gc.get_freeze_count():
            break
    balayage.cancel()
    assert gc.get_freeze_count() == 0

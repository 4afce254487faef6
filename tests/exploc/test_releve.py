"""Picking up from a national system that goes wrong: the ledger ends as after a run in which nothing did.

The simulator is the product's own, over real HTTP. The driver is a process of its own where all goes wrong at once, and
where it is killed.
"""

import asyncio
import io
import json
import os
import random
import secrets
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import pytest
import uvicorn

from adapters.exploc.fichier import ouvrir_lot
from adapters.exploc.scenarios import SCENARIOS, Scenario
from adapters.exploc.simulateur import Simulateur, ecouter
from tests.bases import RACINE, Bases, bases_neuves, ouvrir_ledger
from tests.exploc.importeur import JOUR, importer_lot
from tests.exploc.registre_compare import actes, contenu, essentiel
from tests.exploc.releveur import relever_de
from tests.exploc.test_import import EXTRAIT

RANGEES: Final = 120
LOT: Final = b"".join(EXTRAIT.splitlines(keepends=True)[: RANGEES + 1])
"""Enough of the extract for pages, and for households of several acts."""
PAR_PAGE: Final = 16


@contextmanager
def simulateur(*scenarios: Scenario, lot: bytes = LOT, graine: int = 7, lenteur: float = 0.1) -> Iterator[str]:
    """Its address, while it serves."""
    un = Simulateur(ouvrir_lot(io.BytesIO(lot)), scenarios, graine, lenteur=lenteur, par_page=PAR_PAGE)
    with servi(un.app) as url:
        yield url


@contextmanager
def servi(app: Any) -> Iterator[str]:
    ecoute = ecouter(0)
    serveur = uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="off", timeout_graceful_shutdown=1))
    fil = threading.Thread(target=serveur.run, args=([ecoute],))
    fil.start()
    try:
        yield f"http://127.0.0.1:{ecoute.getsockname()[1]}"
    finally:
        serveur.should_exit = True
        fil.join()


def lancer(bases: Bases, url: str) -> "subprocess.Popen[str]":
    processus = subprocess.Popen(
        [sys.executable, "-m", "tests.exploc.releveur", bases.api_url, bases.cles_url, url],
        cwd=RACINE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert processus.stdout is not None
    assert processus.stdout.readline() == "prêt\n"
    return processus


def relever_ailleurs(bases: Bases, url: str) -> dict[str, Any]:
    """A pickup by a process of its own, to its end."""
    with lancer(bases, url) as processus:
        sortie, _ = processus.communicate(timeout=60)
    assert processus.returncode == 0
    rapport: dict[str, Any] = json.loads(sortie)
    return rapport


async def relever_ici(bases: Bases, url: str) -> dict[str, Any]:
    """The same, in this one: an interpreter less to start."""
    async with ouvrir_ledger(bases, JOUR) as ledger:
        return await relever_de(ledger, url)


async def lire(bases: Bases) -> dict[str, Any]:
    async with ouvrir_ledger(bases, JOUR) as ledger:
        return await contenu(ledger, bases.admin_url)


@pytest.fixture(scope="module")
def sans_faute(modele: str) -> dict[bool, dict[str, Any]]:
    """The ledger after a run in which nothing goes wrong: without acts that are taken back, and with."""

    async def relevee(retrait: bool) -> dict[str, Any]:
        with bases_neuves(modele) as bases, simulateur(*(("retrait",) if retrait else ())) as url:
            rapport = await relever_ici(bases, url)
            assert rapport["releve"] == {"pages": -(-RANGEES // PAR_PAGE), "fin": True, "entier": True}
            assert (rapport["retraits"]["retires"] > 3) is retrait
            return await lire(bases)

    return {retrait: asyncio.run(relevee(retrait)) for retrait in (False, True)}


async def test_ce_qui_se_releve_est_ce_qui_s_importe_d_un_fichier(
    bases: Bases, sans_faute: dict[bool, dict[str, Any]]
) -> None:
    async with ouvrir_ledger(bases, JOUR) as ledger:
        await importer_lot(ledger, LOT)
    assert await lire(bases) == sans_faute[False]


@pytest.mark.parametrize("scenario", [nom for nom in SCENARIOS if nom not in {"retard", "retrait"}])
async def test_sous_une_faute_le_registre_est_celui_d_une_releve_sans_faute(
    bases: Bases, sans_faute: dict[bool, dict[str, Any]], scenario: Scenario
) -> None:
    with simulateur(scenario) as url:
        rapport = await relever_ici(bases, url)
    assert rapport["accepted_distinct_acts"] == len(actes(sans_faute[False]))
    assert await lire(bases) == sans_faute[False]


@pytest.mark.parametrize("scenarios", [("retard",), tuple(SCENARIOS)], ids=["retard", "toutes"])
async def test_ce_qui_vient_tard_est_releve_la_fois_suivante(
    bases: Bases, sans_faute: dict[bool, dict[str, Any]], scenarios: tuple[Scenario, ...]
) -> None:
    attendu = essentiel(sans_faute["retrait" in scenarios])
    with simulateur(*scenarios) as url:
        premier = relever_ailleurs(bases, url)
        assert essentiel(await lire(bases)) != attendu
        second = relever_ailleurs(bases, url)
        assert 0 < second["rows"] < premier["rows"]
        assert essentiel(await lire(bases)) == attendu
        assert (await relever_ici(bases, url))["rows"] == 0
    assert essentiel(await lire(bases)) == attendu


ARRETS: Final = 4


async def test_tuee_a_des_moments_quelconques_puis_relancee_la_releve_finit_de_meme(
    modele: str, sans_faute: dict[bool, dict[str, Any]], compter: Callable[[str, int], None]
) -> None:
    graine = int(os.environ.get("UNEFOIS_TEST_GRAINE", secrets.randbits(24)))
    compter("graine des arrêts d'une relève", graine)
    hasard = random.Random(graine)  # noqa: S311 - moments, not secrets
    arrets = 0
    while arrets < ARRETS:
        with bases_neuves(modele) as bases, simulateur("retrait", "tronque", "doublon", "desordre") as url:
            # Killed again and again, until one goes through before its moment.
            while arrets < ARRETS and _tuer(bases, url, hasard.uniform(0, 2.0)):
                arrets += 1
            await relever_ici(bases, url)
            assert await lire(bases) == sans_faute[True]
    compter("arrêts d'une relève, relancée jusqu'au même registre", arrets)


def _tuer(bases: Bases, url: str, delai: float) -> bool:
    """Begin one and kill it that long after; whether it was still running."""
    with lancer(bases, url) as processus:
        try:
            processus.communicate(timeout=delai)
        except subprocess.TimeoutExpired:
            processus.kill()
        return processus.wait() == -signal.SIGKILL

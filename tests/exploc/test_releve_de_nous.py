"""What the ledger gives of EXPLOC is what the driver picks up: our own service over HTTP, then another ledger."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import psycopg
import pytest
import uvicorn

from adapters.exploc.national import National
from adapters.exploc.releve import relever
from adapters.exploc.simulateur import ecouter
from adapters.gate import extraction
from tests.bases import Bases, bases_neuves, ouvrir_ledger
from tests.exploc.importeur import JOUR, acces, importer_lot, porte
from tests.exploc.registre_compare import actes, contenu, essentiel
from tests.exploc.releveur import RECULS
from tests.exploc.test_export import CCAPEX, sans_observations
from tests.exploc.test_import import ATTENDU, EXTRAIT
from tests.monde import AGENTS, Monde, evenement


@asynccontextmanager
async def servi_ici(monde: Monde) -> AsyncIterator[str]:
    """Its address, while it serves in this loop, where its ledger is open."""
    ecoute = ecouter(0)
    reglages = uvicorn.Config(monde.app, log_level="critical", lifespan="off", timeout_graceful_shutdown=1)
    serveur = uvicorn.Server(reglages)
    service = asyncio.create_task(serveur.serve([ecoute]))
    try:
        yield f"http://127.0.0.1:{ecoute.getsockname()[1]}"
    finally:
        serveur.should_exit = True
        await service


async def test_ce_que_nous_servons_se_releve_et_ce_qui_y_est_retire_l_est_aussi(
    monde: Monde, bases: Bases, modele: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(extraction, "RANGEES", 250)
    await importer_lot(monde.gate.ledger, EXTRAIT)
    with bases_neuves(modele) as vides:
        async with ouvrir_ledger(vides, JOUR) as refait, servi_ici(monde) as url:
            national = National(url, monde.jeton("ccapex", AGENTS["ccapex"]), reculs=RECULS)
            premiere = await relever(porte(refait), acces(), national, ecrire=True)
            assert (premiere["accepted_distinct_acts"], premiere["rejected"]) == (ATTENDU["accepted_distinct_acts"], 0)
            assert premiere["releve"]["pages"] >= 4
            ici, la = await contenu(monde.gate.ledger, bases.admin_url), await contenu(refait, vides.admin_url)
            assert dits(la) == dits(ici)
            assert la["evenements"] == ici["evenements"]
            assert (len(la), len(actes(la))) == (1 + ATTENDU["dossiers"], ATTENDU["accepted_distinct_acts"])
            encore = await relever(porte(refait), acces(), national, ecrire=True)
            assert (encore["rows"], encore["retraits"]["retires"]) == (0, 0)
            await retirer_un(monde, bases)
            derniere = await relever(porte(refait), acces(), national, ecrire=True)
            assert (derniere["accepted_distinct_acts"], derniere["retraits"]["retires"]) == (0, 1)
            ici, retiree = await contenu(monde.gate.ledger, bases.admin_url), await contenu(refait, vides.admin_url)
            assert dits(retiree) == dits(ici) != dits(la)
            assert retiree["evenements"] == la["evenements"] + 1


def dits(registre: dict[str, Any]) -> list[Any]:
    """Of each case its acts, and that one was taken back. Of two cases that may be one, either says so."""
    cas = essentiel(sans_observations(registre)).values()
    return sorted(([acte for acte in actes_du_cas if acte] for actes_du_cas in cas), key=repr)


async def retirer_un(monde: Monde, bases: Bases) -> None:
    """An act is withdrawn where it was told."""
    with psycopg.connect(bases.admin_url) as admin:
        [(dossier,)] = admin.execute("SELECT dossier FROM d93.cles_naturelles LIMIT 1").fetchall()
    lu = (await monde.get(f"/v1/dossiers/{dossier}", *CCAPEX)).json()
    acte = next(fait["id"] for fait in lu["faits"] if "ref_acte" in fait["champs"])
    retrait = evenement("FaitCorrige", "2026-11-01", corrige=acte, motif="numéro d'un autre ménage")
    assert (await monde.contribuer(str(dossier), *CCAPEX, retrait)).status_code == 201

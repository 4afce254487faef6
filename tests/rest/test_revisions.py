"""The revisions of the rules: kept as the service starts, told to the DPO, and loaded again when somebody asks."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from datetime import date
from pathlib import Path
from typing import Final
from urllib.request import urlopen

import pytest

from adapters.gate.revisions import GARDEES, Revisions
from adapters.service import wiring
from adapters.service.settings import Settings
from adapters.service.wiring import Adresses
from ledger.politiques import ArchiveDesPolitiques
from policies import tables
from policies.bundle import archiver
from policies.decision import Action, Request
from policies.embedded import EmbeddedEngine
from policies.engines import Engine
from policies.opa import OpaEngine
from policies.tables import Regles, ReglesAlterees, charger
from tests.bases import SCHEMA, Bases, mettre_en_vigueur
from tests.monde import Monde
from tests.policies.conftest import port_libre, servir
from tests.revisions import lecture, revision

DPO: Final = ("dpo", "CONTROLE")
AUTRES: Final = tuple(revision(lecture(role, "F05", "L")) for role in ("CAF", "CCAS", "SIAO", "EMPEX"))
AUTRE: Final = revision(lecture("CCAPEX_INSTRUCTEUR", "F05", "-"))
QUESTION: Final = Request(role="CAF", finalite="COORDINATION_CONTACTS", action=Action.LIRE, le=date(2026, 6, 1))


@pytest.fixture
async def archive(bases: Bases) -> AsyncIterator[ArchiveDesPolitiques]:
    ouverte = ArchiveDesPolitiques(bases.api_url, SCHEMA)
    yield ouverte
    await ouverte.close()


async def test_le_service_garde_ses_regles_et_dit_depuis_quand_elles_decident(
    bases: Bases, archive: ArchiveDesPolitiques, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Started with others, then again, then back: a row for each change, and none for a start that changes nothing."""
    acces = Adresses(bases.api_url, bases.projecteur_url, bases.registre_url, bases.cles_url)
    ici, la = charger(), AUTRE
    for regles in (ici, la, la, ici):
        monkeypatch.setattr(tables, "charger", lambda regles=regles: regles)
        async with wiring.ouvrir_maison(Settings(data=tmp_path), acces) as maison:
            assert maison.gate.decider.revision == regles.revision
    assert [p.revision for p in await archive.periodes(100, 100)] == [ici.revision, la.revision, ici.revision]
    assert await archive.contenu(la.revision) == la.octets


async def test_une_commande_garde_ses_regles_sans_les_mettre_en_vigueur(
    bases: Bases, archive: ArchiveDesPolitiques, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it decides is journaled under its revision, which can be asked of later; the service decides by another."""
    acces = Adresses(bases.api_url, None, None, bases.cles_url)
    monkeypatch.setattr(tables, "charger", lambda: AUTRE)
    async with wiring.ouvrir_gate(Settings(data=tmp_path), acces):
        assert await archive.contenu(AUTRE.revision) == AUTRE.octets
        assert [p.revision for p in await archive.periodes(100, 100)] == [charger().revision]


async def test_le_dpo_sait_quelles_regles_decidaient(monde: Monde, bases: Bases) -> None:
    mettre_en_vigueur(bases.admin_url, AUTRE, date(2026, 6, 1))
    lues = (await monde.get("/v1/politiques", *DPO)).json()
    assert [(p["revision"], p["depuis"][:10], p["jusqu_a"]) for p in lues["politiques"]] == [
        (AUTRE.revision, "2026-05-31", None),
        (charger().revision, "2025-12-31", lues["politiques"][0]["depuis"]),
    ]
    assert lues["suivant"] is None
    une = (await monde.get("/v1/politiques", *DPO, params={"limite": "1"})).json()
    suite = (await monde.get("/v1/politiques", *DPO, params={"avant": str(une["suivant"])})).json()
    assert [*une["politiques"], *suite["politiques"]] == lues["politiques"]
    assert [ligne["action"] for ligne in await monde.journal(3)] == ["politiques"] * 3
    refus = await monde.get("/v1/politiques", "ccapex", "CCAPEX_ADMINISTRATIVE")
    assert (refus.status_code, refus.json()["code"]) == (403, "ACTION_NON_ACCORDEE")
    assert AUTRE.revision not in refus.text


class Compte(EmbeddedEngine):
    """The embedded engine, which counts what it is asked to load and to let go of."""

    def __init__(self, regles: Regles) -> None:
        super().__init__(regles)
        self.chargees: list[str] = []
        self.dechargees: list[str] = []

    async def charger(self, regles: Regles) -> Engine:
        self.chargees.append(regles.revision)
        await asyncio.sleep(0)
        return await super().charger(regles)

    async def decharger(self, revision: str) -> None:
        self.dechargees.append(revision)


async def test_peu_de_revisions_sont_chargees_a_la_fois_et_chacune_une_fois(archive: ArchiveDesPolitiques) -> None:
    moteur = Compte(charger())
    revisions = Revisions(charger(), archive, moteur)
    for regles in (*AUTRES, AUTRE):
        await archive.garder(regles.revision, regles.octets)
        deux = await asyncio.gather(*(revisions.passee(regles.revision) for _ in range(2)))
        assert deux[0] is deux[1]
    assert moteur.chargees == [regles.revision for regles in (*AUTRES, AUTRE)]
    assert len(moteur.chargees) - len(moteur.dechargees) == GARDEES == 4
    assert moteur.dechargees == [AUTRES[0].revision]
    assert (await revisions.passee(AUTRES[0].revision)).decider.revision == AUTRES[0].revision
    with pytest.raises(ReglesAlterees):
        await revisions.passee("0" * 64)


async def test_un_serveur_de_politiques_n_en_garde_pas_plus_et_relance_reapprend(
    outil: Callable[[str], Path], archive: ArchiveDesPolitiques, tmp_path: Path
) -> None:
    """Nobody who asks sees that it was started again in between."""
    paquet, port = tmp_path / "regles.tar.gz", port_libre()
    paquet.write_bytes(archiver(charger()))
    async with OpaEngine(charger().revision, "127.0.0.1", port) as moteur:
        revisions = Revisions(charger(), archive, moteur)
        with servir(outil("opa"), "--bundle", paquet, port=port):
            propres = _chargees(port)
            for regles in (*AUTRES, AUTRE):
                await archive.garder(regles.revision, regles.octets)
                passee = await revisions.passee(regles.revision)
                assert (await passee.decider.decide(QUESTION)).revision == regles.revision
            assert len(_chargees(port) - propres) == GARDEES
        with servir(outil("opa"), "--bundle", paquet, port=port):
            passee = await revisions.passee(AUTRE.revision)
            assert (await passee.decider.decide(QUESTION)).revision == AUTRE.revision
            assert len(_chargees(port) - propres) == 1


def _chargees(port: int) -> set[str]:
    with urlopen(f"http://127.0.0.1:{port}/v1/policies") as lu:
        return {politique["id"] for politique in json.load(lu)["result"]}

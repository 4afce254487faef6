import argparse
import csv
import json
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from adapters.commande.exploc import add_arguments, run
from adapters.demo.departement import siret
from adapters.registre.administration import administrer, habiliter
from adapters.registre.instantane import Habilitation, Partenaire
from adapters.registre.lecture import Registre
from ledger.application import Ledger
from tests.bases import SCHEMA, Bases, ouvrir_ledger
from tests.exploc.importeur import JOUR, porte
from tests.exploc.test_import import ATTENDU, chiffres, compter
from tests.exploc.test_lot import LOTS, contenu, rangee
from tests.exploc.test_releve import RANGEES, simulateur
from tests.monde import amorcer

EXTRAIT = str(LOTS / "lot-extrait.csv")


@pytest.fixture
async def registre(bases: Bases) -> AsyncIterator[Registre]:
    ouvert = Registre(bases.api_url, SCHEMA)
    yield ouvert
    await ouvert.close()


async def lancer(
    ledger: Ledger, registre: Registre, *arguments: str, action: str = "importer", jeton: str | None = None
) -> int:
    analyseur = argparse.ArgumentParser()
    add_arguments(analyseur)
    options = analyseur.parse_args([action, *arguments])
    gate = porte(ledger)
    gate.registre = registre
    return await run(options, gate, jeton)


def agents(bases: Bases) -> list[tuple[Any, ...]]:
    with psycopg.connect(bases.admin_url) as admin:
        admin.execute("SET search_path TO d93")
        return admin.execute(
            "SELECT organisation, agent, issue, motif FROM journal WHERE dossier IS NULL AND action = 'importer'"
            " ORDER BY position"
        ).fetchall()


async def test_le_rapport_sort_seul_sur_la_sortie_et_l_avancement_a_cote(
    ledger: Ledger, registre: Registre, bases: Bases, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert await lancer(ledger, registre, EXTRAIT, "--ecrire", "--rapport", "json") == 0
    sortie, erreurs = capsysbinary.readouterr()
    assert chiffres(json.loads(sortie)) == ATTENDU
    assert "894 lignes lues" in erreurs.decode()
    assert compter(bases)["naturelles"] == 874
    assert ("drihl93-ccapex", "administrateur-local", "autorise", "") in agents(bases)


async def test_a_blanc_le_texte_le_dit_et_les_refus_s_ecrivent_en_csv(
    ledger: Ledger, registre: Registre, bases: Bases, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    refus = tmp_path / "refus.csv"
    assert await lancer(ledger, registre, EXTRAIT, "--refus", str(refus)) == 0
    sortie = capsys.readouterr().out
    assert "à blanc" in sortie
    assert "526  dossiers concernés" in sortie
    with refus.open(encoding="utf-8-sig", newline="") as flux:
        rangees = list(csv.reader(flux, delimiter=";"))
    assert rangees[0] == ["ligne", "colonne", "motif"]
    assert len(rangees) == 11
    assert compter(bases)["evenements"] == 0


@pytest.mark.parametrize(
    ("octets", "message"),
    [(b"nom\n", "Ce n'est pas un lot EXPLOC"), (contenu(rangee()) + b"\x81\xe9", "encodage"), (None, "No such file")],
)
async def test_un_lot_qui_ne_se_lit_pas_rend_1_et_dit_pourquoi(
    ledger: Ledger,
    registre: Registre,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    octets: bytes | None,
    message: str,
) -> None:
    lot = tmp_path / "lot.csv"
    if octets is not None:
        lot.write_bytes(octets)
    assert await lancer(ledger, registre, str(lot)) == 1
    sortie, erreurs = capsys.readouterr()
    assert sortie == ""
    assert message in erreurs


async def test_un_agent_doit_etre_habilite_et_son_nom_se_lit_au_journal(
    ledger: Ledger, registre: Registre, bases: Bases, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lot = tmp_path / "lot.csv"
    lot.write_bytes(contenu(rangee()))
    par, finalites = "ccapex-essai/premiere", ("CCAPEX_ADMINISTRATIVE",)
    with administrer(bases.registre_url, par, SCHEMA) as connexion:
        role, ou = "CCAPEX_INSTRUCTEUR", "departement"
        amorcer(connexion, Partenaire("ccapex-essai", siret(1), "CCAPEX", role, finalites, ou), par)
        for nom, fin in (("instructrice", date(2026, 12, 31)), ("ancienne", date(2026, 6, 30))):
            habiliter(
                connexion,
                Habilitation(uuid4(), "ccapex-essai", nom, finalites, "aucun", date(2026, 1, 1), fin, par),
            )
    assert await lancer(ledger, registre, str(lot), "--agent", "instructrice") == 0
    assert await lancer(ledger, registre, str(lot), "--agent", "ancienne") == 1
    assert await lancer(ledger, registre, str(lot), "--agent", "148129300542935") == 1
    assert "habilitation" in capsys.readouterr().err
    assert agents(bases) == [
        ("ccapex-essai", "instructrice", "autorise", "a_blanc"),
        ("ccapex-essai", "ancienne", "refuse", "AGENT_INVALIDE"),
        ("ccapex-essai", "(inconnu)", "refuse", "AGENT_INVALIDE"),
    ]


async def test_relever_demande_son_jeton_et_une_adresse_avant_tout(
    ledger: Ledger, registre: Registre, bases: Bases, capsys: pytest.CaptureFixture[str]
) -> None:
    adresse = "https://exploc.exemple.fr"
    assert await lancer(ledger, registre, adresse, action="relever") == 1
    assert "UNEFOIS_EXPLOC_TOKEN manque" in capsys.readouterr().err
    assert await lancer(ledger, registre, "http://exploc.exemple.fr", action="relever", jeton="j") == 1
    assert "en https" in capsys.readouterr().err
    assert agents(bases) == []


async def test_relever_rend_le_rapport_d_un_import_et_ce_qui_est_retire(
    bases: Bases, registre: Registre, capsys: pytest.CaptureFixture[str]
) -> None:
    async with ouvrir_ledger(bases, JOUR) as ledger:
        with simulateur("retrait") as url:
            assert await lancer(ledger, registre, url, "--ecrire", action="relever", jeton="j-essai") == 0
            texte = capsys.readouterr().out
            assert f"{RANGEES}  lignes lues" in texte
            assert "Actes que leur source retire" in texte
            assert await lancer(ledger, registre, url, "--rapport", "json", action="relever", jeton="j-essai") == 0
            suite = json.loads(capsys.readouterr().out)
            assert (suite["rows"], suite["retraits"]["retires"]) == (0, 0)
            assert suite["retraits"]["deja_retires"] > 3
            assert "j-essai" not in texte
    assert compter(bases)["naturelles"] > RANGEES / 2
    assert {agent for _, agent, _, _ in agents(bases)} == {"administrateur-local"}

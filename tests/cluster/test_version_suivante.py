"""A demonstration whose program was updated: the views that an earlier version filled are made anew."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from adapters.service.cluster import ouvrir_serveur, url_pour
from projections.projecteur import Attente, revision
from tests.conftest import RACINE

EXTRAIT = RACINE / "tests/exploc/lots/lot-extrait.csv"
ACTIVE = "SELECT generation, position, revision FROM positions WHERE active"


@pytest.fixture
def donnees() -> Iterator[Path]:
    dossier = Path(tempfile.mkdtemp(prefix="unefois-v-"))
    dossier.chmod(0o755)
    yield dossier
    shutil.rmtree(dossier)


def commande(donnees: Path, *arguments: str) -> "subprocess.Popen[bytes]":
    systeme = {nom: valeur for nom, valeur in os.environ.items() if not nom.startswith("UNEFOIS_")}
    return subprocess.Popen(
        [sys.executable, "-m", "adapters.commande.unefois", *arguments],
        cwd=RACINE, env=systeme | {"UNEFOIS_DATA": str(donnees)}, stdout=subprocess.DEVNULL,
    )  # fmt: skip


async def test_en_demonstration_les_vues_d_une_autre_version_sont_rebaties(donnees: Path) -> None:
    with ouvrir_serveur(None, donnees, durable=False) as admin:
        with commande(donnees, "exploc", "importer", str(EXTRAIT), "--ecrire") as importer:
            assert importer.wait(timeout=120) == 0
        passes = json.loads((donnees / "mots-de-passe.json").read_text(encoding="utf-8"))
        url = url_pour(admin, "unefois_projecteur", passes["unefois_projecteur"], "unefois")
        url = psycopg.conninfo.make_conninfo(url, options="-c search_path=d93")
        with psycopg.connect(url, autocommit=True) as connexion:
            [tete] = connexion.execute("SELECT max(notification_id) FROM dossiers_events").fetchone() or (0,)
            assert tete > 0
            # As an earlier version leaves them: filled, and by other code.
            connexion.execute("UPDATE positions SET position = 1, revision = 'ancienne' WHERE active")
            [ancienne, *_] = connexion.execute(ACTIVE).fetchone() or ("",)
            with commande(donnees, "projeter") as projeter:
                async with Attente(url) as attente:
                    assert await attente.attendre(tete, 60)
                projeter.send_signal(signal.SIGTERM)
                assert projeter.wait(timeout=60) == 0
            etat = connexion.execute(ACTIVE).fetchone()
            assert etat is not None
            assert etat[0] != ancienne
            assert etat[1:] == (tete, revision())
            vus = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(f"vue_ccapex_dossiers_{etat[0]}"))
            ouverts = "SELECT count(DISTINCT originator_id) FROM dossiers_events"
            montres = connexion.execute(vus).fetchone()
            assert montres == connexion.execute(ouverts).fetchone() != (0,)

"""What ``make`` shows while it installs: to a person at a terminal, to a log, and when it fails."""

import os
import pty
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

INSTALLER = Path(__file__).resolve().parents[2] / ".ci" / "installer.py"
PRESENTS = ("idna", "jinja2", "markupsafe", "orjson", "psycopg", "pydantic", "pytest", "six", "starlette", "uvicorn")


@pytest.fixture
def verrou(tmp_path: Path) -> Path:
    """Ten packages that are here already, and one for another system."""
    fichier = tmp_path / "essai.lock"
    lignes = [f"{nom}=={version(nom)} \\\n    --hash=sha256:{'0' * 64}" for nom in PRESENTS]
    autre = f"colorama==0.4.6 ; sys_platform == 'win32' \\\n    --hash=sha256:{'0' * 64}"
    fichier.write_text("\n".join([*lignes, autre, ""]), encoding="ascii")
    return fichier


def test_un_journal_recoit_des_lignes_entieres(verrou: Path) -> None:
    fini = subprocess.run([sys.executable, INSTALLER, verrou], capture_output=True, check=False, text=True)
    assert (fini.returncode, fini.stdout) == (0, "Paquets : 10/10 uvicorn\n"), fini.stderr


def test_un_terminal_voit_une_ligne_qui_avance(verrou: Path) -> None:
    maitre, esclave = pty.openpty()
    with subprocess.Popen([sys.executable, INSTALLER, verrou], stdout=esclave, stderr=subprocess.PIPE) as processus:
        os.close(esclave)
        vu = b""
        while True:
            try:
                morceau = os.read(maitre, 4096)
            except OSError:  # the other end is closed
                break
            vu += morceau
    os.close(maitre)
    assert processus.returncode == 0
    lignes = vu.decode().split("\r\x1b[K")
    assert [ligne for ligne in lignes if ligne] == [f"Paquets : {n}/10 {nom}" for n, nom in enumerate(PRESENTS, 1)]
    assert lignes[-1] == ""  # nothing stays behind
    assert b"\n" not in vu


def test_un_echec_garde_les_mots_et_l_etat_de_pip(tmp_path: Path) -> None:
    fichier = tmp_path / "essai.lock"
    fichier.write_text(f"unefois-qui-n-existe-pas==1.0 \\\n    --hash=sha256:{'0' * 64}\n", encoding="ascii")
    environ = os.environ | {"PIP_NO_INDEX": "1"}
    fini = subprocess.run(
        [sys.executable, INSTALLER, fichier], capture_output=True, check=False, text=True, env=environ
    )
    assert fini.returncode == 1
    assert "unefois-qui-n-existe-pas" in fini.stderr

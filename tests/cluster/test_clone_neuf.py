"""What the README promises of a clean clone, with nothing but python3, make and a shell on the PATH.

Packages are downloaded, as on a person's machine: in CI only. How long it took is printed, and fails nothing: it
says as much of the network as of us.
"""

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPConnection
from pathlib import Path
from socket import create_server
from typing import Any

import pytest

from tests.conftest import RACINE, renoncer

ESSAI = "import ensurepip, sys; print(sys.executable); sys.exit(sys.version_info < (3, 11))"
RESEAU = ("PIP_", "SSL_", "REQUESTS_", "http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "no_proxy", "NO_PROXY")


@dataclass(frozen=True)
class Clone:
    """A clone that belongs to an account, and all that this account's commands find around it."""

    lieu: Path
    environ: Mapping[str, str]
    compte: Mapping[str, Any]

    def restants(self) -> list[str]:
        """The processes that have anything to do with the clone; a zombie is dead."""
        trouves = []
        for processus in Path("/proc").glob("[0-9]*"):
            try:
                etat = (processus / "stat").read_text().rpartition(")")[2].split()[0]
                texte = (processus / "cmdline").read_bytes() + (processus / "environ").read_bytes()
                ici = (processus / "cwd").readlink().is_relative_to(self.lieu)
            except OSError:
                continue
            if etat != "Z" and (ici or os.fsencode(self.lieu) in texte):
                trouves.append(f"{processus.name} {texte[:80]!r}")
        return trouves

    def demontrer(self) -> float:
        """One ``make demo``, from the command to Ctrl-C; how many seconds until it served."""
        debut = time.monotonic()
        with subprocess.Popen(
            [Path(self.environ["PATH"], "make"), "demo"],
            cwd=self.lieu, env=self.environ, stdout=subprocess.PIPE, text=True, start_new_session=True, **self.compte,
        ) as demo:  # fmt: skip
            assert demo.stdout is not None
            annonce = ""
            for ligne in demo.stdout:
                annonce += ligne
                if ligne.startswith("Ctrl-C"):
                    break
            duree = time.monotonic() - debut
            assert "/demo/entrer/" in annonce, annonce
            assert not list(self.lieu.glob(".venv/lib/*/site-packages/pytest")), "les essais ne sont pas du service"
            with contextlib.closing(HTTPConnection("127.0.0.1", int(self.environ["UNEFOIS_PORT"]))) as connexion:
                connexion.request("GET", "/v1/moi")
                assert connexion.getresponse().status == HTTPStatus.UNAUTHORIZED
            assert self.restants()
            os.killpg(demo.pid, signal.SIGINT)  # as a terminal does: the whole foreground group
            demo.stdout.read()
        assert self.restants() == []
        return duree


def python_pour(compte: Mapping[str, Any]) -> str:
    """An interpreter that this account can run, and make an environment with."""
    for python in (shutil.which("python3"), "/usr/local/bin/python3", "/usr/bin/python3"):
        with contextlib.suppress(OSError):
            essai = subprocess.run(
                [str(python), "-c", ESSAI], check=False, cwd="/", capture_output=True, text=True, **compte
            )
            if essai.returncode == 0:
                return str(essai.stdout).strip()  # what was found may be a script that asks for another shell
    return renoncer("python3 avec ensurepip")


@pytest.fixture(params=["soi-même", "nobody"] if os.geteuid() == 0 else ["soi-même"])
def clone(request: pytest.FixtureRequest, outil: Callable[[str], Path]) -> Iterator[Clone]:
    if os.environ.get("CI") != "true":
        renoncer("paquets téléchargés (voir .ci/run)")
    compte: dict[str, Any] = {}
    if request.param == "nobody":
        personne = pwd.getpwnam("nobody")
        compte = {"user": personne.pw_uid, "group": personne.pw_gid, "extra_groups": ()}
    racine = Path(tempfile.mkdtemp(prefix="unefois-clone-"))
    racine.chmod(0o755)
    programmes = racine / "bin"
    programmes.mkdir()
    for nom, chemin in (("python3", python_pour(compte)), ("make", outil("make")), ("sh", outil("sh"))):
        (programmes / nom).symlink_to(chemin)
    lieu = racine / "unefois"
    subprocess.run([outil("git"), "clone", "--quiet", "--no-local", RACINE, lieu], check=True)
    for fichier in (racine, *racine.rglob("*")) if compte else ():
        os.chown(fichier, compte["user"], compte["group"], follow_symlinks=False)
    with create_server(("127.0.0.1", 0)) as libre:
        port = libre.getsockname()[1]
    reseau = {nom: valeur for nom, valeur in os.environ.items() if nom.startswith(RESEAU)}
    yield Clone(lieu, {**reseau, "PATH": str(programmes), "HOME": str(racine), "UNEFOIS_PORT": str(port)}, compte)
    shutil.rmtree(racine)


@pytest.mark.long
def test_make_demo_sert_puis_sert_encore_et_ne_laisse_rien(clone: Clone, compter: Callable[[str, int], None]) -> None:
    premier, second = clone.demontrer(), clone.demontrer()
    qui = clone.compte.get("user", os.geteuid())
    compter(f"make demo, compte {qui}, premier démarrage (s)", round(premier))
    compter(f"make demo, compte {qui}, second démarrage (s)", round(second))

"""``unefois`` run many times: one process has imported it, and forks for each run. Seconds of imports are paid once."""

import json
import os
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from adapters.commande import unefois as cli
from tests.deploy.composition import RACINE

_FICHIERS = ("entree", "sortie", "erreurs")  # of descriptors 0, 1 and 2


class Atelier:
    """Runs commands, each in a process and an environment of its own."""

    def __init__(self, processus: "subprocess.Popen[str]", lieu: Path) -> None:
        self._processus = processus
        self._lieu = lieu

    def lancer(
        self, arguments: Sequence[str], environ: Mapping[str, str], entree: str = ""
    ) -> subprocess.CompletedProcess[str]:
        fichiers = [self._lieu / nom for nom in _FICHIERS]
        for fichier, texte in zip(fichiers, (entree, "", ""), strict=True):
            fichier.write_text(texte, encoding="utf-8")
        ordre = {"arguments": list(arguments), "environ": dict(environ), "fichiers": [str(f) for f in fichiers]}
        assert self._processus.stdin is not None
        assert self._processus.stdout is not None
        self._processus.stdin.write(json.dumps(ordre) + "\n")
        self._processus.stdin.flush()
        statut = int(self._processus.stdout.readline())
        with fichiers[1].open(encoding="utf-8", newline="") as sortie:
            dit = sortie.read()
        return subprocess.CompletedProcess(list(arguments), statut, dit, fichiers[2].read_text(encoding="utf-8"))


@contextmanager
def ouvrir_atelier() -> Iterator[Atelier]:
    with (
        tempfile.TemporaryDirectory(prefix="unefois-atelier-") as lieu,
        subprocess.Popen(
            [sys.executable, "-m", "tests.deploy.commandes"],
            cwd=RACINE, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        ) as processus,
    ):  # fmt: skip
        yield Atelier(processus, Path(lieu))
        assert processus.stdin is not None
        processus.stdin.close()


def _executer(arguments: list[str], environ: dict[str, str], fichiers: list[str]) -> int:
    os.environ.clear()
    os.environ.update(environ)
    for descripteur, fichier in enumerate(fichiers):
        ouvert = os.open(fichier, os.O_RDWR)
        os.dup2(ouvert, descripteur)
        os.close(ouvert)
    sys.stdin = os.fdopen(0, encoding="utf-8", closefd=False)
    try:
        return cli.main(arguments)
    except SystemExit as fin:
        return fin.code if isinstance(fin.code, int) else 1


def servir() -> None:
    for ligne in sys.stdin:
        ordre = json.loads(ligne)
        if (pid := os.fork()) == 0:
            statut = 1
            try:
                statut = _executer(**ordre)
            except BaseException:  # noqa: BLE001 - a process that dies says so by its traceback and its status
                traceback.print_exc()
            finally:
                sys.stdout.flush()
                sys.stderr.flush()
                os._exit(statut)
        print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)


if __name__ == "__main__":
    servir()

"""A real OPA server on the bundle that production loads, and the rules of this installation."""

import os
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import orjson
import pytest

from policies.bundle import deposer
from policies.tables import Regles, charger

LOT = """package lot

reponses := [reponse |
	some question in input.questions
	reponse := data.unefois.decision.document with input as question
]

emissions := [reponse |
	some question in input.questions
	reponse := data.unefois.decision.emissions with input as question
]
"""
"""Many questions in one request: two rules of the tests, beside the bundle and no part of it."""


@dataclass(frozen=True, slots=True)
class Opa:
    """A running OPA server."""

    port: int

    def repondre(self, questions: list[dict[str, Any]], regle: str = "reponses") -> list[dict[str, Any]]:
        corps = orjson.dumps({"input": {"questions": questions}})
        with urlopen(f"http://127.0.0.1:{self.port}/v1/data/lot/{regle}", corps, timeout=120) as reponse:
            reponses: list[dict[str, Any]] = orjson.loads(reponse.read())["result"]
        assert len(reponses) == len(questions), "OPA n'a pas répondu à toutes les questions"
        return reponses


def port_libre() -> int:
    """A port that nobody listens to for now."""
    with socket.create_server(("127.0.0.1", 0)) as prise:
        port: int = prise.getsockname()[1]
    return port


@contextmanager
def servir(opa: Path, *lieux: Path | str, port: int | None = None) -> Iterator[Opa]:
    """Serve a directory of rules and data on loopback; or whatever these arguments name."""
    port = port or port_libre()
    commande = [str(opa), "run", "--server", "--addr", f"127.0.0.1:{port}", "--skip-version-check"]
    environ = os.environ | {"GOGC": "400"}  # thousands of answers at once: collected less often, a quarter less of work
    with subprocess.Popen(
        [*commande, "--log-level", "error", *map(str, lieux)],
        env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    ) as processus:  # fmt: skip
        try:
            _attendre(processus, port)
            yield Opa(port)
        finally:
            processus.terminate()


def _attendre(processus: subprocess.Popen[bytes], port: int) -> None:
    for _ in range(500):
        with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            return
        with suppress(subprocess.TimeoutExpired):
            pytest.fail(f"OPA s'est arrêté : code {processus.wait(timeout=0.02)}")
    pytest.fail("OPA n'a pas démarré en 10 secondes")


@pytest.fixture(scope="session")
def regles() -> Regles:
    return charger()


@pytest.fixture(scope="session")
def opa(outil: Callable[[str], Path], regles: Regles, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opa]:
    binaire = outil("opa")
    racine = tmp_path_factory.mktemp("opa")
    deposer(regles, racine)
    (racine / "lot.rego").write_text(LOT, "utf-8")
    with servir(binaire, racine) as serveur:
        yield serveur

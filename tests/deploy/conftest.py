"""The secrets of the compose file, made as an operator makes them, and OPA, started as its image starts it."""

import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.deploy.composition import DEPLOY, RACINE, etapes


@pytest.fixture(scope="module")
def secrets_faits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The secrets as an operator makes them: by running what the reference says."""
    blocs = re.findall(r"```sh\n(.*?)```", (DEPLOY / "environnement.md").read_text(encoding="utf-8"), re.DOTALL)
    assert len(blocs) == 1
    lieu = tmp_path_factory.mktemp("machine")
    (lieu / "python3").symlink_to(sys.executable)
    sans_root = "" if os.geteuid() == 0 else "chown() { :; }\n"
    subprocess.run(
        ["/bin/sh", "-euc", sans_root + blocs[0]],
        cwd=lieu,
        env={"PATH": f"/usr/bin:/bin:{lieu}"},
        check=True,
    )
    return lieu / "deploy/secrets"


@pytest.fixture(scope="module")
def opa(outil: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """OPA started as its image starts it, on the bundle made as the image makes it."""
    (fabrique,) = (json.loads(reste) for mot, reste in etapes()["regles"] if mot == "RUN")
    archive = tmp_path_factory.mktemp("opa") / "regles.tar.gz"
    code = fabrique[2].replace("/tmp/regles.tar.gz", str(archive))  # noqa: S108 - a path inside the image
    subprocess.run([sys.executable, "-c", code], cwd=RACINE, check=True)
    (arguments,) = (json.loads(reste) for mot, reste in etapes()["opa"] if mot == "CMD")
    with socket.create_server(("127.0.0.1", 0)) as libre:
        port = libre.getsockname()[1]
    remplaces = {"--addr=127.0.0.1:8181": f"--addr=127.0.0.1:{port}", "/regles.tar.gz": str(archive)}
    with subprocess.Popen([outil("opa"), *(remplaces.get(a, a) for a in arguments)]) as processus:
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            processus.terminate()

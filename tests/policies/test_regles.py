"""The rules as text: what the tools of Rego say of them."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from policies.tables import REGO, modules

COMMANDES = {
    "compile strictement": ("opa", "check", "--strict", "."),
    "est mis en forme": ("opa", "fmt", "--list", "--fail", "."),
    "est sans remarque de Regal": ("regal", "lint", "--config-file", str(REGO.parents[1] / ".regal/config.yaml"), "."),
}


@pytest.mark.parametrize("propriete", COMMANDES)
def test_le_texte_des_regles(propriete: str, outil: Callable[[str], Path]) -> None:
    nom, *arguments = COMMANDES[propriete]
    assert len(modules()) >= 3
    rendu = subprocess.run([outil(nom), *arguments], cwd=REGO, capture_output=True, text=True, check=False)
    assert rendu.returncode == 0, rendu.stdout + rendu.stderr

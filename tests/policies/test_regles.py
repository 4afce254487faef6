"""The rules as text: what the tools of Rego say of them, what each one says of itself, and what their tests reach."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from policies.tables import REGO, TAGS, modules

COMMANDES = {
    "compile strictement": ("opa", "check", "--strict", "."),
    "est mis en forme": ("opa", "fmt", "--list", "--fail", "."),
    "est sans remarque de Regal": ("regal", "lint", "--config-file", str(REGO.parents[1] / ".regal/config.yaml"), "."),
    "passe ses propres tests": ("opa", "test", "."),
}


def _lire(opa: Path, *arguments: str) -> Any:
    rendu = subprocess.run([opa, *arguments], cwd=REGO, capture_output=True, text=True, check=False)
    assert rendu.returncode == 0, rendu.stdout + rendu.stderr
    return json.loads(rendu.stdout)


@pytest.mark.parametrize("propriete", COMMANDES)
def test_le_texte_des_regles(propriete: str, outil: Callable[[str], Path]) -> None:
    nom, *arguments = COMMANDES[propriete]
    assert len(modules()) >= 3
    rendu = subprocess.run([outil(nom), *arguments], cwd=REGO, capture_output=True, text=True, check=False)
    assert rendu.returncode == 0, rendu.stdout + rendu.stderr


def test_chaque_regle_dit_ce_qu_elle_est(outil: Callable[[str], Path], compter: Callable[[str, int], None]) -> None:
    """A title for each rule, its own or its document's; an article never without its tag."""
    opa, regles, muettes = outil("opa"), 0, list[str]()
    for chemin in modules():
        lu = _lire(opa, "parse", "--format", "json", "--json-include", "locations,comments", chemin)
        dites = {a["location"]["row"]: a for r in lu["rules"] for a in r.get("annotations", ())}
        assert all(a["title"] for a in dites.values())
        entieres = {_nom(r) for r in lu["rules"] for a in r.get("annotations", ()) if a["scope"] == "document"}
        for regle in lu["rules"]:
            regles += 1
            if not regle.get("annotations") and _nom(regle) not in entieres:
                muettes.append(f"{chemin}:{regle['location']['row']} {_nom(regle)}")
        droits = [a["custom"] for a in dites.values() if "custom" in a]
        assert all(droit.keys() == {"legal_ref", "tag"} and droit["tag"] in TAGS for droit in droits), droits
    assert regles >= 30
    assert muettes == []
    compter("règles, chacune avec son titre", regles)


def _nom(regle: dict[str, Any]) -> str:
    nom: str = regle["head"]["name"]
    return nom


def test_les_tests_des_regles_atteignent_chacune(
    outil: Callable[[str], Path], compter: Callable[[str, int], None]
) -> None:
    fichiers = _lire(outil("opa"), "test", "--coverage", ".")["files"]
    assert {chemin for chemin in fichiers if not chemin.endswith("_test.rego")} == set(modules())
    assert {chemin.replace(".rego", "_test.rego") for chemin in modules()} <= fichiers.keys()
    dites = sum(fichiers[chemin]["covered_lines"] for chemin in modules())
    tues = {chemin: fichiers[chemin].get("not_covered") for chemin in modules()}
    manquees = sum(fichiers[chemin].get("not_covered_lines", 0) for chemin in modules())
    assert dites >= 150
    assert dites / (dites + manquees) >= 0.95, tues
    compter("lignes de Rego atteintes par les tests Rego, en pour mille", 1000 * dites // (dites + manquees))

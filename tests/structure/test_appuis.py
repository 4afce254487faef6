"""What tests stand on is used: a model of the product that no test compares it with would show nothing."""

import ast
from collections.abc import Callable
from typing import Final

from tests.structure.dessin import RACINE

A_LA_MAIN: Final = frozenset({"tests/web/captures.py"})
"""Run by a person, as its first lines say."""


def test_rien_de_ce_sur_quoi_les_essais_s_appuient_n_est_oublie(compter: Callable[[str, int], None]) -> None:
    textes = {f.relative_to(RACINE).as_posix(): f.read_text("utf-8") for f in sorted((RACINE / "tests").rglob("*.py"))}
    pris: set[str] = set()
    for nom, texte in textes.items():
        for noeud in ast.walk(ast.parse(texte)):
            if isinstance(noeud, ast.ImportFrom) and noeud.module:
                dits = {noeud.module, *(f"{noeud.module}.{alias.name}" for alias in noeud.names)}
            elif isinstance(noeud, ast.Import):
                dits = {alias.name for alias in noeud.names}
            elif isinstance(noeud, ast.Constant) and isinstance(noeud.value, str):
                dits = {noeud.value}  # run as a program: python -m
            else:
                continue
            pris |= {dit.replace(".", "/") + ".py" for dit in dits} - {nom}
    appuis = {nom for nom in textes if not nom.rpartition("/")[2].startswith(("test_", "conftest", "__"))}
    assert len(appuis) > 20
    assert appuis - pris - A_LA_MAIN == set()
    compter("modules d'appui des essais, chacun employé", len(appuis))

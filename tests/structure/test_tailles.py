"""How long a thing may be: a module, a class, a function; and no exception is granted for size or complexity."""

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from tests.structure.dessin import RACINE, SALLES

MODULE: Final = 500
CLASSE: Final = 250
FONCTION: Final = 60
UNE_SEULE_IDEE: Final = {"adapters/service/cluster.py"}
"""Longer than the rest: a local PostgreSQL, from its binaries to its end, reads best in one go."""
COMPLEXITE: Final = re.compile(r"#\s*noqa:[^#]*\b(C901|PLR09\d\d)\b")


def modules() -> Iterator[tuple[str, str]]:
    for salle in SALLES:
        for fichier in sorted((RACINE / salle).rglob("*.py")):
            yield fichier.relative_to(RACINE).as_posix(), Path(fichier).read_text(encoding="utf-8")


def test_rien_n_est_plus_long_que_son_idee(compter: Callable[[str, int], None]) -> None:
    trop, fonctions, classes, vus = [], 0, 0, 0
    for nom, texte in modules():
        vus += 1
        longueur = len(texte.splitlines())
        if longueur > MODULE and nom not in UNE_SEULE_IDEE:
            trop.append(f"{nom} : {longueur} lignes")
        for noeud in ast.walk(ast.parse(texte)):
            if not isinstance(noeud, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            lignes = (noeud.end_lineno or 0) - noeud.lineno + 1
            classe = isinstance(noeud, ast.ClassDef)
            classes, fonctions = classes + classe, fonctions + (not classe)
            if lignes > (CLASSE if classe else FONCTION):
                trop.append(f"{nom}, {noeud.name} : {lignes} lignes")
    compter("modules mesurés", vus)
    compter("classes mesurées", classes)
    compter("fonctions mesurées", fonctions)
    assert vus > 100
    assert fonctions > 500
    assert trop == []


def test_aucune_exception_pour_la_taille() -> None:
    textes = dict(modules())
    assert any("noqa" in texte for texte in textes.values())
    accordees = [
        f"{nom}:{numero}"
        for nom, texte in textes.items()
        for numero, ligne in enumerate(texte.splitlines(), 1)
        if COMPLEXITE.search(ligne)
    ]
    assert accordees == []

"""One word per thing: no two classes of the product have one name, and no alias takes a class's."""

import ast
from collections import defaultdict
from collections.abc import Callable

from tests.structure.dessin import RACINE, SALLES


def test_un_nom_ne_designe_qu_une_chose(compter: Callable[[str, int], None]) -> None:
    lieux: defaultdict[str, list[str]] = defaultdict(list)
    for salle in SALLES:
        for fichier in sorted((RACINE / salle).rglob("*.py")):
            for noeud in ast.parse(fichier.read_text(encoding="utf-8")).body:
                nom = None
                if isinstance(noeud, ast.ClassDef):
                    nom = noeud.name
                elif isinstance(noeud, ast.Assign) and isinstance(noeud.targets[0], ast.Name):
                    nom = noeud.targets[0].id
                if nom and len(nom) > 1 and nom[0].isupper() and not nom.isupper():
                    lieux[nom].append(fichier.relative_to(RACINE).as_posix())
    compter("noms de classes et d'alias, chacun d'une seule chose", len(lieux))
    assert len(lieux) > 200
    assert {nom: ou for nom, ou in lieux.items() if len(ou) > 1} == {}

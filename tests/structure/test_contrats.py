"""The walls: every module stands in a layer, nothing points up, nothing turns in a circle; and the picture is true."""

from collections.abc import Callable
from graphlib import TopologicalSorter

from tests.structure.dessin import DESSIN, SALLES, dessiner, etages, fleches, graphe, salle


def test_rien_ne_monte_et_rien_ne_tourne(compter: Callable[[str, int], None]) -> None:
    vu = graphe()
    rang = {nom: n for n, rangee in enumerate(etages()) for nom in rangee}
    hors = {module for module in vu.modules if salle(module) not in rang and module not in SALLES}
    assert hors == set()
    montantes = [
        f"{module} -> {importe}"
        for module in sorted(vu.modules)
        for importe in sorted(vu.find_modules_directly_imported_by(module))
        if salle(module) != salle(importe) and rang[salle(importe)] <= rang[salle(module)]
    ]
    assert montantes == []
    TopologicalSorter({m: vu.find_modules_directly_imported_by(m) for m in vu.modules}).prepare()
    compter("modules dans la maison", len(vu.modules))
    compter("étages", len(etages()))
    compter("flèches entre modules", vu.count_imports())
    compter("flèches entre pièces", sum(map(len, fleches(vu).values())))
    assert len(vu.modules) > 100


def test_le_dessin_est_celui_des_contrats() -> None:
    """Drawn anew by ``python -m tests.structure.dessin``."""
    assert DESSIN.read_text(encoding="utf-8") == dessiner()

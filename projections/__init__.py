"""What each commission needs to see of the log: the three views, and the process that fills them."""

from collections.abc import Mapping, Sequence
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, Final

from projections import attentes, rattachements, vues
from projections.annexe import Annexe
from projections.table import DDL_POSITIONS, GENRES, Colonne
from projections.vue import Vue

VUES: Final[tuple[Vue[Any], ...]] = tuple(
    import_module(f"{vues.__name__}.{module.name}").VUE for module in iter_modules(vues.__path__)
)
"""A view is there once its file is: in the order of their names."""
ANNEXES: Final[tuple[Annexe, ...]] = (attentes.ANNEXE, rattachements.ANNEXE)
"""The tables that stand beside the views, and are filled with them."""
NOMS_DES_VUES: Final = tuple(vue.nom for vue in VUES)
MONTREES: Final[Mapping[str, Colonne]] = {
    colonne.montree.sous or colonne.nom: colonne
    for vue in VUES
    for colonne in vue.table.colonnes.values()
    if colonne.montree is not None
}
"""What a reader may be shown of a row, whatever the view, by the name that it goes out with."""
_OUBLI: Final = "DROP TABLE IF EXISTS positions, " + ", ".join(
    (*(annexe.nom for annexe in ANNEXES), *(f"vue_{vue.nom}_{genre}" for vue in VUES for genre in GENRES))
)
SCRIPTS: Final[Sequence[str]] = (_OUBLI, DDL_POSITIONS, *(vue.table.ddl for vue in VUES), *(a.ddl for a in ANNEXES))
"""Run by the owner after ``ledger/schema.sql``, in this order, again whenever any SQL of the schema changes: the views
then start empty, in their new shape, and the projector fills them from the log."""

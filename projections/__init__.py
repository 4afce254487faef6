"""What each commission needs to see of the log: the three views, and the process that fills them."""

from collections.abc import Sequence
from typing import Any, Final

from projections import ccapex, clil, comex
from projections.vue import DDL_POSITIONS, Vue

VUES: Final[tuple[Vue[Any], ...]] = (clil.VUE, ccapex.VUE, comex.VUE)
_OUBLI: Final = "DROP TABLE IF EXISTS positions, " + ", ".join(
    f"vue_{vue.nom}_{genre}" for vue in VUES for genre in ("dossiers", "faits")
)
SCRIPTS: Final[Sequence[str]] = (_OUBLI, DDL_POSITIONS, *(vue.ddl for vue in VUES))
"""Run by the owner after ``ledger/schema.sql``, in this order, again whenever any SQL of the schema changes: the views
then start empty, in their new shape, and the projector fills them from the log."""

"""What each commission needs to see of the log: the three views, and the process that fills them."""

from collections.abc import Sequence
from typing import Any, Final

from projections import ccapex, clil, comex
from projections.vue import DDL_POSITIONS, Vue

VUES: Final[tuple[Vue[Any], ...]] = (clil.VUE, ccapex.VUE, comex.VUE)
SCRIPTS: Final[Sequence[str]] = (DDL_POSITIONS, *(vue.ddl for vue in VUES))
"""Run by the owner after ``ledger/schema.sql``, in this order; running them twice changes nothing."""

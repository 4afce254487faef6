"""A table beside the views: rows made of the same fold, which say where to look for something in the ledger.

They hold ids, codes and days, in one partition for each generation; they are written, rebuilt and compared with the
views.
"""

from collections.abc import Callable
from typing import LiteralString, NamedTuple
from uuid import UUID

from psycopg import sql

from ledger.dossier.etat import Dossier


class Annexe(NamedTuple):
    """One of them. ``rangees``: the rows of a case, as COPY reads them; ``forme``: what they are made by."""

    nom: LiteralString
    colonnes: tuple[str, ...]
    ordre: LiteralString
    ddl: LiteralString
    rangees: Callable[[UUID, Dossier], str]
    forme: Callable[[], str]

    def table(self, generation: str) -> sql.Identifier:
        """The partition that holds one generation."""
        return sql.Identifier(f"{self.nom}_{generation}")

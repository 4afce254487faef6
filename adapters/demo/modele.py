"""A département as it was told, kept beside the one that is used: a reset is a copy of it, number for number.

The databases are those of the local cluster, which is ours alone. Nobody may be connected to what is copied.
"""

from typing import Final

import psycopg
from psycopg import sql

from adapters.service.wiring import BASE, BASE_CLES
from ledger.installation import USAGERS_CLES, USAGERS_LEDGER, creer_base, seul

_BASES: Final = ((BASE, USAGERS_LEDGER), (BASE_CLES, USAGERS_CLES))


def _modele(base: str) -> str:
    return f"{base}_modele"


def pris(admin: str) -> bool:
    """Whether both databases were kept."""
    with psycopg.connect(admin, autocommit=True) as connexion:
        connues = {nom for (nom,) in connexion.execute("SELECT datname FROM pg_database")}
    return connues >= {_modele(base) for base, _ in _BASES}


def prendre(admin: str) -> None:
    """Keep them as they are."""
    with seul(admin) as connexion:
        for base, usagers in _BASES:
            creer_base(connexion, _modele(base), usagers, base)
            connexion.execute(
                sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(sql.Identifier(_modele(base)))
            )


def remettre(admin: str) -> None:
    """Make them again as they were kept; who is still connected is cut. Done again, it comes to the same.

    Nobody installs meanwhile: what is missing for a moment would be made anew, and empty.
    """
    with seul(admin) as connexion:
        for base, usagers in _BASES:
            connexion.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(base)))
            creer_base(connexion, base, usagers, _modele(base))

"""The rows of law that the database checks the registry against, as SQL that puts them in the place of the last ones.

Roles are the policies', communes, levels, regimes and bounds the ledger's: the same rows that the program reads. The
installer runs this text as the owner, after ``registre.sql``; when a row changes so does the text, and no program
starts on a database that another law made.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, Final

import orjson

from ledger.droit import bornes, communes, niveaux, regimes
from policies import tables

_MARQUE: Final = "$droit$"


def script() -> str:
    """One statement after another: each table emptied, then filled."""
    return "".join(_remplacer(table, rangees) for table, rangees in _rangees())


def _rangees() -> Iterable[tuple[str, list[Mapping[str, Any]]]]:
    cles = ("code", "finalites", "personne_elle_meme", "confirme_mandats", "personne_physique")
    yield (
        "droit_roles",
        [
            {cle: role[cle] for cle in cles} | {"commissions": role.get("commissions", [])}
            for role in tables.lire().roles
        ],
    )
    yield (
        "droit_communes",
        [
            {"code": c.code, "arrondissement": c.arrondissement, **_jours(c.valid_from, c.valid_to)}
            for c in communes.historique()
        ],
    )
    yield (
        "droit_niveaux",
        [
            {"instance": n.instance, "niveau": n.niveau, **_jours(n.valid_from, n.valid_to)}
            for n in niveaux.historique()
        ],
    )
    yield (
        "droit_regimes",
        [
            {"instance": r.instance, "regime": r.regime, **_jours(r.valid_from, r.valid_to)}
            for r in regimes.historique()
        ],
    )
    yield (
        "droit_bornes",
        [
            {"nom": b.nom, "minimum": b.minimum, "maximum": b.maximum, **_jours(b.valid_from, b.valid_to)}
            for b in bornes.historique()
        ],
    )


def _jours(du: date, au: date | None) -> Mapping[str, date]:
    return {"valid_from": du, "valid_to": au or date.max}


def _remplacer(table: str, rangees: list[Mapping[str, Any]]) -> str:
    texte = orjson.dumps(rangees).decode()
    return (
        f"DELETE FROM {table};\n"  # noqa: S608 - our own tables and rows
        f"INSERT INTO {table} SELECT * FROM jsonb_populate_recordset(NULL::{table}, {_MARQUE}{texte}{_MARQUE});\n"
    )

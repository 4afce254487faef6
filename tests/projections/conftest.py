"""A fresh database per test for the views: it is small, and a log cannot be emptied."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from ledger.installation import installer
from projections import SCRIPTS
from tests.projections.monde import avec_role

_numeros = count(1)


@dataclass(frozen=True)
class Base:
    """Where the views of one test live, by the role that connects."""

    admin: str
    projecteur: str
    api: str


@pytest.fixture
def base(serveur: str) -> Iterator[Base]:
    nom = f"vues_{next(_numeros)}"
    noms = (nom, f"{nom}_cles")
    installer(serveur, {}, bases=noms, scripts=SCRIPTS)
    url = make_conninfo(serveur, dbname=nom)
    yield Base(avec_role(url, None), avec_role(url, "unefois_projecteur"), avec_role(url, "unefois_api"))
    with psycopg.connect(serveur, autocommit=True) as admin:
        for n in noms:
            admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(n)))

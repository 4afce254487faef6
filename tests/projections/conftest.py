"""A fresh database per test for the views: it is small, and a log cannot be emptied."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from ledger.installation import USAGERS_LEDGER, creer_base, installer
from projections import SCRIPTS
from tests.projections.monde import avec_role

_numeros = count(1)


@dataclass(frozen=True)
class Base:
    """Where the views of one test live, by the role that connects."""

    admin: str
    projecteur: str
    api: str


@pytest.fixture(scope="session")
def modele_des_vues(serveur: str) -> str:
    """Installed once, then copied."""
    installer(serveur, {}, bases=("vues_modele", "vues_modele_cles"), scripts=SCRIPTS)
    return "vues_modele"


@pytest.fixture
def base(serveur: str, modele_des_vues: str) -> Iterator[Base]:
    nom = f"vues_{os.getpid()}_{next(_numeros)}"
    with psycopg.connect(serveur, autocommit=True) as admin:
        creer_base(admin, nom, USAGERS_LEDGER, modele_des_vues)
        url = make_conninfo(serveur, dbname=nom)
        yield Base(avec_role(url, None), avec_role(url, "unefois_projecteur"), avec_role(url, "unefois_api"))
        admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(nom)))

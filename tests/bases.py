"""Fixtures of every room that needs databases: ``bases``, a fresh pair, and ``ledger``, open on them."""

import itertools
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

import psycopg
import pytest
from psycopg import sql

from adapters.service.cluster import url_pour
from adapters.service.wiring import scripts_sql
from ledger.application import Ledger
from ledger.droit.jours import debut
from ledger.index import IndexAveugle
from ledger.installation import ROLES, USAGERS_CLES, USAGERS_LEDGER, creer_base, installer
from ledger.sealing import Kek
from policies.tables import Regles, charger

RACINE: Final = Path(__file__).resolve().parent.parent
MOTS_DE_PASSE: Final = {role: f"mot-de-passe-{role}" for role in ROLES}
SCHEMA: Final = "d93"
KEK: Final = bytes(range(32))
SECRET_INDEX: Final = bytes(range(32, 64))
AUJOURD_HUI: Final = date(2026, 11, 2)
MODELE: Final = ("unefois_modele", "unefois_modele_cles")

_numeros = itertools.count()


@dataclass(frozen=True, slots=True)
class Bases:
    """One fresh ledger and its keys: a URL for the administrator, and one for each role."""

    admin_url: str
    admin_cles_url: str
    api_url: str
    projecteur_url: str
    registre_url: str
    cles_url: str


@pytest.fixture(scope="session")
def modele(serveur: str) -> str:
    """The template of the session: installed once with the tables of every room, then copied."""
    return installer_modele(serveur)


def installer_modele(serveur: str) -> str:
    """Install the template on a server: the rules of this installation are in force there since the year began."""
    installer(serveur, MOTS_DE_PASSE, SCHEMA, MODELE, scripts_sql())
    mettre_en_vigueur(psycopg.conninfo.make_conninfo(serveur, dbname=MODELE[0]), charger(), date(2026, 1, 1))
    return serveur


def mettre_en_vigueur(admin_url: str, regles: Regles, depuis: date) -> None:
    """As a service that was started with these rules on a past day left it."""
    with psycopg.connect(admin_url, options=f"-c search_path={SCHEMA}") as admin:
        garder = "INSERT INTO politiques (revision, contenu) VALUES (%s, %s) ON CONFLICT DO NOTHING"
        admin.execute(garder, [regles.revision, regles.octets])
        admin.execute(
            "INSERT INTO politiques_en_vigueur (revision, depuis) VALUES (%s, %s)", [regles.revision, debut(depuis)]
        )


@pytest.fixture
def bases(modele: str, request: pytest.FixtureRequest) -> Iterator[Bases]:
    """A fresh pair of databases, dropped afterwards. Log in with ``options=-c search_path=d93``.

    With the registry of the tests, if ``peuplees`` is asked for too.
    """
    source = request.getfixturevalue("modele_peuple") if "peuplees" in request.fixturenames else MODELE
    with bases_neuves(modele, source) as neuves:
        yield neuves


@contextmanager
def bases_neuves(modele: str, source: tuple[str, str] = MODELE) -> Iterator[Bases]:
    """A copy of the template, or of another pair that nobody is connected to, for a fixture of any scope."""
    numero = f"{os.getpid()}_{next(_numeros)}"
    noms = f"essai_{numero}", f"essai_cles_{numero}"
    with psycopg.connect(modele, autocommit=True) as admin:
        for nom, copiee, usagers in zip(noms, source, (USAGERS_LEDGER, USAGERS_CLES), strict=True):
            creer_base(admin, nom, usagers, copiee)
    yield bases_de(modele, noms)
    with psycopg.connect(modele, autocommit=True) as admin:
        for nom in noms:
            admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(nom)))


def bases_de(serveur: str, noms: tuple[str, str]) -> Bases:
    """The ways into two databases of this server."""
    return Bases(
        admin_url=psycopg.conninfo.make_conninfo(serveur, dbname=noms[0]),
        admin_cles_url=psycopg.conninfo.make_conninfo(serveur, dbname=noms[1]),
        **{
            f"{role.removeprefix('unefois_')}_url": url_pour(
                serveur, role, MOTS_DE_PASSE[role], noms[role in USAGERS_CLES]
            )
            for role in ROLES
        },
    )


@pytest.fixture
async def ledger(bases: Bases) -> AsyncIterator[Ledger]:
    """A ledger open on ``bases``, on 2 November 2026."""
    ouvert = ouvrir_ledger(bases)
    async with ouvert:
        yield ouvert


def ouvrir_ledger(bases: Bases, le: date = AUJOURD_HUI) -> Ledger:
    """Another process's ledger on the same databases, on some day."""
    return Ledger(bases.api_url, bases.cles_url, SCHEMA, Kek(KEK), IndexAveugle(SECRET_INDEX), aujourd_hui=lambda: le)

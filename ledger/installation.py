"""Roles, databases and tables: what has to be there before anything runs, made by an administrator.

Can be run again at any time, and by two at once. Passwords are set as SCRAM verifiers computed here: the server,
and its log, never see them.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import psycopg
from psycopg import Connection, sql
from psycopg.conninfo import make_conninfo

PROPRIETAIRE: Final = "unefois_proprietaire"
ROLES: Final = ("unefois_api", "unefois_projecteur", "unefois_registre", "unefois_cles")
USAGERS_LEDGER: Final = ROLES[:3]
USAGERS_CLES: Final = ROLES[3:]
_VERROU: Final = 0x756E65666F6973

ICI: Final = Path(__file__).parent


def installer(
    admin_url: str,
    mots_de_passe: Mapping[str, str],
    schema: str = "d93",
    bases: tuple[str, str] = ("unefois", "unefois_cles"),
    scripts: Sequence[str] = (),
    *,
    admin_cles_url: str | None = None,
) -> None:
    """Create what is missing of the roles, the two databases and their tables.

    ``mots_de_passe`` gives the password of each login role, by its name. ``scripts`` are SQL texts of the other
    rooms, run as owner in the ledger's database after its own tables; each is run once per content, and can be run
    again. ``admin_cles_url``: the keys' own cluster, where they have one.
    """
    base, base_cles = bases
    admin_cles_url = admin_cles_url or admin_url
    with _seul(admin_url) as admin:
        _roles(admin, mots_de_passe)
        creer_base(admin, base, USAGERS_LEDGER)
        _scripts(make_conninfo(admin_url, dbname=base), schema, USAGERS_LEDGER, [_texte("schema.sql"), *scripts])
        with psycopg.connect(make_conninfo(admin_url, dbname=base), autocommit=True) as connexion:
            _devenir_proprietaire(connexion, schema)
            connexion.execute("SELECT preparer_journal()")
    with _seul(admin_cles_url) as admin:
        if admin_cles_url != admin_url:
            _roles(admin, mots_de_passe)
        creer_base(admin, base_cles, USAGERS_CLES)
        _scripts(make_conninfo(admin_cles_url, dbname=base_cles), schema, USAGERS_CLES, [_texte("keys.sql")])


def _texte(nom: str) -> str:
    return (ICI / nom).read_text(encoding="utf-8")


@contextmanager
def _seul(admin_url: str) -> Iterator[Connection]:
    """One installer at a time: two that create the same role or function at once break each other."""
    with psycopg.connect(admin_url, autocommit=True) as admin:
        admin.execute("SELECT pg_advisory_lock(%s)", [_VERROU])
        yield admin


def _roles(admin: Connection, mots_de_passe: Mapping[str, str]) -> None:
    existants = {nom for (nom,) in admin.execute("SELECT rolname FROM pg_roles")}
    for role in (PROPRIETAIRE, *ROLES):
        if role not in existants:
            admin.execute(sql.SQL("CREATE ROLE {}").format(sql.Identifier(role)))
    admin.execute(sql.SQL("ALTER ROLE {} NOLOGIN").format(sql.Identifier(PROPRIETAIRE)))
    for role in ROLES:
        if role in mots_de_passe:
            verificateur = admin.pgconn.encrypt_password(
                mots_de_passe[role].encode(), role.encode(), b"scram-sha-256"
            ).decode()
            admin.execute(
                sql.SQL("ALTER ROLE {} LOGIN PASSWORD {}").format(sql.Identifier(role), sql.Literal(verificateur))
            )
    admin.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(sql.Identifier(PROPRIETAIRE)))


def creer_base(admin: Connection, base: str, usagers: Sequence[str], modele: str = "template1") -> None:
    """Create a database, if it is not there, that only these roles can enter. ``modele``: what it is a copy of."""
    if admin.execute("SELECT FROM pg_database WHERE datname = %s", [base]).fetchone() is None:
        admin.execute(
            sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {}").format(
                sql.Identifier(base), sql.Identifier(PROPRIETAIRE), sql.Identifier(modele)
            )
        )
    admin.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(sql.Identifier(base)))
    admin.execute(
        sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(
            sql.Identifier(base), sql.SQL(", ").join(map(sql.Identifier, usagers))
        )
    )


def _devenir_proprietaire(connexion: Connection, schema: str) -> None:
    connexion.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(PROPRIETAIRE)))
    connexion.execute(sql.SQL("SET search_path TO {}, pg_temp").format(sql.Identifier(schema)))


def _scripts(url: str, schema: str, usagers: Sequence[str], scripts: Sequence[str]) -> None:
    """Run, as owner and in one transaction, the scripts that this schema has not seen."""
    with psycopg.connect(url) as connexion:
        connexion.execute("SET client_min_messages TO warning")
        connexion.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(PROPRIETAIRE)))
        connexion.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(sql.Identifier(schema)))
        connexion.execute(
            sql.SQL("GRANT USAGE ON SCHEMA {} TO {}").format(
                sql.Identifier(schema), sql.SQL(", ").join(map(sql.Identifier, usagers))
            )
        )
        _devenir_proprietaire(connexion, schema)
        connexion.execute(
            "CREATE TABLE IF NOT EXISTS installations"
            " (script bytea PRIMARY KEY, installe_le timestamptz NOT NULL DEFAULT now())"
        )
        faits = {script for (script,) in connexion.execute("SELECT script FROM installations")}
        for script in scripts:
            empreinte = hashlib.sha256(script.encode()).digest()
            if empreinte not in faits:
                connexion.execute(script.encode())
                connexion.execute("INSERT INTO installations (script) VALUES (%s)", [empreinte])

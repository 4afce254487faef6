"""Roles, databases and tables: what has to be there before anything runs, made by an administrator.

Can be run again at any time, and by two at once. Passwords are set as SCRAM verifiers computed here: the server,
and its log, never see them.

An installed schema knows which SQL made it. Other SQL brings it up to date in one transaction: tables stay, with
their rows; functions, triggers and rights, which hold no data, are dropped and made again (docs/decisions, 4).
Every process compares before it starts (``verifier``).
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
CONNEXIONS: Final[Mapping[str, int]] = {
    "unefois_api": 56,
    "unefois_projecteur": 8,
    "unefois_registre": 8,
    "unefois_cles": 16,
}
"""Connections of each role at most, whatever the others do; together they fit in a server's usual hundred."""
USAGERS_LEDGER: Final = ROLES[:3]
USAGERS_CLES: Final = ROLES[3:]
VERSION: Final = 2
"""Of the schema. Raised when the SQL of a published version changes: an older program then refuses the database."""
_VERROU: Final = 0x756E65666F6973

ICI: Final = Path(__file__).parent


class SchemaInadapte(Exception):
    """The database was made by other SQL than this program's. The message says in French which command mends it."""


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
    rooms, run as owner in the ledger's database after its own tables, and again whenever any of them changes.
    ``admin_cles_url``: the keys' own cluster, where they have one. ``SchemaInadapte``, before anything is touched,
    when a later version made the database.
    """
    base, base_cles = bases
    apart = admin_cles_url is not None and admin_cles_url != admin_url
    admin_cles_url = admin_cles_url or admin_url
    with seul(admin_url) as admin:
        _roles(admin, USAGERS_LEDGER if apart else ROLES, mots_de_passe)
        creer_base(admin, base, USAGERS_LEDGER)
        _fermer_les_communs(make_conninfo(admin_url, dbname=base), *_VERROUS, *_GRANDS_OBJETS)
        _mettre_a_jour(make_conninfo(admin_url, dbname=base), schema, USAGERS_LEDGER, _du_ledger(scripts))
        with psycopg.connect(make_conninfo(admin_url, dbname=base), autocommit=True) as connexion:
            _devenir_proprietaire(connexion, schema)
            connexion.execute("SELECT preparer_journal()")
    with seul(admin_cles_url) as admin:
        if apart:
            _roles(admin, USAGERS_CLES, mots_de_passe)
        creer_base(admin, base_cles, USAGERS_CLES)
        _fermer_les_communs(make_conninfo(admin_cles_url, dbname=base_cles), *_GRANDS_OBJETS)
        _mettre_a_jour(make_conninfo(admin_cles_url, dbname=base_cles), schema, USAGERS_CLES, _des_cles())


def verifier(url: str, schema: str, scripts: Sequence[str]) -> None:
    """Raise ``SchemaInadapte`` unless this very program's SQL made the ledger's tables. Any role may ask."""
    _verifier(url, schema, _du_ledger(scripts))


def verifier_cles(url: str, schema: str) -> None:
    """The same, of the keys' database."""
    _verifier(url, schema, _des_cles())


def _du_ledger(scripts: Sequence[str]) -> Sequence[str]:
    return [_texte("schema.sql"), *scripts]


def _des_cles() -> Sequence[str]:
    return [_texte("keys.sql")]


def _texte(nom: str) -> str:
    return (ICI / nom).read_text(encoding="utf-8")


def _empreinte(scripts: Sequence[str]) -> bytes:
    return hashlib.sha256("\0".join(scripts).encode()).digest()


def _verifier(url: str, schema: str, scripts: Sequence[str]) -> None:
    with psycopg.connect(url, autocommit=True) as connexion:
        try:
            installe = _installe(connexion, schema)
        except (psycopg.errors.UndefinedTable, psycopg.errors.InsufficientPrivilege):
            installe = None
    if installe is None or installe != (VERSION, _empreinte(scripts)):
        _refuser_plus_recent(installe, schema)
        raise SchemaInadapte(
            f"Le schéma « {schema} » n'est pas à jour pour cette version d'unefois. Arrêtez les services, "
            "puis lancez « unefois installer »."
        )


def _installe(connexion: Connection, schema: str) -> tuple[int, bytes] | None:
    requete = sql.SQL("SELECT version, empreinte FROM {}").format(sql.Identifier(schema, "schema_installe"))
    return connexion.execute(requete).fetchone()


def _refuser_plus_recent(installe: tuple[int, bytes] | None, schema: str) -> None:
    if installe is not None and installe[0] > VERSION:
        raise SchemaInadapte(
            f"Le schéma « {schema} » a été installé par une version plus récente d'unefois ({installe[0]}, "
            f"ici {VERSION}) : rien n'y est touché. Installez cette version-là ou une suivante."
        )


@contextmanager
def seul(admin_url: str) -> Iterator[Connection]:
    """One installer at a time: two that create the same role or function at once break each other."""
    with psycopg.connect(admin_url, autocommit=True) as admin:
        admin.execute("SELECT pg_advisory_lock(%s)", [_VERROU])
        yield admin


def _roles(admin: Connection, roles: Sequence[str], mots_de_passe: Mapping[str, str]) -> None:
    existants = {nom for (nom,) in admin.execute("SELECT rolname FROM pg_roles")}
    for role in (PROPRIETAIRE, *roles):
        if role not in existants:
            admin.execute(sql.SQL("CREATE ROLE {}").format(sql.Identifier(role)))
    admin.execute(sql.SQL("ALTER ROLE {} NOLOGIN").format(sql.Identifier(PROPRIETAIRE)))
    for role in roles:
        limite = sql.SQL("ALTER ROLE {} CONNECTION LIMIT {}")
        admin.execute(limite.format(sql.Identifier(role), sql.Literal(CONNEXIONS[role])))
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
            # By files: the other way, each page of the template is written to the WAL too.
            sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {} STRATEGY FILE_COPY").format(
                sql.Identifier(base), sql.Identifier(PROPRIETAIRE), sql.Identifier(modele)
            )
        )
    admin.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(sql.Identifier(base)))
    admin.execute(
        sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(
            sql.Identifier(base), sql.SQL(", ").join(map(sql.Identifier, usagers))
        )
    )


_VERROUS: Final = (r"pg\_advisory\_%", r"pg\_try\_advisory\_%")
_GRANDS_OBJETS: Final = (r"lo\_%", "loread", "lowrite")


def _fermer_les_communs(url: str, *motifs: str) -> None:
    """Leave to the owner what PostgreSQL gives to everybody: locks by number, which stop others; large objects.

    Of a server that is not ours to rule, the administrator may not: it says so as a warning, and goes on.
    """
    with psycopg.connect(url) as connexion:
        ouvertes = connexion.execute(
            "SELECT string_agg(oid::regprocedure::text, ', ') FROM pg_proc"
            " WHERE pronamespace = 'pg_catalog'::regnamespace AND proname LIKE ANY (%s)"
            " AND has_function_privilege('public', oid, 'EXECUTE')",
            [list(motifs)],
        ).fetchone()
        if ouvertes and ouvertes[0]:
            qui = sql.Identifier(PROPRIETAIRE)
            connexion.execute(b"REVOKE EXECUTE ON FUNCTION " + ouvertes[0].encode() + b" FROM PUBLIC")
            connexion.execute(sql.SQL("GRANT EXECUTE ON FUNCTION {} TO {}").format(sql.SQL(ouvertes[0]), qui))


def _devenir_proprietaire(connexion: Connection, schema: str) -> None:
    connexion.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(PROPRIETAIRE)))
    connexion.execute(sql.SQL("SET search_path TO {}, pg_temp").format(sql.Identifier(schema)))


def _mettre_a_jour(url: str, schema: str, usagers: Sequence[str], scripts: Sequence[str]) -> None:
    """Run the scripts, as owner and in one transaction, unless they are those that made this schema."""
    noms = sql.SQL(", ").join(map(sql.Identifier, usagers))
    with psycopg.connect(url) as connexion:
        connexion.execute("SET client_min_messages TO warning")
        connexion.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(PROPRIETAIRE)))
        connexion.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(sql.Identifier(schema)))
        connexion.execute(sql.SQL("GRANT USAGE ON SCHEMA {} TO {}").format(sql.Identifier(schema), noms))
        _devenir_proprietaire(connexion, schema)
        connexion.execute(
            "CREATE TABLE IF NOT EXISTS schema_installe ("
            " seul boolean PRIMARY KEY DEFAULT true CHECK (seul), version int NOT NULL, empreinte bytea NOT NULL,"
            " installe_le timestamptz NOT NULL DEFAULT now())"
        )
        installe, voulu = _installe(connexion, schema), (VERSION, _empreinte(scripts))
        _refuser_plus_recent(installe, schema)
        if installe == voulu:
            return
        _oter_ce_qui_se_refait(connexion, schema, usagers)
        for script in scripts:
            connexion.execute(script.encode())
        connexion.execute(sql.SQL("GRANT SELECT ON schema_installe TO {}").format(noms))
        connexion.execute(
            "INSERT INTO schema_installe (version, empreinte) VALUES (%s, %s) ON CONFLICT (seul)"
            " DO UPDATE SET version = excluded.version, empreinte = excluded.empreinte, installe_le = now()",
            voulu,
        )


def _oter_ce_qui_se_refait(connexion: Connection, schema: str, usagers: Sequence[str]) -> None:
    """Drop triggers, functions and rights of the schema: they hold no data, and the scripts make them again.

    Without it a function whose parameters change would stand twice, and a right that is no longer given would stay.
    """
    dans = [schema]
    declencheurs = connexion.execute(
        "SELECT tgname, relname FROM pg_trigger t JOIN pg_class c ON c.oid = tgrelid"
        " WHERE relnamespace = %s::regnamespace AND NOT tgisinternal AND tgparentid = 0", dans
    ).fetchall()  # fmt: skip
    for declencheur, table in declencheurs:
        connexion.execute(
            sql.SQL("DROP TRIGGER {} ON {}").format(sql.Identifier(declencheur), sql.Identifier(schema, table))
        )
    fonctions = connexion.execute(
        "SELECT string_agg(oid::regprocedure::text, ', ') FROM pg_proc WHERE pronamespace = %s::regnamespace", dans
    ).fetchone()
    if fonctions and fonctions[0]:
        connexion.execute(b"DROP FUNCTION " + fonctions[0].encode())
    connexion.execute(
        sql.SQL("REVOKE ALL ON ALL TABLES IN SCHEMA {} FROM {}").format(
            sql.Identifier(schema), sql.SQL(", ").join(map(sql.Identifier, usagers))
        )
    )

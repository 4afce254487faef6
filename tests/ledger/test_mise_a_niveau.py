"""A database installed by an earlier version: brought up to date with its rows, and never opened before."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from adapters.service.wiring import scripts_sql
from ledger import installation
from ledger.installation import PROPRIETAIRE, USAGERS_CLES, USAGERS_LEDGER, SchemaInadapte, creer_base, installer
from tests.bases import MOTS_DE_PASSE, SCHEMA, Bases, bases_de, ouvrir_ledger
from tests.ledger.test_application import contribuer, lire, une_ouverture

PUBLIES: Final = Path(__file__).parent / "schemas"
VERSIONS: Final = sorted(int(dossier.name) for dossier in PUBLIES.iterdir())
NOMS: Final = "essai_ancienne", "essai_ancienne_cles"

# What an installation of version 1 holds: a row of every table that is not derived.
GARNIR: Final = """
SELECT preparer_journal();
SELECT pg_advisory_xact_lock(93, verrou());
INSERT INTO dossiers_events (originator_id, originator_version, topic, state)
SELECT '00000000-0000-4000-8000-000000000001', v, 'unefois:Essai', 'état' FROM generate_series(1, 3) AS v;
INSERT INTO contributions VALUES ('ssd93', 'c', NULL, '00000000-0000-4000-8000-000000000001', gen_random_uuid(), 3);
INSERT INTO cles_naturelles VALUES ('\\x01', gen_random_uuid());
INSERT INTO index_aveugle VALUES (1, '\\x02', gen_random_uuid(), gen_random_uuid());
INSERT INTO journal (flux, organisation, agent, role, finalite, action, groupes_montres, groupes_retenus,
                     revision_politique, issue, motif, trace)
VALUES ('securite', 'ssd93', 'a', 'R', 'F', 'lire', '{F01}', '{}', '', 'autorise', '', '');
SET unefois.agent = 'essai';
INSERT INTO partenaires VALUES ('ssd93', '12345678901234', 'Service', 'CD', '{CLIL_EXAMEN}', 'departement');
INSERT INTO clients VALUES ('client-ssd93', 'ssd93');
INSERT INTO agents VALUES ('agent', 'ssd93');
INSERT INTO habilitations
VALUES (gen_random_uuid(), 'ssd93', 'agent', '{CLIL_EXAMEN}', 'mission', '2026-01-01', '2026-12-31', 'chef');
INSERT INTO mandats VALUES ('ssd93', gen_random_uuid(), 'agent', '2026-01-01', '2026-12-31');
INSERT INTO seances VALUES (gen_random_uuid(), 'CLIL', 'commune:93066', '2026-01-01', '2026-01-15');
INSERT INTO membres VALUES ('CLIL', 'commune:93066', 'ssd93', 'deliberative', '2026-02-01');
-- What a version may have left that the next one no longer wants.
CREATE FUNCTION ecrire(int) RETURNS int LANGUAGE sql RETURN $1;
GRANT DELETE ON index_aveugle TO unefois_api;
"""
GARNIR_CLES: Final = """
INSERT INTO cles VALUES (gen_random_uuid(), 'S1', gen_random_uuid(), '\\x03');
INSERT INTO tombes VALUES (gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 'p', 'r', 'a');
GRANT DELETE ON cles TO unefois_cles;
"""
GARDES: Final = (
    (
        "dossiers_events", "contributions", "cles_naturelles", "index_aveugle", "journal",
        "partenaires", "clients", "habilitations", "mandats", "seances", "membres",
    ),
    ("cles", "tombes"),
)  # fmt: skip

# The rows of version 1's registry had no revision of their own.
RANGEES: Final = sql.SQL("SELECT jsonb_strip_nulls(to_jsonb(t) - 'revision') FROM {} AS t")
"""What rows say: of a column that a later version added, they say nothing."""

# All that the catalogue says of a schema, but for the order of columns.
CATALOGUE: Final = """
SELECT 'relation', relname::text, relkind::text, relowner::regrole::text,
       (SELECT array_agg(a::text ORDER BY a::text)
          FROM unnest(coalesce(relacl, acldefault(CASE relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", relowner)))
               AS a)::text
  FROM pg_class WHERE relnamespace = 'd93'::regnamespace AND relkind IN ('r', 'p', 'v', 'S')
UNION ALL
SELECT 'colonne', relname || '.' || attname, format_type(atttypid, atttypmod) || attnotnull || attidentity::text,
       coalesce(pg_get_expr(adbin, adrelid), ''),
       (SELECT array_agg(a::text ORDER BY a::text) FROM unnest(attacl) AS a)::text
  FROM pg_attribute JOIN pg_class c ON c.oid = attrelid LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
 WHERE relnamespace = 'd93'::regnamespace AND relkind IN ('r', 'p') AND attnum > 0 AND NOT attisdropped
UNION ALL
SELECT 'contrainte', conname::text, coalesce(conrelid::regclass::text, ''), pg_get_constraintdef(oid), ''
  FROM pg_constraint WHERE connamespace = 'd93'::regnamespace
UNION ALL
SELECT 'index', indexname::text, tablename::text, indexdef, '' FROM pg_indexes WHERE schemaname = 'd93'
UNION ALL
SELECT 'declencheur', tgname::text, relname::text, pg_get_triggerdef(t.oid), tgenabled::text
  FROM pg_trigger t JOIN pg_class c ON c.oid = tgrelid WHERE relnamespace = 'd93'::regnamespace AND NOT tgisinternal
UNION ALL
SELECT 'fonction', oid::regprocedure::text, proowner::regrole::text, pg_get_functiondef(oid),
       (SELECT array_agg(a::text ORDER BY a::text)
          FROM unnest(coalesce(proacl, acldefault('f', proowner))) AS a)::text
  FROM pg_proc WHERE pronamespace = 'd93'::regnamespace
"""


def ouvrir(url: str) -> psycopg.Connection:
    return psycopg.connect(url, autocommit=True, options=f"-c search_path={SCHEMA}")


def catalogue(url: str) -> set[tuple[Any, ...]]:
    with ouvrir(url) as connexion:
        return set(connexion.execute(CATALOGUE.encode()))


def rangees(url: str, tables: tuple[str, ...]) -> dict[str, list[Any]]:
    with ouvrir(url) as connexion:
        return {t: list(connexion.execute(RANGEES.format(sql.Identifier(t)))) for t in tables}


def anciennes(serveur: str, version: int) -> Bases:
    """Databases as an installer of that version left them, with rows."""
    lots = zip(NOMS, (USAGERS_LEDGER, USAGERS_CLES), ("ledger", "cles"), (GARNIR, GARNIR_CLES), strict=True)
    with psycopg.connect(serveur, autocommit=True) as admin:
        for nom, usagers, fichier, garnir in lots:
            creer_base(admin, nom, usagers)
            qui = sql.SQL(", ").join(map(sql.Identifier, usagers))
            with psycopg.connect(make_conninfo(serveur, dbname=nom)) as connexion:
                connexion.execute(f"SET ROLE {PROPRIETAIRE}".encode())
                connexion.execute(f"CREATE SCHEMA {SCHEMA}".encode())
                connexion.execute(sql.SQL("GRANT USAGE ON SCHEMA {} TO {}").format(sql.Identifier(SCHEMA), qui))
                connexion.execute(f"SET search_path TO {SCHEMA}, pg_temp".encode())
                connexion.execute("CREATE TABLE installations (script bytea PRIMARY KEY, installe_le timestamptz)")
                connexion.execute((PUBLIES / str(version) / f"{fichier}.sql").read_bytes())
                connexion.execute(garnir.encode())
    return bases_de(serveur, NOMS)


@pytest.fixture(params=VERSIONS)
def ancienne(modele: str, request: pytest.FixtureRequest) -> Iterator[Bases]:
    try:
        yield anciennes(modele, request.param)
    finally:
        with psycopg.connect(modele, autocommit=True) as admin:
            for nom in NOMS:
                admin.execute(f"DROP DATABASE {nom} WITH (FORCE)".encode())


def mettre_a_niveau(serveur: str, *scripts: str) -> None:
    installer(serveur, MOTS_DE_PASSE, SCHEMA, NOMS, scripts or scripts_sql())


def verifier(bases: Bases) -> None:
    for url in (bases.api_url, bases.projecteur_url, bases.registre_url):
        installation.verifier(url, SCHEMA, scripts_sql())
    installation.verifier_cles(bases.cles_url, SCHEMA)


async def test_mise_a_niveau_garde_les_rangees_et_les_droits(
    ancienne: Bases, bases: Bases, modele: str, compter: Any
) -> None:
    """Afterwards nothing tells it from a database that this version made, but the rows that it had."""
    urls = ancienne.admin_url, ancienne.admin_cles_url
    neuves = [catalogue(url) for url in (bases.admin_url, bases.admin_cles_url)]
    assert all(catalogue(url) != neuve for url, neuve in zip(urls, neuves, strict=True))
    avant = [rangees(url, tables) for url, tables in zip(urls, GARDES, strict=True)]
    assert all(lignes for base in avant for lignes in base.values())
    mettre_a_niveau(modele)
    assert [rangees(url, tables) for url, tables in zip(urls, GARDES, strict=True)] == avant
    for url, neuve in zip(urls, neuves, strict=True):
        assert catalogue(url) == neuve
    compter("objets du catalogue comparés", sum(map(len, neuves)))
    verifier(ancienne)


async def test_apres_la_mise_a_niveau_le_dossier_sert(ancienne: Bases, modele: str) -> None:
    """Positions go on from where they were, and what the database refuses it still refuses."""
    mettre_a_niveau(modele)
    dossier = uuid4()
    async with ouvrir_ledger(ancienne) as ledger:
        await contribuer(ledger, dossier, une_ouverture(uuid4()))
        lecture = await lire(ledger, dossier)
        assert [fait.position for fait in lecture.faits] == [4, 5]
    with ouvrir(ancienne.admin_url) as admin:
        partition = admin.execute("SELECT tableoid::regclass::text FROM journal LIMIT 1").fetchone()
        assert partition is not None
        for interdit in (
            "UPDATE dossiers_events SET topic = ''",
            f"TRUNCATE {partition[0]}",
            "TRUNCATE journal",
            "INSERT INTO dossiers_events (originator_id, originator_version, topic, state) SELECT NULL, 1, '', ''",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                admin.execute(interdit.encode())
    with ouvrir(ancienne.api_url) as api, pytest.raises(psycopg.errors.InsufficientPrivilege):
        api.execute("DELETE FROM index_aveugle")


def test_une_mise_a_niveau_qui_echoue_ne_change_rien(ancienne: Bases, modele: str) -> None:
    avant = catalogue(ancienne.admin_url), rangees(ancienne.admin_url, GARDES[0])
    with pytest.raises(psycopg.errors.DivisionByZero):
        mettre_a_niveau(modele, *scripts_sql(), "SELECT 1 / 0")
    assert (catalogue(ancienne.admin_url), rangees(ancienne.admin_url, GARDES[0])) == avant
    mettre_a_niveau(modele)
    verifier(ancienne)


def test_un_schema_ancien_est_refuse_a_chaque_role(ancienne: Bases) -> None:
    for url in (ancienne.api_url, ancienne.projecteur_url, ancienne.registre_url):
        with pytest.raises(SchemaInadapte, match="« unefois installer »"):
            installation.verifier(url, SCHEMA, scripts_sql())
    with pytest.raises(SchemaInadapte, match="« unefois installer »"):
        installation.verifier_cles(ancienne.cles_url, SCHEMA)


def test_un_schema_plus_recent_est_refuse_et_laisse_tel_quel(
    ancienne: Bases, modele: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next version's program installs; then this one comes back."""
    with monkeypatch.context() as suivante:
        suivante.setattr(installation, "VERSION", installation.VERSION + 1)
        mettre_a_niveau(modele, *scripts_sql(), "CREATE TABLE nouveaute (x int)")
    avant = catalogue(ancienne.admin_url)
    with pytest.raises(SchemaInadapte, match="plus récente"):
        mettre_a_niveau(modele)
    with pytest.raises(SchemaInadapte, match="plus récente"):
        installation.verifier(ancienne.api_url, SCHEMA, scripts_sql())
    with pytest.raises(SchemaInadapte, match="plus récente"):
        installation.verifier_cles(ancienne.cles_url, SCHEMA)
    assert catalogue(ancienne.admin_url) == avant


def test_le_sql_d_une_version_publiee_ne_change_pas_sous_son_numero() -> None:
    """``tests/ledger/schemas`` keeps what each published version installed: other SQL bears the next number."""
    assert list(range(1, VERSIONS[-1] + 1)) == VERSIONS
    dernier = PUBLIES / str(VERSIONS[-1])
    publie = [(dernier / f"{fichier}.sql").read_text(encoding="utf-8") for fichier in ("ledger", "cles")]
    ledger, cles = ((installation.ICI / fichier).read_text(encoding="utf-8") for fichier in ("schema.sql", "keys.sql"))
    courant = ["\n".join([ledger, *scripts_sql()]), cles]
    assert VERSIONS[-1] + (courant != publie) == installation.VERSION

"""What the database refuses to the application itself: somebody who holds its password, and no more."""

import asyncio
import contextlib
from collections.abc import Iterator
from uuid import uuid4

import psycopg
import pytest
from psycopg import errors

from ledger.application import Ledger
from ledger.errors import JournalIndisponible, LedgerIndisponible
from ledger.index import UNIQUES
from ledger.installation import CONNEXIONS, PROPRIETAIRE, ROLES
from tests.bases import SCHEMA, Bases, bases_neuves, ouvrir_ledger
from tests.ledger.test_application import contribuer, une_ligne, une_ouverture

TABLES = ("dossiers_events", "contributions", "cles_naturelles", "index_aveugle", "journal")
DES_PIECES = ("pieces", "pieces_morceaux", "pieces_en_cours")
VIDES = (*DES_PIECES, "releves", "recepisses")
VERROU = "LOCK TABLE verrou_des_ecrivains IN EXCLUSIVE MODE"
EVENEMENT = "(originator_id, originator_version, topic, state)"


def ouvrir(url: str) -> psycopg.Connection:
    return psycopg.connect(url, autocommit=True, options=f"-c search_path={SCHEMA}")


@pytest.fixture(scope="module")
def bases_garnies(modele: str) -> Iterator[Bases]:
    """One dossier of two events, that no test of this module changes: each is refused."""

    async def garnir(bases: Bases) -> None:
        async with ouvrir_ledger(bases) as ledger:
            await contribuer(ledger, uuid4(), une_ouverture(uuid4()))

    with bases_neuves(modele) as bases:
        asyncio.run(garnir(bases))
        yield bases


@pytest.fixture
def api(bases_garnies: Bases) -> Iterator[psycopg.Connection]:
    with ouvrir(bases_garnies.api_url) as connexion:
        yield connexion


@pytest.fixture
def admin(bases_garnies: Bases) -> Iterator[psycopg.Connection]:
    with ouvrir(bases_garnies.admin_url) as connexion:
        yield connexion


def colonne(connexion: psycopg.Connection, table: str) -> str:
    row = connexion.execute(
        "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND attgenerated = ''"
        " AND attidentity = '' LIMIT 1",
        [table],
    ).fetchone()
    assert row is not None
    return str(row[0])


@pytest.mark.parametrize("table", TABLES + VIDES)
@pytest.mark.parametrize("ordre", ["UPDATE {0} SET {1} = {1}", "DELETE FROM {0}", "TRUNCATE {0} CASCADE"])
def test_rien_ne_se_reecrit_avec_le_role_de_l_application(api: psycopg.Connection, table: str, ordre: str) -> None:
    with pytest.raises(errors.InsufficientPrivilege):
        api.execute(ordre.format(table, colonne(api, table)).encode())


@pytest.mark.parametrize("table", TABLES + VIDES)
@pytest.mark.parametrize("ordre", ["UPDATE {0} SET {1} = {1}", "DELETE FROM {0}", "TRUNCATE {0} CASCADE"])
@pytest.mark.parametrize("mode", ["origin", "replica"])
def test_ni_avec_l_administrateur_tant_qu_il_ne_devient_pas_proprietaire(
    admin: psycopg.Connection, table: str, ordre: str, mode: str
) -> None:
    admin.execute(f"SET session_replication_role = {mode}".encode())
    with pytest.raises(errors.InsufficientPrivilege, match="rien ne se réécrit"):
        admin.execute(ordre.format(table, colonne(admin, table)).encode())


def _texte(valeur: str | bytes) -> str:
    return valeur.decode() if isinstance(valeur, bytes) else valeur


@pytest.mark.parametrize("partition", ["journal_reste", "journal_2026_11"])
def test_une_partition_du_journal_est_gardee_comme_le_journal(admin: psycopg.Connection, partition: str) -> None:
    gardes = admin.execute(
        "SELECT tgenabled FROM pg_trigger WHERE tgrelid = %s::regclass AND tgname = 'rien_ne_se_reecrit'", [partition]
    ).fetchall()
    assert [tuple(map(_texte, garde)) for garde in gardes] == [("A",)]
    with pytest.raises(errors.InsufficientPrivilege, match="rien ne se réécrit"):
        admin.execute(f"DELETE FROM {partition}".encode())  # noqa: S608 - names of this file


@pytest.mark.parametrize(
    "ordre",
    [
        "ALTER TABLE dossiers_events DISABLE TRIGGER ALL",
        "DROP TRIGGER rien_ne_se_reecrit ON dossiers_events",
        "DROP TRIGGER verrou_tenu ON dossiers_events",
        "DROP TABLE journal",
        "ALTER TABLE journal DETACH PARTITION journal_reste",
        "CREATE TABLE ailleurs (x int)",
        "CREATE OR REPLACE FUNCTION refuser_reecriture() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
        "SET ROLE unefois_proprietaire",
        "SET session_replication_role = replica",
        "LOCK TABLE dossiers_events IN EXCLUSIVE MODE",
        "LOCK TABLE journal IN SHARE ROW EXCLUSIVE MODE",
        "SELECT * FROM dossiers_events FOR UPDATE",
        "SELECT setval(pg_get_serial_sequence('dossiers_events', 'notification_id'), 1)",
        "SELECT garder('journal')",
        "SELECT oublier(gen_random_uuid(), gen_random_uuid())",
        "INSERT INTO pieces (piece, deposee_le) VALUES (gen_random_uuid(), now() - interval '2 days')",
        "INSERT INTO pieces_en_cours (piece, depuis) VALUES (gen_random_uuid(), now() - interval '2 hours')",
        "INSERT INTO releves (source, curseur, le) VALUES ('https://exemple.fr', 'c', '2020-01-01')",
        "INSERT INTO releves (rang, source, curseur) OVERRIDING SYSTEM VALUE VALUES (0, 'https://exemple.fr', 'c')",
        "INSERT INTO recepisses (recepisse, recu_le) VALUES (gen_random_uuid(), '2020-01-01')",
        "SELECT * FROM journal_reste",
    ],
)
def test_le_role_de_l_application_ne_se_donne_rien(api: psycopg.Connection, ordre: str) -> None:
    with pytest.raises(errors.InsufficientPrivilege), api.transaction():
        api.execute(ordre.encode())


@pytest.mark.parametrize("forge", ["notification_id", "recorded_at"])
def test_ni_position_ni_date_d_enregistrement_ne_se_forgent(api: psycopg.Connection, forge: str) -> None:
    valeur = "9000000000" if forge == "notification_id" else "'2019-01-01'"
    colonnes = f"(originator_id, originator_version, topic, state, {forge})"
    insertion = (
        f"INSERT INTO dossiers_events {colonnes} OVERRIDING SYSTEM VALUE VALUES (gen_random_uuid(), 1, 'x', '', "  # noqa: S608 - names of this file
    )
    copie = f"COPY dossiers_events {colonnes} FROM STDIN"
    with api.transaction(force_rollback=True):
        api.execute(VERROU)
        with pytest.raises(errors.InsufficientPrivilege), api.transaction():
            api.execute(f"{insertion}{valeur})".encode())
        with pytest.raises(errors.InsufficientPrivilege), api.transaction(), api.cursor().copy(copie.encode()) as flux:
            flux.write_row((uuid4(), 1, "x", b"", valeur))


def test_la_date_du_journal_ne_se_forge_pas(api: psycopg.Connection) -> None:
    with pytest.raises(errors.InsufficientPrivilege):
        api.execute("INSERT INTO journal (recorded_at, flux) VALUES ('2019-01-01', 'securite')")


def test_sans_le_verrou_rien_ne_s_ecrit(api: psycopg.Connection) -> None:
    insertion = f"INSERT INTO dossiers_events {EVENEMENT} VALUES (gen_random_uuid(), 1, 'x', '')".encode()  # noqa: S608 - names of this file
    with pytest.raises(errors.InsufficientPrivilege, match="sans le verrou"):
        api.execute(insertion)
    with api.transaction():  # a weaker one does not do
        api.execute("LOCK TABLE verrou_des_ecrivains IN ROW EXCLUSIVE MODE")
        with pytest.raises(errors.InsufficientPrivilege, match="sans le verrou"):
            api.execute(insertion)
    with api.transaction(force_rollback=True):
        api.execute(VERROU)
        with api.cursor().copy(f"COPY dossiers_events {EVENEMENT} FROM STDIN".encode()) as copie:
            copie.write_row((uuid4(), 1, "x", b""))
        assert api.execute("SELECT count(*) FROM dossiers_events WHERE topic = 'x'").fetchone() == (1,)


@pytest.mark.parametrize(
    "ordre",
    ["UPDATE cles SET cle_scellee = ''", "DELETE FROM cles", "TRUNCATE cles", "DELETE FROM tombes", "TRUNCATE tombes",
     "INSERT INTO tombes SELECT FROM cles", "ALTER TABLE cles DISABLE TRIGGER ALL"],
)  # fmt: skip
def test_les_cles_ne_se_detruisent_que_par_leur_fonction(bases_garnies: Bases, ordre: str) -> None:
    with ouvrir(bases_garnies.cles_url) as connexion, pytest.raises(errors.InsufficientPrivilege):
        connexion.execute(ordre.encode())


def test_chaque_role_n_entre_que_chez_lui(bases_garnies: Bases) -> None:
    croisees = [
        (bases_garnies.cles_url, bases_garnies.admin_url),
        (bases_garnies.api_url, bases_garnies.admin_cles_url),
        (bases_garnies.projecteur_url, bases_garnies.admin_cles_url),
    ]
    for role_url, base_url in croisees:
        base = psycopg.conninfo.conninfo_to_dict(base_url)["dbname"]
        with pytest.raises(psycopg.OperationalError, match="permission denied"):
            psycopg.connect(psycopg.conninfo.make_conninfo(role_url, dbname=str(base)))
    with ouvrir(bases_garnies.projecteur_url) as projecteur:
        assert projecteur.execute("SELECT count(*) FROM dossiers_events").fetchone() == (2,)
        for table in ("journal", "contributions", "index_aveugle", "cles_naturelles"):
            with pytest.raises(errors.InsufficientPrivilege):
                projecteur.execute(f"SELECT * FROM {table}".encode())  # noqa: S608 - names of this file
    with ouvrir(bases_garnies.admin_url) as admin:
        roles = admin.execute(
            "SELECT rolname, rolcanlogin, rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication OR rolbypassrls"
            " FROM pg_roles WHERE rolname = ANY (%s)",
            [[PROPRIETAIRE, *ROLES]],
        ).fetchall()
    assert sorted(roles) == sorted([(PROPRIETAIRE, False, False), *((role, True, False) for role in ROLES)])


async def test_sans_journal_rien_n_est_communique(ledger: Ledger, bases: Bases) -> None:
    await ledger.journal.inscrire(une_ligne())
    with ouvrir(bases.admin_url) as admin:
        admin.execute("REVOKE INSERT (flux) ON journal FROM unefois_api")
        with pytest.raises(JournalIndisponible):
            await ledger.journal.inscrire(une_ligne())
        # A write has its row in its transaction: no row, no event.
        with pytest.raises(LedgerIndisponible):
            await contribuer(ledger, uuid4(), une_ouverture(uuid4()))
        assert admin.execute("SELECT count(*) FROM dossiers_events").fetchone() == (0,)
        admin.execute("GRANT INSERT (flux) ON journal TO unefois_api")
        await ledger.journal.inscrire(une_ligne())
        assert admin.execute("SELECT count(*) FROM journal").fetchone() == (2,)


async def test_des_lignes_en_meme_temps_partagent_un_commit_et_sont_toutes_la(ledger: Ledger, bases: Bases) -> None:
    await asyncio.gather(*(ledger.journal.inscrire(une_ligne(), une_ligne()) for _ in range(100)))
    with ouvrir(bases.admin_url) as admin:
        assert admin.execute("SELECT count(*), count(DISTINCT xmin::text) < 10 FROM journal").fetchone() == (200, True)


async def test_une_ligne_que_la_base_refuse_ne_fait_pas_echouer_ses_voisines(ledger: Ledger, bases: Bases) -> None:
    mauvaise = une_ligne().avec(trace="avec \x00 nul")
    lignes = [une_ligne(), mauvaise, une_ligne(), une_ligne()]
    fins = await asyncio.gather(*map(ledger.journal.inscrire, lignes), return_exceptions=True)
    assert [type(fin) for fin in fins] == [type(None), JournalIndisponible, type(None), type(None)]
    with ouvrir(bases.admin_url) as admin:
        assert admin.execute("SELECT count(*) FROM journal").fetchone() == (3,)


async def test_ce_qui_est_compte_est_garde_avant_de_partir(bases: Bases) -> None:
    async with ouvrir_ledger(bases) as ledger:
        for _ in range(200):
            ledger.journal.compter(une_ligne())
        with ouvrir(bases.admin_url) as admin:
            assert admin.execute("SELECT count(*) FROM journal").fetchone() == (0,)  # nobody waited for it
    with ouvrir(bases.admin_url) as admin:
        assert admin.execute("SELECT count(*), count(DISTINCT xmin::text) FROM journal").fetchone() == (200, 1)


def test_les_genres_uniques_sont_ceux_que_le_schema_garde(admin: psycopg.Connection) -> None:
    row = admin.execute("SELECT prosrc FROM pg_proc WHERE proname = 'ecrire'").fetchone()
    assert row is not None
    assert f"u.genre IN ({', '.join(str(int(genre)) for genre in sorted(UNIQUES))})" in row[0]


ROLES_DES_AUTRES = {
    "unefois_projecteur": (
        "LOCK TABLE verrou_des_ecrivains IN ACCESS SHARE MODE",
        "LOCK TABLE verrou_des_ecrivains IN EXCLUSIVE MODE",
        "LOCK TABLE verrou_du_registre IN EXCLUSIVE MODE",
        "LOCK TABLE dossiers_events IN SHARE MODE",
        "LOCK TABLE journal IN ACCESS SHARE MODE",
    ),
    "unefois_registre": (
        "LOCK TABLE verrou_des_ecrivains IN ACCESS SHARE MODE",
        "LOCK TABLE verrou_des_ecrivains IN EXCLUSIVE MODE",
        "LOCK TABLE dossiers_events IN ACCESS SHARE MODE",
        "SELECT tenir_les_vues(95)",
    ),
    "unefois_api": (
        "LOCK TABLE verrou_du_registre IN EXCLUSIVE MODE",
        "SELECT tenir_les_vues(95)",
        "SELECT tenir_les_vues_un_instant(96)",
    ),
    "unefois_cles": (),
}
COMMUNS = (
    "SELECT lo_create(0)",
    "SELECT lo_creat(-1)",
    "SELECT lo_from_bytea(0, 'x')",
    "SELECT lo_import('/etc/hostname')",
    "CREATE TEMPORARY TABLE la (x int)",
    "CREATE SCHEMA la",
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename <> current_user",
    "ALTER ROLE unefois_cles PASSWORD 'x'",
    "ALTER ROLE unefois_api CONNECTION LIMIT 1",
)
NUMEROTES = (
    "SELECT pg_advisory_lock(93, 1)",
    "SELECT pg_advisory_xact_lock(95)",
    "SELECT pg_try_advisory_lock(95, hashtext('d93'))",
    "SELECT pg_advisory_lock_shared(96, 1)",
    "SELECT pg_try_advisory_xact_lock_shared(97, 1)",
)


@pytest.mark.parametrize("role", ROLES_DES_AUTRES)
def test_aucun_role_ne_prend_le_verrou_d_un_autre(bases_garnies: Bases, role: str) -> None:
    ordres = (*ROLES_DES_AUTRES[role], *COMMUNS, *(NUMEROTES if role != "unefois_cles" else ()))
    with ouvrir(getattr(bases_garnies, role.removeprefix("unefois_") + "_url")) as connexion:
        for ordre in ordres:
            if role in ordre.partition(" PASSWORD")[0] and "PASSWORD" in ordre:
                continue  # its own password is a role's to change: see the reference of the deployment
            with pytest.raises(errors.InsufficientPrivilege), connexion.transaction():
                connexion.execute(ordre.encode())


def test_les_connexions_d_un_role_ne_prennent_pas_celles_des_autres(bases_garnies: Bases) -> None:
    with ouvrir(bases_garnies.admin_url) as admin:
        limites: dict[str, int] = dict(
            admin.execute("SELECT rolname, rolconnlimit FROM pg_roles WHERE rolname = ANY (%s)", [[*ROLES]])
        )
        assert limites == dict(CONNEXIONS)
        [(reservees,)] = admin.execute("SHOW superuser_reserved_connections").fetchall()
    assert sum(limites.values()) <= 100 - int(reservees)
    with contextlib.ExitStack() as pile:
        for _ in range(limites["unefois_registre"]):
            pile.enter_context(ouvrir(bases_garnies.registre_url))
        with pytest.raises(psycopg.OperationalError, match="too many connections for role"):
            ouvrir(bases_garnies.registre_url)
        pile.enter_context(ouvrir(bases_garnies.api_url))

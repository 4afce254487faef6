"""What the database refuses of the registry to whoever holds a role's password; and what two changes at once become."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta
from typing import Final
from uuid import UUID

import psycopg
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from psycopg import errors, sql
from psycopg.rows import scalar_row

from adapters.demo.departement import siret
from adapters.registre import administration
from adapters.registre.administration import administrer, consulter, inscrire_partenaire
from adapters.registre.instantane import Mandat, Partenaire
from adapters.registre.lecture import NATURES, Registre
from ledger.noms import est_siret
from tests.bases import AUJOURD_HUI, SCHEMA, Bases, bases_neuves
from tests.monde import PAR, mandater, peupler

TABLES: Final = (*NATURES, "registre_changements")


@pytest.fixture(scope="module")
def garnies(modele: str) -> Iterator[Bases]:
    """One row at least of each table, that no test of this module changes: each is refused."""
    with bases_neuves(modele) as bases:
        peupler(bases)
        semer(bases, UUID(int=1))
        mandater(bases, "etude", UUID(int=1))
        with ouvrir(bases.registre_url, PAR) as registre:
            registre.execute(UNE_TENUE.encode())
            registre.execute(UN_ADMINISTRATEUR.encode())
        yield bases


def semer(bases: Bases, *dossiers: UUID) -> None:
    """Cases, as far as the registry can see them."""
    with ouvrir(bases.api_url) as api, api.transaction():
        api.execute("LOCK TABLE verrou_des_ecrivains IN EXCLUSIVE MODE")
        api.cursor().executemany(
            "INSERT INTO dossiers_events (originator_id, originator_version, topic, state) VALUES (%s, 1, 'x', '{}')",
            [(dossier,) for dossier in dossiers],
        )


def ouvrir(url: str, agent: str = "") -> psycopg.Connection:
    options = f"-c search_path={SCHEMA}" + (f" -c unefois.agent={agent}" if agent else "")
    return psycopg.connect(url, autocommit=True, options=options)


def compte(connexion: psycopg.Connection, table: str) -> int:
    with connexion.cursor(row_factory=scalar_row) as curseur:
        [nombre] = curseur.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table)))
    return int(nombre)


@pytest.mark.parametrize("role", ["registre", "api", "admin"])
@pytest.mark.parametrize("table", TABLES)
def test_rien_ne_se_reecrit(garnies: Bases, role: str, table: str) -> None:
    with ouvrir(getattr(garnies, f"{role}_url"), PAR) as connexion:
        assert compte(connexion, table) > 0
        colonne = "par" if table == "registre_changements" else "revision"
        for geste in ("UPDATE {0} SET {1} = {1}", "DELETE FROM {0}", "TRUNCATE {0} CASCADE"):
            with pytest.raises(errors.InsufficientPrivilege):
                connexion.execute(sql.SQL(geste).format(*map(sql.Identifier, (table, colonne))))


UNE_TENUE: Final = (
    "INSERT INTO tenues (seance, tenue_le, presents, excuses, absents, quorum)"
    " VALUES ('00000000-0000-0000-0000-000000000001', '2026-10-20', '{caf}', '{}', '{}', 'sans_objet')"
)
UN_ADMINISTRATEUR: Final = (
    "INSERT INTO administrateurs (partenaire, agent, du, au, par) SELECT 'caf', 'tenancier', le, le + 30, 'x'"
    " FROM (SELECT (now() AT TIME ZONE 'Europe/Paris')::date) AS x (le)"
)
UNE_SEANCE: Final = (
    "INSERT INTO seances (id, instance, lieu, convoquee_le, seance_le)"
    " VALUES (gen_random_uuid(), 'COMEX', 'departement', '2026-11-01', '2026-12-01')"
)


@pytest.mark.parametrize(
    ("role", "ajout"),
    [
        ("registre", UNE_SEANCE.replace("(id", "(revision, id").replace("(gen", "(1, gen")),
        ("registre", "INSERT INTO seances SELECT * FROM seances"),
        ("registre", "INSERT INTO registre_changements (nature, par) VALUES ('seances', 'un autre')"),
        ("registre", "INSERT INTO registre_changements (recorded_at) VALUES ('2020-01-01')"),
        ("registre", "INSERT INTO registre_changements OVERRIDING SYSTEM VALUE VALUES (999999, 'seances', 'x', now())"),
        ("registre", "COPY seances FROM STDIN"),
        ("registre", "ALTER TABLE seances DISABLE TRIGGER ALL"),
        ("registre", "SET session_replication_role = replica"),
        ("registre", "SELECT setval(pg_get_serial_sequence('registre_changements', 'revision'), 999999)"),
        ("api", UNE_SEANCE),
        ("projecteur", "SELECT FROM registre_suite(0, 1)"),
        ("projecteur", "SELECT FROM partenaires"),
    ],
)
def test_ni_revision_ni_date_ni_auteur_ne_se_forgent(garnies: Bases, role: str, ajout: str) -> None:
    with ouvrir(getattr(garnies, f"{role}_url"), PAR) as connexion, pytest.raises(errors.InsufficientPrivilege):
        connexion.execute(ajout.encode())
    with ouvrir(garnies.admin_url) as connexion:
        assert connexion.execute("SELECT FROM seances WHERE instance = 'COMEX'").fetchall() == []


def test_un_ajout_qui_ne_nomme_personne_est_refuse(garnies: Bases) -> None:
    for url in (garnies.registre_url, garnies.admin_url):
        for qui in ("", "essai", "caf/jamais-vu"):
            with ouvrir(url, qui) as connexion, pytest.raises(errors.RaiseException, match="--par"):
                connexion.execute(UNE_SEANCE.encode())
    with pytest.raises(administration.ChangementRefuse, match="--par"), administrer(garnies.registre_url, " "):
        pass


def test_chaque_ajout_a_son_auteur_et_sa_ligne_au_journal(bases: Bases) -> None:
    peupler(bases)
    with ouvrir(bases.admin_url) as connexion:
        changements = connexion.execute("SELECT nature, par FROM registre_changements ORDER BY revision").fetchall()
        journal = connexion.execute(
            "SELECT split_part(motif, ' ', 1), organisation || '/' || agent FROM journal"
            " WHERE action = 'administrer' ORDER BY position"
        ).fetchall()
        assert sum(compte(connexion, table) for table in NATURES) == len(changements) > 40
    assert journal == changements
    assert {par for _, par in changements} == {PAR}


def test_ce_qui_est_deja_dit_n_est_pas_redit(bases: Bases) -> None:
    peupler(bases)
    deux = ["AIDE_INSTRUCTION", "CLIL_EXAMEN"]
    qui = Partenaire("neuf", siret(900), "CAF", "CAF", deux, "communes", ["93066", "93001"])
    with ouvrir(bases.admin_url) as connexion:
        avant = compte(connexion, "partenaires"), compte(connexion, "registre_changements")
        for dit, nombre in ((qui, 1), (replace(qui, finalites=frozenset(deux)), 1), (replace(qui, nom="Caf"), 2)):
            with administrer(bases.registre_url, PAR, SCHEMA) as registre:
                inscrire_partenaire(registre, dit)
            apres = compte(connexion, "partenaires"), compte(connexion, "registre_changements")
            assert apres == (avant[0] + nombre, avant[1] + nombre)


def test_des_administrateurs_a_la_fois_sont_vus_dans_l_ordre_des_revisions(
    bases: Bases, compter: Callable[[str, int], None]
) -> None:
    """A process that has read a revision has read all those before: none becomes visible after it."""
    peupler(bases)
    fini = threading.Event()
    vus: dict[int, int] = {}

    def administrer_sans_verrou(rang: int) -> None:
        # Not by ``administrer``, which waits for its turn before it reads: the database alone keeps the order.
        with psycopg.connect(bases.registre_url, options=f"-c search_path={SCHEMA} -c unefois.agent={PAR}") as c:
            for tour in range(25):
                c.execute("INSERT INTO clients (client_id, partenaire) VALUES (%s, 'caf')", [f"c{rang}"])
                time.sleep(0.002 * (rang + tour) % 0.007)
                (c.rollback if tour % 5 == 4 else c.commit)()

    def lire() -> None:
        with ouvrir(bases.api_url) as c:
            while not fini.is_set():
                releve = c.execute("SELECT max(revision), count(*) FROM registre_changements").fetchone()
                assert releve is not None
                vus[releve[0]] = releve[1]

    with ThreadPoolExecutor() as fils:
        lecture = fils.submit(lire)
        for ecriture in [fils.submit(administrer_sans_verrou, rang) for rang in range(4)]:
            ecriture.result()
        fini.set()
        lecture.result()
    assert len(vus) > 10
    with ouvrir(bases.api_url) as c:
        for tete, nombre in vus.items():
            assert c.execute("SELECT count(*) FROM registre_changements WHERE revision <= %s", [tete]).fetchone() == (
                nombre,
            )
    compter("têtes du registre lues pendant que quatre administrateurs écrivent", len(vus))


def test_le_second_administrateur_change_ce_que_le_premier_a_ecrit(bases: Bases) -> None:
    peupler(bases)
    suspension = threading.Event()

    def suspendre() -> None:
        suspension.set()
        with administrer(bases.registre_url, PAR, SCHEMA) as registre:
            administration.suspendre_partenaire(registre, "caf", AUJOURD_HUI)

    with ThreadPoolExecutor() as fils:
        with administrer(bases.registre_url, PAR, SCHEMA) as registre:
            lu = consulter(registre).partenaires["caf"]
            second = fils.submit(suspendre)
            assert suspension.wait(5)
            time.sleep(0.2)
            inscrire_partenaire(registre, replace(lu, nom="Un autre nom"))
        second.result()
    with administrer(bases.registre_url, PAR, SCHEMA) as registre:
        caf = consulter(registre).partenaires["caf"]
    assert (caf.nom, caf.suspendu_le) == ("Un autre nom", AUJOURD_HUI)


async def test_qui_suit_et_qui_arrive_lisent_le_meme_registre(bases: Bases) -> None:
    peupler(bases)
    ancien, suivi = Registre(bases.api_url, SCHEMA), Registre(bases.api_url, SCHEMA)
    try:
        avant = await suivi.courant()
        semes = [UUID(int=n) for n in range(7, 7 + 2_500)]
        semer(bases, *semes)
        with administrer(bases.registre_url, PAR, SCHEMA) as registre:
            registre.execute(  # more than a page
                "INSERT INTO mandats (partenaire, dossier, confirme_par, du, au)"
                " SELECT 'etude', dossier, 'instructrice', %s, %s FROM unnest(%s) AS dossier",
                [AUJOURD_HUI, AUJOURD_HUI, semes[1:]],
            )
            mandat = Mandat("etude", UUID(int=7), "instructrice", AUJOURD_HUI, AUJOURD_HUI)
            administration.confirmer_mandat(registre, mandat)
            administration.revoquer_mandat(registre, "etude", mandat.dossier, AUJOURD_HUI)
        apres = await suivi.courant()
        assert apres == await ancien.courant()
        assert len(apres.mandats_de("etude", AUJOURD_HUI)) == 2_499
        assert avant.mandats_de("etude", AUJOURD_HUI) == []
        assert await suivi.courant() is apres
        assert all(apres.partenaires[code] is partenaire for code, partenaire in avant.partenaires.items())
        assert apres.habilitations is avant.habilitations
    finally:
        await ancien.close()
        await suivi.close()


async def test_une_base_remise_a_un_etat_anterieur_est_relue(modele: str) -> None:
    with bases_neuves(modele) as tard, bases_neuves(modele) as tot:
        peupler(tard)
        registre = Registre(tard.api_url, SCHEMA)
        try:
            assert len((await registre.courant()).partenaires) > 5
            await registre._session.close()
            registre._session = Registre(tot.api_url, SCHEMA)._session
            assert len((await registre.courant()).partenaires) == 0
        finally:
            await registre.close()


def test_le_registre_d_un_jour_passe(bases: Bases) -> None:
    """Moved by the owner, who alone can: what was said three days ago, and since."""
    peupler(bases)
    with ouvrir(bases.admin_url) as owner:
        owner.execute("SET ROLE unefois_proprietaire")
        owner.execute("UPDATE registre_changements SET recorded_at = recorded_at - interval '3 days'")
    with administrer(bases.registre_url, PAR, SCHEMA) as registre:
        administration.revoquer(registre, "caf", "conseiller", AUJOURD_HUI)
        inscrire_partenaire(registre, Partenaire("neuf", siret(900), "Neuf", "CAF", [], "aucun"))
    aujourd_hui = datetime.now(UTC).date()
    with administrer(bases.registre_url, PAR, SCHEMA) as registre:
        jamais, hier, courant = (consulter(registre, j) for j in (date(2020, 1, 1), aujourd_hui - timedelta(2), None))
        assert consulter(registre, aujourd_hui + timedelta(1)) == courant
    assert len(jamais.partenaires) == 0
    assert ("neuf" in hier.partenaires, "neuf" in courant.partenaires) == (False, True)
    revoquees = [r.habilitations["caf", "conseiller"][0].revoquee_le for r in (hier, courant)]
    assert revoquees == [None, AUJOURD_HUI]


def test_une_chose_est_nommee_de_meme_dans_la_base_et_ici(bases: Bases) -> None:
    """Its columns are the fields of its class; what the database names it by, those that name it here."""
    with ouvrir(bases.admin_url) as c:
        for table, nature in NATURES.items():
            colonnes = c.execute(
                "SELECT array_agg(attname::text) FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0",
                [table],
            ).fetchone()
            cle = c.execute(f"SELECT {SCHEMA}.registre_cle(%s)".encode(), [table]).fetchone()
            assert colonnes is not None
            assert cle is not None
            assert set(colonnes[0]) == {f.name for f in fields(nature)} | {"revision"}
            assert tuple(cle[0]) == administration.CLES[nature]


MANDAT: Final = "mandats (partenaire, dossier, confirme_par, du, au, personne) VALUES ('etude', '{}', '{}', {}, {})"
HABILITATION: Final = (
    "habilitations (id, partenaire, agent, finalites, secret, du, au, par)"
    " VALUES (gen_random_uuid(), 'caf', 'a', '{{{}}}', '{}', '2026-01-01', '2026-12-31', 'x')"
)
SEANCE_SQL: Final = (
    "seances (id, instance, lieu, convoquee_le, seance_le) VALUES (gen_random_uuid(), {}, '2026-01-01', {})"
)
SEANCE_AVEC: Final = (
    "seances (id, instance, lieu, convoquee_le, seance_le, {}) VALUES"
    " (gen_random_uuid(), 'CCAPEX', 'departement', '2026-01-01', '2026-12-01', {})"
)
INSTANCE_SQL: Final = (
    "instances (code, genre, regime, lieux, secretariat, valid_from, valid_to, libelle, legal_ref, tag)"
    " VALUES ({}, 'X', 'essai', 'INFERRED')"
)
TENUE_SQL: Final = "tenues (seance, tenue_le, presents, excuses, absents, quorum, quorum_ref) VALUES ('{}', {})"
PARTENAIRE: Final = (
    "partenaires (code, siret, nom, role, finalites, territoire) VALUES ('x', '90000090000010', '{}',"
    " 'CAF', '{{}}', '{}')"
)
PORTEFEUILLE: Final = (
    "partenaires (code, siret, nom, role, finalites, territoire, portefeuille) VALUES ('x', '90000090000010', 'X',"
    " 'CAF', '{{}}', 'aucun', '{{{}}}')"
)
UN, ZERO, AN = UUID(int=1), UUID(int=0), "'2026-01-01', '2026-12-31'"
SQL_REFUSES: Final = (
    (MANDAT.format(UN, "clerc", AN, "NULL"), "« confirme_par »"),
    (MANDAT.format(UN, "chef de service", AN, "NULL"), "« confirme_par »"),
    (MANDAT.format(UN, "instructrice", "'2025-01-01', '2025-12-31'", "NULL"), "« confirme_par »"),
    (MANDAT.format(ZERO, "instructrice", AN, "NULL"), "« dossier »"),
    (MANDAT.format(UN, "instructrice", "'2026-01-01', 'infinity'", "NULL"), "« au »"),
    (MANDAT.format(UN, "instructrice", AN, f"'{UN}'"), "« personne »"),
    (HABILITATION.format("CFP_INSTRUCTION", "aucun"), "« finalite »"),
    (HABILITATION.format("", "aucun"), "« finalite »"),
    (HABILITATION.format("CLIL_EXAMEN", "medical"), "« secret »"),
    (SEANCE_SQL.format("'CPO', 'departement'", "'2026-12-01'"), "« instance »"),
    (SEANCE_SQL.format("'CTU', 'commune:93008'", "'2026-12-01'"), "« lieu »"),
    (SEANCE_SQL.format("'CLIL', 'instance:clil-inconnue'", "'2026-12-01'"), "« lieu »"),
    (SEANCE_SQL.format("'CLIL', 'instance:ccapex-93'", "'2026-12-01'"), "« lieu »"),
    (SEANCE_AVEC.format("heure", "'9 h'"), "« heure »"),
    (SEANCE_AVEC.format("salle", "' '"), "« salle »"),
    (SEANCE_AVEC.format("deliberatifs", "'{caf}'"), "« sieges »"),
    (SEANCE_AVEC.format("deliberatifs, consultatifs, suppleants", "'{caf}', '{caf}', '{}'"), "« sieges »"),
    (SEANCE_AVEC.format("deliberatifs, consultatifs, suppleants", "'{}', '{}', '{}'"), "« sieges »"),
    (SEANCE_AVEC.format("deliberatifs, consultatifs, suppleants", "'{personne}', '{}', '{}'"), "« partenaire »"),
    (INSTANCE_SQL.format("'x', 'CLIL', 'ARTICLE_7_2', '{commune:93008}', 'clil', '2026-01-01', NULL"), "« regime »"),
    (INSTANCE_SQL.format("'x', 'COMEX', 'ARTICLE_7_2', '{departement}', 'comex', '2026-01-01', NULL"), "« regime »"),
    (INSTANCE_SQL.format("'x', 'CCAPEX', 'SECRET', '{departement}', 'ccapex', '2026-01-01', NULL"), "« regime »"),
    (INSTANCE_SQL.format("'x', 'CLIL', 'AUCUN', '{commune:93008}', 'ccapex', '2026-01-01', NULL"), "« secretariat »"),
    (INSTANCE_SQL.format("'x', 'CLIL', 'AUCUN', '{commune:93001}', 'clil', '2026-01-01', NULL"), "« secretariat »"),
    (INSTANCE_SQL.format("'x', 'CLIL', 'AUCUN', '{commune:93008}', 'personne', '2026-01-01', NULL"), "« partenaire »"),
    (INSTANCE_SQL.format("'x', 'CLIL', 'AUCUN', '{departement}', 'clil', '2026-01-01', NULL"), "« lieu »"),
    (INSTANCE_SQL.format("'x', 'CLIL', 'AUCUN', '{}', 'clil', '2026-01-01', NULL"), "« lieu »"),
    (INSTANCE_SQL.format("'x', 'CLIL', 'AUCUN', '{instance:clil-bobigny}', 'clil', '2026-01-01', NULL"), "« lieu »"),
    (INSTANCE_SQL.format("'x', 'CLIL', 'AUCUN', '{commune:93008}', 'clil', 'infinity', NULL"), "« valid_from »"),
    (
        INSTANCE_SQL.format("'x', 'CLIL', 'AUCUN', '{commune:93008}', 'clil', '2026-01-01', '2025-01-01'"),
        "« valid_to »",
    ),
    (INSTANCE_SQL.format("'x', 'CLIL', 'AUCUN', '{commune:93008}', 'clil', '2026-01-01', 'infinity'"), "« valid_to »"),
    (INSTANCE_SQL.format("'X', 'CLIL', 'AUCUN', '{commune:93008}', 'clil', '2026-01-01', NULL"), "« code »"),
    (TENUE_SQL.format(UN, "'2026-10-20', '{caf}', '{}', '{}', 'atteint', NULL"), "« quorum »"),
    (TENUE_SQL.format(UN, "'2026-10-20', '{caf}', '{}', '{}', 'peut-etre', 'décret'"), "« quorum »"),
    (TENUE_SQL.format(UN, "'2026-10-20', '{caf}', '{caf}', '{}', 'sans_objet', NULL"), "« presents »"),
    (TENUE_SQL.format(UN, "'2026-10-20', '{caf, ssd}', '{}', '{}', 'sans_objet', NULL"), "« presents »"),
    (TENUE_SQL.format(UN, "'2026-10-20', '{}', '{}', '{}', 'sans_objet', NULL"), "« presents »"),
    (TENUE_SQL.format(UN, "'2026-10-21', '{caf}', '{}', '{}', 'sans_objet', NULL"), "« tenue_le »"),
    (TENUE_SQL.format(ZERO, "'2026-10-20', '{caf}', '{}', '{}', 'sans_objet', NULL"), "« seance »"),
    (SEANCE_SQL.format("'CCAPEX', 'departement'", "'infinity'"), "« seance_le »"),
    ("membres (instance, lieu, partenaire, voix) VALUES ('CCAPEX', 'departement', 'caf', 'forte')", "« voix »"),
    ("clients (client_id, partenaire) VALUES (' ', 'caf')", "« client »"),
    ("clients (client_id, partenaire, retire_le) VALUES ('c', 'caf', 'infinity')", "« retire_le »"),
    ("clients (client_id, partenaire) VALUES ('c', 'personne')", "« partenaire »"),
    (PARTENAIRE.format(" ", "aucun"), "« nom »"),
    (PARTENAIRE.format("X", "partout"), "« territoire »"),
    (HABILITATION.format("{CLIL_EXAMEN}", "aucun"), "« finalites »"),
    (HABILITATION.format("NULL", "aucun"), "« finalites »"),
    (PORTEFEUILLE.format("NULL"), "« portefeuille »"),
    (PORTEFEUILLE.format("93667127000268"), "« portefeuille »"),
)
"""Plain SQL under the registry's role, and the field that is refused."""


@pytest.mark.parametrize(("ajout", "champ"), SQL_REFUSES)
def test_ce_que_dit_une_rangee_est_verifie_la_ou_elle_est_gardee(garnies: Bases, ajout: str, champ: str) -> None:
    with ouvrir(garnies.registre_url, PAR) as registre, pytest.raises(errors.RaiseException) as refus:
        registre.execute(f"INSERT INTO {ajout}".encode())
    assert champ in str(refus.value.diag.message_primary)


@given(st.lists(st.text("0123456789", min_size=14, max_size=14) | st.integers(0, 10**5).map(siret), max_size=200))
@example(["35600000000048", "35600000049837", "0" * 14, "", "9366712700026", "936671270002670", "9366712700026A"])
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_un_siret_a_la_meme_cle_dans_la_base_et_ici(garnies: Bases, textes: list[str]) -> None:
    with ouvrir(garnies.admin_url) as admin:
        justes = admin.execute(
            "SELECT x FROM unnest(%s::text[]) WITH ORDINALITY AS u (x, rang) WHERE registre_siret(x) ORDER BY rang",
            [textes],
        )
        assert [x for (x,) in justes] == [x for x in textes if est_siret(x)]


def test_une_habilitation_elargie_puis_remise_en_sql_laisse_deux_lignes(bases: Bases) -> None:
    """Who granted it last is who is named: what is typed in its place is not kept."""
    peupler(bases)
    with ouvrir(bases.registre_url, PAR) as registre:
        for finalites in ("{CLIL_EXAMEN,APL_DECISION}", "{CLIL_EXAMEN}"):
            registre.execute(
                "INSERT INTO habilitations (id, partenaire, agent, finalites, secret, du, au, par)"
                " SELECT DISTINCT id, partenaire, agent, %s::text[], secret, du, au, 'une autre' FROM habilitations"
                " WHERE agent = 'conseiller'",
                [finalites],
            )
    with ouvrir(bases.admin_url) as admin:
        remise, elargie = admin.execute(
            "SELECT avant -> 'finalites', apres -> 'finalites', avant ->> 'agent', apres ? 'par', agent FROM journal"
            " WHERE motif = 'habilitations update' ORDER BY position DESC LIMIT 2"
        ).fetchall()
    assert remise == (elargie[1], ["CLIL_EXAMEN"], "conseiller", False, "administratrice")
    assert elargie[1] == ["CLIL_EXAMEN", "APL_DECISION"]

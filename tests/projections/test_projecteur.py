"""The projector, on a real log: exactly once whatever happens to it, and nothing that its role does not need."""

import asyncio
import random
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import psycopg
import pytest
from psycopg import AsyncConnection, sql

from ledger import catalogue as ev
from ledger.mapper import lire_fait
from projections import VUES
from projections.projecteur import Attente, Plis, avancer, etat, servir
from projections.projetes import SUPPRIMER
from projections.reconstruction import empreintes_de, reconstruire
from tests.projections.conftest import Base
from tests.projections.monde import Menage, ecrire, entrelacer, exemple, histoire, lire_vue, vue_de

RACINE = Path(__file__).resolve().parents[2]
SERVIR = "import asyncio, sys; from projections.projecteur import servir; asyncio.run(servir(sys.argv[1]))"


@asynccontextmanager
async def connecte(url: str) -> AsyncIterator[AsyncConnection[Any]]:
    async with await AsyncConnection.connect(url, autocommit=True) as connexion:
        yield connexion


async def tout_projeter(url: str, lot: int = 500) -> None:
    async with connecte(url) as connexion:
        plis = Plis()
        while await avancer(connexion, lot=lot, plis=plis):
            pass


async def servies(url: str) -> dict[str, str]:
    async with connecte(url) as connexion:
        return await empreintes_de(connexion, (await etat(connexion)).active)


def lignes(url: str, table: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(url) as connexion:
        return connexion.execute(sql.SQL("SELECT * FROM {}").format(sql.Identifier(table))).fetchall()


async def test_la_taille_des_lots_ne_change_rien(base: Base) -> None:
    journal = list(entrelacer([histoire(graine) for graine in range(30)], 7))
    ecrire(base.admin, journal)
    await tout_projeter(base.projecteur, lot=500)
    en_bloc = await servies(base.projecteur)
    with psycopg.connect(base.admin) as admin:
        for v in VUES:
            admin.execute(f"TRUNCATE vue_{v.nom}_dossiers, vue_{v.nom}_faits")
        admin.execute("UPDATE positions SET position = 0 WHERE active")
    await tout_projeter(base.projecteur, lot=3)
    assert await servies(base.projecteur) == en_bloc


PIEGES = ("", "NULL", "\\N", "a,b", "{a}", 'dit "a"', "a\\b", "fin\\", "a\tb\r\n", "é’\u202f🏠", " a ", "\\.")


async def test_une_rangee_se_relit_comme_elle_fut_ecrite_quels_que_soient_ses_caracteres(base: Base) -> None:
    hasard = random.Random(7)  # noqa: S311 - reproducible
    menages = {piege: Menage(UUID(int=rang), hasard) for rang, piege in enumerate(PIEGES)}
    for piege, menage in menages.items():
        menage_vide = [menage.ouvrir(bailleur_siret=None)]
        suite = [
            menage.dire(exemple(ev.AccompagnementOuvert), agent=piege, partenaire=piege or "ssd93"),
            menage.dire(exemple(ev.InstanceInscrite, instance="CCAPEX")),
            menage.dire(exemple(ev.RapprochementSuggere)),
            menage.occuper(),
        ]
        ecrire(base.admin, menage_vide + (suite if piege else []))
    efface = menages[PIEGES[-1]]
    ecrire(base.admin, [efface.effacer(efface.personnes[0], menage_aussi=True)])
    await tout_projeter(base.projecteur)

    async with await AsyncConnection.connect(base.projecteur) as connexion, connexion.cursor(binary=True) as curseur:
        await curseur.execute(
            "SELECT originator_id, originator_version, topic, state, notification_id, recorded_at"
            " FROM dossiers_events ORDER BY originator_id, originator_version"
        )
        journal = await curseur.fetchall()
    for v in VUES:
        async with connecte(base.api) as connexion:
            lues = await lire_vue(connexion, v, [menage.dossier for menage in menages.values()])
        assert len(lues) == len(PIEGES)
        for identite, lue in lues.items():
            du_journal = vue_de(v, [lire_fait(*evt) for evt in journal if evt[0] == identite])
            assert lue.ligne == du_journal.ligne


AGRANDIR = sql.SQL(
    "INSERT INTO {0} SELECT (jsonb_populate_record(une, jsonb_build_object('dossier', gen_random_uuid(), 'position',"
    " 1000000 + n))).* FROM (SELECT une FROM {0} AS une LIMIT 1) AS une (une), generate_series(1, 5000) AS n"
)


async def test_un_lot_ne_relit_pas_toute_la_vue(base: Base) -> None:
    """What a batch costs is its own size: a view without statistics would be read whole to find a few cases."""
    ecrire(base.admin, list(histoire(1)))
    await tout_projeter(base.projecteur)
    with psycopg.connect(base.admin) as admin:
        for v in VUES:
            table_a = sql.Identifier(f"vue_{v.nom}_dossiers_a")
            admin.execute(AGRANDIR.format(table_a))
            dossiers = [d for (d,) in admin.execute(sql.SQL("SELECT dossier FROM {}").format(table_a)).fetchall()]
            assert len(dossiers) == 5001
            lu = admin.execute(sql.SQL("EXPLAIN ") + SUPPRIMER.format(table_a), [dossiers[::20], "a"]).fetchall()
            plan = "\n".join(ligne for (ligne,) in lu)
            assert "Index Cond: ((generation = 'a'::text) AND (dossier = u.dossier))" in plan, plan
            assert "Seq Scan" not in plan, plan


async def test_ce_qu_un_fait_laisse_en_l_etat_n_est_pas_reecrit(base: Base) -> None:
    m = Menage(UUID(int=1), random.Random(1))  # noqa: S311 - reproducible
    plis = Plis()

    def places() -> list[list[tuple[Any, ...]]]:
        with psycopg.connect(base.admin) as admin:
            return [
                admin.execute(sql.SQL("SELECT ctid FROM {}").format(sql.Identifier(f"vue_{v.nom}_dossiers"))).fetchall()
                for v in VUES
            ]

    async with connecte(base.projecteur) as connexion:
        ecrire(base.admin, [m.ouvrir(), m.dire(exemple(ev.DetteDeclaree))])
        assert await avancer(connexion, plis=plis) == 2
        avant = places()
        ecrire(base.admin, [m.dire(exemple(ev.DetteDeclaree))])
        assert await avancer(connexion, plis=plis) == 1
        assert places() == avant
        ecrire(base.admin, [m.dire(exemple(ev.AssignationSignifiee))])
        assert await avancer(connexion, plis=plis) == 1
    assert all(apres != lue for apres, lue, v in zip(places(), avant, VUES, strict=True) if v.nom != "comex")
    for v in VUES:
        assert len(lignes(base.api, f"vue_{v.nom}_faits")) == {"clil": 3, "ccapex": 4, "comex": 3}[v.nom]


async def test_les_cas_gardes_tiennent_dans_leurs_octets(base: Base) -> None:
    ecrire(base.admin, list(entrelacer([histoire(graine) for graine in range(20)], 1)))
    attendues: dict[str, str] = {}
    for octets in (0, 20_000, 10**9):
        with psycopg.connect(base.admin) as admin:
            admin.execute("UPDATE positions SET position = 0")
            admin.execute("TRUNCATE " + ", ".join(f"vue_{v.nom}_{g}_a" for v in VUES for g in ("dossiers", "faits")))
        plis = Plis(octets)
        async with connecte(base.projecteur) as connexion:
            while await avancer(connexion, lot=7, plis=plis):
                assert plis.octets <= octets
        lues = await servies(base.projecteur)
        attendues = attendues or lues
        assert lues == attendues


async def test_rien_de_nouveau_ne_change_rien(base: Base) -> None:
    ecrire(base.admin, list(histoire(1)))
    await tout_projeter(base.projecteur)
    avant = await servies(base.projecteur)
    await tout_projeter(base.projecteur)
    assert await servies(base.projecteur) == avant


async def test_tue_au_milieu_il_reprend_et_rien_ne_manque_ni_ne_se_repete(base: Base) -> None:
    journal = list(entrelacer([histoire(graine, 40) for graine in range(120)], 3))
    tete = ecrire(base.admin, journal)
    hasard = random.Random(5)  # noqa: S311 - reproducible
    async with Attente(base.api) as attente:
        for _ in range(6):
            processus = await asyncio.create_subprocess_exec(sys.executable, "-c", SERVIR, base.projecteur, cwd=RACINE)
            assert await attente.attendre(attente._position + 1, 20)
            await attente.attendre(tete, hasard.random() / 10)
            processus.send_signal(signal.SIGKILL)
            await processus.wait()
            tete = ecrire(base.admin, list(histoire(1000 + hasard.randrange(10**6))))
        processus = await asyncio.create_subprocess_exec(sys.executable, "-c", SERVIR, base.projecteur, cwd=RACINE)
        try:
            assert await attente.attendre(tete, 60)
        finally:
            processus.terminate()
            await processus.wait()
    bilan = await reconstruire(base.projecteur)
    assert bilan.bascule
    assert bilan.ecarts == ()
    assert bilan.evenements > len(journal)


@pytest.mark.parametrize("dit", ["x", "99999999999", "-1", "", "9" * 7000])
async def test_une_notification_forgee_n_avance_rien_et_n_arrete_personne(base: Base, dit: str) -> None:
    async with Attente(base.api) as attente:
        tete = ecrire(base.admin, list(histoire(1)))
        async with connecte(base.projecteur) as forge:
            await forge.execute("SELECT pg_notify(current_schema() || '_vues', %s)", [dit])
        assert not await attente.attendre(tete, 0.3)
        await tout_projeter(base.projecteur)
        assert await attente.attendre(tete, 20)
        assert not await attente.attendre(tete + 1, 0)


async def test_un_second_projecteur_attend_le_premier_et_prend_sa_suite(base: Base) -> None:
    premier = asyncio.create_task(servir(base.projecteur))
    async with Attente(base.api) as attente:
        assert await attente.attendre(ecrire(base.admin, list(histoire(1))), 20)
        second = asyncio.create_task(servir(base.projecteur))
        assert await attente.attendre(ecrire(base.admin, list(histoire(2))), 20)
        with psycopg.connect(base.admin, autocommit=True) as admin:
            [verrous] = admin.execute(
                "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = 95 AND granted"
            ).fetchone() or [0]
            assert verrous == 1
        premier.cancel()
        assert await attente.attendre(ecrire(base.admin, list(histoire(3))), 20)
        second.cancel()
        await asyncio.wait([premier, second])


async def test_une_connexion_coupee_se_reprend_seule(base: Base) -> None:
    tache = asyncio.create_task(servir(base.projecteur))
    async with Attente(base.api) as attente:
        assert await attente.attendre(ecrire(base.admin, list(histoire(1))), 20)
        with psycopg.connect(base.admin, autocommit=True) as admin:
            coupees = admin.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE application_name IN ('unefois projeter', 'unefois attente') AND datname = current_database()"
            ).fetchall()
        assert len(coupees) == 2
        assert await attente.attendre(ecrire(base.admin, list(histoire(2))), 20)
        tache.cancel()
        await asyncio.wait([tache])


async def test_attendre_dit_non_quand_le_temps_est_passe(base: Base) -> None:
    async with Attente(base.api) as attente:
        assert not await attente.attendre(1, 0.01)


async def test_les_octets_d_un_efface_ne_sont_plus_dans_aucune_vue(base: Base) -> None:
    m = Menage(exemple(ev.OccupantDeclare).personne, random.Random(11))  # type: ignore[attr-defined]  # noqa: S311
    avant = [m.ouvrir(), m.occuper(), m.occuper(), m.dire(exemple(ev.DetteDeclaree))]
    efface, reste = m.personnes
    avant += [
        m.dire(exemple(ev.CoordonneesDeclarees, personne=efface)),
        m.dire(exemple(ev.EvaluationSociale, personnes=(efface, reste))),
        m.dire(exemple(ev.EvaluationSociale, personnes=(reste,))),
    ]
    ecrire(base.admin, avant)
    await tout_projeter(base.projecteur)
    siens, autres = _blobs(avant, str(efface)), _blobs(avant, str(reste), sauf=str(efface))
    assert len(siens) >= 4
    assert any(octets in _tout(base) for octets in siens)
    ecrire(base.admin, [m.effacer(efface, menage_aussi=False)])
    await tout_projeter(base.projecteur)
    tout = _tout(base)
    assert not [octets for octets in siens if octets in tout]
    assert all(octets in tout for octets in autres)
    for v in VUES:
        [ligne] = lignes(base.api, f"vue_{v.nom}_dossiers")
        assert {str(efface): m.faits[-1].enveloppe.survenu_le.isoformat()} in ligne


def _blobs(stockes: list[Any], sujet: str, sauf: str = "personne") -> list[bytes]:
    return [
        octets.encode()
        for s in stockes
        for qui, _, octets in orjson.loads(s.state)["scelle"]
        if sujet in qui and sauf not in qui
    ]


def _tout(base: Base) -> bytes:
    return b"".join(bytes(ligne[6]) for v in VUES for ligne in lignes(base.api, f"vue_{v.nom}_faits"))


async def test_chaque_vue_n_a_dans_ses_tables_que_ce_qu_elle_garde(base: Base) -> None:
    ecrire(base.admin, list(entrelacer([histoire(graine) for graine in range(60)], 1)))
    await tout_projeter(base.projecteur)
    for v in VUES:
        rangees = lignes(base.api, f"vue_{v.nom}_faits")
        assert len(rangees) > 100
        for rangee in rangees:
            classes = {classe for _, classe, _ in orjson.loads(rangee[6])["scelle"]}
            assert classes <= {c.value for c in v.garde[rangee[5]]}


@pytest.mark.parametrize(
    "ordre",
    [
        "SELECT * FROM journal",
        "SELECT * FROM index_aveugle",
        "SELECT * FROM contributions",
        "INSERT INTO dossiers_events (originator_id) VALUES (gen_random_uuid())",
        "DELETE FROM dossiers_events",
        "UPDATE vue_clil_dossiers SET stade = 'DEPART'",
        "CREATE TABLE intruse (x int)",
        "DROP TABLE vue_clil_faits_a",
        "ALTER TABLE vue_clil_faits_a RENAME TO ailleurs",
        "INSERT INTO positions VALUES ('c', false, 0)",
        "SELECT oublier(gen_random_uuid(), gen_random_uuid())",
    ],
)
def test_le_projecteur_ne_peut_rien_d_autre(base: Base, ordre: str) -> None:
    with psycopg.connect(base.projecteur) as connexion, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connexion.execute(ordre)


@pytest.mark.parametrize("verbe", ["INSERT INTO {} SELECT * FROM {}", "DELETE FROM {}", "TRUNCATE {}"])
def test_l_api_ne_fait_que_lire_les_vues(base: Base, verbe: str) -> None:
    for v in VUES:
        for genre in ("dossiers", "faits"):
            nom = f"vue_{v.nom}_{genre}"
            with psycopg.connect(base.api) as connexion, pytest.raises(psycopg.errors.InsufficientPrivilege):
                connexion.execute(verbe.format(nom, nom))
    with psycopg.connect(base.api) as connexion, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connexion.execute("UPDATE positions SET position = 10")


def test_le_projecteur_n_entre_pas_dans_la_base_des_cles_et_n_ecrit_pas_le_journal(
    base: Base, modele_des_vues: str
) -> None:
    with psycopg.connect(base.admin) as admin:
        [droit] = admin.execute(
            "SELECT has_database_privilege('unefois_projecteur', %s, 'CONNECT')", [f"{modele_des_vues}_cles"]
        ).fetchone() or [None]
        [ecrit] = admin.execute(
            "SELECT has_function_privilege('unefois_projecteur', oid, 'EXECUTE') FROM pg_proc WHERE proname = 'ecrire'"
        ).fetchone() or [None]
    assert (droit, ecrit) == (False, False)

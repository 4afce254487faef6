"""A view filled by SQL, as large as one likes: what is looked at is what a page costs, not what it says."""

import time
from typing import Any, Final
from uuid import UUID

import psycopg
from psycopg import sql

from ledger.catalogue import Stade
from ledger.droit.communes import historique
from projections.table import Colonne
from projections.vue import Vue

COMMUNES: Final = [c.code for c in historique()]
ARRONDISSEMENTS: Final = [c.arrondissement for c in historique()]
STADES: Final = [s.value for s in Stade]
SEANCE: Final = UUID(int=7)

# One case in so many has each of these; `n` is its number, and the older a case, the older its dates.
_VALEURS: Final = {
    "dossier": "md5(n::text)::uuid",
    "position": "n",
    "ouvert_le": "date '2020-01-01' + (n * 1800 / %(combien)s)::int",
    "parc": "CASE WHEN n %% 50 = 0 THEN 'FOYER' WHEN n %% 3 = 0 THEN 'PRIVE' ELSE 'SOCIAL' END",
    "commune": "(%(communes)s::text[])[1 + n %% cardinality(%(communes)s::text[])]",
    "commune_soumise": "CASE WHEN n %% 7 = 0 THEN"
    " (%(communes)s::text[])[1 + n %% cardinality(%(communes)s::text[])] END",
    "soumis_le": "CASE WHEN n %% 7 = 0 THEN date '2020-01-01' + (n * 1800 / %(combien)s)::int END",
    "arrondissement": "(%(arrondissements)s::text[])[1 + n %% cardinality(%(communes)s::text[])]",
    "bailleur_siret": "'SIRET' || n %% 40",
    "stade": "(%(stades)s::text[])[1 + least(n %% 16, 10)]",
    "dernier_acte_le": "date '2020-02-01' + (n * 1800 / %(combien)s)::int + (n %% 200)::int",
    "prochaine_audience": "date '2020-03-01' + (n * 1800 / %(combien)s)::int + (n %% 300)::int",
    "concours_requis_le": "date '2021-03-01' + (n * 1800 / %(combien)s)::int + (n %% 300)::int",
    "information_menage": "date '2020-01-01'",
    "seances": "CASE WHEN n %% (%(combien)s / 40) = 0 THEN ARRAY[%(seance)s]::uuid[] ELSE '{}' END",
    "sorties": "CASE WHEN n %% (%(combien)s / 40) = 1 THEN ARRAY[%(seance)s]::uuid[] ELSE '{}' END",
    "suites_le": "CASE WHEN n %% (%(combien)s / 40) = 2 THEN ARRAY[date '2026-12-01' + (n %% 90)::int] ELSE '{}' END",
    "propose_le": "CASE WHEN n %% 21 = 0 THEN date '2020-01-01' + (n * 1800 / %(combien)s)::int END",
    "auteurs": "ARRAY['p' || n %% 30, 'rare' || n %% (%(combien)s / 40)]",
    "declarants": "ARRAY['d' || n %% 30]",
    "intervenants": "CASE WHEN n %% (%(combien)s / 40) = 0 THEN ARRAY['udaf93/u7'] ELSE '{}' END",
}
_DEFAUTS: Final = {"boolean": "false", "jsonb": "'[]'", "uuid[]": "'{}'", "text[]": "'{}'", "date[]": "'{}'"}


def remplir(url: str, vue: Vue[Any], combien: int) -> None:
    """Put so many cases in a view, all of them for its commission, and the statistics that go with them."""

    def valeur(c: Colonne) -> sql.SQL:
        return sql.SQL(_VALEURS.get(c.nom) or _DEFAUTS.get(c.sql.removesuffix(" NOT NULL"), "NULL"))

    colonnes = vue.table.colonnes.values()
    table = sql.Identifier(f"vue_{vue.nom}_dossiers_a")
    requete = sql.SQL("INSERT INTO {} ({}) SELECT {} FROM generate_series(1, %(combien)s::bigint) AS n").format(
        table,
        sql.SQL(", ").join(sql.Identifier(c.nom) for c in colonnes),
        sql.SQL(", ").join(valeur(c) for c in colonnes),
    )
    with psycopg.connect(url, autocommit=True) as admin:
        admin.execute(
            requete,
            {
                "combien": combien,
                "communes": COMMUNES,
                "arrondissements": ARRONDISSEMENTS,
                "stades": STADES,
                "seance": SEANCE,
            },
            prepare=False,
        )
        ranger(admin, f"vue_{vue.nom}_dossiers_a")


def ranger(admin: psycopg.Connection[Any], *tables: str) -> None:
    """Vacuum and analyse, until every page is known to be seen by all.

    Where PostgreSQL's own vacuum is at work on another table at that moment, pages are left for which an index alone
    does not answer: plans would read each of them.
    """
    for table in tables:
        for _ in range(100):
            admin.execute(sql.SQL("VACUUM ANALYZE {}").format(sql.Identifier(table)))
            [vues] = admin.execute("SELECT relallvisible >= relpages FROM pg_class WHERE oid = %s::regclass", [table])
            if vues[0]:
                break
            time.sleep(0.1)
        else:
            raise AssertionError(f"une transaction retient {table}")


def remplir_le_journal(url: str, combien: int) -> None:
    """Put so many rows in the journal, over all the months that have a partition."""
    with psycopg.connect(url, autocommit=True) as admin:
        admin.execute("SELECT preparer_journal(24)")
        admin.execute(
            "INSERT INTO journal (recorded_at, flux, organisation, agent, role, finalite, action, dossier,"
            " groupes_montres, groupes_retenus, revision_politique, issue, motif, trace)"
            " SELECT date_trunc('month', now()) + n * interval '24 months' / %(combien)s, 'securite', 'o' || n %% 40,"
            " 'a' || n %% 400, 'r', 'F', 'lire', md5((n %% (%(combien)s / 20))::text)::uuid, '{F01,F04}', '{}', '',"
            " 'autorise', '', '' FROM generate_series(1, %(combien)s) AS n",
            {"combien": combien},
        )
        admin.execute("VACUUM ANALYZE journal")

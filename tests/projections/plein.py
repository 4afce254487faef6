"""A view filled by SQL, as large as one likes: what is looked at is what a page costs, not what it says."""

from datetime import date
from typing import Any, Final
from uuid import UUID

import psycopg
from psycopg import sql

from ledger.catalogue.stade import Stade
from ledger.droit.communes import historique
from projections.table import Colonne
from projections.vue import Vue

COMMUNES: Final = [c.code for c in historique()]
STADES: Final = [s.value for s in Stade]
SEANCE: Final = UUID(int=7)

# One case in so many has each of these; `n` is its number, and the older a case, the older its dates.
_VALEURS: Final = {
    "dossier": "md5(n::text)::uuid",
    "position": "n",
    "ouvert_le": "date '2020-01-01' + (n * 1800 / %(combien)s)::int",
    "parc": "CASE WHEN n %% 50 = 0 THEN 'FOYER' WHEN n %% 3 = 0 THEN 'PRIVE' ELSE 'SOCIAL' END",
    "commune": "(%(communes)s::text[])[1 + n %% cardinality(%(communes)s::text[])]",
    "arrondissement": "'9300' || 1 + n %% 3",
    "bailleur_siret": "'SIRET' || n %% 40",
    "stade": "(%(stades)s::text[])[1 + least(n %% 16, 10)]",
    "dernier_acte_le": "date '2020-02-01' + (n * 1800 / %(combien)s)::int + (n %% 200)::int",
    "prochaine_audience": "date '2020-03-01' + (n * 1800 / %(combien)s)::int + (n %% 300)::int",
    "concours_requis_le": "date '2021-03-01' + (n * 1800 / %(combien)s)::int + (n %% 300)::int",
    "information_menage": "date '2020-01-01'",
    "seances": "CASE WHEN n %% (%(combien)s / 40) = 0 THEN ARRAY[%(seance)s]::uuid[] ELSE '{}' END",
    "auteurs": "ARRAY['p' || n %% 30, 'rare' || n %% (%(combien)s / 40)]",
    "declarants": "ARRAY['d' || n %% 30]",
    "intervenants": "CASE WHEN n %% (%(combien)s / 40) = 0 THEN ARRAY['udaf93/u7'] ELSE '{}' END",
}
_DEFAUTS: Final = {"boolean": "false", "jsonb": "'[]'", "uuid[]": "'{}'", "text[]": "'{}'"}


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
            requete, {"combien": combien, "communes": COMMUNES, "stades": STADES, "seance": SEANCE}, prepare=False
        )
        admin.execute(sql.SQL("VACUUM ANALYZE {}").format(table))


AU_MILIEU: Final = (date(2022, 6, 10), date(2022, 7, 20))

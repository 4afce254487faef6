"""A worklist day by day: what falls on each, the first days first, inside what its reader can reach.

A page reads one index in the order of days and cases, and stops where it is full. Of a column that holds several days,
each day is looked for in the inverted index, and no later one than the page has.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, Final, Generic, Literal, NamedTuple
from uuid import UUID

from psycopg import AsyncConnection, sql
from psycopg.rows import dict_row

from projections.liste import SERVIE, Filtre, Portee, Sienne, a_sa_portee
from projections.vue import L, Vue

ColonneDeJours = Literal["prochaine_audience", "suites_le"]


class PlaceDeJour(NamedTuple):
    """A day of a case: after which a page begins. They stand in the order of days, then of the ids of cases."""

    jour: date
    dossier: UUID


class PageDeJours(NamedTuple, Generic[L]):
    """So many places, the rows of their cases for one reader, and the place to go on after, None at the end."""

    places: Sequence[PlaceDeJour]
    rangees: Sequence[Sienne[L]]
    suivante: PlaceDeJour | None


def du_jour(vue: Vue[Any], colonne: ColonneDeJours, jour: date) -> Filtre:
    """The filter under which a worklist has what falls on that day."""
    if vue.table.colonnes[colonne].tableau:
        return Filtre(par_date="ouvert_le", suites=(jour,))
    return Filtre(par_date="prochaine_audience", du=jour, au=jour)


_SERVIE: Final = sql.SQL(SERVIE)
_A_SA_PORTEE: Final = sql.SQL("{servie} AND {competence} AND ({scope})")
_SIENS: Final = sql.SQL(
    "{servie} AND {competence} AND lecteur = %(p_auteur)s AND (part OR EXISTS (SELECT FROM {table} AS d"
    " WHERE d.generation = t.generation AND d.dossier = t.dossier AND ({scope})))"
)
_UN_JOUR: Final = sql.SQL(
    "SELECT {colonne} AS jour, {colonnes} FROM {lue} AS t WHERE {condition} AND {colonne} IS NOT NULL"
    " AND {colonne} <= %(au)s AND ({colonne}, dossier) > (%(apres)s::date, %(apres_dossier)s::uuid)"
    " ORDER BY {colonne}, dossier{part} LIMIT %(limite)s"
)
# Day after day, in their order: the inverted index has none, and the next day is not looked for once the page is full.
_PLUSIEURS: Final = sql.SQL(
    "SELECT jour, {colonnes} FROM (SELECT k.jour FROM unnest(%(jours)s::date[]) AS k (jour) ORDER BY k.jour) AS k"
    " CROSS JOIN LATERAL (SELECT * FROM {lue} AS t WHERE {condition} AND {colonne} <> '{{}}'"
    " AND {colonne} @> ARRAY[k.jour] AND (k.jour, dossier) > (%(apres)s::date, %(apres_dossier)s::uuid)"
    " ORDER BY dossier LIMIT %(limite)s) AS t ORDER BY jour, dossier LIMIT %(limite)s"
)
_PLUSIEURS_SIENS: Final = sql.SQL(
    "SELECT jour, {colonnes} FROM {lue} AS t CROSS JOIN LATERAL unnest({colonne}) AS k (jour) WHERE {condition}"
    " AND {colonne} <> '{{}}' AND jour <= %(au)s"
    " AND (jour, dossier) > (%(apres)s::date, %(apres_dossier)s::uuid) ORDER BY jour, dossier{part} LIMIT %(limite)s"
)


async def lister_jours(
    connexion: AsyncConnection[Any],
    vue: Vue[L],
    colonne: ColonneDeJours,
    *,
    portee: Portee,
    apres: PlaceDeJour,
    au: date,
    limite: int,
) -> PageDeJours[L]:
    """So many days of the cases of a worklist, after one of them and until that day.

    A case has a place on each of its days. Its row comes with those that are the reader's own, as in the worklist.
    """
    lus: list[tuple[PlaceDeJour, Sienne[L]]] = []
    for siens in (False, True):
        requete, parametres = composer_jours(vue, colonne, portee, apres, au, siens=siens)
        # A place has one row of the reader's own or both: both are of this page, or of the next.
        combien = 2 * limite + 1 if siens else limite + 1
        async with connexion.cursor(row_factory=dict_row) as curseur:
            await curseur.execute(requete, {**parametres, "limite": combien})
            lus += [_lue(vue, rangee) for rangee in await curseur.fetchall()]
    places = sorted({place for place, _ in lus})
    page = places[:limite]
    dedans = set(page)
    rangees = [sienne for place, sienne in lus if place in dedans]
    return PageDeJours(page, rangees, page[-1] if len(places) > limite else None)


def _lue(vue: Vue[L], rangee: dict[str, Any]) -> tuple[PlaceDeJour, Sienne[L]]:
    jour, part = rangee.pop("jour"), rangee.pop("part")
    return PlaceDeJour(jour, rangee["dossier"]), Sienne(vue.type_ligne(**rangee), part)


def composer_jours(
    vue: Vue[Any], colonne: ColonneDeJours, portee: Portee, apres: PlaceDeJour, au: date, *, siens: bool
) -> tuple[sql.Composed, dict[str, Any]]:
    """The SQL of a page of days and its parameters. ``siens``: of the rows that are the reader's own."""
    table, autre = (sql.Identifier(f"vue_{vue.nom}_{genre}") for genre in ("dossiers", "siens"))
    scope, parametres = a_sa_portee(vue, portee, sauf=("auteur", "declarant") if siens else ())
    mots = {"servie": _SERVIE, "competence": sql.SQL(vue.competence), "scope": scope, "table": table}
    texte = (_PLUSIEURS_SIENS if siens else _PLUSIEURS) if vue.table.colonnes[colonne].tableau else _UN_JOUR
    requete = texte.format(
        colonnes=sql.SQL(", ").join([sql.SQL("part" if siens else "NULL AS part"), *map(sql.Identifier, vue.colonnes)]),
        colonne=sql.Identifier(colonne),
        lue=autre if siens else table,
        condition=(_SIENS if siens else _A_SA_PORTEE).format(**mots),
        part=sql.SQL(", part" if siens else ""),
    )
    jours = [apres.jour + timedelta(n) for n in range((au - apres.jour).days + 1)]
    dits = {"apres": apres.jour, "apres_dossier": apres.dossier, "au": au, "jours": jours, "p_auteur": portee.auteur}
    return requete, parametres | dits

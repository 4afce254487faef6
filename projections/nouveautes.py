"""What was recorded lately in the cases that a reader may reach, in the order of the log.

Its ways say which cases these are, as for the list of them; the log, what is new there. Who reaches all of the
département reads the log from where it stopped. For any other, each of its own cases is looked at: how much others
wrote is not told by the work.
"""

from typing import Any, Final, NamedTuple
from uuid import UUID

from psycopg import AsyncConnection, sql

from projections.rattachements import Chemins, atteints, partout


class Nouveaute(NamedTuple):
    """A fact that was recorded: where, and in which case."""

    position: int
    dossier: UUID


class Nouveautes(NamedTuple):
    """So many of them, and how far the views had come: what was recorded since is not told yet."""

    lignes: tuple[Nouveaute, ...]
    tete: int


_DEPUIS: Final = sql.SQL(
    "SELECT suite.position, suite.dossier, tete.position FROM (SELECT position FROM positions WHERE active) AS tete"
    " LEFT JOIN LATERAL ({suite}) AS suite ON true ORDER BY suite.position"
)
_TOUTES: Final = sql.SQL(
    "SELECT notification_id AS position, originator_id AS dossier FROM dossiers_events"
    " WHERE notification_id > %(apres)s AND notification_id <= tete.position ORDER BY notification_id LIMIT %(limite)s"
)
_SIENNES: Final = sql.SQL(
    "SELECT sienne.position, siens.dossier FROM ({atteints}) AS siens CROSS JOIN LATERAL"
    " (SELECT notification_id AS position FROM dossiers_events AS e WHERE e.originator_id = siens.dossier"
    " ORDER BY e.originator_version DESC LIMIT 1) AS dernier CROSS JOIN LATERAL"
    " (SELECT notification_id AS position FROM dossiers_events AS e WHERE e.originator_id = siens.dossier"
    " AND e.notification_id > %(apres)s AND e.notification_id <= tete.position"
    " ORDER BY e.originator_version LIMIT %(limite)s) AS sienne"
    " WHERE dernier.position > %(apres)s ORDER BY sienne.position LIMIT %(limite)s"
)


async def nouveautes(connexion: AsyncConnection[Any], chemins: Chemins, apres: int, limite: int) -> Nouveautes:
    """The first facts after a position, of the cases on these ways, as far as the views have come.

    Nothing is skipped: a case is on the ways of who may reach it before any of its facts is told.
    """
    siens, parametres = atteints(chemins)
    suite = _TOUTES if partout(chemins) else _SIENNES.format(atteints=siens)
    curseur = await connexion.execute(_DEPUIS.format(suite=suite), {**parametres, "apres": apres, "limite": limite})
    lues = await curseur.fetchall()
    lignes = tuple(Nouveaute(position, dossier) for position, dossier, _ in lues if position is not None)
    return Nouveautes(lignes, lues[0][2])

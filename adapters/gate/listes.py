"""What stands beside the log: the worklists of the commissions and the journal, in pages by position; subscriptions.

The connections are of the role ``unefois_api``, which may only select in the first two. Nothing is decided in
this file: the gate gives the scope, and decides of each row.
"""

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack
from datetime import date, datetime
from typing import Any, Final, LiteralString, NamedTuple, Self
from uuid import UUID

from psycopg import sql
from psycopg.conninfo import make_conninfo
from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool

from adapters.abonnements.depot import Abonnements
from ledger.batching import DELAI, ImpatientConnection, options
from ledger.catalogue import EffacementDecide
from ledger.droit.jours import debut, fin
from projections import attentes, rattachements
from projections.attentes import PlaceDAttente, RangeeDAttente, Voie
from projections.indicateurs import Axe, Case, Chiffre
from projections.jours import ColonneDeJours, PageDeJours, PlaceDeJour, lister_jours
from projections.liste import PLANS, Filtre, Portee, Sienne, lister, lister_siennes
from projections.nouveautes import Nouveautes, nouveautes
from projections.projecteur import Attente, etat
from projections.rattachements import Chemins
from projections.vue import Vue

CONNEXIONS: Final = 4

COLONNES_DU_JOURNAL: Final = (
    "position", "enregistre_le", "flux", "organisation", "agent", "role", "finalite", "action", "dossier",
    "groupes_montres", "groupes_retenus", "revision", "revision_alors", "echange", "issue", "motif", "article", "trace",
    "origine", "nombre", "avant", "apres",
)  # fmt: skip
"""What a row of the journal is read as, by the names that it goes out with."""

_COLONNES: Final = (
    "position, recorded_at AS enregistre_le, flux, organisation, agent, role, finalite, action, dossier,"
    " groupes_montres, groupes_retenus, revision_politique AS revision, revision_alors, echange, issue, motif,"
    " coalesce(article, '') AS article, trace,"
    " coalesce(origine, '') AS origine, coalesce(nombre, 1) AS nombre, avant, apres"
)
_DECISION: Final = (
    "SELECT originator_id, (clair ->> 'effacement')::uuid FROM dossiers_events,"
    " jsonb_extract_path(convert_from(state, 'UTF8')::jsonb, 'clair') AS clair"
    " WHERE topic = %s AND clair ->> 'decision' = %s"
)
_EXERCICES: Final = (
    "SELECT originator_id, topic, jsonb_extract_path(convert_from(state, 'UTF8')::jsonb, 'clair') FROM dossiers_events"
    " WHERE topic IN ('unefois:DroitExerce', 'unefois:DroitRepondu', 'unefois:EffacementDemande',"
    " 'unefois:EffacementDecide', 'unefois:PersonneEffacee') ORDER BY notification_id DESC LIMIT %s"
)
# Of a case, the last reads that showed something: what is counted here costs the same whatever the journal holds.
_LECTEURS: Final = (
    "SELECT organisation, groupe, max(recorded_at) FROM (SELECT organisation, groupes_montres, recorded_at FROM journal"
    " WHERE dossier = %(dossier)s AND issue = 'autorise' AND role <> 'USAGER' ORDER BY position DESC"
    " LIMIT %(lues)s) AS derniers CROSS JOIN LATERAL unnest(groupes_montres) AS groupe GROUP BY 1, 2 ORDER BY 1, 2"
)
_REGARDS: Final = (
    "SELECT organisation, role, finalite, count(DISTINCT position) AS nombre, min(recorded_at) AS premier,"
    " max(recorded_at) AS dernier, array_agg(DISTINCT groupe) AS groupes"
    " FROM (SELECT organisation, role, finalite, groupes_montres, recorded_at, position FROM journal"
    " WHERE dossier = %(dossier)s AND issue = 'autorise' AND groupes_montres <> '{}'"
    " AND (role <> 'USAGER' OR organisation = %(moi)s)"
    " AND role <> ALL(%(discrets)s)"
    " ORDER BY position DESC LIMIT %(lues)s) AS derniers"
    " CROSS JOIN LATERAL unnest(groupes_montres) AS groupe"
    " GROUP BY organisation, role, finalite ORDER BY dernier DESC, organisation, finalite"
)
LIGNES_REGROUPEES: Final = 5000
"""Rows of the journal that are grouped at the most, the latest of those that are asked for."""
_RETARD: Final = (
    "SELECT coalesce((SELECT extract(epoch FROM clock_timestamp() - recorded_at) FROM dossiers_events"
    " WHERE notification_id > (SELECT coalesce(position, 0) FROM positions WHERE active)"
    " ORDER BY notification_id LIMIT 1), 0)"
)
# A day is found by its hour, then read by position: the two follow each other, but for what two sessions write at once.
_FILTRES: Final[Mapping[str, LiteralString]] = {
    "organisation": "organisation = %(organisation)s",
    "organisations": "organisation = ANY(%(organisations)s)",
    "agent": "agent = %(agent)s",
    "dossier": "dossier = %(dossier)s",
    "finalite": "finalite = %(finalite)s",
    "issue": "issue = %(issue)s",
    "action": "action = %(action)s",
    "trace": "trace = %(trace)s",
    "flux": "flux = %(flux)s",
    "du": "recorded_at >= %(du)s AND position >= (SELECT min(position) FROM (SELECT position FROM journal"
    " WHERE recorded_at >= %(du)s - interval '1 hour' ORDER BY recorded_at LIMIT 1) AS debut)",
    "au": "recorded_at <= %(au)s AND position <= (SELECT max(position) FROM (SELECT position FROM journal"
    " WHERE recorded_at < %(au)s + interval '1 hour' ORDER BY recorded_at DESC LIMIT 1) AS fin)",
    "recherche": "recherche = ANY(%(recherche)s)",
    "avant": "position < %(avant)s",
}

_QUESTIONS: Final = (
    "SELECT organisation, split_part(dite, ':', 1), split_part(dite, ':', 2),"
    " echange -> 'donnees' ? (split_part(dite, ':', 1) || ':REDEMANDEE'), count(*)"
    " FROM journal CROSS JOIN jsonb_array_elements_text(echange -> 'donnees') AS dite"
    " WHERE action = 'deja_connu' AND recorded_at >= %(du)s AND recorded_at <= %(au)s AND dite NOT LIKE '%%:REDEMANDEE'"
    " GROUP BY 1, 2, 3, 4"
)
_JOURS: Final = {"du": debut, "au": fin}

_COURTS: Final = (
    "SELECT DISTINCT dossier FROM (SELECT dossier FROM journal WHERE dossier IS NOT NULL ORDER BY position DESC"
    " LIMIT %(lues)s) AS derniers WHERE right(dossier::text, 8) = %(court)s LIMIT 2"
)
LIGNES_CHERCHEES: Final = 20_000
"""Rows in which a short number is looked for: what was shown lately."""
_USAGES: Final = (
    "SELECT v.organisation, v.agent, dernier FROM unnest(%(organisations)s::text[], %(agents)s::text[])"
    " AS v (organisation, agent) CROSS JOIN LATERAL (SELECT recorded_at AS dernier FROM journal AS j"
    " WHERE j.agent = v.agent AND j.organisation = v.organisation ORDER BY j.position DESC LIMIT 1) AS derniere"
)

_ARRETES: Final = (
    "SELECT code, axe, cle, (array_agg(valeur ORDER BY rang DESC))[1], (array_agg(sur ORDER BY rang DESC))[1],"
    " (array_agg(valeur ORDER BY rang))[1], (array_agg(sur ORDER BY rang))[1], max(connu_le)"
    " FROM indicateurs_arretes WHERE annee = %s GROUP BY code, axe, cle"
)
_ANNEES: Final = "SELECT DISTINCT annee FROM indicateurs_arretes ORDER BY annee"
_ARRETER: Final = (
    "INSERT INTO indicateurs_arretes (annee, externe, par, code, axe, cle, valeur, sur)"
    " SELECT %s, %s, %s, * FROM unnest(%b::text[], %b::text[], %b::text[], %b::bigint[], %b::bigint[])"
)


class Arrete(NamedTuple):
    """One figure as it was kept: counted here or given by an institution, the last time and the first."""

    case: Case
    chiffre: Chiffre
    premier: Chiffre
    arrete_le: date


class PageAMontrer(NamedTuple):
    """Rows of a worklist for one reader, in the order of positions; the position to go on after, None at the end."""

    rangees: tuple[Sienne[Any], ...]
    suivante: int | None


def requete_du_journal(filtres: Iterable[str]) -> sql.Composed:
    """The SQL of a page of the journal, under these filters."""
    clauses = [_FILTRES[nom] for nom in filtres]
    return sql.SQL("SELECT {} FROM journal{} ORDER BY position DESC LIMIT %(limite)s").format(
        sql.SQL(_COLONNES), sql.SQL(" WHERE " + " AND ".join(clauses) if clauses else "")
    )


def _regroupement(filtres: Iterable[str]) -> sql.Composed:
    clauses = [_FILTRES[nom] for nom in filtres]
    return sql.SQL(
        "SELECT organisation, agent, role, finalite, action, issue, motif, sum(coalesce(nombre, 1)) AS nombre,"
        " min(recorded_at) AS premier, max(recorded_at) AS dernier, count(*) AS lignes"
        " FROM (SELECT organisation, agent, role, finalite, action, issue, motif, nombre, recorded_at FROM journal{}"
        " ORDER BY position DESC LIMIT %(lues)s) AS dernieres"
        " GROUP BY organisation, agent, role, finalite, action, issue, motif"
        " ORDER BY dernier DESC, organisation, agent, finalite, action, issue, motif LIMIT %(limite)s"
    ).format(sql.SQL(" WHERE " + " AND ".join(clauses) if clauses else ""))


def _bornes(filtres: Mapping[str, Any]) -> dict[str, datetime]:
    """The moments of the days that are named."""
    return {nom: borne(jour) for nom, borne in _JOURS.items() if isinstance(jour := filtres.get(nom), date)}


class Listes:
    """A small pool, the wait for the projections, the subscriptions. Use it as an asynchronous context manager."""

    def __init__(self, url: str, schema: str = "d93", abonnements: Abonnements | None = None) -> None:
        adresse = make_conninfo(url, options=options(url, schema, autres=PLANS), application_name="unefois listes")
        self._reserve: AsyncConnectionPool[ImpatientConnection] = AsyncConnectionPool(
            adresse,
            connection_class=ImpatientConnection,
            min_size=1,
            max_size=CONNEXIONS,
            timeout=DELAI,
            reconnect_timeout=DELAI,
            kwargs={"autocommit": True},
            open=False,
        )
        self._attente = Attente(adresse)
        self.abonnements = abonnements or Abonnements(url, schema)
        self._pile = AsyncExitStack()

    async def __aenter__(self) -> Self:
        await self._pile.enter_async_context(self._reserve)
        await self._pile.enter_async_context(self._attente)
        self._pile.push_async_callback(self.abonnements.close)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._pile.aclose()

    async def attendre(self, position: int, secondes: float) -> bool:
        """Whether the views reach a position within that time (``Prefer: wait=N``)."""
        return await self._attente.attendre(position, secondes)

    async def position(self) -> int:
        """How far the views that are served have come."""
        async with asyncio.timeout(DELAI), self._reserve.connection() as connexion:
            return (await etat(connexion)).position

    async def retard(self) -> float:
        """Seconds for which the oldest event that the views do not have has been there; 0 when they have all."""
        async with asyncio.timeout(DELAI), self._reserve.connection() as connexion:
            curseur = await connexion.execute(_RETARD)
            [[secondes]] = await curseur.fetchall()
            return float(secondes)

    async def page(self, vue: Vue[Any], portee: Portee, filtre: Filtre, apres: int, limite: int) -> PageAMontrer:
        """Rows of a worklist inside a scope, those that are the reader's own among them."""
        async with asyncio.timeout(DELAI), self._reserve.connection() as connexion:
            page = await lister(connexion, vue, portee=portee, filtre=filtre, apres=apres, limite=limite)
            siennes, suite = await lister_siennes(
                connexion, vue, portee=portee, filtre=filtre, apres=apres, limite=limite
            )
        rangees = [*(Sienne(ligne, None) for ligne in page.lignes), *siennes]
        rangees.sort(key=lambda rangee: rangee.ligne.position)
        # As many places as one was asked for, whichever table has them: else a page of two tables would have more.
        places = list(dict.fromkeys(rangee.ligne.position for rangee in rangees))
        if len(places) <= limite and page.suivante is None and suite is None:
            return PageAMontrer(tuple(rangees), None)
        fin = places[:limite][-1]
        return PageAMontrer(tuple(rangee for rangee in rangees if rangee.ligne.position <= fin), fin)

    async def jours(
        self, vue: Vue[Any], colonne: ColonneDeJours, portee: Portee, apres: PlaceDeJour, au: date, limite: int
    ) -> PageDeJours[Any]:
        """What falls on the days of a worklist inside a scope, after a place and until that day."""
        async with asyncio.timeout(DELAI), self._reserve.connection() as connexion:
            return await lister_jours(connexion, vue, colonne, portee=portee, apres=apres, au=au, limite=limite)

    async def nouveautes(self, chemins: Chemins, apres: int, limite: int) -> Nouveautes:
        """The first facts after a position, of the cases on these ways; none that the views do not have."""
        async with asyncio.timeout(DELAI), self._reserve.connection() as connexion:
            return await nouveautes(connexion, chemins, apres, limite)

    async def questions(self, du: date, au: date) -> list[tuple[str, str, str, bool, int]]:
        """What was asked over some days in Paris: partner, thing, what came of it, whether asked again, how often."""
        async with asyncio.timeout(DELAI), self._reserve.connection() as connexion:
            curseur = await connexion.execute(_QUESTIONS, {"du": debut(du), "au": fin(au)})
            return await curseur.fetchall()

    async def attentes(
        self, voies: Sequence[Voie], chemins: Chemins, apres: PlaceDAttente, limite: int
    ) -> list[RangeeDAttente]:
        """Where something is expected, of whom ``voies`` say, in the cases on these ways."""
        async with asyncio.timeout(DELAI), self._reserve.connection() as connexion:
            return await attentes.lister(connexion, voies, chemins, apres, limite)

    async def attendues(self, voies: Sequence[Voie], dossiers: Collection[UUID]) -> list[RangeeDAttente]:
        """Where something is expected, on these ways, of these cases."""
        async with asyncio.timeout(DELAI), self._reserve.connection() as connexion:
            return await attentes.des_dossiers(connexion, voies, dossiers)

    async def dossiers(self, chemins: Chemins, apres: UUID, limite: int) -> list[UUID]:
        """The first cases after one that may be a reader's, by these ways."""
        async with asyncio.timeout(DELAI), self._reserve.connection() as connexion:
            return await rattachements.lister(connexion, chemins, apres, limite)

    async def reunis(self, chemins: Chemins) -> list[UUID]:
        """The cases on these ways that are read with others."""
        async with asyncio.timeout(DELAI), self._reserve.connection() as connexion:
            return await rattachements.reunis(connexion, chemins)

    async def arretes(self, annee: int) -> list[Arrete]:
        """The figures that were kept of a year: of each its last value, and its first."""
        async with asyncio.timeout(DELAI), self._reserve.connection() as connexion:
            curseur = await connexion.execute(_ARRETES, [annee])
            return [
                Arrete(
                    Case(code, Axe(axe), cle),
                    Chiffre(valeur, sur),
                    Chiffre(premiere, premier_sur),
                    connu_le.date(),
                )
                async for code, axe, cle, valeur, sur, premiere, premier_sur, connu_le in curseur
            ]

    async def annees_arretees(self) -> list[int]:
        """The years of which a figure was kept, the first ones first."""
        async with asyncio.timeout(DELAI), self._reserve.connection() as connexion:
            curseur = await connexion.execute(_ANNEES)
            return [annee async for (annee,) in curseur]

    async def arreter(self, annee: int, chiffres: Mapping[Case, Chiffre], par: str, *, externe: bool) -> None:
        """Keep figures of a year, all or none."""
        colonnes = [(*case, *chiffre) for case, chiffre in chiffres.items()]
        codes, axes, cles, valeurs, bases = zip(*colonnes, strict=True) if colonnes else ((),) * 5
        params = [annee, externe, par, list(codes), list(axes), list(cles), list(valeurs), list(bases)]
        async with asyncio.timeout(DELAI), self._reserve.connection() as connexion:
            await connexion.execute(_ARRETER, params)

    async def decision(self, decision: UUID) -> tuple[UUID, UUID] | None:
        """Where an erasure was decided under that number: the dossier, and the request. None if nowhere."""
        async with asyncio.timeout(DELAI), self._reserve.connection() as connexion:
            curseur = await connexion.execute(_DECISION, [EffacementDecide.TOPIC, str(decision)])
            return await curseur.fetchone()

    async def lecteurs(self, dossier: UUID) -> list[tuple[str, str, datetime]]:
        """By organisation and group, when a case was last read by it with that group open."""
        async with asyncio.timeout(DELAI), self._reserve.connection() as connexion:
            curseur = await connexion.execute(_LECTEURS, {"dossier": dossier, "lues": LIGNES_REGROUPEES})
            return await curseur.fetchall()

    async def regards(self, dossier: UUID, moi: str, discrets: Collection[str]) -> list[dict[str, Any]]:
        """Who was shown something of a case, by organisation, function and purpose; of persons, one's own reads alone.

        ``discrets``: the roles of which nothing is told.
        """
        params = {"dossier": dossier, "moi": moi, "discrets": list(discrets), "lues": LIGNES_REGROUPEES}
        return await self._lire(sql.SQL(_REGARDS), params)

    async def regrouper(self, filtres: Mapping[str, Any], limite: int) -> list[dict[str, Any]]:
        """The last rows of the journal under these filters, by who, for what, and what came of it."""
        return await self._lire(
            _regroupement(filtres), {**filtres, **_bornes(filtres), "lues": LIGNES_REGROUPEES, "limite": limite}
        )

    async def dossiers_courts(self, court: str) -> list[UUID]:
        """The cases whose number ends so, of those that the journal named last: two at the most."""
        lus = await self._lire(sql.SQL(_COURTS), {"court": court, "lues": LIGNES_CHERCHEES})
        return [ligne["dossier"] for ligne in lus]

    async def usages(self, agents: Collection[tuple[str, str]]) -> dict[tuple[str, str], datetime]:
        """Of these agents, by organisation and name, when each last did something."""
        organisations, noms = zip(*agents, strict=True) if agents else ((), ())
        lus = await self._lire(sql.SQL(_USAGES), {"organisations": list(organisations), "agents": list(noms)})
        return {(ligne["organisation"], ligne["agent"]): ligne["dernier"] for ligne in lus}

    async def _lire(self, requete: sql.Composed | sql.SQL, params: Mapping[str, Any]) -> list[dict[str, Any]]:
        async with (
            asyncio.timeout(DELAI),
            self._reserve.connection() as connexion,
            connexion.cursor(row_factory=dict_row) as curseur,
        ):
            await curseur.execute(requete, params)
            return await curseur.fetchall()

    async def exercices(self, limite: int) -> list[tuple[UUID, str, dict[str, Any]]]:
        """The last steps of persons' requests, the latest first: of each its case, its topic, what stands in clear."""
        async with asyncio.timeout(DELAI), self._reserve.connection() as connexion:
            curseur = await connexion.execute(_EXERCICES, [limite])
            return await curseur.fetchall()

    async def journal(
        self, filtres: Mapping[str, str | int | UUID | date | list[bytes] | list[str]], limite: int
    ) -> list[dict[str, Any]]:
        """Rows of the journal, the latest first; ``avant``: only those of a lower position.

        ``du`` and ``au`` are days in Paris, whatever the zone of the session.
        """
        return await self._lire(requete_du_journal(filtres), {**filtres, **_bornes(filtres), "limite": limite})

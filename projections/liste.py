"""A worklist, page by page, inside what its reader can reach.

It is paged by the position at which each case was opened. That never changes, so a page neither skips nor repeats a
row when facts arrive, and tells nothing of acts that the reader does not see.

A page costs the same in a full table as in an empty one. Each way to a case (a link of the reader, or a filter that is
narrower) is an index in the order of positions: as many are read from as there are ways, no further than a page, and
the first of what they give is the page.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Generic, Literal, LiteralString
from uuid import UUID

from psycopg import AsyncConnection, sql
from psycopg.rows import class_row, dict_row

from ledger.droit.communes import historique
from projections.table import periode
from projections.vue import L, Vue

PAGE_MAX: Final = 200
PLANS: Final = "-c enable_seqscan=off -c plan_cache_mode=force_custom_plan -c jit=off"
"""Options of the sessions that read lists. A plan made while a table is new, or for whichever value, would read the
table whole once it is full, or for a value that is rare."""

ColonneDate = Literal["ouvert_le", "dernier_acte_le", "prochaine_audience", "concours_requis_le", "propose_le"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Portee:
    """What the reader can reach, by any of its links. Nothing given, nothing reached.

    ``intervenant`` is ``partenaire/agent``: an open intervention links one agent, never an organisation.
    ``auteur`` is a partner's code: it told of the case, and nobody else did. ``declarant`` is its SIRET: acts of its
    own may have been imported for it. ``soumis_depuis``: of its communes, a CLIL has the cases put before it since.
    """

    communes: Collection[str] = ()
    soumis_depuis: date | None = None
    portefeuille: Collection[str] = ()
    mandats: Collection[UUID] = ()
    seances: Collection[UUID] = ()
    intervenant: str | None = None
    auteur: str | None = None
    declarant: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Filtre:
    """What the reader asks for inside its scope. ``du`` and ``au`` bound the date column ``par_date``.

    ``seance``: on its agenda; ``sortie``: what left it; ``propose``: what waits for its commission to answer;
    ``suites``: what a recommendation asks for by one of these days; ``dossiers``: these cases and no other.
    """

    communes: Collection[str] = ()
    stades: Collection[str] = ()
    parcs: Collection[str] = ()
    arrondissement: str | None = None
    seance: UUID | None = None
    sortie: UUID | None = None
    propose: bool = False
    suites: Collection[date] = ()
    dossiers: Collection[UUID] = ()
    par_date: ColonneDate = "dernier_acte_le"
    du: date | None = None
    au: date | None = None

    def colonnes(self) -> Iterator[str]:
        """The columns that this filter looks at: it tells something of each."""
        demandes = {
            "commune": self.communes or self.arrondissement,
            "stade": self.stades,
            "parc": self.parcs,
            "inscriptions": self.seance or self.sortie,
            "propose_le": self.propose,
            "suites_le": self.suites,
            self.par_date: self.du or self.au,
        }
        return (colonne for colonne, demande in demandes.items() if demande)

    def admet(self, ligne: Mapping[str, Any]) -> bool:
        """Whether a row answers to it, as it is shown: of several that are listed as one, no table has it.

        Of what left an agenda, a row says nothing: who asks looks at the cases themselves.
        """
        le = ligne.get(self.par_date)
        borne = self.du is not None or self.au is not None
        return (
            (not self.communes or ligne["commune"] in self.communes)
            and (not self.stades or ligne["stade"] in self.stades)
            and (not self.parcs or ligne["parc"] in self.parcs)
            and (not self.arrondissement or ligne["commune"] in _communes(self.arrondissement))
            and (self.seance is None or str(self.seance) in {i["seance"] for i in ligne["inscriptions"]})
            and (not self.propose or ligne["propose_le"] is not None)
            and (not self.suites or not set(self.suites).isdisjoint(ligne["suites_le"]))
            and (not borne or (le is not None and _dans(date.fromisoformat(le), self.du, self.au)))
        )


class FiltreRefuse(ValueError):
    """The view has no such column: its message is for the reader (400)."""


@dataclass(frozen=True, slots=True)
class Sienne(Generic[L]):
    """The row of a case for one reader: ``part``, of what it told alone; else, of the case, at its own opening.

    ``part`` is None for the row of all the others.
    """

    ligne: L
    part: bool | None


@dataclass(frozen=True, slots=True)
class Page(Generic[L]):
    """Rows in the order of opening; ``suivante`` is the position to go on after, None at the end."""

    lignes: tuple[L, ...]
    suivante: int | None


_LIENS: Final[dict[str, LiteralString]] = {
    "communes": "{colonne} = ANY(%(p_communes)s) AND {condition}",
    "portefeuille": "bailleur_siret = ANY(%(p_portefeuille)s)",
    "mandats": "dossier = ANY(%(p_mandats)s)",
    "seances": "seances && %(p_seances)s::uuid[]",
    "intervenant": "intervenants @> ARRAY[%(p_intervenant)s]::text[]",
    "auteur": "auteurs @> ARRAY[%(p_auteur)s]::text[]",
    "declarant": "declarants @> ARRAY[%(p_declarant)s]::text[]",
}
_FILTRES: Final[dict[str, LiteralString]] = {
    "communes": "commune = ANY(%(f_communes)s)",
    "stades": "stade = ANY(%(f_stades)s)",
    "parcs": "parc = ANY(%(f_parcs)s)",
    "arrondissement": "arrondissement = %(f_arrondissement)s",
    "seance": "seances @> ARRAY[%(f_seance)s]::uuid[]",
    "sortie": "sorties @> ARRAY[%(f_sortie)s]::uuid[]",
    "propose": "propose_le IS NOT NULL",
    "suites": "suites_le && %(f_suites)s::date[]",
    "dossiers": "dossier = ANY(%(f_dossiers)s)",
    "du": "{} >= %(f_du)s",
    "au": "{} <= %(f_au)s",
}
_PAR_MOT: Final[dict[str, LiteralString]] = {"stades": "stade", "parcs": "parc"}
_PAR_VALEUR: Final[dict[str, tuple[LiteralString, LiteralString]]] = {
    "communes": ("{colonne} = k.valeur AND {condition}", "voie_communes"),
    "portefeuille": ("bailleur_siret = k.valeur", "p_portefeuille"),
}
_PAR_ELEMENT: Final[dict[str, tuple[LiteralString, LiteralString]]] = {
    "seance": ("seances", _FILTRES["seance"]),
    "sortie": ("sorties", _FILTRES["sortie"]),
    "suites": ("suites_le", _FILTRES["suites"]),
    "seances": ("seances", _LIENS["seances"]),
    "intervenant": ("intervenants", _LIENS["intervenant"]),
    "auteur": ("auteurs", _LIENS["auteur"]),
    "declarant": ("declarants", _LIENS["declarant"]),
}
_VALEUR: Final = sql.SQL(
    "SELECT v.position FROM unnest({valeurs}::text[]) AS k (valeur) CROSS JOIN LATERAL"
    " (SELECT position FROM {table} WHERE {servie} AND {condition} AND {reste}) AS v"
)
_ELEMENT: Final = sql.SQL(
    "(SELECT position FROM {table} WHERE {servie} AND {colonne} <> '{{}}' AND {condition} AND {reste})"
)
_PERIODE: Final = sql.SQL(
    "SELECT v.position FROM generate_series("
    "greatest({du}, (SELECT min({periode}) FROM {table} WHERE {servie} AND {par_date} IS NOT NULL AND {competence})), "
    "least({au}, (SELECT max({periode}) FROM {table} WHERE {servie} AND {par_date} IS NOT NULL AND {competence}))"
    ") AS k (valeur) CROSS JOIN LATERAL (SELECT position FROM {table} WHERE {servie} AND {periode} = k.valeur"
    " AND {par_date} IS NOT NULL AND {reste}) AS v"
)
_SIMPLE: Final = sql.SQL("(SELECT position FROM {table} WHERE {servie} AND {condition} AND {reste})")
_MOT: Final = sql.SQL("{} = ({}::text[])[{}]")
SERVIE: Final[LiteralString] = "generation = (SELECT generation FROM positions WHERE active)"
_SERVIE: Final = sql.SQL(SERVIE)
_PAGE: Final = sql.SQL(
    "SELECT {colonnes} FROM {table} JOIN (SELECT position FROM ({voies}) AS voies GROUP BY position"
    " ORDER BY position LIMIT %(limite)s) AS page USING (position) WHERE {servie} AND {competence} ORDER BY position"
)


async def lister(
    connexion: AsyncConnection[Any],
    vue: Vue[L],
    *,
    portee: Portee,
    filtre: Filtre | None = None,
    apres: int = 0,
    limite: int = 50,
) -> Page[L]:
    """One page of the worklist, inside the reader's scope: the database never hands over a row beyond it."""
    taille = min(limite, PAGE_MAX + 1)  # one more than a reader is given: whether another page follows
    requete = composer(vue, filtre or Filtre(), portee)
    if requete is None:
        return Page((), None)
    texte, parametres = requete
    async with connexion.cursor(row_factory=class_row(vue.type_ligne)) as curseur:
        await curseur.execute(texte, {**parametres, "apres": apres, "limite": taille + 1})
        lignes = tuple(await curseur.fetchall())
    suite = lignes[taille - 1].position if len(lignes) > taille else None
    return Page(lignes[:taille], suite)


_SIENNES: Final = sql.SQL(
    "SELECT part, {colonnes} FROM {siens} AS siens WHERE {servie} AND lecteur = %(p_auteur)s AND {conditions}"
    " AND (part OR EXISTS (SELECT FROM {table} AS d WHERE d.generation = siens.generation"
    " AND d.dossier = siens.dossier AND ({scope}))) ORDER BY position, part LIMIT %(limite)s"
)


async def lister_siennes(
    connexion: AsyncConnection[Any], vue: Vue[L], *, portee: Portee, filtre: Filtre, apres: int, limite: int
) -> tuple[list[Sienne[L]], int | None]:
    """The rows that are the reader's own, in its own order, and the position to go on after.

    That of its part, whatever the case; that of the case, where something else than what it told links it. A position
    has one row or both: both are of this page, or of the next.
    """
    exiger_date(vue, filtre)
    if portee.auteur is None:
        return [], None
    scope, parametres = a_sa_portee(vue, portee, sauf=("auteur", "declarant"))
    filtres = {nom: valeur for nom in _FILTRES if (valeur := getattr(filtre, nom))}
    conditions: list[sql.Composable] = [sql.SQL(vue.competence), sql.SQL("position > %(apres)s")]
    conditions += [sql.SQL(_FILTRES[nom]).format(sql.Identifier(filtre.par_date)) for nom in filtres]
    texte = _SIENNES.format(
        colonnes=sql.SQL(", ").join(map(sql.Identifier, vue.colonnes)),
        siens=sql.Identifier(f"vue_{vue.nom}_siens"),
        table=sql.Identifier(f"vue_{vue.nom}_dossiers"),
        servie=_SERVIE,
        conditions=sql.SQL(" AND ").join(conditions),
        scope=scope,
    )
    parametres |= _des_filtres(filtres) | {"p_auteur": portee.auteur, "apres": apres, "limite": 2 * limite + 1}
    async with connexion.cursor(row_factory=dict_row) as curseur:
        await curseur.execute(texte, parametres)
        rangees = await curseur.fetchall()
    siennes = [Sienne(vue.type_ligne(**dits), part) for dits in rangees for part in [dits.pop("part")]]
    positions = list(dict.fromkeys(sienne.ligne.position for sienne in siennes))
    if len(positions) <= limite:
        return siennes, None
    suite = positions[limite - 1]
    return [sienne for sienne in siennes if sienne.ligne.position <= suite], suite


def exiger_date(vue: Vue[Any], filtre: Filtre) -> None:
    """``FiltreRefuse`` for a date that this view has not."""
    if filtre.propose and "propose_le" not in vue.table.colonnes:
        raise FiltreRefuse(f"Rien ne se propose à la {vue.nom.upper()}.")
    if filtre.par_date not in vue.table.colonnes:
        message = f"La vue {vue.nom.upper()} ne connaît pas la date « {filtre.par_date} »."
        raise FiltreRefuse(message)


def composer(vue: Vue[Any], filtre: Filtre, portee: Portee) -> tuple[sql.Composed, dict[str, Any]] | None:
    """The SQL of a page and its parameters; None when the scope is empty: there is nothing to ask."""
    exiger_date(vue, filtre)
    liens = {nom: valeur for nom in _LIENS if (valeur := getattr(portee, nom))}
    if not liens:
        return None
    filtres = {nom: valeur for nom in _FILTRES if (valeur := getattr(filtre, nom))}
    voies, communes = _voies(vue, filtre, portee, liens, filtres)
    par_date = sql.Identifier(filtre.par_date)
    conditions: list[sql.Composable] = [sql.SQL(vue.competence), sql.SQL("position > %(apres)s")]
    # What a way already says is not said again: the planner would think the two rarer than one, and read the heap.
    dits = voies if len(voies) == 1 else set()
    conditions += [sql.SQL(_FILTRES[nom]).format(par_date) for nom in filtres if nom not in dits]
    scope, parametres = a_sa_portee(vue, portee)
    if not voies <= liens.keys():  # led by a filter: the scope is then to be looked at row by row
        conditions.append(sql.SQL("({})").format(scope))
    mots = {
        "table": sql.Identifier(f"vue_{vue.nom}_dossiers"),
        "servie": _SERVIE,
        "competence": sql.SQL(vue.competence),
    }
    de_la_voie = mots | {
        "reste": sql.SQL("{} ORDER BY position LIMIT %(limite)s").format(sql.SQL(" AND ").join(conditions)),
        "par_date": par_date,
        "periode": sql.SQL(periode(filtre.par_date)),
        "du": sql.SQL("NULL" if filtre.du is None else periode("%(f_du)s::date")),
        "au": sql.SQL("NULL" if filtre.au is None else periode("%(f_au)s::date")),
    }
    texte = _PAGE.format(
        colonnes=sql.SQL(", ").join(map(sql.Identifier, vue.colonnes)),
        voies=sql.SQL(" UNION ALL ").join(_voie(vue, nom, de_la_voie, filtre) for nom in sorted(voies)),
        **mots,
    )
    return texte, parametres | _des_filtres(filtres) | {"voie_communes": list(communes)}


def a_sa_portee(vue: Vue[Any], portee: Portee, sauf: Collection[str] = ()) -> tuple[sql.Composable, dict[str, Any]]:
    """The SQL condition of what any link of a reader reaches, but by these; and its parameters."""
    liens = {nom: valeur for nom in _LIENS if (valeur := getattr(portee, nom)) and nom not in sauf}
    noms = ["communes"] if partout(vue, portee) else [*liens]
    scope = sql.SQL(" OR ").join(_du_territoire(vue, _LIENS[nom]) for nom in noms) if noms else sql.SQL("false")
    parametres = {f"p_{nom}": _valeur(valeur) for nom, valeur in liens.items()}
    return scope, parametres | {"p_soumis_depuis": portee.soumis_depuis}


def _du_territoire(vue: Vue[Any], texte: LiteralString) -> sql.Composed:
    """A condition, with what a territory reaches in this view where it speaks of that."""
    colonne, condition, _ = vue.territoire
    return sql.SQL(texte).format(colonne=sql.Identifier(colonne), condition=sql.SQL(condition))


def _des_filtres(filtres: Mapping[str, Any]) -> dict[str, Any]:
    return {f"f_{nom}": _valeur(valeur) for nom, valeur in filtres.items()}


def _voie(vue: Vue[Any], nom: str, mots: Mapping[str, sql.Composable], filtre: Filtre) -> sql.Composed:
    """The SQL of one way to the positions of a page: it reads one index, and stops where the page is full."""
    if nom in _PAR_MOT:
        # A few words of very uneven weight: each on its own, so that the plan is made for it.
        return sql.SQL(" UNION ALL ").join(
            _SIMPLE.format(
                condition=_MOT.format(sql.Identifier(_PAR_MOT[nom]), sql.Placeholder(f"f_{nom}"), rang), **mots
            )
            for rang in map(sql.Literal, range(1, len(getattr(filtre, nom)) + 1))
        )
    if nom in _PAR_VALEUR:
        condition, valeurs = _PAR_VALEUR[nom]
        return _VALEUR.format(condition=_du_territoire(vue, condition), valeurs=sql.Placeholder(valeurs), **mots)
    if nom in _PAR_ELEMENT:
        colonne, condition = _PAR_ELEMENT[nom]
        return _ELEMENT.format(colonne=sql.Identifier(colonne), condition=sql.SQL(condition), **mots)
    if nom == "periodes":
        return _PERIODE.format(**mots)
    nommes: dict[str, LiteralString] = {"mandats": _LIENS["mandats"], "dossiers": _FILTRES["dossiers"]}
    return _SIMPLE.format(condition=sql.SQL(nommes.get(nom, "true")), **mots)


def _voies(
    vue: Vue[Any], filtre: Filtre, portee: Portee, liens: Mapping[str, Any], filtres: Mapping[str, Any]
) -> tuple[set[str], Collection[str]]:
    """The narrowest ways that reach all of the page, and the communes to go through."""
    if par_element := {"seance", "sortie", "suites"} & filtres.keys():
        return par_element, ()
    if "dossiers" in filtres:
        return {"dossiers"}, ()
    siennes = set(portee.communes)
    voulues = set(filtre.communes) or (_communes(filtre.arrondissement) if filtre.arrondissement else set())
    if voulues and voulues <= siennes and vue.territoire.entier:
        return {"communes"}, voulues
    if voulues:
        return set(liens), siennes & voulues
    if partout(vue, portee):
        par_filtre = next((nom for nom in ("stades", "parcs") if nom in filtres), None)
        return {par_filtre or ("periodes" if {"du", "au"} & filtres.keys() else "partout")}, ()
    return set(liens), siennes


def _dans(le: date, du: date | None, au: date | None) -> bool:
    return (du is None or du <= le) and (au is None or le <= au)


def partout(vue: Vue[Any], portee: Portee) -> bool:
    """Whether the territory reaches all of the département: what such a reader has beside it, it has twice."""
    return vue.territoire.entier and set(portee.communes) >= _communes(None)


def _communes(arrondissement: str | None) -> set[str]:
    """The communes of an arrondissement, or all of them: those of before, too."""
    return {c.code for c in historique() if arrondissement in {None, c.arrondissement}}


def _valeur(valeur: object) -> object:
    return list(valeur) if isinstance(valeur, Collection) and not isinstance(valeur, str) else valeur

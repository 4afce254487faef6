"""What a view is: the groups it may show, a pure match from a household's history, and two tables to read.

A view copies facts as they were recorded, sealed, and lacks what its reader may never see (domain 4.3): whole
events, and the sealed classes whose every group is foreign to it. It holds no key and decides nothing: who may
read what is left is the policies' affair. The same match answers by id from the log (``appliquer``) and fills
the tables, so a view asked for a past date and a rebuilt view cannot differ from the live one.

A worklist is paged by the position at which each case was opened. It never changes, so a page neither skips nor
repeats a row when facts arrive, and tells nothing of acts that the reader does not see.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from functools import cached_property
from types import MappingProxyType, NoneType
from typing import Any, Final, Generic, Literal, LiteralString, TypeVar
from uuid import UUID

import orjson
from psycopg import AsyncConnection, sql
from psycopg.rows import class_row

from ledger import catalogue as ev
from ledger.catalogue import Classe, Evenement, Fait, Scelle, catalogue, champs
from ledger.dossier.etat import Dossier
from ledger.dossier.repli import replier
from ledger.droit.communes import commune
from ledger.mapper import lire_fait

PAGE_MAX: Final = 200
GENERATIONS: Final = ("a", "b")

DDL_POSITIONS: Final[LiteralString] = """
-- Each view exists twice: the generation that is served, and the one that a reconstruction fills beside it.
-- The projector may fill, empty and point; it may not create, rename or drop.
CREATE TABLE IF NOT EXISTS positions (
    generation text PRIMARY KEY CHECK (generation IN ('a', 'b')),
    active     boolean NOT NULL,
    position   bigint,               -- of the last event of the log that is in the views; null: empty
    revision   text NOT NULL DEFAULT ''  -- of the code that filled it
);
CREATE UNIQUE INDEX IF NOT EXISTS positions_une_active ON positions (active) WHERE active;
INSERT INTO positions (generation, active, position) VALUES ('a', true, 0), ('b', false, NULL)
ON CONFLICT DO NOTHING;
GRANT SELECT ON positions TO unefois_api;
GRANT SELECT, UPDATE ON positions TO unefois_projecteur;
GRANT SELECT ON dossiers_events TO unefois_projecteur;
"""

_TOPICS: Final = {
    **{cls.TOPIC: cls for cls in catalogue().values()},
    ev.ActeProtege.TOPIC: ev.ActeProtege,
}
DROITS: Final = frozenset({ev.EffacementDemande, ev.EffacementAvise, ev.EffacementDecide})
"""Steps of a person's request under GDPR 17: no commission is told that somebody exercises a right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ligne:
    """The row of one case, all in clear: what every worklist shows or filters by, and what links a reader to it.

    ``position`` is that of the opening. ``seances``, ``auteurs``, ``declarants`` and ``intervenants``
    (``partenaire/agent``) are for links. ``effaces`` gives the day of erasure by person.
    """

    dossier: UUID
    position: int
    ouvert_le: date
    parc: str
    commune: str
    arrondissement: str | None
    bailleur_siret: str | None
    stade: str
    dernier_acte_le: date | None
    information_menage: date | None
    opposition: bool
    limitation: bool
    inscriptions: list[dict[str, str]]
    examens: list[dict[str, str]]
    seances: list[UUID]
    auteurs: list[str]
    declarants: list[str]
    intervenants: list[str]
    effaces: dict[str, str]
    menage_efface_le: date | None


L = TypeVar("L", bound=Ligne)


@dataclass(frozen=True, slots=True)
class VueDossier(Generic[L]):
    """One case as a view keeps it: its row, and its facts in the order of the history, still sealed."""

    ligne: L
    faits: tuple[Fait, ...]


@dataclass(frozen=True)
class Vue(Generic[L]):
    """One view. ``groupes`` is what it may show, ``ecartes`` the events it lacks all the same.

    ``ligne`` makes its row of the columns that all views have (``champs_communs``) and of the folded case.
    ``competence`` is the SQL condition under which the worklist of this commission has a case at all; reading by id
    does not depend on it.
    """

    nom: LiteralString
    ddl: LiteralString
    type_ligne: type[L]
    groupes: frozenset[str]
    ecartes: frozenset[type[Evenement]]
    ligne: Callable[[Mapping[str, Any], Dossier], L]
    competence: LiteralString

    @cached_property
    def garde(self) -> dict[str, frozenset[Classe]]:
        """By topic of the events that are kept, the sealed classes that come along."""
        return {topic: self._classes(cls) for topic, cls in _TOPICS.items() if self._retient(cls)}

    def _retient(self, cls: type[Evenement]) -> bool:
        return cls not in self.ecartes and any(c.GROUPE in self.groupes for c in _natures(cls))

    def _classes(self, cls: type[Evenement]) -> frozenset[Classe]:
        return frozenset(
            champ.classe
            for nature in _natures(cls)
            for champ in champs(nature).values()
            if champ.classe is not Classe.S0 and champ.groupe in self.groupes
        )

    @cached_property
    def colonnes(self) -> tuple[str, ...]:
        """The columns of its worklist."""
        return tuple(champ.name for champ in fields(self.type_ligne))

    def retenir(self, fait: Fait, dossier: Dossier) -> Fait | None:
        """The match: None if the view lacks this event, else the fact with the blobs that the view keeps.

        A blob whose subject was erased keeps its place and loses its bytes.
        """
        classes = self.garde.get(fait.evenement.TOPIC)
        if classes is None:
            return None
        if not dossier.effacees and classes.issuperset([s.classe for s in fait.scelles]):
            return fait
        scelles = tuple(
            Scelle(s.sujet, s.classe, b"") if _efface(s.sujet, fait.dossier, dossier) else s
            for s in fait.scelles
            if s.classe in classes
        )
        return fait if scelles == fait.scelles else _avec_scelles(fait, scelles)

    def montrer(self, fait: Fait, dossier: Dossier) -> Fait | None:
        """The same match for a reader of the log, who can open: an act under secrecy is kept, whatever its nature.

        The tables lack it where only some natures are for this commission: sealed, they cannot be told apart. Opened,
        each is decided on what it is.
        """
        if isinstance(fait.evenement, ev.ActeProtege) and not self.groupes.isdisjoint(_SECRETS):
            return fait
        return self.retenir(fait, dossier)

    def appliquer(self, faits: Sequence[Fait]) -> VueDossier[L] | None:
        """The view of a case from its history, in the order of versions; None before its opening."""
        dossier = replier(faits)
        if dossier.ouvert_le is None:
            return None
        retenus = (self.retenir(fait, dossier) for fait in faits)
        return VueDossier(
            self.ligne(champs_communs(faits[0].dossier, faits[0].position, dossier), dossier),
            tuple(fait for fait in retenus if fait is not None),
        )


_SECRETS: Final = frozenset({"F12", "F13", "F15"})


def _natures(cls: type[Evenement]) -> tuple[type[Evenement], ...]:
    """What a topic can hold: acts under secrecy share one, and their nature is sealed."""
    if cls is not ev.ActeProtege:
        return (cls,)
    return tuple(nature for nature in catalogue().values() if issubclass(nature, ev.ActeProtege))


def _efface(sujet: str, identite: UUID, dossier: Dossier) -> bool:
    if not dossier.effacees:
        return False
    if sujet == str(identite):
        return dossier.menage_efface
    return not {str(personne) for personne in dossier.effacees}.isdisjoint(sujet.split("+"))


def _avec_scelles(fait: Fait, scelles: tuple[Scelle, ...]) -> Fait:
    return Fait(fait.dossier, fait.version, fait.enveloppe, fait.evenement, scelles, fait.position, fait.enregistre_le)


def etat_retenu(etat: bytes, retenu: Fait) -> bytes:
    """The recorded state without the blobs that were not retained."""
    contenu = orjson.loads(etat)
    gardes = {(s.sujet, s.classe.value): s.octets for s in retenu.scelles}
    contenu["scelle"] = [
        [sujet, classe, octets if gardes[sujet, classe] else ""]
        for sujet, classe, octets in contenu["scelle"]
        if (sujet, classe) in gardes
    ]
    return orjson.dumps(contenu)


def champs_communs(identite: UUID, position: int, d: Dossier) -> dict[str, Any]:
    """Give the columns that every view has, but the two on the procedure: each view tells of it what it may."""
    if d.ouvert_le is None or d.parc is None or d.commune is None:
        message = f"le dossier {identite} ne commence pas par son ouverture"
        raise ValueError(message)
    lieu = commune(d.commune, d.ouvert_le)
    return {
        "dossier": identite,
        "position": position,
        "ouvert_le": d.ouvert_le,
        "parc": d.parc,
        "commune": d.commune,
        "arrondissement": None if lieu is None else lieu.arrondissement,
        "bailleur_siret": d.bailleur_siret,
        "information_menage": d.information_menage,
        "opposition": d.opposition,
        "limitation": d.limitation,
        "inscriptions": [
            {"instance": i.instance, "seance": str(i.seance), "seance_le": i.seance_le.isoformat()}
            for i in d.inscriptions
        ],
        "examens": [{"instance": instance, "le": le.isoformat()} for instance, le in d.examens],
        "seances": [i.seance for i in d.inscriptions],
        "auteurs": sorted(d.auteurs),
        "declarants": sorted(d.declarants),
        "intervenants": sorted({f"{i.partenaire}/{i.agent}" for i in d.interventions.values()}),
        "effaces": {str(personne): le.isoformat() for personne, le in d.effacees.items()},
        "menage_efface_le": max(d.effacees.values()) if d.menage_efface else None,
    }


_TOUJOURS: Final = (ev.PersonneEffacee, ev.OppositionEnregistree, ev.OppositionLevee)


def passe(faits: Sequence[Fait], *, au: date | None = None, connu_le: datetime | None = None) -> tuple[Fait, ...]:
    """The history as it was true ``au`` a date and known ``connu_le`` a moment, under today's rights.

    Erasures and oppositions count whenever they were told, and what has been corrected since is not read again
    by going back to before its correction (access 10).
    """

    def dedans(fait: Fait) -> bool:
        vrai = au is None or fait.enveloppe.survenu_le <= au
        return vrai and (connu_le is None or (fait.enregistre_le is not None and fait.enregistre_le <= connu_le))

    corriges_apres = {id_ for fait in faits if not dedans(fait) for id_ in _corriges(fait)}
    return tuple(
        fait
        for fait in faits
        if isinstance(fait.evenement, _TOUJOURS) or (dedans(fait) and fait.enveloppe.id not in corriges_apres)
    )


def _corriges(fait: Fait) -> Iterable[UUID]:
    if fait.enveloppe.corrige is not None:
        yield fait.enveloppe.corrige
    if isinstance(fait.evenement, ev.FaitCorrige):
        yield fait.evenement.corrige


ColonneDate = Literal["ouvert_le", "dernier_acte_le", "prochaine_audience", "concours_requis_le"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Portee:
    """What the reader can reach, by any of its links. Nothing given, nothing reached.

    ``intervenant`` is ``partenaire/agent``: an open intervention links one agent, never an organisation.
    ``auteur`` is a partner's code, ``declarant`` its SIRET: acts of its own may have been imported for it.
    """

    communes: Collection[str] = ()
    portefeuille: Collection[str] = ()
    mandats: Collection[UUID] = ()
    seances: Collection[UUID] = ()
    intervenant: str | None = None
    auteur: str | None = None
    declarant: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Filtre:
    """What the reader asks for inside its scope. ``du`` and ``au`` bound the date column ``par_date``."""

    communes: Collection[str] = ()
    stades: Collection[str] = ()
    parcs: Collection[str] = ()
    arrondissement: str | None = None
    seance: UUID | None = None
    par_date: ColonneDate = "dernier_acte_le"
    du: date | None = None
    au: date | None = None


class FiltreRefuse(ValueError):
    """The view has no such column: its message is for the reader (400)."""


@dataclass(frozen=True, slots=True)
class Page(Generic[L]):
    """Rows in the order of opening; ``suivante`` is the position to go on after, None at the end."""

    lignes: tuple[L, ...]
    suivante: int | None


_LIENS: Final[dict[str, LiteralString]] = {
    "communes": "commune = ANY(%(p_communes)s)",
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
    "du": "{} >= %(f_du)s",
    "au": "{} <= %(f_au)s",
}
_SERVIE: Final = sql.SQL("generation = (SELECT generation FROM positions WHERE active)")


def _valeur(valeur: object) -> object:
    return list(valeur) if isinstance(valeur, Collection) and not isinstance(valeur, str) else valeur


def _conditions(vue: Vue[Any], filtre: Filtre, portee: Portee) -> tuple[sql.Composable, dict[str, Any]] | None:
    """The WHERE of a worklist and its parameters; None when the scope is empty: there is nothing to ask."""
    if filtre.par_date not in vue.colonnes:
        message = f"La vue {vue.nom.upper()} ne connaît pas la date « {filtre.par_date} »."
        raise FiltreRefuse(message)
    liens = {nom: valeur for nom in _LIENS if (valeur := getattr(portee, nom))}
    if not liens:
        return None
    filtres = {nom: valeur for nom in _FILTRES if (valeur := getattr(filtre, nom))}
    clauses = [
        _SERVIE,
        sql.SQL(vue.competence),
        sql.SQL("({})").format(sql.SQL(" OR ").join(sql.SQL(_LIENS[nom]) for nom in liens)),
        *(sql.SQL(_FILTRES[nom]).format(sql.Identifier(filtre.par_date)) for nom in filtres),
    ]
    parametres = {f"p_{nom}": _valeur(valeur) for nom, valeur in liens.items()}
    parametres |= {f"f_{nom}": _valeur(valeur) for nom, valeur in filtres.items()}
    return sql.SQL(" AND ").join(clauses), parametres


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
    conditions = _conditions(vue, filtre or Filtre(), portee)
    if conditions is None:
        return Page((), None)
    clause, parametres = conditions
    taille = min(limite, PAGE_MAX)
    requete = sql.SQL("SELECT {} FROM {} WHERE {} AND position > %(apres)s ORDER BY position LIMIT %(limite)s").format(
        _colonnes(vue.colonnes), sql.Identifier(f"vue_{vue.nom}_dossiers"), clause
    )
    async with connexion.cursor(row_factory=class_row(vue.type_ligne)) as curseur:
        await curseur.execute(requete, {**parametres, "apres": apres, "limite": taille + 1})
        lignes = tuple(await curseur.fetchall())
    suite = lignes[taille - 1].position if len(lignes) > taille else None
    return Page(lignes[:taille], suite)


async def compter(connexion: AsyncConnection[Any], vue: Vue[L], *, portee: Portee, filtre: Filtre | None = None) -> int:
    """How many rows the whole worklist has, inside the reader's scope."""
    conditions = _conditions(vue, filtre or Filtre(), portee)
    if conditions is None:
        return 0
    clause, parametres = conditions
    requete = sql.SQL("SELECT count(*) FROM {} WHERE {}").format(sql.Identifier(f"vue_{vue.nom}_dossiers"), clause)
    curseur = await connexion.execute(requete, parametres)
    [[nombre]] = await curseur.fetchall()
    return int(nombre)


async def lire(connexion: AsyncConnection[Any], vue: Vue[L], dossiers: Sequence[UUID]) -> dict[UUID, VueDossier[L]]:
    """The cases as the view keeps them, row and sealed facts, all of them in one round trip."""
    requete_lignes = sql.SQL("SELECT {} FROM {} WHERE {} AND dossier = ANY(%s)").format(
        _colonnes(vue.colonnes), sql.Identifier(f"vue_{vue.nom}_dossiers"), _SERVIE
    )
    requete_faits = sql.SQL(
        "SELECT dossier, version, topic, state, position, recorded_at FROM {} "
        "WHERE {} AND dossier = ANY(%s) ORDER BY dossier, version"
    ).format(sql.Identifier(f"vue_{vue.nom}_faits"), _SERVIE)
    ids = list(dossiers)
    async with (
        connexion.pipeline(),
        connexion.cursor(row_factory=class_row(vue.type_ligne)) as lignes,
        connexion.cursor(binary=True) as rangees,
    ):
        await lignes.execute(requete_lignes, [ids])
        await rangees.execute(requete_faits, [ids])
        lues = await lignes.fetchall()
        faits: dict[UUID, list[Fait]] = {}
        for identite, version, topic, etat, position, recorded_at in await rangees.fetchall():
            fait = lire_fait(identite, version, topic, etat, position, recorded_at)
            faits.setdefault(identite, []).append(fait)
    return {ligne.dossier: VueDossier(ligne, tuple(faits.get(ligne.dossier, ()))) for ligne in lues}


def _colonnes(noms: Sequence[str]) -> sql.Composed:
    return sql.SQL(", ").join(sql.Identifier(nom) for nom in noms)


def rangee(vue: Vue[L], ligne: L, ecrits: Mapping[str, str]) -> str:
    """The row as COPY reads it, in the order of ``vue.colonnes``. ``ecrits``: the cells that all views have."""
    cellules = [ecrits[nom] if nom in ecrits else cellule(nom, getattr(ligne, nom)) for nom in vue.colonnes]
    return "\t".join(cellules) + "\n"


def cellule(colonne: str, valeur: object) -> str:
    """A value as COPY's text format has it: left to the driver, a row takes longer than its history takes to fold."""
    if colonne in _EN_JSON:
        return orjson.dumps(valeur).decode().translate(_ECHAPPES)
    return _ECRITURES[type(valeur)](valeur)


def _tableau(valeurs: list[object]) -> str:
    elements = (str(valeur).replace("\\", "\\\\").replace('"', '\\"') for valeur in valeurs)
    return ("{" + ",".join(f'"{element}"' for element in elements) + "}").translate(_ECHAPPES)


_EN_JSON: Final = frozenset({"inscriptions", "examens", "effaces"})
_ECHAPPES: Final = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
_ECRITURES: Final[Mapping[type, Callable[[Any], str]]] = MappingProxyType(
    {
        NoneType: lambda _: "\\N",
        bool: lambda vrai: "t" if vrai else "f",
        int: str,
        str: lambda texte: texte.translate(_ECHAPPES),
        UUID: str,
        date: date.isoformat,
        list: _tableau,
    }
)

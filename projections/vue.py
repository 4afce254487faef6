"""What a view is: the groups it may show, a pure match from a household's history, and two tables to read.

A view copies facts as they were recorded, sealed, and lacks what its reader may never see (domain 4.3): whole
events, and the sealed classes whose every group is foreign to it. It holds no key and decides nothing: who may
read what is left is the policies' affair. The same match answers by id from the log (``montrer``) and fills
the tables, so a view asked for a past date and a rebuilt view cannot differ from the live one.
"""

from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Annotated, Any, Final, Generic, LiteralString, NamedTuple, TypeVar
from uuid import UUID

import orjson

from ledger import catalogue as ev
from ledger.catalogue import Classe, Evenement, Fait, Scelle, Volet, catalogue, champs
from ledger.dossier.agenda import sorties, suites_attendues
from ledger.dossier.etat import Dossier
from ledger.dossier.liens import intervenants
from ledger.dossier.part import Debut, Soi, part
from ledger.droit.communes import commune
from projections.table import AGENDA, FILTRE, VOIE, Montree, Table, cellule, ecritures

_TOPICS: Final = {
    **{cls.TOPIC: cls for cls in catalogue().values()},
    ev.ActeProtege.TOPIC: ev.ActeProtege,
}


_EN_VOLETS: Final = frozenset(cls.GROUPE for cls in catalogue().values() if cls.VOLET not in {None, Volet.SECRET})


def volet(cls: type[Evenement]) -> Volet | None:
    """The part of its group that an event is of; None where views keep the whole group or nothing of it.

    ``ValueError`` for an event of a group in parts that is in none of them: nobody has said which view keeps it.
    """
    if cls.VOLET is None and cls.GROUPE in _EN_VOLETS:
        raise ValueError(f"{cls.__name__} : dites de quel volet de {cls.GROUPE} il est, chaque vue garde les siens")
    return cls.VOLET


_MONTREE_EN_ENTIER: Final = frozenset({"entier", "propres"})


@dataclass(slots=True, kw_only=True)
class LigneDeVue:
    """The row of one case, all in clear: what every worklist shows or filters by, and what links a reader to it.

    ``position`` is that of the opening. ``sorties``: the sessions whose agenda it left; ``suites_le``: the days by
    which recommendations are to be followed, of which nobody has said what became of them. ``seances``, ``auteurs``,
    ``declarants`` and ``intervenants`` (``partenaire/agent``) are for links. ``auteurs`` has who told of the case
    alone: where several did, each who has it by that link has a row of its own (``Vue.siennes``). ``effaces`` gives the
    day of erasure by person. Not frozen: a rebuild makes one for each case and view, and those take three times as long
    to make.
    """

    dossier: Annotated[UUID, Montree()]
    position: int
    ouvert_le: Annotated[date | None, Montree()]
    parc: Annotated[str | None, Montree(("F04",), ouverture=True), VOIE, FILTRE]
    commune: Annotated[str | None, Montree(("F02a", "F04"), ouverture=True), VOIE, FILTRE]
    arrondissement: Annotated[str | None, FILTRE]
    bailleur_siret: Annotated[str | None, Montree(("F04",), _MONTREE_EN_ENTIER, ouverture=True), VOIE]
    stade: Annotated[str, Montree(("F08",)), VOIE, FILTRE]
    dernier_acte_le: Annotated[date | None, Montree(("F08",))]
    information_menage: date | None
    opposition: bool
    limitation: Annotated[bool, Montree(sous="traitement_limite")]
    inscriptions: Annotated[list[dict[str, str]], Montree(("F19a",))]
    examens: Annotated[list[dict[str, str]], Montree(("F19a",))]
    seances: Annotated[list[UUID], VOIE]
    sorties: Annotated[list[UUID], VOIE]
    suites_le: Annotated[list[date], Montree(("F19a",)), VOIE, AGENDA]
    auteurs: Annotated[list[str], VOIE]
    declarants: Annotated[list[str], VOIE]
    intervenants: Annotated[list[str], VOIE]
    effaces: dict[str, str]
    menage_efface_le: date | None


L = TypeVar("L", bound=LigneDeVue)


class Territoire(NamedTuple):
    """How a territory reaches the cases of a view: by the column that holds its commune, under an SQL condition.

    ``entier``: it reaches all of those of its communes, by itself.
    """

    colonne: LiteralString
    condition: LiteralString
    entier: bool


TERRITOIRE_ENTIER: Final = Territoire("commune", "true", entier=True)


@dataclass(frozen=True)
class Vue(Generic[L]):
    """One view: what it keeps, the row of a case, and the cases that the worklist of its commission has.

    An event is kept whose group is of ``groupes``, and of a group in parts, those of ``volets``. ``ligne`` makes a row
    of the columns that all views have (``champs_communs``) and of the folded case. ``competence`` is the SQL condition
    under which a case is on the worklist at all; reading by id does not depend on it. ``auteurs``: the roles that read
    it and may open a case, so that what they told alone may link them to it. ``territoire``: what a territory reaches.
    """

    nom: LiteralString
    type_ligne: type[L]
    groupes: frozenset[str]
    volets: frozenset[Volet]
    ligne: Callable[[Mapping[str, Any], Dossier], L]
    competence: LiteralString
    auteurs: frozenset[str] = frozenset()
    territoire: Territoire = TERRITOIRE_ENTIER

    @cached_property
    def table(self) -> Table:
        """Its tables, as the dataclass of its row makes them."""
        return Table(self.nom, self.type_ligne, self.competence)

    @cached_property
    def garde(self) -> dict[str, frozenset[Classe]]:
        """By topic of the events that are kept, the sealed classes that come along."""
        return {topic: self._classes(cls) for topic, cls in _TOPICS.items() if self._retient(cls)}

    @cached_property
    def entiers(self) -> frozenset[str]:
        """The topics of which nothing is left out: an event that nobody's erasure has touched is kept as it is."""
        return frozenset(topic for topic, classes in self.garde.items() if classes == _classes(_TOPICS[topic]))

    def _retient(self, cls: type[Evenement]) -> bool:
        volets = {volet(nature) for nature in _natures(cls)}
        return volets <= {None, *self.volets} and any(self._ouvre(nature.GROUPE) for nature in _natures(cls))

    def _classes(self, cls: type[Evenement]) -> frozenset[Classe]:
        return _classes(cls, self._ouvre)

    def _ouvre(self, groupe: str) -> bool:
        # Contacts are one's own or others' (F10a, F10b) according to who made them: the log says F10 of both.
        return groupe in self.groupes or (groupe == "F10" and not self.groupes.isdisjoint({"F10a", "F10b"}))

    @cached_property
    def colonnes(self) -> tuple[str, ...]:
        """The columns of its worklist."""
        return tuple(self.table.colonnes)

    @cached_property
    def _ecritures(self) -> tuple[tuple[str, Callable[[Any], str]], ...]:
        return tuple(ecritures(self.type_ligne).items())

    def rangee(self, ligne: L, ecrits: Mapping[str, str]) -> str:
        """The row as COPY reads it. ``ecrits``: the cells that all views have (``ecrire_communs``)."""
        cellules = [ecrits[nom] if nom in ecrits else ecrire(getattr(ligne, nom)) for nom, ecrire in self._ecritures]
        return "\t".join(cellules) + "\n"

    def siennes(self, identite: UUID, d: Dossier, communs: Mapping[str, Any], debuts: Mapping[str, Debut]) -> list[str]:
        """The rows of a case for those who do not see it as it is, of which several told, as COPY reads them.

        Who opened it after others has it at its own opening. Who may be linked to it by its own contributions alone has
        its own part of it, as if nobody else had told anything.
        """
        rangees = []
        for code, debut in debuts.items():
            if debut.ouverture is not None and debut.position != communs["position"]:
                siens = {**communs, **_ouverture(debut.ouverture)}
                rangees.append(f"{cellule(code)}\tf\t{self.rangee(self.ligne(siens, d), {})}")
            if debut.premier.enveloppe.role in self.auteurs:
                passes = (Fait(identite, p.version, p.enveloppe, p.evenement) for p in d.passes.values())
                _, sienne = part(passes, Soi(code), d.version)
                siens = champs_communs(identite, debut.position, sienne)
                rangees.append(f"{cellule(code)}\tt\t{self.rangee(self.ligne(siens, sienne), {})}")
        return rangees

    def retenir(self, fait: Fait, dossier: Dossier) -> Fait | None:
        """The match: None if the view lacks this event, else the fact with the blobs that the view keeps.

        A blob whose subject was erased keeps its place and loses its bytes.
        """
        topic = fait.evenement.TOPIC
        if topic in self.entiers and not dossier.effacees:
            return fait
        classes = self.garde.get(topic)
        if classes is None:
            return None
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


_SECRETS: Final = frozenset({"F12", "F13", "F15"})


def _natures(cls: type[Evenement]) -> tuple[type[Evenement], ...]:
    """What a topic can hold: acts under secrecy share one, and their nature is sealed."""
    if cls is not ev.ActeProtege:
        return (cls,)
    return tuple(nature for nature in catalogue().values() if issubclass(nature, ev.ActeProtege))


def _classes(cls: type[Evenement], ouvre: Callable[[str], bool] = lambda _: True) -> frozenset[Classe]:
    """The sealed classes of what an event can hold, in the groups that are open."""
    return frozenset(
        champ.classe
        for nature in _natures(cls)
        for champ in champs(nature).values()
        if champ.classe is not Classe.S0 and champ.groupe is not None and ouvre(champ.groupe)
    )


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


def _ouverture(ouverture: Fait) -> dict[str, Any]:
    """The columns that an opening tells, as who opened the case by it has them."""
    e = ouverture.evenement
    if not isinstance(e, ev.DossierOuvert):
        raise TypeError(type(e))
    le = ouverture.enveloppe.survenu_le
    dits = {"position": ouverture.position, "ouvert_le": le, "parc": e.parc, **_lieu(e.commune, le)}
    return dits | ({"bailleur_siret": e.bailleur_siret} if e.bailleur_siret else {})


def _lieu(code: str, le: date) -> dict[str, str | None]:
    lieu = commune(code, le)
    return {"commune": code, "arrondissement": None if lieu is None else lieu.arrondissement}


def champs_communs(identite: UUID, position: int, d: Dossier) -> dict[str, Any]:
    """Give the columns that every view has, but the two on the procedure: each view tells of it what it may."""
    ouverture = d.ouverture
    return {
        "dossier": identite,
        "position": position,
        "ouvert_le": ouverture and ouverture.le,
        "parc": ouverture and ouverture.parc,
        **(_lieu(ouverture.commune, ouverture.le) if ouverture else {"commune": None, "arrondissement": None}),
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
        "sorties": list(sorties(d)),
        "suites_le": suites_attendues(d),
        "auteurs": list(d.auteurs) if len(d.auteurs) == 1 else [],
        "declarants": sorted(d.declarants),
        "intervenants": sorted(intervenants(d)),
        "effaces": {str(personne): le.isoformat() for personne, le in d.effacees.items()},
        "menage_efface_le": max(d.effacees.values()) if d.menage_efface else None,
    }


_ECRITURES_COMMUNES: Final = ecritures(LigneDeVue)


def ecrire_communs(communs: Mapping[str, Any]) -> dict[str, str]:
    """The cells of ``champs_communs``, written once for all views."""
    return {nom: _ECRITURES_COMMUNES[nom](valeur) for nom, valeur in communs.items()}


FAITS_D_UN_PAS: Final = 500
"""Facts looked at before others have their turn: a millisecond or so."""
_TOUJOURS: Final = (ev.PersonneEffacee, ev.OppositionEnregistree, ev.OppositionLevee)


def passe(
    faits: Sequence[Fait], *, au: date | None = None, connu_le: datetime | None = None
) -> Generator[None, None, tuple[Fait, ...]]:
    """The history as it was true ``au`` a date and known ``connu_le`` a moment, under today's rights; step by step.

    Erasures and oppositions count whenever they were told, and what has been corrected since is not read again
    by going back to before its correction (access 10).
    """

    def dedans(fait: Fait) -> bool:
        vrai = au is None or fait.enveloppe.survenu_le <= au
        return vrai and (connu_le is None or (fait.enregistre_le is not None and fait.enregistre_le <= connu_le))

    corriges_apres: set[UUID] = set()
    debuts = range(0, len(faits), FAITS_D_UN_PAS)
    for debut in debuts:
        pas = faits[debut : debut + FAITS_D_UN_PAS]
        corriges_apres.update(id_ for fait in pas if not dedans(fait) for id_ in _corriges(fait))
        yield
    gardes: list[Fait] = []
    for debut in debuts:
        gardes += [
            fait
            for fait in faits[debut : debut + FAITS_D_UN_PAS]
            if isinstance(fait.evenement, _TOUJOURS) or (dedans(fait) and fait.enveloppe.id not in corriges_apres)
        ]
        yield
    return tuple(gardes)


def _corriges(fait: Fait) -> Iterable[UUID]:
    if fait.enveloppe.corrige is not None:
        yield fait.enveloppe.corrige
    if isinstance(fait.evenement, ev.FaitCorrige):
        yield fait.evenement.corrige

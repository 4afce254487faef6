"""Which rows are one household: pure, over keyed hashes.

The same code decides against the blind index of the ledger and, within a lot, against the rows before and after; so
the result does not depend on their order.

Rows are joined by the same reference and folded name, or by the same dwelling, folded name and birth date: the
dossiers are the connected components of that relation. What is less is a *rapprochement* for a person to confirm:
one reference under two names, or one dwelling and name with a birth date missing on one side. It is suggested once,
by the row that makes it visible: the row by which a dossier first gets a reference, or a dwelling and name, that
another dossier already has. A birth date counts as missing when no row of the dossier, in the ledger or in the
whole lot, gives it. So an import that was interrupted and is run again suggests the same pairs at the same rows.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import Final, NamedTuple
from uuid import UUID

from adapters.exploc.lot import Rangee
from ledger.index import Genre, IndexAveugle

Indice = tuple[int, bytes]
MOTIF_REFERENCE: Final = "REFERENCE_PARTAGEE"
MOTIF_NAISSANCE: Final = "NAISSANCE_MANQUANTE"


class Traces(NamedTuple):
    """What an accepted row is recognised by, as keyed hashes; None where the row does not say.

    ``logement_nom`` and ``logement_nom_seul`` hash the same dwelling and folded name, for dossiers with and without a
    birth date under them: a row has both, and leaves in the index the one that ``naissance`` says.
    """

    acte: bytes
    naissance: bool
    identite: bytes | None
    logement_titulaire: bytes | None
    logement_nom: bytes | None
    logement_nom_seul: bytes | None
    reference_nom: bytes | None
    reference: bytes | None
    rg: bytes | None

    def indices(self) -> Iterator[Indice]:
        """Every entry of the index that has a say in where this row goes, or that it may add."""
        for genre, empreinte in zip(_GENRES, self[2:], strict=True):
            if empreinte is not None:
                yield genre, empreinte


_GENRES: Final = (
    Genre.IDENTITE,
    Genre.LOGEMENT_TITULAIRE,
    Genre.LOGEMENT_NOM,
    Genre.LOGEMENT_NOM_SEUL,
    Genre.REFERENCE_NOM,
    Genre.REFERENCE,
    Genre.RG,
)


_Empreinte = bytes | None
_Menage = tuple[_Empreinte, _Empreinte, _Empreinte, _Empreinte, _Empreinte, _Empreinte]
"""From ``identite`` to ``reference``, as ``Traces`` orders them."""


class Traceur:
    """Traces rows under the tenant's index secret. What names a household is hashed once, whatever acts it has."""

    def __init__(self, index: IndexAveugle) -> None:
        self._index = index
        self._menages: dict[tuple[object, ...], _Menage] = {}

    def __call__(self, ligne: Rangee) -> Traces:
        """The traces of a row."""
        index = self._index
        cle = (ligne.nom, ligne.prenoms, ligne.date_naissance, ligne.id_rpls, ligne.ref_dossier)
        menage = self._menages.get(cle)
        if menage is None:
            menage = self._menages[cle] = self._menage(*cle)
        return Traces(
            index.acte(ligne.etude_siret, ligne.type_acte, ligne.ref_acte, ligne.date_acte),
            ligne.date_naissance is not None,
            *menage,
            index.rg(ligne.num_rg) if ligne.num_rg else None,
        )

    def _menage(
        self, nom: str, prenoms: str | None, ne_le: date | None, logement: str | None, reference: str | None
    ) -> _Menage:
        index, prenoms = self._index, prenoms or ""
        return (
            index.identite(nom, prenoms, ne_le) if ne_le else None,
            index.logement_titulaire(logement, nom, prenoms, ne_le) if logement and ne_le else None,
            index.logement_nom(logement, nom, prenoms, naissance_connue=True) if logement else None,
            index.logement_nom(logement, nom, prenoms, naissance_connue=False) if logement else None,
            index.reference_nom(reference, nom, prenoms) if reference else None,
            index.reference(reference) if reference else None,
        )


class Connu(NamedTuple):
    """An entry of the blind index: the dossier, and the person with whose keys it goes."""

    dossier: UUID
    sujet: UUID


class Place(NamedTuple):
    """Where an accepted row goes, and what it brings.

    ``ouvre``: it is the first of a new dossier. ``identite``: it gives a name and birth date that its dossier did not
    have; ``logement``: a dwelling number that it did not have. ``entrees``: what it adds to the index.
    ``suggestions``: groups to compare its dossier with, and why.
    """

    groupe: int
    ouvre: bool
    identite: bool
    logement: bool
    entrees: tuple[Indice, ...]
    suggestions: tuple[tuple[int, str], ...]


@dataclass
class Repartition:
    """The places of the rows, in order (None: the act is known, a *doublon*), and the counts of the report.

    ``groupes[n]`` is the dossier that group ``n`` is in the ledger, or None for one that this lot opens.
    """

    places: list[Place | None] = field(default_factory=list)
    groupes: list[Connu | None] = field(default_factory=list)
    dossiers: int = 0
    rapprochements: int = 0
    references_connues: int = 0


def planifier(
    traces: Sequence[Traces], actes_connus: Collection[bytes], connus: Mapping[Indice, Sequence[Connu]]
) -> Repartition:
    """Place every row.

    ``connus`` is the ledger's index for the ``indices`` of these rows, ``actes_connus`` the
    natural keys among theirs that it holds already.
    """
    vus: set[bytes] = set()
    retenues: list[int] = []
    for rang, trace in enumerate(traces):
        if trace.acte not in actes_connus and trace.acte not in vus:
            vus.add(trace.acte)
            retenues.append(rang)
    plan = Repartition(places=[None] * len(traces))
    numeros = _Numeros(plan.groupes)
    groupes = _grouper(traces, retenues, connus, numeros)
    placement = _Placement(traces, groupes, connus, numeros)
    for rang, groupe in groupes.items():
        plan.places[rang] = placement.placer(traces[rang], groupe, neuf=plan.groupes[groupe] is None)
    plan.dossiers = len(placement.ouverts)
    plan.rapprochements = len(placement.paires)
    plan.references_connues = placement.references_connues
    return plan


@dataclass
class _Numeros:
    """Numbers of the groups: one per dossier of the ledger, one per new household."""

    groupes: list[Connu | None]
    par_dossier: dict[UUID, int] = field(default_factory=dict)

    def connu(self, connu: Connu) -> int:
        if connu.dossier not in self.par_dossier:
            self.par_dossier[connu.dossier] = self._suivant(connu)
        return self.par_dossier[connu.dossier]

    def nouveau(self) -> int:
        return self._suivant(None)

    def _suivant(self, connu: Connu | None) -> int:
        self.groupes.append(connu)
        return len(self.groupes) - 1


def _grouper(
    traces: Sequence[Traces],
    retenues: Sequence[int],
    connus: Mapping[Indice, Sequence[Connu]],
    numeros: _Numeros,
) -> dict[int, int]:
    """The group of each row kept, by its rank.

    Rows of one component go to the dossier that the ledger has for them. When it has several (nobody merges two
    dossiers but a person), a row goes to the one of its own dwelling, else of its own reference, else to the first.
    """
    parents: dict[int, int] = {}
    premiers: dict[Indice, int] = {}

    def racine(rang: int) -> int:
        while (parent := parents[rang]) != rang:
            parents[rang] = rang = parents[parent]
        return rang

    propres: dict[int, Connu] = {}
    for rang in retenues:
        parents[rang] = rang
        for indice in _jonctions(traces[rang]):
            autre = premiers.setdefault(indice, rang)
            parents[racine(rang)] = racine(autre)
            if rang not in propres and (trouves := connus.get(indice)):
                propres[rang] = min(trouves)
    communs: dict[int, Connu] = {}
    for rang, connu in propres.items():
        tete = racine(rang)
        communs[tete] = min(connu, communs.get(tete, connu))
    neufs: dict[int, int] = {}
    groupes: dict[int, int] = {}
    for rang in retenues:
        tete = racine(rang)
        connu_ici = propres.get(rang) or communs.get(tete)
        if connu_ici is not None:
            groupes[rang] = numeros.connu(connu_ici)
        else:
            if tete not in neufs:
                neufs[tete] = numeros.nouveau()
            groupes[rang] = neufs[tete]
    return groupes


def _jonctions(trace: Traces) -> Iterator[Indice]:
    """What joins a row to a dossier by itself: the dwelling first, then the reference."""
    if trace.logement_titulaire is not None:
        yield Genre.LOGEMENT_TITULAIRE, trace.logement_titulaire
    if trace.reference_nom is not None:
        yield Genre.REFERENCE_NOM, trace.reference_nom


class _Placement:
    """Who holds which index entry, while the rows of a lot take their places in their order."""

    def __init__(
        self,
        traces: Sequence[Traces],
        groupes: Mapping[int, int],
        connus: Mapping[Indice, Sequence[Connu]],
        numeros: _Numeros,
    ) -> None:
        self._tenants: dict[Indice, tuple[int, ...]] = {
            indice: tuple(dict.fromkeys(numeros.connu(c) for c in trouves)) for indice, trouves in connus.items()
        }
        self._nes = {
            (indice[1], groupe)
            for indice, tenus in self._tenants.items()
            if indice[0] is Genre.LOGEMENT_NOM
            for groupe in tenus
        } | {(t.logement_nom, g) for r, g in groupes.items() if (t := traces[r]).naissance and t.logement_nom}
        self._nommes: set[int] = set()
        self.ouverts: set[int] = set()
        self.paires: set[frozenset[int]] = set()
        self.references_connues = 0

    def placer(self, trace: Traces, groupe: int, *, neuf: bool) -> Place:
        """The place of the next row. ``neuf``: its dossier is none that was known before the lot."""
        entrees: list[Indice] = []
        suggestions: dict[int, str] = {}
        acquiert = partial(self._acquerir, groupe, entrees)
        if acquiert(Genre.REFERENCE, trace.reference):
            for autre in self._tenants[Genre.REFERENCE, trace.reference or b""]:
                if autre != groupe:
                    suggestions[autre] = MOTIF_REFERENCE
            self.references_connues += not neuf or groupe in self._nommes
            self._nommes.add(groupe)
        acquiert(Genre.REFERENCE_NOM, trace.reference_nom)
        logement = self._loger(trace, groupe, suggestions)
        if trace.logement_nom is not None and trace.logement_nom_seul is not None:
            if trace.naissance:
                acquiert(Genre.LOGEMENT_NOM, trace.logement_nom)
            else:
                acquiert(Genre.LOGEMENT_NOM_SEUL, trace.logement_nom_seul)
        acquiert(Genre.LOGEMENT_TITULAIRE, trace.logement_titulaire)
        acquiert(Genre.RG, trace.rg)
        identite = acquiert(Genre.IDENTITE, trace.identite)
        ouvre = neuf and groupe not in self.ouverts
        self.ouverts.add(groupe)
        self.paires.update(frozenset((groupe, autre)) for autre in suggestions)
        appris = (identite and not ouvre, logement and not ouvre)
        return Place(groupe, ouvre, *appris, tuple(entrees), tuple(suggestions.items()))

    def _loger(self, trace: Traces, groupe: int, suggestions: dict[int, str]) -> bool:
        """Whether the dwelling under that name is new to the dossier; then, who else has it may be the same."""
        connue, seul = trace.logement_nom, trace.logement_nom_seul
        if connue is None or seul is None:
            return False
        autres = self._tenants.get((Genre.LOGEMENT_NOM, connue), ()) + self._tenants.get(
            (Genre.LOGEMENT_NOM_SEUL, seul), ()
        )
        if groupe in autres:
            return False
        for autre in autres:
            if (connue, groupe) not in self._nes or (connue, autre) not in self._nes:
                suggestions.setdefault(autre, MOTIF_NAISSANCE)
        return True

    def _acquerir(self, groupe: int, entrees: list[Indice], genre: Genre, empreinte: bytes | None) -> bool:
        """Give the dossier an index entry that it has not; whether it was new to it."""
        if empreinte is None:
            return False
        indice = genre, empreinte
        tenus = self._tenants.get(indice, ())
        if groupe in tenus:
            return False
        self._tenants[indice] = (*tenus, groupe)
        entrees.append(indice)
        return True

"""Which rows are one household: pure, over keyed hashes.

The same code decides against the blind index of the ledger and, within a lot, against the rows before and after; so
the result does not depend on their order.

Rows are joined by the same dwelling, folded name and birth date, or by the same reference and folded name where no two
birth dates contradict each other, and always within one commune: the dossiers are the connected components of that
relation. What is less, or contradicts, is a *rapprochement* for a person to confirm: one reference under two names,
birth dates or communes; one dwelling and name with a birth date missing on one side; one place, family name and birth
date under first names that do not exclude each other. It is suggested once, by the row that makes it visible: the row
by which a dossier first gets what another dossier already has. A birth date counts as missing when no row of the
dossier, in the ledger or in the whole lot, gives it. So an import that was interrupted and is run again suggests the
same pairs at the same rows.

An act whose natural key is known is a *doublon* where its household is the same by anything that both said; otherwise
it is another household's act under a number that was given twice, and its row is refused.
"""

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from itertools import islice
from typing import Final, NamedTuple
from uuid import UUID

from adapters.exploc.lot import Rangee
from ledger.index import MOTIF_NAISSANCE, Demeure, Genre, IndexAveugle, Voisinage

Indice = tuple[int, bytes]
MOTIF_REFERENCE: Final = "REFERENCE_PARTAGEE"


class MenageTrace(NamedTuple):
    """What the household of a row is recognised by, as keyed hashes; None where the row does not say.

    ``logement_nom`` and ``logement_nom_seul`` hash the same dwelling and folded name, for dossiers with and without a
    birth date under them: a row has both, and leaves in the index the one that ``naissance`` says. So do
    ``reference_certaine``, with the row's birth date, and ``reference_sans``, with none. ``voisinage`` leaves the
    missing birth dates to ``_Placement``, which sees the whole lot.
    """

    naissance: bool
    logement_certain: bytes | None
    logement_nom: bytes | None
    logement_nom_seul: bytes | None
    reference: bytes | None
    reference_certaine: bytes | None
    reference_sans: bytes | None
    reference_nee: bytes | None
    voisinage: Voisinage

    def preuves(self) -> Iterator[Indice]:
        """What one household says, and a homonym of the same day of birth does not."""
        for genre, empreinte in (
            (Genre.LOGEMENT_NOM, self.logement_nom),
            (Genre.LOGEMENT_NOM_SEUL, self.logement_nom_seul),
            (Genre.REFERENCE, self.reference),
        ):
            if empreinte is not None:
                yield genre, empreinte
        yield from ((Genre.LIEU, empreinte) for empreinte in self.voisinage.lieux)

    def indices(self) -> Iterator[Indice]:
        """What the index is asked of every row: whoever has anything else of it has one of these."""
        yield from self.preuves()
        yield from ((Genre.IDENTITE, empreinte) for empreinte in self.voisinage.identites[:1])

    def suites(self, connus: Container[Indice]) -> Iterator[Indice]:
        """What it is asked then, where somebody has the same reference, or the same place."""
        if (Genre.REFERENCE, self.reference) in connus:
            yield from self.attaches()
        if any((Genre.LIEU, lieu) in connus for lieu in self.voisinage.lieux):
            if self.logement_certain is not None:
                yield Genre.LOGEMENT_CERTAIN, self.logement_certain
            yield from self.voisinage.precisions()

    def attaches(self) -> Iterator[Indice]:
        """Under what a dossier has its reference: its own birth date, none, or one that is known."""
        if self.reference_certaine is not None:
            yield Genre.REFERENCE_CERTAINE, self.reference_certaine
            yield Genre.REFERENCE_CERTAINE, self.reference_sans or b""
            yield Genre.REFERENCE_NEE, self.reference_nee or b""

    def temoins(self) -> tuple[Indice, ...]:
        """What tells that a known act is this household's: its proofs; where there is none, its name and birth date."""
        preuves = tuple(self.preuves())
        return preuves or tuple((Genre.IDENTITE, empreinte) for empreinte in self.voisinage.identites[:1])


class Traces(NamedTuple):
    """What an accepted row is recognised by: its act, its household, the court's file number."""

    acte: bytes
    menage: MenageTrace
    rg: bytes | None

    def indices(self) -> Iterator[Indice]:
        """Every entry of the index that has a say in where this row goes, or that it may add."""
        yield from self.menage.indices()
        if self.rg is not None:
            yield Genre.RG, self.rg


class Traceur:
    """Traces rows under the tenant's index secret. What names a household is hashed once, whatever acts it has."""

    def __init__(self, index: IndexAveugle) -> None:
        self._index = index
        self._menages: dict[tuple[object, ...], MenageTrace] = {}

    def __call__(self, ligne: Rangee) -> Traces:
        """The traces of a row."""
        index = self._index
        demeure = Demeure(ligne.commune_insee, ligne.id_rpls, ligne.adresse)
        cle = (ligne.nom, ligne.prenoms, ligne.date_naissance, ligne.ref_dossier, demeure)
        menage = self._menages.get(cle)
        if menage is None:
            menage = self._menages[cle] = self._menage(*cle)
        return Traces(
            index.acte(ligne.etude_siret, ligne.type_acte, ligne.ref_acte, ligne.date_acte),
            menage,
            index.rg(ligne.num_rg) if ligne.num_rg else None,
        )

    def _menage(
        self, nom: str, prenoms: str | None, ne_le: date | None, reference: str | None, demeure: Demeure
    ) -> MenageTrace:
        index, prenoms, commune, numero = self._index, prenoms or "", demeure.commune, demeure.numero
        voisinage = index.voisinage(nom, prenoms, ne_le, demeure)
        certaine = sans = nee = None
        if reference is not None:
            certaine = index.reference_certaine(reference, commune, nom, prenoms, ne_le)
            sans = index.reference_certaine(reference, commune, nom, prenoms, None)
            nee = index.reference_nee(reference, commune, nom, prenoms)
        return MenageTrace(
            ne_le is not None,
            index.logement_certain(numero, commune, nom, prenoms, ne_le) if numero and ne_le else None,
            voisinage.logement_nom,
            voisinage.logement_nom_seul,
            index.reference(reference) if reference else None,
            certaine,
            sans,
            nee,
            voisinage._replace(logement_nom=None, logement_nom_seul=None),
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
    """The places of the rows, in order (None: the act is known), and the counts of the report.

    ``groupes[n]`` is the dossier that group ``n`` is in the ledger, or None for one that this lot opens. ``disputes``:
    of the rows without a place, those whose act is known of another household, with its dossier if the ledger has it.
    """

    places: list[Place | None] = field(default_factory=list)
    disputes: dict[int, UUID | None] = field(default_factory=dict)
    groupes: list[Connu | None] = field(default_factory=list)
    dossiers: int = 0
    rapprochements: int = 0
    references_connues: int = 0


def planifier(
    traces: Sequence[Traces], actes_connus: Mapping[bytes, UUID], connus: Mapping[Indice, Sequence[Connu]]
) -> Repartition:
    """Place every row.

    ``connus`` is the ledger's index for the ``indices`` of these rows and their ``suites``; ``actes_connus``, the
    natural keys among theirs that it holds already, with their dossier.
    """
    plan = Repartition(places=[None] * len(traces))
    retenues: dict[bytes, int] = {}
    for rang, trace in enumerate(traces):
        if (dossier := actes_connus.get(trace.acte)) is not None:
            if not any(c.dossier == dossier for indice in trace.menage.temoins() for c in connus.get(indice, ())):
                plan.disputes[rang] = dossier
        elif (premier := retenues.setdefault(trace.acte, rang)) != rang and not _du_meme(trace, traces[premier]):
            plan.disputes[rang] = None
    numeros = _Numeros(plan.groupes)
    groupes = _grouper(traces, list(retenues.values()), connus, numeros)
    placement = _Placement(traces, groupes, connus, numeros)
    for rang, groupe in groupes.items():
        plan.places[rang] = placement.placer(traces[rang], groupe, neuf=plan.groupes[groupe] is None)
    plan.dossiers = len(placement.ouverts)
    plan.rapprochements = len(placement.paires)
    plan.references_connues = placement.references_connues
    return plan


def _du_meme(trace: Traces, autre: Traces) -> bool:
    """Whether two rows with one act say anything that one household alone says."""
    return trace.menage is autre.menage or not set(trace.menage.temoins()).isdisjoint(autre.menage.temoins())


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
    contredites = _contredites(traces, retenues, connus)
    parents: dict[int, int] = {}
    premiers: dict[Indice, int] = {}

    def racine(rang: int) -> int:
        while (parent := parents[rang]) != rang:
            parents[rang] = rang = parents[parent]
        return rang

    propres: dict[int, Connu] = {}
    for rang in retenues:
        parents[rang] = rang
        menage = traces[rang].menage
        for indice in _jonctions(menage, contredites):
            autre = premiers.setdefault(indice, rang)
            parents[racine(rang)] = racine(autre)
        connu = next((min(trouves) for i in attaches(menage, contredites) if (trouves := connus.get(i))), None)
        if connu is not None:
            propres[rang] = connu
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


def _contredites(
    traces: Sequence[Traces], retenues: Sequence[int], connus: Mapping[Indice, Sequence[Connu]]
) -> set[bytes | None]:
    """The references, with their name and commune, under which the ledger and these rows say two birth dates."""
    nees: dict[bytes, set[bytes]] = {}
    for rang in retenues:
        menage = traces[rang].menage
        if menage.reference_nee is not None and menage.reference_certaine is not None:
            dites = nees.setdefault(menage.reference_nee, set())
            if menage.naissance:
                dites.add(menage.reference_certaine)
    contredites: set[bytes | None] = set()
    for nee, dites in nees.items():
        d_ici = {c.dossier for dite in dites for c in connus.get((Genre.REFERENCE_CERTAINE, dite), ())}
        d_ailleurs = {c.dossier for c in connus.get((Genre.REFERENCE_NEE, nee), ())} - d_ici
        if len(dites) + len(d_ailleurs) > 1:
            contredites.add(nee)
    return contredites


def _jonctions(menage: MenageTrace, contredites: set[bytes | None]) -> Iterator[Indice]:
    """What joins a row to another by itself."""
    if menage.logement_certain is not None:
        yield Genre.LOGEMENT_CERTAIN, menage.logement_certain
    if menage.reference_nee is not None and menage.reference_nee not in contredites:
        yield Genre.REFERENCE_NEE, menage.reference_nee
    elif menage.reference_certaine is not None:
        yield Genre.REFERENCE_CERTAINE, menage.reference_certaine


def attaches(menage: MenageTrace, contredites: set[bytes | None]) -> Iterator[Indice]:
    """What joins a row to a dossier of the ledger: the dwelling first, then the reference."""
    if menage.logement_certain is not None:
        yield Genre.LOGEMENT_CERTAIN, menage.logement_certain
    yield from islice(menage.attaches(), 1 if menage.reference_nee in contredites else None)


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
        } | {(m.logement_nom, g) for r, g in groupes.items() if (m := traces[r].menage).naissance and m.logement_nom}
        self._nommes: set[int] = set()
        self.ouverts: set[int] = set()
        self.paires: set[frozenset[int]] = set()
        self.references_connues = 0

    def placer(self, trace: Traces, groupe: int, *, neuf: bool) -> Place:
        """The place of the next row. ``neuf``: its dossier is none that was known before the lot."""
        entrees: list[Indice] = []
        suggestions: dict[int, str] = {}
        acquiert = partial(self._acquerir, groupe, entrees)
        menage = trace.menage
        if acquiert(Genre.REFERENCE, menage.reference):
            for autre in self._tenants[Genre.REFERENCE, menage.reference or b""]:
                if autre != groupe:
                    suggestions[autre] = MOTIF_REFERENCE
            self.references_connues += not neuf or groupe in self._nommes
            self._nommes.add(groupe)
        acquiert(Genre.REFERENCE_CERTAINE, menage.reference_certaine)
        if menage.naissance:
            acquiert(Genre.REFERENCE_NEE, menage.reference_nee)
        logement = self._loger(menage, groupe, suggestions)
        if menage.naissance:
            acquiert(Genre.LOGEMENT_NOM, menage.logement_nom)
        else:
            acquiert(Genre.LOGEMENT_NOM_SEUL, menage.logement_nom_seul)
        acquiert(Genre.LOGEMENT_CERTAIN, menage.logement_certain)
        acquiert(Genre.RG, trace.rg)
        identite = sum(acquiert(Genre.IDENTITE, empreinte) for empreinte in menage.voisinage.identites) > 0
        if sum(acquiert(Genre.LIEU, empreinte) for empreinte in menage.voisinage.lieux):
            for autre, motif in menage.voisinage.proches(self._tenants).items():
                if autre != groupe:
                    suggestions.setdefault(autre, motif)
        ouvre = neuf and groupe not in self.ouverts
        self.ouverts.add(groupe)
        self.paires.update(frozenset((groupe, autre)) for autre in suggestions)
        appris = (identite and not ouvre, logement and not ouvre)
        return Place(groupe, ouvre, *appris, tuple(entrees), tuple(suggestions.items()))

    def _loger(self, menage: MenageTrace, groupe: int, suggestions: dict[int, str]) -> bool:
        """Whether the dwelling under that name is new to the dossier; then, who else has it may be the same."""
        connue, seul = menage.logement_nom, menage.logement_nom_seul
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

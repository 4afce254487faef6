"""Which rows are one household. Pure, over keyed hashes: the same code decides against the blind index of the
ledger and, within a lot, against the rows before and after; so the result does not depend on their order.

Rows are joined by the same reference and folded name, or by the same dwelling, folded name and birth date: the
dossiers are the connected components of that relation. What is less is a *rapprochement* for a person to confirm:
one reference under two names, or one dwelling and name with a birth date missing on one side. It is suggested once,
by the row that makes it visible: the row by which a dossier first gets a reference, or a dwelling and name, that
another dossier already has. A birth date counts as missing when no row of the dossier, in the ledger or in the
whole lot, gives it. So an import that was interrupted and is run again suggests the same pairs at the same rows.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import NamedTuple
from uuid import UUID

from adapters.exploc.lot import Ligne
from ledger.noms import plier


class Genre(IntEnum):
    """Kinds of blind-index entries that the import writes. A row's own entries are ``Traces.entrees``."""

    IDENTITE = 1
    REFERENCE = 2
    REFERENCE_NOM = 3
    RPLS_NOM_NAISSANCE = 4
    RPLS_NOM_CONNUE = 5
    RPLS_NOM_SANS = 6


Indice = tuple[Genre, bytes]
MOTIF_REFERENCE = "REFERENCE_PARTAGEE"
MOTIF_NAISSANCE = "NAISSANCE_MANQUANTE"


class Traces(NamedTuple):
    """What an accepted row is recognised by, as keyed hashes; None where the row does not say.

    ``logement_connue`` and ``logement_sans`` hash the same dwelling and folded name, for dossiers with and without
    a birth date under them: a row has both, and leaves in the index the one that ``naissance`` says.
    """

    acte: bytes
    naissance: bool
    identite: bytes | None
    reference: bytes | None
    reference_nom: bytes | None
    logement_naissance: bytes | None
    logement_connue: bytes | None
    logement_sans: bytes | None

    def indices(self) -> Iterator[Indice]:
        """Every entry of the index that has a say in where this row goes."""
        for genre, empreinte in zip(Genre, self[2:], strict=True):
            if empreinte is not None:
                yield genre, empreinte


def tracer(ligne: Ligne, acte: Callable[..., bytes], indice: Callable[..., bytes]) -> Traces:
    """The traces of a row. ``acte(*values)`` hashes a natural key, ``indice(genre, *values)`` an entry of the index."""
    nom = (plier(ligne.nom), plier(ligne.prenoms or ""))
    ne_le = ligne.date_naissance.isoformat() if ligne.date_naissance else None
    reference, logement = ligne.ref_dossier, ligne.id_rpls
    return Traces(
        acte=acte(ligne.etude_siret, ligne.type_acte, ligne.ref_acte, ligne.date_acte.isoformat()),
        naissance=ne_le is not None,
        identite=indice(Genre.IDENTITE, *nom, ne_le) if ne_le else None,
        reference=indice(Genre.REFERENCE, reference) if reference else None,
        reference_nom=indice(Genre.REFERENCE_NOM, reference, *nom) if reference else None,
        logement_naissance=indice(Genre.RPLS_NOM_NAISSANCE, logement, *nom, ne_le) if logement and ne_le else None,
        logement_connue=indice(Genre.RPLS_NOM_CONNUE, logement, *nom) if logement else None,
        logement_sans=indice(Genre.RPLS_NOM_SANS, logement, *nom) if logement else None,
    )


class Connu(NamedTuple):
    """An entry of the blind index: the dossier, and the person with whose keys it goes."""

    dossier: UUID
    sujet: UUID


class Place(NamedTuple):
    """Where an accepted row goes, and what it brings.

    ``ouvre``: it is the first of a new dossier. ``identite``: it gives a name and birth date that its dossier did not
    have. ``entrees``: what it adds to the index. ``suggestions``: groups to compare its dossier with, and why.
    """

    groupe: int
    ouvre: bool
    identite: bool
    entrees: tuple[Indice, ...]
    suggestions: tuple[tuple[int, str], ...]


@dataclass
class Plan:
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
) -> Plan:
    """Place every row. ``connus`` is the ledger's index for the ``indices`` of these rows, ``actes_connus`` the
    natural keys among theirs that it holds already."""
    vus: set[bytes] = set()
    retenues: list[int] = []
    for rang, trace in enumerate(traces):
        if trace.acte not in actes_connus and trace.acte not in vus:
            vus.add(trace.acte)
            retenues.append(rang)
    plan = Plan(places=[None] * len(traces))
    numeros = _Numeros(plan.groupes)
    groupes = _grouper(traces, retenues, connus, numeros)
    _placer(traces, groupes, connus, numeros, plan)
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
    if trace.logement_naissance is not None:
        yield Genre.RPLS_NOM_NAISSANCE, trace.logement_naissance
    if trace.reference_nom is not None:
        yield Genre.REFERENCE_NOM, trace.reference_nom


def _placer(
    traces: Sequence[Traces],
    groupes: Mapping[int, int],
    connus: Mapping[Indice, Sequence[Connu]],
    numeros: _Numeros,
    plan: Plan,
) -> None:
    tenants: dict[Indice, dict[int, None]] = {
        indice: dict.fromkeys(numeros.connu(c) for c in trouves) for indice, trouves in connus.items()
    }
    nes = {
        (indice[1], groupe)
        for indice, tenus in tenants.items()
        if indice[0] is Genre.RPLS_NOM_CONNUE
        for groupe in tenus
    } | {(t.logement_connue, g) for r, g in groupes.items() if (t := traces[r]).naissance and t.logement_connue}
    ouverts: set[int] = set()
    nommes: set[int] = set()
    paires: set[frozenset[int]] = set()
    for rang, groupe in groupes.items():
        trace = traces[rang]
        neuf = plan.groupes[groupe] is None
        entrees: list[Indice] = []
        suggestions: dict[int, str] = {}

        def acquiert(genre: Genre, empreinte: bytes | None, g: int = groupe, e: list[Indice] = entrees) -> bool:
            if empreinte is None:
                return False
            tenus = tenants.setdefault((genre, empreinte), {})
            if g in tenus:
                return False
            tenus[g] = None
            e.append((genre, empreinte))
            return True

        if acquiert(Genre.REFERENCE, trace.reference):
            for autre in tenants[Genre.REFERENCE, trace.reference or b""]:
                if autre != groupe:
                    suggestions[autre] = MOTIF_REFERENCE
            plan.references_connues += not neuf or groupe in nommes
            nommes.add(groupe)
        acquiert(Genre.REFERENCE_NOM, trace.reference_nom)
        if (connue := trace.logement_connue) is not None and (sans := trace.logement_sans) is not None:
            autres = tenants.get((Genre.RPLS_NOM_CONNUE, connue), {}) | tenants.get((Genre.RPLS_NOM_SANS, sans), {})
            if groupe not in autres:
                for autre in autres:
                    if (connue, groupe) not in nes or (connue, autre) not in nes:
                        suggestions.setdefault(autre, MOTIF_NAISSANCE)
            if trace.naissance:
                acquiert(Genre.RPLS_NOM_CONNUE, connue)
            else:
                acquiert(Genre.RPLS_NOM_SANS, sans)
        acquiert(Genre.RPLS_NOM_NAISSANCE, trace.logement_naissance)
        identite = acquiert(Genre.IDENTITE, trace.identite)
        ouvre = neuf and groupe not in ouverts
        ouverts.add(groupe)
        paires.update(frozenset((groupe, autre)) for autre in suggestions)
        plan.places[rang] = Place(
            groupe, ouvre, identite and not ouvre, tuple(entrees), tuple(suggestions.items())
        )
    plan.dossiers = len(ouverts)
    plan.rapprochements = len(paires)

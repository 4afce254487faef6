"""The import's child process: parsing, matching, deciding and sealing, away from the loop that serves requests.

It is a conversation. The atelier asks (``Reconnaitre``, ``Lire``, ``Creer``), hands over what is ready (``Ecrire``),
and ends with a report (``Termine``); ``importation`` answers from the ledger. It has no database, no file but the
lot, and no secret but those it is sent. ``conversation`` is pure of all transport; ``tuyaux`` speaks it over pipes.

All of the lot is read, checked and placed (that is the dry run) before anything of it is sealed and handed over, by
packets, in order: the last row can tell where the first one goes. Memory holds its rows till then, about a kilobyte
and a half each with their hashes.
"""

from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import count, islice
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, BinaryIO, Final, NamedTuple, assert_never
from uuid import UUID

from adapters.exploc import actes
from adapters.exploc.fichier import Lot, ouvrir_lot
from adapters.exploc.lot import Rangee, RangeeRefusee, lire
from adapters.exploc.rapport import Decompte
from adapters.exploc.rapprochement import (
    Connu,
    Indice,
    Place,
    Repartition,
    Traces,
    Traceur,
    attaches,
    planifier,
)
from ledger.alea import identifiant
from ledger.catalogue import Fait
from ledger.dossier.decision import Auteur, Contexte, Contribution, decider_et_replier
from ledger.dossier.etat import Dossier
from ledger.dossier.refus import ActeRefuse
from ledger.index import REFERENCES, Effacee, Entree, Genre, IndexAveugle
from ledger.mapper import cles_requises, sceller
from ledger.sealing import Requise, Trousseau
from ledger.verdict import ActeConnu, CleReutilisee, Conflit, Raison

if TYPE_CHECKING:  # the child opens no database: it does without the driver
    from ledger.keys import CleScellee

TRANCHE: Final = 2000
"""Rows read between two questions to the index: the first answer comes soon, and no question is long."""
PAQUET: Final = 250
"""Contributions per packet: half of what may be written under one hold of the lock."""
ESSAIS: Final = 16
"""Times one row is placed again when others write to its dossier meanwhile."""
TAILLE: Final = 8
_A_PART: Final = -1
_DU_MENAGE: Final = (Genre.REFERENCE, Genre.RG)
D_UN_AUTRE: Final = "ce numéro d'acte est déjà celui d'un acte d'un autre ménage"
EFFACE: Final = "le ménage que désigne cette ligne a été effacé : un acte de son dossier ne l'y fait pas revenir"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ordre:
    """On whose behalf, with what, and for which day the lot is imported."""

    auteur: Auteur
    finalite: str
    jour: date
    ecrire: bool
    trousseau: Trousseau
    index: IndexAveugle


class Reconnaitre(NamedTuple):
    """Which of these acts and index entries does the ledger have? Answer: ``IndexReconnu``. ``lues``: rows so far."""

    lues: int
    actes: tuple[bytes, ...]
    indices: tuple[Indice, ...]


class IndexReconnu(NamedTuple):
    """The answer: of those acts and keyed hashes, what the ledger holds, and what it holds no more."""

    actes: Mapping[bytes, UUID]
    indices: Mapping[Indice, Sequence[tuple[UUID, UUID]]]
    effacees: Mapping[Indice, Effacee] = MappingProxyType({})


class Lire(NamedTuple):
    """The state and the keys of these dossiers. Answer: a mapping of ``(Dossier, Trousseau)``."""

    dossiers: tuple[UUID, ...]


class Creer(NamedTuple):
    """Make these keys of dossiers that exist. Answer: their ``Trousseau``, or why they have no key to give."""

    manquantes: Mapping[UUID, tuple[Requise, ...]]


class Scellee(NamedTuple):
    """One sealed contribution, without what all those of the import share."""

    dossier: UUID
    version_attendue: int
    contribution: UUID
    evenements: tuple[tuple[str, bytes], ...]
    entrees: tuple[Entree, ...]
    acte: bytes


class Ecrire(NamedTuple):
    """Write a packet: first the keys of its new dossiers, then its contributions. ``attendre``: do not run ahead.

    ``dernier``: what is in conflict this time is not tried again. Answer: of the packets whose writing has ended, in
    their order, which contributions stored nothing, by their rank, and why.
    """

    numero: int
    cles: tuple["CleScellee", ...]
    scellees: tuple[Scellee, ...]
    attendre: bool
    dernier: bool = False


class Termine(NamedTuple):
    """The end of the conversation: the report."""

    rapport: dict[str, Any]


Appel = Reconnaitre | Lire | Creer | Ecrire | Termine
Conversation = Generator[Appel, Any, None]


class _Travail(NamedTuple):
    """A row to be written: what it says, where it goes, and the natural key of its act."""

    ligne: Rangee
    place: Place
    acte: bytes


@dataclass(slots=True)
class _Ouvert:
    """A dossier as this import knows it: its id, its titulaire, its state and its keys. Kept while rows remain."""

    dossier: UUID
    titulaire: UUID
    etat: Dossier
    trousseau: Trousseau
    neuf: bool


def conversation(mandat: Ordre, flux: BinaryIO) -> Conversation:
    """Import one lot. ``LotIllisible`` is raised before anything is asked or written."""
    bilan = Decompte()
    lot = ouvrir_lot(flux)
    bilan.ignorees, bilan.windows = lot.entete.ignorees, lot.windows
    plan, travaux = yield from _placer(mandat, lot, bilan)
    if mandat.ecrire:
        yield from _Ecrivain(mandat, plan, bilan).ecrire(travaux)
    yield Termine(bilan.rapport())


def _placer(mandat: Ordre, lot: Lot, bilan: Decompte) -> Generator[Appel, Any, tuple[Repartition, Iterator[_Travail]]]:
    """The plan of the lot, and the rows that are to be written, in their order."""
    connus: dict[Indice, list[Connu]] = {}
    actes_connus: dict[bytes, UUID] = {}
    lignes: list[Rangee] = []
    traces: list[Traces] = []
    tracer = Traceur(mandat.index)
    rangees = lire(lot, mandat.jour)
    while tranche := list(islice(rangees, TRANCHE)):
        debut = len(traces)
        for lue in tranche:
            bilan.rangees += 1
            if isinstance(lue, RangeeRefusee):
                bilan.ecarter(lue)
            else:
                lignes.append(lue)
                traces.append(tracer(lue))
        effacees = yield from _reconnaitre(bilan.rangees, traces[debut:], actes_connus, connus)
        vivantes = []
        for ligne, trace in zip(lignes[debut:], traces[debut:], strict=True):
            if trace.acte not in actes_connus and _revient(ligne, trace, connus, effacees):
                bilan.ecarter(RangeeRefusee(ligne.numero, "ref_dossier", EFFACE))
            else:
                vivantes.append((ligne, trace))
        lignes[debut:], traces[debut:] = [ligne for ligne, _ in vivantes], [trace for _, trace in vivantes]
    plan = planifier(traces, actes_connus, connus)
    bilan.dossiers, bilan.rapprochements = plan.dossiers, plan.rapprochements
    bilan.references_connues = plan.references_connues
    disputes = yield from _disputes(plan)
    travaux: list[_Travail] = []
    for rang, (ligne, place, trace) in enumerate(zip(lignes, plan.places, traces, strict=True)):
        if place is not None:
            bilan.accepter(ligne)
            travaux.append(_Travail(ligne, place, trace.acte))
        elif rang in disputes:
            bilan.ecarter(RangeeRefusee(ligne.numero, "ref_acte", D_UN_AUTRE))
        else:
            bilan.doublons += 1
    return plan, _vider(travaux)


def _reconnaitre(
    lues: int, traces: Sequence[Traces], actes_connus: dict[bytes, UUID], connus: dict[Indice, list[Connu]]
) -> Generator[Appel, Any, Mapping[Indice, Effacee]]:
    """Ask the ledger for all that has a say in where these rows go, in two questions: few rows have a second one.

    What of it is erased is given back.
    """
    reconnus: IndexReconnu = yield Reconnaitre(
        lues, tuple(trace.acte for trace in traces), tuple(dict.fromkeys(i for t in traces for i in t.indices()))
    )
    effacees = dict(reconnus.effacees)
    actes_connus.update(reconnus.actes)
    connus.update({indice: [Connu(*trouve) for trouve in trouves] for indice, trouves in reconnus.indices.items()})
    menages = {id(trace.menage): trace.menage for trace in traces}.values()
    suites = tuple(dict.fromkeys(suite for menage in menages for suite in menage.suites(connus)))
    if suites:
        reconnus = yield Reconnaitre(lues, (), suites)
        effacees |= reconnus.effacees
        connus.update({indice: [Connu(*trouve) for trouve in trouves] for indice, trouves in reconnus.indices.items()})
    return effacees


def _disputes(plan: Repartition) -> Generator[Appel, Any, set[int]]:
    """The rows whose act is another household's. One whose household was erased can be told from nobody's any more."""
    dossiers = tuple(dict.fromkeys(d for d in plan.disputes.values() if d is not None))
    lus = (yield Lire(dossiers)) if dossiers else {}
    return {rang for rang, d in plan.disputes.items() if d is None or not lus[d][0].effacees}


def _revient(
    ligne: Rangee, trace: Traces, connus: Mapping[Indice, Sequence[Connu]], effacees: Mapping[Indice, Effacee]
) -> bool:
    """Whether a row is of an erased household: known by what it brings, and of no case that lives.

    Who has another case since may bring to it the dwelling of the first, and none of its numbers.
    """
    if not effacees:
        return False
    vivante = any(connus.get(indice) for indice in attaches(trace.menage, set()))
    return any(
        (efface := effacees.get(indice)) is not None
        and efface.revient(indice[0], ligne.date_acte)
        and (not vivante or (indice[0] in REFERENCES and not connus.get(indice)))
        for indice in trace.indices()
    )


def _vider(travaux: list[_Travail]) -> Iterator[_Travail]:
    """Each row in its turn, kept no longer: those that are written make room for the dossiers that they open."""
    travaux.reverse()
    while travaux:
        yield travaux.pop()


class _Ecrivain:
    """Seals and hands over the rows of a plan, in their order."""

    def __init__(self, mandat: Ordre, plan: Repartition, bilan: Decompte) -> None:
        self._mandat = mandat
        self._plan = plan
        self._bilan = bilan
        self._ouverts: dict[int, _Ouvert] = {}
        self._ids: dict[int, UUID] = {}
        self._restants: dict[int, int] = {}
        for place in plan.places:
            if place is not None:
                self._restants[place.groupe] = self._restants.get(place.groupe, 0) + 1
        self._en_cours: dict[int, list[_Travail]] = {}
        self._recus: list[tuple[int, Mapping[int, Raison]]] = []
        self._perdus: set[int] = set()
        """Groups of which a row was not written as planned: the ledger is asked again for each of their rows."""

    def ecrire(self, travaux: Iterator[_Travail]) -> Conversation:
        for numero in count():
            paquet = list(islice(travaux, PAQUET))
            directs = [travail for travail in paquet if travail.place.groupe not in self._perdus]
            differes = [travail for travail in paquet if travail.place.groupe in self._perdus]
            cles, scellees, self._en_cours[numero] = yield from self._sceller(directs)
            yield from self._confier(Ecrire(numero, tuple(cles), tuple(scellees), attendre=not paquet))
            yield from self._accuser()
            for travail in differes:
                yield from self._redecider(travail)
            if not paquet:
                return

    def _sceller(
        self, travaux: Sequence[_Travail]
    ) -> Generator[Appel, Any, tuple[list["CleScellee"], list[Scellee], list[_Travail]]]:
        """Decide and seal a packet, in order; a row that the case refuses is counted as such and left out."""
        yield from self._ouvrir(travaux)
        decides = [(travail, *decide) for travail in travaux if (decide := self._decider(travail)) is not None]
        cles, sans_cles = yield from self._cles([(ouvert, faits) for _, ouvert, faits in decides])
        scellees: list[Scellee] = []
        menes: list[_Travail] = []
        for travail, ouvert, faits in decides:
            if ouvert.dossier in sans_cles:
                self._refuser(travail, sans_cles[ouvert.dossier])
                continue
            scellees.append(self._scellee(travail, ouvert, faits))
            ouvert.trousseau.refermer()  # thousands of dossiers wait here for their next row
            menes.append(travail)
        return cles, scellees, menes

    def _ouvrir(self, travaux: Sequence[_Travail]) -> Generator[Appel, Any, None]:
        """Fetch the dossiers of the ledger that this packet adds to."""
        voulus = {
            travail.place.groupe: connu
            for travail in travaux
            if travail.place.groupe not in self._ouverts
            and (connu := self._plan.groupes[travail.place.groupe]) is not None
        }
        if voulus:
            lus = yield Lire(tuple(connu.dossier for connu in voulus.values()))
            for groupe, connu in voulus.items():
                etat, trousseau = lus[connu.dossier]
                self._ouverts[groupe] = _Ouvert(connu.dossier, connu.sujet, etat, trousseau, neuf=False)

    def _decider(self, travail: _Travail) -> tuple[_Ouvert, tuple[Fait, ...]] | None:
        ligne, place = travail.ligne, travail.place
        proposes = (actes.acte(ligne), *actes.suggestions(ligne, self._autres(place)))
        bailleur = identifiant() if actes.bailleur_personne_physique(ligne) else None
        ouvert = self._ouverts.get(place.groupe)
        if ouvert is None:
            dossier, titulaire = identifiant(), identifiant()
            proposes = actes.ouverture(ligne, titulaire, bailleur) + proposes
            vide = self._mandat.trousseau.vierge(dossier)
            ouvert = _Ouvert(dossier, titulaire, Dossier(), vide, neuf=True)
        else:
            # One that a partner opened may have no address at all.
            if place.logement or not ouvert.etat.logement_dit(actes.SOURCE):
                proposes = actes.logement(ligne, bailleur) + proposes
            if place.identite:
                proposes = actes.redeclaration(ligne, ouvert.titulaire) + proposes
        contribution = Contribution(
            id=identifiant(),
            auteur=Auteur(
                self._mandat.auteur.partenaire, self._mandat.auteur.role, self._mandat.auteur.agent, ligne.etude_siret
            ),
            finalite=self._mandat.finalite,
            evenements=proposes,
            source=actes.SOURCE,
        )
        contexte = Contexte(self._mandat.jour, [identifiant() for _ in proposes])
        try:
            faits, etat = decider_et_replier(ouvert.dossier, ouvert.etat, contribution, contexte)
        except ActeRefuse as refus:
            self._refuser(travail, refus.message)
            return None
        self._ids[place.groupe] = ouvert.dossier
        self._restants[place.groupe] -= 1
        if self._restants[place.groupe]:
            ouvert.etat = etat
            self._ouverts[place.groupe] = ouvert
        else:
            self._ouverts.pop(place.groupe, None)
        return ouvert, faits

    def _autres(self, place: Place) -> list[tuple[UUID, str]]:
        """The dossiers to compare with. One that this lot could not open after all is left out."""
        autres = []
        for groupe, motif in place.suggestions:
            connu = self._plan.groupes[groupe]
            autre = self._ids.get(groupe) if connu is None else connu.dossier
            if autre is not None:
                autres.append((autre, motif))
        return autres

    def _cles(
        self, decides: Sequence[tuple[_Ouvert, tuple[Fait, ...]]]
    ) -> Generator[Appel, Any, tuple[list["CleScellee"], dict[UUID, str]]]:
        """The keys that are missing: of a new dossier they are made here, of another where all can see them.

        Gives those made here, and the dossiers that have no key to give, with the reason.
        """
        faites: list[CleScellee] = []
        manquantes: dict[UUID, dict[Requise, None]] = {}
        anciens: dict[UUID, _Ouvert] = {}
        for ouvert, faits in decides:
            voulues = [c for fait in faits for c in cles_requises(fait) if c not in ouvert.trousseau]
            if not voulues:
                continue
            if ouvert.neuf:
                ouvert.trousseau, nouvelles = ouvert.trousseau.complete(dict.fromkeys(voulues))
                faites += [(ouvert.dossier, s, c, cle) for (s, c), cle in nouvelles.items()]
            else:
                anciens[ouvert.dossier] = ouvert
                manquantes.setdefault(ouvert.dossier, {}).update(dict.fromkeys(voulues))
        sans: dict[UUID, str] = {}
        if manquantes:
            trousseaux = yield Creer({dossier: tuple(voulues) for dossier, voulues in manquantes.items()})
            for dossier, trousseau in trousseaux.items():
                if isinstance(trousseau, str):
                    sans[dossier] = trousseau
                else:
                    anciens[dossier].trousseau = trousseau
        return faites, sans

    def _scellee(self, travail: _Travail, ouvert: _Ouvert, faits: Sequence[Fait]) -> Scellee:
        return Scellee(
            ouvert.dossier,
            faits[0].version - 1,
            faits[0].enveloppe.contribution,
            tuple([(fait.evenement.TOPIC, sceller(fait, ouvert.trousseau)) for fait in faits]),
            tuple(
                (int(genre), empreinte, ouvert.dossier if genre in _DU_MENAGE else ouvert.titulaire)
                for genre, empreinte in travail.place.entrees
            ),
            travail.acte,
        )

    def _refuser(self, travail: _Travail, motif: str, colonne: str = "ref_dossier") -> None:
        self._bilan.refuser(travail.ligne, RangeeRefusee(travail.ligne.numero, colonne, motif))

    def _accuser(self) -> Conversation:
        """Take note of what was written. Somebody else may have been first: the row is then decided again."""
        while self._recus:
            numero, raisons = self._recus.pop(0)
            travaux = self._en_cours.pop(numero)
            for rang, raison in raisons.items():
                travail = travaux[rang]
                self._perdus.add(travail.place.groupe)
                self._ouverts.pop(travail.place.groupe, None)
                match raison:
                    case Conflit() | ActeConnu():
                        yield from self._redecider(travail)
                    case CleReutilisee():
                        self._bilan.devancer(travail.ligne)
                    case _:
                        assert_never(raison)

    def _redecider(self, travail: _Travail) -> Conversation:
        """Place one row against the ledger as it stands now, alone, until it is written or known."""
        trace = Traceur(self._mandat.index)(travail.ligne)
        for restants in reversed(range(ESSAIS)):
            actes_connus: dict[bytes, UUID] = {}
            connus: dict[Indice, list[Connu]] = {}
            effacees = yield from _reconnaitre(self._bilan.rangees, [trace], actes_connus, connus)
            if trace.acte not in actes_connus and _revient(travail.ligne, trace, connus, effacees):
                self._refuser(travail, EFFACE)
                return
            seul = planifier([trace], actes_connus, connus)
            place = seul.places[0]
            if place is None:
                if (yield from _disputes(seul)):
                    self._refuser(travail, D_UN_AUTRE, "ref_acte")
                else:
                    self._bilan.devancer(travail.ligne)
                return
            autre = _Ecrivain(self._mandat, seul, self._bilan)
            cles, scellees, menes = yield from autre._sceller([travail._replace(place=place)])
            if not menes:
                return
            dernier = not restants
            yield from self._confier(Ecrire(_A_PART, tuple(cles), tuple(scellees), attendre=True, dernier=dernier))
            if not self._recus.pop()[1]:
                return
        self._refuser(travail, "le dossier change sans cesse : relancez l'import")

    def _confier(self, paquet: Ecrire) -> Conversation:
        self._recus += yield paquet

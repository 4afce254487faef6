"""The requests of persons (GDPR 12 to 22): where each stands, its clock, what is next, and who answers it.

Who answers persons reads that a right is exercised, by whom under a pseudonym, and what the controllers answered:
nothing of what the case tells (access 35). Whether it may is Rego's word: the obligations of the decision by which
the case is opened. Of other persons of the household, that nobody sought and who ask nothing, it learns nothing.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Any, Final, NamedTuple
from uuid import UUID

from adapters.gate.consulter import garder, preparer
from adapters.gate.contexte import Acces, Garde, Gate
from adapters.gate.contribuer import emissions
from adapters.gate.provenance import REFERENCE
from adapters.gate.question import permettre
from adapters.gate.refus import Refus, en_panne, ligne_du_journal, refuser
from ledger import catalogue as ev
from ledger.catalogue import Absent, Classe, Fait
from ledger.droit.jours import PARIS
from ledger.echeances import horloges
from ledger.echeances.chronologie import ActeLu
from ledger.echeances.horloge import Horloge
from ledger.mapper import ouvrir
from ledger.reader import Lecture
from policies.decision import Action

DEMANDES: Final = "demandes"
"""What the rows of these verbs say was done."""
COPIE: Final = "copie"
"""What the row of a copy that a person was given says was done."""
EFFACEMENT: Final = "EFFACEMENT"
EXERCICES_LUS: Final = 2000
"""Steps of requests that the list looks at, the latest first."""
DOSSIERS_LUS: Final = 200
"""Cases that the list opens at the most."""
COPIES_LUES: Final = 200
EFFACEE: Final = "EFFACEE"
"""An answer that nobody can read any more: its key went with the person."""
_PROLONGEE: Final = "PROLONGEE"
_EFFETS: Final = frozenset({"LIMITATION", "OPPOSITION"})
_COPIES: Final = frozenset({"ACCES", "PORTABILITE"})


class EtapeDeDemande(NamedTuple):
    """One step: its code, the day on which it was taken, by which organisation, and what it says, as a code."""

    code: str
    le: date | None = None
    par: str = ""
    dit: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DemandeSuivie:
    """Where a request stands. ``fait``: the one whose accuracy is contested; ``decideur``: who decided of an erasure.

    ``a_prevenir``: the organisations that read what was corrected, and whether each read the case again since.
    ``close``: nothing more is to be done of it.
    """

    id: UUID
    personne: UUID
    droit: str
    recue_le: date
    horloge: Horloge
    etapes: tuple[EtapeDeDemande, ...]
    close: bool
    fait: UUID | None = None
    a_prevenir: tuple[tuple[str, bool], ...] = ()
    article: str = ""
    decision: UUID | None = None
    decideur: str = ""

    @property
    def suivante(self) -> EtapeDeDemande | None:
        """The first step that is not taken."""
        return None if self.close else next((etape for etape in self.etapes if etape.le is None), None)


class DemandesDuDossier(NamedTuple):
    """The requests of one case, the first due first; what this reader may record there; who of them is erased."""

    dossier: UUID
    demandes: tuple[DemandeSuivie, ...]
    emissions: frozenset[str]
    effacees: frozenset[UUID]


class DemandeListee(NamedTuple):
    """A request in progress, and the case that it is of."""

    dossier: UUID
    demande: DemandeSuivie


class ListeDesDemandes(NamedTuple):
    """Those in progress, the first due first. ``entiere``: no bound was met."""

    demandes: tuple[DemandeListee, ...]
    entiere: bool


@en_panne
async def lire(gate: Gate, acces: Acces, dossier: UUID) -> DemandesDuDossier:
    """The requests of one case; ``Refus`` 404 for a stranger, 403 at a purpose at which nobody answers persons."""
    lecture, garde, _ = await preparer(gate, acces, dossier)
    if not _repond(garde):
        await refuser(gate, acces, Action.LIRE, _hors_finalite(gate), dossier)
    await gate.ledger.journal.inscrire(ligne_du_journal(acces, DEMANDES, "autorise", dossier=dossier, plan=garde.plan))
    suivies = suivre(lecture, acces.le, await _traces(gate, acces, lecture))
    return DemandesDuDossier(
        dossier, tuple(suivies), await emissions(gate, acces, dossier), frozenset(lecture.etat.effacees)
    )


@en_panne
async def en_cours(gate: Gate, acces: Acces) -> ListeDesDemandes:
    """The requests in progress of all the cases in reach, by due date; a row for the list, and one for each case."""
    await permettre(gate, acces, Action.RECHERCHER)
    if not gate.tables.finalite(acces.finalite)["montre_droits"]:
        await refuser(gate, acces, Action.RECHERCHER, _hors_finalite(gate), None)
    exercices = await gate.listes.exercices(EXERCICES_LUS + 1)
    candidats = _candidats(exercices[:EXERCICES_LUS])
    ouverts = await _ouvrir(gate, acces, candidats[:DOSSIERS_LUS])
    lignes = [
        ligne_du_journal(acces, DEMANDES, "autorise", dossier=lecture.dossier, plan=garde.plan)
        for lecture, garde in ouverts
    ]
    entete = ligne_du_journal(acces, DEMANDES, "autorise" if lignes else "vide", revision=gate.decider.revision)
    await gate.ledger.journal.inscrire(entete, *lignes)
    listees = [
        DemandeListee(lecture.dossier, suivie)
        for lecture, _ in ouverts
        for suivie in suivre(lecture, acces.le)
        if not suivie.close
    ]
    listees.sort(key=lambda listee: _echeance(listee.demande))
    return ListeDesDemandes(tuple(listees), len(exercices) <= EXERCICES_LUS and len(candidats) <= DOSSIERS_LUS)


def _hors_finalite(gate: Gate) -> Refus:
    return Refus(403, "HORS_FINALITE", gate.motifs["HORS_FINALITE"])


def _repond(garde: Garde) -> bool:
    obligations = garde.plan.decisions[REFERENCE].obligations
    return "sous_pseudonyme" in obligations and "droits_tus" not in obligations


async def _ouvrir(gate: Gate, acces: Acces, dossiers: Collection[UUID]) -> list[tuple[Lecture, Garde]]:
    ouverts = []
    for lecture, _ in await gate.ledger.consulter_tous(dossiers):
        if lecture is None:
            continue
        garde = await garder(gate, acces, lecture.dossier, lecture)
        if isinstance(garde, Garde) and _repond(garde):
            ouverts.append((lecture, garde))
    return ouverts


def _candidats(exercices: Iterable[tuple[UUID, str, Mapping[str, Any]]]) -> list[UUID]:
    """The cases where a request may wait: first those of requests without any answer, the oldest first.

    What an answer says is sealed: it may be that more time is needed, so a request answered once is looked at as well.
    """
    recues: list[tuple[UUID, str]] = []
    repondues: Counter[str] = Counter()
    faites: set[str] = set()
    for dossier, topic, clair in exercices:
        match topic:
            case ev.DroitExerce.TOPIC:
                recues.append((dossier, clair["requete"]))
            case ev.EffacementDemande.TOPIC:
                recues.append((dossier, clair["effacement"]))
            case ev.DroitRepondu.TOPIC:
                repondues[clair["requete"]] += 1
            case ev.EffacementDecide.TOPIC if clair["sens"] != "ACCORDE" or clair["decision"] in faites:
                repondues[clair["effacement"]] += 2
            case ev.PersonneEffacee.TOPIC:
                faites.add(clair["decision"])
    sans = [dossier for dossier, id_ in reversed(recues) if not repondues[id_]]
    avec = [dossier for dossier, id_ in recues if repondues[id_] == 1]
    return list(dict.fromkeys([*sans, *avec]))


async def _traces(gate: Gate, acces: Acces, lecture: Lecture) -> "TracesAuJournal":
    contestes = any(isinstance(f.evenement, ev.DroitExerce) and f.evenement.fait for f in lecture.faits)
    lecteurs = await gate.listes.lecteurs(lecture.dossier) if contestes else ()
    return TracesAuJournal(await _copies(gate, acces, lecture.dossier), lecteurs)


async def _copies(gate: Gate, acces: Acces, dossier: UUID) -> Mapping[UUID, datetime]:
    """By person, when it was last given its copy: it is given to its own account, and to no other."""
    lignes = await gate.listes.journal({"dossier": dossier, "action": COPIE, "issue": "autorise"}, COPIES_LUES)
    copies: dict[UUID, datetime] = {}
    for ligne in lignes:
        mandats = acces.registre.mandats.get(ligne["organisation"])
        mandat = None if mandats is None else mandats.get(dossier)
        if mandat is not None and mandat.personne is not None:
            copies.setdefault(mandat.personne, ligne["enregistre_le"])
    return copies


# where each stands -----------------------------------------------------------------------------------------------


class TracesAuJournal(NamedTuple):
    """What the journal tells of requests: who was given its copy and when; by organisation and group, the last read."""

    copies: Mapping[UUID, datetime] = MappingProxyType({})
    lecteurs: Sequence[tuple[str, str, datetime]] = ()


SANS_TRACES: Final = TracesAuJournal()


def suivre(lecture: Lecture, le: date, traces: TracesAuJournal = SANS_TRACES) -> list[DemandeSuivie]:
    """Every request of a case that stands, those in progress first, then by due date. Its row is durable."""
    tenus = [fait for fait in lecture.faits if not lecture.etat.corrige(fait.enveloppe.id)]
    cas = _Cas(lecture, tenus, le, traces)
    suivies = [
        cas.droit(fait, e) if isinstance(e, ev.DroitExerce) else cas.effacement(fait, e)
        for fait in tenus
        if isinstance(e := fait.evenement, ev.DroitExerce | ev.EffacementDemande)
    ]
    return sorted(suivies, key=lambda suivie: (suivie.close, *_echeance(suivie)))


def _echeance(suivie: DemandeSuivie) -> tuple[date, date]:
    return suivie.horloge.dernier_jour or date.max, suivie.recue_le


@dataclass(frozen=True, slots=True)
class _Cas:
    """The case that requests are followed in, on a day."""

    lecture: Lecture
    faits: Sequence[Fait]
    le: date
    traces: TracesAuJournal

    def droit(self, fait: Fait, e: ev.DroitExerce) -> DemandeSuivie:
        """A request that the controllers answer."""
        recue_le = fait.enveloppe.survenu_le
        reponses = [
            (autre, *_reponse(autre, self.lecture))
            for autre in self.faits
            if isinstance(autre.evenement, ev.DroitRepondu) and autre.evenement.requete == e.requete
        ]
        finale = next((x for x in reversed(reponses) if x[1] != _PROLONGEE), None)
        effacee = e.personne in self.lecture.etat.effacees
        prolongee = next((_etape("PROLONGATION", autre) for autre, code, _ in reponses if code == _PROLONGEE), None)
        etapes = [
            _etape("DEMANDE", fait),
            *self._entre(e, fait.enregistre_le),
            *([prolongee] if prolongee else []),
            EtapeDeDemande("REPONSE") if finale is None else _etape("REPONSE", finale[0], finale[1]),
        ]
        return DemandeSuivie(
            id=e.requete,
            personne=e.personne,
            droit=str(e.droit),
            recue_le=recue_le,
            horloge=self._horloge(fait, [(autre, code) for autre, code, _ in reponses], str(e.requete)),
            etapes=tuple(etapes),
            close=finale is not None or effacee,
            fait=e.fait,
            a_prevenir=() if e.fait is None or (c := self._correction(e.fait)) is None else self._a_prevenir(e.fait, c),
            article=finale[2] if finale else "",
        )

    def _entre(self, e: ev.DroitExerce, depuis: datetime | None) -> Iterable[EtapeDeDemande]:
        """What is done between the request and its answer."""
        if e.droit in _COPIES:
            copie = self.traces.copies.get(e.personne)
            remise = copie if copie and depuis and copie >= depuis else None
            yield EtapeDeDemande("COPIE", remise.astimezone(PARIS).date() if remise else None)
        if e.droit in _EFFETS:
            effets = [
                autre
                for autre in self.faits
                if isinstance(autre.evenement, ev.OppositionEnregistree)
                and (autre.evenement.portee, autre.evenement.personne) == (e.droit, e.personne)
            ]
            yield _etape("EFFET", effets[-1]) if effets else EtapeDeDemande("EFFET")
        if e.fait is not None:
            correction = self._correction(e.fait)
            yield EtapeDeDemande("CORRECTION") if correction is None else _recue("CORRECTION", correction)
            if correction is not None and (lecteurs := self._a_prevenir(e.fait, correction)):
                prevenus = all(prevenu for _, prevenu in lecteurs)
                yield EtapeDeDemande("INFORMATION", self.le if prevenus else None)

    def _correction(self, conteste: UUID) -> Fait | None:
        par = self.lecture.etat.corriges.get(conteste)
        return next((autre for autre in self.lecture.faits if autre.enveloppe.id == par), None)

    def _a_prevenir(self, conteste: UUID, correction: Fait) -> tuple[tuple[str, bool], ...]:
        """The organisations that could read what was wrong, and whether they read the case again since (GDPR 19)."""
        [faux] = [autre for autre in self.lecture.faits if autre.enveloppe.id == conteste]
        groupe, depuis, le = faux.evenement.GROUPE, faux.enregistre_le, correction.enregistre_le
        if depuis is None or le is None:
            return ()
        return tuple(
            (organisation, dernier > le)
            for organisation, lu, dernier in self.traces.lecteurs
            if lu == groupe and dernier >= depuis and organisation != correction.enveloppe.partenaire
        )

    def effacement(self, fait: Fait, e: ev.EffacementDemande) -> DemandeSuivie:
        """A request for erasure, in its four steps (access 12)."""
        avis = self._dernier(ev.EffacementAvise, "effacement", e.effacement)
        decision = self._dernier(ev.EffacementDecide, "effacement", e.effacement)
        decidee = decision.evenement if decision is not None else None
        rendu = decidee if isinstance(decidee, ev.EffacementDecide) else None
        faite = None if rendu is None else self._dernier(ev.PersonneEffacee, "decision", rendu.decision)
        refusee = rendu is not None and rendu.sens != "ACCORDE"
        etapes = [
            _etape("DEMANDE", fait),
            EtapeDeDemande("AVIS") if avis is None else _etape("AVIS", avis, str(vars(avis.evenement)["avis"])),
            EtapeDeDemande("DECISION")
            if decision is None or rendu is None
            else _etape("DECISION", decision, rendu.sens),
        ]
        if not refusee:
            etapes.append(EtapeDeDemande("EXECUTION") if faite is None else _etape("EXECUTION", faite))
        return DemandeSuivie(
            id=e.effacement,
            personne=e.personne,
            droit=EFFACEMENT,
            recue_le=fait.enveloppe.survenu_le,
            horloge=self._horloge(fait, [(decision, "")] if decision is not None else [], str(e.effacement)),
            etapes=tuple(etapes),
            close=refusee or e.personne in self.lecture.etat.effacees,
            article=(rendu.article or "") if rendu else "",
            decision=rendu.decision if rendu else None,
            decideur=decision.enveloppe.agent if decision is not None else "",
        )

    def _dernier(self, type_: type[ev.Evenement], champ: str, valeur: UUID) -> Fait | None:
        dits = [f for f in self.faits if isinstance(f.evenement, type_) and vars(f.evenement)[champ] == valeur]
        return dits[-1] if dits else None

    def _horloge(self, demande: Fait, reponses: Sequence[tuple[Fait, str]], id_: str) -> Horloge:
        """The clock of this request alone, by the rows of the law (GDPR 12(3))."""
        actes = [
            ActeLu(
                str(fait.enveloppe.id),
                type(fait.evenement).__name__,
                fait.enveloppe.survenu_le,
                # An answer that was erased was one: what it said is nobody's to know.
                {"requete": id_, "reponse": "SATISFAITE" if code == EFFACEE else code},
                fait.position,
            )
            for fait, code in ((demande, ""), *reponses)
        ]
        [horloge] = horloges(actes, self.le)
        return horloge


def _etape(code: str, fait: Fait, dit: str = "") -> EtapeDeDemande:
    return EtapeDeDemande(code, fait.enveloppe.survenu_le, fait.enveloppe.partenaire, dit)


def _recue(code: str, fait: Fait) -> EtapeDeDemande:
    """A step that another fact took: on the day on which it was told, whenever it is true."""
    le = fait.enregistre_le.astimezone(PARIS).date() if fait.enregistre_le else fait.enveloppe.survenu_le
    return EtapeDeDemande(code, le, fait.enveloppe.partenaire)


def _reponse(fait: Fait, lecture: Lecture) -> tuple[str, str]:
    """What the controllers answered and the article that they named: of their words, nothing more is handed on."""
    e = ouvrir(fait, lecture.trousseau, {Classe.S2}).evenement
    dits = vars(e)
    if isinstance(dits["reponse"], Absent):
        return EFFACEE, ""
    return str(dits["reponse"]), str(dits["article"] or "")


def jours_restants(suivie: DemandeSuivie, le: date) -> int | None:
    """Days until the last one to answer, itself included as 0; negative once it has passed; None where none runs."""
    dernier = suivie.horloge.dernier_jour
    return None if suivie.close or dernier is None else (dernier - le) // timedelta(days=1)

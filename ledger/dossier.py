"""One household's case, as its history makes it: commands give events, events give the state.

Everything here is a function on values: no clock, no randomness, no database. The state is folded from what
stands in clear; deciding never needs a key, but for the ``Demande72`` that an answer names, which the caller
opens and hands over.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from functools import cached_property
from types import MappingProxyType
from typing import Any, Final, NamedTuple
from uuid import UUID

import msgspec

from ledger import events as ev
from ledger.communes import commune
from ledger.events import Enveloppe, Evenement, Fait

EVENEMENTS_PAR_CONTRIBUTION: Final = 100
ROLE_INSTRUCTEUR: Final = "CCAPEX_INSTRUCTEUR"


class Stade(StrEnum):
    """Where the procedure stands: the latest act by its business date. Parallel tracks are not in it."""

    OUVERT = "OUVERT"
    COMMANDEMENT = "COMMANDEMENT"
    ASSIGNATION = "ASSIGNATION"
    AUDIENCE = "AUDIENCE"
    JUGEMENT = "JUGEMENT"
    COMMANDEMENT_QUITTER = "COMMANDEMENT_QUITTER"
    CONCOURS_REQUIS = "CONCOURS_REQUIS"
    CONCOURS_ACCORDE = "CONCOURS_ACCORDE"
    CONCOURS_REFUSE = "CONCOURS_REFUSE"
    EXPULSION = "EXPULSION"
    DEPART = "DEPART"


_ORDRE: Final = (
    {Stade.OUVERT},
    {Stade.COMMANDEMENT},
    {Stade.ASSIGNATION},
    {Stade.AUDIENCE},
    {Stade.JUGEMENT},
    {Stade.COMMANDEMENT_QUITTER},
    {Stade.CONCOURS_REQUIS},
    {Stade.CONCOURS_ACCORDE, Stade.CONCOURS_REFUSE},
    {Stade.EXPULSION, Stade.DEPART},
)
"""The order of acts of one day, where the procedure gives one: a request comes before its answer, an act before what
it allows (loi 89-462 art. 24; CPCE L.411-1, R.153-1). Two of the same rank follow their recording."""

_RANGS: Final[Mapping[Stade, int]] = MappingProxyType({s: rang for rang, stades in enumerate(_ORDRE) for s in stades})
STADES: Final[Mapping[type[Evenement], Stade]] = MappingProxyType(
    {
        ev.CommandementPayerSignifie: Stade.COMMANDEMENT,
        ev.AssignationSignifiee: Stade.ASSIGNATION,
        ev.AudienceTenue: Stade.AUDIENCE,
        ev.JugementRendu: Stade.JUGEMENT,
        ev.CommandementQuitterSignifie: Stade.COMMANDEMENT_QUITTER,
        ev.ConcoursForceRequis: Stade.CONCOURS_REQUIS,
        ev.ConcoursForceAccorde: Stade.CONCOURS_ACCORDE,
        ev.ConcoursForceRefuse: Stade.CONCOURS_REFUSE,
        ev.ExpulsionRealisee: Stade.EXPULSION,
        ev.DepartConstate: Stade.DEPART,
    }
)
"""The acts that move the procedure, and where to."""

INDELEBILES: Final = (ev.DossierOuvert, ev.PersonneEffacee)
"""What no correction takes back: a case without its opening is none, and destroyed keys do not come back."""

PAROLES: Final = (
    ev.AccordRecueilli,
    ev.AccordRetire,
    ev.OppositionEnregistree,
    ev.OppositionLevee,
    ev.EffacementDemande,
    ev.EffacementAvise,
    ev.EffacementDecide,
    ev.ActeProtege,
)
"""What the person said or asked, and what is under secrecy: its author alone corrects it."""

_ADULTES: Final = frozenset({"TITULAIRE", "COTITULAIRE", "CONJOINT", "OCCUPANT"})
_FINIS: Final = frozenset({Stade.OUVERT, Stade.EXPULSION, Stade.DEPART})


class ActeRefuse(Exception):
    """The domain refuses a contribution: a stable code, the field at fault, a French sentence with the remedy."""

    def __init__(self, code: str, champ: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.champ = champ
        self.message = message


@dataclass(frozen=True, slots=True)
class Inscription:
    """A session of a commission at which the case is listed."""

    instance: str
    seance: UUID
    seance_le: date


@dataclass(frozen=True, slots=True)
class Intervention:
    """An open follow-up by a named agent of a partner."""

    partenaire: str
    agent: str
    depuis: date


@dataclass(frozen=True, slots=True)
class Accord:
    """The person's accord to share groups with one partner, until a date."""

    destinataire: str
    groupes: frozenset[str]
    jusqu_au: date


@dataclass(frozen=True, slots=True)
class Effacement:
    """Where a request for erasure stands, and who took each step."""

    personne: UUID
    avis: str | None = None
    decision: UUID | None = None
    sens: str | None = None
    decideur: str | None = None
    execute: bool = False


Dit = tuple[date, int]
"""When it is true, then the version: facts of one day follow the order in which they were recorded."""


class Etape(NamedTuple):
    """One act of the procedure. They sort in the order of the procedure."""

    le: date
    rang: int
    version: int
    stade: Stade


class Passe(msgspec.Struct, frozen=True, gc=False):
    """One fact of the history, without its sealed bytes."""

    version: int
    enveloppe: Enveloppe
    evenement: Evenement


@dataclass(frozen=True)
class Dossier:
    """What the closed history says: the fold of the facts that stand, those corrected or withdrawn left out.

    ``histoire`` holds every fact, standing or not.
    """

    version: int = 0
    histoire: tuple[Passe, ...] = field(default=(), repr=False)
    ouvert_le: date | None = None
    parc: str | None = None
    commune: str | None = None
    bailleur_siret: str | None = None
    etapes: tuple[Etape, ...] = ()
    prochaine_audience: date | None = None
    saisie: Dit | None = None
    cloture: Dit | None = None
    personnes: Mapping[UUID, str] = field(default_factory=dict)
    effacees: Mapping[UUID, date] = field(default_factory=dict)
    menage_efface: bool = False
    interventions: Mapping[UUID, Intervention] = field(default_factory=dict)
    inscriptions: tuple[Inscription, ...] = ()
    examens: tuple[tuple[str, date], ...] = ()
    recommandations: frozenset[UUID] = frozenset()
    actes_proteges: frozenset[UUID] = frozenset()
    accords: Mapping[UUID, Accord] = field(default_factory=dict)
    auteurs: frozenset[str] = frozenset()
    declarants: frozenset[str] = frozenset()
    information_menage: date | None = None
    oppositions: Mapping[str, tuple[Dit, bool]] = field(default_factory=dict)
    effacements: Mapping[UUID, Effacement] = field(default_factory=dict)
    rapprochements: Mapping[UUID, str | None] = field(default_factory=dict)

    @property
    def stade(self) -> Stade:
        """Where the procedure stands."""
        return max(self.etapes).stade if self.etapes else Stade.OUVERT

    @property
    def dernier_acte_le(self) -> date | None:
        """The business date of the latest act."""
        return max(self.etapes).le if self.etapes else None

    @property
    def saisine_ouverte(self) -> bool:
        """A saisine was received and its instruction is not closed. A signalement of CDP is not a saisine."""
        return self.saisie is not None and (self.cloture is None or self.cloture < self.saisie)

    @property
    def procedure_ouverte(self) -> bool:
        """Acts are running: neither ended (eviction, departure) nor closed after the last of them."""
        if self.stade in _FINIS:
            return False
        return self.cloture is None or self.cloture < max((etape.le, etape.version) for etape in self.etapes)

    @property
    def opposition(self) -> bool:
        """Whether an objection stands (GDPR 21)."""
        return self._pose("OPPOSITION")

    @property
    def limitation(self) -> bool:
        """Whether the processing is restricted (GDPR 18)."""
        return self._pose("LIMITATION")

    def _pose(self, portee: str) -> bool:
        dit = self.oppositions.get(portee)
        return dit is not None and dit[1]

    @cached_property
    def corriges(self) -> Mapping[UUID, UUID]:
        """The events that no longer stand, and for each what corrects it."""
        return _corriges(self.histoire)

    def intervient(self, partenaire: str, agent: str) -> bool:
        """Whether this very agent has an open intervention (CASF L.121-6-2): the organisation is not enough."""
        return any(i.partenaire == partenaire and i.agent == agent for i in self.interventions.values())

    def accordes(self, partenaire: str, le: date) -> frozenset[str]:
        """The groups that the person agreed to share with this partner, at that date."""
        return frozenset().union(
            *(a.groupes for a in self.accords.values() if a.destinataire == partenaire and le <= a.jusqu_au)
        )

    def dernier_adulte(self, personne: UUID) -> bool:
        """Whether no adult of the household remains once this person is erased."""
        restants = {p for p, q in self.personnes.items() if q in _ADULTES} - self.effacees.keys() - {personne}
        return self.personnes.get(personne) in _ADULTES and not restants


def _avec(dossier: Dossier, **changements: object) -> Dossier:
    """``dataclasses.replace`` without running ``__init__`` over thirty attributes: folding is the hot path."""
    suivant = object.__new__(Dossier)
    suivant.__dict__.update(dossier.__dict__, **changements)
    suivant.__dict__.pop("corriges", None)
    return suivant


def replier(faits: Iterable[Fait], depart: Dossier | None = None) -> Dossier:
    """Fold a history, in the order of versions. Folding the rest onto a state is folding the whole."""
    dossier = depart or Dossier()
    for fait in faits:
        dossier = evolve(dossier, fait)
    return dossier


def evolve(dossier: Dossier, fait: Fait) -> Dossier:
    """The state after one more event. Reads clear fields only, so erased and sealed events fold alike.

    An event that corrects another takes its effects back, whatever they were: what stands is then folded again.
    """
    passe = Passe(fait.version, fait.enveloppe, fait.evenement)
    histoire = (*dossier.histoire, passe)
    if fait.enveloppe.corrige is None and not isinstance(fait.evenement, ev.FaitCorrige):
        return _compter(dossier, passe, histoire)
    return _refondre(histoire)


def _refondre(histoire: tuple[Passe, ...]) -> Dossier:
    corriges = _corriges(histoire)
    debout = Dossier()
    for passe in histoire:
        if passe.enveloppe.id not in corriges or isinstance(passe.evenement, INDELEBILES):
            debout = _compter(debout, passe, ())
    return _avec(debout, version=histoire[-1].version if histoire else 0, histoire=histoire)


def _corriges(histoire: Sequence[Passe]) -> dict[UUID, UUID]:
    """What no longer stands, by what corrects it.

    From the last to the first, for a correction can itself be withdrawn: then it corrects nothing, and what it had
    corrected stands again. One that is replaced hands over what it had corrected.
    """
    retires: dict[UUID, UUID] = {}
    remplaces: dict[UUID, UUID] = {}
    for passe in reversed(histoire):
        enveloppe, e = passe.enveloppe, passe.evenement
        if enveloppe.id in retires:
            continue
        if enveloppe.corrige is not None:
            remplaces[enveloppe.corrige] = enveloppe.id
        if isinstance(e, ev.FaitCorrige):
            retires[e.corrige] = enveloppe.id
    return remplaces | retires


def _compter(d: Dossier, passe: Passe, histoire: tuple[Passe, ...]) -> Dossier:
    enveloppe = passe.enveloppe
    partenaire, declarant = enveloppe.partenaire, enveloppe.declarant
    suivant = _avec(
        d,
        version=passe.version,
        histoire=histoire,
        auteurs=d.auteurs if partenaire in d.auteurs else d.auteurs | {partenaire},
        declarants=d.declarants if declarant is None or declarant in d.declarants else d.declarants | {declarant},
        information_menage=_dernier(d.information_menage, enveloppe.information_menage),
    )
    # Written into the new state before anybody has it: a second copy of thirty attributes would cost as much again.
    suivant.__dict__.update(_effets(suivant, passe.evenement, enveloppe, (enveloppe.survenu_le, passe.version)))
    return suivant


def _dernier(connu: Any, nouveau: Any) -> Any:  # noqa: ANN401 - two dates, or two places in the history
    """The later of two, either of which may be missing."""
    if connu is None or nouveau is None:
        return nouveau if connu is None else connu
    return max(connu, nouveau)


Effets = Mapping[str, object]
"""New values of attributes of ``Dossier``."""

_RIEN: Final[Effets] = MappingProxyType({})


def _effets(d: Dossier, e: Evenement, enveloppe: Enveloppe, dit: Dit) -> Effets:  # noqa: C901, PLR0911, PLR0912 - one case per event
    """What one event changes, besides what each of them does."""
    le, version = dit
    stade = STADES.get(type(e))
    if stade is not None:
        return _etape(d, e, Etape(le, _RANGS[stade], version, stade))
    match e:
        case ev.DossierOuvert():
            return {"ouvert_le": le, "parc": e.parc, "commune": e.commune, "bailleur_siret": e.bailleur_siret}
        case ev.LogementDeclare():
            return {"bailleur_siret": d.bailleur_siret or e.bailleur_siret}
        case ev.OccupantDeclare():
            return {"personnes": {**d.personnes, e.personne: e.qualite}}
        case ev.CcapexSaisie():
            return {"saisie": _dernier(d.saisie, dit)}
        case ev.SaisineClose():
            return {"cloture": _dernier(d.cloture, dit)}
        case ev.AccompagnementOuvert():
            ouverte = Intervention(enveloppe.partenaire, enveloppe.agent, le)
            return {"interventions": {**d.interventions, e.intervention: ouverte}}
        case ev.AccompagnementTermine():
            return {"interventions": {k: v for k, v in d.interventions.items() if k != e.intervention}}
        case ev.AccordRecueilli():
            accord = Accord(e.destinataire, frozenset(e.groupes), e.jusqu_au)
            return {"accords": {**d.accords, e.accord: accord}}
        case ev.AccordRetire():
            return {"accords": {k: v for k, v in d.accords.items() if k != e.accord}}
        case ev.ActeProtege():
            return {"actes_proteges": d.actes_proteges | {e.acte}}
        case ev.InstanceInscrite():
            return {"inscriptions": (*d.inscriptions, Inscription(e.instance, e.seance, e.seance_le))}
        case ev.DossierExamine():
            return {"examens": (*d.examens, (e.instance, le))}
        case ev.RecommandationEmise():
            return {"recommandations": d.recommandations | {e.recommandation}}
        case ev.RapprochementSuggere():
            return {"rapprochements": {e.autre: None, **d.rapprochements}}
        case ev.RapprochementTranche():
            return {"rapprochements": {**d.rapprochements, e.autre: e.decision}}
        case ev.MenageInforme():
            return {"information_menage": _dernier(d.information_menage, le)}
        case ev.OppositionEnregistree() | ev.OppositionLevee():
            posee = (dit, isinstance(e, ev.OppositionEnregistree))
            return {"oppositions": {**d.oppositions, e.portee: _dernier(d.oppositions.get(e.portee), posee)}}
        case ev.EffacementDemande():
            return {"effacements": {**d.effacements, e.effacement: Effacement(e.personne)}}
        case ev.EffacementAvise():
            return _avancer(d, e.effacement, avis=e.avis)
        case ev.EffacementDecide():
            return _avancer(d, e.effacement, decision=e.decision, sens=e.sens, decideur=enveloppe.agent)
        case ev.PersonneEffacee():
            executes = {
                k: replace(v, execute=True) if v.decision == e.decision else v for k, v in d.effacements.items()
            }
            return {
                "effacees": {**d.effacees, e.personne: le},
                "menage_efface": d.menage_efface or e.menage_aussi,
                "effacements": executes,
            }
        case _:
            return _RIEN


def _avancer(d: Dossier, effacement: UUID, **etape: Any) -> Effets:  # noqa: ANN401 - attributes of Effacement
    demande = d.effacements.get(effacement)
    if demande is None:  # its request was withdrawn
        return _RIEN
    return {"effacements": {**d.effacements, effacement: replace(demande, **etape)}}


def _etape(d: Dossier, e: Evenement, etape: Etape) -> Effets:
    audience = e.date_audience if isinstance(e, ev.AssignationSignifiee) else None
    if isinstance(e, ev.AudienceTenue):
        audience = e.renvoyee_au
    return {"etapes": (*d.etapes, etape), "prochaine_audience": _dernier(d.prochaine_audience, audience)}


@dataclass(frozen=True, slots=True)
class Auteur:
    """Who contributes: registry code and role of the partner, pseudonym of the agent, SIRET of the declarant."""

    partenaire: str
    role: str
    agent: str
    declarant: str | None = None


@dataclass(frozen=True, slots=True)
class Propose:
    """One event as it is proposed, with the date that it is true of, and the event that it replaces."""

    evenement: Evenement
    survenu_le: date
    corrige: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Contribution:
    """One act of one partner: an atomic set of events, one author, one purpose, one idempotency key."""

    id: UUID
    auteur: Auteur
    finalite: str
    evenements: tuple[Propose, ...]
    source: ev.Source = "PARTENAIRE"
    demande: UUID | None = None
    information_menage: date | None = None
    cle: str | None = None


@dataclass(frozen=True, slots=True)
class Contexte:
    """What a decision needs besides the state: today, fresh event ids, and the opened demands it may answer."""

    aujourd_hui: date
    ids: Sequence[UUID]
    demandes72: Mapping[UUID, ev.Demande72] = field(default_factory=dict)


def decider(identite: UUID, dossier: Dossier, contribution: Contribution, contexte: Contexte) -> tuple[Fait, ...]:
    """The events of a contribution, in order, ready to be sealed; ``ActeRefuse`` if the case does not allow it.

    Each event is decided on the state that the previous ones leave, so one contribution can open a case and act
    on it. ``contexte.ids`` gives one fresh id per event.
    """
    return decider_et_replier(identite, dossier, contribution, contexte)[0]


def decider_et_replier(
    identite: UUID, dossier: Dossier, contribution: Contribution, contexte: Contexte
) -> tuple[tuple[Fait, ...], Dossier]:
    """``decider``, and the state that its events leave: an import decides the next row of the case on it."""
    proposes = contribution.evenements
    if not proposes:
        raise ActeRefuse(
            "contribution_vide", "evenements", "La contribution ne contient aucun événement : donnez-en au moins un."
        )
    if len(proposes) > EVENEMENTS_PAR_CONTRIBUTION:
        raise ActeRefuse(
            "contribution_trop_longue",
            "evenements",
            f"Une contribution porte au plus {EVENEMENTS_PAR_CONTRIBUTION} événements : envoyez-en plusieurs.",
        )
    faits: list[Fait] = []
    for rang, (propose, id_) in enumerate(zip(proposes, contexte.ids, strict=True)):
        enveloppe = Enveloppe(
            id=id_,
            contribution=contribution.id,
            survenu_le=propose.survenu_le,
            partenaire=contribution.auteur.partenaire,
            role=contribution.auteur.role,
            agent=contribution.auteur.agent,
            declarant=contribution.auteur.declarant,
            source=contribution.source,
            finalite=contribution.finalite,
            demande=contribution.demande,
            information_menage=contribution.information_menage,
            corrige=propose.corrige,
        )
        _verifier(dossier, propose, enveloppe, contexte, f"evenements.{rang}")
        fait = Fait(identite, dossier.version + 1, enveloppe, propose.evenement)
        dossier = evolve(dossier, fait)
        faits.append(fait)
    return tuple(faits), dossier


def _verifier(dossier: Dossier, propose: Propose, enveloppe: Enveloppe, contexte: Contexte, champ: str) -> None:
    e = propose.evenement
    if propose.survenu_le > contexte.aujourd_hui:
        raise ActeRefuse(
            "date_future",
            f"{champ}.survenu_le",
            "La date de l'événement est dans l'avenir : donnez le jour où il s'est produit.",
        )
    if isinstance(e, ev.DossierOuvert) != (dossier.version == 0):
        raise ActeRefuse(
            "ouverture",
            f"{champ}.type",
            "Un dossier commence par son ouverture, et n'est ouvert qu'une fois : passez par POST /v1/dossiers.",
        )
    if propose.corrige is not None:
        remplace = _verifier_correction(dossier, propose.corrige, enveloppe, f"{champ}.corrige")
        if remplace.TOPIC != e.TOPIC:
            raise ActeRefuse(
                "correction_autre_nature",
                f"{champ}.type",
                "Un événement se remplace par un autre du même type : retirez-le (FaitCorrige), puis dites le vôtre.",
            )
        dossier = _sans(dossier, propose.corrige)
    for personne in _personnes(e):
        connue = personne in dossier.personnes or isinstance(e, ev.OccupantDeclare)
        if not connue:
            raise ActeRefuse(
                "personne_inconnue",
                f"{champ}.donnees",
                "Cette personne n'est pas dans le dossier : déclarez-la d'abord (OccupantDeclare).",
            )
        if personne in dossier.effacees:
            raise ActeRefuse(
                "personne_effacee",
                f"{champ}.donnees",
                "Cette personne a été effacée du dossier : plus rien ne s'y écrit à son sujet.",
            )
    if dossier.menage_efface and not isinstance(e, _EFFACEMENT):
        raise ActeRefuse(
            "menage_efface", champ, "Le ménage a été effacé : ce dossier ne reçoit plus rien, ouvrez-en un autre."
        )
    _verifier_identifiant(dossier, e, f"{champ}.donnees")
    _verifier_suite(dossier, e, enveloppe, contexte, f"{champ}.donnees")


def _sans(dossier: Dossier, retire: UUID) -> Dossier:
    """The state without an event and what it had corrected: they have no say in whether another may replace it."""
    retires = {retire}
    for passe in reversed(dossier.histoire):
        if dossier.corriges.get(passe.enveloppe.id) in retires:
            retires.add(passe.enveloppe.id)
    return _refondre(tuple(passe for passe in dossier.histoire if passe.enveloppe.id not in retires))


_EFFACEMENT: Final = (ev.EffacementDemande, ev.EffacementAvise, ev.EffacementDecide, ev.PersonneEffacee)
_IDENTIFIANTS: Final[Mapping[type[Evenement], str]] = MappingProxyType(
    {
        ev.AccompagnementOuvert: "intervention",
        ev.AccordRecueilli: "accord",
        ev.ActeProtege: "acte",
        ev.RecommandationEmise: "recommandation",
        ev.EffacementDemande: "effacement",
    }
)
"""The id by which later events name this one: the same again would take the place of another's."""


def _verifier_identifiant(dossier: Dossier, e: Evenement, champ: str) -> None:
    for cls, nom in _IDENTIFIANTS.items():
        if isinstance(e, cls) and any(
            isinstance(p.evenement, cls) and getattr(p.evenement, nom) == getattr(e, nom)
            for p in dossier.histoire
            if p.enveloppe.id not in dossier.corriges
        ):
            raise ActeRefuse(
                "identifiant_pris",
                f"{champ}.{nom}",
                "Cet identifiant a déjà servi dans le dossier : donnez-en un neuf.",
            )


def _personnes(e: Evenement) -> tuple[UUID, ...]:
    match e.SUJET:
        case ev.Sujet.PERSONNE:
            return (e.personne,)  # type: ignore[attr-defined]  # every event whose subject is a person names it
        case ev.Sujet.PERSONNES:
            return tuple(e.personnes)  # type: ignore[attr-defined]  # likewise
        case _:
            return ()


def _verifier_correction(dossier: Dossier, corrige: UUID, enveloppe: Enveloppe, champ: str) -> Evenement:
    """The event that is corrected."""
    trouve = next((p for p in dossier.histoire if p.enveloppe.id == corrige), None)
    sienne = trouve is not None and (
        trouve.enveloppe.partenaire == enveloppe.partenaire
        or (enveloppe.role == ROLE_INSTRUCTEUR and not isinstance(trouve.evenement, PAROLES))
    )
    if trouve is None or not sienne:
        raise ActeRefuse(
            "correction",
            champ,
            "Vous ne pouvez corriger qu'un événement que vous avez transmis : demandez-le à son auteur.",
        )
    if isinstance(trouve.evenement, INDELEBILES):
        raise ActeRefuse(
            "correction_impossible",
            champ,
            "Une ouverture et un effacement ne se retirent pas : dites ce qui est juste dans un autre événement.",
        )
    if corrige in dossier.corriges:
        raise ActeRefuse("deja_corrige", champ, "Cet événement a déjà été corrigé : corrigez sa correction.")
    return trouve.evenement


def _verifier_suite(  # noqa: C901, PLR0912 - one case per event that has a condition
    dossier: Dossier, e: Evenement, enveloppe: Enveloppe, contexte: Contexte, champ: str
) -> None:
    match e:
        case ev.DossierOuvert() if commune(e.commune, enveloppe.survenu_le) is None:
            raise ActeRefuse(
                "commune_inconnue",
                f"{champ}.commune",
                "Ce code n'est pas celui d'une commune du département à cette date : donnez son code INSEE.",
            )
        case ev.AccompagnementTermine():
            ouverte = dossier.interventions.get(e.intervention)
            if ouverte is None or ouverte.partenaire != enveloppe.partenaire:
                raise ActeRefuse(
                    "intervention_inconnue",
                    f"{champ}.intervention",
                    "Aucun accompagnement ouvert par votre service ne porte cet identifiant : relisez le dossier.",
                )
        case ev.AccordRetire() if e.accord not in dossier.accords:
            raise ActeRefuse(
                "accord_inconnu",
                f"{champ}.accord",
                "Aucun accord en cours ne porte cet identifiant : relisez le dossier.",
            )
        case ev.RecommandationSuivie() if e.recommandation not in dossier.recommandations:
            raise ActeRefuse(
                "recommandation_inconnue",
                f"{champ}.recommandation",
                "Aucune recommandation ne porte cet identifiant : relisez le dossier.",
            )
        case ev.RapprochementTranche() if e.autre not in dossier.rapprochements:
            raise ActeRefuse(
                "rapprochement_inconnu",
                f"{champ}.autre",
                "Aucun rapprochement n'est proposé avec ce dossier : proposez-le d'abord (RapprochementSuggere).",
            )
        case ev.InstanceInscrite() if e.instance == "CLIL":
            if dossier.information_menage is None:
                raise ActeRefuse(
                    "menage_non_informe",
                    f"{champ}.instance",
                    "Informez d'abord le ménage (MenageInforme) : une CLIL n'examine aucun dossier sans.",
                )
            if dossier.opposition:
                raise ActeRefuse(
                    "opposition",
                    f"{champ}.instance",
                    "Le ménage s'oppose à l'examen de son dossier en CLIL : attendez qu'il lève son opposition.",
                )
        case ev.DossierExamine() | ev.AvisRendu() | ev.RecommandationEmise():
            if all(i.instance != e.instance for i in dossier.inscriptions):
                raise ActeRefuse(
                    "hors_ordre_du_jour",
                    f"{champ}.instance",
                    "Cette commission ne l'a pas à son ordre du jour : inscrivez-l'y d'abord (InstanceInscrite).",
                )
        case ev.ConcoursForceAccorde() | ev.ConcoursForceRefuse() if enveloppe.source != "EXPLOC":
            # Rows of a lot come in any order; a partner is told.
            if not any(x.stade is Stade.CONCOURS_REQUIS and x.le <= enveloppe.survenu_le for x in dossier.etapes):
                raise ActeRefuse(
                    "concours_non_requis",
                    f"{champ.removesuffix('.donnees')}.survenu_le",
                    "Aucune réquisition n'est connue à cette date : l'étude la transmet d'abord (CPCE, R.153-1).",
                )
        case ev.Demande72() if not dossier.saisine_ouverte:
            raise ActeRefuse("sans_saisine", f"{champ.removesuffix('.donnees')}.type", _SANS_SAISINE)
        case ev.InformationTransmise72() | ev.Demande72Refusee():
            demande = contexte.demandes72.get(e.en_reponse_a)
            posee = e.en_reponse_a in dossier.actes_proteges
            if demande is None or demande.destinataire != enveloppe.partenaire or not posee:
                raise ActeRefuse(
                    "demande72_inconnue",
                    f"{champ}.en_reponse_a",
                    "Aucune demande adressée à votre service ne porte cet identifiant : relisez le dossier.",
                )
            if isinstance(e, ev.InformationTransmise72) and not dossier.saisine_ouverte:
                raise ActeRefuse("sans_saisine", f"{champ.removesuffix('.donnees')}.type", _SANS_SAISINE)
        case ev.FaitCorrige():
            _verifier_correction(dossier, e.corrige, enveloppe, f"{champ}.corrige")
        case ev.EffacementDemande() | ev.EffacementAvise() | ev.EffacementDecide() | ev.PersonneEffacee():
            _verifier_effacement(dossier, e, enveloppe, champ)
        case _:
            return


_SANS_SAISINE: Final = (
    "L'article 7-2 suppose une saisine ouverte : saisissez d'abord la CCAPEX (CcapexSaisie), ou n'envoyez rien."
)


def _deja_effacee(champ: str) -> ActeRefuse:
    return ActeRefuse(
        "personne_effacee", f"{champ}.personne", "Cette personne est déjà effacée : il ne reste rien à effacer."
    )


def _declaree(dossier: Dossier, personne: UUID) -> bool:
    """Whether a person was ever declared: one whose declaration was withdrawn can ask to be erased all the same."""
    return any(
        isinstance(p.evenement, ev.OccupantDeclare) and p.evenement.personne == personne for p in dossier.histoire
    )


def _verifier_effacement(  # noqa: C901, PLR0912 - one condition per step
    dossier: Dossier,
    e: ev.EffacementDemande | ev.EffacementAvise | ev.EffacementDecide | ev.PersonneEffacee,
    enveloppe: Enveloppe,
    champ: str,
) -> None:
    if isinstance(e, ev.EffacementDemande):
        if not _declaree(dossier, e.personne):
            raise ActeRefuse(
                "personne_inconnue",
                f"{champ}.personne",
                "Cette personne n'est pas dans le dossier : prenez son identifiant dans le dossier.",
            )
        if e.personne in dossier.effacees:
            raise _deja_effacee(champ)
        return
    if isinstance(e, ev.PersonneEffacee):
        decide = next((x for x in dossier.effacements.values() if x.decision == e.decision), None)
        if decide is None or decide.sens != "ACCORDE" or decide.personne != e.personne or decide.execute:
            raise ActeRefuse(
                "decision_inconnue",
                f"{champ}.decision",
                "Aucune décision d'effacement en attente ne porte cet identifiant : faites-la d'abord décider.",
            )
        if e.personne in dossier.effacees:
            raise _deja_effacee(champ)
        if decide.decideur == enveloppe.agent:
            raise ActeRefuse(
                "meme_personne",
                f"{champ}.decision",
                "L'effacement est exécuté par une autre personne que celle qui l'a décidé : confiez-le lui.",
            )
        if e.menage_aussi != dossier.dernier_adulte(e.personne):
            raise ActeRefuse(
                "menage_aussi",
                f"{champ}.menage_aussi",
                "Les clés du ménage sont détruites avec le dernier adulte, et pas avant : relisez le dossier.",
            )
        return
    demande = dossier.effacements.get(e.effacement)
    if demande is None:
        raise ActeRefuse(
            "effacement_inconnu",
            f"{champ}.effacement",
            "Aucune demande d'effacement ne porte cet identifiant : enregistrez d'abord la demande.",
        )
    if demande.decision is not None:
        raise ActeRefuse(
            "deja_decide",
            f"{champ}.effacement",
            "Cette demande d'effacement est déjà décidée : une nouvelle demande en ouvre une autre.",
        )
    if isinstance(e, ev.EffacementAvise):
        return
    if demande.avis is None:
        raise ActeRefuse(
            "avis_manquant",
            f"{champ}.effacement",
            "Le délégué à la protection des données rend d'abord son avis : demandez-le lui.",
        )
    if any(x.decision == e.decision for x in dossier.effacements.values()):
        raise ActeRefuse(
            "identifiant_pris", f"{champ}.decision", "Cet identifiant a déjà servi dans le dossier : donnez-en un neuf."
        )
    if e.sens == "ACCORDE" and dossier.procedure_ouverte:
        raise ActeRefuse(
            "procedure_ouverte",
            f"{champ}.sens",
            "Une procédure est ouverte : l'effacement est refusé tant qu'elle court (RGPD, article 17, 3, b et e).",
        )
    if e.sens == "REFUSE" and e.article is None:
        raise ActeRefuse("article_manquant", f"{champ}.article", "Un refus nomme l'article qui le fonde : indiquez-le.")

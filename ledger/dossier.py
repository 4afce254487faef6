"""One household's case, as its history makes it: commands give events, events give the state.

Everything here is a function on values: no clock, no randomness, no database. The state is folded from what
stands in clear; deciding never needs a key, but for the ``Demande72`` that an answer names, which the caller
opens and hands over.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from ledger import events as ev
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


_RANGS: Final[Mapping[Stade, int]] = MappingProxyType({stade: rang for rang, stade in enumerate(Stade)})
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


@dataclass(frozen=True)
class Dossier:
    """What the closed history says. ``etapes`` holds (date, rank, stage, event) of the acts not withdrawn."""

    version: int = 0
    ouvert_le: date | None = None
    parc: str | None = None
    commune: str | None = None
    bailleur_siret: str | None = None
    etapes: tuple[tuple[date, int, Stade, UUID], ...] = ()
    audiences: tuple[tuple[date, UUID], ...] = ()
    saisie_le: date | None = None
    close_le: date | None = None
    personnes: Mapping[UUID, str] = field(default_factory=dict)
    effacees: Mapping[UUID, date] = field(default_factory=dict)
    menage_efface: bool = False
    interventions: Mapping[UUID, Intervention] = field(default_factory=dict)
    inscriptions: tuple[Inscription, ...] = ()
    examens: tuple[tuple[str, date], ...] = ()
    recommandations: Mapping[UUID, str] = field(default_factory=dict)
    actes_proteges: Mapping[UUID, str] = field(default_factory=dict)
    accords: Mapping[UUID, Accord] = field(default_factory=dict)
    auteurs: frozenset[str] = frozenset()
    declarants: frozenset[str] = frozenset()
    information_menage: date | None = None
    opposition: bool = False
    limitation: bool = False
    effacements: Mapping[UUID, Effacement] = field(default_factory=dict)
    rapprochements: Mapping[UUID, str | None] = field(default_factory=dict)
    emetteurs: Mapping[UUID, str] = field(default_factory=dict)
    corriges: Mapping[UUID, UUID] = field(default_factory=dict)

    @property
    def stade(self) -> Stade:
        """Where the procedure stands."""
        return max(self.etapes, key=lambda etape: etape[:2])[2] if self.etapes else Stade.OUVERT

    @property
    def dernier_acte_le(self) -> date | None:
        """The business date of the latest act."""
        return max(etape[0] for etape in self.etapes) if self.etapes else None

    @property
    def prochaine_audience(self) -> date | None:
        """The latest hearing that was set; it may be past."""
        return max(jour for jour, _ in self.audiences) if self.audiences else None

    @property
    def saisine_ouverte(self) -> bool:
        """A saisine was received and its instruction is not closed. A signalement of CDP is not a saisine."""
        return self.saisie_le is not None and (self.close_le is None or self.close_le < self.saisie_le)

    @property
    def procedure_ouverte(self) -> bool:
        """Acts are running: neither ended (eviction, departure) nor closed after the last of them."""
        if self.stade in _FINIS:
            return False
        dernier = self.dernier_acte_le
        return self.close_le is None or (dernier is not None and self.close_le < dernier)

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
    return suivant


def evolve(dossier: Dossier, fait: Fait) -> Dossier:
    """The state after one more event. Reads clear fields only, so erased and sealed events fold alike."""
    enveloppe, e = fait.enveloppe, fait.evenement
    suivant = _avec(
        dossier,
        version=fait.version,
        auteurs=dossier.auteurs | {enveloppe.partenaire},
        declarants=dossier.declarants | {enveloppe.declarant} if enveloppe.declarant else dossier.declarants,
        emetteurs={**dossier.emetteurs, enveloppe.id: enveloppe.partenaire},
        corriges={**dossier.corriges, enveloppe.corrige: enveloppe.id} if enveloppe.corrige else dossier.corriges,
        information_menage=enveloppe.information_menage or dossier.information_menage,
    )
    return _appliquer(suivant, e, enveloppe)


def _appliquer(d: Dossier, e: Evenement, enveloppe: Enveloppe) -> Dossier:  # noqa: C901, PLR0911, PLR0912 - one case per event
    le = enveloppe.survenu_le
    match e:
        case ev.DossierOuvert():
            return _avec(d, ouvert_le=le, parc=e.parc, commune=e.commune, bailleur_siret=e.bailleur_siret)
        case ev.OccupantDeclare():
            return _avec(d, personnes={**d.personnes, e.personne: e.qualite})
        case ev.CcapexSaisie():
            return _avec(d, saisie_le=max(le, d.saisie_le or le))
        case ev.SaisineClose():
            return _avec(d, close_le=max(le, d.close_le or le))
        case ev.AccompagnementOuvert():
            ouverte = Intervention(enveloppe.partenaire, enveloppe.agent, le)
            return _avec(d, interventions={**d.interventions, e.intervention: ouverte})
        case ev.AccompagnementTermine():
            return _avec(d, interventions={k: v for k, v in d.interventions.items() if k != e.intervention})
        case ev.AccordRecueilli():
            accord = Accord(e.destinataire, frozenset(e.groupes), e.jusqu_au)
            return _avec(d, accords={**d.accords, e.accord: accord})
        case ev.AccordRetire():
            return _avec(d, accords={k: v for k, v in d.accords.items() if k != e.accord})
        case ev.ActeProtege():
            return _avec(d, actes_proteges={**d.actes_proteges, e.acte: enveloppe.partenaire})
        case ev.InstanceInscrite():
            return _avec(d, inscriptions=(*d.inscriptions, Inscription(e.instance, e.seance, e.seance_le)))
        case ev.DossierExamine():
            return _avec(d, examens=(*d.examens, (e.instance, le)))
        case ev.RecommandationEmise():
            return _avec(d, recommandations={**d.recommandations, e.recommandation: e.destinataire})
        case ev.RapprochementSuggere():
            return _avec(d, rapprochements={e.autre: None, **d.rapprochements})
        case ev.RapprochementTranche():
            return _avec(d, rapprochements={**d.rapprochements, e.autre: e.decision})
        case ev.MenageInforme():
            return _avec(d, information_menage=le)
        case ev.OppositionEnregistree() | ev.OppositionLevee():
            posee = isinstance(e, ev.OppositionEnregistree)
            return _avec(d, opposition=posee) if e.portee == "OPPOSITION" else _avec(d, limitation=posee)
        case ev.FaitCorrige():
            return _avec(
                d,
                corriges={**d.corriges, e.corrige: enveloppe.id},
                etapes=tuple(etape for etape in d.etapes if etape[3] != e.corrige),
                audiences=tuple(a for a in d.audiences if a[1] != e.corrige),
            )
        case ev.EffacementDemande():
            return _avec(d, effacements={**d.effacements, e.effacement: Effacement(e.personne)})
        case ev.EffacementAvise():
            return _avancer(d, e.effacement, avis=e.avis)
        case ev.EffacementDecide():
            return _avancer(d, e.effacement, decision=e.decision, sens=e.sens, decideur=enveloppe.agent)
        case ev.PersonneEffacee():
            executes = {
                k: replace(v, execute=True) if v.decision == e.decision else v for k, v in d.effacements.items()
            }
            return _avec(
                d,
                effacees={**d.effacees, e.personne: le},
                menage_efface=d.menage_efface or e.menage_aussi,
                effacements=executes,
            )
        case _:
            return _avancer_procedure(d, e, enveloppe)


def _avancer(d: Dossier, effacement: UUID, **etape: Any) -> Dossier:  # noqa: ANN401 - attributes of Effacement
    return _avec(d, effacements={**d.effacements, effacement: replace(d.effacements[effacement], **etape)})


def _avancer_procedure(d: Dossier, e: Evenement, enveloppe: Enveloppe) -> Dossier:
    retire = enveloppe.corrige
    audience = e.date_audience if isinstance(e, ev.AssignationSignifiee) else None
    if isinstance(e, ev.AudienceTenue):
        audience = e.renvoyee_au
    if audience is not None:
        d = _avec(d, audiences=(*(a for a in d.audiences if a[1] != retire), (audience, enveloppe.id)))
    stade = STADES.get(type(e))
    if stade is None:
        return d
    etape = (enveloppe.survenu_le, _RANGS[stade], stade, enveloppe.id)
    return _avec(d, etapes=(*(x for x in d.etapes if x[3] != retire), etape))


def replier(faits: Iterable[Fait], depart: Dossier | None = None) -> Dossier:
    """Fold a history, in the order of versions."""
    dossier = depart or Dossier()
    for fait in faits:
        dossier = evolve(dossier, fait)
    return dossier


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
    proposes = contribution.evenements
    if not proposes:
        raise ActeRefuse("contribution_vide", "evenements", "La contribution ne contient aucun événement.")
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
    return tuple(faits)


def _verifier(dossier: Dossier, propose: Propose, enveloppe: Enveloppe, contexte: Contexte, champ: str) -> None:
    e = propose.evenement
    if propose.survenu_le > contexte.aujourd_hui:
        raise ActeRefuse("date_future", f"{champ}.survenu_le", "La date de l'événement est dans l'avenir.")
    if isinstance(e, ev.DossierOuvert) != (dossier.version == 0):
        raise ActeRefuse(
            "ouverture",
            f"{champ}.type",
            "Un dossier commence par son ouverture, et n'est ouvert qu'une fois.",
        )
    if propose.corrige is not None:
        _verifier_correction(dossier, propose.corrige, enveloppe, f"{champ}.corrige")
    for personne in _personnes(e):
        connue = personne in dossier.personnes or isinstance(e, ev.OccupantDeclare)
        if not connue:
            raise ActeRefuse("personne_inconnue", f"{champ}.donnees", "Cette personne n'est pas dans le dossier.")
        if personne in dossier.effacees:
            raise ActeRefuse("personne_effacee", f"{champ}.donnees", "Cette personne a été effacée du dossier.")
    if dossier.menage_efface and not isinstance(e, ev.PersonneEffacee | ev.EffacementDemande):
        raise ActeRefuse("menage_efface", champ, "Le ménage a été effacé : le dossier ne reçoit plus rien.")
    _verifier_suite(dossier, e, enveloppe, contexte, f"{champ}.donnees")


def _personnes(e: Evenement) -> tuple[UUID, ...]:
    match e.SUJET:
        case ev.Sujet.PERSONNE:
            return (e.personne,)  # type: ignore[attr-defined]  # every event whose subject is a person names it
        case ev.Sujet.PERSONNES:
            return tuple(e.personnes)  # type: ignore[attr-defined]  # likewise
        case _:
            return ()


def _verifier_correction(dossier: Dossier, corrige: UUID, enveloppe: Enveloppe, champ: str) -> None:
    emetteur = dossier.emetteurs.get(corrige)
    if emetteur is None or (emetteur != enveloppe.partenaire and enveloppe.role != ROLE_INSTRUCTEUR):
        raise ActeRefuse("correction", champ, "Vous ne pouvez corriger qu'un événement que vous avez transmis.")
    if corrige in dossier.corriges:
        raise ActeRefuse("deja_corrige", champ, "Cet événement a déjà été corrigé : corrigez sa correction.")


def _verifier_suite(  # noqa: C901, PLR0912 - one case per event that has a condition
    dossier: Dossier, e: Evenement, enveloppe: Enveloppe, contexte: Contexte, champ: str
) -> None:
    match e:
        case ev.AccompagnementTermine():
            ouverte = dossier.interventions.get(e.intervention)
            if ouverte is None or ouverte.partenaire != enveloppe.partenaire:
                raise ActeRefuse(
                    "intervention_inconnue", f"{champ}.intervention", "Aucun accompagnement ouvert ne porte cet id."
                )
        case ev.AccordRetire() if e.accord not in dossier.accords:
            raise ActeRefuse("accord_inconnu", f"{champ}.accord", "Aucun accord en cours ne porte cet identifiant.")
        case ev.RecommandationSuivie() if e.recommandation not in dossier.recommandations:
            raise ActeRefuse(
                "recommandation_inconnue", f"{champ}.recommandation", "Aucune recommandation ne porte cet identifiant."
            )
        case ev.RapprochementTranche() if e.autre not in dossier.rapprochements:
            raise ActeRefuse("rapprochement_inconnu", f"{champ}.autre", "Aucun rapprochement n'est proposé avec lui.")
        case ev.InstanceInscrite() if e.instance == "CLIL":
            if dossier.information_menage is None:
                raise ActeRefuse(
                    "menage_non_informe", champ, "Informez d'abord le ménage : une CLIL n'examine aucun dossier sans."
                )
            if dossier.opposition:
                raise ActeRefuse("opposition", champ, "Le ménage s'oppose à l'examen de son dossier en CLIL.")
        case ev.DossierExamine() | ev.AvisRendu() | ev.RecommandationEmise():
            if all(i.instance != e.instance for i in dossier.inscriptions):
                raise ActeRefuse(
                    "hors_ordre_du_jour", f"{champ}.instance", "Inscrivez d'abord le dossier à l'ordre du jour."
                )
        case ev.Demande72() if not dossier.saisine_ouverte:
            raise ActeRefuse("sans_saisine", champ, "Une demande de l'article 7-2 suppose une saisine ouverte.")
        case ev.InformationTransmise72() | ev.Demande72Refusee():
            demande = contexte.demandes72.get(e.en_reponse_a)
            if demande is None or demande.destinataire != enveloppe.partenaire:
                raise ActeRefuse(
                    "demande72_inconnue",
                    f"{champ}.en_reponse_a",
                    "Aucune demande adressée à votre service ne porte cet id.",
                )
        case ev.FaitCorrige():
            _verifier_correction(dossier, e.corrige, enveloppe, f"{champ}.corrige")
        case ev.EffacementDemande() if e.personne not in dossier.personnes:
            raise ActeRefuse("personne_inconnue", f"{champ}.personne", "Cette personne n'est pas dans le dossier.")
        case ev.EffacementAvise() | ev.EffacementDecide() | ev.PersonneEffacee():
            _verifier_effacement(dossier, e, enveloppe, champ)
        case _:
            return


def _verifier_effacement(  # noqa: C901 - one condition per step
    dossier: Dossier,
    e: ev.EffacementAvise | ev.EffacementDecide | ev.PersonneEffacee,
    enveloppe: Enveloppe,
    champ: str,
) -> None:
    if isinstance(e, ev.PersonneEffacee):
        decide = next((x for x in dossier.effacements.values() if x.decision == e.decision), None)
        if decide is None or decide.sens != "ACCORDE" or decide.personne != e.personne or decide.execute:
            raise ActeRefuse("decision_inconnue", f"{champ}.decision", "Aucune décision en attente ne porte cet id.")
        if decide.decideur == enveloppe.agent:
            raise ActeRefuse(
                "meme_personne", champ, "L'effacement est exécuté par une autre personne que celle qui l'a décidé."
            )
        if e.menage_aussi != dossier.dernier_adulte(e.personne):
            raise ActeRefuse("menage_aussi", f"{champ}.menage_aussi", "Les clés du ménage suivent le dernier adulte.")
        return
    demande = dossier.effacements.get(e.effacement)
    if demande is None:
        raise ActeRefuse("effacement_inconnu", f"{champ}.effacement", "Aucune demande d'effacement ne porte cet id.")
    if isinstance(e, ev.EffacementAvise):
        return
    if demande.avis is None:
        raise ActeRefuse("avis_manquant", champ, "Le délégué à la protection des données rend d'abord son avis.")
    if demande.decision is not None:
        raise ActeRefuse("deja_decide", champ, "Cette demande d'effacement est déjà décidée.")
    if e.sens == "ACCORDE" and dossier.procedure_ouverte:
        raise ActeRefuse(
            "procedure_ouverte",
            f"{champ}.sens",
            "Une procédure est ouverte : l'effacement est refusé (RGPD, article 17, 3, b et e).",
        )
    if e.sens == "REFUSE" and e.article is None:
        raise ActeRefuse("article_manquant", f"{champ}.article", "Un refus nomme l'article qui le fonde.")

"""The fold as the law of corrections says it, and nothing clever: find what stands, then count each fact in order.

It is the oracle of ``ledger.dossier.repli``, which never folds again.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any
from uuid import UUID

from ledger import catalogue as ev
from ledger.catalogue import RANGS, Accord, Effacement, Evenement, Fait, Inscription, Intervention
from ledger.dossier.etat import INDELEBILES, Dit, Etape


def corrections(faits: Sequence[Fait]) -> dict[UUID, UUID]:
    """What no longer stands, by what corrects it: from the last to the first, for a correction can be withdrawn."""
    retires: dict[UUID, UUID] = {}
    remplaces: dict[UUID, UUID] = {}
    for fait in reversed(faits):
        if fait.enveloppe.id in retires:
            continue
        if fait.enveloppe.corrige is not None:
            remplaces[fait.enveloppe.corrige] = fait.enveloppe.id
        if isinstance(fait.evenement, ev.FaitCorrige):
            retires[fait.evenement.corrige] = fait.enveloppe.id
    return remplaces | retires


def debout(faits: Sequence[Fait]) -> list[Fait]:
    corriges = corrections(faits)
    return [f for f in faits if f.enveloppe.id not in corriges or isinstance(f.evenement, INDELEBILES)]


@dataclass
class Naif:
    """The attributes of ``Dossier``, each counted by hand."""

    version: int = 0
    ouvert_le: date | None = None
    parc: str | None = None
    commune: str | None = None
    bailleur_siret: str | None = None
    etapes: tuple[Etape, ...] = ()
    prochaine_audience: date | None = None
    saisie: Dit | None = None
    cloture: Dit | None = None
    fermeture: Dit | None = None
    personnes: dict[UUID, str] = field(default_factory=dict)
    engagees: dict[UUID, ev.Engagement] = field(default_factory=dict)
    effacees: dict[UUID, date] = field(default_factory=dict)
    menage_efface: bool = False
    interventions: dict[UUID, Intervention] = field(default_factory=dict)
    inscriptions: tuple[Inscription, ...] = ()
    examens: tuple[tuple[str, date], ...] = ()
    recommandations: set[UUID] = field(default_factory=set)
    actes_proteges: set[UUID] = field(default_factory=set)
    accords: dict[UUID, Accord] = field(default_factory=dict)
    auteurs: set[str] = field(default_factory=set)
    declarants: set[str] = field(default_factory=set)
    information_menage: date | None = None
    oppositions: dict[tuple[str, UUID | None], tuple[Dit, bool]] = field(default_factory=dict)
    conservations: dict[str, tuple[Dit, bool]] = field(default_factory=dict)
    effacements: dict[UUID, Effacement] = field(default_factory=dict)
    rapprochements: dict[UUID, str | None] = field(default_factory=dict)
    corriges: dict[UUID, UUID] = field(default_factory=dict)

    def compter(self, fait: Fait) -> None:
        e, env = fait.evenement, fait.enveloppe
        le, dit = env.survenu_le, (env.survenu_le, fait.version)
        self.auteurs.add(env.partenaire)
        self.declarants |= set() if env.declarant is None else {env.declarant}
        self.information_menage = _dernier(self.information_menage, env.information_menage)
        stade = type(e).STADE
        prematuree = isinstance(e, ev.ConcoursForceRefuse) and e.prematuree
        if stade is not None and not prematuree:
            self.etapes += (Etape(le, RANGS[stade], fait.version, stade),)
        match e:
            case ev.DossierOuvert():
                self.ouvert_le, self.parc, self.commune, self.bailleur_siret = le, e.parc, e.commune, e.bailleur_siret
            case ev.LogementDeclare():
                self.bailleur_siret = self.bailleur_siret or e.bailleur_siret
            case ev.OccupantDeclare():
                self.personnes[e.personne] = e.qualite
            case ev.AssignationSignifiee() | ev.OrganismeDSFSaisi():
                self.prochaine_audience = _dernier(self.prochaine_audience, e.date_audience)
            case ev.AudienceTenue():
                self.prochaine_audience = _dernier(self.prochaine_audience, e.renvoyee_au)
            case ev.CcapexSaisie():
                self.saisie = _dernier(self.saisie, dit)
            case ev.SaisineClose():
                self.cloture = _dernier(self.cloture, dit)
            case ev.AccompagnementOuvert():
                self.interventions[e.intervention] = Intervention(
                    env.partenaire, env.agent, le, env.information_menage is not None
                )
            case ev.AccompagnementTermine():
                self.interventions.pop(e.intervention, None)
            case ev.AccordRecueilli():
                self.accords[e.accord] = Accord(
                    e.destinataire, frozenset(e.groupes), le, e.jusqu_au, e.personne, env.partenaire
                )
            case ev.AccordRetire():
                self.accords.pop(e.accord, None)
            case ev.ActeProtege():
                self.actes_proteges.add(e.acte)
            case _:
                self.suivre(e, env.agent, dit)

    def suivre(self, e: Evenement, agent: str, dit: Dit) -> None:
        le, _ = dit
        match e:
            case ev.InstanceInscrite():
                self.inscrire(Inscription(e.instance, e.seance, e.seance_le, e.rang))
            case ev.InscriptionReportee():
                self.quitter(e.seance)
                self.inscrire(Inscription(e.instance, e.reporte_a, e.reporte_au, e.rang))
            case ev.InscriptionRetiree():
                self.quitter(e.seance)
            case ev.DossierExamine():
                self.examens += ((e.instance, le),)
            case ev.RecommandationEmise():
                self.recommandations.add(e.recommandation)
            case ev.RapprochementSuggere():
                self.rapprochements.setdefault(e.autre, None)
            case ev.RapprochementTranche():
                self.rapprochements[e.autre] = e.decision
            case ev.MenageInforme():
                self.information_menage = _dernier(self.information_menage, le)
            case ev.OppositionEnregistree() | ev.OppositionLevee():
                posee = (dit, isinstance(e, ev.OppositionEnregistree))
                qui = (e.portee, e.personne)
                self.oppositions[qui] = _dernier(self.oppositions.get(qui), posee)
            case ev.ConservationOrdonnee() | ev.ConservationLevee():
                ordonnee = (dit, isinstance(e, ev.ConservationOrdonnee))
                self.conservations[e.fondement] = _dernier(self.conservations.get(e.fondement), ordonnee)
            case ev.EffacementDemande():
                self.effacements[e.effacement] = Effacement(e.personne)
            case ev.EffacementAvise():
                self.avancer(e.effacement, avis=e.avis)
            case ev.EffacementDecide():
                self.avancer(e.effacement, decision=e.decision, sens=e.sens, decideur=agent)
            case ev.EffacementEngage():
                self.engagees[e.personne] = ev.Engagement(e.decision, e.menage_aussi)
            case ev.PersonneEffacee():
                self.effacees[e.personne] = le
                self.menage_efface |= e.menage_aussi
                for nom, x in self.effacements.items():
                    if x.decision == e.decision:
                        self.effacements[nom] = replace(x, execute=True)

    def inscrire(self, inscription: Inscription) -> None:
        self.quitter(inscription.seance)
        self.inscriptions += (inscription,)

    def quitter(self, seance: UUID) -> None:
        self.inscriptions = tuple(i for i in self.inscriptions if i.seance != seance)

    def avancer(self, effacement: UUID, **etape: Any) -> None:
        if effacement in self.effacements:
            self.effacements[effacement] = replace(self.effacements[effacement], **etape)


def _dernier(connu: Any, nouveau: Any) -> Any:
    return max((x for x in (connu, nouveau) if x is not None), default=None)


def naif(faits: Sequence[Fait]) -> Naif:
    """The state of this history."""
    etat = Naif(version=faits[-1].version if faits else 0, corriges=corrections(faits))
    tenus = debout(faits)
    for fait in tenus:
        etat.compter(fait)
    clos, rouvert = (
        max(((f.enveloppe.survenu_le, f.version) for f in tenus if isinstance(f.evenement, cls)), default=None)
        for cls in (ev.DossierClos, ev.DossierRouvert)
    )
    etat.fermeture = clos if clos is not None and (rouvert is None or rouvert < clos) else None
    return etat

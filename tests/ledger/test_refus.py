"""Every refusal of the domain: its code, the field it names, its remedy in French; and a case taken at random by its
contributions alone, which never breaks and never takes back what cannot be."""

import inspect
import re
from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from ledger import catalogue as ev
from ledger.catalogue import Evenement, Fait, Stade, catalogue
from ledger.dossier import bornes, circonstances, conditions, decision, effacement, en_commission
from ledger.dossier.adultes import delaisse
from ledger.dossier.conditions import RETRAITS_EN_CHAINE
from ledger.dossier.decision import (
    FAITS_PAR_DOSSIER,
    RESERVE_DES_DROITS,
    Auteur,
    Contexte,
    Contribution,
    Propose,
    decider,
)
from ledger.dossier.etat import Dossier, accordes
from ledger.dossier.obstacles import OBSTACLES
from ledger.dossier.refus import ActeRefuse
from ledger.dossier.repli import replier
from tests.projections.monde import exemple

ICI: Final = UUID(int=0xD0)
JOUR: Final = date(2026, 3, 2)
AUJOURD_HUI: Final = date(2026, 11, 23)
P, Q, X, Y = (UUID(int=n) for n in range(1, 5))

SERVICE: Final = Auteur("ssd93", "CD_TRAVAILLEUR_SOCIAL", "agent-s")
INSTRUCTEUR: Final = Auteur("ccapex", "CCAPEX_INSTRUCTEUR", "agent-i", corrige_autrui=True)
ETUDE: Final = Auteur("etude-1", "COMMISSAIRE_JUSTICE", "agent-e", "99920707900180")

Dit = tuple[Auteur, Evenement]
OUVERT: Final[tuple[Dit, ...]] = (
    (ETUDE, ev.DossierOuvert(parc="SOCIAL", commune="93066")),
    (ETUDE, ev.OccupantDeclare(personne=P, nom="LEROY")),
)
CLIL: Final = ev.InstanceInscrite(instance="CLIL", seance=X, seance_le=JOUR)
PROPOSE: Final = ev.DossierPropose(instance="CLIL")
AVIS: Final = ev.AvisRendu(instance="CCAPEX", sens="MAINTIEN")
DEMANDE72: Final = ev.Demande72(acte=X, destinataire="ssd93", question="démarches ?")
REPONSE72: Final = ev.InformationTransmise72(
    acte=Y, en_reponse_a=X, texte="oui", necessite="délai", menage_informe_le=JOUR
)
DEMANDE: Final = ev.EffacementDemande(effacement=X, personne=P)
AVISE: Final = ev.EffacementAvise(effacement=X, avis="FAVORABLE")
DECIDE: Final = ev.EffacementDecide(effacement=X, decision=Y, sens="ACCORDE")
EFFACE: Final = ev.PersonneEffacee(personne=P, decision=Y, menage_aussi=True)


def engage(personne: UUID, decision: UUID, *, menage_aussi: bool = False) -> ev.EffacementEngage:
    return ev.EffacementEngage(
        personne=personne, decision=decision, menage_aussi=menage_aussi, decideur=INSTRUCTEUR.agent, preuve="00"
    )


ENGAGE: Final = engage(P, Y, menage_aussi=True)
EXECUTE: Final[tuple[Dit, ...]] = ((SERVICE, ENGAGE), (SERVICE, EFFACE))
EFFACEMENT: Final[tuple[Dit, ...]] = ((SERVICE, DEMANDE), (SERVICE, AVISE), (INSTRUCTEUR, DECIDE))


SUSPENSION: Final[dict[str, Any]] = {"sens": "SUSPENDUE", "effet_le": JOUR, "motif": "PLAN_ROMPU"}


@dataclass(frozen=True)
class Essai:
    """Given this history, when this is said, then this refusal. ``corrige``: the rank of the fact it replaces.

    ``plein``: the case holds so many facts, of which only this history is told. ``precisions``: of its envelope.
    """

    code: str
    champ: str
    dit: Evenement | Sequence[Evenement]
    avant: tuple[Dit, ...] = OUVERT
    auteur: Auteur = SERVICE
    le: date = JOUR
    corrige: int | None = None
    plein: int | None = None
    demandes72: dict[UUID, ev.Demande72] = field(default_factory=dict)
    precisions: dict[str, str] = field(default_factory=dict)


def cible(rang: int) -> UUID:
    """The id of the nth fact of the history."""
    return UUID(int=0xF000 + rang)


def histoire(dits: Sequence[Dit]) -> Dossier:
    etat = Dossier()
    for n, (auteur, e) in enumerate(dits, 1):
        contribution = Contribution(id=uuid4(), auteur=auteur, finalite="X", evenements=(Propose(e, JOUR),))
        etat = replier(decider(ICI, etat, contribution, Contexte(AUJOURD_HUI, [cible(n)])), etat)
    return etat


DETTE: Final = ev.DetteDeclaree(montant=1, arretee_au=JOUR)
SUIVI: Final = ev.AccompagnementOuvert(intervention=X, mesure="SSD")
ACCORD: Final = ev.AccordRecueilli(accord=X, destinataire="adil93", groupes=("F05",), jusqu_au=AUJOURD_HUI, personne=P)


INSCRITE: Final[Dit] = (INSTRUCTEUR, ev.InstanceInscrite(instance="CCAPEX", seance=X, seance_le=JOUR))
RETIREE: Final = ev.InscriptionRetiree(instance="CCAPEX", seance=X, motif="ERREUR")
REPORTEE: Final = ev.InscriptionReportee(
    instance="CCAPEX", seance=X, reporte_a=Y, reporte_au=JOUR, motif="SEANCE_CHARGEE"
)
EXAMINE: Final[Dit] = (INSTRUCTEUR, ev.DossierExamine(instance="CCAPEX", seance=X))
ECARTEE: Final = ev.PropositionEcartee(instance="CLIL", motif="AUTRE_COMMISSION")
PROPOSEE: Final[tuple[Dit, ...]] = ((SERVICE, ev.MenageInforme(canal="COURRIER")), (SERVICE, PROPOSE))
RECOMMANDE: Final = ev.RecommandationEmise(
    recommandation=Y, instance="CCAPEX", destinataire="ssd93", categorie="PLAN_APUREMENT"
)


def _ne(le: date) -> Evenement:
    return ev.OccupantDeclare(personne=Q, nom="DIALLO", date_naissance=le)


REQUETE: Final = ev.DroitExerce(requete=X, personne=P, droit="ACCES")
DEMANDEE: Final[tuple[Dit, ...]] = (*OUVERT, (SERVICE, REQUETE))
REFUS: Final = ev.DroitRepondu(requete=X, personne=P, reponse="REFUSEE", motif="déjà satisfaite", article="RGPD 12(5)")
PROLONGE: Final = replace(REFUS, reponse="PROLONGEE", article=None, prolonge_au=date(2026, 6, 3))
SUSPENDU: Final = ev.SurendettementAvance(etape="RECEVABLE", suspendue_depuis=JOUR, suspendue_jusqu_au=date(2028, 3, 3))
PROTOCOLE: Final = ev.ProtocoleAvance(protocole=X, etape="SIGNE", protocole_mois=25)
AVENANT: Final = ev.ProtocoleAvance(protocole=X, etape="AVENANT", avenant_mois=37)
BESOIN: Final = ev.BesoinSignale(acte=X, besoin="LOGEMENT_ADAPTE", fondement="RGPD_6_1_E", langue="TURC")
RETRAIT_DE: Final = [ev.FaitCorrige(corrige=cible(3 + n)) for n in range(RETRAITS_EN_CHAINE)]
RETRAIT: Final = RETRAIT_DE[0]
D: Final = "evenements.0.donnees"
ESSAIS: Final = (
    Essai("contribution_vide", "evenements", ()),
    Essai("contribution_trop_longue", "evenements", [DETTE] * 101),
    Essai("contribution_trop_longue", "evenements", [RETRAIT] * 101),
    Essai("date_future", "evenements.0.survenu_le", DETTE, le=AUJOURD_HUI + timedelta(days=1)),
    Essai("date_impossible", "evenements.0.survenu_le", DETTE, le=date(1899, 12, 31)),
    Essai("date_impossible", "evenements.0.survenu_le", ev.DepartConstate(), le=date(1989, 12, 31)),
    Essai("date_impossible", "evenements.0.donnees.arretee_au", replace(DETTE, arretee_au=date(2062, 8, 31))),
    Essai("date_impossible", "evenements.0.donnees.date_audience", ev.JugementRendu(date_audience=date(9999, 1, 1))),
    Essai("naissance_impossible", "evenements.0.donnees.date_naissance", _ne(date(987, 4, 12))),
    Essai("naissance_impossible", "evenements.0.donnees.date_naissance", _ne(JOUR + timedelta(days=1))),
    Essai("hors_bornes", f"{D}.protocole_mois", PROTOCOLE),
    Essai("hors_bornes", f"{D}.avenant_mois", AVENANT),
    Essai("hors_bornes", f"{D}.mesure_mois", ev.SurendettementAvance(etape="MESURES", mesure_mois=85)),
    Essai("precision_sans_objet", f"{D}.avenant_mois", replace(AVENANT, etape="SIGNE", avenant_mois=1)),
    Essai("precision_sans_objet", f"{D}.niveau_masp", replace(SUIVI, niveau_masp="CONTRAT")),
    Essai("precision_sans_objet", f"{D}.langue", BESOIN),
    Essai(
        "precision_sans_objet",
        f"{D}.criteres_solipex",
        ev.RelogementAvance(dispositif="DALO", etape="DEPOSE", criteres_solipex=("PARC_PRIVE",)),
    ),
    Essai("dossier_non_clos", "evenements.0.type", ev.DossierRouvert(motif="NOUVEL_IMPAYE")),
    Essai(
        "dossier_non_clos",
        "evenements.0.type",
        ev.DossierRouvert(motif="ERREUR"),
        (*OUVERT, *((INSTRUCTEUR, e) for e in (ev.DossierClos(motif="RELOGE"), ev.DossierRouvert(motif="ERREUR")))),
    ),
    Essai("personne_inconnue", f"{D}.personne", replace(REQUETE, personne=Q)),
    Essai("requete_inconnue", f"{D}.requete", REFUS),
    Essai("requete_inconnue", f"{D}.requete", replace(REFUS, requete=Y), DEMANDEE),
    Essai("motif_requis", f"{D}.motif", replace(REFUS, motif=None), DEMANDEE),
    Essai("article_requis", f"{D}.article", replace(REFUS, article=None), DEMANDEE),
    Essai("prolongation", f"{D}.prolonge_au", PROLONGE, DEMANDEE),
    Essai("prolongation", f"{D}.prolonge_au", replace(PROLONGE, prolonge_au=None), DEMANDEE),
    Essai("precision_sans_objet", f"{D}.prolonge_au", replace(REFUS, prolonge_au=JOUR), DEMANDEE),
    Essai("duree", f"{D}.suspendue_jusqu_au", SUSPENDU),
    Essai("duree", f"{D}.suspendue_jusqu_au", replace(SUSPENDU, suspendue_jusqu_au=date(2026, 3, 1))),
    Essai(
        "personne_inconnue",
        f"{D}.mandataire",
        ev.MesureProtectionDeclaree(acte=X, personne=P, mesure="TUTELLE", mandataire=Q),
    ),
    Essai("examen_inconnu", f"{D}.examen", ev.SuiviUnAnEvalue(examen=cible(2), situation="RELOGE")),
    Essai(
        "naissance_impossible",
        "evenements.0.donnees.annees_naissance_enfants",
        ev.MenageDeclare(annees_naissance_enfants=(2014, JOUR.year + 1)),
    ),
    Essai("deja_inscrit", f"{D}.seance", INSCRITE[1], avant=(*OUVERT, INSCRITE), auteur=INSTRUCTEUR),
    Essai("recommandation_incomplete", f"{D}.texte", RECOMMANDE, avant=(*OUVERT, INSCRITE), auteur=INSTRUCTEUR),
    Essai(
        "recommandation_incomplete",
        f"{D}.echeance",
        replace(RECOMMANDE, texte="proposer un plan"),
        avant=(*OUVERT, INSCRITE),
        auteur=INSTRUCTEUR,
    ),
    Essai("hors_bornes", "evenements.0.donnees.delais_mois", ev.JugementRendu(delais_mois=37)),
    Essai("hors_bornes", "evenements.0.donnees.delais_mois", ev.JugementRendu(delais_mois=0)),
    Essai("hors_bornes", "evenements.0.donnees.delais_mois", ev.JugementRendu(delais_mois=36), le=date(2014, 3, 26)),
    Essai("ouverture", "evenements.0.type", OUVERT[0][1]),
    Essai("ouverture", "evenements.0.type", DETTE, avant=()),
    Essai("dossier_plein", "evenements.0", DETTE, plein=FAITS_PAR_DOSSIER),
    Essai("dossier_plein", "evenements.0", RETRAIT, plein=FAITS_PAR_DOSSIER + RESERVE_DES_DROITS),
    Essai(
        "dossier_plein",
        "evenements.0",
        ev.EffacementDemande(effacement=Y, personne=P),
        avant=(*OUVERT, (SERVICE, DEMANDE)),
        plein=FAITS_PAR_DOSSIER,
    ),
    Essai("commune_inconnue", f"{D}.commune", ev.DossierOuvert(parc="PRIVE", commune="75056"), avant=()),
    Essai("commune_inconnue", f"{D}.commune", ev.DossierOuvert(parc="PRIVE", commune="93059"), avant=()),
    Essai("personne_inconnue", D, ev.CoordonneesDeclarees(personne=Q)),
    Essai("personne_inconnue", D, ev.OccupantParti(personne=Q)),
    Essai("personne_inconnue", f"{D}.personne", ev.OppositionEnregistree(portee="OPPOSITION", personne=Q)),
    Essai("personne_inconnue", f"{D}.personne", replace(ACCORD, personne=Q)),
    Essai("donneur", f"{D}.personne", replace(ACCORD, personne=None)),
    Essai("duree", f"{D}.jusqu_au", replace(ACCORD, jusqu_au=date(2027, 3, 3))),
    Essai("duree", f"{D}.jusqu_au", replace(ACCORD, jusqu_au=date(2026, 3, 1))),
    Essai("non_inscrit", f"{D}.seance", RETIREE, auteur=INSTRUCTEUR),
    Essai("non_inscrit", f"{D}.seance", replace(RETIREE, seance=Y), avant=(*OUVERT, INSCRITE), auteur=INSTRUCTEUR),
    Essai("non_inscrit", f"{D}.seance", replace(RETIREE, instance="COMEX"), avant=(*OUVERT, INSCRITE)),
    Essai("non_inscrit", f"{D}.seance", RETIREE, avant=(*OUVERT, INSCRITE, (INSTRUCTEUR, RETIREE))),
    Essai("non_inscrit", f"{D}.seance", REPORTEE, avant=(*OUVERT, INSCRITE, (INSTRUCTEUR, REPORTEE))),
    Essai("deja_inscrit", f"{D}.reporte_a", replace(REPORTEE, reporte_a=X), avant=(*OUVERT, INSCRITE)),
    Essai("deja_examine", f"{D}.seance", RETIREE, avant=(*OUVERT, INSCRITE, EXAMINE)),
    Essai("deja_examine", f"{D}.seance", REPORTEE, avant=(*OUVERT, INSCRITE, EXAMINE)),
    Essai("sans_proposition", f"{D}.instance", ECARTEE),
    Essai("sans_proposition", f"{D}.instance", ECARTEE, avant=(*OUVERT, *PROPOSEE, (SERVICE, ECARTEE))),
    Essai("sans_proposition", f"{D}.instance", ECARTEE, avant=(*OUVERT, *PROPOSEE, (SERVICE, CLIL))),
    Essai(
        "besoin_confidentiel",
        f"{D}.besoins",
        replace(AVIS, besoins=("INTERPRETE", "VIOLENCE")),
        avant=(*OUVERT, (INSTRUCTEUR, ev.InstanceInscrite(instance="CCAPEX", seance=X, seance_le=JOUR))),
        auteur=INSTRUCTEUR,
    ),
    Essai(
        "besoin_confidentiel",
        f"{D}.besoins",
        replace(REPONSE72, en_reponse_a=None, besoins=("VIOLENCE",)),
        avant=(*OUVERT, (INSTRUCTEUR, ev.CcapexSaisie())),
    ),
    Essai("personne_inconnue", f"{D}.personne", ev.EffacementDemande(effacement=X, personne=Q)),
    Essai("personne_effacee", D, OUVERT[1][1], avant=(*OUVERT, *EFFACEMENT, *EXECUTE)),
    Essai(
        "personne_effacee",
        f"{D}.personne",
        ev.EffacementDemande(effacement=Y, personne=P),
        avant=(*OUVERT, *EFFACEMENT, *EXECUTE),
    ),
    Essai(
        "personne_effacee",
        f"{D}.personne",
        engage(P, Q, menage_aussi=True),
        avant=(
            *OUVERT,
            *EFFACEMENT,
            (SERVICE, ev.EffacementDemande(effacement=Q, personne=P)),
            (SERVICE, ev.EffacementAvise(effacement=Q, avis="FAVORABLE")),
            (INSTRUCTEUR, ev.EffacementDecide(effacement=Q, decision=Q, sens="ACCORDE")),
            (SERVICE, ENGAGE),
        ),
    ),
    Essai("menage_efface", "evenements.0", DETTE, avant=(*OUVERT, *EFFACEMENT, *EXECUTE)),
    Essai("lien_inconnu", f"{D}.lien", ev.LienConfirme(lien=Q)),
    Essai("lien_par_soi_meme", f"{D}.lien", ev.LienConfirme(lien=X), avant=(*OUVERT, (SERVICE, SUIVI))),
    Essai("identifiant_pris", f"{D}.intervention", SUIVI, avant=(*OUVERT, (INSTRUCTEUR, SUIVI))),
    Essai("identifiant_pris", f"{D}.accord", ACCORD, avant=(*OUVERT, (INSTRUCTEUR, ACCORD))),
    Essai(
        "identifiant_pris",
        f"{D}.decision",
        ev.EffacementDecide(effacement=Q, decision=Y, sens="ACCORDE"),
        avant=(
            *OUVERT,
            *EFFACEMENT,
            (SERVICE, ev.EffacementDemande(effacement=Q, personne=P)),
            (SERVICE, ev.EffacementAvise(effacement=Q, avis="FAVORABLE")),
        ),
    ),
    Essai("correction", f"{D}.corrige", ev.FaitCorrige(corrige=Q)),
    Essai("fait_inconnu", f"{D}.fait", ev.ValeurTranchee(fait=Q, champ="montant", motif="ACCORD")),
    Essai("fait_inconnu", f"{D}.fait", replace(REQUETE, droit="RECTIFICATION", fait=Q)),
    Essai("champ_inconnu", f"{D}.champ", ev.ValeurTranchee(fait=cible(2), champ="montant", motif="ACCORD")),
    Essai("correction", f"{D}.corrige", ev.FaitCorrige(corrige=cible(2))),
    Essai("correction", "evenements.0.corrige", OUVERT[1][1], corrige=2),
    Essai(
        "correction",
        f"{D}.corrige",
        ev.FaitCorrige(corrige=cible(3)),
        avant=(*OUVERT, (SERVICE, ACCORD)),
        auteur=INSTRUCTEUR,
    ),
    Essai("correction_impossible", f"{D}.corrige", ev.FaitCorrige(corrige=cible(1)), auteur=ETUDE),
    Essai(
        "correction_impossible",
        f"{D}.corrige",
        ev.FaitCorrige(corrige=cible(7)),
        avant=(
            *OUVERT,
            (ETUDE, ev.OccupantDeclare(personne=Q, nom="B")),
            *EFFACEMENT,
            (SERVICE, engage(P, Y)),
            (SERVICE, ev.PersonneEffacee(personne=P, decision=Y)),
        ),
    ),
    Essai("correction_autre_nature", "evenements.0.type", DETTE, auteur=ETUDE, corrige=2),
    Essai(
        "deja_corrige",
        f"{D}.corrige",
        ev.FaitCorrige(corrige=cible(3)),
        avant=(*OUVERT, (SERVICE, DETTE), (SERVICE, ev.FaitCorrige(corrige=cible(3)))),
    ),
    Essai(
        "correction_trop_profonde",
        f"{D}.corrige",
        ev.FaitCorrige(corrige=cible(3 + RETRAITS_EN_CHAINE)),
        avant=(*OUVERT, (SERVICE, DETTE), *((SERVICE, RETRAIT_DE[n]) for n in range(RETRAITS_EN_CHAINE))),
    ),
    Essai("intervention_inconnue", f"{D}.intervention", ev.AccompagnementTermine(intervention=X, issue="FIN")),
    Essai("accord_inconnu", f"{D}.accord", ev.AccordRetire(accord=X)),
    Essai(
        "accord_inconnu",
        f"{D}.accord",
        ev.AccordRetire(accord=X),
        avant=(*OUVERT, (SERVICE, ACCORD), (SERVICE, ev.FaitCorrige(corrige=cible(3)))),
    ),
    Essai(
        "recommandation_inconnue", f"{D}.recommandation", ev.RecommandationSuivie(recommandation=X, statut="REALISEE")
    ),
    Essai("rapprochement_inconnu", f"{D}.autre", ev.RapprochementTranche(autre=X, decision="DISTINCT")),
    Essai(
        "non_reuni",
        f"{D}.decision",
        ev.RapprochementTranche(autre=X, decision="RELU"),
        avant=(*OUVERT, (INSTRUCTEUR, ev.RapprochementSuggere(autre=X, motif="IDENTITE_PROCHE"))),
    ),
    Essai(
        "trop_de_reunis",
        f"{D}.autre",
        ev.RapprochementTranche(autre=X, decision="MEME_MENAGE"),
        avant=(
            *OUVERT,
            *(
                (INSTRUCTEUR, dit)
                for autre in (*(UUID(int=0x900 + n) for n in range(7)), X)
                for dit in (
                    ev.RapprochementSuggere(autre=autre, motif="IDENTITE_PROCHE"),
                    *([ev.RapprochementTranche(autre=autre, decision="MEME_MENAGE")] if autre != X else []),
                )
            ),
        ),
    ),
    Essai(
        "rapprochement_tranche",
        f"{D}.corrige",
        ev.FaitCorrige(corrige=cible(4)),
        avant=(
            *OUVERT,
            (SERVICE, ev.RapprochementSuggere(autre=X, motif="IDENTITE_PROCHE")),
            (SERVICE, ev.RapprochementTranche(autre=X, decision="MEME_MENAGE")),
        ),
    ),
    Essai("rien_a_trier", f"{D}.fait", ev.FaitMaintenu(fait=cible(1))),
    Essai("menage_non_informe", f"{D}.instance", CLIL),
    Essai(
        "menage_non_informe",
        f"{D}.instance",
        CLIL,
        avant=(*OUVERT, (SERVICE, ev.MenageInforme(canal="ORAL")), (SERVICE, ev.FaitCorrige(corrige=cible(3)))),
    ),
    Essai(
        "opposition",
        f"{D}.instance",
        CLIL,
        avant=(
            *OUVERT,
            (SERVICE, ev.MenageInforme(canal="ORAL")),
            (SERVICE, ev.OppositionEnregistree(portee="OPPOSITION")),
        ),
    ),
    Essai("menage_non_informe", f"{D}.instance", PROPOSE),
    *(
        Essai(
            portee.lower(),
            f"{D}.instance",
            dit,
            avant=(
                *OUVERT,
                (SERVICE, ev.MenageInforme(canal="ORAL")),
                (SERVICE, ev.OppositionEnregistree(portee=portee)),
            ),
        )
        for portee, dit in (("OPPOSITION", PROPOSE), ("LIMITATION", PROPOSE), ("LIMITATION", CLIL))
    ),
    Essai("hors_ordre_du_jour", f"{D}.instance", AVIS, auteur=INSTRUCTEUR),
    Essai("concours_non_requis", "evenements.0.survenu_le", ev.ConcoursForceAccorde()),
    Essai(
        "concours_non_requis",
        "evenements.0.survenu_le",
        ev.ConcoursForceRefuse(),
        avant=(*OUVERT, (ETUDE, ev.ConcoursForceRequis())),
        le=JOUR - timedelta(days=1),
    ),
    Essai(
        "concours_non_requis",
        "evenements.0.survenu_le",
        ev.ConcoursForceAccorde(),
        avant=(*OUVERT, (ETUDE, ev.ConcoursForceRequis()), (ETUDE, ev.FaitCorrige(corrige=cible(3)))),
    ),
    Essai("sans_saisine", "evenements.0.type", DEMANDE72, auteur=INSTRUCTEUR),
    Essai(
        "sans_saisine",
        "evenements.0.type",
        REPONSE72,
        avant=(
            *OUVERT,
            (ETUDE, ev.CcapexSaisie()),
            (INSTRUCTEUR, DEMANDE72),
            (INSTRUCTEUR, ev.SaisineClose(motif="SANS_SUITE")),
        ),
        demandes72={X: DEMANDE72},
    ),
    Essai("demande72_inconnue", f"{D}.en_reponse_a", REPONSE72, avant=(*OUVERT, (ETUDE, ev.CcapexSaisie()))),
    Essai(
        "demande72_inconnue",
        f"{D}.en_reponse_a",
        REPONSE72,
        avant=(
            *OUVERT,
            (ETUDE, ev.CcapexSaisie()),
            (INSTRUCTEUR, DEMANDE72),
            (INSTRUCTEUR, ev.FaitCorrige(corrige=cible(4))),
        ),
        demandes72={X: DEMANDE72},
    ),
    Essai("decision_inconnue", f"{D}.decision", ENGAGE),
    Essai("meme_personne", f"{D}.decision", ENGAGE, avant=(*OUVERT, *EFFACEMENT), auteur=INSTRUCTEUR),
    Essai("menage_aussi", f"{D}.menage_aussi", engage(P, Y), avant=(*OUVERT, *EFFACEMENT)),
    Essai("effacement_non_engage", f"{D}.decision", EFFACE, avant=(*OUVERT, *EFFACEMENT)),
    Essai(
        "dernier_adulte",
        "evenements",
        ev.FaitCorrige(corrige=cible(3)),
        avant=(*OUVERT, (SERVICE, ev.OccupantDeclare(personne=Q, nom="B")), *EFFACEMENT, (SERVICE, engage(P, Y))),
    ),
    Essai(
        "motif_manquant",
        f"{D}.motif",
        DECIDE,
        avant=(*OUVERT, (SERVICE, DEMANDE), (SERVICE, ev.EffacementAvise(effacement=X, avis="DEFAVORABLE"))),
    ),
    Essai("effacement_inconnu", f"{D}.effacement", AVISE),
    Essai("deja_decide", f"{D}.effacement", DECIDE, avant=(*OUVERT, *EFFACEMENT)),
    Essai("deja_decide", f"{D}.effacement", AVISE, avant=(*OUVERT, *EFFACEMENT)),
    Essai("avis_manquant", f"{D}.effacement", DECIDE, avant=(*OUVERT, (SERVICE, DEMANDE))),
    Essai(
        "procedure_ouverte",
        f"{D}.sens",
        DECIDE,
        avant=(*OUVERT, (ETUDE, ev.AssignationSignifiee()), (SERVICE, DEMANDE), (SERVICE, AVISE)),
    ),
    Essai(
        "article_manquant",
        f"{D}.article",
        ev.EffacementDecide(effacement=X, decision=Y, sens="REFUSE"),
        avant=(*OUVERT, (SERVICE, DEMANDE), (SERVICE, AVISE)),
    ),
    Essai("motif_sans_correction", "evenements.0.motif_correction", DETTE, precisions={"motif_correction": "DOUBLON"}),
    Essai(
        "reference_au_secret",
        "evenements.0.reference_legale",
        ev.BesoinSignale(acte=X, besoin="INTERPRETE", fondement="RGPD_6_1_E"),
        precisions={"reference_legale": "CASF L.121-6-2"},
    ),
    Essai("presence_double", f"{D}.absents", ev.AudienceTenue(presents=(P,), absents=(P,))),
    Essai("personne_inconnue", f"{D}.occupants", ev.CommandementQuitterSignifie(occupants=(X,))),
    Essai("titre_inconnu", f"{D}.titre", ev.AppelForme(titre=cible(1))),
    Essai("titre_inconnu", f"{D}.titre", ev.JugementSignifie(titre=X)),
    Essai("precision_sans_objet", f"{D}.motif_carence", ev.DiagnosticTransmis(motif_carence="REFUS")),
    Essai("precision_sans_objet", f"{D}.contestee_par", replace(DETTE, contestee_par="LOCATAIRE")),
    Essai("precision_sans_objet", f"{D}.fin", ev.DelaisQuitterAvances(etape="REFUSES", fin=JOUR)),
    Essai("precision_sans_objet", f"{D}.impaye", ev.DelaisJudiciairesAvances(etape="RESPECTES", impaye=1)),
    Essai("hors_bornes", f"{D}.duree_mois", ev.DelaisQuitterAvances(etape="ACCORDES", duree_mois=13)),
    Essai("fin_avant_debut", f"{D}.fin", ev.DelaisQuitterAvances(etape="ACCORDES", fin=JOUR - timedelta(days=1))),
    Essai(
        "fin_avant_debut",
        f"{D}.au",
        ev.IndemnisationAvancee(etape="OFFERTE", du=JOUR, au=JOUR - timedelta(days=1)),
    ),
    Essai("sans_date", f"{D}.prevue_le", ev.ExpulsionProgrammee(etape="PLANIFIEE")),
    Essai("sans_contradictoire", f"{D}.menage_sollicite_le", ev.AideLogementDecidee(**SUSPENSION)),
    Essai("sans_recours", f"{D}.voies_recours", ev.AideLogementDecidee(**SUSPENSION, menage_sollicite_le=JOUR)),
)


@pytest.mark.parametrize("essai", ESSAIS, ids=[f"{e.code}-{n}" for n, e in enumerate(ESSAIS)])
def test_what_the_case_does_not_allow_is_refused_with_its_remedy(essai: Essai) -> None:
    etat = histoire(essai.avant)
    if essai.plein is not None:
        etat = replace(etat, version=essai.plein)
    evenements = (essai.dit,) if isinstance(essai.dit, Evenement) else tuple(essai.dit)
    corrige = None if essai.corrige is None else cible(essai.corrige)
    contribution = Contribution(
        id=uuid4(),
        auteur=essai.auteur,
        finalite="X",
        evenements=tuple(Propose(e, essai.le, corrige, **essai.precisions) for e in evenements),
    )
    contexte = Contexte(AUJOURD_HUI, [uuid4() for _ in evenements], essai.demandes72)
    with pytest.raises(ActeRefuse) as refus:
        decider(ICI, etat, contribution, contexte)
    assert (refus.value.code, refus.value.champ) == (essai.code, essai.champ)
    cause, _, remede = refus.value.message.partition(" : ")
    assert cause
    assert remede.endswith((".", ")."))


def test_every_refusal_is_attacked(compter: Callable[[str, int], None]) -> None:
    connus = set(
        re.findall(
            r'ActeRefuse\(\s*"(\w+)"',
            "".join(map(inspect.getsource, (bornes, circonstances, conditions, decision, effacement, en_commission))),
        )
    )
    # What stops an erasure is data: tests/ledger/test_obstacles.py tries each row.
    assert connus == {essai.code for essai in ESSAIS} - {code.lower() for code in OBSTACLES}
    compter("refus du domaine attaqués", len(connus))
    assert len(connus) >= 25


def test_a_commune_that_was_merged_opens_cases_until_its_last_day() -> None:
    ouverture = ev.DossierOuvert(parc="SOCIAL", commune="93059")
    for le, ouvre in ((date(2024, 12, 31), True), (date(2025, 1, 1), False)):
        contribution = Contribution(id=uuid4(), auteur=ETUDE, finalite="X", evenements=(Propose(ouverture, le),))
        contexte = Contexte(AUJOURD_HUI, [uuid4()])
        if ouvre:
            assert decider(ICI, Dossier(), contribution, contexte)
        else:
            with pytest.raises(ActeRefuse, match="INSEE"):
                decider(ICI, Dossier(), contribution, contexte)


def test_a_lot_brings_its_acts_in_any_order() -> None:
    acte = Propose(ev.ConcoursForceAccorde(), JOUR)
    contribution = Contribution(id=uuid4(), auteur=ETUDE, finalite="X", evenements=(acte,), source="EXPLOC")
    [fait] = decider(ICI, histoire(OUVERT), contribution, Contexte(AUJOURD_HUI, [uuid4()]))
    assert fait.evenement is acte.evenement


def test_a_replacement_may_keep_the_id_of_what_it_replaces_however_often() -> None:
    etat = histoire((*OUVERT, (SERVICE, ACCORD)))
    for rang in (3, 4):
        suite = Propose(
            ev.AccordRecueilli(accord=X, destinataire="adil93", groupes=(f"F0{rang}",), jusqu_au=JOUR, personne=P),
            JOUR,
            cible(rang),
        )
        contribution = Contribution(id=uuid4(), auteur=SERVICE, finalite="X", evenements=(suite,))
        etat = replier(decider(ICI, etat, contribution, Contexte(AUJOURD_HUI, [cible(rang + 1)])), etat)
    assert [accord.groupes for accord in accordes(etat, "adil93", JOUR)] == [{"F04"}]


def test_who_is_left_of_an_erased_household_can_be_erased_too() -> None:
    caution = ev.OccupantDeclare(personne=Q, nom="DIALLO", qualite="CAUTION")
    suite = (
        (SERVICE, ev.EffacementDemande(effacement=P, personne=Q)),
        (SERVICE, ev.EffacementAvise(effacement=P, avis="FAVORABLE")),
        (INSTRUCTEUR, ev.EffacementDecide(effacement=P, decision=Q, sens="ACCORDE")),
        (SERVICE, engage(Q, Q)),
        (SERVICE, ev.PersonneEffacee(personne=Q, decision=Q)),
    )
    etat = histoire((*OUVERT, (ETUDE, caution), *EFFACEMENT, *EXECUTE, *suite))
    assert etat.menage_efface
    assert set(etat.effacees) == {P, Q}


def test_who_was_declared_by_mistake_can_ask_to_be_erased() -> None:
    retire = (ETUDE, ev.FaitCorrige(corrige=cible(3)))
    etat = histoire(
        (
            *OUVERT,
            (ETUDE, ev.OccupantDeclare(personne=Q, nom="DIALLO")),
            retire,
            (SERVICE, ev.EffacementDemande(effacement=X, personne=Q)),
        )
    )
    assert Q not in etat.personnes
    assert etat.effacements[X].personne == Q


def test_a_full_case_takes_what_exercises_a_right_and_an_erasure_to_its_end() -> None:
    """Given a case that holds all it can, and then all that it keeps for rights."""
    avant = histoire((*OUVERT, (SERVICE, DETTE), (SERVICE, ACCORD)))
    droits: tuple[Evenement, ...] = (
        RETRAIT,
        ev.OppositionEnregistree(portee="OPPOSITION"),
        ev.AccordRetire(accord=X),
    )
    for droit in droits:
        contribution = Contribution(id=uuid4(), auteur=SERVICE, finalite="X", evenements=(Propose(droit, JOUR),))
        assert decider(ICI, replace(avant, version=FAITS_PAR_DOSSIER), contribution, Contexte(AUJOURD_HUI, [uuid4()]))
    etat = replace(avant, version=FAITS_PAR_DOSSIER + RESERVE_DES_DROITS)
    for auteur, e in (*EFFACEMENT, *EXECUTE):
        contribution = Contribution(id=uuid4(), auteur=auteur, finalite="X", evenements=(Propose(e, JOUR),))
        etat = replier(decider(ICI, etat, contribution, Contexte(AUJOURD_HUI, [uuid4()])), etat)
    assert etat.menage_efface


def test_a_state_given_to_decide_on_is_left_as_it_was() -> None:
    """Whatever was counted before one was refused, replacements included."""
    etat = histoire((*OUVERT, (SERVICE, ACCORD), (SERVICE, DETTE), (SERVICE, RETRAIT)))
    temoin = deepcopy(etat)
    proposes = (Propose(DETTE, JOUR, cible(4)), Propose(ev.FaitCorrige(corrige=cible(5)), JOUR))
    for suite in ((), (Propose(CLIL, JOUR),)):
        contribution = Contribution(id=uuid4(), auteur=SERVICE, finalite="X", evenements=proposes + suite)
        contexte = Contexte(AUJOURD_HUI, [uuid4() for _ in contribution.evenements])
        if suite:
            with pytest.raises(ActeRefuse):
                decider(ICI, etat, contribution, contexte)
        else:
            assert decider(ICI, etat, contribution, contexte)
        assert etat == temoin
        assert etat.accords.keys() == temoin.accords.keys() == set()
        assert etat.corriges == temoin.corriges


TYPES: Final = tuple(catalogue().values())
PETITS: Final = st.integers(1, 3).map(lambda n: UUID(int=n))


class Histoire(RuleBasedStateMachine):
    """A case through its contributions: any type, any author, few ids, any correction of what is there."""

    def __init__(self) -> None:
        super().__init__()
        self.etat = Dossier()
        self.faits: list[Fait] = []
        self.refus: list[ActeRefuse] = []
        self.engages: set[UUID] = set()
        self.effaces: set[UUID] = set()

    def dire(self, auteur: Auteur, *proposes: Propose) -> None:
        contribution = Contribution(id=uuid4(), auteur=auteur, finalite="X", evenements=proposes)
        ids = [UUID(int=0xF000 + len(self.faits) + n) for n in range(len(proposes))]
        demandes = {X: DEMANDE72}
        try:
            faits = decider(ICI, self.etat, contribution, Contexte(AUJOURD_HUI, ids, demandes))
        except ActeRefuse as refus:
            self.refus.append(refus)
            return
        for fait in faits:
            self.verifier(fait)
            self.etat = replier([fait], self.etat)
            self.faits.append(fait)

    def verifier(self, fait: Fait) -> None:
        """What no accepted event may do."""
        e = fait.evenement
        assert fait.version == self.etat.version + 1
        concernees = {getattr(e, "personne", None), *getattr(e, "personnes", ())}
        assert not concernees & (self.effaces if isinstance(e, ev.PersonneEffacee) else self.engages)
        if isinstance(e, ev.ConcoursForceAccorde | ev.ConcoursForceRefuse):
            assert any(x.stade is Stade.CONCOURS_REQUIS for x in self.etat.etapes)
        if isinstance(e, ev.EffacementEngage):
            self.engages.add(e.personne)
        if isinstance(e, ev.PersonneEffacee):
            assert e.personne in self.engages
            self.effaces.add(e.personne)

    @initialize()
    def ouvrir(self) -> None:
        self.dire(ETUDE, *(Propose(e, JOUR) for _, e in OUVERT))
        assert self.etat.version == 2

    @rule(
        cls=st.sampled_from(TYPES),
        auteur=st.sampled_from((SERVICE, INSTRUCTEUR, ETUDE)),
        ids=st.fixed_dictionaries(
            dict.fromkeys(("personne", "intervention", "accord", "acte", "en_reponse_a"), PETITS)
            | dict.fromkeys(("recommandation", "autre", "effacement", "decision"), PETITS)
        ),
        menage_aussi=st.booleans(),
        jours=st.integers(0, 2),
        corrige=st.none() | st.integers(0, 12),
    )
    def contribuer(
        self,
        cls: type[Evenement],
        auteur: Auteur,
        ids: dict[str, UUID],
        menage_aussi: bool,
        jours: int,
        corrige: int | None,
    ) -> None:
        noms = ev.champs(cls).keys()
        valeurs: dict[str, Any] = {nom: ids[nom] for nom in ids if nom in noms}
        if cls is ev.RapprochementTranche:
            valeurs["decision"] = "MEME_MENAGE"
        if "personnes" in noms:
            valeurs["personnes"] = (ids["personne"],)
        if "menage_aussi" in noms:
            valeurs["menage_aussi"] = menage_aussi
        vise = UUID(int=0xF000 + (corrige or 0))
        if cls is ev.FaitCorrige:
            valeurs["corrige"] = vise
        le = JOUR + timedelta(days=jours)
        self.dire(auteur, Propose(exemple(cls, **valeurs), le, None if corrige is None else vise))

    @rule(personne=PETITS, numero=st.integers(10, 20).map(lambda n: UUID(int=n)), dernier=st.booleans())
    def effacer(self, personne: UUID, numero: UUID, dernier: bool) -> None:
        self.dire(SERVICE, Propose(ev.EffacementDemande(effacement=numero, personne=personne), JOUR))
        self.dire(SERVICE, Propose(ev.EffacementAvise(effacement=numero, avis="FAVORABLE"), JOUR))
        self.dire(INSTRUCTEUR, Propose(ev.EffacementDecide(effacement=numero, decision=numero, sens="ACCORDE"), JOUR))
        self.dire(SERVICE, Propose(engage(personne, numero, menage_aussi=dernier), JOUR))
        self.dire(SERVICE, Propose(ev.PersonneEffacee(personne=personne, decision=numero, menage_aussi=dernier), JOUR))

    @invariant()
    def tient(self) -> None:
        assert self.etat == replier(self.faits)
        assert self.etat.version == len(self.faits)
        assert set(self.etat.engagees) == self.engages
        assert set(self.etat.effacees) == self.effaces
        assert not delaisse(self.etat)
        assert not self.faits or self.etat.ouvert_le == JOUR
        assert all(refus.code and refus.champ.startswith("evenements") for refus in self.refus)


TestHistoire = Histoire.TestCase
TestHistoire.settings = settings(
    max_examples=60, stateful_step_count=25, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)

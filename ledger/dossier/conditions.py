"""What each event needs of the case: one condition per class of events, which refuses or says nothing.

Those of an erasure are in ``effacement``. An event that is in neither table is said of any case.
"""

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Final
from uuid import UUID

from ledger import catalogue as ev
from ledger.catalogue import Evenement, Rubrique, Stade
from ledger.dossier import pieces, renseignements
from ledger.dossier.bornes import verifier_mois
from ledger.dossier.circonstances import Circonstances, Condition, corrigible
from ledger.dossier.en_commission import devant_la_clil, dossier_de_seance, ecart, examen, inscription, inscrite, report
from ledger.dossier.etat import terme_d_accord
from ledger.dossier.liens import instructeurs
from ledger.dossier.refus import ActeRefuse
from ledger.dossier.reunion import DOSSIERS_REUNIS, a_trier, reunis
from ledger.droit.bornes import borne
from ledger.droit.communes import commune
from ledger.droit.jours import dans

RETRAITS_EN_CHAINE: Final = 16
"""A withdrawal of a withdrawal, and so on: each link is given back or taken back when the last one speaks."""


def _ouverture(e: ev.DossierOuvert, s: Circonstances) -> None:
    if commune(e.commune, s.enveloppe.survenu_le) is None:
        raise ActeRefuse("commune_inconnue", f"{s.champ}.commune")


def _confirmation(e: ev.LienConfirme, s: Circonstances) -> None:
    ouverte = s.dossier.interventions.get(e.lien)
    siens = instructeurs(s.dossier, e.lien) if ouverte is None else {(ouverte.partenaire, ouverte.agent)}
    if not siens:
        raise ActeRefuse("lien_inconnu", f"{s.champ}.lien")
    if (s.enveloppe.partenaire, s.enveloppe.agent) in siens:
        raise ActeRefuse("lien_par_soi_meme", f"{s.champ}.lien")


def _fin_d_accompagnement(e: ev.AccompagnementTermine, s: Circonstances) -> None:
    ouverte = s.dossier.interventions.get(e.intervention)
    if ouverte is None or ouverte.partenaire != s.enveloppe.partenaire:
        raise ActeRefuse("intervention_inconnue", f"{s.champ}.intervention")


def _connue(personne: UUID | None, s: Circonstances, champ: str = "personne") -> None:
    """The person that an event names where it need not be about one."""
    if personne is not None and (personne not in s.dossier.personnes or personne in s.dossier.effacees):
        raise ActeRefuse(
            "personne_inconnue",
            f"{s.champ}.{champ}",
            "Cette personne n'est pas dans le dossier, ou en a été effacée : donnez celle dont vous parlez.",
        )


def _accord(e: ev.AccordRecueilli, s: Circonstances) -> None:
    if e.personne is None:
        raise ActeRefuse("donneur", f"{s.champ}.personne")
    _connue(e.personne, s)
    terme = terme_d_accord(s.enveloppe.survenu_le)
    if not s.enveloppe.survenu_le <= e.jusqu_au <= terme:
        raise ActeRefuse(
            "duree",
            f"{s.champ}.jusqu_au",
            f"Un accord donné ce jour-là vaut jusqu'au {terme:%d/%m/%Y} au plus : rapprochez sa fin.",
        )


def _opposition(e: ev.OppositionEnregistree | ev.OppositionLevee, s: Circonstances) -> None:
    _connue(e.personne, s)


def _droit(e: ev.DroitExerce, s: Circonstances) -> None:
    _connue(e.personne, s)
    if e.fait is not None and (e.fait not in s.dossier.passes or s.dossier.corrige(e.fait)):
        raise ActeRefuse("fait_inconnu", f"{s.champ}.fait")


def _reponse_a_un_droit(e: ev.DroitRepondu, s: Circonstances) -> None:
    _connue(e.personne, s)
    dites = s.dossier.rubriques.get(Rubrique.DROITS_EXERCES, {}).get(e.requete, {})
    recue_le = next((le for personne, le in dites.values() if personne == e.personne), None)
    if recue_le is None:
        raise ActeRefuse("requete_inconnue", f"{s.champ}.requete")
    if e.reponse in {"PROLONGEE", "REFUSEE"} and e.motif is None:
        raise ActeRefuse("motif_requis", f"{s.champ}.motif")
    if e.reponse == "REFUSEE" and e.article is None:
        raise ActeRefuse("article_requis", f"{s.champ}.article")
    delai = borne("reponse_droit_mois", recue_le)
    terme = date.max if delai is None else dans(delai.maximum, recue_le)
    if e.reponse == "PROLONGEE" and (e.prolonge_au is None or e.prolonge_au > terme):
        raise ActeRefuse(
            "prolongation",
            f"{s.champ}.prolonge_au",
            f"Un délai prolongé a un terme, jusqu'au {terme:%d/%m/%Y} au plus : donnez-le.",
        )


def _surendettement(e: ev.SurendettementAvance, s: Circonstances) -> None:
    depuis = e.suspendue_depuis or s.enveloppe.survenu_le
    duree = borne("suspension_expulsion_mois", depuis)
    if e.suspendue_jusqu_au is None or duree is None:
        return
    terme = dans(duree.maximum, depuis)
    if not depuis <= e.suspendue_jusqu_au <= terme:
        raise ActeRefuse(
            "duree",
            f"{s.champ}.suspendue_jusqu_au",
            f"Suspendue ce jour-là, elle l'est jusqu'au {terme:%d/%m/%Y} au plus ({duree.legal_ref}) : relisez la fin.",
        )


def _mandataire(e: ev.MesureProtectionDeclaree, s: Circonstances) -> None:
    if e.mandataire is not None and (e.mandataire not in s.dossier.personnes or e.mandataire in s.dossier.effacees):
        raise ActeRefuse(
            "personne_inconnue",
            f"{s.champ}.mandataire",
            "Le mandataire n'est pas dans le dossier : déclarez-le d'abord (OccupantDeclare, représentant légal).",
        )


def _reouverture(_: ev.DossierRouvert, s: Circonstances) -> None:
    if s.dossier.fermeture is None:
        raise ActeRefuse("dossier_non_clos", s.du_fait("type"))


def _retrait_d_accord(e: ev.AccordRetire, s: Circonstances) -> None:
    if e.accord not in s.dossier.accords:
        raise ActeRefuse("accord_inconnu", f"{s.champ}.accord")


def _suite_de_recommandation(e: ev.RecommandationSuivie, s: Circonstances) -> None:
    if e.recommandation not in s.dossier.recommandations:
        raise ActeRefuse("recommandation_inconnue", f"{s.champ}.recommandation")


def _un_an_apres(e: ev.SuiviUnAnEvalue, s: Circonstances) -> None:
    passe = s.dossier.passes.get(e.examen)
    if passe is None or not isinstance(passe.evenement, ev.DossierExamine) or s.dossier.corrige(e.examen):
        raise ActeRefuse("examen_inconnu", f"{s.champ}.examen")


def _rapprochement(e: ev.RapprochementTranche, s: Circonstances) -> None:
    if e.autre not in s.dossier.rapprochements:
        raise ActeRefuse("rapprochement_inconnu", f"{s.champ}.autre")
    ensemble = reunis(s.dossier)
    if e.decision == "RELU" and e.autre not in ensemble:
        raise ActeRefuse("non_reuni", f"{s.champ}.decision")
    if e.decision in ev.REUNISSENT and len(ensemble.keys() | {e.autre}) >= DOSSIERS_REUNIS:
        raise ActeRefuse(
            "trop_de_reunis",
            f"{s.champ}.autre",
            f"Un ménage se lit en {DOSSIERS_REUNIS} dossiers au plus : séparez-en un d'abord (DISTINCT).",
        )


def _maintien(e: ev.FaitMaintenu, s: Circonstances) -> None:
    if e.fait not in a_trier(s.dossier):
        raise ActeRefuse("rien_a_trier", f"{s.champ}.fait")


def _recommandation(e: ev.RecommandationEmise, s: Circonstances) -> None:
    examen(e, s)
    for champ, dit in (("texte", e.texte), ("echeance", e.echeance)):
        if dit is None:
            raise ActeRefuse("recommandation_incomplete", f"{s.champ}.{champ}")


def _presences(e: ev.AudienceTenue, s: Circonstances) -> None:
    vus: set[UUID] = set()
    for champ, personnes in (("presents", e.presents), ("representes", e.representes), ("absents", e.absents)):
        for personne in personnes:
            _connue(personne, s, champ)
            if personne in vus:
                raise ActeRefuse("presence_double", f"{s.champ}.{champ}")
            vus.add(personne)


def _titre(e: ev.JugementSignifie | ev.AppelForme | ev.CommandementQuitterSignifie, s: Circonstances) -> None:
    """The judgment that an act rests on, where it names it: it may come from elsewhere, or be told later."""
    passe = None if e.titre is None else s.dossier.passes.get(e.titre)
    if e.titre is not None and (passe is None or not isinstance(passe.evenement, ev.JugementRendu)):
        raise ActeRefuse("titre_inconnu", f"{s.champ}.titre")


def _commandement_de_quitter(e: ev.CommandementQuitterSignifie, s: Circonstances) -> None:
    _titre(e, s)
    for personne in e.occupants:
        _connue(personne, s, "occupants")


def _delais_pour_quitter(e: ev.DelaisQuitterAvances, s: Circonstances) -> None:
    """What is asked may be anything; what is granted is what the law allows on the day of the decision."""
    if e.etape != "ACCORDES":
        return
    if e.duree_mois is not None:
        verifier_mois(
            f"delais_quitter_{e.base or 'L412_3'}", e.duree_mois, s.enveloppe.survenu_le, f"{s.champ}.duree_mois"
        )
    if e.fin is not None and e.fin < s.enveloppe.survenu_le:
        raise ActeRefuse(
            "fin_avant_debut", f"{s.champ}.fin", "Ces délais finiraient avant d'être accordés : relisez leur fin."
        )


def _programme(e: ev.ExpulsionProgrammee, s: Circonstances) -> None:
    if e.etape == "PLANIFIEE" and e.prevue_le is None:
        raise ActeRefuse("sans_date", f"{s.champ}.prevue_le")


def _indemnisation(e: ev.IndemnisationAvancee, s: Circonstances) -> None:
    if e.du is not None and e.au is not None and e.au < e.du:
        raise ActeRefuse("fin_avant_debut", f"{s.champ}.au")


def _decision_d_aide(e: ev.AideLogementDecidee, s: Circonstances) -> None:
    """What takes an allowance away is decided after the household could answer, and tells what it can do."""
    if e.sens != "SUSPENDUE":
        return
    if e.menage_sollicite_le is None:
        raise ActeRefuse("sans_contradictoire", f"{s.champ}.menage_sollicite_le")
    if not e.voies_recours:
        raise ActeRefuse("sans_recours", f"{s.champ}.voies_recours")


def _reponse_du_prefet(_: ev.ConcoursForceAccorde | ev.ConcoursForceRefuse, s: Circonstances) -> None:
    if s.enveloppe.source == "EXPLOC":  # rows of a lot come in any order; a partner is told
        return
    if not s.dossier.atteint(Stade.CONCOURS_REQUIS, s.enveloppe.survenu_le):
        raise ActeRefuse("concours_non_requis", s.du_fait("survenu_le"))


def _en_saisine(_: Evenement, s: Circonstances) -> None:
    if not s.dossier.saisine_ouverte:
        raise ActeRefuse("sans_saisine", s.du_fait("type"))


def _besoins(e: ev.AvisRendu | ev.InformationTransmise72, s: Circonstances) -> None:
    if "VIOLENCE" in e.besoins:
        raise ActeRefuse("besoin_confidentiel", f"{s.champ}.besoins")


def _avis(e: ev.AvisRendu, s: Circonstances) -> None:
    examen(e, s)
    _besoins(e, s)


def _reponse(e: ev.InformationTransmise72 | ev.Demande72Refusee, s: Circonstances) -> None:
    demande = s.demandes72.get(e.en_reponse_a) if e.en_reponse_a else None
    posee = e.en_reponse_a in s.dossier.actes_proteges
    if demande is None or demande.destinataire != s.enveloppe.partenaire or not posee:
        raise ActeRefuse("demande72_inconnue", f"{s.champ}.en_reponse_a")


def _transmission(e: ev.InformationTransmise72, s: Circonstances) -> None:
    if e.en_reponse_a is not None:
        _reponse(e, s)
    _besoins(e, s)
    _en_saisine(e, s)


def _retrait(e: ev.FaitCorrige, s: Circonstances) -> None:
    champ = f"{s.champ}.corrige"
    vise: Evenement = corrigible(s, e.corrige, champ)
    for _ in range(RETRAITS_EN_CHAINE):
        if not isinstance(vise, ev.FaitCorrige):
            return
        vise = s.dossier.passes[vise.corrige].evenement
    raise ActeRefuse(
        "correction_trop_profonde",
        champ,
        f"Plus de {RETRAITS_EN_CHAINE} retraits se suivent ici : dites de nouveau le fait, dans un autre événement.",
    )


def _valeur_tranchee(e: ev.ValeurTranchee, s: Circonstances) -> None:
    passe = s.dossier.passes.get(e.fait)
    if passe is None or s.dossier.corrige(e.fait):
        raise ActeRefuse("fait_inconnu", f"{s.champ}.fait")
    if e.champ not in ev.champs(type(passe.evenement)):
        raise ActeRefuse("champ_inconnu", f"{s.champ}.champ")


CONDITIONS: Final[Mapping[type[Evenement], Condition]] = MappingProxyType(
    {
        ev.DossierOuvert: _ouverture,
        ev.LienConfirme: _confirmation,
        ev.AccompagnementTermine: _fin_d_accompagnement,
        ev.AccordRecueilli: _accord,
        ev.AccordRetire: _retrait_d_accord,
        ev.OppositionEnregistree: _opposition,
        ev.OppositionLevee: _opposition,
        ev.DroitExerce: _droit,
        ev.DroitRepondu: _reponse_a_un_droit,
        ev.DossierRouvert: _reouverture,
        ev.SurendettementAvance: _surendettement,
        ev.MesureProtectionDeclaree: _mandataire,
        ev.RecommandationSuivie: _suite_de_recommandation,
        ev.RenseignementDemande: renseignements.demande,
        ev.RenseignementRepondu: renseignements.reponse,
        ev.SuiviUnAnEvalue: _un_an_apres,
        ev.RapprochementTranche: _rapprochement,
        ev.FaitMaintenu: _maintien,
        ev.DossierPropose: devant_la_clil,
        ev.InstanceInscrite: inscription,
        ev.InscriptionReportee: report,
        ev.InscriptionRetiree: inscrite,
        ev.PropositionEcartee: ecart,
        ev.DossierDeSeanceFige: dossier_de_seance,
        ev.DossierExamine: examen,
        ev.AvisRendu: _avis,
        ev.RecommandationEmise: _recommandation,
        ev.ConcoursForceAccorde: _reponse_du_prefet,
        ev.ConcoursForceRefuse: _reponse_du_prefet,
        ev.AideLogementDecidee: _decision_d_aide,
        ev.AppelForme: _titre,
        ev.AudienceTenue: _presences,
        ev.CommandementQuitterSignifie: _commandement_de_quitter,
        ev.DelaisQuitterAvances: _delais_pour_quitter,
        ev.ExpulsionProgrammee: _programme,
        ev.IndemnisationAvancee: _indemnisation,
        ev.JugementSignifie: _titre,
        ev.PieceJointe: pieces.piece,
        ev.Demande72: _en_saisine,
        ev.InformationTransmise72: _transmission,
        ev.Demande72Refusee: _reponse,
        ev.FaitCorrige: _retrait,
        ev.ValeurTranchee: _valeur_tranchee,
    }
)

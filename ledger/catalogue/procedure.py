"""The procedure of eviction, act by act."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Annotated, ClassVar, Final

from ledger.catalogue.socle import (
    Centimes,
    Code,
    Echeance,
    Effectif,
    Effets,
    Enveloppe,
    Evenement,
    Mois,
    Rubrique,
    Siret,
    Texte,
    TexteLibre,
    clair,
    s1,
    s2,
    s3,
)
from ledger.catalogue.stade import Stade
from ledger.catalogue.volet import Volet


@dataclass(frozen=True, kw_only=True)
class Acte(Evenement):
    """What every act of the procedure carries (CPCE R.412-2; loi 89-462 art. 24; loi ELAN for the saisine)."""

    CODE: ClassVar[str]
    GROUPE = "F08"
    JALON = True
    etude_siret: Annotated[Siret | None, clair("SIRET de l'étude", "99920707900180")] = None
    ref_acte: Annotated[Texte | None, s2("F08", "numéro de l'acte à l'étude", "CQL-2019-000602")] = None
    date_reception: Annotated[date | None, s2("F08", "date de réception", "2019-03-25")] = None
    dette: Annotated[Centimes | None, s2("F05", "dette à la date de l'acte, en centimes", 574375)] = None
    dette_arretee_au: Annotated[date | None, s2("F05", "dette arrêtée au", "2019-03-18")] = None
    loyer: Annotated[Centimes | None, s1("F04", "loyer mensuel, en centimes", 80061)] = None
    charges: Annotated[Centimes | None, s1("F04", "charges mensuelles, en centimes", 8608)] = None
    nb_adultes: Annotated[Effectif | None, s1("F03", "nombre d'adultes", 1)] = None
    nb_enfants: Annotated[Effectif | None, s1("F03", "nombre d'enfants", 1)] = None
    observations: Annotated[TexteLibre | None, s3("F08b", "observations portées sur l'acte", "occupant absent")] = None


@dataclass(frozen=True, kw_only=True)
class CommandementPayerSignifie(Acte):
    """Commandement de payer (loi 89-462 art. 24 I). It is signalled to the CCAPEX; it does not seize it."""

    TOPIC = "unefois:CommandementPayerSignifie"
    STADE = Stade.COMMANDEMENT
    LIBELLE = "Commandement de payer signifié"
    CODE = "CDP"
    VOLET = Volet.COMMANDEMENT


@dataclass(frozen=True, kw_only=True)
class CcapexSaisie(Acte):
    """The CCAPEX is seized (loi 90-449 art. 7-2): only this opens the instruction of a saisine."""

    TOPIC = "unefois:CcapexSaisie"
    LIBELLE = "CCAPEX saisie"
    CODE = "SAISINE"
    VOLET = Volet.INSTRUCTION
    saisissant: Annotated[Code, clair("qui saisit la CCAPEX", "BAILLEUR", liste="saisissant")] = "BAILLEUR"

    def effets(self, enveloppe: Enveloppe) -> Effets:
        return ((Rubrique.SAISIES, None, enveloppe.survenu_le),)


@dataclass(frozen=True, kw_only=True)
class SaisineClose(Evenement):
    """The instruction of the saisine is over; what was transmitted for it stops being readable."""

    TOPIC = "unefois:SaisineClose"
    LIBELLE = "Saisine close"
    GROUPE = "F08"
    JALON = True
    VOLET = Volet.INSTRUCTION
    motif: Annotated[Code, s2("F08", "motif de clôture", "DETTE_SOLDEE", liste="motif_cloture")]

    def effets(self, enveloppe: Enveloppe) -> Effets:
        return ((Rubrique.CLOTURES, None, enveloppe.survenu_le),)


@dataclass(frozen=True, kw_only=True)
class DossierClos(Evenement):
    """Who may close the case says that the procedure is over. A later act runs again; a saisine has its own end."""

    TOPIC = "unefois:DossierClos"
    LIBELLE = "Dossier clos"
    GROUPE = "F08"
    JALON = True
    VOLET = Volet.INSTRUCTION
    motif: Annotated[Code, s2("F08", "motif de clôture", "DETTE_SOLDEE", liste="motif_cloture")]

    def effets(self, enveloppe: Enveloppe) -> Effets:
        return ((Rubrique.FERMETURES, None, enveloppe.survenu_le),)


@dataclass(frozen=True, kw_only=True)
class AssignationSignifiee(Acte):
    """Summons before the juge des contentieux de la protection, notified to the préfet (art. 24 III)."""

    TOPIC = "unefois:AssignationSignifiee"
    STADE = Stade.ASSIGNATION
    LIBELLE = "Assignation signifiée"
    CODE = "ASSIGNATION"
    VOLET = Volet.CONTENTIEUX
    date_audience: Annotated[Echeance | None, clair("date d'audience", "2020-01-28")] = None
    juridiction: Annotated[Texte | None, s2("F08", "juridiction", "TJ BOBIGNY")] = None
    num_rg: Annotated[Texte | None, s2("F08", "numéro de rôle général", "19/03127")] = None

    def effets(self, enveloppe: Enveloppe) -> Effets:
        return super().effets(enveloppe) + _audience(self.date_audience)


@dataclass(frozen=True, kw_only=True)
class DiagnosticTransmis(Acte):
    """The diagnostic social et financier as transmitted to judge, tenant, landlord and CCAPEX (décret 2021-8).

    It is a frozen document. It never carries what is not meant for the landlord: its author's observations stand with
    its recommendations, under one heading of the décret (art. 2, 12), and what is noted on an act, which the landlord
    does not read, comes with a lot alone.
    """

    TOPIC = "unefois:DiagnosticTransmis"
    LIBELLE = "Diagnostic social et financier transmis"
    CODE = "DSF"
    GROUPE = "F08"
    VOLET = Volet.CONTENTIEUX
    presence_locataire: Annotated[bool | None, s2("F21", "le locataire a participé", True)] = None
    connu_du_service_social: Annotated[bool | None, s2("F12", "ménage connu du service social", False)] = None
    ressources: Annotated[Centimes | None, s2("F21", "ressources mensuelles au DSF, en centimes", 142000)] = None
    reste_a_vivre: Annotated[Centimes | None, s2("F21", "reste à vivre au DSF, en centimes", 44000)] = None
    capacite_remboursement: Annotated[
        Centimes | None, s2("F21", "capacité de remboursement mensuelle, en centimes", 8000)
    ] = None
    reprise_loyer: Annotated[
        Code | None, s2("F21", "reprise du paiement du loyer au DSF", "PARTIELLE", liste="reprise_loyer")
    ] = None
    preconisations: Annotated[
        TexteLibre | None,
        s2("F21", "préconisations et observations de l'intervenant", "délais de paiement sur 24 mois"),
    ] = None


@dataclass(frozen=True, kw_only=True)
class AudienceTenue(Evenement):
    """The hearing took place or was put off (charte, fiche 11)."""

    TOPIC = "unefois:AudienceTenue"
    LIBELLE = "Audience"
    GROUPE = "F08"
    STADE = Stade.AUDIENCE
    JALON = True
    VOLET = Volet.CONTENTIEUX
    issue: Annotated[Code, s2("F08", "issue de l'audience", "TENUE", liste="issue_audience")] = "TENUE"
    renvoyee_au: Annotated[Echeance | None, clair("audience renvoyée au", "2026-12-15")] = None
    locataire_present: Annotated[bool | None, s2("F08", "locataire présent ou représenté", True)] = None

    def effets(self, enveloppe: Enveloppe) -> Effets:
        return super().effets(enveloppe) + _audience(self.renvoyee_au)


@dataclass(frozen=True, kw_only=True)
class JugementRendu(Acte):
    """The judgment. Its qualification (CPC 467, 473) is kept apart from who was present."""

    TOPIC = "unefois:JugementRendu"
    STADE = Stade.JUGEMENT
    LIBELLE = "Jugement rendu"
    CODE = "JUGEMENT"
    VOLET = Volet.JUGEMENT
    qualification: Annotated[
        Code | None, s2("F08", "qualification de la décision", "CONTRADICTOIRE", liste="qualification_decision")
    ] = None
    dispositif: Annotated[Code | None, s2("F08", "dispositif", "DELAIS", liste="dispositif_decision")] = None
    delais_mois: Annotated[Mois | None, s2("F08", "délais accordés, en mois", 24)] = None
    date_audience: Annotated[Echeance | None, clair("date d'audience", "2020-01-28")] = None
    juridiction: Annotated[Texte | None, s2("F08", "juridiction", "TJ BOBIGNY")] = None
    num_rg: Annotated[Texte | None, s2("F08", "numéro de rôle général", "19/03127")] = None


@dataclass(frozen=True, kw_only=True)
class CommandementQuitterSignifie(Acte):
    """Commandement de quitter les lieux (CPCE L.411-1, R.412-2). It opens the two months of L.412-1."""

    TOPIC = "unefois:CommandementQuitterSignifie"
    STADE = Stade.COMMANDEMENT_QUITTER
    LIBELLE = "Commandement de quitter les lieux signifié"
    CODE = "CQL"
    VOLET = Volet.JUGEMENT


@dataclass(frozen=True, kw_only=True)
class ConcoursForceRequis(Acte):
    """The concours de la force publique is requested from the préfet (CPCE L.153-1, R.153-1)."""

    TOPIC = "unefois:ConcoursForceRequis"
    LIBELLE = "Concours de la force publique requis"
    CODE = "CFP_REQUIS"
    GROUPE = "F09a"
    STADE = Stade.CONCOURS_REQUIS


@dataclass(frozen=True, kw_only=True)
class ConcoursForceAccorde(Acte):
    """The préfet grants the concours de la force publique: a decision of the préfet, never of a commission."""

    TOPIC = "unefois:ConcoursForceAccorde"
    LIBELLE = "Concours de la force publique accordé"
    CODE = "CFP_ACCORDE"
    GROUPE = "F09a"
    STADE = Stade.CONCOURS_ACCORDE
    date_effet: Annotated[Echeance | None, clair("date d'effet", "2026-07-01")] = None


@dataclass(frozen=True, kw_only=True)
class ConcoursForceRefuse(Acte):
    """The préfet refuses it, with reasons (CPCE R.153-1). A silence of two months is a deadline, not this act."""

    TOPIC = "unefois:ConcoursForceRefuse"
    LIBELLE = "Concours de la force publique refusé"
    CODE = "CFP_REFUSE"
    GROUPE = "F09a"
    STADE = Stade.CONCOURS_REFUSE
    motif: Annotated[TexteLibre | None, s2("F09a", "motif du refus", "relogement imminent")] = None


@dataclass(frozen=True, kw_only=True)
class EnqueteRealisee(Evenement):
    """The enquiry before the decision on the police's help: préfecture and police only."""

    TOPIC = "unefois:EnqueteRealisee"
    LIBELLE = "Enquête réalisée"
    GROUPE = "F09b"
    JALON = True
    resultat: Annotated[Code, s2("F09b", "résultat de l'enquête", "RENCONTRE", liste="resultat_enquete")]
    mineurs_presents: Annotated[bool | None, s2("F09b", "mineurs présents", True)] = None
    relogement_connu: Annotated[bool | None, s2("F09b", "relogement connu", False)] = None


@dataclass(frozen=True, kw_only=True)
class ExpulsionRealisee(Acte):
    """The household is put out (procès-verbal: CPCE R.432-1, L.431-3)."""

    TOPIC = "unefois:ExpulsionRealisee"
    LIBELLE = "Expulsion réalisée"
    CODE = "EXPULSION"
    GROUPE = "F09a"
    STADE = Stade.EXPULSION
    solution: Annotated[Code | None, s2("F09a", "solution à la sortie", "HEBERGEMENT", liste="solution_expulsion")] = (
        None
    )


@dataclass(frozen=True, kw_only=True)
class DepartConstate(Acte):
    """The household left before execution (CPCE L.451-1): not an eviction, and counted apart."""

    TOPIC = "unefois:DepartConstate"
    LIBELLE = "Départ constaté avant l'expulsion"
    CODE = "DEPART"
    GROUPE = "F09a"
    STADE = Stade.DEPART


def _audience(le: date | None) -> Effets:
    return () if le is None else ((Rubrique.AUDIENCES, None, le),)


ACTES: Final[Mapping[str, type[Acte]]] = MappingProxyType({cls.CODE: cls for cls in Acte.__subclasses__()})
"""The acts of the procedure, by the code that the études and EXPLOC give them."""

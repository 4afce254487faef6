"""Follow-up, agreements, over-indebtedness, rehousing, housing condition; contacts, and the person's accord."""

from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Annotated, NamedTuple
from uuid import UUID

from annotated_types import MaxLen

from ledger.catalogue.socle import (
    Centimes,
    Code,
    Echeance,
    Effets,
    Enveloppe,
    Evenement,
    Mois,
    MoisDeMesure,
    RangDeProposition,
    Rubrique,
    Sollicitation,
    Texte,
    clair,
    passage,
    s1,
    s2,
)


class Intervention(NamedTuple):
    """An open follow-up by a named agent of a partner. ``informe``: the household was told of it."""

    partenaire: str
    agent: str
    depuis: date
    informe: bool


class Accord(NamedTuple):
    """The accord of a person to share groups with one partner, from a day to a day, as another partner recorded it.

    ``personne`` is None where it was recorded before accords named who gave them: it covers what names nobody.
    """

    destinataire: str
    groupes: frozenset[str]
    depuis: date
    jusqu_au: date
    personne: UUID | None
    recueilli_par: str


@dataclass(frozen=True, kw_only=True)
class AccompagnementOuvert(Evenement):
    """A named agent of a service follows the household: the *intervention* that links them (CASF L.121-6-2)."""

    TOPIC = "unefois:AccompagnementOuvert"
    LIBELLE = "Accompagnement ouvert"
    GROUPE = "F11"
    IDENTIFIANT = "intervention"
    PRECISE = MappingProxyType(
        {
            "niveau_masp": ("mesure", frozenset({"MASP"})),
            "frein_avdl": ("mesure", frozenset({"AVDL"})),
            "rendez_vous_proche": ("mesure", frozenset({"EMPEX"})),
            "visite_a_domicile": ("mesure", frozenset({"EMPEX"})),
        }
    )
    intervention: Annotated[UUID, clair("identifiant de l'intervention", "0199f1e2-7b1a-7000-8000-00000000000b")]
    mesure: Annotated[Code, s2("F11", "mesure d'accompagnement", "ASLL", liste="dispositif_accompagnement")]
    niveau_masp: Annotated[Code | None, s2("F11", "niveau de la MASP", "CONTRAT", liste="niveau_masp")] = None
    frein_avdl: Annotated[Code | None, s2("F11", "frein que lève l'AVDL", "MAINTIEN", liste="frein_avdl")] = None
    rendez_vous_proche: Annotated[bool | None, s2("F11", "rendez-vous proposé près du domicile (EMPEX)", True)] = None
    visite_a_domicile: Annotated[bool | None, s2("F11", "visite à domicile (EMPEX)", False)] = None
    jusqu_au: Annotated[Echeance | None, s2("F11", "prévu jusqu'au", "2027-04-30")] = None

    def effets(self, enveloppe: Enveloppe) -> Effets:
        informe = enveloppe.information_menage is not None
        ouverte = Intervention(enveloppe.partenaire, enveloppe.agent, enveloppe.survenu_le, informe)
        return ((Rubrique.INTERVENTIONS, self.intervention, ouverte),)


@dataclass(frozen=True, kw_only=True)
class AccompagnementAvance(Evenement):
    """A follow-up is proposed, answered by the household, renewed. Nobody is linked to a household by proposing one.

    A refusal is counted (charte, annexe 5, indicateurs 19 à 24) without anything of what was said.
    """

    TOPIC = "unefois:AccompagnementAvance"
    LIBELLE = "Accompagnement proposé ou renouvelé"
    GROUPE = "F11"
    etape: Annotated[Code, s2("F11", "étape de l'accompagnement", "PROPOSE", liste="etape_accompagnement")]
    mesure: Annotated[Code, s2("F11", "mesure d'accompagnement", "ASLL_MAINTIEN", liste="dispositif_accompagnement")]
    canal: Annotated[Code | None, s2("F11", "canal de la proposition", "COURRIER", liste="canal_contact")] = None
    jusqu_au: Annotated[Echeance | None, s2("F11", "renouvelé jusqu'au", "2027-10-31")] = None


@dataclass(frozen=True, kw_only=True)
class LienConfirme(Evenement):
    """A second source says that a follow-up, or the instruction of a request, is as who began it says of itself.

    Until then its author reads its own contributions alone by it.
    """

    TOPIC = "unefois:LienConfirme"
    LIBELLE = "Lien confirmé"
    GROUPE = "F11"
    lien: Annotated[
        UUID, clair("identifiant de l'intervention ou de la demande d'aide", "0199f1e2-7b1a-7000-8000-00000000000b")
    ]

    def effets(self, enveloppe: Enveloppe) -> Effets:
        del enveloppe
        return ((Rubrique.LIENS_CONFIRMES, self.lien, True),)


@dataclass(frozen=True, kw_only=True)
class AccompagnementTermine(Evenement):
    """The intervention is over, and with it the link that it gave."""

    TOPIC = "unefois:AccompagnementTermine"
    LIBELLE = "Accompagnement terminé"
    GROUPE = "F11"
    intervention: Annotated[UUID, clair("identifiant de l'intervention", "0199f1e2-7b1a-7000-8000-00000000000b")]
    issue: Annotated[Code, s2("F11", "issue de l'accompagnement", "MAINTIEN", liste="issue_accompagnement")]

    def effets(self, enveloppe: Enveloppe) -> Effets:
        return ((Rubrique.INTERVENTIONS, self.intervention, None),)


@dataclass(frozen=True, kw_only=True)
class ProtocoleAvance(Evenement):
    """The protocole de cohésion sociale: a title to stay after the lease, in the parc social (CCH L.442-6-5).

    Two years at most, and an avenant of three at most; a new lease is due within three months of its end.
    """

    TOPIC = "unefois:ProtocoleAvance"
    LIBELLE = "Protocole de cohésion sociale"
    GROUPE = "F05"
    JALON = True
    PRECISE = MappingProxyType(
        {"protocole_mois": ("etape", frozenset({"SIGNE"})), "avenant_mois": ("etape", frozenset({"AVENANT"}))}
    )
    protocole: Annotated[UUID, clair("identifiant du protocole", "0199f1e2-7b1a-7000-8000-000000000015")]
    etape: Annotated[Code, s2("F05", "étape du protocole", "SIGNE", liste="etape_protocole")]
    debut: Annotated[Echeance | None, s2("F05", "prend effet le", "2026-11-01")] = None
    protocole_mois: Annotated[Mois | None, s2("F05", "durée du protocole, en mois", 24)] = None
    avenant_mois: Annotated[Mois | None, s2("F05", "durée de l'avenant, en mois", 36)] = None
    approuve_le: Annotated[date | None, s2("F05", "plan approuvé par l'organisme payeur le", "2026-10-12")] = None


@dataclass(frozen=True, kw_only=True)
class ProtocolePrecoceAvance(Evenement):
    """The early agreement of CAF, State and département, after two months of arrears: another thing than the other.

    Who is then followed is told as every follow-up is (``AccompagnementOuvert``, ASLL_PRECOCE).
    """

    TOPIC = "unefois:ProtocolePrecoceAvance"
    LIBELLE = "Prévention précoce de l'impayé d'aide au logement"
    GROUPE = "F05"
    etape: Annotated[Code, s2("F05", "étape de la prévention précoce", "DETECTE", liste="etape_protocole_precoce")]
    mois_impayes: Annotated[Mois | None, s2("F05", "mois de loyer impayés", 2)] = None


@dataclass(frozen=True, kw_only=True)
class MediationAvancee(Evenement):
    """Somebody brings landlord and tenant together (charte, fiche 7): proposed, refused, agreed upon or failed."""

    TOPIC = "unefois:MediationAvancee"
    LIBELLE = "Médiation avec le bailleur"
    GROUPE = "F05"
    etape: Annotated[Code, s2("F05", "étape de la médiation", "PROPOSEE", liste="etape_mediation")]


@dataclass(frozen=True, kw_only=True)
class ConciliationSaisie(Evenement):
    """The commission départementale de conciliation is seized of charges, rent, works… (loi 89-462 art. 20)."""

    TOPIC = "unefois:ConciliationSaisie"
    LIBELLE = "Commission de conciliation saisie"
    GROUPE = "F05"
    objet: Annotated[Code, s2("F05", "objet de la conciliation", "CHARGES", liste="objet_conciliation")]
    issue: Annotated[Code | None, s2("F05", "issue de la conciliation", "CONCILIATION", liste="avis_conciliation")] = (
        None
    )


@dataclass(frozen=True, kw_only=True)
class PermanenceTenue(Evenement):
    """A lawyer and a social worker received the household together, or one of them did (charte, fiche 16)."""

    TOPIC = "unefois:PermanenceTenue"
    LIBELLE = "Permanence socio-juridique tenue"
    GROUPE = "F11"
    lieu: Annotated[Code, s2("F11", "lieu de la permanence", "TRIBUNAL", liste="lieu_permanence")]
    binome: Annotated[bool | None, s2("F11", "juriste et travailleur social ensemble", True)] = None


@dataclass(frozen=True, kw_only=True)
class ConsultationADIL(Evenement):
    """The ADIL informs a tenant or a landlord; it often finds that the debt is another one (charte, indicateur 28)."""

    TOPIC = "unefois:ConsultationADIL"
    LIBELLE = "Consultation de l'ADIL"
    GROUPE = "F11"
    profil: Annotated[Code, s2("F11", "qui a consulté", "LOCATAIRE", liste="profil_consultation")]
    stade: Annotated[Code, s2("F11", "moment de la consultation", "COMMANDEMENT", liste="stade_consultation")]
    dette_recalculee: Annotated[Centimes | None, s2("F05", "dette recalculée, en centimes", 187300)] = None
    ecart: Annotated[bool | None, s2("F05", "la dette déclarée était fausse", True)] = None


@dataclass(frozen=True, kw_only=True)
class SurendettementAvance(Evenement):
    """A step before the commission de surendettement (CONSO L.721-2, L.722-2, L.733-1)."""

    TOPIC = "unefois:SurendettementAvance"
    LIBELLE = "Surendettement"
    GROUPE = "F16"
    etape: Annotated[Code, s2("F16", "étape du surendettement", "RECEVABLE", liste="etape_surendettement")]
    suspension_expulsion: Annotated[bool | None, s2("F16", "suspension de l'expulsion prononcée", False)] = None
    suspendue_depuis: Annotated[date | None, s2("F16", "expulsion suspendue depuis le", "2026-10-05")] = None
    suspendue_jusqu_au: Annotated[Echeance | None, s2("F16", "expulsion suspendue jusqu'au", "2028-09-30")] = None
    suspendue_par: Annotated[
        Code | None, s2("F16", "juge qui suspend l'expulsion", "PROTECTION", liste="juge_suspension")
    ] = None
    dette_locative: Annotated[bool | None, s2("F16", "une dette locative est déclarée", True)] = None
    dette_incluse: Annotated[Centimes | None, s2("F16", "dette locative incluse, en centimes", 224770)] = None
    mesure: Annotated[Code | None, s2("F16", "mesure", "REECHELONNEMENT", liste="mesure_surendettement")] = None
    mesure_mois: Annotated[MoisDeMesure | None, s2("F16", "durée de la mesure, en mois", 60)] = None
    fin: Annotated[Echeance | None, s2("F16", "fin de la mesure", "2031-09-30")] = None
    contestee: Annotated[bool | None, s2("F16", "décision contestée", False)] = None


@dataclass(frozen=True, kw_only=True)
class RelogementAvance(Evenement):
    """A step towards another home: DALO, social housing request, SIAO, mutation."""

    TOPIC = "unefois:RelogementAvance"
    LIBELLE = "Relogement"
    GROUPE = "F17"
    PRECISE = MappingProxyType(
        {
            "criteres_solipex": ("dispositif", frozenset({"SOLIPEX"})),
            "motif_refus": ("etape", frozenset({"REJETE", "OFFRE_REFUSEE"})),
        }
    )
    dispositif: Annotated[Code, s2("F17", "dispositif de relogement", "DALO", liste="dispositif_relogement")]
    etape: Annotated[Code, s2("F17", "étape du relogement", "RECONNU", liste="etape_relogement")]
    numero_unique: Annotated[Texte | None, s2("F17", "numéro unique de demande", "0931234567890")] = None
    demande_le: Annotated[date | None, s2("F17", "date de la demande", "2024-03-18")] = None
    motif: Annotated[Code | None, s2("F17", "motif de la demande", "MENACE_EXPULSION", liste="motif_relogement")] = None
    nature: Annotated[Code | None, s2("F17", "logement ou hébergement", "LOGEMENT", liste="type_relogement")] = None
    motif_refus: Annotated[
        Code | None, s2("F17", "motif du rejet ou du refus", "HORS_CRITERES", liste="refus_relogement")
    ] = None
    criteres_solipex: Annotated[
        tuple[Code, ...],
        MaxLen(5),
        s2("F17", "critères Solipex remplis", ["PARC_PRIVE", "DEUX_A_CINQ"], liste="critere_solipex"),
    ] = ()
    via_fsl: Annotated[bool | None, s2("F17", "avec l'aide du FSL", False)] = None
    convient: Annotated[bool | None, s2("F17", "convient au ménage", True)] = None
    en_seance: Annotated[
        UUID | None, clair("séance qui l'examine (registre)", "0199f1e2-7b1a-7000-8000-00000000000e")
    ] = None

    def effets(self, enveloppe: Enveloppe) -> Effets:
        return passage(self.en_seance, enveloppe)


@dataclass(frozen=True, kw_only=True)
class HabitatSignale(Evenement):
    """Unfit or unhealthy housing (charte, fiche 17)."""

    TOPIC = "unefois:HabitatSignale"
    LIBELLE = "État du logement signalé"
    GROUPE = "F18"
    PRECISE = MappingProxyType(
        {
            "numero_arrete": ("nature", frozenset({"ARRETE"})),
            "levee_le": ("nature", frozenset({"ARRETE", "ALLOCATION_CONSERVEE"})),
            "fluide": ("nature", frozenset({"CHARGES_ANORMALES"})),
            "rappel": ("nature", frozenset({"CHARGES_ANORMALES"})),
            "montant": ("nature", frozenset({"CHARGES_ANORMALES"})),
        }
    )
    nature: Annotated[Code, s2("F18", "nature", "ARRETE", liste="nature_habitat")]
    numero_arrete: Annotated[Texte | None, s2("F18", "numéro de l'arrêté", "2026-0412")] = None
    ref_signalement: Annotated[Texte | None, s2("F18", "référence Signal Logement", "2026-93-0118")] = None
    travaux_le: Annotated[Echeance | None, s2("F18", "travaux faits ou prévus le", "2027-02-01")] = None
    levee_le: Annotated[date | None, s2("F18", "levée le", "2026-10-01")] = None
    fluide: Annotated[Code | None, s2("F18", "fluide", "CHAUFFAGE", liste="fluide")] = None
    rappel: Annotated[bool | None, s2("F18", "rappel de charges", True)] = None
    montant: Annotated[Centimes | None, s2("F18", "montant, en centimes", 98000)] = None


@dataclass(frozen=True, kw_only=True)
class ContactTente(Evenement):
    """An attempt to reach the household: channel and result, never what was said (charte, fiches 6 and 20)."""

    TOPIC = "unefois:ContactTente"
    LIBELLE = "Contact tenté"
    GROUPE = "F10"
    canal: Annotated[Code, s1("F10", "canal", "COURRIER", liste="canal_contact")]
    resultat: Annotated[Code, s1("F10", "résultat", "ABSENT", liste="resultat_contact")]
    objet: Annotated[Code | None, s1("F10", "objet", "DSF", liste="objet_contact")] = None
    rang: Annotated[RangDeProposition | None, s1("F10", "première ou seconde proposition", 1)] = None
    rendez_vous_le: Annotated[Echeance | None, s1("F10", "rendez-vous le", "2026-11-12")] = None
    lieu: Annotated[Code | None, s1("F10", "lieu", "PROCHE_DU_DOMICILE", liste="lieu_contact")] = None
    modele: Annotated[Code | None, s1("F10", "modèle de courrier", "ORIENTATION_ADIL", liste="modele_courrier")] = None
    formulaire_joint: Annotated[bool | None, s1("F10", "formulaire de saisine de la CCAPEX joint", False)] = None
    adresse_adil: Annotated[bool | None, s1("F10", "coordonnées de l'ADIL données", True)] = None
    tranche_dette: Annotated[
        Code | None, s2("F05", "tranche de dette visée par le courrier", "DE_3000_A_7000", liste="tranche_dette")
    ] = None


@dataclass(frozen=True, kw_only=True)
class RenseignementDemande(Evenement):
    """A partner asks the body that holds it for something, in the place of the household (CRPA L.114-8).

    Several may ask the same: the body answers once. Only what the purpose may be shown is asked for, of a role that
    holds it (``repondants.csv``).
    """

    TOPIC = "unefois:RenseignementDemande"
    LIBELLE = "Renseignement demandé à qui le détient"
    GROUPE = "F10"
    donnee: Annotated[Texte, clair("donnée demandée, par son nom", "dette")]
    destinataire: Annotated[Texte, clair("à qui (code du registre)", "bailleur93")]
    echeance: Annotated[Echeance, clair("attendu pour le", "2026-12-15")]

    def effets(self, enveloppe: Enveloppe) -> Effets:
        demande = Sollicitation(
            "RenseignementDemande",
            "",
            enveloppe.survenu_le,
            destinataire=self.destinataire,
            cle=enveloppe.id,
            echeance=self.echeance,
            objet=self.donnee,
            par=enveloppe.partenaire,
        )
        return ((Rubrique.SOLLICITATIONS, enveloppe.id, demande),)


@dataclass(frozen=True, kw_only=True)
class RenseignementRepondu(Evenement):
    """What a body answers to what was asked of it: told in the record beside this, or why not.

    It answers everybody who asked the same, and is addressed to each.
    """

    TOPIC = "unefois:RenseignementRepondu"
    LIBELLE = "Réponse à un renseignement demandé"
    GROUPE = "F10"
    renseignement: Annotated[UUID, clair("la demande, ou l'une d'elles (fait)", "0199f1e2-7b1a-7000-8000-000000000019")]
    issue: Annotated[Code, s1("F10", "réponse", "FOURNI", liste="renseignement_issue")]
    destinataire: Annotated[Texte | None, clair("qui l'avait demandé", "fsl93", deduit=True)] = None

    def effets(self, enveloppe: Enveloppe) -> Effets:
        return ((Rubrique.SUITES, self.renseignement, True),)


@dataclass(frozen=True, kw_only=True)
class AccordRecueilli(Evenement):
    """The accord of a person to share some groups with one partner (never a legal basis by itself), for a year at most.

    It is recorded by another than who benefits, and opens nothing that concerns somebody else.
    """

    TOPIC = "unefois:AccordRecueilli"
    LIBELLE = "Accord de la personne recueilli"
    GROUPE = "F11"
    IDENTIFIANT = "accord"
    accord: Annotated[UUID, clair("identifiant de l'accord", "0199f1e2-7b1a-7000-8000-00000000000c")]
    destinataire: Annotated[Texte, clair("partenaire destinataire (code du registre)", "adil93")]
    groupes: Annotated[tuple[Texte, ...], MaxLen(30), clair("groupes de champs partagés", ["F05", "F08"])]
    jusqu_au: Annotated[Echeance, clair("valable jusqu'au", "2027-05-31")]
    personne: Annotated[UUID | None, clair("personne qui donne son accord", "0199f1e2-7b1a-7000-8000-000000000001")] = (
        None
    )
    canal: Annotated[Code | None, s2("F11", "canal de l'accord", "REMISE", liste="canal_information")] = None
    preuve: Annotated[Code | None, s2("F11", "preuve de l'accord", "ECRIT", liste="preuve_accord")] = None

    def effets(self, enveloppe: Enveloppe) -> Effets:
        donne = Accord(
            self.destinataire,
            frozenset(self.groupes),
            enveloppe.survenu_le,
            self.jusqu_au,
            self.personne,
            enveloppe.partenaire,
        )
        return ((Rubrique.ACCORDS, self.accord, donne),)


@dataclass(frozen=True, kw_only=True)
class AccordRetire(Evenement):
    """The person takes the accord back: it ends with the next request."""

    TOPIC = "unefois:AccordRetire"
    LIBELLE = "Accord de la personne retiré"
    GROUPE = "F11"
    accord: Annotated[UUID, clair("identifiant de l'accord", "0199f1e2-7b1a-7000-8000-00000000000c")]

    def effets(self, enveloppe: Enveloppe) -> Effets:
        return ((Rubrique.ACCORDS, self.accord, None),)

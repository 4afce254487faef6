"""The procedure of eviction, act by act, up to the judgment."""

from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Annotated, ClassVar, Final
from uuid import UUID

from annotated_types import Ge, Le, MaxLen, MinLen

from ledger.catalogue.socle import (
    Centimes,
    Code,
    Echeance,
    Effectif,
    Effets,
    Enveloppe,
    Evenement,
    Heure,
    Mois,
    Rubrique,
    Siret,
    Sujet,
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
    """What every act of the procedure carries (CPCE R.412-2; loi 89-462 art. 24; loi ELAN for the saisine).

    ``CODE`` is of its natural key, and its name in EXPLOC where that system knows it (``DANS_EXPLOC``).
    """

    CODE: ClassVar[str]
    DANS_EXPLOC: ClassVar[bool] = True
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
    motif: Annotated[Code | None, s2("F08", "motif du commandement", "LOYER", liste="motif_procedure")] = None
    clause_delai: Annotated[
        Code | None, s2("F08", "délai que donne la clause résolutoire", "SIX_SEMAINES", liste="clause_delai")
    ] = None
    remise: Annotated[Code | None, s2("F08", "à qui l'acte a été remis", "PERSONNE", liste="remise_acte")] = None
    caution_signifiee_le: Annotated[date | None, s2("F08", "signifié à la caution le", "2019-03-27")] = None
    decompte_joint: Annotated[bool | None, s2("F08", "décompte de la dette joint", True)] = None
    mois_impayes: Annotated[Mois | None, s2("F05", "impayé sans interruption depuis, en mois", 4)] = None


@dataclass(frozen=True, kw_only=True)
class CcapexSaisie(Acte):
    """The CCAPEX is seized (loi 90-449 art. 7-2): only this opens the instruction of a saisine."""

    TOPIC = "unefois:CcapexSaisie"
    LIBELLE = "CCAPEX saisie"
    CODE = "SAISINE"
    VOLET = Volet.INSTRUCTION
    saisissant: Annotated[Code, clair("qui saisit la CCAPEX", "BAILLEUR", liste="saisissant")] = "BAILLEUR"
    reputee: Annotated[
        bool | None, s2("F08", "réputée saisie par le signalement de l'impayé à l'organisme payeur", False)
    ] = None
    decompte_joint: Annotated[bool | None, s2("F08", "décompte de la dette joint", True)] = None

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
class DossierRouvert(Evenement):
    """A case that was closed goes on: the household's story is one, whatever its episodes."""

    TOPIC = "unefois:DossierRouvert"
    LIBELLE = "Dossier rouvert"
    GROUPE = "F08"
    JALON = True
    VOLET = Volet.INSTRUCTION
    motif: Annotated[Code, s2("F08", "motif de réouverture", "NOUVEL_IMPAYE", liste="motif_reouverture")]

    def effets(self, enveloppe: Enveloppe) -> Effets:
        return ((Rubrique.REOUVERTURES, None, enveloppe.survenu_le),)


@dataclass(frozen=True, kw_only=True)
class AssignationSignifiee(Acte):
    """Summons before the juge des contentieux de la protection, notified to the préfet (art. 24 III).

    Its own hour is in the envelope, that of the hearing here.
    """

    TOPIC = "unefois:AssignationSignifiee"
    STADE = Stade.ASSIGNATION
    LIBELLE = "Assignation signifiée"
    CODE = "ASSIGNATION"
    VOLET = Volet.CONTENTIEUX
    motif: Annotated[Code | None, s2("F08", "motif de l'assignation", "LOYER", liste="motif_procedure")] = None
    demandes: Annotated[
        tuple[Code, ...],
        MaxLen(8),
        s2("F08", "ce qui est demandé au juge", ["CONSTAT_RESILIATION", "EXPULSION"], liste="demande_assignation"),
    ] = ()
    notifiee_prefet_le: Annotated[date | None, s2("F08", "notifiée au préfet le", "2019-11-25")] = None
    date_audience: Annotated[Echeance | None, clair("date d'audience", "2020-01-28")] = None
    heure_audience: Annotated[Heure | None, s2("F08", "heure de l'audience", "09:30")] = None
    salle: Annotated[Texte | None, s2("F08", "salle d'audience", "salle 3")] = None
    juridiction: Annotated[Texte | None, s2("F08", "juridiction", "TJ BOBIGNY")] = None
    num_rg: Annotated[Texte | None, s2("F08", "numéro de rôle général", "19/03127")] = None

    def effets(self, enveloppe: Enveloppe) -> Effets:
        return super().effets(enveloppe) + _audience(self.date_audience)


@dataclass(frozen=True, kw_only=True)
class OrganismeDSFSaisi(Evenement):
    """The préfet seizes the body that makes the diagnostic social et financier (décret 2021-8, art. 1)."""

    TOPIC = "unefois:OrganismeDSFSaisi"
    LIBELLE = "Organisme du diagnostic social et financier saisi"
    GROUPE = "F08"
    JALON = True
    VOLET = Volet.CONTENTIEUX
    destinataire: Annotated[Texte, clair("organisme saisi (code du registre)", "ssd93")]
    date_audience: Annotated[Echeance | None, clair("date d'audience", "2020-01-28")] = None

    def effets(self, enveloppe: Enveloppe) -> Effets:
        return super().effets(enveloppe) + _audience(self.date_audience)


@dataclass(frozen=True, kw_only=True)
class DiagnosticTransmis(Acte):
    """The diagnostic social et financier as transmitted to judge, tenant, landlord and CCAPEX (décret 2021-8).

    It is a frozen document. It never carries what is not meant for the landlord: its author's observations stand with
    its recommendations, under one heading of the décret (art. 2, 12), and what is noted on an act, which the landlord
    does not read, comes with a lot alone. The landlord reads F21: who follows the household (heading 6) is F11, why the
    diagnostic could not be made F12. A surendettement is told by its own events, that creditors are notified of.
    """

    TOPIC = "unefois:DiagnosticTransmis"
    LIBELLE = "Diagnostic social et financier transmis"
    CODE = "DSF"
    GROUPE = "F08"
    PRECISE = MappingProxyType({"motif_carence": ("carence", frozenset({True}))})
    VOLET = Volet.CONTENTIEUX
    presence_locataire: Annotated[bool | None, s2("F21", "le locataire a participé", True)] = None
    carence: Annotated[bool | None, s2("F21", "le diagnostic n'a pas pu être réalisé", True)] = None
    motif_carence: Annotated[
        Code | None, s2("F12", "pourquoi il n'a pas pu l'être", "SANS_REPONSE", liste="motif_carence")
    ] = None
    transmis_juge_le: Annotated[date | None, s2("F08", "transmis au juge le", "2020-01-20")] = None
    transmis_ccapex_le: Annotated[date | None, s2("F08", "transmis à la CCAPEX le", "2020-01-20")] = None
    transmis_parties_le: Annotated[date | None, s2("F21", "transmis au locataire et au bailleur le", "2020-01-20")] = (
        None
    )
    situation_familiale: Annotated[
        Code | None, s2("F21", "situation familiale", "SEUL_AVEC_ENFANTS", liste="situation_familiale")
    ] = None
    accompagnement: Annotated[
        Code | None, s2("F11", "accompagnement en cours au DSF", "SOCIAL", liste="accompagnement_dsf")
    ] = None
    connu_du_service_social: Annotated[bool | None, s2("F12", "ménage connu du service social", False)] = None
    assurance_habitation: Annotated[bool | None, s2("F21", "logement assuré", True)] = None
    premier_impaye_le: Annotated[date | None, s2("F21", "premier impayé le", "2019-02-01")] = None
    traitement_dette: Annotated[
        tuple[Code, ...],
        MaxLen(8),
        s2("F21", "dispositifs de traitement de la dette", ["PLAN_APUREMENT"], liste="traitement_dette"),
    ] = ()
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
    observations_locataire: Annotated[
        TexteLibre | None, s2("F21", "observations écrites du locataire", "j'ai repris le paiement du loyer")
    ] = None
    observations_bailleur: Annotated[
        TexteLibre | None, s2("F21", "observations écrites du bailleur", "accord pour un plan")
    ] = None
    relogement_necessaire: Annotated[bool | None, s2("F21", "un relogement est nécessaire", False)] = None
    ccapex_saisie: Annotated[bool | None, s2("F21", "la CCAPEX est saisie", True)] = None


@dataclass(frozen=True, kw_only=True)
class AudienceTenue(Evenement):
    """The hearing took place or was put off (charte, fiche 11): who was there, defendant by defendant.

    The qualification of the judgment does not tell it (CPC 474): with several of them, one absent makes it réputé
    contradictoire for all.
    """

    TOPIC = "unefois:AudienceTenue"
    LIBELLE = "Audience"
    GROUPE = "F08"
    STADE = Stade.AUDIENCE
    JALON = True
    VOLET = Volet.CONTENTIEUX
    issue: Annotated[Code, s2("F08", "issue de l'audience", "TENUE", liste="issue_audience")] = "TENUE"
    renvoyee_au: Annotated[Echeance | None, clair("audience renvoyée au", "2026-12-15")] = None
    locataire_present: Annotated[bool | None, s2("F08", "locataire présent ou représenté", True)] = None
    presents: Annotated[
        tuple[UUID, ...],
        MaxLen(20),
        s2("F08", "défendeurs présents", ["0199f1e2-7b1a-7000-8000-000000000001"]),
    ] = ()
    representes: Annotated[
        tuple[UUID, ...],
        MaxLen(20),
        s2("F08", "défendeurs représentés", ["0199f1e2-7b1a-7000-8000-000000000002"]),
    ] = ()
    absents: Annotated[
        tuple[UUID, ...],
        MaxLen(20),
        s2("F08", "défendeurs absents", ["0199f1e2-7b1a-7000-8000-000000000003"]),
    ] = ()
    bailleur_present: Annotated[bool | None, s2("F08", "bailleur présent ou représenté", True)] = None
    permanence: Annotated[bool | None, s2("F11", "le ménage a vu la permanence socio-juridique", True)] = None

    def effets(self, enveloppe: Enveloppe) -> Effets:
        return super().effets(enveloppe) + _audience(self.renvoyee_au)


@dataclass(frozen=True, kw_only=True)
class JugementRendu(Acte):
    """The judgment. Its qualification (CPC 467, 473) is kept apart from who was present.

    ``seul_appel``: réputé contradictoire only because it can be appealed; it is non avenu if it is not notified in six
    months (CPC 478).
    """

    TOPIC = "unefois:JugementRendu"
    STADE = Stade.JUGEMENT
    LIBELLE = "Jugement rendu"
    CODE = "JUGEMENT"
    VOLET = Volet.JUGEMENT
    qualification: Annotated[
        Code | None, s2("F08", "qualification de la décision", "CONTRADICTOIRE", liste="qualification_decision")
    ] = None
    seul_appel: Annotated[
        bool | None, s2("F08", "réputé contradictoire au seul motif qu'il est susceptible d'appel", False)
    ] = None
    nature: Annotated[Code | None, s2("F08", "nature de la décision", "JUGEMENT", liste="nature_decision")] = None
    motif: Annotated[Code | None, s2("F08", "motif de la décision", "LOYER", liste="motif_procedure")] = None
    dispositif: Annotated[Code | None, s2("F08", "dispositif", "DELAIS", liste="dispositif_decision")] = None
    delais_mois: Annotated[Mois | None, s2("F08", "délais accordés, en mois", 24)] = None
    premier_terme_le: Annotated[Echeance | None, s2("F08", "première échéance fixée au", "2020-03-05")] = None
    mensualite: Annotated[Centimes | None, s2("F05", "mensualité fixée, en centimes", 12000)] = None
    dette_fixee: Annotated[Centimes | None, s2("F05", "dette fixée par le juge, en centimes", 560000)] = None
    indemnite_occupation: Annotated[
        Centimes | None, s2("F05", "indemnité d'occupation mensuelle, en centimes", 88669)
    ] = None
    transmis_prefet: Annotated[bool | None, s2("F08", "transmission au préfet ordonnée", True)] = None
    date_audience: Annotated[Echeance | None, clair("date d'audience", "2020-01-28")] = None
    juridiction: Annotated[Texte | None, s2("F08", "juridiction", "TJ BOBIGNY")] = None
    num_rg: Annotated[Texte | None, s2("F08", "numéro de rôle général", "19/03127")] = None


@dataclass(frozen=True, kw_only=True)
class JugementSignifie(Acte):
    """The judgment is notified to who lost it: appeals run from there (CPC 478, 503, 538)."""

    TOPIC = "unefois:JugementSignifie"
    LIBELLE = "Jugement signifié"
    CODE = "SIGNIFICATION"
    DANS_EXPLOC = False
    VOLET = Volet.JUGEMENT
    titre: Annotated[UUID | None, clair("l'événement qui dit ce jugement", "0199f1e2-7b1a-7000-8000-000000000021")] = (
        None
    )
    remise: Annotated[Code | None, s2("F08", "à qui l'acte a été remis", "PERSONNE", liste="remise_acte")] = None


@dataclass(frozen=True, kw_only=True)
class AppelForme(Evenement):
    """An appeal, and whether it suspends the enforcement (CPC 514-3, 538)."""

    TOPIC = "unefois:AppelForme"
    LIBELLE = "Appel formé"
    GROUPE = "F08"
    JALON = True
    VOLET = Volet.JUGEMENT
    titre: Annotated[UUID | None, clair("l'événement qui dit ce jugement", "0199f1e2-7b1a-7000-8000-000000000021")] = (
        None
    )
    num_rg: Annotated[Texte | None, s2("F08", "numéro de rôle général", "20/01234")] = None
    suspension_execution: Annotated[bool | None, s2("F08", "arrêt de l'exécution provisoire obtenu", False)] = None


@dataclass(frozen=True, kw_only=True)
class DelaisJudiciairesAvances(Evenement):
    """The délais that a judge granted are kept to their end, or broken (loi 89-462 art. 24 VII).

    It tells that there was a judgment: no CLIL keeps it, as it would with what is of the debt alone.
    """

    TOPIC = "unefois:DelaisJudiciairesAvances"
    LIBELLE = "Délais de paiement du juge"
    GROUPE = "F08"
    JALON = True
    VOLET = Volet.JUGEMENT
    PRECISE = MappingProxyType(
        dict.fromkeys(("echeance_le", "impaye", "mise_en_demeure_le"), ("etape", frozenset({"ROMPUS"})))
    )
    etape: Annotated[Code, s2("F08", "ce qu'il en est des délais", "ROMPUS", liste="etape_delais")]
    echeance_le: Annotated[date | None, s2("F08", "échéance impayée le", "2026-06-05")] = None
    impaye: Annotated[Centimes | None, s2("F05", "montant impayé, en centimes", 20669)] = None
    mise_en_demeure_le: Annotated[date | None, s2("F08", "mise en demeure le", "2026-06-20")] = None


@dataclass(frozen=True, kw_only=True)
class CongeDelivre(Acte):
    """The landlord gives notice, for another reason than rent (loi 89-462 art. 15)."""

    TOPIC = "unefois:CongeDelivre"
    LIBELLE = "Congé délivré"
    CODE = "CONGE"
    DANS_EXPLOC = False
    VOLET = Volet.CONTENTIEUX
    motif: Annotated[Code, s2("F08", "motif du congé", "VENTE", liste="motif_conge")]
    date_effet: Annotated[Echeance | None, clair("date d'effet", "2027-02-28")] = None


@dataclass(frozen=True, kw_only=True)
class AideJuridictionnelleAvancee(Evenement):
    """Legal aid, asked for or decided (loi 91-647): a help that the landlord is not told of."""

    TOPIC = "unefois:AideJuridictionnelleAvancee"
    LIBELLE = "Aide juridictionnelle"
    GROUPE = "F11"
    etape: Annotated[
        Code, s2("F11", "étape de l'aide juridictionnelle", "DEMANDEE", liste="etape_aide_juridictionnelle")
    ]


@dataclass(frozen=True, kw_only=True)
class DossierClasseEtude(Evenement):
    """The étude closes its own file. The procedure may run on: it ends nothing."""

    TOPIC = "unefois:DossierClasseEtude"
    LIBELLE = "Dossier classé par l'étude"
    GROUPE = "F08"
    JALON = True
    VOLET = Volet.CONTENTIEUX
    motif: Annotated[Code, s2("F08", "motif du classement", "SOLDE", liste="motif_classement")]


OCTETS_PAR_PIECE: Final = 25 * 1024 * 1024
"""Bytes of the largest file that goes with an act: some hundred scanned pages."""

Octets = Annotated[int, Ge(1), Le(OCTETS_PAR_PIECE)]

Sha256 = Annotated[str, MinLen(64), MaxLen(64)]


@dataclass(frozen=True, kw_only=True)
class PieceJointe(Evenement):
    """A file goes with an act that its author told. Its content is kept apart, sealed under the keys of whom it names.

    It has no name but a code. What it is, how long it is and its digest were found, not declared.
    """

    TOPIC = "unefois:PieceJointe"
    LIBELLE = "Pièce jointe à un acte"
    GROUPE = "F08"
    SUJET = Sujet.PERSONNES
    IDENTIFIANT = "piece"
    ROUTE_PROPRE = True
    VOLET = Volet.PIECES
    piece: Annotated[UUID, clair("identifiant de la pièce", "0199f1e2-7b1a-7000-8000-000000000031")]
    acte: Annotated[UUID, clair("l'acte qu'elle accompagne", "0199f1e2-7b1a-7000-8000-000000000032")]
    personnes: Annotated[
        tuple[UUID, ...],
        MinLen(1),
        MaxLen(20),
        clair("personnes que la pièce nomme", ["0199f1e2-7b1a-7000-8000-000000000001"]),
    ]
    nature: Annotated[Code, s2("F08", "nature de la pièce", "ACTE", liste="nature_piece")]
    genre: Annotated[Code, s2("F08", "type trouvé dans le contenu", "PDF", liste="genre_piece")]
    octets: Annotated[Octets, s2("F08", "taille, en octets", 204800)]
    empreinte: Annotated[Sha256, s2("F08", "SHA-256 du contenu", "0f" * 32)]


def _audience(le: date | None) -> Effets:
    return () if le is None else ((Rubrique.AUDIENCES, None, le),)

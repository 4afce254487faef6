"""Acts under professional secrecy: one neutral topic."""

from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Annotated
from uuid import UUID

from annotated_types import MaxLen, MinLen

from ledger.catalogue.socle import Code, Effets, Enveloppe, Evenement, Rubrique, Sujet, Texte, TexteLibre, clair, s3
from ledger.catalogue.volet import Volet


@dataclass(frozen=True, kw_only=True)
class ActeProtege(Evenement):
    """An act under professional secrecy. Nature and content are sealed together, class S3."""

    TOPIC = "unefois:ActeProtege"
    LIBELLE = "Acte protégé par le secret professionnel"
    GROUPE = "F12"
    IDENTIFIANT = "acte"
    VOLET = Volet.SECRET
    acte: Annotated[UUID, clair("identifiant opaque de l'acte protégé", "0199f1e2-7b1a-7000-8000-00000000000d")]

    def effets(self, enveloppe: Enveloppe) -> Effets:
        return ((Rubrique.ACTES_PROTEGES, self.acte, True),)


@dataclass(frozen=True, kw_only=True)
class EvaluationSociale(ActeProtege):
    """What a social worker assesses of the situation; about one or several persons of the household.

    Other services that follow the household read it only where its author chose to share it.
    """

    LIBELLE = "Évaluation sociale"
    GROUPE = "F12"
    SUJET = Sujet.PERSONNES
    personnes: Annotated[
        tuple[UUID, ...],
        MinLen(1),
        MaxLen(20),
        clair("personnes dont parle le texte", ["0199f1e2-7b1a-7000-8000-000000000001"]),
    ]
    texte: Annotated[TexteLibre, s3("F12", "évaluation sociale", "reprise de lien avec le service")]
    partage: Annotated[bool, s3("F12", "partagée avec les professionnels qui suivent le ménage", False)] = False


@dataclass(frozen=True, kw_only=True)
class BesoinSignale(ActeProtege):
    """A need of the closed list, never a condition or a diagnosis (charte, fiches 5 and 15)."""

    LIBELLE = "Besoin d'adaptation signalé"
    GROUPE = "F13"
    PRECISE = MappingProxyType({"langue": ("besoin", frozenset({"INTERPRETE"}))})
    besoin: Annotated[Code, s3("F13", "besoin d'adaptation", "PRESENCE_SERVICE_SOCIAL", liste="besoin")]
    fondement: Annotated[Code, s3("F13", "fondement du traitement", "RGPD_6_1_E", liste="fondement_besoin")]
    avec_accord: Annotated[bool, s3("F13", "donné avec l'accord de la personne", True)] = False
    leve_le: Annotated[date | None, s3("F13", "besoin levé le", "2026-11-01")] = None
    urgence: Annotated[bool, s3("F13", "à prendre en compte sans attendre", False)] = False
    langue: Annotated[Code | None, s3("F13", "langue de l'interprète", "SONINKE", liste="langue")] = None


@dataclass(frozen=True, kw_only=True)
class OrientationSante(ActeProtege):
    """A person is oriented to a health network, and what came of it: the way there, never why (charte, fiche 15)."""

    LIBELLE = "Orientation vers un réseau de santé"
    GROUPE = "F13"
    SUJET = Sujet.PERSONNE
    personne: Annotated[UUID, clair("personne orientée", "0199f1e2-7b1a-7000-8000-000000000001")]
    reseau: Annotated[Code, s3("F13", "réseau", "CLSM", liste="reseau_sante")]
    etape: Annotated[Code, s3("F13", "étape de l'orientation", "PROPOSEE", liste="etape_orientation")]
    fondement: Annotated[Code, s3("F13", "fondement du traitement", "RGPD_9_2_B", liste="fondement_besoin")]


@dataclass(frozen=True, kw_only=True)
class MesureProtectionDeclaree(ActeProtege):
    """A legal protection measure; its mandataire is a person of the record, and a data subject."""

    LIBELLE = "Mesure de protection déclarée"
    GROUPE = "F15"
    SUJET = Sujet.PERSONNE
    personne: Annotated[UUID, clair("personne protégée", "0199f1e2-7b1a-7000-8000-000000000001")]
    mesure: Annotated[Code, s3("F15", "mesure de protection", "CURATELLE", liste="mesure_protection")]
    mandataire: Annotated[
        UUID | None, s3("F15", "mandataire (personne du dossier)", "0199f1e2-7b1a-7000-8000-000000000002")
    ] = None


@dataclass(frozen=True, kw_only=True)
class Demande72(ActeProtege):
    """The instructeur asks a professional for what is strictly necessary (loi 90-449 art. 7-2)."""

    LIBELLE = "Information demandée (article 7-2)"
    GROUPE = "F12"
    destinataire: Annotated[Texte, s3("F12", "service sollicité (code du registre)", "ssd93")]
    question: Annotated[TexteLibre, s3("F12", "information demandée", "démarches en cours ?")]


@dataclass(frozen=True, kw_only=True)
class InformationTransmise72(ActeProtege):
    """What a professional transmits, asked for or not: what, why it is needed, when the household was informed.

    The law says that professionals *fournissent* (loi 90-449 art. 7-2). It can carry needs and a protection measure.
    """

    LIBELLE = "Information transmise (article 7-2)"
    GROUPE = "F12"
    en_reponse_a: Annotated[
        UUID | None, clair("demande à laquelle répond l'acte", "0199f1e2-7b1a-7000-8000-00000000000d")
    ] = None
    texte: Annotated[TexteLibre, s3("F12", "information transmise", "accompagnement en cours")]
    necessite: Annotated[TexteLibre, s3("F12", "pourquoi elle est nécessaire", "évaluer le délai utile")]
    menage_informe_le: Annotated[date, s3("F12", "ménage informé le", "2026-11-02")]
    besoins: Annotated[
        tuple[Code, ...], MaxLen(8), s3("F13", "besoins d'adaptation transmis", ["INTERPRETE"], liste="besoin")
    ] = ()
    mesure: Annotated[
        Code | None, s3("F15", "mesure de protection transmise", "CURATELLE", liste="mesure_protection")
    ] = None


@dataclass(frozen=True, kw_only=True)
class Demande72Refusee(ActeProtege):
    """The professional does not transmit, with a reason."""

    LIBELLE = "Information non transmise (article 7-2)"
    GROUPE = "F12"
    en_reponse_a: Annotated[UUID, clair("demande à laquelle répond l'acte", "0199f1e2-7b1a-7000-8000-00000000000d")]
    motif: Annotated[TexteLibre, s3("F12", "motif du refus", "information non nécessaire")]

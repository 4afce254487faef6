"""The case, its people, their dwelling."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Final, NamedTuple
from uuid import UUID

from annotated_types import MaxLen

from ledger.catalogue.socle import (
    Annee,
    Centimes,
    Code,
    CodeCommune,
    Effectif,
    Effets,
    Enveloppe,
    Evenement,
    Naissance,
    Rubrique,
    Siret,
    Sujet,
    Texte,
    clair,
    s1,
)
from ledger.catalogue.volet import Volet


class Ouverture(NamedTuple):
    """What a case is opened with, and keeps."""

    le: date
    parc: str
    commune: str


TRANCHE: Final = "tranche"
"""The key of who was settled to be the landlord, beside who is said to be."""


class Bailleur(NamedTuple):
    """Who is said to be the landlord, and by which partner."""

    siret: str | None
    dit_par: str


@dataclass(frozen=True, kw_only=True)
class Logement(Evenement):
    """What a partner says of the dwelling, the lease and the landlord."""

    GROUPE = "F04"
    bailleur_siret: Annotated[Siret | None, clair("SIRET du bailleur personne morale", "93667127000267")] = None
    bailleur_nom: Annotated[Texte | None, s1("F04", "nom du bailleur", "OPH SYNTHÈSE 16")] = None
    bailleur_forme: Annotated[
        Code | None, s1("F04", "forme juridique du bailleur", "PERSONNE_MORALE", liste="forme_bailleur")
    ] = None
    adresse: Annotated[Texte | None, s1("F02a", "adresse du logement", "118 avenue Jean-Jaurès")] = None
    code_postal: Annotated[Texte | None, s1("F02a", "code postal", "93450")] = None
    id_rpls: Annotated[Texte | None, s1("F02a", "identifiant RPLS du logement", "3523902547")] = None
    loyer: Annotated[Centimes | None, s1("F04", "loyer mensuel, en centimes", 80061)] = None
    charges: Annotated[Centimes | None, s1("F04", "charges mensuelles, en centimes", 8608)] = None
    type_logement: Annotated[Texte | None, s1("F04", "type de logement", "T3")] = None
    bail_signe_le: Annotated[date | None, s1("F04", "date de signature du bail", "2015-03-01")] = None
    bail_renouvele_le: Annotated[
        date | None, s1("F04", "date du dernier renouvellement ou de la dernière reconduction du bail", "2024-03-01")
    ] = None

    def _bailleur(self, enveloppe: Enveloppe) -> Bailleur:
        return Bailleur(self.bailleur_siret, enveloppe.partenaire)


@dataclass(frozen=True, kw_only=True)
class DossierOuvert(Logement):
    """A partner signals a household, for one dwelling and one lease: the first opens the record, the others join it.

    Each has said it, on a date of its own, and sees its own: who joins is told nothing of who came before. The case is
    moved by the first alone; a landlord that it did not name is then known by who first does.
    """

    TOPIC = "unefois:DossierOuvert"
    LIBELLE = "Dossier ouvert"
    JALON = True
    parc: Annotated[Code, clair("parc du logement", "SOCIAL", liste="parc")]
    commune: Annotated[CodeCommune, clair("commune du logement (code INSEE)", "93066")]
    motif: Annotated[Code, clair("motif du signalement", "IMPAYE", liste="motif_signalement")] = "IMPAYE"
    origine: Annotated[
        Code | None, s1("F04", "comment l'impayé a été connu", "DEMANDE_DU_MENAGE", liste="origine_signalement")
    ] = None

    def effets(self, enveloppe: Enveloppe) -> Effets:
        return (
            (Rubrique.OUVERTURE, None, Ouverture(enveloppe.survenu_le, self.parc, self.commune)),
            (Rubrique.BAILLEUR, None, self._bailleur(enveloppe)),
            (Rubrique.LOGEMENT_DIT, enveloppe.source, True),
        )


@dataclass(frozen=True, kw_only=True)
class LogementDeclare(Logement):
    """What a partner says of the dwelling once the record is open: it stays its own, and moves no case.

    Parc and commune are those of the opening. A landlord that nobody had named is then known.
    """

    TOPIC = "unefois:LogementDeclare"
    LIBELLE = "Logement et bail déclarés"
    parc: Annotated[Code | None, clair("parc du logement", "SOCIAL", liste="parc")] = None
    commune: Annotated[CodeCommune | None, clair("commune du logement (code INSEE)", "93066")] = None
    motif: Annotated[Code | None, clair("motif du signalement", "IMPAYE", liste="motif_signalement")] = None
    origine: Annotated[
        Code | None, s1("F04", "comment l'impayé a été connu", "DEMANDE_DU_MENAGE", liste="origine_signalement")
    ] = None

    def effets(self, enveloppe: Enveloppe) -> Effets:
        return (
            (Rubrique.BAILLEUR, None, self._bailleur(enveloppe)),
            (Rubrique.LOGEMENT_DIT, enveloppe.source, True),
        )


@dataclass(frozen=True, kw_only=True)
class BailleurTranche(Evenement):
    """Who the landlord is, settled by a person where partners name several, or where one names but itself."""

    TOPIC = "unefois:BailleurTranche"
    LIBELLE = "Bailleur confirmé"
    GROUPE = "F04"
    bailleur_siret: Annotated[Siret, clair("SIRET du bailleur de ce logement", "93667127000267")]

    def effets(self, enveloppe: Enveloppe) -> Effets:
        return ((Rubrique.BAILLEUR, TRANCHE, Bailleur(self.bailleur_siret, enveloppe.partenaire)),)


@dataclass(frozen=True, kw_only=True)
class OccupantDeclare(Evenement):
    """A person of the household, a guarantor, or a landlord who is a natural person (CPCE R.412-2).

    A child is declared by birth year alone (``MenageDeclare``): its name is written in no other place than
    the commandement de quitter les lieux.
    """

    TOPIC = "unefois:OccupantDeclare"
    LIBELLE = "Occupant déclaré"
    GROUPE = "F01"
    SUJET = Sujet.PERSONNE
    VOLET = Volet.IDENTITE
    personne: Annotated[UUID, clair("identifiant opaque de la personne", "0199f1e2-7b1a-7000-8000-000000000001")]
    qualite: Annotated[Code, clair("qualité de la personne dans le dossier", "TITULAIRE", liste="qualite")] = (
        "TITULAIRE"
    )
    nom: Annotated[Texte, s1("F01", "nom de famille", "LEROY")]
    prenoms: Annotated[Texte | None, s1("F01", "prénoms", "Fatou")] = None
    date_naissance: Annotated[Naissance | None, s1("F01", "date de naissance", "1955-04-24")] = None
    lieu_naissance: Annotated[Texte | None, s1("F01", "lieu de naissance", "Saint-Denis")] = None
    vit_habituellement: Annotated[bool | None, s1("F03", "vit habituellement dans le logement", True)] = None
    entre_le: Annotated[date | None, s1("F03", "vit dans le logement depuis le", "2015-03-01")] = None

    def effets(self, enveloppe: Enveloppe) -> Effets:
        return (Rubrique.PERSONNES, self.personne, self.qualite), (Rubrique.DECLAREES, self.personne, self.qualite)


@dataclass(frozen=True, kw_only=True)
class OccupantParti(Evenement):
    """A person of the household lives there no more: what is told from then on of those who stay is not hers."""

    TOPIC = "unefois:OccupantParti"
    LIBELLE = "Départ d'une personne du ménage"
    GROUPE = "F03"
    SUJET = Sujet.PERSONNE
    personne: Annotated[UUID, clair("personne qui est partie", "0199f1e2-7b1a-7000-8000-000000000001")]

    def effets(self, enveloppe: Enveloppe) -> Effets:
        return ((Rubrique.DEPARTS, self.personne, enveloppe.survenu_le),)


@dataclass(frozen=True, kw_only=True)
class MenageDeclare(Evenement):
    """How many adults and children live there; children by birth year, never by name."""

    TOPIC = "unefois:MenageDeclare"
    LIBELLE = "Composition du ménage déclarée"
    GROUPE = "F03"
    nb_adultes: Annotated[Effectif | None, s1("F03", "nombre d'adultes", 2)] = None
    nb_enfants: Annotated[Effectif | None, s1("F03", "nombre d'enfants", 1)] = None
    annees_naissance_enfants: Annotated[
        tuple[Annee, ...], MaxLen(20), s1("F03", "années de naissance des enfants", [2014])
    ] = ()


@dataclass(frozen=True, kw_only=True)
class CoordonneesDeclarees(Evenement):
    """How a person wishes to be reached, and how it must not be (safe channel)."""

    TOPIC = "unefois:CoordonneesDeclarees"
    LIBELLE = "Coordonnées déclarées"
    GROUPE = "F02b"
    SUJET = Sujet.PERSONNE
    personne: Annotated[UUID, clair("identifiant opaque de la personne", "0199f1e2-7b1a-7000-8000-000000000001")]
    telephone: Annotated[Texte | None, s1("F02b", "téléphone", "06 00 00 00 00")] = None
    courriel: Annotated[Texte | None, s1("F02b", "courriel", "personne@exemple.fr")] = None
    nouvelle_adresse: Annotated[Texte | None, s1("F02b", "nouvelle adresse", "3 rue des Exemples, 93200")] = None
    canal_sur: Annotated[Code, s1("F02b", "canal sûr pour la joindre", "NE_PAS_APPELER", liste="canal_sur")] = "LIBRE"
    canal_prefere: Annotated[Code | None, s1("F02b", "canal préféré", "SMS", liste="canal_prefere")] = None
    accord_sms: Annotated[bool, s1("F02b", "accepte les SMS", False)] = False

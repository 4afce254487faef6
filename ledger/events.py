"""What can happen to a household threatened with eviction: the catalogue of events.

An event is data: a frozen dataclass named by a past participle, with an explicit ``TOPIC`` that never changes.
Each field says, by its annotation, how it is kept and which field group it belongs to:

``clair``      stands in clear: business dates, stage, commune, parc, SIRETs, roles, opaque ids;
``s1`` ``s2`` ``s3``  is sealed under the key of the event's subject for that sensitivity class, and is shown
               only to a reader for whom the policies open its group (F01 to F21).

Money is in cents of euro, dates are calendar dates, texts are bounded. A sealed field that has not been opened
holds ``SCELLE``; one whose key was destroyed holds ``EFFACE``. Neither ever prints a value.

Acts under professional secrecy (S3) share one neutral topic, and their nature is itself sealed: the log does
not tell that a household is followed by a social worker.
"""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import cache
from types import MappingProxyType
from typing import Annotated, Any, ClassVar, Final, Literal, get_type_hints
from uuid import UUID

import msgspec
from annotated_types import Ge, Le, MaxLen, MinLen


class Classe(StrEnum):
    """Sensitivity of a field. Each sealed class of a subject has a key of its own; S0 stands in clear."""

    S0 = "S0"
    S1 = "S1"
    S2 = "S2"
    S3 = "S3"


class Sujet(StrEnum):
    """Whose key seals an event: the household's, one person's (``personne``), or several persons' together."""

    MENAGE = "menage"
    PERSONNE = "personne"
    PERSONNES = "personnes"


@dataclass(frozen=True, slots=True)
class Champ:
    """What the catalogue says of a field. ``groupe`` is None where the field follows its event's group."""

    classe: Classe
    groupe: str | None
    libelle: str
    exemple: Any


class Absent:
    """Stands where a value is not: sealed and not opened, or erased with its key."""

    __slots__ = ("_texte",)

    def __init__(self, texte: str) -> None:
        self._texte = texte

    def __repr__(self) -> str:
        return self._texte

    def __bool__(self) -> bool:
        return False


SCELLE: Final = Absent("<scellé>")
EFFACE: Final = Absent("<effacé>")


def clair(libelle: str, exemple: object) -> Champ:
    """A field that stands in clear."""
    return Champ(Classe.S0, None, libelle, exemple)


def s1(groupe: str | None, libelle: str, exemple: object) -> Champ:
    """A field sealed in class S1: identity, address, dwelling."""
    return Champ(Classe.S1, groupe, libelle, exemple)


def s2(groupe: str | None, libelle: str, exemple: object) -> Champ:
    """A field sealed in class S2: money, rights, procedure."""
    return Champ(Classe.S2, groupe, libelle, exemple)


def s3(groupe: str | None, libelle: str, exemple: object) -> Champ:
    """A field sealed in class S3: under professional secrecy."""
    return Champ(Classe.S3, groupe, libelle, exemple)


Centimes = Annotated[int, Ge(0), Le(10_000_000_00)]
Effectif = Annotated[int, Ge(0), Le(30)]
Mois = Annotated[int, Ge(0), Le(60)]
Annee = Annotated[int, Ge(1900), Le(2100)]
Texte = Annotated[str, MinLen(1), MaxLen(200)]
TexteLibre = Annotated[str, MinLen(1), MaxLen(500)]
Siret = Annotated[str, MinLen(14), MaxLen(14)]
CodeCommune = Annotated[str, MinLen(5), MaxLen(5)]

Parc = Literal["SOCIAL", "PRIVE", "FOYER"]
Motif = Literal["IMPAYE", "TROUBLE", "CONGE", "ASSURANCE", "AUTRE"]
Instance = Literal["CLIL", "CCAPEX", "COMEX"]
Source = Literal["EXPLOC", "PARTENAIRE"]


class Enveloppe(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What is known of every event besides its content (all of it stands in clear).

    survenu_le          when it is true (business date); when we were told is the row's ``recorded_at``.
    partenaire, role    the registry code and role of the organisation that emitted it; ``agent``: pseudonym.
    declarant           SIRET of the organisation that asserts it (an étude, for an act that was imported).
    source              EXPLOC when known from EXPLOC alone, else PARTENAIRE (décret 2025-348, art. 3).
    finalite, demande   the purpose it was collected for, and the request it was obtained for (CRPA L.114-8).
    information_menage  when the household was informed of this collection, if it was (GDPR 13 and 14).
    corrige             the event that this one corrects.
    """

    id: UUID
    contribution: UUID
    survenu_le: date
    partenaire: str
    role: str
    agent: str
    declarant: str | None = None
    source: Source = "PARTENAIRE"
    finalite: str
    demande: UUID | None = None
    information_menage: date | None = None
    corrige: UUID | None = None


class Scelle(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One sealed blob of an event: its subject (several ids joined by ``+``), its class, nonce and ciphertext."""

    sujet: str
    classe: Classe
    octets: bytes

    def __repr__(self) -> str:
        return "<scellé>"


@dataclass(frozen=True, kw_only=True)
class Evenement:
    """Base of every event. ``GROUPE`` is the group that lets a reader know that the event exists."""

    TOPIC: ClassVar[str]
    GROUPE: ClassVar[str]
    SUJET: ClassVar[Sujet] = Sujet.MENAGE
    class_version: ClassVar[int] = 1

    reference_source: Annotated[Texte | None, s2(None, "référence dans le système d'origine", "093-19-0000088")] = None

    def __init_subclass__(cls) -> None:
        # dataclass() keeps the __repr__ that a class already has. Without it, an opened event would print its values
        # in the first traceback that holds it.
        cls.__repr__ = Evenement.__repr__  # type: ignore[method-assign]  # each subclass prints its name alone

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"


class Fait(msgspec.Struct, frozen=True, gc=False):
    """An event as it was recorded: its place, its envelope, its content, and what of it is still sealed."""

    dossier: UUID
    version: int
    enveloppe: Enveloppe
    evenement: Evenement
    scelles: tuple[Scelle, ...] = ()
    position: int = 0
    enregistre_le: datetime | None = None


# --- the case, its people, their dwelling ------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Logement(Evenement):
    """What a partner says of the dwelling, the lease and the landlord."""

    GROUPE = "F04"
    bailleur_siret: Annotated[Siret | None, clair("SIRET du bailleur personne morale", "93667127000267")] = None
    bailleur_nom: Annotated[Texte | None, s1("F04", "nom du bailleur", "OPH SYNTHÈSE 16")] = None
    adresse: Annotated[Texte | None, s1("F02a", "adresse du logement", "118 avenue Jean-Jaurès")] = None
    code_postal: Annotated[Texte | None, s1("F02a", "code postal", "93450")] = None
    id_rpls: Annotated[Texte | None, s1("F02a", "identifiant RPLS du logement", "3523902547")] = None
    loyer: Annotated[Centimes | None, s1("F04", "loyer mensuel, en centimes", 80061)] = None
    charges: Annotated[Centimes | None, s1("F04", "charges mensuelles, en centimes", 8608)] = None
    type_logement: Annotated[Texte | None, s1("F04", "type de logement", "T3")] = None
    bail_signe_le: Annotated[date | None, s1("F04", "date de signature du bail", "2015-03-01")] = None


@dataclass(frozen=True, kw_only=True)
class DossierOuvert(Logement):
    """The first partner signals a household: the record is opened, for one dwelling and one lease."""

    TOPIC = "unefois:DossierOuvert"
    parc: Annotated[Parc, clair("parc du logement", "SOCIAL")]
    commune: Annotated[CodeCommune, clair("commune du logement (code INSEE)", "93066")]
    motif: Annotated[Motif, clair("motif du signalement", "IMPAYE")] = "IMPAYE"


@dataclass(frozen=True, kw_only=True)
class LogementDeclare(Logement):
    """Another partner signals a household that has its record already: what it says of the dwelling stays its own.

    It moves no case: parc and commune are those of the opening. A landlord that nobody had named is then known.
    """

    TOPIC = "unefois:LogementDeclare"
    parc: Annotated[Parc | None, clair("parc du logement", "SOCIAL")] = None
    commune: Annotated[CodeCommune | None, clair("commune du logement (code INSEE)", "93066")] = None
    motif: Annotated[Motif | None, clair("motif du signalement", "IMPAYE")] = None


@dataclass(frozen=True, kw_only=True)
class OccupantDeclare(Evenement):
    """A person of the household, a guarantor, or a landlord who is a natural person (CPCE R.412-2).

    A child is declared by birth year alone (``MenageDeclare``): its name is written in no other place than
    the commandement de quitter les lieux.
    """

    TOPIC = "unefois:OccupantDeclare"
    GROUPE = "F01"
    SUJET = Sujet.PERSONNE
    personne: Annotated[UUID, clair("identifiant opaque de la personne", "0199f1e2-7b1a-7000-8000-000000000001")]
    qualite: Annotated[
        Literal["TITULAIRE", "COTITULAIRE", "CONJOINT", "OCCUPANT", "CAUTION", "BAILLEUR", "REPRESENTANT_LEGAL"],
        clair("qualité de la personne dans le dossier", "TITULAIRE"),
    ] = "TITULAIRE"
    nom: Annotated[Texte, s1("F01", "nom de famille", "LEROY")]
    prenoms: Annotated[Texte | None, s1("F01", "prénoms", "Fatou")] = None
    date_naissance: Annotated[date | None, s1("F01", "date de naissance", "1955-04-24")] = None
    vit_habituellement: Annotated[bool | None, s1("F03", "vit habituellement dans le logement", True)] = None


@dataclass(frozen=True, kw_only=True)
class MenageDeclare(Evenement):
    """How many adults and children live there; children by birth year, never by name."""

    TOPIC = "unefois:MenageDeclare"
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
    GROUPE = "F02b"
    SUJET = Sujet.PERSONNE
    personne: Annotated[UUID, clair("identifiant opaque de la personne", "0199f1e2-7b1a-7000-8000-000000000001")]
    telephone: Annotated[Texte | None, s1("F02b", "téléphone", "06 00 00 00 00")] = None
    courriel: Annotated[Texte | None, s1("F02b", "courriel", "personne@exemple.fr")] = None
    nouvelle_adresse: Annotated[Texte | None, s1("F02b", "nouvelle adresse", "3 rue des Exemples, 93200")] = None
    canal_sur: Annotated[
        Literal["LIBRE", "NE_PAS_ECRIRE", "NE_PAS_APPELER", "NI_ECRIRE_NI_APPELER"],
        s1("F02b", "canal sûr pour la joindre", "NE_PAS_APPELER"),
    ] = "LIBRE"
    accord_sms: Annotated[bool, s1("F02b", "accepte les SMS", False)] = False


# --- debt, payments, budget, rights ------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class DetteDeclaree(Evenement):
    """A debt as one declarant states it at one date. Two statements may disagree; both stay."""

    TOPIC = "unefois:DetteDeclaree"
    GROUPE = "F05"
    montant: Annotated[Centimes, s2("F05", "dette locative, en centimes", 224770)]
    arretee_au: Annotated[date, s2("F05", "dette arrêtée au", "2026-10-31")]
    dont_loyer: Annotated[Centimes | None, s2("F05", "dont loyers, en centimes", 200000)] = None
    dont_charges: Annotated[Centimes | None, s2("F05", "dont charges, en centimes", 24770)] = None
    contestee: Annotated[bool, s2("F05", "dette contestée par le ménage", False)] = False


@dataclass(frozen=True, kw_only=True)
class RepriseLoyerConstatee(Evenement):
    """Whether the current rent is paid again (loi 89-462 art. 24 V, DSF heading 10)."""

    TOPIC = "unefois:RepriseLoyerConstatee"
    GROUPE = "F05"
    statut: Annotated[
        Literal["TOTALE", "PARTIELLE", "IRREGULIERE", "NON"],
        s2("F05", "reprise du paiement du loyer courant", "PARTIELLE"),
    ]
    depuis: Annotated[date | None, s2("F05", "depuis le", "2026-09-01")] = None


@dataclass(frozen=True, kw_only=True)
class PlanApurementConclu(Evenement):
    """A plan to clear the debt: proposed, signed, kept or broken."""

    TOPIC = "unefois:PlanApurementConclu"
    GROUPE = "F05"
    etape: Annotated[Literal["PROPOSE", "SIGNE", "RESPECTE", "ROMPU"], s2("F05", "étape du plan d'apurement", "SIGNE")]
    mensualite: Annotated[Centimes | None, s2("F05", "mensualité, en centimes", 5000)] = None
    duree_mois: Annotated[Mois | None, s2("F05", "durée, en mois", 24)] = None


@dataclass(frozen=True, kw_only=True)
class BudgetDeclare(Evenement):
    """Resources and charges of the household, monthly (DSF section 2)."""

    TOPIC = "unefois:BudgetDeclare"
    GROUPE = "F06"
    ressources: Annotated[Centimes, s2("F06", "ressources mensuelles, en centimes", 142000)]
    charges: Annotated[Centimes | None, s2("F06", "charges mensuelles, en centimes", 98000)] = None
    reste_a_vivre: Annotated[Centimes | None, s2("F06", "reste à vivre mensuel, en centimes", 44000)] = None


@dataclass(frozen=True, kw_only=True)
class DroitBloqueSignale(Evenement):
    """A right that is late or cut, and what it does to the debt (charte, fiche 10).

    Which right it is may tell of health or origin: the nature is S3, the fact and its date are S2.
    """

    TOPIC = "unefois:DroitBloqueSignale"
    GROUPE = "F07"
    depuis: Annotated[date | None, s2("F07", "droit bloqué depuis le", "2026-06-01")] = None
    effet: Annotated[Literal["UNIQUE", "AGGRAVANT", "INCONNU"], s2("F07", "effet sur l'impayé", "AGGRAVANT")] = (
        "INCONNU"
    )
    droit: Annotated[
        Literal["AL", "AAH", "RSA", "IJ", "RETRAITE", "CHOMAGE", "TITRE_DE_SEJOUR", "AUTRE"],
        s3("F07b", "nature du droit bloqué", "AL"),
    ]
    retabli_le: Annotated[date | None, s2("F07", "droit rétabli le", "2026-10-01")] = None


@dataclass(frozen=True, kw_only=True)
class AideLogementConstatee(Evenement):
    """State of the housing allowance as the paying body tells it."""

    TOPIC = "unefois:AideLogementConstatee"
    GROUPE = "F07"
    etat: Annotated[Literal["VERSEE", "SUSPENDUE", "RETABLIE"], s2("F07", "état de l'aide au logement", "VERSEE")]
    montant: Annotated[Centimes | None, s2("F07", "montant mensuel, en centimes", 31000)] = None
    tiers_payant: Annotated[bool | None, s2("F07", "versée au bailleur", True)] = None


@dataclass(frozen=True, kw_only=True)
class AideFinanciereInstruite(Evenement):
    """FSL and other help: requested, granted, refused, paid. ``demande`` names the request it is about."""

    TOPIC = "unefois:AideFinanciereInstruite"
    GROUPE = "F11"
    aide: Annotated[UUID, clair("identifiant de la demande d'aide", "0199f1e2-7b1a-7000-8000-00000000000a")]
    dispositif: Annotated[
        Literal["FSL_MAINTIEN", "FSL_ACCES", "ACTION_LOGEMENT", "CAF", "CCAS", "AUTRE"],
        s2("F11", "dispositif", "FSL_MAINTIEN"),
    ]
    etape: Annotated[Literal["DEMANDEE", "ACCORDEE", "REFUSEE", "VERSEE"], s2("F11", "étape de la demande", "DEMANDEE")]
    montant: Annotated[Centimes | None, s2("F11", "montant, en centimes", 120000)] = None


# --- the procedure -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Acte(Evenement):
    """What every act of the procedure carries (CPCE R.412-2; loi 89-462 art. 24; loi ELAN for the saisine)."""

    GROUPE = "F08"
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


@dataclass(frozen=True, kw_only=True)
class CcapexSaisie(Acte):
    """The CCAPEX is seized (loi 90-449 art. 7-2): only this opens the instruction of a saisine."""

    TOPIC = "unefois:CcapexSaisie"
    saisissant: Annotated[
        Literal["BAILLEUR", "LOCATAIRE", "MEMBRE", "TIERS", "CAF"], clair("qui saisit la CCAPEX", "BAILLEUR")
    ] = "BAILLEUR"


@dataclass(frozen=True, kw_only=True)
class SaisineClose(Evenement):
    """The instruction of the saisine is over; what was transmitted for it stops being readable."""

    TOPIC = "unefois:SaisineClose"
    GROUPE = "F08"
    motif: Annotated[
        Literal["DETTE_SOLDEE", "RELOGE", "DEPART", "EXPULSE", "MAINTIEN", "SANS_SUITE"],
        s2("F08", "motif de clôture", "DETTE_SOLDEE"),
    ]


@dataclass(frozen=True, kw_only=True)
class AssignationSignifiee(Acte):
    """Summons before the juge des contentieux de la protection, notified to the préfet (art. 24 III)."""

    TOPIC = "unefois:AssignationSignifiee"
    date_audience: Annotated[date | None, clair("date d'audience", "2020-01-28")] = None
    juridiction: Annotated[Texte | None, s2("F08", "juridiction", "TJ BOBIGNY")] = None
    num_rg: Annotated[Texte | None, s2("F08", "numéro de rôle général", "19/03127")] = None


@dataclass(frozen=True, kw_only=True)
class DiagnosticTransmis(Acte):
    """The diagnostic social et financier as transmitted to judge, tenant, landlord and CCAPEX (décret 2021-8).

    It is a frozen document. It never carries what is not meant for the landlord.
    """

    TOPIC = "unefois:DiagnosticTransmis"
    GROUPE = "F08"
    presence_locataire: Annotated[bool | None, s2("F21", "le locataire a participé", True)] = None
    connu_du_service_social: Annotated[bool | None, s2("F12", "ménage connu du service social", False)] = None
    ressources: Annotated[Centimes | None, s2("F21", "ressources mensuelles au DSF, en centimes", 142000)] = None
    reste_a_vivre: Annotated[Centimes | None, s2("F21", "reste à vivre au DSF, en centimes", 44000)] = None
    capacite_remboursement: Annotated[
        Centimes | None, s2("F21", "capacité de remboursement mensuelle, en centimes", 8000)
    ] = None
    reprise_loyer: Annotated[
        Literal["TOTALE", "PARTIELLE", "IRREGULIERE", "NON"] | None,
        s2("F21", "reprise du paiement du loyer au DSF", "PARTIELLE"),
    ] = None
    preconisations: Annotated[
        TexteLibre | None, s2("F21", "préconisations de l'intervenant", "délais de paiement sur 24 mois")
    ] = None


@dataclass(frozen=True, kw_only=True)
class AudienceTenue(Evenement):
    """The hearing took place or was put off (charte, fiche 11)."""

    TOPIC = "unefois:AudienceTenue"
    GROUPE = "F08"
    issue: Annotated[Literal["TENUE", "RENVOYEE"], s2("F08", "issue de l'audience", "TENUE")] = "TENUE"
    renvoyee_au: Annotated[date | None, clair("audience renvoyée au", "2026-12-15")] = None
    locataire_present: Annotated[bool | None, s2("F08", "locataire présent ou représenté", True)] = None


@dataclass(frozen=True, kw_only=True)
class JugementRendu(Acte):
    """The judgment. Its qualification (CPC 467, 473) is kept apart from who was present."""

    TOPIC = "unefois:JugementRendu"
    qualification: Annotated[
        Literal["CONTRADICTOIRE", "REPUTE_CONTRADICTOIRE", "DEFAUT"] | None,
        s2("F08", "qualification de la décision", "CONTRADICTOIRE"),
    ] = None
    dispositif: Annotated[Literal["DELAIS", "EXPULSION", "REJET"] | None, s2("F08", "dispositif", "DELAIS")] = None
    delais_mois: Annotated[Mois | None, s2("F08", "délais accordés, en mois", 24)] = None
    date_audience: Annotated[date | None, clair("date d'audience", "2020-01-28")] = None
    juridiction: Annotated[Texte | None, s2("F08", "juridiction", "TJ BOBIGNY")] = None
    num_rg: Annotated[Texte | None, s2("F08", "numéro de rôle général", "19/03127")] = None


@dataclass(frozen=True, kw_only=True)
class CommandementQuitterSignifie(Acte):
    """Commandement de quitter les lieux (CPCE L.411-1, R.412-2). It opens the two months of L.412-1."""

    TOPIC = "unefois:CommandementQuitterSignifie"


@dataclass(frozen=True, kw_only=True)
class ConcoursForceRequis(Acte):
    """The concours de la force publique is requested from the préfet (CPCE L.153-1, R.153-1)."""

    TOPIC = "unefois:ConcoursForceRequis"
    GROUPE = "F09a"


@dataclass(frozen=True, kw_only=True)
class ConcoursForceAccorde(Acte):
    """The préfet grants the concours de la force publique: a decision of the préfet, never of a commission."""

    TOPIC = "unefois:ConcoursForceAccorde"
    GROUPE = "F09a"
    date_effet: Annotated[date | None, clair("date d'effet", "2026-07-01")] = None


@dataclass(frozen=True, kw_only=True)
class ConcoursForceRefuse(Acte):
    """The préfet refuses it, with reasons (CPCE R.153-1). A silence of two months is a deadline, not this act."""

    TOPIC = "unefois:ConcoursForceRefuse"
    GROUPE = "F09a"
    motif: Annotated[TexteLibre | None, s2("F09a", "motif du refus", "relogement imminent")] = None


@dataclass(frozen=True, kw_only=True)
class EnqueteRealisee(Evenement):
    """The enquiry before the decision on the police's help: préfecture and police only."""

    TOPIC = "unefois:EnqueteRealisee"
    GROUPE = "F09b"
    resultat: Annotated[
        Literal["RENCONTRE", "ABSENT", "PARTI", "SANS_SUITE"], s2("F09b", "résultat de l'enquête", "RENCONTRE")
    ]
    mineurs_presents: Annotated[bool | None, s2("F09b", "mineurs présents", True)] = None
    relogement_connu: Annotated[bool | None, s2("F09b", "relogement connu", False)] = None


@dataclass(frozen=True, kw_only=True)
class ExpulsionRealisee(Acte):
    """The household is put out (procès-verbal: CPCE R.432-1, L.431-3)."""

    TOPIC = "unefois:ExpulsionRealisee"
    GROUPE = "F09a"
    solution: Annotated[
        Literal["AUCUNE", "HEBERGEMENT", "RELOGEMENT"] | None, s2("F09a", "solution à la sortie", "HEBERGEMENT")
    ] = None


@dataclass(frozen=True, kw_only=True)
class DepartConstate(Acte):
    """The household left before execution (CPCE L.451-1): not an eviction, and counted apart."""

    TOPIC = "unefois:DepartConstate"
    GROUPE = "F09a"


ACTES: Final[Mapping[str, type[Acte]]] = MappingProxyType(
    {
        "CDP": CommandementPayerSignifie,
        "SAISINE": CcapexSaisie,
        "ASSIGNATION": AssignationSignifiee,
        "DSF": DiagnosticTransmis,
        "JUGEMENT": JugementRendu,
        "CQL": CommandementQuitterSignifie,
        "CFP_REQUIS": ConcoursForceRequis,
        "CFP_ACCORDE": ConcoursForceAccorde,
        "CFP_REFUSE": ConcoursForceRefuse,
        "EXPULSION": ExpulsionRealisee,
        "DEPART": DepartConstate,
    }
)
"""The acts of the procedure, by the code that the études and EXPLOC give them."""


# --- help, over-indebtedness, rehousing, housing condition -------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class AccompagnementOuvert(Evenement):
    """A named agent of a service follows the household: the *intervention* that links them (CASF L.121-6-2)."""

    TOPIC = "unefois:AccompagnementOuvert"
    GROUPE = "F11"
    intervention: Annotated[UUID, clair("identifiant de l'intervention", "0199f1e2-7b1a-7000-8000-00000000000b")]
    mesure: Annotated[
        Literal["SSD", "ASLL", "AVDL", "MASP", "EMPEX", "CCAS", "CAF", "ACTION_LOGEMENT", "SERVICE_BAILLEUR", "AUTRE"],
        s2("F11", "mesure d'accompagnement", "ASLL"),
    ]


@dataclass(frozen=True, kw_only=True)
class AccompagnementTermine(Evenement):
    """The intervention is over, and with it the link that it gave."""

    TOPIC = "unefois:AccompagnementTermine"
    GROUPE = "F11"
    intervention: Annotated[UUID, clair("identifiant de l'intervention", "0199f1e2-7b1a-7000-8000-00000000000b")]
    issue: Annotated[
        Literal["MAINTIEN", "RELOGEMENT", "ABANDON", "REFUS", "SANS_REPONSE", "FIN"],
        s2("F11", "issue de l'accompagnement", "MAINTIEN"),
    ]


@dataclass(frozen=True, kw_only=True)
class SurendettementAvance(Evenement):
    """A step before the commission de surendettement (CONSO L.721-2, L.722-2, L.733-1)."""

    TOPIC = "unefois:SurendettementAvance"
    GROUPE = "F16"
    etape: Annotated[
        Literal["DEPOSE", "RECEVABLE", "IRRECEVABLE", "ORIENTE", "PLAN", "MESURES", "RETABLISSEMENT", "CADUC"],
        s2("F16", "étape du surendettement", "RECEVABLE"),
    ]
    suspension_expulsion: Annotated[bool | None, s2("F16", "suspension de l'expulsion prononcée", False)] = None


@dataclass(frozen=True, kw_only=True)
class RelogementAvance(Evenement):
    """A step towards another home: DALO, social housing request, SIAO, mutation."""

    TOPIC = "unefois:RelogementAvance"
    GROUPE = "F17"
    dispositif: Annotated[
        Literal["DALO", "DLS", "SIAO", "MUTATION", "ACTION_LOGEMENT", "SOLIPEX", "PRIVE"],
        s2("F17", "dispositif de relogement", "DALO"),
    ]
    etape: Annotated[
        Literal["DEPOSE", "RECONNU", "REJETE", "OFFRE", "RELOGE"], s2("F17", "étape du relogement", "RECONNU")
    ]
    numero_unique: Annotated[Texte | None, s2("F17", "numéro unique de demande", "0931234567890")] = None


@dataclass(frozen=True, kw_only=True)
class HabitatSignale(Evenement):
    """Unfit or unhealthy housing (charte, fiche 17)."""

    TOPIC = "unefois:HabitatSignale"
    GROUPE = "F18"
    nature: Annotated[
        Literal["NON_DECENCE", "INDIGNITE", "ARRETE", "TRAVAUX_REALISES"], s2("F18", "nature", "NON_DECENCE")
    ]


@dataclass(frozen=True, kw_only=True)
class ContactTente(Evenement):
    """An attempt to reach the household: channel and result, never what was said (charte, fiches 6 and 20)."""

    TOPIC = "unefois:ContactTente"
    GROUPE = "F10"
    canal: Annotated[
        Literal["COURRIER", "RAR", "SMS", "COURRIEL", "APPEL", "VAD", "PERMANENCE", "PORTE_A_PORTE"],
        s1("F10", "canal", "COURRIER"),
    ]
    resultat: Annotated[
        Literal["JOINT", "MESSAGE", "NPAI", "ABSENT", "REFUS", "RDV_PRIS", "RDV_HONORE", "SANS_SUITE"],
        s1("F10", "résultat", "ABSENT"),
    ]


@dataclass(frozen=True, kw_only=True)
class AccordRecueilli(Evenement):
    """The person's accord to share some groups with one partner (never a legal basis by itself)."""

    TOPIC = "unefois:AccordRecueilli"
    GROUPE = "F11"
    accord: Annotated[UUID, clair("identifiant de l'accord", "0199f1e2-7b1a-7000-8000-00000000000c")]
    destinataire: Annotated[Texte, clair("partenaire destinataire (code du registre)", "adil93")]
    groupes: Annotated[tuple[Texte, ...], MaxLen(30), clair("groupes de champs partagés", ["F05", "F08"])]
    jusqu_au: Annotated[date, clair("valable jusqu'au", "2027-05-31")]


@dataclass(frozen=True, kw_only=True)
class AccordRetire(Evenement):
    """The person takes the accord back: it ends with the next request."""

    TOPIC = "unefois:AccordRetire"
    GROUPE = "F11"
    accord: Annotated[UUID, clair("identifiant de l'accord", "0199f1e2-7b1a-7000-8000-00000000000c")]


# --- acts under professional secrecy: one neutral topic -----------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class ActeProtege(Evenement):
    """An act under professional secrecy. Nature and content are sealed together, class S3."""

    TOPIC = "unefois:ActeProtege"
    GROUPE = "F12"
    acte: Annotated[UUID, clair("identifiant opaque de l'acte protégé", "0199f1e2-7b1a-7000-8000-00000000000d")]


@dataclass(frozen=True, kw_only=True)
class EvaluationSociale(ActeProtege):
    """What a social worker assesses of the situation; about one or several persons of the household."""

    GROUPE = "F12"
    SUJET = Sujet.PERSONNES
    personnes: Annotated[
        tuple[UUID, ...],
        MinLen(1),
        MaxLen(20),
        clair("personnes dont parle le texte", ["0199f1e2-7b1a-7000-8000-000000000001"]),
    ]
    texte: Annotated[TexteLibre, s3("F12", "évaluation sociale", "reprise de lien avec le service")]


@dataclass(frozen=True, kw_only=True)
class BesoinSignale(ActeProtege):
    """A need of the closed list, never a condition or a diagnosis (charte, fiches 5 and 15)."""

    GROUPE = "F13"
    besoin: Annotated[
        Literal[
            "HEBERGEMENT_ACCESSIBLE",
            "INTERPRETE",
            "PRESENCE_SERVICE_SOCIAL",
            "LOGEMENT_ADAPTE",
            "DELAI_POUR_ENFANT",
            "CONTACT_PAR_TIERS",
            "EVALUATION_SANTE",
            "VIOLENCE",
        ],
        s3("F13", "besoin d'adaptation", "PRESENCE_SERVICE_SOCIAL"),
    ]
    fondement: Annotated[
        Literal["RGPD_9_2_B", "RGPD_9_2_C", "RGPD_9_2_G", "RGPD_6_1_E"],
        s3("F13", "fondement du traitement", "RGPD_6_1_E"),
    ]
    avec_accord: Annotated[bool, s3("F13", "donné avec l'accord de la personne", True)] = False
    leve_le: Annotated[date | None, s3("F13", "besoin levé le", "2026-11-01")] = None


@dataclass(frozen=True, kw_only=True)
class MesureProtectionDeclaree(ActeProtege):
    """A legal protection measure; its mandataire is a person of the record, and a data subject."""

    GROUPE = "F15"
    SUJET = Sujet.PERSONNE
    personne: Annotated[UUID, clair("personne protégée", "0199f1e2-7b1a-7000-8000-000000000001")]
    mesure: Annotated[
        Literal["SAUVEGARDE", "CURATELLE", "TUTELLE", "HABILITATION_FAMILIALE"],
        s3("F15", "mesure de protection", "CURATELLE"),
    ]


@dataclass(frozen=True, kw_only=True)
class Demande72(ActeProtege):
    """The instructeur asks a professional for what is strictly necessary (loi 90-449 art. 7-2)."""

    GROUPE = "F12"
    destinataire: Annotated[Texte, s3("F12", "service sollicité (code du registre)", "ssd93")]
    question: Annotated[TexteLibre, s3("F12", "information demandée", "démarches en cours ?")]


@dataclass(frozen=True, kw_only=True)
class InformationTransmise72(ActeProtege):
    """The answer to a Demande72: what is transmitted, why it is needed, when the household was informed."""

    GROUPE = "F12"
    en_reponse_a: Annotated[UUID, clair("demande à laquelle répond l'acte", "0199f1e2-7b1a-7000-8000-00000000000d")]
    texte: Annotated[TexteLibre, s3("F12", "information transmise", "accompagnement en cours")]
    necessite: Annotated[TexteLibre, s3("F12", "pourquoi elle est nécessaire", "évaluer le délai utile")]
    menage_informe_le: Annotated[date, s3("F12", "ménage informé le", "2026-11-02")]


@dataclass(frozen=True, kw_only=True)
class Demande72Refusee(ActeProtege):
    """The professional does not transmit, with a reason."""

    GROUPE = "F12"
    en_reponse_a: Annotated[UUID, clair("demande à laquelle répond l'acte", "0199f1e2-7b1a-7000-8000-00000000000d")]
    motif: Annotated[TexteLibre, s3("F12", "motif du refus", "information non nécessaire")]


# --- the commissions ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class InstanceInscrite(Evenement):
    """The case is put on the agenda of a commission's session."""

    TOPIC = "unefois:InstanceInscrite"
    GROUPE = "F19a"
    instance: Annotated[Instance, clair("commission", "CCAPEX")]
    seance: Annotated[UUID, clair("identifiant de la séance (registre)", "0199f1e2-7b1a-7000-8000-00000000000e")]
    seance_le: Annotated[date, clair("date de la séance", "2026-12-10")]


@dataclass(frozen=True, kw_only=True)
class DossierExamine(Evenement):
    """A commission examined the case in session."""

    TOPIC = "unefois:DossierExamine"
    GROUPE = "F19a"
    instance: Annotated[Instance, clair("commission", "CCAPEX")]
    seance: Annotated[UUID | None, clair("identifiant de la séance", "0199f1e2-7b1a-7000-8000-00000000000e")] = None


@dataclass(frozen=True, kw_only=True)
class AvisRendu(Evenement):
    """The commission's avis. The COMEX proposes, the préfet decides; the CCAPEX gives avis and recommendations."""

    TOPIC = "unefois:AvisRendu"
    GROUPE = "F19a"
    instance: Annotated[Instance, clair("commission", "CCAPEX")]
    sens: Annotated[
        Literal["MAINTIEN", "DELAIS", "RELOGEMENT", "ACCOMPAGNEMENT", "SURSIS", "FAVORABLE_CFP", "DEFAVORABLE_CFP"],
        s2("F19a", "sens de l'avis", "MAINTIEN"),
    ]
    texte: Annotated[TexteLibre | None, s2("F19a", "avis tel que notifié", "maintien avec plan d'apurement")] = None
    motifs_internes: Annotated[TexteLibre | None, s3("F19b", "motifs internes", "échanges de la séance")] = None
    besoins: Annotated[
        tuple[Texte, ...], MaxLen(8), s3("F13", "besoins retenus par l'avis", ["PRESENCE_SERVICE_SOCIAL"])
    ] = ()
    menage_avise_le: Annotated[date | None, s2("F19a", "ménage avisé le", "2026-12-12")] = None


@dataclass(frozen=True, kw_only=True)
class RecommandationEmise(Evenement):
    """A recommendation addressed to a partner or to the household (charte, fiche 9)."""

    TOPIC = "unefois:RecommandationEmise"
    GROUPE = "F19a"
    recommandation: Annotated[UUID, clair("identifiant de la recommandation", "0199f1e2-7b1a-7000-8000-00000000000f")]
    instance: Annotated[Instance, clair("commission", "CCAPEX")]
    destinataire: Annotated[Texte, clair("partenaire destinataire, ou « menage »", "ssd93")]
    echeance: Annotated[date | None, clair("à suivre avant le", "2027-02-10")] = None
    categorie: Annotated[
        Literal[
            "SERVICE_SOCIAL",
            "CONSEIL_JURIDIQUE",
            "PLAN_APUREMENT",
            "FSL_MAINTIEN",
            "FSL_ACCES_DETTE",
            "ACCOMPAGNEMENT",
            "DROITS",
            "SURENDETTEMENT",
            "MUTATION",
            "DALO_DLS",
            "SIAO",
            "PROTOCOLE",
            "MEDIATION",
            "SUSPENSION_PROCEDURE",
            "HABITAT",
        ],
        s2("F19a", "catégorie de la recommandation", "PLAN_APUREMENT"),
    ]
    texte: Annotated[TexteLibre | None, s2("F19a", "recommandation", "proposer un plan sur 24 mois")] = None


@dataclass(frozen=True, kw_only=True)
class RecommandationSuivie(Evenement):
    """What became of a recommendation, told by its addressee or by the secretariat."""

    TOPIC = "unefois:RecommandationSuivie"
    GROUPE = "F19a"
    recommandation: Annotated[UUID, clair("identifiant de la recommandation", "0199f1e2-7b1a-7000-8000-00000000000f")]
    statut: Annotated[
        Literal["ACCEPTEE", "EN_COURS", "REALISEE", "REFUSEE", "SANS_REPONSE", "IMPOSSIBLE"],
        s2("F19a", "suite donnée", "REALISEE"),
    ]
    motif: Annotated[TexteLibre | None, s2("F19a", "motif", "plan signé")] = None


@dataclass(frozen=True, kw_only=True)
class RapprochementSuggere(Evenement):
    """Two records may be one household: for a person to confirm, never joined by itself."""

    TOPIC = "unefois:RapprochementSuggere"
    GROUPE = "F01b"
    autre: Annotated[UUID, clair("l'autre dossier", "0199f1e2-7b1a-7000-8000-000000000010")]
    motif: Annotated[Literal["NAISSANCE_MANQUANTE", "REFERENCE_PARTAGEE"], clair("pourquoi", "NAISSANCE_MANQUANTE")]


@dataclass(frozen=True, kw_only=True)
class RapprochementTranche(Evenement):
    """The instructeur decides of a suggested pair: same household, or not. It can be decided again."""

    TOPIC = "unefois:RapprochementTranche"
    GROUPE = "F01b"
    autre: Annotated[UUID, clair("l'autre dossier", "0199f1e2-7b1a-7000-8000-000000000010")]
    decision: Annotated[Literal["MEME_MENAGE", "DISTINCT"], clair("décision", "DISTINCT")]


# --- rights of persons ------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class MenageInforme(Evenement):
    """The household was informed that its situation is examined (GDPR 13 and 14): a CLIL lists no case without."""

    TOPIC = "unefois:MenageInforme"
    GROUPE = "F10"
    canal: Annotated[Literal["COURRIER", "REMISE", "COURRIEL", "ORAL"], s1("F10", "canal de l'information", "COURRIER")]


@dataclass(frozen=True, kw_only=True)
class OppositionEnregistree(Evenement):
    """The person objects (GDPR 21), or the processing is restricted (GDPR 18): optional reads stop."""

    TOPIC = "unefois:OppositionEnregistree"
    GROUPE = "F01"
    portee: Annotated[Literal["OPPOSITION", "LIMITATION"], clair("opposition ou limitation", "OPPOSITION")]


@dataclass(frozen=True, kw_only=True)
class OppositionLevee(Evenement):
    """The objection or the restriction is lifted."""

    TOPIC = "unefois:OppositionLevee"
    GROUPE = "F01"
    portee: Annotated[Literal["OPPOSITION", "LIMITATION"], clair("opposition ou limitation", "OPPOSITION")]


@dataclass(frozen=True, kw_only=True)
class FaitCorrige(Evenement):
    """An earlier event was wrong and is withdrawn; it stays in the history, marked.

    What replaces it is an event of its own, whose envelope says ``corrige``.
    """

    TOPIC = "unefois:FaitCorrige"
    GROUPE = "F01"
    corrige: Annotated[UUID, clair("l'événement retiré", "0199f1e2-7b1a-7000-8000-000000000011")]
    motif: Annotated[TexteLibre | None, s2("F01", "motif de la correction", "montant saisi deux fois")] = None


@dataclass(frozen=True, kw_only=True)
class EffacementDemande(Evenement):
    """A person asks to be erased (GDPR 17)."""

    TOPIC = "unefois:EffacementDemande"
    GROUPE = "F01"
    effacement: Annotated[UUID, clair("identifiant de la demande", "0199f1e2-7b1a-7000-8000-000000000012")]
    personne: Annotated[UUID, clair("personne concernée", "0199f1e2-7b1a-7000-8000-000000000001")]


@dataclass(frozen=True, kw_only=True)
class EffacementAvise(Evenement):
    """The DPO gives its avis on an erasure; it advises, it does not decide (GDPR 38(6))."""

    TOPIC = "unefois:EffacementAvise"
    GROUPE = "F01"
    effacement: Annotated[UUID, clair("identifiant de la demande", "0199f1e2-7b1a-7000-8000-000000000012")]
    avis: Annotated[Literal["FAVORABLE", "DEFAVORABLE"], clair("avis du délégué", "FAVORABLE")]


@dataclass(frozen=True, kw_only=True)
class EffacementDecide(Evenement):
    """The controller decides of an erasure."""

    TOPIC = "unefois:EffacementDecide"
    GROUPE = "F01"
    effacement: Annotated[UUID, clair("identifiant de la demande", "0199f1e2-7b1a-7000-8000-000000000012")]
    decision: Annotated[UUID, clair("identifiant de la décision", "0199f1e2-7b1a-7000-8000-000000000013")]
    sens: Annotated[Literal["ACCORDE", "REFUSE"], clair("sens de la décision", "ACCORDE")]
    article: Annotated[Texte | None, clair("article qui fonde le refus", "RGPD 17(3)(b)")] = None


@dataclass(frozen=True, kw_only=True)
class PersonneEffacee(Evenement):
    """The keys of a person are destroyed, by a second person, under a decision. What they sealed is gone."""

    TOPIC = "unefois:PersonneEffacee"
    GROUPE = "F01"
    personne: Annotated[UUID, clair("personne effacée", "0199f1e2-7b1a-7000-8000-000000000001")]
    decision: Annotated[UUID, clair("identifiant de la décision", "0199f1e2-7b1a-7000-8000-000000000013")]
    menage_aussi: Annotated[bool, clair("dernier adulte : les clés du ménage sont détruites", False)] = False


def _feuilles(racine: type[Evenement]) -> list[type[Evenement]]:
    enfants = racine.__subclasses__()
    return [racine] * (not enfants) + [f for e in enfants for f in _feuilles(e)]


@cache
def catalogue() -> dict[str, type[Evenement]]:
    """Every concrete event by its name, in the order of this file."""
    return {cls.__name__: cls for cls in _feuilles(Evenement)}


_decrits: dict[type[Evenement], dict[str, Champ]] = {}


def champs(cls: type[Evenement]) -> dict[str, Champ]:
    """The fields of an event class, by name, with what the catalogue says of each."""
    if cls not in _decrits:
        _decrits[cls] = _decrire(cls)
    return _decrits[cls]


def _decrire(cls: type[Evenement]) -> dict[str, Champ]:
    hints = get_type_hints(cls, include_extras=True)
    decrits: dict[str, Champ] = {}
    for f in dataclasses.fields(cls):
        [champ] = [m for m in hints[f.name].__metadata__ if isinstance(m, Champ)]
        groupe = champ.groupe or cls.GROUPE
        decrits[f.name] = dataclasses.replace(champ, groupe=groupe)
    return decrits

"""The French words for what the code names: types of events, codes of closed lists, stages, purposes, outcomes.

One table for whatever a person reads: pages, problems, nomenclatures, exports. A code that has no word here is
shown as it stands, and a test of the catalogue fails: nobody meets ``NE_PAS_APPELER`` on a screen.
Dates and amounts are written as the French write them, with spaces that do not break.
"""

from collections.abc import Mapping
from datetime import date, datetime
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

from ledger.droit.communes import commune as _commune

PARIS: Final = ZoneInfo("Europe/Paris")
INSECABLE: Final = "\u00a0"
FINE: Final = "\u202f"

_MOIS: Final = (
    "janvier", "février", "mars", "avril", "mai", "juin",
    "juillet", "août", "septembre", "octobre", "novembre", "décembre",
)  # fmt: skip

EVENEMENTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "DossierOuvert": "Dossier ouvert",
        "LogementDeclare": "Logement et bail déclarés",
        "OccupantDeclare": "Occupant déclaré",
        "MenageDeclare": "Composition du ménage déclarée",
        "CoordonneesDeclarees": "Coordonnées déclarées",
        "DetteDeclaree": "Dette locative déclarée",
        "RepriseLoyerConstatee": "Reprise du paiement du loyer courant",
        "PlanApurementConclu": "Plan d'apurement",
        "BudgetDeclare": "Ressources et charges déclarées",
        "DroitBloqueSignale": "Droit bloqué signalé",
        "AideLogementConstatee": "Aide au logement constatée",
        "AideFinanciereInstruite": "Aide financière instruite",
        "CommandementPayerSignifie": "Commandement de payer signifié",
        "CcapexSaisie": "CCAPEX saisie",
        "SaisineClose": "Saisine close",
        "AssignationSignifiee": "Assignation signifiée",
        "DiagnosticTransmis": "Diagnostic social et financier transmis",
        "AudienceTenue": "Audience",
        "JugementRendu": "Jugement rendu",
        "CommandementQuitterSignifie": "Commandement de quitter les lieux signifié",
        "ConcoursForceRequis": "Concours de la force publique requis",
        "ConcoursForceAccorde": "Concours de la force publique accordé",
        "ConcoursForceRefuse": "Concours de la force publique refusé",
        "EnqueteRealisee": "Enquête réalisée",
        "ExpulsionRealisee": "Expulsion réalisée",
        "DepartConstate": "Départ constaté avant l'expulsion",
        "AccompagnementOuvert": "Accompagnement ouvert",
        "AccompagnementTermine": "Accompagnement terminé",
        "SurendettementAvance": "Surendettement",
        "RelogementAvance": "Relogement",
        "HabitatSignale": "État du logement signalé",
        "ContactTente": "Contact tenté",
        "AccordRecueilli": "Accord de la personne recueilli",
        "AccordRetire": "Accord de la personne retiré",
        "ActeProtege": "Acte protégé par le secret professionnel",
        "EvaluationSociale": "Évaluation sociale",
        "BesoinSignale": "Besoin d'adaptation signalé",
        "MesureProtectionDeclaree": "Mesure de protection déclarée",
        "Demande72": "Information demandée (article 7-2)",
        "InformationTransmise72": "Information transmise (article 7-2)",
        "Demande72Refusee": "Information non transmise (article 7-2)",
        "InstanceInscrite": "Inscription à l'ordre du jour",
        "DossierExamine": "Dossier examiné en séance",
        "AvisRendu": "Avis rendu",
        "RecommandationEmise": "Recommandation émise",
        "RecommandationSuivie": "Suite donnée à une recommandation",
        "RapprochementSuggere": "Rapprochement à confirmer",
        "RapprochementTranche": "Rapprochement tranché",
        "MenageInforme": "Ménage informé",
        "OppositionEnregistree": "Opposition ou limitation enregistrée",
        "OppositionLevee": "Opposition ou limitation levée",
        "FaitCorrige": "Fait corrigé",
        "EffacementDemande": "Effacement demandé",
        "EffacementAvise": "Avis du délégué sur l'effacement",
        "EffacementDecide": "Effacement décidé",
        "PersonneEffacee": "Personne effacée",
    }
)

STADES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "OUVERT": "avant commandement",
        "COMMANDEMENT": "commandement de payer",
        "ASSIGNATION": "assignation",
        "AUDIENCE": "audience tenue",
        "JUGEMENT": "jugement rendu",
        "COMMANDEMENT_QUITTER": "commandement de quitter les lieux",
        "CONCOURS_REQUIS": "concours de la force publique requis",
        "CONCOURS_ACCORDE": "concours de la force publique accordé",
        "CONCOURS_REFUSE": "concours de la force publique refusé",
        "EXPULSION": "expulsion réalisée",
        "DEPART": "départ du ménage",
    }
)

FINALITES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "CLIL_EXAMEN": "Examiner la situation en CLIL",
        "CCAPEX_ADMINISTRATIVE": "Tenir le dossier de la CCAPEX et écrire ses courriers, sans saisine",
        "CCAPEX_INSTRUCTION": "Instruire une saisine de la CCAPEX",
        "COORDINATION_CONTACTS": "Coordonner les contacts avec le ménage",
        "DSF": "Établir le diagnostic social et financier",
        "AIDE_INSTRUCTION": "Instruire une demande d'aide",
        "ACCOMPAGNEMENT": "Accompagner le ménage",
        "CFP_INSTRUCTION": "Instruire une demande de concours de la force publique",
        "RELOGEMENT": "Reloger le ménage",
        "CONSEIL_DROIT": "Conseiller le ménage sur ses droits",
        "ACTE_EMISSION": "Transmettre un acte",
        "ACTE_RECEPTION": "Recevoir un acte",
        "INDEMNISATION": "Indemniser le propriétaire",
        "APL_DECISION": "Décider du maintien de l'aide au logement",
        "DROITS_PERSONNE": "Répondre à une personne qui exerce ses droits",
        "CONTROLE": "Contrôler les accès",
        "STATISTIQUE": "Établir des statistiques",
    }
)

ISSUES: Final[Mapping[str, str]] = MappingProxyType(
    {"autorise": "autorisé", "refuse": "refusé", "vide": "sans résultat", "erreur": "erreur"}
)

ACTIONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "lire": "consultation",
        "lister": "liste",
        "rechercher": "recherche",
        "ouvrir": "ouverture de dossier",
        "emettre": "contribution",
        "importer": "import",
        "auditer": "lecture du journal",
        "administrer": "administration",
    }
)

MESURES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "entier": "en entier",
        "propres": "seulement ce que votre organisation a transmis",
        "tranche": "par tranches",
        "oui_non": "oui ou non seulement",
        "existence": "l'existence seulement",
        "commune": "la commune seulement",
        "etape": "l'étape seulement",
    }
)

CODES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "AAH": "allocation aux adultes handicapés",
        "ABANDON": "abandon",
        "ABSENT": "absent",
        "ACCEPTEE": "acceptée",
        "ACCOMPAGNEMENT": "accompagnement (ASLL, MASP, AVDL)",
        "ACCORDE": "accordé",
        "ACCORDEE": "accordée",
        "ACTION_LOGEMENT": "Action Logement",
        "AGGRAVANT": "cause aggravante de l'impayé",
        "AL": "aide au logement",
        "APPEL": "appel téléphonique",
        "ARRETE": "arrêté pris",
        "ASLL": "ASLL",
        "ASSURANCE": "défaut d'assurance",
        "AUCUNE": "aucune",
        "AUTRE": "autre",
        "AVDL": "AVDL",
        "BAILLEUR": "bailleur",
        "CADUC": "plan caduc",
        "CAF": "CAF",
        "CAUTION": "caution",
        "CCAPEX": "CCAPEX",
        "CCAS": "CCAS",
        "CHOMAGE": "indemnisation du chômage",
        "CLIL": "CLIL",
        "COMEX": "COMEX",
        "CONGE": "congé",
        "CONJOINT": "conjoint",
        "CONSEIL_JURIDIQUE": "conseil juridique (ADIL, avocat)",
        "CONTACT_PAR_TIERS": "contact par un tiers",
        "CONTRADICTOIRE": "contradictoire",
        "COTITULAIRE": "cotitulaire du bail",
        "COURRIEL": "courriel",
        "COURRIER": "courrier",
        "CURATELLE": "curatelle",
        "DALO": "DALO",
        "DALO_DLS": "DALO ou demande de logement social",
        "DEFAUT": "par défaut",
        "DEFAVORABLE": "défavorable",
        "DEFAVORABLE_CFP": "défavorable au concours de la force publique",
        "DELAIS": "délais",
        "DELAI_POUR_ENFANT": "délai pour un enfant",
        "DEMANDEE": "demandée",
        "DEPART": "départ",
        "DEPOSE": "dossier déposé",
        "DETTE_SOLDEE": "dette soldée",
        "DISTINCT": "deux ménages distincts",
        "DLS": "demande de logement social",
        "DROITS": "ouverture ou rétablissement de droits",
        "EMPEX": "EMPEX",
        "EN_COURS": "en cours",
        "EVALUATION_SANTE": "évaluation par un professionnel de santé",
        "EXPULSE": "expulsé",
        "EXPULSION": "expulsion",
        "FAVORABLE": "favorable",
        "FAVORABLE_CFP": "favorable au concours de la force publique",
        "FIN": "fin de la mesure",
        "FOYER": "logement-foyer",
        "FSL_ACCES": "FSL accès",
        "FSL_ACCES_DETTE": "FSL accès (dette ancienne)",
        "FSL_MAINTIEN": "FSL maintien",
        "HABILITATION_FAMILIALE": "habilitation familiale",
        "HABITAT": "état du logement",
        "HEBERGEMENT": "hébergement",
        "HEBERGEMENT_ACCESSIBLE": "hébergement accessible",
        "IJ": "indemnités journalières",
        "IMPAYE": "impayé de loyer",
        "IMPOSSIBLE": "impossible",
        "INCONNU": "inconnu",
        "INDIGNITE": "habitat indigne",
        "INTERPRETE": "interprète",
        "IRRECEVABLE": "irrecevable",
        "IRREGULIERE": "irrégulière",
        "JOINT": "joint",
        "LIBRE": "aucune précaution demandée",
        "LIMITATION": "limitation du traitement",
        "LOCATAIRE": "locataire",
        "LOGEMENT_ADAPTE": "logement adapté",
        "MAINTIEN": "maintien dans le logement",
        "MASP": "MASP",
        "MEDIATION": "médiation avec le bailleur",
        "MEMBRE": "membre de la commission",
        "MEME_MENAGE": "même ménage",
        "MESSAGE": "message laissé",
        "MESURES": "mesures imposées",
        "MUTATION": "mutation",
        "NAISSANCE_MANQUANTE": "mêmes nom et logement, date de naissance manquante",
        "NE_PAS_APPELER": "ne pas appeler",
        "NE_PAS_ECRIRE": "ne pas écrire",
        "NI_ECRIRE_NI_APPELER": "ni écrire ni appeler",
        "NON": "non",
        "NON_DECENCE": "logement non décent",
        "NPAI": "n'habite pas à l'adresse indiquée",
        "OCCUPANT": "occupant",
        "OFFRE": "offre de logement",
        "OPPOSITION": "opposition",
        "ORAL": "à l'oral",
        "ORIENTE": "orienté",
        "PARTI": "parti",
        "PARTIELLE": "partielle",
        "PERMANENCE": "permanence",
        "PLAN": "plan conventionnel",
        "PLAN_APUREMENT": "plan d'apurement",
        "PORTE_A_PORTE": "porte-à-porte",
        "PRESENCE_SERVICE_SOCIAL": "présence du service social lors de l'intervention",
        "PRIVE": "parc privé",
        "PROPOSE": "proposé",
        "PROTOCOLE": "protocole de cohésion sociale",
        "RAR": "lettre recommandée",
        "RDV_HONORE": "rendez-vous honoré",
        "RDV_PRIS": "rendez-vous pris",
        "REALISEE": "réalisée",
        "RECEVABLE": "recevable",
        "RECONNU": "reconnu prioritaire",
        "REFERENCE_PARTAGEE": "même référence, noms différents",
        "REFUS": "refus du ménage",
        "REFUSE": "refusé",
        "REFUSEE": "refusée",
        "REJET": "rejet",
        "REJETE": "rejeté",
        "RELOGE": "relogé",
        "RELOGEMENT": "relogement",
        "REMISE": "remise en main propre",
        "RENCONTRE": "ménage rencontré",
        "RENVOYEE": "renvoyée",
        "REPRESENTANT_LEGAL": "représentant légal",
        "REPUTE_CONTRADICTOIRE": "réputé contradictoire",
        "RESPECTE": "respecté",
        "RETABLIE": "rétablie",
        "RETABLISSEMENT": "rétablissement personnel",
        "RETRAITE": "retraite",
        "RGPD_6_1_E": "RGPD, article 6, 1, e",
        "RGPD_9_2_B": "RGPD, article 9, 2, b",
        "RGPD_9_2_C": "RGPD, article 9, 2, c",
        "RGPD_9_2_G": "RGPD, article 9, 2, g",
        "ROMPU": "rompu",
        "RSA": "RSA",
        "SANS_REPONSE": "sans réponse",
        "SANS_SUITE": "sans suite",
        "SAUVEGARDE": "sauvegarde de justice",
        "SERVICE_BAILLEUR": "service social du bailleur",
        "SERVICE_SOCIAL": "rencontrer le service social",
        "SIAO": "SIAO",
        "SIGNE": "signé",
        "SMS": "SMS",
        "SOCIAL": "parc social",
        "SOLIPEX": "Solipex",
        "SSD": "service social départemental",
        "SURENDETTEMENT": "dossier de surendettement",
        "SURSIS": "sursis",
        "SUSPENDUE": "suspendue",
        "SUSPENSION_PROCEDURE": "suspension de la procédure demandée au bailleur",
        "TENUE": "tenue",
        "TIERS": "tiers",
        "TITRE_DE_SEJOUR": "titre de séjour",
        "TITULAIRE": "titulaire du bail",
        "TOTALE": "totale",
        "TRAVAUX_REALISES": "travaux réalisés",
        "TROUBLE": "trouble de voisinage",
        "TUTELLE": "tutelle",
        "UNIQUE": "cause unique de l'impayé",
        "VAD": "visite à domicile",
        "VERSEE": "versée",
        "VIOLENCE": "violences : confidentiel",
    }
)
_PROPRES_AU_CHAMP: Final[Mapping[tuple[str, str], str]] = MappingProxyType(
    {
        ("resultat", "SANS_SUITE"): "resté sans suite",
        ("sens", "DELAIS"): "délais",
        ("sens", "RELOGEMENT"): "relogement",
        ("sens", "ACCOMPAGNEMENT"): "accompagnement social",
        ("dispositif", "DELAIS"): "délais de paiement accordés",
        ("dispositif", "REJET"): "demande rejetée",
        ("reprise_loyer", "NON"): "non repris",
        ("statut", "NON"): "non repris",
        ("solution", "RELOGEMENT"): "relogement",
    }
)


def evenement(nom: str) -> str:
    """The name of a type of event."""
    return EVENEMENTS.get(nom, nom)


def code(champ: str, valeur: str) -> str:
    """The words for a code of a closed list, in the field where it stands."""
    return _PROPRES_AU_CHAMP.get((champ, valeur)) or CODES.get(valeur, valeur)


def stade(valeur: str) -> str:
    """The words for a stage of the procedure."""
    return STADES.get(valeur, valeur)


def finalite(valeur: str) -> str:
    """The words for a purpose."""
    return FINALITES.get(valeur, valeur)


def role(valeur: str) -> str:
    """A role of the matrix, in words: its code is French already."""
    return valeur.replace("_", " ").lower().replace("ccapex", "CCAPEX").replace("clil", "CLIL")


def commune(insee: str, le: date) -> str:
    """The commune's name as dated data has it; its code where the territory does not know it."""
    trouvee = _commune(insee, le)
    return trouvee.nom if trouvee else insee


def jour(valeur: date | str) -> str:
    """A calendar date: ``1er mars 2026``."""
    d = date.fromisoformat(valeur[:10]) if isinstance(valeur, str) else valeur
    quantieme = "1er" if d.day == 1 else str(d.day)
    return INSECABLE.join((quantieme, _MOIS[d.month - 1], str(d.year)))


def instant(valeur: datetime | str) -> str:
    """A moment, in Paris time: ``1er mars 2026 à 14 h 05``."""
    t = (datetime.fromisoformat(valeur) if isinstance(valeur, str) else valeur).astimezone(PARIS)
    return f"{jour(t.date())} à {t.hour}{INSECABLE}h{INSECABLE}{t.minute:02d}"


def montant(centimes: int) -> str:
    """An amount given in cents: ``2 247,70 €``."""
    euros, reste = divmod(abs(centimes), 100)
    signe = "−" if centimes < 0 else ""
    return f"{signe}{euros:,}".replace(",", FINE) + f",{reste:02d}{INSECABLE}€"

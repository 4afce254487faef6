"""The French words for what the code names: those of events and codes as the catalogue gives them, and the few others.

What no table knows is shown as it stands: an event stored with a code that is unknown today can still be read.
Dates and amounts are written as the French write them, with spaces that do not break.
"""

import json
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import cache
from types import MappingProxyType
from typing import Final

from ledger.catalogue import noms
from ledger.droit.communes import Commune, communes
from ledger.droit.communes import commune as _commune
from ledger.droit.jours import INSECABLE, PARIS, en_francais
from ledger.droit.listes import libelle, termes
from policies.decision import DONNEES

FINE: Final = "\u202f"

ISSUES: Final[Mapping[str, str]] = MappingProxyType(
    {"autorise": "autorisé", "refuse": "refusé", "vide": "sans résultat", "erreur": "erreur"}
)

ACTIONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "lire": "consultation",
        "lister": "liste",
        "simuler": "simulation d'échéances",
        "rechercher": "recherche",
        "ouvrir": "ouverture de dossier",
        "emettre": "contribution",
        "editer": "document établi",
        "importer": "import",
        "auditer": "lecture du journal",
        "compter": "compte des indicateurs",
        "sieger": "séances d'une commission",
        "convoquer": "convocation d'une séance",
        "deposer": "dépôt d'une liste",
        "administrer": "administration",
        "demandes": "demandes de personnes",
        "regards": "qui a consulté",
        "copie": "copie remise à la personne",
        "emissions": "ce qui peut être dit",
        "entrer": "connexion",
        "deja_connu": "question posée avant le ménage",
        "effacement_demande": "demande d'effacement",
        "effacement_avis": "avis sur un effacement",
        "effacement_decision": "décision d'effacement",
        "effacement_execution": "exécution d'un effacement",
    }
)

MOTIFS_DU_JOURNAL: Final[Mapping[str, str]] = MappingProxyType(
    {
        "lien_allegue": "lien que le partenaire avance de lui-même",
        "a_blanc": "essai, rien n'est enregistré",
        "courriel": "pour un courriel",
        "lien_inconnu": "lien inconnu, ou déjà servi",
        "saisie": "saisie refusée",
        "requete": "requête refusée",
        "precondition": "le dossier avait changé",
        "administrateur": "n'administre pas le registre",
        **{
            f"{table} {geste}": f"{chose} : {mot}"
            for table, chose in (
                ("partenaires", "partenaire"),
                ("clients", "logiciel client"),
                ("habilitations", "habilitation"),
                ("mandats", "mandat"),
                ("instances", "commission"),
                ("seances", "séance"),
                ("membres", "siège"),
                ("tenues", "tenue d'une séance"),
                ("administrateurs", "administrateur du registre"),
            )
            for geste, mot in (("insert", "ajout"), ("update", "changement"))
        },
    }
)
"""What a row of the journal says of what was done, where it is no reason of a refusal."""

MESURES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "entier": "en entier",
        "propres": "seulement ce que votre organisation a transmis",
        "tranche": "par tranches",
        "oui_non": "oui ou non seulement",
        "existence": "l'existence seulement",
        "commune": "la commune seulement",
        "etape": "l'étape seulement",
        "bail": "ce que dit le bail seulement",
    }
)


CONDITIONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "saisine_ouverte": "une saisine de la CCAPEX est ouverte",
        "demande": "la finalité désigne une demande d'aide du ménage, que l'organisation instruit",
        "meme_demande": "cette demande est celle pour laquelle cela est recueilli",
        "demande_confirmee": "une autre source dit aussi qu'elle instruit cette demande",
        "information_menage": "le ménage en a été informé",
        "opposition": "nul du ménage ne s'y est opposé",
        "limitation": "le traitement n'est pas limité à la demande du ménage",
        "malgre_limitation": "le traitement est limité à la demande du ménage",
        "secret": "l'agent est habilité au secret professionnel",
        "agent": "l'agent prouve qui il est",
        "intervention": "l'agent suit le ménage, et une autre source le confirme",
        "intervention_alleguee": "l'agent dit suivre le ménage, et nulle autre source ne le confirme",
        "sans_intervention": "l'agent ne suit pas le ménage, ou lui seul le dit",
        "intervention_informee": "le ménage a été informé de l'intervention de cet agent",
        "accords": "la personne a donné son accord pour cette donnée, recueilli par un autre organisme",
        "regimes": "la commission siège au titre de l'article 7-2",
        "ancien": "le fait a moins d'un an",
        "fait_vise": "le fait que celui-ci corrige ou tranche lui est montré",
        "courrier_du_mois": "le courrier est parti depuis un mois au plus",
        "seul_adulte": "nul autre adulte n'est déclaré au dossier",
        "au_menage": "la personne n'a pas quitté le ménage auparavant",
    }
)
"""Under which conditions something is read, as who writes it is told: of no case does it say whether they are met."""

QUALITES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "auteur": "vous, qui écrivez",
        "collegue": "vos collègues",
        "organisation": "votre organisation",
        "destinataire": "à qui cela est adressé",
        "soi": "la personne que cela concerne",
        "bail": "une autre personne du ménage",
        "menage": "une personne du ménage",
    }
)
"""Who reads it that is not told by its role alone."""

FERMETURES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "ACCORD_REQUIS": "suppose l'accord de la personne pour ce besoin même",
        "ACTION_NON_ACCORDEE": "ne lit pas les dossiers",
        "APPORTS_SEULS": "ne lit que ce qu'elle a dit, ou ce qui lui est adressé",
        "ARTICLE_72": "transmis au service instructeur de la CCAPEX seul (loi 90-449, article 7-2)",
        "AUTRE_ORIGINE": "n'en lit que ce que la préfecture, la police ou le ménage donne",
        "AUTRE_DEMANDE": "recueilli pour une demande dont elle ne s'occupe pas (CRPA, L.114-8)",
        "AUTRE_PERSONNE": "chaque personne du ménage parle pour elle-même (RGPD, article 15, 4)",
        "CONTROLE_SANS_CONTENU": "contrôle les accès, et ne lit pas le contenu (RGPD, articles 38 et 39)",
        "DELIBERATION": "motifs internes à la commission",
        "DESTINATAIRES_DSF": "n'est pas destinataire du diagnostic (décret 2021-8)",
        "DETTE_ANCIENNE": "de plus d'un an",
        "DONNEE_SENSIBLE": "donnée sensible, non nécessaire à sa mission",
        "ENQUETE_RESERVEE": "réservé à la préfecture et à la police",
        "EVALUATION_NON_PARTAGEE": "vous ne la partagez pas (CASF, L.121-6-2)",
        "FINALITE_PAS_EN_VIGUEUR": "sa finalité n'est pas encore en vigueur",
        "HABILITATION_SECRET_REQUISE": "réservé à un agent tenu au secret, qui suit le ménage",
        "HORS_FINALITE": "sans rapport avec ses finalités",
        "MASQUE": "il ne lui en reste rien",
        "NON_NECESSAIRE": "non nécessaire à sa mission",
        "PAR_SON_AUTEUR": "communiqué à la personne par le professionnel qui en est l'auteur",
        "RAPPROCHEMENT_RESERVE": "réservé au service instructeur de la CCAPEX",
        "ROLE_SANS_ACCES": "n'a pas accès aux dossiers",
        "SANS_COMPTE_DE_LECTURE": "transmet des décisions, et ne lit pas le dossier",
        "SANS_OBJET": "ne lit pas les contacts des autres",
        "SECRET_PROFESSIONNEL": "couvert par le secret professionnel (code pénal, 226-13)",
        "STATISTIQUE_ANONYME": "ne reçoit que des statistiques",
        "STATISTIQUE_SEULE": "données statistiques seulement",
        "SUIVI_SOCIAL_SECRET": "l'existence d'un suivi social est secrète (code pénal, 226-13)",
        "TRAVAIL_SOCIAL": "confié à un travailleur social (CRPA, L.114-8 ; code pénal, 226-13)",
        "canal_tu": "un canal sûr ne se lit que du service à qui il est dit, et de la personne",
        "courrier_tu": "n'apprend des autres que le départ d'un courrier, dans le mois",
        "droits_tus": "réservé à qui répond à la personne",
        "oui_ou_non": "le nom seul de cet acte en dirait trop",
        "surendettement_notifie": "un créancier l'apprend quand il lui est notifié (CONSO, R.722-1)",
        "violence_tue": "des violences ne se lisent que du service à qui elles sont dites",
    }
)
"""Why something is closed to others, as who writes it is told: the reasons of the policies, said of a third person."""


def evenement(nom: str) -> str:
    """The name of a type of event; as it stands where the catalogue does not know it."""
    return noms().get(nom, nom)


def stade(valeur: str) -> str:
    """The words for a stage of the procedure."""
    return libelle("stade_procedure", valeur)


def options(liste: str, le: date) -> dict[str, str]:
    """The codes of a list in force on a day, and their words: what a form offers."""
    return {t.code: t.libelle for t in termes(liste, le)}


@cache
def _du_droit(table: str) -> dict[str, str]:
    return {ligne["code"]: ligne["libelle"] for ligne in json.loads((DONNEES / f"{table}.json").read_text("utf-8"))}


def finalites() -> dict[str, str]:
    """The purposes and their words, as the policies give them."""
    return _du_droit("finalites")


def finalite(valeur: str) -> str:
    """The words for a purpose."""
    return finalites().get(valeur, valeur)


def role(valeur: str) -> str:
    """The words for a role, as the policies give them."""
    return _du_droit("roles").get(valeur, valeur)


def alphabetique(nom: str) -> tuple[str, str]:
    """Where a name stands in a list, as the French sort: accents and capitals tell apart those that are alike else."""
    lettres = unicodedata.normalize("NFKD", nom.casefold().translate(_LIGATURES))
    return "".join(c for c in lettres if not unicodedata.combining(c)), nom


_LIGATURES: Final = str.maketrans({"œ": "oe", "æ": "ae", "’": "'"})


def par_mot(paires: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Codes and their words, by these words."""
    return sorted(paires, key=lambda paire: alphabetique(paire[1]))


def communes_par_nom(le: date) -> Sequence[Commune]:
    """The communes of a day, by their names: what a list offers."""
    return sorted(communes(le), key=lambda c: alphabetique(c.nom))


def commune(insee: str, le: date) -> str:
    """The commune's name as dated data has it; its code where the territory does not know it."""
    trouvee = _commune(insee, le)
    return trouvee.nom if trouvee else insee


def jour(valeur: date | str) -> str:
    """A calendar date: ``1er mars 2026``."""
    return en_francais(date.fromisoformat(valeur[:10]) if isinstance(valeur, str) else valeur)


def mois(valeur: date) -> str:
    """The month of a day: ``mars 2026``."""
    return INSECABLE.join(en_francais(valeur).split(INSECABLE)[1:])


_SEMAINE: Final = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")


def jour_de_la_semaine(valeur: date) -> str:
    """Which day of the week a day is: ``lundi``."""
    return _SEMAINE[valeur.weekday()]


def heure(valeur: str) -> str:
    """A time of day: ``14 h 30``, without its minutes where it has none."""
    heures, minutes = valeur.split(":")
    return INSECABLE.join((str(int(heures)), "h") + ((minutes,) if minutes != "00" else ()))


def instant(valeur: datetime | str) -> str:
    """A moment, in Paris time: ``1er mars 2026 à 14 h 05``."""
    t = (datetime.fromisoformat(valeur) if isinstance(valeur, str) else valeur).astimezone(PARIS)
    return f"{jour(t.date())} à {t.hour}{INSECABLE}h{INSECABLE}{t.minute:02d}"


def nombre(valeur: int) -> str:
    """A whole number: ``1 000``."""
    return f"{valeur:,}".replace(",", FINE)


def montant(centimes: int) -> str:
    """An amount given in cents: ``2 247,70 €``."""
    euros, reste = divmod(abs(centimes), 100)
    signe = "−" if centimes < 0 else ""
    return f"{signe}{nombre(euros)},{reste:02d}{INSECABLE}€"

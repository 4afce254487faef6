"""The French words for what the code names: those of events and codes as the catalogue gives them, and the few others.

What no table knows is shown as it stands: an event stored with a code that is unknown today can still be read.
Dates and amounts are written as the French write them, with spaces that do not break.
"""

import json
from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from types import MappingProxyType
from typing import Final

from ledger.catalogue import noms
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
        "saisie": "saisie refusée",
        "requete": "requête refusée",
        "precondition": "le dossier avait changé",
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


def commune(insee: str, le: date) -> str:
    """The commune's name as dated data has it; its code where the territory does not know it."""
    trouvee = _commune(insee, le)
    return trouvee.nom if trouvee else insee


def jour(valeur: date | str) -> str:
    """A calendar date: ``1er mars 2026``."""
    return en_francais(date.fromisoformat(valeur[:10]) if isinstance(valeur, str) else valeur)


def heure(valeur: str) -> str:
    """A time of day: ``14 h 30``, without its minutes where it has none."""
    heures, minutes = valeur.split(":")
    return INSECABLE.join((str(int(heures)), "h") + ((minutes,) if minutes != "00" else ()))


def instant(valeur: datetime | str) -> str:
    """A moment, in Paris time: ``1er mars 2026 à 14 h 05``."""
    t = (datetime.fromisoformat(valeur) if isinstance(valeur, str) else valeur).astimezone(PARIS)
    return f"{jour(t.date())} à {t.hour}{INSECABLE}h{INSECABLE}{t.minute:02d}"


def montant(centimes: int) -> str:
    """An amount given in cents: ``2 247,70 €``."""
    euros, reste = divmod(abs(centimes), 100)
    signe = "−" if centimes < 0 else ""
    return f"{signe}{euros:,}".replace(",", FINE) + f",{reste:02d}{INSECABLE}€"

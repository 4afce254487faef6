"""What every page is rendered with: what surrounds it, the templates' environment, addresses with their filters.

Autoescape is on for everything; a value of the record is never marked safe. Templates hold neither inline style
nor script: the content security policy would refuse them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from adapters.mots import libelles
from ledger.droit.listes import libelle
from policies.decision import GROUPES

_ICI: Final = Path(__file__).parent
STATIQUE: Final = _ICI / "statique"
FEUILLE: Final = (STATIQUE / "unefois.css").read_bytes()
EMPREINTE_FEUILLE: Final = sha256(FEUILLE).hexdigest()[:16]

MESSAGES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "ordre-du-jour": "Le dossier est inscrit à l'ordre du jour.",
        "avis": "L'avis est enregistré.",
        "recommandation": "La recommandation est enregistrée.",
        "suite": "La suite donnée à la recommandation est enregistrée.",
        "rapprochement": "Votre décision sur le rapprochement est enregistrée.",
        "transmis": "C'est enregistré, et lisible par ceux que la loi y autorise.",
        "tranchee": "La valeur est tranchée : les autres restent, et le dossier dit qui en a décidé.",
        "maintenu": "Le fait reste dans ce dossier.",
        "deplace": "Le fait est dans l'autre dossier, tel qu'il avait été dit.",
        "signale": "Le signalement est enregistré.",
        "finalite": "Votre finalité a changé : ce qui vous est communiqué aussi.",
        "convoquee": "La séance est convoquée.",
        "seance-changement": "La séance est changée.",
        "seance-annulation": "La séance est annulée.",
        "seance-sieges": "Les sièges de la séance sont enregistrés.",
        "seance-tenue": "Les présences et le quorum sont consignés.",
        "lot-inscrire": "Les dossiers choisis sont inscrits à l'ordre du jour.",
        "lot-ecarter": "Les propositions choisies sont écartées : qui les avait faites le lira.",
        "lot-figer": "Les dossiers de séance sont figés : chaque siège relira le sien.",
        "lot-reporter": "Les dossiers choisis sont reportés.",
        "lot-retirer": "Les dossiers choisis sont retirés de l'ordre du jour.",
        "liste-gardee": "La liste est gardée sous ce nom, dans votre navigateur.",
        "liste-otee": "La liste n'est plus gardée.",
        "ordre": "L'ordre du jour est changé.",
        "ordre-inchange": "Aucun rang n'a changé : rien n'a été enregistré.",
        "tout-examine": "Plus aucun dossier n'est à examiner.",
        "un-an": "La situation un an après est enregistrée.",
        "fait-corrige": "Le fait est corrigé ; l'ancien reste dans l'historique, marqué.",
        "fait-retire": "Le fait est retiré ; il reste dans l'historique, marqué.",
        "demande": "La demande est enregistrée : son délai court.",
        "reponse": "La réponse est enregistrée.",
        "prolongation": "Le délai prolongé est enregistré.",
        "avis-effacement": "L'avis sur l'effacement est enregistré.",
        "decision": "La décision est enregistrée.",
        "effacee": "L'effacement est exécuté : plus rien de cette personne ne peut être lu.",
        "contestation": "Votre contestation est enregistrée : une réponse vous est due.",
        "droit": "Votre demande est enregistrée : une réponse vous est due.",
        "limitation": "Le traitement est limité dès maintenant, et votre demande est enregistrée.",
        "opposition": "Votre opposition vaut dès maintenant, et votre demande est enregistrée.",
        "levee": "C'est levé.",
        "accord": "Votre accord est retiré : il n'ouvre plus rien.",
        "liste": "La liste est déposée : voici son récépissé, à imprimer ou à conserver.",
        "deja": "C'était déjà enregistré : rien n'a été ajouté.",
        "adieu": "Vous êtes déconnecté.",
        "expiree": "Votre session est terminée : connectez-vous de nouveau. Rien n'a été enregistré depuis.",
    }
)
"""What a page says after a form was accepted: a closed list, since the code comes in the address."""
PIED: Final = (
    ("/aide", "Aide"),
    ("/contact", "Contact"),
    ("/mentions-legales", "Mentions légales"),
    ("/accessibilite", "Accessibilité : non conforme"),
)
"""What the foot of each page leads to, without signing in; the level of accessibility is said there (RGAA)."""


DEVISE: Final = "Dites-le nous une fois · Seine-Saint-Denis"
RAPPEL: Final = (
    "Chacun voit ce que la loi lui permet de voir, pour la finalité qu'il déclare. Ce qui n'est pas communiqué est"
    " annoncé, avec son motif."
)


@dataclass(frozen=True, slots=True)
class Cadre:
    """What surrounds a page: who reads, for which purpose, and what protects its forms."""

    organisation: str = ""
    agent: str = ""
    role: str = ""
    finalite: str = ""
    csrf: str = ""
    pages: Sequence[tuple[str, str]] = ()
    demonstration: bool = False
    exemple: str = ""
    adresse: str = ""
    message: str = ""

    @property
    def connecte(self) -> bool:
        """Whether somebody is signed in."""
        return bool(self.organisation)


@dataclass(frozen=True, slots=True)
class FormulaireRefuse:
    """A form that was refused: which one, what had been typed, and a sentence per field at fault."""

    formulaire: str = ""
    valeurs: Mapping[str, str] = field(default_factory=dict)
    erreurs: Mapping[str, str] = field(default_factory=dict)


AUCUNE: Final = FormulaireRefuse()


def environnement(*siens: Path) -> Environment:
    """How templates are rendered. ``siens``: where another room has its own, looked at first."""
    env = Environment(
        loader=FileSystemLoader([*siens, _ICI / "gabarits"]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,  # each page would ask the disk whether its templates have changed
    )
    env.filters.update(
        jour=libelles.jour,
        mois=libelles.mois,
        semaine=libelles.jour_de_la_semaine,
        instant=libelles.instant,
        montant=libelles.montant,
        nombre=libelles.nombre,
        stade=libelles.stade,
        finalite=libelles.finalite,
        evenement=libelles.evenement,
        role=libelles.role,
        groupe=lambda g: GROUPES.get(g, g),
        commune=libelles.commune,
        mot=lambda code, liste: libelle(liste, code),
        majuscule=lambda texte: texte[:1].upper() + texte[1:],
        minuscule=lambda texte: texte if texte[:2].isupper() else texte[:1].lower() + texte[1:],
    )
    env.globals.update(
        feuille=f"/statique/{EMPREINTE_FEUILLE}.css",
        MESSAGES=MESSAGES,
        MESURES=libelles.MESURES,
        PIED=PIED,
        DEVISE=DEVISE,
        RAPPEL=RAPPEL,
    )
    return env


_ENV: Final = environnement()


def rendre(gabarit: str, **contexte: Any) -> str:  # noqa: ANN401 - what a template names
    """A page, from its template and what it names."""
    return _ENV.get_template(gabarit).render(**contexte)


def adresse(chemin: str, filtres: Mapping[str, str], **ajouts: str) -> str:
    """An address of ours with the filters that hold something."""
    requete = urlencode({k: v for k, v in {**filtres, **ajouts}.items() if v})
    return f"{chemin}?{requete}" if requete else chemin


def retour(filtres: Mapping[str, str]) -> str:
    """What a case's address carries for one to come back to this very list; empty where nothing is filtered."""
    dits = urlencode({nom: texte for nom, texte in filtres.items() if texte})
    return "?" + urlencode({"retour": dits}) if dits else ""


def suite(chemin: str, filtres: Mapping[str, str], suivant: object) -> str:
    """Where the next page is; empty at the end."""
    return adresse(chemin, filtres, apres=str(suivant)) if suivant is not None else ""

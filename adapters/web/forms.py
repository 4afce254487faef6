"""What the forms of the case page say, as events to propose: the same bodies that a partner's software posts.

Only the emptiness of a required field is checked here, because a sentence beside the field helps. Everything else
(closed lists, lengths, dates, NIR) is refused by the door that the API uses.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID, uuid5

from adapters.gate.corps import Faute

Champs = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Proposition:
    """One event as the API's body writes it: type, date, fields, and what else its envelope says."""

    type: str
    survenu_le: str
    donnees: Mapping[str, Any]
    enveloppe: Mapping[str, str] = field(default_factory=dict)


class FormulaireIncomplet(Exception):
    """A form lacks something: a sentence per field."""

    def __init__(self, erreurs: Mapping[str, str]) -> None:
        super().__init__(", ".join(erreurs))
        self.erreurs = erreurs


def ordre_du_jour(
    instance: str, valeurs: Champs, aujourd_hui: date, seances: Mapping[str, date]
) -> tuple[Proposition, ...]:
    """Put the case on the agenda of one of the convened sessions."""
    seance = valeurs.get("seance", "")
    if seance not in seances:
        raise FormulaireIncomplet({"seance": "Choisissez la séance."})
    donnees = {"instance": instance, "seance": seance, "seance_le": seances[seance].isoformat()}
    return (Proposition("InstanceInscrite", aujourd_hui.isoformat(), donnees),)


def avis(seance: Mapping[str, Any], valeurs: Champs) -> tuple[Proposition, ...]:
    """The case was examined at a session, and the avis: one contribution of two events, of the session's day."""
    _exiger(valeurs, sens="Choisissez le sens de l'avis.")
    instance, le = {"instance": seance["genre"]}, seance["le"]
    return (
        Proposition("DossierExamine", le, {**instance, "seance": seance["seance"]}),
        Proposition("AvisRendu", le, {**instance, **_remplis(valeurs, "sens", "texte", "motifs_internes")}),
    )


def recommandation(instance: str, valeurs: Champs, aujourd_hui: date, cle: str) -> tuple[Proposition, ...]:
    """A recommendation. Its id comes from the form's key: the same form sent twice proposes the same event."""
    _exiger(
        valeurs,
        categorie="Choisissez l'objet de la recommandation.",
        destinataire="Choisissez le destinataire.",
        texte="Dites ce qui est à faire.",
        echeance="Indiquez avant quand.",
    )
    donnees = {
        "recommandation": str(uuid5(UUID(cle), "recommandation")),
        "instance": instance,
        **_remplis(valeurs, "categorie", "destinataire", "echeance", "texte"),
    }
    return (Proposition("RecommandationEmise", aujourd_hui.isoformat(), donnees),)


def suite(valeurs: Champs, aujourd_hui: date) -> tuple[Proposition, ...]:
    """What became of a recommendation."""
    _exiger(valeurs, recommandation="Choisissez la recommandation.", statut="Choisissez la suite donnée.")
    donnees = _remplis(valeurs, "recommandation", "statut", "motif")
    return (Proposition("RecommandationSuivie", aujourd_hui.isoformat(), donnees),)


def rapprochement(valeurs: Champs, aujourd_hui: date) -> tuple[Proposition, ...]:
    """The decision on a suggested pair."""
    _exiger(valeurs, autre="Indiquez l'autre dossier.", decision="Choisissez une décision.")
    return (Proposition("RapprochementTranche", aujourd_hui.isoformat(), _remplis(valeurs, "autre", "decision")),)


TYPES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "ordre-du-jour": ("InstanceInscrite",),
        "avis": ("DossierExamine", "AvisRendu"),
        "recommandation": ("RecommandationEmise",),
        "suite": ("RecommandationSuivie",),
        "rapprochement": ("RapprochementTranche",),
    }
)
"""The events that each form emits: a form is shown to whoever may emit all of them."""
DE_LA_SEANCE: Final = frozenset({"avis"})
"""The forms that are of a session alone."""


CHAMPS: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "ordre-du-jour": frozenset({"seance"}),
        "avis": frozenset({"sens", "texte", "motifs_internes"}),
        "recommandation": frozenset({"categorie", "destinataire", "echeance", "texte"}),
        "suite": frozenset({"statut", "motif"}),
        "rapprochement": frozenset(),
        "recherche": frozenset({"nom", "prenoms", "date_naissance"}),
    }
)
"""The controls of each form: a fault elsewhere is told of the whole form, under the name ``""``."""


def erreurs(formulaire: str, fautes: Sequence[Faute]) -> dict[str, str]:
    """The faults that the door found, each beside its control."""
    trouvees: dict[str, str] = {}
    for faute in fautes:
        nom = faute.champ.rpartition(".")[2]
        trouvees.setdefault(nom if nom in CHAMPS[formulaire] else "", faute.message)
    return trouvees


def _exiger(valeurs: Champs, **phrases: str) -> None:
    if manquants := {nom: phrase for nom, phrase in phrases.items() if not valeurs.get(nom, "").strip()}:
        raise FormulaireIncomplet(manquants)


def _remplis(valeurs: Champs, *noms: str) -> dict[str, str]:
    return {nom: valeurs[nom].strip() for nom in noms if valeurs.get(nom, "").strip()}

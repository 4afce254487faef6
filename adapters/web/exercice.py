"""What the forms by which a right is exercised and answered say, as events to propose.

As in ``forms``, only the emptiness of what is required is looked at here: the door that the API uses refuses the rest.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import Final
from uuid import UUID, uuid5

from adapters.gate.corps import Faute
from adapters.web.forms import Champs, FormulaireIncomplet, Proposition

EFFETS: Final = frozenset({"LIMITATION", "OPPOSITION"})
"""The rights whose exercise stops something at once, and not when it is answered."""

CHAMPS: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "recherche": frozenset({"nom", "prenoms", "date_naissance"}),
        "demande": frozenset({"droit", "recue_le", "motif"}),
        "reponse": frozenset({"reponse", "prolonge_au", "motif", "article"}),
        "avis": frozenset({"avis"}),
        "decision": frozenset({"sens", "article", "motif"}),
        "execution": frozenset(),
        "contester": frozenset({"fait"}),
        "limiter": frozenset({"motif"}),
        "opposer": frozenset({"motif"}),
        "lever": frozenset({"portee"}),
        "demander": frozenset({"droit"}),
        "effacer": frozenset(),
        "retirer": frozenset(),
    }
)
"""The controls of each form: a fault elsewhere is told of the whole form, under the name ``""``."""


def erreurs(formulaire: str, fautes: Sequence[Faute]) -> dict[str, str]:
    """The faults that the door found, each beside its control."""
    trouvees: dict[str, str] = {}
    for faute in fautes:
        nom = faute.champ.rpartition(".")[2].replace("survenu_le", "recue_le")
        trouvees.setdefault(nom if nom in CHAMPS[formulaire] else "", faute.message)
    return trouvees


def exercice(
    droit: str, personne: str, recue_le: str, cle: str, motif: str = "", fait: str = ""
) -> tuple[Proposition, ...]:
    """A right is exercised, and what it stops is stopped: one contribution. Its id comes from the form's key."""
    dite = {"requete": str(uuid5(UUID(cle), "requete")), "personne": personne, "droit": droit}
    exerce = Proposition("DroitExerce", recue_le, dite | ({"fait": fait} if fait else {}))
    if droit not in EFFETS:
        return (exerce,)
    effet = {"portee": droit, "personne": personne} | ({"motif": motif} if motif else {})
    return (exerce, Proposition("OppositionEnregistree", recue_le, effet))


def demande(valeurs: Champs, cle: str) -> tuple[Proposition, ...]:
    """A request that a person made at a counter, by letter or otherwise."""
    exiger(valeurs, droit="Choisissez le droit exercé.", recue_le="Indiquez le jour où la demande a été reçue.")
    return exercice(valeurs["droit"], valeurs.get("personne", ""), valeurs["recue_le"], cle, rempli(valeurs, "motif"))


def reponse(valeurs: Champs, aujourd_hui: date) -> tuple[Proposition, ...]:
    """What the controllers answer a person."""
    exiger(valeurs, reponse="Choisissez la réponse.")
    noms = ("requete", "personne", "reponse", "prolonge_au", "motif", "article")
    donnees = {nom: rempli(valeurs, nom) for nom in noms if rempli(valeurs, nom)}
    return (Proposition("DroitRepondu", aujourd_hui.isoformat(), donnees),)


def levee(valeurs: Champs, personne: str, aujourd_hui: date) -> tuple[Proposition, ...]:
    """An objection or a restriction is lifted by who asked for it."""
    exiger(valeurs, portee="Dites ce qui est levé.")
    donnees = {"portee": valeurs["portee"], "personne": personne}
    return (Proposition("OppositionLevee", aujourd_hui.isoformat(), donnees),)


def retrait(valeurs: Champs, aujourd_hui: date) -> tuple[Proposition, ...]:
    """An accord is taken back."""
    return (Proposition("AccordRetire", aujourd_hui.isoformat(), {"accord": rempli(valeurs, "accord")}),)


def exiger(valeurs: Champs, **phrases: str) -> None:
    """``FormulaireIncomplet`` with the sentence of each field that holds nothing."""
    if manquants := {nom: phrase for nom, phrase in phrases.items() if not rempli(valeurs, nom)}:
        raise FormulaireIncomplet(manquants)


def rempli(valeurs: Champs, nom: str) -> str:
    """What a field holds."""
    return valeurs.get(nom, "").strip()

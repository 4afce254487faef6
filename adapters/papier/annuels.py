"""The annual papers that can be had: the charter's figures of a year, and a year of a commission.

Each asks the gate first, which decides, journals and hides the few, then has it made apart.
"""

from typing import Any, Final

from adapters.gate import bilans, indicateurs
from adapters.gate.contexte import Acces, Gate
from adapters.papier.documents import Papier, imprimer, marque
from adapters.papier.presse import Atelier

CHARTE: Final = "bilan-charte"
COMMISSION: Final = "bilan-commission"
"""What the rows of these papers say that they are."""


async def charte(gate: Gate, atelier: Atelier, acces: Acces, annee: int) -> Papier:
    """The charter's figures of a year. ``Refus`` as of the figures themselves."""
    async with atelier.place() as presse:
        chiffres = await indicateurs.editer(gate, acces, annee, CHARTE)
        octets = await imprimer(gate, presse, acces, None, _commande(CHARTE, chiffres, acces))
    return Papier(octets, f"{CHARTE}-{annee}.pdf")


async def commission(gate: Gate, atelier: Atelier, acces: Acces, instance: str, annee: int) -> Papier:
    """What a body did in a year, to who keeps its papers. ``Refus`` as ``bilans.compter`` gives it."""
    async with atelier.place() as presse:
        chiffres = await bilans.compter(gate, acces, instance, annee, COMMISSION)
        octets = await imprimer(gate, presse, acces, None, _commande(COMMISSION, chiffres, acces))
    return Papier(octets, f"{COMMISSION}-{instance}-{annee}.pdf")


def _commande(papier: str, chiffres: dict[str, Any], acces: Acces) -> dict[str, Any]:
    return {"papier": papier, "matieres": [], "chiffres": chiffres, "marque": marque(acces)}

"""What each person of the demonstration is answered of one case: the gate is asked as each of them would."""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from uuid import UUID

from adapters.demo.conteur import admis
from adapters.demo.personnages import Personnage
from adapters.demo.recits import declaree
from adapters.gate import consulter
from adapters.gate.contexte import Gate
from adapters.gate.refus import Refus
from adapters.identite.demo import EmetteurDemo
from policies.decision import Action


@dataclass(frozen=True, slots=True)
class Obtenu:
    """What a person is answered at one of its purposes; ``refus``: that it is answered nothing, in the gate's words.

    ``finalite`` is as it was declared; ``mesures`` by group that is given, ``motifs`` by group that is withheld.
    """

    finalite: str
    statut: int
    mesures: Mapping[str, str]
    motifs: Mapping[str, str]
    refus: str = ""


async def regarder(gate: Gate, emetteur: EmetteurDemo, p: Personnage, finalite: str, dossier: UUID) -> Obtenu:
    """One look, under a token that is bound to the person: its row is in the journal. ``Refus`` if we are down."""
    dite = declaree(finalite, dossier)
    try:
        acces = await admis(gate, emetteur, p.agent, dite, Action.LIRE)
        lu = (await consulter.lire(gate, acces, dossier, vue=_vue(gate, p, finalite))).document
    except Refus as refus:
        if refus.statut >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise
        return Obtenu(dite, refus.statut, {}, {}, refus.message)
    return Obtenu(
        dite,
        HTTPStatus.OK,
        {g["groupe"]: g["mesure"] for g in lu["communique"]},
        {g["groupe"]: g["motif"] for g in lu["non_communique"]},
    )


def _vue(gate: Gate, p: Personnage, finalite: str) -> str:
    """The commission's view by which that person reads, where its purpose has it; empty: the case whole."""
    _, _, lieu, vue, *_ = p.lecture.split("/")
    return vue if lieu == "vues" and vue in gate.tables.finalite(finalite)["vues"] else ""


def sens(gate: Gate) -> Mapping[str, str]:
    """What is left of each group where it is given by half, in a sentence."""
    return {str(ligne["code"]): str(ligne["sens_l"]) for ligne in gate.tables.groupes}

"""What a secretariat does to cases of an agenda, one or many at once: each gesture is one event, or one pack, per case.

A gesture is offered where the table of emissions has it; whether it may be made of a case, the gate says.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from adapters.gate.contexte import Acces, Gate
from adapters.web.forms import FormulaireIncomplet, Proposition


@dataclass(frozen=True, slots=True)
class GesteDeSeance:
    """One gesture: its words, the event that says it, the list of its reasons, and of which states it is."""

    nom: str
    fait: str
    evenement: str
    de: frozenset[str]
    motifs: str = ""
    avant_la_seance: bool = False
    """Whether it needs a session that is still to be held."""


GESTES: Final[Mapping[str, GesteDeSeance]] = MappingProxyType(
    {
        "inscrire": GesteDeSeance(
            "Inscrire à l'ordre du jour",
            "inscrit",
            "InstanceInscrite",
            frozenset({"PROPOSE", ""}),
            avant_la_seance=True,
        ),
        "ecarter": GesteDeSeance(
            "Ne pas inscrire", "écarté", "PropositionEcartee", frozenset({"PROPOSE"}), "motif_ecart"
        ),
        "figer": GesteDeSeance(
            "Figer le dossier de séance", "figé", "DossierDeSeanceFige", frozenset({"INSCRIT"}), avant_la_seance=True
        ),
        "reporter": GesteDeSeance("Reporter", "reporté", "InscriptionReportee", frozenset({"INSCRIT"}), "motif_report"),
        "retirer": GesteDeSeance("Retirer", "retiré", "InscriptionRetiree", frozenset({"INSCRIT"}), "motif_retrait"),
    }
)


def offerts(gate: Gate, acces: Acces, seance: Mapping[str, Any]) -> dict[str, GesteDeSeance]:
    """The gestures of this reader on a session: none to who does not keep its papers, nor on one that is cancelled."""
    if seance["votre_place"] != "secretariat" or seance["etat"] == "annulee":
        return {}
    role, finalite = acces.sujet.partenaire.role, acces.finalite
    return {
        code: geste
        for code, geste in GESTES.items()
        if gate.tables.emet(role, finalite, geste.evenement, acces.le)
        and not (geste.avant_la_seance and seance["le"] < acces.le.isoformat())
    }


def proposition(
    code: str, seance: Mapping[str, Any], valeurs: Mapping[str, str], le: str, reports: Mapping[str, str]
) -> Proposition:
    """A gesture as the event that says it. ``reports``: by id, the days of the sessions to which a case may go."""
    geste, dit = GESTES[code], {"instance": seance["genre"]}
    manquent = {}
    if geste.motifs and not valeurs.get("motif"):
        manquent["motif"] = "Choisissez le motif."
    elif geste.motifs:
        dit["motif"] = valeurs["motif"]
    if code == "reporter" and valeurs.get("reporte_a") not in reports:
        manquent["reporte_a"] = "Choisissez la séance où le dossier est reporté."
    if manquent:
        raise FormulaireIncomplet(manquent)
    match code:
        case "inscrire":
            dit |= {"seance": seance["seance"], "seance_le": seance["le"]}
        case "reporter":
            vers = valeurs["reporte_a"]
            dit |= {"seance": seance["seance"], "reporte_a": vers, "reporte_au": reports[vers]}
        case "retirer":
            dit |= {"seance": seance["seance"]}
    return Proposition(geste.evenement, le, dit)

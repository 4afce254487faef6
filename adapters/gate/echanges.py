"""What was exchanged about a household, for the household; what once only spared, for who counts."""

from collections import defaultdict
from datetime import date
from typing import Any, Final
from uuid import UUID

from adapters.gate.consulter import ouvrir
from adapters.gate.contexte import Acces, Gate
from adapters.gate.deja_connu import libelle_de
from adapters.gate.question import permettre
from adapters.gate.refus import Refus, en_panne, ligne_du_journal, refuser
from policies.decision import Action

ECHANGES_PAR_PAGE: Final = 200


@en_panne
async def lire(gate: Gate, acces: Acces, dossier: UUID, avant: int | None = None) -> dict[str, Any]:
    """A page of the exchanges of one case, the latest first: organisations, functions, nobody by name (access 14)."""
    lecture, _ = await ouvrir(gate, acces, dossier)
    if not gate.tables.finalite(acces.finalite)["montre_droits"]:
        hors = Refus(403, "HORS_FINALITE", gate.motifs["HORS_FINALITE"])
        await refuser(gate, acces, Action.LIRE, hors, lecture.dossier)
    filtres: dict[str, Any] = {"dossier": dossier, "flux": "echange"} | ({"avant": avant} if avant else {})
    lignes = await gate.listes.journal(filtres, ECHANGES_PAR_PAGE + 1)
    page, nom = lignes[:ECHANGES_PAR_PAGE], acces.registre.nom
    return {
        "dossier": dossier,
        "echanges": [
            {
                "position": ligne["position"],
                "le": ligne["enregistre_le"],
                "organisation": nom(ligne["organisation"]),
                "role": ligne["role"],
                "finalite": ligne["finalite"],
                "demande": ligne["echange"]["demande"],
                "donnees": [libelle_de(code) for code in _obtenues(ligne["echange"]["donnees"])],
                "sources": [nom(code) for code in ligne["echange"]["sources"]],
            }
            for ligne in page
        ],
        "suivant": page[-1]["position"] if len(lignes) > ECHANGES_PAR_PAGE else None,
    }


def _obtenues(donnees: list[str]) -> list[str]:
    """The codes of what an exchange gave."""
    dites = (dite.rpartition(":") for dite in donnees)
    return [code for code, _, etat in dites if etat in {"CONNUE", "PERIMEE"}]


@en_panne
async def compter(gate: Gate, acces: Acces, du: date | None, au: date | None) -> dict[str, Any]:
    """How often each thing was asked here by each partner, over a period; this year's where none is given."""
    await permettre(gate, acces, Action.COMPTER)
    row = ligne_du_journal(acces, Action.COMPTER, "autorise", revision=gate.decider.revision)
    await gate.ledger.journal.inscrire(row)
    await gate.ledger.journal.comptes()
    debut, fin = du or date(acces.le.year, 1, 1), au or acces.le
    comptes: defaultdict[tuple[str, str], dict[str, int]] = defaultdict(
        lambda: {"demandees": 0, "epargnees": 0, "redemandees": 0}
    )
    for partenaire, donnee, etat, redemandee, combien in await gate.listes.questions(debut, fin):
        compte = comptes[partenaire, donnee]
        compte["demandees"] += combien
        compte["epargnees"] += combien if etat == "CONNUE" and not redemandee else 0
        compte["redemandees"] += combien if etat == "CONNUE" and redemandee else 0
    lignes = [{"partenaire": p, "donnee": d, **compte} for (p, d), compte in sorted(comptes.items())]
    return {"du": debut, "au": fin, "lignes": lignes}

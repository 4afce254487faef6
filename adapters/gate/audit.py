"""The journal, for the DPO; and requests that concern no case."""

from collections.abc import AsyncIterator, Mapping
from typing import Any, Final

from adapters.gate import saisie
from adapters.gate.contexte import Acces, Gate
from adapters.gate.question import permettre
from adapters.gate.refus import en_panne, ligne_du_journal, saisir
from adapters.gate.saisie import identite_de
from policies.decision import Action

LIGNES_DU_JOURNAL: Final = 200

LIGNES_PAR_EXPORT: Final = 2000


@en_panne
async def auditer(
    gate: Gate, acces: Acces, filtres: Mapping[str, Any], *, limite: int = LIGNES_DU_JOURNAL, identite: object = None
) -> dict[str, Any]:
    """Rows of the journal, the latest first; reading it is a row too.

    ``identite`` tests one name by its hashes: all its first names at once, or one of them, as it may have been sought.
    """
    await permettre(gate, acces, Action.AUDITER)
    recherche = None
    if identite is not None:
        qui = await saisir(gate, acces, Action.AUDITER, None, lambda: saisie.forme(saisie.Identite, identite))
        recherches = gate.ledger.index.identites(*identite_de(qui))
        recherche, filtres = recherches[0], {**filtres, "recherche": list(recherches)}
    row = ligne_du_journal(acces, Action.AUDITER, "autorise", revision=gate.decider.revision).avec(recherche=recherche)
    await gate.ledger.journal.inscrire(row)
    lignes = await gate.listes.journal(filtres, limite + 1)
    suivant = lignes[limite - 1]["position"] if len(lignes) > limite else None
    return {"lignes": lignes[:limite], "suivant": suivant}


async def exporter(gate: Gate, acces: Acces, filtres: Mapping[str, Any]) -> AsyncIterator[list[dict[str, Any]]]:
    """Every row, page after page: an export that stopped at some number would hide the rest. Each page is a row."""
    suite: int | None = None
    while True:
        page = await auditer(
            gate, acces, filtres if suite is None else {**filtres, "avant": suite}, limite=LIGNES_PAR_EXPORT
        )
        yield page["lignes"]
        suite = page["suivant"]
        if suite is None:
            return


@en_panne
async def situer(gate: Gate, acces: Acces, action: str) -> None:
    """Journal a request that concerns no case: who one is, the code lists, the catalogue of errors."""
    await gate.ledger.journal.inscrire(ligne_du_journal(acces, action, "autorise", revision=gate.decider.revision))

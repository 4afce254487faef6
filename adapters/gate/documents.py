"""What a paper is made of: one case as this reader is shown it, its situation and its clocks, under one row.

A paper is a reading that leaves the screen: it is decided as a reading is, and opens no more. Its row says so
(``editer``) and which paper it is; it is durable before anything is unsealed.
"""

from collections.abc import Iterator
from typing import Any, Final
from uuid import UUID

import orjson

from adapters.gate import demandes
from adapters.gate.consulter import preparer
from adapters.gate.contexte import Acces, Gate
from adapters.gate.demandes import DemandeSuivie
from adapters.gate.echeances import HORLOGES_PAR_PAGE, comptees, ecrites
from adapters.gate.redaction import faits_montres
from adapters.gate.refus import en_panne, ligne_du_journal
from adapters.gate.seances import exiger_seance, lire
from adapters.gate.situation import situer
from policies.decision import Action

EDITER: Final = "editer"
"""What the rows of papers say was done."""
CONVOCATION: Final = "convocation"
REPONSE: Final = "reponse"


@en_panne
async def dresser(
    gate: Gate, acces: Acces, dossier: UUID, papier: str, vue: str = "", *, horloges: bool = False
) -> bytes:
    """What this reader is shown of a case, in JSON, for one paper: ``document``, ``situation``, ``echeances``.

    Through a commission's view, or whole. ``horloges``: with the clocks of the law, which few papers tell. ``Refus``
    404 or 403 as any reading.
    """
    lecture, garde, gardes = await preparer(gate, acces, dossier, vue)
    rows = [
        ligne_du_journal(acces, EDITER, "autorise", dossier=une.plan.dossier, plan=une.plan).avec(
            echange={"document": papier}
        )
        for une in gardes
    ]
    await gate.ledger.journal.inscrire(*rows)
    ecrits: list[bytes] = []

    def au_passage() -> Iterator[bytes]:
        for faits in faits_montres(garde.plan, lecture.trousseau):
            ecrits.append(faits[1:-1])
            yield faits

    situation = await gate.parts.derouler(situer(au_passage(), acces.le), acces.sujet.partenaire.code)
    comptes = (await comptees(gate, acces, lecture, garde, acces.le))[:HORLOGES_PAR_PAGE] if horloges else ()
    reste = {
        "situation": situation,
        "echeances": await ecrites(gate, garde, comptes) if comptes else [],
        "au": acces.le,
    }
    document = garde.plan.entete + b",".join(filter(None, ecrits)) + b"]}"
    return b'{"document":' + document + b"," + orjson.dumps(reste)[1:]


@en_panne
async def convoquer(gate: Gate, acces: Acces, seance: UUID) -> dict[str, Any]:
    """A session as its convocations tell it: its day, its seats, and what its agenda counts. ``Refus`` 404 or 403.

    Who may convene it prints them. Its agenda is read as ``lire`` shows it, so that no other number goes out.
    """
    await exiger_seance(gate, acces, seance, Action.SIEGER, Action.CONVOQUER)
    lue: dict[str, Any] = (await lire(gate, acces, seance)).document
    row = ligne_du_journal(acces, EDITER, "autorise", revision=gate.decider.revision)
    await gate.ledger.journal.inscrire(row.avec(echange={"document": CONVOCATION}))
    return lue


@en_panne
async def repondre(gate: Gate, acces: Acces, dossier: UUID, requete: UUID) -> DemandeSuivie | None:
    """A request of a person, as who answers persons reads it, for the letter about it; None: the case has none such.

    ``Refus`` 404 or 403 as for the page of its requests. Of what the case tells, there is nothing.
    """
    lues = await demandes.lire(gate, acces, dossier)
    suivie = next((une for une in lues.demandes if une.id == requete), None)
    if suivie is not None:
        row = ligne_du_journal(acces, EDITER, "autorise", dossier=dossier, revision=gate.decider.revision)
        await gate.ledger.journal.inscrire(row.avec(echange={"document": REPONSE}))
    return suivie

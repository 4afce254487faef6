"""Where a procedure stands, in one answer: as far as its reader is shown it, and no further."""

from typing import Any
from uuid import UUID

import orjson

from adapters.gate import consulter, echeances
from adapters.gate.contexte import Acces, Gate, Vu
from adapters.gate.plan import Plan
from adapters.gate.refus import en_panne
from ledger import catalogue as ev


@en_panne
async def lire(gate: Gate, acces: Acces, dossier: UUID) -> Vu:
    """The stage of a case, its last act, the clock that comes next; ``Refus`` as for reading it."""
    lecture, garde = await consulter.ouvrir(gate, acces, dossier)
    horloges = await echeances.comptees(gate, acces, lecture, garde, acces.le)
    a_venir = [h for h in horloges if h.dernier_jour is not None and h.dernier_jour >= acces.le]
    prochaines = sorted(a_venir, key=lambda h: (str(h.dernier_jour), h.regle))[:1]
    contenu = {
        "dossier": str(dossier),
        "stade": garde.plan.synthese["stade"],
        "dernier_acte": _dernier_acte(garde.plan),
        "prochaines_echeances": await echeances.ecrites(gate, garde, prochaines),
        "reserve": echeances.RESERVE,
    }
    return Vu(orjson.dumps(contenu), lecture.position)


def _dernier_acte(plan: Plan) -> dict[str, Any] | None:
    actes = [
        (fait.enveloppe.survenu_le, fait.evenement.CODE)
        for fait in (rang.fait for rang in plan.rangs)
        if isinstance(fait.evenement, ev.Acte) and not plan.de(fait).lecteur.etat.corrige(fait.enveloppe.id)
    ]
    if not actes:
        return None
    le, code = max(actes)
    return {"type_acte": code, "date_acte": le}

"""Reading one case.

In this order: the closed facts of the case → its link to the reader → the decision → the journal row, durable →
unsealing → masks → the document. A stranger cannot tell a case that exists from one that does not: both are
``Refus(404)`` with the same content, after the same work.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

import orjson

from adapters.gate.contexte import PLANS_GARDES, Acces, Gate, Vu
from adapters.gate.plan import REFERENCE, REFERENCE_72, Plan, planifier, rediger
from adapters.gate.question import decision_de, liens_de, question_de
from adapters.gate.refus import INTROUVABLE, Refus, en_panne, ligne_du_journal, refuser_decision
from ledger.catalogue import Fait
from ledger.dossier.etat import Dossier
from ledger.reader import Lecture
from policies.decision import Action, Request
from projections import VUES
from projections.vue import Vue, passe


class Temps(NamedTuple):
    """A past that is asked for: what was true at a date, what was known at a moment."""

    au: date | None
    connu_le: datetime | None


@en_panne
async def lire(
    gate: Gate,
    acces: Acces,
    dossier: UUID,
    *,
    vue: str = "",
    au: date | None = None,
    connu_le: datetime | None = None,
) -> Vu:
    """One case as this reader may see it, through a commission's view or whole; past dates under today's rights."""
    lecture = await gate.ledger.consulter(dossier)
    temps = None if au is None and connu_le is None else Temps(au, connu_le)
    plan = await _planifier(gate, acces, dossier, lecture, vue, temps)
    await gate.ledger.journal.inscrire(ligne_du_journal(acces, Action.LIRE, "autorise", dossier=dossier, plan=plan))
    if lecture is None:  # a plan is only ever made of a lecture
        raise Refus(404, "introuvable", INTROUVABLE)
    return Vu(rediger(plan, lecture.trousseau), lecture.position)


@en_panne
async def historique(gate: Gate, acces: Acces, dossier: UUID) -> Vu:
    """What was told of a case, when and by whom, without its content; only what this reader sees anyway."""
    lecture = await gate.ledger.consulter(dossier)
    plan = await _planifier(gate, acces, dossier, lecture)
    await gate.ledger.journal.inscrire(ligne_du_journal(acces, Action.LIRE, "autorise", dossier=dossier, plan=plan))
    if lecture is None:
        raise Refus(404, "introuvable", INTROUVABLE)
    ecrits = orjson.loads(rediger(plan, lecture.trousseau))["faits"]
    evenements = [{nom: fait[nom] for nom in fait if nom != "champs"} for fait in ecrits]
    return Vu(orjson.dumps({"dossier": str(dossier), "evenements": evenements}), lecture.position)


async def _planifier(
    gate: Gate, acces: Acces, dossier: UUID, lecture: Lecture | None, vue: str = "", temps: Temps | None = None
) -> Plan:
    etat = lecture.etat if lecture else Dossier()
    # All that a plan depends on. The subject is of one revision of the registry, and so are its links.
    cle = (
        dossier,
        etat.version,
        vue,
        acces.sujet,
        acces.finalite,
        acces.demande,
        acces.registre.revision,
        acces.le,
    )
    garde = gate.plans.get(cle) if temps is None else None
    if garde is not None:
        gate.plans.move_to_end(cle)
        return garde
    liens = liens_de(acces, dossier, lecture)
    base = question_de(acces, etat, liens, vue=vue, demande=acces.designe(lecture))
    reference = await decision_de(gate, base, REFERENCE)
    if not reference.autorise or lecture is None:
        await refuser_decision(gate, acces, Action.LIRE, dossier, reference)
        raise Refus(404, "introuvable", INTROUVABLE)
    faits = _histoire(lecture.faits, etat, vue, temps)
    plan = await plan_de(gate, acces, base, lecture, faits)
    if temps is None:
        gate.plans[cle] = plan
        if len(gate.plans) > PLANS_GARDES:
            gate.plans.popitem(last=False)
    return plan


async def plan_de(gate: Gate, acces: Acces, base: Request, lecture: Lecture, faits: Sequence[Fait]) -> Plan:
    """The plan of these facts of a case, under the decisions for each of their provenances."""
    lecteur = acces.lecteur
    provenances = {p for fait in faits for p in lecteur.provenances(fait)} | {REFERENCE, REFERENCE_72}
    decisions = {p: await decision_de(gate, base, p) for p in provenances}
    return planifier(
        lecture.dossier,
        faits,
        lecture.etat,
        lecteur=lecteur,
        decisions=decisions,
        le=acces.le,
        motifs=gate.motifs,
        noms=acces.registre.nom,
        tenant=lecture.trousseau.tenant,
        vue=base.vue,
    )


VUES_PAR_NOM: Final[Mapping[str, Vue[Any]]] = {vue.nom: vue for vue in VUES}


def _histoire(faits: Sequence[Fait], etat: Dossier, vue: str, temps: Temps | None) -> Sequence[Fait]:
    """The facts that a view keeps, as they stood at past dates; rights, erasures and corrections are today's."""
    if temps is not None:
        faits = passe(faits, au=temps.au, connu_le=temps.connu_le)
    if not vue:
        return faits
    definition = VUES_PAR_NOM[vue]
    return [retenu for fait in faits if (retenu := definition.montrer(fait, etat)) is not None]

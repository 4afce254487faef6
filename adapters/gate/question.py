"""From closed facts to the question that the policies are asked."""

from dataclasses import replace
from uuid import UUID

from adapters.gate.contexte import Acces, Gate
from adapters.gate.plan import Provenance
from adapters.gate.refus import refuser_decision
from adapters.registre.instantane import Situation
from ledger.dossier.etat import Dossier
from ledger.reader import Lecture
from policies.decision import Action, Collecte, Decision, Fermeture, Lien, Request, Secret, Source


async def decision_de(gate: Gate, base: Request, p: Provenance) -> Decision:
    """What the policies say of facts of that provenance."""
    question = replace(base, source=p.source, emis_par_moi=p.emis_par_moi, collecte=p.collecte, evenement=p.evenement)
    return await gate.decider.decide(question)


def liens_de(acces: Acces, dossier: UUID, lecture: Lecture | None) -> frozenset[Lien]:
    """How this subject is linked to a case; to one that does not exist, by nothing."""
    if lecture is None:
        return frozenset()
    sujet = acces.sujet
    return acces.registre.liens(sujet.partenaire, sujet.agent_valide, Situation.de(dossier, lecture.etat), acces.le)


def question_de(
    acces: Acces,
    etat: Dossier,
    liens: frozenset[Lien],
    *,
    action: Action = Action.LIRE,
    vue: str = "",
    evenement: str = "",
    demande: bool = False,
) -> Request:
    """The question of this access on a case, of a fact that it emitted itself: the closed facts, and no more.

    Of a case that nothing links it to, no fact is put: the question is that of a case that does not exist.
    """
    sujet = acces.sujet
    etat = etat if liens else Dossier()
    return Request(
        role=sujet.partenaire.role,
        finalite=acces.finalite,
        action=action,
        le=acces.le,
        vue=vue,
        evenement=evenement,
        liens=liens,
        stade=etat.stade.value,
        source=Source.PARTENAIRE,
        emis_par_moi=True,
        collecte=Collecte.GENERALE,
        secret=Secret(sujet.secret),
        agent=sujet.etat,
        saisine_ouverte=etat.saisine_ouverte,
        accords=etat.accordes(sujet.partenaire.code, acces.le) if etat.accords else frozenset(),
        demande=demande and bool(liens),
        information_menage=etat.information_menage is not None,
        opposition=etat.opposition,
        limitation=etat.limitation,
    )


async def portee_de(gate: Gate, acces: Acces, dossier: UUID, lecture: Lecture | None) -> Lecture | None:
    """What of a case this access rests on: all of it or, linked by its own contributions alone, its own part (Rego).

    On its part, it is then answered as if nobody else had told anything: links, obstacles, content, refusals.
    """
    etat = lecture.etat if lecture else Dossier()
    decision = await gate.decider.decide(question_de(acces, etat, liens_de(acces, dossier, lecture)))
    seuls = lecture is not None and "apports_seuls" in decision.obligations
    return lecture.part(acces.soi) if lecture is not None and seuls else lecture


async def permettre(gate: Gate, acces: Acces, action: Action, vue: str = "") -> None:
    """Refuse (403) what the subject may do with no case at all; a case is decided on its own."""
    generale = await gate.decider.decide(question_de(acces, Dossier(), frozenset(), action=action, vue=vue))
    if not generale.autorise and generale.refus is not Fermeture.EXISTENCE:
        await refuser_decision(gate, acces, action, None, generale)

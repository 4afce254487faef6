"""From closed facts to the question that the policies are asked."""

from typing import Final
from uuid import UUID

import msgspec

from adapters.gate.annonce import RIEN, Annonce, Parole
from adapters.gate.contexte import Acces, Gate
from adapters.gate.provenance import Lecteur, Provenance
from adapters.gate.refus import refuser_decision
from adapters.registre.instantane import Rattachement
from ledger.dossier.etat import Dossier
from ledger.dossier.liens import confirme, instructeurs
from ledger.droit.jours import dans
from ledger.reader import Lecture
from policies.decision import Action, Collecte, Decision, Fermeture, Lien, Request, Secret, Source


async def decision_de(gate: Gate, base: Request, p: Provenance) -> Decision:
    """What the policies say of facts of that provenance."""
    faits = p._asdict()
    if p.accords is None:
        del faits["accords"]
    return await gate.decider.decide(msgspec.structs.replace(base, **faits))


def lecteur_de(gate: Gate, acces: Acces, lecture: Lecture) -> Lecteur:
    """Who reads this case, as far as the provenance of its facts goes."""
    return Lecteur(
        partenaire=acces.sujet.partenaire,
        etat=lecture.etat,
        origines=gate.origines,
        recent_depuis=dans(-12, acces.le),
        agent=acces.sujet.agent_valide,
        demande=acces.demande,
        personne=acces.personne(lecture.dossier),
        accords=acces.accords(lecture.etat),
    )


def liens_de(acces: Acces, dossier: UUID, lecture: Lecture | None) -> frozenset[Lien]:
    """How this subject is linked to a case; to one that does not exist, by nothing, after the same work."""
    connus = acces.liens.get(dossier)
    if connus is not None and connus[0] is lecture:
        return connus[1]
    sujet, etat = acces.sujet, lecture.etat if lecture else Dossier()
    liens = acces.registre.liens(sujet.partenaire, sujet.agent_valide, Rattachement.de(dossier, etat), acces.le)
    if _demande_alleguee(acces, etat):
        liens |= {Lien.DEMANDE_ALLEGUEE}
    acces.liens[dossier] = lecture, liens if lecture else frozenset()
    return acces.liens[dossier][1]


def _demande_alleguee(acces: Acces, etat: Dossier) -> bool:
    """Whether the request that the purpose names is known from this partner alone, and nobody else confirmed it."""
    if acces.demande is None or confirme(etat, acces.demande):
        return False
    return {code for code, _ in instructeurs(etat, acces.demande)} == {acces.sujet.partenaire.code}


def question_de(
    acces: Acces,
    etat: Dossier,
    liens: frozenset[Lien],
    *,
    action: Action = Action.LIRE,
    vue: str = "",
    annonce: Annonce = RIEN,
    demande: bool = False,
) -> Request:
    """The question of this access on a case, of a fact that it emitted itself: the closed facts, and no more.

    Of a case that nothing links it to, no fact is put: the question is that of a case that does not exist.
    """
    return msgspec.structs.replace(
        _question(acces, etat, liens),
        action=action,
        vue=vue,
        evenement=annonce.evenement,
        ecrits=annonce.ecrits,
        demande=demande and bool(liens),
        sujet=annonce.sujet,
        interesse=annonce.interesse,
        instance=annonce.instance,
        chez_soi=annonce.chez_soi,
    )


def _question(acces: Acces, etat: Dossier, liens: frozenset[Lien]) -> Request:
    """What is the same of all that is asked of a case in one access: its state is looked at once."""
    posee = acces.posees.get(id(etat))
    if posee is None or posee[0] is not etat or (posee[1].liens, posee[1].le) != (liens, acces.le):
        posee = acces.posees[id(etat)] = etat, _poser(acces, etat if liens else Dossier(), liens)
    return posee[1]


def _poser(acces: Acces, etat: Dossier, liens: frozenset[Lien]) -> Request:
    sujet = acces.sujet
    return Request(
        role=sujet.partenaire.role,
        finalite=acces.finalite,
        action=Action.LIRE,
        le=acces.le,
        liens=liens,
        stade=str(etat.stade),
        source=Source.PARTENAIRE,
        emis_par_moi=True,
        collecte=Collecte.GENERALE,
        secret=_SECRETS[sujet.secret],
        agent=sujet.etat,
        saisine_ouverte=etat.saisine_ouverte,
        accords=frozenset().union(*(accord.groupes for accord in acces.accords(etat))),
        information_menage=etat.information_menage is not None,
        opposition=etat.opposition,
        limitation=etat.limitation,
        regimes=acces.registre.regimes(sujet.partenaire, [i.seance for i in etat.inscriptions], acces.le),
        intervention_informee=any(
            i.informe and (i.partenaire, i.agent) == (sujet.partenaire.code, sujet.agent_valide)
            for i in etat.interventions.values()
        ),
    )


_SECRETS: Final = {secret.value: secret for secret in Secret}


def parole_de(acces: Acces, dossier: UUID | None = None, lecture: Lecture | None = None) -> Parole:
    """Who would write in this case, as far as what they may say of whom goes."""
    partenaire, registre = acces.sujet.partenaire, acces.registre
    return Parole(
        lecture.etat if lecture else Dossier(),
        acces.personne(dossier) if dossier else None,
        lambda autre: registre.meme_organisation(autre, partenaire.code),
        lambda instance, seances, le: registre.tient(partenaire, instance, seances, le),
    )


async def portee_de(gate: Gate, acces: Acces, dossier: UUID, lecture: Lecture | None) -> Lecture | None:
    """What of a case this access rests on: all of it or, linked by its own contributions alone, its own part (Rego).

    On its part, it is then answered as if nobody else had told anything: links, obstacles, content, refusals.
    """
    etat = lecture.etat if lecture else Dossier()
    decision = await gate.decider.decide(question_de(acces, etat, liens_de(acces, dossier, lecture)))
    seuls = lecture is not None and "apports_seuls" in decision.obligations
    return lecture.part(acces.soi) if lecture is not None and seuls else lecture


async def permettre(gate: Gate, acces: Acces, action: Action, vue: str = "", dossier: UUID | None = None) -> None:
    """Refuse (403) what the subject may do with no case at all; a case (``dossier``) is decided on its own."""
    generale = await gate.decider.decide(question_de(acces, Dossier(), frozenset(), action=action, vue=vue))
    if not generale.autorise and generale.refus is not Fermeture.EXISTENCE:
        await refuser_decision(gate, acces, action, dossier, generale)

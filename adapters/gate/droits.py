"""The person's rights: an erasure, step by step."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID, uuid4, uuid5

from adapters.gate import saisie
from adapters.gate.contexte import Acces, Gate
from adapters.gate.contribuer import autoriser
from adapters.gate.corps import lisible
from adapters.gate.question import parole_de
from adapters.gate.refus import INTROUVABLE, Refus, ecrire, en_panne, journaliser_refus, ligne_du_journal, saisir
from adapters.gate.textes import uuid_ou_rien
from ledger import catalogue as ev
from ledger.catalogue import catalogue
from ledger.dossier.decision import Contribution, Propose
from policies.decision import Action


@en_panne
async def effacement(
    gate: Gate, acces: Acces, contenu: object, etape: str, effacement: UUID | None = None, cle: str | None = None
) -> dict[str, Any]:
    """One step of an erasure (access rule 12): ``demande``, ``avis``, ``decision`` or ``execution``.

    ``cle``: sent twice under one key, a step is taken once; the last one is taken once whatever is sent.
    """
    noms, forme = ETAPES[etape]
    await saisir(gate, acces, Action.EMETTRE, None, lambda: lisible(contenu))  # else it names no case, and is a 404
    probable = contenu.get("dossier") if isinstance(contenu, dict) else None
    dossier = uuid_ou_rien(probable)
    lecture = await gate.ledger.consulter(dossier) if dossier else None
    parole = parole_de(acces, dossier, lecture)
    dites = [parole.annonce(catalogue()[nom], contenu if isinstance(contenu, dict) else {}) for nom in noms]
    await autoriser(gate, acces, dossier or UUID(int=0), lecture, dites)
    typee = await saisir(gate, acces, Action.EMETTRE, dossier, lambda: saisie.forme(forme, contenu))
    if lecture is None or dossier is None:
        raise Refus(404, "introuvable", INTROUVABLE)
    demande = lecture.etat.effacements.get(effacement) if effacement else None
    if effacement is not None and demande is None:
        await journaliser_refus(gate, acces, Action.EMETTRE, "effacement_inconnu", dossier)
        raise Refus(404, "introuvable", INTROUVABLE)
    row = ligne_du_journal(acces, f"effacement_{etape}", "autorise", dossier=dossier, revision=gate.decider.revision)
    if isinstance(typee, saisie.ExecutionEffacement) and demande is not None:
        recu, autres = await ecrire(
            gate, row, gate.ledger.effacements.effacer(dossier, demande.personne, typee.decision, acces.auteur(), row)
        )
        gate.plans.clear()
        await gate.ledger.pieces.balayer()
        return {"effacement": str(effacement), "position": recu.position, "autres_dossiers": autres}
    id_ = effacement or (uuid5(dossier, cle) if cle else uuid4())
    evenement = _etape(typee, id_)
    contribution = Contribution(
        id=uuid4(),
        auteur=acces.auteur(),
        finalite=acces.finalite,
        evenements=(Propose(evenement, acces.le),),
        cle=cle,
    )
    empreinte = gate.ledger.index.empreinte("requete", dossier, f"{etape} {id_}") if cle else None
    recu = await ecrire(gate, row, gate.ledger.contribuer(lecture, contribution, row, empreinte=empreinte))
    rendu: dict[str, Any] = {"effacement": str(id_), "position": recu.position}
    if isinstance(evenement, ev.EffacementDecide):
        rendu["decision"] = str(evenement.decision)
    return rendu


ETAPES: Final[Mapping[str, tuple[tuple[str, ...], type[Any]]]] = {
    "demande": (("EffacementDemande",), saisie.DemandeEffacement),
    "avis": (("EffacementAvise",), saisie.AvisEffacement),
    "decision": (("EffacementDecide",), saisie.DecisionEffacement),
    "execution": (("EffacementEngage", "PersonneEffacee"), saisie.ExecutionEffacement),
}
"""Of each step, the events that it records, and what it is asked with."""


def _etape(typee: object, id_: UUID) -> ev.Evenement:
    match typee:
        case saisie.DemandeEffacement():
            return ev.EffacementDemande(effacement=id_, personne=typee.personne)
        case saisie.AvisEffacement():
            return ev.EffacementAvise(effacement=id_, avis=typee.avis)
        case saisie.DecisionEffacement():
            return ev.EffacementDecide(
                effacement=id_, decision=uuid4(), sens=typee.sens, article=typee.article, motif=typee.motif
            )
        case _:
            raise TypeError(type(typee))

"""Who asks, and what for."""

import secrets
from uuid import UUID

import msgspec

from adapters.gate.contexte import Acces, Gate, Trace
from adapters.gate.question import question_de
from adapters.gate.refus import PANNES, Refus, inscrire_refus, inscrire_si_possible, panne_de, refuser, sans_acces
from adapters.gate.textes import uuid_ou_rien
from adapters.identite.cles import EmetteurIndisponible
from adapters.identite.jetons import Jeton
from adapters.identite.possession import Presentation
from adapters.identite.refus import PERSONNE, JetonRefuse
from adapters.identite.sujet import Demandeur
from adapters.registre.instantane import Instantane
from adapters.registre.lecture import RegistreIndisponible
from ledger.dossier.etat import Dossier
from ledger.journal import Issue
from policies.decision import Action, Agent


class Declaration(msgspec.Struct, frozen=True, gc=False):
    """What a request says of itself, besides its proof: its purpose, the agent that a machine's token names."""

    finalite: str | None
    agent: str | None = None


async def admettre(
    gate: Gate,
    preuve: str | Jeton | Presentation,
    dite: Declaration,
    action: Action,
    trace: Trace,
    *,
    exige: bool = True,
    registre: Instantane | None = None,
) -> Acces:
    """The access of one request. ``Refus`` 401 for a token that proves nothing, 403 for a purpose not granted.

    ``preuve`` is the token as it was presented, or what it stated when a session of the pages was opened with it.
    ``exige``: a purpose is required; but to ask which ones one may declare. ``registre``: as this request read it.
    """
    try:
        if registre is None:
            registre = await gate.registre.courant()
        sujet = await _reconnaitre(gate, registre, preuve, dite.agent, action, trace)
        code, demande = _finalite(dite.finalite)
        # What was typed in the place of a purpose is not written anywhere.
        connue = code in gate.finalites
        acces = Acces(sujet, code if connue else "", demande, registre, gate.aujourd_hui(), trace.id)
        if exige or code:
            await _exiger_finalite(gate, acces, action, trace.dossier, connue=connue or not code)
        if acces.sujet.etat in {Agent.INCONNU, Agent.EXPIRE}:
            await refuser(
                gate, acces, action, Refus(403, "AGENT_INVALIDE", gate.motifs["AGENT_INVALIDE"]), trace.dossier
            )
    except PANNES as panne:
        await inscrire_si_possible(gate, sans_acces(gate, action.value, "erreur", panne_de(panne).code, trace))
        raise panne_de(panne) from panne
    return acces


async def refuser_entree(gate: Gate, echec: JetonRefuse | EmetteurIndisponible | RegistreIndisponible) -> None:
    """A row for somebody whom the pages did not let in; or could not recognise, if the journal still answers."""
    issue: Issue = "refuse" if isinstance(echec, JetonRefuse) else "erreur"
    motif = echec.code if isinstance(echec, JetonRefuse) else panne_de(echec).code
    titulaire = echec.titulaire if isinstance(echec, JetonRefuse) else PERSONNE
    await inscrire_si_possible(gate, sans_acces(gate, "entrer", issue, motif, Trace(secrets.token_hex(16)), titulaire))


async def _reconnaitre(
    gate: Gate,
    registre: Instantane,
    preuve: str | Jeton | Presentation,
    agent: str | None,
    action: Action,
    trace: Trace,
) -> Demandeur:
    try:
        jeton = await gate.identites.verifier(preuve)
        return gate.reconnus.reconnaitre(jeton, registre, agent, gate.aujourd_hui())
    except JetonRefuse as refus:
        await inscrire_refus(gate, sans_acces(gate, action.value, "refuse", refus.code, trace, refus.titulaire))
        raise Refus(401, refus.code, refus.message, defi=refus.defi) from refus


async def _exiger_finalite(gate: Gate, acces: Acces, action: Action, dossier: UUID | None, *, connue: bool) -> None:
    if not connue:
        inconnue = Refus(403, "FINALITE_INCONNUE", gate.motifs["FINALITE_INCONNUE"])
        await refuser(gate, acces, action, inconnue, dossier)
    if not acces.finalite:
        manque = "Dites votre finalité : l'en-tête « Finalite: CODE » est requis."
        await refuser(gate, acces, action, Refus(400, "finalite_manquante", manque), dossier)
    if acces.finalite not in acces.sujet.finalites:
        # The engine tells a purpose that is refused by name from one that was not granted: ask it why.
        decision = await gate.decider.decide(question_de(acces, Dossier(), frozenset(), action=action))
        motif = decision.motif if decision.motif.startswith("FINALITE") else "FINALITE_NON_ACCORDEE"
        await refuser(gate, acces, action, Refus(403, motif, gate.motifs[motif]), dossier)


def _finalite(entete: str | None) -> tuple[str, UUID | None]:
    """The purpose, and the household's request that it names: ``AIDE_INSTRUCTION; demande=<uuid>``."""
    code, _, parametre = (entete or "").partition(";")
    nom, _, valeur = parametre.partition("=")
    return code.strip(), uuid_ou_rien(valeur.strip()) if nom.strip() == "demande" else None

"""Who asks, and what for."""

import secrets
from uuid import UUID

from adapters.gate.contexte import Acces, Gate, Trace
from adapters.gate.question import question_de
from adapters.gate.refus import PANNES, Refus, inscrire_refus, inscrire_si_possible, panne_de, refuser, sans_acces
from adapters.gate.textes import uuid_ou_rien
from adapters.identite.cles import EmetteurIndisponible
from adapters.identite.jetons import Jeton
from adapters.identite.possession import Presentation
from adapters.identite.refus import PERSONNE, JetonRefuse
from adapters.registre.lecture import RegistreIndisponible
from ledger.dossier.etat import Dossier
from ledger.journal import Issue
from policies.decision import Action, Agent


async def admettre(
    gate: Gate,
    preuve: str | Jeton | Presentation,
    finalite: str | None,
    agent: str | None,
    action: Action,
    trace: Trace,
    *,
    exige: bool = True,
) -> Acces:
    """The access of one request. ``Refus`` 401 for a token that proves nothing, 403 for a purpose not granted.

    ``preuve`` is the token as it was presented, or what it stated when a session of the pages was opened with it.
    ``exige``: a purpose is required; but to ask which ones one may declare.
    """
    try:
        acces, connue = await _admettre(gate, preuve, finalite, agent, action, trace)
        if exige or acces.finalite or not connue:
            await _exiger_finalite(gate, acces, action, trace.dossier, connue=connue)
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


async def _admettre(
    gate: Gate,
    preuve: str | Jeton | Presentation,
    finalite: str | None,
    agent: str | None,
    action: Action,
    trace: Trace,
) -> tuple[Acces, bool]:
    registre = await gate.registre.courant()
    le = gate.aujourd_hui()
    try:
        jeton = await gate.identites.verifier(preuve)
        sujet = gate.reconnus.reconnaitre(jeton, registre, agent, le)
    except JetonRefuse as refus:
        row = sans_acces(gate, action.value, "refuse", refus.code, trace, refus.titulaire)
        await inscrire_refus(gate, row)
        raise Refus(401, refus.code, refus.message, defi=refus.defi) from refus
    code, demande = _finalite(finalite)
    # What was typed in the place of a purpose is not written anywhere.
    connue = code in gate.finalites
    return Acces(sujet, code if connue else "", demande, registre, le, trace.id), connue or not code


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

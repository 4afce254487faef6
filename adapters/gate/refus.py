"""Answers that give nothing, and the row that each of them leaves.

What is down refuses: engine, journal, keys, ledger or registry out of reach is ``EnPanne`` (503), and a row says so
wherever the journal still answers.
"""

import logging
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from functools import wraps
from typing import Concatenate, Final, NoReturn, ParamSpec, TypeVar, assert_never
from uuid import UUID

import psycopg

from adapters.gate.codes import PORTE
from adapters.gate.contexte import Acces, Gate, Trace
from adapters.gate.corps import Faute, SaisieRefusee
from adapters.gate.plan import Plan
from adapters.gate.saisie import champ_d_ouverture
from adapters.identite.cles import EmetteurIndisponible
from adapters.identite.refus import PERSONNE, Titulaire
from adapters.registre.lecture import RegistreIndisponible
from ledger.dossier.refus import ActeRefuse
from ledger.errors import ClesIndisponibles, Discordance, JournalIndisponible, LedgerIndisponible, Sature
from ledger.journal import Issue, Ligne
from ledger.verdict import ActeConnu, CleReutilisee, Conflit, NonEcrit, Raison
from policies.decision import GROUPES, Action, Agent, Decision, Fermeture
from policies.engines import EngineUnavailable

logger = logging.getLogger(__name__)

P = ParamSpec("P")

R = TypeVar("R")


class Refus(Exception):
    """An answer that gives nothing: HTTP status, stable code, French sentence. It is journaled when it is raised.

    ``defi``: of a 401, what to come back with.
    """

    def __init__(self, statut: int, code: str, message: str, fautes: Sequence[Faute] = (), defi: str = "") -> None:
        super().__init__(message)
        self.statut = statut
        self.code = code
        self.message = message
        self.fautes = tuple(fautes)
        self.defi = defi

    @property
    def article(self) -> str:
        """The text that it rests on, where its sentence names one between parentheses; empty otherwise."""
        nomme = _ARTICLE.search(self.message)
        return nomme[1] if nomme else ""


_ARTICLE: Final = re.compile(
    r"\(((?=[^()]*(?:RGPD|CRPA|CASF|CPCE|[Cc]ode |[Ll]oi |[Dd]écret |[Aa]rt))(?:[^()]|\([^()]*\))*)\)"
)


class EnPanne(Refus):
    """One of ours does not answer (503): nothing was communicated, nothing was recorded."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(503, code, message)


AGENT_INCONNU: Final = "(inconnu)"
"""Stands in the journal for a name that the registry does not have: anything can be typed there, a NIR too."""

TOUT: Final = tuple(GROUPES)
"""The groups that an answer which gives nothing withholds."""

SAISIE_REFUSEE: Final = "La requête n'est pas valable : corrigez ce qui suit."
INTROUVABLE: Final = "Aucun dossier de ce numéro n'est à votre portée."


def en_panne(
    verbe: Callable[Concatenate[Gate, Acces, P], Awaitable[R]],
) -> Callable[Concatenate[Gate, Acces, P], Awaitable[R]]:
    """What is down becomes ``EnPanne``, with a row if the journal still answers."""

    @wraps(verbe)
    async def garde(gate: Gate, acces: Acces, /, *args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return await verbe(gate, acces, *args, **kwargs)
        except PANNES as panne:
            await constater_panne(gate, acces, panne)
            raise panne_de(panne) from panne

    return garde


PANNES: Final = (
    JournalIndisponible,
    LedgerIndisponible,
    ClesIndisponibles,
    Discordance,
    RegistreIndisponible,
    EmetteurIndisponible,
    EngineUnavailable,
    Sature,
    psycopg.OperationalError,
    TimeoutError,
)

_PANNES: Final[Mapping[type[BaseException], str]] = {
    JournalIndisponible: "journal_indisponible",
    ClesIndisponibles: "cles_indisponibles",
    EngineUnavailable: "politiques_indisponibles",
    RegistreIndisponible: "registre_indisponible",
    EmetteurIndisponible: "emetteur_indisponible",
}


def panne_de(panne: BaseException) -> EnPanne:
    """The refusal that a failure becomes."""
    if isinstance(panne, Sature):
        return EnPanne("sature", str(panne))
    code = panne.motif if isinstance(panne, Discordance) else _PANNES.get(type(panne), "base_indisponible")
    return EnPanne(code, PORTE[code])


async def inscrire_si_possible(gate: Gate, ligne: Ligne) -> None:
    """A row for what could not be answered: the answer is 503 with or without it."""
    with suppress(JournalIndisponible, Sature):
        await inscrire_refus(gate, ligne)


async def inscrire_refus(gate: Gate, ligne: Ligne) -> None:
    """The row of a refusal: that of an organisation is its own; those who prove nothing are counted together."""
    if ligne.organisation:
        await gate.ledger.journal.inscrire(ligne)
    else:
        await gate.inconnus.compter(ligne)


def ligne_du_journal(
    acces: Acces,
    action: Action | str,
    issue: Issue,
    *,
    dossier: UUID | None = None,
    motif: str = "",
    plan: Plan | None = None,
    revision: str = "",
) -> Ligne:
    """A journal row of this access."""
    sujet = acces.sujet
    return Ligne(
        organisation=sujet.partenaire.code,
        agent=AGENT_INCONNU if sujet.etat is Agent.INCONNU else sujet.agent,
        role=sujet.partenaire.role,
        finalite=acces.finalite,
        action=str(action),
        issue=issue,
        dossier=dossier,
        groupes_montres=plan.montres if plan else (),
        groupes_retenus=plan.retenus if plan else (),
        revision=plan.revision if plan else revision,
        revision_alors=acces.alors.revision if acces.alors else None,
        motif=motif,
        trace=acces.trace,
    )


def ligne_de_refus(
    gate: Gate, acces: Acces, action: Action | str, motif: str, dossier: UUID | None = None, article: str = ""
) -> Ligne:
    """The row of a refusal (access 36): the case that was asked of, all that was withheld, by which rules and text."""
    ligne = ligne_du_journal(acces, action, "refuse", dossier=dossier, revision=gate.decider.revision)
    return refusee(ligne, motif, article)


def refusee(ligne: Ligne, motif: str, article: str = "") -> Ligne:
    """The row of what was not done, from the one that it would have left."""
    return ligne.avec(issue="refuse", motif=motif, article=article, groupes_montres=(), groupes_retenus=TOUT)


async def refuser(gate: Gate, acces: Acces, action: Action, refus: Refus, dossier: UUID | None = None) -> NoReturn:
    """Journal a refusal, and raise it."""
    await gate.ledger.journal.inscrire(ligne_de_refus(gate, acces, action, refus.code, dossier, refus.article))
    raise refus


async def refuser_decision(gate: Gate, acces: Acces, action: Action, dossier: UUID | None, decision: Decision) -> None:
    """Journal a decision that says no, and raise it: 404 for a stranger, whatever there is; else 403."""
    refus = Refus(403, decision.motif, gate.motifs[decision.motif])
    await gate.ledger.journal.inscrire(ligne_de_refus(gate, acces, action, refus.code, dossier, refus.article))
    if decision.refus is Fermeture.EXISTENCE:
        raise Refus(404, "introuvable", INTROUVABLE)
    raise refus


async def constater_panne(gate: Gate, acces: Acces, panne: BaseException) -> None:
    """A row for what could not be answered, if the journal still does; the answer is 503 either way."""
    if isinstance(panne, Discordance):
        await alarmer(gate, acces, panne)
    else:
        await inscrire_si_possible(gate, ligne_du_journal(acces, "panne", "erreur", motif=panne_de(panne).code))


async def alarmer(gate: Gate, acces: Acces, discordance: Discordance) -> None:
    """Two databases that do not agree are for somebody to look at: a line of the program's log, and a row."""
    logger.critical("alarme : %s, dossier %s", discordance.motif, discordance.dossier)
    ligne = ligne_du_journal(acces, "alarme", "erreur", dossier=discordance.dossier, motif=discordance.motif)
    await inscrire_si_possible(gate, ligne)


async def saisir(gate: Gate, acces: Acces, action: Action, dossier: UUID | None, lire: Callable[[], R]) -> R:
    """What was typed, checked; a refusal is journaled without what was typed."""
    try:
        return lire()
    except SaisieRefusee as refus:
        await journaliser_refus(gate, acces, action, "saisie", dossier)
        statut, code = (400, "json") if refus.illisible else (422, "saisie")
        raise Refus(statut, code, SAISIE_REFUSEE, refus.fautes) from refus


async def ecrire(gate: Gate, ligne: Ligne, ecriture: Awaitable[R]) -> R:
    """Await a write, which is stored when it returns. What stored nothing is a refusal, with the row of its decision.

    ``ligne``: the row that the write leaves when it succeeds.
    """
    try:
        return await ecriture
    except ActeRefuse as refuse:
        champ = _CHAMPS.get(ligne.action, str)(refuse.champ)
        refus = Refus(422, refuse.code, refuse.message, [Faute(champ, refuse.code, refuse.message)])
        await gate.ledger.journal.inscrire(refusee(ligne, refus.code, refus.article))
        raise refus from refuse
    except NonEcrit as rien:
        refus = refus_de(rien.raison)
        await gate.ledger.journal.inscrire(ligne_sans_effet(ligne, rien.raison))
        raise refus from rien


FIGER: Final = "figer"
"""What the rows of a session's packs say was done."""

JOINDRE: Final = "joindre"
"""What the rows of files that come in say was done."""

DEPOSER: Final = "deposer"
"""What the rows of lists that are deposited, and of their receipts, say was done."""

_CHAMPS: Final[Mapping[str, Callable[[str], str]]] = {
    Action.OUVRIR.value: champ_d_ouverture,
    FIGER: lambda champ: champ.rpartition(".")[2],
    JOINDRE: lambda champ: champ.rpartition(".")[2],
}
"""By action whose body is not a list of events, where that body has what an event's field calls."""


def refus_de(raison: Raison) -> Refus:
    """What is answered to who stored nothing."""
    match raison:
        case Conflit():
            autres = "D'autres écrivent dans ce dossier : renvoyez la même requête avec la même clé."
            return Refus(409, "conflit", autres)
        case CleReutilisee():
            return Refus(409, "cle_reutilisee", "Cette clé d'idempotence a déjà servi pour une autre requête.")
        case ActeConnu():
            ailleurs = "Cet acte est déjà enregistré, ici ou dans un autre dossier : vérifiez son numéro."
            return Refus(409, "acte_connu", ailleurs)
        case _:
            assert_never(raison)


def ligne_sans_effet(ligne: Ligne, raison: Raison) -> Ligne:
    """The row of a write that stored nothing, from the one that it would have left."""
    return refusee(ligne.avec(dossier=raison.dossier), refus_de(raison).code)


@en_panne
async def journaliser_refus(
    gate: Gate, acces: Acces, action: Action | str, motif: str, dossier: UUID | None = None
) -> None:
    """A row for a refusal."""
    await gate.ledger.journal.inscrire(ligne_de_refus(gate, acces, action, motif, dossier))


def sans_acces(
    gate: Gate,
    action: str,
    issue: Issue,
    motif: str,
    trace: Trace,
    titulaire: Titulaire = PERSONNE,
) -> Ligne:
    """The row of somebody who was not let in: under the organisation whose token it is, where there is one."""
    return Ligne(
        organisation=titulaire.organisation,
        agent=titulaire.agent,
        role=titulaire.role,
        finalite="",
        action=action,
        issue=issue,
        dossier=trace.dossier,
        groupes_retenus=TOUT,
        revision=gate.decider.revision,
        motif=motif,
        trace=trace.id,
    )


def champs_de(refus: Refus) -> list[dict[str, str]]:
    """The faults of a refusal, as problem details list them."""
    return [{"champ": f.champ, "code": f.code, "message": f.message} for f in refus.fautes]

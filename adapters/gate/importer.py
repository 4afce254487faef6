"""Importing: what the policies allow, and the row of each outcome. How a lot is read is for who brings it."""

from collections.abc import Awaitable, Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final, TypeVar

from adapters.gate.annonce import Annonce
from adapters.gate.contexte import Acces, Gate
from adapters.gate.question import question_de
from adapters.gate.refus import EnPanne, Refus, en_panne, ligne_du_journal, ligne_sans_effet, refusee, refuser_decision
from ledger.catalogue import Evenement
from ledger.dossier.decision import Auteur
from ledger.dossier.etat import Dossier
from ledger.journal import Journal, Ligne
from ledger.verdict import Raison
from policies.decision import Action

T = TypeVar("T")

HORS_PERMIS: Final = "Un lot n'écrit que les types d'événements que son import a nommés : relancez l'import."


@dataclass(frozen=True, slots=True)
class Permis:
    """An import that the policies allow: on whose behalf, for which day, of which topics.

    ``ligne`` is the journal row that each of its contributions leaves.
    """

    auteur: Auteur
    jour: date
    topics: frozenset[str]
    ligne: Ligne
    journal: Journal

    def exiger(self, topics: Iterable[str]) -> None:
        """``Refus`` 403 for an event that was not asked of the policies."""
        if not self.topics.issuperset(topics):
            raise Refus(403, "EVENEMENT_NON_ACCORDE", HORS_PERMIS)

    async def constater(self, raisons: Collection[Raison]) -> None:
        """A row for each contribution that stored nothing, and is not tried again."""
        if raisons:
            await self.journal.inscrire(*(ligne_sans_effet(self.ligne, raison) for raison in raisons))


@en_panne
async def importer(
    gate: Gate,
    acces: Acces,
    evenements: Iterable[type[Evenement]],
    mener: Callable[[Permis], Awaitable[T]],
    *,
    ecrire: bool,
) -> T:
    """Have a lot imported, which may write these events; one row of the whole, durable before its report is given.

    ``Refus`` 403 when one of them may not be imported by this subject: nothing of the lot is read then. What ``mener``
    raises as a ``Refus`` is journaled here.
    """
    nommes = list(evenements)
    for nom in ("", *(evenement.__name__ for evenement in nommes)):
        question = question_de(acces, Dossier(), frozenset(), action=Action.IMPORTER, annonce=Annonce(nom))
        decision = await gate.decider.decide(question)
        if not decision.autorise:
            await refuser_decision(gate, acces, Action.IMPORTER, None, decision)
    ligne = ligne_du_journal(acces, Action.IMPORTER, "autorise", revision=gate.decider.revision)
    topics = frozenset(evenement.TOPIC for evenement in nommes)
    try:
        rapport = await mener(Permis(acces.auteur(), acces.le, topics, ligne, gate.ledger.journal))
    except Refus as refus:
        erreur = ligne.avec(issue="erreur", motif=refus.code)
        fin = erreur if isinstance(refus, EnPanne) else refusee(ligne, refus.code, refus.article)
        await gate.ledger.journal.inscrire(fin)
        raise
    await gate.ledger.journal.inscrire(ligne.avec(motif="" if ecrire else "a_blanc"))
    return rapport

"""The journal, for the DPO; and requests that concern no case."""

from collections.abc import AsyncIterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any, Final, NamedTuple
from uuid import UUID

from adapters.gate import saisie
from adapters.gate.contexte import Acces, Gate
from adapters.gate.listes import LIGNES_REGROUPEES
from adapters.gate.question import permettre
from adapters.gate.refus import en_panne, ligne_du_journal, saisir
from adapters.gate.saisie import identite_de
from adapters.registre.instantane import FIN_PROCHE, Habilitation
from ledger.droit.jours import PARIS
from policies.decision import Action

LIGNES_DU_JOURNAL: Final = 200

LIGNES_PAR_EXPORT: Final = 2000


@en_panne
async def auditer(
    gate: Gate, acces: Acces, filtres: Mapping[str, Any], *, limite: int = LIGNES_DU_JOURNAL, identite: object = None
) -> dict[str, Any]:
    """Rows of the journal, the latest first; reading it is a row too.

    ``identite`` tests one name by its hashes: all its first names at once, or one of them, as it may have been sought.
    """
    await permettre(gate, acces, Action.AUDITER)
    recherche = None
    if identite is not None:
        qui = await saisir(gate, acces, Action.AUDITER, None, lambda: saisie.forme(saisie.Identite, identite))
        recherches = gate.ledger.index.identites(*identite_de(qui))
        recherche, filtres = recherches[0], {**filtres, "recherche": list(recherches)}
    row = ligne_du_journal(acces, Action.AUDITER, "autorise", revision=gate.decider.revision).avec(recherche=recherche)
    await gate.ledger.journal.inscrire(row)
    lignes = await gate.listes.journal(filtres, limite + 1)
    suivant = lignes[limite - 1]["position"] if len(lignes) > limite else None
    return {"lignes": lignes[:limite], "suivant": suivant}


async def exporter(gate: Gate, acces: Acces, filtres: Mapping[str, Any]) -> AsyncIterator[list[dict[str, Any]]]:
    """Every row, page after page: an export that stopped at some number would hide the rest. Each page is a row."""
    suite: int | None = None
    while True:
        page = await auditer(
            gate, acces, filtres if suite is None else {**filtres, "avant": suite}, limite=LIGNES_PAR_EXPORT
        )
        yield page["lignes"]
        suite = page["suivant"]
        if suite is None:
            return


@en_panne
async def situer(gate: Gate, acces: Acces, action: str) -> None:
    """Journal a request that concerns no case: who one is, the code lists, the catalogue of errors."""
    await gate.ledger.journal.inscrire(ligne_du_journal(acces, action, "autorise", revision=gate.decider.revision))


GROUPES_DU_JOURNAL: Final = 200
"""Lines of a grouping of the journal."""
HABILITATIONS_LUES: Final = 2000
"""Habilitations in force whose use is looked up."""
SANS_USAGE: Final = timedelta(days=90)
"""For how long a habilitation is left alone before it is told not to be used."""


class Regroupement(NamedTuple):
    """The journal by who, for what, with which outcome. ``entier``: no bound was met."""

    lignes: list[dict[str, Any]]
    entier: bool


class UsageDHabilitation(NamedTuple):
    """A habilitation in force, when its agent last did anything, and what there is to say of it."""

    habilitation: Habilitation
    dernier: datetime | None
    expire: bool
    sans_usage: bool


@en_panne
async def regrouper(gate: Gate, acces: Acces, filtres: Mapping[str, Any]) -> Regroupement:
    """The last rows under these filters, grouped; asking for it is a row too."""
    await permettre(gate, acces, Action.AUDITER)
    await gate.ledger.journal.inscrire(
        ligne_du_journal(acces, Action.AUDITER, "autorise", revision=gate.decider.revision)
    )
    lignes = await gate.listes.regrouper(filtres, GROUPES_DU_JOURNAL + 1)
    lues = sum(ligne["lignes"] for ligne in lignes)
    return Regroupement(lignes[:GROUPES_DU_JOURNAL], len(lignes) <= GROUPES_DU_JOURNAL and lues < LIGNES_REGROUPEES)


@en_panne
async def designer(gate: Gate, acces: Acces, court: str) -> UUID | None:
    """The case that a short number is of, among those that the journal named last; None if none, or if several are."""
    await permettre(gate, acces, Action.AUDITER)
    await gate.ledger.journal.inscrire(
        ligne_du_journal(acces, Action.AUDITER, "autorise", revision=gate.decider.revision)
    )
    trouves = await gate.listes.dossiers_courts(court)
    return trouves[0] if len(trouves) == 1 else None


@en_panne
async def habilitations(gate: Gate, acces: Acces) -> tuple[list[UsageDHabilitation], bool]:
    """The habilitations in force that end soon or that nobody uses, the first to end first; whether all were looked at.

    One in use that ends soon is told as well: its agent is who will be stopped.
    """
    await permettre(gate, acces, Action.AUDITER)
    await gate.ledger.journal.inscrire(
        ligne_du_journal(acces, Action.AUDITER, "autorise", revision=gate.decider.revision)
    )
    en_vigueur = sorted(
        (h for siennes in acces.registre.habilitations.values() for h in siennes if h.en_vigueur(acces.le)),
        key=lambda h: (h.au, h.partenaire, h.agent, h.id),
    )
    lues = en_vigueur[:HABILITATIONS_LUES]
    usages = await gate.listes.usages({(h.partenaire, h.agent) for h in lues})
    dites = [_usage(h, usages.get((h.partenaire, h.agent)), acces.le) for h in lues]
    return [dite for dite in dites if dite.expire or dite.sans_usage], len(lues) == len(en_vigueur)


def _usage(h: Habilitation, dernier: datetime | None, le: date) -> UsageDHabilitation:
    depuis = max(h.du, dernier.astimezone(PARIS).date()) if dernier else h.du
    return UsageDHabilitation(h, dernier, h.au - le <= FIN_PROCHE, le - depuis >= SANS_USAGE)

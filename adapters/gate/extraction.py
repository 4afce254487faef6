"""Extracting: what this reader is shown of every case where facts of some types were told, in the order of the log.

Each case is decided on its own, and leaves its row before any of it is opened: one that is closed to this reader, or of
which nothing is left to tell, is passed over. The place where a page ends is the reader's own token: it tells nothing.
"""

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, Final, NamedTuple
from uuid import UUID

from adapters.gate.annonce import RIEN
from adapters.gate.consulter import garder, montres
from adapters.gate.contexte import Acces, Garde, Gate
from adapters.gate.plan import Plan
from adapters.gate.question import permettre, question_de
from adapters.gate.refus import Refus, en_panne, ligne_du_journal, refuser, refuser_decision
from adapters.gate.reprise import RepriseInconnue, fermer, rouvrir
from adapters.gate.reunion import reunir
from ledger.catalogue import Evenement, Fait
from ledger.dossier.etat import Dossier
from ledger.reader import Lecture
from policies.decision import Action

RANGEES: Final = 500
"""Rows of a page, at most."""
OCTETS: Final = 1 << 20
"""Bytes of its rows, at most, unless the first is longer by itself."""
DUREE: Final = 1.0
"""Seconds after which a page ends where it is: others follow."""
PAR_TOUR: Final = 100
EXTRAIRE: Final = "extraire"
"""What the row of a page says was done; each case that it opens has its own row, of a reading."""
CURSEUR_MAX: Final = 64
INCONNU: Final = "« depuis » n'est pas la suite d'une page qui vous a été donnée ici : reprenez sans lui."

Communiques = Sequence[Mapping[str, Any]]
"""Facts of one case as this reader is shown them, in their order."""
Rangees = Iterable[tuple[str, bytes]]
"""What is written of a case: the fact that each row is of, by its id, and the row."""


@dataclass(frozen=True, slots=True)
class Extraction:
    """What is looked for, and what is written of it.

    ``usage``: whose tokens these are. ``cherches``: the types of fact that a row is of. ``ouverts``: those that are
    opened of their case. ``source``: from where they are known, if it matters. ``retenir``: whether a fact of a case,
    closed as both are, may have a row. ``rediger``: the rows of a case, of the facts whose ids are given with what is
    shown of it.
    """

    usage: str
    cherches: frozenset[type[Evenement]]
    ouverts: frozenset[type[Evenement]]
    source: str | None
    retenir: Callable[[Fait, Lecture], bool]
    rediger: Callable[[Communiques, Collection[str]], Rangees]


class PageExtraite(NamedTuple):
    """The rows of a page, in the order in which their facts were told; where to go on; whether it is at the end."""

    rangees: tuple[bytes, ...]
    suivant: str
    fin: bool


@en_panne
async def extraire(gate: Gate, acces: Acces, extraction: Extraction, depuis: str | None) -> PageExtraite:
    """A page of what was told since a token; without one, from the beginning. ``Refus`` 403 for who may not import.

    One row of the page, and one of each case, are durable before anything of it is opened.
    """
    await permettre(gate, acces, Action.LIRE)
    decision = await gate.decider.decide(
        question_de(acces, Dossier(), frozenset(), action=Action.IMPORTER, annonce=RIEN)
    )
    if not decision.autorise:
        await refuser_decision(gate, acces, Action.IMPORTER, None, decision)
    apres = await _position(gate, acces, extraction, depuis)
    await gate.ledger.journal.inscrire(
        ligne_du_journal(acces, EXTRAIRE, "autorise", motif=extraction.usage, revision=gate.decider.revision)
    )
    rangees, vu, fin = await _recueillir(gate, acces, extraction, apres)
    suivant = fermer(gate, vu.to_bytes(8), _lie_a(gate, acces, extraction))
    return PageExtraite(tuple(rangee for _, rangee in rangees), suivant, fin)


async def _recueillir(
    gate: Gate, acces: Acces, extraction: Extraction, apres: int
) -> tuple[list[tuple[int, bytes]], int, bool]:
    topics = [cls.TOPIC for cls in extraction.cherches]
    boucle = asyncio.get_running_loop()
    assez = boucle.time() + DUREE
    rangees: list[tuple[int, bytes]] = []
    while True:
        trouves, vu, fin = await gate.ledger.reader.dits(topics, apres, min(PAR_TOUR, RANGEES - len(rangees)))
        rangees += await _tour(gate, acces, extraction, _de(extraction.source, trouves))
        tenues = _tenues(rangees)
        if tenues < len(rangees):
            return rangees[:tenues], rangees[tenues - 1][0], False
        if fin or len(rangees) == RANGEES or boucle.time() > assez:
            return rangees, vu, fin
        apres = vu


def _tenues(rangees: Sequence[tuple[int, bytes]]) -> int:
    """How many rows have room in a page: one at least."""
    poids = accumulate(len(rangee) for _, rangee in rangees)
    return max(min(1, len(rangees)), sum(1 for octets in poids if octets <= OCTETS))


def _de(source: str | None, faits: Sequence[Fait]) -> dict[UUID, list[Fait]]:
    """These facts by case, of that source."""
    par_dossier: dict[UUID, list[Fait]] = {}
    for fait in faits:
        if source is None or fait.enveloppe.source == source:
            par_dossier.setdefault(fait.dossier, []).append(fait)
    return par_dossier


async def _tour(
    gate: Gate, acces: Acces, extraction: Extraction, trouves: Mapping[UUID, Sequence[Fait]]
) -> list[tuple[int, bytes]]:
    """The rows of some facts, with their places. Every case of them has its row before one is opened."""
    lectures = await asyncio.gather(*map(gate.ledger.consulter_avec, trouves))
    lus = []
    for faits, (lecture, autres) in zip(trouves.values(), lectures, strict=True):
        lu = None if lecture is None else await _regarder(gate, acces, extraction, faits, lecture, autres)
        lus += [] if lu is None else [lu]
    if lus:
        await gate.ledger.journal.inscrire(
            *(ligne_du_journal(acces, Action.LIRE, "autorise", dossier=lu.plan.dossier, plan=lu.plan) for lu in lus)
        )
    rangees = []
    for lecture, plan, places in lus:
        dits = await montres(gate, acces, lecture, plan, extraction.ouverts)
        rangees += [(places[id_], rangee) for id_, rangee in extraction.rediger(dits, places.keys())]
    return sorted(rangees)


class _Lue(NamedTuple):
    """A case that is to be opened: what is shown of it, and the places of the facts that may have a row, by id."""

    lecture: Lecture
    plan: Plan
    places: Mapping[str, int]


async def _regarder(
    gate: Gate,
    acces: Acces,
    extraction: Extraction,
    faits: Sequence[Fait],
    lecture: Lecture,
    autres: Sequence[Lecture],
) -> _Lue | None:
    places = {str(fait.enveloppe.id): fait.position for fait in faits if extraction.retenir(fait, lecture)}
    if not places:
        return None
    reunion = await reunir(gate, acces, lecture, autres)
    garde = await garder(gate, acces, lecture.dossier, lecture, reunion=reunion)
    return _Lue(lecture, garde.plan, places) if isinstance(garde, Garde) else None


async def _position(gate: Gate, acces: Acces, extraction: Extraction, depuis: str | None) -> int:
    if depuis is None:
        return 0
    try:
        return int.from_bytes(rouvrir(gate, depuis, _lie_a(gate, acces, extraction)))
    except RepriseInconnue:
        await refuser(gate, acces, Action.IMPORTER, Refus(400, "requete", INCONNU))


def _lie_a(gate: Gate, acces: Acces, extraction: Extraction) -> bytes:
    """Whose token it is, of which extraction: all of an organisation go on from where it stands."""
    return gate.ledger.index.empreinte("suite", extraction.usage, acces.sujet.partenaire.code, acces.finalite)

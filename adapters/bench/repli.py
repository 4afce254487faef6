"""The fold: what a fact costs in a short history, against what it costs in a long one."""

import asyncio
import os
import time
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID, uuid4

from adapters.bench.banc import AUTEUR, FINALITE, SCHEMA
from adapters.bench.mesure import Passage, Resultat, comparer
from adapters.service.collector import calm_collector
from adapters.service.wiring import aujourd_hui
from ledger.catalogue import (
    AccompagnementOuvert,
    AccompagnementTermine,
    CommandementPayerSignifie,
    ContactTente,
    DetteDeclaree,
    DossierOuvert,
    Enveloppe,
    Evenement,
    Fait,
)
from ledger.dossier.decision import Auteur
from ledger.dossier.repli import replier
from ledger.mapper import cles_requises, to_fait, to_stored
from ledger.sealing import TAILLE_CLE, Kek, Trousseau

TAILLES: Final = (1_000, 10_000)
PART_CORRIGEE: Final = 0.3
UNE_DETTE_SUR: Final = 5
"""Acts of a household, which come again and again: one of each."""


async def repli(paires: int, tailles: tuple[int, int]) -> list[Resultat]:
    """Closed facts per second, none corrected then three in ten; the ratio is what a fact costs more once many."""
    calm_collector()
    return [await _ligne(nom, paires, tailles, part) for nom, part in (("repli", 0), ("repli_corrige", PART_CORRIGEE))]


async def _ligne(nom: str, paires: int, tailles: tuple[int, int], part: float) -> Resultat:
    courte, longue = (histoire(taille, int(taille * part)) for taille in tailles)
    return await comparer(
        nom,
        "faits repliés/s",
        lambda: _passage(courte, max(1, tailles[1] // tailles[0])),
        lambda: _passage(longue, 1),
        paires=paires,
        seuil="≤ 1,3 fois plus cher, par fait",
        remarques=[f"une histoire de {tailles[0]} faits, {part:.0%} de corrections ; étalon : de {tailles[1]} faits"],
    )


async def _passage(faits: Sequence[Fait], fois: int) -> Passage:
    await asyncio.sleep(0)  # between two, Ctrl-C is heard
    debut = time.perf_counter()
    for _ in range(fois):
        replier(faits)
    secondes = time.perf_counter() - debut
    return Passage(len(faits) * fois, secondes, [secondes / fois])


def histoire(combien: int, remplaces: int = 0, auteur: Auteur = AUTEUR) -> list[Fait]:
    """Closed facts of one dossier: its opening, then acts of several kinds; the last ones replace as many, far apart.

    ``auteur`` tells all of it.
    """
    dossier, le = uuid4(), aujourd_hui() - timedelta(days=30)
    premiers = combien - remplaces
    ids = [uuid4() for _ in range(combien)]
    ecart = max(1, (premiers - 1) // max(1, remplaces))
    contenus: list[tuple[Evenement, UUID | None]] = [(acte(rang), None) for rang in range(premiers)]
    contenus += [(acte(1 + rang * ecart), ids[1 + rang * ecart]) for rang in range(remplaces)]
    trousseau = Trousseau(SCHEMA, dossier, {}, Kek(os.urandom(TAILLE_CLE)))
    faits = []
    for version, (id_, (evenement, corrige)) in enumerate(zip(ids, contenus, strict=True), 1):
        enveloppe = Enveloppe(
            id=id_,
            contribution=id_,
            survenu_le=le,
            partenaire=auteur.partenaire,
            role=auteur.role,
            agent=auteur.agent,
            finalite=FINALITE,
            corrige=corrige,
        )
        fait = Fait(dossier, version, enveloppe, evenement)
        trousseau, _ = trousseau.complete(cles_requises(fait))
        faits.append(to_fait(to_stored(fait, trousseau)))
    return faits


def acte(rang: int) -> Evenement:
    """What is told of a household at that rank of its history: its opening, a debt, and so on."""
    if rang == 0:
        return DossierOuvert(parc="SOCIAL", commune="93066", loyer=80061)
    suite = UUID(int=rang // UNE_DETTE_SUR)
    actes: tuple[Evenement, ...] = (
        AccompagnementTermine(intervention=suite, issue="FIN"),
        dette(rang),
        CommandementPayerSignifie(ref_acte=f"CDP-{rang}", dette=rang, loyer=80061),
        ContactTente(canal="COURRIER", resultat="ABSENT"),
        AccompagnementOuvert(intervention=suite, mesure="SSD"),
    )
    return actes[rang % UNE_DETTE_SUR]


def dette(montant: int) -> DetteDeclaree:
    """A debt of a month ago."""
    return DetteDeclaree(montant=montant, arretee_au=aujourd_hui() - timedelta(days=30))


def dettes(faits: Sequence[Fait]) -> Iterator[UUID]:
    """The debts of a history: another debt may replace each of them."""
    return (fait.enveloppe.id for fait in faits if isinstance(fait.evenement, DetteDeclaree))

"""The fold: what a fact costs in a short history, against what it costs in a long one."""

import asyncio
import os
import random
import time
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID, uuid4

from adapters.bench.banc import AUTEUR, FINALITE, SCHEMA
from adapters.bench.mesure import Passage, Resultat, comparer
from adapters.service.collector import calm_collector
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
    FaitCorrige,
)
from ledger.dossier.repli import replier
from ledger.droit.jours import aujourd_hui
from ledger.mapper import cles_requises, to_fait, to_stored
from ledger.sealing import TAILLE_CLE, Kek, Trousseau

TAILLES: Final = (1_000, 10_000)
PART_CORRIGEE: Final = 0.3
CALCUL: Final = "temps de processeur"
"""Nothing is waited for there: what else the machine does is no part of it."""
UNE_DETTE_SUR: Final = 5
"""Acts of a household, which come again and again: one of each."""


async def repli(paires: int, tailles: tuple[int, int]) -> list[Resultat]:
    """Closed facts per second of processor, none corrected then three in ten; the ratio is of the costs of a fact."""
    calm_collector()
    return [await _ligne(nom, paires, tailles, part) for nom, part in (("repli", 0), ("repli_corrige", PART_CORRIGEE))]


async def _ligne(nom: str, paires: int, tailles: tuple[int, int], part: float) -> Resultat:
    # As many facts on both sides, and none twice: one short history folded again would stay in the processor's cache.
    courtes = [histoire(tailles[0], part) for _ in range(max(1, tailles[1] // tailles[0]))]
    longue = [histoire(tailles[1], part)]
    return await comparer(
        nom,
        "faits repliés/s",
        lambda: _passage(courtes),
        lambda: _passage(longue),
        paires=paires,
        seuil="≤ 1,3 fois plus cher, par fait",
        remarques=[
            f"une histoire de {tailles[0]} faits, {part:.0%} de corrections ; étalon : de {tailles[1]} faits ; {CALCUL}"
        ],
    )


async def _passage(histoires: Sequence[Sequence[Fait]]) -> Passage:
    await asyncio.sleep(0)  # between two, Ctrl-C is heard
    debut = time.process_time()
    etats = [
        replier(faits) for faits in histoires
    ]  # kept, as the reader does: given back, memory costs the next nothing
    secondes = time.process_time() - debut
    return Passage(sum(etat.version for etat in etats), secondes, [secondes / len(etats)])


def histoire(combien: int, part: float = 0.0) -> list[Fait]:
    """Closed facts of one dossier: its opening, then acts of several kinds, the first one a debt.

    That part of them corrects another, from anywhere before: one time in two it is replaced, else withdrawn.
    """
    dossier, le = uuid4(), aujourd_hui() - timedelta(days=30)
    hasard = random.Random(combien)  # noqa: S311 - reproducible, not secret
    trousseau = trousseau_vierge(dossier)
    faits: list[Fait] = []
    debout: list[tuple[UUID, Evenement]] = []
    for rang in range(combien):
        id_, evenement, corrige = uuid4(), acte(rang), None
        if debout and hasard.random() < part:
            cible, remplace = debout.pop(hasard.randrange(len(debout)))
            remplacement, retrait = (remplace, cible), (FaitCorrige(corrige=cible), None)
            evenement, corrige = hasard.choice((remplacement, retrait))
        enveloppe = Enveloppe(
            id=id_,
            contribution=id_,
            survenu_le=le,
            partenaire=AUTEUR.partenaire,
            role=AUTEUR.role,
            agent=AUTEUR.agent,
            finalite=FINALITE,
            corrige=corrige,
        )
        if rang and not isinstance(evenement, FaitCorrige):
            debout.append((id_, evenement))
        fait = Fait(dossier, rang + 1, enveloppe, evenement)
        trousseau, _ = trousseau.complete(cles_requises(fait))
        faits.append(to_fait(to_stored(fait, trousseau)))
    return faits


def trousseau_vierge(dossier: UUID) -> Trousseau:
    """The keyring of a dossier that no database holds."""
    return Trousseau(SCHEMA, dossier, {}, Kek(os.urandom(TAILLE_CLE)))


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

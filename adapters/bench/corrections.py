"""Corrections: what replacing facts of a long case costs, against telling as many new ones, and what others wait."""

import asyncio
import secrets
import statistics
import time
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID, uuid4

import orjson

from adapters.bench.banc import AUTEUR, FINALITE, LIGNE, SCHEMA, Banc, proposes, reglages
from adapters.bench.mesure import Passage, Resultat, centiles, comparer, dire
from adapters.bench.repli import CALCUL, UNE_DETTE_SUR, dette, dettes, histoire, trousseau_vierge
from adapters.bench.serveur import CONTRIBUTRICE, jeton, personnage
from adapters.demo.peuplement import peupler_registre
from adapters.gate.acces import Declaration, admettre
from adapters.gate.contexte import Acces, Gate, Trace
from adapters.gate.contribuer import contribuer
from adapters.identite.demo import EmetteurDemo
from adapters.identite.jetons import Identites
from adapters.service.collector import calm_collector
from adapters.service.wiring import ouvrir_gate
from ledger.catalogue import DossierOuvert
from ledger.dossier.decision import (
    EVENEMENTS_PAR_CONTRIBUTION,
    Auteur,
    Contexte,
    Contribution,
    Propose,
    decider,
)
from ledger.dossier.repli import replier
from ledger.droit.jours import aujourd_hui
from ledger.mapper import cles_requises, to_stored
from policies.decision import Action

TAILLES: Final = (2_000, 100)
"""Facts of the case, and how many of them are replaced at once."""
REPRISES: Final = 10
"""Times that the same contribution is decided in one passage: it takes milliseconds."""
BATTEMENT_S: Final = 0.002


async def corrections(banc: Banc, paires: int, tailles: tuple[int, int]) -> list[Resultat]:
    """What is done at one stretch, as a ratio of costs; then a contribution through the gate, as the loop feels it."""
    calm_collector()
    combien = tailles[0]
    ensemble = max(1, min(tailles[1], EVENEMENTS_PAR_CONTRIBUTION, combien // UNE_DETTE_SUR))
    return [await _traitement(paires, combien, ensemble), await _boucle(banc, paires, combien, ensemble)]


async def _traitement(paires: int, combien: int, ensemble: int) -> Resultat:
    faits = histoire(combien)
    dossier, etat = faits[0].dossier, replier(faits)
    simples = _contribution([None] * ensemble)
    remplacements = _contribution(_etales(list(dettes(faits)), ensemble))
    trousseau, _ = trousseau_vierge(dossier).complete(cle for fait in faits for cle in cles_requises(fait))

    async def preparer(contribution: Contribution) -> Passage:
        await asyncio.sleep(0)  # between two, Ctrl-C is heard
        contexte = Contexte(aujourd_hui(), [uuid4() for _ in contribution.evenements])
        durees = []
        for _ in range(REPRISES):
            debut = time.process_time()
            for fait in decider(dossier, etat, contribution, contexte):
                to_stored(fait, trousseau)
            durees.append(time.process_time() - debut)
        return Passage(ensemble * REPRISES, sum(durees), durees)

    return await comparer(
        "corrections",
        "événements/s",
        lambda: preparer(simples),
        lambda: preparer(remplacements),
        paires=paires,
        seuil="≤ 2 fois plus cher",
        remarques=[
            f"{ensemble} événements décidés et scellés sur {combien} faits ; étalon : {ensemble} remplacements",
            CALCUL,
        ],
    )


def _contribution(corriges: Sequence[UUID | None]) -> Contribution:
    [propose] = proposes(dette(419001))
    return Contribution(
        id=uuid4(),
        auteur=AUTEUR,
        finalite=FINALITE,
        evenements=tuple(Propose(propose.evenement, propose.survenu_le, corrige) for corrige in corriges),
    )


def _etales(ids: Sequence[UUID], combien: int) -> list[UUID]:
    """That many of them, from the first to the last."""
    return list(ids[:: max(1, len(ids) // combien)][:combien])


async def _boucle(banc: Banc, paires: int, combien: int, ensemble: int) -> Resultat:
    """Each contribution on a case of its own: the one before would have made the next one's longer."""
    _, acces = banc.base()
    await asyncio.to_thread(peupler_registre, acces.registre or "", SCHEMA, aujourd_hui())
    emetteur = EmetteurDemo()
    arrets: tuple[list[float], list[float]] = ([], [])
    async with ouvrir_gate(reglages(banc.donnees), acces, Identites([emetteur.emetteur])) as gate:
        preuve = jeton(emetteur, personnage(CONTRIBUTRICE))
        essai = _Essai(
            gate, await admettre(gate, preuve, Declaration(FINALITE), Action.EMETTRE, Trace("banc")), combien, ensemble
        )
        await essai.contribuer(corriger=False)  # rules read, connections open
        for rang in range(paires):
            dire(f"corrections_boucle : paire {rang + 1} / {paires}")
            for corriger in (True, False) if rang % 2 else (False, True):
                arrets[corriger].append(await essai.contribuer(corriger=corriger))
    simples, remplacements = arrets
    p50, p99 = centiles(remplacements)
    return Resultat(
        nom="corrections_boucle",
        mesure=p50,
        etalon=centiles(simples)[0],
        rapport=round(statistics.median(r / s for r, s in zip(remplacements, simples, strict=True)), 3),
        unite="ms",
        p50_ms=p50,
        p99_ms=p99,
        seuil="≤ 50 ms",
        remarques=(
            f"{ensemble} remplacements par le gate, sur {combien} faits ; étalon : {ensemble} événements",
            "le plus long arrêt de la boucle de chaque essai, vu d'une tâche qui bat toutes les 2 ms",
        ),
    )


@dataclass(frozen=True, slots=True)
class _Essai:
    """What contributes to cases made for it: the gate, the access of their landlord, the sizes."""

    gate: Gate
    acces: Acces
    combien: int
    ensemble: int

    async def contribuer(self, *, corriger: bool) -> float:
        """How long the loop was held, at most, by one contribution of that kind."""
        dossier, connues = await self._ouvrir()
        corriges = _etales(connues, self.ensemble) if corriger else []
        le = aujourd_hui().isoformat()
        dites = [
            {"type": "DetteDeclaree", "survenu_le": le, "donnees": {"montant": rang, "arretee_au": le}}
            | ({"corrige": str(corriges[rang])} if corriger else {})
            for rang in range(self.ensemble)
        ]
        corps = orjson.dumps({"evenements": dites})
        return await plus_long_arret(contribuer(self.gate, self.acces, dossier, corps, secrets.token_hex(8)))

    async def _ouvrir(self) -> tuple[UUID, list[UUID]]:
        """A case of so many facts, all of this landlord's: its id, and its debts."""
        ledger, sujet = self.gate.ledger, self.acces.sujet
        auteur = Auteur(sujet.partenaire.code, sujet.partenaire.role, sujet.agent)
        dossier = uuid4()
        contenus = [
            DossierOuvert(parc="SOCIAL", commune="93066", bailleur_siret=sujet.partenaire.siret),
            *map(dette, range(1, self.combien)),
        ]
        for debut in range(0, self.combien, EVENEMENTS_PAR_CONTRIBUTION):
            suite = proposes(*contenus[debut : debut + EVENEMENTS_PAR_CONTRIBUTION])
            dite = Contribution(id=uuid4(), auteur=auteur, finalite=FINALITE, evenements=suite)
            await ledger.contribuer(await ledger.reader.lire_ou_vierge(dossier), dite, LIGNE)
        return dossier, list(dettes((await ledger.reader.lire_ou_vierge(dossier)).faits))


async def plus_long_arret(geste: Awaitable[object]) -> float:
    """How long the loop left a task without its turn, at most, from the start of ``geste`` to its end."""
    retards: list[float] = []

    async def battre() -> None:
        while True:
            depart = time.perf_counter()
            await asyncio.sleep(BATTEMENT_S)
            retards.append(time.perf_counter() - depart - BATTEMENT_S)

    pouls = asyncio.create_task(battre())
    await asyncio.sleep(0)
    try:
        await geste
        await asyncio.sleep(2 * BATTEMENT_S)  # or what held the loop last would end with nobody to say so
    finally:
        pouls.cancel()
    return max(retards)

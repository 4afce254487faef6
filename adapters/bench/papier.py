"""A thousand letters in one go, each decided, journaled, unsealed and made, against the compiler alone."""

import asyncio
import resource
import time
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from functools import partial
from typing import Any, Final
from uuid import UUID, uuid4

import orjson

from adapters.bench.banc import AUTEUR, FINALITE, LIGNE, SCHEMA, Banc, reglages
from adapters.bench.mesure import Passage, Resultat, comparer
from adapters.bench.repli import CALCUL
from adapters.bench.serveur import LECTRICE, jeton, personnage
from adapters.demo.peuplement import peupler_registre
from adapters.gate.acces import Declaration, admettre
from adapters.gate.contexte import Acces, Gate, Trace
from adapters.gate.documents import dresser
from adapters.identite.demo import EmetteurDemo
from adapters.identite.jetons import Identites
from adapters.papier import courrier, documents
from adapters.papier.lot import tirer
from adapters.papier.tirage import compiler
from adapters.service.collector import calm_collector
from adapters.service.wiring import ouvrir_gate
from ledger import catalogue as ev
from ledger.dossier.decision import Contribution, Propose
from ledger.droit.jours import aujourd_hui
from policies.decision import Action

MODELE: Final = "prevention"
FINALITE_LUE: Final = "CCAPEX_ADMINISTRATIVE"
_ENSEMBLE: Final = 32


async def papier(banc: Banc, paires: int, combien: int) -> list[Resultat]:
    """So many letters of as many cases. The yardstick compiles the same words, one after the other."""
    calm_collector()
    _, bases = banc.base()
    await asyncio.to_thread(peupler_registre, bases.registre or "", SCHEMA, aujourd_hui())
    emetteur = EmetteurDemo()
    async with ouvrir_gate(reglages(banc.donnees), bases, Identites([emetteur.emetteur])) as gate:
        numeros = await _peupler(gate, combien)
        preuve = jeton(emetteur, personnage(LECTRICE))
        acces = await admettre(gate, preuve, Declaration(FINALITE_LUE), Action.LIRE, Trace("banc"))
        composes = [await _composer(gate, acces, numero) for numero in numeros]

        async def lot(horloge: Callable[[], float]) -> Passage:
            debut, faits = horloge(), 0
            async for tire in tirer(gate, acces, MODELE, numeros):
                faits += tire.octets != b""
            if faits != combien:
                raise RuntimeError(f"{combien - faits} courriers manquent")
            return Passage(combien, horloge() - debut, [])

        async def compilateur(horloge: Callable[[], float]) -> Passage:
            return await asyncio.to_thread(_compiler, composes, horloge)

        quoi = f"{combien} courriers, de la porte au PDF/UA ; étalon : le compilateur seul, sur les mêmes mots"
        lignes = (
            ("papier", time.perf_counter, "≥ 0,67", quoi),
            ("papier_calcul", _calcul, "≥ 0,67", f"{quoi} ; {CALCUL}"),
        )
        return [
            await comparer(
                nom,
                "courriers/s",
                partial(lot, horloge),
                partial(compilateur, horloge),
                paires=paires,
                seuil=seuil,
                remarques=[dit],
            )
            for nom, horloge, seuil, dit in lignes
        ]


def _compiler(composes: Sequence[tuple[dict[str, Any], dict[str, str]]], horloge: Callable[[], float]) -> Passage:
    debut = horloge()
    for donnees, marque in composes:
        compiler("courrier", donnees, marque)
    return Passage(len(composes), horloge() - debut, [])


def _calcul() -> float:
    """Seconds of processor of this process, and of its children that are gone: each press, from its start."""
    enfants = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + enfants.ru_utime + enfants.ru_stime


async def _composer(gate: Gate, acces: Acces, numero: UUID) -> tuple[dict[str, Any], dict[str, str]]:
    commande = documents.commander(acces, MODELE, await dresser(gate, acces, numero, MODELE))
    lue = orjson.loads(orjson.dumps(commande))
    return next(iter(courrier.composer(lue))), lue["marque"]


async def _peupler(gate: Gate, combien: int) -> list[UUID]:
    le = aujourd_hui() - timedelta(days=60)
    numeros = [uuid4() for _ in range(combien)]
    for debut in range(0, combien, _ENSEMBLE):
        quelques = enumerate(numeros[debut : debut + _ENSEMBLE], debut)
        await asyncio.gather(*(_ouvrir(gate, numero, rang, le) for rang, numero in quelques))
    return numeros


async def _ouvrir(gate: Gate, numero: UUID, rang: int, le: date) -> None:
    faits: tuple[ev.Evenement, ...] = (
        ev.DossierOuvert(parc="SOCIAL", commune="93066", loyer=80061, adresse=f"{rang + 1} rue des Essais"),
        ev.OccupantDeclare(personne=uuid4(), qualite="TITULAIRE", nom=f"NOM{rang}", prenoms="Dominique"),
        ev.CommandementPayerSignifie(dette=224770 + rang, loyer=80061),
        ev.CcapexSaisie(saisissant="BAILLEUR"),
    )
    proposes = tuple(Propose(fait, le) for fait in faits)
    dite = Contribution(id=uuid4(), auteur=AUTEUR, finalite=FINALITE, evenements=proposes)
    await gate.ledger.contribuer(await gate.ledger.reader.lire_ou_vierge(numero), dite, LIGNE)

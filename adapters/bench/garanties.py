"""The journal, and what each guarantee costs: the same gesture with it and without it, on the same ledger."""

import asyncio
import itertools
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID, uuid4

import orjson

from adapters.bench.banc import (
    AUTEUR,
    FINALITE,
    LIGNE,
    Banc,
    contribution,
    douze_evenements,
    peupler,
    premiers,
    proposes,
)
from adapters.bench.mesure import Passage, Resultat, cadencer, comparer
from adapters.bench.politique import questions
from adapters.wiring import Acces, aujourd_hui
from ledger.application import Ledger
from ledger.dossier import Contexte, Contribution, Dossier, decider
from ledger.events import Classe, DetteDeclaree, Fait
from ledger.mapper import cles_requises, ouvrir, to_fait, to_stored
from ledger.reader import Lecture
from ledger.sealing import Trousseau
from policies.engines import Decider, EmbeddedEngine
from policies.tables import charger

CLASSES: Final = (Classe.S1, Classe.S2, Classe.S3)
Geste = Callable[[int], Awaitable[object]]
"""What one client does, once."""
SANS_FSYNC: Final = "-c synchronous_commit=off"


@dataclass(frozen=True, slots=True)
class Reglage:
    """How long, how many at once, how many times."""

    paires: int
    secondes: float
    clients: int
    dossiers: int


async def journal(ledger: Ledger, dossiers: Sequence[UUID], reglage: Reglage) -> Resultat:
    """Whole reads, unsealing included, with a row that is waited for, against a row that is only handed over.

    The yardstick's time runs until its last row is durable too: what it does not wait for, it has not saved.
    """

    async def attendu() -> Passage:
        async def geste(numero: int) -> None:
            lecture = await _lire(ledger, dossiers[numero])
            await ledger.journal.inscrire(replace(LIGNE, dossier=lecture.dossier))
            _ouvrir(lecture.faits, lecture.trousseau)

        return await cadencer(reglage.clients, reglage.secondes, geste)

    async def lache() -> Passage:
        lignes: set[asyncio.Task[None]] = set()

        async def geste(numero: int) -> None:
            lecture = await _lire(ledger, dossiers[numero])
            ligne = asyncio.create_task(ledger.journal.inscrire(replace(LIGNE, dossier=lecture.dossier)))
            lignes.add(ligne)
            ligne.add_done_callback(lignes.discard)
            _ouvrir(lecture.faits, lecture.trousseau)

        debut = time.perf_counter()
        passage = await cadencer(reglage.clients, reglage.secondes, geste)
        await asyncio.gather(*lignes)
        return Passage(passage.operations, time.perf_counter() - debut, passage.durees)

    return await comparer(
        "journal",
        "lectures/s",
        attendu,
        lache,
        paires=reglage.paires,
        seuil="≥ 0,9 × sans attendre",
        remarques=[f"{reglage.clients} lecteurs, dossiers de 12 événements, descellés, une ligne par lecture"],
    )


async def garanties(
    banc: Banc, ledger: Ledger, acces: Acces, dossiers: Sequence[UUID], reglage: Reglage
) -> list[Resultat]:
    """One line per guarantee; the yardstick is the product without it."""
    async with banc.ledger(acces, SANS_FSYNC) as volatil:
        durable = await comparer(
            "garantie_durabilite",
            "contributions/s",
            lambda: _contribuer(ledger, dossiers, reglage),
            lambda: _contribuer(volatil, dossiers, reglage),
            paires=reglage.paires,
            remarques=["lire, décider, sceller, écrire et journaliser ; étalon : les mêmes sans attendre le disque"],
        )
    return [
        durable,
        await _cout(
            "garantie_cles",
            reglage,
            lambda n: ledger.consulter(dossiers[n]),
            lambda n: ledger.reader.faits(dossiers[n]),
            "les clés relues à chaque lecture ; étalon : le fil seul, illisible",
        ),
        await _cout(
            "garantie_journal",
            reglage,
            lambda n: _consulter_et_inscrire(ledger, dossiers[n]),
            lambda n: ledger.consulter(dossiers[n]),
            "une ligne durable par lecture ; étalon : la lecture sans trace",
        ),
        await _scellement(ledger, dossiers[0], reglage),
        await _politique(reglage),
    ]


async def _cout(nom: str, reglage: Reglage, avec: Geste, sans: Geste, remarque: str) -> Resultat:
    return await comparer(
        nom,
        "lectures/s",
        lambda: cadencer(reglage.clients, reglage.secondes, avec),
        lambda: cadencer(reglage.clients, reglage.secondes, sans),
        paires=reglage.paires,
        remarques=[remarque],
    )


async def _contribuer(ledger: Ledger, dossiers: Sequence[UUID], reglage: Reglage) -> Passage:
    tours = itertools.count()
    dette = DetteDeclaree(montant=419001, arretee_au=proposes(douze_evenements()[0])[0].survenu_le)

    async def geste(numero: int) -> None:
        siens = premiers(dossiers, numero, reglage.clients)
        lecture = await _lire(ledger, siens[next(tours) % len(siens)])
        recu = await ledger.contribuer(lecture, contribution(dette), LIGNE)
        if recu.statut != "ecrit":
            raise AssertionError(recu)

    return await cadencer(reglage.clients, reglage.secondes, geste)


async def _scellement(ledger: Ledger, dossier: UUID, reglage: Reglage) -> Resultat:
    """A dossier of twelve events to rows and back, sealed, against the same JSON left in clear."""
    decidee = Contribution(id=uuid4(), auteur=AUTEUR, finalite=FINALITE, evenements=proposes(*douze_evenements()))
    faits = decider(dossier, Dossier(), decidee, Contexte(aujourd_hui(), [uuid4() for _ in decidee.evenements]))
    vierge = ledger.keys.vierge(dossier)
    trousseau = vierge.avec(vierge.nouvelles({cle for fait in faits for cle in cles_requises(fait)}))

    async def scelle(_: int) -> None:
        _ouvrir([to_fait(to_stored(fait, trousseau)) for fait in faits], trousseau)
        await asyncio.sleep(0)

    async def clair(_: int) -> None:
        for fait in faits:
            orjson.loads(orjson.dumps({"enveloppe": fait.enveloppe, "clair": fait.evenement}))
        await asyncio.sleep(0)

    return await comparer(
        "garantie_scellement",
        "dossiers/s",
        lambda: cadencer(1, reglage.secondes, scelle),
        lambda: cadencer(1, reglage.secondes, clair),
        paires=reglage.paires,
        remarques=["12 événements scellés, relus et descellés ; étalon : leur JSON en clair, sans leurs objets"],
    )


async def _politique(reglage: Reglage) -> Resultat:
    """What a decision costs once known, which is how nearly all of them are."""
    posees = questions(64)
    moteur = EmbeddedEngine(charger())
    cache = Decider(moteur)

    async def connue(_: int) -> None:
        for question in posees:
            await cache.decide(question)
        await asyncio.sleep(0)

    async def neuve(_: int) -> None:
        for question in posees:
            await moteur.decide(question)
        await asyncio.sleep(0)

    return await comparer(
        "garantie_politique",
        "64 décisions/s",
        lambda: cadencer(1, reglage.secondes, connue),
        lambda: cadencer(1, reglage.secondes, neuve),
        paires=reglage.paires,
        remarques=["64 décisions déjà connues (cache chaud) ; étalon : les mêmes sans cache"],
    )


async def _consulter_et_inscrire(ledger: Ledger, dossier: UUID) -> None:
    await ledger.consulter(dossier)
    await ledger.journal.inscrire(replace(LIGNE, dossier=dossier))


async def _lire(ledger: Ledger, dossier: UUID) -> Lecture:
    lecture = await ledger.consulter(dossier)
    if lecture is None:
        raise AssertionError(dossier)
    return lecture


def _ouvrir(faits: Sequence[Fait], trousseau: Trousseau) -> None:
    for fait in faits:
        ouvrir(fait, trousseau, CLASSES)


async def preparer(banc: Banc, acces: Acces, combien: int) -> list[UUID]:
    """The dossiers that every line of this module reads."""
    async with banc.ledger(acces) as ledger:
        return await peupler(ledger, combien)

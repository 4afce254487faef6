"""The feed: what a subscriber is told, page by page, against a bare SELECT of the same rows."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any, Final

import orjson
from psycopg import AsyncConnection
from psycopg.conninfo import make_conninfo

from adapters.bench.banc import SCHEMA, Banc, peupler, reglages
from adapters.bench.mesure import Passage, Resultat, comparer
from adapters.bench.serveur import LECTRICE, jeton, personnage
from adapters.demo.peuplement import peupler_registre
from adapters.gate import flux as verbe
from adapters.gate.acces import Declaration, admettre
from adapters.gate.contexte import Gate, Trace
from adapters.gate.files import Curseur
from adapters.identite.demo import EmetteurDemo
from adapters.identite.jetons import Identites
from adapters.service.collector import calm_collector
from adapters.service.wiring import ouvrir_gate
from ledger.droit.jours import aujourd_hui
from policies.decision import Action
from projections.projecteur import avancer

DOSSIERS: Final = 100
ABONNES: Final = 8
"""Subscribers that take up their pages at once: the journal writes their rows together."""
FINALITE: Final = "CCAPEX_ADMINISTRATIVE"
_RANGEES: Final = (
    "SELECT originator_id, originator_version, topic, state, notification_id, recorded_at FROM dossiers_events"
    " WHERE notification_id > %s ORDER BY notification_id LIMIT %s"
)


async def flux(banc: Banc, paires: int) -> list[Resultat]:
    """Cases of twelve facts, all of them told to who instructs; the yardstick reads their rows, and decides nothing."""
    calm_collector()
    nue, acces = banc.base()
    await asyncio.to_thread(peupler_registre, acces.registre or "", SCHEMA, aujourd_hui())
    emetteur = EmetteurDemo()
    async with ouvrir_gate(reglages(banc.donnees), acces, Identites([emetteur.emetteur])) as gate:
        suivre = partial(_page, gate, jeton(emetteur, personnage(LECTRICE)))
        depart = (await suivre(None))["suivant"]
        await peupler(gate.ledger, DOSSIERS)
        await _projeter(make_conninfo(acces.projecteur or "", options=f"-c search_path={SCHEMA}"))

        async def livrer() -> int:
            livres, page = 0, await suivre(depart)
            while True:
                livres += len(page["evenements"])
                if not page["encore"]:
                    return livres
                page = await suivre(page["suivant"])

        livres = await livrer()
        async with await AsyncConnection.connect(nue, autocommit=True) as connexion:
            resultat = await comparer(
                "flux",
                "livraisons/s",
                lambda: _passage([livrer] * ABONNES),
                lambda: _passage([partial(_lire, connexion, livres)]),
                paires=paires,
                seuil="≥ 0,3",
                remarques=[
                    f"{livres} changements par pages de {verbe.PAGE}, du jeton au corps, {ABONNES} abonnés à la fois",
                    "étalon : un SELECT des mêmes rangées, par les mêmes pages, sans clé, sans règle ni journal",
                ],
            )
    return [resultat]


async def _page(gate: Gate, preuve: str, depuis: str | None) -> dict[str, Any]:
    acces = await admettre(gate, preuve, Declaration(FINALITE), Action.LIRE, Trace("banc"))
    lue: dict[str, Any] = orjson.loads((await verbe.suivre(gate, acces, depuis, Curseur(limite=verbe.PAGE))).corps)
    return lue


async def _lire(connexion: AsyncConnection[Any], combien: int) -> int:
    lues, apres = 0, 0
    while lues < combien:
        curseur = await connexion.execute(_RANGEES, [apres, verbe.PAGE])
        rangees = await curseur.fetchall()
        lues, apres = lues + len(rangees), rangees[-1][4]
    return lues


async def _passage(gestes: Sequence[Callable[[], Awaitable[int]]]) -> Passage:
    debut = time.perf_counter()
    livres = await asyncio.gather(*(geste() for geste in gestes))
    duree = time.perf_counter() - debut
    return Passage(sum(livres), duree, [duree / sum(livres) * verbe.PAGE])


async def _projeter(url: str) -> None:
    async with await AsyncConnection.connect(url, autocommit=True) as connexion:
        while await avancer(connexion):
            pass

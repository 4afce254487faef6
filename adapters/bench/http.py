"""The two measures over HTTP: a contribution and the CCAPEX view; each server has its process, the load another.

Both sides get the same clients, the same connections kept open, the same number of dossiers of twelve events, and as
many contributions to each: a case costs what it holds, and the faster side would be given the longer ones. A first
passage, not counted, warms what a running service has warm: tokens verified, decisions known, connections open.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import orjson

from adapters.bench.banc import SCHEMA, Banc, TravailPerdu, faire, lancer, peupler, terminer, variables_pg
from adapters.bench.charge import CLE, requete
from adapters.bench.garanties import Reglage
from adapters.bench.mesure import Bras, Passage, Resultat, comparer
from adapters.bench.serveur import CONTRIBUTRICE, LECTRICE, personnage
from adapters.demo.personnages import Personnage
from adapters.demo.peuplement import peupler_registre
from ledger.dossier.decision import Auteur
from ledger.droit.jours import aujourd_hui

CHAUD: Final = "jetons et décisions déjà connus (caches chauds)"
ECHAUFFEMENT_S: Final = 0.5
PAR_SECONDE: Final = 15
"""Contributions of one client for each second of a passage: about what the yardstick takes."""
_TICS: Final = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Serveur:
    """A server that listens: its process, its port, and what it said of itself."""

    processus: asyncio.subprocess.Process
    dit: dict[str, Any]

    def temps_processeur(self) -> float:
        """Seconds of processor that it has used, by itself and by the system for it."""
        champs = Path(f"/proc/{self.processus.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(champs[11]) + int(champs[12])) / _TICS


@asynccontextmanager
async def servir(travail: str, demande: object) -> AsyncIterator[Serveur]:
    """A server in a process of its own, from the moment it listens to the end of the block."""
    processus = await lancer(travail, demande)
    try:
        ligne = b"" if processus.stdout is None else await processus.stdout.readline()
        if not ligne:
            raise TravailPerdu(f"Le serveur « {travail} » n'a pas démarré.")
        yield Serveur(processus, orjson.loads(ligne))
    finally:
        await terminer(processus)


def _bras(serveur: Serveur, requetes: Sequence[Sequence[str]], statut: int, secondes: float, fois: int = 1) -> Bras:
    async def passer() -> Passage:
        avant = serveur.temps_processeur()
        dit = await _charger(serveur, requetes, statut, secondes, fois)
        coeur = (serveur.temps_processeur() - avant) / dit["secondes"]
        return Passage(len(dit["durees"]), dit["secondes"], dit["durees"], coeur)

    return passer


async def _charger(
    serveur: Serveur, requetes: Sequence[Sequence[str]], statut: int, secondes: float, fois: int = 1
) -> dict[str, Any]:
    """The load for so long, and of each client so many times at least."""
    demande = {
        "hote": "127.0.0.1",
        "port": serveur.dit["port"],
        "requetes": requetes,
        "statut": statut,
        "secondes": secondes,
        "fois": fois,
    }
    dit: dict[str, Any] = await faire("charge", demande)
    return dit


async def mesurer(banc: Banc, voulus: set[str], reglage: Reglage) -> list[Resultat]:
    """The lines that were asked for, on one server of the product and one of each yardstick."""
    admin, acces = banc.base()
    await asyncio.to_thread(peupler_registre, acces.registre or "", SCHEMA, aujourd_hui())
    elle, autre = (personnage(code) for code in (CONTRIBUTRICE, LECTRICE))
    async with banc.ledger(acces) as ledger:
        # The one that is read is none of those that are written to: it keeps its twelve events.
        [lu] = await peupler(ledger, 1, elle.siret, _auteur(elle))
        # Told by another whom the registry knows: to name a landlord links it to the whole of the case.
        dossiers = await peupler(ledger, reglage.dossiers, elle.siret, _auteur(autre))
    trouves = []
    async with AsyncExitStack() as pile:
        demande = {"acces": asdict(acces), "donnees": str(banc.donnees)}
        produit = await pile.enter_async_context(servir("produit", demande))
        if "contribution" in voulus:
            nue = {"env": variables_pg(admin), "dossiers": reglage.dossiers}
            etalon = await pile.enter_async_context(servir("etalon", nue))
            trouves.append(await _contribution(produit, etalon, dossiers, reglage))
        if "vue_ccapex" in voulus:
            trouves.append(await _vue(produit, lu, reglage, pile))
        if "journal" in voulus:
            trouves.append(await _journal(demande, lu, reglage, pile))
    return trouves


def _auteur(p: Personnage) -> Auteur:
    return Auteur(p.partenaire, p.role, p.agent)


async def _contribution(produit: Serveur, etalon: Serveur, dossiers: Sequence[UUID], reglage: Reglage) -> Resultat:
    le = aujourd_hui().isoformat()
    dette = {"montant": 419001, "arretee_au": le}
    corps = orjson.dumps({"evenements": [{"type": "DetteDeclaree", "survenu_le": le, "donnees": dette}]})
    qui = entetes(produit, CONTRIBUTRICE, "ACTE_EMISSION") | {"Idempotency-Key": CLE.decode()}
    siennes = [requete("POST", f"/v1/dossiers/{d}/interventions", qui, corps) for d in dossiers]
    nues = [requete("POST", f"/dossiers/{d}/contributions", {}, orjson.dumps(dette)) for d in etalon.dit["dossiers"]]
    par_client = [siennes[n :: reglage.clients] for n in range(reglage.clients)]
    nues_par_client = [nues[n :: reglage.clients] for n in range(reglage.clients)]
    fois = max(1, round(reglage.secondes * PAR_SECONDE))
    for serveur, requetes in ((produit, par_client), (etalon, nues_par_client)):
        await _charger(serveur, requetes, 201, 0.0, max(1, round(ECHAUFFEMENT_S * PAR_SECONDE)))
    return await comparer(
        "contribution",
        "contributions/s",
        _bras(produit, par_client, 201, 0.0, fois),
        _bras(etalon, nues_par_client, 201, 0.0, fois),
        paires=reglage.paires,
        seuil="≥ 2 × Application.save nu derrière FastAPI",
        remarques=[
            f"{reglage.clients} clients, {len(dossiers)} dossiers de 12 événements au départ",
            f"autant de contributions d'un côté et de l'autre ; {CHAUD}",
        ],
    )


async def _vue(produit: Serveur, dossier: UUID, reglage: Reglage, pile: AsyncExitStack) -> Resultat:
    qui = entetes(produit, LECTRICE, "CCAPEX_INSTRUCTION")
    siennes = [[requete("GET", f"/v1/vues/ccapex/{dossier}", qui)]] * reglage.lecteurs
    corps = (await _charger(produit, siennes, 200, ECHAUFFEMENT_S))["corps"]
    etalon = await pile.enter_async_context(servir("etalon", {"vue": corps}))
    nues = [[requete("GET", "/vue", {})]] * reglage.lecteurs
    await _charger(etalon, nues, 200, ECHAUFFEMENT_S)
    return await comparer(
        "vue_ccapex",
        "vues/s",
        _bras(produit, siennes, 200, reglage.secondes),
        _bras(etalon, nues, 200, reglage.secondes),
        paires=reglage.paires,
        seuil="≥ 0,35 × les mêmes octets servis nus",
        remarques=[f"{reglage.lecteurs} clients, un dossier de 12 événements, {len(corps.encode())} octets ; {CHAUD}"],
    )


async def _journal(demande: dict[str, Any], dossier: UUID, reglage: Reglage, pile: AsyncExitStack) -> Resultat:
    """The same view, whose row is waited for, against one whose row is only handed over: two servers, both new."""
    par_serveur = []
    for sans_attendre in (False, True):
        serveur = await pile.enter_async_context(servir("produit", {**demande, "sans_attendre": sans_attendre}))
        qui = entetes(serveur, LECTRICE, "CCAPEX_INSTRUCTION")
        siennes = [[requete("GET", f"/v1/vues/ccapex/{dossier}", qui)]] * reglage.lecteurs
        await _charger(serveur, siennes, 200, ECHAUFFEMENT_S)
        par_serveur.append(_bras(serveur, siennes, 200, reglage.secondes))
    return await comparer(
        "journal",
        "vues/s",
        *par_serveur,
        paires=reglage.paires,
        seuil="≥ 0,9 × sans attendre",
        remarques=[f"{reglage.lecteurs} clients ; étalon : la ligne part sans être attendue ; {CHAUD}"],
    )


def entetes(produit: Serveur, partenaire: str, finalite: str) -> dict[str, str]:
    """Who asks, and what for."""
    jeton = produit.dit["jetons"][partenaire]
    return {"Authorization": f"Bearer {jeton}", "Finalite": finalite}

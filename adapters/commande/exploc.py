"""``unefois exploc``: lots from a file or from the national system, and a simulator of that system.

Progress goes to the standard error, the report to the standard output. Dry unless ``--ecrire``. Whoever imports acts
for the CCAPEX instructeur: as one of its agents (``--agent``), who must hold a habilitation in force, or as the local
administrator, and the journal says which.
"""

import argparse
import asyncio
import io
import sys
import time
from collections.abc import Collection
from datetime import date
from pathlib import Path
from typing import Final

import orjson

from adapters.demo.departement import FIN, foyers, lot
from adapters.exploc.fichier import LotIllisible, ouvrir_lot
from adapters.exploc.importation import FINALITE, reindexer
from adapters.exploc.national import National
from adapters.exploc.rapport import ecrire_refus, nombre, texte
from adapters.exploc.releve import relever
from adapters.exploc.scenarios import SCENARIOS
from adapters.exploc.simulateur import BOUCLE, Simulateur, ecouter, servir
from adapters.exploc.source import Fichier, Pilote, SourceEnDefaut
from adapters.gate.contexte import Acces, Gate
from adapters.gate.refus import Refus
from adapters.identite.sujet import Demandeur, nommer
from adapters.registre.instantane import Instantane, Partenaire
from adapters.registre.lecture import RegistreIndisponible
from adapters.service.settings import PORT_MAXIMAL, variable
from policies.decision import Agent

ADMINISTRATEUR: Final = "administrateur-local"
INSTRUCTEUR: Final = "drihl93-ccapex"
"""Stands for the instructeur while the registry names none: a fresh machine can import before anybody is registered."""
JETON: Final = variable("exploc_token")
PORT: Final = 8094
FOYERS: Final = 200
"""Fictitious households of the lot that a simulator serves when it is given none."""
_PAS_S: Final = 0.25


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of ``unefois exploc``."""
    actions = parser.add_subparsers(dest="exploc", required=True, metavar="ACTION")
    un_lot = actions.add_parser("importer", help="importer un lot d'actes, à blanc si --ecrire n'est pas donné")
    un_lot.add_argument("fichier", type=Path, metavar="FICHIER", help="le lot, CSV ou CSV compressé (.gz)")
    _ajouter_import(un_lot)
    releve = actions.add_parser(
        "relever", help="relever les actes du système national, à blanc si --ecrire n'est pas donné"
    )
    releve.add_argument("url", metavar="URL", help=f"son adresse ; le jeton est dans {JETON}")
    releve.add_argument("--tout", action="store_true", help="depuis le début, et non depuis la dernière relève")
    _ajouter_import(releve)
    simulation = actions.add_parser(
        "simuler", help="simuler le système national sur cette machine (non officiel) : ni base ni règles"
    )
    simulation.add_argument(
        "--port", type=_port, default=PORT, help=f"le port d'écoute ({PORT} ; 0 : n'importe lequel)"
    )
    simulation.add_argument(
        "--lot", type=Path, metavar="FICHIER", help="le lot servi, CSV ou .gz (à défaut : un lot fictif)"
    )
    simulation.add_argument(
        "--scenario",
        nargs="+",
        choices=tuple(SCENARIOS),
        default=(),
        metavar="NOM",
        help="ce qui va mal : " + " ; ".join(f"{nom}, {quoi}" for nom, quoi in SCENARIOS.items()),
    )
    simulation.add_argument(
        "--graine", type=int, default=1, metavar="N", help="le tirage des fautes, reproductible (1)"
    )
    index = actions.add_parser(
        "reindexer", help="compléter l'index des ménages après une mise à niveau : une fois, services arrêtés"
    )
    index.add_argument("--agent", help=f"l'agent habilité qui agit (à défaut : {ADMINISTRATEUR})")


def _ajouter_import(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--ecrire", action="store_true", help="écrire dans le registre ce qui est retenu")
    parser.add_argument("--rapport", choices=("texte", "json"), default="texte", help="la forme du rapport (texte)")
    parser.add_argument(
        "--refus",
        type=Path,
        metavar="CSV",
        help="écrire aussi ici les refus et les valeurs mises à part",
    )
    parser.add_argument("--agent", help=f"l'agent habilité qui importe (à défaut : {ADMINISTRATEUR})")


def _port(texte: str) -> int:
    if not (texte.isascii() and texte.isdigit() and int(texte) <= PORT_MAXIMAL):
        raise argparse.ArgumentTypeError(f"un port est un nombre de 0 à {PORT_MAXIMAL}")
    return int(texte)


async def run(options: argparse.Namespace, gate: Gate, jeton: str | None = None) -> int:
    """Import one lot, or complete the index; 0 once it is done, whatever rows a lot has refused, 1 when it is not.

    ``jeton``: for the national system.
    """
    try:
        match options.exploc:
            case "reindexer":
                await _reindexer(options, gate)
            case "relever":
                await _relever(options, gate, jeton)
            case _:
                await _importer(options, gate, Fichier(options.fichier))
    except OSError as erreur:
        _dire(f"{erreur.filename} : {erreur.strerror}.")
        return 1
    except Refus as refus:
        _dire(f"{refus} Voyez « unefois habilitations »." if refus.code == "AGENT_INVALIDE" else str(refus))
        return 1
    except (RegistreIndisponible, SourceEnDefaut) as panne:
        _dire(str(panne))
        return 1
    except asyncio.CancelledError:
        _dire("\nInterrompu. Ce qui est écrit l'est en entier : la même commande reprendra où elle en était.")
        raise
    return 0


async def _reindexer(options: argparse.Namespace, gate: Gate) -> None:
    ajoutees = await reindexer(gate, await _qui(options.agent, gate))
    sys.stdout.write(f"{nombre(ajoutees)} entrées ajoutées à l'index.\n")


async def _qui(agent: str | None, gate: Gate) -> Acces:
    return _acces(agent, await gate.registre.courant(), gate.tables.importateurs, gate.aujourd_hui())


def _acces(agent: str | None, registre: Instantane, importateurs: Collection[str], jour: date) -> Acces:
    """The instructeur of the registry, and who acts for it."""
    [role] = importateurs
    codes = sorted(
        code
        for code, partenaire in registre.partenaires.items()
        if partenaire.role == role and registre.partenaire(code, jour) is not None
    )
    inconnu = Partenaire(INSTRUCTEUR, "", INSTRUCTEUR, role, (FINALITE,))
    importateur = registre.partenaires[codes[0]] if codes else inconnu
    if agent is None:
        sujet = Demandeur(importateur, ADMINISTRATEUR, Agent.ABSENT, None, frozenset({FINALITE}))
    else:
        sujet = nommer(importateur, agent, frozenset({FINALITE}), registre, jour)
    return Acces(sujet, FINALITE, None, registre, jour)


async def _relever(options: argparse.Namespace, gate: Gate, jeton: str | None) -> None:
    if not jeton:
        raise SourceEnDefaut(f"{JETON} manque : donnez-y le jeton que le système national vous a remis.")
    await _importer(options, gate, National(options.url, jeton), tout=options.tout)


async def _importer(options: argparse.Namespace, gate: Gate, pilote: Pilote, *, tout: bool = False) -> None:
    progres = _Progres()
    try:
        acces = await _qui(options.agent, gate)
        rapport = await relever(gate, acces, pilote, ecrire=options.ecrire, tout=tout, progres=progres)
    finally:
        progres.finir()
    if options.refus is not None:
        with options.refus.open("w", encoding="utf-8-sig", newline="") as sortie:
            ecrire_refus(sortie, rapport)
    if options.rapport == "json":
        sys.stdout.buffer.write(orjson.dumps(rapport, option=orjson.OPT_INDENT_2) + b"\n")
        sys.stdout.buffer.flush()
    else:
        sys.stdout.write(texte(rapport, ecrit=options.ecrire))


def simuler(options: argparse.Namespace) -> int:
    """Serve a simulated national system until told to stop; 1 for a lot or a port that cannot be had."""
    try:
        octets = options.lot.read_bytes() if options.lot else lot(foyers(FOYERS, FIN))
        simulateur = Simulateur(ouvrir_lot(io.BytesIO(octets)), options.scenario, options.graine)
    except OSError as erreur:
        _dire(f"{erreur.filename} : {erreur.strerror}.")
        return 1
    except LotIllisible as refus:
        _dire(str(refus))
        return 1
    try:
        ecoute = ecouter(options.port)
    except OSError as erreur:
        _dire(f"Le port {options.port} de {BOUCLE} ne peut pas être pris ({erreur.strerror}) : donnez un autre --port.")
        return 1
    adresse = f"http://{BOUCLE}:{ecoute.getsockname()[1]}"
    scenarios = ", ".join(options.scenario) or "aucun"
    sys.stdout.write(
        f"Simulateur non officiel d'EXPLOC, pour essai : {adresse} (voyez docs/exploc.md).\n"
        f"Scénarios : {scenarios} ; graine {options.graine}. Ctrl-C l'arrête.\n"
    )
    sys.stdout.flush()
    asyncio.run(servir(simulateur, ecoute))
    return 0


class _Progres:
    """One line that is rewritten on a terminal; nothing but its last state elsewhere."""

    def __init__(self) -> None:
        self._direct = sys.stderr.isatty()
        self._dit = 0.0
        self._etat = ""

    def __call__(self, lues: int, ecrites: int) -> None:
        self._etat = f"{nombre(lues)} lignes lues" + (f", {nombre(ecrites)} actes écrits" if ecrites else "")
        if self._direct and time.monotonic() - self._dit > _PAS_S:
            self._dit = time.monotonic()
            sys.stderr.write(f"\r{self._etat}")
            sys.stderr.flush()

    def finir(self) -> None:
        if self._etat:
            _dire(f"\r{self._etat}" if self._direct else self._etat)


def _dire(message: str) -> None:
    sys.stderr.write(f"{message}\n")

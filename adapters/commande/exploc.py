"""``unefois exploc importer FICHIER``: progress on the standard error, the report on the standard output.

Dry unless ``--ecrire``. Whoever runs it acts for the CCAPEX instructeur: as one of its agents (``--agent``), who must
hold a habilitation in force, or as the local administrator, and the journal says which.
"""

import argparse
import asyncio
import sys
import time
from collections.abc import AsyncIterator, Collection
from datetime import date
from pathlib import Path
from typing import BinaryIO, Final

import orjson

from adapters.exploc.importation import FINALITE, importer, reindexer
from adapters.exploc.rapport import ecrire_refus, nombre, texte
from adapters.gate.contexte import Acces, Gate
from adapters.gate.refus import Refus
from adapters.identite.sujet import Demandeur, nommer
from adapters.registre.instantane import Instantane, Partenaire
from adapters.registre.lecture import RegistreIndisponible
from policies.decision import Agent

ADMINISTRATEUR: Final = "administrateur-local"
INSTRUCTEUR: Final = "drihl93-ccapex"
"""Stands for the instructeur while the registry names none: a fresh machine can import before anybody is registered."""
_MORCEAU: Final = 1 << 18
_PAS_S: Final = 0.25


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of ``unefois exploc``."""
    actions = parser.add_subparsers(dest="exploc", required=True, metavar="ACTION")
    lot = actions.add_parser("importer", help="importer un lot d'actes, à blanc si --ecrire n'est pas donné")
    lot.add_argument("fichier", type=Path, metavar="FICHIER", help="le lot, CSV ou CSV compressé (.gz)")
    lot.add_argument("--ecrire", action="store_true", help="écrire dans le registre ce qui est retenu")
    lot.add_argument("--rapport", choices=("texte", "json"), default="texte", help="la forme du rapport (texte)")
    lot.add_argument(
        "--refus",
        type=Path,
        metavar="CSV",
        help="écrire aussi ici les refus et les valeurs mises à part",
    )
    lot.add_argument("--agent", help=f"l'agent habilité qui importe (à défaut : {ADMINISTRATEUR})")
    index = actions.add_parser(
        "reindexer", help="compléter l'index des ménages après une mise à niveau : une fois, services arrêtés"
    )
    index.add_argument("--agent", help=f"l'agent habilité qui agit (à défaut : {ADMINISTRATEUR})")


async def run(options: argparse.Namespace, gate: Gate) -> int:
    """Import one lot, or complete the index; 0 once it is done, whatever rows a lot has refused, 1 when it is not."""
    try:
        await (_reindexer if options.exploc == "reindexer" else _importer)(options, gate)
    except OSError as erreur:
        _dire(f"{erreur.filename} : {erreur.strerror}.")
        return 1
    except Refus as refus:
        _dire(f"{refus} Voyez « unefois habilitations »." if refus.code == "AGENT_INVALIDE" else str(refus))
        return 1
    except RegistreIndisponible as panne:
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


async def _importer(options: argparse.Namespace, gate: Gate) -> None:
    progres = _Progres()
    with options.fichier.open("rb") as flux:
        try:
            acces = await _qui(options.agent, gate)
            rapport = await importer(gate, acces, _octets(flux), ecrire=options.ecrire, progres=progres)
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


async def _octets(flux: BinaryIO) -> AsyncIterator[bytes]:
    while morceau := await asyncio.to_thread(flux.read, _MORCEAU):
        yield morceau


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

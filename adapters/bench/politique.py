"""The decision: the embedded engine, uncached, against OPA over HTTP with the same rules, the same questions."""

import asyncio
import itertools
import json
import shutil
import socket
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from adapters.bench.banc import terminer
from adapters.bench.mesure import Passage, Resultat, comparer
from adapters.service.wiring import moteur_embarque, moteur_opa
from ledger.droit.jours import aujourd_hui
from policies.decision import Action, Lien, Request, Source
from policies.engines import Engine, EngineUnavailable
from policies.tables import Regles, charger

SEUIL: Final = "médiane ≤ 0,2 ms, et ≥ 4 × OPA par HTTP"
DEMARRAGE_S: Final = 20.0


def questions(combien: int) -> list[Request]:
    """Reads that differ by role and purpose, link, stage and source, as the tables allow them; never twice the same."""
    portes = charger().tables["portes"]
    couples = [(role, finalite) for role, finalites in sorted(portes.items()) for finalite in sorted(finalites)]
    croisees: Iterator[tuple[Lien, Source, bool, str, tuple[str, str]]] = itertools.product(
        Lien, Source, (True, False), ("ASSIGNATION", "JUGEMENT", "OUVERT"), couples
    )
    return [
        Request(
            role=role,
            finalite=finalite,
            action=Action.LIRE,
            le=aujourd_hui(),
            liens=frozenset({lien}),
            stade=stade,
            source=source,
            emis_par_moi=emis,
        )
        for lien, source, emis, stade, (role, finalite) in itertools.islice(croisees, combien)
    ]


async def decision(paires: int, combien: int) -> Resultat:
    """One question at a time on both sides: what a request waits for its decision."""
    regles = charger()
    posees = questions(combien)
    embarque = moteur_embarque(regles)
    opa = shutil.which("opa")

    async def cote(moteur: Engine) -> Passage:
        durees = []
        for question in posees:
            debut = time.perf_counter()
            await moteur.decide(question)
            durees.append(time.perf_counter() - debut)
        return Passage(len(durees), sum(durees), durees)

    remarque = f"sans cache ; {len(posees)} questions distinctes, une à la fois"
    if opa is None:
        absence = "étalon non mesuré : la commande « opa » n'est pas dans le PATH"
        return await comparer(
            "decision",
            "décisions/s",
            lambda: cote(embarque),
            None,
            paires=paires,
            seuil=SEUIL,
            remarques=[remarque, absence],
        )
    async with _serveur_opa(opa, regles) as serveur:
        await _attendre(serveur, posees[0])
        return await comparer(
            "decision",
            "décisions/s",
            lambda: cote(embarque),
            lambda: cote(serveur),
            paires=paires,
            seuil=SEUIL,
            remarques=[remarque],
        )


@asynccontextmanager
async def _serveur_opa(opa: str, regles: Regles) -> AsyncIterator[Engine]:
    with TemporaryDirectory(prefix="unefois-bench-opa-") as racine:
        _deposer(regles, Path(racine))
        port = _port_libre()
        processus = await asyncio.create_subprocess_exec(
            *(opa, "run", "--server", "--addr", f"127.0.0.1:{port}", "--log-level", "error", "--skip-version-check"),
            *("--bundle", racine),
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            async with moteur_opa(regles, "127.0.0.1", port) as moteur:
                yield moteur
        finally:
            await terminer(processus)


def _deposer(regles: Regles, racine: Path) -> None:
    """The rules and tables, as OPA loads a bundle's directory."""
    for chemin, texte in regles.modules.items():
        fichier = racine / chemin
        fichier.parent.mkdir(parents=True, exist_ok=True)
        fichier.write_text(texte, "utf-8")
    (racine / "data.json").write_text(json.dumps({"tables": regles.tables}), "utf-8")


async def _attendre(moteur: Engine, question: Request) -> None:
    """Ask until the server answers."""
    fin = time.monotonic() + DEMARRAGE_S
    while True:
        try:
            await moteur.decide(question)
        except EngineUnavailable:
            if time.monotonic() > fin:
                raise
            await asyncio.sleep(0.1)
        else:
            return


def _port_libre() -> int:
    with socket.socket() as prise:
        prise.bind(("127.0.0.1", 0))
        port: int = prise.getsockname()[1]
    return port

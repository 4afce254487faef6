"""The import of a lot against a raw COPY of the same events, and the rebuild of the views against a reading of the log.

Each import goes into a fresh ledger, in a process of its own: its memory is then its own, and so is its start-up.
"""

import asyncio
import resource
import time
from collections.abc import AsyncIterator
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

from psycopg import AsyncConnection

from adapters.bench.banc import RACINE, SCHEMA, Banc, faire, reglages
from adapters.bench.mesure import Passage, Resultat, comparer
from adapters.exploc import actes
from adapters.exploc.importation import FINALITE, importer_lot
from adapters.gate.importer import Permis
from adapters.service.wiring import Adresses, dans_le_schema, ouvrir_ledger
from ledger.application import Ledger
from ledger.dossier.decision import Auteur
from ledger.droit.jours import aujourd_hui
from ledger.journal import Ligne
from ledger.mapper import lire_fait
from projections.plieurs import LECTURE
from projections.projecteur import Plis, avancer
from projections.reconstruction import reconstruire

LOT: Final = RACINE / "tests" / "exploc" / "lots" / "lot-93-2019.csv.gz"
MORCEAU: Final = 1 << 18
IMPORTATEUR: Final = Auteur("drihl93-ccapex", "CCAPEX_INSTRUCTEUR", "agent-banc")
_COLONNES: Final = "originator_id, originator_version, topic, state"
_HISTOIRES: Final = (
    f"SELECT {_COLONNES}, notification_id, recorded_at FROM dossiers_events ORDER BY originator_id, originator_version"  # noqa: S608 - our own names
)


class LotRefuse(Exception):
    """The lot was not imported as a lot is; nothing can be said of its speed."""


class Lots:
    """The imports of one run; ``derniere`` is the ledger that the last one left, for the rebuild."""

    def __init__(self, banc: Banc, lot: Path) -> None:
        self._banc = banc
        self._lot = lot
        self.derniere: tuple[str, Adresses] | None = None
        self.memoire_mo: list[float] = []
        self.rangees = 0
        self.evenements = 0

    async def importer(self) -> Passage:
        """One whole import, in a ledger and a process of its own."""
        base = self._banc.base()
        dit = await faire(
            "import",
            {
                "acces": asdict(base[1]),
                "donnees": str(self._banc.donnees),
                "lot": str(self._lot),
            },
        )
        self.derniere = base
        self.memoire_mo.append(dit["memoire_mo"])
        self.rangees = dit["rangees"]
        return Passage(dit["rangees"], dit["secondes"], dit["durees"])

    async def copier(self) -> Passage:
        """The bytes of the events of the last import, given back to PostgreSQL as they came, in a table like theirs."""
        if self.derniere is None:
            await self.importer()
        admin = self.derniere[0] if self.derniere else ""
        async with await AsyncConnection.connect(admin) as connexion:
            async with (
                connexion.cursor() as curseur,
                curseur.copy(
                    f"COPY (SELECT {_COLONNES} FROM dossiers_events ORDER BY notification_id) TO STDOUT (FORMAT binary)"  # noqa: S608 - our own names
                ) as sortie,
            ):
                blocs = [bytes(bloc) async for bloc in sortie]
            nom = f"copie_{uuid4().hex}"
            await connexion.execute(f"CREATE TABLE {nom} (LIKE dossiers_events INCLUDING ALL)".encode())
            await connexion.commit()
            debut = time.perf_counter()
            async with (
                connexion.cursor() as curseur,
                curseur.copy(f"COPY {nom} ({_COLONNES}) FROM STDIN (FORMAT binary)".encode()) as entree,
            ):
                for bloc in blocs:
                    await entree.write(bloc)
            await connexion.commit()
            secondes = time.perf_counter() - debut
            compte = await (await connexion.execute(f"SELECT count(*) FROM {nom}".encode())).fetchone()  # noqa: S608 - our own name
            self.evenements = compte[0] if compte else 0
        return Passage(self.rangees, secondes, [])

    async def projeter(self) -> None:
        """Bring the live views to the head of the log: a rebuild is compared with what is served."""
        async with await AsyncConnection.connect(self._projecteur(), autocommit=True) as connexion:
            plis = Plis()
            while await avancer(connexion, plis=plis):
                pass

    async def reconstruire(self) -> Passage:
        """One whole rebuild; the views that it swaps in are those that were served, or nothing was measured."""
        durees: list[float] = []
        debut = precedent = time.perf_counter()

        def progres(_faits: int, _total: int) -> None:
            nonlocal precedent
            maintenant = time.perf_counter()
            durees.append(maintenant - precedent)
            precedent = maintenant

        bilan = await reconstruire(self._projecteur(), progression=progres)
        secondes = time.perf_counter() - debut
        if not bilan.bascule:
            raise LotRefuse("Les vues rebâties ne sont pas celles qui étaient servies.")
        return Passage(bilan.evenements, secondes, durees)

    async def lire(self) -> Passage:
        """The same rows, in the same order, decoded to closed facts, and nothing done of them."""
        lus = 0
        debut = time.perf_counter()
        async with (
            await AsyncConnection.connect(self._projecteur()) as connexion,
            connexion.cursor("lecture", binary=True) as curseur,
        ):
            await curseur.execute(_HISTOIRES)
            while lot := await curseur.fetchmany(LECTURE):
                lus += len([lire_fait(*evt) for evt in lot])
        return Passage(lus, time.perf_counter() - debut, [])

    def _projecteur(self) -> str:
        if self.derniere is None or self.derniere[1].projecteur is None:
            raise LotRefuse("Aucun lot n'a été importé.")
        return dans_le_schema(self.derniere[1].projecteur, SCHEMA)


async def importation(lots: Lots, paires: int) -> Resultat:
    """Rows of the lot per second, start-up apart; the yardstick is the pace at which COPY would take the same rows."""
    resultat = await comparer(
        "import",
        "rangées/s",
        lots.importer,
        lots.copier,
        paires=paires,
        seuil="≥ 3 000 rangées/s, ≤ 300 Mo",
    )
    remarques = (
        f"{lots.rangees} rangées, {lots.evenements} événements ; p50 et p99 : d'un avancement dit au suivant",
        f"mémoire de pointe de l'import et de son atelier (PostgreSQL à part) : {max(lots.memoire_mo):.0f} Mo",
    )
    return _avec(resultat, remarques)


async def reconstruction(lots: Lots, paires: int) -> Resultat:
    """Events per second: three views folded, written beside, compared by digests with the live ones, swapped."""
    await lots.projeter()
    return await comparer(
        "reconstruction",
        "événements/s",
        lots.reconstruire,
        lots.lire,
        paires=paires,
        seuil="≥ 10 000 événements/s",
        remarques=["trois vues, comparaison et bascule comprises ; p50 et p99 : par paquet de 2 000 événements"],
    )


def _avec(resultat: Resultat, remarques: tuple[str, ...]) -> Resultat:
    valeurs = {nom: getattr(resultat, nom) for nom in Resultat.__slots__}
    return Resultat(**(valeurs | {"remarques": resultat.remarques + remarques}))


async def un_import(demande: dict[str, Any]) -> dict[str, Any]:
    """In a process of its own: one import of a lot, and what it took."""
    acces = Adresses(**demande["acces"])
    durees: list[float] = []
    async with ouvrir_ledger(reglages(Path(demande["donnees"])), acces) as ledger:
        debut = precedent = time.perf_counter()

        def progres(_lues: int, _ecrites: int) -> None:
            nonlocal precedent
            maintenant = time.perf_counter()
            durees.append(maintenant - precedent)
            precedent = maintenant

        lot = _octets(Path(demande["lot"]))
        rapport = await importer_lot(ledger, _permis(ledger), lot, ecrire=True, progres=progres)
        secondes = time.perf_counter() - debut
    return {"secondes": secondes, "durees": durees, "rangees": rapport["rows"], "memoire_mo": _pointe_mo()}


def _permis(ledger: Ledger) -> Permis:
    ligne = Ligne(
        organisation=IMPORTATEUR.partenaire,
        agent=IMPORTATEUR.agent,
        role=IMPORTATEUR.role,
        finalite=FINALITE,
        action="importer",
        issue="autorise",
        revision="banc",
    )
    topics = frozenset(evenement.TOPIC for evenement in actes.EVENEMENTS)
    return Permis(IMPORTATEUR, aujourd_hui(), topics, ligne, ledger.journal)


async def _octets(lot: Path) -> AsyncIterator[bytes]:
    for morceau in await asyncio.to_thread(_morceaux, lot):
        yield morceau


def _morceaux(lot: Path) -> list[bytes]:
    with lot.open("rb") as flux:
        return list(iter(partial(flux.read, MORCEAU), b""))


def _pointe_mo() -> float:
    """The highest this process stood, and the highest its ended child did: an upper bound of both at once."""
    enfant = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    statut = Path("/proc/self/status")
    if not statut.exists():
        return (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss + enfant) / 1024
    # Not ru_maxrss: that one also remembers the process that started this one.
    [pointe] = [ligne.split()[1] for ligne in statut.read_text().splitlines() if ligne.startswith("VmHWM:")]
    return (int(pointe) + enfant) / 1024

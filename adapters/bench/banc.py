"""The ground of the measures: a durable cluster of their own, made for one run and thrown away with its directory.

Never the user's data: the cluster, its keys and its passwords are born in a temporary directory.
"""

import asyncio
import itertools
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID, uuid4

import orjson
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from adapters.service.cluster import mots_de_passe, ouvrir_serveur, url_pour
from adapters.service.settings import Settings
from adapters.service.wiring import Adresses, ouvrir_ledger, scripts_sql
from ledger.application import Ledger
from ledger.catalogue import (
    CcapexSaisie,
    CommandementPayerSignifie,
    DetteDeclaree,
    DossierOuvert,
    Evenement,
    OccupantDeclare,
)
from ledger.dossier.decision import Auteur, Contribution, Propose
from ledger.droit.jours import aujourd_hui
from ledger.installation import installer
from ledger.journal import Ligne

SCHEMA: Final = "d93"
RACINE: Final = Path(__file__).resolve().parent.parent.parent
AUTEUR: Final = Auteur("oph-synthese-12", "BAILLEUR_CONTENTIEUX", "agent-banc")
FINALITE: Final = "ACTE_EMISSION"
LIGNE: Final = Ligne(
    organisation=AUTEUR.partenaire,
    agent=AUTEUR.agent,
    role=AUTEUR.role,
    finalite=FINALITE,
    action="mesure",
    issue="autorise",
    groupes_montres=("F04", "F05", "F08"),
)


class TravailPerdu(Exception):
    """A process of the bench ended without its result."""


@dataclass(frozen=True, slots=True)
class Banc:
    """The cluster, and the directory that it lives in with the secrets of this run."""

    admin: str
    donnees: Path
    _numeros: Iterator[int] = field(default_factory=itertools.count, repr=False)

    def base(self) -> tuple[str, Adresses]:
        """A fresh ledger with its keys: the administrator's URL of it, and one URL per role."""
        numero = next(self._numeros)
        nom, nom_cles = f"banc_{numero}", f"banc_cles_{numero}"
        passes = mots_de_passe(self.donnees)
        installer(self.admin, passes, SCHEMA, (nom, nom_cles), scripts_sql())
        acces = Adresses(
            api=url_pour(self.admin, "unefois_api", passes["unefois_api"], nom),
            projecteur=url_pour(self.admin, "unefois_projecteur", passes["unefois_projecteur"], nom),
            registre=url_pour(self.admin, "unefois_registre", passes["unefois_registre"], nom),
            cles=url_pour(self.admin, "unefois_cles", passes["unefois_cles"], nom_cles),
        )
        return make_conninfo(self.admin, dbname=nom, options=f"-c search_path={SCHEMA}"), acces

    @asynccontextmanager
    async def ledger(self, acces: Adresses, options: str = "") -> AsyncIterator[Ledger]:
        """The ledger open on a base. ``options``: of its PostgreSQL sessions, to take one guarantee away."""
        api, cles = (make_conninfo(url or "", options=options) for url in (acces.api, acces.cles))
        async with ouvrir_ledger(reglages(self.donnees), replace(acces, api=api, cles=cles)) as ledger:
            yield ledger


def reglages(donnees: Path) -> Settings:
    """The settings of everything that is measured: the demonstration's, in the directory of the run."""
    return Settings(data=donnees, schema=SCHEMA)


@contextmanager
def ouvrir_banc() -> Iterator[Banc]:
    """A durable cluster (fsync on) that nothing outlives, however the block ends."""
    donnees = Path(tempfile.mkdtemp(prefix="unefois-bench-"))
    try:
        with ouvrir_serveur(None, donnees, durable=True) as admin:
            yield Banc(admin, donnees)
    finally:
        # When the account that runs the cluster cannot walk here, a link stands for where it was put.
        shutil.rmtree((donnees / "cluster").resolve(), ignore_errors=True)
        shutil.rmtree(donnees, ignore_errors=True)


def proposes(*evenements: Evenement) -> tuple[Propose, ...]:
    """These events, true of a month ago."""
    return tuple(Propose(e, aujourd_hui() - timedelta(days=30)) for e in evenements)


def contribution(*evenements: Evenement, auteur: Auteur = AUTEUR) -> Contribution:
    """A contribution of one landlord, with a key of its own."""
    return Contribution(
        id=uuid4(), auteur=auteur, finalite=FINALITE, evenements=proposes(*evenements), cle=str(uuid4())
    )


def douze_evenements(bailleur: str | None = None) -> tuple[Evenement, ...]:
    """A household as rulings measure it: opened, one occupant, six debts, three commandements, the saisine."""
    arretee = aujourd_hui() - timedelta(days=30)
    return (
        DossierOuvert(
            parc="SOCIAL", commune="93066", bailleur_siret=bailleur, adresse="118 avenue Jean-Jaurès", loyer=80061
        ),
        OccupantDeclare(personne=uuid4(), nom="LEROY", prenoms="Fatou", date_naissance=date(1955, 4, 24)),
        *(DetteDeclaree(montant=100_00 * n, arretee_au=arretee) for n in range(1, 7)),
        *(CommandementPayerSignifie(ref_acte=f"CDP-{n}", dette=200_00 * n, loyer=80061) for n in range(3)),
        CcapexSaisie(ref_acte="SAISINE-1", saisissant="BAILLEUR"),
    )


async def peupler(ledger: Ledger, combien: int, bailleur: str | None = None, auteur: Auteur = AUTEUR) -> list[UUID]:
    """Dossiers of twelve events, all of one landlord, told by this author."""
    dossiers = [uuid4() for _ in range(combien)]
    for debut in range(0, combien, 64):
        await asyncio.gather(*(_ouvrir(ledger, dossier, bailleur, auteur) for dossier in dossiers[debut : debut + 64]))
    return dossiers


async def _ouvrir(ledger: Ledger, dossier: UUID, bailleur: str | None, auteur: Auteur) -> None:
    dite = contribution(*douze_evenements(bailleur), auteur=auteur)
    await ledger.contribuer(await ledger.reader.lire_ou_vierge(dossier), dite, LIGNE)


def variables_pg(url: str) -> dict[str, str]:
    """An access as ``eventsourcing`` reads it from its environment."""
    lus = {nom: str(valeur) for nom, valeur in conninfo_to_dict(url).items() if valeur is not None}
    return {
        "PERSISTENCE_MODULE": "eventsourcing.postgres",
        "POSTGRES_DBNAME": lus["dbname"],
        "POSTGRES_HOST": lus["host"],
        "POSTGRES_PORT": lus.get("port", "5432"),
        "POSTGRES_USER": lus["user"],
        "POSTGRES_PASSWORD": lus["password"],
    }


async def lancer(travail: str, demande: object) -> asyncio.subprocess.Process:
    """Another process of ours, told by its standard input what to do: URLs and keys are on no command line."""
    processus = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "adapters.bench", travail),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        cwd=RACINE,
        start_new_session=True,  # Ctrl-C is for us to answer, in order
        limit=1 << 26,
    )
    if processus.stdin is not None:
        processus.stdin.write(orjson.dumps(demande) + b"\n")
        await processus.stdin.drain()
    return processus


async def terminer(processus: asyncio.subprocess.Process) -> None:
    """End a process that may have ended by itself."""
    if processus.returncode is None:
        with suppress(ProcessLookupError):
            processus.terminate()
    await processus.wait()


async def faire(travail: str, demande: object) -> Any:  # noqa: ANN401 - JSON
    """Run one job in a process of its own, and give what it answers."""
    processus = await lancer(travail, demande)
    try:
        octets, _ = await processus.communicate()
    finally:
        await terminer(processus)
    if processus.returncode != 0:
        raise TravailPerdu(f"Le processus de mesure « {travail} » s'est arrêté ({processus.returncode}).")
    return orjson.loads(octets)


def premiers(valeurs: Sequence[UUID], numero: int, clients: int) -> Sequence[UUID]:
    """The share of one client, disjoint from the others'."""
    return valeurs[numero::clients]

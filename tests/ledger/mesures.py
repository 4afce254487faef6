"""What the ledger sustains on this machine, printed: ``python -m tests.ledger.mesures``.

Everything is on: durable commits, journal rows, seals, keys in their own database.
"""

import asyncio
import shutil
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Final
from uuid import UUID, uuid4

import uvloop

from adapters.cluster import ouvrir_serveur, url_pour
from ledger.application import Ledger
from ledger.dossier import Auteur, Contribution, Propose
from ledger.events import CommandementPayerSignifie, DetteDeclaree, DossierOuvert, Enveloppe, Fait, OccupantDeclare
from ledger.index import IndexAveugle
from ledger.installation import ROLES, installer
from ledger.journal import Ligne
from ledger.mapper import cles_requises, to_stored
from ledger.sealing import Kek, Trousseau
from ledger.writer import Ecriture

CLIENTS: Final = 32
SECONDES: Final = 5.0
JOUR: Final = date(2026, 11, 2)
AUTEUR: Final = Auteur("oph-synthese-12", "BAILLEUR_CONTENTIEUX", "agent-1")
LIGNE: Final = Ligne(
    organisation=AUTEUR.partenaire,
    agent=AUTEUR.agent,
    role=AUTEUR.role,
    finalite="ACTE_EMISSION",
    action="mesure",
    issue="autorise",
    groupes_montres=("F04", "F05", "F08"),
)


def contribution(*evenements: object) -> Contribution:
    proposes = tuple(Propose(e, JOUR) for e in evenements)  # type: ignore[arg-type]  # built loosely, measured as it is
    return Contribution(id=uuid4(), auteur=AUTEUR, finalite="ACTE_EMISSION", evenements=proposes, cle=str(uuid4()))


async def cadence(nom: str, geste: Callable[[int], Awaitable[object]]) -> None:
    """``CLIENTS`` at once, each one call after the other: rate, median and 99th percentile."""
    fin = time.perf_counter() + SECONDES
    durees: list[float] = []

    async def client(numero: int) -> None:
        while (debut := time.perf_counter()) < fin:
            await geste(numero)
            durees.append(time.perf_counter() - debut)

    await asyncio.gather(*(client(numero) for numero in range(CLIENTS)))
    centiles = statistics.quantiles(durees, n=100)
    rythme = len(durees) / SECONDES
    print(f"{nom:<44}{rythme:>9.0f} /s   p50 {centiles[49] * 1e3:6.2f} ms   p99 {centiles[98] * 1e3:6.2f} ms")


async def mesurer(ledger: Ledger) -> None:
    dossiers = [uuid4() for _ in range(CLIENTS * 4)]
    for dossier in dossiers:
        personne = uuid4()
        ouverture = contribution(
            DossierOuvert(parc="SOCIAL", commune="93066", adresse="118 avenue Jean-Jaurès", loyer=80061),
            OccupantDeclare(personne=personne, nom="LEROY", prenoms="Fatou", date_naissance=date(1955, 4, 24)),
            *(DetteDeclaree(montant=100_00 * n, arretee_au=JOUR) for n in range(1, 7)),
            *(CommandementPayerSignifie(ref_acte=f"CDP-{n}", dette=200_00 * n, loyer=80061) for n in range(4)),
        )
        await ledger.contribuer(await ledger.lire_ou_vierge(dossier), ouverture, LIGNE)

    async def lire(numero: int) -> None:
        await ledger.consulter(dossiers[numero])

    async def lire_froid(numero: int) -> None:
        ledger.reader._gardes.clear()
        await ledger.consulter(dossiers[numero])

    async def inscrire(numero: int) -> None:
        await ledger.journal.inscrire(replace(LIGNE, dossier=dossiers[numero]))

    async def lire_et_inscrire(numero: int) -> None:
        await ledger.consulter(dossiers[numero])
        await ledger.journal.inscrire(replace(LIGNE, dossier=dossiers[numero]))

    suivants = iter(range(10**9))
    siens = [dossiers[n * 4 : n * 4 + 4] for n in range(CLIENTS)]

    async def contribuer(numero: int) -> None:
        lecture = await ledger.lire_ou_vierge(siens[numero][next(suivants) % 4])
        recu = await ledger.contribuer(lecture, contribution(DetteDeclaree(montant=1, arretee_au=JOUR)), LIGNE)
        assert recu.statut == "ecrit", recu

    versions: dict[UUID, int] = {}
    neufs = [uuid4() for _ in range(CLIENTS)]
    trousseaux = [await ledger.keys.creer(d, list(cles_requises(_fait(d, 1)))) for d in neufs]

    async def ecrire(numero: int) -> None:
        dossier = neufs[numero]
        version = versions.get(dossier, 0)
        recu = await ledger.writer.ecrire(
            _ecriture(dossier, version, [_fait(dossier, version + 1)], trousseaux[numero])
        )
        versions[dossier] = version + 1
        assert recu.statut == "ecrit", recu

    await cadence("lecture d'un dossier de 12 faits, clés", lire)
    await cadence("  la même, sans faits gardés", lire_froid)
    await cadence("ligne de journal", inscrire)
    await cadence("lecture et ligne de journal", lire_et_inscrire)
    await cadence("écriture seule (scellée, 1 événement)", ecrire)
    await cadence("lire, décider, sceller, écrire", contribuer)
    await importer(ledger)


def _fait(dossier: UUID, version: int) -> Fait:
    enveloppe = Enveloppe(
        id=uuid4(),
        contribution=uuid4(),
        survenu_le=JOUR,
        partenaire=AUTEUR.partenaire,
        role=AUTEUR.role,
        agent=AUTEUR.agent,
        finalite="ACTE_EMISSION",
    )
    return Fait(dossier, version, enveloppe, CommandementPayerSignifie(ref_acte="CDP-1", dette=4190_01, loyer=686_99))


def _ecriture(dossier: UUID, version: int, faits: list[Fait], trousseau: Trousseau, *index: object) -> Ecriture:
    return Ecriture(
        dossier=dossier,
        version_attendue=version,
        evenements=tuple(to_stored(fait, trousseau) for fait in faits),
        partenaire=AUTEUR.partenaire,
        cle=None,
        empreinte=None,
        contribution=uuid4(),
        lignes=(replace(LIGNE, dossier=dossier),),
        index=tuple(index),  # type: ignore[arg-type]  # built loosely, measured as it is
        cles_naturelles=(uuid4().bytes * 2,),
    )


async def importer(ledger: Ledger) -> None:
    """44,000 contributions, 95,000 events, on 26,000 dossiers, with their keys, index and natural keys."""
    kek, aveugle = Kek(b"k" * 32), IndexAveugle(b"i" * 32)
    debut = time.perf_counter()
    cles, ecritures = [], []
    for n in range(26_000):
        dossier, personne = uuid4(), uuid4()
        ouverture = replace(_fait(dossier, 1), evenement=DossierOuvert(parc="SOCIAL", commune="93066", loyer=n))
        occupant = OccupantDeclare(personne=personne, nom=f"NOM{n}", prenoms="Fatou", date_naissance=JOUR)
        faits = [ouverture, replace(_fait(dossier, 2), evenement=occupant), _fait(dossier, 3)]
        suite = [_fait(dossier, 4)] if n < 18_000 else []
        requises = {cle for fait in faits + suite for cle in cles_requises(fait)}
        scellees = {cle: kek.nouvelle(*cle) for cle in requises}
        trousseau = Trousseau("d93", dossier, scellees, kek)
        cles += [(dossier, sujet, classe, octets) for (sujet, classe), octets in scellees.items()]
        entrees = aveugle.titulaire(personne, f"NOM{n}", "Fatou", JOUR, str(n), f"093-{n}")
        ecritures.append(_ecriture(dossier, 0, faits, trousseau, *entrees))
        ecritures += [_ecriture(dossier, 3, suite, trousseau)] if suite else []
    evenements = sum(len(e.evenements) for e in ecritures)
    prepare = time.perf_counter()
    for rang in range(0, len(cles), 10_000):
        await ledger.keys.creer_lot(cles[rang : rang + 10_000])
    clefs = time.perf_counter()
    recus = await ledger.writer.ecrire_lot(ecritures)
    fin = time.perf_counter()
    assert all(recu.statut == "ecrit" for recu in recus)
    print(
        f"import : {len(ecritures)} contributions, {evenements} événements ; scellement {prepare - debut:.1f} s,"
        f" {len(cles)} clés {clefs - prepare:.2f} s, écriture {fin - clefs:.2f} s"
        f" ({evenements / (fin - clefs):.0f} événements/s)"
    )


def main() -> None:
    donnees = Path(tempfile.mkdtemp(prefix="unefois-mesures-", dir="/tmp"))
    mots = {role: role for role in ROLES}
    try:
        with ouvrir_serveur(None, donnees, durable=True) as admin:
            installer(admin, mots)

            async def tout() -> None:
                api = url_pour(admin, "unefois_api", mots["unefois_api"], "unefois")
                cles = url_pour(admin, "unefois_cles", mots["unefois_cles"], "unefois_cles")
                kek, index = Kek(b"k" * 32), IndexAveugle(b"i" * 32)
                async with Ledger(api, cles, "d93", kek, index, aujourd_hui=lambda: JOUR) as ledger:
                    await mesurer(ledger)

            uvloop.run(tout())
    finally:
        shutil.rmtree(donnees)


if __name__ == "__main__":
    main()

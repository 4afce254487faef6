"""What happens to the ledger when processes die, connections break and many write at once."""

import asyncio
import random
import signal
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path
from typing import Final
from uuid import UUID, uuid4

import psycopg
import pytest
from eventsourcing.persistence import StoredEvent

from adapters.service.cluster import url_pour
from ledger.application import Ledger
from ledger.catalogue import EFFACE, Classe, Fait
from ledger.errors import ClesIndisponibles
from ledger.installation import ROLES, installer
from ledger.keys import KeyStore, Tombe
from ledger.reader import Log
from ledger.verdict import Ecrit, Verdict
from ledger.writer import Ecriture, Writer
from tests.bases import MOTS_DE_PASSE, SCHEMA, Bases, ouvrir_ledger
from tests.ledger.ecrivain import ETAPES
from tests.ledger.test_application import (
    UNE_DETTE,
    contribuer,
    lire,
    ouverts,
    une_contribution,
    une_ligne,
    une_ouverture,
)

RACINE: Final = Path(__file__).resolve().parents[2]


def ouvrir(url: str) -> psycopg.Connection:
    return psycopg.connect(url, autocommit=True, options=f"-c search_path={SCHEMA}")


def lancer(bases: Bases, etape: str, rang: int) -> subprocess.Popen[str]:
    programme = [sys.executable, "-m", "tests.ledger.ecrivain", bases.api_url, bases.cles_url, etape, str(rang)]
    return subprocess.Popen(programme, cwd=RACINE, stdout=subprocess.PIPE, text=True)


async def verifier(bases: Bases, reponses: str) -> int:
    """Nothing acknowledged is lost, nothing is there by halves; how many contributions there are."""
    acquittees = {UUID(ligne.split()[0]): int(ligne.split()[1]) for ligne in reponses.splitlines()}
    with ouvrir(bases.admin_url) as admin:
        dossiers = [d for (d,) in admin.execute("SELECT DISTINCT originator_id FROM dossiers_events").fetchall()]
        inscrites: dict[UUID, int] = dict(admin.execute("SELECT contribution, position FROM contributions").fetchall())
        lignes = admin.execute("SELECT count(*) FROM journal").fetchone()
    assert acquittees.items() <= inscrites.items()
    assert lignes == (len(inscrites),)
    async with ouvrir_ledger(bases) as ledger:
        faits: list[Fait] = []
        for dossier in dossiers:
            lecture = await lire(ledger, dossier)
            faits += lecture.faits
            assert [fait.version for fait in lecture.faits] == list(range(1, len(lecture.faits) + 1))
            assert not [e for e in ouverts(lecture) if EFFACE in vars(e).values()]
    tailles = Counter(fait.enveloppe.contribution for fait in faits)
    assert tailles.keys() == inscrites.keys()
    assert all(tailles[c] in {2, 3} for c in inscrites)
    assert sum(taille == 2 for taille in tailles.values()) == len(dossiers)
    return len(inscrites)


@pytest.mark.parametrize("etape", ETAPES)
async def test_tue_entre_deux_etapes_rien_d_acquitte_n_est_perdu(bases: Bases, etape: str) -> None:
    rang = 3
    reponses, code = await asyncio.to_thread(attendre, lancer(bases, etape, rang))
    assert code == -signal.SIGKILL
    acquittees = len(reponses.splitlines())
    # Who dies a moment after its request may have time to tell the answer: what it told is written (``verifier``).
    assert acquittees in {"apres_reponse": {rang + 1}, "requete_envoyee": {rang, rang + 1}}.get(etape, {rang})
    ecrites = await verifier(bases, reponses) - 1  # the opening
    permises = {"apres_commit": {rang + 1}, "requete_envoyee": {rang, rang + 1}, "apres_reponse": {rang + 1}}
    assert ecrites in permises.get(etape, {rang})


def attendre(processus: subprocess.Popen[str]) -> tuple[str, int]:
    reponses, _ = processus.communicate(timeout=60)
    return reponses, processus.returncode


async def test_tue_n_importe_quand_trois_fois(bases: Bases) -> None:
    hasard = random.Random(93)  # noqa: S311 - the same moments at each run
    reponses = ""
    for _ in range(3):
        processus = lancer(bases, "jamais", -1)
        assert processus.stdout is not None
        voulues = hasard.randrange(1, 60)
        lues = [await asyncio.to_thread(processus.stdout.readline) for _ in range(voulues)]
        processus.kill()
        reste, code = await asyncio.to_thread(attendre, processus)
        assert code == -signal.SIGKILL
        reponses += "".join(lues) + reste
    assert await verifier(bases, reponses) >= len(reponses.splitlines()) > 0


def une_ecriture(dossier: UUID, version: int) -> Ecriture:
    return Ecriture(
        dossier=dossier,
        version_attendue=version,
        evenements=tuple(StoredEvent(dossier, version + n, "unefois:Essai", b"{}") for n in (1, 2)),
        partenaire="essai",
        cle=None,
        empreinte=None,
        contribution=uuid4(),
        lignes=(une_ligne(),),
    )


async def test_seize_ecrivains_et_un_abonne_depuis_le_debut_qui_ne_manque_rien(bases: Bases) -> None:
    ecrivains = [Writer(bases.api_url, SCHEMA) for _ in range(16)]
    abonne = Log(bases.projecteur_url, SCHEMA)
    vues: list[int] = []

    async def ecrire(writer: Writer) -> list[Verdict]:
        dossier = uuid4()
        return [await writer.ecrire(une_ecriture(dossier, version)) for version in range(0, 60, 2)]

    async def suivre() -> None:
        while len(vues) < 16 * 60:
            query = "SELECT notification_id FROM dossiers_events WHERE notification_id > %s ORDER BY 1 LIMIT 50"
            vues.extend(p for (p,) in await abonne._fetch(abonne._aside, query, [vues[-1] if vues else 0]))

    async with asyncio.timeout(60):
        suivi = asyncio.create_task(suivre())
        recus = await asyncio.gather(*map(ecrire, ecrivains))
        await suivi
    await asyncio.gather(abonne.close(), *(ecrivain.close() for ecrivain in ecrivains))
    assert {type(recu) for siens in recus for recu in siens} == {Ecrit}
    assert vues == list(range(1, 16 * 60 + 1))
    assert {recu.position for siens in recus for recu in siens if isinstance(recu, Ecrit)} <= set(vues)


async def test_une_connexion_coupee_pendant_l_ecriture_n_ecrit_ni_deux_fois_ni_zero(
    ledger: Ledger, bases: Bases
) -> None:
    dossiers = [uuid4() for _ in range(200)]
    await ledger.writer.ecrire(une_ecriture(uuid4(), 0))
    ecritures = [asyncio.create_task(ledger.writer.ecrire(une_ecriture(dossier, 0))) for dossier in dossiers]
    await asyncio.sleep(0)
    with ouvrir(bases.admin_url) as admin:
        coupees = admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'unefois_api'"
            " AND datname = current_database()"
        ).fetchall()
    recus = await asyncio.gather(*ecritures)
    assert len(coupees) >= 1
    assert {type(recu) for recu in recus} == {Ecrit}
    assert sorted(recu.dossier for recu in recus) == sorted(dossiers)
    with ouvrir(bases.admin_url) as admin:
        comptes = admin.execute("SELECT count(*), count(DISTINCT originator_id) FROM dossiers_events").fetchone()
        assert comptes == (402, 201)
        assert admin.execute("SELECT count(*) FROM journal").fetchone() == (201,)


async def test_une_ecriture_renvoyee_telle_quelle_n_est_ni_doublee_ni_journalisee_deux_fois(
    ledger: Ledger, bases: Bases
) -> None:
    ecriture = une_ecriture(uuid4(), 0)
    premier = await ledger.writer.ecrire(ecriture)
    assert await ledger.writer.ecrire(ecriture) == premier
    with ouvrir(bases.admin_url) as admin:
        assert admin.execute("SELECT count(*) FROM journal").fetchone() == (1,)


async def test_qui_renonce_a_attendre_ne_gene_pas_son_groupe(ledger: Ledger) -> None:
    dossiers = [uuid4() for _ in range(20)]
    taches = [asyncio.create_task(ledger.writer.ecrire(une_ecriture(dossier, 0))) for dossier in dossiers]
    await asyncio.sleep(0)
    for tache in taches[::2]:
        tache.cancel()
    fins = await asyncio.gather(*taches, return_exceptions=True)
    assert all(isinstance(fin, asyncio.CancelledError) for fin in fins[::2])
    assert all(isinstance(fin, Ecrit) for fin in fins[1::2])
    assert isinstance(await ledger.writer.ecrire(une_ecriture(uuid4(), 0)), Ecrit)


async def test_seize_contributions_au_meme_dossier_passent_toutes(ledger: Ledger) -> None:
    dossier = uuid4()
    await contribuer(ledger, dossier, une_ouverture(uuid4()))
    lecture = await lire(ledger, dossier)
    recus = await asyncio.gather(
        *(ledger.contribuer(lecture, une_contribution(UNE_DETTE), une_ligne()) for _ in range(16))
    )
    assert {type(recu) for recu in recus} == {Ecrit}
    assert (await lire(ledger, dossier)).etat.version == 18


async def test_la_base_des_cles_absente_rien_ne_se_lit(ledger: Ledger, bases: Bases) -> None:
    dossier = uuid4()
    await contribuer(ledger, dossier, une_ouverture(uuid4()))
    with ouvrir(bases.admin_cles_url) as admin:
        admin.execute("REVOKE SELECT ON cles FROM unefois_cles")
        with pytest.raises(ClesIndisponibles):
            await ledger.consulter(dossier)
        admin.execute("GRANT SELECT ON cles TO unefois_cles")
    assert (await lire(ledger, dossier)).etat.version == 2


async def test_une_cle_creee_pendant_une_destruction_ne_lui_survit_pas(ledger: Ledger, bases: Bases) -> None:
    """Sixteen times, one makes a person's keys while another destroys them: none is left, whoever comes first."""
    dossier = uuid4()
    await contribuer(ledger, dossier, une_ouverture(uuid4()))
    autre = KeyStore(bases.cles_url, ledger.keys._kek, SCHEMA)
    personnes = [uuid4() for _ in range(16)]

    async def creer(personne: UUID) -> object:
        vierge, cles = ledger.keys.vierge(dossier), [(str(personne), classe) for classe in Classe if classe != "S0"]
        return await ledger.keys.creer(vierge, cles, frozenset())

    async def detruire(personne: UUID) -> object:
        tombe = Tombe(personne, uuid4(), dossier, personne, "p", "r", "a", "b")
        return await autre.detruire(tombe, menage_aussi=False, restent=())

    await asyncio.gather(
        *(geste(p) for p in personnes for geste in (creer, detruire)),
        return_exceptions=True,
    )
    await autre.close()
    with ouvrir(bases.admin_cles_url) as admin:
        assert admin.execute("SELECT count(*) FROM tombes").fetchone() == (16,)
        assert admin.execute("SELECT count(*) FROM cles WHERE sujet = ANY (%s)", [personnes]).fetchone() == (0,)


def test_deux_installations_en_meme_temps_puis_une_troisieme(serveur: str) -> None:
    bases = "essai_installation", "essai_installation_cles"
    script = "CREATE TABLE IF NOT EXISTS d_ailleurs (x int); INSERT INTO d_ailleurs VALUES (1);"
    erreurs: list[BaseException] = []

    def une_fois() -> None:
        try:
            installer(serveur, MOTS_DE_PASSE, SCHEMA, bases, [script])
        except psycopg.Error as e:
            erreurs.append(e)

    fils = [threading.Thread(target=une_fois) for _ in range(2)]
    for f in fils:
        f.start()
    for f in fils:
        f.join()
    une_fois()
    assert erreurs == []
    api = url_pour(serveur, "unefois_api", MOTS_DE_PASSE["unefois_api"], bases[0])
    with ouvrir(api) as connexion:
        assert connexion.execute("SELECT count(*) FROM dossiers_events").fetchone() == (0,)
    with ouvrir(psycopg.conninfo.make_conninfo(serveur, dbname=bases[0])) as admin:
        assert admin.execute("SELECT count(*) FROM d_ailleurs").fetchone() == (1,)
        secrets = admin.execute("SELECT rolpassword FROM pg_authid WHERE rolname = ANY (%s)", [list(ROLES)]).fetchall()
    assert len(secrets) == len(ROLES)
    assert all(secret.startswith("SCRAM-SHA-256$") for (secret,) in secrets)
    with psycopg.connect(serveur, autocommit=True) as admin:
        for base in bases:
            admin.execute(f"DROP DATABASE {base} WITH (FORCE)".encode())

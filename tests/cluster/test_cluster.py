"""Attacks on the local PostgreSQL: real binaries, real processes, real file systems."""

import contextlib
import errno
import multiprocessing
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest

from adapters.service import cluster
from adapters.service.cluster import (
    ADMINISTRATEUR,
    Binaires,
    Cluster,
    ClusterIndisponible,
    binaires_disponibles,
    mots_de_passe,
    ouvrir_serveur,
    url_pour,
)

ROOT = os.geteuid() == 0
RACINE = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.usefixtures("relogement")


@pytest.fixture
def ici() -> Iterator[Path]:
    """A directory that any account may walk through, unlike pytest's own."""
    dossier = Path(tempfile.mkdtemp(prefix="unefois-c-"))
    dossier.chmod(0o755)
    yield dossier
    shutil.rmtree(dossier)


@pytest.fixture
def relogement(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where a cluster goes that its account cannot reach; not the machine's own."""
    dossier = Path(tempfile.mkdtemp(prefix="unefois-r-"))
    dossier.chmod(0o711)
    monkeypatch.setattr(cluster, "RELOGEMENT", dossier)
    yield dossier
    shutil.rmtree(dossier)


def un(url: str, requete: str) -> object:
    with psycopg.connect(url, autocommit=True) as connexion:
        curseur = connexion.execute(requete.encode())
        ligne = curseur.fetchone() if curseur.description else None
    return ligne[0] if ligne else None


def prise(url: str) -> Path:
    return Path(parse_qs(urlsplit(url).query)["host"][0])


def pid_du_serveur(donnees: Path) -> int:
    return int((donnees / "cluster/pgdata/postmaster.pid").read_text().split()[0])


def vivant(pid: int) -> bool:
    """A zombie that nobody has waited for is dead. A server that stopped still lives a moment after its file of pid."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def attendre(condition: Callable[[], bool], secondes: float = 20) -> None:
    limite = time.monotonic() + secondes
    while not condition():
        assert time.monotonic() < limite, "rien n'est venu"
        os.sched_yield()


def tuer(pid: int, numero: int = signal.SIGKILL) -> None:
    os.kill(pid, numero)
    attendre(lambda: not vivant(pid))


def empreinte(dossier: Path) -> dict[str, bytes]:
    return {str(f): f.read_bytes() for f in sorted(dossier.rglob("*")) if f.is_file()}


def test_premier_demarrage_ferme_durable_et_sans_reseau(ici: Path) -> None:
    donnees = ici / "données avec espaces"
    with ouvrir_serveur(None, donnees) as url:
        pgdata = donnees / "cluster/pgdata"
        assert stat.S_IMODE(pgdata.stat().st_mode) == 0o700
        assert stat.S_IMODE((donnees / "cluster").stat().st_mode) == 0o700
        assert stat.S_IMODE((donnees / "mots-de-passe.json").stat().st_mode) == 0o600
        assert un(url, "SHOW fsync") == "on"
        assert un(url, "SHOW full_page_writes") == "on"
        assert un(url, "SHOW synchronous_commit") == "on"
        assert un(url, "SHOW data_checksums") == "on"
        assert un(url, "SHOW listen_addresses") == ""
        assert un(url, "SHOW server_encoding") == "UTF8"
        assert un(url, "SELECT rolpassword LIKE 'SCRAM-SHA-256%' FROM pg_authid WHERE rolcanlogin") is True
        assert un(url, "SELECT array_agg(DISTINCT auth_method) FROM pg_hba_file_rules") == ["scram-sha-256"]
        assert Path(f"/proc/{pid_du_serveur(donnees)}").stat().st_uid != 0
        pid = pid_du_serveur(donnees)
    attendre(lambda: not vivant(pid))
    assert not list((donnees / "cluster").glob("*.secret"))


def test_le_second_demarrage_retrouve_tout_en_quelques_secondes(ici: Path) -> None:
    with ouvrir_serveur(None, ici) as url:
        un(url, "CREATE TABLE t AS SELECT 42 AS n")
    debut = time.monotonic()
    with ouvrir_serveur(None, ici) as encore:
        assert time.monotonic() - debut < 5
        assert encore == url
        assert un(encore, "SELECT n FROM t") == 42


def test_un_mot_de_passe_faux_est_refuse(ici: Path) -> None:
    with ouvrir_serveur(None, ici) as url, pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(url_pour(url, ADMINISTRATEUR, "faux", "postgres"))


def test_les_mots_de_passe_sont_faits_une_fois(ici: Path) -> None:
    premiers = mots_de_passe(ici)
    assert len(set(premiers.values())) == 5
    assert mots_de_passe(ici) == premiers
    (ici / "mots-de-passe.json").write_text("{")
    with pytest.raises(ClusterIndisponible, match="illisible"):
        mots_de_passe(ici)
    assert (ici / "mots-de-passe.json").read_text() == "{"


def test_url_pour_un_role_garde_le_serveur() -> None:
    assert url_pour("postgresql://a:b@/postgres?host=%2Ftmp&port=5432", "r", "p/w", "base") == (
        "postgresql://r:p%2Fw@/base?host=%2Ftmp&port=5432"
    )
    assert url_pour("postgresql://a:b@h:5433/x?sslmode=verify-full", "r", "s", "y") == (
        "postgresql://r:s@h:5433/y?sslmode=verify-full"
    )


def test_une_url_donnee_ne_lance_rien(ici: Path) -> None:
    with ouvrir_serveur("postgresql://ailleurs/base", ici / "rien") as url:
        assert url == "postgresql://ailleurs/base"
    assert not (ici / "rien").exists()


def test_un_serveur_tue_repart_avec_ce_qui_etait_valide(ici: Path) -> None:
    un_cluster = Cluster(ici)
    url = un_cluster.demarrer()
    un(url, "CREATE TABLE t AS SELECT 7 AS n")
    tuer(pid_du_serveur(ici))
    un_cluster.arreter()
    assert (ici / "cluster/pgdata/postmaster.pid").exists()
    with ouvrir_serveur(None, ici) as encore:
        assert un(encore, "SELECT n FROM t") == 7


def test_un_pid_perime_repris_par_un_autre_processus_ne_bloque_pas(ici: Path) -> None:
    with ouvrir_serveur(None, ici):
        fichier = ici / "cluster/pgdata/postmaster.pid"
        lignes = fichier.read_text().splitlines()
    fichier.write_text("\n".join([str(os.getpid()), *lignes[1:]]))
    (ici / "cluster/.s.PGSQL.5432.lock").write_text(f"{os.getpid()}\n")
    with ouvrir_serveur(None, ici) as url:
        assert un(url, "SELECT 1") == 1


def test_un_serveur_orphelin_est_rejoint_puis_arrete(ici: Path) -> None:
    """A launcher killed outright leaves its server; the next one takes it over."""
    avec = multiprocessing.get_context("fork")
    recu, envoye = avec.Pipe(duplex=False)
    lanceur = avec.Process(target=_tenir, args=(ici, envoye))
    lanceur.start()
    url = recu.recv()
    lanceur.kill()
    lanceur.join()
    pid = pid_du_serveur(ici)
    assert vivant(pid)
    with ouvrir_serveur(None, ici) as rejointe:
        assert rejointe == url
        assert pid_du_serveur(ici) == pid
    attendre(lambda: not vivant(pid))


def _tenir(donnees: Path, sortie: Connection) -> None:
    with ouvrir_serveur(None, donnees) as url:
        sortie.send(url)
        signal.pause()


def test_deux_lanceurs_a_la_fois_partagent_un_serveur(ici: Path) -> None:
    avec = multiprocessing.get_context("fork")
    tubes, lanceurs = [], []
    for _ in range(3):
        recu, envoye = avec.Pipe(duplex=False)
        lanceurs.append(avec.Process(target=_tenir, args=(ici, envoye)))
        lanceurs[-1].start()
        tubes.append(recu)
    urls = {recu.recv() for recu in tubes}
    assert len(urls) == 1
    pid = pid_du_serveur(ici)
    for restants, lanceur in zip((2, 1, 0), lanceurs, strict=True):
        lanceur.terminate()
        lanceur.join()
        if restants:
            assert vivant(pid)
            assert un(next(iter(urls)), "SELECT 1") == 1
    attendre(lambda: not vivant(pid))


@pytest.mark.parametrize("numero", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_une_fin_demandee_ne_laisse_aucun_processus(ici: Path, numero: signal.Signals) -> None:
    programme = (
        "import signal, sys; from pathlib import Path; from adapters.service.cluster import ouvrir_serveur\n"
        "with ouvrir_serveur(None, Path(sys.argv[1]), durable=False):\n"
        "    print('pret', flush=True); signal.pause()"
    )
    lance = subprocess.Popen(
        [sys.executable, "-c", programme, ici], cwd=RACINE, stdout=subprocess.PIPE, start_new_session=True, text=True,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    with lance:
        assert lance.stdout is not None
        assert lance.stdout.readline() == "pret\n"
        pid = pid_du_serveur(ici)
        os.killpg(lance.pid, numero)  # as a terminal does: the whole group
        assert lance.wait(timeout=20) != 0
    attendre(lambda: not vivant(pid))
    assert not (ici / "cluster/pgdata/postmaster.pid").exists()


def test_l_arret_attend_la_fin_du_processus(ici: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not only what pg_ctl waits for, its lock file: here a pg_ctl that does not wait at all."""
    vrai = binaires_disponibles()[0]
    programmes = ici / "bin"
    programmes.mkdir(mode=0o755)
    for nom in ("postgres", "initdb"):
        (programmes / nom).symlink_to(vrai.bin / nom)
    (programmes / "pg_ctl").write_text(
        f'#!/bin/sh\ncase "$1" in stop) set -- "$@" -W;; esac\nexec {vrai.bin}/pg_ctl "$@"\n', encoding="utf-8"
    )
    (programmes / "pg_ctl").chmod(0o755)
    monkeypatch.setattr(cluster, "binaires_disponibles", lambda: [Binaires(programmes, vrai.majeure)])
    with ouvrir_serveur(None, ici / "d") as url:
        un(url, "CREATE TABLE t AS SELECT generate_series(1, 100000)")  # a checkpoint to make before it ends
        pid = pid_du_serveur(ici / "d")
    attendre(lambda: not vivant(pid))


def test_un_initdb_interrompu_ne_laisse_rien_qui_gene(ici: Path) -> None:
    avec = multiprocessing.get_context("fork")
    recu, envoye = avec.Pipe(duplex=False)
    lanceur = avec.Process(target=_tenir, args=(ici, envoye))
    lanceur.start()
    attendre(lambda: bool(list(ici.glob("cluster/pgdata.chantier.*/PG_VERSION"))))
    lanceur.kill()
    lanceur.join()
    recu.close()
    assert not (ici / "cluster/pgdata").exists()
    with ouvrir_serveur(None, ici) as url:
        assert un(url, "SELECT 1") == 1
    assert not list((ici / "cluster").glob("*.secret"))


@pytest.mark.parametrize("contenu", ["PG_VERSION", "un-fichier-a-moi.txt"])
def test_un_repertoire_etranger_n_est_pas_touche(ici: Path, contenu: str) -> None:
    pgdata = ici / "cluster/pgdata"
    pgdata.mkdir(parents=True)
    (pgdata / contenu).write_text("15\n")
    avant = empreinte(ici / "cluster")
    with pytest.raises(ClusterIndisponible, match="n'a pas été créé par unefois"), ouvrir_serveur(None, ici):
        pass
    assert empreinte(ici / "cluster") == avant


def test_une_version_introuvable_est_dite(ici: Path) -> None:
    with ouvrir_serveur(None, ici, durable=False):
        pass
    (ici / "cluster/pgdata/PG_VERSION").write_text("12\n")
    with pytest.raises(ClusterIndisponible, match="PostgreSQL 12 est introuvable"), ouvrir_serveur(None, ici):
        pass


def test_chaque_installation_retrouve_ses_donnees(ici: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The data directory's version chooses, whatever is found first."""
    installations = binaires_disponibles()
    assert installations
    for installation in installations:
        donnees = ici / str(installation.majeure)
        monkeypatch.setattr(cluster, "binaires_disponibles", lambda seule=installation: [seule])
        with ouvrir_serveur(None, donnees, durable=False) as url:
            un(url, "CREATE TABLE t AS SELECT 1 AS n")
        autres = [b for b in installations if b != installation]
        monkeypatch.setattr(cluster, "binaires_disponibles", lambda ordre=(*autres, installation): list(ordre))
        with ouvrir_serveur(None, donnees, durable=False) as url:
            assert un(url, "SELECT n FROM t") == 1
            assert un(url, "SELECT current_setting('server_version_num')::int / 10000") == installation.majeure


def test_aucune_installation_est_dite(ici: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "binaires_disponibles", list)
    with pytest.raises(ClusterIndisponible, match="versions présentes : aucune"), ouvrir_serveur(None, ici):
        pass


def test_un_chemin_trop_long_pour_la_prise(ici: Path) -> None:
    donnees = ici / ("long" * 30) / "données"
    with ouvrir_serveur(None, donnees) as url:
        court = prise(url)
        assert len(os.fsencode(court / ".s.PGSQL.5432")) <= 107
        assert stat.S_IMODE(court.stat().st_mode) == 0o700
        assert un(url, "SELECT 1") == 1
        with ouvrir_serveur(None, donnees) as rejointe:
            assert rejointe == url
    assert not court.exists()


def test_un_chemin_que_le_shell_lirait_est_refuse(ici: Path) -> None:
    donnees = ici / "a$(touch b)"
    with pytest.raises(ClusterIndisponible, match="ne peut pas contenir"), ouvrir_serveur(None, donnees):
        pass
    assert not donnees.exists()


def test_une_prise_tenue_par_un_autre_serveur(ici: Path) -> None:
    with ouvrir_serveur(None, ici / "autre", durable=False) as autre:
        with ouvrir_serveur(None, ici / "notre", durable=False):
            pass
        verrou = ici / "notre/cluster/.s.PGSQL.5432.lock"
        verrou.write_text(f"{pid_du_serveur(ici / 'autre')}\n")
        with (
            pytest.raises(ClusterIndisponible, match="tenue par un autre serveur"),
            ouvrir_serveur(None, ici / "notre"),
        ):
            pass
        assert verrou.exists()
        assert un(autre, "SELECT 1") == 1
        verrou.unlink()
    with ouvrir_serveur(None, ici / "notre", durable=False) as url:
        assert un(url, "SELECT 1") == 1


@pytest.fixture
def petit_disque(ici: Path, request: pytest.FixtureRequest) -> Iterator[Path]:
    """A file system of 64 MB: a cluster fits in, not much beside."""
    disque = ici / "disque"
    disque.mkdir(mode=0o755)
    outil: Callable[[str], Path] = request.getfixturevalue("outil")
    monte = subprocess.run(
        [outil("mount"), "-t", "tmpfs", "-o", "size=64m,mode=755", "tmpfs", disque], check=False, capture_output=True
    )
    if monte.returncode:
        outil("mount-en-root")
    yield disque
    subprocess.run([outil("umount"), disque], check=True)


def remplir(fichier: Path) -> None:
    with fichier.open("wb", buffering=0) as flux, contextlib.suppress(OSError):
        while True:
            flux.write(b"\0" * 65536)
    with pytest.raises(OSError, match=os.strerror(errno.ENOSPC)):
        fichier.with_name("encore").write_bytes(b"\0" * 8192)
    fichier.with_name("encore").unlink()


def test_disque_plein_a_la_creation(petit_disque: Path) -> None:
    bouchon = petit_disque / "bouchon"
    (petit_disque / "d").mkdir()
    bouchon.write_bytes(b"\0" * (48 << 20))
    with pytest.raises(ClusterIndisponible, match="Le disque est plein"), ouvrir_serveur(None, petit_disque / "d"):
        pass
    assert not list((petit_disque / "d/cluster").iterdir())
    bouchon.unlink()
    with ouvrir_serveur(None, petit_disque / "d") as url:
        assert un(url, "SELECT 1") == 1


def test_disque_plein_au_redemarrage(petit_disque: Path) -> None:
    with ouvrir_serveur(None, petit_disque / "d") as url:
        un(url, "CREATE TABLE t AS SELECT 5 AS n")
    bouchon = petit_disque / "bouchon"
    remplir(bouchon)
    with pytest.raises(ClusterIndisponible, match="Le disque est plein"), ouvrir_serveur(None, petit_disque / "d"):
        pass
    bouchon.unlink()
    with ouvrir_serveur(None, petit_disque / "d") as url:
        assert un(url, "SELECT n FROM t") == 5


def test_sous_root_des_donnees_hors_d_atteinte_sont_relogees(ici: Path, relogement: Path) -> None:
    """Root's own directories stay closed: the cluster moves, they do not open."""
    if not ROOT:
        assert Cluster(ici)._compte().uid == os.geteuid()
        return
    ferme = ici / "ferme"
    ferme.mkdir(mode=0o700)
    with ouvrir_serveur(None, ferme / "d") as url:
        un(url, "CREATE TABLE t AS SELECT 3 AS n")
        assert (ferme / "d/cluster").readlink().parent == relogement
        assert stat.S_IMODE((ferme / "d/cluster").stat().st_mode) == 0o700
    assert stat.S_IMODE(ferme.stat().st_mode) == 0o700
    with ouvrir_serveur(None, ferme / "d") as url:
        assert un(url, "SELECT n FROM t") == 3
    shutil.rmtree((ferme / "d/cluster").readlink())
    with pytest.raises(ClusterIndisponible, match="n'existe plus"), ouvrir_serveur(None, ferme / "d"):
        pass


def test_des_binaires_hors_d_atteinte_sont_copies(ici: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A clone under a closed directory: the account that runs the server cannot execute its .venv."""
    roue = binaires_disponibles()[-1]
    ferme = ici / "ferme"
    ferme.mkdir(mode=0o700)
    paquet = roue.bin.parent.parent
    shutil.copytree(paquet, ferme / paquet.name, symlinks=True)
    shutil.copytree(paquet.with_suffix(".libs"), ferme / f"{paquet.name}.libs")
    programmes = Path(paquet.name, "pginstall/bin")
    monkeypatch.setattr(cluster, "binaires_disponibles", lambda: [Binaires(ferme / programmes, roue.majeure)])
    for _ in range(2):
        with ouvrir_serveur(None, ici / "d", durable=False) as url:
            assert un(url, "SELECT 1") == 1
            programme = Path(f"/proc/{pid_du_serveur(ici / 'd')}/exe").readlink()
    lieu = ici / f"d/postgresql-{roue.majeure}" if ROOT else ferme
    assert programme == lieu / programmes / "postgres"
    assert stat.S_IMODE(ferme.stat().st_mode) == 0o700


def test_un_simple_compte_s_en_sert_aussi(ici: Path) -> None:
    """The same launcher, started by somebody who is not root."""
    donnees = ici / "d"
    if not ROOT:
        with ouvrir_serveur(None, donnees) as url:
            assert un(url, "SELECT 1") == 1
        return
    compte = pwd.getpwnam("nobody")
    os.chown(ici, compte.pw_uid, compte.pw_gid)
    avec = multiprocessing.get_context("fork")
    recu, envoye = avec.Pipe(duplex=False)
    lanceur = avec.Process(target=_tenir_sous, args=(compte.pw_uid, compte.pw_gid, donnees, envoye))
    lanceur.start()
    url = recu.recv()
    assert un(url, "SELECT 1") == 1
    pid = pid_du_serveur(donnees)
    assert Path(f"/proc/{pid}").stat().st_uid == compte.pw_uid
    lanceur.terminate()
    lanceur.join()
    attendre(lambda: not vivant(pid))
    with ouvrir_serveur(None, donnees) as url:  # then root, who lends it back to its owner
        assert Path(f"/proc/{pid_du_serveur(donnees)}").stat().st_uid == compte.pw_uid


def _tenir_sous(uid: int, gid: int, donnees: Path, sortie: Connection) -> None:
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)
    os.chdir("/")
    _tenir(donnees, sortie)


def test_le_cluster_d_un_autre_compte_est_refuse(ici: Path) -> None:
    if not ROOT:
        with ouvrir_serveur(None, ici, durable=False) as url:
            assert un(url, "SELECT 1") == 1
        return
    with ouvrir_serveur(None, ici / "d", durable=False):
        pass
    (ici / "d").chmod(0o777)
    for fichier in ("verrou", "verrou-mots-de-passe", "usagers", "mots-de-passe.json"):
        (ici / "d" / fichier).chmod(0o666)
    compte = pwd.getpwnam("daemon")
    avec = multiprocessing.get_context("fork")
    recu, envoye = avec.Pipe(duplex=False)
    lanceur = avec.Process(target=_dire_le_refus, args=(compte.pw_uid, compte.pw_gid, ici / "d", envoye))
    lanceur.start()
    assert "appartient à un autre compte" in recu.recv()
    lanceur.join()


def _dire_le_refus(uid: int, gid: int, donnees: Path, sortie: Connection) -> None:
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)
    try:
        Cluster(donnees).demarrer()
    except ClusterIndisponible as erreur:
        sortie.send(str(erreur))

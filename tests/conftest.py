"""What every room of tests shares: a real PostgreSQL, the outside tools, and no network but loopback."""

import contextlib
import gc
import ipaddress
import os
import shutil
import signal
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn

import pytest

from adapters.service.cluster import ouvrir_serveur

pytest_plugins = ["tests.bases", "tests.monde"]

RACINE = Path(__file__).resolve().parent.parent
OUTILS = RACINE / ".outils"
MEMOIRE = Path("/dev/shm")  # noqa: S108 - a directory of its own is made there
MEMOIRE_OCTETS = 4 * 2**30
ADRESSES_LOCALES = ("localhost", "", None)

# Whatever the machine says, what these tests start again and again is compiled once: it is most of a start.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

_manquants: Counter[str] = Counter()
_comptes: Counter[str] = Counter()
_listes: defaultdict[str, list[str]] = defaultdict(list)


def _local(hote: object) -> bool:
    if hote in ADRESSES_LOCALES:
        return True
    try:
        return ipaddress.ip_address(str(hote).partition("%")[0]).is_loopback
    except ValueError:
        return False


def _garde_reseau(evenement: str, arguments: tuple[object, ...]) -> None:
    """Refuse any address but loopback; an audit hook also sees what libraries do under our feet."""
    if evenement == "socket.connect":
        adresse = arguments[1]
        hote = adresse[0] if isinstance(adresse, tuple) else None  # a unix socket has a path, not a tuple
    elif evenement == "socket.getaddrinfo":
        hote = arguments[0]
        hote = hote.decode() if isinstance(hote, bytes) else hote
    else:
        return
    if not _local(hote):
        message = f"les tests ne sortent pas de la machine : {hote}"
        raise PermissionError(message)


def pytest_configure() -> None:
    sys.addaudithook(_garde_reseau)
    # Ignored in the background and by nohup; then what the tests start, and mean to end, would not hear them either.
    for numero, entendu in ((signal.SIGINT, signal.default_int_handler), (signal.SIGHUP, signal.SIG_DFL)):
        if signal.getsignal(numero) is signal.SIG_IGN:
            signal.signal(numero, entendu)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin by what is long, whatever the order: begun last, it would run on alone, beside processes without work."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """What a process of several counted, it tells the one that prints."""
    rendus = getattr(session.config, "workeroutput", None)
    if rendus is not None:
        rendus.update(comptes=dict(_comptes), listes=dict(_listes), manquants=dict(_manquants))


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Add up what the processes counted."""
    rendus = getattr(node, "workeroutput", {})
    _comptes.update(rendus.get("comptes", {}))
    _manquants.update(rendus.get("manquants", {}))
    for nom, elements in rendus.get("listes", {}).items():
        _listes[nom] += elements


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what was counted, and name what was listed: a figure that nobody sees proves nothing."""
    for nom, nombre in _comptes.items():
        terminalreporter.write_line(f"{nom} : {nombre:_}".replace("_", " "))
    for nom, elements in _listes.items():
        terminalreporter.write_line(f"{nom} : {len(elements) or 'aucun'}")
        for element in elements:
            terminalreporter.write_line(f"  {element}")


def pytest_unconfigure(config: pytest.Config) -> None:
    """Close the run with what it left out: nobody should have to look for it."""
    if hasattr(config, "workerinput"):
        return
    if _manquants:
        liste = ", ".join(f"{nom} ({nombre} test{'s' * (nombre > 1)})" for nom, nombre in sorted(_manquants.items()))
        print(f"Non exécuté faute d'outil : {liste}.")
    else:
        print("Rien n'a été laissé de côté faute d'outil.")


def renoncer(nom: str) -> NoReturn:
    """Leave a test out for want of ``nom``: a failure in CI; elsewhere the run's last line says so."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"outil manquant : {nom}")
    _manquants[nom] += 1
    pytest.skip(f"outil manquant : {nom}")


@pytest.fixture(scope="session")
def outil() -> Callable[[str], Path]:
    """Find an outside tool by name, in ``.outils`` or on the PATH, or leave the test out."""

    def chercher(nom: str) -> Path:
        for candidat in (OUTILS / "bin" / nom, OUTILS / "node_modules" / nom):
            if candidat.exists():
                return candidat
        return Path(shutil.which(nom) or renoncer(nom))

    return chercher


@pytest.fixture(scope="session")
def compter() -> Callable[[str, int], None]:
    """Add to a figure that the run prints at its end, under a French name that says what was counted."""

    def ajouter(nom: str, nombre: int) -> None:
        _comptes[nom] += nombre

    return ajouter


@pytest.fixture(scope="session")
def lister() -> Callable[[str, list[str]], None]:
    """Add to a list whose elements the run names at its end."""
    return lambda nom, elements: _listes[nom].extend(elements)


def lieu_d_un_jour() -> Path | None:
    """In memory where there is room: a copy of the databases takes a fifth of what it takes on a disk."""
    with contextlib.suppress(OSError):
        if MEMOIRE.is_mount() and shutil.disk_usage(MEMOIRE).free >= MEMOIRE_OCTETS:
            return MEMOIRE
    return None


@pytest.fixture(scope="session")
def serveur() -> Iterator[str]:
    """The administrator's URL of a throw-away PostgreSQL. Not durable: it dies with the run."""
    # Not pytest's own directory: it is closed to the account that runs the server for root.
    dossier = Path(tempfile.mkdtemp(prefix="unefois-tests-", dir=lieu_d_un_jour()))
    try:
        with ouvrir_serveur(os.environ.get("UNEFOIS_TEST_DATABASE_URL"), dossier, durable=False) as url:
            yield url
    finally:
        shutil.rmtree(dossier)


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Run asynchronous tests on asyncio; session-wide, so that asynchronous fixtures of any scope share it."""
    return "asyncio"


@pytest.fixture
def ramasse_miettes() -> Iterator[None]:
    """Whatever a test sets of the cycle collector is put back: what it would leave frozen, the next ones would find."""
    rythme, appels = gc.get_threshold(), list(gc.callbacks)
    yield
    gc.set_threshold(*rythme)
    gc.callbacks[:] = appels
    gc.unfreeze()
    gc.enable()

"""What an address or a file of the configuration says, and what is unsafe in it."""

import ipaddress
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

import psycopg
from cryptography import x509
from psycopg.conninfo import conninfo_to_dict


def decoupe(url: str) -> SplitResult:
    """Split a URL; one that cannot be split has no scheme, and is refused for that."""
    try:
        morceaux = urlsplit(url)
        _ = morceaux.hostname
    except ValueError:
        return SplitResult("", "", "", "", "")
    return morceaux


def boucle_locale(hote: str) -> bool:
    """Whether it is this machine, by its own name or address."""
    if hote == "localhost":
        return True
    try:
        return ipaddress.ip_address(hote).is_loopback
    except ValueError:
        return False


def conninfo(url: str) -> dict[str, str]:
    """Return what an address says, as libpq reads it; nothing where it cannot."""
    try:
        return {nom: str(valeur) for nom, valeur in conninfo_to_dict(url).items()}
    except psycopg.ProgrammingError:
        return {}


def _hotes_postgresql(dits: Mapping[str, str]) -> list[str]:
    """Return every host, address or socket directory that libpq may go to; without any, the local socket's.

    It tries the hosts of a list one after the other, and goes to ``hostaddr`` whatever ``host`` says.
    """
    return [hote or "/" for nom in ("host", "hostaddr") if nom in dits for hote in dits[nom].split(",")] or ["/"]


def dangers_du_chemin(nom: str, dits: Mapping[str, str]) -> Iterator[str]:
    """Why a database must not be reached so."""
    if "service" in dits:
        yield f"{nom} renvoie à un fichier de services : elle dit elle-même où se connecter."
    if not all(map(_sur_la_machine, _hotes_postgresql(dits))) and dits.get("sslmode") != "verify-full":
        yield f"{nom} passe par le réseau : elle doit porter « sslmode=verify-full »."


def _sur_la_machine(hote: str) -> bool:
    return hote.startswith(("/", "@")) or boucle_locale(hote)


def meme_base(une: str, autre: str) -> bool:
    """Whether two addresses may lead to one database."""
    a, b = conninfo(une), conninfo(autre)
    memes = a.get("dbname") == b.get("dbname") and a.get("port") == b.get("port")
    return memes and not set(_hotes_postgresql(a)).isdisjoint(_hotes_postgresql(b))


def dangers_du_fichier(nom: str, fichier: Path) -> Iterator[str]:
    """Why a key must not be read there."""
    try:
        mode = fichier.stat().st_mode
    except OSError:
        yield f"{nom} : {fichier} est introuvable."
        return
    if mode & 0o077:
        yield f"{nom} : {fichier} est lisible par d'autres que son propriétaire (mode attendu : 0400 ou 0600)."


def dangers_des_autorites(nom: str, fichier: Path) -> Iterator[str]:
    """Why no authority can be read there."""
    try:
        x509.load_pem_x509_certificates(fichier.read_bytes())
    except OSError:
        yield f"{nom} : {fichier} ne se lit pas."
    except ValueError:
        yield f"{nom} : {fichier} ne contient aucun certificat au format PEM, ou l'un d'eux ne se lit pas."

"""Which addresses are written to: public ones, in https. Looked at when one is given, and again at each connection.

The address that is looked at is the very one that is connected to: a name that leads elsewhere a moment later, or to
several places at once, leads nowhere else.
"""

import asyncio
import ipaddress
import re
import socket
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final, NamedTuple

LONGUEUR: Final = 500
CHIFFRE: Final = 443
PORTS: Final = range(1024, 65536)
"""The ports that may be named, beside that of https."""
FORME: Final = (
    f"Donnez une adresse https, de {LONGUEUR} caractères ASCII au plus : un nom d'hôte, un port ({CHIFFRE}, ou au-delà"
    f" de {PORTS.start - 1}) et un chemin ; ni identifiants, ni « # »."
)
INJOIGNABLE: Final = "Ce nom d'hôte ne mène pas, ou pas seulement, à des adresses publiques : donnez-en un autre."
PATIENCE: Final = 2.0
"""Seconds for which a name may be looked for: who subscribes is answered in time."""

_URL: Final = re.compile(
    r"(https?)://([a-z0-9](?:[a-z0-9-]*\.)*[a-z0-9-]*[a-z0-9]|[a-z0-9])(?::([0-9]{1,5}))?"
    r"((?:/[A-Za-z0-9._~!$&'()*+,;=:@%/-]*)?(?:\?[A-Za-z0-9._~!$&'()*+,;=:@%/?-]*)?)",
    re.IGNORECASE,
)
_HOTE: Final = 253
_V6: Final = ipaddress.ip_network("2000::/3")
"""All that is given out to networks. What lies outside maps IPv4, is local, or nobody's."""
_TUNNELS: Final = tuple(map(ipaddress.ip_network, ("2002::/16", "2001::/32", "192.88.99.0/24")))
"""They carry an IPv4 address inside, or lead to who carries it."""

Resolution = Callable[[str, int], Awaitable[Sequence[str]]]


class AdresseRefusee(Exception):
    """Nothing is written there. The message is a French sentence, the same whatever there is."""


class Cible(NamedTuple):
    """An address, taken apart: what is connected to, and what is asked for there."""

    schema: str
    hote: str
    port: int
    chemin: str

    @property
    def nommee(self) -> str:
        """The host as a request names it."""
        usuel = CHIFFRE if self.schema == "https" else 80
        return self.hote if self.port == usuel else f"{self.hote}:{self.port}"


class Joignables:
    """Which addresses are admitted. ``boucle``: this machine's own too, in http as well, for a demonstration."""

    def __init__(self, *, boucle: bool = False, resoudre: Resolution | None = None) -> None:
        self._boucle = boucle
        self._resoudre = resoudre or Resolveur().resoudre

    async def choisir(self, url: str) -> tuple[Cible, str]:
        """An address taken apart, and the one of its host to connect to.

        ``AdresseRefusee``: there is none, or not all that its name leads to are admitted.
        """
        cible = self._lire(url)
        try:
            async with asyncio.timeout(PATIENCE):
                trouvees = await self._resoudre(cible.hote, cible.port)
        except (OSError, UnicodeError, TimeoutError) as erreur:
            raise AdresseRefusee(INJOIGNABLE) from erreur
        if not trouvees or not all(self._admise(cible, trouvee) for trouvee in trouvees):
            raise AdresseRefusee(INJOIGNABLE)
        return cible, trouvees[0]

    def _lire(self, url: str) -> Cible:
        lue = _URL.fullmatch(url) if len(url) <= LONGUEUR else None
        if lue is None or len(lue[2]) > _HOTE:
            raise AdresseRefusee(FORME)
        schema, hote = lue[1].lower(), lue[2].lower()
        if schema == "http" and not self._boucle:
            raise AdresseRefusee(FORME)
        port = int(lue[3]) if lue[3] else CHIFFRE if schema == "https" else 80
        if port not in PORTS and (schema, port) not in {("https", CHIFFRE), ("http", 80)}:
            raise AdresseRefusee(FORME)
        return Cible(schema, hote, port, lue[4] if lue[4].startswith("/") else "/" + lue[4])

    def _admise(self, cible: Cible, trouvee: str) -> bool:
        adresse = ipaddress.ip_address(trouvee)
        if self._boucle and adresse.is_loopback:
            return True
        return cible.schema == "https" and publique(adresse)


def publique(adresse: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Whether anybody may be there: neither this machine, nor a network of ours, nor many at once."""
    if isinstance(adresse, ipaddress.IPv6Address) and adresse not in _V6:
        return False
    if any(adresse in tunnel for tunnel in _TUNNELS if tunnel.version == adresse.version):
        return False
    return adresse.is_global and not adresse.is_multicast and not adresse.is_reserved


class Resolveur:
    """Asks the system, in threads of its own: names that nobody answers for would hold those of everybody else."""

    def __init__(self, fils: int = 32) -> None:
        self._fils = ThreadPoolExecutor(fils, "noms")

    async def resoudre(self, hote: str, port: int) -> list[str]:
        """The addresses of a host, those to try first first. ``OSError``."""

        def demander() -> list[str]:
            lues = socket.getaddrinfo(hote, port, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)
            return [str(lue[4][0]) for lue in lues]

        return await asyncio.get_running_loop().run_in_executor(self._fils, demander)

"""One message sent to one address, and what came of it: of the answer, status and headers alone are read."""

import asyncio
import ssl
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Final, NamedTuple

import httpx2

from adapters.abonnements.joignables import AdresseRefusee, Joignables

CONNEXION: Final = 5.0
"""Seconds in which a receiver has to be there."""
REPONSE: Final = 10.0
"""Seconds in which it has to take each piece of the message, and to answer."""
EN_TOUT: Final = 15.0
"""Seconds for all of it: a receiver that answers by drops has no more."""
ATTENTE_MAXIMALE: Final = timedelta(hours=24)
"""As long as a receiver may ask to be let alone."""
GENRE: Final = "application/cloudevents-batch+json"
AGENT: Final = "unefois"


class Remise(NamedTuple):
    """What came of one attempt. ``echec``: why it failed, in words that tell nothing of our own network; empty: done.

    ``partie``: the receiver says that it is gone for good. ``pas_avant``: it asked not to be tried before. Of a letter,
    ``refusee``: it will not be taken at all; ``incertaine``: it may have been taken.
    """

    echec: str = ""
    partie: bool = False
    pas_avant: datetime | None = None
    refusee: bool = False
    incertaine: bool = False


class Postier:
    """Sends. Each message has a connection of its own, to the very address that was looked at."""

    def __init__(
        self,
        joignables: Joignables,
        maintenant: Callable[[], datetime],
        tls: ssl.SSLContext | None = None,
        en_tout: float = EN_TOUT,
    ) -> None:
        self._joignables = joignables
        self._maintenant = maintenant
        self._tls = tls or ssl.create_default_context()
        self._en_tout = en_tout

    async def remettre(self, url: str, entetes: Mapping[str, str], corps: bytes) -> Remise:
        """Post it, once. Redirections are not followed."""
        try:
            async with asyncio.timeout(self._en_tout):
                return await self._poster(url, entetes, corps)
        except (TimeoutError, httpx2.TimeoutException):
            return Remise("délai dépassé")
        except (AdresseRefusee, httpx2.HTTPError, httpx2.InvalidURL, OSError):
            # One word for a name that leads nowhere and for one that leads inside: it would tell them apart.
            return Remise("adresse injoignable")

    async def _poster(self, url: str, entetes: Mapping[str, str], corps: bytes) -> Remise:
        cible, adresse = await self._joignables.choisir(url)
        la = f"[{adresse}]" if ":" in adresse else adresse
        client = httpx2.AsyncClient(
            verify=self._tls,
            trust_env=False,
            follow_redirects=False,
            timeout=httpx2.Timeout(REPONSE, connect=CONNEXION),
        )
        async with client:
            envoi = client.stream(
                "POST",
                f"{cible.schema}://{la}:{cible.port}{cible.chemin}",
                content=corps,
                headers={"host": cible.nommee, "content-type": GENRE, "user-agent": AGENT, **entetes},
                extensions={"sni_hostname": cible.hote},
            )
            async with envoi as reponse:
                return self._lire(reponse)

    def _lire(self, reponse: httpx2.Response) -> Remise:
        if reponse.is_success:
            return Remise()
        if reponse.status_code == HTTPStatus.GONE:
            return Remise("HTTP 410", partie=True)
        redirige = " (redirection non suivie)" if reponse.is_redirect else ""
        return Remise(
            f"HTTP {reponse.status_code}{redirige}",
            pas_avant=pas_avant(reponse.headers.get("retry-after", ""), self._maintenant()),
        )


def pas_avant(retry_after: str, le: datetime) -> datetime | None:
    """The moment that a ``Retry-After`` names, by seconds or by a date (RFC 9110, 10.2.3), within a day; None: none."""
    texte = retry_after.strip()
    if texte.isascii() and texte.isdigit():
        return le + min(timedelta(seconds=int(texte[:9])), ATTENTE_MAXIMALE)
    try:
        dit = parsedate_to_datetime(texte)
    except ValueError:
        return None
    dit = dit if dit.tzinfo else dit.replace(tzinfo=UTC)
    return max(le, min(dit, le + ATTENTE_MAXIMALE))

"""The keys that an issuer signs its tokens with, at hand or fetched."""

import asyncio
import time
from collections.abc import Callable
from typing import Any, Final, Protocol

import httpx2 as httpx
import orjson
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

_FRAICHEUR: Final = 600.0

_REPIT: Final = 30.0

_SILENCE: Final = 2.0


class EmetteurIndisponible(Exception):
    """The issuer's keys cannot be had: nobody new can be recognised (503)."""


class Cles(Protocol):
    """Where an issuer's public keys come from."""

    async def cle(self, kid: str) -> Any:  # noqa: ANN401 - joserfc's keys share no public type
        """The key of that id; ``KeyError`` if the issuer has none."""


class ClesLocales:
    """Keys that are at hand: the demonstration's."""

    def __init__(self, cles: KeySet) -> None:
        self._cles = {cle.kid: cle for cle in cles.keys}

    async def cle(self, kid: str) -> Any:  # noqa: ANN401 - as in the port
        """The key of that id."""
        return self._cles[kid]


class ClesDistantes:
    """The keys of an issuer, found by discovery and kept ten minutes.

    An unknown ``kid`` (the issuer has turned its keys) asks for them again, at most twice a minute: a stranger who
    invents key ids does not make us hammer the issuer.
    """

    def __init__(self, issuer: str, client: httpx.AsyncClient, horloge: Callable[[], float] = time.monotonic) -> None:
        self._issuer = issuer
        self._client = client
        self._horloge = horloge
        self._cles: dict[str | None, Any] = {}
        self._lues_a = self._muet_a = float("-inf")
        self._relecture = asyncio.Lock()

    async def cle(self, kid: str) -> Any:  # noqa: ANN401 - as in the port
        """The key of that id, asked for again when it is not known."""
        if self._perimee(kid):
            async with self._relecture:  # those who wait here are answered by one question
                if self._perimee(kid):
                    await self._relire()
        return self._cles[kid]

    def _perimee(self, kid: str) -> bool:
        age = self._horloge() - self._lues_a
        return age > _FRAICHEUR or (kid not in self._cles and age > _REPIT)

    async def _relire(self) -> None:
        if self._horloge() - self._muet_a < _SILENCE:  # else each request would wait for one that does not answer
            raise EmetteurIndisponible("L'émetteur des jetons ne répond pas.")
        try:
            self._cles = await self._demander()
        except EmetteurIndisponible:
            self._muet_a = self._horloge()
            raise
        self._lues_a = self._horloge()

    async def _demander(self) -> dict[str | None, Any]:
        decouverte = await decouvrir(self._issuer, self._client)
        try:
            lues = await _json(self._client, decouverte["jwks_uri"])
            return {cle.kid: cle for cle in KeySet.import_key_set({"keys": lues["keys"]}).keys}
        except (KeyError, TypeError, ValueError, JoseError) as erreur:
            raise EmetteurIndisponible("L'émetteur des jetons ne publie pas ses clés.") from erreur


async def decouvrir(issuer: str, client: httpx.AsyncClient) -> dict[str, Any]:
    """The issuer's OpenID configuration, of which the ``issuer`` must be the very one that we trust."""
    lue = await _json(client, issuer.rstrip("/") + "/.well-known/openid-configuration")
    if not isinstance(lue, dict) or lue.get("issuer") != issuer:
        raise EmetteurIndisponible("La configuration de l'émetteur ne porte pas son nom.")
    return lue


async def _json(client: httpx.AsyncClient, url: str) -> Any:  # noqa: ANN401 - JSON
    try:
        reponse = await client.get(url)
        reponse.raise_for_status()
        return orjson.loads(reponse.content)
    except (httpx.HTTPError, ValueError) as erreur:
        raise EmetteurIndisponible("L'émetteur des jetons ne répond pas.") from erreur

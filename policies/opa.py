"""The rules on an OPA server. Its client is imported where one is asked, and by nothing else: it weighs on a start."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from typing import Final, Self

import aiohttp
from opa_client import AsyncOpaClient
from opa_client.errors import DeleteDataError, DeletePolicyError, RegoParseError

from policies.bundle import chemin, deplacer, lieu_de
from policies.decision import Decision, Request
from policies.engines import (
    DOCUMENT,
    EMISSIONS,
    PAQUET,
    ChargementRefuse,
    Engine,
    EngineUnavailable,
    decision,
    document,
    emissions,
)
from policies.tables import Regles

CHARGEMENT_S: Final = 1.0
"""Seconds that the server has for each piece of past rules that it is to take: some 400 KiB, compiled there."""


class OpaEngine:
    """The rules evaluated by an OPA server that loaded the bundle of ``policies.bundle``. Asked inside ``async with``.

    One retry, for a connection that the server closed between two questions; a slow answer is not waited for twice.
    """

    def __init__(self, revision: str, host: str, port: int, *, ssl: bool = False, timeout: float = 0.5) -> None:
        self.revision = revision
        self._client = AsyncOpaClient(host=host, port=port, ssl=ssl, timeout=timeout, retries=1)
        self._chargeur = AsyncOpaClient(host=host, port=port, ssl=ssl, timeout=max(timeout, CHARGEMENT_S), retries=0)
        self._chargees: dict[str, list[str]] = {}

    async def __aenter__(self) -> Self:
        await self._client.__aenter__()
        await self._chargeur.__aenter__()
        return self

    async def __aexit__(self, *erreur: object) -> None:
        await self._chargeur.close_connection()
        await self._client.close_connection()

    async def decide(self, request: Request) -> Decision:
        """Ask the server: whatever is not its whole answer, in time and of our revision, is an `EngineUnavailable`."""
        return decision(await self._demander(request, DOCUMENT), self.revision)

    async def emissions(self, request: Request) -> frozenset[str]:
        """As `decide`."""
        return emissions(await self._demander(request, EMISSIONS), self.revision)

    async def charger(self, regles: Regles) -> Engine:
        """Have the server take past rules, beside its bundle and under a root of their own: they cannot touch today's.

        Tables first: rules that are there before them would answer as if nothing were opened, or forbidden.
        """
        lieu = lieu_de(regles.revision)
        paquets = deplacer(regles.modules, lieu)
        self._chargees[regles.revision] = [f"{chemin(lieu)}/{nom}" for nom in paquets]
        try:
            await self._chargeur.update_or_create_data(dict(regles.tables), f"{chemin(lieu)}/tables")
            for nom, texte in paquets.items():
                await self._chargeur.update_policy_from_string(texte, f"{chemin(lieu)}/{nom}", rego_compat=False)
        except (RegoParseError, aiohttp.ContentTypeError, AttributeError) as refus:
            raise ChargementRefuse("règles passées refusées par le serveur de politiques") from refus
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as erreur:
            raise EngineUnavailable("serveur de politiques injoignable, lent ou en erreur") from erreur
        return _OpaPassee(regles, partial(self._demander, paquet=f"{lieu}.{PAQUET}"))

    async def decharger(self, revision: str) -> None:
        """Take them off the server, if it lets us: what is left there answers nobody."""
        siennes = self._chargees.pop(revision, [])
        with suppress(DeletePolicyError, DeleteDataError, aiohttp.ClientError, TimeoutError, OSError, ValueError):
            for nom in siennes:
                await self._chargeur.delete_policy(nom)
            await self._chargeur.delete_data(chemin(lieu_de(revision)))

    async def _demander(self, request: Request, regle: str, paquet: str = PAQUET) -> object:
        try:
            reponse = await self._client.query_rule(document(request), paquet, regle)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as erreur:
            raise EngineUnavailable("serveur de politiques injoignable, lent ou en erreur") from erreur
        return reponse.get("result") if isinstance(reponse, dict) else None


class _OpaPassee:
    """Past rules on the same server. Whatever is undefined there, or of another shape, is an `EngineUnavailable`."""

    def __init__(self, regles: Regles, demander: Callable[[Request, str], Awaitable[object]]) -> None:
        self.revision = regles.revision
        self._groupes = regles.groupes
        self._demander = demander

    async def decide(self, request: Request) -> Decision:
        """As today's are asked."""
        return decision(await self._demander(request, DOCUMENT), self.revision, self._groupes)

    async def emissions(self, request: Request) -> frozenset[str]:
        """As `decide`."""
        return emissions(await self._demander(request, EMISSIONS), self.revision)

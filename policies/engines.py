"""The engines that evaluate the rules, and the cache before them.

Both engines answer the same document for the same question, or raise ``EngineUnavailable``: down, slow, undefined,
malformed or of another revision means no. Nothing here decides.
"""

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from datetime import date
from types import MappingProxyType
from typing import Any, Final, Protocol, Self, TypeVar

import aiohttp
from opa_client import AsyncOpaClient

from policies.decision import GROUPES, Action, Decision, Fermeture, Request

T = TypeVar("T")

MESURES: Final = frozenset({"entier", "propres", "tranche", "oui_non", "existence", "commune", "etape", "bail"})
_TOUS: Final = frozenset(GROUPES)
PAQUET: Final = "unefois.decision"
DOCUMENT: Final = "document"
EMISSIONS: Final = "emissions"
"""The two rules that are asked: may this be done, and what is shown; which events could be named in its place."""


class EngineUnavailable(Exception):
    """The policies gave no usable answer: nothing may be read or written (503), and that is journaled."""


class Engine(Protocol):
    """What decides. ``revision`` is the digest of the rules and tables that it must answer with."""

    revision: str

    async def decide(self, request: Request) -> Decision:
        """The answer of the rules, or ``EngineUnavailable``."""
        ...

    async def emissions(self, request: Request) -> frozenset[str]:
        """The types of event that this question would be allowed to name, whichever it names."""
        ...


def document(request: Request) -> dict[str, Any]:
    """The question as the rules read it; sets are sorted, so that equal questions are equal bytes."""
    return {
        "role": request.role,
        "finalite": request.finalite,
        "action": request.action,
        "le": request.le.isoformat(),
        "vue": request.vue,
        "evenement": request.evenement,
        "liens": sorted(request.liens),
        "stade": request.stade,
        "source": request.source,
        "emis_par_moi": request.emis_par_moi,
        "collecte": request.collecte,
        "secret": request.secret,
        "agent": request.agent,
        "saisine_ouverte": request.saisine_ouverte,
        "accords": sorted(request.accords),
        "demande": request.demande,
        "information_menage": request.information_menage,
        "opposition": request.opposition,
        "limitation": request.limitation,
        "origine": request.origine,
        "sujet": request.sujet,
        "ancien": request.ancien,
        "besoin_accorde": request.besoin_accorde,
        "partage": request.partage,
        "ma_main": request.ma_main,
        "intervention_informee": request.intervention_informee,
        "ecrits": sorted(request.ecrits),
        "interesse": request.interesse,
        "instance": request.instance,
        "chez_soi": request.chez_soi,
    }


def decision(reponse: object, revision: str) -> Decision:
    """The answer of an engine, checked: every group opened or withheld, known measures, the expected revision."""
    match reponse:
        case {
            "autorise": bool(autorise),
            "refus": None | "existence" | "droit" as refus,
            "motif": str(motif),
            "groupes": dict(groupes),
            "retenus": dict(retenus),
            "obligations": list(obligations),
            "revision": str(repondue),
        }:
            pass
        case _:
            raise EngineUnavailable("réponse des politiques indéfinie ou malformée")
    if repondue != revision:
        raise EngineUnavailable("réponse des politiques d'une autre révision")
    if (refus is None) is not autorise or (motif == "") is not autorise or (groupes and not autorise):
        raise EngineUnavailable("réponse des politiques contradictoire")
    if len(groupes) + len(retenus) != len(_TOUS) or {*groupes, *retenus} != _TOUS:
        raise EngineUnavailable("réponse des politiques incomplète")
    if not {*map(type, (*groupes.values(), *retenus.values(), *obligations))} <= {str}:
        raise EngineUnavailable("réponse des politiques malformée")
    if not MESURES.issuperset(groupes.values()) or not all(map(str.isupper, retenus.values())):
        raise EngineUnavailable("réponse des politiques hors nomenclature")
    return Decision(
        autorise=autorise,
        refus=None if refus is None else Fermeture(refus),
        motif=motif,
        groupes=MappingProxyType(groupes),
        retenus=MappingProxyType(retenus),
        obligations=tuple(obligations),
        revision=repondue,
    )


def emissions(reponse: object, revision: str) -> frozenset[str]:
    """The events that an engine allows, checked: names, each once, of the expected revision."""
    match reponse:
        case {"evenements": list(evenements), "revision": str(repondue)} if {*map(type, evenements)} <= {str}:
            pass
        case _:
            raise EngineUnavailable("réponse des politiques indéfinie ou malformée")
    if repondue != revision:
        raise EngineUnavailable("réponse des politiques d'une autre révision")
    if len(permises := frozenset(evenements)) != len(evenements):
        raise EngineUnavailable("réponse des politiques contradictoire")
    return permises


class OpaEngine:
    """The rules evaluated by an OPA server that loaded the bundle of ``policies.bundle``. Asked inside ``async with``.

    One retry, for a connection that the server closed between two questions; a slow answer is not waited for twice.
    """

    def __init__(self, revision: str, host: str, port: int, *, ssl: bool = False, timeout: float = 0.5) -> None:
        self.revision = revision
        self._client = AsyncOpaClient(host=host, port=port, ssl=ssl, timeout=timeout, retries=1)

    async def __aenter__(self) -> Self:
        await self._client.__aenter__()
        return self

    async def __aexit__(self, *erreur: object) -> None:
        await self._client.close_connection()

    async def decide(self, request: Request) -> Decision:
        """Ask the server: whatever is not its whole answer, in time and of our revision, is an `EngineUnavailable`."""
        return decision(await self._demander(request, DOCUMENT), self.revision)

    async def emissions(self, request: Request) -> frozenset[str]:
        """As `decide`."""
        return emissions(await self._demander(request, EMISSIONS), self.revision)

    async def _demander(self, request: Request, regle: str) -> object:
        try:
            reponse = await self._client.query_rule(document(request), PAQUET, regle)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as erreur:
            raise EngineUnavailable("serveur de politiques injoignable, lent ou en erreur") from erreur
        return reponse.get("result") if isinstance(reponse, dict) else None


class Decider:
    """An engine behind a cache of its answers. Questions are closed facts, so equal questions have equal answers.

    The cache lives with one revision of the rules: another revision is another ``Decider``. Failures are never kept.
    """

    def __init__(self, engine: Engine, *, taille: int = 20_000) -> None:
        self.revision = engine.revision
        self._engine = engine
        self._taille = taille
        self._decisions: OrderedDict[Request, Decision] = OrderedDict()
        self._emissions: OrderedDict[Request, frozenset[str]] = OrderedDict()

    async def decide(self, request: Request) -> Decision:
        """The answer kept, or asked of the engine."""
        return await self._garder(self._decisions, request, self._engine.decide)

    async def emissions(self, request: Request) -> frozenset[str]:
        """As `decide`."""
        return await self._garder(self._emissions, request, self._engine.emissions)

    async def eprouver(self) -> None:
        """Ask the engine itself: ``EngineUnavailable`` unless it answers. It is nobody's question."""
        await self._engine.decide(Request(role="", finalite="", action=Action.LIRE, le=date.min))

    async def _garder(
        self, cache: OrderedDict[Request, T], request: Request, demander: Callable[[Request], Awaitable[T]]
    ) -> T:
        connue = cache.get(request)
        if connue is not None:
            cache.move_to_end(request)
            return connue
        rendue = cache[request] = await demander(request)
        if len(cache) > self._taille:
            cache.popitem(last=False)
        return rendue

"""The engines that evaluate the rules, and the cache before them.

Both engines answer the same document for the same question, or raise ``EngineUnavailable``: down, slow, undefined,
malformed or of another revision means no. Nothing here decides.
"""

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import date
from functools import partial
from types import MappingProxyType
from typing import Any, Final, Protocol, Self, TypeVar

import aiohttp
from opa_client import AsyncOpaClient
from opa_client.errors import DeleteDataError, DeletePolicyError, RegoParseError

from policies.bundle import chemin, deplacer, lieu_de
from policies.decision import GROUPES, Action, Decision, Fermeture, Request
from policies.tables import Regles

T = TypeVar("T")

MESURES: Final = frozenset({"entier", "propres", "tranche", "oui_non", "existence", "commune", "etape", "bail"})
_TOUS: Final = frozenset(GROUPES)
PAQUET: Final = "unefois.decision"
DOCUMENT: Final = "document"
EMISSIONS: Final = "emissions"
"""The two rules that are asked: may this be done, and what is shown; which events could be named in its place."""
CHARGEMENT_S: Final = 1.0
"""Seconds that the server has for each piece of past rules that it is to take: some 400 KiB, compiled there."""


class EngineUnavailable(Exception):
    """The policies gave no usable answer: nothing may be read or written (503), and that is journaled."""


class ChargementRefuse(EngineUnavailable):
    """The policy server takes no other rules than those of its bundle: it is for its operator to let it."""


class Engine(Protocol):
    """What decides. ``revision`` is the digest of the rules and tables that it must answer with."""

    revision: str

    async def decide(self, request: Request) -> Decision:
        """The answer of the rules, or ``EngineUnavailable``."""
        ...

    async def emissions(self, request: Request) -> frozenset[str]:
        """The types of event that this question would be allowed to name, whichever it names."""
        ...


class LoadingEngine(Engine, Protocol):
    """Today's engine, which makes others of its own kind for past rules."""

    async def charger(self, regles: Regles) -> Engine:
        """An engine of these rules, or ``EngineUnavailable``."""
        ...

    async def decharger(self, revision: str) -> None:
        """Let go of those rules, as far as they can be."""
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
        "regimes": sorted(request.regimes),
        "convoque": request.convoque,
    }


def decision(reponse: object, revision: str, groupes_d_alors: frozenset[str] | None = None) -> Decision:
    """The answer of an engine, checked: every group opened or withheld, known measures, the expected revision.

    ``groupes_d_alors``: of past rules, the groups that they knew. Which of their measures still are, ``croiser`` knows.
    """
    attendus = _TOUS if groupes_d_alors is None else groupes_d_alors
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
    if len(groupes) + len(retenus) != len(attendus) or {*groupes, *retenus} != attendus:
        raise EngineUnavailable("réponse des politiques incomplète")
    if not {*map(type, (*groupes.values(), *retenus.values(), *obligations))} <= {str}:
        raise EngineUnavailable("réponse des politiques malformée")
    connues = groupes_d_alors is not None or MESURES.issuperset(groupes.values())
    if not connues or not all(map(str.isupper, retenus.values())):
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

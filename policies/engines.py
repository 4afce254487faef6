"""The engines that evaluate the rules, and the cache before them.

Both engines answer the same document for the same question, or raise ``EngineUnavailable``: down, slow, undefined,
malformed or of another revision means no. Nothing here decides.
"""

import json
import threading
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from datetime import date
from types import MappingProxyType
from typing import Any, Final, Protocol, Self, TypeVar

import aiohttp
import orjson
from opa_client import AsyncOpaClient
from regorus import Program, Rvm

from policies.decision import GROUPES, Action, Decision, Fermeture, Request
from policies.tables import Regles

T = TypeVar("T")

MESURES: Final = frozenset({"entier", "propres", "tranche", "oui_non", "existence", "commune", "etape"})
_TOUS: Final = frozenset(GROUPES)
_PAQUET: Final = "unefois.decision"
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


class _Machines(threading.local):
    """The machines of one thread, those used last. A machine has to end in the thread that made it, too.

    So they are held here and not by their engine, which the collector may end from any thread.
    """

    def __init__(self) -> None:
        self.gardees: OrderedDict[object, Rvm] = OrderedDict()


_MACHINES: Final = _Machines()
MACHINES_GARDEES: Final = 8
"""Engines whose machines a thread keeps: a service has one, tests have more."""


class EmbeddedEngine:
    """The rules evaluated in this process, compiled once to the program of `regorus`' virtual machine.

    A machine belongs to the thread that made it: from another one it panics, with an exception that no
    ``except Exception`` catches. So each thread gets its own, made at its first question (about 20 ms). The machine
    is not OPA: in a comprehension it keeps an assignment that is undefined. The rules avoid it, `decision` refuses
    what it would give, and the tests compare every cell with OPA.
    """

    def __init__(self, regles: Regles) -> None:
        self.revision = regles.revision
        self._regles = regles
        self._nom = object()
        self._machine()

    def _machine(self) -> Rvm:
        miennes = _MACHINES.gardees
        machine = miennes.get(self._nom)
        if machine is None:
            donnees = json.dumps({"tables": self._regles.tables})
            machine = Rvm()
            entrees = [f"data.{_PAQUET}.{regle}" for regle in (DOCUMENT, EMISSIONS)]
            machine.load_program(Program.compile_from_modules(donnees, [*self._regles.modules.items()], entrees))
            machine.set_data_json(donnees)
            miennes[self._nom] = machine
            if len(miennes) > MACHINES_GARDEES:
                miennes.popitem(last=False)
        return machine

    def evaluer(self, entree: bytes, regle: str = DOCUMENT) -> object:
        """What a rule answers, raw, to one question already in JSON."""
        machine = self._machine()
        try:
            machine.set_input_json(entree.decode())
            return orjson.loads(machine.execute_entry_point(f"data.{_PAQUET}.{regle}"))
        except (RuntimeError, ValueError) as erreur:
            raise EngineUnavailable("évaluation des politiques impossible") from erreur
        except BaseException as panique:
            if type(panique).__name__ != "PanicException":
                raise
            _MACHINES.gardees.pop(self._nom, None)
            raise EngineUnavailable("évaluation des politiques interrompue") from panique

    async def decide(self, request: Request) -> Decision:
        """Decide without leaving the loop: it costs less than handing over to another thread."""
        return decision(self.evaluer(orjson.dumps(document(request))), self.revision)

    async def emissions(self, request: Request) -> frozenset[str]:
        """As `decide`."""
        return emissions(self.evaluer(orjson.dumps(document(request)), EMISSIONS), self.revision)


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
            reponse = await self._client.query_rule(document(request), _PAQUET, regle)
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

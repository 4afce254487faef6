"""The engines that evaluate the rules, and the cache before them.

Both engines answer the same document for the same question, or raise ``EngineUnavailable``: down, slow, undefined,
malformed or of another revision means no. Nothing here decides.
"""

import json
import threading
from collections import OrderedDict
from types import MappingProxyType
from typing import Any, Final, Protocol, Self

import aiohttp
import orjson
from opa_client import AsyncOpaClient
from regorus import Program, Rvm

from policies.decision import GROUPES, Decision, Refus, Request
from policies.tables import Regles

MESURES: Final = frozenset({"entier", "propres", "tranche", "oui_non", "existence", "commune", "etape"})
_TOUS: Final = frozenset(GROUPES)
_CHEMIN: Final = "data.unefois.decision.document"


class EngineUnavailable(Exception):
    """The policies gave no usable answer: nothing may be read or written (503), and that is journaled."""


class Engine(Protocol):
    """What decides. ``revision`` is the digest of the rules and tables that it must answer with."""

    revision: str

    async def decide(self, request: Request) -> Decision:
        """The answer of the rules, or ``EngineUnavailable``."""
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
        refus=None if refus is None else Refus(refus),
        motif=motif,
        groupes=MappingProxyType(groupes),
        retenus=MappingProxyType(retenus),
        obligations=tuple(obligations),
        revision=repondue,
    )


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
            machine.load_program(Program.compile_from_modules(donnees, [*self._regles.modules.items()], [_CHEMIN]))
            machine.set_data_json(donnees)
            miennes[self._nom] = machine
            if len(miennes) > MACHINES_GARDEES:
                miennes.popitem(last=False)
        return machine

    def evaluer(self, entree: bytes) -> object:
        """The raw document for one question already in JSON."""
        machine = self._machine()
        try:
            machine.set_input_json(entree.decode())
            return orjson.loads(machine.execute())
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
        try:
            reponse = await self._client.query_rule(document(request), "unefois.decision", "document")
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as erreur:
            raise EngineUnavailable("serveur de politiques injoignable, lent ou en erreur") from erreur
        return decision(reponse.get("result") if isinstance(reponse, dict) else None, self.revision)


class Decider:
    """An engine behind a cache of its answers. Questions are closed facts, so equal questions have equal answers.

    The cache lives with one revision of the rules: another revision is another ``Decider``. Failures are never kept.
    """

    def __init__(self, engine: Engine, *, taille: int = 20_000) -> None:
        self.revision = engine.revision
        self._engine = engine
        self._taille = taille
        self._cache: OrderedDict[Request, Decision] = OrderedDict()

    async def decide(self, request: Request) -> Decision:
        """The answer kept, or asked of the engine."""
        connue = self._cache.get(request)
        if connue is not None:
            self._cache.move_to_end(request)
            return connue
        rendue = await self._engine.decide(request)
        self._cache[request] = rendue
        if len(self._cache) > self._taille:
            self._cache.popitem(last=False)
        return rendue

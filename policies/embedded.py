"""The embedded engine, for a machine without an OPA server. Its evaluator comes with ``unefois[local]`` alone."""

import asyncio
import json
import threading
from collections import OrderedDict
from typing import Final

import orjson
from regorus import Program, Rvm

from policies.decision import Decision, Request
from policies.engines import (
    DOCUMENT,
    EMISSIONS,
    PAQUET,
    Engine,
    EngineUnavailable,
    decision,
    document,
    emissions,
)
from policies.tables import Regles


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

    ``groupes_d_alors``: of past rules, the groups that they knew.
    """

    def __init__(self, regles: Regles, groupes_d_alors: frozenset[str] | None = None) -> None:
        self.revision = regles.revision
        self._regles = regles
        self._groupes = groupes_d_alors
        self._nom = object()
        self._machine()

    def _machine(self) -> Rvm:
        miennes = _MACHINES.gardees
        machine = miennes.get(self._nom)
        if machine is None:
            donnees = json.dumps({"tables": self._regles.tables})
            machine = Rvm()
            entrees = [f"data.{PAQUET}.{regle}" for regle in (DOCUMENT, EMISSIONS)]
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
            return orjson.loads(machine.execute_entry_point(f"data.{PAQUET}.{regle}"))
        except (RuntimeError, ValueError) as erreur:
            raise EngineUnavailable("évaluation des politiques impossible") from erreur
        except BaseException as panique:
            if type(panique).__name__ != "PanicException":
                raise
            _MACHINES.gardees.pop(self._nom, None)
            raise EngineUnavailable("évaluation des politiques interrompue") from panique

    async def decide(self, request: Request) -> Decision:
        """Decide without leaving the loop: it costs less than handing over to another thread."""
        return decision(self.evaluer(orjson.dumps(document(request))), self.revision, self._groupes)

    async def emissions(self, request: Request) -> frozenset[str]:
        """As `decide`."""
        return emissions(self.evaluer(orjson.dumps(document(request)), EMISSIONS), self.revision)

    async def charger(self, regles: Regles) -> Engine:
        """An engine of past rules beside this one: 10 to 25 ms of the loop, which no other thread may take over."""
        await asyncio.sleep(0)  # whoever waits already passes first
        try:
            return EmbeddedEngine(regles, regles.groupes)
        except (RuntimeError, ValueError, TypeError) as erreur:
            raise EngineUnavailable("règles passées : elles ne se chargent plus") from erreur
        except BaseException as panique:
            if type(panique).__name__ != "PanicException":
                raise
            raise EngineUnavailable("règles passées : chargement interrompu") from panique

    async def decharger(self, revision: str) -> None:
        """Nothing: a machine goes once nobody holds its engine, and others take its place."""

"""What an engine that evaluates the rules must answer, and the cache before it.

Both engines answer the same document for the same question, or raise ``EngineUnavailable``: down, slow, undefined,
malformed or of another revision means no. Nothing here decides.
"""

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from datetime import date
from types import MappingProxyType
from typing import Any, Final, Protocol, TypeVar

from policies.decision import GROUPES, Action, Decision, Fermeture, Request
from policies.tables import Regles

T = TypeVar("T")

MESURES: Final = frozenset({"entier", "propres", "tranche", "oui_non", "existence", "commune", "etape", "bail"})
_TOUS: Final = frozenset(GROUPES)
PAQUET: Final = "unefois.decision"
DOCUMENT: Final = "document"
EMISSIONS: Final = "emissions"
"""The two rules that are asked: may this be done, and what is shown; which events could be named in its place."""


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

    async def supposer(self, request: Request) -> Decision:
        """The answer to a question that no reader puts: asked of the engine, whatever readers were answered before."""
        return await self._engine.decide(request)

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

"""What the policies would say of a fact that is not written yet, to each reader that there could be.

No case is looked at: each fact of a question that a case or a reader holds is supposed. First all of them are as a
reader would wish; then each in turn is taken away. What then closes was opened under that condition. Links are tried
way by way. The same tables and the same Rego answer as when the fact will be read.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final, NamedTuple

import msgspec

from adapters.gate.provenance import Provenance
from policies.decision import GROUPES, Action, Agent, Collecte, Decision, Lien, Request, Secret
from policies.engines import Decider
from policies.tables import Tables

Demander = Callable[[Request], Coroutine[None, None, Decision]]

FAVORABLE: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "saisine_ouverte": True,
        "demande": True,
        "information_menage": True,
        "opposition": False,
        "limitation": False,
        "secret": Secret.PROFESSION,
        "agent": Agent.PROUVE,
        "intervention_informee": True,
        "accords": frozenset(GROUPES),
    }
)
"""What a case and a reader may hold, as a reader would wish it."""

SANS: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "saisine_ouverte": False,
        "demande": False,
        "information_menage": False,
        "opposition": True,
        "limitation": True,
        "secret": Secret.AUCUN,
        "agent": Agent.NOMME,
        "intervention_informee": False,
        "accords": frozenset(),
        "regimes": frozenset(),
        "ancien": True,
    }
)
"""The conditions, each by the fact of a question that holds it, and that fact once it is taken away."""


_SANS_SUIVI: Final = "sans_intervention"
"""The condition of what is open otherwise to who follows the household."""


class Supposee(NamedTuple):
    """One way to a fact: by which links, and what is decided; ``sans`` each condition, where that is something else.

    ``suivi``: what is supposed besides of a follow-up. ``malgre``: a condition that is not met, where something is then
    opened otherwise than if it were.
    """

    role: str
    finalite: str
    liens: frozenset[Lien]
    decision: Decision
    sans: Mapping[str, Decision]
    suivi: frozenset[Lien]
    malgre: str = ""


async def voies(decider: Decider, tables: Tables, role: str, p: Provenance, sous: Request) -> tuple[Supposee, ...]:
    """Every way by which a role may come to a fact of that provenance, at each of its purposes; ``sous``: on which day.

    A way by which nothing opens even if all is granted is told too: its decision says why.
    """
    trouvees: list[Supposee] = []
    gardees: dict[object, Decision] = {}

    async def demander(question: Request) -> Decision:
        """The answer, once for all the questions that come to it: they are many, and their answers few."""
        dite = await decider.supposer(question)
        return gardees.setdefault((dite.motif, *map(_contenu, (dite.groupes, dite.retenus)), dite.obligations), dite)

    for finalite in tables.finalites:
        code = finalite["code"]
        if Action.LIRE not in tables.actions(role, code):
            continue
        stade = next(iter(tables.stades_de(role, code)), sous.stade)
        base = msgspec.structs.replace(
            sous, role=role, finalite=code, stade=stade, regimes=tables.regimes, **_faits(p), **FAVORABLE
        )
        for liens in map(frozenset, tables.voies(role, code)):
            if liens == {Lien.AUTEUR} and not p.emis_par_moi:
                continue  # who told something else of the case reads that alone
            seule = await demander(msgspec.structs.replace(base, liens=frozenset(map(Lien, liens))))
            for suivi in _suivis(tables.voies(role, code), liens, moi=p.emis_par_moi):
                tout = msgspec.structs.replace(base, liens=frozenset(map(Lien, liens | suivi)))
                # Of a fact that the rules name, a follow-up may do instead of something else: it is tried anyway.
                if suivi and not p.evenement and await demander(tout) is seule:
                    continue
                trouvees += [voie async for voie in _voies(demander, tout, frozenset(map(Lien, liens)))]
    return tuple(trouvees)


def _suivis(toutes: Sequence[Sequence[str]], liens: frozenset[str], *, moi: bool) -> Iterator[frozenset[str]]:
    """That the agent follows the household besides, or not; on its own word too, where the fact is its own."""
    yield frozenset()
    if Lien.INTERVENTION in liens:
        return
    if not (liens == {Lien.AUTEUR} and [Lien.INTERVENTION] in toutes):  # it would not be linked by authorship alone
        yield frozenset({Lien.INTERVENTION})
    if moi:
        yield frozenset({Lien.INTERVENTION_ALLEGUEE})


def _contenu(dits: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(dits.items())


def _faits(p: Provenance) -> dict[str, Any]:
    """A provenance as a question has it; accords are supposed."""
    return {nom: valeur for nom, valeur in p._asdict().items() if nom != "accords"}


async def _voies(demander: Demander, tout: Request, liens: frozenset[Lien]) -> AsyncIterator[Supposee]:
    """A way, and what is otherwise open by it where one condition is not met."""
    voie = await _voie(demander, tout, liens)
    yield voie
    privations = dict(_privations(tout, liens))
    for condition, autre in voie.sans.items():
        siennes = {groupe: _sienne(mesure) for groupe, mesure in voie.decision.groupes.items()}
        autrement = any(siennes.get(groupe) != _sienne(mesure) for groupe, mesure in autre.groupes.items())
        if autrement and condition != _SANS_SUIVI:  # the way with a follow-up is tried
            sans = msgspec.structs.replace(tout, **privations[condition])
            yield (await _voie(demander, sans, liens))._replace(malgre=condition)


def _sienne(mesure: str | None) -> str | None:
    """A measure as it is for one's own, which is all of it; what is open to one's own alone is closed to the others."""
    return "entier" if mesure == "propres" else mesure


async def _voie(demander: Demander, tout: Request, liens: frozenset[Lien]) -> Supposee:
    """What is decided with everything granted, and without each condition.

    Most conditions seldom bear: if those that seldom do may all be taken away at once, none of them bears.
    """
    decision = await demander(tout)
    if not decision.groupes:
        return Supposee(tout.role, tout.finalite, liens, decision, {}, tout.liens - liens)
    dit = decision.groupes, decision.obligations
    privations = dict(_privations(tout, liens))
    rares = {champ: valeur for nom in _RARES & privations.keys() for champ, valeur in privations[nom].items()}
    autre = await demander(msgspec.structs.replace(tout, **rares))
    if (autre.groupes, autre.obligations) == dit:
        privations = {nom: privation for nom, privation in privations.items() if nom not in _RARES}
    questions = (msgspec.structs.replace(tout, **privation) for privation in privations.values())
    autres = zip(privations, await asyncio.gather(*map(demander, questions)), strict=True)
    sans = {condition: autre for condition, autre in autres if (autre.groupes, autre.obligations) != dit}
    return Supposee(tout.role, tout.finalite, liens, decision, sans, tout.liens - liens)


_RARES: Final = frozenset(
    (
        "saisine_ouverte",
        "demande",
        "demande_confirmee",
        "information_menage",
        "intervention_informee",
        "regimes",
        "ancien",
    )
)


def _privations(tout: Request, liens: frozenset[Lien]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Each condition, and what of the question changes without it."""
    yield from ((nom, {nom: valeur}) for nom, valeur in SANS.items() if getattr(tout, nom) != valeur)
    if tout.liens == liens and Lien.INTERVENTION not in liens:
        yield _SANS_SUIVI, {"liens": liens | {Lien.INTERVENTION}}
    yield "demande_confirmee", {"liens": tout.liens | {Lien.DEMANDE_ALLEGUEE}}
    if tout.collecte is Collecte.MEME_DEMANDE:
        yield "meme_demande", {"collecte": Collecte.AUTRE_DEMANDE}

"""Two revisions of the rules, asked the same: what a reader is shown is what both of them open.

To read a case under the rules of a past day never gives more than today's do (access 10). What those of then withheld
stays withheld for the reason that they gave: asked again under other rules, the answer is the same, byte for byte, as
long as these close nothing more.
"""

from datetime import date
from types import MappingProxyType
from typing import Final

from msgspec.structs import replace

from policies.decision import GROUPES, Decision, Request
from policies.engines import MESURES, Decider, EngineUnavailable

DIFFERENTES: Final = "REGLES_DIFFERENTES"
MOTIFS: Final = MappingProxyType(
    {
        DIFFERENTES: "Les règles de ce jour-là et celles d'aujourd'hui n'en disent pas la même chose : rien n'en est "
        "communiqué."
    }
)
"""The reasons that no revision of the rules gives: they come of reading two of them together."""


class Croise:
    """An engine of today's rules and of past ones, these as of their day. Today's are asked first, and refuse alone."""

    def __init__(self, aujourd_hui: Decider, alors: Decider, jour: date) -> None:
        self.revision = aujourd_hui.revision
        self._aujourd_hui = aujourd_hui
        self._alors = alors
        self._jour = jour

    async def decide(self, request: Request) -> Decision:
        """What both admit, and the more closed of their measures; ``EngineUnavailable`` if either does not answer."""
        maintenant = await self._aujourd_hui.decide(request)
        # Asked whatever the first one says: how much was decided would tell what was refused. That stands by itself.
        try:
            alors = await self._alors.decide(replace(request, le=self._jour))
        except EngineUnavailable:
            if maintenant.autorise:
                raise
            return maintenant
        return croiser(maintenant, alors, emis_par_moi=request.emis_par_moi) if maintenant.autorise else maintenant

    async def emissions(self, request: Request) -> frozenset[str]:
        """What both would let tell."""
        aujourd_hui = await self._aujourd_hui.emissions(request)
        return aujourd_hui & await self._alors.emissions(replace(request, le=self._jour))


def croiser(maintenant: Decision, alors: Decision, *, emis_par_moi: bool) -> Decision:
    """What two decisions on one fact open together, of a question that today's rules admit.

    The obligations of both hold. A group of today that past rules did not know was opened by nobody.
    """
    obligations = tuple(sorted({*maintenant.obligations, *alors.obligations}))
    groupes: dict[str, str] = {}
    retenus: dict[str, str] = {}
    refermes: set[str] = set()
    for groupe in GROUPES:
        if not alors.autorise:
            retenus[groupe] = alors.motif
        elif groupe in alors.retenus:
            retenus[groupe] = alors.retenus[groupe]
        elif groupe in maintenant.retenus:
            retenus[groupe] = maintenant.retenus[groupe]
            refermes.add(groupe)
        else:
            deux = alors.groupes.get(groupe, ""), maintenant.groupes[groupe]
            mesure = _la_plus_fermee(*deux, emis_par_moi=emis_par_moi)
            if mesure is None:
                retenus[groupe] = DIFFERENTES
            else:
                groupes[groupe] = mesure
    return Decision(
        autorise=alors.autorise,
        refus=alors.refus,
        motif=alors.motif,
        groupes=MappingProxyType(groupes),
        retenus=MappingProxyType(retenus),
        obligations=obligations,
        revision=maintenant.revision,
        refermes=frozenset(refermes),
    )


def _la_plus_fermee(une: str, autre: str, *, emis_par_moi: bool) -> str | None:
    """What is left of a fact under both measures; None where neither is a part of the other, or one is unknown.

    ``propres`` opens what this reader told, whole, and nothing else: of that, the other measure keeps what it keeps.
    """
    if not {une, autre} <= MESURES:
        return None
    if autre in {une, "entier"}:
        return une
    if une == "entier":
        return autre
    if "propres" in {une, autre}:
        return (autre if une == "propres" else une) if emis_par_moi else "propres"
    return None

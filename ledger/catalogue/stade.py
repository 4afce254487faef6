"""Where the procedure of eviction stands, and the order of its acts."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Stade(StrEnum):
    """Where the procedure stands: the latest act by its business date. Parallel tracks are not in it."""

    OUVERT = "OUVERT"
    COMMANDEMENT = "COMMANDEMENT"
    ASSIGNATION = "ASSIGNATION"
    AUDIENCE = "AUDIENCE"
    JUGEMENT = "JUGEMENT"
    COMMANDEMENT_QUITTER = "COMMANDEMENT_QUITTER"
    CONCOURS_REQUIS = "CONCOURS_REQUIS"
    CONCOURS_ACCORDE = "CONCOURS_ACCORDE"
    CONCOURS_REFUSE = "CONCOURS_REFUSE"
    EXPULSION = "EXPULSION"
    DEPART = "DEPART"


_ORDRE: Final = (
    {Stade.OUVERT},
    {Stade.COMMANDEMENT},
    {Stade.ASSIGNATION},
    {Stade.AUDIENCE},
    {Stade.JUGEMENT},
    {Stade.COMMANDEMENT_QUITTER},
    {Stade.CONCOURS_REQUIS},
    {Stade.CONCOURS_ACCORDE, Stade.CONCOURS_REFUSE},
    {Stade.EXPULSION, Stade.DEPART},
)
"""The order of acts of one day, where the procedure gives one: a request comes before its answer, an act before what
it allows (loi 89-462 art. 24; CPCE L.411-1, R.153-1). Two of the same rank follow their recording."""

RANGS: Final[Mapping[Stade, int]] = MappingProxyType({s: rang for rang, stades in enumerate(_ORDRE) for s in stades})

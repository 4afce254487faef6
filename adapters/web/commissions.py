"""A commission as the pages know it: a value. Its worklist and its cases are the same pages as any other's."""

from dataclasses import dataclass
from typing import Final

from projections.liste import ColonneDate


@dataclass(frozen=True, slots=True)
class Commission:
    """What the pages need to know of it.

    ``instance`` is its code in the catalogue, ``vue`` the view of its cases, ``du`` its name after « file active »,
    ``par_date`` the date that its worklist is filtered by, ``finalites`` those under which its pages are offered.
    """

    instance: str
    vue: str
    adresse: str
    du: str
    par_date: ColonneDate
    finalites: tuple[str, ...]


CCAPEX: Final = Commission(
    instance="CCAPEX",
    vue="ccapex",
    adresse="/ccapex",
    du="de la CCAPEX",
    par_date="prochaine_audience",
    finalites=("CCAPEX_ADMINISTRATIVE", "CCAPEX_INSTRUCTION"),
)
COMMISSIONS: Final = (CCAPEX,)

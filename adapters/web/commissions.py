"""Where cases are read: a partner's own cases, or the worklist of a commission. The same pages, of one value."""

from dataclasses import dataclass
from typing import Final

from projections.liste import ColonneDate


@dataclass(frozen=True, slots=True, kw_only=True)
class LieuDeLecture:
    """A list of cases, by the name ``liste``, and its cases, read through the view ``vue`` ("" for whole)."""

    adresse: str
    liste: str
    vue: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Commission(LieuDeLecture):
    """What the pages need to know of a commission.

    ``instance`` is its code in the catalogue, ``du`` its name after « file active », ``par_date`` the date that its
    worklist is filtered by and ``mot_date`` what it is called, ``finalites`` those under which its pages are offered.
    """

    instance: str
    du: str
    par_date: ColonneDate
    mot_date: str
    finalites: tuple[str, ...]


MES_DOSSIERS: Final = LieuDeLecture(adresse="/dossiers", liste="Mes dossiers")
CCAPEX: Final = Commission(
    instance="CCAPEX",
    vue="ccapex",
    adresse="/ccapex",
    liste="File active de la CCAPEX",
    du="de la CCAPEX",
    par_date="prochaine_audience",
    mot_date="Audience",
    finalites=("CCAPEX_ADMINISTRATIVE", "CCAPEX_INSTRUCTION"),
)
CLIL: Final = Commission(
    instance="CLIL",
    vue="clil",
    adresse="/clil",
    liste="File active de la CLIL",
    du="de la CLIL",
    par_date="dernier_acte_le",
    mot_date="Dernier acte",
    finalites=("CLIL_EXAMEN",),
)
COMEX: Final = Commission(
    instance="COMEX",
    vue="comex",
    adresse="/comex",
    liste="File active de la COMEX",
    du="de la COMEX",
    par_date="concours_requis_le",
    mot_date="Concours requis",
    finalites=("CFP_INSTRUCTION",),
)
COMMISSIONS: Final = (CCAPEX, CLIL, COMEX)

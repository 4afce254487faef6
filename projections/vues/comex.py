"""COMEX: before the préfet decides on the concours de la force publique.

It keeps the judgment and what follows it, the debt, what was tried, relogement, the enquiry, and the avis with the
needs that it retained.

Its tables have no act under secrecy: their nature is sealed, so an evaluation cannot be told from a need. Read by id,
a need is shown with the person's accord; without one, needs reach a COMEX in the CCAPEX's avis (access 3).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Final

from ledger.catalogue import Stade, Volet
from ledger.dossier.etat import Dossier
from projections.table import Montree
from projections.vue import LigneDeVue, Vue

GROUPES: Final = frozenset(
    {"F01", "F02a", "F02b", "F03", "F04", "F05", "F06", "F07", "F08", "F09a", "F09b", "F10a", "F10b", "F11", "F13"}
    | {"F16", "F17", "F19a", "F19b"}
)
VOLETS: Final = frozenset({Volet.IDENTITE, Volet.JUGEMENT})
AVANT_JUGEMENT: Final = frozenset({Stade.COMMANDEMENT, Stade.ASSIGNATION, Stade.AUDIENCE})


@dataclass(slots=True, kw_only=True)
class LigneComex(LigneDeVue):
    """``stade`` and ``dernier_acte_le`` begin at the judgment; ``concours_requis_le``: the last request."""

    concours_requis_le: Annotated[date | None, Montree(("F09a",))]


def ligne(communs: Mapping[str, Any], d: Dossier) -> LigneComex:
    """The row of a case; of the acts, the judgment and those after it."""
    suites = [etape for etape in d.etapes if etape.stade not in AVANT_JUGEMENT]
    requis = [etape.le for etape in suites if etape.stade is Stade.CONCOURS_REQUIS]
    return LigneComex(
        **communs,
        stade=(max(suites).stade if suites else Stade.OUVERT).value,
        dernier_acte_le=max((etape.le for etape in suites), default=None),
        concours_requis_le=max(requis, default=None),
    )


VUE: Final = Vue(
    nom="comex",
    type_ligne=LigneComex,
    groupes=GROUPES,
    volets=VOLETS,
    ligne=ligne,
    competence="""(concours_requis_le IS NOT NULL OR inscriptions @> '[{"instance": "COMEX"}]')""",
    auteurs=frozenset({"PREFECTURE_CFP"}),
)

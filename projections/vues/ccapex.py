"""CCAPEX: hard cases at any stage. It keeps all that partners told, but the enquiry of the préfecture (F09b).

Acts under secrecy are there, sealed and of unknown nature: what was transmitted under art. 7-2 is among them, and
only the policies tell it from an evaluation, which the instructeur never opens (access 1).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Final
from uuid import UUID

from ledger.catalogue import Volet
from ledger.dossier.agenda import proposition_en_attente
from ledger.dossier.etat import Dossier
from projections.table import AGENDA, Montree
from projections.vue import LigneDeVue, Vue

GROUPES: Final = frozenset(
    {"F01", "F01b", "F02a", "F02b", "F03", "F04", "F05", "F06", "F07", "F07b", "F08", "F08b", "F09a", "F10a", "F10b"}
    | {"F11", "F12", "F13", "F15", "F16", "F17", "F18", "F19a", "F19b", "F21"}
)
VOLETS: Final = frozenset(
    {Volet.IDENTITE, Volet.COMMANDEMENT, Volet.INSTRUCTION, Volet.CONTENTIEUX, Volet.JUGEMENT, Volet.SECRET}
)


@dataclass(slots=True, kw_only=True)
class LigneCcapex(LigneDeVue):
    """``rapprochements``: the other cases that may be the same household, for the instructeur to confirm.

    ``prochaine_audience`` may be that of another's act: only who sees the acts of all has it. ``propose_le``: when the
    CCAPEX was seized, if it has neither listed nor examined the case since.
    """

    prochaine_audience: Annotated[date | None, Montree(("F08",), frozenset({"entier"})), AGENDA]
    saisine_ouverte: bool
    propose_le: Annotated[date | None, Montree(("F19a",))]
    rapprochements: Annotated[list[UUID], Montree(("F01b",), compte=True)]


def ligne(communs: Mapping[str, Any], d: Dossier) -> LigneCcapex:
    """The row of a case, at whatever stage."""
    return LigneCcapex(
        **communs,
        stade=d.stade.value,
        dernier_acte_le=d.dernier_acte_le,
        prochaine_audience=d.prochaine_audience,
        saisine_ouverte=d.saisine_ouverte,
        propose_le=proposition_en_attente(d, "CCAPEX"),
        rapprochements=sorted(autre for autre, decision in d.rapprochements.items() if decision is None),
    )


VUE: Final = Vue(
    nom="ccapex",
    type_ligne=LigneCcapex,
    groupes=GROUPES,
    volets=VOLETS,
    ligne=ligne,
    competence="true",
    auteurs=frozenset({"CAF", "CCAPEX_INSTRUCTEUR"}),
)

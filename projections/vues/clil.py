"""CLIL: before litigation, in the commune.

It keeps the household, the debt, the contacts, the help and what other commissions said. Of the procedure it keeps
the commandement de payer alone, and no S3 of any kind: no text lifts professional secrecy for a CLIL (domain 4.3).
Its recommendation (F19a) says what it needs of the rest.

A household leaves the worklist once it is summoned, and is not on it without a dated information, nor against an
opposition (access 7). A territory reaches but those that were put before their CLIL lately (access 28).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Final

from ledger.catalogue import Stade, Volet
from ledger.dossier.agenda import proposition_en_attente
from ledger.dossier.etat import Dossier
from ledger.dossier.liens import soumissions
from projections.table import FILTRE, VOIE, Montree
from projections.vue import LigneDeVue, Territoire, Vue

GROUPES: Final = frozenset(
    {"F01", "F02a", "F02b", "F03", "F04", "F05", "F06", "F07", "F08", "F10a", "F10b", "F11", "F17", "F19a"}
)
VOLETS: Final = frozenset({Volet.IDENTITE, Volet.COMMANDEMENT})
PRECONTENTIEUX: Final = frozenset({Stade.OUVERT, Stade.COMMANDEMENT})


@dataclass(slots=True, kw_only=True)
class LigneClil(LigneDeVue):
    """``stade`` and ``dernier_acte_le`` stop at the commandement; ``contentieux``: something came after it.

    ``soumis_le``: when the case was last put before its CLIL; ``commune_soumise``: its commune, if it ever was;
    ``propose_le``: since when a proposal waits for its answer.
    """

    contentieux: bool
    commune_soumise: Annotated[str | None, VOIE]
    soumis_le: Annotated[date | None, FILTRE]
    propose_le: Annotated[date | None, Montree(("F19a",))]


def ligne(communs: Mapping[str, Any], d: Dossier) -> LigneClil:
    """The row of a case; of the acts, those of before litigation."""
    amiables = [etape for etape in d.etapes if etape.stade in PRECONTENTIEUX]
    soumis_le = max((soumission.le for soumission in soumissions(d)), default=None)
    return LigneClil(
        **communs,
        stade=Stade.COMMANDEMENT.value if amiables else Stade.OUVERT.value,
        dernier_acte_le=max((etape.le for etape in amiables), default=None),
        contentieux=len(amiables) < len(d.etapes),
        commune_soumise=None if soumis_le is None else d.commune,
        soumis_le=soumis_le,
        propose_le=proposition_en_attente(d, "CLIL"),
    )


VUE: Final = Vue(
    nom="clil",
    type_ligne=LigneClil,
    groupes=GROUPES,
    volets=VOLETS,
    ligne=ligne,
    competence="NOT contentieux AND NOT opposition AND information_menage IS NOT NULL",
    auteurs=frozenset({"BAILLEUR_SOCIAL", "CAF", "CCAS", "CD_TRAVAILLEUR_SOCIAL", "CLIL_SECRETARIAT"}),
    territoire=Territoire("commune_soumise", "soumis_le >= %(p_soumis_depuis)s", entier=False),
)

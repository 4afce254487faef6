"""What links a partner to a household, on whose word, and whether a second source says so too (access 28, 39)."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from datetime import date
from typing import Final, NamedTuple
from uuid import UUID

from ledger.catalogue import TRANCHE, Rubrique
from ledger.dossier.etat import Dossier
from ledger.droit.bornes import borne
from ledger.droit.jours import dans

_CLIL: Final = "CLIL"


class Soumission(NamedTuple):
    """The day on which a case was put before its CLIL. ``par``: who proposed it; empty: it was examined."""

    le: date
    par: str = ""


def soumissions(etat: Dossier) -> list[Soumission]:
    """Each time that a case was put before its CLIL, since it was last done with it; no proposal that was set aside."""
    if Rubrique.PROPOSITIONS not in etat.rubriques and not etat.examens:  # of most cases, nothing more is looked at
        return []
    ecartee = max(etat.rubriques.get(Rubrique.PROPOSITIONS_ECARTEES, {}).get(_CLIL, ()), default=0)
    dites = etat.rubriques.get(Rubrique.PROPOSITIONS, {}).get(_CLIL, {})
    proposees = [dite for version, dite in dites.items() if version > ecartee]
    examinees = [Soumission(le) for instance, le in etat.examens if instance == _CLIL]
    clos_le = max(etat.rubriques.get(Rubrique.SUIVIS_CLOS, {}).get(_CLIL, {}).values(), default=date.min)
    toutes = (*(Soumission(le, par) for le, par in proposees), *examinees)
    return [soumission for soumission in toutes if soumission.le > clos_le]


def soumis_depuis(le: date) -> date:
    """Since which day a case must have been put before its CLIL to be read by it on that day (access 28)."""
    duree = borne("soumission_clil_mois", le)
    return date.max if duree is None else dans(-duree.maximum, le)


def bailleurs(etat: Dossier) -> Mapping[str, AbstractSet[str]]:
    """The landlords that are named, and by which partners; once a person has settled it, that one alone."""
    rubrique = etat.rubriques.get(Rubrique.BAILLEUR, {})
    tranche = rubrique.get(TRANCHE)
    nommes: dict[str, set[str]] = {}
    for siret, dit_par in (tranche[max(tranche)],) if tranche else rubrique.get(None, {}).values():
        if siret is not None:
            nommes.setdefault(siret, set()).add(dit_par)
    return nommes


def instructeurs(etat: Dossier, aide: UUID) -> AbstractSet[tuple[str, str]]:
    """Who told of a request for help: partners and agents; none where there is no such request."""
    return frozenset(etat.rubriques.get(Rubrique.DEMANDES_DITES, {}).get(aide, {}).values())


def intervenants(etat: Dossier, *, confirmes: bool = False) -> AbstractSet[str]:
    """The agents whose intervention is open, as ``partenaire/agent``; or those alone that a second source confirmed."""
    if Rubrique.INTERVENTIONS not in etat.rubriques:
        return frozenset()
    return {
        f"{i.partenaire}/{i.agent}"
        for intervention, i in etat.interventions.items()
        if not confirmes or confirme(etat, intervention)
    }


def confirme(etat: Dossier, lien: UUID) -> bool:
    """Whether a second source says that an intervention, or the instruction of a request, is as its author says."""
    return lien in etat.rubriques.get(Rubrique.LIENS_CONFIRMES, {}) or len({p for p, _ in instructeurs(etat, lien)}) > 1

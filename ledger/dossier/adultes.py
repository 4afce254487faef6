"""The adults of a household: its keys go with the last of them, and not before."""

from collections.abc import Set as AbstractSet
from uuid import UUID

from ledger.dossier.etat import ADULTES, Dossier


def dernier_adulte(dossier: Dossier, personne: UUID) -> bool:
    """Whether no adult of the household remains once this person, who is or was one, is erased."""
    return _fut_adulte(dossier, personne) and not restants(dossier) - {personne}


def menage_engage(dossier: Dossier) -> bool:
    """Whether the household's keys are gone, or about to: nothing more is told of it."""
    return dossier.menage_efface or any(engagement.menage_aussi for engagement in dossier.engagees.values())


def delaisse(dossier: Dossier) -> bool:
    """Whether an adult is erased and none is left, although the household is not: no contribution leaves it so."""
    partis = dossier.effacees.keys() | dossier.engagees.keys()
    if not any(_fut_adulte(dossier, personne) for personne in partis):
        return False
    return not (menage_engage(dossier) or restants(dossier))


def restants(dossier: Dossier) -> AbstractSet[UUID]:
    """The adults of the household, those erased left out."""
    adultes = {personne for personne, qualite in dossier.personnes.items() if qualite in ADULTES}
    return adultes - dossier.effacees.keys() - dossier.engagees.keys()


def _fut_adulte(dossier: Dossier, personne: UUID) -> bool:
    """Whether the person was ever said to be an adult: the declaration may have been withdrawn since."""
    return not ADULTES.isdisjoint(dossier.declarees.get(personne, ()))

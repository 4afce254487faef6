"""Which acts, and which of their fields, each rule reads: what it is counted from, and nothing else moves it."""

from collections.abc import Iterable, Mapping
from functools import cache
from types import MappingProxyType

from ledger.catalogue import catalogue, champs
from ledger.droit.echeances import Regle, historique
from ledger.echeances.chronologie import reperes

Vocabulaire = Mapping[str, frozenset[str]]
"""By type of act, the fields that are read of it; none where its day is enough."""


@cache
def de_la_regle(regle: str) -> Vocabulaire:
    """What all the rows of a rule read."""
    return _ensemble(rangee for rangee in historique() if rangee.regle == regle)


@cache
def entier() -> Vocabulaire:
    """What all rules read together."""
    return _ensemble(historique())


@cache
def au_catalogue() -> Vocabulaire:
    """The same, of what the catalogue has: the acts that can be told, and the fields that they have today."""
    return MappingProxyType(
        {nom: entier()[nom] & champs(cls).keys() for nom, cls in catalogue().items() if nom in entier()}
    )


@cache
def groupes(regle: str) -> frozenset[str]:
    """The groups of fields that open what a rule reads."""
    lus: set[str] = set()
    for nom, noms in de_la_regle(regle).items():
        cls = catalogue().get(nom)
        if cls is not None:
            lus.update([cls.GROUPE, *(champ.groupe or cls.GROUPE for c, champ in champs(cls).items() if c in noms)])
    return frozenset(lus)


def _ensemble(rangees: Iterable[Regle]) -> Vocabulaire:
    lus: dict[str, set[str]] = {}
    for rangee in rangees:
        departs = reperes(rangee.depart)
        for repere in (*departs, *reperes(rangee.annonce), *reperes(rangee.arret), *reperes(rangee.lit)):
            for nature in [repere.nature] if repere.nature else [depart.nature for depart in departs]:
                noms = lus.setdefault(nature, set())
                noms.update(champ for champ, _ in repere.conditions)
                noms.update([repere.champ] if repere.champ else [])
        if rangee.duree_de_l_acte:
            for depart in departs:
                lus[depart.nature].add(rangee.duree_de_l_acte)
    return MappingProxyType({nature: frozenset(noms) for nature, noms in lus.items()})

"""The page of the demonstration that says, of one household, who reads what of it. Pure: the gate answered before."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Final

from adapters.web.rendu import Cadre, rendre
from policies.decision import GROUPES

ENTIERES: Final[Mapping[str, str]] = {"entier": "en entier", "propres": "ce qui vient d'elle"}
"""How a group is given that is given without anything left out; of any other measure, a part is."""


@dataclass(frozen=True, slots=True)
class AUneFinalite:
    """What somebody is answered at a purpose; ``refus``: why it is answered nothing.

    ``mesures`` by group that is given, ``motifs`` by group that is withheld. ``lien``: signs them in, at that purpose.
    """

    finalite: str
    statut: int
    mesures: Mapping[str, str]
    motifs: Mapping[str, str]
    refus: str = ""
    lien: str = ""

    @property
    def parties(self) -> list[str]:
        """The groups that are given in part."""
        return [g for g in GROUPES if self.mesures.get(g, "entier") not in ENTIERES]

    def par_motif(self) -> Iterator[tuple[str, list[str]]]:
        """Each reason why something is withheld, and what."""
        retenus = sorted((g for g in GROUPES if g in self.motifs), key=lambda g: self.motifs[g])
        for motif, groupes in groupby(retenus, key=lambda g: self.motifs[g]):
            yield motif, [*groupes]


@dataclass(frozen=True, slots=True)
class Poste:
    """A person of the demonstration, and what it is answered at each of its purposes."""

    organisation: str
    fonction: str
    rangees: Sequence[AUneFinalite]


@dataclass(frozen=True, slots=True)
class MenageMontre:
    """The household that all of them look at. ``sens``: by group, what is left of it where a part is given."""

    nom: str
    commune: str
    sens: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class RegistreTenu:
    """Where the registry is administered, and by whom: function, organisation. They read no case."""

    adresse: str
    par: Sequence[tuple[str, str]]


def qui_voit_quoi(cadre: Cadre, menage: MenageMontre, postes: Sequence[Poste], registre: RegistreTenu, le: date) -> str:
    """A row for each person at each purpose, a column for each group of fields."""
    return rendre(
        "qui-voit-quoi.html",
        cadre=cadre,
        menage=menage,
        postes=postes,
        registre=registre,
        le=le,
        groupes=GROUPES,
        entieres=ENTIERES,
    )

"""A list that an agent keeps under a name, as pages show it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Gardee:
    """A list that was kept: what the agent calls it, and its filters as an address has them."""

    nom: str
    requete: str


@dataclass(frozen=True, slots=True)
class Gardees:
    """What a list's page shows of those that are kept: where it is, those of this place, the filters of this page."""

    lieu: str = ""
    listes: Sequence[Gardee] = ()
    requete: str = ""

    @property
    def a_garder(self) -> bool:
        """Whether this page has filters that no list has yet."""
        return bool(self.requete) and all(liste.requete != self.requete for liste in self.listes)


AUCUNE_GARDEE: Final = Gardees()

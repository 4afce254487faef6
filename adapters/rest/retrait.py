"""What is to disappear says so in each of its answers (RFC 9745, RFC 8594), then is gone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date
from email.utils import format_datetime
from typing import Final

from starlette.types import Scope

from adapters.mots.libelles import jour
from ledger.droit.jours import debut

PREAVIS: Final = 12
"""Months for which something is still there, at least, once it is said that it will not be."""
_PLACE: Final = "unefois.retraits"


@dataclass(frozen=True, slots=True)
class Retrait:
    """Since when a route or a parameter is deprecated, from when it is gone, which address replaces it.

    Days begin in Paris. ``ValueError``: it would be gone before ``PREAVIS``.
    """

    depuis: date
    fin: date
    remplace: str

    def __post_init__(self) -> None:
        """Who calls was promised as much."""
        if (self.fin.year - self.depuis.year) * 12 + self.fin.month - self.depuis.month - (
            self.fin.day < self.depuis.day
        ) < PREAVIS:
            raise ValueError(f"Un retrait s'annonce {PREAVIS} mois avant : du {self.depuis} au {self.fin}.")

    @property
    def phrase(self) -> str:
        """What is said of it, before and after."""
        return f"À remplacer par {self.remplace} depuis le {jour(self.depuis)} ; retrait le {jour(self.fin)}"


def annoncer(scope: Scope, retrait: Retrait) -> None:
    """This request asks for it: whatever its answer, it says so."""
    scope[_PLACE] = (*scope.get(_PLACE, ()), retrait)


def annonces(scope: Scope) -> Mapping[str, str]:
    """The headers of the answer to a request: of several, the dates of what goes first."""
    retraits: Sequence[Retrait] = scope.get(_PLACE, ())
    if not retraits:
        return {}
    premier = min(retraits, key=lambda retrait: retrait.fin)
    return {
        "deprecation": f"@{int(debut(premier.depuis).timestamp())}",
        "sunset": format_datetime(debut(premier.fin).astimezone(UTC), usegmt=True),
        "link": ", ".join(dict.fromkeys(f'<{retrait.remplace}>; rel="successor-version"' for retrait in retraits)),
    }


def finis(scope: Scope, le: date) -> Sequence[Retrait]:
    """Those of them that are gone on that day."""
    return [retrait for retrait in scope.get(_PLACE, ()) if retrait.fin <= le]

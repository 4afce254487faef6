"""What one client may ask for in a place that is open to anybody's trials: so much a minute, so many openings.

A client is asked about before its work begins. What is counted dies with the process, or with what is counted of.
"""

from collections import Counter
from collections.abc import Callable
from time import monotonic
from typing import Final, NamedTuple

from adapters.gate.parts import PartPrise

DEMANDES_PAR_MINUTE: Final = 600
OUVERTURES: Final = 500


class _Seau(NamedTuple):
    """What is left to a client, and when that was."""

    reste: float
    a: float


class Budget:
    """One for all clients, each by its name. They are as many as are inscribed: others come to no count."""

    def __init__(
        self,
        par_minute: int = DEMANDES_PAR_MINUTE,
        ouvertures: int = OUVERTURES,
        horloge: Callable[[], float] = monotonic,
    ) -> None:
        self.par_minute = par_minute
        self.ouvertures = ouvertures
        self._horloge = horloge
        self._seaux: dict[str, _Seau] = {}
        self._ouvertures: Counter[str] = Counter()

    def demander(self, client: str) -> None:
        """Count one request; ``PartPrise`` where this client asks for more than it is given a minute."""
        maintenant = self._horloge()
        seau = self._seaux.get(client, _Seau(self.par_minute, maintenant))
        reste = min(self.par_minute, seau.reste + (maintenant - seau.a) * self.par_minute / 60)
        if reste < 1:
            raise PartPrise(f"Votre client a fait plus de {self.par_minute} demandes en une minute : attendez un peu.")
        self._seaux[client] = _Seau(reste - 1, maintenant)

    def ouvrir(self, client: str) -> None:
        """Count an opening, tried ones too; ``PartPrise`` where this client has had all of its own."""
        if self._ouvertures[client] >= self.ouvertures:
            raise PartPrise(
                f"Votre client a ouvert ses {self.ouvertures} dossiers : il en ouvrira d'autres après la remise à zéro."
            )
        self._ouvertures[client] += 1

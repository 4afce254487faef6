"""A département that is measured: its server, and what is asked of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from adapters.bench.charge import charger
from adapters.bench.http import Serveur
from adapters.bench.mesure import Bras, Passage
from adapters.bench.remplissage import Departement


@dataclass(frozen=True, slots=True)
class Mesurage:
    """What is asked, the status that answers it, and how its requests are made for one passage."""

    statut: int
    requetes: Callable[[], Sequence[str]]


@dataclass(frozen=True, slots=True)
class LieuMesure:
    """A filled département, its server, and all that is asked of it, by the name of its line."""

    departement: Departement
    serveur: Serveur
    demandes: Mapping[str, Mesurage]

    async def passer(self, nom: str, secondes: float) -> tuple[Passage, dict[str, Any]]:
        """Ask for that long, and give the last answer too: nothing of a page."""
        demande = self.demandes[nom]
        dit = await charger(
            {
                "hote": "127.0.0.1",
                "port": self.serveur.dit["port"],
                "requetes": [demande.requetes()],
                "statut": demande.statut,
                "secondes": secondes,
            }
        )
        corps = dit["corps"]
        return Passage.mediane(dit["durees"]), orjson.loads(corps) if corps.startswith("{") else {}

    def bras(self, nom: str, secondes: float) -> Bras:
        """One side of a line."""

        async def passer() -> Passage:
            passage, _ = await self.passer(nom, secondes)
            return passage

        return passer

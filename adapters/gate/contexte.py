"""What the verbs of the gate work with: the gate itself, one access, what a reader is shown."""

import hashlib
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

import orjson

from adapters.gate.listes import Listes
from adapters.gate.plan import Lecteur, Plan
from adapters.identite.jetons import Identites
from adapters.identite.sujet import Sujet
from adapters.registre.instantane import Instantane
from adapters.registre.lecture import Registre
from ledger import catalogue as ev
from ledger.application import Ledger
from ledger.dossier.decision import Auteur
from ledger.reader import Lecture
from policies.engines import Decider
from policies.tables import Tables

PLANS_GARDES: Final = 4096


@dataclass(frozen=True, slots=True)
class Acces:
    """Who asks, for which purpose, and what the registry said when they asked."""

    sujet: Sujet
    finalite: str
    demande: UUID | None
    registre: Instantane
    le: date
    trace: str = ""

    @property
    def lecteur(self) -> Lecteur:
        """The reader, as far as the provenance of facts goes."""
        return Lecteur(self.sujet.partenaire, self.demande)

    def designe(self, lecture: Lecture | None) -> bool:
        """Whether the purpose names a request of this very household, that stands."""
        if lecture is None or self.demande is None:
            return False
        return any(
            isinstance(f.evenement, ev.AideFinanciereInstruite)
            and f.evenement.aide == self.demande
            and f.enveloppe.id not in lecture.etat.corriges
            for f in lecture.faits
        )

    def auteur(self) -> Auteur:
        """The author of what this access contributes."""
        return Auteur(self.sujet.partenaire.code, self.sujet.partenaire.role, self.sujet.agent)


@dataclass(frozen=True, slots=True)
class Vu:
    """What a reader is shown. ``corps`` is the JSON body; the ``ETag`` covers what is seen, not the log's position."""

    contenu: bytes
    position: int

    @property
    def corps(self) -> bytes:
        """The body as it is sent."""
        return b'{"position":%d,' % self.position + self.contenu[1:]

    @property
    def etag(self) -> str:
        """The strong validator of what this reader sees."""
        return f'"{hashlib.sha256(self.contenu).hexdigest()}"'

    @property
    def document(self) -> dict[str, Any]:
        """The body, for a page."""
        lu: dict[str, Any] = orjson.loads(self.corps)
        return lu


class Gate:
    """The verbs of the outside. One per process; it holds no personal value between two requests."""

    def __init__(
        self,
        ledger: Ledger,
        registre: Registre,
        identites: Identites,
        decider: Decider,
        tables: Tables,
        listes: Listes,
        *,
        aujourd_hui: Callable[[], date],
    ) -> None:
        self.ledger = ledger
        self.registre = registre
        self.identites = identites
        self.decider = decider
        self.tables = tables
        self.motifs = tables.motifs
        self.finalites = {ligne["code"] for ligne in (*tables.finalites, *tables.finalites_refusees)}
        self.listes = listes
        self.aujourd_hui = aujourd_hui
        self.plans: OrderedDict[tuple[Any, ...], Plan] = OrderedDict()

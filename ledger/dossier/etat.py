"""What the closed history of one household's case says: the state that its facts fold to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cached_property
from types import MappingProxyType
from typing import Final, NamedTuple
from uuid import UUID

import msgspec

from ledger import catalogue as ev
from ledger.catalogue import Enveloppe, Evenement


class Stade(StrEnum):
    """Where the procedure stands: the latest act by its business date. Parallel tracks are not in it."""

    OUVERT = "OUVERT"
    COMMANDEMENT = "COMMANDEMENT"
    ASSIGNATION = "ASSIGNATION"
    AUDIENCE = "AUDIENCE"
    JUGEMENT = "JUGEMENT"
    COMMANDEMENT_QUITTER = "COMMANDEMENT_QUITTER"
    CONCOURS_REQUIS = "CONCOURS_REQUIS"
    CONCOURS_ACCORDE = "CONCOURS_ACCORDE"
    CONCOURS_REFUSE = "CONCOURS_REFUSE"
    EXPULSION = "EXPULSION"
    DEPART = "DEPART"


_ORDRE: Final = (
    {Stade.OUVERT},
    {Stade.COMMANDEMENT},
    {Stade.ASSIGNATION},
    {Stade.AUDIENCE},
    {Stade.JUGEMENT},
    {Stade.COMMANDEMENT_QUITTER},
    {Stade.CONCOURS_REQUIS},
    {Stade.CONCOURS_ACCORDE, Stade.CONCOURS_REFUSE},
    {Stade.EXPULSION, Stade.DEPART},
)
"""The order of acts of one day, where the procedure gives one: a request comes before its answer, an act before what
it allows (loi 89-462 art. 24; CPCE L.411-1, R.153-1). Two of the same rank follow their recording."""

RANGS: Final[Mapping[Stade, int]] = MappingProxyType({s: rang for rang, stades in enumerate(_ORDRE) for s in stades})

STADES: Final[Mapping[type[Evenement], Stade]] = MappingProxyType(
    {
        ev.CommandementPayerSignifie: Stade.COMMANDEMENT,
        ev.AssignationSignifiee: Stade.ASSIGNATION,
        ev.AudienceTenue: Stade.AUDIENCE,
        ev.JugementRendu: Stade.JUGEMENT,
        ev.CommandementQuitterSignifie: Stade.COMMANDEMENT_QUITTER,
        ev.ConcoursForceRequis: Stade.CONCOURS_REQUIS,
        ev.ConcoursForceAccorde: Stade.CONCOURS_ACCORDE,
        ev.ConcoursForceRefuse: Stade.CONCOURS_REFUSE,
        ev.ExpulsionRealisee: Stade.EXPULSION,
        ev.DepartConstate: Stade.DEPART,
    }
)
"""The acts that move the procedure, and where to."""

INDELEBILES: Final = (ev.DossierOuvert, ev.PersonneEffacee)
"""What no correction takes back: a case without its opening is none, and destroyed keys do not come back."""

_ADULTES: Final = frozenset({"TITULAIRE", "COTITULAIRE", "CONJOINT", "OCCUPANT"})

_FINIS: Final = frozenset({Stade.OUVERT, Stade.EXPULSION, Stade.DEPART})


@dataclass(frozen=True, slots=True)
class Inscription:
    """A session of a commission at which the case is listed."""

    instance: str
    seance: UUID
    seance_le: date


@dataclass(frozen=True, slots=True)
class Intervention:
    """An open follow-up by a named agent of a partner."""

    partenaire: str
    agent: str
    depuis: date


@dataclass(frozen=True, slots=True)
class Accord:
    """The person's accord to share groups with one partner, until a date."""

    destinataire: str
    groupes: frozenset[str]
    jusqu_au: date


@dataclass(frozen=True, slots=True)
class Effacement:
    """Where a request for erasure stands, and who took each step."""

    personne: UUID
    avis: str | None = None
    decision: UUID | None = None
    sens: str | None = None
    decideur: str | None = None
    execute: bool = False


Dit = tuple[date, int]
"""When it is true, then the version: facts of one day follow the order in which they were recorded."""


class Etape(NamedTuple):
    """One act of the procedure. They sort in the order of the procedure."""

    le: date
    rang: int
    version: int
    stade: Stade


class Passe(msgspec.Struct, frozen=True, gc=False):
    """One fact of the history, without its sealed bytes."""

    version: int
    enveloppe: Enveloppe
    evenement: Evenement


@dataclass(frozen=True)
class Dossier:
    """What the closed history says: the fold of the facts that stand, those corrected or withdrawn left out.

    ``histoire`` holds every fact, standing or not.
    """

    version: int = 0
    histoire: tuple[Passe, ...] = field(default=(), repr=False)
    ouvert_le: date | None = None
    parc: str | None = None
    commune: str | None = None
    bailleur_siret: str | None = None
    etapes: tuple[Etape, ...] = ()
    prochaine_audience: date | None = None
    saisie: Dit | None = None
    cloture: Dit | None = None
    personnes: Mapping[UUID, str] = field(default_factory=dict)
    effacees: Mapping[UUID, date] = field(default_factory=dict)
    menage_efface: bool = False
    interventions: Mapping[UUID, Intervention] = field(default_factory=dict)
    inscriptions: tuple[Inscription, ...] = ()
    examens: tuple[tuple[str, date], ...] = ()
    recommandations: frozenset[UUID] = frozenset()
    actes_proteges: frozenset[UUID] = frozenset()
    accords: Mapping[UUID, Accord] = field(default_factory=dict)
    auteurs: frozenset[str] = frozenset()
    declarants: frozenset[str] = frozenset()
    information_menage: date | None = None
    oppositions: Mapping[str, tuple[Dit, bool]] = field(default_factory=dict)
    effacements: Mapping[UUID, Effacement] = field(default_factory=dict)
    rapprochements: Mapping[UUID, str | None] = field(default_factory=dict)

    @property
    def stade(self) -> Stade:
        """Where the procedure stands."""
        return max(self.etapes).stade if self.etapes else Stade.OUVERT

    @property
    def dernier_acte_le(self) -> date | None:
        """The business date of the latest act."""
        return max(self.etapes).le if self.etapes else None

    @property
    def saisine_ouverte(self) -> bool:
        """A saisine was received and its instruction is not closed. A signalement of CDP is not a saisine."""
        return self.saisie is not None and (self.cloture is None or self.cloture < self.saisie)

    @property
    def procedure_ouverte(self) -> bool:
        """Acts are running: neither ended (eviction, departure) nor closed after the last of them."""
        if self.stade in _FINIS:
            return False
        return self.cloture is None or self.cloture < max((etape.le, etape.version) for etape in self.etapes)

    @property
    def opposition(self) -> bool:
        """Whether an objection stands (GDPR 21)."""
        return self._pose("OPPOSITION")

    @property
    def limitation(self) -> bool:
        """Whether the processing is restricted (GDPR 18)."""
        return self._pose("LIMITATION")

    def _pose(self, portee: str) -> bool:
        dit = self.oppositions.get(portee)
        return dit is not None and dit[1]

    @cached_property
    def corriges(self) -> Mapping[UUID, UUID]:
        """The events that no longer stand, and for each what corrects it."""
        return corrections(self.histoire)

    def intervient(self, partenaire: str, agent: str) -> bool:
        """Whether this very agent has an open intervention (CASF L.121-6-2): the organisation is not enough."""
        return any(i.partenaire == partenaire and i.agent == agent for i in self.interventions.values())

    def accordes(self, partenaire: str, le: date) -> frozenset[str]:
        """The groups that the person agreed to share with this partner, at that date."""
        return frozenset().union(
            *(a.groupes for a in self.accords.values() if a.destinataire == partenaire and le <= a.jusqu_au)
        )

    def dernier_adulte(self, personne: UUID) -> bool:
        """Whether no adult of the household remains once this person is erased."""
        restants = {p for p, q in self.personnes.items() if q in _ADULTES} - self.effacees.keys() - {personne}
        return self.personnes.get(personne) in _ADULTES and not restants


def corrections(histoire: Sequence[Passe]) -> dict[UUID, UUID]:
    """What no longer stands, by what corrects it.

    From the last to the first, for a correction can itself be withdrawn: then it corrects nothing, and what it had
    corrected stands again. One that is replaced hands over what it had corrected.
    """
    retires: dict[UUID, UUID] = {}
    remplaces: dict[UUID, UUID] = {}
    for passe in reversed(histoire):
        enveloppe, e = passe.enveloppe, passe.evenement
        if enveloppe.id in retires:
            continue
        if enveloppe.corrige is not None:
            remplaces[enveloppe.corrige] = enveloppe.id
        if isinstance(e, ev.FaitCorrige):
            retires[e.corrige] = enveloppe.id
    return remplaces | retires

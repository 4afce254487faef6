"""What the verbs of the gate work with: the gate itself, one access, what a reader is shown."""

import hashlib
from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

import msgspec
import orjson

from adapters.gate.budget import Budget
from adapters.gate.codes import PORTE
from adapters.gate.inconnus import Inconnus
from adapters.gate.listes import Listes
from adapters.gate.parts import Depots, Parts
from adapters.gate.plan import Plan
from adapters.gate.redaction import Extrait
from adapters.gate.revisions import Revisions
from adapters.gate.suppositions import Supposee
from adapters.identite.jetons import Identites
from adapters.identite.sujet import Demandeur, Reconnus
from adapters.registre.instantane import Instantane
from adapters.registre.lecture import Registre
from ledger.application import Ledger
from ledger.cache import Cache
from ledger.catalogue import Accord
from ledger.dossier.decision import Auteur
from ledger.dossier.etat import Dossier, accordes
from ledger.dossier.part import Soi
from ledger.reader import Lecture
from policies.decision import Lien, Request
from policies.engines import Decider
from policies.passees import MOTIFS
from policies.tables import Tables

PLANS: Final = 32 * 1024 * 1024
"""Bytes of plans kept between reads: some two thousand of ordinary cases, one of ten thousand facts."""

VOIES: Final = 16 * 1024 * 1024
"""Bytes of ways kept: those by which readers who are supposed would come to what is not written yet."""


class Trace(msgspec.Struct, frozen=True, gc=False):
    """A request as the journal has it: under an id, and of the case that its address names, if it names one."""

    id: str
    dossier: UUID | None = None


class Alors(NamedTuple):
    """The rules of a past day, under which something is read beside today's; ``motifs``: their reasons' sentences."""

    jour: date
    revision: str
    depuis: datetime
    motifs: Mapping[str, str]

    @property
    def dites(self) -> dict[str, str]:
        """Which rules they are, as the reader is told: the same words, whenever it asks."""
        return {"du": self.jour.isoformat(), "revision": self.revision, "depuis": self.depuis.isoformat()}


class Acces(msgspec.Struct, frozen=True):
    """Who asks, for which purpose, and what the registry said when they asked.

    ``liens``: by case, the reading that was last looked at, and how they are linked to what it says. ``posees``: by
    state of a case, what its questions have in common. ``alors``: the rules of a past day that they ask of.
    """

    sujet: Demandeur
    finalite: str
    demande: UUID | None
    registre: Instantane
    le: date
    trace: str = ""
    alors: Alors | None = None
    liens: dict[UUID, tuple[Lecture | None, frozenset[Lien]]] = msgspec.field(default_factory=dict)
    posees: dict[int, tuple[Dossier, Request]] = msgspec.field(default_factory=dict)

    def personne(self, dossier: UUID) -> UUID | None:
        """Who of that case the reader is, where a mandate says so."""
        mandat = self.registre.mandat(self.sujet.partenaire.code, dossier, self.le)
        return mandat.personne if mandat is not None else None

    @property
    def soi(self) -> Soi:
        """Its partner, as facts name it."""
        return Soi(self.sujet.partenaire.code, self.sujet.partenaire.siret)

    def designe(self, lecture: Lecture | None) -> bool:
        """Whether the purpose names a request of this very household, that stands and that this partner instructs."""
        if lecture is None or self.demande is None:
            return False
        return lecture.etat.instructeur(self.demande) == self.sujet.partenaire.code

    def accords(self, etat: Dossier) -> tuple[Accord, ...]:
        """What this partner was given by persons of the household, as another organisation recorded it."""
        if not etat.accords:
            return ()
        code = self.sujet.partenaire.code
        return tuple(
            accord
            for accord in accordes(etat, code, self.le)
            if not self.registre.meme_organisation(accord.recueilli_par, code)
        )

    def auteur(self, *, corrige_autrui: bool = False) -> Auteur:
        """The author of what this access contributes; ``corrige_autrui``: who may correct what others told."""
        partenaire = self.sujet.partenaire
        return Auteur(partenaire.code, partenaire.role, self.sujet.agent, corrige_autrui=corrige_autrui)


@dataclass(slots=True)
class Garde:
    """A plan kept between reads, and all that it depends on: it holds as long as they are the same.

    ``revision`` is the registry's, at which subject, question and names were last seen to be the same. ``empreinte``
    is that of all that the plan shows, ``extraits`` what clocks are counted from and ``entiers`` the groups that this
    reader is shown whole, once somebody asked for it. ``membres``: those of each case, of several that are read as one.
    """

    plan: Plan
    version: int
    sujet: Demandeur
    question: Request
    revision: int
    empreinte: str = ""
    extraits: tuple[Extrait, ...] | None = None
    entiers: frozenset[str] | None = None
    membres: tuple["Garde", ...] = ()

    def tient(self, acces: Acces, version: int) -> bool:
        """Whether nothing has moved at all: neither the case, nor the registry, nor the day."""
        return (
            self.version == version
            and self.revision == acces.registre.revision
            and self.question.le == acces.le
            and (self.sujet is acces.sujet or self.sujet == acces.sujet)
        )

    def tient_encore(self, acces: Acces, version: int, question: Request) -> bool:
        """Whether what has moved in the registry is nothing that the plan was made of."""
        pareil = (
            self.version == version
            and self.question == question
            and self.sujet.partenaire == acces.sujet.partenaire
            and all(acces.registre.nom(code) == nom for code, nom in self.plan.noms.items())
        )
        if pareil:
            self.sujet, self.revision = acces.sujet, acces.registre.revision
        return pareil


class Vu(msgspec.Struct, frozen=True):
    """What a reader is shown. ``corps`` is the JSON body; the ``ETag`` covers what is seen, not the log's position.

    ``tout``: a hash of all that is seen of the case, where the content is but a page of it.
    """

    contenu: bytes
    position: int
    tout: str = ""

    @property
    def corps(self) -> bytes:
        """The body as it is sent."""
        return b'{"position":%d,' % self.position + self.contenu[1:]

    @property
    def etag(self) -> str:
        """The strong validator of what this reader sees; that of a page begins with that of the whole."""
        contenu = hashlib.sha256(self.contenu).hexdigest()
        return f'"{self.tout}.{contenu}"' if self.tout else f'"{contenu}"'

    @property
    def document(self) -> dict[str, Any]:
        """The body, for a page."""
        lu: dict[str, Any] = orjson.loads(self.corps)
        return lu


class Gate:
    """The verbs of the outside. One per process; it holds no personal value between two requests.

    ``budget``: what each client may ask for, in a sandbox.
    """

    def __init__(
        self,
        ledger: Ledger,
        registre: Registre,
        identites: Identites,
        revisions: Revisions,
        tables: Tables,
        listes: Listes,
        *,
        aujourd_hui: Callable[[], date],
    ) -> None:
        self.ledger = ledger
        self.registre = registre
        self.identites = identites
        self.revisions = revisions
        self.decider = revisions.decider
        self.tables = tables
        self.motifs: Mapping[str, str] = {**PORTE, **tables.motifs, **MOTIFS}
        self.origines = tables.origines
        self.correcteurs = tables.correcteurs
        self.finalites = {ligne["code"] for ligne in (*tables.finalites, *tables.finalites_refusees)}
        self.listes = listes
        self.abonnements = listes.abonnements
        self.aujourd_hui = aujourd_hui
        self.inconnus = Inconnus(ledger.journal)
        self.parts = Parts()
        self.budget: Budget | None = None
        self.depots = Depots()
        self.plans: Cache[tuple[Any, ...], Garde] = Cache(PLANS)
        self.voies: Cache[tuple[Any, ...], tuple[Supposee, ...]] = Cache(VOIES)
        self.reconnus = Reconnus()

    def sous(self, decider: Decider, motifs: Mapping[str, str]) -> "Gate":
        """The same gate, deciding by other rules: what it keeps of today's decisions is not for what is read so."""
        autre = copy(self)
        autre.decider, autre.motifs, autre.plans = decider, motifs, Cache(PLANS)
        autre.voies = Cache(VOIES)
        return autre

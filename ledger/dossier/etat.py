"""What the closed history of one household's case says: the state that its facts fold to.

Under each heading, what each fact says stands apart, by key and by the fact's version: a fact is taken back by taking
its own words back, and given back likewise, whatever came after it. What is read is made from the words that stand.
"""

from collections.abc import Callable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import chain
from types import MappingProxyType
from typing import Any, Final, NamedTuple, TypeVar
from uuid import UUID

import msgspec

from ledger import catalogue as ev
from ledger.catalogue import (
    RANGS,
    Accord,
    Effacement,
    Enveloppe,
    Evenement,
    Inscription,
    Intervention,
    Rubrique,
    Stade,
)
from ledger.droit.bornes import borne
from ledger.droit.jours import dans

V = TypeVar("V")

INDELEBILES: Final = (ev.DossierOuvert, ev.EffacementEngage, ev.PersonneEffacee)
"""What no correction takes back: a case without its opening is none, and destroyed keys do not come back."""

ADULTES: Final = frozenset({"TITULAIRE", "COTITULAIRE", "CONJOINT", "OCCUPANT"})

Dit = tuple[date, int]
"""When it is true, then the version: facts of one day follow the order in which they were recorded."""

Dits = dict[int, Any]
"""What facts say of one thing, by their versions. The order is not that of versions where a fact was given back."""

Rubriques = dict[Rubrique, dict[Any, Dits]]

_RIEN: Final[Mapping[Any, Any]] = MappingProxyType({})


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


class Valeurs(Mapping[Any, V]):
    """One heading, read by key: ``lire`` makes a value of what is said under a key, or None where nothing is left."""

    __slots__ = ("_dits", "_lire")

    def __init__(self, dits: Mapping[Any, Dits], lire: Callable[[Dits], tuple[V] | None]) -> None:
        self._dits = dits
        self._lire = lire

    def __getitem__(self, cle: object) -> V:
        lu = self._lire(self._dits[cle])
        if lu is None:
            raise KeyError(cle)
        return lu[0]

    def __contains__(self, cle: object) -> bool:
        return cle in self._dits and self._lire(self._dits[cle]) is not None

    def __iter__(self) -> Iterator[Any]:
        return (cle for cle, dits in self._dits.items() if self._lire(dits) is not None)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __repr__(self) -> str:
        return repr(dict(self))


def terme_d_accord(depuis: date) -> date:
    """The last day of an accord that was given on that day, whatever it says itself (access 27)."""
    duree = borne("accord_mois", depuis)
    return depuis if duree is None else dans(duree.maximum, depuis)


def _dernier(dits: Dits) -> tuple[Any]:
    """What was said last."""
    return (dits[max(dits)],)


def _derniers(rubrique: Mapping[Any, Dits]) -> dict[Any, Any]:
    """The same, under each key."""
    return {cle: dits[max(dits)] for cle, dits in rubrique.items()}


def _toutes(dits: Dits) -> tuple[frozenset[Any]]:
    """All that was ever said."""
    return (frozenset(dits.values()),)


def _en_cours(dits: Dits) -> tuple[Any] | None:
    """The same, unless it was to end it."""
    dit = dits[max(dits)]
    return None if dit is None else (dit,)


def _tranche(dits: Dits) -> tuple[str | None]:
    """The last decision; to suggest again takes none back."""
    decides = [version for version, decision in dits.items() if decision is not None]
    return (dits[max(decides)] if decides else None,)


def _correctrice(dits: Dits) -> tuple[UUID]:
    """The first that withdraws it, or else the first that replaces it."""
    retraits = [version for version, correction in dits.items() if correction.retrait]
    return (dits[min(retraits or dits)].par,)


def _plus_tard(rubrique: Mapping[Any, Dits]) -> date | None:
    return max(chain.from_iterable(dits.values() for dits in rubrique.values()), default=None)


def _dernier_dit(rubrique: Mapping[Any, Dits]) -> Dit | None:
    return max(((le, version) for version, le in rubrique.get(None, _RIEN).items()), default=None)


def _tient(dit: Dit | None, fin: Dit | None) -> Dit | None:
    """What was said last, unless its end was said since."""
    return None if dit is None or (fin is not None and dit < fin) else dit


def _dans_l_ordre(rubrique: Mapping[Any, Dits]) -> tuple[Any, ...]:
    """All that is said under the heading, as it was recorded."""
    dits = [dit for dits in rubrique.values() for dit in dits.items()]
    dits.sort(key=lambda dit: dit[0])
    return tuple([valeur for _, valeur in dits])


def _inscrites(rubrique: Mapping[Any, Dits]) -> tuple[Inscription, ...]:
    """By session, the last word: listed, in the order in which it was told; or no longer."""
    derniers = sorted(rubrique.values(), key=max)
    return tuple(dit for dits in derniers if isinstance(dit := dits[max(dits)], Inscription))


def _etapes(rubrique: Mapping[Any, Dits]) -> tuple[Etape, ...]:
    etapes = [
        Etape(le, RANGS[stade], version, stade) for stade, dits in rubrique.items() for version, le in dits.items()
    ]
    etapes.sort(key=lambda etape: etape.version)
    return tuple(etapes)


def _ouverture(rubrique: Mapping[Any, Dits]) -> ev.Ouverture | None:
    """The first: who joins later opens for itself."""
    return next((dits[min(dits)] for dits in rubrique.values()), None)


def _bailleur(rubrique: Mapping[Any, Dits]) -> str | None:
    """Whom a person settled on; else the opening's, which comes first; else that of who first names one."""
    tranche, dits = rubrique.get(ev.TRANCHE), rubrique.get(None, _RIEN)
    if tranche:
        return str(_dernier(tranche)[0].siret)
    return next((siret for siret, _ in map(dits.__getitem__, sorted(dits)) if siret), None)


def _premier(dits: Dits) -> tuple[Any]:
    """What was said first: nobody takes it over by saying it again."""
    return (dits[min(dits)],)


def _poses(rubrique: Mapping[Any, Dits]) -> dict[Any, tuple[Dit, bool]]:
    """The last word on each thing that is laid and lifted."""
    return {cle: max(((le, version), posee) for version, (le, posee) in dits.items()) for cle, dits in rubrique.items()}


@dataclass(frozen=True, slots=True)
class Dossier:
    """What the closed history says: the fold of the facts that stand, those corrected or withdrawn left out.

    ``rubriques``: what each fact that stands says. ``passes``: every fact, standing or not. ``reduits``: what was read.
    Whoever has a state has it for good: ``Repli`` alone changes one, which nobody else has.
    """

    version: int = 0
    rubriques: Rubriques = field(default_factory=dict, repr=False)
    passes: dict[UUID, Passe] = field(default_factory=dict, repr=False)
    reduits: dict[Rubrique, Any] = field(default_factory=dict, repr=False, compare=False)

    def _sous(self, rubrique: Rubrique) -> Mapping[Any, Dits]:
        return self.rubriques.get(rubrique, _RIEN)

    def _reduit(self, rubrique: Rubrique, reduire: Callable[[Mapping[Any, Dits]], V], rien: V) -> V:
        """A heading read as a whole, or ``rien``: once, as it costs the length of what is said there."""
        lu: V | None = self.reduits.get(rubrique)
        if lu is None:
            dits = self.rubriques.get(rubrique)
            if dits is None:
                return rien
            lu = self.reduits[rubrique] = reduire(dits)
        return lu

    def _valeurs(self, rubrique: Rubrique, lire: Callable[[Dits], tuple[V] | None]) -> Mapping[Any, V]:
        """A heading read by key, each when it is asked for."""
        dits = self.rubriques.get(rubrique)
        return _RIEN if dits is None else Valeurs(dits, lire)

    @property
    def ouverture(self) -> ev.Ouverture | None:
        """What opened the case says of it; None before."""
        return self._reduit(Rubrique.OUVERTURE, _ouverture, None)

    @property
    def ouvert_le(self) -> date | None:
        """When the first partner signalled the household."""
        return (ouverture := self.ouverture) and ouverture.le

    @property
    def parc(self) -> str | None:
        """Of the dwelling, as the opening says it."""
        return (ouverture := self.ouverture) and ouverture.parc

    @property
    def commune(self) -> str | None:
        """Of the dwelling, as the opening says it."""
        return (ouverture := self.ouverture) and ouverture.commune

    @property
    def bailleur_siret(self) -> str | None:
        """The landlord that was settled; else that of the opening; if it names none, who was named first since."""
        return self._reduit(Rubrique.BAILLEUR, _bailleur, None)

    @property
    def etapes(self) -> tuple[Etape, ...]:
        """The acts of the procedure, as they were recorded."""
        return self._reduit(Rubrique.ETAPES, _etapes, ())

    @property
    def prochaine_audience(self) -> date | None:
        """The latest date that was given for a hearing."""
        return self._reduit(Rubrique.AUDIENCES, _plus_tard, None)

    @property
    def saisie(self) -> Dit | None:
        """When the CCAPEX was last seized."""
        return self._reduit(Rubrique.SAISIES, _dernier_dit, None)

    @property
    def cloture(self) -> Dit | None:
        """When the instruction was last closed."""
        return self._reduit(Rubrique.CLOTURES, _dernier_dit, None)

    @property
    def personnes(self) -> Mapping[UUID, str]:
        """Who is of the case, and in which quality."""
        return self._valeurs(Rubrique.PERSONNES, _dernier)

    @property
    def effacees(self) -> Mapping[UUID, date]:
        """Who was erased, and when."""
        return self._reduit(Rubrique.EFFACEES, _derniers, _RIEN)

    @property
    def engagees(self) -> Mapping[UUID, ev.Engagement]:
        """Whose erasure is engaged, finished or not: the case counts without them."""
        return self._reduit(Rubrique.ENGAGEES, _derniers, _RIEN)

    @property
    def menage_efface(self) -> bool:
        """Whether the household's keys went with its last adult."""
        return Rubrique.MENAGE_EFFACE in self.rubriques

    @property
    def departs(self) -> Mapping[UUID, date]:
        """Who lives there no more, and since when."""
        return self._valeurs(Rubrique.DEPARTS, _dernier)

    def instructeur(self, demande: UUID) -> str | None:
        """Who instructs a request for help: the one named when it was made."""
        return self._valeurs(Rubrique.DEMANDES, _premier).get(demande)

    @property
    def interventions(self) -> Mapping[UUID, Intervention]:
        """Those that are open."""
        return self._valeurs(Rubrique.INTERVENTIONS, _en_cours)

    @property
    def inscriptions(self) -> tuple[Inscription, ...]:
        """The sessions at which the case is listed, as they were told."""
        return self._reduit(Rubrique.INSCRIPTIONS, _inscrites, ())

    @property
    def examens(self) -> tuple[tuple[str, date], ...]:
        """Which commission examined the case, and when."""
        return self._reduit(Rubrique.EXAMENS, _dans_l_ordre, ())

    @property
    def recommandations(self) -> AbstractSet[UUID]:
        """Those that were made."""
        return self._sous(Rubrique.RECOMMANDATIONS).keys()

    @property
    def actes_proteges(self) -> AbstractSet[UUID]:
        """The acts under secrecy, whatever their nature."""
        return self._sous(Rubrique.ACTES_PROTEGES).keys()

    @property
    def accords(self) -> Mapping[UUID, Accord]:
        """Those that the person has not taken back."""
        return self._valeurs(Rubrique.ACCORDS, _en_cours)

    @property
    def auteurs(self) -> AbstractSet[str]:
        """The partners who told of the case."""
        return self._sous(Rubrique.AUTEURS).keys()

    @property
    def declarants(self) -> AbstractSet[str]:
        """The SIRETs of those for whom it was told."""
        return self._sous(Rubrique.DECLARANTS).keys()

    @property
    def information_menage(self) -> date | None:
        """When the household was last informed."""
        return self._reduit(Rubrique.INFORMATIONS, _plus_tard, None)

    @property
    def oppositions(self) -> Mapping[tuple[str, UUID | None], tuple[Dit, bool]]:
        """The last word of each person on objection and on restriction: when, and whether it stands."""
        return self._reduit(Rubrique.OPPOSITIONS, _poses, _RIEN)

    @property
    def conservations(self) -> Mapping[str, tuple[Dit, bool]]:
        """The last word on each ground for keeping the case: when, and whether it stands."""
        return self._reduit(Rubrique.CONSERVATIONS, _poses, _RIEN)

    @property
    def effacements(self) -> Mapping[UUID, Effacement]:
        """The requests for erasure, and where each stands."""
        return self._valeurs(Rubrique.EFFACEMENTS, self._effacement)

    @property
    def rapprochements(self) -> Mapping[UUID, str | None]:
        """The cases that may be of the same household, and what was decided of it."""
        return self._valeurs(Rubrique.RAPPROCHEMENTS, _tranche)

    @property
    def corriges(self) -> Mapping[UUID, UUID]:
        """The events that no longer stand, and for each what corrects it."""
        return self._valeurs(Rubrique.CORRECTIONS, _correctrice)

    @property
    def stade(self) -> Stade:
        """Where the procedure stands."""
        return max(etapes).stade if (etapes := self.etapes) else Stade.OUVERT

    @property
    def dernier_acte_le(self) -> date | None:
        """The business date of the latest act."""
        return max(etapes).le if (etapes := self.etapes) else None

    @property
    def saisine_ouverte(self) -> bool:
        """A saisine was received and its instruction is not closed. A signalement of CDP is not a saisine."""
        return _tient(self.saisie, self.cloture) is not None

    @property
    def fermeture(self) -> Dit | None:
        """When the case was last closed, by who may close it; None once it is open again."""
        rouverte = self._reduit(Rubrique.REOUVERTURES, _dernier_dit, None)
        return _tient(self._reduit(Rubrique.FERMETURES, _dernier_dit, None), rouverte)

    @property
    def opposition(self) -> bool:
        """Whether an objection stands (GDPR 21)."""
        return self._pose("OPPOSITION")

    @property
    def limitation(self) -> bool:
        """Whether the processing is restricted (GDPR 18)."""
        return self._pose("LIMITATION")

    def _pose(self, portee: str) -> bool:
        return any(posee for (sienne, _), (_, posee) in self.oppositions.items() if sienne == portee)

    def corrige(self, id_: UUID) -> bool:
        """Whether something corrects this event."""
        return id_ in self._sous(Rubrique.CORRECTIONS)

    @property
    def declarees(self) -> Mapping[UUID, frozenset[str]]:
        """Who was ever declared, in which qualities: one whose declaration was withdrawn can be erased all the same."""
        return self._valeurs(Rubrique.DECLAREES, _toutes)

    def logement_dit(self, source: ev.Systeme) -> bool:
        """Whether this source ever told of the dwelling."""
        return source in self._sous(Rubrique.LOGEMENT_DIT)

    def identifiant_pris(self, nom: str, identifiant: UUID) -> bool:
        """Whether an event that stands gave this id to what it began."""
        return (nom, identifiant) in self._sous(Rubrique.IDENTIFIANTS)

    def atteint(self, stade: Stade, le: date) -> bool:
        """Whether an act had brought the procedure there at that date."""
        return any(dit <= le for dit in self._sous(Rubrique.ETAPES).get(stade, _RIEN).values())

    def effacement_decide(self, decision: UUID) -> Effacement | None:
        """The request for erasure of which this is the decision."""
        demandes = self._sous(Rubrique.DECISIONS).get(decision, _RIEN)
        effacements = (self.effacements.get(demandes[version]) for version in sorted(demandes))
        return next((x for x in effacements if x is not None and x.decision == decision), None)

    def _effacement(self, dits: Dits) -> tuple[Effacement] | None:
        """Its steps in their order. Those of a request that was withdrawn say nothing."""
        executions = self._sous(Rubrique.EXECUTIONS)
        decisions = {dit["decision"] for dit in dits.values() if isinstance(dit, dict) and "decision" in dit}
        pas = dits | {version: decision for decision in decisions for version in executions.get(decision, _RIEN)}
        effacement = None
        for version in sorted(pas):
            dit = pas[version]
            if isinstance(dit, Effacement):
                effacement = dit
            elif effacement is not None and isinstance(dit, dict):
                effacement = replace(effacement, **dit)
            elif effacement is not None and effacement.decision == dit:
                effacement = replace(effacement, execute=True)
        return None if effacement is None else (effacement,)


def accordes(dossier: Dossier, partenaire: str, le: date) -> tuple[Accord, ...]:
    """What persons agreed to share with this partner, at that date: past its term, nothing any more."""
    siens = (a for a in dossier.accords.values() if a.destinataire == partenaire)
    return tuple(a for a in siens if le <= min(a.jusqu_au, terme_d_accord(a.depuis)))

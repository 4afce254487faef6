"""Where a request for the police's help stands: what a préfet has before him when he decides. Pure.

It is made of the facts that a reader is shown, as they are shown, and of the clocks that these start: what is hidden
moves none of it. A silence is a state that is counted, never an act (access 13).
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from operator import itemgetter
from types import MappingProxyType
from typing import Final, NamedTuple

from adapters.gate.episodes import FaitLu
from ledger import catalogue as ev
from ledger.catalogue import Evenement
from ledger.echeances.horloge import Horloge

LUS: Final[frozenset[type[Evenement]]] = frozenset(
    {
        ev.ConcoursForceRequis,
        ev.ConcoursForceAccorde,
        ev.ConcoursForceRefuse,
        ev.ConcoursForceSursis,
        ev.EnqueteDemandee,
        ev.EnqueteRealisee,
        ev.ExpulsionProgrammee,
        ev.ExpulsionRealisee,
        ev.DepartConstate,
        ev.AvisRendu,
    }
)
"""What is read of a case for it, besides its clocks."""
BIENTOT: Final = timedelta(days=15)
"""A silence that falls by then falls soon."""

SILENCE, REFUS, A_COMPTER, RESPONSABILITE = "SILENCE", "REFUS_IMPLICITE", "A_COMPTER", "RESPONSABILITE"
ENQUETE, EXPULSION, TREVE, AVIS = "ENQUETE", "EXPULSION", "TREVE", "AVIS"
SITUATIONS: Final = (SILENCE, REFUS, A_COMPTER, RESPONSABILITE, ENQUETE, EXPULSION, TREVE, AVIS)
"""What a desk counts, in the order in which it is looked at. A case may be in several of them."""
REPOSENT: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        **dict.fromkeys((SILENCE, REFUS, A_COMPTER, RESPONSABILITE, TREVE), frozenset({"F08", "F09a"})),
        **dict.fromkeys((ENQUETE, EXPULSION), frozenset({"F09b"})),
        AVIS: frozenset({"F19a"}),
    }
)
"""The groups that each rests on: to who is shown one of them never, it would say nothing."""

_INCOMPTEE: Final = frozenset({"INCONNU", "SUSPENDU", "A_RENOUVELER"})
_SORTIES: Final = frozenset({"ExpulsionRealisee", "DepartConstate"})
_REPONSES: Final = frozenset({"ConcoursForceAccorde", "ConcoursForceRefuse"})
_DECISIONS: Final = _REPONSES | {"ConcoursForceSursis"}


class Requisition(NamedTuple):
    """The last request of a case, and what bears on the decision; of each, what its reader is shown.

    ``requise``: the fact. ``silence``: R17, where it waits, has fallen or cannot be counted; None once it is answered.
    ``responsabilite``: R18, where it runs or will. ``treve``: R16. ``decision``: the préfet's last one since.
    ``enquete``: the oldest that was asked and of which nothing has come; ``recue``: the last that came.
    ``expulsion``: the day that is foreseen, as it was told last. ``avis``: the last of the CCAPEX. ``parti``: the
    household was put out, or left.
    """

    requise: FaitLu | None
    silence: Horloge | None
    responsabilite: Horloge | None
    treve: Horloge | None
    decision: FaitLu | None
    enquete: FaitLu | None
    recue: FaitLu | None
    expulsion: FaitLu | None
    avis: FaitLu | None
    parti: bool
    situations: tuple[str, ...]


def requisition(faits: Sequence[FaitLu], horloges: Sequence[Horloge], le: date) -> Requisition:
    """Where a case stands on a day, of these facts in the order in which they were told."""
    dits = sorted((f for f in faits if not f["corrige_par"] and not f.get("efface")), key=itemgetter("survenu_le"))
    par_type: dict[str, list[FaitLu]] = {}
    for fait in dits:
        par_type.setdefault(fait["type"], []).append(fait)
    requise = _dernier(par_type.get("ConcoursForceRequis", []))
    parti = any(f["type"] in _SORTIES for f in dits)
    depuis = [
        f
        for f in dits
        if f["type"] in _DECISIONS
        and f["champs"].get("prematuree") is not True
        and (requise is None or f["survenu_le"] >= requise["survenu_le"])
    ]
    attendue, recue = _enquetes(par_type)
    trouvee = Requisition(
        requise=requise,
        silence=None if requise is None or parti else _silence(requise, horloges, depuis),
        responsabilite=None if parti else _responsabilite(horloges, {f["id"]: f["survenu_le"] for f in dits}),
        treve=None if parti else next((h for h in horloges if h.regle == "R16"), None),
        decision=_dernier(depuis),
        enquete=None if parti else attendue,
        recue=recue,
        expulsion=None if parti else _prevue(par_type.get("ExpulsionProgrammee", [])),
        avis=_dernier(f for f in par_type.get("AvisRendu", []) if f["champs"].get("instance") == "CCAPEX"),
        parti=parti,
        situations=(),
    )
    return trouvee._replace(situations=tuple(code for code in SITUATIONS if _est(trouvee, code, le)))


def _dernier(faits: Iterable[FaitLu]) -> FaitLu | None:
    return next(reversed([*faits]), None)


def _silence(requise: FaitLu, horloges: Sequence[Horloge], depuis: Sequence[FaitLu]) -> Horloge | None:
    """The silence that waits and ends first; else that of the last request, where it has fallen or is not countable.

    ``depuis``: what the préfet decided since that request. Answered late, nothing is silent any more.
    """
    silences = [h for h in horloges if h.regle == "R17"]
    attendus = [h for h in silences if h.etat == "EN_ATTENTE" and h.dernier_jour is not None]
    if attendus:
        return min(attendus, key=lambda h: h.dernier_jour or date.max)
    if any(f["type"] in _REPONSES for f in depuis):
        return None
    siens = (h for h in silences if requise["id"] in h.actes)
    return next((h for h in siens if h.etat == "REFUS_IMPLICITE" or h.etat in _INCOMPTEE), None)


def _responsabilite(horloges: Sequence[Horloge], jours: Mapping[str, str]) -> Horloge | None:
    """The liability that runs, or that will: from a refusal which no grant has ended since."""
    accords = [
        jours[h.actes[0]] for h in horloges if h.regle == "R18-fin" and h.etat == "ECHUE" and h.actes[0] in jours
    ]
    courent = [
        h
        for h in horloges
        if h.regle == "R18" and not any(accord >= jours.get(h.actes[0], accord) for accord in accords)
    ]
    return min(courent, key=lambda h: (h.etat != "OUVERTE", h.premier_jour or date.max), default=None)


def _enquetes(par_type: Mapping[str, Sequence[FaitLu]]) -> tuple[FaitLu | None, FaitLu | None]:
    """The first enquiry that was asked and has not come, and the last that came."""
    recues = par_type.get("EnqueteRealisee", ())

    def repond(recue: FaitLu, demandee: FaitLu) -> bool:
        nature = recue["champs"].get("nature")
        return recue["survenu_le"] >= demandee["survenu_le"] and nature in {None, demandee["champs"].get("nature")}

    attendues = (d for d in par_type.get("EnqueteDemandee", ()) if not any(repond(r, d) for r in recues))
    return next(attendues, None), _dernier(recues)


def _prevue(programmees: Sequence[FaitLu]) -> FaitLu | None:
    """The eviction as it was told last, where a day is told: put off without one, none is foreseen."""
    derniere = _dernier(programmees)
    return derniere if derniere is not None and derniere["champs"].get("prevue_le") else None


_SILENCIEUX: Final[Mapping[str, frozenset[str]]] = MappingProxyType({REFUS: frozenset({REFUS}), A_COMPTER: _INCOMPTEE})


def _est(r: Requisition, situation: str, le: date) -> bool:
    """Whether a case is in one of the situations that are counted."""
    etat = "" if r.silence is None else r.silence.etat
    if situation in _SILENCIEUX:
        return etat in _SILENCIEUX[situation]
    if situation == SILENCE:
        return etat == "EN_ATTENTE" and r.silence is not None and (r.silence.dernier_jour or le) <= le + BIENTOT
    if situation == RESPONSABILITE:
        return r.responsabilite is not None and r.responsabilite.etat == "OUVERTE"
    if situation == EXPULSION:
        return r.expulsion is not None and r.expulsion["champs"]["prevue_le"] >= le.isoformat()
    if situation == TREVE:
        accorde = r.decision is not None and r.decision["type"] == "ConcoursForceAccorde"
        return accorde and r.treve is not None and r.treve.etat == "SURSIS"
    return (r.enquete if situation == ENQUETE else r.avis) is not None

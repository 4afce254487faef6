"""Whether something stops the erasure of a case on a day (access 31). The texts are rows: ``ledger.droit.obstacles``.

Acts run until a departure, an eviction, or the closing of the case by who may close it: the end of a saisine ends none
of them.
"""

from collections.abc import Callable, Mapping
from datetime import date
from types import MappingProxyType
from typing import Final, NamedTuple

from ledger.catalogue import Stade
from ledger.dossier.etat import Dossier
from ledger.droit import obstacles
from ledger.droit.jours import dans
from ledger.droit.obstacles import Obstacle

_FINS: Final = frozenset({Stade.EXPULSION, Stade.DEPART})
_REPONSES: Final = frozenset({Stade.CONCOURS_ACCORDE, Stade.CONCOURS_REFUSE})


class Examen(NamedTuple):
    """A case on the day on which it would be erased, under the rows of that day."""

    dossier: Dossier
    le: date
    rangees: Mapping[str, Obstacle]

    def terme(self, code: str, depuis: date) -> date:
        """The day on which the delay of that row ends."""
        return dans(self.rangees[code].mois, depuis)


def obstacle(dossier: Dossier, le: date) -> Obstacle | None:
    """The first that stands in the way, if any."""
    examen = Examen(dossier, le, obstacles.en_vigueur(le))
    return next((rangee for code, rangee in examen.rangees.items() if OBSTACLES[code](examen)), None)


def fin_des_actes(dossier: Dossier) -> date | None:
    """When the acts of the procedure ended; None while they run, or where there is none."""
    if not dossier.etapes:
        return None
    derniere, fermeture = max(dossier.etapes), dossier.fermeture
    if derniere.stade in _FINS:
        return derniere.le
    if fermeture is None or fermeture < max((etape.le, etape.version) for etape in dossier.etapes):
        return None
    return fermeture[0]


def _saisine(s: Examen) -> bool:
    return s.dossier.saisine_ouverte


def _procedure(s: Examen) -> bool:
    return bool(s.dossier.etapes) and fin_des_actes(s.dossier) is None


def _expulsion(s: Examen) -> bool:
    return any(e.stade is Stade.EXPULSION and s.le < s.terme("EXPULSION_RECENTE", e.le) for e in s.dossier.etapes)


def _requisition(s: Examen) -> bool:
    """A request waits for its answer: after the delay, silence is a refusal (CPCE R.153-1)."""
    if fin_des_actes(s.dossier) is not None:
        return False
    return any(le is None and s.le < s.terme(_REQUISE, requise) for requise, le, _ in _requisitions(s.dossier))


def _indemnisation(s: Examen) -> bool:
    """The State refused its help, or kept silent: it answers for it until the acts end.

    A claim is then prescribed some years after the first of January that follows (loi 68-1250, art. 1).
    """
    fin = fin_des_actes(s.dossier)
    for requise, reponse, refusee in _requisitions(s.dossier):
        silence = s.terme(_REQUISE, requise)
        if reponse is not None and reponse <= silence and not refusee:
            continue
        refus = silence if reponse is None else min(reponse, silence)
        if refus <= s.le and (fin is None or fin >= refus):
            return fin is None or s.le < s.terme("INDEMNISATION_OUVERTE", date(fin.year + 1, 1, 1))
    return False


def _requisitions(dossier: Dossier) -> list[tuple[date, date | None, bool]]:
    """When each help was requested, when it was answered, and whether by a refusal."""
    etapes = sorted(dossier.etapes)
    trouvees = []
    for rang, etape in enumerate(etapes):
        if etape.stade is Stade.CONCOURS_REQUIS:
            reponse = next((suite for suite in etapes[rang:] if suite.stade in _REPONSES), None)
            refusee = reponse is not None and reponse.stade is Stade.CONCOURS_REFUSE
            trouvees.append((etape.le, reponse.le if reponse else None, refusee))
    return trouvees


def _conservation(fondement: str) -> Callable[[Examen], bool]:
    return lambda s: s.dossier.conservations.get(fondement, _LEVEE)[1]


def _limite(s: Examen) -> bool:
    return s.dossier.limitation


_LEVEE: Final = (None, False)
_REQUISE: Final = "REQUISITION_EN_ATTENTE"

OBSTACLES: Final[Mapping[str, Callable[[Examen], bool]]] = MappingProxyType(
    {
        "SAISINE_OUVERTE": _saisine,
        _REQUISE: _requisition,
        "PROCEDURE_OUVERTE": _procedure,
        "EXPULSION_RECENTE": _expulsion,
        "INDEMNISATION_OUVERTE": _indemnisation,
        "CONSERVATION_CONTENTIEUX": _conservation("CONTENTIEUX"),
        "CONSERVATION_ARCHIVES": _conservation("ARCHIVES"),
        "TRAITEMENT_LIMITE": _limite,
    }
)
"""When each row stands in the way."""

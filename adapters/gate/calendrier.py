"""The days of a commission: the sessions that one convenes or sits at, and what the cases of its worklist await.

By pages of so many things, the first days first. Each case is decided on its own, as the worklist shows it; a page
counts what is shown, and goes on after the last thing that it has.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import Any, Final, NamedTuple, Self
from uuid import UUID

import msgspec
import orjson

from adapters.gate import attentes
from adapters.gate.attentes import Echue
from adapters.gate.consulter import VUES_PAR_NOM
from adapters.gate.contexte import Acces, Gate, Vu
from adapters.gate.files import (
    Curseur,
    Retenue,
    decisions_de,
    dessiner,
    journaliser_liste,
    recueillir,
    recueillir_jours,
)
from adapters.gate.question import permettre, question_de
from adapters.gate.refus import en_panne
from adapters.gate.seances import PAGE, Qualite, montrer, siennes
from adapters.registre.instantane import Seance
from ledger.dossier.etat import Dossier
from policies.decision import Action
from projections.attentes import PlaceDAttente
from projections.jours import ColonneDeJours, PlaceDeJour
from projections.liste import Filtre
from projections.vue import Vue

JOURS: Final = 62
"""Days of a calendar: two months, and what their weeks overlap."""
SEANCES: Final = "seances"
ATTENDUS: Final[Mapping[str, ColonneDeJours]] = MappingProxyType(
    {"audiences": "prochaine_audience", "suites": "suites_le"}
)
"""What the cases of a worklist await, and the column that says when."""
EVALUATIONS: Final = "evaluations"
"""The cases that a commission is to look at again, one year after it examined them: as they are expected of it."""
UN_AN: Final = "SUIVI_UN_AN"
QUOI: Final = (SEANCES, *ATTENDUS, EVALUATIONS)
"""What falls on a day, in the order in which it is told."""

_DERNIER: Final = UUID(int=2**128 - 1)
_UUID: Final = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_ECRITE: Final = re.compile(rf"(\d{{4}}-\d\d-\d\d)_([a-z]+)_({_UUID})", re.ASCII)


class PlaceAuCalendrier(NamedTuple):
    """Where a thing stands: its day, what it is by its rank among the names of such things, the session or the case.

    Of a case to look at again, ``de`` is the examination: it may be several times on a day.

    ``noms``: these names, where a list has others than ``QUOI`` after them.
    """

    jour: date
    rang: int
    de: UUID

    @classmethod
    def lire(cls, texte: str, noms: Sequence[str] = QUOI) -> Self | None:
        """As a page before wrote it; None for what none wrote."""
        lu = _ECRITE.fullmatch(texte)
        try:
            return lu and cls(date.fromisoformat(lu[1]), noms.index(lu[2]), UUID(lu[3]))
        except ValueError:  # the 31st of February, a thing that has no such name
            return None

    def ecrire(self, noms: Sequence[str] = QUOI) -> str:
        """As the next page is asked for."""
        return f"{self.jour}_{noms[self.rang]}_{self.de}"

    def parmi(self, rang: int) -> PlaceDeJour:
        """After which case those of that rank go on."""
        return PlaceDeJour(self.jour, self.de if rang == self.rang else _DERNIER if rang < self.rang else UUID(int=0))


class JoursVoulus(NamedTuple):
    """The days that are asked for, the thing after which a page begins, and how many it has."""

    du: date
    au: date
    apres: PlaceAuCalendrier | None = None
    limite: int = PAGE

    @property
    def debut(self) -> PlaceAuCalendrier:
        """The place before all that is asked for."""
        premier = PlaceAuCalendrier(self.du, -1, _DERNIER)
        return premier if self.apres is None else max(self.apres, premier)


class _Chose(NamedTuple):
    """What falls on a day, and of what."""

    place: PlaceAuCalendrier
    de: tuple[Seance, Qualite] | Retenue


@en_panne
async def lire(gate: Gate, acces: Acces, voulus: JoursVoulus) -> Vu:
    """A page of what falls on some days: one's sessions and, for the secretariat of a commission, what its cases await.

    These are those of its worklist, each as it is shown there, and what it is to look at again a year on, be that
    day to come. A day of which nothing is shown is not there.
    """
    await permettre(gate, acces, Action.SIEGER)
    position = await gate.listes.position()
    vue = await _file_de(gate, acces)
    choses = await _choses(gate, acces, vue, voulus)
    page = choses[: voulus.limite]
    montres = {chose.de.ligne.dossier: chose.de for chose in page if isinstance(chose.de, Retenue)}
    await journaliser_liste(gate, acces, Action.SIEGER, decisions_de(montres.values()))
    lignes = {} if vue is None else {id_: await dessiner(gate, acces, vue, r) for id_, r in montres.items()}
    jours: dict[str, dict[str, list[Any]]] = {}
    for place, de in page:
        jour = jours.setdefault(place.jour.isoformat(), {quoi: [] for quoi in QUOI})
        dite = lignes[de.ligne.dossier] if isinstance(de, Retenue) else montrer(acces, *de)
        quoi = QUOI[place.rang]
        jour[quoi].append({**dite, "examen": str(place.de)} if quoi == EVALUATIONS else dite)
    for jour in jours.values():
        jour[SEANCES].sort(key=lambda seance: seance["heure"] or "")
    contenu = {
        "du": voulus.du.isoformat(),
        "au": voulus.au.isoformat(),
        "jours": [{"jour": le, **dits} for le, dits in jours.items()],
        "suivant": page[-1].place.ecrire() if len(choses) > voulus.limite else None,
    }
    return Vu(orjson.dumps(contenu), position)


async def _choses(gate: Gate, acces: Acces, vue: Vue[Any] | None, voulus: JoursVoulus) -> list[_Chose]:
    """What falls after the beginning of a page, in its order: one more than it has, if there is one."""
    combien, au, apres = voulus.limite + 1, voulus.au, voulus.debut
    siens = await siennes(gate, acces, apres.jour, au)
    choses = [_Chose(PlaceAuCalendrier(s.seance_le, 0, s.id), (s, place)) for s, place in siens]
    choses = sorted((chose for chose in choses if chose.place > apres), key=_place)[:combien]
    for rang, quoi in enumerate(QUOI):
        if vue is None or quoi == SEANCES:
            continue
        if len(choses) == combien:  # what comes after what is found already is of a later page
            au = choses[-1].place.jour
        if quoi == EVALUATIONS:
            evaluees = await _evaluations(gate, acces, vue, apres.parmi(rang), au, combien)
            choses += [_Chose(PlaceAuCalendrier(echue.le, rang, echue.fait), r) for echue, r in evaluees]
        elif (colonne := ATTENDUS[quoi]) in vue.table.colonnes:
            trouves = await recueillir_jours(gate, acces, vue, colonne, apres=apres.parmi(rang), au=au, limite=combien)
            choses += [_Chose(PlaceAuCalendrier(jour, rang, r.ligne.dossier), r) for jour, r in trouves]
        choses = sorted(choses, key=_place)[:combien]
    return choses


async def _evaluations(
    gate: Gate, acces: Acces, vue: Vue[Any], apres: PlaceDeJour, au: date, combien: int
) -> list[tuple[Echue, Retenue]]:
    """So many cases to look at again after a place, as they are expected; each as its worklist has it."""
    trouvees: list[tuple[Echue, Retenue]] = []
    jour, de = apres
    while len(trouvees) < combien:
        # What falls due so long after a fact is expected from that very day on.
        echues = await attentes.tombant(gate, acces, UN_AN, PlaceDAttente(jour, jour, de), au, combien)
        if not echues:
            break
        filtre = Filtre(dossiers={echue.dossier for echue in echues})
        retenues, _ = await recueillir(gate, acces, vue, filtre, Curseur(limite=len(echues)))
        par_membre = {membre.ligne.dossier: retenue for retenue in retenues for membre in retenue.membres}
        trouvees += [(echue, par_membre[echue.dossier]) for echue in echues if echue.dossier in par_membre]
        if len(echues) < combien:
            break
        jour, de = echues[-1].le, echues[-1].fait
    return trouvees[:combien]


def _place(chose: _Chose) -> PlaceAuCalendrier:
    return chose.place


async def _file_de(gate: Gate, acces: Acces) -> Vue[Any] | None:
    """The worklist of the commission whose papers this subject keeps at this purpose, if it keeps any (Rego)."""
    for ligne in gate.tables.vues:
        question = question_de(acces, Dossier(), frozenset(), action=Action.SIEGER, vue=ligne["code"])
        decision = await gate.decider.decide(msgspec.structs.replace(question, instance=ligne.get("instance", "?")))
        if decision.autorise:
            return VUES_PAR_NOM[ligne["code"]]
    return None

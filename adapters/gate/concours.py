"""The requests for the police's help of a worklist: where each stands, in the order of the days of silence.

Of a request, its day stands in clear; from when the silence counts does not (the receipt of the commandement, what a
judge adds to it), and no more do enquiries and days of eviction. No index can hold what is sealed: a page looks at so
many cases of the COMEX's worklist, decides of each as its own reading is decided, opens it once its row is durable,
and says how far it looked. What is hidden moves no line and no count.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Final, NamedTuple
from uuid import UUID

from adapters.gate import echeances
from adapters.gate.consulter import VUES_PAR_NOM, montres, ouvrir
from adapters.gate.contexte import Acces, Garde, Gate
from adapters.gate.episodes import FaitLu
from adapters.gate.files import Curseur, recueillir
from adapters.gate.mes_dossiers import REGARDES, Apprecie, apprecier_tous
from adapters.gate.question import permettre
from adapters.gate.redaction import titulaire
from adapters.gate.refus import alarmer, en_panne, ligne_du_journal
from adapters.gate.requisition import LUS, REPOSENT, SITUATIONS, Requisition, requisition
from ledger import catalogue as ev
from ledger.echeances.horloge import Horloge
from ledger.errors import Discordance
from ledger.reader import Lecture
from policies.decision import Action
from projections.liste import Filtre

VUE: Final = "comex"
VIVANTS: Final = (
    "OUVERT", "JUGEMENT", "COMMANDEMENT_QUITTER", "CONCOURS_REQUIS", "CONCOURS_ACCORDE", "CONCOURS_REFUSE",
)  # fmt: skip
"""The stages at which something is still to be decided or done: those of a worklist, where none is asked for."""


class RequisitionsVoulues(NamedTuple):
    """What is asked for of what is sealed, all of it together, as far as this reader is shown it.

    ``avant``: the silence falls, or fell, on that day at the latest. ``situation``: one of those that are counted.
    """

    situation: str = ""
    avant: date | None = None


TOUTES: Final = RequisitionsVoulues()


class LigneDeRequisition(NamedTuple):
    """A case as its reader is shown it, and where its request stands. ``reunis``: the others that it is read with."""

    dossier: str
    intitule: str | None
    reunis: Sequence[str]
    synthese: Mapping[str, Any]
    stade: str | None
    etat: Requisition


class FileDesRequisitions(NamedTuple):
    """The cases that answer, the next silence at their head; how many were looked at; where to go on."""

    lignes: Sequence[LigneDeRequisition]
    regardes: int
    suivant: int | None

    def compter(self, situation: str) -> int:
        """How many of them are in a situation."""
        return sum(situation in ligne.etat.situations for ligne in self.lignes)


@en_panne
async def lister(
    gate: Gate,
    acces: Acces,
    filtre: Filtre,
    voulues: RequisitionsVoulues = TOUTES,
    apres: int = 0,
) -> FileDesRequisitions:
    """So many cases of the COMEX's worklist, those that answer to what is asked for.

    Where no stage is asked for, without those whose household has gone.
    """
    await permettre(gate, acces, Action.LISTER, VUE)
    await permettre(gate, acces, Action.LIRE)
    finies = bool(filtre.stades)
    lus = gate.tables.lus(acces.sujet.partenaire.role, acces.finalite)
    # A filter on what is closed to a reader lists nothing. Who is not shown stages, but is that a household has gone,
    # has no line of it either: where that is the last thing that happened, the case is not looked for.
    vivants = VIVANTS if not finies and "F09a" in lus else ()
    if vivants and "F08" in lus:
        filtre = replace(filtre, stades=vivants)
    curseur = Curseur(apres, REGARDES)
    retenues, suivant = await recueillir(gate, acces, VUES_PAR_NOM[VUE], filtre, curseur, stades=vivants)
    _, apprecies = await apprecier_tous(gate, acces, [retenue.ligne.dossier for retenue in retenues])
    entete = ligne_du_journal(acces, Action.LISTER, "autorise" if apprecies else "vide", revision=gate.decider.revision)
    ouverts = (
        ligne_du_journal(acces, Action.LISTER, "autorise", dossier=une.plan.dossier, plan=une.plan)
        for vu in apprecies
        for une in vu.gardes
    )
    await gate.ledger.journal.inscrire(entete, *ouverts)
    lignes = [ligne for vu in apprecies if (ligne := await _ligne(gate, acces, vu)) is not None]
    lignes = [ligne for ligne in lignes if _repond(ligne.etat, voulues) and (finies or not ligne.etat.parti)]
    lignes.sort(key=_ordre)
    return FileDesRequisitions(lignes, len(apprecies), suivant)


@en_panne
async def lire(gate: Gate, acces: Acces, dossier: UUID) -> tuple[Requisition, Sequence[FaitLu]]:
    """Where the request of one case stands, and the needs that were told with an accord; ``Refus`` as the case's own.

    Those that the CCAPEX's avis retained are in the avis.
    """
    lecture, garde = await ouvrir(gate, acces, dossier)
    faits = await montres(gate, acces, lecture, garde.plan, {*LUS, ev.ActeProtege})
    besoins = [f for f in faits if f["type"] == ev.BesoinSignale.__name__ and not f["corrige_par"]]
    return await _situer(gate, acces, lecture, garde, faits), besoins


def situations(gate: Gate, acces: Acces) -> tuple[str, ...]:
    """What can be counted for this function at this purpose: on what it may be shown, whatever is there."""
    lus = gate.tables.lus(acces.sujet.partenaire.role, acces.finalite)
    return tuple(code for code in SITUATIONS if REPOSENT[code] <= lus)


async def _situer(gate: Gate, acces: Acces, lecture: Lecture, garde: Garde, faits: Iterable[FaitLu]) -> Requisition:
    horloges: Sequence[Horloge] = await echeances.comptees(gate, acces, lecture, garde, acces.le)
    return requisition([*faits], horloges, acces.le)


async def _ligne(gate: Gate, acces: Acces, vu: Apprecie) -> LigneDeRequisition | None:
    """The line of a case, once its row is durable."""
    try:
        faits = await montres(gate, acces, vu.lecture, vu.garde.plan, LUS)
        etat = await _situer(gate, acces, vu.lecture, vu.garde, faits)
        intitule = titulaire(vu.garde.plan, vu.lecture.trousseau)
    except Discordance as discordance:  # one case whose keys are lost has no line, and the others' list goes on
        await alarmer(gate, acces, discordance)
        return None
    reunis = [str(une.plan.dossier) for une in vu.gardes if une.plan.dossier != vu.lecture.dossier]
    return LigneDeRequisition(str(vu.lecture.dossier), intitule, reunis, vu.garde.plan.synthese, vu.stade, etat)


def _repond(etat: Requisition, voulues: RequisitionsVoulues) -> bool:
    if voulues.situation and voulues.situation not in etat.situations:
        return False
    tombe = etat.silence.dernier_jour if etat.silence is not None else None
    return voulues.avant is None or (tombe is not None and tombe <= voulues.avant)


def _ordre(ligne: LigneDeRequisition) -> tuple[int, int, str, str]:
    """The silences that run, the nearest first; those that have fallen, the last first; then the oldest request."""
    silence, requise = ligne.etat.silence, ligne.etat.requise
    demandee = requise["survenu_le"] if requise else "9999"
    if silence is None or silence.dernier_jour is None:
        return 2, 0, demandee, ligne.dossier
    tombe, jour = silence.etat == "REFUS_IMPLICITE", silence.dernier_jour.toordinal()
    return int(tombe), -jour if tombe else jour, demandee, ligne.dossier

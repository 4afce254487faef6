"""The requests that a commission without a worklist examines: of the FSL, of the commission de médiation, of the CTU.

Such a commission examines what the household asked for, not its whole case. Its agenda is who keeps its papers': what
it put before that session itself, each request read under it and at the purpose declared, as the case's own reading
would have it. No text says who sits there, nor what they would read: a seat opens nothing (INFERRED).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import msgspec

from adapters.gate.consulter import apprecier, montres
from adapters.gate.contexte import Acces, Garde, Gate
from adapters.gate.episodes import FaitLu
from adapters.gate.redaction import titulaire
from adapters.gate.refus import alarmer, ligne_du_journal
from adapters.registre.instantane import Seance
from ledger import catalogue as ev
from ledger.dossier.agenda import demandes_examinees
from ledger.dossier.liens import soumis_depuis
from ledger.errors import Discordance
from ledger.reader import Lecture
from policies.decision import Action, Decision
from projections.liste import PAGE_MAX
from projections.rattachements import PREMIER, Chemins, de_la_demande_en_seance


@dataclass(frozen=True, slots=True)
class _Examinee:
    """A request that this reader may read, before anything of it is opened. ``ici``: it was not put off since."""

    acces: Acces
    aide: UUID | None
    ici: bool
    lecture: Lecture
    garde: Garde
    gardes: Sequence[Garde]


async def demandes(gate: Gate, acces: Acces, seance: Seance) -> tuple[list[dict[str, Any]], bool]:
    """The requests that this secretariat put before a session, in the order of cases; and whether there are more.

    Each leaves its row before any of it is opened.
    """
    lien = de_la_demande_en_seance(seance.id, acces.sujet.partenaire.code)
    trouves = await gate.listes.dossiers(Chemins((lien,), (), soumis_depuis(acces.le)), PREMIER, PAGE_MAX + 1)
    lues = await gate.ledger.consulter_tous(trouves[:PAGE_MAX])
    examinees = [
        examinee
        for dossier, (lecture, autres) in zip(trouves[:PAGE_MAX], lues, strict=True)
        if lecture is not None
        for examinee in await _apprecier(gate, acces, seance, lecture, autres)
    ]
    await gate.ledger.journal.inscrire(
        *(
            ligne_du_journal(e.acces, Action.SIEGER, "autorise", dossier=garde.plan.dossier, plan=garde.plan)
            for e in examinees
            for garde in e.gardes
        )
    )
    lignes = [await _ligne(gate, examinee, seance) for examinee in examinees]
    return [ligne for ligne in lignes if ligne is not None], len(trouves) > PAGE_MAX


async def _apprecier(
    gate: Gate, acces: Acces, seance: Seance, lecture: Lecture, autres: Sequence[Lecture]
) -> list[_Examinee]:
    """The requests of a case that stand there, as far as this reader may read the case under each.

    Whichever the purpose names: the session names these, and each is read for itself alone (CRPA L.114-8).
    """
    lues = []
    for demande, ici in demandes_examinees(lecture.etat, seance.id, acces.sujet.partenaire.code).items():
        sien = msgspec.structs.replace(acces, demande=demande.aide, liens={}, posees={})
        vu = await apprecier(gate, sien, lecture.dossier, lecture, autres)
        if not isinstance(vu, Decision):
            lues.append(_Examinee(sien, demande.aide, ici, *vu))
    return lues


_TYPES: Final = (ev.AideFinanciereInstruite, ev.RelogementAvance)


async def _ligne(gate: Gate, e: _Examinee, seance: Seance) -> dict[str, Any] | None:
    """The line of a request, once its row is durable; None where what puts it there is not shown."""
    plan = e.garde.plan
    try:
        faits = await montres(gate, e.acces, e.lecture, plan, _TYPES)
        intitule = titulaire(plan, e.lecture.trousseau)
    except Discordance as discordance:  # one case whose keys are lost hides what it holds, and not the others' agenda
        await alarmer(gate, e.acces, discordance)
        return None
    dite = _derniere(faits, str(seance.id), None if e.aide is None else str(e.aide))
    if dite is None:
        return None
    return {
        "dossier": str(e.lecture.dossier),
        "intitule": intitule,
        "commune": plan.synthese["commune"],
        "demande": None if e.aide is None else str(e.aide),
        "dispositif": dite["champs"].get("dispositif"),
        "etape": dite["champs"].get("etape"),
        "inscription": "INSCRIT" if e.ici else "REPORTE",
    }


def _derniere(faits: Iterable[FaitLu], seance: str, aide: str | None) -> Mapping[str, Any] | None:
    """What was last told of the request that a session examines, of what is shown."""
    tiennent = [fait for fait in faits if fait["corrige_par"] is None and fait["champs"].get("aide") == aide]
    ici = [fait for fait in tiennent if fait["champs"].get("en_seance") == seance]
    if not ici:
        return None
    dispositif = ici[-1]["champs"].get("dispositif")
    return [fait for fait in tiennent if fait["champs"].get("dispositif") == dispositif][-1]

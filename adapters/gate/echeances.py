"""The law's clocks of one case, counted from what their reader reads of it; and those of acts that nobody did.

A clock is counted from the facts of the plan, after the row of the read is durable: what is not shown moves none. One
that rests on groups which this reader may not be shown whole says so, whether or not there is something to hide.
"""

from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from itertools import product
from typing import Any, Final, NamedTuple
from uuid import UUID

import orjson

from adapters.gate import saisie
from adapters.gate.consulter import PRESENT, Temps, ouvrir
from adapters.gate.contexte import Acces, Garde, Gate, Vu
from adapters.gate.plan import SELON_LE_CONTENU
from adapters.gate.politiques import sous_les_regles_du
from adapters.gate.provenance import REFERENCE, Lecteur, Provenance
from adapters.gate.question import decision_de, permettre
from adapters.gate.redaction import extraire, lus
from adapters.gate.refus import en_panne, ligne_du_journal, saisir
from ledger.echeances import compter
from ledger.echeances.horloge import Horloge
from ledger.echeances.vocabulaire import au_catalogue, groupes
from ledger.reader import Lecture
from policies.decision import GROUPES, Action, Concerne, Origine, Source

HORLOGES_PAR_PAGE: Final = 200
RESERVE: Final = (
    "Calculées sur les seuls actes et champs qui vous sont communiqués à cette finalité. Ce qui a été recueilli pour "
    "une autre demande du ménage n'y entre pas."
)


class Etendue(NamedTuple):
    """From which clock a page begins, and how many it has."""

    depuis: int = 0
    limite: int = HORLOGES_PAR_PAGE


PREMIERES: Final = Etendue()


@en_panne
async def lire(gate: Gate, acces: Acces, dossier: UUID, temps: Temps = PRESENT, page: Etendue = PREMIERES) -> Vu:
    """What falls due in a case on a day, as far as this reader can tell, and why."""
    gate, acces = await sous_les_regles_du(gate, acces, temps.regles_du, dossier)
    lecture, garde = await ouvrir(gate, acces, dossier, temps=temps)
    le = temps.jour(acces.le)
    horloges = await comptees(gate, acces, lecture, garde, le)
    fin = page.depuis + page.limite
    contenu = {
        "dossier": str(dossier),
        "au": le,
        "reserve": RESERVE,
        **({"regles": acces.alors.dites} if acces.alors else {}),
        "echeances": await ecrites(gate, garde, horloges[page.depuis : fin]),
        "suivant": fin if len(horloges) > fin else None,
    }
    return Vu(orjson.dumps(contenu), lecture.position)


async def comptees(gate: Gate, acces: Acces, lecture: Lecture, garde: Garde, le: date) -> Sequence[Horloge]:
    """The clocks of an open case on a day. What of its acts is sealed is opened each time, and kept by nobody."""
    qui = acces.sujet.partenaire.code
    if garde.extraits is None:
        garde.extraits = await gate.parts.derouler(extraire(garde.plan, au_catalogue()), qui)
    actes = await gate.parts.derouler(lus(garde.extraits, garde.plan, lecture.trousseau), qui)
    return await gate.parts.derouler(compter(actes, le), qui)


async def ecrites(gate: Gate, garde: Garde, horloges: Sequence[Horloge]) -> list[dict[str, Any]]:
    """These clocks as their reader is told of them: with what of them may rest on what it is not shown."""
    if garde.entiers is None:
        garde.entiers = await _entiers(gate, garde)
    return [_ecrite(horloge, garde.entiers) for horloge in horloges]


@en_panne
async def simuler(gate: Gate, acces: Acces, contenu: object) -> bytes:
    """What would fall due if such acts were done: no case is read, nothing is kept."""
    await permettre(gate, acces, Action.LIRE)
    au, actes = await saisir(gate, acces, Action.LIRE, None, lambda: saisie.simulation(contenu))
    le = au or acces.le
    horloges = await gate.parts.derouler(compter(actes, le), acces.sujet.partenaire.code)
    await gate.ledger.journal.inscrire(ligne_du_journal(acces, "simuler", "autorise", revision=gate.decider.revision))
    return orjson.dumps({"au": le, "echeances": [_ecrite(horloge, None) for horloge in horloges]})


def _ecrite(horloge: Horloge, entiers: frozenset[str] | None) -> dict[str, Any]:
    """``entiers``: the groups that this reader is shown whole; None where nothing is hidden from anybody."""
    return {
        "regle": horloge.regle,
        "libelle": horloge.libelle,
        "etat": horloge.etat,
        "dernier_jour": horloge.dernier_jour,
        "premier_jour": horloge.premier_jour,
        "heure": horloge.heure,
        "explication": horloge.explication,
        "actes": horloge.actes,
        "manque": horloge.manque,
        "autres_lectures": [
            {"si": a.si, "dernier_jour": a.dernier_jour, "premier_jour": a.premier_jour}
            for a in horloge.autres_lectures
        ],
        "texte": horloge.legal_ref,
        "etiquette": horloge.tag,
        "partielle": None if entiers is None else _partielle(horloge.regle, entiers),
    }


@lru_cache(maxsize=4096)
def _partielle(regle: str, entiers: frozenset[str]) -> str | None:
    manquent = groupes(regle) - entiers
    dits = ", ".join(f"{g} ({libelle})" for g, libelle in GROUPES.items() if g in manquent)
    return f"Des actes ou des champs de ces groupes peuvent ne pas vous être communiqués : {dits}." if dits else None


async def _entiers(gate: Gate, garde: Garde) -> frozenset[str]:
    """The groups that this reader is shown whole, whoever told of them, whenever, from whatever source.

    On role, purpose, stage and link alone: what is there is not looked at (access 8).
    """
    decisions = [
        await decision_de(gate, g.question, p) for g in garde.membres or (garde,) for p in _possibles(g.plan.lecteur)
    ]
    entiers = {g for g in GROUPES if all(d.groupes.get(g) == "entier" for d in decisions)}
    obligations = {obligation for d in decisions for obligation in d.obligations}
    # Of what is left out for what it says, some may be shown and some not.
    return frozenset(entiers - {cls.GROUPE for cls, par in SELON_LE_CONTENU.items() if obligations & set(par)})


def _possibles(lecteur: Lecteur) -> Sequence[Provenance]:
    sujets = (Concerne.COMMUN,) if lecteur.personne is None else tuple(Concerne)
    return [
        REFERENCE._replace(
            source=source,
            emis_par_moi=False,
            origine=origine,
            sujet=sujet,
            ancien=ancien,
            besoin_accorde=False,
            ma_main=False,
        )
        for source, origine, sujet, ancien in product(Source, Origine, sujets, (False, True))
    ]

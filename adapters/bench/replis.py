"""What folding a case costs, and correcting one: functions on values, which no database slows."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from time import perf_counter, process_time
from typing import Final
from uuid import UUID

from ledger import catalogue as ev
from ledger.catalogue import Enveloppe, Evenement, Fait
from ledger.dossier.decision import (
    EVENEMENTS_PAR_CONTRIBUTION,
    Auteur,
    Contexte,
    Contribution,
    Propose,
    decider,
)
from ledger.dossier.etat import Dossier
from ledger.dossier.repli import replier
from ledger.mapper import cles_requises, to_stored
from ledger.sealing import Kek, Trousseau

_ICI: Final = UUID(int=0xD0)
_DEBUT: Final = date(2024, 1, 1)
_AUJOURD_HUI: Final = date(2026, 11, 23)
_SERVICE: Final = Auteur("ssd93", "CD_TRAVAILLEUR_SOCIAL", "agent-s")
_ESSAIS: Final = 5


@dataclass(frozen=True, slots=True)
class MesureRepli:
    """Facts folded per second, and the cost of a fact in a history of 10,000 over that in one of 1,000."""

    par_seconde: float
    rapport: float


@dataclass(frozen=True, slots=True)
class MesureCorrections:
    """100 replacements on a case of so many facts: how long they hold the loop, and over 100 plain events."""

    tenue: float
    rapport: float


def histoire(longueur: int, corriges: float) -> list[Fait]:
    """Debts, acts, people and contacts, of which this part is replaced or withdrawn, each by one of the facts."""
    hasard = random.Random(longueur)  # noqa: S311 - reproducible, not secret
    faits = [_fait(1, ev.DossierOuvert(parc="SOCIAL", commune="93066"))]
    debout: list[Fait] = []
    for version in range(2, longueur + 1):
        corrige = None
        e = _evenement(version)
        if debout and hasard.random() < corriges:
            vise = debout.pop(hasard.randrange(len(debout)))
            if hasard.random() < 0.5:  # noqa: PLR2004 - a half
                e = ev.FaitCorrige(corrige=vise.enveloppe.id)
            else:
                e, corrige = vise.evenement, vise.enveloppe.id
        faits.append(_fait(version, e, corrige))
        if not isinstance(e, ev.FaitCorrige):
            debout.append(faits[-1])
    return faits


def _evenement(n: int) -> Evenement:
    match n % 5:
        case 0:
            return ev.OccupantDeclare(personne=UUID(int=n), nom="NOM", qualite="OCCUPANT")
        case 1:
            return ev.AssignationSignifiee(date_audience=_DEBUT + timedelta(days=n % 900))
        case 2:
            return ev.MenageInforme(canal="ORAL")
        case _:
            return ev.DetteDeclaree(montant=n, arretee_au=_DEBUT)


def _fait(version: int, e: Evenement, corrige: UUID | None = None) -> Fait:
    enveloppe = Enveloppe(
        id=UUID(int=version),
        contribution=_ICI,
        survenu_le=_DEBUT + timedelta(days=version % 900),
        partenaire=_SERVICE.partenaire,
        role=_SERVICE.role,
        agent=_SERVICE.agent,
        finalite="ACCOMPAGNEMENT",
        corrige=corrige,
    )
    return Fait(_ICI, version, enveloppe, e)


def mesurer_repli(corriges: float) -> MesureRepli:
    """With none (0.0) or some (0.3) of the facts corrected."""
    courtes, longue = [histoire(1000, corriges)] * 10, [histoire(10_000, corriges)]
    # In turn, and as many facts in each: a machine that is busy with something else slows both.
    durees = [(_duree_du_repli(courtes), _duree_du_repli(longue)) for _ in range(_ESSAIS)]
    courte, longue_ = (min(colonne) for colonne in zip(*durees, strict=True))
    return MesureRepli(10_000 / longue_, longue_ / courte)


def _duree_du_repli(histoires: Sequence[Sequence[Fait]]) -> float:
    debut = process_time()
    for faits in histoires:
        replier(faits)
    return process_time() - debut


def mesurer_corrections(longueur: int) -> MesureCorrections:
    """On a case of so many facts, none corrected: decide and seal, all that a contribution does at one stretch."""
    faits = histoire(longueur, 0.0)
    etat, vises = replier(faits), faits[-EVENEMENTS_PAR_CONTRIBUTION:]
    remplacements = [Propose(fait.evenement, fait.enveloppe.survenu_le, fait.enveloppe.id) for fait in vises]
    simples = [Propose(fait.evenement, fait.enveloppe.survenu_le) for fait in vises]
    vide = Trousseau("d93", _ICI, {}, Kek(bytes(range(32))))
    trousseau = vide.avec(vide.nouvelles(cle for fait in vises for cle in cles_requises(fait)))
    durees = [
        (_contribuer(etat, remplacements, trousseau), _contribuer(etat, simples, trousseau)) for _ in range(_ESSAIS)
    ]
    tenue, simple = (min(colonne) for colonne in zip(*durees, strict=True))
    return MesureCorrections(tenue, tenue / simple)


def _contribuer(etat: Dossier, proposes: Sequence[Propose], trousseau: Trousseau) -> float:
    contribution = Contribution(id=_ICI, auteur=_SERVICE, finalite="ACCOMPAGNEMENT", evenements=tuple(proposes))
    contexte = Contexte(_AUJOURD_HUI, [UUID(int=etat.version + 1 + n) for n in range(len(proposes))])
    debut = perf_counter()
    for fait in decider(_ICI, etat, contribution, contexte):
        to_stored(fait, trousseau)
    return perf_counter() - debut

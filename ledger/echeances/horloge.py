"""A clock: what one rule says of some acts on one day. It is derived each time, and never an event (access 13)."""

from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache, lru_cache
from types import MappingProxyType
from typing import Final, NamedTuple

import msgspec

from ledger.droit.echeances import Regle
from ledger.droit.feries import JOUR
from ledger.droit.jours import INSECABLE, en_francais
from ledger.droit.listes import libelle
from ledger.echeances.chronologie import ActeLu
from ledger.echeances.delais import premier_jour, proroge

SANS_TERME: Final = frozenset({"INCONNU", "INVALIDE", "SANS_OBJET", "SUSPENDU", "A_RENOUVELER"})
"""The states in which a clock gives no day: one would be invented."""


class AutreLecture(msgspec.Struct, frozen=True):
    """What the days would be if the law were read otherwise, and when it would."""

    si: str
    dernier_jour: date | None = None
    premier_jour: date | None = None


class Horloge(msgspec.Struct, frozen=True):
    """What one rule says: its state on the day asked for, the days, in one sentence, and what it rests on.

    ``dernier_jour``: the last day of the period, and ``heure`` at which it ends where it is counted in hours, HH:MM in
    Paris. ``premier_jour``: the first of what comes after. ``actes``: the ids of
    the acts it was counted from. ``manque``: the acts and fields without which it cannot be.
    ``tag``: INFERRED as soon as two readings stand.
    """

    regle: str
    libelle: str
    etat: str
    dernier_jour: date | None
    premier_jour: date | None
    heure: str | None
    explication: str
    actes: tuple[str, ...]
    manque: tuple[str, ...]
    autres_lectures: tuple[AutreLecture, ...]
    legal_ref: str
    tag: str


class Cours(NamedTuple):
    """What was counted: from which day, over how many units, to which day; the hour, if it ends at one."""

    depart: date | None = None
    nombre: int | None = None
    dernier: date | None = None
    premier: date | None = None
    heure: str | None = None

    @property
    def jours(self) -> tuple[date | None, date | None]:
        """What it gives."""
        return self.dernier, self.premier


_RIEN: Final = Cours()


def horloge(
    regle: Regle,
    etat: str,
    actes: Iterable[ActeLu],
    cours: Cours = _RIEN,
    *,
    manque: str = "",
    autres: Iterable[AutreLecture] = (),
) -> Horloge:
    """The clock of a row in a state, with its sentence."""
    if etat in SANS_TERME:
        cours = cours._replace(dernier=None, premier=None, heure=None)
    elif regle.autre_si:
        autres = (*autres, _autre(regle, *cours.jours))
    lectures = tuple(a for a in autres if (a.dernier_jour, a.premier_jour) != cours.jours) if autres else ()
    return Horloge(
        regle=regle.regle,
        libelle=regle.libelle,
        etat=etat,
        dernier_jour=cours.dernier,
        premier_jour=cours.premier,
        heure=cours.heure,
        explication=_phrase(regle, etat, cours, manque),
        actes=tuple(dict.fromkeys(acte.id for acte in actes)),
        manque=(manque,) if manque else (),
        autres_lectures=lectures,
        legal_ref=regle.legal_ref,
        tag="INFERRED" if lectures and regle.tag == "STATED" else regle.tag,
    )


def inconnue(regle: Regle, actes: Iterable[ActeLu], manque: str = "", autres: Iterable[AutreLecture] = ()) -> Horloge:
    """A clock that cannot be counted, with what it lacks."""
    return horloge(regle, "INCONNU", actes, manque=manque or regle.manque, autres=autres)


def _autre(regle: Regle, dernier: date | None, premier: date | None) -> AutreLecture:
    """The other reading of a row: a last day put off, some days sooner or later, or its condition alone."""
    if regle.autre == "PROROGE" and dernier is not None:
        dernier = proroge(dernier)
        return AutreLecture(regle.autre_si, dernier, premier and premier_jour(dernier, regle.effet))
    if regle.autre:
        ecart = int(regle.autre) * JOUR
        return AutreLecture(regle.autre_si, dernier and dernier + ecart, premier and premier + ecart)
    return AutreLecture(regle.autre_si)


_UNITES: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "CENTIME": ("centime", "centimes"),
        "HEURE": ("heure", "heures"),
        "JOUR": ("jour", "jours"),
        "SEMAINE": ("semaine", "semaines"),
        "OUVRE": ("jour ouvré", "jours ouvrés"),
        "LOYER": ("loyer", "loyers"),
        "MOIS": ("mois", "mois"),
        "AN": ("an", "ans"),
    }
)


@lru_cache(maxsize=1024)
def _depuis(regle: Regle, nombre: int | None) -> str:
    """From when it is counted, and over how long, but for the day: « 6 semaines après le commandement de payer du »."""
    repere = f"{regle.repere} du"
    if not nombre:
        return _majuscule(repere)
    return _majuscule(f"{duree_en_francais(regle, nombre)} {'après' if nombre > 0 else 'avant'} {repere}")


def duree_en_francais(regle: Regle, nombre: int) -> str:
    """So many of the units of a row: ``6 semaines``."""
    combien = abs(nombre)
    return f"{combien}{INSECABLE}{_UNITES[regle.unite][combien > 1]}"


@lru_cache(maxsize=4096)
def _phrase(regle: Regle, etat: str, cours: Cours, manque: str) -> str:
    if etat == "INCONNU":
        return f"{_majuscule(regle.libelle)} : calcul impossible, il manque {manque}."
    debut = _majuscule(regle.libelle)
    if cours.depart is not None:
        debut = f"{_depuis(regle, cours.nombre)} {en_francais(cours.depart)}"
    dits = ""
    if cours.dernier is not None and regle.dernier:
        dits = f"{regle.dernier} le {en_francais(cours.dernier)}{f' à {cours.heure}' if cours.heure else ''}"
    if cours.premier is not None:
        suite = f"{regle.premier} le {en_francais(cours.premier)}"
        dits = f"{dits}, {suite}" if dits else suite
    fin = f"{_etat(etat)}, il manque {manque}" if manque else _etat(etat)
    return f"{debut} : {dits} ; {fin}." if dits else f"{debut} : {fin}."


@cache
def _etat(code: str) -> str:
    return libelle("etat_echeance", code)


def _majuscule(texte: str) -> str:
    return texte[:1].upper() + texte[1:]

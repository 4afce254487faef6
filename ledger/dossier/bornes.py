"""What a day, a year or a number of months can be in an event: a mistyped one would be shown as true for years.

A day that a partner tells of has come already, unless its field says that it may be ahead (``Moment``).
"""

from datetime import date, timedelta
from typing import Any, Final

from ledger.catalogue import Acte, Enveloppe, Evenement, Moment, Nature, champs
from ledger.dossier.refus import ActeRefuse
from ledger.droit.bornes import ACTES_DEPUIS, AVENIR, NAISSANCES_DEPUIS, borne

_PASSE: Final = "Cette date est dans l'avenir, ou trop ancienne : donnez le jour où cela s'est produit."
_A_VENIR: Final = "Cette date est trop lointaine, ou trop ancienne : relisez l'année."


def verifier_bornes(e: Evenement, enveloppe: Enveloppe, aujourd_hui: date, champ: str) -> None:
    """``ActeRefuse`` for a day, a year or a number of months that cannot be. ``champ``: where the event stands."""
    depuis = ACTES_DEPUIS if isinstance(e, Acte) else NAISSANCES_DEPUIS
    if enveloppe.survenu_le > aujourd_hui:
        raise ActeRefuse("date_future", f"{champ}.survenu_le")
    if enveloppe.survenu_le < depuis:
        raise ActeRefuse(
            "date_impossible", f"{champ}.survenu_le", f"Cette date est d'avant {depuis.year} : relisez l'année."
        )
    if enveloppe.information_menage is not None and not depuis <= enveloppe.information_menage <= aujourd_hui:
        raise ActeRefuse("date_impossible", "information_menage", _PASSE)
    for nom, moment, nature in _bornes(type(e)):
        valeur = getattr(e, nom)
        if valeur is None or valeur == ():
            continue
        if nature is Nature.MOIS:
            verifier_mois(nom, valeur, enveloppe.survenu_le, f"{champ}.donnees.{nom}")
        elif moment is Moment.NAISSANCE:
            _verifier_naissance(valeur, enveloppe.survenu_le, f"{champ}.donnees.{nom}")
        elif not NAISSANCES_DEPUIS <= valeur <= aujourd_hui + (AVENIR if moment is Moment.A_VENIR else timedelta()):
            message = _A_VENIR if moment is Moment.A_VENIR else _PASSE
            raise ActeRefuse("date_impossible", f"{champ}.donnees.{nom}", message)


def verifier_coherence(e: Evenement, champ: str) -> None:
    """``ActeRefuse`` for a field that says more of another code than the one that is given. ``champ``: as above."""
    for nom, (de, codes) in type(e).PRECISE.items():
        if getattr(e, nom) not in {None, ()} and getattr(e, de) not in codes:
            dits = champs(type(e))
            raise ActeRefuse(
                "precision_sans_objet",
                f"{champ}.donnees.{nom}",
                f"Cette précision ne va pas avec ce qui est dit de « {dits[de].libelle} » : laissez-la vide.",
            )


def verifier_mois(nom: str, valeur: int, le: date, champ: str) -> None:
    """``ActeRefuse`` for a number of months that the row of that day does not allow."""
    limite = borne(nom, le)
    if limite is not None and not limite.minimum <= valeur <= limite.maximum:
        permis = f"La loi permet de {limite.minimum} à {limite.maximum} mois à cette date ({limite.legal_ref})"
        raise ActeRefuse("hors_bornes", champ, f"{permis} : relisez la durée.")


def _verifier_naissance(valeur: Any, le: date, champ: str) -> None:  # noqa: ANN401 - a day, or the years of several
    if isinstance(valeur, date):
        possible = NAISSANCES_DEPUIS <= valeur <= le
    else:
        possible = all(NAISSANCES_DEPUIS.year <= annee <= le.year for annee in valeur)
    if not possible:
        raise ActeRefuse("naissance_impossible", champ)


_connues: dict[type[Evenement], tuple[tuple[str, Moment, Nature], ...]] = {}


def _bornes(cls: type[Evenement]) -> tuple[tuple[str, Moment, Nature], ...]:
    """The fields of an event that are bounded, and how."""
    if cls not in _connues:
        _connues[cls] = _lire(cls)
    return _connues[cls]


def _lire(cls: type[Evenement]) -> tuple[tuple[str, Moment, Nature], ...]:
    return tuple(
        (nom, champ.moment, champ.nature)
        for nom, champ in champs(cls).items()
        if champ.nature in {Nature.DATE, Nature.MOIS} or champ.moment is Moment.NAISSANCE
    )

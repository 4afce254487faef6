"""Up to the summons: the clause that ends the lease, and how long the CCAPEX is seized before it is relied on."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Final

from ledger.droit.echeances import Regle
from ledger.echeances.chronologie import ActeLu, Chronologie, Point
from ledger.echeances.delais import Unite, premier_jour
from ledger.echeances.horloge import AutreLecture, Cours, Horloge, horloge, inconnue
from ledger.echeances.ordinaires import Famille, compter, terme

_LOGEMENT: Final = "DossierOuvert ou LogementDeclare"
"""What says of the lease and of the landlord."""

_SANS_SAISINE: Final = frozenset({"PERSONNE_PHYSIQUE", "SCI_FAMILIALE"})


def clause(regles: Famille, chrono: Chronologie, le: date) -> Iterator[Horloge]:
    """The clause of the lease has its own delay; where it is not told, that of the law of the day of the lease.

    Leases that run on 29 July 2023 keep the two months that their clause says (Cass. avis, 13 juin 2024, n° 24-70.002).
    """
    impayes = tuple(regle for regle in regles if regle.nombre is not None)
    baux = _baux(impayes, chrono)
    for cdp in chrono.actes(impayes[0].depart):
        yield _impaye(impayes, baux, chrono, cdp, le)
    for regle in regles:
        if regle.nombre is None:
            yield from (inconnue(regle, [cdp]) for cdp in chrono.actes(regle.depart))


def _impaye(regles: Famille, baux: Mapping[str, ActeLu], chrono: Chronologie, cdp: ActeLu, le: date) -> Horloge:
    dite = _CLAUSES.get(cdp.dits.get("clause_delai", ""))
    siens = {} if dite else {regle: bail for regle, bail in baux.items() if bail.le <= cdp.le}
    possibles = [regle for regle in regles if regle.regle == dite or regle.regle in siens]
    if len(possibles) != 1:
        actes = [cdp, *siens.values()]
        return inconnue(possibles[0] if possibles else regles[0], actes, autres=[_lue(r, cdp) for r in regles])
    [regle] = possibles
    autres = [] if dite else [_lue(r, cdp) for r in regles if r is not regle]
    arret = chrono.arret(regle.arret, cdp)
    return compter(regle, Point(cdp.le, cdp), le, arret, avec=tuple(siens.values()), autres=autres)


def _baux(regles: Famille, chrono: Chronologie) -> dict[str, ActeLu]:
    """By rule, what first told of a lease of its days."""
    baux: dict[str, ActeLu] = {}
    for acte in chrono.actes(_LOGEMENT):
        signe = acte.dits.get("bail_signe_le")
        for regle in regles:
            if signe is not None and regle.en_vigueur(signe):
                baux.setdefault(regle.regle, acte)
    return baux


_CLAUSES: Final = {"SIX_SEMAINES": "R01", "DEUX_MOIS": "R01b"}
"""Which rule counts the delay that the clause says, in the codes of its field."""


def _lue(regle: Regle, cdp: ActeLu) -> AutreLecture:
    """What the days are if the clause says the delay of that rule."""
    dernier = terme(regle, cdp.le)
    duree = "six semaines" if regle.unite == Unite.SEMAINE else "deux mois"
    return AutreLecture(f"si la clause du bail dit {duree}", dernier, premier_jour(dernier, regle.effet))


def saisine(regles: Famille, chrono: Chronologie, le: date) -> Iterator[Horloge]:
    """The landlord who is a legal person seizes the CCAPEX two months before it summons; others need not."""
    [regle] = regles
    formes = {a.dits["bailleur_forme"] for a in chrono.actes(_LOGEMENT) if a.dits.get("bailleur_forme") is not None}
    formes = formes or _selon_le_parc(chrono)
    saisines = chrono.actes(regle.depart)
    if formes and formes <= _SANS_SAISINE:
        yield from (horloge(regle, "SANS_OBJET", [saisie], Cours(saisie.le)) for saisie in saisines)
        return
    premiere = saisines[0].le if saisines else date.max
    yield from (inconnue(regle, [tot]) for tot in chrono.actes(regle.annonce) if tot.le < premiere)
    for saisie in saisines:
        if len(formes) == 1:
            yield _attente(regle, saisie, terme(regle, premiere), chrono.depuis(regle.annonce, saisie.le), le)
        else:
            forme = "la forme du bailleur (personne physique, SCI familiale ou personne morale)"
            yield inconnue(regle, [saisie], forme)


def _selon_le_parc(chrono: Chronologie) -> set[str]:
    """Of the parc social, the landlord is a legal person, whether or not somebody says so."""
    return {"PERSONNE_MORALE" for acte in chrono.actes(_LOGEMENT) if acte.dits.get("parc") == "SOCIAL"}


def _attente(regle: Regle, saisie: ActeLu, acquis: date, suivie: ActeLu | None, le: date) -> Horloge:
    """One saisine; ``acquis``: the last day of waiting after the first of them, which is enough."""
    dernier = terme(regle, saisie.le)
    if suivie is not None:
        etat = "RECEVABLE" if acquis < suivie.le else "IRRECEVABLE"
    else:
        etat = "EN_COURS" if le <= dernier else "ECHUE"
    cours = Cours(saisie.le, regle.combien, dernier, premier_jour(dernier, regle.effet))
    return horloge(regle, etat, [saisie, *([suivie] if suivie else [])], cours)

"""The judgment: the delays that it grants, and how long it can be appealed."""

from collections.abc import Iterator
from datetime import date
from typing import Final

from ledger.echeances.chronologie import Chronologie, Point
from ledger.echeances.horloge import Horloge, inconnue
from ledger.echeances.ordinaires import Famille, compter

_RENDU: Final = "JugementRendu"
_SIGNIFIE: Final = "JugementSignifie"
_SANS_TITRE: Final = "JugementSignifie[titre=~]"


def delais_de_paiement(regles: Famille, chrono: Chronologie, le: date) -> Iterator[Horloge]:
    """From the first instalment that the judge fixed, or else from the notification, or else from the judgment."""
    [regle] = regles
    nommees = {str(a.dits["titre"]): a for a in reversed(chrono.actes(_SIGNIFIE)) if a.dits.get("titre") is not None}
    for jugement in chrono.actes(regle.depart):
        depart: date | None = jugement.dits.get("premier_terme_le")
        signifie = nommees.get(jugement.id) or chrono.depuis(_SANS_TITRE, jugement.le)
        if depart is not None or signifie is None:
            yield compter(regle, Point(depart or jugement.le, jugement), le)
        else:
            yield compter(regle, Point(signifie.le, jugement), le, avec=[signifie])


def appel(regles: Famille, chrono: Chronologie, le: date) -> Iterator[Horloge]:
    """A month from the notification; fifteen days against a référé, or a decision of the juge de l'exécution."""
    par_nature = dict(zip(("JUGEMENT", "REFERE", "JEX"), regles, strict=True))
    rendus = {acte.id: acte for acte in chrono.actes(_RENDU)}
    for rendu in chrono.actes(_RENDU):
        if chrono.depuis(_SIGNIFIE, rendu.le) is None:
            yield inconnue(par_nature.get(rendu.dits.get("nature") or "JUGEMENT", regles[0]), [rendu])
    for point in chrono.points(regles[0].depart):
        titre = point.acte.dits.get("titre")
        vise = chrono.jusqu_a(_RENDU, point.acte.le) if titre is None else rendus.get(str(titre))
        regle = par_nature.get(vise.dits.get("nature") or "JUGEMENT") if vise else regles[0]
        if regle is None:
            yield inconnue(
                regles[0], [point.acte], "la nature de la décision (jugement, référé ou juge de l'exécution)"
            )
            continue
        avec = [vise] if vise else []
        yield compter(regle, point, le, chrono.arret(regle.arret, point.acte), avec=avec)

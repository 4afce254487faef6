"""The rules that rows alone say: a delay in which something is awaited, a period that lasts, what an act comes to."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache

from ledger.droit.bornes import borne
from ledger.droit.echeances import Regle, version
from ledger.droit.jours import PARIS
from ledger.echeances.chronologie import ActeLu, Chronologie, Point
from ledger.echeances.delais import dernier_jour, premier_jour, proroge
from ledger.echeances.horloge import AutreLecture, Cours, Horloge, horloge, inconnue

Famille = tuple[Regle, ...]


def delai(regles: Famille, chrono: Chronologie, le: date) -> Iterator[Horloge]:
    """From each act that starts it, the last day, and whether what is awaited came by then."""
    if regles[-1].annonce:
        yield from _sans_depart(regles, chrono)
    for point in chrono.points(regles[0].depart):
        regle = version(regles, point.acte.le)
        if regle is not None:
            yield compter(regle, point, le, chrono.arret(regle.arret, point.acte) if regle.arret else None)


def periode(regles: Famille, chrono: Chronologie, le: date) -> Iterator[Horloge]:
    """From each act that starts it, until the last day, or until what ends it before."""
    for point in chrono.points(regles[0].depart):
        regle = version(regles, point.acte.le)
        if regle is None or point.le is None:
            continue
        nombre = regle.combien
        fini = terme(regle, point.le)
        fin = chrono.arret(regle.arret, point.acte)
        dernier, actes = fini, [point.acte]
        if fin is not None and fin.le is not None and fin.le < fini:
            dernier, actes = fin.le, [point.acte, fin.acte]
        yield horloge(regle, issue(regle, dernier, le), actes, Cours(point.le, nombre, dernier))


def constat(regles: Famille, chrono: Chronologie, _: date) -> Iterator[Horloge]:
    """What an act comes to as soon as it is there."""
    for point in chrono.points(regles[0].depart):
        regle = version(regles, point.acte.le)
        if regle is not None:
            yield horloge(regle, regle.issues[0], [point.acte], Cours(point.le))


def heures(regles: Famille, chrono: Chronologie, le: date) -> Iterator[Horloge]:
    """So many hours from a moment in Paris, never put off (règlement n° 1182/71, art. 3): a change of hour counts."""
    [regle] = regles
    for acte in chrono.actes(regle.depart):
        heure: str | None = acte.dits.get("heure")
        if heure is None:
            yield inconnue(regle, [acte])
            continue
        debut = datetime.combine(acte.le, time.fromisoformat(heure), PARIS)
        fin = (debut.astimezone(UTC) + timedelta(hours=regle.combien)).astimezone(PARIS)
        etat = issue(regle, fin.date(), le)
        yield horloge(regle, etat, [acte], Cours(acte.le, regle.combien, fin.date(), heure=f"{fin:%H:%M}"))


def compter(
    regle: Regle,
    point: Point,
    le: date,
    arret: Point | None = None,
    *,
    avec: Sequence[ActeLu] = (),
    autres: Sequence[AutreLecture] = (),
) -> Horloge:
    """One clock of a row from one point; ``avec``: the other acts that it rests on."""
    nombre = duree(regle, point.acte)
    if point.le is None or nombre is None:
        return inconnue(regle, [point.acte])
    if hors_borne(regle, nombre, point.acte.le):
        return horloge(regle, "INVALIDE", [point.acte], Cours(point.le, nombre))
    dernier = terme(regle, point.le, nombre)
    premier = premier_jour(dernier, regle.effet) if regle.effet else None
    actes = [point.acte, *avec, *([arret.acte] if arret else [])]
    etat = issue(regle, dernier, le, arret)
    return horloge(regle, etat, actes, Cours(point.le, nombre, dernier, premier), autres=autres)


@lru_cache(maxsize=8192)
def terme(regle: Regle, depart: date, nombre: int | None = None) -> date:
    """The last day that a row counts to, put off where its convention says so."""
    dernier = dernier_jour(depart, regle.combien if nombre is None else nombre, regle.unite)
    return proroge(dernier) if regle.convention == "PROROGE" else dernier


def duree(regle: Regle, acte: ActeLu) -> int | None:
    """How many units: those of the row, or those that the act says; None where it does not."""
    champ = regle.duree_de_l_acte
    return acte.dits.get(champ) if champ else regle.combien


def hors_borne(regle: Regle, nombre: int, le: date) -> bool:
    """Whether a number that an act says is not one that the text of its day allows."""
    bornee = borne(regle.borne, le) if regle.borne else None
    return bornee is not None and not bornee.minimum <= nombre <= bornee.maximum


def issue(regle: Regle, dernier: date, le: date, arret: Point | None = None) -> str:
    """The state on a day: running, stopped in time or late, or past, for all that is known.

    What was done on a day that is not told is neither in time nor late.
    """
    court, a_temps, trop_tard, passe = regle.issues
    if arret is not None and arret.le is not None:
        return a_temps if arret.le <= dernier else trop_tard
    if le <= dernier:
        return court
    return passe if arret is None else "ECHUE"


def _sans_depart(regles: Famille, chrono: Chronologie) -> Iterator[Horloge]:
    """A clock that has been announced by an act, and that no act has started since."""
    regle = regles[-1]
    for annonce in chrono.actes(regle.annonce):
        if chrono.depuis(regle.depart, annonce.le) is None:
            yield inconnue(regle, [annonce])

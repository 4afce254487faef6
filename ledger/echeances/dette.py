"""Debt: when an arrear counts, when a commandement is signalled, over-indebtedness and the protocole."""

from collections.abc import Iterator
from datetime import date
from typing import Final

from ledger.droit.echeances import Regle, version
from ledger.echeances.chronologie import ActeLu, Chronologie, Point
from ledger.echeances.delais import Unite, dernier_jour
from ledger.echeances.horloge import Cours, Horloge, horloge, inconnue
from ledger.echeances.ordinaires import Famille, compter, duree, hors_borne


def paiement(regles: Famille, chrono: Chronologie, _: date) -> Iterator[Horloge]:
    """Old rent is not paid once the case is admissible, but under delays that a judge granted."""
    [regle] = regles
    delais = chrono.actes(regle.arret)[-1:]
    for recevable in chrono.actes(regle.depart):
        etat = "PAIEMENT_PERMIS" if delais else "PAIEMENT_INTERDIT"
        yield horloge(regle, etat, [recevable, *delais], Cours(recevable.le))


def protocole(regles: Famille, chrono: Chronologie, le: date) -> Iterator[Horloge]:
    """The protocole, its avenant from where it ends, and the lease that comes within three months of the whole."""
    signe, avenant, bail = regles
    avenants: dict[object, list[ActeLu]] = {}
    for suite in chrono.actes(avenant.depart):
        avenants.setdefault(suite.dits.get("protocole"), []).append(suite)
    for acte in chrono.actes(signe.depart):
        debut: date = acte.dits.get("debut") or acte.le
        yield compter(signe, Point(debut, acte), le, chrono.arret(signe.arret, acte))
        fin, suites = _fin(signe, acte, debut), avenants.get(acte.dits.get("protocole"), [])
        for suite in suites:
            if fin is None:
                yield inconnue(avenant, [suite], signe.manque)
                continue
            yield compter(avenant, Point(fin, suite), le, avec=[acte])
            fin = _fin(avenant, suite, fin)
        if fin is None:
            yield inconnue(bail, [acte, *suites])
        else:
            yield compter(bail, Point(fin, acte), le, chrono.arret(bail.arret, acte), avec=suites)


def _fin(regle: Regle, acte: ActeLu, depart: date) -> date | None:
    mois = duree(regle, acte)
    return None if mois is None or hors_borne(regle, mois, acte.le) else dernier_jour(depart, mois, Unite.MOIS)


def protocole_efface(regles: Famille, chrono: Chronologie, le: date) -> Iterator[Horloge]:
    """The rétablissement personnel wipes the debt out, and lengthens a protocole that was signed."""
    [regle] = regles
    for decision in chrono.actes(regle.depart):
        signe = chrono.jusqu_a(regle.annonce, decision.le)
        if signe is not None:
            yield compter(regle, Point(decision.le, decision), le, avec=[signe])


def impaye(regles: Famille, chrono: Chronologie, le: date) -> Iterator[Horloge]:
    """Whether an arrear is one for the housing allowance: by the regime of the day of the first default."""
    *seuils, mois = regles
    for acte in chrono.actes(mois.depart.partition(".")[0]):
        defaut: date | None = acte.dits.get("premier_impaye_le")
        regle = version(tuple(seuils), defaut) if defaut else None
        if regle is None or defaut is None:
            yield inconnue(seuils[-1], [acte])
            continue
        terme = dernier_jour(defaut, mois.combien, Unite.MOIS) if mois.en_vigueur(defaut) else None
        solde = chrono.arret(mois.arret, acte)
        solde_le = solde.le if solde else None
        if terme is not None:
            yield _dure(mois, [acte, *([solde.acte] if solde else [])], defaut, terme, solde_le or le)
        aide = chrono.jusqu_a(_AIDE, acte.le)
        yield _depasse(regle, acte, aide, defaut, dure=terme is not None and terme <= (solde_le or le))


def _dure(regle: Regle, actes: list[ActeLu], defaut: date, terme: date, impaye_au: date) -> Horloge:
    """What is unpaid for so long, whatever its amount."""
    etat = "CONSTITUE" if impaye_au >= terme else "EN_COURS" if len(actes) == 1 else "SANS_OBJET"
    return horloge(regle, etat, actes, Cours(defaut, regle.combien, terme))


def _depasse(regle: Regle, acte: ActeLu, aide: ActeLu | None, defaut: date, *, dure: bool) -> Horloge:
    """More than the amount of the row; or so many times what the tenant pays itself."""
    montant: int | None = acte.dits.get("montant")
    seuil = regle.combien + 1 if regle.unite == "CENTIME" else _net(acte, aide, regle.combien)
    if dure or (montant is not None and seuil is not None and montant >= seuil):
        return horloge(regle, "CONSTITUE", [acte], Cours(defaut))
    if montant is None or seuil is None:
        return inconnue(regle, [acte])
    return horloge(regle, "NON_CONSTITUE", [acte], Cours(defaut))


def _net(acte: ActeLu, constatee: ActeLu | None, fois: int) -> int | None:
    """So many times the rent and charges; less the allowance last told, where it is paid to the landlord."""
    loyer, charges, tiers = (acte.dits.get(nom) for nom in ("loyer", "charges", "tiers_payant"))
    aide = constatee.dits.get("montant") if constatee else None
    if loyer is None or charges is None or tiers is None or (tiers and aide is None):
        return None
    net: int = loyer + charges - (aide if tiers and aide else 0)
    return fois * net


_AIDE: Final = "AideLogementConstatee"


def seuil(regles: Famille, chrono: Chronologie, _: date) -> Iterator[Horloge]:
    """Whether a commandement is signalled: so many months unpaid, or so many rents, by the row of its day."""
    for cdp in chrono.actes(regles[0].depart):
        regle = version(regles, cdp.le)
        if regle is None:
            continue
        mois, dette, loyer = (cdp.dits.get(nom) for nom in ("mois_impayes", "dette", "loyer"))
        loyers = None if dette is None or not loyer else dette / loyer
        atteints = [mesure >= regle.combien for mesure in (mois, loyers) if mesure is not None]
        if regle.combien == 0 or any(atteints):
            yield horloge(regle, "SIGNALER", [cdp], Cours(cdp.le))
        elif mois is None or loyers is None:
            yield inconnue(regle, [cdp])
        else:
            yield horloge(regle, "SOUS_SEUIL", [cdp], Cours(cdp.le))


_SANS_SENS: Final = "DroitRepondu[reponse=~]"


def droits(regles: Famille, chrono: Chronologie, le: date) -> Iterator[Horloge]:
    """A month to answer who exercises a right; three where the person was told that it takes longer.

    Of an answer that is there, and does not say here what it is, nobody can tell whether it was the last.
    """
    un_mois, trois_mois = regles
    muettes = {acte.dits.get("requete"): acte for acte in chrono.actes(_SANS_SENS)}
    prolonges = {acte.dits.get("requete") for acte in chrono.actes(trois_mois.annonce)}
    reponses: dict[object, Point] = {}
    for reponse in chrono.points(un_mois.arret):
        reponses.setdefault(reponse.acte.dits.get("requete"), reponse)
    for point in chrono.points(un_mois.depart):
        requete = point.acte.dits.get("requete")
        regle = trois_mois if requete in prolonges else un_mois
        if requete in muettes and requete not in reponses:
            yield inconnue(regle, [point.acte, muettes[requete]])
            continue
        yield compter(regle, point, le, reponses.get(requete))

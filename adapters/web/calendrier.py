"""The month of a commission, day by day: its sessions, what its cases await, and for a COMEX what its requests do.

Each thing is what the gate answers of it elsewhere: the calendar of sessions, and the COMEX's worklist.
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import groupby
from operator import attrgetter
from typing import Any, Final, NamedTuple

import orjson
from starlette.requests import Request
from starlette.responses import Response

from adapters.gate import seances
from adapters.gate.concours import FileDesRequisitions, LigneDeRequisition
from adapters.gate.refus import Refus
from adapters.gate.requisition import TREVE
from adapters.web import requisitions
from adapters.web.commissions import COMEX, COMMISSIONS, Commission
from adapters.web.fait_montre import Document
from adapters.web.guichet import ADRESSE_REFUSEE
from adapters.web.rendu import adresse, rendre
from adapters.web.reponses import filtres_de
from adapters.web.site import Site, Visite
from ledger.droit.bornes import CALENDRIER
from ledger.droit.echeances import historique
from ledger.droit.treves import treve
from policies.decision import Action

RACINE: Final = "/calendrier"
FILTRES: Final = ("mois", *requisitions.LIEU)
_MOIS: Final = len("2026-11")


class JourDit(NamedTuple):
    """One thing of one day: what it is, where it is read, under which article."""

    le: str
    quoi: str
    lien: str
    nom: str
    texte: str = ""


async def montrer(site: Site, requete: Request, visite: Visite) -> Response:
    """One month: this one, where none is named."""
    le, filtres = site.aujourd_hui(), filtres_de(requete, FILTRES)
    du, au = mois_de(filtres["mois"], le)
    gate, acces = site.guichet.gate, visite.acces
    commission = next((c for c in COMMISSIONS if visite.cadre.finalite in c.finalites), None)
    dits: list[JourDit] = []
    au_dela = False
    if Action.SIEGER in site.guichet.actions(visite.sujet.partenaire.role, visite.cadre.finalite):
        document = orjson.loads((await seances.calendrier(gate, acces, du, au)).corps)
        dits += _des_seances(document, commission)
        au_dela = document["au_dela"] is not None
    connus = requisitions.commissariats(visite, le)
    file: FileDesRequisitions | None = None
    if commission is COMEX:
        lieu = {nom: filtres[nom] for nom in requisitions.LIEU}
        file = await requisitions.lues(site, visite, dict.fromkeys(requisitions.FILTRES, "") | lieu, connus)
        dits += [dit for ligne in file.lignes for dit in _de_la_requisition(ligne)]
        dits += _de_la_treve(du, au, file)
    du_mois = sorted(dit for dit in set(dits) if du.isoformat() <= dit.le <= au.isoformat())
    html = rendre(
        "calendrier.html",
        cadre=visite.cadre,
        commission=commission,
        mois=du,
        jours=[(date.fromisoformat(jour), [*siens]) for jour, siens in groupby(du_mois, key=attrgetter("le"))],
        avant=_vers(du - timedelta(1), filtres),
        apres=_vers(au + timedelta(1), filtres),
        file=file,
        filtres=filtres,
        communes=requisitions.communes_du_jour(le),
        commissariats=connus,
        au_dela=au_dela,
        le=le,
    )
    return site.html(html)


def mois_de(texte: str, le: date) -> tuple[date, date]:
    """The first and the last day of a month, as an address writes it; of this one where it names none."""
    try:
        du = date.fromisoformat(f"{texte}-01") if texte else le.replace(day=1)
    except ValueError as erreur:
        raise Refus(400, "adresse", ADRESSE_REFUSEE) from erreur
    if not CALENDRIER[0] < du < CALENDRIER[1].replace(month=1, day=1) or len(texte) not in {0, _MOIS}:
        raise Refus(400, "adresse", ADRESSE_REFUSEE)
    return du, (du + timedelta(31)).replace(day=1) - timedelta(1)


def _vers(jour: date, filtres: dict[str, str]) -> str:
    return adresse(RACINE, {**filtres, "mois": f"{jour:%Y-%m}"})


def _des_seances(document: Document, commission: Commission | None) -> Iterator[JourDit]:
    """The sessions of the days of a calendar, and what the cases of a worklist await."""
    for jour in document["jours"]:
        le = jour["jour"]
        for seance in jour["seances"]:
            heure = f" à {seance['heure'].replace(':', ' h ')}" if seance["heure"] else ""
            etat = ", annulée" if seance["etat"] == "annulee" else ""
            yield JourDit(le, f"Séance{heure}{etat}", f"/seances/{seance['seance']}", seance["libelle"])
        for quoi, mot in (("audiences", "Audience"), ("suites", "Recommandation à suivre")):
            for ligne in jour[quoi]:
                yield JourDit(le, mot, *_vers_le_dossier(commission, ligne["dossier"], ligne["intitule"]))


def _vers_le_dossier(commission: Commission | None, dossier: str, intitule: str | None) -> tuple[str, str]:
    lieu = commission.adresse if commission else "/dossiers"
    return f"{lieu}/{dossier}", intitule or f"Dossier {dossier[-8:]}"


def _de_la_requisition(ligne: LigneDeRequisition) -> Iterator[JourDit]:
    """The days of a request: silence, liability, enquiry, eviction, what a sursis puts off."""
    etat, vers = ligne.etat, _vers_le_dossier(COMEX, ligne.dossier, ligne.intitule)
    if etat.silence is not None and etat.silence.dernier_jour is not None:
        texte = etat.silence.legal_ref
        yield JourDit(etat.silence.dernier_jour.isoformat(), "Dernier jour du silence du préfet", *vers, texte)
    if etat.responsabilite is not None and etat.responsabilite.premier_jour is not None:
        texte = etat.responsabilite.legal_ref
        yield JourDit(etat.responsabilite.premier_jour.isoformat(), "L'État répond du refus dès ce jour", *vers, texte)
    dits: Sequence[tuple[str, Any]] = (
        ("Enquête attendue", etat.enquete and etat.enquete["champs"].get("pour_le")),
        ("Expulsion programmée", etat.expulsion and etat.expulsion["champs"].get("prevue_le")),
        (
            "Fin du sursis",
            etat.decision
            and etat.decision["type"] == "ConcoursForceSursis"
            and etat.decision["champs"].get("jusqu_au"),
        ),
    )
    yield from (JourDit(jour, quoi, *vers) for quoi, jour in dits if isinstance(jour, str))


def _de_la_treve(du: date, au: date, file: FileDesRequisitions) -> Iterator[JourDit]:
    """The first and the last day of a winter truce, whatever is in the record; and how many it holds back now."""
    texte = next(regle.legal_ref for regle in historique() if regle.regle == "R16")
    retenus = file.compter(TREVE)
    lien = adresse(COMEX.adresse, {"situation": TREVE})
    mots = f"{retenus} concours accordé{'s' if retenus > 1 else ''} qu'elle retient"
    for debut, fin in {t for t in (treve(du), treve(au)) if t is not None}:
        yield JourDit(debut.isoformat(), "Premier jour de la trêve hivernale", lien, mots, texte)
        yield JourDit(fin.isoformat(), "Dernier jour de la trêve hivernale", lien, mots, texte)

"""The month of a commission, day by day: its sessions, what its cases await, and for a COMEX what its requests do.

Each thing is what the gate answers of it elsewhere: the calendar of sessions, and the COMEX's worklist. A page has so
many of them, the first days first; a day can be opened by itself.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import groupby
from typing import Any, Final, NamedTuple
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from adapters.gate import calendrier
from adapters.gate.calendrier import JoursVoulus, PlaceAuCalendrier
from adapters.gate.concours import FileDesRequisitions, LigneDeRequisition
from adapters.gate.refus import Refus
from adapters.gate.requisition import TREVE
from adapters.mots import libelles
from adapters.web import requisitions
from adapters.web.commissions import COMEX, COMMISSIONS, Commission
from adapters.web.fait_montre import Document
from adapters.web.guichet import ADRESSE_REFUSEE, jour_de
from adapters.web.rendu import adresse, rendre
from adapters.web.reponses import filtres_de
from adapters.web.site import Site, Visite
from ledger.droit.bornes import CALENDRIER
from ledger.droit.echeances import historique
from ledger.droit.treves import treve
from policies.decision import Action

RACINE: Final = "/calendrier"
FILTRES: Final = ("mois", "depuis", "jour", "apres", *requisitions.LIEU)
LIGNES: Final = 50
"""Things of a page."""
DE_LA_COMEX: Final = ("silence", "responsabilite", "enquete", "expulsion", "sursis", "treve")
QUOI: Final = (*calendrier.QUOI, *DE_LA_COMEX)
"""What falls on a day, in the order in which it is told: the calendar's own, then what the requests of a COMEX do."""
_MOIS: Final = len("2026-11")
_ATTENDUS: Final = (
    ("audiences", "Audience"),
    ("suites", "Recommandation à suivre"),
    ("evaluations", "Situation à évaluer, un an après l'examen"),
)


class JourDit(NamedTuple):
    """One thing of one day: where it stands, what it is, where it is read, under which article."""

    place: PlaceAuCalendrier
    quoi: str
    lien: str
    nom: str
    texte: str = ""

    @property
    def rang(self) -> tuple[int, str, str]:
        """Its place among those of its day: sessions by their hour."""
        return self.place.rang, self.quoi, self.lien


class MoisDemande(NamedTuple):
    """What an address asks for: the first day of a month, the days of it that are wanted, where the page begins."""

    mois: date
    du: date
    au: date
    apres: PlaceAuCalendrier | None
    seul: bool

    @property
    def entamee(self) -> bool:
        """Whether the month is read from another day than its first."""
        return not self.seul and self.du != self.mois

    @property
    def filtres(self) -> Mapping[str, str]:
        """The same, as an address says it on any day."""
        if self.seul:
            return {"jour": self.du.isoformat()}
        depuis = {"depuis": self.du.isoformat()} if self.entamee else {}
        return {"mois": f"{self.mois:%Y-%m}", **depuis}


async def montrer(site: Site, requete: Request, visite: Visite) -> Response:
    """A page of one month, or of one day; from today on, where none is named."""
    le, filtres = site.aujourd_hui(), filtres_de(requete, FILTRES)
    demande, lieu = mois_demande(filtres, le), {nom: filtres[nom] for nom in requisitions.LIEU}
    commission = next((c for c in COMMISSIONS if visite.cadre.finalite in c.finalites), None)
    dits: list[JourDit] = []
    reste = False
    if Action.SIEGER in site.guichet.actions(visite.sujet.partenaire.role, visite.cadre.finalite):
        voulus = JoursVoulus(demande.du, demande.au, demande.apres, LIGNES)
        document = (await calendrier.lire(site.guichet.gate, visite.acces, voulus)).document
        dits, reste = [*_des_seances(document, commission)], document["suivant"] is not None
    connus = requisitions.commissariats(visite, le)
    file: FileDesRequisitions | None = None
    if commission is COMEX:
        file = await requisitions.lues(site, visite, dict.fromkeys(requisitions.FILTRES, "") | lieu, connus)
        dits += [dit for ligne in file.lignes for dit in _de_la_requisition(ligne)]
        dits += _de_la_treve(demande, file)
    page, suivant = _page(dits, demande, reste=reste)
    html = rendre(
        "calendrier.html",
        cadre=visite.cadre,
        commission=commission,
        demande=demande,
        lignes=len(page),
        jours=[(jour, sorted(siens, key=lambda d: d.rang)) for jour, siens in groupby(page, lambda d: d.place.jour)],
        vers=_vers(demande, lieu, le),
        du_jour=lambda jour: adresse(RACINE, {"jour": jour.isoformat(), **lieu}),
        debut=adresse(RACINE, {**demande.filtres, **lieu}),
        suite=adresse(RACINE, {**demande.filtres, **lieu}, apres=suivant.ecrire(QUOI)) if suivant else "",
        file=file,
        filtres=lieu,
        communes=libelles.communes_par_nom(le),
        commissariats=connus,
        le=le,
    )
    return site.html(html)


def _page(
    dits: Sequence[JourDit], demande: MoisDemande, *, reste: bool
) -> tuple[Sequence[JourDit], PlaceAuCalendrier | None]:
    """The things of a page in their order, and the last of them where others follow. ``reste``: some that were read."""
    debut = JoursVoulus(demande.du, demande.au, demande.apres).debut
    choses = sorted({dit.place: dit for dit in dits if debut < dit.place and dit.place.jour <= demande.au}.values())
    page = choses[:LIGNES]
    return page, page[-1].place if len(choses) > LIGNES or reste else None


def mois_demande(filtres: Mapping[str, str], le: date) -> MoisDemande:
    """What an address asks for; ``Refus`` 400 for days that are none, or that are not of its month."""
    jour, depuis = jour_de(filtres["jour"]), jour_de(filtres["depuis"])
    mois, au = mois_de(f"{jour:%Y-%m}" if jour else filtres["mois"], le)
    if depuis is None and not filtres["mois"]:
        depuis = le
    du, au = jour or depuis or mois, jour or au
    apres = PlaceAuCalendrier.lire(filtres["apres"], QUOI) if filtres["apres"] else None
    if not mois <= du <= au or (filtres["apres"] and (apres is None or not du <= apres.jour <= au)):
        raise Refus(400, "adresse", ADRESSE_REFUSEE)
    return MoisDemande(mois, du, au, apres, seul=jour is not None)


def mois_de(texte: str, le: date) -> tuple[date, date]:
    """The first and the last day of a month, as an address writes it; of this one where it names none."""
    try:
        du = date.fromisoformat(f"{texte}-01") if texte else le.replace(day=1)
    except ValueError as erreur:
        raise Refus(400, "adresse", ADRESSE_REFUSEE) from erreur
    if not CALENDRIER[0] < du < CALENDRIER[1].replace(month=1, day=1) or len(texte) not in {0, _MOIS}:
        raise Refus(400, "adresse", ADRESSE_REFUSEE)
    return du, (du + timedelta(31)).replace(day=1) - timedelta(1)


def _vers(demande: MoisDemande, lieu: Mapping[str, str], le: date) -> Mapping[str, str]:
    """Where the days around these are read, and these from elsewhere: by what a link says."""
    mois, (_, fin) = demande.mois, mois_de(f"{demande.mois:%Y-%m}", le)

    def du_mois(jour: date) -> str:
        return adresse(RACINE, {"mois": f"{jour:%Y-%m}", **lieu})

    if demande.seul:
        un = timedelta(1)
        jours = {"Jour précédent": demande.du - un, "Jour suivant": demande.du + un}
        vers = {mot: adresse(RACINE, {"jour": jour.isoformat(), **lieu}) for mot, jour in jours.items()}
        return vers | {"Tout le mois": du_mois(mois)}
    vers = {"Mois précédent": du_mois(mois - timedelta(1)), "Mois suivant": du_mois(fin + timedelta(1))}
    if demande.entamee:
        vers["Depuis le premier du mois"] = du_mois(mois)
    if demande.du != le:
        vers["À partir d'aujourd'hui"] = adresse(RACINE, lieu)
    return vers


def _des_seances(document: Document, commission: Commission | None) -> Iterator[JourDit]:
    """The sessions of the days of a calendar, and what the cases of a worklist await."""
    for jour in document["jours"]:
        for seance in jour[calendrier.SEANCES]:
            heure = f" à {seance['heure'].replace(':', ' h ')}" if seance["heure"] else ""
            etat = ", annulée" if seance["etat"] == "annulee" else ""
            place = _place(jour["jour"], calendrier.SEANCES, seance["seance"])
            yield JourDit(place, f"Séance{heure}{etat}", f"/seances/{seance['seance']}", seance["libelle"])
        for quoi, mot in _ATTENDUS:
            for ligne in jour[quoi]:
                place = _place(jour["jour"], quoi, ligne.get("examen") or ligne["dossier"])
                yield JourDit(place, mot, *_vers_le_dossier(commission, ligne["dossier"], ligne["intitule"]))


def _place(jour: str | date, quoi: str, de: str) -> PlaceAuCalendrier:
    jour = date.fromisoformat(jour) if isinstance(jour, str) else jour
    return PlaceAuCalendrier(jour, QUOI.index(quoi), UUID(de))


def _vers_le_dossier(commission: Commission | None, dossier: str, intitule: str | None) -> tuple[str, str]:
    lieu = commission.adresse if commission else "/dossiers"
    return f"{lieu}/{dossier}", intitule or f"Dossier {dossier[-8:]}"


def _de_la_requisition(ligne: LigneDeRequisition) -> Iterator[JourDit]:
    """The days of a request: silence, liability, enquiry, eviction, what a sursis puts off."""
    etat, vers = ligne.etat, _vers_le_dossier(COMEX, ligne.dossier, ligne.intitule)
    silence, responsabilite = etat.silence, etat.responsabilite
    if silence is not None and silence.dernier_jour is not None:
        place = _place(silence.dernier_jour, "silence", ligne.dossier)
        yield JourDit(place, "Dernier jour du silence du préfet", *vers, silence.legal_ref)
    if responsabilite is not None and responsabilite.premier_jour is not None:
        place = _place(responsabilite.premier_jour, "responsabilite", ligne.dossier)
        yield JourDit(place, "L'État répond du refus dès ce jour", *vers, responsabilite.legal_ref)
    sursis = etat.decision is not None and etat.decision["type"] == "ConcoursForceSursis"
    dits: Sequence[tuple[str, str, Any]] = (
        ("enquete", "Enquête attendue", etat.enquete and etat.enquete["champs"].get("pour_le")),
        ("expulsion", "Expulsion programmée", etat.expulsion and etat.expulsion["champs"].get("prevue_le")),
        ("sursis", "Fin du sursis", etat.decision["champs"].get("jusqu_au") if etat.decision and sursis else None),
    )
    for quoi, mot, jour in dits:
        if isinstance(jour, str):
            yield JourDit(_place(jour, quoi, ligne.dossier), mot, *vers)


def _de_la_treve(demande: MoisDemande, file: FileDesRequisitions) -> Iterator[JourDit]:
    """The first and the last day of a winter truce, whatever is in the record; and how many it holds back now."""
    texte = next(regle.legal_ref for regle in historique() if regle.regle == "R16")
    retenus = file.compter(TREVE)
    lien = adresse(COMEX.adresse, {"situation": TREVE})
    mots = f"{retenus} concours accordé{'s' if retenus > 1 else ''} qu'elle retient"
    for trouvee in {treve(demande.du), treve(demande.au)} - {None}:
        for mot, jour in zip(("Premier", "Dernier"), trouvee or (), strict=True):
            place = PlaceAuCalendrier(jour, QUOI.index("treve"), UUID(int=0))
            yield JourDit(place, f"{mot} jour de la trêve hivernale", lien, mots, texte)

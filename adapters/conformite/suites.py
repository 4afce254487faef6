"""What follows: the feed, which tells what changed in order and without loss, and what is expected."""

import asyncio
from typing import Any, Final
from urllib.parse import quote

from adapters.conformite.essai import ATTENTES, FAITS_DITS, FLUX, Essai, PointDeDepart, liste_de
from adapters.conformite.formes import a_des_textes, est_un_instant, est_un_jour
from adapters.conformite.serveur import Impossible, Manquement

LUS: Final = 100
"""Changes of one page of the feed."""
PAGES_LUES: Final = 10
"""Pages that are read of it, at the most."""
PATIENCE: Final = 4
"""How often the feed is asked for what it is to tell."""
DELAI: Final = 0.5
"""Seconds between two times."""
_TYPES: Final = ("fr.unefois.acces", "fr.unefois.dossier", "fr.unefois.fait", "fr.unefois.fait.corrige")
_ETATS: Final = frozenset({"a_faire", "echu"})


async def depart_du_flux(essai: Essai) -> None:
    """Without a point of departure, the feed gives one and tells nothing."""
    lu = (await essai.demander("GET", FLUX)).exiger(200).objet()
    if liste_de(lu, "evenements"):
        raise Manquement("des changements, sans point de départ", "« evenements » vide")
    if not isinstance(lu.get("suivant"), str) or not lu["suivant"] or lu.get("encore") is not False:
        raise Manquement("pas de « suivant », ou « encore » qui n'est pas false", "un « suivant », et « encore » faux")


async def reprise_inconnue(essai: Essai) -> None:
    """A token that was not given leads nowhere."""
    for depuis in ("reprise-d-essai", "A" * 66):
        (await essai.demander("GET", f"{FLUX}?depuis={depuis}")).exiger(400)


async def flux_en_cloudevents(essai: Essai) -> None:
    """What is told is CloudEvents 1.0, that point and say no more."""
    depart = await essai.depart()
    evenements = await _suivre(essai, depart)
    if len(_faits_dits(evenements, depart)) < FAITS_DITS:
        raise Manquement("un flux qui ne dit pas ce qui vient d'être enregistré", "les trois faits transmis")
    faits = {str(fait.get("id")) for fait in await essai.faits()}
    for evenement in evenements:
        if evenement.get("specversion") != "1.0" or not a_des_textes(evenement, "id", "source", "type"):
            raise Manquement("un changement sans « specversion », « id », « source » ou « type »", "CloudEvents 1.0")
        if evenement["type"] not in _TYPES:
            raise Manquement("un changement d'un autre type", ", ".join(_TYPES))
        quand = evenement.get("time")
        if not isinstance(evenement.get("data"), dict) or not (quand is None or est_un_instant(quand)):
            raise Manquement("« data » qui n'est pas un objet, ou « time » qui n'est pas un instant", "CloudEvents 1.0")
    if not faits.issuperset(_faits_dits(evenements, depart)):
        raise Manquement("un changement d'un fait que le dossier ne montre pas", "un fait qui se relit")


async def flux_repris(essai: Essai) -> None:
    """From the middle on, what follows is what followed: nothing is lost, nothing is out of order."""
    depart = await essai.depart()
    entier = await _suivre(essai, depart)
    if len(entier) < FAITS_DITS:
        raise Impossible("le flux ne dit pas ce qui vient d'être enregistré")
    page = (await essai.lire(f"{FLUX}?depuis={quote(depart.reprise)}&limite=1")).objet()
    premiers = liste_de(page, "evenements")
    if len(premiers) > 1 or page.get("encore") is not True:
        raise Manquement("plus d'un changement pour « limite=1 », ou « encore » qui n'est pas true", "un, et la suite")
    repris = await _lire_la_suite(essai, str(page.get("suivant")))
    attendus, lus = _ids(entier), _ids([*premiers, *repris])
    if lus[: len(attendus)] != attendus:
        perdus = len(set(attendus) - set(lus))
        raise Manquement(
            f"une suite reprise où {perdus} changements sur {len(attendus)} manquent, ou un autre ordre",
            "la même suite",
        )


def _ids(evenements: list[dict[str, Any]]) -> list[str]:
    """In order, each once: the same change may be told twice."""
    return list(dict.fromkeys(str(evenement.get("id")) for evenement in evenements))


async def _suivre(essai: Essai, depart: PointDeDepart) -> list[dict[str, Any]]:
    """What is told since the point of departure, once the facts that were sent are, or after a while."""
    for _ in range(PATIENCE):
        lus = await _lire_la_suite(essai, depart.reprise, **depart.attendre)
        if len(_faits_dits(lus, depart)) >= FAITS_DITS:
            break
        await asyncio.sleep(DELAI)
    return lus


def _faits_dits(evenements: list[dict[str, Any]], depart: PointDeDepart) -> set[str]:
    """The facts of the case that was written in, of which the feed tells."""
    pointes = [e["data"] for e in evenements if isinstance(e.get("data"), dict)]
    return {str(d["fait"]) for d in pointes if d.get("dossier") == depart.dossier and d.get("fait")}


async def _lire_la_suite(essai: Essai, depuis: str, **entetes: str) -> list[dict[str, Any]]:
    """All that is told from there on."""
    lus: list[dict[str, Any]] = []
    for _ in range(PAGES_LUES):
        page = (await essai.lire(f"{FLUX}?depuis={quote(depuis)}&limite={LUS}", entetes=entetes)).objet()
        lus += liste_de(page, "evenements")
        depuis = str(page.get("suivant"))
        if page.get("encore") is not True:
            break
    return lus


async def attentes(essai: Essai) -> None:
    """What is expected, in the order of due dates, with what answers it."""
    page = (await essai.lire(ATTENTES)).objet()
    lues = liste_de(page, "attentes")
    if type(page.get("position")) is not int or "suivant" not in page or not est_un_jour(page.get("au")):
        raise Manquement("une page sans « position », « au » ou « suivant »", "les trois")
    for attente in lues:
        if not a_des_textes(attente, "dossier", "genre", "fait", "texte") or str(attente.get("etat")) not in _ETATS:
            raise Manquement("une attente sans « dossier », « genre », « fait », « texte » ou « etat »", "les cinq")
        echeance = attente.get("echeance")
        if not est_un_jour(attente.get("depuis")) or not (echeance is None or est_un_jour(echeance)):
            raise Manquement("« depuis » ou « echeance » qui n'est pas un jour", "AAAA-MM-JJ")
        if not all(a_des_textes(reponse, "type") for reponse in liste_de(attente, "repond")):
            raise Manquement("« repond » sans « type »", "le type d'événement qui y répond")
    echeances = [str(attente.get("echeance") or "9999") for attente in lues]
    if echeances != sorted(echeances):
        raise Manquement("des attentes dans un autre ordre", "l'ordre des échéances")

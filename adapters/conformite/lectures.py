"""What is read: its types, its validators, its pages, its past; and how HTTP reads it."""

from collections.abc import Callable
from typing import Final
from urllib.parse import quote
from uuid import uuid4

from adapters.conformite.essai import ATTENTES, DOSSIERS, MOI, MONTANT, Essai, liste_de
from adapters.conformite.formes import est_un_instant, est_un_jour, est_un_uuid
from adapters.conformite.serveur import Impossible, Manquement

PAGES: Final = 4
"""In how many pages a case is read again."""
DEUX: Final = 2
PAGE_MAXIMALE: Final = 500
NON_CHANGE: Final = 304
_TYPES: Final[tuple[tuple[str, Callable[[object], bool], str], ...]] = (
    ("id", est_un_uuid, "un UUID"),
    ("survenu_le", est_un_jour, "AAAA-MM-JJ"),
    ("enregistre_le", est_un_instant, "RFC 3339, avec son fuseau"),
)


async def types_des_faits(essai: Essai) -> None:
    """Days, moments, ids, whole cents."""
    faits = await essai.faits()
    for fait in faits:
        for nom, est, attendu in _TYPES:
            if not est(fait.get(nom)):
                raise Manquement(f"« {nom} » d'une autre forme", attendu)
        champs = fait.get("champs")
        if not isinstance(champs, dict) or any(isinstance(valeur, float) for valeur in champs.values()):
            raise Manquement("des « champs » qui ne sont pas un objet, ou un nombre à virgule", "des centimes entiers")
    if essai.ecrire:
        dits = [fait["champs"].get("montant") for fait in faits if fait.get("type") == "DetteDeclaree"]
        if MONTANT not in dits or any(type(montant) is not int for montant in dits):
            raise Manquement("un « montant » qui n'est pas celui envoyé", "le même nombre entier de centimes")


async def connu_sans_retour(essai: Essai) -> None:
    """What one has already is not sent again."""
    dossier, etag = await essai.dossier(), await essai.etag()
    if not etag:
        raise Manquement("une lecture sans ETag", "un ETag entre guillemets")
    recue = (await essai.demander("GET", dossier, entetes={"If-None-Match": etag})).exiger(304)
    if recue.entetes.get("etag") != etag:
        raise Manquement("304 sans l'ETag", "304 avec le même ETag")


async def etiquettes_comparees(essai: Essai) -> None:
    """Lists, weak tags and ``*`` are known; another tag is not."""
    dossier, etag = await essai.dossier(), await essai.un_etag()
    opaque = etag.removeprefix("W/")
    for forme in (f"W/{opaque}", f'"autre", W/{opaque}', f'{opaque}, "autre"', "*"):
        recue = await essai.demander("GET", dossier, entetes={"If-None-Match": forme})
        if recue.statut != NON_CHANGE:
            quoi = "une liste" if "," in forme else "« * »" if forme == "*" else "une étiquette faible"
            raise Manquement(f"{recue.dite} pour {quoi}", "304 : If-None-Match se compare faiblement")
    (await essai.demander("GET", dossier, entetes={"If-None-Match": '"autre"'})).exiger(200)


async def pages(essai: Essai) -> None:
    """All of a case, once, in order."""
    entier = [str(fait.get("id")) for fait in await essai.faits(f"?limite={PAGE_MAXIMALE}")]
    if len(entier) < DEUX:
        raise Impossible("ce dossier vous montre moins de deux faits")
    limite = -(-len(entier) // PAGES)
    lus, suivant, dossier = list[str](), "", await essai.dossier()
    for _ in range(PAGES):
        page = (await essai.lire(f"{dossier}?limite={limite}{suivant}")).objet()
        faits = liste_de(page, "faits")
        reste = page.get("suivant")
        if len(faits) > limite or (reste is not None and len(faits) < limite):
            raise Manquement(f"une page de {len(faits)} faits, et une autre après elle", f"{limite} faits par page")
        lus += [str(fait.get("id")) for fait in faits]
        if reste is None:
            break
        if not est_un_uuid(reste):
            raise Manquement("un « suivant » qui n'est pas un UUID", "un UUID, ou null")
        suivant = f"&apres={reste}"
    if len(set(lus)) < len(lus):
        raise Manquement("un fait donné par deux pages", "chaque fait une fois")
    if lus[: len(entier)] != entier:
        raise Manquement(f"{len(set(lus) & set(entier))} faits sur {len(entier)}, ou un autre ordre", "les mêmes")


async def sans_garde(essai: Essai) -> None:
    """No cache keeps what is personal."""
    for chemin in (MOI, ATTENTES, await essai.dossier(), f"{DOSSIERS}/{uuid4()}"):
        recue = await essai.demander("GET", chemin)
        dites = {directive.strip().lower() for directive in recue.entetes.get("cache-control", "").split(",")}
        if "no-store" not in dites:
            raise Manquement(f"une réponse {recue.dite} qu'un cache peut garder", "Cache-Control: no-store")


async def passe(essai: Essai) -> None:
    """What was true on a day, and what was known of it, hold nothing that came after."""
    faits = await essai.faits()
    jours = sorted({str(fait.get("survenu_le")) for fait in faits})
    if len(jours) > 1:
        if any(str(fait.get("survenu_le")) > jours[0] for fait in await essai.faits(f"?au={quote(jours[0])}")):
            raise Manquement("un fait postérieur au jour demandé par « au »", "ce qui était vrai ce jour-là")
    elif not jours:
        raise Impossible("ce dossier ne vous montre aucun fait")
    if await essai.faits("?connu_le=1990-01-01"):
        raise Manquement("un fait enregistré après l'instant demandé par « connu_le »", "ce qui était connu alors")


async def regles_passees(essai: Essai) -> None:
    """Of rules that nobody kept, the past is refused, and not made up."""
    (await essai.demander("GET", f"{await essai.dossier()}?regles_du=1990-01-01")).exiger(400, "requete")


async def methodes(essai: Essai) -> None:
    """HEAD is GET without its body; a method that is not admitted says which are."""
    lu = (await essai.lire(MOI)).entetes.get("content-type")
    tete = (await essai.demander("HEAD", MOI)).exiger(200)
    if tete.entetes.get("content-type") != lu:
        raise Manquement("à HEAD, un autre Content-Type", "les en-têtes de GET")
    for methode in ("PATCH", "OPTIONS"):
        recue = await essai.demander(methode, MOI)
        if methode == "PATCH":
            recue.exiger(405)
        admises = {admise.strip() for admise in recue.entetes.get("allow", "").split(",")}
        if "GET" not in admises:
            raise Manquement(f"{recue.statut} à {methode}, sans Allow: GET", "Allow, avec les méthodes admises")

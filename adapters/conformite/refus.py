"""Who calls, what a refusal is made of, and that it tells nothing of what there is."""

import re
import secrets
from typing import Final
from urllib.parse import urljoin, urlsplit
from uuid import uuid4

from adapters.conformite.essai import DOSSIERS, ERREURS, MOI, NOMENCLATURES, REFUS, Essai, liste_de
from adapters.conformite.serveur import Impossible, Manquement, Recue

PROBLEME: Final = "application/problem+json"
MEMBRES: Final = {"type": str, "title": str, "status": int, "detail": str, "code": str, "remede": str}
_A_CHAQUE_FOIS: Final = frozenset({"date", "traceparent", "age", "connection", "keep-alive"})
"""Headers that say nothing of what was asked for."""


async def sans_jeton(essai: Essai) -> None:
    """Without a token, or under one that nobody gave: 401, and how to come back."""
    for jeton in (None, "Bearer jeton-d-essai"):
        recue = (await essai.demander("GET", MOI, entetes={"Authorization": jeton})).exiger(401)
        if not recue.entetes.get("www-authenticate", "").strip():
            raise Manquement("401 sans WWW-Authenticate", "401 avec WWW-Authenticate")


async def finalite_manquante(essai: Essai) -> None:
    """No purpose, no access."""
    (await essai.demander("GET", NOMENCLATURES, entetes={"Finalite": None})).exiger(400, "finalite_manquante")


async def finalite_inconnue(essai: Essai) -> None:
    """A purpose that is none opens nothing."""
    (await essai.demander("GET", NOMENCLATURES, entetes={"Finalite": "FINALITE_D_ESSAI"})).exiger(403)


async def genre_de_probleme(essai: Essai) -> None:
    """Refusals are problem documents."""
    for quoi, recue in await essai.refus():
        genre = recue.entetes.get("content-type", "").partition(";")[0].strip().lower()
        if genre != PROBLEME:
            raise Manquement(f"le refus {quoi} d'un autre type de contenu", PROBLEME)


async def membres_de_probleme(essai: Essai) -> None:
    """They say what is to be done, and repeat their status."""
    for quoi, recue in await essai.refus():
        objet = recue.objet()
        for nom, genre in MEMBRES.items():
            if type(objet.get(nom)) is not genre or objet[nom] == "":
                raise Manquement(f"le refus {quoi} sans « {nom} »", ", ".join(MEMBRES))
        if objet["status"] != recue.statut:
            raise Manquement(f"le refus {quoi} dit un autre « status » que {recue.statut}", "celui de la réponse")


async def type_de_probleme(essai: Essai) -> None:
    """Their type leads to a page that anybody may read."""
    sans = {"Authorization": None, "Agent": None, "Finalite": None, "Accept": "text/html"}
    for adresse in {str(recue.objet().get("type")).partition("#")[0] for _, recue in await essai.refus()}:
        recue = (await essai.demander("GET", _ici(essai.serveur.url, adresse), entetes=sans)).exiger(200)
        if "text/html" not in recue.entetes.get("content-type", ""):
            raise Manquement("une page qui n'est pas du HTML", "text/html")


def _ici(url: str, adresse: str) -> str:
    """Where an address leads on the server that is judged. ``Manquement``: elsewhere."""
    ici = urlsplit(url)
    try:
        page = urlsplit(urljoin(f"{url}/", adresse))
    except ValueError:
        page = ici
    prefixe = f"{ici.path}/"
    if (page.scheme, page.netloc) != (ici.scheme, ici.netloc) or not page.path.startswith(prefixe):
        raise Manquement("un « type » qui ne mène pas à ce serveur", "une page de ce serveur")
    return page.path.removeprefix(ici.path)


async def catalogue_des_erreurs(essai: Essai) -> None:
    """Each kind of refusal is in the catalogue, under its status."""
    connus = {
        (str(genre.get("type")), str(genre.get("statut")))
        for genre in liste_de((await essai.lire(ERREURS)).objet(), "erreurs")
    }
    for quoi, recue in await essai.refus():
        if (str(recue.objet().get("type")), str(recue.statut)) not in connus:
            raise Manquement(f"le refus {quoi} d'un genre que GET {ERREURS} n'a pas", "un genre du catalogue")


async def trace(essai: Essai) -> None:
    """The trace of a request is that of its answer, granted or refused."""
    for chemin in (MOI, f"{DOSSIERS}/{uuid4()}"):
        # Without a digit: a trace that could be a social security number would rightly be left.
        sienne = "".join(secrets.choice("abcdef") for _ in range(32))
        recue = await essai.demander("GET", chemin, entetes={"traceparent": f"00-{sienne}-{secrets.token_hex(8)}-01"})
        rendue = re.fullmatch(r"00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}", recue.entetes.get("traceparent", ""))
        if rendue is None or rendue[1] != sienne:
            quoi = "une autre trace" if rendue else "pas de traceparent"
            raise Manquement(f"{quoi} dans la réponse {recue.dite}", "la trace de la requête")


async def inconnu_et_etranger(essai: Essai) -> None:
    """A case out of reach answers as one that does not exist: same status, same bytes, same headers."""
    etranger = essai.etranger
    if etranger is None:
        raise Impossible("il y faut un agent qui ne voit pas le dossier")
    sien = await essai.dossier()
    await essai.lire(sien)
    inconnu, autre_inconnu = [
        (await essai.demander("GET", f"{DOSSIERS}/{uuid4()}", qui=etranger)).prealable(404) for _ in range(2)
    ]
    cache = await essai.demander("GET", sien, qui=etranger)
    if cache.statut < REFUS and not essai.ecrire:
        raise Impossible("l'agent donné comme étranger lit ce dossier")
    cache.exiger(404)
    if cache.corps != inconnu.corps:
        raise Manquement("deux corps qui diffèrent", "les mêmes octets pour un dossier hors de portée et un inconnu")
    ecarts = _ecarts(inconnu, cache) - _ecarts(inconnu, autre_inconnu)
    if ecarts:
        raise Manquement(f"{len(ecarts)} en-tête(s) qui diffèrent : {_noms(ecarts)}", "les mêmes en-têtes")


def _ecarts(un: Recue, autre: Recue) -> set[str]:
    """The headers by which two answers differ."""
    noms = {*un.entetes, *autre.entetes} - _A_CHAQUE_FOIS
    return {nom for nom in noms if un.entetes.get_list(nom) != autre.entetes.get_list(nom)}


def _noms(noms: set[str]) -> str:
    return ", ".join(sorted(nom for nom in noms if re.fullmatch(r"[a-z0-9-]{1,40}", nom))[:5]) or "sans nom lisible"


async def identifiant_mal_forme(essai: Essai) -> None:
    """What is not an id names nothing: it answers as what does not exist."""
    inconnu = (await essai.demander("GET", f"{DOSSIERS}/{uuid4()}")).prealable(404)
    mal_forme = (await essai.demander("GET", f"{DOSSIERS}/dossier-d-essai")).exiger(404)
    if mal_forme.corps != inconnu.corps:
        raise Manquement("deux corps qui diffèrent", "les mêmes octets")

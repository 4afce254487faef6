"""Lists that an agent keeps under a name: a place, the filters of its address, and nothing of any household.

They stay in the agent's browser, sealed for that agent (ADR 57): no table has them, and nobody else's session opens
them. A list that is kept is an address: its filters are read again, and refused, as any address is.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final
from urllib.parse import parse_qsl, urlencode

import orjson
from starlette.requests import Request
from starlette.responses import Response

from adapters.web.liste_gardee import AUCUNE_GARDEE, Gardee, Gardees
from adapters.web.rendu import FormulaireRefuse, rendre
from adapters.web.reponses import montrables, vers
from adapters.web.site import Site, Visite
from ledger.nir import contient_nir

NOMBRE: Final = 20
"""Lists of one agent."""
NOM: Final = 40
"""Signs of a name."""
OCTETS: Final = 3_500
"""Of a browser's cookie, which has 4,096 with its name and attributes."""
VALEUR: Final = 100
SUITE: Final = "/listes"
_PAGE: Final = "apres"
"""Where a page begins is no filter."""

_SANS_NOM: Final = "Donnez un nom à cette liste."
_TROP_LONG: Final = f"Un nom a {NOM} signes au plus."
_ILLISIBLE: Final = "Un nom s'écrit en une ligne, sans signe invisible."
_NIR: Final = "Un numéro de sécurité sociale ne s'écrit pas ici."
_SANS_FILTRE: Final = "Choisissez d'abord un filtre : la liste entière est déjà au menu."
_TROP: Final = f"Vous gardez déjà {NOMBRE} listes : ôtez-en une d'abord."
_PLEIN: Final = "Votre navigateur ne peut en garder davantage : ôtez une liste d'abord."


def montrees(site: Site, requete: Request, visite: Visite, lieu: str, filtres: Mapping[str, str]) -> Gardees:
    """The lists that this agent keeps of a place, and whether the one that is shown can be kept."""
    if not visite.sujet.agent_valide:
        return AUCUNE_GARDEE
    siennes = _lues(site, requete, visite).get(lieu, {})
    return Gardees(lieu, [Gardee(*dite) for dite in sorted(siennes.items())], _requete(filtres))


def _requete(filtres: Mapping[str, str]) -> str:
    return urlencode(sorted((nom, texte) for nom, texte in filtres.items() if texte and nom != _PAGE))


def recevoir(lieu: str, noms: Sequence[str]) -> Callable[[Site, Request, Visite], Awaitable[Response]]:
    """What keeps a list of a place, whose filters are ``noms``, or forgets one."""

    async def changer(site: Site, requete: Request, visite: Visite) -> Response:
        valeurs, gardees = visite.valeurs, _lues(site, requete, visite)
        nom, dite = valeurs.get("nom", "").strip(), _filtres(valeurs.get("requete", ""), noms)
        siennes = dict(gardees.get(lieu, {}))
        if valeurs.get("quoi") == "oter":
            siennes.pop(nom, None)
        elif faute := _faute(nom, dite, gardees, lieu):
            return _refuser(site, visite, lieu, faute)
        else:
            siennes[nom] = dite
        fait = "liste-otee" if valeurs.get("quoi") == "oter" else "liste-gardee"
        restent = {ou: dites for ou, dites in {**gardees, lieu: siennes}.items() if dites}
        scelle = site.guichet.sceller(visite.sujet, orjson.dumps(restent)) if restent else ""
        if len(scelle) > OCTETS:
            return _refuser(site, visite, lieu, _PLEIN)
        reponse = vers(f"{lieu}?{dite}&fait={fait}" if dite else f"{lieu}?fait={fait}")
        site.sessions.laisser(reponse, _cookie(site, visite), scelle)
        site.sessions.prolonger(reponse, visite.session)
        return reponse

    return changer


def _filtres(texte: str, noms: Sequence[str]) -> str:
    """The known filters of an address, bounded; what is not one is left out."""
    dits = parse_qsl(texte[: 20 * VALEUR])
    return _requete({nom: dit[:VALEUR] for nom, dit in dits if nom in noms and dit.isprintable()})


def _faute(nom: str, dite: str, gardees: Mapping[str, Mapping[str, str]], lieu: str) -> str:
    """Why a list cannot be kept; the same name in the same place is kept anew."""
    autres = sum(len(listes) for listes in gardees.values()) - (nom in gardees.get(lieu, {}))
    fautes = (
        (not nom, _SANS_NOM),
        (len(nom) > NOM, _TROP_LONG),
        (not nom.isprintable(), _ILLISIBLE),
        (contient_nir(nom) or contient_nir(dite), _NIR),
        (not dite, _SANS_FILTRE),
        (autres >= NOMBRE, _TROP),
    )
    return next((phrase for faux, phrase in fautes if faux), "")


def _refuser(site: Site, visite: Visite, lieu: str, faute: str) -> Response:
    dits = montrables(visite.valeurs)
    saisie = FormulaireRefuse("liste", dits, {"nom": faute})
    page = rendre(
        "liste_gardee.html", cadre=visite.cadre, lieu=lieu, suite=SUITE, requete=dits.get("requete", ""), saisie=saisie
    )
    return site.html(page, 422)


def _lues(site: Site, requete: Request, visite: Visite) -> dict[str, dict[str, str]]:
    """By place then by name, what this browser brings that was sealed for this agent; nothing else."""
    octets = site.guichet.desceller(visite.sujet, site.sessions.laisse(requete, _cookie(site, visite)))
    lues: dict[str, dict[str, str]] = orjson.loads(octets) if octets else {}
    return lues


def _cookie(site: Site, visite: Visite) -> str:
    """A name for each agent, so that two who share a browser do not lose each other's."""
    return f"listes_{site.guichet.marque(visite.sujet)}"

"""Signing in and out: the issuer that the operator names for administrators, or a one-time link in demonstration."""

from uuid import uuid4

from starlette.requests import Request
from starlette.responses import Response

from adapters.gate.refus import Refus
from adapters.identite.cles import EmetteurIndisponible
from adapters.identite.jetons import Jeton
from adapters.identite.refus import JetonRefuse
from adapters.intendance.site import Intendance, VisiteDAdministrateur, rendre
from adapters.registre.ecritoire import NAdministrePas
from adapters.registre.lecture import RegistreIndisponible
from adapters.web.rendu import Cadre
from adapters.web.reponses import meme_origine, valeurs_de, vers
from adapters.web.sessions import meme_jeton
from adapters.web.site import Servir

_PANNES = (EmetteurIndisponible, RegistreIndisponible)


def _montrer(site: Intendance, requete: Request, erreur: str = "", statut: int = 200) -> Response:
    csrf = str(site.sessions.lire_avant(requete).get("csrf") or uuid4().hex)
    cadre = Cadre(csrf=csrf, demonstration=site.demonstration, message=requete.query_params.get("fait", ""))
    emetteur, entrees = site.oidc is not None, site.entrees()
    reponse = site.html(rendre("entrer.html", cadre=cadre, emetteur=emetteur, entrees=entrees, erreur=erreur), statut)
    site.sessions.avant(reponse, {"csrf": csrf})
    return reponse


def connexion(site: Intendance) -> Servir:
    """Where one signs in; the form's token travels in a sealed cookie of its own."""

    async def servir(requete: Request) -> Response:
        return _montrer(site, requete)

    return servir


def partir(site: Intendance) -> Servir:
    """To the issuer."""

    async def servir(requete: Request) -> Response:
        avant = site.sessions.lire_avant(requete)
        try:
            recu = (await valeurs_de(requete)).get("csrf", "")
            if site.oidc is None or not (meme_origine(requete) and meme_jeton(avant.get("csrf", ""), recu)):
                return site.erreur(403)
            adresse, garde = await site.oidc.partir("/")
        except Refus as refus:
            return site.erreur(refus.statut)
        except EmetteurIndisponible:
            return site.erreur(503)
        reponse = vers(adresse)
        site.sessions.avant(reponse, {"csrf": avant["csrf"], "garde": garde})
        return reponse

    return servir


def revenir(site: Intendance) -> Servir:
    """Back from it, with a code that is exchanged for the person's token."""

    async def servir(requete: Request) -> Response:
        if site.oidc is None:
            return site.erreur(404)
        garde = str(site.sessions.lire_avant(requete).get("garde", ""))
        try:
            registre = await site.ecritoire.courant()
            jeton, _ = await site.oidc.revenir(str(requete.url), garde, registre, site.aujourd_hui())
            return await _ouvrir(site, requete, jeton)
        except JetonRefuse as refus:
            return _montrer(site, requete, refus.message, 401)
        except _PANNES:
            return site.erreur(503)

    return servir


def entrer_demo(site: Intendance) -> Servir:
    """By the one-time link of a fictitious administrator; the address exists in demonstration only."""

    async def servir(requete: Request) -> Response:
        if site.demo is None:
            return site.erreur(404)
        try:
            jeton = await site.identites.verifier(site.demo.consommer(requete.path_params["code"]).jeton)
            return await _ouvrir(site, requete, jeton)
        except JetonRefuse as refus:
            return _montrer(site, requete, refus.message, 401)
        except _PANNES:
            return site.erreur(503)

    return servir


async def _ouvrir(site: Intendance, requete: Request, jeton: Jeton) -> Response:
    """A session for who signed in, and administers the registry today."""
    try:
        await site.reconnaitre(jeton)
    except NAdministrePas:
        return await site.econduire(jeton)
    reponse = vers("/")
    site.sessions.ouvrir(reponse, jeton, site.sessions.lire(requete))
    return reponse


async def sortir(site: Intendance, _: Request, visite: VisiteDAdministrateur) -> Response:
    """Sign out, here and in the browser, and say so."""
    site.sessions.finir(visite.session)
    reponse = vers("/connexion?fait=adieu")
    site.sessions.fermer(reponse)
    return reponse

"""Signing in and out, and the purpose that one declares."""

from typing import Final
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from adapters.gate.textes import uuid_ou_rien
from adapters.identite.cles import EmetteurIndisponible
from adapters.identite.jetons import Jeton
from adapters.identite.possession import Demonstration
from adapters.identite.refus import JetonRefuse
from adapters.identite.sujet import reconnaitre, titulaire_de
from adapters.mots import libelles
from adapters.web import pages
from adapters.web.guichet import ECHECS, Echec
from adapters.web.rendu import Cadre
from adapters.web.reponses import meme_origine, valeurs_de, vers
from adapters.web.sessions import meme_jeton
from adapters.web.site import Site, Visite
from policies.decision import Agent

AIDE: Final = "AIDE_INSTRUCTION"
"""The purpose that names a request of the household (CRPA L.114-8)."""
DEMANDE_ILLISIBLE: Final = "Un identifiant de demande s'écrit comme sur son accusé de réception, par exemple 0199f1e2-…"
SANS_TRACE: Final = {"Cache-Control": "no-store", "Pragma": "no-cache"}
"""What an answer with a token carries (RFC 6749, 5.1)."""


async def connexion(site: Site, requete: Request) -> Response:
    """Where one signs in; the form's token travels in a sealed cookie of its own."""
    return _connexion(site, requete, "")


def _connexion(site: Site, requete: Request, erreur: str, statut: int = 200) -> Response:
    csrf = str(site.sessions.lire_avant(requete).get("csrf") or uuid4().hex)
    cadre = Cadre(csrf=csrf, demonstration=site.demonstration, message=requete.query_params.get("fait", ""))
    html = pages.connexion(cadre, emetteur=site.oidc is not None, entrees=site.entrees(), erreur=erreur)
    reponse = site.html(html, statut)
    site.sessions.avant(reponse, {"csrf": csrf})
    return reponse


async def partir(site: Site, requete: Request) -> Response:
    """To the organisation's identity provider."""
    avant = site.sessions.lire_avant(requete)
    recu = (await valeurs_de(requete)).get("csrf", "")
    if site.oidc is None or not (meme_origine(requete) and meme_jeton(avant.get("csrf", ""), recu)):
        return site.erreur(Cadre(demonstration=site.demonstration), 403)
    try:
        adresse, garde = await site.oidc.partir("/finalite")
    except EmetteurIndisponible:
        return site.erreur(Cadre(demonstration=site.demonstration), 503)
    reponse = vers(adresse)
    site.sessions.avant(reponse, {"csrf": avant["csrf"], "garde": garde})
    return reponse


async def revenir(site: Site, requete: Request) -> Response:
    """Back from it, with a code that is exchanged for the person's token."""
    if site.oidc is None:
        return site.erreur(Cadre(demonstration=site.demonstration), 404)
    garde = str(site.sessions.lire_avant(requete).get("garde", ""))
    try:
        jeton, suite = await site.oidc.revenir(str(requete.url), garde, await site.registre(), site.aujourd_hui())
        return await _ouvrir(site, requete, jeton, suite)
    except ECHECS as echec:
        return await _echec(site, requete, echec)


async def entrer_demo(site: Site, requete: Request) -> Response:
    """By the one-time link of a fictitious person; the address exists in demonstration only."""
    if site.demo is None:
        return site.erreur(Cadre(), 404)
    try:
        entree = site.demo.consommer(requete.path_params["code"])
        return await _ouvrir(site, requete, entree.jeton, "/finalite", entree.finalite)
    except ECHECS as echec:
        return await _echec(site, requete, echec)


async def echanger_demo(site: Site, requete: Request) -> Response:
    """The issuer of the demonstration gives a token: by exchange (RFC 8693), or by a client's key (FAPI 2.0).

    The address exists in demonstration only.
    """
    if site.demo is None:
        return site.erreur(Cadre(), 404)
    demande = await valeurs_de(requete)
    try:
        if demande.get("grant_type") != "client_credentials" or "client_assertion" not in demande:
            return JSONResponse(await site.demo.echanger(demande), headers=SANS_TRACE)
        adresse = str(requete.url.replace(query=""))
        preuves = [valeur for nom, valeur in requete.scope["headers"] if nom == b"dpop"]
        dite = Demonstration(requete.method, adresse.__eq__, preuves)
        return JSONResponse(site.demo.accorder(demande, dite, adresse), headers=SANS_TRACE)
    except JetonRefuse as echec:
        await site.guichet.refuser_entree(echec)
        refus = {"error": erreur_oauth(echec), "error_description": echec.message}
        return JSONResponse(refus, 400, headers=SANS_TRACE)


def erreur_oauth(echec: JetonRefuse) -> str:
    """What RFC 6749 (5.2) and RFC 9449 (5) call it."""
    if echec.code.startswith("preuve"):
        return "invalid_dpop_proof"
    return {"client": "invalid_client", "grant": "unsupported_grant_type"}.get(echec.code, "invalid_request")


async def _echec(site: Site, requete: Request, echec: Echec) -> Response:
    """Say on the sign-in page why nobody was signed in; or that we cannot know."""
    await site.guichet.refuser_entree(echec)
    if isinstance(echec, JetonRefuse):
        return _connexion(site, requete, echec.message, 401)
    return site.erreur(Cadre(demonstration=site.demonstration), 503)


async def _ouvrir(site: Site, requete: Request, preuve: str | Jeton, suite: str, finalite: str = "") -> Response:
    """A session for who signed in. ``finalite``: declared already, by whoever may declare it; else one is chosen."""
    jeton = await site.identites.verifier(preuve)
    registre = await site.registre()
    sujet = reconnaitre(jeton, registre, None, site.aujourd_hui())
    if sujet.etat is not Agent.PROUVE:
        titulaire = titulaire_de(sujet.partenaire, sujet.agent, registre)
        raise JetonRefuse("agent", "Votre compte n'a pas d'habilitation en cours.", titulaire)
    declaree = finalite if finalite.partition(";")[0] in sujet.finalites else ""
    reponse = vers("/" if declaree else suite)
    site.sessions.ouvrir(reponse, jeton, site.sessions.lire(requete), declaree)
    return reponse


async def sortir(site: Site, _: Request, visite: Visite) -> Response:
    """Sign out, here and in the browser, and say so."""
    site.sessions.finir(visite.session)
    reponse = vers("/connexion?fait=adieu")
    site.sessions.fermer(reponse)
    return reponse


async def choisir(site: Site, requete: Request, visite: Visite) -> Response:
    """Declare a purpose, or another one: what a page of the one before had still to send is refused from then on."""
    accordees = sorted(visite.sujet.finalites, key=lambda f: libelles.alphabetique(libelles.finalite(f)))
    if requete.method == "POST":
        code, demande = visite.valeurs.get("finalite", ""), visite.valeurs.get("demande", "").strip()
        if code not in accordees:
            return site.html(pages.choix_finalite(visite.cadre, accordees, erreur="Choisissez une finalité."), 422)
        nommee = uuid_ou_rien(demande) if demande else uuid4()
        if code == AIDE and nommee is None:
            return site.html(pages.choix_finalite(visite.cadre, accordees, demande=DEMANDE_ILLISIBLE), 422)
        reponse = vers("/?fait=finalite" if visite.session.finalite else "/")
        site.sessions.declarer(reponse, visite.session, f"{code}; demande={nommee}" if code == AIDE else code)
        return reponse
    return site.html(pages.choix_finalite(visite.cadre, accordees))


async def accueil(site: Site, _: Request, visite: Visite) -> Response:
    """The first page of the purpose."""
    if visite.cadre.pages:
        fait = "?fait=finalite" if visite.cadre.message == "finalite" else ""
        return vers(visite.cadre.pages[0][0] + fait)
    return site.html(pages.accueil(visite.cadre))

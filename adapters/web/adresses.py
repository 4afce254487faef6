"""Where each page is. A page that shows data names what it asks of the gate."""

from collections.abc import Iterator

from starlette.routing import Route

from adapters.web import bureau, connexion, controle, dossiers, forms, recherche, transmettre
from adapters.web.commissions import COMMISSIONS, MES_DOSSIERS, Commission
from adapters.web.rendu import EMPREINTE_FEUILLE
from adapters.web.reponses import feuille
from adapters.web.site import Repondant, Servir, Site
from policies.decision import Action


def routes(site: Site) -> list[Route]:
    """Every address, for an application of their own."""
    return [Route(adresse, servir, methods=methodes) for adresse, methodes, servir in _adresses(site)]


Adresse = tuple[str, list[str], Servir]


def _adresses(site: Site) -> Iterator[Adresse]:
    def page(adresse: str, methodes: list[str], repondre: Repondant, action: Action | None) -> Adresse:
        return adresse, methodes, site.page_de(repondre, action)

    yield page("/", ["GET"], connexion.accueil, None)
    yield f"/statique/{EMPREINTE_FEUILLE}.css", ["GET"], feuille
    yield "/connexion", ["GET"], site.sans_session(connexion.connexion)
    yield "/connexion", ["POST"], site.sans_session(connexion.partir)
    yield "/connexion/retour", ["GET"], site.sans_session(connexion.revenir)
    yield "/demo/entrer/{code}", ["GET"], site.sans_session(connexion.entrer_demo)
    yield "/demo/jeton", ["POST"], site.sans_session(connexion.echanger_demo)
    yield "/deconnexion", ["POST"], site.page_de(connexion.sortir, None, finalite=False)
    yield "/finalite", ["GET", "POST"], site.page_de(connexion.choisir, None, finalite=False)
    yield page("/bureau", ["GET"], bureau.bureau, Action.LISTER)
    yield page("/attentes", ["GET"], bureau.attentes, Action.LISTER)
    yield page("/dossiers", ["GET"], bureau.dossiers, Action.LISTER)
    yield page("/dossiers/{dossier:uuid}", ["GET"], dossiers.dossier(MES_DOSSIERS), Action.LIRE)
    yield page("/dossiers/{dossier:uuid}/transmettre", ["GET"], transmettre.choisir, Action.LIRE)
    yield page("/dossiers/{dossier:uuid}/transmettre/{type}", ["GET"], transmettre.remplir, Action.LIRE)
    yield page("/dossiers/{dossier:uuid}/transmettre/{type}", ["POST"], transmettre.recevoir, Action.EMETTRE)
    yield page("/recherche", ["GET"], recherche.chercher, None)
    yield page("/recherche", ["POST"], recherche.chercher, Action.RECHERCHER)
    yield page("/signaler", ["GET"], recherche.signaler, None)
    yield page("/signaler", ["POST"], recherche.signaler, Action.OUVRIR)
    for commission in COMMISSIONS:
        yield from _commission(site, commission)
    yield page("/journal", ["GET"], controle.journal, Action.AUDITER)
    yield page("/journal.csv", ["GET"], controle.exporter, Action.AUDITER)
    yield page("/journal/recherche", ["POST"], controle.rechercher, Action.AUDITER)


def _commission(site: Site, commission: Commission) -> Iterator[Adresse]:
    cas = commission.adresse + "/{dossier:uuid}"
    yield commission.adresse, ["GET"], site.page_de(dossiers.file_active(commission), Action.LISTER)
    yield cas, ["GET"], site.page_de(dossiers.dossier(commission), Action.LIRE)
    for nom in forms.TYPES:
        yield f"{cas}/{nom}", ["POST"], site.page_de(dossiers.formulaire(commission, nom), Action.EMETTRE)

"""Where each page is. A page that shows data names what it asks of the gate."""

from collections.abc import Iterator

from starlette.routing import Route

from adapters.web import (
    actions,
    bureau,
    calendrier,
    connexion,
    contradictions,
    controle,
    corrections,
    dossiers,
    exports,
    forms,
    gardees,
    indicateurs,
    listes,
    mon_dossier,
    ordre_du_jour,
    papiers,
    personnes,
    rangs,
    recherche,
    requisitions,
    seances,
    suites,
    tenue,
    transmettre,
    tri,
)
from adapters.web.a_propos import A_PROPOS
from adapters.web.commissions import COMEX, COMMISSIONS, MES_DOSSIERS, Commission
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
    for chemin, repondre in A_PROPOS.items():
        yield chemin, ["GET"], site.sans_session(repondre)
    yield "/connexion", ["GET"], site.sans_session(connexion.connexion)
    yield "/connexion", ["POST"], site.sans_session(connexion.partir)
    yield "/connexion/retour", ["GET"], site.sans_session(connexion.revenir)
    yield "/demo/entrer/{code}", ["GET"], site.sans_session(connexion.entrer_demo)
    yield "/demo/jeton", ["POST"], site.sans_session(connexion.echanger_demo)
    yield "/deconnexion", ["POST"], site.page_de(connexion.sortir, None, finalite=False)
    yield "/finalite", ["GET", "POST"], site.page_de(connexion.choisir, None, finalite=False)
    yield page("/bureau", ["GET"], bureau.bureau, Action.LISTER)
    yield page("/attentes", ["GET"], bureau.attentes, Action.LISTER)
    for lieu, filtres in (("/attentes", bureau.FILTRES_ATTENTES), ("/dossiers", bureau.FILTRES_DOSSIERS)):
        yield page(lieu + gardees.SUITE, ["POST"], gardees.recevoir(lieu, filtres), None)
    yield page("/dossiers", ["GET"], bureau.dossiers, Action.LISTER)
    yield page("/dossiers/{dossier:uuid}", ["GET"], dossiers.dossier(MES_DOSSIERS), Action.LIRE)
    yield page("/dossiers/{dossier:uuid}/documents/{papier}.pdf", ["GET"], papiers.dossier(MES_DOSSIERS), Action.LIRE)
    yield page("/dossiers/{dossier:uuid}/transmettre", ["GET"], transmettre.choisir, Action.LIRE)
    yield page("/dossiers/{dossier:uuid}/transmettre/{type}", ["GET"], transmettre.remplir, Action.LIRE)
    yield page("/dossiers/{dossier:uuid}/transmettre/{type}", ["POST"], transmettre.recevoir, Action.EMETTRE)
    yield page("/calendrier", ["GET"], calendrier.montrer, Action.LISTER)
    yield page("/dossiers/{dossier:uuid}/contradictions", ["GET"], contradictions.montrer, Action.LIRE)
    yield page("/dossiers/{dossier:uuid}/contradictions", ["POST"], contradictions.trancher, Action.EMETTRE)
    yield page("/dossiers/{dossier:uuid}/tri", ["GET"], tri.montrer, Action.LIRE)
    yield page("/dossiers/{dossier:uuid}/tri", ["POST"], tri.trier, Action.EMETTRE)
    yield page("/recherche", ["GET"], recherche.chercher, None)
    yield page("/recherche", ["POST"], recherche.chercher, Action.RECHERCHER)
    yield page("/signaler", ["GET"], recherche.signaler, None)
    yield page("/signaler", ["POST"], recherche.signaler, Action.OUVRIR)
    yield page("/seances/{seance:uuid}/convocation.pdf", ["GET"], papiers.convocations, Action.CONVOQUER)
    yield page("/seances/{seance:uuid}/{papier}.pdf", ["GET"], papiers.seance, Action.SIEGER)
    for commission in COMMISSIONS:
        yield from _commission(site, commission)
    for chemin, methode, montrer, action in (*_SEANCES, *_SUITES):
        yield page(chemin, [methode], montrer, action)
    yield page("/demandes", ["GET"], personnes.en_cours, Action.RECHERCHER)
    yield page("/personnes", ["GET"], personnes.chercher, Action.RECHERCHER)
    yield page("/personnes", ["POST"], personnes.trouver, Action.RECHERCHER)
    yield page("/personnes/{dossier:uuid}", ["GET"], personnes.dossier, Action.LIRE)
    yield page("/personnes/{dossier:uuid}/demandes/{requete:uuid}.pdf", ["GET"], papiers.reponse, Action.LIRE)
    for geste in personnes.GESTES:
        yield page(f"/personnes/{{dossier:uuid}}/{geste}", ["POST"], personnes.recevoir(geste), Action.EMETTRE)
    yield page("/mon-dossier", ["GET"], mon_dossier.accueil, Action.LISTER)
    yield page("/mon-dossier/{dossier:uuid}", ["GET"], mon_dossier.dossier, Action.LIRE)
    yield page("/mon-dossier/{dossier:uuid}/copie", ["GET"], mon_dossier.copie, Action.LIRE)
    yield page("/mon-dossier/{dossier:uuid}/copie.pdf", ["GET"], papiers.copie, Action.LIRE)
    for geste in mon_dossier.GESTES:
        yield page(f"/mon-dossier/{{dossier:uuid}}/{geste}", ["POST"], mon_dossier.recevoir(geste), Action.EMETTRE)
    yield from _listes(site)
    yield page(indicateurs.RACINE, ["GET"], indicateurs.montrer, Action.LISTER)
    yield page(f"{indicateurs.RACINE}.xlsx", ["GET"], indicateurs.tableur, Action.LISTER)
    yield page(f"{indicateurs.RACINE}.csv", ["GET"], indicateurs.csv, Action.LISTER)
    yield page(f"{indicateurs.RACINE}/{{annee}}.pdf", ["GET"], papiers.bilan_de_la_charte, Action.LISTER)
    yield page("/seances/bilans/{instance}/{annee}.pdf", ["GET"], papiers.bilan_de_commission, Action.SIEGER)
    yield page("/journal", ["GET"], controle.journal, Action.AUDITER)
    yield page("/journal/groupes", ["GET"], controle.groupes, Action.AUDITER)
    yield page("/journal/registre", ["GET"], controle.registre, Action.AUDITER)
    yield page("/journal/habilitations", ["GET"], controle.habilitations, Action.AUDITER)
    yield page("/journal.csv", ["GET"], controle.exporter, Action.AUDITER)
    yield page("/journal.xlsx", ["GET"], exports.journal, Action.AUDITER)
    yield page("/dossiers.xlsx", ["GET"], exports.mes_dossiers, Action.LISTER)
    yield page("/journal/recherche", ["POST"], controle.rechercher, Action.AUDITER)


def _listes(site: Site) -> Iterator[Adresse]:
    yield listes.ADRESSE, ["GET"], site.page_de(listes.accueil, Action.OUVRIR)
    yield listes.ADRESSE, ["POST"], site.page_de(listes.deposer, Action.OUVRIR, fichier=True)
    yield f"{listes.ADRESSE}/modele.xlsx", ["GET"], site.page_de(listes.modele, None)
    yield f"{listes.ADRESSE}/verification", ["POST"], site.page_de(listes.verifier, Action.OUVRIR, fichier=True)
    yield f"{listes.ADRESSE}/{{recepisse:uuid}}", ["GET"], site.page_de(listes.recepisse, Action.OUVRIR)


def _commission(site: Site, commission: Commission) -> Iterator[Adresse]:
    cas = commission.adresse + "/{dossier:uuid}"
    du_concours = commission is COMEX
    liste = requisitions.file_active if du_concours else dossiers.file_active(commission)
    tableur = exports.requisitions if du_concours else exports.file_active(commission)
    yield commission.adresse, ["GET"], site.page_de(liste, Action.LISTER)
    yield f"{commission.adresse}.xlsx", ["GET"], site.page_de(tableur, Action.LISTER)
    yield cas, ["GET"], site.page_de(dossiers.dossier(commission), Action.LIRE)
    yield f"{cas}/documents/{{papier}}.pdf", ["GET"], site.page_de(papiers.dossier(commission), Action.LIRE)
    gardee = gardees.recevoir(commission.adresse, dossiers.FILTRES)
    yield commission.adresse + gardees.SUITE, ["POST"], site.page_de(gardee, None)
    for nom in forms.TYPES.keys() - forms.DE_LA_SEANCE:
        yield f"{cas}/{nom}", ["POST"], site.page_de(dossiers.formulaire(commission, nom), Action.EMETTRE)


_SEANCE = "/seances/{seance:uuid}"
_DE_LA_SEANCE = _SEANCE + "/dossiers/{dossier:uuid}"
_CORRECTION = "/corrections/{dossier:uuid}/{fait:uuid}"
_SEANCES: tuple[tuple[str, str, Repondant, Action], ...] = (
    ("/seances", "GET", seances.liste, Action.SIEGER),
    ("/seances", "POST", seances.convoquer, Action.CONVOQUER),
    (_SEANCE, "GET", seances.montrer, Action.SIEGER),
    (f"{_SEANCE}/changement", "POST", seances.changer, Action.CONVOQUER),
    (f"{_SEANCE}/annulation", "POST", seances.annuler, Action.CONVOQUER),
    (f"{_SEANCE}/sieges", "POST", seances.asseoir, Action.CONVOQUER),
    (f"{_SEANCE}/tenue", "POST", seances.tenir, Action.CONVOQUER),
    (f"{_SEANCE}/inscrire", "GET", ordre_du_jour.choisir, Action.LISTER),
    (f"{_SEANCE}/ordre", "GET", rangs.ordonner, Action.SIEGER),
    (f"{_SEANCE}/ordre", "POST", rangs.ranger, Action.EMETTRE),
    (f"{_SEANCE}/lot", "GET", ordre_du_jour.confirmer, Action.SIEGER),
    (f"{_SEANCE}/lot", "POST", ordre_du_jour.faire, Action.EMETTRE),
    (f"{_SEANCE}/suivant", "GET", tenue.suivant, Action.SIEGER),
    (f"{_SEANCE}/actions", "GET", actions.montrer, Action.SIEGER),
    (f"{_SEANCE}/releve", "GET", tenue.releve, Action.SIEGER),
    (_DE_LA_SEANCE, "GET", tenue.dossier, Action.LIRE),
    (f"{_DE_LA_SEANCE}/fige", "GET", tenue.fige, Action.LIRE),
    *((f"{_DE_LA_SEANCE}/{nom}", "POST", tenue.formulaire(nom), Action.EMETTRE) for nom in tenue.FORMULAIRES),
)
_SUITES: tuple[tuple[str, str, Repondant, Action], ...] = (
    ("/suites", "GET", suites.montrer, Action.CONVOQUER),
    ("/suites/{dossier:uuid}/suite", "POST", suites.formulaire("suite"), Action.EMETTRE),
    ("/suites/{dossier:uuid}/un-an", "POST", suites.formulaire("un-an"), Action.EMETTRE),
    (_CORRECTION, "GET", corrections.corriger, Action.LIRE),
    (_CORRECTION, "POST", corrections.faire, Action.EMETTRE),
)

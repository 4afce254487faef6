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

PageDuSite = tuple[str, str, Repondant, Action | None]
"""One that asks for a session and a purpose: its address, its method, who answers, what one must be able to do."""


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
    for lieu, filtres in (("/attentes", bureau.FILTRES_ATTENTES), ("/dossiers", bureau.FILTRES_DOSSIERS)):
        yield page(lieu + gardees.SUITE, ["POST"], gardees.recevoir(lieu, filtres), None)
    for commission in COMMISSIONS:
        yield from _commission(site, commission)
    yield from _listes(site)
    for chemin, methode, montrer, action in (*_DOSSIERS, *_SEANCES, *_SUITES, *_PERSONNES, *_CHIFFRES, *_JOURNAL):
        yield page(chemin, [methode], montrer, action)


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
    gardee = gardees.recevoir(commission.adresse, requisitions.FILTRES if du_concours else dossiers.FILTRES)
    yield commission.adresse + gardees.SUITE, ["POST"], site.page_de(gardee, None)
    for nom in forms.TYPES.keys() - forms.DE_LA_SEANCE:
        yield f"{cas}/{nom}", ["POST"], site.page_de(dossiers.formulaire(commission, nom), Action.EMETTRE)


_SEANCE = "/seances/{seance:uuid}"
_DE_LA_SEANCE = _SEANCE + "/dossiers/{dossier:uuid}"
_CORRECTION = "/corrections/{dossier:uuid}/{fait:uuid}"
_SEANCES: tuple[PageDuSite, ...] = (
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
    ("/seances/{seance:uuid}/convocation.pdf", "GET", papiers.convocations, Action.CONVOQUER),
    ("/seances/{seance:uuid}/{papier}.pdf", "GET", papiers.seance, Action.SIEGER),
    *((f"{_DE_LA_SEANCE}/{nom}", "POST", tenue.formulaire(nom), Action.EMETTRE) for nom in tenue.FORMULAIRES),
)
_SUITES: tuple[PageDuSite, ...] = (
    ("/suites", "GET", suites.montrer, Action.CONVOQUER),
    ("/suites/{dossier:uuid}/suite", "POST", suites.formulaire("suite"), Action.EMETTRE),
    ("/suites/{dossier:uuid}/un-an", "POST", suites.formulaire("un-an"), Action.EMETTRE),
    (_CORRECTION, "GET", corrections.corriger, Action.LIRE),
    (_CORRECTION, "POST", corrections.faire, Action.EMETTRE),
)
_DOSSIERS: tuple[PageDuSite, ...] = (
    ("/bureau", "GET", bureau.bureau, Action.LISTER),
    ("/attentes", "GET", bureau.attentes, Action.LISTER),
    ("/dossiers", "GET", bureau.dossiers, Action.LISTER),
    ("/dossiers/{dossier:uuid}", "GET", dossiers.dossier(MES_DOSSIERS), Action.LIRE),
    ("/dossiers/{dossier:uuid}/documents/{papier}.pdf", "GET", papiers.dossier(MES_DOSSIERS), Action.LIRE),
    ("/dossiers/{dossier:uuid}/transmettre", "GET", transmettre.choisir, Action.LIRE),
    ("/dossiers/{dossier:uuid}/transmettre/{type}", "GET", transmettre.remplir, Action.LIRE),
    ("/dossiers/{dossier:uuid}/transmettre/{type}", "POST", transmettre.recevoir, Action.EMETTRE),
    ("/calendrier", "GET", calendrier.montrer, Action.LISTER),
    ("/dossiers/{dossier:uuid}/contradictions", "GET", contradictions.montrer, Action.LIRE),
    ("/dossiers/{dossier:uuid}/contradictions", "POST", contradictions.trancher, Action.EMETTRE),
    ("/dossiers/{dossier:uuid}/tri", "GET", tri.montrer, Action.LIRE),
    ("/dossiers/{dossier:uuid}/tri", "POST", tri.trier, Action.EMETTRE),
    ("/recherche", "GET", recherche.chercher, None),
    ("/recherche", "POST", recherche.chercher, Action.RECHERCHER),
    ("/signaler", "GET", recherche.signaler, None),
    ("/signaler", "POST", recherche.signaler, Action.OUVRIR),
    ("/dossiers.xlsx", "GET", exports.mes_dossiers, Action.LISTER),
)
_PERSONNES: tuple[PageDuSite, ...] = (
    ("/demandes", "GET", personnes.en_cours, Action.RECHERCHER),
    ("/personnes", "GET", personnes.chercher, Action.RECHERCHER),
    ("/personnes", "POST", personnes.trouver, Action.RECHERCHER),
    ("/personnes/{dossier:uuid}", "GET", personnes.dossier, Action.LIRE),
    ("/personnes/{dossier:uuid}/demandes/{requete:uuid}.pdf", "GET", papiers.reponse, Action.LIRE),
    ("/mon-dossier", "GET", mon_dossier.accueil, Action.LISTER),
    ("/mon-dossier/{dossier:uuid}", "GET", mon_dossier.dossier, Action.LIRE),
    ("/mon-dossier/{dossier:uuid}/copie", "GET", mon_dossier.copie, Action.LIRE),
    ("/mon-dossier/{dossier:uuid}/copie.pdf", "GET", papiers.copie, Action.LIRE),
    *((f"/personnes/{{dossier:uuid}}/{g}", "POST", personnes.recevoir(g), Action.EMETTRE) for g in personnes.GESTES),
    *(
        (f"/mon-dossier/{{dossier:uuid}}/{g}", "POST", mon_dossier.recevoir(g), Action.EMETTRE)
        for g in mon_dossier.GESTES
    ),
)
_CHIFFRES: tuple[PageDuSite, ...] = (
    (indicateurs.RACINE, "GET", indicateurs.montrer, Action.LISTER),
    (f"{indicateurs.RACINE}.xlsx", "GET", indicateurs.tableur, Action.LISTER),
    (f"{indicateurs.RACINE}.csv", "GET", indicateurs.csv, Action.LISTER),
    (f"{indicateurs.RACINE}/{{annee}}.pdf", "GET", papiers.bilan_de_la_charte, Action.LISTER),
    ("/seances/bilans/{instance}/{annee}.pdf", "GET", papiers.bilan_de_commission, Action.SIEGER),
)
_JOURNAL: tuple[PageDuSite, ...] = (
    ("/journal", "GET", controle.journal, Action.AUDITER),
    ("/journal/groupes", "GET", controle.groupes, Action.AUDITER),
    ("/journal/registre", "GET", controle.registre, Action.AUDITER),
    ("/journal/habilitations", "GET", controle.habilitations, Action.AUDITER),
    ("/journal.csv", "GET", controle.exporter, Action.AUDITER),
    ("/journal.xlsx", "GET", exports.journal, Action.AUDITER),
    ("/journal/recherche", "POST", controle.rechercher, Action.AUDITER),
)

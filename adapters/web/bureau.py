"""The desk: what is expected of whoever opens it, what falls due, what has changed. And each of these lists, whole."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from adapters.gate.attentes import ATTENTES_PAR_PAGE, TOUTES, Depuis, Voulues
from adapters.gate.mes_dossiers import DOSSIERS_PAR_PAGE, TOUS, DossiersVoulus, PageDeDossiers
from adapters.mots import libelles
from adapters.web import requisitions
from adapters.web.actes import a_un_formulaire
from adapters.web.commissions import COMEX
from adapters.web.fait_montre import Document
from adapters.web.gardees import montrees
from adapters.web.guichet import jour_de
from adapters.web.rendu import AUCUNE, adresse, rendre, retour, suite
from adapters.web.reponses import filtres_de
from adapters.web.site import Site, Visite
from ledger.catalogue import catalogue
from ledger.droit.attentes import historique

APERCU: Final = 6
"""Lines of each list on the desk."""
BIENTOT: Final = timedelta(days=30)
RECENT: Final = timedelta(days=7)
FILTRES_DOSSIERS: Final = ("commune", "stade", "avant", "depuis", "apres")
FILTRES_ATTENTES: Final = ("genre", "avant", "apres")


async def bureau(site: Site, requete: Request, visite: Visite) -> Response:
    """What is expected, what falls due within the month, what changed this week; each list begins here.

    Who instructs requests for the police's help begins with what each of them waits for.
    """
    le, acces, guichet = site.aujourd_hui(), visite.acces, site.guichet
    page, avant, depuis = PageDeDossiers(limite=APERCU), le + BIENTOT, le - RECENT
    html = rendre(
        "bureau.html",
        cadre=visite.cadre,
        le=le,
        saisie=AUCUNE,
        concours=await requisitions.tableau(site, requete, visite)
        if visite.cadre.finalite in COMEX.finalites
        else None,
        attentes=_avec_reponse(await guichet.attentes(acces, TOUTES, Depuis(limite=APERCU))),
        echeances=await guichet.mes_dossiers(acces, DossiersVoulus(avant=avant), page),
        recents=await guichet.mes_dossiers(acces, DossiersVoulus(depuis=depuis), page),
        vers_echeances=adresse("/dossiers", {"avant": avant.isoformat()}),
        vers_recents=adresse("/dossiers", {"depuis": depuis.isoformat()}),
    )
    return site.html(html)


async def attentes(site: Site, requete: Request, visite: Visite) -> Response:
    """What is expected of whoever reads, in the order of due dates."""
    filtres = filtres_de(requete, FILTRES_ATTENTES)
    genres = {regle.genre: regle.libelle for regle in historique()}
    voulues = Voulues({filtres["genre"]} & genres.keys(), jour_de(filtres["avant"]))
    depuis = Depuis(site.guichet.place(filtres["apres"]), ATTENTES_PAR_PAGE)
    document = _avec_reponse(await site.guichet.attentes(visite.acces, voulues, depuis))
    html = rendre(
        "attentes.html",
        cadre=visite.cadre,
        document=document,
        filtres=filtres,
        genres=genres,
        gardees=montrees(site, requete, visite, "/attentes", filtres),
        suite=suite("/attentes", filtres, document["suivant"]),
    )
    return site.html(html)


async def dossiers(site: Site, requete: Request, visite: Visite) -> Response:
    """The cases that one may read at one's purpose, and where each stands."""
    le, filtres = site.aujourd_hui(), filtres_de(requete, FILTRES_DOSSIERS)
    document = await site.guichet.mes_dossiers(
        visite.acces, voulus_de(filtres), PageDeDossiers(filtres["apres"] or None, DOSSIERS_PAR_PAGE)
    )
    html = rendre(
        "mes-dossiers.html",
        cadre=visite.cadre,
        document=document,
        filtres=filtres,
        communes=libelles.communes_par_nom(le),
        stades=libelles.options("stade_procedure", le),
        le=le,
        retour=retour(filtres),
        gardees=montrees(site, requete, visite, "/dossiers", filtres),
        tableur=adresse("/dossiers.xlsx", {**filtres, "apres": ""}),
        suite=suite("/dossiers", filtres, document["suivant"]),
    )
    return site.html(html)


def voulus_de(filtres: Mapping[str, str]) -> DossiersVoulus:
    """What the filters of a list of cases ask for."""

    def un(texte: str) -> tuple[str, ...]:
        return (texte,) if texte else ()

    if not any(filtres.values()):
        return TOUS
    return DossiersVoulus(
        un(filtres["commune"]), un(filtres["stade"]), jour_de(filtres["avant"]), jour_de(filtres["depuis"])
    )


INSCRIPTION: Final = "INSCRIPTION"


def _avec_reponse(document: Document) -> Document:
    """What is expected, each with the acts that answer it by a form of ours, and what that form begins with."""
    return {**document, "attentes": [{**a, "reponses": _reponses(a)} for a in document["attentes"]]}


def _reponses(attente: Document) -> list[tuple[str, str]]:
    dossier = UUID(attente["dossier"])
    if attente["genre"] == INSCRIPTION:  # what became of it is said where the session is held
        return [(f"/seances/{attente['cle']}/dossiers/{dossier}", "Dire ce qu'il en fut")]
    return [
        (
            adresse(f"/dossiers/{dossier}/transmettre/{r['type']}", {r["champ"]: attente["cle"]} if r["champ"] else {}),
            r["libelle"],
        )
        for r in attente["repond"]
        if r["champ"] != "corrige" and a_un_formulaire(catalogue()[r["type"]])
    ]

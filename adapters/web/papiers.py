"""Papers asked for from the pages: what the gate answers, as a file."""

from collections.abc import Awaitable
from typing import Final
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from adapters.gate.bilans import TROP_D_EXAMENS
from adapters.gate.refus import Refus
from adapters.gate.textes import uuid_ou_rien
from adapters.papier.documents import Papier
from adapters.papier.impossible import PHRASES
from adapters.web import pages
from adapters.web.commissions import LieuDeLecture
from adapters.web.guichet import uuid_ecrit
from adapters.web.indicateurs import annee_dite
from adapters.web.reponses import EN_TETES, accorder
from adapters.web.site import Repondant, Site, Visite

_PDF: Final = "application/pdf"
SURSIS_S: Final = 120
"""Seconds that a paper may take more than a page: a press composes it, of as many cases as a session has, or a year."""
AUCUN: Final = UUID(int=0)
"""No act's number: what is written badly is answered as an unknown one, never as the last act."""


def dossier(lieu: LieuDeLecture) -> Repondant:
    """A paper of one case, as it is read in that place."""

    async def donner(site: Site, requete: Request, visite: Visite) -> Response:
        numero: UUID = requete.path_params["dossier"]
        papier: str = requete.path_params["papier"]
        dit = requete.query_params.get("acte")
        acte = None if dit is None else uuid_ou_rien(dit) or AUCUN
        return await _rendre(site, requete, visite, site.guichet.papier(visite.acces, lieu, numero, papier, acte))

    return donner


async def seance(site: Site, requete: Request, visite: Visite) -> Response:
    """A paper of a session."""
    numero: UUID = requete.path_params["seance"]
    papier: str = requete.path_params["papier"]
    return await _rendre(site, requete, visite, site.guichet.papier_de_seance(visite.acces, numero, papier))


async def convocations(site: Site, requete: Request, visite: Visite) -> Response:
    """The convocations to a session, to all its seats or to one."""
    numero: UUID = requete.path_params["seance"]
    siege = requete.query_params.get("siege", "")
    return await _rendre(site, requete, visite, site.guichet.convocations(visite.acces, numero, siege))


async def copie(site: Site, requete: Request, visite: Visite) -> Response:
    """What a person is handed of its own case."""
    numero: UUID = requete.path_params["dossier"]
    apres = uuid_ecrit(requete.query_params.get("apres", ""))
    dits = {"responsables": site.exploitant.responsables, "dpo": site.exploitant.dpo}
    return await _rendre(site, requete, visite, site.guichet.copie(visite.acces, numero, dits, apres))


async def reponse(site: Site, requete: Request, visite: Visite) -> Response:
    """The letter about a request of a person."""
    numero, demande = requete.path_params["dossier"], requete.path_params["requete"]
    return await _rendre(site, requete, visite, site.guichet.lettre_sur_demande(visite.acces, numero, demande))


async def bilan_de_la_charte(site: Site, requete: Request, visite: Visite) -> Response:
    """The charter's figures of a year."""
    annee = annee_dite(requete.path_params["annee"])
    return await _rendre(site, requete, visite, site.guichet.bilan_de_la_charte(visite.acces, annee))


async def bilan_de_commission(site: Site, requete: Request, visite: Visite) -> Response:
    """A year of a commission: as many cases as its sessions examined are read for it."""
    instance, annee = requete.path_params["instance"], annee_dite(requete.path_params["annee"])
    return await _rendre(site, requete, visite, site.guichet.bilan_de_commission(visite.acces, instance, annee))


async def _rendre(site: Site, requete: Request, visite: Visite, preparation: Awaitable[Papier]) -> Response:
    accorder(requete, SURSIS_S)
    try:
        papier = await preparation
    except Refus as refus:
        if refus.code not in {*PHRASES, TROP_D_EXAMENS}:
            raise
        return site.html(pages.sans_document(visite.cadre, refus.message, refus.statut), refus.statut)
    entetes = {
        **EN_TETES,
        "Content-Disposition": f'attachment; filename="{papier.nom}"',
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
    return Response(papier.octets, media_type=_PDF, headers=entetes)

"""Two cases that were read as one are apart again: what was told meanwhile stays here, or goes to the other one."""

from typing import Any
from uuid import UUID, uuid4

from starlette.requests import Request
from starlette.responses import Response

from adapters.gate import rapprochements
from adapters.gate.refus import INTROUVABLE, Refus
from adapters.mots import libelles
from adapters.web.apercus import Seancier, entier
from adapters.web.commissions import MES_DOSSIERS
from adapters.web.fait_montre import FaitMontre
from adapters.web.fiche import faits
from adapters.web.forms import Proposition
from adapters.web.rendu import AUCUNE, FormulaireRefuse, rendre
from adapters.web.reponses import FORMULAIRE_REFUSE, uuid_du_formulaire, vers
from adapters.web.site import Site, Visite
from adapters.web.transmettre import ETAPE, ARelire, relecture
from ledger.catalogue import FaitMaintenu

MAINTENIR = FaitMaintenu.__name__
SEPARES = "DISTINCT"


async def montrer(site: Site, requete: Request, visite: Visite) -> Response:
    """Each fact that waits to be sorted, and where it may go."""
    return await _montrer(site, requete.path_params["dossier"], visite)


async def _montrer(
    site: Site, dossier: UUID, visite: Visite, saisie: FormulaireRefuse = AUCUNE, statut: int = 200
) -> Response:
    a_trier, autres = await _a_trier(site, dossier, visite)
    html = rendre(
        "tri.html",
        cadre=visite.cadre,
        dossier=dossier,
        faits=a_trier,
        autres=autres,
        cle=lambda: str(uuid4()),
        saisie=saisie,
    )
    return site.html(html, statut)


async def _a_trier(site: Site, dossier: UUID, visite: Visite) -> tuple[list[FaitMontre], list[str]]:
    """What waits, as it is shown, and the cases that this one was parted from. ``Refus`` 404: not for this reader."""
    if MAINTENIR not in await site.guichet.emissions(visite.acces, dossier):
        raise Refus(404, "introuvable", INTROUVABLE)
    document: Any = (await rapprochements.lire(site.guichet.gate, visite.acces, dossier)).document
    attendent = {f["fait"] for f in document["a_trier"]}
    autres = [p["autre"] for p in document["rapprochements"] if p["decision"] == SEPARES]
    if not attendent:
        return [], autres
    lu = await entier(Seancier(site.guichet.gate, visite.acces, ""), dossier)
    return [f for f in faits(lu, visite.instantane.nom) if f.id in attendent], autres


async def trier(site: Site, requete: Request, visite: Visite) -> Response:
    """One of them: shown again before it is kept where it is, or moved."""
    dossier, valeurs = requete.path_params["dossier"], visite.valeurs
    cle, ailleurs = uuid_du_formulaire(valeurs.get("cle", "")), valeurs.get("vers", "")
    if valeurs.get(ETAPE) == "modifier":
        return vers(f"{MES_DOSSIERS.adresse}/{dossier}/tri")
    if valeurs.get(ETAPE) == "enregistrer":
        return await _garder(site, dossier, visite, uuid_du_formulaire(valeurs.get("fait", "")), ailleurs, cle)
    a_trier, autres = await _a_trier(site, dossier, visite)
    voulu = next((f for f in a_trier if f.id == valeurs.get("fait")), None)
    if voulu is None or (ailleurs and ailleurs not in autres):
        raise Refus(422, "formulaire", FORMULAIRE_REFUSE)
    ou = f"Il est du dossier {ailleurs[-8:]}" if ailleurs else "Il reste dans ce dossier"
    texte = ARelire(
        f"{MES_DOSSIERS.adresse}/{dossier}/tri",
        f"{ou} : {libelles.evenement(voulu.type)}",
        [("Déclaré par", f"{voulu.auteur.organisation}, {voulu.le}"), *voulu.valeurs],
        cle,
        {"fait": voulu.id, "vers": ailleurs},
        suite=_SUITE if ailleurs else "",
    )
    return await relecture(site, visite, dossier, _maintien(visite, voulu.id), texte)


_SUITE = (
    "Ceux qui lisent l'autre dossier l'y liront tel qu'il a été dit ici ; il reste dans celui-ci, marqué retiré, avec "
    "son motif."
)


def _maintien(visite: Visite, fait: str) -> Proposition:
    return Proposition(MAINTENIR, visite.acces.le.isoformat(), {"fait": fait})


async def _garder(site: Site, dossier: UUID, visite: Visite, fait: str, ailleurs: str, cle: str) -> Response:
    try:
        if ailleurs:
            contenu = {"fait": fait, "vers": ailleurs}
            await rapprochements.deplacer(site.guichet.gate, visite.acces, dossier, contenu, cle)
        else:
            await site.guichet.contribuer(visite.acces, dossier, (_maintien(visite, fait),), cle)
    except Refus as refus:
        if not refus.fautes:
            raise
        saisie = FormulaireRefuse(f"fait-{fait}", {}, {"": refus.fautes[0].message})
        return await _montrer(site, dossier, visite, saisie, refus.statut)
    return vers(f"{MES_DOSSIERS.adresse}/{dossier}/tri?fait={'deplace' if ailleurs else 'maintenu'}")

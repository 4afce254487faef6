"""Finding a household by who lives there, and signalling one that is in arrears."""

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import Response

from adapters.gate.refus import Refus
from adapters.web import actes, requisitions
from adapters.web.actes import Controle, Milieu
from adapters.web.commissions import MES_DOSSIERS
from adapters.web.fait_montre import Document
from adapters.web.forms import FormulaireIncomplet
from adapters.web.forms import erreurs as erreurs_de
from adapters.web.rendu import AUCUNE, FormulaireRefuse, rendre
from adapters.web.reponses import egaliser, montrables, uuid_du_formulaire, vers
from adapters.web.site import Site, Visite
from adapters.web.transmettre import erreurs_du_formulaire
from ledger.catalogue import catalogue

IDENTITE: Final = ("nom", "prenoms", "date_naissance")
_DU_LOGEMENT: Final = "DossierOuvert"
_DU_TITULAIRE: Final = "OccupantDeclare"
_TITULAIRE: Final = frozenset({"nom", "prenoms", "date_naissance", "lieu_naissance"})


async def chercher(site: Site, requete: Request, visite: Visite) -> Response:
    """The form, and once it is sent what it found. A name is posted: it stands in no address."""
    ecrits = dict(requisitions.ecrits(site, visite))
    if requete.method == "GET":
        return _recherche(site, visite, ecrits, AUCUNE)
    egaliser(requete)
    identite = {nom: visite.valeurs.get(nom, "").strip() for nom in IDENTITE}
    acte = visite.valeurs.get("acte", "") if visite.valeurs.get("acte") in ecrits else ""
    saisie = FormulaireRefuse("recherche", montrables(identite | {"acte": acte}), {})
    try:
        document = await site.guichet.rechercher(visite.acces, {nom: dit for nom, dit in identite.items() if dit})
    except Refus as refus:
        if not refus.fautes:
            raise
        refusee = FormulaireRefuse("recherche", saisie.valeurs, erreurs_de("recherche", refus.fautes))
        return _recherche(site, visite, ecrits, refusee, statut=refus.statut)
    return _recherche(site, visite, ecrits, saisie, document["dossiers"])


def _recherche(
    site: Site,
    visite: Visite,
    ecrits: Mapping[str, str],
    saisie: FormulaireRefuse,
    trouves: Sequence[Document] | None = None,
    statut: int = 200,
) -> Response:
    """``ecrits``: the acts received on paper that may be recorded of who is found."""
    html = rendre(
        "recherche.html",
        cadre=visite.cadre,
        saisie=saisie,
        trouves=trouves,
        ecrits=ecrits,
        acte=saisie.valeurs.get("acte", ""),
        adresse_de_l_acte=requisitions.adresse_de_l_acte,
        le=site.aujourd_hui(),
    )
    return site.html(html, statut)


async def signaler(site: Site, requete: Request, visite: Visite) -> Response:
    """Signal a household: its dwelling and who holds the lease. Nothing tells whether it was known."""
    logement, titulaire = _controles(site)
    if requete.method == "GET":
        return _formulaire(site, visite, str(uuid4()), AUCUNE)
    egaliser(requete)
    valeurs, cle = visite.valeurs, uuid_du_formulaire(visite.valeurs.get("cle", ""))
    dites = montrables(actes.retenues((*logement, *titulaire), valeurs))
    try:
        dossier = await site.guichet.ouvrir(visite.acces, _ouverture(logement, titulaire, valeurs, cle), cle)
    except FormulaireIncomplet as incomplet:
        return _formulaire(site, visite, cle, FormulaireRefuse("acte", dites, incomplet.erreurs), 422)
    except Refus as refus:
        if not refus.fautes:
            raise
        erreurs = erreurs_du_formulaire((*logement, *titulaire), refus.fautes)
        return _formulaire(site, visite, cle, FormulaireRefuse("acte", dites, erreurs), refus.statut)
    return vers(f"{MES_DOSSIERS.adresse}/{dossier}?fait=signale")


def _controles(site: Site) -> tuple[Sequence[Controle], Sequence[Controle]]:
    """Those of the dwelling, and those of who holds the lease."""
    milieu = Milieu((), (), site.aujourd_hui())
    logement = actes.controles(catalogue()[_DU_LOGEMENT], milieu) or ()
    personne = actes.controles(catalogue()[_DU_TITULAIRE], milieu) or ()
    return logement, [c for c in personne if c.nom in _TITULAIRE]


def _ouverture(
    logement: Sequence[Controle], titulaire: Sequence[Controle], valeurs: Mapping[str, str], cle: str
) -> dict[str, object]:
    """The body that opens a case. ``FormulaireIncomplet`` names what lacks in both parts at once."""
    erreurs: dict[str, str] = {}
    parts = []
    for nom, controles in ((_DU_LOGEMENT, logement), (_DU_TITULAIRE, titulaire)):
        try:
            parts.append(actes.proposition(catalogue()[nom], controles, valeurs, cle))
        except FormulaireIncomplet as incomplet:
            erreurs |= incomplet.erreurs
    if erreurs:
        raise FormulaireIncomplet(erreurs)
    ouvre, declare = parts
    return {
        "survenu_le": ouvre.survenu_le,
        "logement": ouvre.donnees,
        "titulaire": declare.donnees,
        **{nom: dit for nom, dit in ouvre.enveloppe.items() if nom == "information_menage"},
    }


def _formulaire(site: Site, visite: Visite, cle: str, saisie: FormulaireRefuse, statut: int = 200) -> Response:
    logement, titulaire = _controles(site)
    html = rendre(
        "signaler.html",
        cadre=visite.cadre,
        logement=logement,
        titulaire=titulaire,
        cle=cle,
        saisie=saisie,
        le=site.aujourd_hui(),
    )
    return site.html(html, statut)

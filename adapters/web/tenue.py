"""A session being held: its cases one after the other, each with what is said of it there; then what was said of all.

The day of an avis is the session's, and nobody types it.
"""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID, uuid4

from starlette.requests import Request
from starlette.responses import Response

from adapters.gate import dossier_de_seance
from adapters.gate import seances as verbes
from adapters.gate.refus import Refus
from adapters.mots import libelles
from adapters.papier.documents import de_l_acte
from adapters.web import forms
from adapters.web.actions import lire_tenue
from adapters.web.apercus import Seancier, de_la_seance, etat_en_seance, figes, lire
from adapters.web.corrections import corrigibles
from adapters.web.destinataires import MENAGE, a_qui_recommander
from adapters.web.fiche import fiche
from adapters.web.forms import FormulaireIncomplet, Proposition
from adapters.web.qui_fait_quoi import du_dossier
from adapters.web.rendu import AUCUNE, FormulaireRefuse, rendre
from adapters.web.rendu import suite as suite_de
from adapters.web.reponses import montrables, uuid_du_formulaire, vers
from adapters.web.seances import RACINE, adresse_des_dossiers
from adapters.web.site import Repondant, Site, Visite

FORMULAIRES: Final = ("avis", "recommandation", "suite")
HORLOGES: Final = 4
"""Clocks that are shown beside a case; the others are counted."""


async def dossier(site: Site, requete: Request, visite: Visite) -> Response:
    """One case of a session."""
    return await _dossier(site, requete, visite)


async def _dossier(
    site: Site, requete: Request, visite: Visite, saisie: FormulaireRefuse = AUCUNE, statut: int = 200
) -> Response:
    gate, acces = site.guichet.gate, visite.acces
    id_seance, identite = requete.path_params["seance"], requete.path_params["dossier"]
    seance = await verbes.presenter(gate, acces, id_seance)
    vu = await lire(Seancier(gate, acces, gate.tables.vue_de(seance["genre"])), identite)
    etat = etat_en_seance(vu, seance)
    emissions = await site.guichet.emissions(acces, identite)
    page = rendre(
        "seance_dossier.html",
        cadre=visite.cadre,
        seance=seance,
        fiche=vu.fiche,
        etat=etat,
        horloges=vu.horloges[:HORLOGES],
        autres_horloges=max(0, len(vu.horloges) - HORLOGES),
        dits=de_la_seance(vu.fiche, seance),
        figes=figes(vu, seance),
        nommer=visite.instantane.nom,
        actions=du_dossier(vu.fiche),
        formulaires=_offerts(seance, etat, emissions, acces.le.isoformat()),
        interne="F19b" in {c["groupe"] for c in vu.fiche.communique},
        cles={nom: str(uuid4()) for nom in (*FORMULAIRES, *(r.id for r in vu.fiche.recommandations))},
        corrigibles=corrigibles(site, visite, vu.document),
        menage=MENAGE,
        groupes=a_qui_recommander(site.guichet.suiveurs, visite.instantane, vu.document.get("synthese", {}), acces.le),
        moi=visite.sujet.partenaire.code,
        sens=libelles.options("sens_avis", acces.le).items(),
        categories=libelles.options("recommandation_categorie", acces.le).items(),
        suites=libelles.options("recommandation_statut", acces.le).items(),
        saisie=saisie,
        le=acces.le,
        retour=f"{RACINE}/{id_seance}",
        ici=f"{RACINE}/{id_seance}/dossiers/{identite}",
        suivant=f"{RACINE}/{id_seance}/suivant?apres={identite}",
        fichier=adresse_des_dossiers(seance["genre"]),
        de_l_acte=de_l_acte(visite.sujet.partenaire.role, acces.finalite),
    )
    return site.html(page, statut)


def _offerts(seance: Mapping[str, Any], etat: str, emissions: frozenset[str], le: str) -> frozenset[str]:
    """The forms of a case in a session: an avis is of its day, and of what is on its agenda."""
    if seance["votre_place"] != "secretariat" or not etat:
        return frozenset()
    offerts = {nom for nom in FORMULAIRES if emissions.issuperset(forms.TYPES[nom])}
    if seance["etat"] == "annulee" or seance["le"] > le or etat not in {"INSCRIT", "EXAMINE"}:
        offerts -= {"avis", "recommandation"}
    return frozenset(offerts)


def formulaire(nom: str) -> Repondant:
    """What receives one of the forms of a case in a session."""

    async def recevoir(site: Site, requete: Request, visite: Visite) -> Response:
        return await _recevoir(site, requete, visite, nom)

    return recevoir


async def _recevoir(site: Site, requete: Request, visite: Visite, nom: str) -> Response:
    acces, valeurs = visite.acces, visite.valeurs
    id_seance, identite = requete.path_params["seance"], requete.path_params["dossier"]
    ancre = f"suite-{valeurs.get('recommandation', '')}" if nom == "suite" else nom
    cle = uuid_du_formulaire(valeurs.get("cle", ""))
    seance = await verbes.presenter(site.guichet.gate, acces, id_seance)
    try:
        propositions = _propositions(nom, seance, visite, cle)
        nouveau = await site.guichet.contribuer(acces, identite, propositions, cle)
    except FormulaireIncomplet as refus:
        saisie = FormulaireRefuse(ancre, montrables(valeurs), refus.erreurs)
        return await _dossier(site, requete, visite, saisie, 422)
    except Refus as refus:
        if not refus.fautes:
            raise
        saisie = FormulaireRefuse(ancre, montrables(valeurs), forms.erreurs(nom, refus.fautes))
        return await _dossier(site, requete, visite, saisie, refus.statut)
    fait = nom if nouveau else "deja"
    if valeurs.get("ensuite") == "suivant":
        return vers(f"{RACINE}/{id_seance}/suivant?apres={identite}&fait={fait}")
    return vers(f"{RACINE}/{id_seance}/dossiers/{identite}?fait={fait}#contenu")


def _propositions(nom: str, seance: Mapping[str, Any], visite: Visite, cle: str) -> tuple[Proposition, ...]:
    valeurs, le = visite.valeurs, visite.acces.le
    match nom:
        case "avis":
            return forms.avis(seance, valeurs)
        case "recommandation":
            return forms.recommandation(seance["genre"], valeurs, le, cle)
        case _:
            return forms.suite(valeurs, le)


async def fige(site: Site, requete: Request, visite: Visite) -> Response:
    """The pack of one's own seat, as it was fixed, and whether it still is that."""
    gate, acces = site.guichet.gate, visite.acces
    id_seance, identite = requete.path_params["seance"], requete.path_params["dossier"]
    seance = await verbes.presenter(gate, acces, id_seance)
    apres = requete.query_params.get("apres", "")
    depuis = UUID(uuid_du_formulaire(apres)) if apres else None
    lu = (await dossier_de_seance.lire(gate, acces, identite, id_seance, depuis)).document
    ici = f"{RACINE}/{id_seance}/dossiers/{identite}"
    page = rendre(
        "seance_fige.html",
        cadre=visite.cadre,
        seance=seance,
        lu=lu,
        fiche=fiche(lu["document"], acces.le),
        ici=ici,
        suite=suite_de(f"{ici}/fige", {}, lu["document"].get("suivant")),
    )
    return site.html(page)


async def suivant(site: Site, requete: Request, visite: Visite) -> Response:
    """On to the next case to examine; back to the agenda once there is none."""
    id_seance: UUID = requete.path_params["seance"]
    apres = requete.query_params.get("apres", "")
    avant = UUID(uuid_du_formulaire(apres)) if apres else None
    fait = requete.query_params.get("fait", "")
    suite = await verbes.suivant(site.guichet.gate, visite.acces, id_seance, avant)
    dit = f"?fait={fait}" if fait in {*FORMULAIRES, "deja"} else ""
    if suite is None:
        return vers(f"{RACINE}/{id_seance}?fait=tout-examine")
    return vers(f"{RACINE}/{id_seance}/dossiers/{suite}{dit}#contenu")


async def releve(site: Site, requete: Request, visite: Visite) -> Response:
    """The record of a session, to be printed and signed: who was there, and what was said of each case."""
    tenue = await lire_tenue(site, requete, visite)
    page = rendre(
        "seance_releve.html",
        cadre=visite.cadre,
        seance=tenue.seance,
        decides=tenue.decides,
        restent=tenue.restent,
        autres=tenue.autres,
        nommer=visite.instantane.nom,
        retour=f"{RACINE}/{tenue.seance['seance']}",
    )
    return site.html(page)

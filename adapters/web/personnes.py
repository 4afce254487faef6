"""Persons who exercise their rights, for who answers them: found without being seen; their requests, step by step."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final
from uuid import UUID, uuid4

import orjson
from starlette.requests import Request
from starlette.responses import Response

from adapters.gate import contribuer, demandes, droits, files
from adapters.gate.demandes import EFFACEMENT, DemandesDuDossier, DemandeSuivie, jours_restants
from adapters.gate.refus import Refus
from adapters.gate.textes import uuid_ou_rien
from adapters.mots import libelles
from adapters.web import exercice
from adapters.web.forms import FormulaireIncomplet, Proposition
from adapters.web.rendu import AUCUNE, FormulaireRefuse, adresse, rendre
from adapters.web.reponses import montrables, uuid_du_formulaire, vers
from adapters.web.site import Repondant, Site, Visite
from ledger.droit.listes import libelle
from ledger.verdict import Ecrit

_IDENTITE: Final = ("nom", "prenoms", "date_naissance")

ETAPES: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "DEMANDE": ("Demande reçue", "le délégué, un responsable du traitement, ou la personne elle-même"),
        "COPIE": ("Copie remise à la personne", "la personne, de son compte : « Mon dossier », « Ma copie »"),
        "EFFET": ("Ce qui est facultatif est arrêté", "le délégué ou un responsable du traitement"),
        "CORRECTION": ("Donnée contestée corrigée", "l'organisme qui l'a transmise, ou l'instructeur de la CCAPEX"),
        "INFORMATION": ("Organismes qui l'avaient lue prévenus", "le responsable du traitement (RGPD, article 19)"),
        "PROLONGATION": ("Délai prolongé", "le responsable du traitement"),
        "REPONSE": ("Réponse à la personne", "le responsable du traitement"),
        "AVIS": ("Avis du délégué à la protection des données", "le délégué à la protection des données"),
        "DECISION": ("Décision", "le responsable du traitement"),
        "EXECUTION": ("Exécution", "une autre personne du responsable du traitement que celle qui a décidé"),
    }
)
"""Of each step, its name and who takes it."""
_LISTES: Final = {"REPONSE": "reponse_droit", "AVIS": "avis_effacement", "DECISION": "sens_effacement"}


def nom_du_droit(code: str) -> str:
    """A right, in words."""
    return "effacement" if code == EFFACEMENT else libelle("droit_exerce", code)


def etape_dite(etape: demandes.EtapeDeDemande) -> str:
    """What a step says, in words."""
    if etape.dit == demandes.EFFACEE:
        return "effacée avec la personne"
    return libelle(_LISTES[etape.code], etape.dit) if etape.dit and etape.code in _LISTES else ""


async def chercher(site: Site, _: Request, visite: Visite) -> Response:
    """The form by which a person is found: name and birth date together."""
    return site.html(rendre("personnes.html", cadre=visite.cadre, trouves=None, saisie=AUCUNE))


async def trouver(site: Site, _: Request, visite: Visite) -> Response:
    """Where a person is known, under a pseudonym; posted, never in an address."""
    identite = {nom: visite.valeurs.get(nom, "").strip() for nom in _IDENTITE}
    trouves, saisie, statut = None, FormulaireRefuse("recherche", montrables(identite)), 200
    try:
        exercice.exiger(identite, nom="Indiquez le nom de famille.", date_naissance="Indiquez la date de naissance.")
        dits = {nom: texte for nom, texte in identite.items() if texte}
        trouves = (await files.rechercher(site.guichet.gate, visite.acces, dits)).document["dossiers"]
    except FormulaireIncomplet as refus:
        saisie, statut = FormulaireRefuse("recherche", saisie.valeurs, refus.erreurs), 422
    except Refus as refus:
        if not refus.fautes:
            raise
        saisie = FormulaireRefuse("recherche", saisie.valeurs, exercice.erreurs("recherche", refus.fautes))
        statut = refus.statut
    return site.html(rendre("personnes.html", cadre=visite.cadre, trouves=trouves, saisie=saisie), statut)


async def en_cours(site: Site, _: Request, visite: Visite) -> Response:
    """The requests in progress, the first due first."""
    liste = await demandes.en_cours(site.guichet.gate, visite.acces)
    return site.html(
        rendre(
            "demandes.html",
            cadre=visite.cadre,
            liste=liste,
            etapes=ETAPES,
            droit=nom_du_droit,
            restants=lambda suivie: jours_restants(suivie, visite.acces.le),
        )
    )


async def dossier(site: Site, requete: Request, visite: Visite) -> Response:
    """The requests of persons of one case."""
    return await _dossier(site, requete, visite)


async def _dossier(
    site: Site, requete: Request, visite: Visite, saisie: FormulaireRefuse = AUCUNE, statut: int = 200
) -> Response:
    lu = await demandes.lire(site.guichet.gate, visite.acces, requete.path_params["dossier"])
    dite = visite.valeurs.get("personne") or requete.query_params.get("personne", "")
    personne = uuid_ou_rien(dite)
    html = rendre(
        "personne.html",
        cadre=visite.cadre,
        lu=lu,
        personne=personne,
        personnes=_personnes(lu, personne),
        gestes={suivie.id: _geste(lu, suivie, visite.sujet.agent) for suivie in lu.demandes},
        etapes=ETAPES,
        droit=nom_du_droit,
        dite=etape_dite,
        noms=visite.instantane.nom,
        restants=lambda suivie: jours_restants(suivie, visite.acces.le),
        droits=[*libelles.options("droit_exerce", visite.acces.le).items(), (EFFACEMENT, "effacement")],
        reponses=libelles.options("reponse_droit", visite.acces.le).items(),
        avis=libelles.options("avis_effacement", visite.acces.le).items(),
        sens=libelles.options("sens_effacement", visite.acces.le).items(),
        cle=lambda: str(uuid4()),
        saisie=saisie,
        le=visite.acces.le,
    )
    return site.html(html, statut)


def _personnes(lu: DemandesDuDossier, cherchee: UUID | None) -> list[UUID]:
    """For whom a request can be recorded: who was sought, and who asked before; nobody else is told to be there."""
    connues = dict.fromkeys([*([cherchee] if cherchee else []), *(suivie.personne for suivie in lu.demandes)])
    return [personne for personne in connues if personne not in lu.effacees]


def _geste(lu: DemandesDuDossier, suivie: DemandeSuivie, agent: str) -> str:
    """The form that this reader is offered for a request, if any: ``meme`` where another person has to act."""
    if suivie.close:
        return ""
    if suivie.droit != EFFACEMENT:
        return "reponse" if "DroitRepondu" in lu.emissions else ""
    suivante = suivie.suivante.code if suivie.suivante else ""
    geste, exige = {
        "AVIS": ("avis", "EffacementAvise"),
        "DECISION": ("decision", "EffacementDecide"),
        "EXECUTION": ("execution", "EffacementEngage"),
    }.get(suivante, ("", ""))
    if not geste or exige not in lu.emissions:
        return ""
    return "meme" if geste == "execution" and suivie.decideur == agent else geste


GESTES: Final = ("demande", "reponse", "avis", "decision", "execution")
"""The forms of the page of a case."""


def recevoir(geste: str) -> Repondant:
    """What receives one of them."""

    async def traiter(site: Site, requete: Request, visite: Visite) -> Response:
        identite: UUID = requete.path_params["dossier"]
        valeurs = visite.valeurs
        ancre = geste if geste == "demande" else f"{geste}-{valeurs.get('requete', '')}"
        try:
            fait = await _faire(site, visite, identite, geste)
        except FormulaireIncomplet as refus:
            saisie = FormulaireRefuse(ancre, montrables(valeurs), refus.erreurs)
            return await _dossier(site, requete, visite, saisie, 422)
        except Refus as refus:
            if not refus.fautes:
                raise
            saisie = FormulaireRefuse(ancre, montrables(valeurs), exercice.erreurs(geste, refus.fautes))
            return await _dossier(site, requete, visite, saisie, refus.statut)
        personne = str(uuid_ou_rien(valeurs.get("personne", "")) or "")
        return vers(adresse(f"/personnes/{identite}", {"personne": personne, "fait": fait}))

    return traiter


async def _faire(site: Site, visite: Visite, dossier: UUID, geste: str) -> str:
    """Do what a form asks; what the page says of it then."""
    valeurs, cle = visite.valeurs, uuid_du_formulaire(visite.valeurs.get("cle", ""))
    if geste == "demande" and valeurs.get("droit") != EFFACEMENT:
        return await proposer(site, visite, dossier, exercice.demande(valeurs, cle), cle, "demande")
    if geste == "reponse":
        fait = "prolongation" if valeurs.get("reponse") == "PROLONGEE" else "reponse"
        return await proposer(site, visite, dossier, exercice.reponse(valeurs, visite.acces.le), cle, fait)
    return await effacer(site, visite, dossier, geste, cle)


async def proposer(
    site: Site, visite: Visite, dossier: UUID, propositions: tuple[Proposition, ...], cle: str, fait: str
) -> str:
    """Contribute through the door of the API; « déjà » if that form had been received."""
    evenements = [{"type": p.type, "survenu_le": p.survenu_le, "donnees": dict(p.donnees)} for p in propositions]
    corps = orjson.dumps({"evenements": evenements})
    recu = await contribuer.contribuer(site.guichet.gate, visite.acces, dossier, corps, cle)
    return fait if isinstance(recu, Ecrit) else "deja"


_PHRASES: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {"avis": {"avis": "Choisissez l'avis."}, "decision": {"sens": "Choisissez le sens de la décision."}}
)
_DITES: Final = {
    "demande": ("personne",),
    "avis": ("avis",),
    "decision": ("sens", "article", "motif"),
    "execution": ("decision",),
}
_FAITES: Final = {"avis": "avis-effacement", "execution": "effacee"}


async def effacer(site: Site, visite: Visite, dossier: UUID, etape: str, cle: str) -> str:
    """Take a step of an erasure; what the page says of it then."""
    valeurs = visite.valeurs
    exercice.exiger(valeurs, **_PHRASES.get(etape, {}))
    dits = {nom: exercice.rempli(valeurs, nom) for nom in _DITES[etape] if exercice.rempli(valeurs, nom)}
    effacement = None if etape == "demande" else UUID(uuid_du_formulaire(valeurs.get("requete", "")))
    contenu = {"dossier": str(dossier), **dits}
    await droits.effacement(site.guichet.gate, visite.acces, contenu, etape, effacement, cle)
    return _FAITES.get(etape, etape)

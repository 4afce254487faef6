"""A person's own file: what is known of it and who said it, what is next, what it can do, who looked, its copy.

What each page shows was asked of the gate as the person's own mandate has it: of what concerns another person of the
household there is nothing here, and nothing tells that there is something.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final
from uuid import UUID, uuid4

from starlette.requests import Request
from starlette.responses import Response

from adapters.gate import consulter, contribuer, echanges, echeances, question, regards
from adapters.gate.redaction import Signet
from adapters.gate.refus import INTROUVABLE, Refus
from adapters.mots import libelles
from adapters.web import exercice
from adapters.web.fait_montre import FaitMontre
from adapters.web.fiche import Fiche, fiche
from adapters.web.forms import FormulaireIncomplet, Proposition
from adapters.web.guichet import uuid_ecrit
from adapters.web.personnes import effacer, nom_du_droit, proposer
from adapters.web.rendu import AUCUNE, FormulaireRefuse, rendre, suite
from adapters.web.reponses import montrables, uuid_du_formulaire, vers
from adapters.web.site import Repondant, Site, Visite
from policies.decision import Action

_DROITS: Final = frozenset(
    {"DroitExerce", "DroitRepondu", "EffacementDemande", "EffacementAvise", "EffacementDecide", "OppositionEnregistree"}
    | {"OppositionLevee", "EffacementEngage", "PersonneEffacee"}
)
"""What a person asked, and what was answered: told under « Mes demandes »."""
_NON_CONTESTABLES: Final = _DROITS | {"DossierOuvert", "FaitCorrige", "ValeurTranchee"}


async def accueil(site: Site, _: Request, visite: Visite) -> Response:
    """The person's file; where it has several, which one."""
    dossiers = _siens(visite)
    if len(dossiers) == 1:
        return vers(f"/mon-dossier/{dossiers[0]}")
    await question.permettre(site.guichet.gate, visite.acces, Action.LISTER)
    return site.html(rendre("mes_menages.html", cadre=visite.cadre, dossiers=dossiers))


def _siens(visite: Visite) -> list[UUID]:
    acces = visite.acces
    mandats = acces.registre.mandats_de(acces.sujet.partenaire.code, acces.le)
    return [dossier for dossier in mandats if acces.personne(dossier) is not None]


async def dossier(site: Site, requete: Request, visite: Visite) -> Response:
    """The file, whole, and what can be done of it."""
    return await _dossier(site, requete, visite)


async def _dossier(
    site: Site, requete: Request, visite: Visite, saisie: FormulaireRefuse = AUCUNE, statut: int = 200
) -> Response:
    gate, acces, identite = site.guichet.gate, visite.acces, requete.path_params["dossier"]
    apres = uuid_ecrit(requete.query_params.get("apres", ""))
    qui_a_lu = await regards.lire(gate, acces, identite)  # first: it is refused to whoever is not of the household
    document = (await consulter.lire(gate, acces, identite, page=Signet(apres))).document
    horloges = (await echeances.lire(gate, acces, identite)).document
    obtenus = await echanges.lire(gate, acces, identite)
    emises = await contribuer.emissions(gate, acces, identite)
    lue = fiche(document, acces.le, visite.instantane.nom)
    effacee = any(f.type == "PersonneEffacee" for f in _demandes(lue))
    html = rendre(
        "mon_dossier.html",
        cadre=visite.cadre,
        fiche=lue,
        identite=str(identite),
        sections=_sections(lue),
        demandes=_demandes(lue),
        accords=_accords(document, lue),
        contestables=_contestables(lue),
        effacee=effacee,
        # What was answered was erased with the person: a clock of its rights would run on.
        en_cours=[h for h in horloges["echeances"] if h["etat"] == "EN_COURS" and not effacee],
        passees=[h for h in horloges["echeances"] if h["etat"] != "EN_COURS"],
        regards=qui_a_lu,
        echanges=obtenus,
        emises=emises,
        en_vigueur=_en_vigueur(lue),
        droit=nom_du_droit,
        droits=[(code, mot) for code, mot in libelles.options("droit_exerce", acces.le).items() if code in _AUTRES],
        cle=lambda: str(uuid4()),
        saisie=saisie,
        suite=suite(f"/mon-dossier/{identite}", {}, document["suivant"]),
        debut=f"/mon-dossier/{identite}" if apres else "",
    )
    return site.html(html, statut)


_AUTRES: Final = frozenset({"ACCES", "PORTABILITE"})
"""The rights that one asks for, and that no form of their own exercises."""


def _sections(lue: Fiche) -> list[tuple[str, list[FaitMontre]]]:
    """What is known, by heading, without what the person asked, which is told apart."""
    parties = [(s.titre, [f for f in s.faits if f.type not in _DROITS]) for s in lue.sections]
    return [(titre, faits) for titre, faits in parties if faits]


def _faits(lue: Fiche) -> list[FaitMontre]:
    return [f for section in lue.sections for f in section.faits]


def _contestables(lue: Fiche) -> list[tuple[str, str]]:
    """What a person can say to be wrong, each in words."""
    faits = (f for f in _faits(lue) if f.type not in _NON_CONTESTABLES and f.tient)
    return [(f.id, f"{f.titre}, {f.le} ({f.auteur.organisation})") for f in faits]


def _demandes(lue: Fiche) -> list[FaitMontre]:
    return [f for f in _faits(lue) if f.type in _DROITS]


def _en_vigueur(lue: Fiche) -> frozenset[str]:
    """What the person stopped, and has not let go on since."""
    dits = sorted(
        (f for f in _demandes(lue) if f.type in {"OppositionEnregistree", "OppositionLevee"} and f.tient),
        key=lambda f: f.brut["__le"],
    )
    derniers = {f.brut["portee"]: f.type for f in dits}
    return frozenset(portee for portee, type_ in derniers.items() if type_ == "OppositionEnregistree")


def _accords(document: Mapping[str, Any], lue: Fiche) -> list[FaitMontre]:
    """The accords that were given and not taken back."""
    retires = {f["champs"].get("accord") for f in document["faits"] if f["type"] == "AccordRetire"}
    donnes = (f for f in _faits(lue) if f.type == "AccordRecueilli" and f.tient)
    return [f for f in donnes if f.brut.get("accord") not in retires]


async def copie(site: Site, requete: Request, visite: Visite) -> Response:
    """All that the person is shown, to be printed; the row says that a copy was given."""
    gate, acces, identite = site.guichet.gate, visite.acces, requete.path_params["dossier"]
    apres = uuid_ecrit(requete.query_params.get("apres", ""))
    document = await regards.copie(gate, acces, identite, apres)
    qui_a_lu = await regards.lire(gate, acces, identite)
    obtenus = await echanges.lire(gate, acces, identite)
    horloges = (await echeances.lire(gate, acces, identite)).document
    lue = fiche(document, acces.le, visite.instantane.nom)
    html = rendre(
        "copie.html",
        cadre=visite.cadre,
        fiche=lue,
        identite=str(identite),
        sections=[(s.titre, s.faits) for s in lue.sections],
        echeances=horloges["echeances"],
        regards=qui_a_lu,
        echanges=obtenus,
        le=acces.le,
        apres=apres,
        suite=suite(f"/mon-dossier/{identite}/copie", {}, document["suivant"]),
    )
    return site.html(html)


GESTES: Final = ("contester", "limiter", "opposer", "lever", "demander", "effacer", "retirer")
"""The forms of the page."""


def recevoir(geste: str) -> Repondant:
    """What receives one of them."""

    async def traiter(site: Site, requete: Request, visite: Visite) -> Response:
        identite: UUID = requete.path_params["dossier"]
        personne = visite.acces.personne(identite)
        if personne is None:  # of a case that is not its own, a person is answered as of one that does not exist
            raise Refus(404, "introuvable", INTROUVABLE)
        # Whatever the form says, a person speaks for itself.
        visite = replace(visite, valeurs={**visite.valeurs, "personne": str(personne)})
        try:
            fait = await _faire(site, visite, identite, geste)
        except FormulaireIncomplet as refus:
            saisie = FormulaireRefuse(geste, montrables(visite.valeurs), refus.erreurs)
            return await _dossier(site, requete, visite, saisie, 422)
        except Refus as refus:
            if not refus.fautes:
                raise
            saisie = FormulaireRefuse(geste, montrables(visite.valeurs), exercice.erreurs(geste, refus.fautes))
            return await _dossier(site, requete, visite, saisie, refus.statut)
        return vers(f"/mon-dossier/{identite}?fait={fait}")

    return traiter


_FAITS: Final = {"contester": "contestation", "limiter": "limitation", "opposer": "opposition"}
_EFFETS: Final = {"limiter": "LIMITATION", "opposer": "OPPOSITION"}


async def _faire(site: Site, visite: Visite, dossier: UUID, geste: str) -> str:
    """Do what a form asks; what the page says of it then."""
    cle = uuid_du_formulaire(visite.valeurs.get("cle", ""))
    if geste == "effacer":
        await effacer(site, visite, dossier, "demande", cle)
        return "droit"
    fait = {"lever": "levee", "retirer": "accord"}.get(geste, _FAITS.get(geste, "droit"))
    return await proposer(site, visite, dossier, _propositions(visite, geste, cle), cle, fait)


def _propositions(visite: Visite, geste: str, cle: str) -> tuple[Proposition, ...]:
    valeurs, le = visite.valeurs, visite.acces.le
    personne, aujourd_hui = valeurs["personne"], le.isoformat()
    match geste:
        case "contester":
            exercice.exiger(valeurs, fait="Choisissez ce qui est inexact.")
            return exercice.exercice("RECTIFICATION", personne, aujourd_hui, cle, fait=valeurs["fait"])
        case "limiter" | "opposer":
            motif = exercice.rempli(valeurs, "motif")
            return exercice.exercice(_EFFETS[geste], personne, aujourd_hui, cle, motif)
        case "lever":
            return exercice.levee(valeurs, personne, le)
        case "retirer":
            return exercice.retrait(valeurs, le)
        case _:
            exercice.exiger(valeurs, droit="Choisissez ce que vous demandez.")
            return exercice.exercice(valeurs["droit"], personne, aujourd_hui, cle)

"""What contradicts in a case, value by value, and the form by which a person settles on one of them (law 7).

It is what the situation of the case says, of what this reader is shown: the values stay, the decision is an event.
"""

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID, uuid4

from starlette.requests import Request
from starlette.responses import Response

from adapters.gate.refus import Refus
from adapters.mots import libelles
from adapters.web import desaccords
from adapters.web.apercus import Seancier, entier
from adapters.web.commissions import MES_DOSSIERS
from adapters.web.desaccords import Contradiction, ValeurDite
from adapters.web.fait_montre import Document
from adapters.web.forms import FormulaireIncomplet, Proposition
from adapters.web.rendu import AUCUNE, FormulaireRefuse, rendre
from adapters.web.reponses import FORMULAIRE_REFUSE, montrables, uuid_du_formulaire, vers
from adapters.web.site import Site, Visite
from adapters.web.transmettre import ETAPE, ARelire, relecture
from ledger.catalogue import ValeurTranchee
from ledger.droit.listes import libelle

TRANCHER: Final = ValeurTranchee.__name__
_MOTIFS: Final = "motif_tranche"


async def relevees(site: Site, visite: Visite, document: Document) -> Sequence[Contradiction]:
    """What contradicts among the facts of a document of the gate, in words."""
    dites = await site.guichet.contredites(visite.acces, document)
    return desaccords.relever(dites, document, visite.acces.le, visite.instantane.nom)


async def montrer(site: Site, requete: Request, visite: Visite) -> Response:
    """All that contradicts in a case, and a form for each where its reader may settle it."""
    return await _montrer(site, requete.path_params["dossier"], visite)


async def _montrer(
    site: Site, dossier: UUID, visite: Visite, saisie: FormulaireRefuse = AUCUNE, statut: int = 200
) -> Response:
    trouvees = await _du_dossier(site, dossier, visite)
    html = rendre(
        "contradictions.html",
        cadre=visite.cadre,
        dossier=dossier,
        contradictions=trouvees,
        tranche=TRANCHER in await site.guichet.emissions(visite.acces, dossier),
        motifs=libelles.options(_MOTIFS, visite.acces.le).items(),
        cle=lambda: str(uuid4()),
        saisie=saisie,
        le=visite.acces.le,
    )
    return site.html(html, statut)


async def _du_dossier(site: Site, dossier: UUID, visite: Visite) -> Sequence[Contradiction]:
    return await relevees(site, visite, await entier(Seancier(site.guichet.gate, visite.acces, ""), dossier))


async def trancher(site: Site, requete: Request, visite: Visite) -> Response:
    """One value is settled on: shown again before it is kept, then kept."""
    dossier, valeurs = requete.path_params["dossier"], visite.valeurs
    cle, etape = uuid_du_formulaire(valeurs.get("cle", "")), valeurs.get(ETAPE)
    trouvees = {c.nom: c for c in await _du_dossier(site, dossier, visite)}
    voulue = trouvees.get(valeurs.get("objet", ""))
    if voulue is None:
        raise Refus(422, "formulaire", FORMULAIRE_REFUSE)
    dites = {nom: valeurs[nom] for nom in ("objet", "valeur", "survenu_le", "motif") if valeurs.get(nom)}
    saisie = FormulaireRefuse(voulue.nom, montrables(dites), {})
    if etape == "modifier":
        return await _montrer(site, dossier, visite, saisie)
    try:
        propose, retenue = _proposition(voulue, valeurs)
        if etape == "enregistrer":
            nouveau = await site.guichet.contribuer(visite.acces, dossier, (propose,), cle)
            return vers(f"{MES_DOSSIERS.adresse}/{dossier}?fait={'tranchee' if nouveau else 'deja'}")
        await site.guichet.essayer(visite.acces, dossier, (propose,), cle)
    except FormulaireIncomplet as incomplet:
        refusee = FormulaireRefuse(voulue.nom, saisie.valeurs, incomplet.erreurs)
        return await _montrer(site, dossier, visite, refusee, 422)
    except Refus as refus:
        if not refus.fautes:
            raise
        refusee = FormulaireRefuse(voulue.nom, saisie.valeurs, _erreurs(refus))
        return await _montrer(site, dossier, visite, refusee, refus.statut)
    mots = [
        (
            voulue.libelle[:1].upper() + voulue.libelle[1:] + (f", {voulue.de_qui}" if voulue.de_qui else ""),
            retenue.valeur,
        ),
        ("Dite par", f"{retenue.auteur.organisation}, vraie au {libelles.jour(retenue.vrai_au)}"),
        ("Ce qui l'établit", libelle(_MOTIFS, propose.donnees["motif"])),
    ]
    texte = ARelire(f"/dossiers/{dossier}/contradictions", libelles.evenement(TRANCHER), mots, cle, dites)
    return await relecture(site, visite, dossier, propose, texte)


def _proposition(voulue: Contradiction, valeurs: Mapping[str, str]) -> tuple[Proposition, ValeurDite]:
    erreurs = {}
    retenue = next((v for v in voulue.valeurs if v.cle == valeurs.get("valeur")), None)
    if retenue is None:
        erreurs["valeur"] = "Choisissez la valeur qui vaut."
    if not valeurs.get("motif"):
        erreurs["motif"] = "Choisissez ce qui l'établit."
    le = valeurs.get("survenu_le", "").strip()
    if not le:
        erreurs["survenu_le"] = "Indiquez le jour auquel vous tranchez."
    elif le < voulue.depuis.isoformat():
        erreurs["survenu_le"] = (
            f"Une de ces valeurs vaut au {libelles.jour(voulue.depuis)} : tranchez à ce jour ou après."
        )
    if erreurs or retenue is None:
        raise FormulaireIncomplet(erreurs)
    fait, _, champ = retenue.cle.partition(".")
    return Proposition(TRANCHER, le, {"fait": fait, "champ": champ, "motif": valeurs["motif"]}), retenue


def _erreurs(refus: Refus) -> dict[str, str]:
    """The faults that the door found, beside their controls: the fact and its field are one choice here."""
    places = {"fait": "valeur", "champ": "valeur", "motif": "motif", "survenu_le": "survenu_le"}
    return {places.get(f.champ.rpartition(".")[2], ""): f.message for f in refus.fautes}

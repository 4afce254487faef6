"""The order of an agenda: the rank of each case, which its secretariat gives and changes.

A rank is of the fact that put the case on the agenda, told again with the reason why. Each line says which fact it was
read from: two who order one agenda at once correct the same fact, and the second is told, case by case, what stands.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final
from uuid import UUID, uuid4, uuid5

from starlette.requests import Request
from starlette.responses import Response

from adapters.gate import seances as verbes
from adapters.gate.refus import Refus
from adapters.mots import libelles
from adapters.web.apercus import Apercu, Seancier, apercevoir, inscriptions
from adapters.web.forms import Proposition
from adapters.web.gestes import offerts
from adapters.web.rendu import AUCUNE, FormulaireRefuse, rendre
from adapters.web.reponses import accorder, filtres_de, montrables, uuid_du_formulaire, vers
from adapters.web.seances import LIGNES, RACINE, SURSIS, TRIS, numero, trier
from adapters.web.site import Site, Visite
from ledger.catalogue import catalogue, champs

RANG_MAX: Final = 500
_RANG_FAUX: Final = f"Un rang est un nombre de 1 à {RANG_MAX} ; laissez vide pour ne pas en donner."
_PARTI: Final = "Ce dossier n'est plus à examiner à cette séance : son rang n'est pas enregistré."
_PARTIEL: Final = "Votre finalité ne vous montre pas ce qui l'a inscrit en entier : changez son rang à une autre."


@dataclass(frozen=True, slots=True)
class ARanger:
    """A case to be ordered. ``fait``: the fact that put it there, and is told again; ``rang``: what it says, or ""."""

    dossier: str
    apercu: Apercu
    fait: Mapping[str, Any]
    rang: str

    @property
    def lue(self) -> str:
        """What the form brings back, to know what was changed and from what."""
        return f"{self.fait['id']}:{self.rang}"


async def ordonner(site: Site, requete: Request, visite: Visite) -> Response:
    """The agenda's cases to examine, each with its rank."""
    return await _ordonner(site, requete, visite)


async def _ordonner(
    site: Site, requete: Request, visite: Visite, saisie: FormulaireRefuse = AUCUNE, faits: int | None = None
) -> Response:
    filtres = filtres_de(requete, ("page", "tri"))
    seance, lignes, suivante = await _lignes(site, requete, visite)
    tri = filtres["tri"] if filtres["tri"] in TRIS else ""
    page = numero(filtres["page"])
    debut = (page - 1) * LIGNES
    if tri and not saisie.erreurs:
        rangs = {ligne.dossier: str(n) for n, ligne in enumerate(_tries(lignes, tri), debut + 1)}
        saisie = FormulaireRefuse("ordre", {f"rang-{dossier}": rang for dossier, rang in rangs.items()})
    retour = f"{RACINE}/{seance['seance']}"
    html = rendre(
        "seance_ordre.html",
        cadre=visite.cadre,
        seance=seance,
        lignes=_tries(lignes, tri) if tri else lignes,
        debut=debut,
        saisie=saisie,
        faits=faits or 0,
        cle=str(uuid4()),
        motifs=libelles.options("motif_correction", visite.acces.le).items(),
        maximum=RANG_MAX,
        tri=tri,
        tris=TRIS,
        page=page,
        precedente=f"{retour}/ordre?page={page - 1}" if page > 1 else "",
        suivante=f"{retour}/ordre?page={page + 1}" if suivante else "",
        retour=retour,
        le=visite.acces.le,
    )
    refuse = HTTPStatus.UNPROCESSABLE_ENTITY if faits is None else HTTPStatus.CONFLICT
    return site.html(html, refuse if saisie.erreurs else HTTPStatus.OK)


def _tries(lignes: Sequence[ARanger], tri: str) -> list[ARanger]:
    par_dossier = {ligne.dossier: ligne for ligne in lignes}
    montres = [{"dossier": x.dossier, "commune": x.apercu.fiche.commune or None} for x in lignes]
    return [par_dossier[d["dossier"]] for d in trier(montres, {x.dossier: x.apercu for x in lignes}, tri)]


async def _lignes(site: Site, requete: Request, visite: Visite) -> tuple[Mapping[str, Any], list[ARanger], bool]:
    """A page of what is to be examined, in the agenda's order, and whether there is another."""
    gate, acces = site.guichet.gate, visite.acces
    accorder(requete, SURSIS)
    lu = (await verbes.lire(gate, acces, requete.path_params["seance"], 0)).document
    seance = lu["seance"]
    if "inscrire" not in offerts(gate, acces, seance):
        raise Refus(403, "action", "L'ordre du jour de cette séance ne se change pas, ou pas par vous.")
    inscrits = [d["dossier"] for d in lu["dossiers"] if d["inscription"] == "INSCRIT"]
    debut = (numero(requete.query_params.get("page", "")) - 1) * LIGNES
    lecteur = Seancier(gate, acces, gate.tables.vue_de(seance["genre"]))
    vus = await apercevoir(lecteur, inscrits[debut : debut + LIGNES])
    lignes = [ligne for dossier, vu in vus.items() if (ligne := _ligne(dossier, vu, seance["seance"])) is not None]
    return seance, lignes, debut + LIGNES < len(inscrits)


def _ligne(dossier: str, vu: Apercu, seance: str) -> ARanger | None:
    inscrit = inscriptions(vu.document).get(seance)
    return None if inscrit is None else ARanger(dossier, vu, inscrit, str(inscrit["champs"].get("rang") or ""))


async def ranger(site: Site, requete: Request, visite: Visite) -> Response:
    """Give the ranks that were changed, case by case: each is told, or said why not, and what was typed stays."""
    valeurs = visite.valeurs
    cle = UUID(uuid_du_formulaire(valeurs.get("cle", "")))
    changes = {
        uuid_du_formulaire(nom.removeprefix("rang-")): rang.strip()
        for nom, rang in valeurs.items()
        if nom.startswith("rang-") and rang.strip() != _lue(valeurs, nom)[1]
    }
    motif = valeurs.get("motif_correction", "")
    erreurs = {f"rang-{dossier}": _RANG_FAUX for dossier, rang in changes.items() if not _est_un_rang(rang)}
    if changes and not motif:
        erreurs = {"motif_correction": "Choisissez le motif."} | erreurs
    if erreurs:
        return await _ordonner(site, requete, visite, FormulaireRefuse("ordre", montrables(valeurs), erreurs))
    seance, lignes, _ = await _lignes(site, requete, visite)
    actuelles = {ligne.dossier: ligne for ligne in lignes}
    for dossier, rang in changes.items():
        lue = _lue(valeurs, f"rang-{dossier}")[0]
        phrase = await _donner(site, visite, actuelles.get(dossier), lue, {"rang": rang, "motif": motif}, cle)
        if phrase:
            erreurs[f"rang-{dossier}"] = phrase
    if erreurs:
        saisie = FormulaireRefuse("ordre", montrables(valeurs), erreurs)
        return await _ordonner(site, requete, visite, saisie, len(changes) - len(erreurs))
    return vers(f"{RACINE}/{seance['seance']}?fait={'ordre' if changes else 'ordre-inchange'}")


def _lue(valeurs: Mapping[str, str], nom: str) -> tuple[str, str]:
    """The fact from which a line was read, and the rank that it said."""
    fait, _, rang = valeurs.get(f"lu-{nom.removeprefix('rang-')}", "").partition(":")
    return fait, rang


def _est_un_rang(texte: str) -> bool:
    chiffres = texte.isascii() and texte.isdigit() and len(texte) <= len(str(RANG_MAX))
    return not texte or (chiffres and 1 <= int(texte) <= RANG_MAX)


async def _donner(
    site: Site, visite: Visite, ligne: ARanger | None, lue: str, dit: Mapping[str, str], cle: UUID
) -> str:
    """Tell the rank of one case; why not, in a sentence, where it is not told."""
    if ligne is None:
        return _PARTI
    if str(ligne.fait["id"]) != lue:
        return "" if ligne.rang == dit["rang"] else _depuis(ligne, visite)
    if not any((c["groupe"], c.get("mesure")) == ("F19a", "entier") for c in ligne.apercu.document["communique"]):
        return _PARTIEL
    try:
        await site.guichet.contribuer(
            visite.acces, UUID(ligne.dossier), (_redite(ligne, dit),), str(uuid5(cle, ligne.dossier))
        )
    except Refus as refus:
        if refus.statut >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise
        if any(f.code == "deja_corrige" for f in refus.fautes):
            return "Quelqu'un d'autre vient de changer son rang : relisez-le, puis dites le vôtre s'il y a lieu."
        return " ".join(dict.fromkeys(f.message for f in refus.fautes)) or refus.message
    return ""


def _depuis(ligne: ARanger, visite: Visite) -> str:
    """What somebody else said of a rank since the page was read."""
    qui = (ligne.fait.get("auteur") or {}).get("organisation") or "un partenaire"
    par = "votre service" if qui == visite.sujet.partenaire.nom else qui
    dit = f"lui a donné le rang {ligne.rang}" if ligne.rang else "lui a ôté son rang"
    return f"Entre-temps, {par} {dit}. Le vôtre n'est pas enregistré : confirmez-le, ou reprenez celui-là."


def _redite(ligne: ARanger, dit: Mapping[str, str]) -> Proposition:
    """The fact that put the case there, as it was, but for its rank."""
    fait, deduits = ligne.fait, {nom for nom, x in champs(catalogue()[ligne.fait["type"]]).items() if x.deduit}
    gardes = {nom: x for nom, x in fait["champs"].items() if x is not None and nom not in {"rang", *deduits}}
    rang = {"rang": int(dit["rang"])} if dit["rang"] else {}
    enveloppe = {"corrige": str(fait["id"]), "motif_correction": dit["motif"]}
    return Proposition(fait["type"], str(fait["survenu_le"]), {**gardes, **rang}, enveloppe)

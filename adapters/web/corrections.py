"""A fact that is wrong, corrected by who told it or by who may: replaced, or withdrawn. It stays, marked.

Replaced, it is told again whole: only one's own facts are, and at the purpose at which they were told. What that
purpose does not open was not written at it (access 32), so nothing of such a fact is hidden from its author.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any, Final
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import Response

from adapters.gate.refus import INTROUVABLE, Refus
from adapters.mots import libelles
from adapters.web import actes
from adapters.web.actes import Controle, Milieu, TypeDeChamp
from adapters.web.apercus import Seancier, entier
from adapters.web.destinataires import destinataires
from adapters.web.fait_montre import Document, FaitMontre
from adapters.web.fiche import faits, fiche
from adapters.web.forms import FormulaireIncomplet, Proposition
from adapters.web.rendu import AUCUNE, FormulaireRefuse, rendre
from adapters.web.reponses import FORMULAIRE_REFUSE, montrables, uuid_du_formulaire, vers
from adapters.web.site import Site, Visite
from adapters.web.transmettre import seances_d_examen
from ledger.catalogue import FaitCorrige, Nature, RapprochementTranche, catalogue, champs

RACINE: Final = "/corrections"
_RETOUR: Final = re.compile(r"/(?:seances|suites|dossiers|ccapex|clil|comex)(?:/[0-9a-z-]{1,40}){0,4}", re.ASCII)
_REMPLACER: Final = "remplacer"
_FAITS: Final[Mapping[str, str]] = MappingProxyType({_REMPLACER: "fait-corrige", "retirer": "fait-retire"})
"""What a correction is, and how the next page says that it is made."""
_FIXES: Final = frozenset({"instance", "seance", "seance_le", "reporte_a", "reporte_au", "reference_source"})
"""What a fact is of, and not what it says: another one would be another fact; and what files call it."""


def corrigibles(site: Site, visite: Visite, document: Document) -> frozenset[str]:
    """The facts on which the button is shown: one's own, and others' for a role that may correct them.

    It opens nothing: whether a fact may be corrected, the gate says when it is.
    """
    correcteur = visite.sujet.partenaire.role in site.guichet.correcteurs
    return frozenset(
        str(f["id"])
        for f in document["faits"]
        if f.get("corrige_par") is None
        and not f.get("efface")
        and not issubclass(catalogue()[f["type"]], (FaitCorrige, RapprochementTranche))
        and not catalogue()[f["type"]].ROUTE_PROPRE
        and (correcteur or est_mien(visite, f))
    )


def est_mien(visite: Visite, fait: Mapping[str, Any]) -> bool:
    """Whether a fact is shown as this partner's own."""
    auteur, moi = fait.get("auteur") or {}, visite.sujet.partenaire
    return (auteur.get("organisation"), auteur.get("role")) == (visite.instantane.nom(moi.code), moi.role)


async def corriger(site: Site, requete: Request, visite: Visite) -> Response:
    """The form that replaces or withdraws a fact."""
    return await _corriger(site, requete, visite)


async def _corriger(
    site: Site, requete: Request, visite: Visite, saisie: FormulaireRefuse = AUCUNE, statut: int = 200
) -> Response:
    fautif = await _le_fait(site, requete, visite)
    identite, le = requete.path_params["dossier"], visite.acces.le
    connue = FormulaireRefuse(_REMPLACER, _dites(fautif), {})
    page = rendre(
        "correction.html",
        cadre=visite.cadre,
        titre=fautif.titre or f"Dossier {str(identite)[-8:]}",
        fait=fautif.montre,
        controles=fautif.controles,
        remplace=fautif.remplace,
        ailleurs=libelles.finalite(str(fautif.brut["finalite"])) if fautif.ailleurs else "",
        autrui=fautif.autrui,
        dossier=identite,
        cles={nom: str(uuid4()) for nom in _FAITS},
        motifs=libelles.options("motif_correction", le).items(),
        saisie=saisie,
        remplie=saisie if saisie.formulaire == _REMPLACER else connue,
        retour=_retour(requete.query_params.get("retour") or visite.valeurs.get("retour", "")),
        ici=f"{RACINE}/{identite}/{fautif.montre.id}",
        le=le,
    )
    return site.html(page, statut)


@dataclass(frozen=True, slots=True)
class _Fautif:
    """A fact to correct: as it is shown, and in words; ``controles``, of what of it is told again by a form.

    ``ailleurs``: it is one's own, told at another purpose. ``autrui``: it is another's.
    """

    brut: Mapping[str, Any]
    montre: FaitMontre
    titre: str
    controles: Sequence[Controle]
    remplace: bool
    ailleurs: bool
    autrui: bool


async def _le_fait(site: Site, requete: Request, visite: Visite) -> _Fautif:
    identite, voulu = requete.path_params["dossier"], str(requete.path_params["fait"])
    document = await entier(Seancier(site.guichet.gate, visite.acces, ""), identite)
    brut = next((f for f in document["faits"] if str(f["id"]) == voulu), None)
    if brut is None or voulu not in corrigibles(site, visite, document):
        raise Refus(404, "introuvable", INTROUVABLE)
    mien, ici = est_mien(visite, brut), brut.get("finalite") == visite.acces.finalite
    milieu = Milieu(
        faits(document),
        destinataires(visite.instantane, visite.acces.le),
        visite.acces.le,
        seances=seances_d_examen(site, visite, catalogue()[brut["type"]]),
    )
    formulaire = actes.controles(catalogue()[brut["type"]], milieu) if mien and ici else None
    [montre] = faits({"faits": [brut]})
    return _Fautif(
        brut=brut,
        montre=montre,
        titre=fiche(document, visite.acces.le).titre,
        controles=[c for c in formulaire or () if _se_redit(document, brut, c)],
        remplace=formulaire is not None,
        ailleurs=mien and not ici,
        autrui=not mien,
    )


def _se_redit(document: Document, brut: Mapping[str, Any], controle: Controle) -> bool:
    """Whether a field is typed again: it is one that says something, and that its author may write here."""
    cls, nom = catalogue()[brut["type"]], controle.nom
    decrit = champs(cls)[nom]
    ouverts = {c["groupe"] for c in document["communique"]}
    dicible = nom in brut["champs"] or (decrit.groupe or cls.GROUPE) in ouverts
    return dicible and nom not in _FIXES and decrit.nature is not Nature.IDENTIFIANT


def _retour(texte: str) -> str:
    """Where to go back to: one of our pages, or nowhere."""
    return texte if _RETOUR.fullmatch(texte) else ""


def _dites(fautif: _Fautif) -> dict[str, str]:
    """What a fact says, as the controls of its form hold it."""
    cls = catalogue()[fautif.brut["type"]]
    dites = {"survenu_le": str(fautif.brut["survenu_le"])}
    for controle in fautif.controles:
        valeur = fautif.brut["champs"].get(controle.nom)
        if controle.type_ is TypeDeChamp.COCHES:
            dites |= {f"{controle.nom}.{code}": "oui" for code in valeur or ()}
        elif valeur is not None:
            dites[controle.nom] = _ecrite(champs(cls)[controle.nom].nature, valeur)
    return dites


def _ecrite(nature: Nature, valeur: Any) -> str:  # noqa: ANN401 - whatever a field holds
    match valeur:
        case bool():
            return "oui" if valeur else "non"
        case int() if nature is Nature.MONTANT:
            return f"{valeur // 100},{valeur % 100:02d}"
        case list():
            return ", ".join(str(v) for v in valeur)
        case _:
            return str(valeur)


async def faire(site: Site, requete: Request, visite: Visite) -> Response:
    """Replace a fact, or withdraw it, with the reason why."""
    valeurs = visite.valeurs
    fautif = await _le_fait(site, requete, visite)
    cle, quoi = uuid_du_formulaire(valeurs.get("cle", "")), valeurs.get("quoi", "")
    if quoi not in _FAITS or (quoi == _REMPLACER and not fautif.remplace):
        raise Refus(422, "formulaire", FORMULAIRE_REFUSE)
    try:
        dite = _remplacant(fautif, valeurs, cle) if quoi == _REMPLACER else _retrait(fautif, valeurs, visite.acces.le)
        await site.guichet.contribuer(visite.acces, requete.path_params["dossier"], (dite,), cle)
    except FormulaireIncomplet as refus:
        return await _corriger(site, requete, visite, FormulaireRefuse(quoi, montrables(valeurs), refus.erreurs), 422)
    except Refus as refus:
        if not refus.fautes:
            raise
        saisie = FormulaireRefuse(quoi, montrables(valeurs), _erreurs(fautif, refus))
        return await _corriger(site, requete, visite, saisie, refus.statut)
    return vers(f"{_retour(valeurs.get('retour', '')) or '/'}?fait={_FAITS[quoi]}")


def _erreurs(fautif: _Fautif, refus: Refus) -> dict[str, str]:
    connus = {"motif_correction", "survenu_le", *(c.nom for c in fautif.controles)}
    erreurs: dict[str, str] = {}
    for faute in refus.fautes:
        nom = next((morceau for morceau in reversed(faute.champ.split(".")) if morceau in connus), "")
        erreurs.setdefault(nom, faute.message)
    return erreurs


def _motif(valeurs: Mapping[str, str]) -> dict[str, str]:
    if not valeurs.get("motif_correction"):
        raise FormulaireIncomplet({"motif_correction": "Choisissez le motif."})
    return {"motif_correction": valeurs["motif_correction"]}


def _retrait(fautif: _Fautif, valeurs: Mapping[str, str], le: date) -> Proposition:
    corrige = {"corrige": str(fautif.brut["id"])}
    return Proposition(FaitCorrige.__name__, le.isoformat(), corrige, _motif(valeurs))


def _remplacant(fautif: _Fautif, valeurs: Mapping[str, str], cle: str) -> Proposition:
    """The fact told again: what the form holds in the place of what it was, the rest as it was."""
    brut, cls = fautif.brut, catalogue()[fautif.brut["type"]]
    dite = actes.proposition(cls, fautif.controles, valeurs, cle)
    redits = {cls.IDENTIFIANT, *(c.nom for c in fautif.controles)} - {None}
    gardes = {
        nom: valeur
        for nom, valeur in brut["champs"].items()
        if valeur is not None and not champs(cls)[nom].deduit and (nom == cls.IDENTIFIANT or nom not in redits)
    }
    precisions = {nom: str(brut[nom]) for nom in ("heure", "reference_legale") if brut.get(nom)}
    enveloppe = {**precisions, "corrige": str(brut["id"]), **_motif(valeurs)}
    return Proposition(cls.__name__, dite.survenu_le, {**dite.donnees, **gardes}, enveloppe)

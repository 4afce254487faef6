"""A letter on one page: the words of its model, with what the gate answered in the place of their fields."""

import string
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from adapters.papier.faits import DossierImprime, FaitDit, lire
from adapters.papier.impossible import A_NE_PAS_ECRIRE, SANS_ADRESSE, SANS_APPUI, PapierImpossible
from adapters.papier.modeles import Modele, Paragraphe, modeles
from adapters.papier.synthese import pied

PAGES: Final = 1
TAILLES: Final = (11.0, 10.0, 9.0, 8.0)
"""Points of the words: the largest that holds on a page."""
NE_PAS_ECRIRE: Final = frozenset({"NE_PAS_ECRIRE", "NI_ECRIRE_NI_APPELER"})
"""What a person may have said of how to reach her (``canal_sur``)."""
MENAGE: Final = "menage"
NOM_LONG: Final = 240
"""Signs of a line of an address: what a person is called takes no more on an envelope."""


def composer(commande: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The letter, in smaller and smaller type; ``PapierImpossible`` where it lacks what it rests on."""
    modele = modeles()[commande["modele"]]
    dossier = lire(commande["matieres"][0])
    ecrite = du_dossier(modele, dossier, commande, _appui(modele, dossier, commande.get("acte")))
    yield from mettre_en_page([ecrite], f"{modele.titre}, dossier {dossier.court}", pied([dossier]))


def mettre_en_page(
    lettres: Sequence[Mapping[str, Any]], titre: str, retenu: str, annexe: Sequence[str] = ()
) -> Iterator[dict[str, Any]]:
    """Letters, each on its page, in smaller and smaller type. ``annexe``: for who sends them, on a last page."""
    for taille in TAILLES:
        yield {
            "titre": titre,
            "lettres": lettres,
            "annexe": annexe,
            "retenu": retenu,
            "taille": taille,
            "pages": len(lettres) + bool(annexe),
        }


def du_dossier(
    modele: Modele,
    dossier: DossierImprime,
    commande: Mapping[str, Any],
    appui: FaitDit | None,
    connus: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """The letter of one case. ``connus``: fields that hold whatever the case says."""
    destinataire = _destinataire(modele, dossier, appui, commande["noms"])
    champs = {**_champs(modele, dossier, appui, commande["marque"]["organisation"]), **(connus or {})}
    return ecrire(modele, champs, destinataire, f"Dossier {dossier.court}", commande["marque"])


def ecrire(
    modele: Modele, champs: Mapping[str, str], destinataire: Sequence[str], reference: str, marque: Mapping[str, str]
) -> dict[str, Any]:
    """A letter, as its template takes it."""
    return {
        "expediteur": [marque["organisation"], marque["fonction"]],
        "destinataire": [ligne[:NOM_LONG] for ligne in destinataire],
        "jour": marque["jour"],
        "reference": reference,
        "objet": remplir(modele.objet, champs),
        "paragraphes": [_paragraphe(p, champs) for p in modele.paragraphes if _tient(p, champs)],
        "article": modele.article,
    }


def _appui(modele: Modele, dossier: DossierImprime, acte: str | None) -> FaitDit | None:
    """The act that it rests on: the one that is named, else the last one.

    An act that is not shown, or is of another case, is one that is not there: the same refusal, found the same way.
    """
    actes = [x for x in dossier.de(*modele.appui) if acte is None or x.id == acte]
    if not actes and (modele.appui or acte is not None):
        raise PapierImpossible(SANS_APPUI)
    return actes[0] if actes else None


def _destinataire(modele: Modele, dossier: DossierImprime, appui: FaitDit | None, noms: Mapping[str, str]) -> list[str]:
    a_qui = str(appui.champs.get("destinataire", "")) if modele.destinataire == "acte" and appui else MENAGE
    if not a_qui:  # whom the act names is not shown: it is not the household
        raise PapierImpossible(SANS_APPUI)
    if a_qui != MENAGE:
        return [noms.get(a_qui, a_qui)]
    coordonnees = dossier.de("CoordonneesDeclarees")
    if any(x.champs.get("canal_sur") in NE_PAS_ECRIRE for x in _dernieres(coordonnees)):
        raise PapierImpossible(A_NE_PAS_ECRIRE)
    nouvelle = next((str(a) for x in coordonnees if (a := x.champs.get("nouvelle_adresse"))), "")
    lieu = [nouvelle] if nouvelle else list(dossier.lieu)
    if not dossier.titulaires or (not dossier.valeur("adresse") and not nouvelle):
        raise PapierImpossible(SANS_ADRESSE)
    return [*dossier.titulaires[:3], *lieu]


def _dernieres(coordonnees: tuple[FaitDit, ...]) -> list[FaitDit]:
    """What each person said last of how to reach her."""
    par_personne: dict[str, FaitDit] = {}
    for ligne in coordonnees:
        if ligne.champs.get("canal_sur"):
            par_personne.setdefault(str(ligne.champs.get("personne")), ligne)
    return list(par_personne.values())


def _champs(modele: Modele, dossier: DossierImprime, appui: FaitDit | None, expediteur: str) -> dict[str, str]:
    """What stands in the place of each field, as far as it is shown."""
    dits = {
        "expediteur": expediteur,
        "menage": ", ".join(dossier.titulaires),
        "adresse": ", ".join(dossier.lieu),
        "commune": dossier.commune,
        "dossier": dossier.court,
    }
    for nom, origine in modele.champs.items():
        de, _, champ = origine.partition(".")
        if de == "fait" or (appui is not None and de == appui.type):
            dits[nom] = "" if appui is None else appui.mot(champ)
        elif de == "donnee":
            dits[nom] = dossier.valeur(champ)
        else:
            dits[nom] = dossier.mot(de, champ)
    return {nom: dit for nom, dit in dits.items() if dit}


def _tient(paragraphe: Paragraphe, champs: Mapping[str, str]) -> bool:
    return not paragraphe.facultatif or champs.keys() >= paragraphe.champs


def _paragraphe(paragraphe: Paragraphe, champs: Mapping[str, str]) -> dict[str, Any]:
    return {
        "texte": remplir(paragraphe.texte, champs),
        "puces": [remplir(puce, champs) for puce in paragraphe.puces],
    }


def remplir(texte: str, champs: Mapping[str, str]) -> str:
    """Words with their fields; a value is put in once, and whatever braces it has stay what they are."""
    dit = []
    for mots, nom, _, _ in string.Formatter().parse(texte):
        dit.append(mots)
        if nom is not None:
            if nom not in champs:
                raise PapierImpossible(SANS_APPUI)
            dit.append(champs[nom])
    return "".join(dit)

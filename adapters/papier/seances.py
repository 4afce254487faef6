"""The letters of a session: to each who sits there, and to the households whose case is examined there."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from adapters.mots import libelles
from adapters.papier.courrier import du_dossier, ecrire, mettre_en_page
from adapters.papier.faits import lire
from adapters.papier.impossible import PHRASES, SANS_SIEGE, SEANCE_PASSEE, PapierImpossible
from adapters.papier.modeles import convocation, modeles
from adapters.papier.synthese import pied
from ledger.droit.listes import libelle

INFORMATION: Final = "information-seance"
"""The letter that tells a household that a session examines its case."""
SANS_MENAGE: Final = "Cette convocation ne contient rien d'aucun ménage."
_A_VENIR: Final = frozenset({"prevue", "convoquee"})
_VOIX: Final = {
    "deliberative": "voix délibérative",
    "consultative": "voix consultative",
    "suppleant": "la voix de qui vous suppléez",
}


def convocations(commande: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """One letter to each seat: the day, the hour, the place, its voice, how many cases; no household is named."""
    seance, modele = commande["seance"], convocation()
    _exiger_a_venir(seance)
    if not seance["sieges"]:
        raise PapierImpossible(SANS_SIEGE)
    jour = libelles.jour(seance["le"])
    communs = {
        "expediteur": commande["marque"]["organisation"],
        "commission": seance["libelle"],
        "jour": jour,
        "quand": f"{jour} à {libelles.heure(seance['heure'])}" if seance["heure"] else jour,
        "nombre": nombre_dit(commande["nombre"], au_dela=commande["au_dela"]),
        **({"salle": seance["salle"]} if seance["salle"] else {}),
    }
    lettres = [
        ecrire(
            modele,
            {**communs, "voix": _VOIX[siege["voix"]]},
            [siege["nom"]],
            f"Séance {seance['seance'][-8:]}",
            commande["marque"],
        )
        for siege in seance["sieges"]
    ]
    yield from mettre_en_page(lettres, f"{modele.titre}, {seance['libelle']}, {jour}", SANS_MENAGE)


def nombre_dit(nombre: int, *, au_dela: bool) -> str:
    """How many cases are listed, as a sentence without its stop."""
    match nombre:
        case _ if au_dela:
            dit = f"Plus de {nombre} dossiers sont"
        case 0:
            dit = "Aucun dossier n'est encore"
        case 1:
            dit = "Un dossier est"
        case _:
            dit = f"{nombre} dossiers sont"
    return f"{dit} inscrit{'s' if nombre > 1 else ''} à l'ordre du jour"


def informations(commande: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """One letter to each household that is listed and may be written to; a last page says who has none, and why."""
    seance, modele = commande["seance"], modeles()[INFORMATION]
    _exiger_a_venir(seance)
    connus = {
        "seance_le": libelles.jour(seance["le"]),
        "instance": libelle("instance", seance["genre"]),
    }
    couples = zip(commande["lignes"], map(lire, commande["matieres"]), strict=True)
    inscrits = [dossier for ligne, dossier in couples if ligne["inscription"] == "INSCRIT"]
    lettres, sans = [], []
    for dossier in inscrits:
        try:
            lettres.append(du_dossier(modele, dossier, commande, None, connus))
        except PapierImpossible as non:
            sans.append(f"Dossier {dossier.court} : {PHRASES[non.code]}")
    annexe = [*sans, *([commande["au_dela"]] if commande["au_dela"] else [])]
    titre = f"{modele.titre}, {seance['libelle']}, {connus['seance_le']}"
    yield from mettre_en_page(lettres, titre, pied(inscrits), _annexe(annexe, len(lettres)))


def _annexe(lignes: Sequence[str], faites: int) -> list[str]:
    if not lignes and faites:
        return []
    combien = f"{faites} lettres faites." if faites > 1 else "Une lettre faite." if faites else "Aucune lettre à faire."
    return [combien, *lignes]


def _exiger_a_venir(seance: Mapping[str, Any]) -> None:
    if seance["etat"] not in _A_VENIR:
        raise PapierImpossible(SEANCE_PASSEE)

"""Once only: before the household is asked, what is known is what reading shows, and nothing else."""

from typing import Any, Final

from adapters.conformite.envois import champ_nomme
from adapters.conformite.essai import Essai, liste_de
from adapters.conformite.formes import a_des_textes, est_un_jour
from adapters.conformite.serveur import Manquement

DITE: Final = "dette"
"""What the run has told of its own household."""
TUES: Final = ("ressources", "reste_a_vivre")
"""What it has not."""
CONNUE, PERIMEE, INCONNUE, HORS_FINALITE = "CONNUE", "PERIMEE", "INCONNUE", "HORS_FINALITE"


async def deja_connu(essai: Essai) -> None:
    """What was told is known, by a fact that reads the same; what was not is not, or is closed."""
    await essai.depart()  # by now something was told of what is owed
    chemin, demande = f"{await essai.dossier()}/deja-connu", {"donnees": [DITE, *TUES]}
    faits = {str(fait.get("id")): fait for fait in await essai.faits()}
    objet = (await essai.poster(chemin, demande, cle=None)).exiger(200).objet()
    dites = {str(dite.get("donnee")): dite for dite in liste_de(objet, "donnees")}
    if dites.keys() != {DITE, *TUES}:
        raise Manquement("d'autres données que celles demandées", "une réponse pour chacune")
    for code, dite in dites.items():
        valeurs, etat = liste_de(dite, "valeurs"), str(dite.get("etat"))
        if not all(a_des_textes(repondant, "role", "texte") for repondant in liste_de(dite, "repondants")):
            raise Manquement("« repondants » sans « role » ou sans « texte »", "qui la détient, et par quel texte")
        if bool(valeurs) is not (etat in {CONNUE, PERIMEE}) or etat not in {CONNUE, PERIMEE, INCONNUE, HORS_FINALITE}:
            raise Manquement("un « etat » qui n'est pas celui de ses « valeurs »", "une valeur, si elle est connue")
        if (code == DITE) is not bool(valeurs):
            raise Manquement(f"« {code} » : {len(valeurs)} valeurs", "ce qui a été transmis, et rien d'autre")
    for valeur in liste_de(dites[DITE], "valeurs"):
        _se_relit(valeur, faits)


def _se_relit(valeur: dict[str, Any], faits: dict[str, dict[str, Any]]) -> None:
    """It is that of a fact which the same reader is shown."""
    champs = faits.get(str(valeur.get("fait")), {}).get("champs")
    if not isinstance(champs, dict) or champs.get("montant") != valeur.get("valeur"):
        raise Manquement("une valeur qui n'est pas celle du fait qu'elle nomme", "ce que la lecture montre")
    if not est_un_jour(valeur.get("vrai_au")) or type(valeur.get("fraiche")) is not bool:
        raise Manquement("une valeur sans « vrai_au » ou sans « fraiche »", "depuis quand elle est vraie")


async def donnee_inconnue(essai: Essai) -> None:
    """What is not a thing that can be known is named, where it was written."""
    chemin = f"{await essai.dossier()}/deja-connu"
    champ_nomme(await essai.poster(chemin, {"donnees": [DITE, "donnee_d_essai"]}, cle=None), "donnee", "donnees.1")

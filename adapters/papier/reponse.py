"""The letter about a request that a person made: which right, when, by when, what was answered, what else it can do.

Who writes it knows the person by a number alone: the name and the address are put on it by hand.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from adapters.mots import libelles
from adapters.papier.courrier import ecrire, mettre_en_page
from adapters.papier.modeles import reponse
from ledger.droit.listes import libelle

A_PORTER: Final = "(nom et adresse : à porter par qui l'envoie)"
SANS_LA_LIRE: Final = "Nous ne la lisons pas : ce qu'elle contient n'est communiqué qu'à vous."
RIEN_DU_DOSSIER: Final = "Cette lettre ne contient rien de ce que dit le dossier."
_COPIES: Final = frozenset({"ACCES", "PORTABILITE"})
_DITES: Final[Mapping[str, str]] = {"REPONSE": "reponse_droit", "DECISION": "sens_effacement"}
"""The steps by which a request is answered, and the lists of their words."""


def composer(commande: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The letter, on one page."""
    demande, modele, marque = commande["demande"], reponse(), commande["marque"]
    court = commande["dossier"][-8:]
    lettre = ecrire(
        modele,
        _champs(demande, court),
        [f"Personne {demande['personne'][-8:]}", A_PORTER],
        f"Dossier {court}",
        marque,
    )
    yield from mettre_en_page([lettre], f"{modele.titre}, dossier {court}", RIEN_DU_DOSSIER)


def _champs(demande: Mapping[str, Any], court: str) -> dict[str, str]:
    droit = demande["droit"]
    champs = {
        "droit": "effacement" if droit == "EFFACEMENT" else libelle("droit_exerce", droit),
        "recue_le": libelles.jour(demande["recue_le"]),
        "numero": demande["id"][-8:],
        "dossier": court,
        "article": demande["article"],
        "copie": SANS_LA_LIRE if droit in _COPIES else "",
    }
    if demande["dernier_jour"] and not demande["close"]:
        champs |= {"echeance": libelles.jour(demande["dernier_jour"]), "texte": demande["legal_ref"]}
    for etape in demande["etapes"]:
        if etape["le"] and etape["code"] in _DITES and etape["dit"]:
            dite = libelle(_DITES[etape["code"]], etape["dit"])
            champs |= {"repondue_le": libelles.jour(etape["le"]), "reponse": dite}
    return {nom: dit for nom, dit in champs.items() if dit}

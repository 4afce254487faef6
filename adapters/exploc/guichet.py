"""What études send act by act: the routes of the envelope, and what they answer."""

from typing import Any, Final

from starlette.responses import Response

from adapters.exploc.envoi import COLONNES_ENVOYEES, ETATS, INCONNU, Accuse, suivre, transmettre
from adapters.exploc.routes import EXPLOC
from adapters.gate.contexte import Acces
from adapters.rest import requete
from adapters.rest.rendu import ecrire
from adapters.rest.requete import Requete
from adapters.rest.route import Corps, Reponse, Route, du_chemin, rend
from adapters.rest.schema import (
    IDENTIFIANT,
    INSTANT,
    INSTANT_EXEMPLE,
    JOUR,
    JSON,
    TEXTE,
    UUID,
    UUID_EXEMPLE,
    Forme,
    dit,
    liste,
    objet,
)
from policies.decision import Action

ACTES: Final = "/exploc/v1/actes"
AU_NOM_DE: Final = "préfet de la Seine-Saint-Denis"
_MESSAGE: Final = dit(UUID, "identifiant du message : renvoyé, il a la même réponse", UUID_EXEMPLE)
_REQUISES: Final = ("type_acte", "ref_acte", "etude_siret", "date_acte", "nom", "commune_insee")
_ACTE: Final = objet(
    "L'acte, par les colonnes d'un lot, chacune telle qu'elle s'y écrit (docs/exploc.md)",
    {nom: dit(TEXTE, f"comme la colonne « {nom} »", "") for nom in COLONNES_ENVOYEES},
    facultatifs=tuple(nom for nom in COLONNES_ENVOYEES if nom not in _REQUISES),
)
_FICHIER: Final = objet(
    "Le fichier de l'acte, que vous joindrez ; seule l'empreinte de l'envoi en dépend",
    {
        "nom": dit(TEXTE, "non conservé", "acte.pdf"),
        "type": dit(TEXTE, "type du contenu", "application/pdf"),
        "sha256": dit(TEXTE, "empreinte, en hexadécimal", "9f86d081"),
    },
    facultatifs=("nom", "type", "sha256"),
)
ENVELOPPE: Final = Forme(
    "EnveloppeExploc",
    objet(
        "Un acte de votre étude",
        {
            "message": _MESSAGE,
            "dossier": dit(UUID, "le dossier d'un accusé précédent, si l'acte en est la suite", UUID_EXEMPLE),
            "acte": _ACTE,
            "fichier": _FICHIER,
        },
        facultatifs=("dossier", "fichier"),
    ),
)
_ACCUSE: Final = {
    "message": _MESSAGE,
    "dossier": IDENTIFIANT,
    "acte": dit(UUID, "identifiant de l'acte : une pièce s'y joint", UUID_EXEMPLE),
    "etat": dit({"enum": list(ETATS)}, " ; ".join(f"{code} : {texte}" for code, texte in ETATS.items()), "A_QUALIFIER"),
    "accuse": objet(
        "L'accusé de réception",
        {
            "au_nom_de": dit({"const": AU_NOM_DE}, "qui reçoit", AU_NOM_DE),
            "numero": dit(TEXTE, "son numéro", "AR-2026-9F86D081884C"),
            "date": dit(JOUR, "le jour de réception, à Paris : les délais sont comptés de lui", "2026-11-02"),
            "recu_le": dit(INSTANT, "l'instant où l'acte a été enregistré", INSTANT_EXEMPLE),
        },
    ),
}
RECEPISSE: Final = Forme(
    "RecepisseExploc",
    objet(
        "L'accusé de réception d'un message, le même que le ménage ait eu un dossier ou non, et pour un second envoi",
        {
            **_ACCUSE,
            "ecartes": liste(
                objet(
                    "Une valeur facultative qui n'a pas été retenue",
                    {
                        "colonne": dit(TEXTE, "sa colonne", "date_naissance"),
                        "motif": dit(TEXTE, "pourquoi", "la date ne se lit pas"),
                    },
                )
            ),
        },
    ),
)
SUIVI: Final = Forme("SuiviExploc", objet("Où en est un acte que vous avez transmis", _ACCUSE))


async def deposer(request: Requete, acces: Acces) -> Response:
    """Transmettre un acte de votre étude : l'accusé de réception du préfet est la réponse."""
    accuse = await transmettre(request.gate, acces, await requete.corps(request))
    return ecrire(request, {**_rendu(accuse, "A_QUALIFIER"), "ecartes": accuse.ecartes}, 201)


async def lire(request: Requete, acces: Acces) -> Response:
    """Suivre un acte que votre étude a transmis, par son message."""
    message = requete.identifiant(request.path_params["message"], INCONNU)
    suivi = await suivre(request.gate, acces, message)
    return ecrire(request, _rendu(suivi.accuse, suivi.etat))


def _rendu(accuse: Accuse, etat: str) -> dict[str, Any]:
    return {
        "message": accuse.message,
        "dossier": accuse.dossier,
        "acte": accuse.acte,
        "etat": etat,
        "accuse": {
            "au_nom_de": AU_NOM_DE,
            "numero": accuse.numero,
            "date": accuse.date,
            "recu_le": accuse.recu_le,
        },
    }


ROUTES: Final = (
    Route(
        "POST", ACTES, Action.OUVRIR, deposer, EXPLOC, corps=Corps(ENVELOPPE),
        reponse=Reponse({JSON: RECEPISSE}, "Reçu.", 201), refus=(404, 409), egale=True,
    ),
    Route(
        "GET", ACTES + "/{message}", Action.LIRE, lire, EXPLOC, rend(SUIVI),
        parametres=(du_chemin("message", "identifiant du message", UUID),), refus=(404,),
    ),
)  # fmt: skip
"""The routes of the envelope."""

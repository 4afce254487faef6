"""What études and landlords send act by act, and what is read of a procedure: these routes, and what they answer."""

from typing import Any, Final

from starlette.responses import Response

from adapters.exploc import procedure, recherche
from adapters.exploc.envoi import (
    A_QUALIFIER,
    ACTE,
    DU_FICHIER,
    ETATS,
    INCONNU,
    SAISINE,
    Accuse,
    Formulaire,
    suivre,
    transmettre,
)
from adapters.exploc.routes import EXPLOC
from adapters.gate.contexte import Acces
from adapters.rest import requete
from adapters.rest.dossiers import DOSSIER
from adapters.rest.echeances import ECHEANCE
from adapters.rest.indicateurs import PARAMETRES as DES_INDICATEURS
from adapters.rest.indicateurs import STATISTIQUES, lister_indicateurs
from adapters.rest.rendu import ecrire, montrer
from adapters.rest.requete import Requete
from adapters.rest.route import Corps, Reponse, Route, du_chemin, montre, rend
from adapters.rest.schema import (
    IDENTIFIANT,
    INSTANT,
    INSTANT_EXEMPLE,
    JOUR,
    JSON,
    POSITION,
    TEXTE,
    UUID,
    Forme,
    dit,
    liste,
    objet,
    ou_rien,
)
from policies.decision import Action

ACTES: Final = "/exploc/v1/actes"
SAISINES: Final = "/exploc/v1/saisines"
RECHERCHE: Final = "/exploc/v1/recherche"
AU_NOM_DE: Final = "préfet de la Seine-Saint-Denis"
_MESSAGE: Final = dit(UUID, "identifiant du message : renvoyé, il a la même réponse")
_REQUISES: Final = ("ref_acte", "date_acte", "nom", "commune_insee")
_ACTE: Final = Forme(
    "ActeExploc",
    {
        **objet(
            "Les colonnes d'un lot, telles qu'il les écrit (docs/exploc.md) ; une étude donne « type_acte » et "
            "« etude_siret », un bailleur « bailleur_siret »",
            {nom: {**TEXTE, "description": "comme dans un lot"} for nom in _REQUISES},
        ),
        "additionalProperties": TEXTE,
    },
)
_FICHIER: Final = objet(
    "Le fichier de l'acte, que vous joindrez : il n'est pas gardé ici",
    {nom: {**TEXTE, "description": texte} for nom, texte in DU_FICHIER.items()},
    facultatifs=tuple(DU_FICHIER),
)
ENVELOPPE: Final = Forme(
    "EnveloppeExploc",
    objet(
        "Un acte de votre étude, ou votre saisine",
        {
            "message": _MESSAGE,
            "dossier": dit(UUID, "le dossier d'un accusé précédent, si l'acte en est la suite"),
            "acte": _ACTE,
            "fichier": _FICHIER,
        },
        facultatifs=("dossier", "fichier"),
    ),
)
RECEPISSE: Final = Forme(
    "RecepisseExploc",
    objet(
        "L'accusé de réception d'un message, le même que le ménage ait eu un dossier ou non, et pour un second envoi",
        {
            "message": _MESSAGE,
            "dossier": IDENTIFIANT,
            "acte": dit(UUID, "identifiant de l'acte : une pièce s'y joint"),
            "etat": dit(
                {"enum": list(ETATS)}, " ; ".join(f"{code} : {texte}" for code, texte in ETATS.items()), "A_QUALIFIER"
            ),
            "accuse": objet(
                "L'accusé de réception",
                {
                    "au_nom_de": dit({"const": AU_NOM_DE}, "qui reçoit", AU_NOM_DE),
                    "numero": dit(TEXTE, "son numéro", "AR-2026-9F86D081884C"),
                    "date": dit(JOUR, "le jour de réception, à Paris : les délais sont comptés de lui", "2026-11-02"),
                    "recu_le": dit(INSTANT, "l'instant où l'acte a été enregistré", INSTANT_EXEMPLE),
                },
            ),
            "ecartes": {
                **liste(TEXTE),
                "description": "au dépôt : les colonnes qui n'ont pas été retenues",
            },
        },
        facultatifs=("ecartes",),
    ),
)
PROCEDURE: Final = Forme(
    "ProcedureExploc",
    objet(
        "Où en est une procédure, d'après ce qui vous en est communiqué",
        {
            "position": POSITION,
            "dossier": IDENTIFIANT,
            "stade": dit(TEXTE, "dernier stade (liste « stade_procedure »). {F08}", "ASSIGNATION"),
            "dernier_acte": ou_rien(
                objet(
                    "Le dernier acte, par sa date ; null si aucun ne vous est communiqué",
                    {
                        "type_acte": dit(TEXTE, "son type", "CQL"),
                        "date_acte": dit(JOUR, "sa date", "2026-10-12"),
                    },
                )
            ),
            "prochaines_echeances": {**liste(ECHEANCE), "description": "celle qui finit la première ; vide sinon"},
            "reserve": dit(TEXTE, "de quoi elle est calculée", "Calculées sur les seuls actes…"),
        },
    ),
)


async def deposer(request: Requete, acces: Acces) -> Response:
    """Transmettre un acte de votre étude : l'accusé de réception du préfet est la réponse."""
    return await _deposer(request, acces, ACTE)


async def saisir(request: Requete, acces: Acces) -> Response:
    """Saisir la CCAPEX de la situation d'un locataire : l'accusé de réception du préfet est la réponse."""
    return await _deposer(request, acces, SAISINE)


async def _deposer(request: Requete, acces: Acces, formulaire: Formulaire) -> Response:
    accuse = await transmettre(request.gate, acces, await requete.corps(request), formulaire)
    return ecrire(request, {**_rendu(accuse, A_QUALIFIER), "ecartes": accuse.ecartes}, 201)


async def lire(request: Requete, acces: Acces) -> Response:
    """Suivre un acte ou une saisine que vous avez transmis, par son message."""
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


async def situer(request: Requete, acces: Acces) -> Response:
    """Savoir où en est une procédure, d'après ce qui vous en est communiqué."""
    return montrer(request, await procedure.lire(request.gate, acces, requete.dossier(request)))


NUMEROS: Final = Forme(
    "RechercheExploc",
    {
        **objet(
            recherche.LESQUELS,
            {nom: {**TEXTE, "description": "tel quel"} for noms in recherche.CRITERES for nom in noms},
            facultatifs=tuple(nom for noms in recherche.CRITERES for nom in noms),
        ),
        "minProperties": 1,
    },
)
TROUVES: Final = Forme(
    "TrouvesExploc",
    objet("Les dossiers où ce numéro vous est communiqué", {"dossiers": {**liste(UUID), "description": "s'il en est"}}),
)


async def rechercher(request: Requete, acces: Acces) -> Response:
    """Retrouver, parmi vos dossiers, celui d'un acte, d'un numéro de rôle ou d'un dossier d'EXPLOC."""
    trouves = await recherche.chercher(request.gate, acces, await requete.corps(request))
    return ecrire(request, {"dossiers": trouves})


ROUTES: Final = (
    *(
        Route(
            "POST", chemin, Action.OUVRIR, fonction, EXPLOC, corps=Corps(ENVELOPPE),
            reponse=Reponse({JSON: RECEPISSE}, "Reçu.", 201), refus=(404, 409), egale=True,
        )
        for chemin, fonction in ((ACTES, deposer), (SAISINES, saisir))
    ),
    Route(
        "GET", ACTES + "/{message}", Action.LIRE, lire, EXPLOC, rend(RECEPISSE),
        parametres=(du_chemin("message", "identifiant du message", UUID),), refus=(404,),
    ),
    Route(
        "POST", RECHERCHE, Action.LISTER, rechercher, EXPLOC, corps=Corps(NUMEROS), reponse=rend(TROUVES), egale=True,
    ),
    Route(
        "GET", "/exploc/v1/procedures/{dossier}", Action.LIRE, situer, EXPLOC,
        parametres=(DOSSIER,), reponse=montre(PROCEDURE), refus=(404,),
    ),
    Route(
        "GET", "/exploc/v1/statistiques", Action.LISTER, lister_indicateurs, EXPLOC, STATISTIQUES,
        parametres=DES_INDICATEURS,
    ),
)  # fmt: skip
"""The routes of études and landlords."""

"""The pack of a case for a session: fixed by the secretariat, read by each seat for itself."""

from typing import Final

from starlette.responses import Response

from adapters.gate import dossier_de_seance
from adapters.gate.contexte import Acces
from adapters.gate.corps import saisie_de
from adapters.gate.saisie import SeanceAFiger
from adapters.rest import requete, schema
from adapters.rest.commissions import COMMISSIONS
from adapters.rest.dossiers import (
    CLE,
    DOSSIER,
    FEUILLE,
    MONTRE,
    NON_TOUJOURS_MONTRES,
    RECU,
    cle_de,
    dossier_de,
    recu_rendu,
)
from adapters.rest.rendu import montrer
from adapters.rest.requete import Requete
from adapters.rest.route import Corps, Route, du_chemin, enregistre, montre
from adapters.rest.schema import (
    BOOLEEN,
    IDENTIFIANT,
    INSTANT,
    INSTANT_EXEMPLE,
    POSITION,
    TEXTE,
    UUID_EXEMPLE,
    Forme,
    dit,
    objet,
    ou_rien,
)
from policies.decision import Action

RACINE: Final = "/v1/dossiers/{dossier}/dossiers-de-seance"
SEANCE: Final = du_chemin("seance", "identifiant de la séance", schema.UUID)
APRES: Final = tuple(parametre for parametre in FEUILLE if parametre.nom == "apres")
DOSSIER_DE_SEANCE: Final = Forme(
    "DossierDeSeance",
    objet(
        "Ce qui fut figé pour votre siège, relu sous vos droits d'aujourd'hui",
        {
            "position": POSITION,
            "dossier": IDENTIFIANT,
            "seance": dit(schema.UUID, "identifiant de la séance"),
            "siege": dit(TEXTE, "votre code au registre", "caf93"),
            "finalite": dit(TEXTE, "finalité à laquelle il fut figé, et se lit", "CLIL_EXAMEN"),
            "fige_le": dit(INSTANT, "quand il fut figé", INSTANT_EXEMPLE),
            "connu_le": dit(INSTANT, "ce qui y est montré était connu à ce moment", INSTANT_EXEMPLE),
            "empreinte": dit(TEXTE, "empreinte à clé de ce qui fut figé, propre à votre siège", "5f2c" * 16),
            "conforme": dit(BOOLEEN, "ce qui vous est montré est, à l'octet près, ce qui fut figé", exemple=True),
            "pourquoi": dit(
                ou_rien(TEXTE), "sinon, pourquoi", "Un fait qui vous était montré a été corrigé ou retiré depuis."
            ),
            "document": objet(
                "La page du dossier qui fut figée : d'elle, et des suivantes, est l'empreinte",
                MONTRE,
                facultatifs=NON_TOUJOURS_MONTRES,
            ),
        },
    ),
)


async def figer(request: Requete, acces: Acces) -> Response:
    """Figer ce que chaque siège d'une séance lira d'un dossier, à la finalité de la commission."""
    dossier = dossier_de(request)
    contenu, cle = saisie_de(await requete.corps(request)), cle_de(request)
    return recu_rendu(request, await dossier_de_seance.figer(request.gate, acces, dossier, contenu, cle))


async def lire(request: Requete, acces: Acces) -> Response:
    """Lire le dossier de séance de son siège, et savoir s'il est encore celui qui fut figé."""
    apres = requete.uuid(request.parametres, "apres")
    dossier = dossier_de(request)
    seance = requete.identifiant(request.path_params["seance"])
    return montrer(request, await dossier_de_seance.lire(request.gate, acces, dossier, seance, apres))


ROUTES: Final = (
    Route(
        "POST", RACINE, Action.EMETTRE, figer, COMMISSIONS,
        corps=Corps(SeanceAFiger, exemple={"seance": UUID_EXEMPLE}), parametres=(DOSSIER, CLE),
        reponse=enregistre(RECU), refus=(404, 409),
    ),
    Route(
        "GET", RACINE + "/{seance}", Action.LIRE, lire, COMMISSIONS,
        parametres=(DOSSIER, SEANCE, *APRES), reponse=montre(DOSSIER_DE_SEANCE), refus=(404,),
    ),
)  # fmt: skip
"""The routes of a session's packs."""

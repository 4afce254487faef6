"""Subscriptions: the feed brought to an address, by signed messages that point and say no more; or a count, by mail."""

from typing import Final
from uuid import UUID

from starlette.responses import Response

from adapters.gate import abonnements
from adapters.gate.abonnements import INTROUVABLE, ChangementDAbonnement, NouvelAbonnement
from adapters.gate.contexte import Acces
from adapters.gate.corps import saisie_de
from adapters.rest import requete, schema
from adapters.rest.dossiers import CLE, cle_de
from adapters.rest.flux import SUIVRE
from adapters.rest.rendu import ecrire
from adapters.rest.requete import Requete
from adapters.rest.route import Corps, Reponse, Route, du_chemin, rend
from adapters.rest.schema import (
    BOOLEEN,
    ENTIER,
    INSTANT,
    INSTANT_EXEMPLE,
    JSON,
    TEXTE,
    Forme,
    Schema,
    dit,
    liste,
    objet,
    ou_rien,
)
from policies.decision import Action

RACINE: Final = "/v1/abonnements"
ABONNEMENT: Final = du_chemin("abonnement", "identifiant de l'abonnement", schema.UUID)
_ID: Final = dit(schema.UUID, "l'abonnement")
_EXEMPLE: Final = "whsec_…"
_ABONNEMENT: Final[dict[str, Schema]] = {
    "abonnement": _ID,
    "url": dit(
        ou_rien(TEXTE), "où l'on livre ; null : par courriel, ou il a pris fin", "https://si.exemple.fr/unefois"
    ),
    "courriel": dit(ou_rien(TEXTE), "à qui l'on écrit, s'il est par courriel et n'a pas pris fin"),
    "agent": dit(TEXTE, "l'agent dont on livre le flux", "agent-1"),
    "finalite": dit(TEXTE, "à quelle finalité", "ACTE_EMISSION"),
    "demande": dit(ou_rien(schema.UUID), "la demande que cette finalité nomme"),
    "cree_le": dit(INSTANT, "depuis quand", INSTANT_EXEMPLE),
    "etat": dit({"enum": list(abonnements.ETATS)}, "où il en est", "actif"),
    "fin": dit(
        ou_rien({"enum": list(abonnements.FINS)}),
        "pourquoi il a pris fin : " + " ; ".join(f"{fin} : {texte}" for fin, texte in abonnements.FINS.items()),
        None,
    ),
    "echecs": dit(ENTIER, "essais manqués de la livraison en cours", 0),
    "dernier_echec": dit(ou_rien(TEXTE), "ce qu'a donné le dernier"),
    "prochain_essai_le": dit(ou_rien(INSTANT), "quand aura lieu le prochain"),
    "lettres": dit(ENTIER, "nombre de lettres mortes", 0),
}
UN_ABONNEMENT: Final = Forme("Abonnement", objet("Un abonnement de votre organisation", _ABONNEMENT))
ABONNEMENTS: Final = Forme(
    "Abonnements",
    objet(
        "Les abonnements de votre organisation, le plus ancien d'abord, et ceux qui ont pris fin depuis 90 jours",
        {"abonnements": liste(UN_ABONNEMENT)},
    ),
)
ABONNEMENT_LU: Final = Forme(
    "AbonnementLu",
    objet(
        "Un abonnement, et ses lettres mortes",
        {
            **_ABONNEMENT,
            "lettres_mortes": liste(
                objet(
                    "Une lettre morte : un bout du flux qui n'a pas pu être livré",
                    {
                        "numero": dit(ENTIER, "son numéro", 1),
                        "tentatives": dit(ENTIER, "combien d'essais", 37),
                        "dernier_echec": dit(TEXTE, "ce qu'a donné le dernier", "HTTP 500"),
                        "morte_le": dit(INSTANT, "depuis quand", INSTANT_EXEMPLE),
                        "rejouee": dit(BOOLEEN, "on essaie de nouveau de la livrer", exemple=False),
                    },
                )
            ),
        },
    ),
)
FAIT: Final = Reponse(
    {
        JSON: Forme(
            "AbonnementFait",
            objet(
                "L'abonnement, et de quoi vérifier ce qu'il livre",
                {
                    "abonnement": _ID,
                    "secret": dit(
                        ou_rien(TEXTE),
                        "dit une fois ; null : il l'a déjà été, changez-en, ou c'est un courriel",
                        _EXEMPLE,
                    ),
                },
            ),
        )
    },
    "Enregistré.",
    201,
)
CHANGE: Final = Reponse(
    {
        JSON: Forme(
            "AbonnementChange",
            objet(
                "Ce qui a changé d'un abonnement",
                {
                    "abonnement": _ID,
                    "secret": dit(ou_rien(TEXTE), "SECRET : le nouveau, dit une fois", _EXEMPLE),
                    "precedent_jusqu_a": dit(ou_rien(INSTANT), "SECRET : le précédent signe aussi jusque-là"),
                    "rejouees": dit(ENTIER, "REJEU : nombre de livraisons reprises", 0),
                },
            ),
        )
    },
    "Enregistré.",
    201,
)


async def abonner(request: Requete, acces: Acces) -> Response:
    """S'abonner : ce qui change de ce que vous voyez vous est livré, ou ce qui attend votre réponse vous est compté."""
    contenu = saisie_de(await requete.corps(request))
    return ecrire(request, await abonnements.abonner(request.gate, acces, contenu, cle_de(request)), 201)


async def lister(request: Requete, acces: Acces) -> Response:
    """Lister les abonnements de votre organisation."""
    return ecrire(request, await abonnements.lister(request.gate, acces))


async def lire(request: Requete, acces: Acces) -> Response:
    """Lire un abonnement et ses lettres mortes."""
    return ecrire(request, await abonnements.lire(request.gate, acces, _abonnement(request)))


async def changer(request: Requete, acces: Acces) -> Response:
    """Mettre fin à un abonnement, en changer le secret, le reprendre, le confirmer."""
    contenu = saisie_de(await requete.corps(request))
    return ecrire(request, await abonnements.changer(request.gate, acces, _abonnement(request), contenu), 201)


def _abonnement(request: Requete) -> UUID:
    return requete.identifiant(request.path_params["abonnement"], INTROUVABLE)


ROUTES: Final = (
    Route(
        "POST", RACINE, Action.LIRE, abonner, SUIVRE, parametres=(CLE,),
        corps=Corps(NouvelAbonnement, exemple={"url": "https://si.exemple.fr/unefois"}), reponse=FAIT, refus=(409,),
    ),
    Route("GET", RACINE, Action.LIRE, lister, SUIVRE, reponse=rend(ABONNEMENTS)),
    Route(
        "GET", f"{RACINE}/{{abonnement}}", Action.LIRE, lire, SUIVRE,
        parametres=(ABONNEMENT,), reponse=rend(ABONNEMENT_LU), refus=(404,),
    ),
    Route(
        "POST", f"{RACINE}/{{abonnement}}/changement", Action.LIRE, changer, SUIVRE, parametres=(ABONNEMENT,),
        corps=Corps(ChangementDAbonnement, exemple={"geste": "SECRET"}), reponse=CHANGE, refus=(404, 409),
    ),
)  # fmt: skip
"""The routes of subscriptions."""

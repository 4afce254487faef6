"""The feed: what has changed of what a partner sees, as CloudEvents that point to it."""

from typing import Final

from starlette.responses import Response

from adapters.gate import flux
from adapters.gate.contexte import Acces
from adapters.gate.files import ATTENTE_MAXIMALE, Curseur
from adapters.rest import requete
from adapters.rest.commissions import ATTENTE, POSITION_ATTENDUE
from adapters.rest.delai import accorder
from adapters.rest.rendu import rendre
from adapters.rest.requete import Requete
from adapters.rest.route import Chapitre, Parametre, Route, rend
from adapters.rest.schema import (
    BOOLEEN,
    GROUPE,
    INSTANT,
    INSTANT_EXEMPLE,
    TEXTE,
    UUID,
    Forme,
    dit,
    liste,
    objet,
    ou_rien,
)
from policies.decision import Action

SUIVRE: Final = Chapitre("Flux", "Suivre ce qui change de ce que vous voyez.")
_JETON: Final = {"type": "string", "maxLength": 128}
_REPRISE: Final = "AbCd…"
_DONNEES: Final = objet(
    "Ce qui a changé : rien que de quoi le relire",
    {
        "dossier": dit(ou_rien(UUID), "le dossier ; null : tous"),
        "fait": dit(ou_rien(UUID), "le fait, tel que l'historique du dossier vous le nomme"),
        "evenement": dit(ou_rien(TEXTE), "son type ; null : il ne vous est pas dit", "DetteDeclaree"),
        "groupe": dit(ou_rien(GROUPE), "son groupe d'informations", "F05"),
        "corrige": dit(ou_rien(UUID), "le fait qui ne tient plus"),
    },
)
CHANGEMENTS: Final = Forme(
    "Changements",
    objet(
        "Ce qui a changé de ce que vous voyez, dans l'ordre, et de quoi prendre la suite",
        {
            "evenements": liste(
                objet(
                    "Un changement (CloudEvents 1.0)",
                    {
                        "specversion": dit({"const": "1.0"}, "version de CloudEvents", "1.0"),
                        "id": dit(TEXTE, "le même, s'il vous est donné deux fois", "8d3f0c1e5b7a4c2e9a6f1d0b3c5e7f90"),
                        "source": dit({"const": flux.SOURCE}, "d'où il vient", flux.SOURCE),
                        "type": dit(
                            {"enum": list(flux.TYPES)},
                            " ; ".join(f"{genre} : {texte}" for genre, texte in flux.TYPES.items()),
                            flux.FAIT,
                        ),
                        "time": dit(INSTANT, "quand il a été enregistré, si cela vous est dit", INSTANT_EXEMPLE),
                        "subject": dit(UUID, "le dossier, s'il y en a un"),
                        "datacontenttype": dit({"const": "application/json"}, "forme de « data »", "application/json"),
                        "data": _DONNEES,
                    },
                    facultatifs=("time", "subject"),
                )
            ),
            "suivant": dit(TEXTE, "à donner à « depuis » ; il change à chaque réponse et vaut 90 jours", _REPRISE),
            "encore": dit(BOOLEEN, "d'autres changements suivent déjà", exemple=False),
        },
    ),
)
DEPUIS: Final = Parametre(
    "depuis", "« suivant » de la réponse précédente ; sans lui, la réponse en donne un, et rien d'autre", _JETON
)
LIMITE: Final = Parametre(
    "limite",
    f"nombre de changements, {flux.PAGE} par défaut et au plus",
    {"type": "integer", "minimum": 1, "maximum": flux.PAGE},
)


async def suivre(request: Requete, acces: Acces) -> Response:
    """Suivre ce qui change de ce que vous voyez à cette finalité."""
    lus = request.parametres
    position, secondes = requete.attente(request)
    accorder(request, min(secondes, ATTENTE_MAXIMALE))
    page = Curseur(
        limite=requete.entier(lus, LIMITE.nom, flux.PAGE, flux.PAGE), apres_ecriture=position, attendre=secondes
    )
    suite = await flux.suivre(request.gate, acces, requete.un(lus, DEPUIS.nom), page)
    return rendre(request, suite.corps)


ROUTES: Final = (
    Route(
        "GET", "/v1/flux", Action.LIRE, suivre, SUIVRE,
        parametres=(DEPUIS, LIMITE, POSITION_ATTENDUE, ATTENTE), reponse=rend(CHANGEMENTS), egale=True,
    ),
)  # fmt: skip
"""The route of the feed."""

"""Which rules of access were in force, and since when, for the DPO."""

from typing import Final

from starlette.responses import Response

from adapters.gate import politiques
from adapters.gate.contexte import Acces
from adapters.gate.politiques import PERIODES
from adapters.rest import requete
from adapters.rest.rendu import ecrire
from adapters.rest.requete import Requete
from adapters.rest.route import Parametre, Route, rend
from adapters.rest.schema import ENTIER, INSTANT, INSTANT_EXEMPLE, TEXTE, Forme, dit, liste, objet, ou_rien
from adapters.rest.service import SERVICE
from ledger.politiques import TOUS
from policies.decision import Action

PARAMETRES: Final = (
    Parametre("avant", "« suivant » de la page précédente", ENTIER),
    Parametre(
        "limite", f"nombre de périodes, {PERIODES} au plus", {"type": "integer", "minimum": 1, "maximum": PERIODES}
    ),
)
POLITIQUES: Final = Forme(
    "Politiques",
    objet(
        "Les règles d'accès qui ont décidé, les dernières d'abord. Pour le DPO, à CONTROLE",
        {
            "politiques": liste(
                objet(
                    "Une période, sous une révision",
                    {
                        "revision": dit(TEXTE, "l'empreinte des règles, des tables et des motifs (SHA-256)", "3f1c"),
                        "depuis": dit(INSTANT, "en vigueur depuis", INSTANT_EXEMPLE),
                        "jusqu_a": dit(ou_rien(INSTANT), "remplacée ; null : en vigueur"),
                    },
                )
            ),
            "suivant": dit(ou_rien(ENTIER), "à donner à « avant » ensuite ; null à la fin"),
        },
    ),
)


async def lister(request: Requete, acces: Acces) -> Response:
    """Savoir quelles règles d'accès étaient en vigueur, et depuis quand."""
    lus = request.parametres
    avant, limite = requete.entier(lus, "avant", TOUS), requete.entier(lus, "limite", PERIODES, PERIODES)
    return ecrire(request, await politiques.lister(request.gate, acces, avant, limite))


ROUTES: Final = (
    Route(
        "GET", "/v1/politiques", Action.AUDITER, lister, SERVICE,
        parametres=PARAMETRES, reponse=rend(POLITIQUES),
    ),
)  # fmt: skip
"""The route of the rules that were in force."""

"""The person's rights: the four steps of an erasure."""

from collections.abc import Mapping
from typing import Any, Final

from starlette.responses import Response

from adapters.gate import droits
from adapters.gate.contexte import Acces
from adapters.gate.corps import saisie_de
from adapters.gate.saisie import AvisEffacement, DecisionEffacement, DemandeEffacement, ExecutionEffacement
from adapters.rest import requete
from adapters.rest.rendu import ecrire
from adapters.rest.requete import Requete
from adapters.rest.route import Chapitre, Corps, Fonction, Route, du_chemin, enregistre
from adapters.rest.schema import POSITION, UUID, UUID_EXEMPLE, Forme, dit, liste, objet
from policies.decision import Action

DROITS: Final = Chapitre("Droits", "Les droits des personnes : effacement, en quatre étapes.")
RACINE: Final = "/v1/droits/effacement"
EFFACEMENT: Final = du_chemin("effacement", "identifiant de la demande d'effacement", UUID)
ETAPE: Final = Forme(
    "EtapeEffacement",
    objet(
        "L'étape est enregistrée",
        {
            "effacement": dit(UUID, "identifiant de la demande d'effacement"),
            "position": POSITION,
            "decision": dit(UUID, "après la décision : à citer pour l'exécuter"),
            "autres_dossiers": {
                **liste(UUID),
                "description": "après l'exécution : autres dossiers où l'on trouve cette personne, à regarder",
            },
        },
        facultatifs=("decision", "autres_dossiers"),
    ),
)


def _effacer(etape: str, dite: str) -> Fonction:
    async def franchir(request: Requete, acces: Acces) -> Response:
        contenu = saisie_de(await requete.corps(request))
        texte = request.path_params.get("effacement")
        effacement = None if texte is None else requete.identifiant(texte)
        rendu = await droits.effacement(request.gate, acces, contenu, etape, effacement)
        return ecrire(request, rendu, 201, position=str(rendu["position"]))

    franchir.__doc__ = dite
    return franchir


def _etape(etape: str, dite: str, forme: type, exemple: Mapping[str, Any]) -> Route:
    """One step of an erasure. The first makes the request that the others name."""
    premiere = etape == "demande"
    return Route(
        "POST",
        RACINE if premiere else f"{RACINE}/{{effacement}}/{etape}",
        Action.EMETTRE,
        _effacer(etape, dite),
        DROITS,
        corps=Corps(forme, exemple={"dossier": UUID_EXEMPLE, **exemple}),
        parametres=() if premiere else (EFFACEMENT,),
        reponse=enregistre(ETAPE),
        refus=(404, 409),
    )


ROUTES: Final = (
    _etape(
        "demande",
        "Enregistrer la demande d'effacement d'une personne : première étape.",
        DemandeEffacement,
        {"personne": UUID_EXEMPLE},
    ),
    _etape(
        "avis",
        "Rendre l'avis du DPO sur une demande d'effacement : deuxième étape.",
        AvisEffacement,
        {"avis": "FAVORABLE"},
    ),
    _etape(
        "decision",
        "Décider d'un effacement, pour les responsables du traitement : troisième étape.",
        DecisionEffacement,
        {"sens": "REFUSE", "article": "RGPD 17(3)(b)"},
    ),
    _etape(
        "execution",
        "Exécuter un effacement décidé, par une autre personne : dernière étape, sans retour.",
        ExecutionEffacement,
        {"decision": UUID_EXEMPLE},
    ),
)
"""The routes of the person's rights."""

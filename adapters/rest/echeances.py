"""What falls due, and why: the law's clocks of a case, and those of acts that are only supposed."""

from typing import Final

from starlette.responses import Response

from adapters.gate import consulter, echeances
from adapters.gate.contexte import Acces
from adapters.gate.corps import saisie_de
from adapters.gate.echeances import HORLOGES_PAR_PAGE, Etendue
from adapters.gate.saisie import ACTES_SIMULES
from adapters.rest import requete
from adapters.rest.dossiers import DOSSIER, REGLES, REGLES_DU
from adapters.rest.rendu import montrer, rendre
from adapters.rest.requete import Requete
from adapters.rest.route import Chapitre, Corps, Parametre, Route, montre, rend
from adapters.rest.schema import (
    ENTIER,
    IDENTIFIANT,
    INSTANT,
    JOUR,
    LIBELLE,
    POSITION,
    TEXTE,
    Forme,
    dit,
    liste,
    objet,
    ou_rien,
)
from ledger.droit.bornes import CALENDRIER
from ledger.droit.listes import codes
from ledger.echeances.vocabulaire import au_catalogue
from policies.decision import Action

ECHEANCES: Final = Chapitre(
    "Échéances", "Ce qui échoit, d'après les actes, et pourquoi ; ou si tel acte était délivré."
)
PARAMETRES: Final = (
    Parametre(
        "au",
        f"jour auquel se placer, passé ou à venir, jusqu'en {CALENDRIER[1].year} ; aujourd'hui s'il n'est pas donné",
        JOUR,
    ),
    Parametre("connu_le", "ce qui était connu à ce moment, ou à la fin de ce jour", {"anyOf": [INSTANT, JOUR]}),
    REGLES_DU,
    Parametre("apres", "rang après lequel reprendre (« suivant » de la page précédente)", {**ENTIER, "minimum": 0}),
    Parametre(
        "limite",
        f"nombre d'échéances, {HORLOGES_PAR_PAGE} au plus",
        {**ENTIER, "minimum": 1, "maximum": HORLOGES_PAR_PAGE},
    ),
)

_DERNIER: Final = dit(ou_rien(JOUR), "dernier jour du délai, jusqu'à minuit", "2026-04-13")
_PREMIER: Final = dit(ou_rien(JOUR), "premier jour de ce qui suit", "2026-04-14")
ECHEANCE: Final = Forme(
    "Echeance",
    objet(
        "Ce qu'une règle de droit dit d'actes, un jour donné : calculé à chaque fois, jamais enregistré",
        {
            "regle": dit(TEXTE, "règle ; voir docs/echeances.md", "R01"),
            "libelle": LIBELLE,
            "etat": dit({"enum": list(codes("etat_echeance"))}, "où elle en est ce jour-là", "EN_COURS"),
            "dernier_jour": _DERNIER,
            "premier_jour": _PREMIER,
            "heure": dit(ou_rien(TEXTE), "heure du terme, à Paris, d'un délai qui se compte en heures", "18:00"),
            "explication": dit(
                TEXTE, "le calcul, en une phrase", "1 mois après la signification du jugement du 31 mars 2026 : …"
            ),
            "actes": {**liste(TEXTE), "description": "les faits dont elle est calculée, ou le rang de l'acte supposé"},
            "manque": {**liste(TEXTE), "description": "ce qu'il faudrait savoir pour la calculer"},
            "autres_lectures": liste(
                objet(
                    "Une autre lecture du texte, et ce qu'elle donnerait",
                    {
                        "si": dit(TEXTE, "à quelle condition", "si la clause du bail dit deux mois"),
                        "dernier_jour": _DERNIER,
                        "premier_jour": _PREMIER,
                    },
                )
            ),
            "texte": dit(TEXTE, "le texte dont elle vient", "loi 89-462, art. 24 I"),
            "etiquette": dit(
                {"enum": ["STATED", "2nd-HAND", "INFERRED", "RECALL"]},
                "le texte le dit, un commentaire le dit, ou c'est déduit : INFERRED dès que deux lectures se tiennent",
                "STATED",
            ),
            "partielle": dit(
                ou_rien(TEXTE),
                "présente si ce dont elle dépend peut ne pas vous être communiqué, que cela existe ou non",
            ),
        },
    ),
)
HORLOGES: Final = Forme(
    "Echeances",
    objet(
        "Une page de ce qui échoit dans un dossier, dans l'ordre des jours",
        {
            "position": POSITION,
            "dossier": IDENTIFIANT,
            "au": dit(JOUR, "jour auquel elles sont lues", "2026-11-02"),
            "reserve": dit(TEXTE, "de quoi elles sont calculées", "Calculées sur les seuls actes…"),
            "regles": REGLES,
            "echeances": liste(ECHEANCE),
            "suivant": dit(ou_rien(ENTIER), "à donner à « apres » ensuite ; null à la fin"),
        },
        facultatifs=("regles",),
    ),
)
SIMULEES: Final = Forme(
    "EcheancesSimulees",
    objet(
        "Ce qui échoirait, dans l'ordre des jours",
        {"au": dit(JOUR, "jour auquel elles sont lues", "2026-11-02"), "echeances": liste(ECHEANCE)},
    ),
)


SIMULATION: Final = Forme(
    "Simulation",
    objet(
        "Des actes que personne n'a faits : « si l'assignation est délivrée le… »",
        {
            "au": dit(JOUR, "jour auquel se placer ; aujourd'hui s'il n'est pas donné", "2026-12-01"),
            "actes": {
                "type": "array",
                "description": "les actes supposés ; une échéance les nomme par leur rang, depuis 0",
                "minItems": 1,
                "maxItems": ACTES_SIMULES,
                "items": Forme(
                    "ActeSuppose",
                    objet(
                        "Un acte, s'il était fait",
                        {
                            "type": {"enum": list(au_catalogue()), "description": "son type"},
                            "survenu_le": dit(JOUR, "jour où il serait fait", "2026-12-01"),
                            "donnees": {
                                "type": "object",
                                "additionalProperties": True,
                                "description": "de ses champs, ceux que lisent les délais : voir docs/echeances.md",
                                "examples": [{"date_audience": "2027-03-02"}],
                            },
                        },
                        facultatifs=("donnees",),
                    ),
                ),
            },
        },
        facultatifs=("au",),
    ),
)
EXEMPLE: Final = {
    "actes": [{"type": "AssignationSignifiee", "survenu_le": "2026-12-01", "donnees": {"date_audience": "2027-03-02"}}]
}


async def lire(request: Requete, acces: Acces) -> Response:
    """Savoir ce qui échoit dans un dossier, d'après ce qui vous en est communiqué, et pourquoi."""
    lus = request.parametres
    jour = requete.jour
    temps = consulter.Temps(jour(lus, "au", CALENDRIER[1]), requete.instant(lus, "connu_le"), jour(lus, REGLES_DU.nom))
    limite = requete.entier(lus, "limite", HORLOGES_PAR_PAGE, HORLOGES_PAR_PAGE)
    page = Etendue(requete.entier(lus, "apres", 0), limite)
    dossier = requete.dossier(request)
    return montrer(request, await echeances.lire(request.gate, acces, dossier, temps, page))


async def simuler(request: Requete, acces: Acces) -> Response:
    """Savoir ce qui échoirait si tels actes étaient faits : aucun dossier n'est lu, rien n'est gardé."""
    return rendre(request, await echeances.simuler(request.gate, acces, saisie_de(await requete.corps(request))))


ROUTES: Final = (
    Route(
        "GET", "/v1/dossiers/{dossier}/echeances", Action.LIRE, lire, ECHEANCES,
        parametres=(DOSSIER, *PARAMETRES), reponse=montre(HORLOGES), refus=(404,),
    ),
    Route(
        "POST", "/v1/echeances/simulation", Action.LIRE, simuler, ECHEANCES,
        corps=Corps(SIMULATION, exemple=EXEMPLE), reponse=rend(SIMULEES),
    ),
)  # fmt: skip
"""The routes of clocks."""

"""The charter's figures, year by year: counts that were kept, the few hidden."""

import io
from typing import Final

from starlette.responses import Response

from adapters.gate.contexte import Acces
from adapters.gate.indicateurs import publier
from adapters.mots.chiffres import COLONNES, rangees
from adapters.mots.tableur import ecrire_csv
from adapters.rest import requete
from adapters.rest.rendu import ecrire, entetes_de
from adapters.rest.requete import Illisible, Requete
from adapters.rest.route import Parametre, Reponse, Route
from adapters.rest.schema import ENTIER, JOUR, JSON, TEXTE, Forme, dit, liste, objet, ou_rien
from adapters.rest.service import SERVICE
from ledger.droit.indicateurs import CALCULS, historique
from policies.decision import Action
from projections.indicateurs import SEUIL, Axe

_ANNEES: Final = range(1990, 2101)
PARAMETRES: Final = (
    Parametre(
        "annee",
        "l'année ; sans elle, la dernière qui soit finie",
        {"type": "integer", "minimum": 1990, "maximum": 2100},
    ),
    Parametre("code", "un seul indicateur", {"enum": [i.code for i in historique()]}),
    Parametre("axe", "réparti par parc ou par commune ; jamais les deux", {"enum": [axe.value for axe in Axe]}),
    Parametre("format", "« csv » : les mêmes chiffres, en CSV", {"enum": ["csv"]}),
)
_INDICATEUR: Final = objet(
    "Un indicateur de la charte, pour une année",
    {
        "code": dit(TEXTE, "son numéro dans la charte", "9"),
        "libelle": dit(TEXTE, "ce qu'il compte", "assignations reçues (tous motifs)"),
        "producteur": dit(TEXTE, "qui en répond", "DRIHL 93, CD93"),
        "calcul": dit({"enum": list(CALCULS)}, "comment il se calcule", "actes"),
        "legal_ref": dit(TEXTE, "le texte qui le demande", "Charte 93, annexe 5, indicateur 9"),
        "tag": dit({"enum": ["STATED", "2nd-HAND", "INFERRED"]}, "d'où vient sa définition", "STATED"),
        "ruptures": liste(
            objet(
                "Un jour à partir duquel la série compte autre chose",
                {
                    "le": dit(JOUR, "depuis ce jour", "2026-02-14"),
                    "texte": dit(TEXTE, "ce qui change", "tout commandement de payer est signalé"),
                },
            )
        ),
        "arrete_le": dit(ou_rien(JOUR), "quand il a été compté pour la dernière fois", "2026-01-15"),
        "etat": dit(
            {"enum": ["arrete", "non_arrete", "trop_peu"]},
            f"arrêté ; pas encore ; ou tu, parce qu'il dirait ce qu'il en est de moins de {SEUIL} ménages",
            "arrete",
        ),
        "valeur": dit(ou_rien(ENTIER), "le nombre ; d'une dette, des centimes", 5788),
        "sur": dit(ou_rien(ENTIER), "d'une part, sur combien"),
        "premiere": dit(ou_rien(ENTIER), "la valeur arrêtée la première fois ; null si elle est tue", 5788),
        "par": liste(
            objet(
                "Une ligne, par parc ou par commune",
                {
                    "cle": dit(TEXTE, "code du parc, ou code INSEE de la commune", "SOCIAL"),
                    "valeur": dit(ou_rien(ENTIER), "le nombre ; null s'il est tu", 3652),
                },
            )
        ),
    },
)
INDICATEURS: Final = Forme(
    "Indicateurs",
    objet(
        "Les indicateurs d'une année",
        {
            "annee": dit(ENTIER, "l'année", 2019),
            "axe": dit({"enum": [axe.value for axe in Axe]}, "selon quoi ils sont répartis", "parc"),
            "indicateurs": liste(_INDICATEUR),
        },
    ),
)


async def lister_indicateurs(request: Requete, acces: Acces) -> Response:
    """Lire les indicateurs de la charte d'une année finie."""
    lus = request.parametres
    annee = requete.entier(lus, "annee", acces.le.year - 1)
    if annee not in _ANNEES:
        raise Illisible(400, "requete", "Le paramètre « annee » est une année, comme 2025.")
    code = requete.un(lus, "code")
    axe = Axe(requete.un(lus, "axe") or Axe.DEPARTEMENT)
    en_csv = requete.un(lus, "format")
    rendu = await publier(request.gate, acces, annee, code, axe)
    if en_csv is None:
        return ecrire(request, rendu)
    flux = io.StringIO(newline="")
    ecrire_csv(flux, COLONNES, rangees(rendu))
    entetes = {**entetes_de(request), "content-disposition": f'attachment; filename="indicateurs-{annee}.csv"'}
    return Response(flux.getvalue(), 200, entetes, media_type="text/csv; charset=utf-8")


STATISTIQUES: Final = Reponse({JSON: INDICATEURS, "text/csv": TEXTE})
ROUTES: Final = (
    Route(
        "GET", "/v1/indicateurs", Action.LISTER, lister_indicateurs, SERVICE, STATISTIQUES, parametres=PARAMETRES,
    ),
)  # fmt: skip
"""The route of the charter's figures."""

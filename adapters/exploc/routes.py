"""Lots, in and out. One is uploaded as it is, and its report is the answer: dry unless ``ecrire=true``.

Nothing of it is written to a disk, and at most ``IMPORTS`` run at once: each has a process of its own. What the ledger
has from EXPLOC is given as a lot, page by page, and what of it was withdrawn as a list.
"""

import asyncio
import hashlib
from base64 import b64encode
from typing import Final

import orjson
from starlette.responses import Response

from adapters.exploc.extraction import ENTETE, LOTS, RETRAITS
from adapters.exploc.importation import importer
from adapters.exploc.rapport import REFUS_LISTES
from adapters.gate.contexte import Acces
from adapters.gate.extraction import CURSEUR_MAX, RANGEES, extraire
from adapters.gate.refus import Refus, journaliser_refus
from adapters.rest.delai import accorder
from adapters.rest.erreurs import SURETE
from adapters.rest.rendu import entetes_de, rendre
from adapters.rest.requete import Requete, traceparent, un
from adapters.rest.route import Chapitre, Corps, Parametre, Reponse, Route, rend
from adapters.rest.schema import BOOLEEN, ENTIER, JOUR, TEXTE, Forme, dit, liste, objet
from policies.decision import Action

IMPORTS: Final = 2
CHEMIN: Final = "/exploc/v1/lots"


def places() -> asyncio.Semaphore:
    """How many imports one process runs at once: who comes beyond is told to come back, nobody waits."""
    return asyncio.Semaphore(IMPORTS)


async def deposer(request: Requete, acces: Acces) -> Response:
    """Déposer un lot EXPLOC : son rapport est la réponse. Sans « ecrire=true », rien n'est enregistré."""
    ecrire = un(request.parametres, "ecrire") == "true"
    if ecrire and request.gate.budget is not None:
        await journaliser_refus(request.gate, acces, Action.IMPORTER, "lot_a_blanc")
        raise Refus(403, "lot_a_blanc", "Dans un bac à sable, un lot se lit à blanc : ôtez « ecrire=true ».")
    libres: asyncio.Semaphore = request.app.state.imports
    if libres.locked():
        await journaliser_refus(request.gate, acces, Action.IMPORTER, "imports_en_cours")
        raise Refus(503, "imports_en_cours", "D'autres imports sont en cours : renvoyez le lot dans un instant.")
    accorder(request, None)  # its length is the lot's
    async with libres:
        rapport = orjson.dumps(await importer(request.gate, acces, request.stream(), ecrire=ecrire))
    return Response(rapport, headers={**SURETE, "traceparent": traceparent(request)}, media_type="application/json")


async def exporter(request: Requete, acces: Acces) -> Response:
    """Lire, en un lot que l'import relit, les actes que le registre tient d'EXPLOC."""
    page = await extraire(request.gate, acces, LOTS, un(request.parametres, DEPUIS.nom))
    corps = ENTETE + b"".join(page.rangees)
    entetes = {
        **entetes_de(request),
        "Content-Digest": f"sha-256=:{b64encode(hashlib.sha256(corps).digest()).decode()}:",
        "Suivant": page.suivant,
        "Fin": "true" if page.fin else "false",
    }
    return Response(corps, 200, entetes, media_type=CSV)


async def lister_retraits(request: Requete, acces: Acces) -> Response:
    """Lire les actes venus d'EXPLOC que quelqu'un a retirés depuis."""
    page = await extraire(request.gate, acces, RETRAITS, un(request.parametres, DEPUIS.nom))
    suite = b'],"suivant":"%b","fin":%b}' % (page.suivant.encode(), b"true" if page.fin else b"false")
    return rendre(request, b'{"retraits":[' + b",".join(page.rangees) + suite)


_PAR_CODE: Final = {"type": "object", "additionalProperties": {"type": "integer"}}
_COMPTES: Final = {
    "rows": "lignes lues",
    "accepted_distinct_acts": "actes retenus",
    "doublons": "actes déjà connus : rien n'est ajouté",
    "rejected": "lignes refusées",
    "expulsions_sans_solution": "expulsions sans solution",
    "jugements_contradictoires": "jugements contradictoires",
    "jugements_conditionnels": "jugements conditionnels (délais)",
    "dossiers": "dossiers concernés",
    "rapprochements_a_confirmer": "rapprochements à confirmer",
    "refs_that_name_an_already_known_household": "références qui désignent un ménage déjà connu",
}
_VENTILATIONS: Final = {
    "rejected_by_field": "lignes refusées, par colonne",
    "acts_by_type": "actes retenus, par type",
    "assignations_by_parc": "assignations, par parc",
    "cql_by_parc": "commandements de quitter les lieux, par parc",
    "expulsions_by_parc": "expulsions, par parc",
    "ecartes_par_colonne": "valeurs facultatives mises à part (la ligne est retenue), par colonne",
}
_REFUSEE: Final = Forme(
    "LigneMiseAPart",
    objet(
        "Une ligne refusée, ou une valeur mise à part ; le contenu n'est jamais repris",
        {
            "ligne": dit(ENTIER, "numéro de ligne dans le fichier", 17),
            "colonne": dit(TEXTE, "colonne en cause", "date_acte"),
            "motif": dit(TEXTE, "ce qui ne va pas", "date impossible"),
        },
    ),
)
RAPPORT: Final = Forme(
    "RapportExploc",
    objet(
        "Le rapport de l'import, pour l'instructeur de la CCAPEX seul",
        {
            **{nom: {**ENTIER, "description": texte} for nom, texte in _COMPTES.items()},
            **{nom: {**_PAR_CODE, "description": texte} for nom, texte in _VENTILATIONS.items()},
            "refus": {
                **liste(_REFUSEE),
                "description": f"les {REFUS_LISTES} premières ; « rejected » les compte toutes",
            },
            "ecartes": {**liste(_REFUSEE), "description": f"les {REFUS_LISTES} premières valeurs mises à part"},
            "colonnes_ignorees": {**liste(TEXTE), "description": "colonnes que le format ne connaît pas"},
            "lignes_windows_1252": {**ENTIER, "description": "lignes lues en Windows-1252 ; les autres en UTF-8"},
        },
    ),
)
EXPLOC: Final = Chapitre(
    "EXPLOC", "EXPLOC, imité : lots de l'instructeur de la CCAPEX, actes des études, saisines. Non officiel."
)
LOT: Final = Corps(
    {"type": "string", "description": "le lot, tel qu'EXPLOC le donne, au fil de l'eau"},
    ("text/csv", "application/gzip"),
)
ECRIRE: Final = Parametre(
    "ecrire", "« true » pour enregistrer ; sinon le lot est lu à blanc", {"enum": ["true", "false"]}
)
CSV: Final = "text/csv; charset=utf-8"
DEPUIS: Final = Parametre(
    "depuis",
    "« Suivant » (ou « suivant ») de la page précédente ; sans lui, depuis le début",
    {"type": "string", "maxLength": CURSEUR_MAX},
)
RETIRES: Final = Forme(
    "RetraitsExploc",
    objet(
        "Des actes venus d'EXPLOC, retirés depuis",
        {
            "retraits": liste(
                objet(
                    "Un acte retiré, par ce qui le nomme",
                    {
                        "etude_siret": dit(TEXTE, "SIRET de l'étude", "99920707900180"),
                        "type_acte": dit(TEXTE, "type de l'acte", "CQL"),
                        "ref_acte": dit(TEXTE, "numéro de l'acte à l'étude", "CQL-2019-000602"),
                        "date_acte": dit(JOUR, "date de l'acte", "2019-03-18"),
                        "motif": dit(TEXTE, "pourquoi, s'il a été dit", "acte d'un autre ménage"),
                    },
                )
            ),
            "suivant": dit(TEXTE, "à donner à « depuis » ; il change à chaque réponse", "AbCd…"),
            "fin": dit(BOOLEEN, "rien ne suit encore", exemple=True),
        },
    ),
)

ROUTES: Final = (
    Route(
        "POST", CHEMIN, Action.IMPORTER, deposer, EXPLOC, rend(RAPPORT), parametres=(ECRIRE,), corps=LOT,
    ),
    Route(
        "GET", CHEMIN, Action.IMPORTER, exporter, EXPLOC, parametres=(DEPUIS,),
        reponse=Reponse(
            {"text/csv": TEXTE}, f"Un lot de {RANGEES} actes au plus.", entetes=("Content-Digest", "Suivant", "Fin")
        ),
    ),
    Route(
        "GET", "/exploc/v1/retraits", Action.IMPORTER, lister_retraits, EXPLOC, rend(RETIRES), parametres=(DEPUIS,),
    ),
)  # fmt: skip
"""The routes under ``/exploc``."""

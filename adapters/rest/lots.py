"""Many contributions and openings in one body, one per line, each with an answer of its own."""

from collections.abc import AsyncIterator
from typing import Any, Final

import orjson
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from adapters.gate import audit, lots
from adapters.gate.contexte import Acces
from adapters.gate.refus import journaliser_refus
from adapters.rest import requete, schema
from adapters.rest.dossiers import (
    BLANC,
    CONTRIBUTION_RECUE,
    DITS,
    DOSSIERS,
    FACULTATIFS_DITS,
    OUVERTURE_FACULTATIFS,
    a_blanc,
    ouverture,
)
from adapters.rest.erreurs import ERREUR
from adapters.rest.rendu import Continu, entetes_de
from adapters.rest.requete import Illisible, Requete
from adapters.rest.route import Corps, Route, rend
from adapters.rest.schema import ENTIER, NDJSON, POSITION, TEXTE, Forme, dit, objet, ou_rien
from policies.decision import Action

GROUPE: Final = 64
_CLE_DE_LIGNE: Final = dit(TEXTE, "clé d'idempotence de cette ligne", "impayes-2026-10-0001")
LIGNE_DE_LOT: Final = Forme(
    "LigneDeLot",
    lambda: {
        "description": "Un objet JSON par ligne (NDJSON) : une contribution à un dossier, ou l'ouverture d'un dossier. "
        "Une mauvaise ligne n'arrête pas les autres ; une ligne de plus de 64 Kio arrête le lot.",
        "oneOf": [
            Forme(
                "LigneDeContribution",
                objet(
                    "Une contribution, son dossier et sa clé d'idempotence",
                    {
                        "dossier": dit(schema.UUID, "identifiant du dossier"),
                        "cle": _CLE_DE_LIGNE,
                        **DITS,
                    },
                    facultatifs=FACULTATIFS_DITS,
                ),
            ),
            Forme(
                "LigneDOuverture",
                objet(
                    "Un dossier à ouvrir, et sa clé d'idempotence",
                    {"cle": _CLE_DE_LIGNE, **ouverture()},
                    facultatifs=OUVERTURE_FACULTATIFS,
                ),
            ),
        ],
    },
)
_DE_LIGNE: Final = {
    "ligne": dit({**ENTIER, "minimum": 1}, "son rang dans l'envoi, lignes vides exclues", 1),
    "cle": dit(ou_rien(TEXTE), "sa clé d'idempotence ; rien si ce n'en est pas une", "impayes-2026-10-0001"),
    "dossier": dit(ou_rien(schema.UUID), "son dossier ; rien si la ligne n'en nomme ni n'en ouvre"),
}
RECU_DE_LIGNE: Final = Forme(
    "RecuDeLigne",
    {
        "description": "Une ligne par contribution ou ouverture, dans l'ordre de l'envoi.",
        "oneOf": [
            Forme(
                "LigneEnregistree",
                objet(
                    "Enregistrée",
                    {
                        **_DE_LIGNE,
                        "statut": dit({"const": 201}, "comme une requête à elle seule", 201),
                        "contribution": CONTRIBUTION_RECUE,
                        "position": POSITION,
                    },
                ),
            ),
            Forme(
                "LigneEssayee",
                objet(
                    "Essayée ; rien ne s'y oppose à cet instant",
                    {
                        **_DE_LIGNE,
                        "statut": dit({"const": 204}, "comme une requête à elle seule", 204),
                    },
                ),
            ),
            Forme(
                "LigneRefusee",
                objet(
                    "Refusée ; les autres lignes n'en souffrent pas",
                    {
                        **_DE_LIGNE,
                        "statut": dit({**ENTIER, "minimum": 400}, "comme une requête à elle seule", 422),
                        **ERREUR,
                    },
                ),
            ),
        ],
    },
)


async def transmettre_lot(request: Requete, acces: Acces) -> Response:
    """Transmettre beaucoup de contributions et d'ouvertures, une par ligne ; chacune a sa réponse, dans l'ordre."""
    gate, blanc = request.gate, a_blanc(request)

    async def resultats() -> AsyncIterator[bytes]:
        groupe: list[bytes] = []
        faites = 0
        try:
            async for ligne in requete.lignes(request):
                groupe.append(ligne)
                if len(groupe) == GROUPE:
                    yield _lignes(await lots.lot(gate, acces, groupe, apres=faites, blanc=blanc))
                    faites += len(groupe)
                    groupe = []
        except Illisible as refus:
            yield _lignes(await lots.lot(gate, acces, groupe, apres=faites, blanc=blanc))
            await journaliser_refus(gate, acces, Action.EMETTRE, refus.code)
            trop = {"statut": refus.statut, "code": refus.code, "detail": refus.message, "champs": []}
            yield _lignes([{"ligne": faites + len(groupe) + 1, "cle": None, "dossier": None} | trop])
            return
        except ClientDisconnect:
            return
        yield _lignes(await lots.lot(gate, acces, groupe, apres=faites, blanc=blanc))

    await audit.situer(gate, acces, "lot")
    return Continu(resultats(), 200, entetes_de(request), media_type=NDJSON)


def _lignes(rendues: list[dict[str, Any]]) -> bytes:
    return b"".join(orjson.dumps(rendue) + b"\n" for rendue in rendues)


ROUTES: Final = (
    Route(
        "POST", "/v1/interventions/lot", Action.EMETTRE, transmettre_lot, DOSSIERS,
        corps=Corps(LIGNE_DE_LOT, (NDJSON,)), parametres=(BLANC,), reponse=rend(RECU_DE_LIGNE, NDJSON), egale=True,
    ),
)  # fmt: skip
"""The route of a batch."""

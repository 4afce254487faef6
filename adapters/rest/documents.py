"""Papers for a partner's software: the same as pages offer, by the same verb of the gate, under the same row."""

from typing import Final
from uuid import UUID

from starlette.responses import Response

from adapters.gate.contexte import Acces
from adapters.gate.refus import Refus
from adapters.papier import documents
from adapters.papier.documents import D_UN_DOSSIER, Papier
from adapters.papier.impossible import PHRASES
from adapters.papier.modeles import modeles
from adapters.papier.presse import DELAI_S
from adapters.rest import requete, schema
from adapters.rest.delai import accorder
from adapters.rest.dossiers import DOSSIER, dossier_de
from adapters.rest.rendu import entetes_de
from adapters.rest.requete import Requete
from adapters.rest.route import Chapitre, Parametre, Reponse, Route, du_chemin
from adapters.rest.schema import Schema
from policies.decision import Action

DOCUMENTS: Final = Chapitre("Documents", "Un dossier sur papier : synthèse, diagnostic, courriers, en PDF/UA-1.")
PDF: Final = "application/pdf"
FICHIER: Final[Schema] = {"type": "string", "format": "binary", "description": "le PDF"}
DOCUMENT: Final = du_chemin(
    "document", "ce qui est édité ; un courrier, à ses finalités", {"enum": [*D_UN_DOSSIER, *modeles()]}
)
ACTE: Final = Parametre("acte", "l'acte dont parle le document, au lieu du dernier", schema.UUID)


async def editer(request: Requete, acces: Acces) -> Response:
    """Éditer un document d'un dossier, de ce qui vous en est communiqué."""
    papier = await _faire(request, acces, requete.uuid(request.parametres, ACTE.nom))
    entetes = {
        **entetes_de(request),
        "content-disposition": f'attachment; filename="{papier.nom}"',
        "content-security-policy": "default-src 'none'; sandbox",
    }
    return Response(papier.octets, 200, entetes, PDF)


async def _faire(request: Requete, acces: Acces, acte: UUID | None) -> Papier:
    document, atelier = request.path_params["document"], request.app.state.atelier
    accorder(request, DELAI_S)
    try:
        return await documents.dossier(request.gate, atelier, acces, dossier_de(request), document, acte=acte)
    except Refus as refus:
        if refus.code not in PHRASES:
            raise
        raise Refus(409, "document_impossible", refus.message) from refus


ROUTES: Final = (
    Route(
        "GET", "/v1/dossiers/{dossier}/documents/{document}", Action.LIRE, editer, DOCUMENTS,
        parametres=(DOSSIER, DOCUMENT, ACTE), reponse=Reponse({PDF: FICHIER}, "Le document."), refus=(404, 409),
    ),
)  # fmt: skip
"""The routes of papers."""

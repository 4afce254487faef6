"""What whoever writes a client may read without a token: the reference, page by page, and what each error means."""

from functools import cache
from importlib.resources import files
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from adapters.gate.codes import CODES, DU_DOSSIER
from adapters.rest.document import CHEMIN
from adapters.rest.erreurs import ERREURS, PAGE
from adapters.web import pages
from adapters.web.rendu import Cadre
from adapters.web.reponses import EN_TETES, page

DOCS: Final = "/docs"
_FEUILLE: Final = "swagger-ui.css"
_PROGRAMME: Final = "swagger-ui-bundle.js"
_DEPART: Final = "depart.js"
_PAGE: Final = f"""<!doctype html>
<html lang="fr">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex, nofollow">
<title>Référence de l'API – unefois</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="{DOCS}/{_FEUILLE}">
</head>
<body>
<main id="reference"></main>
<noscript>Cette page demande JavaScript. Le document qu'elle montre est <a href="{CHEMIN}">{CHEMIN}</a>.</noscript>
<script src="{DOCS}/{_PROGRAMME}"></script>
<script src="{DOCS}/{_DEPART}"></script>
</body>
</html>
"""
_LANCER: Final = f"""const role = new URLSearchParams(location.search).get("role");
SwaggerUIBundle({{
  url: role === null ? "{CHEMIN}" : "{CHEMIN}?role=" + encodeURIComponent(role),
  dom_id: "#reference",
  deepLinking: true,
  docExpansion: "none",
  defaultModelsExpandDepth: -1,
  validatorUrl: null,
}});
"""
_POLITIQUE: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self';"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""That page alone styles its elements one by one; it loads nothing from elsewhere, and sends nothing elsewhere."""
_GENRES: Final = {_FEUILLE: "text/css", _PROGRAMME: "text/javascript", _DEPART: "text/javascript"}


async def lire_erreurs(request: Request) -> Response:
    """What each error means: where the ``type`` of a problem leads."""
    genres = [(code, (erreur.statut, erreur.titre, erreur.remede)) for code, erreur in ERREURS.items()]
    phrases: dict[str, str] = request.app.state.gate.motifs
    champs, motifs = ([(code, (phrase,)) for code, phrase in sorted(dits.items())] for dits in (CODES, phrases))
    return page(pages.erreurs(Cadre(), genres, champs, sorted(DU_DOSSIER.items()), motifs), 200)


async def lire_reference(_: Request) -> Response:
    """The reference, read by a browser from our own document; ``?role=`` as there."""
    return HTMLResponse(_PAGE, headers={**EN_TETES, "Content-Security-Policy": _POLITIQUE})


async def lire_fichier(request: Request) -> Response:
    """What that page is made of, from the package that brings it: nothing is fetched elsewhere."""
    nom: str = request.path_params["nom"]
    if nom not in _GENRES:
        raise HTTPException(404)
    entetes = {"Cache-Control": "public, max-age=3600", "X-Content-Type-Options": "nosniff"}
    return Response(_LANCER if nom == _DEPART else _fichier(nom), media_type=_GENRES[nom], headers=entetes)


@cache
def _fichier(nom: str) -> bytes:
    return (files("fastapi_offline") / "static" / nom).read_bytes()


ADRESSES: Final = (
    Route(PAGE, lire_erreurs, methods=["GET"]),
    Route(DOCS, lire_reference, methods=["GET"]),
    Route(f"{DOCS}/{{nom}}", lire_fichier, methods=["GET"]),
)
"""Its addresses."""

"""``/openapi.json``: the contract as it is served, to whoever asks; ``?role=`` describes all that a role sends."""

import asyncio
import gzip
import re
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from adapters.rest import erreurs
from adapters.rest.contrat import contrat
from adapters.rest.envois import emis_par

CHEMIN: Final = "/openapi.json"
_GZIP: Final = re.compile(
    r"(?:^|[,\s])(?:gzip|\*)\s*(?:;\s*q\s*=\s*(?:1(?:\.0{0,3})?|0?\.\d*[1-9]\d*)\s*)?(?:,|$)", re.IGNORECASE
)
"""Who accepts it, at a weight above nought."""
_ROLE: Final = "« role » se donne une fois, et nomme un rôle du document, sous « x-lecteurs »."


class Documents:
    """The documents of one application, each written once, on a thread: it takes longer than a request may."""

    def __init__(self) -> None:
        self._ecrits: dict[str, tuple[bytes, bytes]] = {}
        self._plume = asyncio.Lock()

    async def repondre(self, request: Request) -> Response:
        """The whole document, or that of a role; 400 for another parameter, or a role that is none."""
        demandes = request.query_params.multi_items()
        role = demandes[0][1] if demandes else ""
        roles = request.app.state.gate.tables.matrice
        if [nom for nom, _ in demandes] not in ([], ["role"]) or (demandes and role not in roles):
            return erreurs.probleme(400, "requete", _ROLE)
        clair, serre = await self._ecrire(request, role)
        entetes = {"vary": "Accept-Encoding", "x-content-type-options": "nosniff"}
        if _GZIP.search(",".join(request.headers.getlist("accept-encoding"))):
            return Response(serre, headers={**entetes, "content-encoding": "gzip"}, media_type="application/json")
        return Response(clair, headers=entetes, media_type="application/json")

    async def _ecrire(self, request: Request, role: str) -> tuple[bytes, bytes]:
        etat = request.app.state
        async with self._plume:
            if role not in self._ecrits:
                transmis = emis_par(etat.gate.tables, role)
                clair = await asyncio.to_thread(contrat, etat.gate.tables, etat.routes_du_contrat, transmis)
                self._ecrits[role] = clair, await asyncio.to_thread(gzip.compress, clair, mtime=0)
        return self._ecrits[role]

"""A national system to try against: it serves a lot page by page, and goes wrong as it is told to. Unofficial.

It opens no database and asks no policy. What it was asked before is all that it remembers.
"""

import asyncio
import base64
import hashlib
import socket
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Annotated, Any, Final, Literal

import msgspec
import orjson
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from adapters.exploc.fichier import COLONNES, Lot
from adapters.exploc.scenarios import Scenario, fautes, tirer_le_fil
from adapters.rest.erreurs import probleme
from ledger.catalogue import ACTES
from ledger.noms import est_siret

BOUCLE: Final = "127.0.0.1"
PAR_PAGE: Final = 100
LENTEUR: Final = 2.0
"""Seconds by which an answer of the scenario ``lent`` is late."""
CORPS_MAX: Final = 64 << 10
ACTES_MAX: Final = 10_000
"""Acts that one simulator receives: it keeps their receipts."""
_CSV: Final = "text/csv; charset=utf-8"
_JSON: Final = "application/json"
_ENTETE: Final = ";".join(COLONNES) + "\n"

Nom = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class ActeTransmis(msgspec.Struct):
    """An act as an étude's software sends it: what names it. Whatever else it says is not looked at."""

    message_id: Nom
    etude_siret: Nom
    type_acte: Nom
    ref_acte: Nom
    date_acte: date


class Accuse(msgspec.Struct):
    """The acknowledgement of receipt."""

    message_id: str
    numero: str
    recu_le: datetime
    etat: Literal["A_QUALIFIER"] = "A_QUALIFIER"


class Simulateur:
    """The state of one, and its routes. ``lenteur``, ``par_page``: see the constants of their names."""

    def __init__(
        self,
        lot: Lot,
        scenarios: Sequence[Scenario] = (),
        graine: int = 1,
        *,
        lenteur: float = LENTEUR,
        par_page: int = PAR_PAGE,
    ) -> None:
        self._scenarios = frozenset(scenarios)
        self._graine = graine
        self._lenteur = lenteur
        fil = tirer_le_fil(lot, self._scenarios, graine)
        self._rangees = _couper(fil.rangees, par_page)
        self._tardives = _couper(fil.tardives, par_page)
        self._retraits = _couper(fil.retraits, par_page)
        self._essais: Counter[tuple[str, int]] = Counter()
        self._recus: dict[str, tuple[ActeTransmis, Accuse]] = {}
        self.app = Starlette(
            routes=[
                Route("/exploc/v1/lots", self._servir_lots),
                Route("/exploc/v1/retraits", self._servir_retraits),
                Route("/exploc/v1/actes", self._recevoir, methods=["POST"]),
            ]
        )

    async def _servir_lots(self, requete: Request) -> Response:
        page = _demandee(requete, self._rangees)
        if isinstance(page, Response):
            return page
        corps = (_ENTETE + "".join(self._rangees[page] if page < len(self._rangees) else ())).encode()
        suite, faute = _suite(page, self._rangees), self._faute(requete, page)
        if page + 1 == len(self._rangees) and faute in {None, "lent"}:
            self._rangees += self._tardives  # whoever comes back finds what was late
            self._tardives = []
        return await self._rendre(faute, page, Response(corps, headers=suite, media_type=_CSV))

    async def _servir_retraits(self, requete: Request) -> Response:
        page = _demandee(requete, self._retraits)
        if isinstance(page, Response):
            return page
        suite = _suite(page, self._retraits)
        dits = self._retraits[page] if page < len(self._retraits) else ()
        corps = {"retraits": dits, "suivant": suite["suivant"], "fin": suite["fin"] == "true"}
        return await self._rendre(self._faute(requete, page), page, Response(orjson.dumps(corps), media_type=_JSON))

    def _faute(self, requete: Request, page: int) -> Scenario | None:
        """How this answer is spoilt, if it is."""
        chemin = requete.url.path
        prevues = fautes(self._scenarios, self._graine, chemin, page)
        essai = self._essais[chemin, page]
        self._essais[chemin, page] += 1
        return prevues[essai] if essai < len(prevues) else None

    async def _rendre(self, faute: Scenario | None, page: int, reponse: Response) -> Response:
        """The answer, or what a fault makes of it: on even pages what is hardest to see."""
        pair = page % 2 == 0
        if faute == "lent":
            await asyncio.sleep(self._lenteur)
        if faute == "panne":
            return _en_panne(pair=pair)
        corps = bytes(reponse.body)
        if faute == "encodage":
            corps = _mal_encode(corps, pair=pair)
        reponse.headers["content-digest"] = _empreinte(corps)
        reponse.headers["content-length"] = str(len(corps))
        reponse.body = corps
        if faute == "tronque":
            reponse.body = corps[: len(corps) * 2 // 3]
            if pair:  # nothing but the digest tells; otherwise the connection is cut under the reader
                reponse.headers["content-length"] = str(len(reponse.body))
        return reponse

    async def _recevoir(self, requete: Request) -> Response:
        acte = await _lire_acte(requete)
        if isinstance(acte, Response):
            return acte
        connu = self._recus.get(acte.message_id)
        if connu is not None and connu[0] != acte:
            return probleme(409, "message", "Ce « message_id » a déjà porté un autre acte : donnez-en un neuf.")
        if connu is None and len(self._recus) >= ACTES_MAX:
            return probleme(503, "plein", f"Le simulateur a reçu {ACTES_MAX} actes : relancez-le.")
        accuse = connu[1] if connu else Accuse(acte.message_id, f"SIM-{len(self._recus) + 1:06}", datetime.now(UTC))
        self._recus[acte.message_id] = acte, accuse
        return Response(msgspec.json.encode(accuse), 200 if connu else 201, media_type=_JSON)


async def _lire_acte(requete: Request) -> ActeTransmis | Response:
    """The act that is sent, or why it is not taken."""
    if (refus := _sans_jeton(requete)) is not None:
        return refus
    corps = bytearray()
    async for morceau in requete.stream():
        corps += morceau
        if len(corps) > CORPS_MAX:
            return probleme(413, "corps", f"Un acte fait au plus {CORPS_MAX >> 10} Kio.")
    try:
        acte = msgspec.json.decode(corps, type=ActeTransmis)
    except (msgspec.DecodeError, UnicodeDecodeError):
        champs = ", ".join(ActeTransmis.__struct_fields__)
        return probleme(422, "corps", f"Un acte est un objet JSON qui donne {champs} (AAAA-MM-JJ).")
    if acte.type_acte not in ACTES or not est_siret(acte.etude_siret):
        return probleme(422, "corps", "« type_acte » n'est pas de la liste, ou « etude_siret » n'est pas un SIRET.")
    return acte


def _couper(dits: Sequence[Any], par_page: int) -> list[Sequence[Any]]:
    return [dits[debut : debut + par_page] for debut in range(0, len(dits), par_page)]


def _demandee(requete: Request, pages: Sequence[object]) -> int | Response:
    """The page that is asked for; that after the last is empty, until something comes. Or the refusal."""
    if (refus := _sans_jeton(requete)) is not None:
        return refus
    curseur = requete.query_params.get("depuis", "p0")
    rang = curseur.removeprefix("p")
    if not (curseur.startswith("p") and rang.isascii() and rang.isdigit() and len(rang) <= len(str(len(pages)))):
        return _inconnu()
    return int(rang) if int(rang) <= len(pages) else _inconnu()


def _inconnu() -> Response:
    return probleme(400, "curseur", "« depuis » n'est pas un curseur que ce simulateur a donné : reprenez sans lui.")


def _suite(page: int, pages: Sequence[object]) -> dict[str, str]:
    apres = min(page + 1, len(pages))
    return {"suivant": f"p{apres}", "fin": "true" if apres == len(pages) else "false"}


def _sans_jeton(requete: Request) -> Response | None:
    genre, _, jeton = requete.headers.get("authorization", "").partition(" ")
    if genre.lower() == "bearer" and jeton.strip():
        return None
    defi = {"www-authenticate": "Bearer"}
    return probleme(401, "jeton", "Donnez un jeton (Authorization: Bearer) : ici, n'importe lequel.", entetes=defi)


def _en_panne(*, pair: bool) -> Response:
    if pair:
        return probleme(503, "panne", "Panne simulée : revenez dans une seconde.", entetes={"retry-after": "1"})
    return probleme(500, "panne", "Panne simulée.")


def _mal_encode(corps: bytes, *, pair: bool) -> bytes:
    texte = corps.decode()
    return texte.encode("cp1252", "replace") if pair and not texte.isascii() else texte.encode("utf-16")


def _empreinte(corps: bytes) -> str:
    return f"sha-256=:{base64.b64encode(hashlib.sha256(corps).digest()).decode()}:"


def ecouter(port: int) -> socket.socket:
    """A place to listen at, on this machine alone; 0: any. ``OSError``."""
    return socket.create_server((BOUCLE, port))


async def servir(simulateur: Simulateur, ecoute: socket.socket) -> None:
    """Serve until told to stop."""
    reglages = uvicorn.Config(
        simulateur.app, ws="none", log_level="critical", access_log=False, server_header=False, lifespan="off"
    )
    await uvicorn.Server(reglages).serve([ecoute])

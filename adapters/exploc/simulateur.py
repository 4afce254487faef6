"""A national system to try against: it serves a lot page by page, and goes wrong as it is told to. Unofficial.

It opens no database and asks no policy. What it was asked before is all that it remembers.
"""

import asyncio
import base64
import csv
import hashlib
import io
import socket
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple
from uuid import UUID, uuid5

import msgspec
import orjson
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from adapters.exploc.fichier import COLONNES, Lot, ouvrir_lot
from adapters.exploc.lot import Rangee, RangeeRefusee, lire
from adapters.exploc.scenarios import Scenario, fautes, tirer_le_fil
from adapters.rest.erreurs import probleme
from ledger.droit.jours import PARIS, aujourd_hui

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


class _ActeEnvoye(msgspec.Struct):
    """An act as an étude's software sends it: the columns of a row, under the id of its message."""

    message: UUID
    acte: dict[str, str]


class _ActeRecu(NamedTuple):
    """An act that was received: what it said, by which key it is known, what was answered."""

    enveloppe: _ActeEnvoye
    cle: tuple[object, ...]
    reponse: dict[str, object]


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
        self._recus: dict[UUID, _ActeRecu] = {}
        self.app = Starlette(
            routes=[
                Route("/exploc/v1/lots", self._servir_lots),
                Route("/exploc/v1/retraits", self._servir_retraits),
                Route("/exploc/v1/actes", self._recevoir, methods=["POST"]),
                Route("/exploc/v1/actes/{message}", self._suivre),
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
        lue = await _lire_acte(requete)
        if isinstance(lue, Response):
            return lue
        enveloppe, ligne = lue
        cle = ligne.etude_siret, ligne.type_acte, ligne.ref_acte, ligne.date_acte
        recu = self._recus.get(enveloppe.message)
        if recu is not None and recu.enveloppe != enveloppe:
            return probleme(409, "cle_reutilisee", "Ce message a déjà porté un autre acte : donnez-en un neuf.")
        if recu is None:
            if any(cle == autre.cle for autre in self._recus.values()):
                return probleme(409, "acte_connu", "Cet acte est déjà venu sous un autre message.")
            if len(self._recus) >= ACTES_MAX:
                return probleme(503, "plein", f"Le simulateur a reçu {ACTES_MAX} actes : relancez-le.")
            recu = _ActeRecu(enveloppe, cle, _accuser(enveloppe, ligne, len(self._recus) + 1))
            self._recus[enveloppe.message] = recu
        return Response(orjson.dumps(recu.reponse), 201, media_type=_JSON)

    async def _suivre(self, requete: Request) -> Response:
        if (refus := _sans_jeton(requete)) is not None:
            return refus
        try:
            recu = self._recus.get(UUID(requete.path_params["message"]))
        except ValueError:
            recu = None
        if recu is None:
            return probleme(404, "introuvable", "Aucun message de ce numéro n'est venu ici.")
        return Response(orjson.dumps({n: v for n, v in recu.reponse.items() if n != "ecartes"}), media_type=_JSON)


async def _lire_acte(requete: Request) -> tuple[_ActeEnvoye, Rangee] | Response:
    """The act that is sent, read as the row of a lot; or why it is not taken."""
    if (refus := _sans_jeton(requete)) is not None:
        return refus
    corps = bytearray()
    async for morceau in requete.stream():
        corps += morceau
        if len(corps) > CORPS_MAX:
            return probleme(413, "corps", f"Un acte fait au plus {CORPS_MAX >> 10} Kio.")
    try:
        enveloppe = msgspec.json.decode(corps, type=_ActeEnvoye)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return probleme(422, "corps", "Un envoi est un objet JSON : « message » (un UUID), « acte » (des textes).")
    if inconnues := enveloppe.acte.keys() - set(COLONNES):
        return probleme(422, "colonne", f"« acte » a les colonnes d'un lot : {len(inconnues)} n'en sont pas.")
    texte = io.StringIO(newline="")
    csv.writer(texte, delimiter=";").writerows([COLONNES, [enveloppe.acte.get(nom, "") for nom in COLONNES]])
    lot = ouvrir_lot(io.BytesIO(texte.getvalue().encode(errors="replace")))
    ligne = next(lire(lot, aujourd_hui()), RangeeRefusee(0, "type_acte", "l'acte est vide"))
    if isinstance(ligne, RangeeRefusee):
        champs = [{"champ": f"acte.{ligne.colonne}", "code": "valeur", "message": ligne.motif}]
        return probleme(422, "acte", f"« {ligne.colonne} » : {ligne.motif}.", champs)
    return enveloppe, ligne


def _accuser(enveloppe: _ActeEnvoye, ligne: Rangee, rang: int) -> dict[str, object]:
    """The acknowledgement of receipt, as ``POST /exploc/v1/actes`` gives it."""
    le = datetime.now(UTC)
    return {
        "message": enveloppe.message,
        "dossier": uuid5(enveloppe.message, "dossier"),
        "acte": uuid5(enveloppe.message, "acte"),
        "etat": "A_QUALIFIER",
        "accuse": {
            "au_nom_de": "préfet de la Seine-Saint-Denis (simulé)",
            "numero": f"SIM-{rang:06}",
            "date": le.astimezone(PARIS).date(),
            "recu_le": le,
        },
        "ecartes": ligne.ecartes,
    }


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

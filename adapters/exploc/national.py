"""The national system over HTTP: its pages are gathered into one lot, and none is believed before it was checked.

A page is what its digest says, in UTF-8, with the header of a lot; anything else is asked for again, a bounded number
of times, and then nothing of it all is imported. Where a page ends means nothing: households are told apart on the
whole of what came.
"""

import asyncio
import base64
import hashlib
import io
import re
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Final, NamedTuple, TypeVar
from urllib.parse import SplitResult, urlencode, urlsplit

import httpx2
import msgspec

from adapters.exploc.fichier import LotIllisible, ouvrir_lot
from adapters.exploc.importation import FINALITE
from adapters.exploc.source import ActeRetire, Recolte, SourceEnDefaut
from adapters.livraison.postier import AGENT, pas_avant

T = TypeVar("T")

CONNEXION: Final = 5.0
"""Seconds in which the national system has to be there."""
REPONSE: Final = 30.0
"""Seconds in which it has to give each piece of an answer."""
EN_TOUT: Final = 120.0
"""Seconds for one page: a system that answers by drops has no more."""
RECULS: Final = (0.5, 2.0, 8.0, 20.0, 60.0)
"""Seconds before a page is asked for again, after each failure; after the last of them it is given up."""
ATTENTE: Final = 120.0
"""Seconds that ``Retry-After`` may ask for: whoever wants more is come back to by a person, or by a timer."""
PAGE_MAX: Final = 16 << 20
RANGEES_PAR_PAGE: Final = 50_000
LOT_MAX: Final = 128 << 20
"""Bytes of the pages of one pickup, and ``RANGEES_MAX`` of their rows: beyond, the rest is for the next one."""
RANGEES_MAX: Final = 400_000
PAGES_MAX: Final = 20_000
RETRAITS_MAX: Final = 200_000
URL_MAX: Final = 400

_CURSEUR: Final = re.compile(r"[\x21-\x7e]{1,64}")
_JETON: Final = re.compile(r"[\x21-\x7e]{1,8192}")
_SHA256: Final = re.compile(r"(?:^|,)\s*sha-256=:([A-Za-z0-9+/]{43}=):")
_PASSAGERES: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
_BOM: Final = b"\xef\xbb\xbf"
ADRESSE: Final = (
    "Donnez l'adresse du système national en https (http sur la boucle locale seulement), sans identifiants, sans « ? »"
    f" ni « # », de {URL_MAX} caractères au plus."
)


class _Faute(Exception):
    """This answer is not to be believed; it may be asked for again, and not before ``attente`` seconds."""

    def __init__(self, message: str, attente: float = 0.0) -> None:
        super().__init__(message)
        self.attente = attente


class _Reponse(NamedTuple):
    entetes: Mapping[str, str]
    corps: bytes


class _Page(NamedTuple):
    """A page of a lot: its header row, and its bytes without it."""

    entete: bytes
    rangees: bytes
    suivant: str
    fin: bool


class _PageDeRetraits(msgspec.Struct):
    """A page of acts that were taken back."""

    retraits: list[ActeRetire]
    suivant: str
    fin: bool


def adresse(url: str) -> str:
    """The address of a national system, as its cursor is kept under it. ``SourceEnDefaut``."""
    try:  # what cannot be taken apart is no address
        admise = len(url) <= URL_MAX and url.isascii() and url.isprintable() and _admise(urlsplit(url))
    except ValueError:
        admise = False
    if not admise:
        raise SourceEnDefaut(ADRESSE)
    return url.rstrip("/")


def _admise(lue: SplitResult) -> bool:
    local = lue.hostname in {"localhost", "127.0.0.1", "::1"}
    nue = bool(lue.hostname) and not (lue.query or lue.fragment or lue.username or lue.password)
    return nue and lue.port != 0 and (lue.scheme == "https" or (lue.scheme == "http" and local))


class National:
    """The driver. ``reculs`` and the delays: see the constants of their names.

    It declares its purpose too: our own service, which serves the same, asks for one.
    """

    def __init__(
        self,
        url: str,
        jeton: str,
        *,
        reculs: Sequence[float] = RECULS,
        reponse: float = REPONSE,
        en_tout: float = EN_TOUT,
        lot_max: int = LOT_MAX,
    ) -> None:
        self.nom: str | None = adresse(url)
        if not _JETON.fullmatch(jeton):
            raise SourceEnDefaut("UNEFOIS_EXPLOC_TOKEN n'est pas un jeton : il a un espace, ou plus que de l'ASCII.")
        self._jeton = jeton
        self._reculs = reculs
        self._delais = httpx2.Timeout(reponse, connect=CONNEXION)
        self._en_tout = en_tout
        self._lot_max = lot_max

    async def recolter(self, depuis: str | None) -> Recolte:
        """What comes after a cursor as one lot, until there is no more, or enough for one pickup.

        Then all that was taken back, from the first: one may have come before its act.
        """
        async with httpx2.AsyncClient(trust_env=False, follow_redirects=False, timeout=self._delais) as client:
            pages = await self._lire_lots(client, depuis)
            retraits = await self._lire_retraits(client) if pages[-1].fin else ()
        return Recolte(_assembler(pages), retraits, pages[-1].suivant, len(pages), pages[-1].fin)

    async def _lire_lots(self, client: httpx2.AsyncClient, depuis: str | None) -> list[_Page]:
        pages: list[_Page] = []
        octets = rangees = 0
        while len(pages) < PAGES_MAX and octets <= self._lot_max and rangees <= RANGEES_MAX:
            entete = pages[0].entete if pages else None
            page = await self._insister(client, "lots", depuis, lambda lue, e=entete: _page(lue, e))  # type: ignore[misc]  # bound here
            _avancer(depuis, page.suivant, fin=page.fin)
            pages.append(page)
            if page.fin:
                break
            depuis = page.suivant
            octets += len(page.rangees)
            rangees += page.rangees.count(b"\n")
        return pages

    async def _lire_retraits(self, client: httpx2.AsyncClient) -> Sequence[ActeRetire]:
        """Sorted: they come in any order, and twice."""
        trouves: set[ActeRetire] = set()
        depuis: str | None = None
        for _ in range(PAGES_MAX):
            page = await self._insister(client, "retraits", depuis, _retraits)
            _avancer(depuis, page.suivant, fin=page.fin)
            trouves.update(page.retraits)
            if len(trouves) > RETRAITS_MAX:
                break
            if page.fin:
                return sorted(
                    trouves, key=lambda r: (r.date_acte, r.etude_siret, r.type_acte, r.ref_acte, r.motif or "")
                )
            depuis = page.suivant
        raise SourceEnDefaut(
            f"Le système national annonce plus de {RETRAITS_MAX} actes retirés, ou n'en finit pas : prévenez-le."
        )

    async def _insister(
        self, client: httpx2.AsyncClient, quoi: str, depuis: str | None, lire: Callable[[_Reponse], T]
    ) -> T:
        """One page, asked for again as long as what comes is not to be believed. ``SourceEnDefaut``."""
        motif, attente = "", 0.0
        for recul in (0.0, *self._reculs):
            if attente > ATTENTE:
                raise SourceEnDefaut(
                    f"Le système national demande de revenir dans {attente:.0f} s : relancez la même commande alors."
                )
            await asyncio.sleep(max(recul, attente))
            try:
                async with asyncio.timeout(self._en_tout):
                    return lire(await self._demander(client, quoi, depuis))
            except _Faute as faute:
                motif, attente = str(faute), faute.attente
            except (TimeoutError, httpx2.TimeoutException):
                motif, attente = "il ne répond pas à temps", 0.0
            except (httpx2.HTTPError, OSError):
                motif, attente = "la connexion a échoué, ou s'est coupée", 0.0
        raise SourceEnDefaut(
            f"Le système national est en défaut, après {len(self._reculs) + 1} essais : {motif}. Rien de cette relève"
            " n'est importé : relancez la même commande plus tard."
        )

    async def _demander(self, client: httpx2.AsyncClient, quoi: str, depuis: str | None) -> _Reponse:
        suite = "" if depuis is None else "?" + urlencode({"depuis": depuis})
        entetes = {"authorization": f"Bearer {self._jeton}", "finalite": FINALITE, "accept-encoding": "identity"}
        entetes["user-agent"] = AGENT
        async with client.stream("GET", f"{self.nom}/exploc/v1/{quoi}{suite}", headers=entetes) as reponse:
            _verifier_statut(reponse, depuis)
            corps = bytearray()
            async for morceau in reponse.aiter_raw():
                corps += morceau
                if len(corps) > PAGE_MAX:
                    raise _Faute(f"une page dépasse {PAGE_MAX >> 20} Mo")
            return _Reponse(reponse.headers, bytes(corps))


def _verifier_statut(reponse: httpx2.Response, depuis: str | None) -> None:
    statut = reponse.status_code
    if statut == HTTPStatus.OK:
        if reponse.headers.get("content-encoding", "identity") != "identity":
            raise _Faute("il compresse une page alors que personne ne le lui demande")
        return
    if statut in _PASSAGERES:
        le = datetime.now(UTC)
        jusqu_a = pas_avant(reponse.headers.get("retry-after", ""), le)
        raise _Faute(f"il répond HTTP {statut}", (jusqu_a - le).total_seconds() if jusqu_a else 0.0)
    if statut in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        raise SourceEnDefaut(f"Le système national refuse ce jeton (HTTP {statut}) : vérifiez UNEFOIS_EXPLOC_TOKEN.")
    if reponse.is_redirect:
        raise SourceEnDefaut(
            f"Le système national redirige (HTTP {statut}), et ce n'est pas suivi : donnez sa nouvelle adresse."
        )
    if depuis is not None and statut in {HTTPStatus.BAD_REQUEST, HTTPStatus.GONE}:
        raise SourceEnDefaut(
            f"Le système national ne reconnaît plus le curseur de la dernière relève (HTTP {statut}) : relancez avec"
            " --tout, ce qui est déjà connu n'ajoutera rien."
        )
    raise SourceEnDefaut(f"Le système national répond HTTP {statut} : vérifiez son adresse.")


def _avancer(depuis: str | None, suivant: str, *, fin: bool) -> None:
    if suivant == depuis and not fin:
        raise SourceEnDefaut("Le système national annonce une suite, et son curseur n'avance pas : prévenez-le.")


def _page(reponse: _Reponse, attendu: bytes | None) -> _Page:
    """A page, once its digest, its encoding, its header and its cursor are right; else ``_Faute``."""
    entetes, corps = reponse
    dit = _SHA256.search(entetes.get("content-digest", ""))
    if dit is None or base64.b64decode(dit[1]) != hashlib.sha256(corps).digest():
        raise _Faute("l'empreinte d'une page (Content-Digest) manque, ou n'est pas celle de son contenu")
    if entetes.get("content-type", "").partition(";")[0].strip().lower() != "text/csv":
        raise _Faute("une page n'est pas un CSV (text/csv)")
    try:
        corps.decode()
    except UnicodeDecodeError as erreur:
        raise _Faute("une page n'est pas en UTF-8") from erreur
    if corps.count(b"\n") > RANGEES_PAR_PAGE:
        raise _Faute(f"une page dépasse {RANGEES_PAR_PAGE} lignes")
    entete, _, rangees = corps.removeprefix(_BOM).partition(b"\n")
    entete = entete.rstrip(b"\r")
    try:
        ouvrir_lot(io.BytesIO(entete))
    except LotIllisible as erreur:
        raise _Faute("une page ne commence pas par l'en-tête d'un lot") from erreur
    if b"\r" in entete:
        raise _Faute("une page ne finit pas ses lignes par LF ou CRLF")
    if attendu not in {None, entete}:
        raise _Faute("les pages n'ont pas toutes le même en-tête")
    fin = entetes.get("fin", "")
    if fin not in {"true", "false"}:
        raise _Faute("une page ne dit pas si elle est la dernière (Fin)")
    return _Page(entete, rangees, _curseur(entetes.get("suivant")), fin == "true")


def _curseur(lu: object) -> str:
    if not isinstance(lu, str) or not _CURSEUR.fullmatch(lu):
        raise _Faute("une page ne dit pas où reprendre (Suivant), ou le dit mal")
    return lu


async def _assembler(pages: list[_Page]) -> AsyncIterator[bytes]:
    """The pages as one lot, under one header, each let go once it was given."""
    yield pages[0].entete + b"\n"
    pages.reverse()
    while pages:
        rangees = pages.pop().rangees
        yield rangees if rangees.endswith(b"\n") or not rangees else rangees + b"\n"


def _retraits(reponse: _Reponse) -> _PageDeRetraits:
    try:
        lue = msgspec.json.decode(reponse.corps, type=_PageDeRetraits)
    except (msgspec.DecodeError, UnicodeDecodeError) as erreur:
        raise _Faute("une page d'actes retirés ne se lit pas") from erreur
    _curseur(lue.suivant)
    return lue

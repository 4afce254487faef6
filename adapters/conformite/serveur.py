"""The server that is judged: one way to ask it, bounded in requests, bytes and time; and what it answered.

What it answers is shown to a person as a status and codes of a known shape, never as it came: a terminal would obey
it, and a value could be personal.
"""

import asyncio
import re
import ssl
import time
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final, NamedTuple, Self

import httpx2
import orjson

REQUETES: Final = 400
"""Requests of one run."""
OCTETS: Final = 32 << 20
"""Bytes that one run reads."""
OCTETS_PAR_REPONSE: Final = 4 << 20
SECONDES: Final = 300.0
"""Seconds of one run."""
SECONDES_PAR_REQUETE: Final = 15.0
REPRISES: Final = 2
"""How often a server that asks to be let alone (429, 503 with ``Retry-After``) is asked again."""
REPIT_MAXIMAL: Final = 5.0

_CODE: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")
_UUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_LOGICIEL: Final = "unefois-conformite"


class Manquement(Exception):
    """A rule that is not kept: what was seen, and what was expected, in French, without a value of any case."""

    def __init__(self, vu: str, attendu: str) -> None:
        super().__init__(f"{vu} ; attendu : {attendu}")
        self.vu = vu
        self.attendu = attendu


class Impossible(Exception):
    """A rule that could not be tried: why, in French."""


class Arret(Exception):
    """Nothing more can be tried: the server is gone, or a bound of the run is met."""


class Recue(NamedTuple):
    """An answer, whole."""

    statut: int
    entetes: httpx2.Headers
    corps: bytes

    def document(self) -> Any:  # noqa: ANN401 - JSON
        """What its body says. ``Manquement``: it is no JSON."""
        try:
            return orjson.loads(self.corps)
        except orjson.JSONDecodeError as erreur:
            raise Manquement(f"{self.statut}, un corps qui n'est pas du JSON", "du JSON en UTF-8") from erreur

    def objet(self) -> dict[str, Any]:
        """The same, of an object."""
        lu = self.document()
        if not isinstance(lu, dict):
            raise Manquement(f"{self.statut}, un corps qui n'est pas un objet", "un objet JSON")
        return lu

    @property
    def code(self) -> str:
        """The stable code of a problem; empty where there is none of a shape that can be shown."""
        try:
            lu = orjson.loads(self.corps)
        except orjson.JSONDecodeError:
            return ""
        code = lu.get("code") if isinstance(lu, dict) else None
        return code if isinstance(code, str) and _CODE.fullmatch(code) else ""

    @property
    def dite(self) -> str:
        """How it is shown."""
        return f"{self.statut} « {self.code} »" if self.code else str(self.statut)

    def exiger(self, statut: int, code: str = "") -> Self:
        """Itself. ``Manquement``: another status, or another code, than these."""
        if self.statut != statut or (code and self.code != code):
            raise Manquement(self.dite, f"{statut} « {code} »" if code else str(statut))
        return self

    def prealable(self, statut: int) -> Self:
        """Itself, on which a rule goes on. ``Impossible``: another status, which that rule does not judge."""
        if self.statut != statut:
            raise Impossible(f"l'appel dont elle part a répondu {self.dite}, et non {statut}")
        return self


@dataclass(slots=True)
class Depense:
    """What a run has used."""

    depuis: float
    requetes: int = 0
    octets: int = 0

    @property
    def secondes(self) -> float:
        """Seconds since it began."""
        return time.monotonic() - self.depuis


class ServeurJuge:
    """The server at an address. Each request has a connection of its own: what one leaves on it disturbs no other."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        self.depense = Depense(time.monotonic())
        self.pannes: list[str] = []
        """What was answered that no client may be given, and to what."""
        self._client = httpx2.AsyncClient(
            verify=ssl.create_default_context(),
            trust_env=False,
            follow_redirects=False,
            timeout=httpx2.Timeout(SECONDES_PAR_REQUETE),
            limits=httpx2.Limits(max_keepalive_connections=0),
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        """Leave."""
        await self._client.aclose()

    async def demander(
        self,
        methode: str,
        chemin: str,
        entetes: Sequence[tuple[str, str]],
        corps: bytes | None = None,
        *,
        une_fois: bool = False,
    ) -> Recue:
        """Its answer. ``Manquement``: none, or one without end. ``Arret``: nobody is there, or a bound is met.

        ``une_fois``: what cannot be sent again as it is; ``Impossible`` where the server asks for that.
        """
        for _ in range(REPRISES):
            recue = await self._demander(methode, chemin, entetes, corps)
            if (repit := _repit(recue)) is None:
                return recue
            if une_fois:
                raise Impossible(f"le serveur a demandé à attendre ({recue.statut})")
            await asyncio.sleep(repit)
        return await self._demander(methode, chemin, entetes, corps)

    async def _demander(
        self, methode: str, chemin: str, entetes: Sequence[tuple[str, str]], corps: bytes | None
    ) -> Recue:
        self._verifier()
        self.depense.requetes += 1
        tous = [("Accept-Encoding", "identity"), ("Accept", "application/json"), ("User-Agent", _LOGICIEL)]
        tous = [*(e for e in tous if e[0].lower() not in {nom.lower() for nom, _ in entetes}), *entetes]
        octets = [(nom.encode("ascii"), valeur.encode("latin-1", "replace")) for nom, valeur in tous]
        try:
            async with asyncio.timeout(SECONDES_PAR_REQUETE):
                appel = self._client.stream(methode, f"{self.url}{chemin}", headers=octets, content=corps)
                async with appel as reponse:
                    recue = Recue(reponse.status_code, reponse.headers, await self._lire(reponse))
        except (httpx2.ConnectError, httpx2.ConnectTimeout) as erreur:
            raise Arret(_pourquoi(erreur)) from erreur
        except (TimeoutError, httpx2.TimeoutException) as erreur:
            raise Manquement(
                f"pas de réponse en {SECONDES_PAR_REQUETE:.0f} secondes", "une réponse, ou 503 avec Retry-After"
            ) from erreur
        except (httpx2.HTTPError, httpx2.InvalidURL) as erreur:
            raise Manquement("la connexion rompue, ou une réponse qui n'est pas du HTTP", "une réponse") from erreur
        if recue.statut >= HTTPStatus.INTERNAL_SERVER_ERROR and not _patient(recue):
            self.pannes.append(f"{recue.statut} à {methode} {_UUID.sub('{id}', chemin.partition('?')[0])}")
        return recue

    def _verifier(self) -> None:
        depense = self.depense
        for atteint, borne in (
            (depense.requetes >= REQUETES, f"{REQUETES} requêtes"),
            (depense.octets >= OCTETS, f"{OCTETS >> 20} Mio lus"),
            (depense.secondes >= SECONDES, f"{SECONDES:.0f} secondes"),
        ):
            if atteint:
                raise Arret(f"la borne d'un essai est atteinte : {borne}")

    async def _lire(self, reponse: httpx2.Response) -> bytes:
        lus = bytearray()
        async for morceau in reponse.aiter_raw():
            lus += morceau
            self.depense.octets += len(morceau)
            if len(lus) > OCTETS_PAR_REPONSE:
                raise Manquement(f"une réponse de plus de {OCTETS_PAR_REPONSE >> 20} Mio", "une réponse bornée")
        return bytes(lus)


def _pourquoi(erreur: BaseException | None) -> str:
    """Why nobody is there: a certificate is another matter than an address."""
    while erreur is not None:
        if isinstance(erreur, ssl.SSLError):
            return "le certificat du serveur n'est pas reconnu (SSL_CERT_FILE désigne d'autres autorités)"
        erreur = erreur.__cause__ or erreur.__context__
    return "le serveur ne répond pas à cette adresse"


def _patient(recue: Recue) -> bool:
    """Whether it says 503 and when to come back, which any route may."""
    return recue.statut == HTTPStatus.SERVICE_UNAVAILABLE and "retry-after" in recue.entetes


def _repit(recue: Recue) -> float | None:
    """Seconds after which it asks to be asked again; None: it does not."""
    if recue.statut != HTTPStatus.TOO_MANY_REQUESTS and not _patient(recue):
        return None
    dit = recue.entetes.get("retry-after", "")
    return min(float(dit), REPIT_MAXIMAL) if dit.isascii() and dit.isdigit() else REPIT_MAXIMAL

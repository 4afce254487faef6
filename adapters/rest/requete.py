"""What is read of a request before anything else: headers, trace, bounded body, parameters."""

import re
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from datetime import UTC, date, datetime
from typing import Final
from uuid import UUID

from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from adapters.gate.contexte import Gate
from adapters.gate.corps import Faute
from adapters.gate.refus import INTROUVABLE, Refus
from adapters.gate.textes import NIR_REFUSE, porte_nir, uuid_ou_rien
from ledger.alea import tirer
from ledger.droit.jours import fin
from ledger.nir import est_identifiant, identifiant_porte_nir

CORPS_MAXIMAL: Final = 512 * 1024
LIGNE_MAXIMALE: Final = 64 * 1024
REQUETE_MAXIMALE: Final = 2048
_TRACE: Final = re.compile(r"00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")
_ATTENTE: Final = re.compile(r"(?:^|[,;\s])wait=(\d{1,3})(?:$|[,;\s])")
TRACE: Final = "unefois.trace"
"""Where the scope has the trace of a request, for who answers when it is refused."""
_LISTES: Final = {b"if-match", b"if-none-match", b"prefer"}
_UNIQUES: Final = {b"agent", b"authorization", b"dpop", b"finalite", b"idempotency-key", b"position", b"traceparent"}
_ENTIER: Final = re.compile(r"\d{1,18}")


class Illisible(Refus):
    """What was sent cannot be read as this route reads it. Nobody has journaled it yet: the route's door does."""


class Requete(Request):
    """A request of the API, the gate that it is put to, and the trace under which the journal has it."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        super().__init__(scope, receive, send)
        self.gate: Gate = scope["app"].state.gate
        # Looked for one by one among all that was sent, half a dozen headers cost as much as a decision.
        self._entetes: dict[bytes, bytes] = dict(reversed(scope["headers"]))
        repetes = len(self._entetes) < len(scope["headers"])
        self.deux_fois = self._reunir() if repetes else ()
        """The headers that are sent more than once, and that have one value: none of them counts for another."""
        dite = self.entete(b"traceparent")
        trouve = None if dite is None else _TRACE.fullmatch(dite)
        sienne = trouve is not None and not identifiant_porte_nir(trouve[1])
        self.dossier: UUID | None = uuid_ou_rien(self.path_params.get("dossier"))
        """The case that the address names, if it names one."""
        self.parametres: dict[str, list[str]] = {}
        """What the address asks for after its question mark, once the route's door has read it."""
        self.trace = trouve[1] if trouve and sienne else tirer().hex()
        scope[TRACE] = self.trace

    def _reunir(self) -> tuple[str, ...]:
        """Make one list of a header that is one, sent in several (RFC 9110, 5.3); the others, by name."""
        dits: dict[bytes, list[bytes]] = {}
        for nom, valeur in self.scope["headers"]:
            dits.setdefault(nom, []).append(valeur)
        self._entetes |= {nom: b", ".join(dits[nom]) for nom in _LISTES & dits.keys()}
        return tuple(nom.decode() for nom in sorted(_UNIQUES & dits.keys()) if len(dits[nom]) > 1)

    def entete(self, nom: bytes) -> str | None:
        """A header by its name in small letters; None if it was not sent."""
        valeur = self._entetes.get(nom)
        return None if valeur is None else valeur.decode("latin-1")


def traceparent(request: Request) -> str:
    """What the answer says of the trace under which the journal has this request; empty where no route looked at it."""
    trace: str = request.scope.get(TRACE, "")
    return trace and f"00-{trace}-{trace[:16]}-01"


async def corps(request: Requete) -> bytes:
    """The body, bounded; ``Refus`` 413 beyond. What is announced too big is not even read."""
    annonce = request.entete(b"content-length") or ""
    if annonce.isdigit() and int(annonce) > CORPS_MAXIMAL:
        raise _trop_grand()
    morceaux = bytearray()
    async for morceau in request.stream():
        morceaux += morceau
        if len(morceaux) > CORPS_MAXIMAL:
            raise _trop_grand()
    return bytes(morceaux)


async def lignes(request: Requete) -> AsyncIterator[bytes]:
    """The lines of an NDJSON body as they arrive, empty ones left out; ``Refus`` 413 for one that is too long."""
    reste = bytearray()
    async for morceau in request.stream():
        reste += morceau
        *entieres, fin = bytes(reste).split(b"\n")
        reste = bytearray(fin)
        for ligne in entieres:
            if ligne.strip():
                yield _bornee(ligne)
        _bornee(reste)
    if reste.strip():
        yield _bornee(bytes(reste))


def _bornee(ligne: bytes | bytearray) -> bytes:
    if len(ligne) > LIGNE_MAXIMALE:
        raise _trop_grand()
    return bytes(ligne)


def _trop_grand() -> Illisible:
    return Illisible(413, "trop_grand", "Le corps de la requête dépasse ce que cette route accepte.")


def identifiant(texte: str, introuvable: str = INTROUVABLE) -> UUID:
    """An id of the path. What is not one names nothing: the same 404 as for what does not exist."""
    lu = uuid_ou_rien(texte)
    if lu is None:
        raise Illisible(404, "introuvable", introuvable)
    return lu


def dossier(request: Requete) -> UUID:
    """The case of the path; see ``identifiant``."""
    if request.dossier is None:
        raise Illisible(404, "introuvable", INTROUVABLE)
    return request.dossier


def parametres(request: Requete, connus: Mapping[str, Callable[[str], object]]) -> dict[str, list[str]]:
    """The query's parameters by name; ``Illisible`` 400 for one that the route does not have, or that holds a NIR.

    ``connus``: by name, whether a value is one that it may have.
    """
    # Bounded before it is parsed, decoded or searched for anything.
    if len(request.scope["query_string"]) > REQUETE_MAXIMALE:
        raise Illisible(400, "requete", f"Les paramètres de l'adresse dépassent {REQUETE_MAXIMALE} caractères.")
    lus: dict[str, list[str]] = {}
    for nom, valeur in request.query_params.multi_items():
        if nom not in connus:
            raise Illisible(400, "requete", f"Paramètres admis : {', '.join(sorted(connus)) or 'aucun'}.")
        if "\x00" in valeur:
            raise _illisible(nom)
        if identifiant_porte_nir(valeur) if est_identifiant(valeur) else porte_nir(valeur, nom):
            raise Illisible(400, "requete", NIR_REFUSE, [Faute(nom, "nir", NIR_REFUSE)])
        if not connus[nom](valeur):
            raise _illisible(nom)
        lus.setdefault(nom, []).append(valeur)
    return lus


def une_fois(request: Requete) -> None:
    """``Illisible`` 400 where a header that has one value is sent twice: of two, each could be the one that counts."""
    if request.deux_fois:
        dits = ", ".join(f"« {nom.title()} »" for nom in request.deux_fois)
        raise Illisible(400, "requete", f"Ces en-têtes ne se donnent qu'une fois : {dits}.")


def un(lus: dict[str, list[str]], nom: str) -> str | None:
    """The only value of a parameter."""
    valeurs = lus.get(nom, [])
    if len(valeurs) > 1:
        raise Illisible(400, "requete", f"Le paramètre « {nom} » ne se donne qu'une fois.")
    return valeurs[0] if valeurs else None


def un_de(lus: dict[str, list[str]], nom: str, admis: Collection[str]) -> str | None:
    """The only value of a parameter that has a closed list of them."""
    valeur = un(lus, nom)
    if valeur is not None and valeur not in admis:
        raise _illisible(nom)
    return valeur


def jour(lus: dict[str, list[str]], nom: str, au_plus_tard: date = date.max) -> date | None:
    """A parameter that is a calendar date, until a day."""
    valeur = un(lus, nom)
    try:
        lu = None if valeur is None else date.fromisoformat(valeur)
    except ValueError as erreur:
        raise _illisible(nom) from erreur
    if lu is not None and lu > au_plus_tard:
        raise _illisible(nom)
    return lu


def instant(lus: dict[str, list[str]], nom: str) -> datetime | None:
    """A parameter that is a moment (RFC 3339), or a date: then the end of that day, in Paris."""
    valeur = un(lus, nom)
    if valeur is None:
        return None
    try:
        if len(valeur) == len("2026-11-02"):
            return fin(date.fromisoformat(valeur))
        lu = datetime.fromisoformat(valeur)
        # Compared once here: year 1 with an offset has no UTC, and must be refused rather than fail later.
        return (lu if lu.tzinfo else lu.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError) as erreur:
        raise _illisible(nom) from erreur


def entier(lus: dict[str, list[str]], nom: str, defaut: int, maximum: int | None = None) -> int:
    """A parameter that is a positive number."""
    valeur = un(lus, nom)
    if valeur is None:
        return defaut
    if not _ENTIER.fullmatch(valeur) or not valeur.isascii() or (maximum and not 1 <= int(valeur) <= maximum):
        raise _illisible(nom)
    return int(valeur)


def uuid(lus: dict[str, list[str]], nom: str) -> UUID | None:
    """A parameter that is an id."""
    valeur = un(lus, nom)
    try:
        return None if valeur is None else UUID(valeur)
    except ValueError as erreur:
        raise _illisible(nom) from erreur


def attente(request: Requete) -> tuple[int, float]:
    """``Position`` and ``Prefer: wait=N``: the position to wait for, and how many seconds."""
    position = request.entete(b"position") or ""
    prefere = _ATTENTE.search(request.entete(b"prefer") or "")
    if not _ENTIER.fullmatch(position) or not position.isascii() or prefere is None:
        return 0, 0.0
    return int(position), float(prefere[1])


def _illisible(nom: str) -> Illisible:
    return Illisible(400, "requete", f"Le paramètre « {nom} » n'a pas la forme attendue.")

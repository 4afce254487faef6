"""Who is signed in to the pages: a sealed cookie, short-lived, that no script can read.

The cookie holds what the access token stated, never the token: a stolen copy opens these pages for half an hour at
most, and nothing else. Rights are not in it: the registry is asked at each request, so a revocation holds from the
next page on; and so does the withdrawal of the key that signed the token. Signing out ends the session here too: a
copy of the cookie opens nothing any more. The process that sealed a cookie is the only one that can open it, so it is
enough that this one remembers.
"""

import base64
import hmac
import secrets
import time
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from adapters.identite.jetons import Jeton
from adapters.identite.oidc import Coffret

DUREE: Final = 1800
"""Seconds without a page after which one signs in again."""
UN_AN: Final = 365 * 86400
_DU_JETON: Final = tuple(champ.name for champ in fields(Jeton))
_USAGE: Final = "session"
_USAGE_AVANT: Final = "avant-session"
_USAGE_CONFIE: Final = "confie"


@dataclass(frozen=True, slots=True)
class Session:
    """A signed-in person: what its token stated, the purpose it declared ("" until then), its forms' token.

    ``id``: until a purpose is declared, then another for as long as one works under it.
    """

    jeton: Jeton
    finalite: str
    csrf: str
    id: str = ""


class Sessions:
    """Opens, reads and closes sessions. ``securise``: HTTPS only, which everything but the demonstration is.

    ``nom``: of its cookies, which browsers tell apart by host and not by port.
    """

    def __init__(
        self, coffret: Coffret, *, securise: bool, horloge: Callable[[], float] = time.time, nom: str = "unefois"
    ) -> None:
        self._coffret = coffret
        self._securise = securise
        self._horloge = horloge
        self._finies: dict[str, float] = {}
        self._prefixe: Final = "__Host-" if securise else ""
        self.cookie: Final = f"{self._prefixe}{nom}_session"
        self._cookie_avant: Final = f"{self._prefixe}{nom}_connexion"

    def ouvrir(self, reponse: Response, jeton: Jeton, avant: Session | None = None, finalite: str = "") -> None:
        """Sign in: all is new, and the session that this browser had ``avant`` is over."""
        if avant is not None:
            self.finir(avant)
        self._poser(reponse, Session(jeton, finalite, secrets.token_urlsafe(24), secrets.token_urlsafe(18)))

    def declarer(self, reponse: Response, session: Session, finalite: str) -> None:
        """A session for the purpose that was declared; the one from before is over: one sign-in, one purpose."""
        self.finir(session)
        csrf, id_ = secrets.token_urlsafe(24), secrets.token_urlsafe(18)
        self._poser(reponse, replace(session, finalite=finalite, csrf=csrf, id=id_))

    def prolonger(self, reponse: Response, session: Session) -> None:
        """Count the half hour again from this page; the token's own end does not move."""
        self._poser(reponse, session)

    def lire(self, requete: Request) -> Session | None:
        """The session that the browser brings, unless it is altered, over, or its token has expired."""
        contenu = self._coffret.ouvrir(_USAGE, requete.cookies.get(self.cookie, ""))
        if contenu is None:
            return None
        session = _session(contenu)
        return session if session.jeton.expire_le > self._horloge() and session.id not in self._finies else None

    def finir(self, session: Session) -> None:
        """End a session: every copy of its cookie, those of its earlier pages too."""
        maintenant = self._horloge()
        # A cookie sealed until now is refused by its own hour of end afterwards.
        self._finies = {id_: fin for id_, fin in self._finies.items() if fin > maintenant}
        self._finies[session.id] = maintenant + DUREE

    def fermer(self, reponse: Response) -> None:
        """Make the browser forget."""
        reponse.delete_cookie(self.cookie, path="/", secure=self._securise, httponly=True, samesite="lax")

    def avant(self, reponse: Response, contenu: Mapping[str, Any]) -> None:
        """Keep what a sign-in in progress needs, sealed, for ten minutes."""
        self._cookie(reponse, self._cookie_avant, self._coffret.fermer(_USAGE_AVANT, contenu, 600), 600)

    def lire_avant(self, requete: Request) -> dict[str, Any]:
        """What the sign-in in progress kept; nothing if there is none."""
        return self._coffret.ouvrir(_USAGE_AVANT, requete.cookies.get(self._cookie_avant, "")) or {}

    def confier(self, session: Session, octets: bytes) -> str:
        """Give the browser something to bring back with a form: sealed, and good in this session alone."""
        contenu = {"octets": base64.b64encode(zlib.compress(octets)).decode()}
        return self._coffret.fermer(f"{_USAGE_CONFIE} {session.id}", contenu, DUREE)

    def reprendre(self, session: Session, texte: str) -> bytes | None:
        """What was given so; None if it was altered, is of another session, or is too old."""
        contenu = self._coffret.ouvrir(f"{_USAGE_CONFIE} {session.id}", texte)
        return None if contenu is None else zlib.decompress(base64.b64decode(contenu["octets"]))

    def laisser(self, reponse: Response, nom: str, scelle: str) -> None:
        """Leave with the browser, for a year, what is sealed already; it outlives the session. Empty: take it back."""
        self._cookie(reponse, f"{self._prefixe}unefois_{nom}", scelle, UN_AN if scelle else 0)

    def laisse(self, requete: Request, nom: str) -> str:
        """What was left so; empty where there is nothing."""
        return requete.cookies.get(f"{self._prefixe}unefois_{nom}", "")

    def _poser(self, reponse: Response, session: Session) -> None:
        contenu = {
            "jeton": {nom: getattr(session.jeton, nom) for nom in _DU_JETON}
            | {"finalites": [*session.jeton.finalites]},
            "finalite": session.finalite,
            "csrf": session.csrf,
            "id": session.id,
        }
        self._cookie(reponse, self.cookie, self._coffret.fermer(_USAGE, contenu, DUREE), DUREE)

    def _cookie(self, reponse: Response, nom: str, valeur: str, duree: int) -> None:
        reponse.set_cookie(nom, valeur, max_age=duree, path="/", secure=self._securise, httponly=True, samesite="lax")


def meme_jeton(attendu: str, recu: str) -> bool:
    """Whether a form carries the token of its session; an empty token matches nothing."""
    return bool(attendu) and hmac.compare_digest(attendu.encode(), recu.encode())


def _session(contenu: Mapping[str, Any]) -> Session:
    dit = contenu["jeton"]
    jeton = Jeton(**dit | {"finalites": frozenset(dit["finalites"])})
    return Session(jeton, contenu["finalite"], contenu["csrf"], contenu["id"])

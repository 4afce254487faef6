"""The session cookie: sealed, short-lived, out of reach of scripts, and worth nothing once altered."""

import pytest
from starlette.requests import Request
from starlette.responses import Response

from adapters.identite.jetons import Jeton
from adapters.identite.oidc import Coffret
from adapters.web.sessions import DUREE, Session, Sessions, meme_jeton

JETON = Jeton("drihl93-ccapex", "instructrice-ccapex", frozenset({"CCAPEX_INSTRUCTION"}), "pages", 10_000.0)


class Horloge:
    def __init__(self) -> None:
        self.heure = 1_000.0

    def __call__(self) -> float:
        return self.heure


@pytest.fixture
def horloge() -> Horloge:
    return Horloge()


@pytest.fixture
def sessions(horloge: Horloge) -> Sessions:
    return Sessions(Coffret(b"k" * 32, horloge), securise=True, horloge=horloge)


def cookie(reponse: Response) -> str:
    [entete] = [v.decode() for k, v in reponse.raw_headers if k == b"set-cookie"]
    return entete


def revenir(cookie_: str) -> Request:
    return Request({"type": "http", "headers": [(b"cookie", cookie_.partition(";")[0].encode())]})


def ouvrir(sessions: Sessions) -> str:
    reponse = Response()
    sessions.ouvrir(reponse, JETON)
    session = sessions.lire(revenir(cookie(reponse)))
    assert session is not None
    reponse = Response()
    sessions.declarer(reponse, session, "CCAPEX_INSTRUCTION")
    return cookie(reponse)


def test_what_was_opened_is_read_back(sessions: Sessions) -> None:
    session = sessions.lire(revenir(ouvrir(sessions)))
    assert session is not None
    assert (session.jeton, session.finalite) == (JETON, "CCAPEX_INSTRUCTION")


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(sessions: Sessions) -> None:
    pose = ouvrir(sessions)
    assert pose.startswith("__Host-unefois_session=")
    for attribut in ("HttpOnly", "Secure", "SameSite=lax", "Path=/"):
        assert attribut in pose
    assert "Domain" not in pose
    assert "instructrice" not in pose


def test_an_altered_cookie_opens_nothing(sessions: Sessions) -> None:
    pose = ouvrir(sessions)
    debut, _, reste = pose.partition("=")
    autre = "0" if reste[0] != "0" else "1"
    assert sessions.lire(revenir(f"{debut}={autre}{reste[1:]}")) is None
    assert sessions.lire(revenir(f"{debut}=n'importe quoi")) is None


def test_a_session_ends_after_half_an_hour_without_a_page(sessions: Sessions, horloge: Horloge) -> None:
    pose = ouvrir(sessions)
    horloge.heure += DUREE + 1
    assert sessions.lire(revenir(pose)) is None


def test_a_session_never_outlives_its_token(sessions: Sessions, horloge: Horloge) -> None:
    horloge.heure = JETON.expire_le - 10
    pose = ouvrir(sessions)
    horloge.heure = JETON.expire_le
    assert sessions.lire(revenir(pose)) is None


def test_a_page_prolongs_the_session_and_keeps_its_forms_token(sessions: Sessions) -> None:
    session = sessions.lire(revenir(ouvrir(sessions)))
    assert session is not None
    reponse = Response()
    sessions.prolonger(reponse, session)
    assert sessions.lire(revenir(cookie(reponse))) == session


def test_a_session_that_ended_opens_nothing_from_any_copy_of_its_cookies(sessions: Sessions, horloge: Horloge) -> None:
    avant, autre = Response(), ouvrir(sessions)
    sessions.ouvrir(avant, JETON)
    session = sessions.lire(revenir(cookie(avant)))
    assert session is not None
    apres = Response()
    sessions.declarer(apres, session, "CCAPEX_INSTRUCTION")
    declaree = sessions.lire(revenir(cookie(apres)))
    assert declaree is not None
    sessions.finir(declaree)
    assert [sessions.lire(revenir(cookie(r))) for r in (avant, apres)] == [None, None]
    assert sessions.lire(revenir(autre)) is not None
    horloge.heure += DUREE - 1
    assert sessions.lire(revenir(cookie(apres))) is None


def test_the_cookie_from_before_the_purpose_dies_when_it_is_declared(sessions: Sessions) -> None:
    """One sign-in, one purpose: a copy of the first cookie would declare another one."""
    avant, apres = Response(), Response()
    sessions.ouvrir(avant, JETON)
    session = sessions.lire(revenir(cookie(avant)))
    assert session is not None
    sessions.declarer(apres, session, "CCAPEX_INSTRUCTION")
    assert sessions.lire(revenir(cookie(avant))) is None
    declaree = sessions.lire(revenir(cookie(apres)))
    assert declaree is not None
    assert declaree.id != session.id
    assert declaree.csrf != session.csrf


def test_signing_in_again_ends_the_session_that_the_browser_had(sessions: Sessions) -> None:
    pose = ouvrir(sessions)
    nouvelle = Response()
    sessions.ouvrir(nouvelle, JETON, sessions.lire(revenir(pose)))
    assert sessions.lire(revenir(pose)) is None
    assert sessions.lire(revenir(cookie(nouvelle))) is not None


def test_what_a_sign_in_keeps_is_no_session(sessions: Sessions) -> None:
    reponse = Response()
    sessions.avant(reponse, {"csrf": "x"})
    valeur = cookie(reponse).partition(";")[0].partition("=")[2]
    assert sessions.lire(revenir(f"{sessions.cookie}={valeur}")) is None


def test_an_empty_forms_token_matches_nothing() -> None:
    session = Session(JETON, "", "abc")
    assert meme_jeton(session.csrf, "abc")
    assert not meme_jeton(session.csrf, "abd")
    assert not meme_jeton("", "")

"""Pages as responses, and what is read of a request before anything else: bounded, from our own pages only."""

from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from adapters.gate.refus import Refus
from adapters.web import pages
from adapters.web.guichet import ADRESSE_REFUSEE
from adapters.web.rendu import FEUILLE, Cadre
from ledger.nir import contient_nir

TAILLE_FORMULAIRE: Final = 20_000
CHAMPS_FORMULAIRE: Final = 200
"""One for each seat of a session, and what goes with them."""
PLACE_DU_DELAI: Final = "unefois.delai"
"""Where the scope of a request has the time that its answer may still take."""
EGALE: Final = "unefois.egale"
"""What the scope of a request has where its answer leaves by steps of time, whatever it says."""
FORMULAIRE_REFUSE: Final = "Le formulaire n'est pas valable."
EN_TETES: Final = {
    "Cache-Control": "no-store, no-transform",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
"""``no-referrer`` would make browsers send ``Origin: null`` with our own forms."""


def page_d_erreur(statut: int) -> Response:
    """An error as a page, for an address that is none of ours and a browser that asks for it."""
    return page(pages.erreur(Cadre(), statut), statut)


def page(html: str, statut: int, envoi: str = "") -> Response:
    """A page under a policy that lets nothing in. ``envoi``: where else its forms may lead."""
    csp = (
        "default-src 'none'; style-src 'self'; img-src 'self' data:; "
        f"form-action 'self'{envoi}; base-uri 'none'; frame-ancestors 'none'"
    )
    reviens = {"Retry-After": "2"} if statut == 503 else {}  # noqa: PLR2004 - HTTP's
    return HTMLResponse(html, statut, headers={**EN_TETES, "Content-Security-Policy": csp, **reviens})


async def feuille(_: Request) -> Response:
    """The stylesheet: its address changes with its content, so it may be kept for ever."""
    entetes = {"Cache-Control": "public, max-age=31536000, immutable", "X-Content-Type-Options": "nosniff"}
    return Response(FEUILLE, media_type="text/css", headers=entetes)


def accorder(requete: Request, secondes: float) -> None:
    """Give an answer that is made of many others that many seconds more, where answers are timed."""
    delai = requete.scope.get(PLACE_DU_DELAI)
    if delai is not None:
        delai.accorder(secondes)


def egaliser(requete: Request) -> None:
    """Have an answer wait for its step, where answers are timed: how long it took tells nothing."""
    requete.scope[EGALE] = True


async def valeurs_de(requete: Request) -> dict[str, str]:
    """The fields of a posted form; refused before anything beyond its bounds is parsed."""
    corps = bytearray()
    async for morceau in requete.stream():
        corps += morceau
        if len(corps) > TAILLE_FORMULAIRE:
            raise Refus(422, "formulaire", FORMULAIRE_REFUSE)
    try:
        return dict(parse_qsl(corps.decode(), keep_blank_values=True, max_num_fields=CHAMPS_FORMULAIRE))
    except ValueError as erreur:
        raise Refus(422, "formulaire", FORMULAIRE_REFUSE) from erreur


def montrables(valeurs: Mapping[str, str]) -> dict[str, str]:
    """What may be shown again of a form that was refused: a NIR is never echoed (law 9)."""
    return {nom: "" if contient_nir(texte) else texte for nom, texte in valeurs.items()}


def meme_origine(requete: Request) -> bool:
    """Whether the browser says that the form is one of our pages'. Old ones say nothing: the token remains."""
    origine = requete.headers.get("origin")
    site = requete.headers.get("sec-fetch-site", "same-origin")
    return site in {"same-origin", "none"} and (origine is None or urlsplit(origine).netloc == requete.url.netloc)


def vers(adresse: str) -> Response:
    """Elsewhere among our pages, to be asked with GET."""
    return RedirectResponse(
        adresse, 303, headers={"Cache-Control": "no-store, no-transform", "Referrer-Policy": "same-origin"}
    )


def filtres_de(requete: Request, noms: Sequence[str]) -> dict[str, str]:
    """The filters of an address, bounded; all of them are there."""
    lus = {nom: requete.query_params.get(nom, "").strip()[:100] for nom in noms}
    if not all(texte.isprintable() for texte in lus.values()):
        raise Refus(400, "adresse", ADRESSE_REFUSEE)
    return lus


def uuid_du_formulaire(texte: str) -> str:
    """An id that our own page put in a form."""
    try:
        return str(UUID(texte))
    except ValueError as erreur:
        raise Refus(422, "formulaire", FORMULAIRE_REFUSE) from erreur

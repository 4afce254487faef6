"""What is to disappear says so, then is gone: on routes that this file alone declares."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

import httpx2 as httpx
import pytest
from starlette.responses import JSONResponse, Response

from adapters.gate.contexte import Acces
from adapters.gate.refus import Refus
from adapters.rest.contrat import contrat
from adapters.rest.requete import Requete
from adapters.rest.retrait import Retrait
from adapters.rest.route import Chapitre, Parametre, Route, monter, rend
from adapters.rest.schema import TEXTE, objet
from adapters.service.routes import ROUTES
from policies import tables
from policies.decision import Action
from tests.bases import bases_neuves, ouvrir_ledger
from tests.monde import Monde, ouvrir_monde, peupler

ACTE: Final = ("bailleur", "ACTE_EMISSION")
DEMAIN: Final = Retrait(date(2026, 3, 1), date(2027, 3, 1), "/v1/attentes")
PARTI: Final = Retrait(date(2025, 3, 1), date(2026, 3, 2), "/v1/attentes")
AUTRE: Final = Retrait(date(2026, 1, 1), date(2027, 1, 1), "/v1/flux")
ESSAIS: Final = Chapitre("Essais", "Ce que cet essai déclare.")


async def repondre(request: Requete, _: Acces) -> Response:
    """Répondre."""
    if "echec" in request.parametres:
        raise Refus(404, "introuvable", "Rien.")
    if "panne" in request.parametres:
        raise KeyError
    return JSONResponse({})


BONNE: Final = Route(
    "GET",
    "/v1/essai-bonne",
    Action.LIRE,
    repondre,
    ESSAIS,
    rend(objet("Rien", {})),
    parametres=(
        Parametre("echec", "pour échouer", TEXTE),
        Parametre("panne", "pour tomber", TEXTE),
        Parametre("vieux", "déconseillé", TEXTE, retrait=AUTRE),
        Parametre("parti", "retiré", TEXTE, retrait=PARTI),
    ),
)
DECONSEILLEE: Final = replace(BONNE, chemin="/v1/essai-deconseillee", retrait=DEMAIN)
RETIREE: Final = replace(BONNE, chemin="/v1/essai-retiree", retrait=PARTI)
ANNONCE: Final = {
    "deprecation": "@1772319600",
    "sunset": "Sun, 28 Feb 2027 23:00:00 GMT",
    "link": '</v1/attentes>; rel="successor-version"',
}


@dataclass
class Jour:
    """What day it is."""

    le: date


@pytest.fixture(scope="module")
async def tenu(modele: str) -> AsyncIterator[tuple[Monde, Jour]]:
    jour = Jour(date(2026, 11, 2))
    with bases_neuves(modele) as bases:
        peupler(bases)
        async with ouvrir_ledger(bases) as ledger, ouvrir_monde(bases, ledger, aujourd_hui=lambda: jour.le) as monde:
            monter(monde.app, (BONNE, DECONSEILLEE, RETIREE))
            yield monde, jour


def dites(recu: Any) -> dict[str, str]:
    return {nom: recu.headers[nom] for nom in ANNONCE if nom in recu.headers}


async def test_a_deprecated_route_says_so_in_each_of_its_answers(tenu: tuple[Monde, Jour]) -> None:
    monde, _ = tenu
    chemin = DECONSEILLEE.chemin
    for recu, statut in (
        (await monde.get(chemin, *ACTE), 200),
        (await monde.get(f"{chemin}?echec=1", *ACTE), 404),
        (await monde.get(f"{chemin}?inconnu=1", *ACTE), 400),
        (await monde.get(chemin, "bailleur", "INCONNUE"), 403),
        (await monde.client.get(chemin), 401),
    ):
        assert (recu.status_code, dites(recu)) == (statut, ANNONCE)
    for autre in (BONNE.chemin, "/v1/moi"):
        assert dites(await monde.get(autre, *ACTE)) == {}


async def test_what_nobody_foresaw_says_so_too(tenu: tuple[Monde, Jour]) -> None:
    monde, _ = tenu
    transport = httpx.ASGITransport(monde.app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://unefois") as client:
        recu = await client.get(f"{DECONSEILLEE.chemin}?panne=1", headers=monde.entetes(*ACTE))
    assert (recu.status_code, dites(recu)) == (500, ANNONCE)


async def test_a_deprecated_parameter_says_so_where_it_is_used(tenu: tuple[Monde, Jour]) -> None:
    monde, _ = tenu
    recu = await monde.get(f"{BONNE.chemin}?vieux=1", *ACTE)
    assert recu.status_code == 200
    assert dites(recu) == {
        "deprecation": "@1767222000",
        "sunset": "Thu, 31 Dec 2026 23:00:00 GMT",
        "link": '</v1/flux>; rel="successor-version"',
    }
    # Of both, what goes first; each with what replaces it.
    recu = await monde.get(f"{DECONSEILLEE.chemin}?vieux=1", *ACTE)
    assert recu.headers["sunset"] == "Thu, 31 Dec 2026 23:00:00 GMT"
    assert recu.headers["link"] == '</v1/attentes>; rel="successor-version", </v1/flux>; rel="successor-version"'


@pytest.mark.parametrize("suite", [RETIREE.chemin, f"{BONNE.chemin}?parti=1"])
async def test_what_is_gone_is_410_and_names_what_replaces_it(tenu: tuple[Monde, Jour], suite: str) -> None:
    monde, _ = tenu
    recu = await monde.get(suite, *ACTE)
    assert recu.status_code == 410
    probleme = recu.json()
    assert (probleme["type"], probleme["code"]) == ("/erreurs#retire", "retire")
    assert "par /v1/attentes depuis le 1er" in probleme["detail"]
    assert "retrait le 2" in probleme["detail"]
    assert dites(recu)["link"] == '</v1/attentes>; rel="successor-version"'
    [ligne] = await monde.journal(1)
    assert (ligne["issue"], ligne["motif"], ligne["organisation"]) == ("refuse", "retire", "bailleur")
    assert (await monde.client.get(suite)).status_code == 401


async def test_it_is_there_to_its_last_day_and_not_one_more(tenu: tuple[Monde, Jour]) -> None:
    monde, jour = tenu
    avant = jour.le
    try:
        for le, statut in ((date(2027, 2, 28), 200), (date(2027, 3, 1), 410)):
            jour.le = le
            # Habilitations are of a year that is over: a machine alone asks.
            recu = await monde.get(DECONSEILLEE.chemin, *ACTE, agent=None)
            assert recu.status_code == statut, recu.text
    finally:
        jour.le = avant


def test_the_document_says_so() -> None:
    document = json.loads(contrat(tables.lire(), (*ROUTES, BONNE, DECONSEILLEE)))
    deconseillee = document["paths"][DECONSEILLEE.chemin]["get"]
    assert deconseillee["deprecated"] is True
    assert "À remplacer par /v1/attentes depuis le" in deconseillee["description"]
    assert "410" in deconseillee["responses"]
    bonne = document["paths"][BONNE.chemin]["get"]
    assert "deprecated" not in bonne
    dits = [
        document["components"]["parameters"].get(p.get("$ref", "").rpartition("/")[2], p) for p in bonne["parameters"]
    ]
    assert {p["name"] for p in dits if p.get("deprecated")} == {"vieux", "parti"}
    assert "410" in bonne["responses"]


def test_a_year_is_given_at_least() -> None:
    Retrait(date(2026, 3, 1), date(2027, 3, 1), "/v1/x")
    for fin in (date(2027, 2, 28), date(2026, 3, 2), date(2025, 3, 1)):
        with pytest.raises(ValueError, match="12 mois avant"):
            Retrait(date(2026, 3, 1), fin, "/v1/x")

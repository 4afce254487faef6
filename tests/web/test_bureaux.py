"""The pages of every function at every purpose: they show what the API gives to that same reader, and no more."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial

import httpx2 as httpx
import pytest

from adapters.web import actes
from ledger.catalogue import catalogue
from tests.monde import Monde
from tests.rest.mondes import PORTES, ROLES, Lecteur
from tests.rest.peuple import Peuple
from tests.rest.test_mes_dossiers import ids, peuple, siens
from tests.web.test_frise import dessines
from tests.web.test_site import jeton

__all__ = ["peuple"]  # the world that the lists of the API are tried in

IDENTIFIANT = re.compile(r"/dossiers/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})")


@asynccontextmanager
async def session(monde: Monde, lecteur: Lecteur, finalite: str) -> AsyncIterator[httpx.AsyncClient]:
    """A browser in which this reader signed in, and declared its purpose."""
    async with entree(monde, lecteur.code, lecteur.agent, list(PORTES[lecteur.role]), finalite) as client:
        yield client


@asynccontextmanager
async def entree(
    monde: Monde, code: str, agent: str, finalites: list[str], finalite: str
) -> AsyncIterator[httpx.AsyncClient]:
    """A browser in which an agent of a partner signed in with these purposes, and declared one."""
    declaree, _, demande = finalite.partition("; demande=")
    transport = httpx.ASGITransport(app=monde.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://unefois.test") as client:
        lien = monde.demo.lien(code, f"client-{code}", finalites, agent)
        assert (await client.get(f"/demo/entrer/{lien}")).status_code == 303
        csrf = jeton((await client.get("/finalite")).text)
        dite = {"csrf": csrf, "finalite": declaree} | ({"demande": demande} if demande else {})
        assert (await client.post("/finalite", data=dite)).status_code == 303
        yield client


@pytest.mark.parametrize("role", ROLES)
async def test_pages_show_what_the_api_gives(peuple: Peuple, role: str, compter: Callable[[str, int], None]) -> None:
    monde, lecteur = peuple.monde, Lecteur(role)
    essayes = [*peuple.par_role[role][:2], *peuple.de_tous[:2]]
    pages = formulaires = delais = 0
    for code in sorted(PORTES[role]):
        finalite = f"AIDE_INSTRUCTION; demande={peuple.demandes[role]}" if code == "AIDE_INSTRUCTION" else code

        appeler = partial(_appeler, monde, lecteur, finalite)
        async with session(monde, lecteur, finalite) as client:
            lu = await appeler("/v1/dossiers")
            for adresse in ("/dossiers", "/bureau"):
                assert (await client.get(adresse)).status_code == lu.status_code, (code, adresse)
            if lu.status_code == 200:
                lignes = await siens(monde, lecteur.code, finalite, lecteur.agent)
                liste = (await client.get("/dossiers")).text
                premiers = {ligne["dossier"] for ligne in lu.json()["dossiers"]}  # as far as one call looks
                assert set(IDENTIFIANT.findall(liste)) == premiers
                assert premiers <= {ligne["dossier"] for ligne in lignes}
                bureau = (await client.get("/bureau")).text
                assert set(IDENTIFIANT.findall(bureau)) <= ids(lignes)
                pages += 2
            for dossier in essayes:
                cas = await appeler(f"/v1/dossiers/{dossier}")
                page = await client.get(f"/dossiers/{dossier}")
                assert page.status_code == cas.status_code, (code, dossier)
                pages += 1
                if cas.status_code == 200:
                    noms = {f["champs"].get("nom") for f in cas.json()["faits"] if f["type"] == "OccupantDeclare"}
                    assert {nom for nom in noms if nom} == {nom for nom in noms if nom and nom in page.text}
                    dits = (await appeler(f"/v1/dossiers/{dossier}/echeances")).json()["echeances"]
                    assert dessines(page.text) <= {h["libelle"][:1].upper() + h["libelle"][1:] for h in dits}
                    delais += len(dessines(page.text))
            formulaires += await _essayer_les_formulaires(client, appeler, essayes[0])
    compter("pages comparées à ce que rend l'API", pages)
    compter("formulaires d'acte ouverts", formulaires)
    compter("délais dessinés, que rend l'API à ce lecteur", delais)
    assert delais or role != "CCAPEX_INSTRUCTEUR"
    assert pages or not PORTES[role]


async def _appeler(monde: Monde, lecteur: Lecteur, finalite: str, adresse: str) -> httpx.Response:
    return await monde.get(adresse, lecteur.code, finalite, lecteur.agent)


async def _essayer_les_formulaires(
    client: httpx.AsyncClient, appeler: Callable[[str], Awaitable[httpx.Response]], dossier: str
) -> int:
    """Each act that may be told of a case has its form, when a form tells it; and no other is offered."""
    permis = await appeler(f"/v1/dossiers/{dossier}/emissions")
    page = await client.get(f"/dossiers/{dossier}/transmettre")
    assert page.status_code == permis.status_code
    if permis.status_code != 200:
        return 0
    types = [e["type"] for e in permis.json()["types"] if actes.a_un_formulaire(catalogue()[e["type"]])]
    assert sorted(re.findall(r'/transmettre/(\w+)"', page.text)) == sorted(types)
    lisible = (await appeler(f"/v1/dossiers/{dossier}")).status_code == 200
    for type_ in types:
        ouvert = await client.get(f"/dossiers/{dossier}/transmettre/{type_}")
        assert ouvert.status_code == 200 or not lisible, type_
    return len(types)

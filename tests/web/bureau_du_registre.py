"""The administrators' pages on a real PostgreSQL, browsers on them, and what a person does of a form there."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from html import unescape
from typing import Any, Final

import httpx2 as httpx
import psycopg
from psycopg.rows import dict_row
from starlette.applications import Starlette

from adapters.identite.demo import EmetteurDemo
from adapters.identite.jetons import Identites
from adapters.identite.oidc import Coffret, ConnexionOidc
from adapters.intendance.adresses import application
from adapters.intendance.site import Intendance
from adapters.registre.administration import administrer, nommer_administrateur
from adapters.registre.ecritoire import Ecritoire
from adapters.registre.instantane import Administrateur
from adapters.service.wiring import CLIENT_DE_L_INTENDANCE
from adapters.web.sessions import Sessions
from ledger.droit.jours import aujourd_hui
from tests.bases import SCHEMA, Bases
from tests.monde import PAR, UN_AN

HOTE: Final = "registre.test"
ALICE: Final = ("responsable", "alice")
BACHIR: Final = ("ccapex", "bachir")
"""Two administrators, habilitated for no case."""


def nommer(bases: Bases, *qui: tuple[str, str]) -> None:
    le = aujourd_hui()
    with administrer(bases.registre_url, PAR, SCHEMA) as registre:
        for partenaire, agent in qui:
            nommer_administrateur(registre, Administrateur(partenaire, agent, le, le + UN_AN, PAR))


@dataclass
class BureauDuRegistre:
    """The application as it is served, its issuer, its database."""

    bases: Bases
    site: Intendance
    app: Starlette
    demo: EmetteurDemo

    def lien(self, qui: tuple[str, str], client: str = CLIENT_DE_L_INTENDANCE) -> str:
        return f"/demo/entrer/{self.demo.lien(qui[0], client, (), qui[1])}"

    def navigateur(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=httpx.ASGITransport(app=self.app), base_url=f"http://{HOTE}")

    @asynccontextmanager
    async def entre(self, qui: tuple[str, str] = ALICE) -> AsyncIterator[httpx.AsyncClient]:
        """A browser in which this person signed in."""
        async with self.navigateur() as client:
            entree = await client.get(self.lien(qui))
            assert (entree.status_code, entree.headers["location"]) == (303, "/"), entree.text
            yield client

    def lire(self, requete: str, *valeurs: object) -> list[dict[str, Any]]:
        with psycopg.connect(self.bases.admin_url, options=f"-c search_path={SCHEMA}", row_factory=dict_row) as c:
            return c.execute(requete.encode(), valeurs).fetchall()

    def journal(self, combien: int = 1) -> list[dict[str, Any]]:
        """Its last rows, the last first."""
        return self.lire("SELECT * FROM journal ORDER BY position DESC LIMIT %s", combien)


@asynccontextmanager
async def ouvrir_bureau(bases: Bases, oidc: ConnexionOidc | None = None) -> AsyncIterator[BureauDuRegistre]:
    demo = EmetteurDemo()
    ecritoire = Ecritoire(bases.registre_url, SCHEMA)
    site = Intendance(
        ecritoire,
        Identites([replace(demo.emetteur, pages=CLIENT_DE_L_INTENDANCE)]),
        Sessions(Coffret(b"r" * 32), securise=False, nom="unefois_intendance"),
        aujourd_hui,
        oidc,
        demo,
    )
    try:
        yield BureauDuRegistre(bases, site, application(site, {HOTE, "127.0.0.1"}), demo)
    finally:
        await ecritoire.close()


def champs(page: str) -> dict[str, str]:
    """What the one form of a formality holds, as a browser would send it back unchanged."""
    forme = re.search(r'<form method="post" action="(/demarches/[^"]*)".*?</form>', page, re.DOTALL)
    assert forme is not None, page
    dits: dict[str, str] = {"": unescape(forme[1])}
    for balise in re.findall(r"<input [^>]*>", forme[0]):
        nom, valeur = re.search(r'name="([^"]*)"', balise), re.search(r'value="([^"]*)"', balise)
        if nom and (" checked" in balise or 'type="checkbox"' not in balise):
            dits[nom[1]] = unescape(valeur[1]) if valeur else ""
    for nom_, options in re.findall(r'<select [^>]*name="([^"]*)"[^>]*>(.*?)</select>', forme[0], re.DOTALL):
        choisie = re.search(r'value="([^"]*)" selected', options)
        dits[nom_] = choisie[1] if choisie else ""
    for nom_, texte in re.findall(r'<textarea [^>]*name="([^"]*)"[^>]*>(.*?)</textarea>', forme[0], re.DOTALL):
        dits[nom_] = unescape(texte)
    return dits


async def remplir(client: httpx.AsyncClient, adresse: str, **dits: str) -> httpx.Response:
    """Open a formality, fill it in, ask to read it again."""
    ouverte = await client.get(adresse)
    assert ouverte.status_code == 200, (adresse, ouverte.text)
    return await envoyer(client, ouverte.text, "relire", **dits)


async def envoyer(client: httpx.AsyncClient, page: str, etape: str, **dits: str) -> httpx.Response:
    """Send the form of a page, with these fields changed; an empty box is one that is unticked."""
    formulaire = {**champs(page), **dits, "_etape": etape}
    adresse = formulaire.pop("")
    envoyes = {nom: dit for nom, dit in formulaire.items() if dit or "." not in nom}
    return await client.post(adresse, data=envoyes)


async def faire(client: httpx.AsyncClient, adresse: str, **dits: str) -> httpx.Response:
    """The whole formality, as somebody does it who makes no mistake: fill in, read again, keep."""
    ouverte = await client.get(adresse)
    assert ouverte.status_code == 200, (adresse, ouverte.text)
    relue = ouverte if 'value="garder"' in ouverte.text else await envoyer(client, ouverte.text, "relire", **dits)
    assert relue.status_code == 200, (adresse, fautes(relue.text) or relue.text)
    return await envoyer(client, relue.text, "garder")


def fautes(page: str) -> dict[str, str]:
    """The errors of a form, by field."""
    dites = re.findall(r'<a href="#demarche(?:-([\w.]+))?">([^<]*)</a>', page)
    return {nom: unescape(phrase) for nom, phrase in dites}


def lignes(page: str) -> dict[str, tuple[str, str]]:
    """The table of before and after, by what is said."""
    trouvees = re.findall(
        r'<tr><th scope="row">([^<]*)</th><td data-titre="Avant">([^<]*)</td>'
        r'<td data-titre="Après">(?:<strong>)?([^<]*)',
        page,
    )
    return {unescape(nom): (unescape(avant), unescape(apres)) for nom, avant, apres in trouvees}

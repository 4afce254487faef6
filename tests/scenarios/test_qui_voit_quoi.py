"""« Qui voit quoi »: each cell is what the API answers to that very person, and moves when the answer does."""

import contextlib
import html
import http.client
import json
import re
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest

from adapters.demo.personnages import PERSONNAGES, Personnage
from adapters.demo.recits import declaree
from adapters.mots import libelles
from policies.decision import GROUPES
from tests.scenarios.test_demonstration import Demo, demarrer

COMMENT = {"entier": "entier", "propres": "propres"}


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    with demarrer(tmp_path_factory.mktemp("qui-voit-quoi")) as servie:
        yield servie


def obtenir(demo: Demo, chemin: str, cookie: str = "") -> tuple[int, http.client.HTTPMessage, str]:
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", demo.port, timeout=30)) as connexion:
        connexion.request("GET", chemin, headers={"Cookie": cookie} if cookie else {})
        reponse = connexion.getresponse()
        return reponse.status, reponse.headers, reponse.read().decode()


def rangees(demo: Demo) -> list[dict[str, str]]:
    """Each row of the table: its text, and per group the class of its cell; in the order of the page."""
    statut, _, page = obtenir(demo, "/qui-voit-quoi")
    assert statut == 200
    trouvees = []
    for rangee in re.findall(r'<tr>\s*<th scope="row">.*?</tr>', page, re.DOTALL):
        cases = re.findall(r'<td class="(\w+)" data-titre="([^"]+)">', rangee)
        texte = html.unescape(re.sub(r"<[^>]+>|\s+", " ", rangee))
        liens = re.findall(r'href="([^"]+)"', rangee)
        trouvees.append({html.unescape(titre): classe for classe, titre in cases} | {"": texte, "lien": "".join(liens)})
    return trouvees


def a_l_api(demo: Demo, p: Personnage, finalite: str) -> tuple[int, Any]:
    """The same question, by the API, under a token of that person: through its commission's view, if it has one."""
    vue = "/v1/dossiers/{}" if finalite == "COORDINATION_CONTACTS" else p.lecture.replace("{dossier}", "{}")
    return demo.lire(p.agent, declaree(finalite, UUID(demo.exemple)), vue.format(demo.exemple))


def test_each_cell_is_what_the_api_answers_to_that_person(demo: Demo) -> None:
    lues = iter(rangees(demo))
    statuts = []
    for p in PERSONNAGES:
        for finalite in p.finalites:
            rangee, (statut, corps) = next(lues), a_l_api(demo, p, finalite)
            statuts.append(statut)
            lu = json.loads(corps)
            if statut != http.client.OK:
                assert lu["detail"] in rangee[""], (p.agent, finalite)
                assert {*rangee} == {"", "lien"}
                continue
            attendu = {g["groupe"]: COMMENT.get(g["mesure"], "partie") for g in lu["communique"]}
            vu = {titre: classe for titre, classe in rangee.items() if titre not in {"", "lien"}}
            assert vu == {libelle: attendu.get(g, "rien") for g, libelle in GROUPES.items()}, (p.agent, finalite)
    assert next(lues, None) is None
    # There is something to see: people who read, who are refused, who may not know that it exists.
    assert sorted({*statuts}) == [200, 403, 404]
    assert len(statuts) == 31


def lectures(demo: Demo, agent: str) -> int:
    """The rows that say that this agent asked to read the example."""
    lignes = demo.document("dpo", "CONTROLE", f"/v1/journal?agent={agent}&dossier={demo.exemple}&limite=200")["lignes"]
    return sum((ligne["dossier"], ligne["action"]) == (demo.exemple, "lire") for ligne in lignes)


def test_a_look_is_asked_of_the_gate_and_a_second_one_of_nobody(demo: Demo) -> None:
    premiere = rangees(demo)
    avant = lectures(demo, "conseiller-caf")
    assert avant >= 3  # at each of its purposes
    dossier = demo.document("instructrice-ccapex", "CCAPEX_ADMINISTRATIVE", f"/v1/dossiers/{demo.exemple}")
    titulaire = next(f["champs"]["personne"] for f in dossier["faits"] if f["type"] == "OccupantDeclare")
    opposition: dict[str, Any] = {"portee": "OPPOSITION", "personne": titulaire}
    dite = {"type": "OppositionEnregistree", "survenu_le": "2026-10-01", "donnees": opposition}
    chemin = f"/v1/dossiers/{demo.exemple}/interventions"
    demo.ecrire("instructrice-ccapex", "CCAPEX_ADMINISTRATIVE", chemin, {"evenements": [dite]})
    ensuite = rangees(demo)
    # The household objects: who coordinates contacts is refused from then on, with the article.
    [caf] = [
        rang
        for rang, p in enumerate((p, f) for p in PERSONNAGES for f in p.finalites)
        if (p[0].agent, p[1]) == ("conseiller-caf", "COORDINATION_CONTACTS")
    ]
    assert len(premiere[caf]) > 20
    assert {*ensuite[caf]} == {"", "lien"}
    assert "(RGPD, article 21)" in ensuite[caf][""]
    assert lectures(demo, "conseiller-caf") == avant + 3
    assert [r | {"lien": ""} for r in rangees(demo)] == [r | {"lien": ""} for r in ensuite]
    assert lectures(demo, "conseiller-caf") == avant + 3


def test_each_link_opens_that_desk_at_that_purpose_once(demo: Demo) -> None:
    finalites = libelles.finalites()
    lues = iter(rangees(demo))
    for p in PERSONNAGES:
        for finalite in p.finalites:
            lien = next(lues)["lien"]
            statut, entetes, _ = obtenir(demo, lien)
            assert (statut, entetes["location"]) == (303, "/"), (p.agent, finalite)
            cookie = entetes["set-cookie"].partition(";")[0]
            statut, entetes, _ = obtenir(demo, "/", cookie)
            droits = "/mon-dossier" if p.role == "USAGER" else "/demandes"
            bureau = {"CONTROLE": "/journal", "DROITS_PERSONNE": droits, "STATISTIQUE": "/indicateurs"}.get(
                finalite, "/bureau"
            )
            assert (statut, entetes["location"]) == (303, bureau), (p.agent, finalite)
            if p.role == "USAGER":  # it has one case, its own
                bureau += f"/{demo.exemple}"
            statut, _, page = obtenir(demo, bureau, cookie)
            assert statut == 200, (p.agent, finalite)
            assert f"Finalité déclarée : <strong>{html.escape(finalites[finalite]).replace('&#x27;', '&#39;')}<" in page
            assert f"<br>{p.agent}</p>" in page
            statut, entetes, page = obtenir(demo, lien)
            assert (statut, entetes["location"]) == (401, None)
            assert "il a déjà servi" in page
    assert next(lues, None) is None

"""The OpenAPI document as generators of clients and linters take it: names, types, size, and how it is served."""

import gzip
import json
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from adapters.rest.contrat import contrat
from adapters.rest.envois import emis_par
from adapters.service.routes import ROUTES
from ledger.catalogue import catalogue
from policies import tables
from tests.monde import Monde

TABLES: Final = tables.lire()
MAXIMUM: Final = 200_000
"""Bytes of the whole document."""
PAR_ROLE: Final = 280_000
"""Bytes of the document of a role, which describes all that it sends, field by field."""
ENTIER: Final = contrat(TABLES, ROUTES)
DE_ROLES: Final = {role: contrat(TABLES, ROUTES, emis_par(TABLES, role)) for role in TABLES.matrice}
NOM: Final = re.compile(r"[A-Z][A-Za-z0-9]*")


def noeuds(valeur: Any, chemin: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    """Every object of a document, and where it stands."""
    if isinstance(valeur, dict):
        yield chemin, valeur
        for cle, dedans in valeur.items():
            if cle not in {"example", "examples"}:
                yield from noeuds(dedans, (*chemin, cle))
    elif isinstance(valeur, list):
        for rang, dedans in enumerate(valeur):
            yield from noeuds(dedans, (*chemin, str(rang)))


def test_le_document_est_court(compter: Callable[[str, int], None]) -> None:
    assert len(ENTIER) <= MAXIMUM
    assert len(DE_ROLES) > 20
    assert max(map(len, DE_ROLES.values())) <= PAR_ROLE
    compter("octets de /openapi.json", len(ENTIER))
    compter("  en gzip", len(gzip.compress(ENTIER)))
    compter("octets du plus long document d'un rôle", max(map(len, DE_ROLES.values())))


@pytest.mark.parametrize("role", ["", *TABLES.matrice])
def test_un_generateur_trouve_un_nom_et_un_type_a_chaque_chose(role: str) -> None:
    document = json.loads(DE_ROLES[role] if role else ENTIER)
    formes = document["components"]["schemas"]
    assert len(formes) > 80
    assert all(NOM.fullmatch(nom) for nom in formes)
    vus, refs, titres = 0, set(), []
    for chemin, noeud in noeuds(document):
        vus += 1
        refs |= {noeud["$ref"]} if isinstance(noeud.get("$ref"), str) else set()
        titres += [noeud["title"]] if isinstance(noeud.get("title"), str) and chemin != ("info",) else []
        if isinstance(noeud.get("properties"), dict) and chemin[-1] != "properties":
            assert chemin[:2] == ("components", "schemas"), chemin
            assert len(chemin) == 3, f"un objet sans nom : {chemin}"
        types = noeud.get("type")
        if isinstance(types, list):
            assert len(types) == 2, chemin
            assert types[1] == "null", chemin
        if "enum" in noeud and isinstance(noeud["enum"], list):
            assert "type" in noeud, chemin
    assert vus > 1200
    assert len(titres) == len(set(titres))
    composants = {f"#/components/{genre}/{nom}" for genre, noms in document["components"].items() for nom in noms}
    assert refs == composants - {"#/components/securitySchemes/jeton"}


def test_chaque_operation_a_un_nom_du_meme_style_et_un_chapitre() -> None:
    document = json.loads(ENTIER)
    ids = [operation["operationId"] for ops in document["paths"].values() for operation in ops.values()]
    assert len(ids) == len(set(ids)) == len(ROUTES)
    assert all(re.fullmatch(r"(get|post)(_[a-z0-9]+)+", nom) for nom in ids)
    chapitres = {chapitre["name"] for chapitre in document["tags"]}
    assert all(re.fullmatch(r"[A-Za-z ]+", chapitre) for chapitre in chapitres)
    assert all(op["tags"] and set(op["tags"]) <= chapitres for ops in document["paths"].values() for op in ops.values())
    assert document["servers"] == [{"url": "/", "description": "le service qui donne ce document"}]


def test_un_role_a_dans_son_document_ce_qu_il_transmet_et_rien_d_autre() -> None:
    for role, document in DE_ROLES.items():
        formes = json.loads(document)["components"]["schemas"]
        decrits = {nom for nom in catalogue() if f"{nom}Donnees" in formes}
        emis = {ligne["evenement"] for ligne in TABLES.emissions if role in ligne["roles"]}
        assert decrits == emis, role


@pytest.mark.parametrize(
    ("accepte", "serre"),
    [
        ("gzip", True),
        ("deflate, gzip;q=0.5", True),
        ("*", True),
        ("br;q=1.0, *;q=0.1", True),
        ("identity", False),
        ("gzip;q=0", False),
        ("gzip;q=0.0", False),
        ("xgzip", False),
        ("gzip2", False),
        ("", False),
    ],
)
async def test_le_document_est_serre_pour_qui_l_accepte(monde: Monde, accepte: str, serre: bool) -> None:
    async with monde.client.stream("GET", "/openapi.json", headers={"Accept-Encoding": accepte}) as reponse:
        octets = b"".join([morceau async for morceau in reponse.aiter_raw()])
    assert reponse.headers["vary"] == "Accept-Encoding"
    assert ("content-encoding" in reponse.headers) is serre
    assert (gzip.decompress(octets) if serre else octets) == ENTIER
    assert len(octets) < 50_000 or not serre


async def test_le_document_d_un_role_se_demande_par_son_code(monde: Monde) -> None:
    for role in ("BAILLEUR_SOCIAL", "COMMISSAIRE_JUSTICE"):
        assert (await monde.client.get("/openapi.json", params={"role": role})).content == DE_ROLES[role]
    for demande in ("role=INCONNU", "role=", "rolle=CAF", "role=CAF&role=CAF", "role=1850575123456"):
        refus = await monde.client.get(f"/openapi.json?{demande}")
        assert refus.status_code == 400, demande
        assert refus.json()["code"] == "requete"
        assert b"INCONNU" not in refus.content
        assert b"18505" not in refus.content


@pytest.mark.parametrize("role", ["", "BAILLEUR_SOCIAL", "CD_TRAVAILLEUR_SOCIAL"])
def test_redocly_n_a_rien_a_en_dire(outil: Callable[[str], Path], tmp_path: Path, role: str) -> None:
    """One rule apart: the licence is the owner's to choose."""
    (tmp_path / "openapi.json").write_bytes(DE_ROLES[role] if role else ENTIER)
    regles = '{"extends": ["recommended"], "rules": {"info-license": "off"}}'
    (tmp_path / "redocly.yaml").write_text(regles, encoding="utf-8")
    fini = _lancer(outil(".bin/redocly"), "lint", "openapi.json", "--format=json", dans=tmp_path)
    assert json.loads(fini.stdout)["totals"] == {"errors": 0, "warnings": 0, "ignored": 0}, fini.stdout


@pytest.mark.parametrize("role", ["", "BAILLEUR_SOCIAL", "CD_TRAVAILLEUR_SOCIAL"])
def test_spectral_n_a_rien_a_en_dire(outil: Callable[[str], Path], tmp_path: Path, role: str) -> None:
    (tmp_path / "openapi.json").write_bytes(DE_ROLES[role] if role else ENTIER)
    (tmp_path / "regles.json").write_text('{"extends": ["spectral:oas"]}', encoding="utf-8")
    commande = ("lint", "openapi.json", "--ruleset", "regles.json", "--fail-severity", "hint")
    fini = _lancer(outil(".bin/spectral"), *commande, dans=tmp_path)
    assert fini.returncode == 0, fini.stdout
    assert "No results with a severity of 'hint' or higher found!" in fini.stdout


def _lancer(programme: Path, *arguments: str, dans: Path) -> "subprocess.CompletedProcess[str]":
    sans_reseau = {"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"}
    chemin = f"{programme.parent}:/usr/local/bin:/usr/bin:/bin"
    return subprocess.run(
        [programme, *arguments],
        cwd=dans,
        env={"PATH": chemin, **sans_reseau},
        capture_output=True,
        text=True,
        check=False,
    )

"""The walk through the API that partners read: each of its commands is run, each of its promises is held."""

import json
import os
import re
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.scenarios.test_demonstration import RACINE, Demo, demarrer

PARCOURS = RACINE / "docs" / "parcours-api.md"
_PAIRE = re.compile(r"```sh\n(.*?)```\s+```http\n(.*?)```", re.DOTALL)


@dataclass(frozen=True)
class Promesse:
    """What the document says of one answer: its status, some headers, some fields, line by line for NDJSON."""

    statut: int
    entetes: dict[str, str]
    corps: list[Any]

    @classmethod
    def lire(cls, texte: str) -> "Promesse":
        tete, _, corps = texte.partition("\n\n")
        premiere, *entetes = tete.splitlines()
        ndjson = "ndjson" in tete
        return cls(
            int(premiere.split()[1]),
            {nom.lower(): valeur for nom, valeur in (ligne.split(": ", 1) for ligne in entetes)},
            [json.loads(morceau) for morceau in (corps.splitlines() if ndjson else [corps]) if morceau.strip()],
        )


@dataclass
class Lecteur:
    """Somebody who follows the document in a shell, and keeps what it says to keep."""

    variables: dict[str, str]
    retenues: set[str] = field(default_factory=set)

    def executer(self, commande: str) -> tuple[int, dict[str, str], str]:
        fini = subprocess.run(
            ["/bin/bash", "-euc", 'curl() { command curl -isS "$@"; }\n' + commande],
            env={"PATH": os.environ["PATH"], **self.variables},
            capture_output=True,
            check=False,
            text=True,
        )
        assert fini.returncode == 0, (commande, fini.stderr)
        tete, _, corps = (
            fini.stdout.partition("\r\n\r\n") if "\r\n\r\n" in fini.stdout else fini.stdout.partition("\n\n")
        )
        premiere, *lignes = tete.splitlines()
        entetes = {nom.lower(): valeur for nom, _, valeur in (ligne.partition(": ") for ligne in lignes)}
        return int(premiere.split()[1]), entetes, corps

    def tient(self, promis: Any, recu: Any) -> bool:
        """Whether what was received holds what was promised; a name that is met for the first time is kept."""
        match promis:
            case "…":
                return recu is not None
            case str() if promis.startswith("$"):
                self.retenues.add(promis[1:])
                return self.variables.setdefault(promis[1:], str(recu)) == str(recu)
            case dict():
                return isinstance(recu, dict) and all(n in recu and self.tient(v, recu[n]) for n, v in promis.items())
            case list():
                return isinstance(recu, list) and all(any(self.tient(p, r) for r in recu) for p in promis)
            case _:
                return type(promis) is type(recu) and bool(promis == recu)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    with demarrer(tmp_path_factory.mktemp("parcours")) as servie:
        yield servie


def test_le_parcours_tient_ce_qu_il_promet(
    demo: Demo, outil: Callable[[str], Path], compter: Callable[[str, int], None]
) -> None:
    outil("curl")
    texte = PARCOURS.read_text(encoding="utf-8")
    etapes = _PAIRE.findall(texte)
    assert len(etapes) == texte.count("```sh") == texte.count("```http") == texte.count('curl "$UNEFOIS') > 15
    fichier = demo.donnees / "demo.env"
    assert fichier.stat().st_mode & 0o077 == 0
    lignes = fichier.read_text(encoding="utf-8").splitlines()
    lecteur = Lecteur(dict(ligne.split("=", 1) for ligne in lignes if ligne and not ligne.startswith("#")))
    promis = 0
    for commande, attendu in etapes:
        promesse = Promesse.lire(attendu)
        statut, entetes, corps = lecteur.executer(commande)
        assert statut == promesse.statut, (commande, corps[:600])
        for nom, valeur in promesse.entetes.items():
            assert lecteur.tient(valeur, entetes.get(nom, "").partition(";")[0]), (commande, nom, entetes)
        recus = [json.loads(r) for r in (corps.splitlines() if len(promesse.corps) > 1 else [corps]) if r.strip()]
        for dit, recu in zip(promesse.corps, recus, strict=True):
            assert lecteur.tient(dit, recu), (commande, dit, corps[:3000])
            promis += 1
        promis += promesse.statut == 204  # that there is nothing is all that it promises
    assert {"DOSSIER", "ETAG", "POSITION", "CONTRIBUTION"} <= lecteur.retenues
    compter("commandes du parcours de l'API exécutées", len(etapes))
    assert promis >= len(etapes)


def test_le_parcours_nomme_chaque_route_ou_renvoie_au_contrat() -> None:
    """What it leaves to the OpenAPI document, it says."""
    texte = PARCOURS.read_text(encoding="utf-8")
    assert "/openapi.json" in texte
    for chemin in (
        "/v1/moi",
        "/v1/nomenclatures",
        "/v1/erreurs",
        "/v1/dossiers",
        "/v1/vues/",
        "/v1/seances",
        "/v1/journal",
        "/exploc/",
    ):
        assert chemin in texte, chemin

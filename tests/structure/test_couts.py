"""What one addition costs: it is made in a copy of the house, in as few places as it takes, and the house has it.

A place is a row of data, or a piece of code that stands in one file. What follows from it is asked of the copy itself.
"""

import csv
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pytest

from tests.structure.dessin import RACINE, SALLES

CONTRAT: Final = """
import json
from adapters.rest.contrat import contrat
from adapters.rest.envois import emis_par
from adapters.service.routes import ROUTES
from ledger.catalogue import catalogue
from policies.tables import charger, lire
lu = json.loads(contrat(lire(), ROUTES, tuple(catalogue())))
schemas, chemins = lu["components"]["schemas"], lu["paths"]
"""


@dataclass
class Maison:
    """A copy of the product, and the places where it was added to."""

    racine: Path
    places: list[str] = field(default_factory=list)

    def ecrire(self, fichier: str, avant: str, texte: str) -> None:
        """Put a piece of code before another, or at the end of its file, which may be new."""
        chemin = self.racine / fichier
        lu = chemin.read_text(encoding="utf-8") if chemin.exists() else ""
        assert lu.count(avant) == 1 or not avant, (fichier, avant)
        chemin.write_text(lu.replace(avant, texte + avant) if avant else lu + texte, encoding="utf-8")
        self.places.append(fichier)

    def ajouter(self, fichier: str, **ligne: Any) -> None:
        """Add a row to a table of law."""
        chemin = self.racine / "policies" / "donnees" / fichier
        lignes = json.loads(chemin.read_text(encoding="utf-8")) if chemin.exists() else []
        chemin.write_text(json.dumps([*lignes, ligne]), encoding="utf-8")
        self.places.append(fichier)

    def verifier(self, *conditions: str, avec: str = CONTRAT) -> None:
        """Ask the copy whether it has what was added, everywhere that it should."""
        script = avec + "\n".join(f"assert {condition}, {condition!r}" for condition in conditions)
        fini = subprocess.run(
            [sys.executable, "-c", script], cwd=self.racine, capture_output=True, check=False, text=True
        )
        assert fini.returncode == 0, fini.stderr


@pytest.fixture
def maison(tmp_path: Path) -> Maison:
    for salle in SALLES:
        shutil.copytree(RACINE / salle, tmp_path / salle, ignore=shutil.ignore_patterns("__pycache__"))
    return Maison(tmp_path)


DATES: Final = {"tag": "INFERRED", "legal_ref": "essai", "valid_from": "2022-01-01", "valid_to": None}


def test_un_evenement_coute_sa_classe_et_sa_ligne_d_emission(
    maison: Maison, compter: Callable[[str, int], None]
) -> None:
    maison.ecrire(
        "ledger/catalogue/dette.py",
        "",
        '\n\n@dataclass(frozen=True, kw_only=True)\nclass EssaiFait(Evenement):\n    """An attempt."""\n\n'
        '    TOPIC = "unefois:EssaiFait"\n    LIBELLE = "Essai fait"\n    GROUPE = "F05"\n'
        '    etape: Annotated[Code, s2("F05", "étape de l\'essai", "PROPOSE", liste="etape_plan")]\n',
    )
    maison.ajouter(
        "emissions.json",
        evenement="EssaiFait",
        roles=["CAF"],
        finalites=["AIDE_INSTRUCTION"],
        agent="",
        **dict.fromkeys(("import", "secret", "intervention", "information_menage"), False),
        **DATES,
    )
    maison.verifier(
        "schemas['EssaiFait']['description'] == 'Essai fait'",
        "'PROPOSE' in schemas['EssaiFaitDonnees']['properties']['etape']['enum']",
        "'EssaiFait' in emis_par(lire(), 'CAF')",
        "'EssaiFait' not in emis_par(lire(), 'CCAS')",
        "'EssaiFait' in charger().tables['emissions']",
    )
    maison.verifier(
        "libelles.evenement('EssaiFait') == 'Essai fait'",
        "'Essai fait' in ecrire(lire())",
        "all(EssaiFait.TOPIC in vue.garde for vue in VUES)",
        "saisie.contribution(CORPS).evenements[0].evenement.etape == 'PROPOSE'",
        avec="from adapters.mots import libelles\nfrom adapters.mots.catalogue import ecrire\n"
        "from adapters.gate import saisie\nfrom policies.tables import lire\n"
        "from ledger.catalogue import EssaiFait\nfrom projections import VUES\n"
        "FAIT = {'type': 'EssaiFait', 'survenu_le': '2026-10-01', 'donnees': {'etape': 'PROPOSE'}}\n"
        "CORPS = {'evenements': [FAIT]}\n",
    )
    assert len(maison.places) == 2
    compter("places pour ajouter un événement", len(maison.places))


def test_un_code_coute_une_ligne(maison: Maison, compter: Callable[[str, int], None]) -> None:
    listes = maison.racine / "ledger" / "droit" / "listes.csv"
    with listes.open("a", encoding="utf-8", newline="") as flux:
        csv.writer(flux).writerow(["etape_plan", "ESSAYE", "essayé", "", "", "essai", "INFERRED"])
    maison.places.append("listes.csv")
    maison.verifier("'ESSAYE' in schemas['PlanApurementConcluDonnees']['properties']['etape']['enum']")
    maison.verifier(
        "libelles.options('etape_plan', date(2026, 10, 1))['ESSAYE'] == 'essayé'",
        "'essayé' in ecrire(lire())",
        "saisie.contribution(CORPS).evenements[0].evenement.etape == 'ESSAYE'",
        avec="from datetime import date\nfrom adapters.mots import libelles\n"
        "from adapters.mots.catalogue import ecrire\n"
        "from adapters.gate import saisie\nfrom policies.tables import lire\n"
        "FAIT = {'type': 'PlanApurementConclu', 'survenu_le': '2026-10-01', 'donnees': {'etape': 'ESSAYE'}}\n"
        "CORPS = {'evenements': [FAIT]}\n",
    )
    assert len(maison.places) == 1
    compter("places pour ajouter un code", len(maison.places))


def test_un_groupe_coute_sa_ligne_et_une_par_role_qui_le_lit(
    maison: Maison, compter: Callable[[str, int], None]
) -> None:
    maison.ajouter(
        "groupes.json",
        code="F99",
        libelle="essais",
        s3=False,
        mesure_l=None,
        sens_l=None,
        motif_ferme="NON_NECESSAIRE",
        finalites={"AIDE_INSTRUCTION": "R"},
        vues={},
        tag="INFERRED",
        legal_ref="essai",
    )
    lecteurs = ("CAF", "CCAS")
    for role in lecteurs:
        maison.ajouter(f"matrice/{role}.json", groupe="F99", lecture="R", ecriture=False, **DATES)
    maison.verifier(
        "'F99' in schemas['Groupe']['enum']",
        "[role for role, portes in charger().tables['portes'].items() for porte in portes.values()"
        " for rang in porte['profils'].get('', {'rangs': []})['rangs'] if 'F99' in rang['groupes']] == ['CAF', 'CCAS']",
    )
    assert len(maison.places) == 1 + len(lecteurs)
    compter("places pour ajouter un groupe, une par rôle qui le lit en plus", len(maison.places) - len(lecteurs))


def test_un_role_coute_sa_ligne_et_sa_matrice(maison: Maison, compter: Callable[[str, int], None]) -> None:
    maison.ajouter(
        "roles.json",
        **{**_role("ADIL"), "code": "ESSAI", "libelle": "rôle d'essai"},
    )
    maison.ajouter("matrice/ESSAI.json", groupe="F05", lecture="R", ecriture=False, **DATES)
    maison.verifier(
        "'ESSAI' in charger().tables['portes']",
        "lu['x-lecteurs']['ESSAI'] == ['F05']",
    )
    maison.verifier("libelles.role('ESSAI') == \"rôle d'essai\"", avec="from adapters.mots import libelles\n")
    assert len(maison.places) == 2
    compter("places pour ajouter un rôle", len(maison.places))


def _role(code: str) -> dict[str, Any]:
    lignes = json.loads((RACINE / "policies" / "donnees" / "roles.json").read_text(encoding="utf-8"))
    [ligne] = [ligne for ligne in lignes if ligne["code"] == code]
    return dict(ligne)


def test_une_route_coute_une_route(maison: Maison, compter: Callable[[str, int], None]) -> None:
    maison.ecrire(
        "adapters/rest/service.py",
        "",
        '\n\nasync def essayer(request: Requete, acces: Acces) -> Response:\n    """Essayer."""\n'
        '    await audit.situer(request.gate, acces, "essai")\n    return rendre(request, b"{}")\n\n\n'
        'ROUTES += (Route("GET", "/v1/essai", Action.LIRE, essayer, SERVICE, rend(TEXTE)),)\n',
    )
    maison.verifier("chemins['/v1/essai']['get']['summary'] == 'Essayer.'")
    maison.verifier(
        "'/v1/essai' in {route.path for route in app.router.routes}",
        avec="from fastapi import FastAPI\nfrom adapters.rest.route import monter\n"
        "from adapters.service.routes import ROUTES\napp = FastAPI()\nmonter(app, ROUTES)\n",
    )
    assert len(maison.places) == 1
    compter("places pour ajouter une route", len(maison.places))


def test_une_vue_coute_un_fichier(maison: Maison, compter: Callable[[str, int], None]) -> None:
    maison.ecrire(
        "projections/vues/essai.py",
        "",
        '"""An attempt."""\n\nfrom projections.vue import LigneDeVue, Vue\n\n\n'
        "def ligne(communs, d):\n"
        "    return LigneDeVue(**communs, stade=d.stade.value, dernier_acte_le=d.dernier_acte_le)\n\n\n"
        'VUE = Vue(nom="essai", type_ligne=LigneDeVue, groupes=frozenset({"F05"}), volets=frozenset(), ligne=ligne,'
        ' competence="true")\n',
    )
    maison.verifier("'essai' in schemas['Document']['properties']['vue']['enum']")
    maison.verifier(
        "'essai' in NOMS_DES_VUES",
        "any('CREATE TABLE IF NOT EXISTS vue_essai_dossiers' in script for script in SCRIPTS)",
        "{'unefois:DetteDeclaree', 'unefois:PlanApurementConclu'} <= set(VUES[-1].garde)",
        "VUES[-1].nom == 'essai'",
        avec="from projections import NOMS_DES_VUES, SCRIPTS, VUES\n",
    )
    assert len(maison.places) == 1
    compter("places pour ajouter une vue, hors les lignes de droit qui l'ouvrent", len(maison.places))

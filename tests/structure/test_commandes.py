"""The command line as a person meets it: in French, whatever is asked, whatever goes wrong."""

import argparse
import os
import re
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from adapters.commande.unefois import COMMANDES, analyseur, main
from adapters.service.settings import BESOINS

RACINE = Path(__file__).resolve().parents[2]
ANGLAIS = re.compile(
    r"\b(the|show|help message|required|invalid|choice|choose|unrecognized|expected|optional|positional)\b|usage:",
    re.IGNORECASE,
)


def analyseurs(racine: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    yield racine
    for action in racine._actions:
        if isinstance(action, argparse._SubParsersAction):
            for suite in action.choices.values():
                yield from analyseurs(suite)


def test_chaque_aide_est_en_francais_et_dit_chaque_option(compter: Callable[[str, int], None]) -> None:
    tous = list(analyseurs(analyseur()))
    assert len(tous) > len(COMMANDES)
    for un in tous:
        aide = un.format_help()
        assert not ANGLAIS.search(aide), (un.prog, ANGLAIS.search(aide))
        assert "afficher cette aide" in aide
        assert [a.dest for a in un._actions if not a.help and not isinstance(a, argparse._SubParsersAction)] == [], (
            un.prog
        )
    compter("aides de commandes relues", len(tous))


def test_chaque_commande_dit_ses_etats_de_sortie(capsys: pytest.CaptureFixture[str]) -> None:
    assert set(COMMANDES) == {*BESOINS, "demo", "bac-a-sable", "bench"}
    for commande in COMMANDES:
        with pytest.raises(SystemExit) as fin:
            main([commande, "--help"])
        assert fin.value.code == 0
        assert "État de sortie" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "dit"),
    [
        ([], "il manque : COMMANDE"),
        (["truc"], "'truc' n'existe pas"),
        (["serve", "--truc"], "inconnu : --truc"),
        (["journal"], "il manque : --par"),
        (["journal", "--par", "a/b", "--du", "hier"], "valeur refusée : 'hier'"),
        (["journal", "--par", "a/b", "--limite", "0"], "1 au moins"),
        (["journal", "--par", "a/b", "--issue", "bof"], "au choix"),
        (["journal", "--par"], "attend une valeur"),
        (["partenaires", "--par", "x"], "il manque : GESTE"),
        (["projeter", "--forcer=oui"], "n'attend pas de valeur"),
        (["conformite"], "il manque : URL"),
        (["conformite", "ftp://exemple.fr"], "une adresse http ou https"),
        (["conformite", "https://nom:passe@exemple.fr"], "sans identifiants"),
        (["conformite", "https://exemple.fr", "--dossier", "12"], "l'identifiant d'un dossier"),
    ],
)
def test_une_commande_mal_ecrite_est_dite_en_francais(
    arguments: list[str], dit: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as fin:
        main(arguments)
    assert fin.value.code == 2
    erreurs = capsys.readouterr().err
    assert dit in erreurs
    assert "--help »" in erreurs
    assert not ANGLAIS.search(erreurs), erreurs


@pytest.mark.parametrize(
    ("environ", "dit"),
    [
        ({"UNEFOIS_KEK_FIEL": "x"}, "UNEFOIS_KEK_FIEL est inconnue ; vouliez-vous dire UNEFOIS_KEK_FILE ?"),
        ({"UNEFOIS_PORT": "http"}, "UNEFOIS_PORT doit être un nombre"),
        ({"UNEFOIS_MODE": "production"}, "UNEFOIS_CONTROLLERS manque"),
        (
            {"UNEFOIS_DATABASE_URL": "postgresql://personne@/postgres?host=/nulle/part"},
            "« unefois installer » a été lancé",
        ),
    ],
)
def test_un_reglage_refuse_est_nomme_par_la_commande(environ: dict[str, str], dit: str) -> None:
    systeme = {nom: valeur for nom, valeur in os.environ.items() if not nom.startswith("UNEFOIS_")}
    fini = subprocess.run(
        [sys.executable, "-m", "adapters.commande.unefois", "projeter"],
        cwd=RACINE, env=systeme | environ, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert fini.returncode == 1
    assert dit in fini.stderr
    assert "Traceback" not in fini.stderr
    assert fini.stdout == ""


@pytest.mark.parametrize("commande", ["demo", "serve"])
def test_un_port_pris_est_dit_avant_que_rien_ne_demarre(commande: str, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as occupant:
        port = occupant.getsockname()[1]
        systeme = {nom: valeur for nom, valeur in os.environ.items() if not nom.startswith("UNEFOIS_")}
        fini = subprocess.run(
            [sys.executable, "-m", "adapters.commande.unefois", commande],
            cwd=RACINE, env=systeme | {"UNEFOIS_PORT": str(port), "UNEFOIS_DATA": str(tmp_path / "d")},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
    assert (fini.returncode, fini.stdout) == (1, "")
    assert f"Le port {port} de 127.0.0.1 est déjà pris" in fini.stderr
    assert "UNEFOIS_PORT" in fini.stderr
    assert not (tmp_path / "d").exists()

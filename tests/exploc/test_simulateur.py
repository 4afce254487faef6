"""The simulator as a partner starts it: alone, without a database, and the same each time."""

import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import httpx2 as httpx
import pytest

from adapters.commande.unefois import main
from adapters.exploc.fichier import ouvrir_lot
from adapters.exploc.scenarios import SCENARIOS, Scenario, fautes, tirer_le_fil
from adapters.exploc.simulateur import CORPS_MAX, ecouter
from tests.bases import RACINE
from tests.exploc.test_lot import contenu as lot_de
from tests.exploc.test_lot import rangee
from tests.exploc.test_releve import LOT, RANGEES, simulateur

JETON: Final = {"authorization": "Bearer essai"}
ACTE: Final = {
    "message_id": "M-1", "etude_siret": "99920707900180", "type_acte": "CQL", "ref_acte": "CQL-17",
    "date_acte": "2026-11-20",
}  # fmt: skip


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    with simulateur() as url, httpx.Client(base_url=url, headers=JETON) as ouvert:
        yield ouvert


def test_seul_sans_base_ni_regles_il_dit_d_abord_qu_il_n_est_pas_officiel(tmp_path: Path) -> None:
    systeme = {nom: valeur for nom, valeur in os.environ.items() if not nom.startswith("UNEFOIS_")}
    commande = ["-m", "adapters.commande.unefois", "exploc", "simuler", "--port", "0", "--scenario", "retrait"]
    with subprocess.Popen(
        [sys.executable, *commande],
        cwd=RACINE, env=systeme | {"UNEFOIS_DATA": str(tmp_path / "d")}, stdout=subprocess.PIPE, text=True,
    ) as processus:  # fmt: skip
        assert processus.stdout is not None
        premiere, seconde = processus.stdout.readline(), processus.stdout.readline()
        assert premiere.startswith("Simulateur non officiel d'EXPLOC")
        assert "retrait" in seconde
        adresse = re.search(r"http://127\.0\.0\.1:[0-9]+", premiere)
        assert adresse is not None
        page = httpx.get(f"{adresse[0]}/exploc/v1/lots", headers=JETON)
        assert ouvrir_lot(io.BytesIO(page.content)).entete.largeur == 32
        processus.terminate()
        processus.wait(10)
    assert not (tmp_path / "d").exists()


def test_il_n_ecoute_que_sur_cette_machine() -> None:
    with ecouter(0) as ecoute:
        assert ecoute.getsockname()[0] == "127.0.0.1"


@pytest.mark.parametrize(
    ("arguments", "dit"),
    [(["--lot", "/nulle/part.csv"], "/nulle/part.csv"), (["--lot", __file__], "Ce n'est pas un lot EXPLOC")],
)
def test_un_lot_qui_ne_se_lit_pas_est_dit(arguments: list[str], dit: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["exploc", "simuler", "--port", "0", *arguments]) == 1
    assert dit in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["--scenario", "autre"], ["--port", "70000"], ["--port", "x"]])
def test_un_scenario_ou_un_port_inconnu_est_mal_ecrit(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as fin:
        main(["exploc", "simuler", *arguments])
    assert fin.value.code == 2


def test_un_jeton_est_demande_et_un_curseur_inconnu_refuse(client: httpx.Client) -> None:
    for chemin in ("lots", "retraits"):
        assert client.get(f"/exploc/v1/{chemin}", headers={"authorization": ""}).status_code == 401
        for curseur in ("p99", "x", "p-1", "p" + "9" * 5000, "p²"):
            refus = client.get(f"/exploc/v1/{chemin}", params={"depuis": curseur})
            assert (refus.status_code, refus.headers["content-type"]) == (400, "application/problem+json")


def test_un_acte_a_son_accuse_et_le_meme_s_il_est_renvoye(client: httpx.Client) -> None:
    premier = client.post("/exploc/v1/actes", json=ACTE | {"observations": "ignorées"})
    assert premier.status_code == 201
    accuse = premier.json()
    assert (accuse["message_id"], accuse["etat"]) == ("M-1", "A_QUALIFIER")
    assert set(accuse) == {"message_id", "numero", "recu_le", "etat"}
    encore = client.post("/exploc/v1/actes", json=ACTE)
    assert (encore.status_code, encore.json()) == (200, accuse)
    assert client.post("/exploc/v1/actes", json=ACTE | {"ref_acte": "AUTRE"}).status_code == 409
    assert client.post("/exploc/v1/actes", json=ACTE | {"message_id": "M-2"}).json()["numero"] != accuse["numero"]


@pytest.mark.parametrize(
    ("corps", "statut"),
    [
        (b"{", 422),
        (b"[]", 422),
        (b'{"message_id": "\xe9"}', 422),
        (b'{"message_id": "M"}', 422),
        (b"x" * (CORPS_MAX + 1), 413),
        *((httpx.Request("POST", "http://a", json=ACTE | faux).content, 422) for faux in (
            {"type_acte": "AUTRE"}, {"etude_siret": "12345678901234"}, {"date_acte": "20/11/2026"}, {"message_id": ""},
            {"ref_acte": "x" * 201},
        )),
    ],
)  # fmt: skip
def test_ce_qui_n_est_pas_un_acte_est_refuse(client: httpx.Client, corps: bytes, statut: int) -> None:
    refus = client.post("/exploc/v1/actes", content=corps)
    assert (refus.status_code, refus.headers["content-type"]) == (statut, "application/problem+json")


def tout(graine: int, *scenarios: Scenario) -> list[Any]:
    """All that one answers to who asks until the end, three times each page."""
    with simulateur(*scenarios, graine=graine, lenteur=0.0) as url, httpx.Client(base_url=url, headers=JETON) as client:
        dits: list[Any] = []
        for chemin in ("lots", "retraits"):
            for page in range(RANGEES):
                for _ in range(3):
                    try:
                        dit = client.get(f"/exploc/v1/{chemin}", params={"depuis": f"p{page}"})
                    except httpx.RemoteProtocolError:
                        dits.append("coupée")
                        continue
                    dits.append((dit.status_code, dit.content, dit.headers.get("content-digest")))
                if dit.status_code == 400:
                    break
        return dits


def test_la_meme_graine_fait_les_memes_fautes_et_une_autre_d_autres() -> None:
    scenarios: tuple[Scenario, ...] = ("doublon", "desordre", "tronque", "panne", "encodage", "retrait")
    premier = tout(7, *scenarios)
    assert "coupée" in premier
    assert {statut for statut, *_ in (dit for dit in premier if dit != "coupée")} == {200, 400, 500, 503}
    assert tout(7, *scenarios) == premier
    assert tout(8, *scenarios) != premier


def test_chaque_scenario_change_ce_qui_est_dit() -> None:
    lot = ouvrir_lot(io.BytesIO(LOT))
    sans = tirer_le_fil(lot, frozenset(), 7)
    assert "".join(sans.rangees).encode() == LOT.partition(b"\n")[2]  # nothing is lost of a lot that is served
    for scenario in SCENARIOS:
        choisi = frozenset({scenario})
        fil = tirer_le_fil(lot, choisi, 7)
        change = fil != sans
        assert change or fautes(choisi, 7, "/exploc/v1/lots", 0) == [scenario]
        assert {*fil.rangees, *fil.tardives} == set(sans.rangees)


def test_une_rangee_mal_fermee_et_des_colonnes_dans_un_autre_ordre_sont_servies() -> None:
    entete, *lignes = lot_de(rangee(), rangee(ref_acte="A-2")).decode().splitlines()
    inverse = [";".join(reversed(ligne.split(";"))) for ligne in (entete, *lignes)]
    fil = tirer_le_fil(ouvrir_lot(io.BytesIO("\n".join([*inverse, '1;"ouverte', ""]).encode())), frozenset(), 1)
    assert [r.strip() for r in fil.rangees] == [*lignes, '"x']


def test_la_documentation_dit_chaque_scenario_et_son_exemple_est_recu(client: httpx.Client) -> None:
    page = (RACINE / "docs" / "exploc.md").read_text(encoding="utf-8")
    assert all(f"| `{nom}` |" in page for nom in SCENARIOS)
    exemple = re.search(r"/exploc/v1/actes -d '({.*?})'\s+({.*?})\n", page, re.DOTALL)
    assert exemple is not None
    accuse = client.post("/exploc/v1/actes", content=exemple[1].replace('"M-1"', '"M-doc"'))
    assert accuse.status_code == 201
    assert set(accuse.json()) == set(json.loads(exemple[2]))

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
MESSAGE: Final = "0199f1e2-7b1a-7000-8000-0000000000a1"
ACTE: Final = {
    "type_acte": "CQL", "ref_acte": "CQL-17", "etude_siret": "99920707900180", "date_acte": "18/03/2026",
    "nom": "EXEMPLE", "commune_insee": "93066",
}  # fmt: skip
RECU: Final = {"message", "dossier", "acte", "etat", "accuse", "ecartes"}


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


def envoi(message: str = MESSAGE, **acte: str) -> dict[str, Any]:
    return {"message": message, "acte": ACTE | acte}


def test_un_acte_a_son_accuse_et_le_meme_s_il_est_renvoye(client: httpx.Client) -> None:
    premier = client.post("/exploc/v1/actes", json=envoi(date_naissance="hier"))
    assert premier.status_code == 201
    recu = premier.json()
    assert set(recu) == RECU
    assert (recu["message"], recu["etat"], recu["ecartes"]) == (MESSAGE, "A_QUALIFIER", ["date_naissance"])
    assert set(recu["accuse"]) == {"au_nom_de", "numero", "date", "recu_le"}
    encore = client.post("/exploc/v1/actes", json=envoi(date_naissance="hier"))
    assert (encore.status_code, encore.json()) == (201, recu)
    suivi = client.get(f"/exploc/v1/actes/{MESSAGE}")
    assert suivi.json() == {nom: valeur for nom, valeur in recu.items() if nom != "ecartes"}
    autre = MESSAGE.replace("a1", "a2")
    assert client.post("/exploc/v1/actes", json=envoi(ref_acte="AUTRE")).json()["code"] == "cle_reutilisee"
    assert client.post("/exploc/v1/actes", json=envoi(autre)).json()["code"] == "acte_connu"
    neuf = client.post("/exploc/v1/actes", json=envoi(autre, ref_acte="AUTRE")).json()
    assert neuf["accuse"]["numero"] != recu["accuse"]["numero"]
    for inconnu in (MESSAGE.replace("a1", "ff"), "x"):
        assert client.get(f"/exploc/v1/actes/{inconnu}").status_code == 404


@pytest.mark.parametrize(
    "corps",
    [
        b"{",
        b"[]",
        b'{"message": "\xe9"}',
        *(
            json.dumps(faux).encode()
            for faux in (
                {"message": "M-1", "acte": ACTE}, {"message": MESSAGE}, {"message": MESSAGE, "acte": {}},
                envoi(type_acte="AUTRE"), envoi(etude_siret="12345678901234"), envoi(date_acte="2026-03-18"),
                envoi(colonne="inconnue"), envoi(observations="NIR 148129300542935"), envoi(nom="\ud800"),
                envoi(ref_acte="x" * 201), envoi(nom=""),
            )
        ),
    ],
)  # fmt: skip
def test_ce_qui_n_est_pas_un_acte_est_refuse(client: httpx.Client, corps: bytes) -> None:
    refus = client.post("/exploc/v1/actes", content=corps)
    assert (refus.status_code, refus.headers["content-type"]) == (422, "application/problem+json")
    assert "148129300542935" not in refus.text


def test_un_corps_sans_fin_est_refuse(client: httpx.Client) -> None:
    assert client.post("/exploc/v1/actes", content=b"x" * (CORPS_MAX + 1)).status_code == 413


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
    exemple = re.search(r"/exploc/v1/actes -d '({.*?})'", page, re.DOTALL)
    assert exemple is not None
    recu = client.post("/exploc/v1/actes", content=exemple[1])
    assert recu.status_code == 201
    assert all(f"`{nom}`" in page for nom in (*recu.json(), *recu.json()["accuse"]))

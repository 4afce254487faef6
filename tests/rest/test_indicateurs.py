"""The charter's figures: who counts, who reads, what is kept, what is hidden; an erasure does nothing to them."""

import csv
import gzip
import io
import os
from argparse import Namespace
from collections import Counter
from collections.abc import AsyncIterator, Callable
from datetime import date
from pathlib import Path
from typing import Any, Final

import psycopg
import pytest

from adapters.commande.agent import GesteRefuse
from adapters.commande.indicateurs import indicateurs
from ledger.application import Ledger
from ledger.catalogue import CcapexSaisie, ConcoursForceRefuse, ConcoursForceRequis, Evenement
from ledger.droit.indicateurs import historique
from ledger.reader import Lecture
from projections.indicateurs import SEUIL
from tests.bases import Bases
from tests.exploc.importeur import importer_lot
from tests.exploc.test_lot import LOTS
from tests.monde import Monde, evenement, ouverture, ouvrir_monde, peupler, rpls
from tests.rest.test_regles import inscrire

ANNEE: Final = bool(os.environ.get("UNEFOIS_TEST_ANNEE"))
"""Whether the lot of a whole year is counted, as CI does; else an extract of it."""
LOT: Final = "lot-93-2019.csv.gz" if ANNEE else "lot-extrait.csv"
PAR: Final = "ccapex/instructrice"
CHARTE: Final = {
    "O1": (2028, 5200), "O2": (2496, 5200), "O3": (3157, 5788), "O4": (3407, None), "O5": (2192, None),
    "O5S": (1068, None), "8": (16440, None), "9": (5788, None), "10": (3407, None), "11": (3522, None),
    "13": (3157, None), "14": (893, None), "15": (1299, None), "30": (2136, None), "31": (3652, None),
    "32": (1356, None), "33": (2051, None),
}  # fmt: skip
"""What the charter prints of 2019: 39 % of decisions contradictory, 48 % with time to pay, 5,788 assignations…"""


def octets(nom: str) -> bytes:
    contenu = (LOTS / nom).read_bytes()
    return gzip.decompress(contenu) if nom.endswith(".gz") else contenu


async def arreter(monde: Monde, annee: int, par: str = PAR) -> int:
    return await indicateurs(Namespace(geste="arreter", annee=annee, par=par), monde.gate)


async def lus(monde: Monde, annee: int, qui: str = "ccapex", **params: str) -> dict[str, dict[str, Any]]:
    lu = await monde.get("/v1/indicateurs", qui, "STATISTIQUE", params={"annee": str(annee), **params})
    assert lu.status_code == 200, lu.text
    return {i["code"]: i for i in lu.json()["indicateurs"]}


async def expulser(monde: Monde, combien: int, commune: str = "93008", **donnees: Any) -> None:
    for _ in range(combien):
        monde.cles += 1
        acte = evenement("ExpulsionRealisee", "2025-06-10", **donnees)
        corps = ouverture(f"N{monde.cles:05d}".replace("0", "O"), id_rpls=rpls(monde.cles), commune=commune)
        recu = await monde.post("/v1/dossiers", "etude", "ACTE_EMISSION", corps | {"evenements": [acte]})
        assert recu.status_code == 201, recu.text


async def test_une_annee_finie_se_compte_et_se_garde(monde: Monde, capsys: pytest.CaptureFixture[str]) -> None:
    await expulser(monde, 6, solution="AUCUNE")
    assert (await lus(monde, 2025))["O5"]["etat"] == "non_arrete"
    assert await arreter(monde, 2025) == 0
    assert "chiffres gardés" in capsys.readouterr().out
    dits = await lus(monde, 2025)
    assert (dits["O5"]["valeur"], dits["O5S"]["valeur"], dits["15"]["valeur"]) == (6, 6, 6)
    assert dits["9"]["valeur"] == 0
    await arreter(monde, 2025)
    assert "Aucun chiffre n'a changé" in capsys.readouterr().out


async def test_quelques_actes_de_plus_ne_se_publient_pas_un_par_un(monde: Monde) -> None:
    await expulser(monde, 6)
    await arreter(monde, 2025)
    await expulser(monde, SEUIL - 1)
    await arreter(monde, 2025)
    assert (await lus(monde, 2025))["O5"]["valeur"] == 6, "the difference would be of four households"
    await expulser(monde, 1)
    await arreter(monde, 2025)
    dit = (await lus(monde, 2025))["O5"]
    assert (dit["valeur"], dit["premiere"]) == (6 + SEUIL, 6), "both are shown"


async def test_ce_qui_est_de_peu_de_menages_est_tu_dans_tous_ses_axes(monde: Monde) -> None:
    await expulser(monde, 3)
    await arreter(monde, 2025)
    for axe in ("departement", "parc", "commune"):
        dit = (await lus(monde, 2025, axe=axe))["O5"]
        assert (dit["etat"], dit["valeur"], dit["premiere"]) == ("trop_peu", None, None)
        assert all(ligne["valeur"] is None for ligne in dit["par"])
    dits = await lus(monde, 2025)
    assert (dits["15"]["etat"], dits["14"]["valeur"]) == ("trop_peu", 0)
    await expulser(monde, 5)
    await arreter(monde, 2025)
    dit = (await lus(monde, 2025))["O5"]
    assert (dit["valeur"], dit["premiere"]) == (8, None), "nor is it told once there are enough"


async def test_ni_ce_qui_reste_d_un_compte_qui_en_tient_un_autre(monde: Monde) -> None:
    """Of ten evictions, eight without a solution: the difference is of two households, in whichever axis."""
    await expulser(monde, 8, solution="AUCUNE")
    await expulser(monde, 2, solution="RELOGEMENT")
    await arreter(monde, 2025)
    for axe in ("departement", "parc", "commune"):
        dits = await lus(monde, 2025, axe=axe)
        assert (dits["O5"]["valeur"], dits["O5S"]["etat"], dits["O5S"]["valeur"]) == (10, "trop_peu", None)
        assert all(ligne["valeur"] is None for ligne in dits["O5S"]["par"])


async def test_une_commune_de_plus_ne_se_montre_pas_pour_quelques_actes(monde: Monde) -> None:
    await expulser(monde, 6)
    await arreter(monde, 2025)
    await expulser(monde, 2, "93001")
    await arreter(monde, 2025)
    assert [ligne["cle"] for ligne in (await lus(monde, 2025, axe="commune"))["O5"]["par"]] == ["93008"]


@pytest.mark.parametrize("annee", [2026, 2027])
async def test_une_annee_en_cours_ne_se_compte_pas(monde: Monde, annee: int) -> None:
    with pytest.raises(GesteRefuse, match="une fois finie"):
        await arreter(monde, annee)


async def test_qui_compte_et_qui_lit(monde: Monde) -> None:
    inscrire(monde, "observatoire", "STATISTIQUE", territoire="departement")
    lu = await monde.get("/v1/indicateurs", "observatoire", "STATISTIQUE", "agent-1", params={"annee": "2025"})
    assert lu.status_code == 200
    for par in ("observatoire/agent-1", "dpo/deleguee", "bailleur/contentieux", "ccapex/inconnue"):
        with pytest.raises(GesteRefuse):
            await arreter(monde, 2025, par)
    refus = await monde.get("/v1/indicateurs", "bailleur", "STATISTIQUE", params={"annee": "2025"})
    assert (refus.status_code, refus.json()["code"]) == (403, "FINALITE_NON_ACCORDEE")
    await arreter(monde, 2025)
    journal = await monde.journal()
    assert {(ligne["action"], ligne["issue"], ligne["dossier"]) for ligne in journal} >= {
        ("compter", "autorise", None),
        ("compter", "refuse", None),
        ("lister", "autorise", None),
    }


@pytest.mark.parametrize(
    "params", [{"annee": "12"}, {"annee": "x"}, {"annee": "2025", "code": "51"}, {"annee": "2025", "axe": "x"}]
)
async def test_une_demande_mal_faite_est_refusee(monde: Monde, params: dict[str, str]) -> None:
    assert (await monde.get("/v1/indicateurs", "ccapex", "STATISTIQUE", params=params)).status_code == 400


async def test_les_series_des_institutions_se_recoivent(monde: Monde, tmp_path: Path) -> None:
    fichier = tmp_path / "series.csv"

    async def recevoir(texte: str) -> None:
        fichier.write_text(texte, encoding="utf-8")
        await indicateurs(Namespace(geste="recevoir", fichier=fichier, par=PAR), monde.gate)

    await recevoir("code;annee;valeur\r\n1;2025;152000\r\n6;2025;91000\r\n")
    dits = await lus(monde, 2025)
    assert (dits["1"]["valeur"], dits["6"]["valeur"], dits["2"]["etat"]) == (152000, 91000, "non_arrete")
    for mauvais, phrase in {
        "9;2025;1": "série externe",
        "1;2026;1": "année finie",
        "1;2025;-1": "nombre positif",
        "1;2025;un": "nombres entiers",
    }.items():
        with pytest.raises(GesteRefuse, match=phrase):
            await recevoir(f"code;annee;valeur\n{mauvais}\n")
    await recevoir("code;annee;valeur\n1;2025;152300\n")
    assert (await lus(monde, 2025))["1"]["valeur"] == 152300


async def test_le_csv_dit_les_memes_chiffres(monde: Monde) -> None:
    await expulser(monde, 7)
    await expulser(monde, 6, "93001")
    await arreter(monde, 2025)
    params = {"annee": "2025", "axe": "commune", "code": "O5"}
    dit = (await lus(monde, 2025, axe="commune", code="O5"))["O5"]
    assert {ligne["cle"]: ligne["valeur"] for ligne in dit["par"]} == {"93001": 6, "93008": 7}
    texte = await monde.get("/v1/indicateurs", "ccapex", "STATISTIQUE", params={**params, "format": "csv"})
    assert texte.headers["content-type"].startswith("text/csv")
    rangees = list(csv.DictReader(io.StringIO(texte.text), delimiter=";"))
    assert [(r["axe"], r["cle"], r["valeur"]) for r in rangees] == [
        ("departement", "", "13"),
        ("commune", "93001", "6"),
        ("commune", "93008", "7"),
    ]


async def test_rien_ne_reecrit_un_chiffre_garde(monde: Monde) -> None:
    await arreter(monde, 2025)
    for geste in ("UPDATE d93.indicateurs_arretes SET valeur = 0", "DELETE FROM d93.indicateurs_arretes"):
        with psycopg.connect(monde.bases.api_url) as api, pytest.raises(psycopg.errors.InsufficientPrivilege):
            api.execute(geste)
    forge = "INSERT INTO d93.indicateurs_arretes (annee, code, axe, cle, valeur, externe, par, connu_le)"
    with psycopg.connect(monde.bases.api_url) as api, pytest.raises(psycopg.errors.InsufficientPrivilege):
        api.execute(f"{forge} VALUES (2025, '9', 'departement', '', 1, false, 'x', now())")
    with psycopg.connect(monde.bases.admin_url) as admin, pytest.raises(psycopg.Error, match="réécri"):
        admin.execute("TRUNCATE d93.indicateurs_arretes")


@pytest.fixture
async def departement(bases: Bases, ledger: Ledger) -> AsyncIterator[Monde]:
    peupler(bases)
    async with ouvrir_monde(bases, ledger, aujourd_hui=lambda: date(2026, 11, 2)) as monde:
        await importer_lot(ledger, octets(LOT))
        yield monde


def attendus() -> dict[str, tuple[int, int | None]]:
    """The charter's figures; of an extract, those that a plain reading of its accepted rows gives."""
    if ANNEE:
        return CHARTE
    vus: dict[tuple[str, ...], dict[str, str]] = {}
    for rangee in csv.DictReader(io.StringIO(octets(LOT).decode("utf-8-sig")), delimiter=";"):
        cle = tuple(rangee[c] for c in ("etude_siret", "type_acte", "ref_acte", "date_acte"))
        vus.setdefault(cle, rangee)
    actes = Counter((r["type_acte"], r["parc"]) for r in vus.values())
    par_type = Counter(r["type_acte"] for r in vus.values())
    return {
        "11": (par_type["CFP_REQUIS"], None),
        "13": (par_type["CFP_ACCORDE"], None),
        "O5": (actes["EXPULSION", "SOCIAL"] + actes["EXPULSION", "PRIVE"], None),
    }


@pytest.mark.long
async def test_les_chiffres_de_2019_sont_ceux_que_la_charte_imprime_et_un_effacement_ne_les_bouge_pas(
    departement: Monde, compter: Callable[[str, int], None]
) -> None:
    await arreter(departement, 2019)
    dits = await lus(departement, 2019)
    trouves = {code: (dits[code]["valeur"], dits[code]["sur"]) for code in attendus()}
    if ANNEE:
        assert trouves == CHARTE
    else:
        assert all(v is None or abs(v - attendus()[c][0]) <= 6 for c, (v, _) in trouves.items()), (trouves, attendus())
    assert set(dits) == {i.code for i in historique()}
    avant = [await lus(departement, 2019, axe=axe) for axe in ("departement", "parc", "commune")]
    effaces = await effacer_menages(departement, 200 if ANNEE else 20)
    await arreter(departement, 2019)
    assert [await lus(departement, 2019, axe=axe) for axe in ("departement", "parc", "commune")] == avant
    compter("ménages effacés sans que bouge une année arrêtée", effaces)


async def effacer_menages(monde: Monde, combien: int) -> int:
    """Erase so many households, closed first, each person of them."""
    effaces, apres = 0, 0
    while effaces < combien and (ouverts := await monde.gate.ledger.reader.ouverts(apres, combien)):
        apres = ouverts[-1][1]
        for dossier, _ in ouverts:
            lecture = await monde.gate.ledger.consulter(dossier)
            if lecture is None or effaces == combien or any(e.TOPIC in INDEMNISABLES for e in evenements(lecture)):
                continue
            clos = await monde.contribuer(str(dossier), *INSTRUIT, evenement("DossierClos", motif="SANS_SUITE"))
            assert clos.status_code == 201, clos.text
            for personne in lecture.etat.personnes:
                await monde.effacer(str(dossier), str(personne))
            effaces += 1
    return effaces


def evenements(lecture: Lecture) -> list[Evenement]:
    return [fait.evenement for fait in lecture.faits]


INDEMNISABLES: Final = {ConcoursForceRequis.TOPIC, ConcoursForceRefuse.TOPIC, CcapexSaisie.TOPIC}
"""After which an erasure waits for more than the end of the case."""
INSTRUIT: Final = ("ccapex", "CCAPEX_ADMINISTRATIVE")

"""The ledger's acts of source EXPLOC as lots: an empty ledger that imports them ends as the first one."""

import base64
import csv
import hashlib
import io
import json
import os
from typing import Any, Final

import httpx2 as httpx
import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.exploc.fichier import COLONNES
from adapters.exploc.routes import CHEMIN
from adapters.gate import extraction
from adapters.mots.tableur import DECLENCHEURS, depouiller, neutraliser, proteger
from tests.bases import Bases, bases_neuves, ouvrir_ledger
from tests.exploc.importeur import importer_lot
from tests.exploc.registre_compare import contenu as contenu_du_registre
from tests.exploc.test_lot import LOTS, rangee
from tests.monde import ETUDE, Monde, evenement
from tests.rest.test_actes_connus import MENAGE, importer

ANNEE: Final = bool(os.environ.get("UNEFOIS_TEST_EXPORT"))
"""A whole year, in some minutes; else an extract, of which the facts and the index are compared too."""
NOM: Final = "lot-93-2019" if ANNEE else "lot-extrait"
LOT: Final = (LOTS / f"{NOM}.csv{'.gz' if ANNEE else ''}").read_bytes()
ATTENDU: Final = json.loads((LOTS / f"{NOM}.expected.json").read_text())
REFUS: Final = {"rejected": 0, "rejected_by_field": {}, "doublons": 0, "rows": ATTENDU["accepted_distinct_acts"]}
RETRAITS: Final = "/exploc/v1/retraits"
CCAPEX: Final = ("ccapex", "CCAPEX_ADMINISTRATIVE")


async def lire(monde: Monde, depuis: str | None = None, chemin: str = CHEMIN, **plus: Any) -> httpx.Response:
    for _ in range(3):  # a machine that is busy says so: the same request is sent again
        rendu = await monde.get(chemin, *CCAPEX, params={"depuis": depuis} if depuis else {}, **plus)
        if rendu.status_code != 503:
            break
    assert rendu.status_code == 200, rendu.text
    return rendu


async def pages(monde: Monde, depuis: str | None = None) -> list[bytes]:
    """Every page, each a lot of its own."""
    lues = []
    while True:
        rendu = await lire(monde, depuis)
        lues.append(rendu.content)
        depuis = rendu.headers["suivant"]
        if rendu.headers["fin"] == "true":
            return lues


def rangees(*lots: bytes) -> list[dict[str, str]]:
    return [r for lot in lots for r in csv.DictReader(io.StringIO(lot.decode(), newline=""), delimiter=";")]


async def test_l_export_importe_dans_un_registre_vide_y_fait_les_memes_actes(
    monde: Monde, bases: Bases, modele: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not ANNEE:
        monkeypatch.setattr(extraction, "RANGEES", 250)
    premier = await importer_lot(monde.gate.ledger, LOT)
    assert {cle: premier[cle] for cle in ATTENDU} == ATTENDU
    lues = await pages(monde)
    assert len(lues) >= 4
    entete = lues[0].split(b"\r\n", 1)[0]
    assert entete.decode().split(";") == list(COLONNES)
    lot = lues[0] + b"".join(page.split(b"\r\n", 1)[1] for page in lues[1:])
    with bases_neuves(modele) as vides:
        async with ouvrir_ledger(vides) as refait:
            second = await importer_lot(refait, lot)
            assert {cle: second[cle] for cle in ATTENDU} == ATTENDU | REFUS
            assert second["ecartes"] == []
            # The lot that the first ledger was made of brings nothing to the second, and the same rows are refused.
            encore = await importer_lot(refait, LOT, ecrire=False)
            connus = ATTENDU["accepted_distinct_acts"] + ATTENDU["doublons"]
            assert (encore["accepted_distinct_acts"], encore["doublons"]) == (0, connus)
            assert encore["refus"] == premier["refus"]
            if not ANNEE:  # facts, and the index that later rows are matched by
                avant = await contenu_du_registre(monde.gate.ledger, bases.admin_url)
                apres = await contenu_du_registre(refait, vides.admin_url)
                assert sans_observations(apres) == sans_observations(avant)
                assert len(avant) == 1 + ATTENDU["dossiers"]


def sans_observations(registre: dict[str, Any]) -> dict[str, Any]:
    """What is said, without what is noted on acts (F08b): no purpose at which lots are read opens it."""
    for cle, dits in registre.items():
        if cle != "evenements":
            for _, valeurs in (fait[-1] for fait in dits[0]):
                valeurs.pop("observations", None)
    return registre


TEXTES: Final = {
    "nom": "=HYPERLINK(1)", "prenoms": "'=1+1", "adresse": "@SUM(A1)", "bailleur_nom": "-L'OPH ; \"du\" 93",
    "ref_dossier": "+33", "ref_acte": "''-1", "juridiction": "'TJ' BOBIGNY", "type_acte": "ASSIGNATION",
}  # fmt: skip


async def test_un_texte_que_le_tableur_executerait_est_neutralise_et_relu_tel_quel(
    monde: Monde, bases: Bases, modele: str
) -> None:
    await importer(monde, rangee(**{nom: csv_de(proteger(texte)) for nom, texte in TEXTES.items()}))
    [lot] = await pages(monde)
    [cellules] = rangees(lot)
    assert not any(cellule.startswith(DECLENCHEURS) for cellule in cellules.values())
    assert {nom: depouiller(cellules[nom]) for nom in TEXTES} == TEXTES
    with bases_neuves(modele) as vides:
        async with ouvrir_ledger(vides) as refait:
            assert (await importer_lot(refait, lot))["accepted_distinct_acts"] == 1
            avant = await contenu_du_registre(monde.gate.ledger, bases.admin_url)
            assert await contenu_du_registre(refait, vides.admin_url) == avant


def csv_de(texte: str) -> str:
    doubles = texte.replace('"', '""')
    return f'"{doubles}"'


@given(st.text(alphabet="'=+-@\t\n \u200b＝a;\"", max_size=6))
def test_ce_qui_est_protege_est_rendu_et_ne_s_execute_pas(texte: str) -> None:
    assert depouiller(proteger(texte)) == texte
    assert neutraliser(proteger(texte)) == proteger(texte)


async def test_une_page_dit_son_empreinte_et_ou_reprendre(monde: Monde, monkeypatch: pytest.MonkeyPatch) -> None:
    vide = await lire(monde)
    assert (vide.headers["fin"], rangees(vide.content)) == ("true", [])
    lus = [str(n) for n in range(3)]
    await importer(monde, *(rangee(ref_acte=f"A-{n}", nom="ÉLÈVE") for n in lus))
    premiere = await lire(monde, vide.headers["suivant"])
    assert [r["ref_acte"] for r in rangees(premiere.content)] == ["A-0", "A-1", "A-2"]
    assert premiere.headers["content-type"] == "text/csv; charset=utf-8"
    empreinte = base64.b64encode(hashlib.sha256(premiere.content).digest()).decode()
    assert premiere.headers["content-digest"] == f"sha-256=:{empreinte}:"
    # Where a page ends says nothing of what others wrote: it is another token each time, always as long.
    suites = {vide.headers["suivant"], premiere.headers["suivant"], (await lire(monde)).headers["suivant"]}
    assert len(suites) == 3
    assert {len(suite) for suite in suites} == {48}
    assert all(suite.isascii() for suite in suites)
    assert rangees((await lire(monde, premiere.headers["suivant"])).content) == []
    monkeypatch.setattr(extraction, "OCTETS", 10)
    assert [[r["ref_acte"] for r in rangees(page)] for page in await pages(monde)] == [["A-0"], ["A-1"], ["A-2"]]


@pytest.mark.parametrize("chemin", [CHEMIN, RETRAITS])
async def test_nul_autre_que_l_instructeur_ne_les_lit(monde: Monde, chemin: str) -> None:
    await importer(monde, rangee())
    suite = (await lire(monde)).headers["suivant"]
    for qui, finalite in (
        ("etude", "ACTE_EMISSION"),
        ("bailleur", "ACTE_EMISSION"),
        ("comex", "CFP_INSTRUCTION"),
        ("dpo", "CONTROLE"),
        ("ccapex", "CCAPEX_INSTRUCTION"),
    ):
        refus = await monde.get(chemin, qui, finalite, params={"depuis": suite})
        assert (refus.status_code, "suivant" in refus.headers) == (403, False)
    seule = await monde.get(chemin, *CCAPEX, agent=None)
    assert (seule.status_code, seule.json()["code"]) == (403, "AGENT_REQUIS")
    assert (await monde.client.get(chemin)).status_code == 401
    autre = (await lire(monde, chemin=RETRAITS)).json()["suivant"] if chemin == CHEMIN else suite
    for depuis in (autre, "A" * 48, suite[:-1] + ("A" if suite[-1] != "A" else "B"), "é", "x" * 300):
        refus = await monde.get(chemin, *CCAPEX, params={"depuis": depuis})
        assert (refus.status_code, refus.json()["code"]) == (400, "requete")
    assert {r["motif"] for r in await monde.journal() if r["issue"] == "refuse"} >= {"requete", "AGENT_REQUIS"}


async def test_une_ligne_de_la_page_et_une_de_chaque_dossier_sont_au_journal(monde: Monde, bases: Bases) -> None:
    await importer(monde, rangee(), rangee(nom="AUTRE", ref_dossier="R-2", ref_acte="A-2", adresse="2 rue B"))
    with psycopg.connect(bases.admin_url, options="-c search_path=d93") as admin:
        [(avant,)] = admin.execute("SELECT max(position) FROM journal").fetchall()
        await lire(monde)
        rows = admin.execute(
            "SELECT action, issue, motif, dossier IS NULL, cardinality(groupes_montres) > 0 FROM journal"
            " WHERE position > %s ORDER BY position",
            [avant],
        ).fetchall()
    assert rows == [("extraire", "autorise", "exploc lots", True, False)] + [("lire", "autorise", "", False, True)] * 2


async def test_un_acte_retire_n_est_plus_exporte_et_se_lit_parmi_les_retraits(monde: Monde) -> None:
    await importer(monde, rangee(**MENAGE), rangee(**MENAGE, type_acte="CQL", ref_acte="CQL-2"))
    dossier = await monde.ouvrir("etude")
    sien = evenement("CommandementPayerSignifie", "2026-10-15", etude_siret=ETUDE, ref_acte="CDP-9")
    assert (await monde.contribuer(dossier, "etude", "ACTE_EMISSION", sien)).status_code == 201
    debut = (await lire(monde, chemin=RETRAITS)).json()
    assert (debut["retraits"], debut["fin"]) == ([], True)
    lu = (await monde.get(f"/v1/dossiers/{dossier}", *CCAPEX)).json()
    ids = {f["champs"]["ref_acte"]: f["id"] for f in lu["faits"] if "ref_acte" in f["champs"]}
    assert ids.keys() == {"CDP-2026-000001", "CQL-2", "CDP-9"}
    assert [r["ref_acte"] for r in rangees(*await pages(monde))] == ["CDP-2026-000001", "CQL-2"]
    for acte in ("CQL-2", "CDP-9"):
        retrait = evenement("FaitCorrige", "2026-11-01", corrige=ids[acte], motif="numéro d'un autre ménage")
        recu = await monde.contribuer(dossier, *CCAPEX, retrait)
        assert recu.status_code == 201, recu.text
    assert [r["ref_acte"] for r in rangees(*await pages(monde))] == ["CDP-2026-000001"]
    retires = (await lire(monde, debut["suivant"], chemin=RETRAITS)).json()
    assert retires["retraits"] == [
        {
            "etude_siret": ETUDE,
            "type_acte": "CQL",
            "ref_acte": "CQL-2",
            "date_acte": "2026-03-02",
            "motif": "numéro d'un autre ménage",
        }
    ]
    assert (await lire(monde, retires["suivant"], chemin=RETRAITS)).json()["retraits"] == []


async def test_un_menage_efface_ou_sous_limitation_n_est_pas_exporte(monde: Monde) -> None:
    await importer(monde, rangee(**MENAGE, type_acte="DEPART"), rangee(nom="AUTRE", ref_acte="A-2", ref_dossier="R-2"))
    autre = str((await monde.gate.ledger.reader.ouverts(0))[1][0])
    assert [r["nom"] for r in rangees(*await pages(monde))] == ["LEROY", "AUTRE"]
    dossier = await monde.ouvrir("etude")
    lu = (await monde.get(f"/v1/dossiers/{dossier}", *CCAPEX)).json()
    [personne] = {f["champs"]["personne"] for f in lu["faits"] if f["type"] == "OccupantDeclare"}
    await monde.effacer(dossier, personne)
    assert [r["nom"] for r in rangees(*await pages(monde))] == ["AUTRE"]
    limite = evenement("OppositionEnregistree", portee="LIMITATION")
    recu = await monde.contribuer(autre, "ccapex", "CCAPEX_ADMINISTRATIVE", limite)
    assert recu.status_code == 201, recu.text
    assert rangees(*await pages(monde)) == []


async def test_un_menage_corrige_est_rendu_tel_qu_il_a_ete_corrige(monde: Monde) -> None:
    await importer(monde, rangee(**MENAGE))
    dossier = str((await monde.gate.ledger.reader.ouverts(0))[0][0])
    lu = (await monde.get(f"/v1/dossiers/{dossier}", *CCAPEX)).json()
    [titulaire] = [fait for fait in lu["faits"] if fait["type"] == "OccupantDeclare"]
    juste = {"type": "OccupantDeclare", "survenu_le": titulaire["survenu_le"], "corrige": titulaire["id"]}
    recu = await monde.contribuer(dossier, *CCAPEX, juste | {"donnees": titulaire["champs"] | {"nom": "LEROI"}})
    assert recu.status_code == 201, recu.text
    assert [r["nom"] for r in rangees(*await pages(monde))] == ["LEROI"]


async def test_la_commune_est_celle_du_jour_de_l_acte(monde: Monde) -> None:
    ici = {"commune_insee": "93059", "date_acte": "02/03/2024"}
    apres = rangee(ref_acte="A-2", commune_insee="93066", date_acte="02/03/2026")
    await importer(monde, rangee(**ici), apres)
    assert [r["commune_insee"] for r in rangees(*await pages(monde))] == ["93059", "93066"]

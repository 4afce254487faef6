"""The annual papers through the public door: the figures of the API, counts alone, who may have them, their rows."""

import asyncio
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, Final
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.gate import bilans, documents
from adapters.gate.documents import EDITER
from adapters.gate.refus import Refus
from adapters.mots import chiffres
from adapters.mots.chiffres import NON_ARRETE, TU, dire, nombre
from adapters.papier import annuels, bilan
from adapters.papier.annuels import CHARTE, COMMISSION
from adapters.papier.presse import Atelier
from adapters.papier.tirage import tirer
from adapters.rest import delai
from ledger.droit.communes import communes
from ledger.droit.listes import codes
from projections.indicateurs import SEUIL
from tests.monde import Monde, evenement
from tests.papier.mondes import MARQUE, mots, pages, texte
from tests.rest.test_plans import admis
from tests.rest.test_regles import inscrire
from tests.rest.test_seances import CLIL, convoquee, dossiers_proposes, inscription, passer_au
from tests.rest.test_seances import dire as raconter
from tests.web.test_bureaux import entree
from tests.web.test_indicateurs import ANNEES, garder, lire, lus

SEANCES: Final = ("2026-11-10", "2026-11-20")
CONSEIL: Final = {
    "instance": "CLIL",
    "destinataire": "ssd",
    "categorie": "SERVICE_SOCIAL",
    "texte": "rencontrer le ménage",
    "echeance": "2026-12-20",
}


async def lignes(monde: Monde) -> list[dict[str, Any]]:
    return [ligne for ligne in await monde.journal() if ligne["action"] == EDITER]


async def test_le_bilan_de_la_charte_dit_les_chiffres_de_l_api(monde: Monde) -> None:
    await garder(monde)
    async with lire(monde) as client:
        lien = re.search(r'href="(/indicateurs/2025\.pdf)"', (await client.get("/indicateurs")).text)
        assert lien is not None
        recu = await client.get(lien[1])
    assert (recu.status_code, recu.headers["content-type"]) == (200, "application/pdf")
    assert recu.headers["content-disposition"] == f'attachment; filename="{CHARTE}-2025.pdf"'
    assert pages(recu.content) == 4
    lu = texte(recu.content)
    dits = {annee: await lus(monde, annee, "departement") for annee in ANNEES}
    for code, i in dits[2025].items():
        attendus = " ".join(mots(dire(dits[annee][code]).texte) for annee in ANNEES[-bilan.ANNEES :])
        nom = f"{code}. {bilan.majuscule(i['libelle'])} ({i['producteur']})"
        assert f"{mots(nom)} {attendus}" in lu, nom
    for code in ("O1", "O2", "O3", "O4", "O5", "O5S"):
        suite = " ".join(f"{annee} {mots(dire(dits[annee][code]).texte)}" for annee in ANNEES)
        assert suite in lu, code
    par_commune = await lus(monde, 2025, "commune")
    vues = 0
    for ville in communes(date(2025, 12, 31)):
        cellules = []
        for code in chiffres.ACTES:
            [valeur] = [x["valeur"] for x in par_commune[code]["par"] if x["cle"] == ville.code]
            cellules.append(TU if valeur is None else mots(nombre(valeur)))
        assert f"{mots(ville.nom)} {' '.join(cellules)}" in lu, ville.nom
        vues += 1
    assert vues > 30
    assert f"Jugements {mots(nombre(dits[2025]['O1']['sur']))}" in lu
    for rupture in (r for i in dits[2025].values() for r in i["ruptures"]):
        assert mots(rupture["texte"]) in lu
    assert "Établi par Organisation ccapex" in lu
    assert "pour « Statistique »" in lu
    tus, absents = (len(re.findall(rf"\b{mot}\b(?! »)", lu)) for mot in (TU, NON_ARRETE))
    # Each page's foot has the words « pas arrêtés »: what is counted is what stands in a cell.
    assert f"Chiffres : {tus} non imprimés" in lu
    assert f"{absents} pas arrêtés" in lu
    assert min(tus, absents) > 10


async def test_sa_ligne_dit_quel_document_et_qui_ne_lit_pas_ne_l_a_pas(monde: Monde) -> None:
    inscrire(monde, "greffe", "TRIBUNAL", territoire="aucun")
    async with lire(monde, "greffe", "agent-1", "ACTE_EMISSION") as client:
        assert (await client.get("/indicateurs/2025.pdf")).status_code == 403
    assert await lignes(monde) == []
    async with lire(monde) as client:
        for fausse in ("12", "2101", "x", "2025.0"):
            assert (await client.get(f"/indicateurs/{fausse}.pdf")).status_code == 400, fausse
        vide = await client.get("/indicateurs/2025.pdf")
    assert vide.status_code == 200
    lu = texte(vide.content)
    assert "Aucun chiffre n'a été retenu" not in lu
    assert "39. Dossiers examinés par la CCAPEX (DRIHL 93) pas arrêté" in lu
    [ligne] = await lignes(monde)
    assert (ligne["issue"], ligne["echange"], ligne["dossier"]) == ("autorise", {"document": CHARTE}, None)
    assert (ligne["organisation"], ligne["agent"], ligne["finalite"]) == ("ccapex", "instructrice", "STATISTIQUE")


async def tenir(monde: Monde) -> list[str]:
    """Two sessions of a CLIL that examined six cases, one of them twice; one that is put off."""
    dossiers = await dossiers_proposes(monde, 7)
    seances = [await convoquee(monde, le=le) for le in SEANCES]
    for dossier in dossiers:
        await raconter(monde, dossier, CLIL, inscription(seances[0], SEANCES[0]))
    vers = {"reporte_a": seances[1], "reporte_au": SEANCES[1], "motif": "DOSSIER_INCOMPLET"}
    report = evenement("InscriptionReportee", instance="CLIL", seance=seances[0], **vers)
    await raconter(monde, dossiers[6], CLIL, report)
    await raconter(monde, dossiers[0], CLIL, inscription(seances[1], SEANCES[1]))
    for rang, (seance, le) in enumerate(zip(seances, SEANCES, strict=True)):
        passer_au(monde, date.fromisoformat(le))
        for dossier in dossiers[:6] if rang == 0 else dossiers[:1]:
            examen = evenement("DossierExamine", le, instance="CLIL", seance=seance)
            avis = evenement("AvisRendu", le, instance="CLIL", sens="MAINTIEN" if rang == 0 else "DELAIS")
            await raconter(monde, dossier, CLIL, examen, *([] if dossier == dossiers[5] else [avis]))
            recommandation = str(uuid4())
            emise = evenement("RecommandationEmise", le, recommandation=recommandation, **CONSEIL)
            suite = evenement("RecommandationSuivie", le, recommandation=recommandation, statut="EN_COURS")
            await raconter(monde, dossier, CLIL, emise)
            await raconter(monde, dossier, CLIL, suite)
    await monde.projeter()
    return dossiers


def lire_clil(monde: Monde, code: str = "clil", agent: str = "secretaire") -> Any:
    return entree(monde, code, agent, ["CLIL_EXAMEN"], "CLIL_EXAMEN")


async def test_le_bilan_d_une_clil_compte_ce_que_son_secretariat_lit(monde: Monde) -> None:
    dossiers = await tenir(monde)
    async with lire_clil(monde) as client:
        page = (await client.get("/seances")).text
        assert 'href="/seances/bilans/clil-bobigny/2026.pdf"' in page
        recu = await client.get("/seances/bilans/clil-bobigny/2026.pdf")
    assert recu.status_code == 200, recu.text
    assert pages(recu.content) == 1
    lu = texte(recu.content)
    for dit in (
        "Bilan annuel 2026 : CLIL de Bobigny",
        "Les séances du 1er janvier 2026 au 20 novembre 2026",
        "Ce que ce secrétariat ne lit plus le jour de ce document n'y est pas compté",
        "Séances : 2.",
        "Examens de dossiers : 7.",
        # Six and one: of two counts of which one is of few, neither is printed.
        "10 novembre 2026 pas consigné tu tu tu 0",
        "20 novembre 2026 pas consigné tu tu tu 0",
        "Les avis • En tout : 7.",
        "Délais tu",
        "Maintien dans le logement tu",
        "Examiné, sans avis tu",
        "Les recommandations • En tout : 7.",
        "Rencontrer le service social 7",
        "En cours 7",
        "Établi par Organisation clil",
    ):
        assert dit in lu, (dit, lu)
    for n in range(7):
        assert f"NOM {'ABCDEFG'[n]}" not in lu
    rangees = await lignes(monde)
    assert {ligne["echange"]["document"] for ligne in rangees} == {COMMISSION}
    assert sorted(str(ligne["dossier"]) for ligne in rangees) == sorted([*dossiers[:6], dossiers[0]])
    assert all(ligne["groupes_montres"] for ligne in rangees)


async def test_nul_autre_que_son_secretariat_n_a_le_bilan_d_une_commission(monde: Monde) -> None:
    await tenir(monde)
    inconnues = []
    for code, agent, adresse in (
        ("ailleurs", "lointaine", "/seances/bilans/clil-bobigny/2026.pdf"),
        ("ailleurs", "lointaine", "/seances/bilans/clil-inconnue/2026.pdf"),
        ("caf", "conseiller", "/seances/bilans/clil-bobigny/2026.pdf"),
        ("clil", "secretaire", "/seances/bilans/clil-bobigny/2024.pdf"),
    ):
        async with lire_clil(monde, code, agent) as client:
            recu = await client.get(adresse)
            inconnues.append((recu.status_code, re.sub(r'<div class="qui">.*?</div>', "", recu.text, flags=re.DOTALL)))
            assert "/seances/bilans/clil-bobigny" not in (await client.get("/seances")).text or code == "clil"
    assert [statut for statut, _ in inconnues] == [404] * 4
    assert {re.sub(r'value="[^"]*"', "", html) for _, html in inconnues[:2]} == {
        re.sub(r'value="[^"]*"', "", inconnues[0][1])
    }
    assert await lignes(monde) == []


async def test_un_papier_a_le_temps_de_se_faire(monde: Monde, monkeypatch: pytest.MonkeyPatch) -> None:
    """A press takes longer than a page may: cut there, no session of a few cases would have its sheets."""
    [dossier, *_] = await tenir(monde)
    [seance, *_] = (await monde.get("/v1/seances", *CLIL)).json()["seances"]
    async with lire_clil(monde) as client:
        monkeypatch.setattr(delai, "LIMITE", 0.2)
        statuts = {
            adresse: (await client.get(adresse)).status_code
            for adresse in (
                f"/seances/{seance['seance']}/fiches.pdf",
                f"/clil/{dossier}/documents/synthese.pdf",
                "/seances/bilans/clil-bobigny/2026.pdf",
                "/indicateurs/2025.pdf",
            )
        }
    assert set(statuts.values()) == {200}, statuts


async def test_une_annee_de_trop_d_examens_se_refuse_en_disant_pourquoi(
    monde: Monde, monkeypatch: pytest.MonkeyPatch
) -> None:
    await tenir(monde)
    monkeypatch.setattr(bilans, "EXAMENS_AU_PLUS", 3)
    async with lire_clil(monde) as client:
        recu = await client.get("/seances/bilans/clil-bobigny/2026.pdf")
    assert recu.status_code == 422
    assert "ce bilan ne se fait pas en une fois" in recu.text
    assert len(await lignes(monde)) == 3
    [refus] = [r for r in await monde.journal() if r["motif"] == bilans.TROP_D_EXAMENS]
    assert refus["issue"] == "refuse"


async def test_un_dossier_qui_ne_se_lit_plus_se_compte_et_rien_n_en_est_dit(
    monde: Monde, monkeypatch: pytest.MonkeyPatch
) -> None:
    dossiers = await tenir(monde)
    dresser = documents.dresser

    async def ferme(gate: Any, acces: Any, dossier: UUID, *reste: Any) -> bytes:
        if str(dossier) == dossiers[1]:
            raise Refus(404, "introuvable", "")
        return await dresser(gate, acces, dossier, *reste)

    monkeypatch.setattr(bilans, "dresser", ferme)
    fait = await annuels.commission(monde.gate, Atelier(), await admis(monde, *CLIL), "clil-bobigny", 2026)
    lu = texte(fait.octets)
    assert "Les avis • En tout : 6." in lu
    assert "1 examen de dossier qui ne vous est plus communiqué" in lu


async def test_les_bilans_sont_pdf_ua(monde: Monde, outil: Callable[[str], Path], tmp_path: Path) -> None:
    await garder(monde)
    await tenir(monde)
    statistique = await admis(monde, "ccapex", "STATISTIQUE")
    faits = {
        "charte": await annuels.charte(monde.gate, Atelier(), statistique, 2025),
        "sans-chiffre": await annuels.charte(monde.gate, Atelier(), statistique, 2019),
        "clil": await annuels.commission(monde.gate, Atelier(), await admis(monde, *CLIL), "clil-bobigny", 2026),
    }
    for nom, papier in faits.items():
        (tmp_path / f"{nom}.pdf").write_bytes(papier.octets)
    commande = ["--flavour", "ua1", "--format", "text", *map(str, sorted(tmp_path.glob("*.pdf")))]
    juge = await asyncio.create_subprocess_exec(str(outil("verapdf")), *commande, stdout=asyncio.subprocess.PIPE)
    dit = (await juge.communicate())[0].decode()
    assert [ligne.split(" ")[0] for ligne in dit.splitlines() if ".pdf" in ligne] == ["PASS"] * len(faits), dit


comptes = st.dictionaries(
    st.sampled_from([*codes("sens_avis"), bilans.SANS_AVIS]), st.integers(0, 40), min_size=1, max_size=8
)


@given(comptes)
def test_aucun_petit_nombre_ne_sort_ni_ne_se_calcule(avis: dict[str, int]) -> None:
    publies, total = bilans._publies(avis), bilans._total(sum(avis.values()))
    assert publies.keys() == avis.keys()
    assert all(n is None or (n == avis[code] and not 0 < n < SEUIL) for code, n in publies.items())
    tus = [code for code, n in publies.items() if n is None]
    if total is None:
        assert len(tus) == len(avis)
    elif tus:
        # What the others leave of the total is of several counts, and of several times a few: none of them is told.
        assert len(tus) >= 2 or len(avis) == 1
        assert sum(avis[code] for code in tus) >= 2 * SEUIL or len(tus) == len(avis)


def test_un_texte_du_registre_n_est_jamais_un_gabarit() -> None:
    dossiers = {"EXAMINE": 12, "INSCRIT": 0, "REPORTE": None, "RETIRE": 7}
    tenue = {"le": "2026-01-12", "etat": "tenue", "quorum": "atteint", "dossiers": dossiers}
    rien = {"total": 0, "par": {}}
    chiffres = {
        "libelle": "CLIL #emph[d'essai] $x$",
        "annee": 2026,
        "au": "2026-12-31",
        "seances": [tenue, {**tenue, "etat": "annulee"}],
        "examens": 12,
        "repartitions": {
            "avis": {"total": 12, "par": {"MAINTIEN": 12}}, "recommandations": rien, "suites": rien,
        },
        "fermes": 3,
    }  # fmt: skip
    octets = tirer({"papier": COMMISSION, "matieres": [], "chiffres": chiffres, "marque": MARQUE})
    lu = texte(octets)
    assert "CLIL #emph[d'essai] $x$" in lu
    assert "Séances : 1 ; annulées : 1." in lu
    assert "12 janvier 2026 atteint 12 0 tu 7" in lu
    assert "3 examens de dossiers qui ne vous sont plus communiqués" in lu

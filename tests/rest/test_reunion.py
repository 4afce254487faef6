"""Two cases that are one household's: read as one by who is linked to both, given back whole once separated."""

from itertools import count
from typing import Any, Final
from uuid import UUID, uuid4

import httpx2 as httpx
import pytest

from ledger.errors import LedgerIndisponible
from ledger.verdict import Verdict
from ledger.writer import Ecriture
from tests.monde import AUTRE_BAILLEUR, ETUDE, Monde, evenement, mandater, rpls

ADM: Final = "CCAPEX_ADMINISTRATIVE"
DU_RAPPROCHEMENT: Final = {"RapprochementSuggere", "RapprochementTranche", "FaitMaintenu"}


async def rapprocher(monde: Monde, a: str, b: str, decision: str = "MEME_MENAGE", **plus: Any) -> httpx.Response:
    if decision == "MEME_MENAGE":
        suggere = evenement("RapprochementSuggere", autre=b, motif="IDENTITE_PROCHE")
        assert (await monde.contribuer(a, "ccapex", ADM, suggere)).status_code == 201
    return await monde.contribuer(
        a, "ccapex", ADM, evenement("RapprochementTranche", autre=b, decision=decision), **plus
    )


@pytest.fixture
async def paire(monde: Monde) -> tuple[str, str]:
    """The landlord's case, and that of a social service for the same household, under another name and dwelling."""
    a = await monde.ouvrir()
    dette = evenement("DetteDeclaree", montant=224770, arretee_au="2026-10-01")
    assert (await monde.contribuer(a, "bailleur", "ACTE_EMISSION", dette)).status_code == 201
    b = await monde.ouvrir("ssd", nom="LE ROY", id_rpls=rpls(7))
    suivi = evenement("AccompagnementOuvert", intervention=str(uuid4()), mesure="SSD")
    recu = await monde.contribuer(b, "ssd", "ACCOMPAGNEMENT", suivi)
    assert recu.status_code == 201, recu.text
    assignation = evenement("AssignationSignifiee", "2026-10-10", etude_siret=ETUDE, date_audience="2026-12-03")
    assert (await monde.contribuer(b, "ccapex", ADM, evenement("MenageInforme", canal="COURRIER"))).status_code == 201
    await monde.ouvrir("etude", nom="LE ROY", id_rpls=rpls(7))
    assert (await monde.contribuer(b, "etude", "ACTE_EMISSION", assignation)).status_code == 201
    return a, b


async def lu(monde: Monde, dossier: str, qui: str = "ccapex", finalite: str = ADM, **plus: Any) -> dict[str, Any]:
    recu = await monde.get(f"/v1/dossiers/{dossier}", qui, finalite, **plus)
    assert recu.status_code == 200, recu.text
    document: dict[str, Any] = recu.json()
    del document["position"]
    return document


def sans_rapprochement(document: dict[str, Any]) -> dict[str, Any]:
    return {**document, "faits": [f for f in document["faits"] if f["type"] not in DU_RAPPROCHEMENT]}


async def test_un_seul_dossier_est_lu_et_les_deux_sont_rendus(monde: Monde, paire: tuple[str, str]) -> None:
    a, b = paire
    avant = [sans_rapprochement(await lu(monde, d)) for d in paire]
    bailleur_avant = await lu(monde, a, "bailleur", "ACTE_EMISSION")
    assert (await rapprocher(monde, a, b)).status_code == 201
    ensemble = await lu(monde, a)
    assert ensemble["reunis"] == [b]
    ids = [f["id"] for f in ensemble["faits"] if f["type"] not in DU_RAPPROCHEMENT]
    assert sorted(ids) == sorted(f["id"] for document in avant for f in document["faits"])
    assert {f["dossier"] for f in ensemble["faits"] if "dossier" in f} == {b}
    assert (ensemble["synthese"]["stade"], ensemble["synthese"]["prochaine_audience"]) == ("ASSIGNATION", "2026-12-03")
    assert ensemble["synthese"]["ouvert_le"] == "2026-09-01"
    vu_de_b = await lu(monde, b)
    assert vu_de_b["reunis"] == [a]
    assert [f["id"] for f in vu_de_b["faits"]] == [f["id"] for f in ensemble["faits"]]
    assert await lu(monde, a, "bailleur", "ACTE_EMISSION") == bailleur_avant
    assert (await rapprocher(monde, a, b, "DISTINCT")).status_code == 201
    assert [sans_rapprochement(await lu(monde, d)) for d in paire] == avant
    assert await lu(monde, a, "bailleur", "ACTE_EMISSION") == bailleur_avant


async def liste(monde: Monde, **params: Any) -> list[dict[str, Any]]:
    await monde.projeter()
    recu = await monde.get("/v1/vues/ccapex", "ccapex", ADM, params=params)
    assert recu.status_code == 200, recu.text
    dossiers: list[dict[str, Any]] = recu.json()["dossiers"]
    return dossiers


async def test_une_file_ne_montre_qu_un_menage(monde: Monde, paire: tuple[str, str]) -> None:
    a, b = paire
    avant = await liste(monde)
    assert [d["dossier"] for d in avant] == [a, b]
    await rapprocher(monde, a, b)
    [un] = await liste(monde)
    assert (un["dossier"], un["reunis"], un["stade"], un["prochaine_audience"]) == (a, [b], "ASSIGNATION", "2026-12-03")
    assert un["intitule"] == "Fatou LEROY"
    [par_stade] = await liste(monde, stade="ASSIGNATION")
    assert (par_stade["dossier"], par_stade["reunis"]) == (b, [a])
    assert await liste(monde, stade="OUVERT") == []
    [par_date] = await liste(monde, par_date="prochaine_audience", du="2026-12-01", au_plus_tard="2026-12-31")
    assert {par_date["dossier"], *par_date["reunis"]} == {a, b}
    assert len(await liste(monde, limite=1)) == 1
    await rapprocher(monde, a, b, "DISTINCT")
    apres = await liste(monde)
    assert [{**d, "rapprochements": 0} for d in apres] == [{**d, "rapprochements": 0} for d in avant]


async def test_une_recherche_ne_trouve_qu_un_dossier(monde: Monde) -> None:
    a = await monde.ouvrir()
    b = await monde.ouvrir("ssd", id_rpls=rpls(7), commune="93001")
    qui = {"nom": "LEROY", "prenoms": "Fatou", "date_naissance": "1955-04-24"}
    trouves = (await monde.post("/v1/dossiers/recherche", "ccapex", ADM, qui)).json()["dossiers"]
    assert {t["dossier"] for t in trouves} == {a, b}
    await rapprocher(monde, a, b)
    [un] = (await monde.post("/v1/dossiers/recherche", "ccapex", ADM, qui)).json()["dossiers"]
    assert un["dossier"] in {a, b}


async def test_ce_qui_lie_a_l_un_ne_lie_a_l_autre_qu_une_fois_relu(monde: Monde) -> None:
    """A service of 93008 knows a case there; the household has another one in 93001, that it may not know of."""
    a = await monde.ouvrir()
    b = await monde.ouvrir("voisin", bailleur=AUTRE_BAILLEUR, id_rpls=rpls(7), commune="93001")
    dette = evenement("DetteDeclaree", montant=100000, arretee_au="2026-10-01")
    assert (await monde.contribuer(b, "voisin", "ACTE_EMISSION", dette)).status_code == 201
    lecteurs = (("ssd", "ACCOMPAGNEMENT"), ("bailleur", "ACTE_EMISSION"), ("clil", "CLIL_EXAMEN"))
    await monde.proposer(a)
    avant = {qui: await lu(monde, a, qui, finalite) for qui, finalite in lecteurs}
    etranger = await monde.get(f"/v1/dossiers/{uuid4()}", "ssd", "ACCOMPAGNEMENT")
    assert (await rapprocher(monde, a, b)).status_code == 201
    for qui, finalite in lecteurs:
        assert await lu(monde, a, qui, finalite) == avant[qui]
        inconnu = await monde.get(f"/v1/dossiers/{b}", qui, finalite)
        assert (inconnu.status_code, inconnu.json()["code"]) == (404, etranger.json()["code"])
    assert (await rapprocher(monde, a, b, "RELU")).status_code == 201
    assert (await lu(monde, a, "ssd", "ACCOMPAGNEMENT"))["reunis"] == [b]
    assert (await lu(monde, b, "ssd", "ACCOMPAGNEMENT"))["reunis"] == [a]
    # A landlord is linked by its own word: nothing of another's lease comes to it.
    assert await lu(monde, a, "bailleur", "ACTE_EMISSION") == avant["bailleur"]
    assert (await monde.get(f"/v1/dossiers/{b}", "bailleur", "ACTE_EMISSION")).status_code == 404
    assert (await rapprocher(monde, a, b, "DISTINCT")).status_code == 201
    assert await lu(monde, a, "ssd", "ACCOMPAGNEMENT") == avant["ssd"]
    assert (await monde.get(f"/v1/dossiers/{b}", "ssd", "ACCOMPAGNEMENT")).status_code == 404


async def test_un_mandat_ne_vaut_que_pour_son_dossier(monde: Monde, paire: tuple[str, str]) -> None:
    a, b = paire
    mandater(monde.bases, "etude", UUID(a))
    avant = await lu(monde, a, "etude", "ACTE_EMISSION")
    await rapprocher(monde, a, b)
    await rapprocher(monde, a, b, "RELU")
    assert await lu(monde, a, "etude", "ACTE_EMISSION") == avant


async def test_une_limitation_de_l_un_ferme_les_deux(monde: Monde, paire: tuple[str, str]) -> None:
    a, b = paire
    await rapprocher(monde, a, b)
    limite = evenement("OppositionEnregistree", portee="LIMITATION")
    assert (await monde.contribuer(b, "ccapex", ADM, limite)).status_code == 201
    refus = await monde.get(f"/v1/dossiers/{a}", "ccapex", ADM)
    seul = await monde.get(f"/v1/dossiers/{b}", "ccapex", ADM)
    assert (refus.status_code, refus.json()) == (seul.status_code, seul.json()) != (200, {})


async def test_chaque_dossier_lu_laisse_sa_ligne(monde: Monde, paire: tuple[str, str]) -> None:
    a, b = paire
    await rapprocher(monde, a, b)
    avant = (await monde.journal(1))[0]["position"]
    await lu(monde, a)
    lignes = [ligne for ligne in await monde.journal() if ligne["position"] > avant]
    assert {str(ligne["dossier"]) for ligne in lignes} == {a, b}
    assert {(ligne["action"], ligne["issue"]) for ligne in lignes} == {("lire", "autorise")}


@pytest.mark.parametrize("coupee", [0, 1])
async def test_une_decision_coupee_ne_reunit_rien_et_se_reprend(
    monde: Monde, paire: tuple[str, str], monkeypatch: pytest.MonkeyPatch, coupee: int
) -> None:
    """Whichever of the two writes does not come through."""
    a, b = paire
    suggere = evenement("RapprochementSuggere", autre=b, motif="IDENTITE_PROCHE")
    assert (await monde.contribuer(a, "ccapex", ADM, suggere)).status_code == 201
    ecrire, appels = monde.gate.ledger.writer.ecrire, count()

    async def coupant(ecriture: Ecriture) -> Verdict:
        if next(appels) == coupee:
            raise LedgerIndisponible("coupée")
        return await ecrire(ecriture)

    cle = {"headers": {"Idempotency-Key": "une-decision"}}
    with monkeypatch.context() as m:
        m.setattr(monde.gate.ledger.writer, "ecrire", coupant)
        corps = evenement("RapprochementTranche", autre=b, decision="MEME_MENAGE")
        assert (await monde.contribuer(a, "ccapex", ADM, corps, **cle)).status_code == 503
    assert "reunis" not in await lu(monde, a)
    assert "reunis" not in await lu(monde, b)
    assert (await monde.contribuer(a, "ccapex", ADM, corps, **cle)).status_code == 201
    assert (await lu(monde, a))["reunis"] == [b]
    assert (await monde.contribuer(a, "ccapex", ADM, corps, **cle)).status_code == 201
    tranches = [f for f in (await lu(monde, a))["faits"] if f["type"] == "RapprochementTranche"]
    assert len(tranches) == 2


@pytest.mark.parametrize(
    ("decision", "vers", "code"),
    [
        ("MEME_MENAGE", "inconnu", "autre"),
        ("MEME_MENAGE", "soi", "autre"),
        ("RELU", "autre", "non_reuni"),
    ],
)
async def test_ce_qui_ne_se_tranche_pas(
    monde: Monde, paire: tuple[str, str], decision: str, vers: str, code: str
) -> None:
    a, b = paire
    autre = {"inconnu": str(uuid4()), "soi": a, "autre": b}[vers]
    suggere = evenement("RapprochementSuggere", autre=autre, motif="IDENTITE_PROCHE")
    assert (await monde.contribuer(a, "ccapex", ADM, suggere)).status_code == 201
    tranche = evenement("RapprochementTranche", autre=autre, decision=decision)
    recu = await monde.contribuer(a, "ccapex", ADM, tranche)
    assert (recu.status_code, recu.json()["champs"][0]["code"]) == (422, code)
    assert "reunis" not in await lu(monde, a)


async def test_une_decision_se_dit_seule_et_ne_se_retire_pas(monde: Monde, paire: tuple[str, str]) -> None:
    a, b = paire
    suggere = evenement("RapprochementSuggere", autre=b, motif="IDENTITE_PROCHE")
    tranche = evenement("RapprochementTranche", autre=b, decision="MEME_MENAGE")
    recu = await monde.contribuer(a, "ccapex", ADM, suggere, tranche)
    assert (recu.status_code, recu.json()["champs"][0]["code"]) == (422, "seule")
    await rapprocher(monde, a, b)
    [dite] = [f for f in (await lu(monde, a))["faits"] if f["type"] == "RapprochementTranche" and "dossier" not in f]
    recu = await monde.contribuer(a, "ccapex", ADM, evenement("FaitCorrige", corrige=dite["id"]))
    assert (recu.status_code, recu.json()["champs"][0]["code"]) == (422, "rapprochement_tranche")


async def test_ce_qui_fut_dit_entre_temps_se_trie(monde: Monde, paire: tuple[str, str]) -> None:
    a, b = paire
    await rapprocher(monde, a, b)
    dite = evenement("DetteDeclaree", "2026-10-20", montant=300000, arretee_au="2026-10-20")
    assert (await monde.contribuer(a, "bailleur", "ACTE_EMISSION", dite)).status_code == 201
    reprise = evenement("RepriseLoyerConstatee", "2026-10-20", statut="TOTALE", depuis="2026-10-01")
    assert (await monde.contribuer(a, "bailleur", "ACTE_EMISSION", reprise)).status_code == 201
    assert (await a_trier(monde, a)) == []
    await rapprocher(monde, a, b, "DISTINCT")
    dette, loyer = await a_trier(monde, a)
    assert (dette["type"], loyer["type"]) == ("DetteDeclaree", "RepriseLoyerConstatee")
    assert await a_trier(monde, b) == []
    maintenu = evenement("FaitMaintenu", fait=loyer["fait"])
    assert (await monde.contribuer(a, "ccapex", ADM, maintenu)).status_code == 201
    recu = await monde.contribuer(a, "ccapex", ADM, maintenu)
    assert (recu.status_code, recu.json()["champs"][0]["code"]) == (422, "rien_a_trier")
    chemin, corps = f"/v1/dossiers/{a}/rapprochements/deplacement", {"fait": dette["fait"], "vers": b}
    for ailleurs in (a, str(uuid4())):
        refus = await monde.post(chemin, "ccapex", ADM, {**corps, "vers": ailleurs})
        assert (refus.status_code, refus.json()["champs"][0]["code"]) == (422, "vers")
    assert (await monde.post(chemin, "bailleur", "ACTE_EMISSION", corps)).status_code == 403
    for _ in range(2):  # the same request, again
        cle = {"Idempotency-Key": "un-deplacement"}
        assert (await monde.post(chemin, "ccapex", ADM, corps, headers=cle)).status_code == 201
    assert await a_trier(monde, a) == []
    dans_b = [f for f in (await lu(monde, b))["faits"] if f["type"] in {"DetteDeclaree", "FaitRecu"}]
    assert [f["type"] for f in dans_b] == ["DetteDeclaree", "FaitRecu"]
    assert dans_b[0]["champs"]["montant"] == 300000
    assert dans_b[0]["auteur"]["organisation"] == "Organisation bailleur"
    assert dans_b[1]["champs"] == {"de": a, "origine": dette["fait"]}
    dans_a = {f["id"]: f for f in (await lu(monde, a))["faits"]}
    retrait = dans_a[dans_a[dette["fait"]]["corrige_par"]]
    assert (retrait["type"], retrait["motif_correction"]) == ("FaitCorrige", "AUTRE_DOSSIER")


async def a_trier(monde: Monde, dossier: str) -> list[dict[str, Any]]:
    recu = await monde.get(f"/v1/dossiers/{dossier}/rapprochements", "ccapex", ADM)
    assert recu.status_code == 200, recu.text
    faits: list[dict[str, Any]] = recu.json()["a_trier"]
    return faits


async def test_ce_que_la_commission_savait(monde: Monde, paire: tuple[str, str]) -> None:
    """Before the decision two cases, after it one; and after the separation, what was one then is read as one."""
    a, b = paire
    avant = (await lu(monde, a))["faits"][-1]["enregistre_le"]
    await rapprocher(monde, a, b)
    ensemble = await lu(monde, a)
    pendant = ensemble["faits"][-1]["enregistre_le"]
    assert "reunis" not in await lu(monde, a, params={"connu_le": avant})
    await rapprocher(monde, a, b, "DISTINCT")
    assert "reunis" not in await lu(monde, a)
    alors = await lu(monde, a, params={"connu_le": pendant})
    assert [f["id"] for f in alors["faits"]] == [f["id"] for f in ensemble["faits"]]


async def test_trois_dossiers_se_lisent_par_leurs_paires(monde: Monde, paire: tuple[str, str]) -> None:
    a, b = paire
    c = await monde.ouvrir("caf", nom="LEROI", id_rpls=rpls(8))
    await rapprocher(monde, a, b)
    await rapprocher(monde, b, c)
    assert (await lu(monde, a))["reunis"] == [b, c]
    await rapprocher(monde, a, b, "DISTINCT")
    assert "reunis" not in await lu(monde, a)
    assert (await lu(monde, c))["reunis"] == [b]


async def test_situation_et_echeances_sont_du_menage(monde: Monde, paire: tuple[str, str]) -> None:
    a, b = paire
    await rapprocher(monde, a, b)
    for quoi, cle in (("situation", "donnees"), ("echeances", "echeances")):
        recus = [await monde.get(f"/v1/dossiers/{d}/{quoi}", "ccapex", ADM) for d in paire]
        assert [recu.status_code for recu in recus] == [200, 200]
        assert recus[0].json()[cle] == recus[1].json()[cle] != []

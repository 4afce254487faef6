"""Erasure through the door: what stops it, what is no erasure, and what it leaves that nobody can undo."""

from datetime import date
from typing import Any, Final
from uuid import UUID, uuid4

import httpx2 as httpx
import orjson
import psycopg
import pytest

from adapters.commande.cles import dire_le_constat
from adapters.registre.administration import administrer, confirmer_mandat
from adapters.registre.instantane import Mandat
from ledger.index import Genre
from tests.bases import SCHEMA, Bases, ouvrir_ledger
from tests.exploc.test_lot import rangee
from tests.monde import ETUDE, PAR, Monde, evenement, mandater, ouverture, ouvrir_monde
from tests.rest.test_actes_connus import MENAGE, importer
from tests.rest.test_regles import inscrire

INSTRUCTEUR: Final = ("ccapex", "CCAPEX_ADMINISTRATIVE")
BAILLEUR: Final = ("bailleur", "ACTE_EMISSION")
CLERC: Final = ("etude", "ACTE_EMISSION")
PREFET: Final = ("comex", "CFP_INSTRUCTION")
RESPONSABLE: Final = ("responsable", "DROITS_PERSONNE")
DPO: Final = ("dpo", "DROITS_PERSONNE")
IDENTITE: Final = {"nom": "LEROY", "prenoms": "Fatou", "date_naissance": "1955-04-24"}
DETTE: Final = evenement("DetteDeclaree", montant=500, arretee_au="2026-10-01")
Dit = tuple[tuple[str, str], dict[str, Any]]


async def dire(monde: Monde, dossier: str, *dits: Dit) -> None:
    for qui, e in dits:
        recu = await monde.contribuer(dossier, *qui, e)
        assert recu.status_code == 201, recu.text


async def titulaire(monde: Monde, dossier: str) -> str:
    lu = (await monde.get(f"/v1/dossiers/{dossier}", *INSTRUCTEUR)).json()
    return next(str(f["champs"]["personne"]) for f in lu["faits"] if f["type"] == "OccupantDeclare")


async def decider(monde: Monde, dossier: str, avis: str = "FAVORABLE", **plus: str) -> tuple[str, httpx.Response]:
    """Up to the decision: the request, and what the decision was answered."""
    ici = {"dossier": dossier}
    personne = await titulaire(monde, dossier)
    demande = await monde.post("/v1/droits/effacement", *RESPONSABLE, ici | {"personne": personne})
    suite = f"/v1/droits/effacement/{demande.json()['effacement']}"
    assert (await monde.post(f"{suite}/avis", *DPO, ici | {"avis": avis})).status_code == 201
    return suite, await monde.post(f"{suite}/decision", *RESPONSABLE, ici | {"sens": "ACCORDE"} | plus)


async def executer(monde: Monde, dossier: str, suite: str, decision: str) -> httpx.Response:
    corps = {"dossier": dossier, "decision": decision}
    return await monde.post(f"{suite}/execution", *RESPONSABLE, corps, "directrice-2")


SAISIE: Final = (BAILLEUR, evenement("CcapexSaisie", "2026-10-15"))
CLOSE: Final = (INSTRUCTEUR, evenement("SaisineClose", "2026-10-20", motif="SANS_SUITE"))
CQL: Final = (CLERC, evenement("CommandementQuitterSignifie", "2026-10-16"))
REQUIS: Final = (CLERC, evenement("ConcoursForceRequis", "2026-10-17"))
REFUSE: Final = (PREFET, evenement("ConcoursForceRefuse", "2026-10-18"))
DEPART: Final = (BAILLEUR, evenement("DepartConstate", "2026-10-25"))
FERME: Final = (INSTRUCTEUR, evenement("DossierClos", "2026-10-25", motif="DETTE_SOLDEE"))
GEL: Final = (RESPONSABLE, evenement("ConservationOrdonnee", "2026-10-25", fondement="CONTENTIEUX"))
OBSTACLES: Final = {
    "saisine": ([SAISIE], "saisine_ouverte", "Loi 90-449 art. 7-2"),
    "saisine close, actes en cours": ([SAISIE, CQL, CLOSE], "procedure_ouverte", "RGPD 17(3)(b) et (e)"),
    "expulsion": ([(CLERC, evenement("ExpulsionRealisee"))], "expulsion_recente", "CPCE R.433-1"),
    "réquisition": ([SAISIE, CQL, REQUIS, CLOSE], "requisition_en_attente", "CPCE L.153-1 et R.153-1"),
    "refus": ([CQL, REQUIS, REFUSE, DEPART], "indemnisation_ouverte", "Loi 68-1250 art. 1"),
    "contentieux": ([GEL], "conservation_contentieux", "RGPD 17(3)(e)"),
}


@pytest.mark.parametrize("quoi", OBSTACLES)
async def test_regle_31_un_effacement_attend_avec_l_article(monde: Monde, bases: Bases, quoi: str) -> None:
    dits, code, article = OBSTACLES[quoi]
    dossier = await monde.ouvrir()
    mandater(bases, "etude", UUID(dossier))
    await dire(monde, dossier, *dits)
    _, refus = await decider(monde, dossier)
    assert (refus.status_code, refus.json()["code"]) == (422, code)
    assert article in refus.json()["detail"]
    [ligne] = await monde.journal(1)
    assert (ligne["action"], ligne["issue"], ligne["motif"]) == ("effacement_decision", "refuse", code)


@pytest.mark.parametrize("fin", [DEPART, FERME], ids=["départ", "clôture"])
async def test_regle_31_une_fin_le_laisse_passer_et_une_saisine_de_la_veille_l_arrete(
    monde: Monde, bases: Bases, fin: Dit
) -> None:
    dossier = await monde.ouvrir()
    mandater(bases, "etude", UUID(dossier))
    await dire(monde, dossier, CQL, fin)
    suite, decidee = await decider(monde, dossier, "DEFAVORABLE", motif="le ménage est parti")
    assert decidee.status_code == 201, decidee.text
    await dire(monde, dossier, SAISIE)
    arrete = await executer(monde, dossier, suite, decidee.json()["decision"])
    assert (arrete.status_code, arrete.json()["code"]) == (422, "saisine_ouverte")
    await dire(monde, dossier, (INSTRUCTEUR, evenement("SaisineClose", "2026-10-26", motif="SANS_SUITE")))
    assert (await executer(monde, dossier, suite, decidee.json()["decision"])).status_code == 201


async def test_regle_31_un_avis_defavorable_ne_lie_pas_mais_la_decision_dit_pourquoi(monde: Monde) -> None:
    dossier = await monde.ouvrir()
    suite, refus = await decider(monde, dossier, "DEFAVORABLE")
    assert (refus.status_code, refus.json()["code"]) == (422, "motif_manquant")
    assert [faute["champ"] for faute in refus.json()["champs"]] == ["evenements.0.donnees.motif"]
    corps = {"dossier": dossier, "sens": "ACCORDE", "motif": "aucune procédure depuis trois ans"}
    assert (await monde.post(f"{suite}/decision", *RESPONSABLE, corps)).status_code == 201


def retirer(bases: Bases, classe: str) -> None:
    """Keys go, and nobody was erased: what a restored backup does, or a hand."""
    with psycopg.connect(bases.admin_cles_url, options=f"-c search_path={SCHEMA}") as admin:
        admin.execute("SET ROLE unefois_proprietaire")
        retirees = admin.execute("DELETE FROM cles WHERE classe = %s", [classe]).rowcount
    assert retirees


def les_cles(bases: Bases) -> set[tuple[Any, ...]]:
    with psycopg.connect(bases.admin_cles_url, options=f"-c search_path={SCHEMA}") as admin:
        return set(admin.execute("SELECT sujet, classe, cle_scellee FROM cles"))


async def test_regle_31_une_cle_absente_n_est_pas_un_effacement(monde: Monde, bases: Bases) -> None:
    """503 and an alarm, to who needs it alone; nothing is written over it, and « effacé » is not said."""
    dossier = await monde.ouvrir()
    await dire(monde, dossier, (BAILLEUR, DETTE))
    await monde.projeter()
    retirer(bases, "S2")
    restent = les_cles(bases)
    for demande in (
        monde.get(f"/v1/dossiers/{dossier}", *INSTRUCTEUR),
        monde.contribuer(dossier, *BAILLEUR, DETTE),
        monde.contribuer(dossier, *BAILLEUR, DETTE),
    ):
        panne = await demande
        assert (panne.status_code, panne.json()["code"]) == (503, "cle_absente")
        assert "effacé" not in panne.text
        [ligne] = await monde.journal(1)
        alarme = ("alarme", "erreur", "cle_absente", UUID(dossier))
        assert (ligne["action"], ligne["issue"], ligne["motif"], ligne["dossier"]) == alarme
    assert les_cles(bases) == restent
    retirer(bases, "S1")
    liste = await monde.get("/v1/vues/ccapex", *INSTRUCTEUR)
    assert [d["intitule"] for d in liste.json()["dossiers"]] == [None]  # the others' names would stand


async def test_regle_14_qui_decide_d_un_effacement_n_est_dit_a_personne(monde: Monde, bases: Bases) -> None:
    dossier = await monde.ouvrir()
    inscrire(monde, "elle", "USAGER")
    with administrer(bases.registre_url, PAR, SCHEMA) as registre:
        elle = UUID(await titulaire(monde, dossier))
        du, au = date(2026, 1, 1), date(2026, 12, 31)
        confirmer_mandat(registre, Mandat("elle", UUID(dossier), "instructrice", du, au, personne=elle))
    suite, decidee = await decider(monde, dossier)
    assert (await executer(monde, dossier, suite, decidee.json()["decision"])).status_code == 201
    lus = 0
    for qui in (INSTRUCTEUR, BAILLEUR, RESPONSABLE, DPO, ("elle", "DROITS_PERSONNE", "agent-1")):
        lu = await monde.get(f"/v1/dossiers/{dossier}", *qui)
        engages = [f for f in lu.json().get("faits", ()) if f["type"] == "EffacementEngage"]
        lus += len(engages)
        assert all(f["champs"].keys() <= {"personne", "decision", "menage_aussi"} for f in engages)
        assert "directrice" not in lu.text
    assert lus


async def _forger(bases: Bases, dossier: str, personne: str, *, engage: bool) -> None:
    """What the API's role can write by itself: the events of an erasure, without the tenant's secret."""
    decision = str(uuid4())

    def etat(clair: dict[str, Any], agent: str) -> bytes:
        enveloppe = {
            "id": str(uuid4()), "contribution": str(uuid4()), "survenu_le": "2026-11-02", "partenaire": "responsable",
            "role": "RESPONSABLE_TRAITEMENT", "agent": agent, "source": "PARTENAIRE", "finalite": "DROITS_PERSONNE",
        }  # fmt: skip
        return orjson.dumps({"enveloppe": enveloppe, "clair": clair, "scelle": []})

    demande = str(uuid4())
    acte = {"personne": personne, "decision": decision, "menage_aussi": True}
    forges = [("PersonneEffacee", etat(acte, "directrice-2"))]
    if engage:
        forges = [
            ("EffacementDemande", etat({"effacement": demande, "personne": personne}, "directrice")),
            ("EffacementAvise", etat({"effacement": demande, "avis": "FAVORABLE"}, "deleguee")),
            ("EffacementDecide", etat({"effacement": demande, "decision": decision, "sens": "ACCORDE"}, "directrice")),
            ("EffacementEngage", etat(acte | {"decideur": "directrice", "preuve": "0" * 64}, "directrice-2")),
            *forges,
        ]
    with psycopg.connect(bases.api_url, options=f"-c search_path={SCHEMA}") as api:
        api.execute("LOCK TABLE verrou_des_ecrivains IN EXCLUSIVE MODE")
        for topic, state in forges:
            api.execute(
                "INSERT INTO dossiers_events (originator_id, originator_version, topic, state)"
                " SELECT %s, max(originator_version) + 1, %s, %s FROM dossiers_events WHERE originator_id = %s",
                [dossier, f"unefois:{topic}", state, dossier],
            )


@pytest.mark.parametrize("engage", [False, True], ids=["le fait seul", "toutes ses étapes"])
async def test_regle_12_un_effacement_forge_ne_detruit_rien_et_leve_une_alarme(
    monde: Monde, bases: Bases, capsys: pytest.CaptureFixture[str], *, engage: bool
) -> None:
    dossier = await monde.ouvrir()
    await _forger(bases, dossier, await titulaire(monde, dossier), engage=engage)
    await monde.projeter()
    avant = les_cles(bases)
    async with ouvrir_ledger(bases) as suivant, ouvrir_monde(bases, suivant) as apres:
        constat = suivant.effacements.constat
        pret = await apres.client.get("/pret")
    assert les_cles(bases) == avant
    motifs = {"effacement_sans_tombe"} | ({"engagement_sans_preuve"} if engage else set())
    assert (pret.status_code, pret.json()) == (200, {"etat": "pret", "alarmes": len(motifs)})
    assert {(dossier_, motif) for dossier_, motif in constat.alarmes} == {(UUID(dossier), m) for m in motifs}
    assert (constat.detruits, constat.constates) == ([], [])
    assert {(x["action"], x["motif"]) for x in await monde.journal(len(motifs))} == {("alarme", m) for m in motifs}
    assert dire_le_constat(constat) == 1
    assert f"ALARME, dossier {dossier}" in capsys.readouterr().out
    lu = await monde.get(f"/v1/dossiers/{dossier}", *INSTRUCTEUR)
    assert (lu.status_code, lu.json()["code"]) == (503, "effacement_sans_tombe")
    assert [d["intitule"] for d in (await monde.get("/v1/vues/ccapex", *INSTRUCTEUR)).json()["dossiers"]] == [None]


async def effacer(monde: Monde, dossier: str) -> None:
    await monde.effacer(dossier, await titulaire(monde, dossier))


async def introuvable(monde: Monde) -> bool:
    trouve = await monde.post("/v1/dossiers/recherche", *INSTRUCTEUR, IDENTITE)
    return bool(trouve.json() == {"dossiers": []})


def acte(type_acte: str, numero: str, le: str, **plus: str) -> str:
    return rangee(**MENAGE, type_acte=type_acte, ref_acte=numero, date_acte=le, ref_dossier="093-26-0000088", **plus)


ASSIGNATION: Final = {"num_rg": "26/03127", "date_audience": "28/01/2026", "juridiction": "TJ BOBIGNY"}


async def test_regle_14_du_lot_un_menage_efface_le_reste(monde: Monde, bases: Bases) -> None:
    """Another act of the same file, before or after, by its number or by dwelling and name: refused, and told why."""
    assignation = acte("ASSIGNATION", "ASS-1", "15/01/2026", **ASSIGNATION)
    ecrit = await importer(monde, assignation, acte("DEPART", "DEP-1", "15/03/2026"))
    assert (ecrit["accepted_distinct_acts"], ecrit["dossiers"]) == (2, 1)
    [(dossier,)] = _demander(bases, "SELECT DISTINCT originator_id FROM dossiers_events")
    await effacer(monde, str(dossier))
    evenements = _demander(bases, "SELECT count(*) FROM dossiers_events")
    meme_reference = acte("CDP", "CDP-1", "15/10/2026")
    autre_nom = meme_reference.replace("LEROY", "LE ROY-DIALLO").replace("CDP-1", "CDP-2").replace("3523902547", "")
    sans_reference = acte("CDP", "CDP-3", "15/10/2025").replace("093-26-0000088", "093-26-0000099")
    meme_rg = rangee(
        **MENAGE | {"id_rpls": "", "nom": "AUTRE"},
        type_acte="JUGEMENT",
        ref_acte="J-1",
        date_acte="15/02/2026",
        num_rg="26/03127",
    )
    revenants = (meme_reference, autre_nom, sans_reference, meme_rg)
    rapport = await importer(monde, assignation, *revenants)
    assert (rapport["doublons"], rapport["accepted_distinct_acts"], rapport["rejected"]) == (1, 0, 4)
    assert {(r["colonne"], "effacé" in r["motif"]) for r in rapport["refus"]} == {("ref_dossier", True)}
    assert [r["ligne"] for r in rapport["refus"]] == [3, 4, 5, 6]
    assert _demander(bases, "SELECT count(*) FROM dossiers_events") == evenements
    assert await introuvable(monde)
    # Who has another case one day has it: in the same dwelling, under another number, later.
    neuve = acte("CDP", "CDP-9", "20/11/2026").replace("093-26-0000088", "093-26-0000777")
    assert (await importer(monde, neuve))["rejected_by_field"] == {"date_acte": 1}  # not before its day has come
    with psycopg.connect(bases.admin_url, options=f"-c search_path={SCHEMA} -c role=unefois_proprietaire") as admin:
        admin.execute("ALTER TABLE references_effacees DISABLE TRIGGER ALL")
        admin.execute("UPDATE references_effacees SET efface_le = '2026-10-01'")  # erased a month ago, as it were
        admin.execute("ALTER TABLE references_effacees ENABLE TRIGGER ALL")
    # What bears a number of its file is of its file, whatever its day, and whatever case its household has since.
    plus_tard = acte("CDP", "CDP-10", "20/10/2026")
    assert (await importer(monde, plus_tard))["rejected_by_field"] == {"ref_dossier": 1}
    assert (await importer(monde, neuve.replace("20/11/2026", "20/10/2026")))["accepted_distinct_acts"] == 1
    suite = acte("JUGEMENT", "J-9", "20/10/2026").replace("093-26-0000088", "093-26-0000777")
    assert (await importer(monde, plus_tard, suite))["rejected_by_field"] == {"ref_dossier": 1}
    assert (await importer(monde, suite))["doublons"] == 1


async def test_regle_14_par_l_api_un_menage_efface_le_reste(monde: Monde) -> None:
    rg = evenement("AssignationSignifiee", "2026-02-01", etude_siret=ETUDE, ref_acte="ASS-1", num_rg="26/03127")
    ouvert = await monde.post("/v1/dossiers", *CLERC, ouverture() | {"evenements": [rg]})
    dossier = ouvert.json()["dossier"]
    await dire(monde, dossier, (CLERC, evenement("DepartConstate", "2026-03-01")))
    autre = await monde.ouvrir("etude", nom="AUTRE", id_rpls="9124404769")
    await effacer(monde, dossier)
    for essai in (
        monde.contribuer(autre, *CLERC, evenement("JugementRendu", "2026-02-10", num_rg="26/03127")),
        monde.post("/v1/dossiers", *CLERC, ouverture()),
        monde.post("/v1/dossiers", *CLERC, ouverture() | {"evenements": [evenement("CommandementPayerSignifie")]}),
        monde.contribuer(dossier, *CLERC, evenement("CommandementPayerSignifie")),
    ):
        refus = await essai
        assert (refus.status_code, refus.json()["code"]) == (422, "menage_efface"), refus.text
        assert "effacé" in refus.json()["detail"]
    assert await introuvable(monde)
    # Who never told of that household is told nothing of it: it opens the first case that it knows of.
    assert (await monde.post("/v1/dossiers", *BAILLEUR, ouverture())).status_code == 201


async def test_regle_14_personne_ne_retire_ce_qui_empeche_un_efface_de_revenir(monde: Monde, bases: Bases) -> None:
    dossier = await monde.ouvrir()
    await effacer(monde, dossier)
    gardees = _demander(bases, "SELECT DISTINCT genre FROM references_effacees ORDER BY genre")
    assert gardees == [(Genre.LOGEMENT_NOM,), (Genre.LOGEMENT_CERTAIN,), (Genre.LIEU,)]
    for url in (bases.api_url, bases.registre_url, bases.projecteur_url):
        for requete in ("DELETE FROM references_effacees", "UPDATE references_effacees SET genre = 7"):
            role = psycopg.connect(url, options=f"-c search_path={SCHEMA}")
            with role, pytest.raises(psycopg.errors.InsufficientPrivilege):
                role.execute(requete.encode())


def _demander(bases: Bases, requete: str) -> list[Any]:
    with psycopg.connect(bases.admin_url, options=f"-c search_path={SCHEMA}") as admin:
        return admin.execute(requete.encode()).fetchall()

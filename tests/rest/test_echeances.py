"""What falls due in a case, over HTTP: counted from what its reader reads, and from nothing else."""

from collections.abc import AsyncIterator
from itertools import count
from typing import Any, Final
from uuid import UUID, uuid4

import httpx2 as httpx
import pytest

from adapters.registre.administration import administrer, confirmer_mandat
from adapters.registre.instantane import Mandat
from ledger.keys import Tombe
from tests.bases import SCHEMA, bases_neuves, ouvrir_ledger
from tests.monde import FINALITE_USUELLE, PAR, Monde, evenement, ouvrir_monde, rpls
from tests.rest.mondes import AU, DU, Lecteur, inscrire
from tests.rest.recit import raconter

CDP: Final = evenement("CommandementPayerSignifie", "2026-03-02", dette=120000)
ASSIGNATION: Final = evenement("AssignationSignifiee", "2026-04-20", date_audience="2026-06-15")
CQL: Final = evenement("CommandementQuitterSignifie", "2026-07-01", date_reception="2026-07-03")


MENAGES: Final = count(1)


@pytest.fixture(scope="module")
async def monde(modele: str) -> AsyncIterator[Monde]:
    """One world for all: each test has a household of its own there."""
    with bases_neuves(modele) as bases:
        inscrire(bases)
        async with ouvrir_ledger(bases) as ledger, ouvrir_monde(bases, ledger) as ouvert:
            yield ouvert


async def lire(monde: Monde, dossier: str, qui: str, finalite: str, **params: Any) -> dict[str, Any]:
    recu = await monde.get(f"/v1/dossiers/{dossier}/echeances", qui, finalite, params=params)
    assert recu.status_code == 200, recu.text
    lu: dict[str, Any] = recu.json()
    return lu


def une(lu: dict[str, Any], regle: str) -> dict[str, Any]:
    [trouvee] = [e for e in lu["echeances"] if e["regle"] == regle]
    return dict(trouvee)


async def actes(monde: Monde, *evenements: dict[str, Any], dossier: str = "") -> str:
    """Told by the étude, in a case of its own."""
    rang = next(MENAGES)
    dossier = dossier or await monde.ouvrir("etude", nom=f"MENAGE-{rang}", id_rpls=rpls(rang))
    recu = await monde.contribuer(dossier, "etude", "ACTE_EMISSION", *evenements)
    assert recu.status_code == 201, recu.text
    return dossier


CCAPEX: Final = ("ccapex", "CCAPEX_ADMINISTRATIVE")


async def test_chaque_echeance_dit_son_jour_son_texte_ses_actes_et_son_calcul(monde: Monde) -> None:
    dossier = await actes(monde, CDP, ASSIGNATION)
    document = (await monde.get(f"/v1/dossiers/{dossier}", *CCAPEX)).json()
    [assignation] = [f["id"] for f in document["faits"] if f["type"] == "AssignationSignifiee"]
    lue = une(await lire(monde, dossier, *CCAPEX), "R04")
    assert lue == {
        "regle": "R04",
        "libelle": "notification de l'assignation au préfet",
        "etat": "ECHUE",
        "dernier_jour": "2026-05-03",
        "premier_jour": None,
        "heure": None,
        "explication": "6\u00a0semaines avant l'audience du 15\u00a0juin\u00a02026 : dernier jour utile pour "
        "notifier l'assignation au préfet le 3\u00a0mai\u00a02026 ; le délai est passé.",
        "actes": [assignation],
        "manque": [],
        "autres_lectures": [],
        "texte": "loi 89-462, art. 24 III ; Cass. 3e civ. avis, 6 nov. 2025, n° 25-70.018",
        "etiquette": "STATED",
        "partielle": lue["partielle"],
    }


async def test_les_deux_axes_du_temps(monde: Monde) -> None:
    dossier = await actes(monde, CDP, ASSIGNATION)
    assert une(await lire(monde, dossier, *CCAPEX, au="2026-05-03"), "R04")["etat"] == "EN_COURS"
    assert une(await lire(monde, dossier, *CCAPEX, au="2026-05-04"), "R04")["etat"] == "ECHUE"
    avant = await lire(monde, dossier, *CCAPEX, au="2026-04-19")
    assert "R04" not in {e["regle"] for e in avant["echeances"]}
    assert (await lire(monde, dossier, *CCAPEX, connu_le="2020-01-01"))["echeances"] == []
    await actes(monde, CQL, dossier=dossier)
    demain = une(await lire(monde, dossier, *CCAPEX, au="2027-01-15"), "R16")
    assert (demain["etat"], demain["dernier_jour"], demain["premier_jour"]) == ("SURSIS", "2027-03-31", "2027-04-01")


async def test_un_fait_corrige_ne_compte_plus(monde: Monde) -> None:
    dossier = await actes(monde, ASSIGNATION)
    document = (await monde.get(f"/v1/dossiers/{dossier}", "etude", "ACTE_EMISSION")).json()
    [ancien] = [f["id"] for f in document["faits"] if f["type"] == "AssignationSignifiee"]
    corrigee = {**ASSIGNATION, "corrige": ancien, "donnees": {"date_audience": "2026-09-29"}}
    await actes(monde, corrigee, dossier=dossier)
    assert une(await lire(monde, dossier, *CCAPEX), "R04")["dernier_jour"] == "2026-08-17"


async def test_une_lecture_est_validee_par_son_etiquette_et_laisse_sa_ligne(monde: Monde) -> None:
    dossier = await actes(monde, CDP)
    chemin = f"/v1/dossiers/{dossier}/echeances"
    recu = await monde.get(chemin, *CCAPEX)
    meme = await monde.get(chemin, *CCAPEX, headers={"If-None-Match": recu.headers["etag"]})
    assert (meme.status_code, meme.content) == (304, b"")
    lignes = [
        ligne for ligne in await monde.journal() if str(ligne["dossier"]) == dossier and ligne["action"] == "lire"
    ]
    assert len(lignes) >= 2
    await actes(monde, ASSIGNATION, dossier=dossier)
    change = await monde.get(chemin, *CCAPEX, headers={"If-None-Match": recu.headers["etag"]})
    assert change.status_code == 200


async def test_elles_se_lisent_par_pages_dans_l_ordre_des_jours(monde: Monde) -> None:
    dossier = await actes(monde, CDP, ASSIGNATION, CQL)
    tout = await lire(monde, dossier, *CCAPEX)
    pages: list[dict[str, Any]] = []
    suivant: int | None = 0
    while suivant is not None:
        page = await lire(monde, dossier, *CCAPEX, apres=suivant, limite=3)
        assert len(page["echeances"]) <= 3
        pages += page["echeances"]
        suivant = page["suivant"]
    assert pages == tout["echeances"]
    jours = [e["dernier_jour"] or e["premier_jour"] or "9999" for e in pages]
    assert jours == sorted(jours)
    assert len(pages) > 6


async def test_un_jour_hors_du_calendrier_est_refuse(monde: Monde) -> None:
    dossier = await actes(monde, CQL)
    for au in ("9999-12-31", "2101-01-01", "hier"):
        recu = await monde.get(f"/v1/dossiers/{dossier}/echeances", *CCAPEX, params={"au": au})
        assert (recu.status_code, recu.json()["code"]) == (400, "requete"), recu.text
    for au in ("2100-12-31", "1990-01-01", "0001-01-01"):
        await lire(monde, dossier, *CCAPEX, au=au)


async def test_un_etranger_n_apprend_pas_qu_il_y_a_un_dossier(monde: Monde) -> None:
    dossier = await actes(monde, CDP)
    for adresse in (dossier, "0199f1e2-7b1a-7000-8000-00000000dead"):
        recu = await monde.get(f"/v1/dossiers/{adresse}/echeances", "voisin", "ACTE_EMISSION")
        assert (recu.status_code, recu.json()["code"]) == (404, "introuvable")


PROCEDURE: Final[tuple[tuple[str, str, dict[str, Any]], ...]] = (
    ("etude", "ACTE_EMISSION", evenement("ConcoursForceRequis", "2026-08-25")),
    ("comex", "CFP_INSTRUCTION", evenement("ReceptionConstatee", "2026-06-18", acte="COMMANDEMENT_QUITTER",
                                           recu_par="PREFET")),
    ("etude", "ACTE_EMISSION", evenement("CommandementQuitterSignifie", "2026-06-15", delai="ENTIER")),
    ("etude", "ACTE_EMISSION", evenement("CommandementPayerSignifie", "2025-11-03", motif="LOYER",
                                         clause_delai="DEUX_MOIS")),
    ("etude", "ACTE_EMISSION", evenement("JugementSignifie", "2026-06-15")),
    ("etude", "ACTE_EMISSION", evenement("JugementRendu", "2026-06-01", dispositif="EXPULSION",
                                         qualification="CONTRADICTOIRE", nature="JUGEMENT")),
    ("etude", "ACTE_EMISSION", evenement("AssignationSignifiee", "2026-02-16", motif="LOYER",
                                         date_audience="2026-05-18", notifiee_prefet_le="2026-02-20")),
    ("ccapex", "CCAPEX_ADMINISTRATIVE", evenement("CcapexSaisie", "2025-11-10", saisissant="BAILLEUR")),
)  # fmt: skip
"""From the commandement to the requisition, told by three partners, the last acts first."""


async def test_une_procedure_dite_dans_le_desordre_a_les_jours_de_la_loi(monde: Monde) -> None:
    dossier = await actes(monde, CDP)
    for qui, finalite, dit in PROCEDURE:
        recu = await monde.contribuer(dossier, qui, finalite, dit)
        assert recu.status_code == 201, recu.text
    jours = {
        (e["regle"], e["etat"]): (e["dernier_jour"], e["premier_jour"])
        for e in (await lire(monde, dossier, *CCAPEX))["echeances"]
    }
    attendus = {
        ("R01b", "ECHUE"): ("2026-01-03", "2026-01-04"),
        ("R03", "RECEVABLE"): ("2026-01-10", "2026-01-12"),
        ("R04", "DANS_DELAI"): ("2026-04-05", None),
        ("R07", "MANQUE"): ("2026-05-07", None),
        ("R10", "ECHUE"): ("2026-07-15", None),
        ("R13", "ECHUE"): ("2026-08-18", "2026-08-19"),
        ("R16", "SURSIS"): ("2027-03-31", "2027-04-01"),
        ("R17", "REFUS_IMPLICITE"): ("2026-10-25", None),
        ("R18", "OUVERTE"): (None, "2026-10-25"),
        ("R20", "JEX"): (None, None),
        ("TITRE-10ANS", "EN_COURS"): ("2036-06-01", None),
    }
    assert {cle: jours.get(cle) for cle in attendus} == attendus
    veille = await lire(monde, dossier, *CCAPEX, au="2026-10-25")
    assert une(veille, "R17")["etat"] == "EN_ATTENTE"
    assert "R18" not in {e["regle"] for e in veille["echeances"]}


async def test_un_champ_qui_n_est_pas_montre_est_comme_s_il_n_etait_pas_dit(monde: Monde) -> None:
    """The étude reads its own act whole; the landlord knows that it is there, and not which hearing it names."""
    dossier = await actes(monde, ASSIGNATION)
    assert une(await lire(monde, dossier, "etude", "ACTE_EMISSION"), "R04")["dernier_jour"] == "2026-05-03"
    tue = une(await lire(monde, dossier, "bailleur", "ACTE_EMISSION"), "R04")
    assert (tue["etat"], tue["dernier_jour"], tue["manque"]) == ("INCONNU", None, ["la date de l'audience"])
    assert "F08" in tue["partielle"]


async def test_un_montant_masque_ne_compte_pas(monde: Monde) -> None:
    """Who reads the debt in brackets cannot tell whether it is two rents."""
    dits = evenement("CommandementPayerSignifie", "2025-06-02", dette=300000, loyer=80061)
    dossier = await actes(monde, dits)
    assert une(await lire(monde, dossier, *CCAPEX), "CDP-seuil")["etat"] == "SIGNALER"
    siao = Lecteur("SIAO")
    with administrer(monde.bases.registre_url, PAR, SCHEMA) as registre:
        confirmer_mandat(registre, Mandat(siao.code, UUID(dossier), "instructrice", DU, AU))
    document = await monde.get(f"/v1/dossiers/{dossier}", siao.code, "RELOGEMENT", siao.agent)
    [acte] = [f for f in document.json()["faits"] if f["type"] == "CommandementPayerSignifie"]
    assert acte["champs"]["dette"] == "de 2\u202f000 à 5\u202f000\u00a0€"
    recu = await monde.get(f"/v1/dossiers/{dossier}/echeances", siao.code, "RELOGEMENT", siao.agent)
    assert une(recu.json(), "CDP-seuil")["etat"] == "INCONNU"


async def test_d_une_lecture_a_l_autre_rien_n_est_garde_de_ce_qui_est_scelle(monde: Monde) -> None:
    """What clocks read of sealed fields is opened each time: a key that is destroyed takes it away at once."""
    dits = evenement("CommandementPayerSignifie", "2025-06-02", dette=300000, loyer=80061)
    dossier = await actes(monde, dits, ASSIGNATION, CQL)
    avant = await lire(monde, dossier, *CCAPEX)
    assert une(avant, "CDP-seuil")["etat"] == "SIGNALER"
    assert (await lire(monde, dossier, *CCAPEX))["echeances"] == avant["echeances"]
    document = (await monde.get(f"/v1/dossiers/{dossier}", *CCAPEX)).json()
    [personne] = [UUID(f["champs"]["personne"]) for f in document["faits"] if f["type"] == "OccupantDeclare"]
    tombe = Tombe(personne, uuid4(), UUID(dossier), personne, "responsable", "RESPONSABLE_TRAITEMENT", "a", "b")
    await monde.gate.ledger.keys.detruire(tombe, menage_aussi=True, restent=())
    apres = await lire(monde, dossier, *CCAPEX)
    assert une(apres, "CDP-seuil")["etat"] == "INCONNU"
    assert une(apres, "R04") == une(avant, "R04")


async def test_chaque_lecteur_ne_compte_que_des_faits_qu_il_lit(monde: Monde) -> None:
    dossier = await raconter(monde)
    vus = 0
    for qui, finalite in FINALITE_USUELLE.items():
        document = await monde.get(f"/v1/dossiers/{dossier}", qui, finalite)
        recu = await monde.get(f"/v1/dossiers/{dossier}/echeances", qui, finalite)
        assert recu.status_code == document.status_code
        if recu.status_code == 200:
            montres = {f["id"] for f in document.json()["faits"]}
            comptes = {acte for e in recu.json()["echeances"] for acte in e["actes"]}
            assert comptes <= montres
            vus += len(comptes)
    assert vus > 20


# worklists -------------------------------------------------------------------------------------------------------


async def test_une_file_se_demande_par_ce_qui_echoit(monde: Monde) -> None:
    audiences = ("2026-06-15", "2026-12-14", "2026-12-15", "2027-02-01")
    dossiers = [
        await actes(monde, evenement("AssignationSignifiee", "2026-04-20", date_audience=le)) for le in audiences
    ]
    await monde.projeter()

    async def demander(regle: str, avant: str) -> dict[str, str]:
        params = {"regle": regle, "echeance_avant": avant, "limite": 200}
        recu = await monde.get("/v1/vues/ccapex", *CCAPEX, params=params)
        assert recu.status_code == 200, recu.text
        return {r["dossier"]: r["echeance"] for r in recu.json()["dossiers"] if r["dossier"] in dossiers}

    _, lundi, mardi, fevrier = dossiers
    assert await demander("R07", "2026-12-06") == {}
    assert await demander("R07", "2026-12-07") == {lundi: "2026-12-07"}
    assert await demander("R07", "2026-12-08") == {lundi: "2026-12-07", mardi: "2026-12-08"}
    assert await demander("R04", "2026-11-01") == {lundi: "2026-11-01"}
    assert await demander("R04", "2027-03-01") == {lundi: "2026-11-01", mardi: "2026-11-02", fevrier: "2026-12-20"}


@pytest.mark.parametrize(
    "params",
    [
        {"regle": "R07"},
        {"echeance_avant": "2026-12-07"},
        {"regle": "R10", "echeance_avant": "2026-12-07"},
        {"regle": "R07", "echeance_avant": "9999-12-31"},
        {"regle": "R07", "echeance_avant": "2026-12-07", "du": "2026-11-01"},
    ],
)
async def test_une_regle_et_son_jour_se_donnent_ensemble(monde: Monde, params: dict[str, str]) -> None:
    recu = await monde.get("/v1/vues/ccapex", *CCAPEX, params=params)
    assert (recu.status_code, recu.json()["code"]) == (400, "requete")


# simulation --------------------------------------------------------------------------------------------------------


async def simuler(monde: Monde, corps: object, finalite: str = "ACTE_EMISSION") -> httpx.Response:
    return await monde.post("/v1/echeances/simulation", "etude", finalite, corps)


def suppose(type_: str, survenu_le: str, **donnees: Any) -> dict[str, Any]:
    return {"type": type_, "survenu_le": survenu_le, "donnees": donnees}


async def test_si_l_assignation_etait_delivree_tel_jour(monde: Monde) -> None:
    supposes = [suppose("AssignationSignifiee", "2026-12-01", date_audience="2027-03-02")]
    recu = await simuler(monde, {"au": "2026-12-02", "actes": supposes})
    assert recu.status_code == 200, recu.text
    lu = recu.json()
    assert lu["au"] == "2026-12-02"
    assert {e["regle"]: e["dernier_jour"] for e in lu["echeances"] if e["dernier_jour"]} == {
        "R04": "2027-01-18",
        "R04-placement": "2027-02-14",
        "R06": "2027-02-09",
        "R07": "2027-02-23",
    }
    assert all(e["actes"] == ["0"] and e["partielle"] is None for e in lu["echeances"])
    assert [ligne["action"] for ligne in await monde.journal(1)] == ["simuler"]
    assert (await monde.journal(1))[0]["dossier"] is None


FAUX: Final[tuple[tuple[object, str], ...]] = (
    ({}, "actes"),
    ({"actes": []}, "actes"),
    ({"actes": [suppose("JugementRendu", "2026-12-01")] * 61}, "actes"),
    ({"actes": [suppose("OccupantDeclare", "2026-12-01", nom="LEROY")]}, "actes.0.type"),
    ({"actes": [suppose("JugementRendu", "2026-12-01", juridiction="TJ BOBIGNY")]}, "actes.0.donnees"),
    ({"actes": [suppose("DossierOuvert", "2026-12-01", bailleur_nom="LEROY")]}, "actes.0.donnees"),
    ({"actes": [suppose("JugementRendu", "hier")]}, "actes.0.survenu_le"),
    ({"actes": [suppose("JugementRendu", "9999-12-31")]}, "actes.0.survenu_le"),
    ({"actes": [suppose("JugementRendu", "0001-01-01")]}, "actes.0.survenu_le"),
    ({"au": "9999-12-31", "actes": [suppose("JugementRendu", "2026-12-01")]}, "au"),
    ({"actes": [suppose("AssignationSignifiee", "2026-12-01", date_audience="9999-12-31")]},
     "actes.0.donnees.date_audience"),
    ({"actes": [suppose("JugementRendu", "2026-12-01", dispositif="LEROY")]}, "actes.0.donnees.dispositif"),
    ({"actes": [suppose("JugementRendu", "2026-12-01", delais_mois=61)]}, "actes.0.donnees.delais_mois"),
    ({"actes": [suppose("JugementRendu", "2026-12-01"), 3]}, "actes.1"),
    ({"au": "2550814168025", "actes": [suppose("JugementRendu", "2026-12-01")]}, "au"),
    ({"actes": [suppose("JugementRendu", "2026-12-01")], "dossier": "x"}, ""),
)  # fmt: skip


async def test_ce_qu_on_suppose_ne_dit_rien_d_un_menage(monde: Monde) -> None:
    for corps, champ in FAUX:
        recu = await simuler(monde, corps)
        assert recu.status_code == 422, recu.text
        assert champ in {c["champ"] for c in recu.json()["champs"]}, recu.text
        assert "LEROY" not in recu.text


async def test_sans_finalite_on_ne_suppose_rien(monde: Monde) -> None:
    corps = {"actes": [suppose("JugementRendu", "2026-12-01")]}
    recu = await monde.client.post(
        "/v1/echeances/simulation", json=corps, headers={"Authorization": f"Bearer {monde.jeton('etude', 'clerc')}"}
    )
    assert (recu.status_code, recu.json()["code"]) == (400, "finalite_manquante")

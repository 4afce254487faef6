"""The pack of a session: what each seat is shown is fixed; that seat alone reads it again, and learns if it holds."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any, Final
from uuid import UUID, uuid4

import httpx2 as httpx
import psycopg
import pytest

from adapters.gate import dossier_de_seance as gate_de_seance
from adapters.registre.administration import administrer, annuler_seance, asseoir, convoquer, inscrire_partenaire
from adapters.registre.instantane import Membre, Seance
from policies import tables
from policies.embedded import EmbeddedEngine
from policies.engines import Decider
from tests.bases import SCHEMA
from tests.monde import COMMUNE, FINALITES, PAR, SEANCE, Monde, evenement, partenaire
from tests.rest.mondes import compter_le_travail
from tests.rest.recit import titulaire
from tests.rest.test_attaques_etranger import octets
from tests.rest.test_clil import A_VENIR, EN_CLIL, inscription, sieger
from tests.rest.test_regles import dire

SIEGES: Final = {"bailleur": "consultative", "caf": "deliberative", "ssd": "deliberative"}
DETTE: Final = evenement("DetteDeclaree", montant=224770, arretee_au="2026-09-30")
BUDGET: Final = evenement("BudgetDeclare", ressources=142000, charges=98000)


async def a_l_ordre_du_jour(monde: Monde) -> str:
    """A case on the agenda of a CLIL where landlord, CAF and social service sit."""
    sieger(monde)
    with administrer(monde.bases.registre_url, PAR, SCHEMA) as registre:
        for code, voix in SIEGES.items():
            asseoir(registre, Membre("CLIL", A_VENIR.lieu, code, voix))
    dossier = await monde.ouvrir("ssd")  # who names the landlord is not the landlord
    await dire(monde, dossier, "bailleur", "ACTE_EMISSION", DETTE)
    await dire(monde, dossier, "ssd", "ACCOMPAGNEMENT", BUDGET)
    await monde.proposer(dossier)
    await dire(monde, dossier, *EN_CLIL, inscription())
    return dossier


async def figer(
    monde: Monde, dossier: str, qui: str = "clil", finalite: str = "CLIL_EXAMEN", **plus: Any
) -> httpx.Response:
    corps = {"seance": str(plus.pop("seance", A_VENIR.id))}
    return await monde.post(f"/v1/dossiers/{dossier}/dossiers-de-seance", qui, finalite, corps, **plus)


async def relire(
    monde: Monde, dossier: str, qui: str, agent: str | None = "", seance: UUID = A_VENIR.id, **plus: Any
) -> httpx.Response:
    return await monde.get(f"/v1/dossiers/{dossier}/dossiers-de-seance/{seance}", qui, "CLIL_EXAMEN", agent, **plus)


async def tenu(monde: Monde, dossier: str, qui: str, **plus: Any) -> tuple[bool, str | None]:
    lu = await relire(monde, dossier, qui, **plus)
    assert lu.status_code == 200, lu.text
    return lu.json()["conforme"], lu.json()["pourquoi"]


async def test_chaque_siege_relit_ce_qui_fut_fige_pour_lui(monde: Monde) -> None:
    dossier = await a_l_ordre_du_jour(monde)
    assert (await figer(monde, dossier)).status_code == 201
    await dire(
        monde, dossier, "bailleur", "ACTE_EMISSION", evenement("DetteDeclaree", montant=1, arretee_au="2026-10-31")
    )
    empreintes, montres = set(), {}
    for qui in ("clil", *SIEGES):
        lu = (await relire(monde, dossier, qui)).json()
        assert (lu["conforme"], lu["pourquoi"], lu["siege"]) == (True, None, qui)
        vue = await monde.get(f"/v1/vues/clil/{dossier}", qui, "CLIL_EXAMEN", params={"connu_le": lu["connu_le"]})
        assert lu["document"]["faits"] == vue.json()["faits"], qui
        empreintes.add(lu["empreinte"])
        montres[qui] = {(f["type"], f["champs"].get("montant")) for f in lu["document"]["faits"]}
    assert len(empreintes) == 1 + len(SIEGES)
    assert all(("DetteDeclaree", 1) not in faits for faits in montres.values())
    assert ("BudgetDeclare", None) in montres["clil"]
    assert ("BudgetDeclare", None) not in montres["bailleur"]


async def test_une_intervention_de_l_agent_n_ouvre_pas_davantage_du_siege(monde: Monde) -> None:
    """What it opens to him, he reads in the case: the seat's pack is the same for all its agents."""
    dossier = await a_l_ordre_du_jour(monde)
    assert (await figer(monde, dossier)).status_code == 201
    avant = await relire(monde, dossier, "ssd")
    suivi = evenement("AccompagnementOuvert", intervention=str(uuid4()), mesure="SSD")
    await dire(monde, dossier, "ssd", "ACCOMPAGNEMENT", suivi, informe=True)
    for agent in ("assistante", "assistante-2"):
        lu = await relire(monde, dossier, "ssd", agent)
        assert octets(lu) == octets(avant)
        assert lu.json()["conforme"] is True


async def test_ce_qui_fut_corrige_ou_retire_se_dit_a_qui_le_lisait_et_a_nul_autre(monde: Monde) -> None:
    dossier = await a_l_ordre_du_jour(monde)
    evaluation = evenement("BudgetDeclare", ressources=1, charges=1)
    await dire(monde, dossier, "ssd", "ACCOMPAGNEMENT", evaluation)
    assert (await figer(monde, dossier)).status_code == 201
    lu = (await monde.get(f"/v1/dossiers/{dossier}", "ssd", "ACCOMPAGNEMENT")).json()
    [_, budget] = [f["id"] for f in lu["faits"] if f["type"] == "BudgetDeclare"]
    await dire(monde, dossier, "ssd", "ACCOMPAGNEMENT", evenement("FaitCorrige", corrige=budget))
    assert await tenu(monde, dossier, "clil") == (False, gate_de_seance.CORRIGE_DEPUIS)
    assert await tenu(monde, dossier, "bailleur") == (True, None)
    relu = (await relire(monde, dossier, "clil")).json()
    assert budget not in {f["id"] for f in relu["document"]["faits"]}
    [dette] = [f["id"] for f in lu["faits"] if f["type"] == "DetteDeclaree"]
    await dire(monde, dossier, "bailleur", "ACTE_EMISSION", DETTE | {"corrige": dette})
    assert await tenu(monde, dossier, "bailleur") == (False, gate_de_seance.CORRIGE_DEPUIS)


async def test_ce_qui_fut_efface_ne_se_relit_pas_et_se_dit(monde: Monde) -> None:
    dossier = await a_l_ordre_du_jour(monde)
    assert (await figer(monde, dossier)).status_code == 201
    await monde.effacer(dossier, await titulaire(monde, dossier))
    lu = await relire(monde, dossier, "ssd")
    assert (lu.json()["conforme"], lu.json()["pourquoi"]) == (False, gate_de_seance.EFFACE_DEPUIS)
    assert "LEROY" not in lu.text
    with psycopg.connect(monde.bases.admin_url) as admin:
        requete = f"SELECT convert_from(state, 'UTF8')::jsonb FROM {SCHEMA}.dossiers_events WHERE topic = %s"  # noqa: S608 - ours
        etats = [etat for (etat,) in admin.execute(requete, ["unefois:DossierDeSeanceFige"])]
    assert len(etats) == 1 + len(SIEGES)
    for etat in etats:
        assert etat["scelle"] == []
        assert set(etat["clair"]) == {"instance", "seance", "siege", "empreinte", "revision", "registre", "position"}


async def test_sous_les_droits_d_aujourd_hui_un_role_qui_change_ne_relit_pas(monde: Monde) -> None:
    dossier = await a_l_ordre_du_jour(monde)
    assert (await figer(monde, dossier)).status_code == 201
    sien = partenaire("caf")
    with administrer(monde.bases.registre_url, PAR, SCHEMA) as registre:
        inscrire_partenaire(registre, replace(sien, role="CCAS", finalites=FINALITES["CCAS"]))
    assert await tenu(monde, dossier, "caf") == (False, gate_de_seance.AUTRE_CAUSE)
    with administrer(monde.bases.registre_url, PAR, SCHEMA) as registre:
        asseoir(registre, Membre("CLIL", A_VENIR.lieu, "caf", "deliberative", sorti_le=date(2026, 11, 1)))
    inconnu = await relire(monde, str(uuid4()), "caf")
    assert octets(await relire(monde, dossier, "caf")) == octets(inconnu)
    assert inconnu.status_code == 404


async def test_des_regles_qui_changent_se_disent(monde: Monde) -> None:
    dossier = await a_l_ordre_du_jour(monde)
    assert (await figer(monde, dossier)).status_code == 201
    lues = tables.lire()
    ferme = [ligne | {"lecture": "-"} if ligne["groupe"] == "F05" else ligne for ligne in lues.matrice["CAF"]]
    lues.matrice["CAF"] = ferme
    monde.gate.decider = Decider(EmbeddedEngine(tables.assembler(tables.modules(), lues)))
    monde.gate.plans.clear()
    assert await tenu(monde, dossier, "caf") == (False, gate_de_seance.REGLES_CHANGEES)
    assert await tenu(monde, dossier, "bailleur") == (True, None)


async def test_qui_n_a_pas_de_siege_ou_rien_de_fige_lit_ce_que_lit_un_inconnu(monde: Monde) -> None:
    dossier = await a_l_ordre_du_jour(monde)
    pas_fige, inconnu = await relire(monde, dossier, "caf"), await relire(monde, str(uuid4()), "caf")
    assert octets(pas_fige) == octets(inconnu)
    assert (await figer(monde, dossier)).status_code == 201
    for qui, agent in (("voisin", ""), ("ailleurs", ""), ("ccapex", "")):
        lus = [await relire(monde, d, qui, agent) for d in (dossier, str(uuid4()))]
        assert octets(lus[0]) == octets(lus[1]), qui
        assert lus[0].status_code in {403, 404}
    autre_seance = await relire(monde, dossier, "caf", seance=UUID(int=9))
    assert octets(autre_seance) == octets(inconnu)
    machine = await relire(monde, dossier, "caf", None)
    assert (machine.status_code, machine.json()["code"]) == (403, "AGENT_REQUIS")


FIGENT: Final[Mapping[str, tuple[int, str]]] = {
    "ssd": (403, "EVENEMENT_NON_ACCORDE"),
    "bailleur": (403, "EVENEMENT_NON_ACCORDE"),
    "ailleurs": (403, "AUTRE_COMMISSION"),
}


async def test_seul_le_secretariat_de_cette_commission_fige(monde: Monde) -> None:
    dossier = await a_l_ordre_du_jour(monde)
    for qui, attendu in FIGENT.items():
        refus = await figer(monde, dossier, qui)
        assert (refus.status_code, refus.json()["code"]) == attendu, qui
    autre = await figer(monde, dossier, seance=SEANCE)
    assert (autre.status_code, autre.json()["code"]) == (403, "AUTRE_COMMISSION")
    assert (await relire(monde, dossier, "caf")).status_code == 404


async def test_on_ne_fige_que_pour_une_seance_ouverte_ou_le_dossier_est_inscrit(monde: Monde) -> None:
    dossier = await a_l_ordre_du_jour(monde)
    ailleurs = replace(A_VENIR, id=UUID(int=0xD1))
    passee = Seance(UUID(int=0xD2), "CLIL", f"commune:{COMMUNE}", date(2026, 9, 1), date(2026, 11, 1))
    with administrer(monde.bases.registre_url, PAR, SCHEMA) as registre:
        convoquer(registre, ailleurs)
        convoquer(registre, passee)
        annuler_seance(registre, A_VENIR.id, date(2026, 11, 2))
    for id_, code in (
        (ailleurs.id, "hors_ordre_du_jour"),
        (passee.id, "seance"),
        (A_VENIR.id, "seance"),
        (UUID(int=0xD9), "seance"),
    ):
        refus = await figer(monde, dossier, seance=id_)
        assert refus.status_code == 422, (code, refus.text)
        assert [(f["champ"], f["code"]) for f in refus.json()["champs"]] == [("seance", code)]
    corps: tuple[Any, ...] = ({}, {"seance": "nulle"}, {"seance": str(A_VENIR.id), "autre": 1}, b"{", [])
    for illisible in corps:
        refus = await monde.post(f"/v1/dossiers/{dossier}/dossiers-de-seance", *EN_CLIL, illisible)
        assert refus.status_code in {400, 422}, illisible


async def test_envoyee_deux_fois_une_demande_fige_une_fois(monde: Monde) -> None:
    dossier = await a_l_ordre_du_jour(monde)
    entetes = {"Idempotency-Key": "la-meme"}
    recus = [await figer(monde, dossier, headers=entetes) for _ in range(2)]
    assert recus[0].json() == recus[1].json()
    assert [recu.status_code for recu in recus] == [201, 201]
    lu = (await monde.get(f"/v1/dossiers/{dossier}", *EN_CLIL)).json()
    assert [f["type"] for f in lu["faits"]].count("DossierDeSeanceFige") == 1 + len(SIEGES)


async def test_figer_de_nouveau_ne_dit_rien_de_ce_qui_fut_tu_entre_temps(monde: Monde) -> None:
    """Two digests of one seat differ whatever was told between them: what moved for it is not to be told."""
    dossier = await a_l_ordre_du_jour(monde)
    empreintes: dict[str, list[str]] = {qui: [] for qui in SIEGES}
    for _ in range(2):
        assert (await figer(monde, dossier)).status_code == 201
        for qui in SIEGES:
            lu = (await relire(monde, dossier, qui)).json()
            assert lu["conforme"] is True
            empreintes[qui].append(lu["empreinte"])
    assert all(len(set(dites)) == 2 for dites in empreintes.values())


async def test_rien_ne_s_ouvre_avant_sa_ligne(monde: Monde, compter: Callable[[str, int], None]) -> None:
    dossier = await a_l_ordre_du_jour(monde)
    with compter_le_travail() as prendre:
        [avant] = await monde.journal(1)
        assert (await figer(monde, dossier)).status_code == 201
        travail = prendre()
        assert travail.descelles > 0
        assert travail.trop_tot == 0
        assert (await relire(monde, dossier, "caf")).status_code == 200
        assert prendre().trop_tot == 0
    lignes = [x for x in await monde.journal(20) if x["position"] > avant["position"]]
    figees = {x["motif"]: x for x in lignes if x["action"] == "figer" and x["motif"]}
    assert set(figees) == {f"siege {qui}" for qui in ("clil", *SIEGES)}
    assert {x["organisation"] for x in figees.values()} == {"clil"}
    assert "F06" in figees["siege clil"]["groupes_montres"]
    assert "F06" in figees["siege bailleur"]["groupes_retenus"]
    assert json.dumps([str(x["dossier"]) for x in figees.values()]).count(dossier) == len(figees)
    compter("sièges dont le dossier de séance se fige et se relit", len(figees))


@pytest.mark.parametrize("params", [{"apres": str(UUID(int=4))}, {"apres": "x"}, {"limite": 1}])
async def test_un_curseur_qui_ne_nomme_rien_est_refuse(monde: Monde, params: dict[str, Any]) -> None:
    dossier = await a_l_ordre_du_jour(monde)
    assert (await figer(monde, dossier)).status_code == 201
    assert (await relire(monde, dossier, "caf", params=params)).status_code == 400

"""What is kept between two reads: bounded in bytes, true as long as nothing moves that it was made of."""

import tracemalloc
from typing import Any
from uuid import UUID

from adapters.demo.departement import siret
from adapters.gate import consulter
from adapters.gate.acces import Declaration, admettre
from adapters.gate.contexte import Acces, Trace
from adapters.registre.administration import administrer, inscrire_partenaire
from adapters.registre.instantane import Partenaire
from policies.decision import Action
from tests.bases import SCHEMA
from tests.monde import AGENTS, BAILLEUR, FINALITES, PAR, Monde, evenement
from tests.rest.recit import raconter


def inscrire(monde: Monde, code: str, nom: str, numero: str, *portefeuille: str) -> None:
    with administrer(monde.bases.registre_url, PAR, SCHEMA) as registre:
        inscrire_partenaire(
            registre,
            Partenaire(code, numero, nom, "BAILLEUR_SOCIAL", FINALITES["BAILLEUR_SOCIAL"], "aucun", (), portefeuille),
        )


def plans(monde: Monde) -> list[Any]:
    return [garde.plan for garde, _ in monde.gate.plans._kept.values()]


async def lire(monde: Monde, dossier: str, qui: str = "bailleur", finalite: str = "ACTE_EMISSION") -> Any:
    lu = await monde.get(f"/v1/dossiers/{dossier}", qui, finalite)
    assert lu.status_code == 200, lu.text
    return lu.json()


async def test_d_un_dossier_ecrit_et_lu_tour_a_tour_un_seul_plan_est_garde(monde: Monde) -> None:
    dossier = await monde.ouvrir()
    for rang in range(30):
        dette = evenement("DetteDeclaree", montant=rang, arretee_au="2026-10-01")
        assert (await monde.contribuer(dossier, "bailleur", "ACTE_EMISSION", dette)).status_code == 201
        assert (await lire(monde, dossier))["faits"][-1]["champs"]["montant"] == rang
    assert len(plans(monde)) == 1
    [plan] = plans(monde)
    assert monde.gate.plans.bytes == plan.octets


async def test_ce_que_le_registre_change_ailleurs_ne_refait_aucun_plan(monde: Monde) -> None:
    dossier = await monde.ouvrir()
    avant = await lire(monde, dossier)
    [plan] = plans(monde)
    inscrire(monde, "nouveau", "Un nouveau bailleur", siret(900))
    assert await lire(monde, dossier) == avant
    assert plans(monde)[0] is plan


async def test_un_nom_qui_change_au_registre_change_ce_qui_est_lu(monde: Monde) -> None:
    dossier = await monde.ouvrir()
    await lire(monde, dossier)
    await lire(monde, dossier, "ccapex", "CCAPEX_ADMINISTRATIVE")
    inscrire(monde, "bailleur", "OPH RENOMMÉ", BAILLEUR, BAILLEUR)
    for qui, finalite in (("bailleur", "ACTE_EMISSION"), ("ccapex", "CCAPEX_ADMINISTRATIVE")):
        lus = await lire(monde, dossier, qui, finalite)
        assert {fait["auteur"]["organisation"] for fait in lus["faits"]} == {"OPH RENOMMÉ"}


async def test_un_agent_qui_n_est_pas_au_registre_ne_laisse_rien(monde: Monde) -> None:
    dossier = await monde.ouvrir()
    await lire(monde, dossier)
    gardes = monde.gate.plans.bytes
    assert gardes > 0
    for rang in range(20):
        nomme = {"Agent": f"{rang}" + "x" * 60_000}
        lu = await monde.get(f"/v1/dossiers/{dossier}", "bailleur", "ACTE_EMISSION", agent=None, headers=nomme)
        assert lu.json()["code"] == "AGENT_INVALIDE"
    assert monde.gate.plans.bytes == gardes


async def test_un_plan_ne_tient_pas_plus_de_memoire_qu_il_n_en_compte(monde: Monde) -> None:
    dossier = UUID(await raconter(monde))
    acces = await admis(monde, "ccapex", "CCAPEX_ADMINISTRATIVE")
    lecture = await monde.gate.ledger.consulter(dossier)
    await consulter.lire(monde.gate, acces, dossier)
    monde.gate.plans.clear()
    tracemalloc.start()
    try:
        avant, _ = tracemalloc.get_traced_memory()
        await consulter.lire(monde.gate, acces, dossier)
        apres, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    [plan] = plans(monde)
    assert lecture is not None
    assert len(plan.rangs) > 20
    assert apres - avant < plan.octets


async def admis(monde: Monde, qui: str, finalite: str) -> Acces:
    return await admettre(
        monde.gate, monde.jeton(qui, AGENTS[qui]), Declaration(finalite), Action.LIRE, Trace("0" * 32)
    )

"""Once only: what is known before the household is asked, what was exchanged about it, what it was spared."""

from collections import Counter
from collections.abc import Mapping
from datetime import date
from typing import Any, Final
from uuid import UUID, uuid4

import pytest

from adapters.gate.deja_connu import DONNEES_DEMANDEES, groupes_de
from adapters.registre.administration import administrer, confirmer_mandat
from adapters.registre.instantane import Mandat
from ledger.droit.donnees import historique
from ledger.droit.repondants import historique as qui_repond
from ledger.errors import JournalIndisponible
from policies import tables
from policies.decision import GROUPES
from tests.bases import SCHEMA
from tests.monde import AGENTS, PAR, Monde, evenement
from tests.rest.recit import raconter
from tests.rest.test_regles import inscrire

AIDE: Final = str(uuid4())
INSTRUIRE: Final = f"AIDE_INSTRUCTION; demande={AIDE}"
Reponse = Mapping[str, Any]


async def demander(
    monde: Monde, dossier: str, qui: str, finalite: str, *donnees: str, statut: int = 200, **plus: Any
) -> dict[str, Reponse]:
    agent = "" if qui in AGENTS else "agent-1"
    corps = {"donnees": list(donnees), **plus}
    recu = await monde.post(f"/v1/dossiers/{dossier}/deja-connu", qui, finalite, corps, agent)
    assert recu.status_code == statut, recu.text
    return {d["donnee"]: d for d in recu.json()["donnees"]} if statut == 200 else {}


@pytest.fixture
async def instruit(monde: Monde) -> str:
    """A household that asks the FSL for help: the social service makes the request, which the FSL instructs."""
    dossier = await monde.ouvrir()
    inscrire(monde, "fsl", "CD_FSL", territoire="departement")
    dits = (
        ("bailleur", "ACTE_EMISSION", evenement("DetteDeclaree", montant=224770, arretee_au="2026-10-15")),
        ("ssd", "ACCOMPAGNEMENT", evenement("BudgetDeclare", "2026-01-15", ressources=142000, reste_a_vivre=44000)),
        ("ssd", "ACCOMPAGNEMENT", evenement("AideFinanciereInstruite", aide=AIDE, dispositif="FSL_MAINTIEN",
                                            etape="DEMANDEE", instructeur="fsl")),
    )  # fmt: skip
    for qui, finalite, fait in dits:
        recu = await monde.contribuer(dossier, qui, finalite, fait)
        assert recu.status_code == 201, recu.text
    return dossier


async def test_connue_perimee_inconnue_ou_hors_de_sa_finalite(monde: Monde, instruit: str) -> None:
    dites = await demander(
        monde, instruit, "fsl", INSTRUIRE, "dette", "reste_a_vivre", "num_rg", "EvaluationSociale.texte"
    )
    assert {code: d["etat"] for code, d in dites.items()} == {
        "dette": "CONNUE",
        "reste_a_vivre": "PERIMEE",
        "num_rg": dites["num_rg"]["etat"],
        "EvaluationSociale.texte": "HORS_FINALITE",
    }
    [dette] = dites["dette"]["valeurs"]
    assert (dette["valeur"], dette["vrai_au"], dette["fraiche"], dette["contredite"]) == (
        224770,
        "2026-10-15",
        True,
        False,
    )
    assert dette["auteur"]["organisation"] == "Organisation bailleur"
    assert dites["dette"]["repondants"][0] == {
        "role": "BAILLEUR_SOCIAL",
        "texte": "Loi 89-462 art. 24 ; loi 90-449 art. 7-2",
    }
    assert dites["reste_a_vivre"]["valeurs"][0]["vrai_au"] == "2026-01-15"
    assert dites["EvaluationSociale.texte"]["motif"]["groupe"] == "F12"
    assert (await demander(monde, instruit, "fsl", INSTRUIRE, "audience"))["audience"]["valeurs"] == []


async def test_un_echange_laisse_sa_trace_que_la_personne_lit(monde: Monde, instruit: str) -> None:
    await demander(monde, instruit, "fsl", INSTRUIRE, "dette", "audience", redemandees=["dette"])
    await demander(monde, instruit, "ssd", "ACCOMPAGNEMENT", "dette")
    rien = await demander(monde, instruit, "fsl", INSTRUIRE, "audience")
    assert rien["audience"]["valeurs"] == []
    lignes = [ligne for ligne in await monde.journal() if ligne["action"] == "deja_connu"]
    assert [ligne["flux"] for ligne in lignes] == ["metier", "metier", "echange"]
    trace = lignes[-1]["echange"]
    assert trace["sources"] == ["bailleur"]
    assert trace["demande"] == AIDE
    assert trace["donnees"][0] == "dette:CONNUE"
    assert trace["donnees"][-1] == "dette:REDEMANDEE"
    assert "224770" not in str(lignes), "the journal holds no value"
    inscrire(monde, "personne", "USAGER")
    lu = await monde.get(f"/v1/dossiers/{instruit}", "ssd", "ACCOMPAGNEMENT")
    [qui] = {f["champs"]["personne"] for f in lu.json()["faits"] if f["type"] == "OccupantDeclare"}
    mandater_personne(monde, instruit, qui)
    recu = await monde.get(f"/v1/dossiers/{instruit}/echanges", "personne", "DROITS_PERSONNE", "agent-1")
    assert recu.status_code == 200, recu.text
    [echange] = recu.json()["echanges"]
    assert {nom: echange[nom] for nom in ("organisation", "role", "finalite", "demande", "donnees", "sources")} == {
        "organisation": "Organisation fsl",
        "role": "CD_FSL",
        "finalite": "AIDE_INSTRUCTION",
        "demande": AIDE,
        "donnees": ["dette locative"],
        "sources": ["Organisation bailleur"],
    }
    assert "agent" not in str(echange), "the organisation, and nobody by name"


def mandater_personne(monde: Monde, dossier: str, qui: str) -> None:
    with administrer(monde.bases.registre_url, PAR, SCHEMA) as registre:
        du, au = date(2026, 1, 1), date(2026, 12, 31)
        confirmer_mandat(registre, Mandat("personne", UUID(dossier), "instructrice", du, au, personne=UUID(qui)))


@pytest.mark.parametrize(
    ("qui", "finalite"), [("ssd", "ACCOMPAGNEMENT"), ("ccapex", "CCAPEX_ADMINISTRATIVE"), ("bailleur", "ACTE_EMISSION")]
)
async def test_les_echanges_ne_se_lisent_qu_au_titre_des_droits(monde: Monde, qui: str, finalite: str) -> None:
    dossier = await raconter(monde)
    recu = await monde.get(f"/v1/dossiers/{dossier}/echanges", qui, finalite)
    assert recu.status_code == 403
    inconnu = await monde.get(f"/v1/dossiers/{uuid4()}/echanges", qui, finalite)
    assert inconnu.status_code == 404


async def test_sans_trace_rien_n_est_dit(monde: Monde, instruit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The row of the exchange is durable before the answer leaves: without it, nothing leaves."""
    inscrire_, appels = monde.gate.ledger.journal.inscrire, iter(range(100))

    async def coupe(*lignes: Any) -> None:
        if next(appels):  # the first is the read's own
            raise JournalIndisponible("coupé")
        await inscrire_(*lignes)

    monkeypatch.setattr(monde.gate.ledger.journal, "inscrire", coupe)
    recu = await monde.post(f"/v1/dossiers/{instruit}/deja-connu", "fsl", INSTRUIRE, {"donnees": ["dette"]}, "agent-1")
    assert recu.status_code == 503
    assert "224770" not in recu.text


@pytest.mark.parametrize(
    ("corps", "champ"),
    [
        ({"donnees": []}, "donnees"),
        ({"donnees": ["dette"] * (DONNEES_DEMANDEES + 1)}, "donnees"),
        ({"donnees": ["dette", "dettes"]}, "donnees.1"),
        ({"donnees": ["DetteDeclaree.rien"]}, "donnees.0"),
        ({"donnees": ["dette"], "redemandees": ["loyer"]}, "redemandees.0"),
        ({}, "donnees"),
    ],
)
async def test_ce_qui_ne_se_demande_pas(monde: Monde, instruit: str, corps: dict[str, Any], champ: str) -> None:
    recu = await monde.post(f"/v1/dossiers/{instruit}/deja-connu", "ssd", "ACCOMPAGNEMENT", corps)
    assert (recu.status_code, recu.json()["champs"][0]["champ"]) == (422, champ), recu.text


async def test_le_compteur_fait_la_somme_des_questions(monde: Monde, instruit: str) -> None:
    attendus: Counter[tuple[str, str, str]] = Counter()
    for tour in range(7):
        for qui, finalite in (("fsl", INSTRUIRE), ("ssd", "ACCOMPAGNEMENT")):
            redemandees = ["dette"] if tour % 3 == 0 else []
            dites = await demander(monde, instruit, qui, finalite, "dette", "audience", redemandees=redemandees)
            for code, dite in dites.items():
                attendus[qui, code, "demandees"] += 1
                if dite["etat"] == "CONNUE":
                    attendus[qui, code, "redemandees" if code in redemandees else "epargnees"] += 1
    recu = await monde.get("/v1/compteur", "ccapex", "STATISTIQUE", params={"au": "2099-12-31"})
    assert recu.status_code == 200, recu.text
    noms = ("demandees", "epargnees", "redemandees")
    comptees = {(c["partenaire"], c["donnee"], nom): c[nom] for c in recu.json()["lignes"] for nom in noms}
    assert {cle: n for cle, n in comptees.items() if n} == dict(attendus)
    assert str(instruit) not in recu.text


def test_qui_repond_est_du_registre_et_ce_qu_on_lui_demande_est_nomme() -> None:
    roles = {ligne["code"] for ligne in tables.lire().roles}
    nommees = {d.donnee for d in historique()}
    rangees = qui_repond()
    assert len(rangees) > 20
    for rangee in rangees:
        assert rangee.role in roles, rangee
        assert rangee.donnee in nommees, rangee
        assert rangee.legal_ref, rangee
    assert all(groupes_de(donnee) <= set(GROUPES) for donnee in nommees)
    assert all(groupes_de(donnee) for donnee in nommees)

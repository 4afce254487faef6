"""Who acts: a person who proves it, one whom a machine names, or a machine alone; what each opens."""

from typing import Any, Final
from uuid import uuid4

import httpx2 as httpx
import pytest
from joserfc import jwt

from adapters.registre.administration import administrer, revoquer, suspendre_partenaire
from tests.bases import AUJOURD_HUI, SCHEMA
from tests.monde import AGENTS, PAR, TOUTES, Monde, evenement, ouverture

LECTURES: Final = (
    ("GET", "/v1/dossiers/{}", ("ssd", "ACCOMPAGNEMENT")),
    ("GET", "/v1/dossiers/{}/historique", ("ssd", "ACCOMPAGNEMENT")),
    ("GET", "/v1/dossiers/{}/emissions", ("ssd", "ACCOMPAGNEMENT")),
    ("GET", "/v1/vues/ccapex/{}", ("ccapex", "CCAPEX_ADMINISTRATIVE")),
    ("GET", "/v1/vues/ccapex", ("ccapex", "CCAPEX_ADMINISTRATIVE")),
    ("POST", "/v1/dossiers/recherche", ("ssd", "ACCOMPAGNEMENT")),
    ("GET", "/v1/journal", ("dpo", "CONTROLE")),
)
IDENTITE: Final = {"nom": "LEROY", "prenoms": "Fatou", "date_naissance": "1955-04-24"}
RESPONSABLE: Final = ("responsable", "DROITS_PERSONNE")
URN: Final = "urn:ietf:params:oauth"


@pytest.fixture
async def dossier(monde: Monde) -> str:
    """A case that the étude and the social service may read."""
    return await monde.ouvrir()


async def titulaire(monde: Monde, dossier: str) -> str:
    """Who holds the lease, as the instructeur reads it."""
    lu = (await monde.get(f"/v1/vues/ccapex/{dossier}", "ccapex", "CCAPEX_ADMINISTRATIVE")).json()
    [personne] = [f["champs"]["personne"] for f in lu["faits"] if f["type"] == "OccupantDeclare"]
    return str(personne)


async def en_machine(
    monde: Monde, methode: str, chemin: str, qui: tuple[str, str], agent: str | None = None, corps: Any = None
) -> httpx.Response:
    """A machine's request at a partner and a purpose, that names an agent in its header or nobody."""
    entetes = monde.entetes(*qui, None) | ({"Agent": agent} if agent else {})
    entetes["Idempotency-Key"] = str(uuid4())
    return await monde.client.request(methode, chemin, headers=entetes, json=corps)


async def test_regle_24_lire_et_chercher_demandent_un_agent_nomme(monde: Monde, dossier: str) -> None:
    for methode, chemin, qui in LECTURES:
        corps = IDENTITE if methode == "POST" else None
        for agent, code in ((None, "AGENT_REQUIS"), ("jamais-vu", "AGENT_INVALIDE")):
            refus = await en_machine(monde, methode, chemin.format(dossier), qui, agent, corps)
            assert (refus.status_code, refus.json()["code"]) == (403, code), chemin
            [ligne] = await monde.journal(1)
            assert (ligne["organisation"], ligne["issue"], ligne["motif"]) == (qui[0], "refuse", code)
        lu = await en_machine(monde, methode, chemin.format(dossier), qui, AGENTS[qui[0]], corps)
        assert lu.status_code == 200, (chemin, lu.text)


async def test_regle_24_une_machine_seule_dit_les_actes_de_son_organisme_et_lit_les_listes(
    monde: Monde, dossier: str
) -> None:
    for chemin in ("/v1/moi", "/v1/nomenclatures", "/v1/erreurs"):
        assert (await en_machine(monde, "GET", chemin, ("etude", "ACTE_EMISSION"))).status_code == 200
    ouvert = await en_machine(monde, "POST", "/v1/dossiers", ("etude", "ACTE_EMISSION"), None, ouverture())
    assert (ouvert.status_code, ouvert.json()["dossier"]) == (201, dossier)
    acte = evenement("CommandementPayerSignifie", dette=120_000, ref_acte="A-1")
    chemin = f"/v1/dossiers/{dossier}/interventions"
    dit = await en_machine(monde, "POST", chemin, ("etude", "ACTE_EMISSION"), None, {"evenements": [acte]})
    assert dit.status_code == 201, dit.text


async def test_regle_24_ce_qui_vaut_moins_que_l_agent_ne_vaut_pas_plus_sans_lui(monde: Monde, dossier: str) -> None:
    """An agent who was revoked is not read for by leaving its name out."""
    with administrer(monde.bases.registre_url, PAR, SCHEMA) as registre:
        revoquer(registre, "ssd", "assistante", AUJOURD_HUI)
    for agent in ("assistante", None):
        refus = await en_machine(monde, "GET", f"/v1/dossiers/{dossier}", ("ssd", "ACCOMPAGNEMENT"), agent)
        assert refus.status_code == 403


async def test_regle_24_un_jeton_valable_et_refuse_l_est_sous_son_organisme(monde: Monde) -> None:
    contraire = {**monde.entetes("bailleur", "ACTE_EMISSION"), "Agent": "contentieux-2"}
    refus = await monde.client.get("/v1/moi", headers=contraire)
    [ligne] = await monde.journal(1)
    assert (refus.status_code, refus.json()["code"], ligne["motif"]) == (401, *["agent_contradictoire"] * 2)
    assert (ligne["organisation"], ligne["agent"], ligne["role"]) == ("bailleur", "contentieux", "BAILLEUR_SOCIAL")
    with administrer(monde.bases.registre_url, PAR, SCHEMA) as registre:
        suspendre_partenaire(registre, "voisin", AUJOURD_HUI)
    for agent, nom in ((None, ""), ("voisine", "voisine"), ("1550424930081", "")):  # what is no agent is not written
        refus = await monde.client.get("/v1/moi", headers=monde.entetes("voisin", "ACTE_EMISSION", agent))
        [ligne] = await monde.journal(1)
        assert (refus.status_code, refus.json()["code"]) == (401, "partenaire_inconnu")
        assert (ligne["organisation"], ligne["agent"], ligne["motif"]) == ("voisin", nom, "partenaire_inconnu")


async def test_regle_38_l_en_tete_d_une_machine_n_ouvre_pas_s3(monde: Monde, dossier: str) -> None:
    suivi = evenement("AccompagnementOuvert", intervention=str(uuid4()), mesure="ASLL")
    acte: dict[str, Any] = {
        "acte": str(uuid4()),
        "personnes": [await titulaire(monde, dossier)],
        "texte": "Suivi engagé.",
    }
    for dit in (suivi, evenement("EvaluationSociale", **acte)):
        recu = await monde.contribuer(dossier, "ssd", "ACCOMPAGNEMENT", dit)
        assert recu.status_code == 201, recu.text
    chemin = f"/v1/dossiers/{dossier}"
    nomme = (await en_machine(monde, "GET", chemin, ("ssd", "ACCOMPAGNEMENT"), "assistante")).json()
    fermes = {g["groupe"]: g["motif"] for g in nomme["non_communique"]}
    assert {fermes[groupe] for groupe in ("F12", "F13", "F15")} == {monde.gate.motifs["JETON_PERSONNEL_REQUIS"]}
    assert "EvaluationSociale" not in {f["type"] for f in nomme["faits"]}
    prouve = (await monde.get(chemin, "ssd", "ACCOMPAGNEMENT")).json()
    assert {"F12", "F13", "F15"} <= {g["groupe"] for g in prouve["communique"]}
    assert "EvaluationSociale" in {f["type"] for f in prouve["faits"]}


async def test_regle_38_deux_personnes_effacent_et_non_deux_en_tetes(monde: Monde, dossier: str) -> None:
    personne = await titulaire(monde, dossier)
    avant = len(await monde.journal(1000))
    chemin, corps = "/v1/droits/effacement", {"dossier": dossier, "personne": personne}
    for agent, code in (("directrice", "JETON_PERSONNEL_REQUIS"), (None, "AGENT_REQUIS")):
        refus = await en_machine(monde, "POST", chemin, RESPONSABLE, agent, corps)
        assert (refus.status_code, refus.json()["code"]) == (403, code)
    demande = await monde.post(chemin, "responsable", "DROITS_PERSONNE", corps)
    chemin += "/" + demande.json()["effacement"]
    await monde.post(f"{chemin}/avis", "dpo", "DROITS_PERSONNE", {"dossier": dossier, "avis": "FAVORABLE"})
    decision = {"dossier": dossier, "sens": "ACCORDE"}
    refus = await en_machine(monde, "POST", f"{chemin}/decision", RESPONSABLE, "directrice", decision)
    assert refus.json()["code"] == "JETON_PERSONNEL_REQUIS"
    decide = await monde.post(f"{chemin}/decision", "responsable", "DROITS_PERSONNE", decision)
    execution = {"dossier": dossier, "decision": decide.json()["decision"]}
    refus = await en_machine(monde, "POST", f"{chemin}/execution", RESPONSABLE, "directrice-2", execution)
    assert refus.json()["code"] == "JETON_PERSONNEL_REQUIS"
    fait = await monde.post(f"{chemin}/execution", "responsable", "DROITS_PERSONNE", execution, "directrice-2")
    assert fait.status_code == 201, fait.text
    refusees = [ligne for ligne in (await monde.journal(1000))[:-avant] if ligne["issue"] == "refuse"]
    assert {ligne["motif"] for ligne in refusees} == {"JETON_PERSONNEL_REQUIS", "AGENT_REQUIS"}


@pytest.fixture
def demande(monde: Monde) -> dict[str, str]:
    """A token exchange of the social service's machine, for the person who signed in at its software."""
    return {
        "grant_type": f"{URN}:grant-type:token-exchange",
        "subject_token": monde.demo.identite("assistante", "client-ssd"),
        "subject_token_type": f"{URN}:token-type:id_token",
        "actor_token": monde.jeton("ssd"),
        "actor_token_type": f"{URN}:token-type:access_token",
    }


async def test_regle_38_un_echange_de_jeton_lie_la_personne(monde: Monde, demande: dict[str, str]) -> None:
    recu = await monde.client.post("/demo/jeton", data=demande)
    assert (recu.status_code, recu.headers["cache-control"]) == (200, "no-store")
    assert recu.json() | {"access_token": ""} == {
        "access_token": "",
        "issued_token_type": f"{URN}:token-type:access_token",
        "token_type": "Bearer",
        "expires_in": 600,
    }
    dites = jwt.decode(recu.json()["access_token"], monde.demo._cle, algorithms=["Ed25519"]).claims
    assert (dites["agent"], dites["act"], dites["aud"]) == ("assistante", {"sub": "client-ssd"}, "unefois")
    assert dites["exp"] - dites["iat"] == 600
    entetes = {"Authorization": f"Bearer {recu.json()['access_token']}", "Finalite": "ACCOMPAGNEMENT"}
    lu = await monde.client.get(f"/v1/dossiers/{await monde.ouvrir()}", headers=entetes)
    assert "F12" not in {g["groupe"] for g in lu.json()["non_communique"] if "jeton" in g["motif"]}


async def test_regle_38_un_echange_ne_lie_que_qui_prouve(monde: Monde, demande: dict[str, str]) -> None:
    demo = monde.demo
    faux = {
        "autre grant": {"grant_type": "client_credentials"},
        "sans machine": {"actor_token": ""},
        "sans personne": {"subject_token": ""},
        "personne connectée chez un autre": {"subject_token": demo.identite("assistante", "client-caf")},
        "personne qui ne l'est plus": {"subject_token": demo.identite("assistante", "client-ssd", -60)},
        "un jeton d'accès pour identité": {"subject_token": monde.jeton("ssd", "assistante")},
        "identité d'un autre émetteur": {"subject_token": type(demo)().identite("assistante", "client-ssd")},
        "une personne pour machine": {"actor_token": monde.jeton("ssd", "assistante")},
        "autre genre de jeton": {"subject_token_type": f"{URN}:token-type:jwt"},
    }
    for quoi, change in faux.items():
        refus = await monde.client.post("/demo/jeton", data=demande | change)
        assert (refus.status_code, refus.json()["error"]) == (400, "invalid_request"), quoi
        assert (await monde.journal(1))[0]["action"] == "entrer", quoi
    # The issuer says who acts for the person: a token that names another actor than its client is nobody's.
    for acte in ({"sub": "client-caf"}, {}, "client-ssd"):
        dits = {"organisation": "ssd", "client_id": "client-ssd", "finalites": list(TOUTES), "agent": "assistante"}
        jeton = demo._signer(demo.AUDIENCE, 60, dits | {"act": acte}, "at+jwt")
        refus = await monde.client.get("/v1/moi", headers={"Authorization": f"Bearer {jeton}"})
        assert (refus.status_code, refus.json()["code"]) == (401, "revendications")

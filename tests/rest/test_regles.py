"""The rules of access, each attacked through the API: `test_regle_NN` shows rule NN, and its neighbours of a kind."""

from datetime import date
from typing import Any, Final
from uuid import UUID, uuid4

import pytest

from adapters.demo.departement import siret
from adapters.registre.administration import (
    administrer,
    asseoir,
    confirmer_mandat,
    habiliter,
    inscrire_partenaire,
    rattacher_client,
)
from adapters.registre.instantane import Mandat, Membre, Partenaire
from tests.bases import SCHEMA
from tests.monde import BAILLEUR, FINALITES, PAR, SEANCE, SEANCE_LE, Monde, evenement, habilitation
from tests.rest.recit import titulaire

DETTE: Final = evenement("DetteDeclaree", montant=224770, arretee_au="2026-09-30")

HORS_FINALITE: Final[tuple[tuple[str, str, dict[str, Any]], ...]] = (
    ("caf", "COORDINATION_CONTACTS", DETTE),
    ("caf", "COORDINATION_CONTACTS", evenement("AideLogementConstatee", etat="VERSEE")),
    ("caf", "COORDINATION_CONTACTS", evenement("CcapexSaisie", saisissant="CAF")),
    ("ssd", "COORDINATION_CONTACTS", evenement("BudgetDeclare", ressources=142000)),
    ("ssd", "COORDINATION_CONTACTS", evenement("MenageDeclare", nb_adultes=2)),
    ("bailleur", "ACTE_EMISSION", evenement("RelogementAvance", dispositif="MUTATION", etape="DEPOSE")),
)


@pytest.mark.parametrize(("qui", "finalite", "dit"), HORS_FINALITE)
async def test_regle_32_une_finalite_n_ecrit_pas_ce_qu_elle_n_ouvre_pas(
    monde: Monde, qui: str, finalite: str, dit: dict[str, Any]
) -> None:
    dossier = await monde.ouvrir()
    refus = await monde.contribuer(dossier, qui, finalite, dit)
    assert (refus.status_code, refus.json()["code"]) == (403, "EVENEMENT_NON_ACCORDE"), refus.text


async def test_regle_32_un_champ_d_un_groupe_ferme_non_plus(monde: Monde) -> None:
    """The event is of a group that the purpose opens, and one of its fields is not."""
    dossier = await monde.ouvrir()
    qui_vit = evenement("OccupantDeclare", personne="0199f1e2-7b1a-7000-8000-000000000001", nom="DIALLO")
    avec = {**qui_vit, "donnees": qui_vit["donnees"] | {"vit_habituellement": True}}
    refus = await monde.contribuer(dossier, "ssd", "COORDINATION_CONTACTS", avec)
    assert (refus.status_code, refus.json()["code"]) == (403, "HORS_FINALITE"), refus.text
    assert (await monde.contribuer(dossier, "ssd", "COORDINATION_CONTACTS", qui_vit)).status_code == 201


async def test_regle_32_ce_qui_s_ecrit_se_relit(monde: Monde) -> None:
    """The CAF signals arrears as an act, reads its own back, and nothing of the others."""
    dossier = await monde.ouvrir()
    assert (await monde.contribuer(dossier, "bailleur", "ACTE_EMISSION", DETTE)).status_code == 201
    assert (await monde.contribuer(dossier, "caf", "ACTE_EMISSION", DETTE)).status_code == 404
    contact = evenement("ContactTente", canal="APPEL", resultat="ABSENT")
    assert (await monde.contribuer(dossier, "caf", "COORDINATION_CONTACTS", contact)).status_code == 201
    aide = evenement("AideLogementConstatee", etat="SUSPENDUE")
    assert (await monde.contribuer(dossier, "caf", "ACTE_EMISSION", DETTE, aide)).status_code == 201
    lu = (await monde.get(f"/v1/dossiers/{dossier}", "caf", "ACTE_EMISSION")).json()
    assert [f["type"] for f in lu["faits"]] == ["ContactTente", "DetteDeclaree", "AideLogementConstatee"]
    assert {f["auteur"]["organisation"] for f in lu["faits"]} == {"Organisation caf"}


async def test_regle_32_ce_qu_un_service_observe_se_dit_sous_une_rubrique_du_diagnostic(monde: Monde) -> None:
    """Neither of its purposes opens what is noted on an act, which would reach the instructeur and not the landlord."""
    dossier = await monde.ouvrir()
    await monde.ouvrir("etude")
    assigne = evenement("AssignationSignifiee", etude_siret="99920707900180", date_audience="2027-01-12")
    assert (await monde.contribuer(dossier, "etude", "ACTE_EMISSION", assigne)).status_code == 201
    for rang, finalite in enumerate(("ACCOMPAGNEMENT", "DSF")):
        note = evenement("DiagnosticTransmis", observations="occupant absent")
        refus = await monde.contribuer(dossier, "ssd", finalite, note)
        assert (refus.status_code, refus.json()["code"]) == (403, "HORS_FINALITE"), refus.text
        observe = evenement("DiagnosticTransmis", preconisations=f"délais, locataire présent {rang}")
        assert (await monde.contribuer(dossier, "ssd", finalite, observe)).status_code == 201
        for qui, recoit in (("bailleur", "ACTE_RECEPTION"), ("ccapex", "CCAPEX_ADMINISTRATIVE")):
            lu = await monde.get(f"/v1/dossiers/{dossier}", qui, recoit)
            assert (f"locataire présent {rang}" in lu.text) is (qui == "bailleur"), (qui, recoit)


CONJOINTE: Final = str(uuid4())
DU, AU = date(2026, 1, 1), date(2026, 12, 31)
ACCOMPAGNEMENT: Final = "ACCOMPAGNEMENT"


async def dire(
    monde: Monde,
    dossier: str,
    qui: str,
    finalite: str,
    *faits: dict[str, Any],
    informe: bool = False,
    agent: str | None = "",
) -> None:
    """Tell these facts; ``informe``: the household was told that they are collected."""
    corps = {"evenements": list(faits)} | ({"information_menage": "2026-10-15"} if informe else {})
    recu = await monde.post(f"/v1/dossiers/{dossier}/interventions", qui, finalite, corps, agent)
    assert recu.status_code == 201, recu.text


async def types(monde: Monde, dossier: str, qui: str, finalite: str, agent: str | None = "") -> list[str]:
    lu = await monde.get(f"/v1/dossiers/{dossier}", qui, finalite, agent)
    assert lu.status_code == 200, lu.text
    return [f["type"] for f in lu.json()["faits"]]


def inscrire(monde: Monde, code: str, role: str, **plus: Any) -> None:
    """A partner more, with two agents bound by secrecy."""
    with administrer(monde.bases.registre_url, PAR, SCHEMA) as registre:
        numero = plus.pop("siret", "" if role == "USAGER" else siret(len(code)))
        inscrire_partenaire(registre, Partenaire(code, numero, f"Organisation {code}", role, FINALITES[role], **plus))
        rattacher_client(registre, f"client-{code}", code)
        for agent in ("agent-1", "agent-2"):
            habiliter(registre, habilitation(code, agent, role, "mission"))


async def couple(monde: Monde) -> tuple[str, str]:
    """M holds the lease, F lives there; each has an account. The social service follows F, whose refuge it knows."""
    dossier = await monde.ouvrir()
    homme = await titulaire(monde, dossier)
    femme = {"personne": CONJOINTE, "nom": "DIALLO", "prenoms": "Awa", "date_naissance": "1960-01-02"}
    await dire(
        monde,
        dossier,
        "ssd",
        ACCOMPAGNEMENT,
        evenement("OccupantDeclare", qualite="CONJOINT", **femme),
        evenement("AccompagnementOuvert", intervention=str(uuid4()), mesure="SSD"),
        evenement(
            "CoordonneesDeclarees",
            personne=CONJOINTE,
            nouvelle_adresse="3 rue des Exemples",
            telephone="0611111111",
            canal_sur="NE_PAS_APPELER",
        ),
        evenement("CoordonneesDeclarees", personne=homme, telephone="0622222222"),
        evenement("BudgetDeclare", ressources=142000),
        informe=True,
    )
    await dire(
        monde,
        dossier,
        "ssd",
        ACCOMPAGNEMENT,
        evenement("MesureProtectionDeclaree", acte=str(uuid4()), personne=CONJOINTE, mesure="CURATELLE"),
        evenement("BesoinSignale", acte=str(uuid4()), besoin="VIOLENCE", fondement="RGPD_9_2_B"),
    )
    for code, personne in (("lui", homme), ("elle", CONJOINTE)):
        inscrire(monde, code, "USAGER")
        with administrer(monde.bases.registre_url, PAR, SCHEMA) as registre:
            mandat = Mandat(code, UUID(dossier), "instructrice", DU, AU, personne=UUID(personne))
            confirmer_mandat(registre, mandat)
    return dossier, homme


async def lu_par(monde: Monde, dossier: str, compte: str) -> str:
    lu = await monde.get(f"/v1/dossiers/{dossier}", compte, "DROITS_PERSONNE", "agent-1")
    assert lu.status_code == 200, lu.text
    return lu.text


async def test_regle_18_une_personne_ne_lit_ni_n_agit_pour_une_autre(monde: Monde) -> None:
    dossier, homme = await couple(monde)
    await dire(monde, dossier, "bailleur", "ACTE_EMISSION", DETTE)
    lui, elle = await lu_par(monde, dossier, "lui"), await lu_par(monde, dossier, "elle")
    assert "0622222222" in lui
    assert "0611111111" in elle
    for tu in ("0611111111", "rue des Exemples", "1960-01-02", "DIALLO", "CURATELLE", "VIOLENCE", "BudgetDeclare"):
        assert tu not in lui, tu
    assert "0622222222" not in elle
    assert "1955-04-24" not in elle
    for commun in ("DetteDeclaree", "DossierOuvert", "LEROY"):
        assert commun in lui, commun
        assert commun in elle, commun
    un_an: dict[str, Any] = {"destinataire": "bailleur", "groupes": ["F11"], "jusqu_au": "2027-01-31"}
    for fait in (
        evenement("CoordonneesDeclarees", personne=CONJOINTE, canal_sur="LIBRE"),
        evenement("AccordRecueilli", accord=str(uuid4()), personne=CONJOINTE, **un_an),
        evenement("OppositionEnregistree", portee="OPPOSITION", personne=CONJOINTE),
        evenement("OccupantParti", personne=CONJOINTE),
    ):
        refus = await monde.contribuer(dossier, "lui", "DROITS_PERSONNE", fait, agent="agent-1")
        assert (refus.status_code, refus.json()["code"]) == (403, "AUTRE_PERSONNE"), (fait, refus.text)
    effacement = {"dossier": dossier, "personne": CONJOINTE}
    refus = await monde.post("/v1/droits/effacement", "lui", "DROITS_PERSONNE", effacement, "agent-1")
    assert refus.status_code == 403, refus.text
    pour_lui = (
        evenement("CoordonneesDeclarees", personne=homme, telephone="0633333333"),
        evenement("OppositionEnregistree", portee="OPPOSITION"),
    )
    await dire(monde, dossier, "lui", "DROITS_PERSONNE", *pour_lui, agent="agent-1")
    levee = evenement("OppositionLevee", portee="OPPOSITION", personne=homme)
    refus = await monde.contribuer(dossier, "elle", "DROITS_PERSONNE", levee, agent="agent-1")
    assert refus.status_code == 403, refus.text


async def test_regle_18_qui_est_parti_ne_lit_pas_la_suite_du_menage(monde: Monde) -> None:
    dossier, homme = await couple(monde)
    await dire(monde, dossier, "bailleur", "ACTE_EMISSION", {**DETTE, "survenu_le": "2026-10-01"})
    await dire(monde, dossier, "ssd", ACCOMPAGNEMENT, evenement("OccupantParti", "2026-10-02", personne=CONJOINTE))
    await dire(monde, dossier, "bailleur", "ACTE_EMISSION", evenement("PlanApurementConclu", etape="SIGNE"))
    assert "PlanApurementConclu" in await lu_par(monde, dossier, "lui")
    elle = await lu_par(monde, dossier, "elle")
    assert "PlanApurementConclu" not in elle
    assert "0611111111" in elle
    assert homme not in elle.replace("DossierOuvert", "") or "1955-04-24" not in elle


async def test_regle_19_violence_et_canal_sur_sont_au_service_qui_les_a_appris(monde: Monde) -> None:
    dossier, homme = await couple(monde)
    accord: dict[str, Any] = {
        "destinataire": "comex",
        "groupes": ["F13", "F02b"],
        "jusqu_au": "2026-12-31",
        "personne": homme,
    }
    await dire(monde, dossier, "ssd", ACCOMPAGNEMENT, evenement("AccordRecueilli", accord=str(uuid4()), **accord))
    assert "VIOLENCE" in (await monde.get(f"/v1/dossiers/{dossier}", "ssd", ACCOMPAGNEMENT)).text
    await dire(monde, dossier, "ccapex", "CCAPEX_ADMINISTRATIVE", evenement("CcapexSaisie", "2026-10-12"))
    await monde.proposer(dossier)
    for qui, finalite in (
        ("ccapex", "CCAPEX_ADMINISTRATIVE"),
        ("ccapex", "CCAPEX_INSTRUCTION"),
        ("clil", "COORDINATION_CONTACTS"),
        ("caf", "COORDINATION_CONTACTS"),
        ("bailleur", "ACTE_EMISSION"),
    ):
        lu = (await monde.get(f"/v1/dossiers/{dossier}", qui, finalite)).text
        assert '"faits"' in lu, (qui, finalite)
        for tu in ("VIOLENCE", "NE_PAS_APPELER", "rue des Exemples", "0611111111"):
            assert tu not in lu, (qui, finalite, tu)


async def test_regle_19_le_retrait_d_un_besoin_tu_l_est_aussi(monde: Monde) -> None:
    dossier, homme = await couple(monde)
    accord: dict[str, Any] = {"destinataire": "ccapex", "groupes": ["F13"], "jusqu_au": "2026-12-31", "personne": homme}
    await dire(monde, dossier, "ssd", ACCOMPAGNEMENT, evenement("AccordRecueilli", accord=str(uuid4()), **accord))
    await dire(monde, dossier, "ccapex", "CCAPEX_ADMINISTRATIVE", evenement("CcapexSaisie", "2026-10-12"))
    lu = (await monde.get(f"/v1/dossiers/{dossier}", "ssd", ACCOMPAGNEMENT)).json()
    [besoin] = [f["id"] for f in lu["faits"] if f["type"] == "BesoinSignale"]
    await dire(monde, dossier, "ssd", ACCOMPAGNEMENT, evenement("FaitCorrige", corrige=besoin, motif="dit deux fois"))
    assert "FaitCorrige" in await types(monde, dossier, "ssd", ACCOMPAGNEMENT)
    assert "FaitCorrige" not in await types(monde, dossier, "ccapex", "CCAPEX_INSTRUCTION")


async def test_regle_20_un_accord_ouvre_le_besoin_donne_avec_et_un_avis_de_ccapex_ses_codes(monde: Monde) -> None:
    dossier = await monde.ouvrir()
    personne = await titulaire(monde, dossier)
    suivi = evenement("AccompagnementOuvert", intervention=str(uuid4()), mesure="SSD")
    await dire(monde, dossier, "ssd", ACCOMPAGNEMENT, suivi, informe=True)
    for besoin, donne in (("INTERPRETE", True), ("LOGEMENT_ADAPTE", False)):
        fait: dict[str, Any] = {"acte": str(uuid4()), "besoin": besoin, "fondement": "RGPD_6_1_E", "avec_accord": donne}
        await dire(monde, dossier, "ssd", ACCOMPAGNEMENT, evenement("BesoinSignale", **fait))
    accord: dict[str, Any] = {
        "destinataire": "comex",
        "groupes": ["F13"],
        "jusqu_au": "2026-12-31",
        "personne": personne,
    }
    await dire(monde, dossier, "ssd", ACCOMPAGNEMENT, evenement("AccordRecueilli", accord=str(uuid4()), **accord))
    await dire(
        monde,
        dossier,
        "ccapex",
        "CCAPEX_ADMINISTRATIVE",
        evenement("CcapexSaisie", "2026-10-12"),
        evenement("MenageInforme", canal="COURRIER"),
        evenement("InstanceInscrite", instance="CCAPEX", seance=str(SEANCE), seance_le=SEANCE_LE.isoformat()),
    )
    lu = (await monde.get(f"/v1/dossiers/{dossier}", "ccapex", "CCAPEX_INSTRUCTION")).text
    assert "INTERPRETE" not in lu
    assert "LOGEMENT_ADAPTE" not in lu
    spontanee = {"texte": "suivi", "necessite": "délai utile", "menage_informe_le": "2026-10-15"}
    transmise = evenement(
        "InformationTransmise72", acte=str(uuid4()), besoins=["LOGEMENT_ADAPTE"], mesure="CURATELLE", **spontanee
    )
    await dire(monde, dossier, "ssd", ACCOMPAGNEMENT, transmise)
    lu = (await monde.get(f"/v1/dossiers/{dossier}", "ccapex", "CCAPEX_INSTRUCTION")).text
    assert "LOGEMENT_ADAPTE" in lu
    assert "CURATELLE" in lu
    for mots in ("any words", "interprète"):
        avis = evenement("AvisRendu", "2026-10-20", instance="CCAPEX", sens="MAINTIEN", besoins=[mots])
        assert (await monde.contribuer(dossier, "ccapex", "CCAPEX_INSTRUCTION", avis)).status_code == 422
    avis = evenement("AvisRendu", "2026-10-20", instance="CCAPEX", sens="MAINTIEN", besoins=["DELAI_POUR_ENFANT"])
    await dire(monde, dossier, "ccapex", "CCAPEX_INSTRUCTION", avis)
    await monde.ouvrir("etude")
    quitter = evenement("CommandementQuitterSignifie", "2026-10-25", etude_siret="99920707900180")
    await dire(monde, dossier, "etude", "ACTE_EMISSION", quitter)
    comex = (await monde.get(f"/v1/dossiers/{dossier}", "comex", "CFP_INSTRUCTION")).text
    assert "INTERPRETE" in comex
    assert "LOGEMENT_ADAPTE" not in comex
    assert "DELAI_POUR_ENFANT" in comex


@pytest.mark.parametrize("finalite", ["COORDINATION_CONTACTS", "DSF", ACCOMPAGNEMENT])
async def test_regle_21_ce_qui_est_dit_au_travail_social_y_reste(monde: Monde, finalite: str) -> None:
    """Whatever the purpose typed, and for no hat of the paying body, in session neither."""
    dossier = await monde.ouvrir()
    inscrire(monde, "caf-membre", "CCAPEX_MEMBRE", siret=siret(6))
    with administrer(monde.bases.registre_url, PAR, SCHEMA) as registre:
        asseoir(registre, Membre("CCAPEX", "departement", "caf-membre", "deliberative"))
    assigne = evenement("AssignationSignifiee", etude_siret="99920707900180", date_audience="2027-01-12")
    await monde.ouvrir("etude")
    await dire(monde, dossier, "etude", "ACTE_EMISSION", assigne)
    conjoint = evenement("OccupantDeclare", personne=CONJOINTE, qualite="CONJOINT", nom="DIALLO", prenoms="Awa")
    contact = evenement("ContactTente", canal="VAD", resultat="JOINT")
    await dire(monde, dossier, "ssd", finalite, conjoint, contact)
    await dire(
        monde,
        dossier,
        "ccapex",
        "CCAPEX_ADMINISTRATIVE",
        evenement("CcapexSaisie", "2026-10-12"),
        evenement("InstanceInscrite", instance="CCAPEX", seance=str(SEANCE), seance_le=SEANCE_LE.isoformat()),
    )
    for qui, a_quoi, agent in (("caf", "COORDINATION_CONTACTS", ""), ("caf-membre", "CCAPEX_INSTRUCTION", "agent-1")):
        lu = await monde.get(f"/v1/dossiers/{dossier}", qui, a_quoi, agent)
        assert lu.status_code == 200, lu.text
        assert "DIALLO" not in lu.text, qui
        assert "VAD" not in lu.text, qui
    cherche = {"nom": "DIALLO", "prenoms": "Awa", "date_naissance": "1960-01-02"}
    trouve = await monde.post("/v1/dossiers/recherche", "caf", "COORDINATION_CONTACTS", cherche)
    assert trouve.json()["dossiers"] == []


async def test_regle_22_la_ligne_d_auteur_ne_dit_pas_le_suivi(monde: Monde) -> None:
    dossier = await monde.ouvrir()
    await monde.ouvrir("etude")  # another source names the landlord
    await dire(
        monde,
        dossier,
        "ssd",
        ACCOMPAGNEMENT,
        evenement("DroitBloqueSignale", depuis="2026-06-01", droit="AL"),
        evenement("SurendettementAvance", etape="RECEVABLE"),
    )
    await dire(monde, dossier, "bailleur", "ACTE_EMISSION", evenement("MenageInforme", canal="COURRIER"))
    for chemin in (f"/v1/dossiers/{dossier}", f"/v1/dossiers/{dossier}/historique"):
        lu = await monde.get(chemin, "bailleur", "ACTE_RECEPTION")
        assert "SurendettementAvance" in lu.text
        for dit in ("Organisation ssd", "ACCOMPAGNEMENT", "CD_TRAVAILLEUR_SOCIAL"):
            assert dit not in lu.text, (chemin, dit)
        assert "un partenaire" in lu.text
    clair = await monde.get(f"/v1/dossiers/{dossier}", "ssd", ACCOMPAGNEMENT)
    assert "Organisation ssd" in clair.text


async def test_regle_25_l_evaluation_d_un_collegue_et_d_un_autre_service(monde: Monde) -> None:
    dossier = await monde.ouvrir()
    personne = await titulaire(monde, dossier)
    inscrire(monde, "ccas", "CCAS", territoire="departement")

    async def suivre(qui: str, agent: str, **plus: Any) -> str:
        intervention = str(uuid4())
        ouverte = evenement("AccompagnementOuvert", intervention=intervention, mesure="SSD")
        await dire(monde, dossier, qui, ACCOMPAGNEMENT, ouverte, agent=agent, **plus)
        return intervention

    async def evaluer(**plus: Any) -> None:
        fait = evenement("EvaluationSociale", acte=str(uuid4()), personnes=[personne], texte="reprise de lien", **plus)
        await dire(monde, dossier, "ssd", ACCOMPAGNEMENT, fait)

    async def lues(qui: str, agent: str) -> int:
        return (await types(monde, dossier, qui, ACCOMPAGNEMENT, agent)).count("EvaluationSociale")

    await suivre("ssd", "assistante")
    await evaluer()
    await suivre("ssd", "assistante-2")
    await suivre("ccas", "agent-1")
    await suivre("ccas", "agent-2")
    assert [await lues(*x) for x in (("ssd", "assistante"), ("ssd", "assistante-2"), ("ccas", "agent-1"))] == [1, 0, 0]
    await suivre("ssd", "assistante-2", informe=True)
    confirme = evenement("LienConfirme", lien=await suivre("ccas", "agent-1", informe=True))
    await dire(monde, dossier, "ccas", ACCOMPAGNEMENT, confirme, agent="agent-2")
    assert [await lues(*x) for x in (("ssd", "assistante-2"), ("ccas", "agent-1"))] == [1, 0]
    await evaluer(partage=True)
    assert [await lues(*x) for x in (("ssd", "assistante-2"), ("ccas", "agent-1"), ("ccas", "agent-2"))] == [2, 1, 0]


async def test_regle_25_une_intervention_est_dite_a_qui_suit_deja(monde: Monde) -> None:
    dossier = await monde.ouvrir()
    inscrire(monde, "siao", "SIAO", portefeuille=(BAILLEUR,))
    sienne = str(uuid4())
    suivis = ("siao", "agent-1", "RELOGEMENT", sienne), ("ssd", "", ACCOMPAGNEMENT, str(uuid4()))
    for qui, agent, finalite, intervention in suivis:
        ouverte = evenement("AccompagnementOuvert", intervention=intervention, mesure="SSD")
        await dire(monde, dossier, qui, finalite, ouverte, agent=agent)
    assert (await types(monde, dossier, "siao", "RELOGEMENT", "agent-1")).count("AccompagnementOuvert") == 1
    await dire(monde, dossier, "siao", "RELOGEMENT", evenement("LienConfirme", lien=sienne), agent="agent-2")
    assert (await types(monde, dossier, "siao", "RELOGEMENT", "agent-1")).count("AccompagnementOuvert") == 2
    assert (await types(monde, dossier, "siao", "RELOGEMENT", "agent-2")).count("AccompagnementOuvert") == 1
    assert (await types(monde, dossier, "ssd", ACCOMPAGNEMENT)).count("AccompagnementOuvert") == 2


async def test_regle_26_une_demande_est_instruite_par_un_seul_organisme(monde: Monde) -> None:
    dossier = await monde.ouvrir()
    inscrire(monde, "fsl", "CD_FSL", territoire="departement")
    aide, siens = str(uuid4()), str(uuid4())
    demandee = evenement("AideFinanciereInstruite", aide=aide, dispositif="FSL_MAINTIEN", etape="DEMANDEE")
    demandee["donnees"]["instructeur"] = "fsl"
    sienne = evenement("AideFinanciereInstruite", aide=siens, dispositif="FSL_MAINTIEN", etape="DEMANDEE")
    await dire(monde, dossier, "ssd", ACCOMPAGNEMENT, demandee, sienne)
    for qui, agent, demande, statut in (
        ("fsl", "agent-1", aide, 200),
        ("fsl", "agent-1", siens, 403),
        ("caf", "", aide, 403),
    ):
        lu = await monde.get(f"/v1/dossiers/{dossier}", qui, f"AIDE_INSTRUCTION; demande={demande}", agent)
        assert lu.status_code == statut, (qui, demande, lu.text)
    reprise = evenement("AideFinanciereInstruite", aide=aide, dispositif="FSL_MAINTIEN", etape="ACCORDEE")
    prise = await monde.contribuer(dossier, "caf", f"AIDE_INSTRUCTION; demande={aide}", reprise)
    assert prise.status_code == 403, prise.text
    lu = await monde.get(f"/v1/dossiers/{dossier}", "caf", f"AIDE_INSTRUCTION; demande={aide}")
    assert lu.status_code == 403


async def test_regle_27_un_accord_ne_se_recueille_pas_pour_soi(monde: Monde) -> None:
    dossier = await monde.ouvrir()
    personne = await titulaire(monde, dossier)
    inscrire(monde, "ssd-bailleur", "BAILLEUR_SOCIAL_SERVICE_SOCIAL", siret=BAILLEUR, portefeuille=(BAILLEUR,))

    def accord(destinataire: str, **plus: Any) -> dict[str, Any]:
        dit = {"accord": str(uuid4()), "destinataire": destinataire, "groupes": ["F11"], "personne": personne}
        return evenement("AccordRecueilli", **dit | {"jusqu_au": "2027-09-30"} | plus)

    for qui, agent, pour in (("ssd", "", "ssd"), ("ssd-bailleur", "agent-1", "bailleur")):
        refus = await monde.contribuer(dossier, qui, ACCOMPAGNEMENT, accord(pour), agent=agent)
        assert (refus.status_code, refus.json()["code"]) == (403, "ACCORD_INTERESSE"), refus.text
    for faute in (
        {"jusqu_au": "2099-01-01"},
        {"jusqu_au": "2027-10-16"},
        {"personne": None},
        {"personne": str(uuid4())},
    ):
        refus = await monde.contribuer(dossier, "ssd", ACCOMPAGNEMENT, accord("bailleur", **faute))
        assert refus.status_code == 422, refus.text
    await dire(monde, dossier, "ssd", ACCOMPAGNEMENT, accord("bailleur"))


async def test_regle_29_un_bailleur_ne_lit_le_surendettement_que_notifie(monde: Monde) -> None:
    dossier = await monde.ouvrir()
    await monde.ouvrir("etude")  # another source names the landlord
    for etape in ("DEPOSE", "IRRECEVABLE"):
        await dire(monde, dossier, "ssd", ACCOMPAGNEMENT, evenement("SurendettementAvance", etape=etape))
        assert "SurendettementAvance" not in await types(monde, dossier, "bailleur", "ACTE_RECEPTION")
    await dire(monde, dossier, "ssd", ACCOMPAGNEMENT, evenement("SurendettementAvance", etape="RECEVABLE"))
    assert (await types(monde, dossier, "bailleur", "ACTE_RECEPTION")).count("SurendettementAvance") == 1
    assert (await types(monde, dossier, "ssd", ACCOMPAGNEMENT)).count("SurendettementAvance") == 3


async def test_regle_30_sous_limitation_les_actes_et_ses_apports(monde: Monde) -> None:
    dossier = await monde.ouvrir()
    await monde.ouvrir("etude")
    etude = {"etude_siret": "99920707900180"}
    await dire(
        monde,
        dossier,
        "etude",
        "ACTE_EMISSION",
        evenement("CommandementQuitterSignifie", "2026-10-01", **etude),
        evenement("ConcoursForceRequis", "2026-10-28", **etude),
    )
    await dire(monde, dossier, "bailleur", "ACTE_EMISSION", DETTE)
    for portee, article in (("LIMITATION", "article 18"), ("OPPOSITION", "article 21")):
        await dire(monde, dossier, "ccapex", "CCAPEX_ADMINISTRATIVE", evenement("OppositionEnregistree", portee=portee))
        refus = await monde.get(f"/v1/dossiers/{dossier}", "ccapex", "CCAPEX_ADMINISTRATIVE")
        assert (refus.status_code, refus.json()["code"]) == (403, portee)
        assert article in refus.text
        levee = evenement("OppositionLevee", portee=portee)
        if portee == "LIMITATION":
            lus = await types(monde, dossier, "comex", "CFP_INSTRUCTION")
            assert set(lus) == {"CommandementQuitterSignifie", "ConcoursForceRequis"}
            siens = await types(monde, dossier, "bailleur", "ACTE_EMISSION")
            assert "DetteDeclaree" in siens
            indemnise = await monde.get(f"/v1/dossiers/{dossier}", "comex", "INDEMNISATION")
            assert indemnise.status_code == 200
            assert "traitement limité" in indemnise.text
            assert (await monde.get(f"/v1/dossiers/{dossier}", "dpo", "CONTROLE")).status_code == 200
        await dire(monde, dossier, "ccapex", "CCAPEX_ADMINISTRATIVE", levee)

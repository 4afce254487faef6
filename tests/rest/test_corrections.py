"""A fact that is withdrawn or replaced counts nowhere any more: synthesis, purposes, worklists, refusals."""

from typing import Any
from uuid import uuid4

from tests.monde import ETUDE, SEANCE, SEANCE_LE, Monde, evenement


async def dire(monde: Monde, dossier: str, partenaire: str, finalite: str, **corps: Any) -> None:
    recu = await monde.contribuer(dossier, partenaire, finalite, corps)
    assert recu.status_code == 201, recu.text


async def lu(monde: Monde, dossier: str, partenaire: str = "ccapex", finalite: str = "CCAPEX_ADMINISTRATIVE") -> Any:
    reponse = await monde.get(f"/v1/dossiers/{dossier}", partenaire, finalite)
    assert reponse.status_code == 200, reponse.text
    return reponse.json()


def un(document: Any, type_: str) -> dict[str, Any]:
    [fait] = [f for f in document["faits"] if f["type"] == type_ and not f["corrige_par"]]
    return dict(fait)


async def liste(monde: Monde) -> dict[str, Any]:
    await monde.projeter()
    reponse = await monde.get("/v1/vues/ccapex", "ccapex", "CCAPEX_ADMINISTRATIVE")
    assert reponse.status_code == 200, reponse.text
    [ligne] = reponse.json()["dossiers"]
    return dict(ligne)


async def test_une_saisine_retiree_n_ouvre_plus_rien(monde: Monde) -> None:
    dossier = await monde.ouvrir()
    await dire(monde, dossier, "ccapex", "CCAPEX_ADMINISTRATIVE", **evenement("CcapexSaisie", saisissant="BAILLEUR"))
    assert (await lu(monde, dossier, finalite="CCAPEX_INSTRUCTION"))["synthese"]["saisine_ouverte"] is True
    saisine = un(await lu(monde, dossier), "CcapexSaisie")
    await dire(monde, dossier, "ccapex", "CCAPEX_ADMINISTRATIVE", **evenement("FaitCorrige", corrige=saisine["id"]))
    assert (await lu(monde, dossier))["synthese"]["saisine_ouverte"] is False
    instruire = await monde.get(f"/v1/dossiers/{dossier}", "ccapex", "CCAPEX_INSTRUCTION")
    assert instruire.status_code == 403
    # Seized again the day that it is closed: open.
    for type_, donnees in (("CcapexSaisie", {"saisissant": "BAILLEUR"}), ("SaisineClose", {"motif": "SANS_SUITE"})):
        await dire(monde, dossier, "ccapex", "CCAPEX_ADMINISTRATIVE", **evenement(type_, "2026-10-20", **donnees))
    assert (await lu(monde, dossier))["synthese"]["saisine_ouverte"] is False
    resaisie = evenement("CcapexSaisie", "2026-10-20", saisissant="LOCATAIRE")
    await dire(monde, dossier, "ccapex", "CCAPEX_ADMINISTRATIVE", **resaisie)
    assert (await lu(monde, dossier))["synthese"]["saisine_ouverte"] is True


async def test_un_acte_retire_sort_de_la_file_active_et_un_acte_remplace_y_change(monde: Monde) -> None:
    dossier = await monde.ouvrir()
    await monde.ouvrir("etude")
    acte = evenement("AssignationSignifiee", etude_siret=ETUDE, date_audience="2027-01-12")
    await dire(monde, dossier, "etude", "ACTE_EMISSION", **acte)
    assert (await liste(monde))["prochaine_audience"] == "2027-01-12"
    premier = un(await lu(monde, dossier, "etude", "ACTE_EMISSION"), "AssignationSignifiee")
    juste = evenement("AssignationSignifiee", etude_siret=ETUDE, date_audience="2027-02-09")
    await dire(monde, dossier, "etude", "ACTE_EMISSION", **juste, corrige=premier["id"])
    ligne = await liste(monde)
    assert (ligne["stade"], ligne["prochaine_audience"]) == ("ASSIGNATION", "2027-02-09")
    second = un(await lu(monde, dossier, "etude", "ACTE_EMISSION"), "AssignationSignifiee")
    await dire(monde, dossier, "etude", "ACTE_EMISSION", **evenement("FaitCorrige", corrige=second["id"]))
    ligne = await liste(monde)
    assert (ligne["stade"], ligne["prochaine_audience"]) == ("ASSIGNATION", "2027-01-12")
    await dire(monde, dossier, "etude", "ACTE_EMISSION", **evenement("FaitCorrige", corrige=premier["id"]))
    ligne = await liste(monde)
    assert (ligne["stade"], ligne["dernier_acte_le"], ligne["prochaine_audience"]) == ("OUVERT", None, None)


async def test_un_accompagnement_retire_ne_lie_plus_son_agent(monde: Monde) -> None:
    dossier = await monde.ouvrir()
    suivi = evenement("AccompagnementOuvert", intervention=str(uuid4()), mesure="SSD")
    await dire(monde, dossier, "ssd", "ACCOMPAGNEMENT", **suivi)
    besoin = evenement("BesoinSignale", acte=str(uuid4()), besoin="INTERPRETE", fondement="RGPD_6_1_E")
    await dire(monde, dossier, "ssd", "ACCOMPAGNEMENT", **besoin)
    document = await lu(monde, dossier, "ssd", "ACCOMPAGNEMENT")
    assert un(document, "BesoinSignale")
    ouvert = un(document, "AccompagnementOuvert")
    await dire(monde, dossier, "ssd", "ACCOMPAGNEMENT", **evenement("FaitCorrige", corrige=ouvert["id"]))
    assert "BesoinSignale" not in {f["type"] for f in (await lu(monde, dossier, "ssd", "ACCOMPAGNEMENT"))["faits"]}


async def test_une_information_retiree_ne_permet_plus_la_clil(monde: Monde) -> None:
    dossier = await monde.ouvrir()
    await monde.proposer(dossier)
    informe = un(await lu(monde, dossier), "MenageInforme")
    assert (await lu(monde, dossier))["synthese"]["information_menage"] == "2026-10-15"
    assert (await monde.get(f"/v1/vues/clil/{dossier}", "clil", "CLIL_EXAMEN")).status_code == 200
    await dire(monde, dossier, "ccapex", "CCAPEX_ADMINISTRATIVE", **evenement("FaitCorrige", corrige=informe["id"]))
    assert (await lu(monde, dossier))["synthese"]["information_menage"] is None
    assert (await monde.get(f"/v1/vues/clil/{dossier}", "clil", "CLIL_EXAMEN")).status_code == 404


async def test_qui_voit_un_fait_apprend_qu_il_ne_tient_plus(monde: Monde) -> None:
    dossier = await monde.ouvrir()
    dette = evenement("DetteDeclaree", montant=224770, arretee_au="2026-09-30")
    await dire(monde, dossier, "bailleur", "ACTE_EMISSION", **dette)
    sienne = un(await lu(monde, dossier, "bailleur", "ACTE_EMISSION"), "DetteDeclaree")
    await dire(monde, dossier, "ccapex", "CCAPEX_ADMINISTRATIVE", **evenement("FaitCorrige", corrige=sienne["id"]))
    apres = await lu(monde, dossier, "bailleur", "ACTE_EMISSION")
    [vue] = [f for f in apres["faits"] if f["id"] == sienne["id"]]
    assert vue["corrige_par"]
    refus = await monde.contribuer(dossier, "bailleur", "ACTE_EMISSION", evenement("FaitCorrige", corrige=sienne["id"]))
    assert (refus.status_code, refus.json()["code"]) == (422, "deja_corrige")
    assert refus.json()["champs"][0]["champ"] == "evenements.0.donnees.corrige"


async def test_une_inscription_retiree_rend_l_avis_impossible(monde: Monde) -> None:
    dossier = await monde.ouvrir()
    inscription = evenement("InstanceInscrite", instance="CCAPEX", seance=str(SEANCE), seance_le=SEANCE_LE.isoformat())
    await dire(monde, dossier, "ccapex", "CCAPEX_ADMINISTRATIVE", **inscription)
    inscrite = un(await lu(monde, dossier), "InstanceInscrite")
    await dire(monde, dossier, "ccapex", "CCAPEX_ADMINISTRATIVE", **evenement("FaitCorrige", corrige=inscrite["id"]))
    assert (await liste(monde))["inscriptions"] == []
    avis = evenement("AvisRendu", instance="CCAPEX", sens="MAINTIEN")
    refus = await monde.contribuer(dossier, "ccapex", "CCAPEX_ADMINISTRATIVE", avis)
    assert (refus.status_code, refus.json()["code"]) == (422, "hors_ordre_du_jour")


async def test_une_demande_d_aide_retiree_n_autorise_plus_son_instruction(monde: Monde) -> None:
    dossier = await monde.ouvrir()
    aide = str(uuid4())
    demandee = evenement("AideFinanciereInstruite", aide=aide, dispositif="FSL_MAINTIEN", etape="DEMANDEE")
    demandee["donnees"]["instructeur"] = "caf"
    await dire(monde, dossier, "ssd", "ACCOMPAGNEMENT", **demandee)
    finalite = f"AIDE_INSTRUCTION; demande={aide}"
    assert (await monde.get(f"/v1/dossiers/{dossier}", "caf", finalite)).status_code == 200
    dite = un(await lu(monde, dossier, "ssd", "ACCOMPAGNEMENT"), "AideFinanciereInstruite")
    await dire(monde, dossier, "ssd", "ACCOMPAGNEMENT", **evenement("FaitCorrige", corrige=dite["id"]))
    assert (await monde.get(f"/v1/dossiers/{dossier}", "caf", finalite)).status_code == 403

"""One household, several partners: what each one tells, and what each one may see."""

from tests.monde import Monde, evenement


async def test_un_dossier_ouvert_par_le_bailleur_se_lit_par_lui(monde: Monde) -> None:
    dossier = await monde.ouvrir()
    recu = await monde.contribuer(
        dossier, "bailleur", "ACTE_EMISSION", evenement("DetteDeclaree", montant=224770, arretee_au="2026-10-31")
    )
    assert recu.status_code == 201, recu.text
    lu = await monde.get(f"/v1/dossiers/{dossier}", "bailleur", "ACTE_EMISSION")
    assert lu.status_code == 200, lu.text
    faits = {fait["type"]: fait["champs"] for fait in lu.json()["faits"]}
    assert faits["DetteDeclaree"]["montant"] == 224770
    assert faits["OccupantDeclare"]["nom"] == "LEROY"

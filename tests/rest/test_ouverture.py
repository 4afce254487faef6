"""Opening a case: what the case refuses names a field of the body that was sent; who joins keeps what it says."""

from typing import Any

import pytest

from tests.monde import Monde, evenement, ouverture
from tests.rest.recit import titulaire


@pytest.mark.parametrize(
    ("corps", "code", "champ"),
    [
        (ouverture(commune="75056"), "commune_inconnue", "logement.commune"),
        (ouverture(commune="93059"), "commune_inconnue", "logement.commune"),
        (ouverture() | {"survenu_le": "2030-01-01"}, "date_future", "survenu_le"),
        (
            ouverture() | {"evenements": [evenement("MenageInforme", "2030-01-01", canal="ORAL")]},
            "date_future",
            "evenements.0.survenu_le",
        ),
        (
            ouverture()
            | {"evenements": [evenement("RecommandationSuivie", recommandation=f"{7:032x}", statut="REALISEE")]},
            "recommandation_inconnue",
            "evenements.0.donnees.recommandation",
        ),
    ],
    ids=["autre_departement", "commune_fusionnee", "demain", "suite_demain", "suite"],
)
async def test_un_refus_nomme_le_champ_du_corps_envoye(
    monde: Monde, corps: dict[str, Any], code: str, champ: str
) -> None:
    reponse = await monde.post("/v1/dossiers", "ccapex", "CCAPEX_ADMINISTRATIVE", corps)
    assert (reponse.status_code, reponse.json()["code"]) == (422, code), reponse.text
    assert [c["champ"] for c in reponse.json()["champs"]] == [champ]


async def test_qui_rejoint_un_menage_connu_y_laisse_ce_qu_il_dit_du_logement(monde: Monde) -> None:
    dossier = await monde.ouvrir()
    corps = ouverture()
    corps["logement"] |= {"loyer": 81500, "type_logement": "T3", "adresse": "118 av. Jean Jaurès, porte 4"}
    rejoint = await monde.post("/v1/dossiers", "ssd", "ACCOMPAGNEMENT", corps)
    assert (rejoint.status_code, rejoint.json()["dossier"]) == (201, dossier)
    lu = (await monde.get(f"/v1/dossiers/{dossier}", "ccapex", "CCAPEX_ADMINISTRATIVE")).json()
    premiere, declare = (f for f in lu["faits"] if f["type"] == "DossierOuvert")
    assert premiere["champs"]["loyer"] == 80061
    assert declare["auteur"]["organisation"] == "un partenaire"
    assert {nom: declare["champs"][nom] for nom in ("loyer", "type_logement", "adresse")} == {
        "loyer": 81500,
        "type_logement": "T3",
        "adresse": "118 av. Jean Jaurès, porte 4",
    }
    assert await titulaire(monde, dossier)

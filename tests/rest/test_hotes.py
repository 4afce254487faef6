"""The service answers under its own names; and one thing has one name, wherever it is told."""

from adapters.mots import libelles
from tests.monde import FINALITE_USUELLE, Monde

AUTRES = ("ailleurs.exemple", "unefois.exemple", "unefois@ailleurs", "[::2]:80", "", "unefois.test.ailleurs")


async def test_le_service_ne_repond_qu_a_ses_noms(monde: Monde) -> None:
    """A name that somebody else points here is answered with nothing of ours; an orchestrator asks by address."""
    for hote in AUTRES:
        for chemin in ("/connexion", "/v1/moi", "/openapi.json", "/rien"):
            refus = await monde.client.get(chemin, headers={"Host": hote})
            assert (refus.status_code, refus.json()["code"]) == (421, "hote"), (hote, chemin)
            assert "location" not in refus.headers
        assert (await monde.client.get("/vivant", headers={"Host": hote})).status_code == 200
    for hote in ("unefois", "UNEFOIS.test:8093", "127.0.0.1:8093", "[::1]:8093", "localhost"):
        assert (await monde.client.get("/connexion", headers={"Host": hote})).status_code == 200


async def test_une_finalite_et_un_role_ont_un_nom(monde: Monde) -> None:
    nomenclature = (await monde.get("/v1/nomenclatures", "ccapex", "CCAPEX_ADMINISTRATIVE")).json()["finalites"]
    noms = {f["code"]: f["libelle"] for f in nomenclature}
    assert len(noms) > 10
    for qui in ("ccapex", "bailleur", "ssd", "dpo"):
        siennes = (await monde.get("/v1/moi", qui, FINALITE_USUELLE[qui])).json()["finalites"]
        assert siennes
        assert {f["code"]: f["libelle"] for f in siennes}.items() <= noms.items()
    assert {code: libelles.finalite(code) for code in noms} == noms
    roles = {r["code"]: r["libelle"] for r in monde.gate.tables.roles}
    assert {code: libelles.role(code) for code in roles} == roles

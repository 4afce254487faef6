"""One thing has one name: what the API and the pages call a purpose, a role, an event, a code."""

from adapters.mots import libelles
from adapters.web.pages import choix_finalite
from policies import tables
from tests.monde import Monde
from tests.web import documents


async def test_une_finalite_a_le_meme_libelle_partout(monde: Monde) -> None:
    declarables = (await monde.get("/v1/moi", "ccapex", "CCAPEX_ADMINISTRATIVE")).json()["finalites"]
    nomenclature = (await monde.get("/v1/nomenclatures", "ccapex", "CCAPEX_ADMINISTRATIVE")).json()["finalites"]
    libelles_publies = {f["code"]: f["libelle"] for f in nomenclature}
    assert len(declarables) > 3
    assert {f["code"]: f["libelle"] for f in declarables}.items() <= libelles_publies.items()
    page = choix_finalite(documents.INSTRUCTRICE, ["CCAPEX_INSTRUCTION"])
    assert "Instruction d&#39;une saisine de la CCAPEX" in page
    assert libelles_publies["CCAPEX_INSTRUCTION"] == "Instruction d'une saisine de la CCAPEX"


def test_un_role_a_le_libelle_de_sa_ligne() -> None:
    assert libelles.role("CCAPEX_INSTRUCTEUR") == "service instructeur de la CCAPEX"
    assert {ligne["code"]: libelles.role(ligne["code"]) for ligne in tables.lire().roles} == {
        ligne["code"]: ligne["libelle"] for ligne in tables.lire().roles
    }
    assert libelles.role("ROLE_INCONNU") == "ROLE_INCONNU"

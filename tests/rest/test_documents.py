"""Papers for a partner's software: the verb that pages ask, its refusals as the API's own, its row, its places."""

import asyncio
from typing import Final
from uuid import UUID, uuid4

import httpx2 as httpx
import pytest

from adapters.gate.documents import EDITER
from adapters.papier import documents, presse
from adapters.papier.documents import D_UN_DOSSIER
from adapters.papier.modeles import modeles
from adapters.papier.presse import Atelier
from adapters.rest.documents import DOCUMENT
from tests.monde import Monde, evenement
from tests.papier.mondes import SECRETARIAT, mots, pages, texte
from tests.rest.recit import raconter
from tests.rest.test_plans import admis

CCAPEX: Final = ("ccapex", SECRETARIAT)
BAILLEUR: Final = ("bailleur", "ACTE_EMISSION")


@pytest.fixture
async def dossier(monde: Monde) -> str:
    return await raconter(monde)


async def demander(
    monde: Monde, dossier: str, document: str = "synthese", qui: tuple[str, str] = CCAPEX, acte: str = ""
) -> httpx.Response:
    params = {"acte": acte} if acte else {}
    return await monde.get(f"/v1/dossiers/{dossier}/documents/{document}", *qui, params=params)


def sans_la_minute(lu: str) -> str:
    return lu.partition("Établi par")[0]


async def test_un_logiciel_a_le_document_que_la_porte_donne(monde: Monde, dossier: str) -> None:
    recu = await demander(monde, dossier)
    assert (recu.status_code, recu.headers["content-type"]) == (200, "application/pdf")
    assert recu.headers["content-disposition"] == f'attachment; filename="synthese-{dossier[-8:]}.pdf"'
    assert recu.headers["cache-control"] == "no-store, no-transform"
    assert recu.headers["x-content-type-options"] == "nosniff"
    assert pages(recu.content) <= 2
    acces = await admis(monde, *CCAPEX)
    sien = await documents.dossier(monde.gate, Atelier(), acces, UUID(dossier), "synthese")
    assert sans_la_minute(texte(recu.content)) == sans_la_minute(texte(sien.octets))
    assert "Fatou LEROY" in texte(recu.content)
    [_, ligne] = [x for x in await monde.journal() if x["action"] == EDITER]
    assert (ligne["issue"], ligne["dossier"], ligne["echange"]) == ("autorise", UUID(dossier), {"document": "synthese"})
    assert ligne["organisation"] == "ccapex"


async def test_chacun_n_y_lit_que_ce_qui_lui_est_communique(monde: Monde, dossier: str) -> None:
    lu = texte((await demander(monde, dossier, qui=BAILLEUR)).content)
    assert "Dette locative déclarée" in lu
    for mot in ("1 420,00", "reprise de lien", "curatelle", "0612345678"):
        assert mot not in lu, mot
    social = texte((await demander(monde, dossier, qui=("ssd", "ACCOMPAGNEMENT"))).content)
    assert "1 420,00" in social


async def test_le_contrat_nomme_les_documents_qui_se_demandent() -> None:
    assert DOCUMENT.schema["enum"] == [*D_UN_DOSSIER, *modeles()]
    assert len(DOCUMENT.schema["enum"]) > 10


async def test_un_document_d_une_autre_finalite_est_un_document_qui_n_est_pas(monde: Monde, dossier: str) -> None:
    refus = [await demander(monde, dossier, code, BAILLEUR) for code in ("notification-avis", "inconnu", "SYNTHESE")]
    assert {r.status_code for r in refus} == {404}
    assert len({r.content for r in refus}) == 1
    assert [x["issue"] for x in await monde.journal() if x["action"] == EDITER] == ["refuse"] * 3


async def test_ce_qui_manque_a_un_document_est_dit_et_un_acte_cache_comme_un_acte_inconnu(
    monde: Monde, dossier: str
) -> None:
    social = (await monde.get(f"/v1/dossiers/{dossier}", "ssd", "ACCOMPAGNEMENT")).json()
    [cache] = [f["id"] for f in social["faits"] if f["type"] == "EvaluationSociale"]
    refus = [await demander(monde, dossier, "recommandation", acte=acte) for acte in (str(uuid4()), cache)]
    assert {r.status_code for r in refus} == {409}
    assert refus[0].content == refus[1].content
    dit = refus[0].json()
    assert (dit["code"], dit["title"]) == ("document_impossible", "Document impossible")
    assert "ne vous est pas connu" in dit["detail"]
    vu = (await monde.get(f"/v1/dossiers/{dossier}", *CCAPEX)).json()
    [acte] = [f["id"] for f in vu["faits"] if f["type"] == "RecommandationEmise"]
    sienne = await demander(monde, dossier, "recommandation", acte=acte)
    assert "proposer un plan" in mots(texte(sienne.content))


async def test_on_n_ecrit_pas_par_l_api_a_qui_l_a_demande(monde: Monde, dossier: str) -> None:
    vu = (await monde.get(f"/v1/dossiers/{dossier}", *CCAPEX)).json()
    personne = next(f["champs"]["personne"] for f in vu["faits"] if f["type"] == "OccupantDeclare")
    dit = evenement("CoordonneesDeclarees", personne=personne, canal_sur="NE_PAS_ECRIRE")
    assert (await monde.contribuer(dossier, *CCAPEX, dit)).status_code == 201
    refus = await demander(monde, dossier, "prevention")
    assert (refus.status_code, refus.json()["code"]) == (409, "document_impossible")
    assert "ne lui écrive pas" in refus.json()["detail"]


async def test_pages_et_logiciels_ont_les_memes_places(monde: Monde, dossier: str) -> None:
    monde.app.state.atelier._admises = 1  # one order, and nobody that waits
    recus = await asyncio.gather(*(demander(monde, dossier) for _ in range(3)))
    statuts = sorted(r.status_code for r in recus)
    assert statuts == [200, 503, 503]
    [_, refuse] = [r for r in recus if r.status_code == 503]
    assert refuse.headers["retry-after"] == "2"
    assert refuse.json()["detail"] == presse.TROP_DE_PAPIERS
    assert (await demander(monde, dossier)).status_code == 200

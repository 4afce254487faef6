"""What a stranger, a forged token or a dead journal gets: nothing, in the same bytes."""

from typing import Any
from uuid import uuid4

import httpx2 as httpx
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey

from adapters.identity import EmetteurDemo
from adapters.registre import administrer, revoquer
from ledger.errors import JournalIndisponible
from tests.bases import AUJOURD_HUI, SCHEMA
from tests.rest.monde import Monde, evenement

DETTE = evenement("DetteDeclaree", montant=224770, arretee_au="2026-10-31")


def _sans_trace(reponse: httpx.Response) -> tuple[int, bytes, list[tuple[str, str]]]:
    return (
        reponse.status_code,
        reponse.content,
        [x for x in reponse.headers.multi_items() if x[0] not in {"date", "traceparent"}],
    )


async def test_un_inconnu_recoit_les_memes_octets_que_le_dossier_existe_ou_non(monde: Monde) -> None:
    dossier = await monde.ouvrir()
    regardes = 0
    for suffixe in ("", "/historique"):
        reponses = [
            await monde.get(f"/v1/dossiers/{d}{suffixe}", "voisin", "ACTE_EMISSION") for d in (dossier, uuid4(), "x")
        ]
        assert reponses[0].status_code == 404
        assert len({str(_sans_trace(r)) for r in reponses}) == 1
        regardes += 1
    for vue, finalite, qui in (("clil", "CLIL_EXAMEN", "ailleurs"),):
        reponses = [await monde.get(f"/v1/vues/{vue}/{d}", qui, finalite) for d in (dossier, uuid4())]
        assert [r.status_code for r in reponses] == [404, 404]
        assert _sans_trace(reponses[0]) == _sans_trace(reponses[1])
        regardes += 1
    envois: tuple[Any, ...] = ({"evenements": [DETTE]}, b"{", {"evenements": []})
    for corps in envois:
        reponses = [
            await monde.post(f"/v1/dossiers/{d}/interventions", "voisin", "ACTE_EMISSION", corps)
            for d in (dossier, uuid4())
        ]
        assert [r.status_code for r in reponses] == [404, 404]
        assert _sans_trace(reponses[0]) == _sans_trace(reponses[1])
        regardes += 1
    assert regardes == 6


async def test_sans_journal_rien_ne_sort(monde: Monde, monkeypatch: pytest.MonkeyPatch) -> None:
    dossier = await monde.ouvrir()

    async def muet(*_: object) -> None:
        raise JournalIndisponible("coupé")

    monkeypatch.setattr(monde.gate.ledger.journal, "inscrire", muet)
    lu = await monde.get(f"/v1/dossiers/{dossier}", "bailleur", "ACTE_EMISSION")
    assert lu.status_code == 503
    assert b"LEROY" not in lu.content


@pytest.mark.parametrize(
    ("change", "attendu"),
    [
        ({"iss": "https://ailleurs.exemple"}, "emetteur"),
        ({"aud": "autre"}, "revendications"),
        ({"exp": 1}, "jeton_expire"),
        ({"client_id": "client-voisin"}, "partenaire"),
        ({"organisation": "inconnue"}, "partenaire"),
    ],
)
async def test_un_jeton_qui_ne_prouve_rien_est_refuse(monde: Monde, change: dict[str, Any], attendu: str) -> None:
    demo = monde.demo
    revendications = jwt.decode(monde.jeton("bailleur"), demo._cle, algorithms=["Ed25519"]).claims | change
    jeton = jwt.encode({"alg": "Ed25519", "kid": demo._cle.kid}, revendications, demo._cle, algorithms=["Ed25519"])
    await _refuse(monde, jeton, attendu)


async def test_ni_algorithme_ni_cle_ne_se_choisissent(monde: Monde) -> None:
    kid = monde.demo._cle.kid
    claims = {"iss": EmetteurDemo.ISSUER}
    hs = jwt.encode({"alg": "HS256", "kid": kid}, claims, OctKey.generate_key(256), algorithms=["HS256"])
    rien = "eyJhbGciOiJub25lIn0.eyJpc3MiOiJ4In0."
    autre = jwt.encode({"alg": "ES256", "kid": "autre"}, claims, ECKey.generate_key("P-256"), algorithms=["ES256"])
    vole = jwt.encode({"alg": "ES256", "kid": kid}, claims, ECKey.generate_key("P-256"), algorithms=["ES256"])
    for jeton, attendu in ((hs, "algorithme"), (rien, "algorithme"), (autre, "cle_inconnue"), (vole, "signature")):
        await _refuse(monde, jeton, attendu)


async def _refuse(monde: Monde, jeton: str, attendu: str) -> None:
    entetes = {"Authorization": f"Bearer {jeton}", "Finalite": "ACTE_EMISSION"}
    reponse = await monde.client.get("/v1/moi", headers=entetes)
    assert (reponse.status_code, reponse.json()["code"]) == (401, attendu)
    assert (await monde.journal(1))[0]["motif"] == attendu


async def test_une_habilitation_revoquee_ne_vaut_plus_rien_a_la_requete_suivante(monde: Monde) -> None:
    assert (await monde.get("/v1/moi", "ssd", "ACCOMPAGNEMENT")).status_code == 200
    with administrer(monde.bases.registre_url, "tests", SCHEMA) as registre:
        assert revoquer(registre, "ssd", "assistante", AUJOURD_HUI) == 1
    assert (await monde.get("/v1/moi", "ssd", "ACCOMPAGNEMENT")).status_code == 403
    assert (await monde.get("/v1/moi", "ssd", "ACCOMPAGNEMENT", "jamais-vu")).status_code == 403


async def test_une_finalite_exclue_est_refusee_par_son_nom_et_journalisee(monde: Monde) -> None:
    reponse = await monde.get("/v1/moi", "bailleur", "RECOUVREMENT")
    assert (reponse.status_code, reponse.json()["code"]) == (403, "FINALITE_REFUSEE")
    assert (await monde.journal(1))[0]["finalite"] == "RECOUVREMENT"


async def test_une_contribution_envoyee_deux_fois_est_enregistree_une_fois(monde: Monde) -> None:
    dossier = await monde.ouvrir()
    cle = {"Idempotency-Key": "la-meme"}
    recus = [await monde.contribuer(dossier, "bailleur", "ACTE_EMISSION", DETTE, headers=cle) for _ in range(2)]
    assert recus[0].content == recus[1].content
    autre = evenement("DetteDeclaree", montant=1, arretee_au="2026-10-31")
    assert (await monde.contribuer(dossier, "bailleur", "ACTE_EMISSION", autre, headers=cle)).status_code == 409


async def test_un_nir_est_refuse_sans_etre_repete(monde: Monde) -> None:
    dossier = await monde.ouvrir()
    contact = evenement("DetteDeclaree", montant=1, arretee_au="2026-10-31", reference_source="2 55 08 14 168 025 38")
    reponse = await monde.contribuer(dossier, "bailleur", "ACTE_EMISSION", contact)
    assert reponse.status_code == 422
    assert reponse.json()["champs"][0]["champ"] == "evenements.0.donnees.reference_source"
    assert b"025" not in reponse.content

from typing import Any

import httpx2 as httpx
import psycopg
import pytest

from adapters.exploc.routes import CHEMIN
from tests.bases import Bases
from tests.exploc.test_import import ATTENDU, EXTRAIT, chiffres, compter
from tests.monde import Monde


async def deposer(
    monde: Monde, corps: bytes, partenaire: str = "ccapex", finalite: str = "CCAPEX_ADMINISTRATIVE", **plus: Any
) -> httpx.Response:
    return await monde.client.post(CHEMIN, content=corps, headers=monde.entetes(partenaire, finalite), **plus)


async def test_un_lot_depose_rend_son_rapport_et_n_ecrit_que_si_on_le_dit(monde: Monde, bases: Bases) -> None:
    a_blanc = await deposer(monde, EXTRAIT)
    assert a_blanc.status_code == 200
    assert a_blanc.headers["cache-control"] == "no-store, no-transform"
    assert compter(bases)["evenements"] == 0
    ecrit = await deposer(monde, EXTRAIT, params={"ecrire": "true"})
    assert ecrit.json() == a_blanc.json()
    assert chiffres(ecrit.json()) == ATTENDU
    assert compter(bases)["naturelles"] == 874
    with psycopg.connect(bases.admin_url) as admin:
        admin.execute("SET search_path TO d93")
        rows = admin.execute(
            "SELECT organisation, agent, finalite, count(*) FROM journal WHERE action = 'importer' GROUP BY 1, 2, 3"
        ).fetchall()
    assert rows == [("ccapex", "instructrice", "CCAPEX_ADMINISTRATIVE", 1 + 874 + 1)]


@pytest.mark.parametrize(
    ("partenaire", "finalite"),
    [
        ("etude", "ACTE_EMISSION"),
        ("bailleur", "ACTE_EMISSION"),
        ("dpo", "CONTROLE"),
        ("ccapex", "CCAPEX_INSTRUCTION"),
    ],
)
async def test_nul_autre_que_l_instructeur_n_importe(
    monde: Monde, bases: Bases, partenaire: str, finalite: str
) -> None:
    avant = compter(bases)
    reponse = await deposer(monde, EXTRAIT, partenaire, finalite, params={"ecrire": "true"})
    assert reponse.status_code == 403
    assert compter(bases) == avant | {"journal": avant["journal"] + 1}


async def test_sans_jeton_rien_n_est_lu(monde: Monde) -> None:
    assert (await monde.client.post(CHEMIN, content=EXTRAIT)).status_code == 401


async def test_un_lot_illisible_est_422_et_ne_repete_rien(monde: Monde) -> None:
    reponse = await deposer(monde, b"secret;autre\n1;2\n")
    assert reponse.status_code == 422
    assert reponse.headers["content-type"] == "application/problem+json"
    assert "Ce n'est pas un lot EXPLOC" in reponse.json()["detail"]
    assert "secret" not in reponse.text


async def test_un_parametre_inconnu_est_400(monde: Monde) -> None:
    assert (await deposer(monde, EXTRAIT, params={"ecrire": "oui"})).status_code == 400
    assert (await deposer(monde, EXTRAIT, params={"forcer": "true"})).status_code == 400

"""Trying without writing, and many lines at once: what is tried is refused as it would be, and stores nothing."""

from collections.abc import AsyncIterator
from typing import Any, Final
from uuid import uuid4

import httpx2 as httpx
import orjson
import psycopg
import pytest

from tests.bases import Bases, bases_neuves, ouvrir_ledger
from tests.monde import Monde, evenement, ouverture, ouvrir_monde, peupler

ACTE: Final = ("bailleur", "ACTE_EMISSION")
LOT: Final = "/v1/interventions/lot"
BLANC: Final = {"blanc": "true"}
DETTE: Final = evenement("DetteDeclaree", montant=224770, arretee_au="2026-10-01")
TABLES: Final = {
    "admin_url": ("dossiers_events", "contributions", "cles_naturelles", "index_aveugle"),
    "admin_cles_url": ("cles",),
}


@pytest.fixture(scope="module")
async def tenu(modele: str) -> AsyncIterator[tuple[Monde, Bases]]:
    with bases_neuves(modele) as bases:
        peupler(bases)
        async with ouvrir_ledger(bases) as ledger, ouvrir_monde(bases, ledger) as ouvert:
            yield ouvert, bases


@pytest.fixture
def monde(tenu: tuple[Monde, Bases]) -> Monde:
    return tenu[0]


def stockes(bases: Bases) -> list[int]:
    """How much there is of all that is stored but the journal."""
    comptes: list[int] = []
    for nom, tables in TABLES.items():
        with psycopg.connect(getattr(bases, nom)) as admin:
            schema = admin.execute(
                "SELECT table_schema FROM information_schema.tables WHERE table_name = %s", tables[:1]
            )
            [(ou,)] = schema.fetchall()
            for table in tables:
                comptes += admin.execute(f'SELECT count(*) FROM "{ou}".{table}').fetchone() or ()  # noqa: S608 - our own names
    assert len(comptes) == 5
    return comptes


def lignes(recu: httpx.Response) -> list[dict[str, Any]]:
    assert recu.status_code == 200, recu.text
    return [orjson.loads(ligne) for ligne in recu.content.splitlines()]


def par_lignes(*corps: dict[str, Any]) -> bytes:
    return b"\n".join(map(orjson.dumps, corps))


def autre_menage(rang: int) -> dict[str, Any]:
    return ouverture(nom=f"ESSAI{'ABCDEFGHIJ'[rang]}", id_rpls=f"352390{rang:04}")


async def test_un_essai_ne_garde_que_sa_ligne(tenu: tuple[Monde, Bases]) -> None:
    monde, bases = tenu
    dossier = await monde.ouvrir()
    avant = stockes(bases)
    contributions = f"/v1/dossiers/{dossier}/interventions"
    for chemin, corps, action in (
        ("/v1/dossiers", autre_menage(0), "ouvrir"),
        ("/v1/dossiers", ouverture(), "ouvrir"),  # that household has a case: nothing tells so
        (contributions, {"evenements": [DETTE]}, "emettre"),
    ):
        recu = await monde.post(chemin, *ACTE, corps, params=BLANC)
        assert (recu.status_code, recu.content) == (204, b""), recu.text
        assert "position" not in recu.headers
        derniere = (await monde.journal(1))[0]
        assert (derniere["action"], derniere["issue"], derniere["motif"]) == (action, "autorise", "a_blanc")
    assert stockes(bases) == avant


async def test_un_essai_est_refuse_comme_le_serait_l_envoi(tenu: tuple[Monde, Bases]) -> None:
    """Of each refusal of a contribution: the same status, code and fields, tried or sent, and the same row."""
    monde, bases = tenu
    dossier = await monde.ouvrir()
    assert await monde.ouvrir("etude") == dossier
    ici = f"/v1/dossiers/{dossier}/interventions"
    acte = evenement("CommandementPayerSignifie", ref_acte="CDP-ESSAI-1")
    etude = ("etude", "ACTE_EMISSION")
    assert (await monde.post(ici, *etude, {"evenements": [acte]})).status_code == 201
    futur = DETTE | {"survenu_le": "2090-01-01"}
    essais: list[tuple[str, tuple[str, str], dict[str, Any], dict[str, str], int]] = [
        (ici, ACTE, {"evenements": [futur]}, {}, 422),
        (ici, ACTE, {"evenements": [DETTE | {"donnees": {"montant": "x"}}]}, {}, 422),
        (ici, ACTE, {"evenements": [DETTE]}, {"If-Match": '"rien"'}, 412),
        (ici, ACTE, {"evenements": [evenement("EvaluationSociale")]}, {}, 403),
        (ici, ("voisin", "ACTE_EMISSION"), {"evenements": [DETTE]}, {}, 404),
        (f"/v1/dossiers/{uuid4()}/interventions", ACTE, {"evenements": [DETTE]}, {}, 404),
        (ici, etude, {"evenements": [acte]}, {}, 409),
        ("/v1/dossiers", ACTE, autre_menage(1) | {"survenu_le": "2090-01-01"}, {}, 422),
        ("/v1/dossiers", ("dpo", "CONTROLE"), autre_menage(1), {}, 403),
    ]
    avant = stockes(bases)
    for chemin, qui, corps, entetes, statut in essais:
        essaye = await monde.post(chemin, *qui, corps, headers=entetes, params=BLANC)
        sa_ligne = (await monde.journal(1))[0]
        envoye = await monde.post(chemin, *qui, corps, headers=entetes)
        assert essaye.status_code == statut, (chemin, essaye.text)
        assert essaye.json() == envoye.json()
        la_sienne = (await monde.journal(1))[0]
        memes = ("action", "issue", "motif", "dossier", "organisation")
        assert [sa_ligne[nom] for nom in memes] == [la_sienne[nom] for nom in memes]
    assert stockes(bases) == avant


async def test_un_essai_dit_qu_une_cle_a_servi(monde: Monde) -> None:
    dossier = await monde.ouvrir()
    ici, cle = f"/v1/dossiers/{dossier}/interventions", {"Idempotency-Key": "essai-cle"}
    assert (await monde.post(ici, *ACTE, {"evenements": [DETTE]}, headers=cle, params=BLANC)).status_code == 204
    assert (await monde.post(ici, *ACTE, {"evenements": [DETTE]}, headers=cle)).status_code == 201
    assert (await monde.post(ici, *ACTE, {"evenements": [DETTE]}, headers=cle, params=BLANC)).status_code == 204
    autre = DETTE | {"survenu_le": "2026-10-16"}
    refuse = await monde.post(ici, *ACTE, {"evenements": [autre]}, headers=cle, params=BLANC)
    assert (refuse.status_code, refuse.json()["code"]) == (409, "cle_reutilisee")


@pytest.mark.parametrize("valeur", ["oui", "", "TRUE"])
async def test_un_essai_se_demande_par_true(monde: Monde, valeur: str) -> None:
    recu = await monde.post("/v1/dossiers", *ACTE, autre_menage(2), params={"blanc": valeur})
    assert recu.status_code == 400
    assert "blanc" in recu.json()["detail"]


async def test_un_lot_ouvre_aussi_et_chaque_ligne_dit_laquelle(tenu: tuple[Monde, Bases]) -> None:
    monde, bases = tenu
    dossier = await monde.ouvrir()
    corps = par_lignes(
        {"cle": "l-ouvre", **autre_menage(3)},
        {"dossier": dossier, "cle": "l-dit", "evenements": [DETTE]},
        {"cle": "l-mal", **autre_menage(4), "survenu_le": "2090-01-01"},
        {"cle": "2 55 08 14 168 025 38", "dossier": dossier, "evenements": [DETTE]},
        {"dossier": "25508141-6802-5380-0000-000000000000", "cle": "l-nir", "evenements": [DETTE]},
        {"cle": "l-rien"},
    )
    avant = stockes(bases)
    essayees = lignes(await monde.post(LOT, *ACTE, corps, params=BLANC))
    assert stockes(bases) == avant
    assert [(r["ligne"], r["statut"]) for r in essayees] == [(1, 204), (2, 204), (3, 422), (4, 422), (5, 404), (6, 422)]
    assert not any(nom in r for r in essayees for nom in ("contribution", "position"))
    envoyees = lignes(await monde.post(LOT, *ACTE, corps))
    assert [r["statut"] for r in envoyees] == [201, 201, 422, 422, 404, 422]
    assert [r["cle"] for r in envoyees] == ["l-ouvre", "l-dit", "l-mal", None, "l-nir", "l-rien"]
    assert [r["dossier"] for r in envoyees[1:]] == [dossier, None, dossier, None, None]
    assert [f["champ"] for f in envoyees[2]["champs"]] == ["survenu_le"]
    lu = await monde.get(f"/v1/dossiers/{envoyees[0]['dossier']}", *ACTE)
    assert lu.status_code == 200
    assert lignes(await monde.post(LOT, *ACTE, corps))[:2] == envoyees[:2]


async def test_une_ligne_se_compte_dans_tout_l_envoi(monde: Monde) -> None:
    """By groups: the rank goes on, and the line that stops the batch has its own."""
    dossier = await monde.ouvrir()
    bonnes = [{"dossier": dossier, "cle": f"rang-{n}", "evenements": [DETTE]} for n in range(130)]
    rendues = lignes(await monde.post(LOT, *ACTE, par_lignes(*bonnes) + b"\n" + b"[" * 70_000, params=BLANC))
    assert [r["ligne"] for r in rendues] == list(range(1, 132))
    assert [r["statut"] for r in rendues] == [204] * 130 + [413]


async def test_un_entete_qui_a_une_valeur_ne_se_donne_pas_deux_fois(monde: Monde) -> None:
    dossier = await monde.ouvrir()
    un = list(monde.entetes(*ACTE, None).items())
    for nom, valeur in (("Finalite", "ACTE_EMISSION"), ("Agent", "contentieux"), ("Position", "0")):
        deux = [*un, (nom, valeur), (nom, valeur)]
        recu = await monde.client.get(f"/v1/dossiers/{dossier}", headers=deux)
        assert (recu.status_code, nom in recu.json()["detail"]) == (400, True), recu.text
        assert (await monde.journal(1))[0]["motif"] == "requete"
    etag = (await monde.get(f"/v1/dossiers/{dossier}", *ACTE)).headers["etag"]
    listes = [*monde.entetes(*ACTE).items(), ("If-None-Match", '"autre"'), ("If-None-Match", etag)]
    assert (await monde.client.get(f"/v1/dossiers/{dossier}", headers=listes)).status_code == 304


@pytest.mark.parametrize("chemin", ["/v1/dossiers", "/v1/dossiers/recherche", LOT, "/v1/moi", "/v1/journal"])
async def test_un_parametre_inconnu_est_refuse_partout(monde: Monde, chemin: str) -> None:
    envoyer = monde.get if chemin in {"/v1/moi", "/v1/journal"} else lambda c, q, f, **k: monde.post(c, q, f, {}, **k)
    qui = ("dpo", "CONTROLE") if chemin == "/v1/journal" else ACTE
    recu = await envoyer(chemin, *qui, params={"blonc": "true"})
    assert recu.status_code == 400, recu.text
    assert (await monde.journal(1))[0]["motif"] == "requete"


async def test_une_valeur_hors_de_sa_liste_est_refusee(monde: Monde) -> None:
    for params in ({"issue": "peut-etre"}, {"trace": "abc"}, {"format": "xml"}):
        recu = await monde.get("/v1/journal", "dpo", "CONTROLE", params=params)
        assert (recu.status_code, recu.json()["code"]) == (400, "requete"), params


async def test_le_journal_se_demande_par_la_trace_d_une_reponse(monde: Monde) -> None:
    refuse = await monde.get(f"/v1/dossiers/{uuid4()}", *ACTE)
    assert refuse.status_code == 404
    trace = refuse.headers["traceparent"].split("-")[1]
    lu = await monde.get("/v1/journal", "dpo", "CONTROLE", params={"trace": trace})
    assert [(ligne["trace"], ligne["issue"]) for ligne in lu.json()["lignes"]] == [(trace, "refuse")]
    assert (await monde.get("/v1/journal", "dpo", "CONTROLE", params={"trace": "0" * 32})).json()["lignes"] == []

"""HTTP and JSON as proxies and other tools write them: entity tags, byte-order marks, members given twice, keys."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import orjson
import psycopg
import pytest

from adapters.mots.tableur import neutraliser
from adapters.rest.validateurs import connue, exigees
from ledger.droit.jours import debut, fin
from tests.bases import SCHEMA, bases_neuves, ouvrir_ledger
from tests.monde import Monde, evenement, ouverture, ouvrir_monde, peupler

ACTE = "ACTE_EMISSION"


@pytest.fixture(scope="module")
async def monde(modele: str) -> AsyncIterator[Monde]:
    """One world for the module, whose database sessions are far from Paris."""
    with bases_neuves(modele) as bases:
        with psycopg.connect(bases.admin_url, autocommit=True) as admin:
            nom = psycopg.conninfo.conninfo_to_dict(bases.admin_url)["dbname"]
            admin.execute(f"ALTER DATABASE \"{nom}\" SET timezone TO 'Pacific/Kiritimati'")
        peupler(bases)
        async with ouvrir_ledger(bases) as ledger, ouvrir_monde(bases, ledger) as ouvert:
            yield ouvert


@pytest.fixture
async def dossier(monde: Monde) -> str:
    return await monde.ouvrir()


def dette(montant: int) -> dict[str, Any]:
    return evenement("DetteDeclaree", montant=montant, arretee_au="2026-10-01")


async def etag_de(monde: Monde, dossier: str) -> str:
    return (await monde.get(f"/v1/dossiers/{dossier}", "bailleur", ACTE)).headers["etag"]


@pytest.mark.parametrize("forme", ["{e}", "W/{e}", '"autre", {e}', 'W/"x",W/{e}', "*", ' {e} ,"z"'])
async def test_une_etiquette_connue_rend_304(monde: Monde, dossier: str, forme: str) -> None:
    etiquette = await etag_de(monde, dossier)
    entetes = {"If-None-Match": forme.format(e=etiquette)}
    lu = await monde.get(f"/v1/dossiers/{dossier}", "bailleur", ACTE, headers=entetes)
    assert (lu.status_code, lu.content, lu.headers["etag"]) == (304, b"", etiquette)
    assert lu.headers["cache-control"] == "no-store, no-transform"


@pytest.mark.parametrize("forme", ['"autre"', "", "W/", '"x", W/"y"', "autre"])
async def test_une_etiquette_inconnue_rend_le_dossier(monde: Monde, dossier: str, forme: str) -> None:
    lu = await monde.get(f"/v1/dossiers/{dossier}", "bailleur", ACTE, headers={"If-None-Match": forme})
    assert lu.status_code == 200


@pytest.mark.parametrize(
    ("forme", "statut"),
    [
        ("*", 201),
        ("{e}", 201),
        ('"autre", {e}', 201),
        ("W/{e}", 412),
        ('"autre"', 412),
        ('W/{e}, "x"', 412),
        ("x", 412),
    ],
)
async def test_une_condition_d_ecriture_se_compare_fortement(
    monde: Monde, dossier: str, forme: str, statut: int
) -> None:
    entetes = {"If-Match": forme.format(e=await etag_de(monde, dossier))}
    recu = await monde.contribuer(dossier, "bailleur", ACTE, dette(statut), headers=entetes)
    assert recu.status_code == statut, recu.text


def test_un_entete_sans_fin_est_lu_jusqu_a_une_borne() -> None:
    assert not connue('"a",' * 20_000, '"b"')
    assert len(exigees('"a",' * 20_000) or ()) == 32
    assert exigees(None) is exigees("*") is None


async def test_une_marque_d_ordre_des_octets_est_lue(monde: Monde, dossier: str) -> None:
    marque = b"\xef\xbb\xbf"
    recu = await monde.post("/v1/dossiers", "bailleur", ACTE, marque + orjson.dumps(ouverture()))
    assert recu.status_code == 201
    ligne = orjson.dumps({"dossier": dossier, "cle": "bom", "evenements": [dette(3)]})
    lot = await monde.post("/v1/interventions/lot", "bailleur", ACTE, marque + ligne + b"\n")
    assert [orjson.loads(x)["statut"] for x in lot.content.splitlines()] == [201]


@pytest.mark.parametrize(
    "double",
    [
        b'{"evenements":[],"evenements":[%s]}',
        b'{"evenements":[{"type":"DetteDeclaree","survenu_le":"2026-10-15","survenu_le":"2026-10-16","donnees":{}}]}',
        b'{"evenements":[%s],"\\u0065venements":[%s]}',
        b'{"evenements":[{"type":"DetteDeclaree","survenu_le":"2026-10-15","donnees":{"a:b":1,"a:b":2}}]}',
    ],
)
async def test_un_champ_donne_deux_fois_est_refuse(monde: Monde, dossier: str, double: bytes) -> None:
    corps = double.replace(b"%s", orjson.dumps(dette(1)))
    recu = await monde.post(f"/v1/dossiers/{dossier}/interventions", "bailleur", ACTE, corps)
    assert (recu.status_code, [f["code"] for f in recu.json()["champs"]]) == (422, ["double"])


async def test_des_deux_points_dans_un_texte_ne_font_pas_un_double(monde: Monde, dossier: str) -> None:
    fait = dette(7) | {"donnees": dette(7)["donnees"] | {"reference_source": "a:b:c 12:30"}}
    assert (await monde.contribuer(dossier, "bailleur", ACTE, fait)).status_code == 201


@pytest.mark.parametrize(
    ("cle", "statut"),
    [("1780493305123", 201), ("2026-11-1234567", 201), ("a" * 200, 201), ("a" * 201, 400), ("Jean Dupont", 400),
     ("255081416802538", 400), ("2.55.08.14.168.025.38", 400), ("é", 400), ("", 400)],
)  # fmt: skip
async def test_une_cle_est_opaque_et_n_est_gardee_que_hachee(monde: Monde, dossier: str, cle: str, statut: int) -> None:
    entetes = {"Idempotency-Key": cle.encode("latin-1")}
    recu = await monde.contribuer(dossier, "bailleur", ACTE, dette(len(cle)), headers=entetes)
    assert recu.status_code == statut, recu.text
    with psycopg.connect(monde.bases.admin_url) as admin:
        gardees = admin.execute(f"SELECT cle FROM {SCHEMA}.contributions").fetchall()  # noqa: S608 - our own name
    assert not [gardee for (gardee,) in gardees if cle and gardee == cle]


@pytest.mark.parametrize("minuit", [datetime(2026, 7, 14, 22, tzinfo=UTC), datetime(2026, 11, 24, 23, tzinfo=UTC)])
async def test_regle_37_un_jour_du_journal_est_un_jour_de_paris(monde: Monde, minuit: datetime) -> None:
    """Two rows, on either side of midnight in Paris, in summer and in winter: each is of its own day."""
    dossier = str(uuid4())
    with psycopg.connect(monde.bases.admin_url, options=f"-c search_path={SCHEMA}") as admin:
        for action, quand in (("avant", minuit - timedelta(microseconds=1)), ("apres", minuit)):
            admin.execute(
                "INSERT INTO journal (recorded_at, action, dossier, flux, organisation, agent, role, finalite,"
                " groupes_montres, groupes_retenus, revision_politique, issue, motif, trace)"
                " VALUES (%s, %s, %s, 'metier', 'ssd', 'assistante', '', '', '{}', '{}', '', 'vide', '', '')",
                (quand, action, dossier),
            )
    veille, jour = minuit.date(), minuit.date() + timedelta(days=1)
    for du, au, attendu in ((veille, veille, ["avant"]), (jour, jour, ["apres"]), (veille, jour, ["apres", "avant"])):
        lu = await monde.get(f"/v1/journal?du={du}&au={au}&dossier={dossier}", "dpo", "CONTROLE")
        assert [ligne["action"] for ligne in lu.json()["lignes"]] == attendu, (du, au)


async def test_regle_37_ce_qui_est_dit_apres_minuit_n_est_pas_connu_la_veille(monde: Monde) -> None:
    veille, jour = date(2026, 11, 25), date(2026, 11, 26)
    assert fin(veille) < debut(jour) == datetime(2026, 11, 25, 23, 0, tzinfo=ZoneInfo("UTC"))
    assert fin(date(2026, 7, 14)) < datetime(2026, 7, 14, 22, 0, tzinfo=ZoneInfo("UTC")) == debut(date(2026, 7, 15))
    assert fin(date.max) > debut(date.max)
    dit = await monde.ouvrir(nom="MINUIT", id_rpls="3520000016")
    ici = datetime.now(ZoneInfo("Europe/Paris")).date()
    for jour, statut in ((ici, True), (date.fromordinal(ici.toordinal() - 1), False)):
        lu = await monde.get(f"/v1/dossiers/{dit}?connu_le={jour}", "bailleur", ACTE)
        assert (lu.status_code == 200 and bool(lu.json()["faits"])) is statut


@pytest.mark.parametrize(
    "texte",
    [
        "=1+1",
        " =1",
        "\n=1",
        "\r\n@x",
        "\u00a0=1",
        "\u202f+1",
        "＝1",
        "＋1",
        "－1",
        "＠x",
        "\t=1",
        "\u200b=1",
        "\u2003=cmd",
    ],
)
def test_un_tableur_n_execute_rien(texte: str) -> None:
    assert neutraliser(texte) == f"'{texte}"


@pytest.mark.parametrize("texte", ["a=1", "12 rue", "(=)", "Lefèvre-Roux", ""])
def test_un_texte_ordinaire_sort_tel_quel(texte: str) -> None:
    assert neutraliser(texte) == texte

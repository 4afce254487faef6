"""An index that was made otherwise is completed from the facts: what it held it holds again, and nobody erased."""

from typing import Any
from uuid import UUID

import psycopg

from adapters.exploc.importation import reindexer
from ledger.application import Ledger
from tests.bases import Bases
from tests.exploc.importeur import acces, importer_lot, porte
from tests.exploc.test_lot import contenu, rangee
from tests.exploc.test_rapprochement import social
from tests.monde import Monde


def index(bases: Bases) -> set[tuple[Any, ...]]:
    with psycopg.connect(bases.admin_url) as admin:
        return set(admin.execute("SELECT genre, empreinte, dossier, sujet FROM d93.index_aveugle").fetchall())


def vider(bases: Bases) -> None:
    with psycopg.connect(bases.admin_url, autocommit=True) as admin:
        admin.execute("SET ROLE unefois_proprietaire")
        admin.execute("DELETE FROM d93.index_aveugle")


LOT = contenu(
    social(1, nom="Yılmaz", prenoms="Işık Ada"),
    social(2, date_naissance="", ref_dossier="SANS-1"),
    rangee(ref_acte="A-3", type_acte="JUGEMENT", num_rg="26/00417"),
    social(4, nom="Yılmaz", prenoms="Işık Ada", ref_dossier="DEUX-2"),
)


async def test_un_index_vide_est_refait_des_faits_et_un_second_import_n_ajoute_rien(
    ledger: Ledger, bases: Bases
) -> None:
    await importer_lot(ledger, LOT)
    avant = index(bases)
    assert len(avant) > 15
    vider(bases)
    assert await reindexer(porte(ledger), acces()) >= len(avant)
    assert avant <= index(bases)
    assert await reindexer(porte(ledger), acces()) == 0
    encore = await importer_lot(ledger, LOT)
    assert (encore["doublons"], encore["accepted_distinct_acts"], encore["rejected"]) == (4, 0, 0)
    suite = await importer_lot(ledger, contenu(social(9, nom="YILMAZ", prenoms="ISIK ADA", ref_dossier="TROIS-3")))
    assert (suite["dossiers"], suite["rapprochements_a_confirmer"]) == (1, 0)
    assert index(bases) > avant
    with psycopg.connect(bases.admin_url) as admin:
        rows = admin.execute(
            "SELECT count(*) FROM d93.journal WHERE motif = 'index' AND dossier IS NOT NULL"
        ).fetchone()
    assert rows == (2 * len({dossier for _, _, dossier, _ in avant}),)


async def test_qui_fut_efface_ne_revient_pas_dans_l_index(monde: Monde, bases: Bases) -> None:
    dossier = await monde.ouvrir()
    lu = (await monde.get(f"/v1/dossiers/{dossier}", "ccapex", "CCAPEX_ADMINISTRATIVE")).json()
    [personne] = [f["champs"]["personne"] for f in lu["faits"] if f["type"] == "OccupantDeclare"]
    await monde.effacer(dossier, personne)
    await reindexer(porte(monde.gate.ledger), acces())
    assert not [entree for entree in index(bases) if entree[2] == UUID(dossier)]

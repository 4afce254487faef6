"""A service that has too much to do says so, and forgets nothing of what it said it had done."""

import asyncio
import threading
from collections import Counter
from uuid import uuid4

import httpx2 as httpx
import psycopg

from ledger.batching import Capacity
from tests.bases import SCHEMA, Bases
from tests.monde import Monde, evenement, rpls

ENVOIS = 40
PLACES = 8


def verrouiller(bases: Bases, tenu: threading.Event, lacher: threading.Event) -> None:
    """Hold the lock of the writers, as a slow neighbour would, until told to let go."""
    with psycopg.connect(bases.admin_url, options=f"-c search_path={SCHEMA}") as admin:
        admin.execute("LOCK TABLE verrou_des_ecrivains IN EXCLUSIVE MODE")
        tenu.set()
        lacher.wait(30)


async def test_une_file_d_ecriture_pleine_repond_503_et_ce_qui_est_acquitte_est_enregistre(
    monde: Monde, bases: Bases
) -> None:
    dossiers = [await monde.ouvrir(nom=f"NOM {n}", id_rpls=rpls(n)) for n in range(ENVOIS)]
    file = monde.gate.ledger.writer._batcher
    file._capacity = Capacity(file._capacity.sentence, items=PLACES)
    tenu, lacher = threading.Event(), threading.Event()
    voisin = asyncio.create_task(asyncio.to_thread(verrouiller, bases, tenu, lacher))
    await asyncio.to_thread(tenu.wait)

    cles = [str(uuid4()) for _ in dossiers]

    def envoyer() -> list[asyncio.Task[httpx.Response]]:
        dette = evenement("DetteDeclaree", montant=100, arretee_au="2026-10-01")
        return [
            asyncio.create_task(
                monde.contribuer(dossier, "bailleur", "ACTE_EMISSION", dette, headers={"Idempotency-Key": cle})
            )
            for dossier, cle in zip(dossiers, cles, strict=True)
        ]

    envois = envoyer()
    faites, _ = await asyncio.wait(envois, timeout=1)
    lacher.set()
    await voisin
    recus = await asyncio.gather(*envois)
    statuts = Counter(recu.status_code for recu in recus)
    assert statuts.keys() == {201, 503}
    assert statuts[201] >= PLACES
    assert len(faites) == statuts[503]  # who was refused did not wait
    for recu in recus:
        if recu.status_code == 503:
            assert recu.json()["code"] == "sature"
            assert "même clé" in recu.json()["detail"]
            assert recu.headers["retry-after"] == "2"

    journal = Counter((ligne["issue"], ligne["motif"]) for ligne in await monde.journal(2 * ENVOIS))
    assert journal["erreur", "sature"] == statuts[503]
    acquittes = {recu.json()["contribution"] for recu in recus if recu.status_code == 201}
    with psycopg.connect(bases.admin_url, options=f"-c search_path={SCHEMA}") as admin:
        rows = admin.execute("SELECT contribution::text FROM contributions ORDER BY position OFFSET %s", [ENVOIS])
        assert {contribution for (contribution,) in rows} == acquittes

    # The same, sent again with the same keys: once each, and nothing twice.
    file._capacity = Capacity(file._capacity.sentence)
    assert {recu.status_code for recu in await asyncio.gather(*envoyer())} == {201}
    with psycopg.connect(bases.admin_url, options=f"-c search_path={SCHEMA}") as admin:
        assert admin.execute("SELECT count(*) FROM contributions").fetchone() == (2 * ENVOIS,)

"""An answer in time, whatever is frozen, full or gone behind; and who watches learns which of ours it is."""

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp

import psycopg
import pytest

from adapters.rest import sonde
from adapters.service.cluster import ouvrir_serveur
from policies.engines import EngineUnavailable
from tests.bases import SCHEMA, Bases, bases_neuves, installer_modele, ouvrir_ledger
from tests.monde import Monde, evenement, ouverture, ouvrir_monde, peupler

SOCIAL = ("ssd", "ACCOMPAGNEMENT")
LIMITE_S = 3.0


class Grappe:
    """A server of its own, which can be frozen without freezing the neighbours' tests."""

    def __init__(self, url: str) -> None:
        self.url = url
        with psycopg.connect(url) as admin:
            [(lieu,)] = admin.execute("SHOW data_directory").fetchall()
        self._maitre = int((Path(lieu) / "postmaster.pid").read_text().split()[0])

    @contextlib.contextmanager
    def gelee(self) -> Iterator[None]:
        """As a machine that is suspended, or a disk that does not answer: connections stay, and nothing comes."""
        os.kill(self._maitre, signal.SIGSTOP)  # first: it has no more children from then on
        enfants = [int(pid) for pid in Path(f"/proc/{self._maitre}/task/{self._maitre}/children").read_text().split()]
        for pid in enfants:
            os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in (*enfants, self._maitre):
                os.kill(pid, signal.SIGCONT)


@pytest.fixture(scope="module")
def grappe() -> Iterator[Grappe]:
    donnees = Path(mkdtemp(prefix="unefois-gel-"))
    try:
        with ouvrir_serveur(None, donnees, durable=False) as url:
            yield Grappe(installer_modele(url))
    finally:
        rmtree(donnees)


@asynccontextmanager
async def ouvrir(grappe: Grappe) -> AsyncIterator[tuple[Monde, Bases]]:
    with bases_neuves(grappe.url) as bases:
        peupler(bases)
        async with ouvrir_ledger(bases) as ledger, ouvrir_monde(bases, ledger) as monde:
            yield monde, bases


async def test_postgresql_gele_chacun_a_sa_reponse_a_temps_et_rien_n_est_perdu(grappe: Grappe) -> None:
    async with ouvrir(grappe) as (monde, bases):
        dossier = await monde.ouvrir()
        await monde.projeter()
        assert (await monde.client.get("/pret")).status_code == 200
        appels = {
            "lire": lambda: monde.get(f"/v1/dossiers/{dossier}", "bailleur", "ACTE_EMISSION"),
            "lister": lambda: monde.get("/v1/vues/ccapex", "ccapex", "CCAPEX_ADMINISTRATIVE"),
            "moi": lambda: monde.get("/v1/moi", "bailleur", "ACTE_EMISSION"),
            "chercher": lambda: monde.post("/v1/dossiers/recherche", *SOCIAL, ouverture()["titulaire"]),
            "ouvrir": lambda: monde.post("/v1/dossiers", "bailleur", "ACTE_EMISSION", ouverture(nom="AUTRE")),
            "ecrire": lambda: monde.contribuer(
                dossier,
                "bailleur",
                "ACTE_EMISSION",
                evenement("DetteDeclaree", montant=1, arretee_au="2026-10-01"),
                headers={"Idempotency-Key": "gel"},
            ),
            "sans jeton": lambda: monde.client.get("/v1/moi"),
            "page": lambda: monde.client.get(monde.lien("ccapex")),
            "pret": lambda: monde.client.get("/pret"),
            "vivant": lambda: monde.client.get("/vivant"),
        }
        durees: dict[str, float] = {}

        async def mesurer(nom: str) -> int:
            debut = time.monotonic()
            reponse = await appels[nom]()
            durees[nom] = max(durees.get(nom, 0), time.monotonic() - debut)
            if reponse.status_code == 503:
                assert reponse.headers["retry-after"] == "2", nom
            return reponse.status_code

        with grappe.gelee():
            for _ in range(2):  # those who come while nothing answers, and those who come after
                statuts = dict(zip(appels, await asyncio.gather(*map(mesurer, appels)), strict=True))
                assert statuts.pop("vivant") == 200
                assert statuts.pop("pret") in {200, 503}  # what it said a second ago holds
                assert set(statuts.values()) == {503}, statuts
            causes = (await monde.client.get("/pret")).json()["causes"]
        assert set(causes) == {"journal", "cles", "registre", "vues"}
        assert max(durees.pop("pret"), durees.pop("vivant")) < 1, durees
        assert max(durees.values()) < LIMITE_S, durees

        # Thawed: it goes on by itself, and the same request with the same key is one contribution.
        for _ in range(200):
            if (await appels["ecrire"]()).status_code == 201:
                break
            await asyncio.sleep(0.1)
        recus = {(await appels["ecrire"]()).json()["contribution"] for _ in range(2)}
        assert len(recus) == 1
        with psycopg.connect(bases.admin_url, options=f"-c search_path={SCHEMA}") as admin:
            assert admin.execute(
                "SELECT count(*) FROM dossiers_events WHERE topic = 'unefois:DetteDeclaree'"
            ).fetchone() == (1,)


async def test_pret_dit_ce_qui_manque_et_le_dit_quand_il_revient(
    monde: Monde, bases: Bases, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sonde, "FRAICHEUR", 0)
    dossier = await monde.ouvrir()

    async def causes() -> dict[str, str]:
        reponse = await monde.client.get("/pret")
        corps = reponse.json()
        assert (reponse.status_code == 200) is (corps == {"etat": "pret"})
        assert "organisation" not in reponse.text
        return dict(corps.get("causes", {}))

    assert await causes() == {}
    monkeypatch.setattr(sonde, "RETARD", 0)
    assert list(await causes()) == ["vues"]
    await monde.projeter()
    assert await causes() == {}

    for table, cause, url in (
        ("journal", "journal", bases.admin_url),
        ("registre_changements", "registre", bases.admin_url),
        ("cles", "cles", bases.admin_cles_url),
    ):
        with psycopg.connect(url, options=f"-c search_path={SCHEMA}", autocommit=True) as admin:
            admin.execute(f"ALTER TABLE {table} RENAME TO perdue".encode())
            lu = await monde.get(f"/v1/dossiers/{dossier}", "bailleur", "ACTE_EMISSION")
            assert (lu.status_code, lu.headers["retry-after"]) == (503, "2"), cause
            assert list(await causes()) == [cause]
            admin.execute(f"ALTER TABLE perdue RENAME TO {table}".encode())
            assert await causes() == {}
    assert [ligne["motif"] for ligne in await monde.journal(200)].count("journal_indisponible") == 1

    async def muet(_: object) -> None:
        raise EngineUnavailable("essai")

    monkeypatch.setattr(monde.gate.decider, "_engine", type("Muet", (), {"decide": lambda self, _: muet(self)})())
    assert await causes() == {"politiques": "Les règles d'accès ne répondent pas."}

"""What one partner asks for does not become everybody's wait, nor everybody's memory."""

import asyncio
import gc
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from adapters.gate import parts
from adapters.gate.parts import Parts
from adapters.gate.pas import Pas
from tests.monde import Monde
from tests.rest.test_boucle import TENUE_S, dette, ramasse_miettes_du_service, tenir_le_compte

__all__ = ["ramasse_miettes_du_service"]  # a fixture: the collector runs as in the processes that serve

BAILLEUR = ("bailleur", "ACTE_EMISSION")
LONG = 2_000
ALLERS = 40


async def garnir(monde: Monde, faits: int) -> str:
    """A case of so many facts."""
    dossier = await monde.ouvrir()
    for _ in range(faits // 100):
        assert (await monde.contribuer(dossier, *BAILLEUR, *([dette()] * 100))).status_code == 201
    return dossier


def memoire() -> int:
    """Bytes of this process in memory."""
    gc.collect()
    lignes = dict(ligne.split(":", 1) for ligne in Path("/proc/self/status").read_text().splitlines())
    return int(lignes["VmRSS"].split()[0]) * 1024


async def test_un_long_dossier_ne_tient_pas_la_boucle_et_ne_fait_pas_grandir_la_memoire(
    monde: Monde, compter: Callable[[str, int], None]
) -> None:
    dossier = await garnir(monde, LONG)
    chemin = f"/v1/dossiers/{dossier}"
    tenues = {}
    for suite in ("", "?au=2026-10-20", "?connu_le=2026-12-31", "?au=2026-10-20&limite=1", "/historique", "/situation"):
        async with tenir_le_compte() as tenue:
            assert (await monde.get(chemin + suite, *BAILLEUR)).status_code == 200, suite
        tenues[suite] = tenue.longue
    assert max(tenues.values()) < TENUE_S, tenues
    compter("boucle tenue au plus par un dossier de 2 000 faits, en millisecondes", round(max(tenues.values()) * 1000))

    async def aller_retour() -> None:
        assert (await monde.contribuer(dossier, *BAILLEUR, dette())).status_code == 201
        assert (await monde.get(chemin, *BAILLEUR)).status_code == 200

    for _ in range(ALLERS // 4):
        await aller_retour()
    avant, gardes = memoire(), len(monde.gate.plans)
    for _ in range(ALLERS):
        await aller_retour()
    apres = memoire()
    assert len(monde.gate.plans) == gardes
    assert apres - avant < 24 << 20, (avant, apres)
    compter("mégaoctets gagnés par aller-retour, pour mille", max(0, apres - avant) * 1000 // (ALLERS << 20))


@pytest.mark.parametrize(
    "chemin",
    ["/v1/dossiers/{}", "/v1/vues/ccapex", "/v1/journal", "/v1/dossiers/{}/historique", "/v1/dossiers/{}/situation"],
)
async def test_une_adresse_demesuree_est_refusee_avant_d_etre_lue(monde: Monde, chemin: str) -> None:
    dossier = await monde.ouvrir()
    qui = {"/v1/journal": ("dpo", "CONTROLE"), "/v1/vues/ccapex": ("ccapex", "CCAPEX_ADMINISTRATIVE")}
    for texte in ("5 " * 15_000, "%20" * 9_000, "a=&" * 9_000):
        async with tenir_le_compte() as tenue:
            reponse = await monde.get(f"{chemin.format(dossier)}?commune={texte}", *qui.get(chemin, BAILLEUR))
        assert reponse.status_code == 400
        assert "2048" in reponse.json()["detail"]
        assert tenue.longue < TENUE_S


async def test_un_partenaire_a_sa_part_et_laisse_celle_des_autres(
    monde: Monde, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts, "DEMANDES", 8)
    dossier = await monde.ouvrir()
    envois = [monde.get(f"/v1/dossiers/{dossier}", *BAILLEUR) for _ in range(30)]
    autres = [monde.get("/v1/moi", "ccapex", "CCAPEX_ADMINISTRATIVE") for _ in range(8)]
    recus = await asyncio.gather(*envois, *autres)
    statuts = Counter(recu.status_code for recu in recus[:30])
    assert statuts.keys() == {200, 429}
    assert statuts[200] >= 8
    assert {recu.status_code for recu in recus[30:]} == {200}
    refus = next(recu for recu in recus if recu.status_code == 429)
    assert refus.headers["retry-after"] == "2"
    assert refus.json()["code"] == "trop_de_demandes"
    lignes = Counter((ligne["organisation"], ligne["motif"]) for ligne in await monde.journal(200))
    assert lignes["bailleur", "trop_de_demandes"] == statuts[429]
    assert (await monde.get(f"/v1/dossiers/{dossier}", *BAILLEUR)).status_code == 200  # the share is given back


def long_travail(pas: int) -> Pas[int]:
    for _ in range(pas):
        debut = time.thread_time()
        while time.thread_time() - debut < 0.001:
            pass
        yield
    return pas


async def test_les_longs_travaux_d_un_partenaire_passent_l_un_apres_l_autre() -> None:
    services, fins = Parts(), []

    async def mener(qui: str) -> None:
        assert await services.derouler(long_travail(40), qui) == 40
        fins.append(qui)

    debut = time.monotonic()
    lourds = [asyncio.create_task(mener("lourd")) for _ in range(10)]
    await asyncio.sleep(0)
    await mener("honnête")
    # Beside one of the ten, not beside all of them: it ends before half of them have.
    assert fins.index("honnête") <= 4, (fins, time.monotonic() - debut)
    await asyncio.gather(*lourds)
    assert services._demandes == Counter()


async def test_qui_demande_peu_ne_laisse_passer_que_quelques_souffles() -> None:
    """However many partners have long works: a dozen turns of the loop, as a short answer takes, and three breaths."""
    services, souffles = Parts(), 0

    def long_travail_compte() -> Pas[None]:
        nonlocal souffles
        while True:
            debut = time.thread_time()
            while time.thread_time() - debut < 2 * parts.SOUFFLE:
                pass
            souffles += 1
            yield

    lourds = [asyncio.create_task(services.derouler(long_travail_compte(), f"lourd {n}")) for n in range(20)]
    await asyncio.sleep(0)
    assert souffles == len(lourds)  # the first breath of a work is taken at once
    for _ in range(10):
        avant = souffles
        for _ in range(12):
            await asyncio.sleep(0)
        assert 0 < souffles - avant <= 4
    lourds[0].cancel()  # who gives up keeps nobody's turn
    avant = souffles
    await asyncio.sleep(0.05)
    assert souffles > avant
    for lourd in lourds:
        lourd.cancel()
    await asyncio.gather(*lourds, return_exceptions=True)

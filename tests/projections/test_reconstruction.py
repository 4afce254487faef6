"""Rebuilt equals live, digest for digest; the swap is atomic; what differs is said."""

import asyncio
import os
import random
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from adapters.commande.unefois import REFUS
from projections import plieurs
from projections.liste import Portee, lister
from projections.projecteur import Attente, Plis, ReconstructionNecessaire, avancer, etat, servir, vider_repos
from projections.reconstruction import ReconstructionEnCours, empreintes_de, reconstruire
from projections.vues import ccapex
from tests.projections.conftest import Base
from tests.projections.monde import COMMUNES, ecrire, entrelacer, histoire
from tests.projections.test_projecteur import connecte, lignes, servies, tout_projeter


async def test_apres_200_histoires_au_hasard_les_vues_refaites_sont_les_vues_servies(base: Base) -> None:
    hasard = random.Random(200)  # noqa: S311 - reproducible
    journal = list(entrelacer([histoire(graine) for graine in range(200)], 200))
    comparees = 0
    plis = Plis()
    async with connecte(base.projecteur) as connexion:
        while journal:
            taille = hasard.randrange(1, 700)
            ecrire(base.admin, journal[:taille])
            journal = journal[taille:]
            while await avancer(connexion, lot=hasard.randrange(1, 200), plis=plis):
                pass
            servi = await servies(base.projecteur)
            bilan = await reconstruire(base.projecteur)
            assert bilan.bascule
            assert bilan.ecarts == ()
            assert bilan.empreintes == servi == await servies(base.projecteur)
            comparees += len(servi)
    assert comparees >= 6 * 3
    with psycopg.connect(base.api) as api:
        [[nombre]] = api.execute("SELECT count(*) FROM vue_ccapex_dossiers").fetchall()
        assert nombre == 200


async def test_la_bascule_sous_des_ecritures_ne_perd_rien(base: Base) -> None:
    tache = asyncio.create_task(servir(base.projecteur))
    journal = iter(entrelacer([histoire(graine) for graine in range(150)], 9))

    async def ecrire_sans_cesse() -> int:
        tete = 0
        while lot := [e for _, e in zip(range(40), journal, strict=False)]:
            tete = await asyncio.to_thread(ecrire, base.admin, lot)
        return tete

    async with Attente(base.api) as attente:
        ecritures = asyncio.create_task(ecrire_sans_cesse())
        bilans = [await reconstruire(base.projecteur) for _ in range(3)]
        tete = await ecritures
        assert all(b.bascule and not b.ecarts for b in bilans)
        assert await attente.attendre(tete, 30)
    tache.cancel()
    await asyncio.wait([tache])
    final = await reconstruire(base.projecteur)
    assert final.ecarts == ()
    assert final.position == tete


async def test_les_lecteurs_sont_servis_pendant_la_bascule(base: Base) -> None:
    ecrire(base.admin, list(entrelacer([histoire(graine) for graine in range(80)], 4)))
    await tout_projeter(base.projecteur)
    finie = asyncio.Event()

    async def lire() -> set[int]:
        nombres: set[int] = set()
        async with connecte(base.api) as connexion:
            while not finie.is_set() or not nombres:
                page = await lister(connexion, ccapex.VUE, portee=Portee(communes=COMMUNES), limite=200)
                nombres.add(len(page.lignes))
        return nombres

    lecture = asyncio.create_task(lire())
    for _ in range(3):
        await reconstruire(base.projecteur)
    finie.set()
    assert await lecture == {80}


async def test_ce_qui_differe_est_dit_et_rien_ne_bascule(base: Base) -> None:
    ecrire(base.admin, list(entrelacer([histoire(graine) for graine in range(10)], 4)))
    await tout_projeter(base.projecteur)
    with psycopg.connect(base.admin) as admin:
        admin.execute("UPDATE vue_comex_dossiers SET stade = 'FAUX' WHERE position = 1")
        admin.execute("DELETE FROM vue_clil_faits WHERE version = 1")
    async with connecte(base.projecteur) as connexion:
        avant = await etat(connexion)
        bilan = await reconstruire(base.projecteur)
        assert not bilan.bascule
        assert {e.table: (e.en_moins, e.en_plus) for e in bilan.ecarts} == {
            "vue_clil_faits": (0, 10),
            "vue_comex_dossiers": (1, 1),
        }
        assert all(e.exemples for e in bilan.ecarts)
        assert (await etat(connexion)) == avant
        force = await reconstruire(base.projecteur, forcer=True)
        assert force.bascule
        assert (await etat(connexion)).active == avant.repos
    assert (await reconstruire(base.projecteur)).ecarts == ()


async def test_du_code_change_arrete_le_projecteur_et_se_reconstruit(base: Base) -> None:
    ecrire(base.admin, list(histoire(1)))
    await tout_projeter(base.projecteur)
    with psycopg.connect(base.admin) as admin:
        admin.execute("UPDATE positions SET revision = 'autre'")
    async with connecte(base.projecteur) as connexion:
        with pytest.raises(ReconstructionNecessaire, match="--reconstruire"):
            await avancer(connexion)
        bilan = await reconstruire(base.projecteur)
        assert bilan.code_change
        assert bilan.bascule
        ecrire(base.admin, list(histoire(2)))
        assert await avancer(connexion) > 0


async def test_interrompue_elle_laisse_la_vue_servie_et_son_reste_est_vide(base: Base) -> None:
    ecrire(base.admin, list(entrelacer([histoire(graine) for graine in range(300)], 4)))
    await tout_projeter(base.projecteur)
    servi = await servies(base.projecteur)

    class Interrompue(Exception):
        pass

    def progression(faits: int, tete: int) -> None:
        assert 0 < faits <= tete
        raise Interrompue

    with pytest.raises(Interrompue):
        await reconstruire(base.projecteur, progression=progression)
    async with connecte(base.projecteur) as connexion:
        repos = (await etat(connexion)).repos
        vide = dict.fromkeys(await empreintes_de(connexion, repos), 0)
        assert await vider_repos(connexion)
        assert {nom: len(lignes(base.admin, f"{nom}_{repos}")) for nom in vide} == vide
        assert not await vider_repos(connexion)
    assert await servies(base.projecteur) == servi


def _vit(pid: int) -> bool:
    """Whether it folds still; of one that has ended, and that nobody has waited for, no command is left."""
    with suppress(FileNotFoundError, ProcessLookupError):
        return b"projections.plieurs" in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    return False


def _plieurs(de: int) -> list[int]:
    """The processes that fold for this one."""
    return [pid for pid in map(int, Path(f"/proc/{de}/task/{de}/children").read_text().split()) if _vit(pid)]


@pytest.fixture
async def long_journal(base: Base, monkeypatch: pytest.MonkeyPatch) -> Base:
    """One that other processes fold, each in many words."""
    monkeypatch.setattr(plieurs, "PEU", 0)
    monkeypatch.setattr(plieurs, "LECTURE", 100)
    ecrire(base.admin, list(entrelacer([histoire(graine) for graine in range(200)], 4)))
    await tout_projeter(base.projecteur)
    return base


async def test_un_long_journal_est_plie_par_d_autres_processus(long_journal: Base) -> None:
    servi, vus = await servies(long_journal.projecteur), set[int]()
    bilan = await reconstruire(long_journal.projecteur, progression=lambda _, __: vus.update(_plieurs(os.getpid())))
    assert bilan.bascule
    assert bilan.empreintes == servi == await servies(long_journal.projecteur)
    assert 0 < len(vus) <= plieurs.AU_PLUS
    assert not any(map(_vit, vus))


async def test_un_plieur_tue_laisse_la_vue_servie(long_journal: Base) -> None:
    servi, tues = await servies(long_journal.projecteur), set[int]()

    def tuer(_: int, __: int) -> None:
        for pid in _plieurs(os.getpid()):
            os.kill(pid, signal.SIGKILL)
            tues.add(pid)

    with pytest.raises(plieurs.PlieurPerdu, match="relancez-la"):
        await reconstruire(long_journal.projecteur, progression=tuer)
    assert plieurs.PlieurPerdu in REFUS, "the command says it, without a trace"
    assert tues
    assert not any(map(_vit, tues))
    assert await servies(long_journal.projecteur) == servi
    async with connecte(long_journal.projecteur) as connexion:
        assert await vider_repos(connexion)


_INTERROMPUE = """
import asyncio, sys, time
from adapters.commande.unefois import REFUS
from projections import plieurs
from projections.reconstruction import reconstruire

def dire(faits, tete):
    print(faits, flush=True)
    time.sleep(60)

plieurs.PEU, plieurs.LECTURE = 0, 100
asyncio.run(reconstruire(sys.argv[1], progression=dire))
"""


def _tuer_qui_reconstruit(url: str) -> list[int]:
    """In the middle of it; those who folded for it."""
    with subprocess.Popen([sys.executable, "-c", _INTERROMPUE, url], stdout=subprocess.PIPE) as processus:
        assert processus.stdout is not None
        assert processus.stdout.readline()
        plient = _plieurs(processus.pid)
        processus.kill()
    return plient


async def test_les_plieurs_ne_survivent_pas_a_qui_les_a_commences(long_journal: Base) -> None:
    """They write nothing: what is at rest can be emptied at once, and nobody fills it again behind."""
    orphelins = await asyncio.to_thread(_tuer_qui_reconstruit, long_journal.projecteur)
    assert orphelins
    async with connecte(long_journal.projecteur) as connexion:
        for _ in range(200):
            if not any(map(_vit, orphelins)) and await vider_repos(connexion):
                break
            await asyncio.sleep(0.05)
        assert not any(map(_vit, orphelins))
        repos = (await etat(connexion)).repos
        tables = [f"{nom}_{repos}" for nom in await empreintes_de(connexion, repos)]
        assert {len(lignes(long_journal.admin, nom)) for nom in tables} == {0}


async def test_une_seule_reconstruction_a_la_fois(base: Base) -> None:
    async with connecte(base.projecteur) as connexion:
        await connexion.execute("SELECT tenir_les_vues(96)")
        with pytest.raises(ReconstructionEnCours):
            await reconstruire(base.projecteur)

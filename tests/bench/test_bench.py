"""``unefois bench``: the shape of what it prints, and what it leaves. Never a figure: the machine is shared."""

import argparse
import asyncio
import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from adapters.bench.corrections import plus_long_arret
from adapters.bench.mesure import Passage, Resultat, centiles, comparer, tableau
from adapters.bench.repli import histoire
from adapters.commande import bench as commande
from ledger.catalogue import FaitCorrige
from tests.conftest import lieu_d_un_jour

LOT = Path(__file__).parents[1] / "exploc" / "lots" / "lot-extrait.csv"
CLES = {"nom", "mesure", "etalon", "rapport", "unite", "p50_ms", "p99_ms"}

PAGES = ("bureau", "attentes", "mes_dossiers", "file", "dossier", "transmettre", "acte")
DETAILS = [
    *("repli", "repli_corrige", "corrections", "corrections_boucle", "echeances", "echeances_reponse", "deja_connu"),
    *("papier", "papier_calcul"),
    "flux",
    "pages",
    *(f"pages_{nom}" for nom in PAGES),
    "croissance",
    *(
        f"croissance_{nom}"
        for nom in (
            *("demarrage", "file", "file_profonde", "commune", "stade", "parc", "arrondissement", "seance", "acte"),
            *("audience", "audience_a_venir", "echeance", "calendrier", "mes_dossiers"),
            *("mes_dossiers_commune", "recherche", "vue"),
            *("journal_dossier", "journal_agent", "journal_jour", *(f"page_{nom}" for nom in PAGES)),
            *(f"page_comex_{nom}" for nom in ("bureau", "file", "situation", "commissariat", "calendrier")),
            "ouverture",
            "par_echeance",
        )
    ),
    *("secret", "secret_recherche", "secret_identifiant", "secret_lot", "secret_ouverture"),
]


def options(*arguments: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    commande.add_arguments(parser)
    return parser.parse_args(arguments)


async def test_without_a_lot_the_line_says_so(capfdbinary: pytest.CaptureFixture[bytes], tmp_path: Path) -> None:
    absent = str(tmp_path / "absent.csv")
    await commande.run(options("--seulement", "import", "--lot", absent))
    assert "pas de lot" in capfdbinary.readouterr().out.decode()


@pytest.mark.long
def test_one_small_run_prints_every_line_and_leaves_nothing(outil: Callable[[str], Path]) -> None:
    """The command as it is called, on so little that its figures mean nothing; its status may say so."""
    lieu = Path(tempfile.mkdtemp(prefix="unefois-essai-", dir=lieu_d_un_jour()))
    lieu.chmod(0o755)  # the account that runs the cluster walks here
    seulement = [mot for nom in commande.NOMS for mot in ("--seulement", nom)]
    petit = ["--paires", "1", "--secondes", "0.2", "--clients", "2", "--lot", str(LOT)]
    petit += ["--repli", "20,40", "--corrections", "120,5", "--croissance", "40,60", "--secret", "20"]
    petit += ["--courriers", "20"]
    environ = {nom: valeur for nom, valeur in os.environ.items() if not nom.startswith("UNEFOIS_")}
    environ |= {"TMPDIR": str(lieu), "PATH": f"{outil('opa').parent}:{environ['PATH']}"}
    try:
        fini = subprocess.run(
            [sys.executable, "-m", "adapters.commande.unefois", "bench", "--json", *petit, *seulement],
            cwd=LOT.parents[3], env=environ, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert fini.returncode in {0, 1}, fini.stderr
        lignes = json.loads(fini.stdout)
        noms = [ligne["nom"] for ligne in lignes]
        assert [nom for nom in noms if nom in commande.NOMS] == list(commande.NOMS), fini.stderr
        assert noms[noms.index("repli") :] == DETAILS, fini.stderr
        assert all(set(ligne) == CLES for ligne in lignes)
        assert all(ligne["mesure"] and ligne["etalon"] for ligne in lignes), fini.stderr
        assert "Traceback" not in fini.stderr
        assert list(lieu.iterdir()) == [], fini.stderr
        assert processus_de(lieu) == [], fini.stderr
    finally:
        shutil.rmtree(lieu)


def processus_de(lieu: Path) -> list[str]:
    """The live processes that were given this directory."""
    vivants = []
    for processus in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if os.fsencode(lieu) in (processus / "environ").read_bytes() + (processus / "cmdline").read_bytes():
                vivants.append(processus.name)
    return vivants


async def test_the_ratio_is_the_median_of_the_pairs() -> None:
    mesures = iter([Passage(n, 1.0, [0.001]) for n in (10, 40, 90)])
    etalons = iter([Passage(10, 1.0, []) for _ in range(3)])

    async def mesure() -> Passage:
        await asyncio.sleep(0)
        return next(mesures)

    async def etalon() -> Passage:
        await asyncio.sleep(0)
        return next(etalons)

    resultat = await comparer("x", "/s", mesure, etalon, paires=3)
    assert (resultat.mesure, resultat.etalon, resultat.rapport, resultat.valable) == (40, 10, 4.0, True)


async def test_a_starved_server_gives_no_ratio() -> None:
    async def affame() -> Passage:
        await asyncio.sleep(0)
        return Passage(10, 1.0, [0.001], coeur=0.5)

    resultat = await comparer("x", "/s", affame, affame, paires=1)
    assert not resultat.valable
    assert resultat.rapport is None
    assert "non valable" in tableau([resultat])


async def test_a_pair_that_was_starved_is_run_again() -> None:
    coeurs = iter([0.5, 1.0, 1.0])

    async def mesure() -> Passage:
        await asyncio.sleep(0)
        return Passage(30, 1.0, [0.001], coeur=next(coeurs))

    async def etalon() -> Passage:
        await asyncio.sleep(0)
        return Passage(10, 1.0, [], coeur=1.0)

    resultat = await comparer("x", "/s", mesure, etalon, paires=2)
    assert (resultat.rapport, resultat.valable) == (3.0, True)
    assert "50%" in resultat.remarques[-1]
    assert next(coeurs, None) is None


def test_percentiles_of_nothing_and_of_one() -> None:
    assert centiles([]) == (None, None)
    assert centiles([0.002]) == (2.0, 2.0)


def test_the_table_writes_french_numbers() -> None:
    ligne = Resultat(nom="x", mesure=12345.0, etalon=1.5, rapport=None, unite="/s", p50_ms=0.25, p99_ms=None)
    assert "12 345" in tableau([ligne])
    assert "1,5" in tableau([ligne])
    assert "–" in tableau([ligne])


async def test_what_holds_the_loop_is_seen_up_to_its_end() -> None:
    async def tenir() -> None:
        await asyncio.sleep(0)
        time.sleep(0.2)  # noqa: ASYNC251 - what must not be done

    assert await plus_long_arret(tenir()) >= 0.19


def test_a_history_is_of_the_size_that_was_asked_and_corrects_no_fact_twice() -> None:
    faits = histoire(200, 0.3)
    remplaces = [(f.enveloppe.corrige, f.evenement.TOPIC) for f in faits if f.enveloppe.corrige]
    retires = [f.evenement.corrige for f in faits if isinstance(f.evenement, FaitCorrige)]
    cibles = [*retires, *(cible for cible, _ in remplaces)]
    assert len(faits) == 200
    assert 30 < len(cibles) < 90
    assert len(set(cibles)) == len(cibles)
    assert set(remplaces) <= {(fait.enveloppe.id, fait.evenement.TOPIC) for fait in faits}

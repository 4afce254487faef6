"""The command ``unefois bench``: one run of every measure, a table or JSON on the standard output, progress beside."""

import argparse
import sys
from pathlib import Path
from typing import Final

import orjson

from adapters.bench import corrections, croissance, dossier, flux, http, pages, papier, repli, secret
from adapters.bench.banc import Banc, TravailPerdu, ouvrir_banc
from adapters.bench.garanties import Reglage, garanties
from adapters.bench.garanties import preparer as preparer_dossiers
from adapters.bench.lot import LOT, LotRefuse, Lots, importation, reconstruction
from adapters.bench.mesure import Resultat, absent, dire, tableau
from adapters.bench.politique import decision
from policies.engines import EngineUnavailable

NOMS: Final = (
    *("contribution", "vue_ccapex", "import", "reconstruction", "decision", "journal"),
    *("repli", "corrections", "echeances", "deja_connu", "papier", "flux", "pages", "croissance", "secret"),
)
"""The lines that every run has, in their order; those that detail one follow it, and begin with its name."""
QUESTIONS: Final = 2000
CLIENTS: Final = 32
DOSSIERS_PAR_CLIENT: Final = 10
PART_D_UNE_REQUETE: Final = 0.125
"""Of the duration of a side: the growth is looked at in so many requests that each gets less."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of ``unefois bench``."""
    parser.add_argument("--json", action="store_true", help="une liste d'objets au lieu du tableau")
    parser.add_argument("--paires", type=_positif, default=5, help="combien de fois chaque côté est mesuré (5)")
    parser.add_argument("--secondes", type=float, default=4.0, help="durée de chaque côté d'une paire (4)")
    parser.add_argument("--clients", type=_positif, default=CLIENTS, help=f"combien d'appels à la fois ({CLIENTS})")
    parser.add_argument("--lot", type=Path, default=LOT, help="le lot EXPLOC à importer (celui des essais)")
    parser.add_argument(
        "--secret",
        type=_positif,
        default=secret.PAIRES,
        metavar="N",
        help=f"paires de chaque requête, d'un ménage connu d'autrui et d'un inconnu ({secret.PAIRES})",
    )
    parser.add_argument(
        "--courriers", type=_positif, default=1000, metavar="N", help="courriers faits d'une seule traite (1000)"
    )
    for nom, tailles, quoi in (
        ("repli", repli.TAILLES, "faits de l'histoire courte et de la longue"),
        ("corrections", corrections.TAILLES, "faits du dossier, et combien sont remplacés"),
        ("croissance", croissance.TAILLES, "dossiers du petit département et du grand"),
    ):
        aide = f"{quoi} ({tailles[0]},{tailles[1]})"
        parser.add_argument(f"--{nom}", type=_deux, default=tailles, metavar="N,N", help=aide)
    parser.add_argument(
        "--seulement", action="append", choices=[*NOMS, "garanties"], help="ne mesurer que cela (répétable)"
    )


def _positif(texte: str) -> int:
    valeur = int(texte)
    if valeur < 1:
        raise argparse.ArgumentTypeError("au moins 1")
    return valeur


def _deux(texte: str) -> tuple[int, int]:
    un, _, autre = texte.partition(",")
    return _positif(un), _positif(autre)


async def run(options: argparse.Namespace) -> int:
    """Measure on a cluster of our own; 1 when a line is not valid, since a reader may keep the figures alone."""
    voulus = set(options.seulement or (*NOMS, "garanties"))
    reglage = Reglage(options.paires, options.secondes, options.clients, options.clients * DOSSIERS_PAR_CLIENT)
    dire("Mesures : grappe PostgreSQL jetable, écritures durables (fsync), un seul processus par serveur.")
    try:
        with ouvrir_banc() as banc:
            resultats = await _mesurer(banc, lot_lisible(options.lot), voulus, reglage)
            resultats += await _mesurer_tailles(banc, options, voulus, reglage)
    except (TravailPerdu, LotRefuse, EngineUnavailable) as echec:
        dire(f"La mesure n'a pas abouti : {echec}")
        return 1
    resultats.sort(key=_rang)
    if options.json:
        sys.stdout.buffer.write(orjson.dumps([r.en_json() for r in resultats], option=orjson.OPT_INDENT_2) + b"\n")
        for r in resultats:
            for remarque in r.remarques:
                dire(f"{r.nom} : {remarque}")
    else:
        sys.stdout.write(tableau(resultats) + "\n")
    return 0 if all(r.valable for r in resultats) else 1


def lot_lisible(chemin: Path) -> Path | None:
    """The lot, if it is there: a product installed without its tests has none."""
    return chemin if chemin.is_file() else None


async def _mesurer(banc: Banc, lot: Path | None, voulus: set[str], reglage: Reglage) -> list[Resultat]:
    trouves: list[Resultat] = []
    if voulus & {"contribution", "vue_ccapex", "journal"}:
        trouves += await http.mesurer(banc, voulus, reglage)
    if voulus & {"import", "reconstruction"}:
        trouves += await _mesurer_lot(banc, lot, voulus, reglage)
    if "decision" in voulus:
        trouves.append(await decision(reglage.paires, QUESTIONS))
    if "garanties" in voulus:
        _, acces = banc.base()
        dossiers = await preparer_dossiers(banc, acces, reglage.dossiers)
        async with banc.ledger(acces) as ledger:
            trouves += await garanties(banc, ledger, acces, dossiers, reglage)
    return trouves


async def _mesurer_tailles(
    banc: Banc, options: argparse.Namespace, voulus: set[str], reglage: Reglage
) -> list[Resultat]:
    """The lines that compare the product with itself, at two sizes."""
    trouves: list[Resultat] = []
    if "repli" in voulus:
        trouves += await repli.repli(reglage.paires, options.repli)
    if "corrections" in voulus:
        trouves += await corrections.corrections(banc, reglage.paires, options.corrections)
    if "echeances" in voulus:
        trouves += await dossier.echeances(banc, reglage.paires)
    if "deja_connu" in voulus:
        trouves += await dossier.deja_connu(banc, reglage.paires)
    if "papier" in voulus:
        trouves += await papier.papier(banc, reglage.paires, options.courriers)
    if "flux" in voulus:
        trouves += await flux.flux(banc, reglage.paires)
    if "pages" in voulus:
        trouves += await pages.pages(banc, reglage.paires, reglage.secondes * PART_D_UNE_REQUETE)
    if "secret" in voulus:
        trouves += await secret.secret(banc, options.secret)
    if "croissance" in voulus:
        secondes = reglage.secondes * PART_D_UNE_REQUETE
        trouves += await croissance.croissance(banc, reglage.paires, secondes, options.croissance)
    return trouves


def _rang(resultat: Resultat) -> int:
    nom = resultat.nom
    return next((rang for rang, connu in enumerate(NOMS) if f"{nom}_".startswith(f"{connu}_")), len(NOMS))


async def _mesurer_lot(banc: Banc, lot: Path | None, voulus: set[str], reglage: Reglage) -> list[Resultat]:
    if lot is None:
        lignes = (("import", "rangées/s"), ("reconstruction", "événements/s"))
        return [
            absent(nom, unite, "non mesuré : pas de lot ; donnez-en un avec --lot")
            for nom, unite in lignes
            if nom in voulus
        ]
    lots = Lots(banc, lot)
    trouves = []
    if "import" in voulus:
        trouves.append(await importation(lots, reglage.paires))
    else:
        await lots.importer()
    if "reconstruction" in voulus:
        trouves.append(await reconstruction(lots, reglage.paires))
    return trouves

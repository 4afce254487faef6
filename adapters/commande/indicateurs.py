"""``unefois indicateurs``: count a year that is over, receive what institutions count."""

import argparse
import csv
import sys
from pathlib import Path
from typing import Final

from adapters.commande.agent import GesteRefuse, admettre_agent, ajouter_qui, phrase_de
from adapters.gate.contexte import Gate
from adapters.gate.indicateurs import arreter, recevoir
from adapters.gate.refus import Refus
from policies.decision import Action

FINALITE: Final = "STATISTIQUE"
_COLONNES: Final = ("code", "annee", "valeur")
_OCTETS_AU_PLUS: Final = 256 * 1024


def ajouter_indicateurs(parser: argparse.ArgumentParser) -> None:
    """The options of ``unefois indicateurs``."""
    gestes = parser.add_subparsers(dest="geste", required=True, metavar="GESTE")
    annee = gestes.add_parser("arreter", help="compter une année finie, et la garder")
    annee.add_argument("annee", type=int, metavar="ANNEE", help="l'année, une fois finie")
    ajouter_qui(annee)
    series = gestes.add_parser("recevoir", help="garder les séries que comptent les institutions")
    series.add_argument(
        "fichier", type=Path, metavar="FICHIER", help="un CSV « code;annee;valeur », en nombres entiers"
    )
    ajouter_qui(series)


async def indicateurs(options: argparse.Namespace, gate: Gate) -> int:
    """Count, or receive; say how many figures were kept."""
    try:
        acces = await admettre_agent(gate, options.par, FINALITE, Action.COMPTER)
        if options.geste == "recevoir":
            combien = await recevoir(gate, acces, _lire(options.fichier))
        else:
            combien = await arreter(gate, acces, options.annee, _dire)
            sys.stderr.write("\n" if sys.stderr.isatty() else "")
    except Refus as refus:
        raise GesteRefuse(phrase_de(refus)) from refus
    sys.stdout.write(f"{combien} chiffres gardés.\n" if combien else "Aucun chiffre n'a changé.\n")
    return 0


def _dire(comptes: int) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"\r{comptes} dossiers comptés")


def _lire(fichier: Path) -> list[tuple[str, int, int]]:
    try:
        if fichier.stat().st_size > _OCTETS_AU_PLUS:
            raise GesteRefuse(f"{fichier} dépasse {_OCTETS_AU_PLUS >> 10} Kio : ce n'est pas une série annuelle.")
        texte = fichier.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as erreur:
        raise GesteRefuse(f"{fichier} ne peut pas être lu : donnez un CSV en UTF-8.") from erreur
    rangees = list(csv.DictReader(texte.splitlines(), delimiter=";"))
    lues = []
    for ligne, rangee in enumerate(rangees, 2):
        try:
            lues.append((rangee["code"].strip(), int(rangee["annee"]), int(rangee["valeur"])))
        except (KeyError, TypeError, ValueError, AttributeError) as erreur:
            attendu = ";".join(_COLONNES)
            raise GesteRefuse(f"Ligne {ligne} : attendu « {attendu} », avec deux nombres entiers.") from erreur
    return lues

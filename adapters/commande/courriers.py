"""``unefois courriers``: one letter for many cases, a file each; interrupted, it goes on where it was."""

import argparse
import os
import sys
from contextlib import aclosing
from pathlib import Path
from typing import Final
from uuid import UUID

from adapters.commande.agent import GesteRefuse, admettre_agent, ajouter_qui, phrase_de
from adapters.gate.contexte import Gate
from adapters.gate.refus import Refus
from adapters.papier.lot import AU_PLUS, tirer
from adapters.papier.modeles import modeles
from policies.decision import Action

_OCTETS_AU_PLUS: Final = 1 << 20
_PAS: Final = 10
"""Letters between two words of progress."""


def ajouter_courriers(parser: argparse.ArgumentParser) -> None:
    """The options of ``unefois courriers``."""
    parser.add_argument("modele", choices=sorted(modeles()), metavar="MODELE", help=", ".join(sorted(modeles())))
    parser.add_argument("dossiers", type=Path, metavar="FICHIER", help="les numéros des dossiers, un par ligne")
    parser.add_argument("sortie", type=Path, metavar="DOSSIER", help="où écrire les PDF ; ceux qui y sont restent")
    parser.add_argument("--finalite", required=True, metavar="CODE", help="la finalité de ces courriers")
    ajouter_qui(parser)


async def courriers(options: argparse.Namespace, gate: Gate) -> int:
    """Write the letters that are not there yet; say how many were made, and why the others were not."""
    numeros = _numeros(options.dossiers)
    sortie = _ouvrir(options.sortie)
    restent = [numero for numero in numeros if not _fichier(sortie, options.modele, numero).exists()]
    faits, refus = 0, 0
    try:
        acces = await admettre_agent(gate, options.par, options.finalite, Action.LIRE)
        async with aclosing(tirer(gate, acces, options.modele, restent)) as tires:
            async for tire in tires:
                if tire.refus is not None:
                    refus += 1
                    sys.stdout.write(f"{tire.dossier} : {tire.refus.message}\n")
                    continue
                _ecrire(_fichier(sortie, options.modele, tire.dossier), tire.octets)
                faits += 1
                _dire(faits, refus, len(restent))
    except Refus as ferme:
        raise GesteRefuse(phrase_de(ferme)) from ferme
    deja = len(numeros) - len(restent)
    sys.stderr.write("\n" if sys.stderr.isatty() else "")
    sys.stdout.write(f"{faits} courriers faits, {deja} l'étaient déjà, {refus} n'ont pas pu l'être.\n")
    return 0 if refus == 0 else 1


def _dire(faits: int, refus: int, total: int) -> None:
    if sys.stderr.isatty() and (faits % _PAS == 0 or faits + refus == total):
        sys.stderr.write(f"\r{faits + refus} / {total} courriers")
        sys.stderr.flush()


def _numeros(fichier: Path) -> list[UUID]:
    try:
        if fichier.stat().st_size > _OCTETS_AU_PLUS:
            raise GesteRefuse(f"{fichier} dépasse {_OCTETS_AU_PLUS >> 20} Mio : un lot a {AU_PLUS} dossiers au plus.")
        lignes = fichier.read_text("utf-8-sig").split()
    except (OSError, UnicodeDecodeError) as erreur:
        raise GesteRefuse(f"{fichier} ne peut pas être lu : donnez un numéro de dossier par ligne.") from erreur
    numeros: dict[UUID, None] = {}
    for rang, ligne in enumerate(lignes, 1):
        try:
            numeros[UUID(ligne)] = None
        except ValueError as erreur:
            raise GesteRefuse(f"{fichier}, ligne {rang} : ce n'est pas un numéro de dossier.") from erreur
    if len(numeros) > AU_PLUS:
        raise GesteRefuse(f"{len(numeros)} dossiers : un lot en a {AU_PLUS} au plus. Partagez-le.")
    return list(numeros)


def _ouvrir(sortie: Path) -> Path:
    """The directory of the letters, which nobody else reads."""
    try:
        sortie.mkdir(mode=0o700, exist_ok=True)
    except OSError as erreur:
        raise GesteRefuse(f"{sortie} ne peut pas être ouvert : donnez un dossier où écrire.") from erreur
    return sortie


def _fichier(sortie: Path, modele: str, numero: UUID) -> Path:
    return sortie / f"{modele}-{numero}.pdf"


def _ecrire(fichier: Path, octets: bytes) -> None:
    """All of it, or nothing: an interruption leaves no half of a letter."""
    en_cours = fichier.with_suffix(".en-cours")
    try:
        descripteur = os.open(en_cours, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descripteur, "wb") as flux:
            flux.write(octets)
        en_cours.replace(fichier)
    except OSError as erreur:
        raise GesteRefuse(f"{fichier} ne peut pas être écrit : {erreur.strerror}.") from erreur

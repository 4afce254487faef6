"""``unefois pseudonyme``: under which name the registry habilitates a person whom an identity provider knows."""

import argparse
import sys

from adapters.commande.agent import GesteRefuse
from adapters.identite.personne import Personne
from adapters.identite.refus import JetonRefuse
from adapters.identite.revendications import Lexique
from adapters.service.settings import Settings
from adapters.service.wiring import pseudonymes_locaux


def ajouter_pseudonyme(parser: argparse.ArgumentParser) -> None:
    """The options of ``unefois pseudonyme``; the address is read from the standard input, no shell remembers it."""
    parser.description = f"{parser.description} L'adresse professionnelle est lue sur l'entrée standard."
    parser.add_argument("--idp", required=True, help="le fournisseur d'identité, tel que l'émetteur le nomme (idp_id)")
    parser.add_argument("--siret", required=True, help="l'établissement de la personne, tel que l'émetteur le dit")


def pseudonyme(options: argparse.Namespace, settings: Settings) -> int:
    """Print it. ``GesteRefuse``: the address or the SIRET is none."""
    noms = Lexique()
    dites = {noms.idp: options.idp, noms.courriel: sys.stdin.readline(), noms.siret: options.siret}
    try:
        personne = Personne.lire(dites, noms)
    except JetonRefuse as refus:
        raise GesteRefuse(
            "Il faut un fournisseur, une adresse professionnelle et un SIRET de quatorze chiffres."
        ) from refus
    sys.stdout.write(pseudonymes_locaux(settings).de(personne) + "\n")
    return 0

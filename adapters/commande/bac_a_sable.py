"""``unefois bac-a-sable``: who may call a sandbox. A private key is printed once, and kept nowhere."""

import argparse
import sys
from pathlib import Path

import orjson

from adapters.demo.bac_a_sable import clients_de
from adapters.demo.clients import detacher, rattacher
from adapters.demo.peuplement import peupler_registre
from adapters.service.settings import Settings
from adapters.service.wiring import SecretIllisible, ouvrir_acces
from ledger.droit.jours import aujourd_hui


def ajouter_bac_a_sable(parser: argparse.ArgumentParser) -> None:
    """The options of ``unefois bac-a-sable``."""
    gestes = parser.add_subparsers(dest="geste", required=True, metavar="GESTE")
    inscrire = gestes.add_parser(
        "inscrire",
        help="inscrire un client d'un partenaire fictif",
        description="Inscrire un client d'un partenaire fictif. Sa clé privée est écrite une fois, sur la sortie.",
    )
    inscrire.add_argument("client", metavar="NOM", help="son nom : minuscules, chiffres et tirets")
    inscrire.add_argument("--partenaire", required=True, metavar="CODE", help="le partenaire fictif pour qui il agit")
    inscrire.add_argument(
        "--cle", type=Path, metavar="FICHIER", help="sa clé publique (JWK, P-256) ; sinon une clé lui est faite"
    )
    retirer = gestes.add_parser("retirer", help="retirer un client : ses jetons ne valent plus rien")
    retirer.add_argument("client", metavar="NOM", help="son nom")
    gestes.add_parser("lister", help="dire quels clients sont inscrits, et de quel partenaire")


def bac_a_sable(options: argparse.Namespace, settings: Settings) -> int:
    """One change of the clients, known to a sandbox that serves at its next request; ``ClientRefuse``."""
    clients = clients_de(settings)
    if options.geste == "lister":
        sys.stdout.writelines(f"{nom} {machine.organisation}\n" for nom, machine in clients.items())
        return 0
    if options.geste == "inscrire":
        privee = clients.inscrire(options.client, options.partenaire, options.cle)
        if privee is not None:
            sys.stdout.write(orjson.dumps(privee).decode() + "\n")
    else:
        clients.retirer(options.client)
    with ouvrir_acces(settings) as acces:
        if acces.registre is None:
            raise SecretIllisible("Ce processus n'a pas accès au registre.")
        le = aujourd_hui()
        peupler_registre(acces.registre, settings.schema, le)
        if options.geste == "retirer":
            detacher(acces.registre, settings.schema, options.client, le)
        rattacher(acces.registre, settings.schema, clients)
    return 0

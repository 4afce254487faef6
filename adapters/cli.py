"""The command ``unefois``: parses, opens what the command needs, runs it, and says in French what went wrong."""

import argparse
import asyncio
import os
import sys
from collections.abc import Sequence

import psycopg

from adapters import commandes_registre
from adapters.bench import commande as bench
from adapters.cluster import ClusterIndisponible
from adapters.demo.demarrage import DemoSeulement, demontrer
from adapters.exploc import commande as exploc
from adapters.registre import ChangementRefuse
from adapters.serveur import application
from adapters.serveur import servir as servir_application
from adapters.settings import ConfigurationRefusee, Settings
from adapters.wiring import (
    Acces,
    SecretIllisible,
    aujourd_hui,
    dans_le_schema,
    installer_bases,
    ouvrir_acces,
    ouvrir_maison,
    ouvrir_quai,
)
from ledger.installation import SchemaInadapte
from projections.projecteur import ReconstructionNecessaire, servir
from projections.reconstruction import ReconstructionEnCours, reconstruire

INTERROMPU = 130
REFUS = (
    ConfigurationRefusee,
    ClusterIndisponible,
    SecretIllisible,
    ReconstructionEnCours,
    ReconstructionNecessaire,
    DemoSeulement,
    ChangementRefuse,
    SchemaInadapte,
)


def analyseur() -> argparse.ArgumentParser:
    """Every command and option; a test of ``deploy/`` reads it."""
    racine = argparse.ArgumentParser(prog="unefois", description="Le dossier partagé : dites-le nous une fois.")
    commandes = racine.add_subparsers(dest="commande", required=True, metavar="COMMANDE")
    commandes.add_parser("installer", help="créer les rôles, les bases et les tables qui manquent")
    projeter = commandes.add_parser("projeter", help="tenir à jour les vues des commissions")
    projeter.add_argument("--reconstruire", action="store_true", help="rebâtir les vues à côté, puis échanger")
    projeter.add_argument("--forcer", action="store_true", help="échanger même si les vues diffèrent")
    commandes.add_parser("serve", help="servir l'API et les pages")
    commandes.add_parser("demo", help="servir un département fictif, sur cette machine seulement")
    commandes_registre.ajouter_partenaires(
        commandes.add_parser("partenaires", help="tenir le registre des partenaires")
    )
    commandes_registre.ajouter_habilitations(commandes.add_parser("habilitations", help="habiliter, révoquer"))
    exploc.add_arguments(commandes.add_parser("exploc", help="importer les actes d'un lot EXPLOC"))
    bench.add_arguments(commandes.add_parser("bench", help="mesurer ce que tient cette machine, sur une base jetable"))
    return racine


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit status is 0, 1 for a refusal, 130 when interrupted."""
    options = analyseur().parse_args(arguments)
    try:
        settings = Settings.lire(os.environ).pour(options.commande)
        if options.commande == "bench":
            return asyncio.run(bench.run(options))  # on a cluster of its own: nobody's data is opened
        if options.commande == "installer":
            installer_bases(settings)
            print("Les bases sont prêtes.")
            return 0
        with ouvrir_acces(settings) as acces:
            return asyncio.run(_executer(options, settings, acces))
    except REFUS as refus:
        print(refus, file=sys.stderr)
        return 1
    except psycopg.OperationalError as panne:
        print(f"PostgreSQL n'a pas répondu comme attendu : {panne}".rstrip(), file=sys.stderr)
        print("Vérifiez que le serveur tourne et que « unefois installer » a été lancé.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Interrompu.", file=sys.stderr)
        return INTERROMPU


async def _executer(options: argparse.Namespace, settings: Settings, acces: Acces) -> int:
    match options.commande:
        case "partenaires" | "habilitations":
            if acces.registre is None:
                raise SecretIllisible("Ce processus n'a pas accès au registre.")
            return commandes_registre.run(options, acces.registre, settings.schema, aujourd_hui())
        case "projeter":
            return await _projeter(options, settings, acces)
        case "serve":
            async with ouvrir_maison(settings, acces) as maison:
                await servir_application(application(maison, settings), settings)
            return 0
        case "exploc":
            async with ouvrir_quai(settings, acces) as quai:
                return await exploc.run(options, quai.ledger, quai.registre, quai.decider, aujourd_hui())
        case "demo":
            await demontrer(settings, acces)
            return 0
        case _:
            raise NotImplementedError(options.commande)


async def _projeter(options: argparse.Namespace, settings: Settings, acces: Acces) -> int:
    if acces.projecteur is None:
        raise SecretIllisible("Ce processus n'a pas accès aux vues.")
    url = dans_le_schema(acces.projecteur, settings.schema)
    if not options.reconstruire:
        await servir(url)
        return 0
    bilan = await reconstruire(url, forcer=options.forcer, progression=_avancement)
    print(f"\n{bilan.evenements} événements relus, jusqu'à la position {bilan.position}.", file=sys.stderr)
    for nom, empreinte in bilan.empreintes.items():
        print(f"{nom} {empreinte}")
    for ecart in bilan.ecarts:
        print(f"{ecart.table} : {ecart.en_moins} en moins, {ecart.en_plus} en plus, dont {ecart.exemples}")
    print("Les vues sont échangées." if bilan.bascule else "Les vues n'ont pas été échangées.")
    return 0 if bilan.bascule else 1


def _avancement(faits: int, total: int) -> None:
    print(f"\r{faits} / {total} événements", end="", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())

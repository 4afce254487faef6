"""The command ``unefois``: parses, opens what the command needs, runs it, and says in French what went wrong."""

import argparse
import asyncio
import errno
import os
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from functools import partial
from importlib.metadata import version
from typing import Any, Final

import psycopg
import uvloop

from adapters.commande import (
    bac_a_sable,
    bench,
    cles,
    conformite,
    courriers,
    exploc,
    indicateurs,
    journal,
    politiques,
    pseudonyme,
)
from adapters.commande import registre as commandes_registre
from adapters.commande.agent import GesteRefuse
from adapters.commande.francais import franciser
from adapters.demo.bac_a_sable import HEURE, ouvrir_a_tous
from adapters.demo.clients import ClientRefuse
from adapters.demo.demarrage import DemoSeulement, demontrer, entrees_des_administrateurs
from adapters.gate.contexte import Gate
from adapters.identite.demo import EmetteurDemo
from adapters.intendance.adresses import application as pages_de_l_intendance
from adapters.livraison.livreur import livreur
from adapters.registre.administration import ChangementRefuse
from adapters.service.cluster import ClusterIndisponible, ouvrir_serveur
from adapters.service.collector import calm_collector
from adapters.service.serveur import application
from adapters.service.serveur import servir as servir_application
from adapters.service.settings import ConfigurationRefusee, Settings
from adapters.service.wiring import (
    Adresses,
    ComposantAbsent,
    SecretIllisible,
    dans_le_schema,
    installer_bases,
    messagerie,
    ouvrir_acces,
    ouvrir_gate,
    ouvrir_intendance,
    ouvrir_maison,
)
from ledger.droit.jours import aujourd_hui
from ledger.installation import SchemaInadapte
from projections.plieurs import PlieurPerdu
from projections.projecteur import ReconstructionNecessaire, servir
from projections.reconstruction import ReconstructionEnCours, reconstruire

REFUSE: Final = 1
INTERROMPU: Final = 130
TUYAU_FERME: Final = 141
_ETATS: Final = (
    "État de sortie : 0, c'est fait ; 1, refusé ou impossible, et la raison est dite ; 2, la commande est mal écrite ;"
    " 130, interrompue."
)
REFUS: Final = (
    ConfigurationRefusee,
    ClusterIndisponible,
    SecretIllisible,
    ComposantAbsent,
    PlieurPerdu,
    ReconstructionEnCours,
    ReconstructionNecessaire,
    DemoSeulement,
    ClientRefuse,
    ChangementRefuse,
    SchemaInadapte,
    GesteRefuse,
)


def analyseur() -> argparse.ArgumentParser:
    """Every command and option; a test of ``deploy/`` reads it."""
    franciser()
    racine = argparse.ArgumentParser(
        prog="unefois", description="Le dossier partagé : dites-le nous une fois.", epilog=_ETATS
    )
    racine.add_argument("--version", action="version", version=f"unefois {version('unefois')}", help="dire la version")
    commandes = racine.add_subparsers(dest="commande", required=True, metavar="COMMANDE")

    def commande(nom: str, aide: str) -> argparse.ArgumentParser:
        return commandes.add_parser(nom, help=aide, description=f"{aide[0].upper()}{aide[1:]}.", epilog=_ETATS)

    commande("installer", "créer les rôles, les bases et les tables qui manquent, ou les mettre à niveau")
    projeter = commande("projeter", "tenir à jour les vues des commissions")
    projeter.add_argument("--reconstruire", action="store_true", help="rebâtir les vues à côté, puis échanger")
    projeter.add_argument("--forcer", action="store_true", help="échanger même si les vues diffèrent")
    commande("livrer", "livrer leur flux aux abonnés")
    commande("serve", "servir l'API et les pages")
    demo = commande("demo", "servir un département fictif, sur cette machine seulement")
    demo.add_argument("--ouvert", action="store_true", help="un bac à sable, par clients inscrits")
    demo.add_argument(
        "--heure", type=int, choices=range(24), default=HEURE, metavar="H",
        help=f"l'heure de Paris de sa remise à zéro, chaque nuit ({HEURE})",
    )  # fmt: skip
    bac_a_sable.ajouter_bac_a_sable(commande("bac-a-sable", "tenir les clients d'un bac à sable"))
    commandes_registre.ajouter_partenaires(commande("partenaires", "tenir le registre des partenaires"))
    commandes_registre.ajouter_habilitations(commande("habilitations", "habiliter des agents, révoquer"))
    commandes_registre.ajouter_mandats(commande("mandats", "confirmer les mandats des partenaires, révoquer"))
    commandes_registre.ajouter_instances(commande("instances", "instituer les commissions, les clore"))
    commandes_registre.ajouter_seances(commande("seances", "convoquer les commissions, y donner des sièges"))
    commandes_registre.ajouter_administrateurs(
        commande("administrateurs", "nommer qui administre le registre, retirer")
    )
    commande("intendance", "servir les pages de qui administre le registre")
    pseudonyme.ajouter_pseudonyme(commande("pseudonyme", "dire sous quel nom habiliter une personne qui se connecte"))
    journal.ajouter_journal(commande("journal", "lire le journal des accès, pour le DPO"))
    politiques.ajouter_politiques(commande("politiques", "dire quelles règles d'accès étaient en vigueur, pour le DPO"))
    cles.ajouter_cles(commande("cles", "exécuter un effacement décidé, compter les clés"))
    indicateurs.ajouter_indicateurs(commande("indicateurs", "arrêter les indicateurs de la charte"))
    courriers.ajouter_courriers(commande("courriers", "faire un même courrier pour plusieurs dossiers, en PDF"))
    conformite.ajouter_conformite(commande("conformite", "dire si un serveur tient le contrat, règle par règle"))
    exploc.add_arguments(
        commande("exploc", "importer les actes d'EXPLOC, d'un lot ou du système national ; le simuler")
    )
    bench.add_arguments(commande("bench", "mesurer ce que tient cette machine, sur une base jetable"))
    return racine


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; what it is refused, or cannot have, is said in French on the standard error."""
    options = analyseur().parse_args(arguments)
    try:
        ouverte = options.commande == "bac-a-sable" or getattr(options, "ouvert", False)
        settings = Settings.lire(os.environ, ouverte=ouverte)
        return COMMANDES[options.commande](options, settings.pour(options.commande))
    except REFUS as refus:
        statut, message = REFUSE, str(refus)
    except psycopg.OperationalError as panne:
        fin = "Vérifiez que le serveur tourne, et que « unefois installer » a été lancé."
        statut, message = REFUSE, f"PostgreSQL n'a pas répondu comme attendu : {str(panne).strip()}\n{fin}"
    except KeyboardInterrupt:
        statut, message = INTERROMPU, "Interrompu."
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or Python would flush into it once more
        return TUYAU_FERME
    print(message, file=sys.stderr)
    return statut


def _installer(_: argparse.Namespace, settings: Settings) -> int:
    installer_bases(settings)
    print("Les bases sont prêtes.")
    return 0


def _registre(options: argparse.Namespace, settings: Settings) -> int:
    with ouvrir_acces(settings) as acces:
        if acces.registre is None:
            raise SecretIllisible("Ce processus n'a pas accès au registre.")
        return commandes_registre.run(options, acces.registre, settings.schema, aujourd_hui())


def _cles(options: argparse.Namespace, settings: Settings) -> int:
    if options.geste == "effacer":
        return _par_le_gate(cles.effacer)(options, settings)
    if options.geste == "reconcilier":
        return _avec_les_bases(_reconcilier)(options, settings)
    with ouvrir_acces(settings) as acces:
        if acces.cles is None:
            raise SecretIllisible("Ce processus n'a pas accès aux clés.")
        return cles.etat_des_cles(dans_le_schema(acces.cles, settings.schema))


def _bench(options: argparse.Namespace, _: Settings) -> int:
    calm_collector()  # as the commands that it measures do
    return asyncio.run(bench.run(options))  # on a cluster of its own: nobody's data is opened


def _a_l_ecoute(
    commande: Callable[[argparse.Namespace, Settings], int],
) -> Callable[[argparse.Namespace, Settings], int]:
    """Look first whether the port is free: to learn it once all is loaded is to have waited for nothing."""

    def verifiee(options: argparse.Namespace, settings: Settings) -> int:
        famille = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
        try:
            socket.create_server((settings.host, settings.port), family=famille).close()
        except OSError as erreur:
            raise ConfigurationRefusee([_port_refuse(settings, erreur)]) from erreur
        return commande(options, settings)

    return verifiee


def _port_refuse(settings: Settings, erreur: OSError) -> str:
    if erreur.errno == errno.EADDRINUSE:
        return (
            f"Le port {settings.port} de {settings.host} est déjà pris : libérez-le, ou donnez un autre UNEFOIS_PORT."
        )
    if erreur.errno == errno.EACCES:
        return f"Le port {settings.port} est réservé à l'administrateur : donnez un UNEFOIS_PORT au-dessus de 1023."
    return f"UNEFOIS_HOST : {settings.host} n'est pas une adresse de cette machine."


def _avec_les_bases(
    executer: Callable[[argparse.Namespace, Settings, Adresses], Awaitable[int]],
) -> Callable[[argparse.Namespace, Settings], int]:
    """Open the databases, then run on a loop of its own."""

    def commande(options: argparse.Namespace, settings: Settings) -> int:
        async def tout() -> int:
            return await executer(options, settings, acces)

        calm_collector()
        with ouvrir_acces(settings) as acces:
            return uvloop.run(tout())

    return commande


def _par_le_gate(
    executer: Callable[[argparse.Namespace, Gate], Awaitable[int]],
) -> Callable[[argparse.Namespace, Settings], int]:
    """The same, with the gate open."""

    async def ouvert(options: argparse.Namespace, settings: Settings, acces: Adresses) -> int:
        async with ouvrir_gate(settings, acces) as gate:
            return await executer(options, gate)

    return _avec_les_bases(ouvert)


def _exploc(options: argparse.Namespace, settings: Settings) -> int:
    if options.exploc == "simuler":
        return exploc.simuler(options)  # it opens nothing of ours
    return _par_le_gate(partial(exploc.run, jeton=settings.exploc_token))(options, settings)


async def _reconcilier(_: argparse.Namespace, settings: Settings, acces: Adresses) -> int:
    async with ouvrir_gate(settings, acces) as gate:
        return cles.dire_le_constat(gate.ledger.effacements.constat)


async def _servir(_: argparse.Namespace, settings: Settings, acces: Adresses) -> int:
    async with ouvrir_maison(settings, acces) as maison:
        await servir_application(application(maison, settings), settings)
    return 0


async def _intendance(_: argparse.Namespace, settings: Settings, acces: Adresses) -> int:
    demo = EmetteurDemo() if settings.mode == "demo" else None
    entrees = partial(entrees_des_administrateurs, demo) if demo is not None else tuple
    async with ouvrir_intendance(settings, acces, demo, entrees) as site:
        await servir_application(pages_de_l_intendance(site, settings.hotes), settings)
    return 0


def _demo(options: argparse.Namespace, settings: Settings) -> int:
    if not options.ouvert:
        return _avec_les_bases(_demontrer)(options, settings)
    calm_collector()
    with ouvrir_serveur(None, settings.data) as admin:
        uvloop.run(ouvrir_a_tous(settings, admin, options.heure))
    return 0


async def _demontrer(_: argparse.Namespace, settings: Settings, acces: Adresses) -> int:
    await demontrer(settings, acces)
    return 0


async def _projeter(options: argparse.Namespace, settings: Settings, acces: Adresses) -> int:
    if acces.projecteur is None:
        raise SecretIllisible("Ce processus n'a pas accès aux vues.")
    url = dans_le_schema(acces.projecteur, settings.schema)
    if not options.reconstruire:
        try:
            return await _jusqu_a_sigterm(servir(url))
        except ReconstructionNecessaire:
            if settings.mode != "demo":
                raise
        # In production somebody decides when; a demonstration that was updated is to show its cases.
        await reconstruire(url, forcer=True)
        return await _jusqu_a_sigterm(servir(url))
    bilan = await reconstruire(url, forcer=options.forcer, progression=_avancement)
    print(f"\n{bilan.evenements} événements relus, jusqu'à la position {bilan.position}.", file=sys.stderr)
    for nom, empreinte in bilan.empreintes.items():
        print(f"{nom} {empreinte}")
    for ecart in bilan.ecarts:
        print(f"{ecart.table} : {ecart.en_moins} en moins, {ecart.en_plus} en plus, dont {ecart.exemples}")
    print("Les vues sont échangées." if bilan.bascule else "Les vues n'ont pas été échangées.")
    return 0 if bilan.bascule else 1


async def _livrer(_: argparse.Namespace, settings: Settings, acces: Adresses) -> int:
    async with ouvrir_gate(settings, acces) as gate:
        return await _jusqu_a_sigterm(livreur(gate, messagerie(settings)).servir())


async def _jusqu_a_sigterm(service: Coroutine[Any, Any, None]) -> int:
    """Run it until SIGTERM, which ends it between two steps: an exception in the middle would cut a transaction."""
    tache = asyncio.ensure_future(service)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, tache.cancel)
    await asyncio.wait([tache])
    if not tache.cancelled():
        tache.result()
    return 0


def _avancement(faits: int, total: int) -> None:
    print(f"\r{faits} / {total} événements", end="", file=sys.stderr)


COMMANDES: Final[Mapping[str, Callable[[argparse.Namespace, Settings], int]]] = {
    "installer": _installer,
    "projeter": _avec_les_bases(_projeter),
    "livrer": _avec_les_bases(_livrer),
    "serve": _a_l_ecoute(_avec_les_bases(_servir)),
    "demo": _a_l_ecoute(_demo),
    "bac-a-sable": bac_a_sable.bac_a_sable,
    "partenaires": _registre,
    "habilitations": _registre,
    "mandats": _registre,
    "instances": _registre,
    "seances": _registre,
    "administrateurs": _registre,
    "intendance": _a_l_ecoute(_avec_les_bases(_intendance)),
    "pseudonyme": pseudonyme.pseudonyme,
    "journal": _par_le_gate(journal.journal),
    "politiques": _par_le_gate(politiques.politiques),
    "indicateurs": _par_le_gate(indicateurs.indicateurs),
    "courriers": _par_le_gate(courriers.courriers),
    "cles": _cles,
    "conformite": conformite.conformite,
    "exploc": _exploc,
    "bench": _bench,
}


if __name__ == "__main__":
    sys.exit(main())

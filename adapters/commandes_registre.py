"""``unefois partenaires`` and ``unefois habilitations``: the registry from the command line, each change journaled."""

import argparse
import sys
from datetime import date, timedelta
from uuid import uuid4

from adapters import registre

_UN_AN = timedelta(days=365)


def ajouter_partenaires(parser: argparse.ArgumentParser) -> None:
    """The options of ``unefois partenaires``."""
    gestes = _gestes(parser)
    gestes.add_parser("lister", help="les partenaires, leur rôle et leurs finalités")
    inscrire = gestes.add_parser("inscrire", help="inscrire un partenaire, ou changer ses droits")
    inscrire.add_argument("code", help="son code au registre, comme « ssd93 »")
    inscrire.add_argument("--siret", required=True, help="les quatorze chiffres de son établissement")
    inscrire.add_argument("--nom", required=True, help="son nom, tel qu'il est montré")
    inscrire.add_argument("--role", required=True, help="son rôle, un seul : DPO, CAF, CCAPEX_INSTRUCTEUR…")
    inscrire.add_argument("--finalite", action="append", default=[], help="ce qu'il peut déclarer, répétable")
    inscrire.add_argument(
        "--territoire", choices=("departement", "communes", "aucun"), default="aucun", help="où il agit (aucun)"
    )
    inscrire.add_argument("--commune", action="append", default=[], help="code INSEE, répétable")
    inscrire.add_argument("--portefeuille", action="append", default=[], help="SIRET d'un bailleur, répétable")
    inscrire.add_argument("--client", help="son client chez l'émetteur des jetons")
    suspendre = gestes.add_parser("suspendre", help="ses jetons sont refusés dès la requête suivante")
    suspendre.add_argument("code", help="son code au registre")


def ajouter_habilitations(parser: argparse.ArgumentParser) -> None:
    """The options of ``unefois habilitations``."""
    gestes = _gestes(parser)
    gestes.add_parser("lister", help="les habilitations, la dernière d'abord")
    accorder = gestes.add_parser("accorder", help="habiliter un agent nommé, pour un temps")
    accorder.add_argument("partenaire", help="le code de son partenaire")
    accorder.add_argument("agent", help="son pseudonyme")
    accorder.add_argument("--finalite", action="append", required=True, help="ce qu'il peut déclarer, répétable")
    accorder.add_argument(
        "--secret",
        choices=("aucun", "profession", "mission"),
        default="aucun",
        help="le secret auquel il est tenu (aucun)",
    )
    accorder.add_argument("--du", type=date.fromisoformat, help="AAAA-MM-JJ, aujourd'hui par défaut")
    accorder.add_argument("--au", type=date.fromisoformat, help="AAAA-MM-JJ, un an après par défaut")
    revoquer = gestes.add_parser("revoquer", help="l'agent n'ouvre plus rien dès la requête suivante")
    revoquer.add_argument("partenaire", help="le code de son partenaire")
    revoquer.add_argument("agent", help="son pseudonyme")


def run(options: argparse.Namespace, url: str, schema: str, le: date) -> int:
    """Do what the options say; ``ChangementRefuse`` says in French why not."""
    with registre.administrer(url, options.par, schema) as connexion:
        match options.commande, options.geste:
            case "partenaires", "lister":
                for p in registre.lister_partenaires(connexion):
                    fin = f" ; suspendu le {p.suspendu_le}" if p.suspendu_le else ""
                    _dire(f"{p.code} : {p.nom}, {p.role}, {', '.join(sorted(p.finalites))}{fin}")
            case "partenaires", "inscrire":
                registre.inscrire_partenaire(
                    connexion,
                    registre.Partenaire(
                        options.code,
                        options.siret,
                        options.nom,
                        options.role,
                        options.finalite,
                        options.territoire,
                        options.commune,
                        options.portefeuille,
                    ),
                )
                if options.client:
                    registre.rattacher_client(connexion, options.client, options.code)
                _dire(f"{options.code} est inscrit.")
            case "partenaires", "suspendre":
                registre.suspendre_partenaire(connexion, options.code, le)
                _dire(f"{options.code} est suspendu.")
            case "habilitations", "lister":
                for h in registre.lister_habilitations(connexion):
                    fin = f" ; révoquée le {h.revoquee_le}" if h.revoquee_le else ""
                    _dire(f"{h.partenaire}/{h.agent} : {', '.join(sorted(h.finalites))}, du {h.du} au {h.au}{fin}")
            case "habilitations", "accorder":
                du = options.du or le
                habilitation = registre.Habilitation(
                    uuid4(),
                    options.partenaire,
                    options.agent,
                    options.finalite,
                    options.secret,
                    du,
                    options.au or du + _UN_AN,
                    options.par,
                )
                registre.habiliter(connexion, habilitation)
                _dire(f"{options.agent} est habilité jusqu'au {habilitation.au}.")
            case _:
                nombre = registre.revoquer(connexion, options.partenaire, options.agent, le)
                _dire(f"{nombre} habilitation(s) révoquée(s).")
    return 0


def _gestes(parser: argparse.ArgumentParser) -> "argparse._SubParsersAction[argparse.ArgumentParser]":
    parser.add_argument("--par", required=True, help="qui change ou consulte le registre : le journal le retient")
    return parser.add_subparsers(dest="geste", required=True, metavar="GESTE")


def _dire(ligne: str) -> None:
    sys.stdout.write(ligne + "\n")

"""``unefois journal`` and ``unefois cles``: from the command line through the gate, as a named agent of a partner.

Whoever can run a command with the secrets of the service is believed when it says for whom it acts; the registry
says what that agent may do, the policies decide, and the journal keeps what was asked, from which account of the
machine.
"""

import argparse
import os
import sys
import time
from datetime import date
from http import HTTPStatus
from typing import Any, Final
from uuid import UUID

import psycopg

from adapters.gate import audit, droits
from adapters.gate.acces import admettre
from adapters.gate.contexte import Acces, Gate
from adapters.gate.listes import COLONNES_DU_JOURNAL
from adapters.gate.refus import Refus
from adapters.identite.jetons import Jeton
from adapters.mots.tableur import ecrire_csv, ecrire_rangees
from policies.decision import Action

_UNE_HEURE_S: Final = 3600
_FILTRES: Final = ("organisation", "agent", "dossier", "finalite", "issue", "action", "du", "au")


class ActeRefuse(Exception):
    """The gate refused; the message is its French sentence."""


def ajouter_journal(parser: argparse.ArgumentParser) -> None:
    """The options of ``unefois journal``."""
    _ajouter_qui(parser)
    parser.add_argument("--organisation", help="le partenaire qui a agi")
    parser.add_argument("--agent", help="l'agent qui a agi")
    parser.add_argument("--dossier", type=UUID, help="le dossier regardé")
    parser.add_argument("--finalite", help="la finalité déclarée")
    parser.add_argument("--issue", choices=("autorise", "refuse", "vide", "erreur"), help="ce qui a été répondu")
    parser.add_argument("--action", help="l'acte : lire, lister, emettre, auditer…")
    parser.add_argument("--du", type=date.fromisoformat, metavar="AAAA-MM-JJ", help="premier jour")
    parser.add_argument("--au", type=date.fromisoformat, metavar="AAAA-MM-JJ", help="dernier jour, compris")
    parser.add_argument("--limite", type=_nombre, default=50, help="nombre de lignes affichées (50), sans objet en CSV")
    parser.add_argument("--csv", action="store_true", help="toutes les lignes, en CSV, sans plafond")


def ajouter_cles(parser: argparse.ArgumentParser) -> None:
    """The options of ``unefois cles``."""
    gestes = parser.add_subparsers(dest="geste", required=True, metavar="GESTE")
    effacer = gestes.add_parser(
        "effacer",
        help="exécuter un effacement décidé : les clés de la personne sont détruites, sans retour",
        description="Exécuter un effacement décidé, par une autre personne que celle qui l'a décidé. Sans retour.",
    )
    _ajouter_qui(effacer)
    effacer.add_argument("--decision", help="l'identifiant de la décision ; demandé s'il n'est pas donné")
    gestes.add_parser("etat", help="compter les clés par classe et les personnes effacées")


def _ajouter_qui(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--par", required=True, metavar="PARTENAIRE/AGENT", help="l'agent habilité qui agit : le journal le retient"
    )


def _nombre(texte: str) -> int:
    if not texte.isascii() or not texte.isdigit() or not int(texte):
        raise argparse.ArgumentTypeError("un nombre entier, 1 au moins")
    return int(texte)


async def journal(options: argparse.Namespace, gate: Gate) -> int:
    """Print the rows of the journal, the latest first; reading them is a row too."""
    try:
        acces = await _admettre(gate, options.par, "CONTROLE", Action.AUDITER)
        filtres = {nom: valeur for nom in _FILTRES if (valeur := getattr(options, nom)) is not None}
        if options.csv:
            ecrire_csv(sys.stdout, COLONNES_DU_JOURNAL, ())
            async for lignes in audit.exporter(gate, acces, filtres):
                ecrire_rangees(sys.stdout, ([ligne[nom] for nom in COLONNES_DU_JOURNAL] for ligne in lignes))
            return 0
        rendu = await audit.auditer(gate, acces, filtres, limite=options.limite)
    except Refus as refus:
        raise ActeRefuse(_phrase(refus)) from refus
    for ligne in rendu["lignes"]:
        sys.stdout.write(_en_clair(ligne))
    if rendu["suivant"] is not None:
        sys.stderr.write("Il y a des lignes plus anciennes : « --csv » les donne toutes, « --limite » davantage.\n")
    return 0


def _en_clair(ligne: dict[str, Any]) -> str:
    qui = f"{ligne['organisation'] or '(inconnu)'}/{ligne['agent'] or '(machine)'}"
    quoi = " ".join(filter(None, (ligne["action"], str(ligne["dossier"] or ""), ligne["finalite"])))
    pourquoi = f" ({ligne['motif']})" if ligne["motif"] else ""
    quand = ligne["enregistre_le"].isoformat(sep=" ", timespec="seconds")
    return f"{ligne['position']}  {quand}  {qui} : {quoi} : {ligne['issue']}{pourquoi}\n"


async def effacer(options: argparse.Namespace, gate: Gate) -> int:
    """Execute one decided erasure (access rule 12): the same verb as the API's last step."""
    decision = _uuid(options.decision or _demander("Identifiant de la décision : "))
    try:
        acces = await _admettre(gate, options.par, "DROITS_PERSONNE", Action.EMETTRE)
        dossier, effacement = await gate.listes.decision(decision) or (UUID(int=0), UUID(int=0))
        contenu = {"dossier": str(dossier), "decision": str(decision)}
        rendu = await droits.effacement(gate, acces, contenu, "execution", effacement)
    except Refus as refus:
        if refus.code == "introuvable":
            inconnue = (
                "Aucune décision d'effacement de ce numéro n'est à votre portée : vérifiez-le auprès du décideur."
            )
            raise ActeRefuse(inconnue) from refus
        raise ActeRefuse(_phrase(refus)) from refus
    sys.stdout.write(f"La personne est effacée du dossier {dossier} (position {rendu['position']}).\n")
    for autre in rendu["autres_dossiers"]:
        sys.stdout.write(f"Elle figure aussi au dossier {autre} : à examiner.\n")
    return 0


def etat_des_cles(url: str) -> int:
    """Print how many keys there are by class, and how many subjects were destroyed: numbers only."""
    with psycopg.connect(url) as connexion:
        comptes: dict[str, int] = dict(
            connexion.execute("SELECT classe, count(*) FROM cles GROUP BY classe").fetchall()
        )
        tombes = connexion.execute(
            "SELECT count(*), count(*) FILTER (WHERE EXISTS (SELECT FROM cles WHERE cles.sujet = tombes.sujet))"
            " FROM tombes"
        ).fetchone() or (0, 0)
    for classe in ("S1", "S2", "S3"):
        sys.stdout.write(f"{classe} : {comptes.get(classe, 0)} clé(s)\n")
    sys.stdout.write(f"sujets effacés : {tombes[0]}\n")
    if tombes[1]:
        sys.stdout.write(
            f"dont {tombes[1]} dont une clé est revenue d'une sauvegarde : le prochain démarrage de « unefois serve »"
            " la détruit à nouveau.\n"
        )
    return 0


async def _admettre(gate: Gate, par: str, finalite: str, action: Action) -> Acces:
    """The access of a named agent, under every rule that its token would meet."""
    code, _, agent = par.partition("/")
    if not code or not agent:
        raise ActeRefuse("--par nomme le partenaire et son agent, comme « dpo93/camille » : voyez « habilitations ».")
    registre = await gate.registre.courant()
    client = next((client for client, partenaire in registre.clients.items() if partenaire == code), "")
    jeton = Jeton(code, agent, frozenset({finalite}), client, time.time() + _UNE_HEURE_S)
    return await admettre(gate, jeton, finalite, None, action, f"ligne de commande, compte {os.geteuid()}")


def _phrase(refus: Refus) -> str:
    if refus.statut == HTTPStatus.UNAUTHORIZED:
        return "Ce partenaire n'est pas au registre, ou n'y a pas de client : voyez « unefois partenaires »."
    fautes = [f"{faute.champ} : {faute.message}" for faute in refus.fautes if faute.message != refus.message]
    return "\n".join([refus.message, *fautes])


def _demander(invite: str) -> str:
    sys.stderr.write(invite)
    sys.stderr.flush()
    return sys.stdin.readline().strip()


def _uuid(texte: str) -> UUID:
    try:
        return UUID(texte)
    except ValueError as erreur:
        raise ActeRefuse("L'identifiant d'une décision est un UUID, tel que l'API l'a rendu au décideur.") from erreur

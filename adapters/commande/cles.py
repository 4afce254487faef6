"""``unefois cles``: a decided erasure executed through the gate; keys and tombstones counted."""

import argparse
import sys
from typing import Final
from uuid import UUID

import psycopg

from adapters.commande.agent import GesteRefuse, admettre_agent, ajouter_qui, phrase_de
from adapters.gate import droits
from adapters.gate.contexte import Gate
from adapters.gate.refus import Refus
from ledger.effacements import Constat
from policies.decision import Action


def ajouter_cles(parser: argparse.ArgumentParser) -> None:
    """The options of ``unefois cles``."""
    gestes = parser.add_subparsers(dest="geste", required=True, metavar="GESTE")
    effacer = gestes.add_parser(
        "effacer",
        help="exécuter un effacement décidé : les clés de la personne sont détruites, sans retour",
        description="Exécuter un effacement décidé, par une autre personne que celle qui l'a décidé. Sans retour.",
    )
    ajouter_qui(effacer)
    effacer.add_argument("--decision", help="l'identifiant de la décision ; demandé s'il n'est pas donné")
    gestes.add_parser("etat", help="compter les clés par classe et les personnes effacées")
    gestes.add_parser(
        "reconcilier",
        help="achever les effacements interrompus, et dire ce en quoi les deux bases ne s'accordent pas",
        description="Achever les effacements interrompus, comme à chaque démarrage, et dire ce qui a été trouvé.",
    )


async def effacer(options: argparse.Namespace, gate: Gate) -> int:
    """Execute one decided erasure (access rule 12): the same verb as the API's last step."""
    decision = _uuid(options.decision or _demander("Identifiant de la décision : "))
    try:
        acces = await admettre_agent(gate, options.par, "DROITS_PERSONNE", Action.EMETTRE)
        dossier, effacement = await gate.listes.decision(decision) or (UUID(int=0), UUID(int=0))
        contenu = {"dossier": str(dossier), "decision": str(decision)}
        rendu = await droits.effacement(gate, acces, contenu, "execution", effacement)
    except Refus as refus:
        if refus.code == "introuvable":
            inconnue = (
                "Aucune décision d'effacement de ce numéro n'est à votre portée : vérifiez-le auprès du décideur."
            )
            raise GesteRefuse(inconnue) from refus
        raise GesteRefuse(phrase_de(refus)) from refus
    sys.stdout.write(f"La personne est effacée du dossier {dossier} (position {rendu['position']}).\n")
    for autre in rendu["autres_dossiers"]:
        sys.stdout.write(f"Elle figure aussi au dossier {autre} : à examiner.\n")
    return 0


def dire_le_constat(constat: Constat) -> int:
    """Print what opening the ledger has found and finished; 1 when something is left for a person to look at."""
    for nombre, dit in (
        (len(constat.detruits), "effacement(s) engagé(s), ou revenu(s) d'une sauvegarde : clés détruites"),
        (len(constat.constates), "destruction(s) que le registre ne disait pas : constatée(s)"),
        (len(constat.oublies), "dossier(s) que l'index trouvait encore : oublié(s)"),
    ):
        sys.stdout.write(f"{nombre} {dit}\n")
    for dossier, motif in constat.alarmes:
        sys.stdout.write(f"ALARME, dossier {dossier} : {_ALARMES[motif]}\n")
    return 1 if constat.alarmes else 0


_ALARMES: Final = {
    "engagement_sans_preuve": "un effacement y est engagé sans la preuve d'une décision ; aucune clé n'est détruite",
    "effacement_sans_tombe": "une personne y est dite effacée sans l'avoir été ; aucune clé n'est détruite",
    "adulte_sans_menage": "les clés du ménage sont détruites, mais un adulte y est connu : le registre est trop ancien",
    "menage_sans_adulte": "plus aucun adulte n'y est connu, mais quelqu'un y a une clé ; celles du ménage restent",
}


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


def _demander(invite: str) -> str:
    sys.stderr.write(invite)
    sys.stderr.flush()
    return sys.stdin.readline().strip()


def _uuid(texte: str) -> UUID:
    try:
        return UUID(texte)
    except ValueError as erreur:
        raise GesteRefuse("L'identifiant d'une décision est un UUID, tel que l'API l'a rendu au décideur.") from erreur

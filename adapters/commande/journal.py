"""``unefois journal``: the journal of access, read through the gate."""

import argparse
import sys
from datetime import date
from typing import Any, Final
from uuid import UUID

from adapters.commande.agent import GesteRefuse, admettre_agent, ajouter_qui, phrase_de
from adapters.gate import audit
from adapters.gate.contexte import Gate
from adapters.gate.listes import COLONNES_DU_JOURNAL
from adapters.gate.refus import Refus
from adapters.mots.tableur import ecrire_csv, ecrire_rangees
from policies.decision import Action

_FILTRES: Final = ("organisation", "agent", "dossier", "finalite", "issue", "action", "du", "au")


def ajouter_journal(parser: argparse.ArgumentParser) -> None:
    """The options of ``unefois journal``."""
    ajouter_qui(parser)
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


def _nombre(texte: str) -> int:
    if not texte.isascii() or not texte.isdigit() or not int(texte):
        raise argparse.ArgumentTypeError("un nombre entier, 1 au moins")
    return int(texte)


async def journal(options: argparse.Namespace, gate: Gate) -> int:
    """Print the rows of the journal, the latest first; reading them is a row too."""
    try:
        acces = await admettre_agent(gate, options.par, "CONTROLE", Action.AUDITER)
        filtres = {nom: valeur for nom in _FILTRES if (valeur := getattr(options, nom)) is not None}
        if options.csv:
            ecrire_csv(sys.stdout, COLONNES_DU_JOURNAL, ())
            async for lignes in audit.exporter(gate, acces, filtres):
                ecrire_rangees(sys.stdout, ([ligne[nom] for nom in COLONNES_DU_JOURNAL] for ligne in lignes))
            return 0
        rendu = await audit.auditer(gate, acces, filtres, limite=options.limite)
    except Refus as refus:
        raise GesteRefuse(phrase_de(refus)) from refus
    for ligne in rendu["lignes"]:
        sys.stdout.write(_en_clair(ligne))
    if rendu["suivant"] is not None:
        sys.stderr.write("Il y a des lignes plus anciennes : « --csv » les donne toutes, « --limite » davantage.\n")
    return 0


def _en_clair(ligne: dict[str, Any]) -> str:
    qui = f"{ligne['organisation'] or '(inconnu)'}/{ligne['agent'] or '(machine)'}"
    quoi = " ".join(filter(None, (ligne["action"], str(ligne["dossier"] or ""), ligne["finalite"])))
    pourquoi = f" ({', '.join(filter(None, (ligne['motif'], ligne['article'])))})" if ligne["motif"] else ""
    quand = ligne["enregistre_le"].isoformat(sep=" ", timespec="seconds")
    combien = f", {ligne['nombre']} fois" if ligne["nombre"] > 1 else ""
    return f"{ligne['position']}  {quand}  {qui} : {quoi} : {ligne['issue']}{pourquoi}{combien}{_change(ligne)}\n"


def _change(ligne: dict[str, Any]) -> str:
    """What a change of the registry says now, beside what it said."""
    avant, apres = ligne["avant"] or {}, ligne["apres"] or {}
    dits = (f"{nom} {_dit(avant[nom])} → {_dit(dit)}" if nom in avant and avant[nom] != dit else f"{nom} {_dit(dit)}"
            for nom, dit in apres.items())  # fmt: skip
    return f" : {', '.join(dits)}" if apres else ""


def _dit(valeur: Any) -> str:  # noqa: ANN401 - JSON
    return " ".join(valeur) if isinstance(valeur, list) else str(valeur if valeur is not None else "–")

"""Who acts at the command line: a named agent of a partner, admitted by the gate as its token would be.

Whoever can run a command with the secrets of the service is believed when it says for whom it acts; the registry
says what that agent may do, the policies decide, and the journal keeps what was asked, from which account of the
machine.
"""

import argparse
import os
import time
from http import HTTPStatus
from typing import Final

from adapters.gate.acces import Declaration, admettre
from adapters.gate.contexte import Acces, Gate, Trace
from adapters.gate.refus import Refus
from adapters.identite.jetons import Jeton
from policies.decision import Action

_UNE_HEURE_S: Final = 3600


class GesteRefuse(Exception):
    """The gate refused; the message is its French sentence."""


def ajouter_qui(parser: argparse.ArgumentParser) -> None:
    """The option that names who acts."""
    parser.add_argument(
        "--par", required=True, metavar="PARTENAIRE/AGENT", help="l'agent habilité qui agit : le journal le retient"
    )


async def admettre_agent(gate: Gate, par: str, finalite: str, action: Action) -> Acces:
    """The access of a named agent, under every rule that its token would meet."""
    code, _, agent = par.partition("/")
    if not code or not agent:
        raise GesteRefuse("--par nomme le partenaire et son agent, comme « dpo93/camille » : voyez « habilitations ».")
    registre = await gate.registre.courant()
    client = next((client for client in registre.clients if registre.partenaire_de(client) == code), "")
    jeton = Jeton(code, agent, frozenset({finalite}), client, time.time() + _UNE_HEURE_S)
    return await admettre(
        gate, jeton, Declaration(finalite), action, Trace(f"ligne de commande, compte {os.geteuid()}")
    )


def phrase_de(refus: Refus) -> str:
    """What the gate's refusal says to a person at a terminal."""
    if refus.statut == HTTPStatus.UNAUTHORIZED:
        return "Ce partenaire n'est pas au registre, ou n'y a pas de client : voyez « unefois partenaires »."
    fautes = [f"{faute.champ} : {faute.message}" for faute in refus.fautes if faute.message != refus.message]
    return "\n".join([refus.message, *fautes])

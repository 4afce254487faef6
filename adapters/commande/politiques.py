"""``unefois politiques``: which rules of access were in force, and since when, read through the gate."""

import argparse
import sys
from typing import Any

from adapters.commande.agent import GesteRefuse, admettre_agent, ajouter_qui, phrase_de
from adapters.gate import politiques as verbes
from adapters.gate.contexte import Gate
from adapters.gate.refus import Refus
from ledger.droit.jours import PARIS
from ledger.politiques import TOUS
from policies.decision import Action


def ajouter_politiques(parser: argparse.ArgumentParser) -> None:
    """The options of ``unefois politiques``."""
    ajouter_qui(parser)


async def politiques(options: argparse.Namespace, gate: Gate) -> int:
    """Print every stretch of time and its revision, the latest first; each page read is a row of the journal."""
    suite: int | None = TOUS
    try:
        acces = await admettre_agent(gate, options.par, "CONTROLE", Action.AUDITER)
        while suite is not None:
            page = await verbes.lister(gate, acces, suite)
            sys.stdout.writelines(map(_en_clair, page["politiques"]))
            suite = page["suivant"]
    except Refus as refus:
        raise GesteRefuse(phrase_de(refus)) from refus
    return 0


def _en_clair(periode: dict[str, Any]) -> str:
    """A stretch of time, in the hours of Paris."""
    depuis, jusqu_a = (
        moment and moment.astimezone(PARIS).isoformat(sep=" ", timespec="seconds")
        for moment in (periode["depuis"], periode["jusqu_a"])
    )
    return f"{periode['revision']}  du {depuis} {f'au {jusqu_a}' if jusqu_a else '(en vigueur)'}\n"

"""Who is brought something, as the registry and the rules see it at that moment: it is not there to present a token."""

import math

from adapters.abonnements.depot import Livraison
from adapters.gate.acces import Declaration, admettre
from adapters.gate.contexte import Acces, Gate, Trace
from adapters.identite.jetons import Jeton
from ledger.alea import tirer
from policies.decision import Action


async def admettre_l_abonne(gate: Gate, livraison: Livraison, action: Action) -> Acces:
    """The access of who subscribed, now. ``Refus``. What takes the token of a person is not opened by it."""
    qui = livraison.partenaire, None, frozenset({livraison.finalite}), livraison.client, math.inf
    finalite = livraison.finalite + (f"; demande={livraison.demande}" if livraison.demande else "")
    return await admettre(gate, Jeton(*qui), Declaration(finalite, livraison.agent), action, Trace(tirer().hex()))

"""What falls due before a hearing. Its day stands in clear: worklists are asked by it, with no key."""

from collections.abc import Mapping
from datetime import date
from functools import cache
from types import MappingProxyType

from ledger.droit.echeances import Regle, historique
from ledger.droit.feries import JOUR
from ledger.echeances.ordinaires import terme

_AUDIENCE = ".date_audience"


@cache
def regles(le: date) -> Mapping[str, Regle]:
    """The rules that count back from a hearing, as they are for a summons of that day."""
    return MappingProxyType(
        {r.regle: r for r in historique() if r.depart.endswith(_AUDIENCE) and r.combien < 0 and r.en_vigueur(le)}
    )


def echeance(regle: Regle, audience: date) -> date:
    """The last useful day before that hearing."""
    return terme(regle, audience)


def derniere_audience(regle: Regle, avant: date) -> date:
    """The latest hearing of which the last useful day is not after that day: a later one never falls due sooner."""
    audience = avant
    while terme(regle, audience + JOUR) <= avant:
        audience += JOUR
    return audience

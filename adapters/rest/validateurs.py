"""Entity tags as proxies and clients send them (RFC 9110, 8.8.3 and 13.1): lists, weak ones, ``*``."""

import re
from typing import Final

TOUS: Final = "*"
_ETIQUETTES: Final = re.compile(r'(W/)?("[\x21\x23-\x7e\x80-\xff]*")')
_ETIQUETTES_MAX: Final = 32
"""Tags of one header that are looked at: who has as many pages of one case has the last of them among these."""


def connue(entete: str | None, etag: str) -> bool:
    """Whether ``If-None-Match`` names what would be answered: weakly compared, one of a list, or anything at all."""
    if entete is None:
        return False
    return entete.strip() == TOUS or etag in (etiquette for _, etiquette in _lire(entete))


def exigees(entete: str | None) -> tuple[str, ...] | None:
    """The tags of ``If-Match``, of which one has to stand; None where none is asked for.

    ``*`` asks that the case be there, which is looked at anyway. A weak tag proves nothing (strong comparison, 13.1.1):
    of a header that holds no other, none stands.
    """
    if entete is None or entete.strip() == TOUS:
        return None
    return tuple(etiquette for faible, etiquette in _lire(entete) if not faible)


def _lire(entete: str) -> list[tuple[str, str]]:
    return [(trouve[1] or "", trouve[2]) for trouve in _ETIQUETTES.finditer(entete)][:_ETIQUETTES_MAX]

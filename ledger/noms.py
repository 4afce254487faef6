"""Names as they are compared: what two clerks write differently for one person is made equal, nothing more."""

import unicodedata
from functools import lru_cache
from typing import Final

_TUS: Final = dict.fromkeys(map(ord, " -'\u2019\u2018\u02bc`\u00b4\u2010\u2011\u2012\u2013\u00a0\u202f\u2009\t\n"))
_LIGATURES: Final = str.maketrans({"œ": "oe", "æ": "ae"})


@lru_cache(maxsize=16384)
def plier(nom: str) -> str:
    """Case, accents, spaces, hyphens and apostrophes apart: « D'ÉTÉ-Martin » and « DETE MARTIN » are one name."""
    decompose = unicodedata.normalize("NFKD", nom.casefold().translate(_LIGATURES).translate(_TUS))
    return "".join(c for c in decompose if not unicodedata.combining(c)).translate(_TUS)

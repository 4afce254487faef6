"""The signs that a paper can print: those that the compiler's own fonts have. Another is shown as a box, and counted.

A PDF/UA holds no sign without a glyph, and an accented letter is one sign. What is not seen (direction overrides,
controls, joiners) could make a line read otherwise than it is kept: it is left out.
"""

import re
import unicodedata
from functools import cache
from pathlib import Path
from typing import Any, Final

TABLE: Final = Path(__file__).with_name("signes.txt")
"""Ranges of code points, in hexadecimal; a test prints each of them."""
CASE: Final = "□"
_SANS_COUPE: Final = re.compile(r"\S{30}(?=\S)")
_COUPE: Final = "\u200b"
_DROITE_A_GAUCHE: Final = frozenset({"R", "AL", "NSM"})
_LATIN_ETENDU: Final = 0x24F
_PONCTUATION: Final = "‘’“”–—…•€№−□«»"


@cache
def intervalles() -> tuple[tuple[int, int], ...]:
    """The ranges of code points that are printed, ends included."""
    bornes = (ligne.partition("-")[::2] for ligne in TABLE.read_text("ascii").split())
    return tuple((int(a, 16), int(b or a, 16)) for a, b in bornes)


@cache
def _imprimables() -> frozenset[int]:
    return frozenset(point for a, b in intervalles() for point in range(a, b + 1))


class Copiste:
    """Rewrites whatever is to be printed with what can be; ``remplaces``: how many signs could not.

    ``sur``: with the letters of Europe alone, which join with nothing.
    """

    def __init__(self, *, sur: bool = False) -> None:
        self.remplaces = 0
        self._sur = sur

    def copier(self, valeur: Any) -> Any:  # noqa: ANN401 - whatever JSON holds
        """The same value, each of its texts as it can be printed."""
        match valeur:
            case str():
                return self._texte(valeur)
            case list() | tuple():
                return [self.copier(v) for v in valeur]
            case dict():
                return {nom: self.copier(v) for nom, v in valeur.items()}
            case _:
                return valeur

    def _texte(self, texte: str) -> str:
        if not (texte.isascii() and texte.isprintable()):
            avant, signes = "", []
            for signe in unicodedata.normalize("NFC", texte):
                signes.append(self._signe(signe, avant))
                avant = signes[-1] or avant
            texte = "".join(signes)
        return _SANS_COUPE.sub(rf"\g<0>{_COUPE}", texte)

    def _signe(self, signe: str, avant: str) -> str:
        if signe.isspace():
            return signe if signe in "\u00a0\u202f" else " "
        categorie = unicodedata.category(signe)
        if categorie in {"Cc", "Cf", "Cs"}:
            return ""
        # A mark that is left alone once letters are composed has a place over those of its own writing, at most.
        seule = categorie[0] == "M" and unicodedata.bidirectional(avant or " ") not in _DROITE_A_GAUCHE
        if ord(signe) in _imprimables() and not seule and (not self._sur or _d_europe(signe)):
            return signe
        self.remplaces += 1
        return CASE


def _d_europe(signe: str) -> bool:
    return ord(signe) <= _LATIN_ETENDU or signe in _PONCTUATION

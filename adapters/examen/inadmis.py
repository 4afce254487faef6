"""What is taken, and why anything else is not."""

from enum import StrEnum
from typing import Final


class GenreDePiece(StrEnum):
    """What is taken, by the codes of the list ``genre_piece``."""

    PDF = "PDF"
    JPEG = "JPEG"
    PNG = "PNG"


class Inadmis(Exception):
    """The file is not taken; ``code`` says why, one of ``CODES``."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


CODES: Final = frozenset(
    {"vide", "genre", "executable", "archive", "page", "double_nature", "contenu_actif", "chiffre", "demesure", "abime"}
)
"""Why a file is not taken. What an archive or a page is has a name, so that whoever sent it knows what to do."""
PIXELS: Final = 40_000_000
"""Of one image: a page in A4 at 600 dpi is 35 million. Decoded, it takes 160 MB."""

"""What a file is, from its bytes alone; or why it is not taken.

A file is one thing from its first byte to its last. What begins like two, or goes on after its end, is refused: who
opens it could see another file than the one that was looked at here.
"""

import re
import zipfile
from io import BytesIO
from typing import Final

from adapters.examen import images, pdf
from adapters.examen.inadmis import GenreDePiece, Inadmis

_TETES: Final = {b"%PDF-": GenreDePiece.PDF, b"\xff\xd8\xff": GenreDePiece.JPEG, b"\x89PNG\r\n\x1a\n": GenreDePiece.PNG}
_REFUSEES: Final = (
    (re.compile(rb"MZ|\x7fELF|#!|\xca\xfe\xba\xbe|[\xce\xcf]\xfa\xed\xfe|\xfe\xed\xfa[\xce\xcf]"), "executable"),
    (
        re.compile(rb"PK[\x03\x05\x07]|Rar!|7z\xbc\xaf|\x1f\x8b|BZh|\xfd7zXZ|\x28\xb5\x2f\xfd|\xd0\xcf\x11\xe0|MSCF"),
        "archive",
    ),
    (re.compile(rb"(?:\xef\xbb\xbf)?\s*<"), "page"),
)
"""How files begin that are often sent in the place of those that are taken."""
_AU_DEBUT: Final = 1024
"""Bytes in which readers look for the head of a page."""
_PAGE: Final = re.compile(rb"<(?:!doctype|html|script|svg|body|iframe|\?php|\?xml)", re.IGNORECASE)
_AILLEURS: Final = re.compile(
    rb"Rar!\x1a\x07|7z\xbc\xaf\x27\x1c|\x7fELF[\x01\x02]\x01\x01|This program cannot be run in DOS mode"
    rb"|<\?php\s|<script[\s>]"
)
"""What says, anywhere in a file, that it is another one too: long enough not to come by chance."""
_PDF: Final = re.compile(rb"%PDF-[0-9]")


def examiner(octets: bytes) -> GenreDePiece:
    """What these bytes are; ``Inadmis`` for what is not taken. It may take long, and much memory: see ``processus``."""
    if not octets:
        raise Inadmis("vide")
    genre = next((genre for tete, genre in _TETES.items() if octets.startswith(tete)), None)
    if genre is None:
        raise Inadmis(next((code for tete, code in _REFUSEES if tete.match(octets)), "genre"))
    double = _PAGE.search(octets, 0, _AU_DEBUT) or _AILLEURS.search(octets) or zipfile.is_zipfile(BytesIO(octets))
    if double or (genre is not GenreDePiece.PDF and _PDF.search(octets)):
        raise Inadmis("double_nature")
    match genre:
        case GenreDePiece.PDF:
            pdf.examiner(octets)
        case GenreDePiece.JPEG:
            images.examiner_jpeg(octets)
        case GenreDePiece.PNG:
            images.examiner_png(octets)
    return genre

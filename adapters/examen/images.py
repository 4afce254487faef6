"""Images: one, whole, from its first byte to its last, that decodes, and is not larger than a photograph."""

import re
import struct
import zlib
from collections.abc import Iterator
from io import BytesIO
from typing import Final

from PIL import Image, UnidentifiedImageError

from adapters.examen.inadmis import PIXELS, Inadmis

Image.MAX_IMAGE_PIXELS = None  # counted here, before anything is decoded

_SANS_LONGUEUR: Final = {0x01, *range(0xD0, 0xD8)}
_DEBUT, _FIN, _BALAYAGE = 0xD8, 0xD9, 0xDA
_MARQUEUR: Final = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]", re.DOTALL)
"""What ends the entropy-coded data of a scan."""
_MORCEAUX_PNG: Final = frozenset(
    {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"cHRM", b"gAMA", b"iCCP", b"sBIT", b"sRGB", b"cICP"}
    | {b"bKGD", b"hIST", b"pHYs", b"sPLT", b"tIME", b"tEXt", b"iTXt", b"zTXt", b"eXIf"}
)
_ENTETE_PNG: Final = 8


def examiner_jpeg(octets: bytes) -> None:
    """``Inadmis`` unless it is one JPEG image, and ends with it."""
    if _fin_du_jpeg(octets) != len(octets):
        raise Inadmis("double_nature")
    _decoder(octets, "JPEG")


def examiner_png(octets: bytes) -> None:
    """``Inadmis`` unless it is one PNG image, of chunks that are known, and ends with it."""
    place = _ENTETE_PNG
    noms = []
    for nom, suite in _morceaux_png(octets):
        noms.append(nom)
        place = suite
        if nom == b"IEND":
            break
    if not noms or noms[0] != b"IHDR" or noms[-1] != b"IEND" or not _MORCEAUX_PNG.issuperset(noms):
        raise Inadmis("abime")
    if place != len(octets):
        raise Inadmis("double_nature")
    _decoder(octets, "PNG")


def dimensions(octets: bytes, *formats: str) -> int:
    """How many pixels an image says that it has; ``Inadmis`` for what is none. Nothing is decoded."""
    try:
        with Image.open(BytesIO(octets), formats=formats) as image:
            return image.width * image.height
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, struct.error) as erreur:
        raise Inadmis("abime") from erreur


def _decoder(octets: bytes, genre: str) -> None:
    if dimensions(octets, genre) > PIXELS:
        raise Inadmis("demesure")
    try:
        with Image.open(BytesIO(octets), formats=(genre,)) as image:
            image.load()
    except (OSError, ValueError, SyntaxError, struct.error) as erreur:
        raise Inadmis("abime") from erreur


def _fin_du_jpeg(octets: bytes) -> int:
    """Where the first image of a JPEG file ends."""
    place = 2
    while place + 2 <= len(octets):
        if octets[place] != 0xFF:  # noqa: PLR2004 - what every marker begins with
            raise Inadmis("abime")
        marqueur = octets[place + 1]
        if marqueur == 0xFF:  # noqa: PLR2004 - filling
            place += 1
        elif marqueur == _FIN:
            return place + 2
        elif marqueur in _SANS_LONGUEUR:
            place += 2
        else:
            longueur = int.from_bytes(octets[place + 2 : place + 4])
            if marqueur in {0x00, _DEBUT} or longueur < 2:  # noqa: PLR2004 - it counts itself
                raise Inadmis("abime")
            place += 2 + longueur
            if marqueur == _BALAYAGE:
                suivant = _MARQUEUR.search(octets, place)
                place = suivant.start() if suivant else len(octets)
    raise Inadmis("abime")


def _morceaux_png(octets: bytes) -> Iterator[tuple[bytes, int]]:
    """Each chunk, and where it ends; ``Inadmis`` for one that is cut, or whose sum is wrong."""
    place = _ENTETE_PNG
    while place < len(octets):
        longueur, nom = int.from_bytes(octets[place : place + 4]), octets[place + 4 : place + 8]
        fin = place + 12 + longueur
        if fin > len(octets) or zlib.crc32(octets[place + 4 : fin - 4]) != int.from_bytes(octets[fin - 4 : fin]):
            raise Inadmis("abime")
        yield nom, fin
        place = fin

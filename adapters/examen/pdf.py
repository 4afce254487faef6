"""PDF: one document, whole, that nothing in it runs, opens or carries, and whose streams stay within bounds.

Each object is looked at, whether or not a page leads to it. A file that has to be mended to be read is refused: two
readers would mend it each in its own way.
"""

import base64
import re
import zlib
from collections.abc import Iterator
from io import BytesIO
from typing import Any, Final

import pikepdf

from adapters.examen.images import dimensions
from adapters.examen.inadmis import PIXELS, Inadmis

NOEUDS: Final = 1_000_000
"""Dictionaries and streams of one document."""
PROFONDEUR: Final = 64
OCTETS_PAR_FLUX: Final = 192 << 20
OCTETS_EN_TOUT: Final = 1 << 30
"""Bytes that one stream, and all of them together, come to once they are inflated: a page scanned in colour at 600 dpi
is 100 MB."""

_GARDES: Final = 64 << 20
_PARTIE: Final = 16 << 20
"""Bytes of a stream that are kept for its next filter; that are inflated at once."""

_TETE: Final = re.compile(rb"%PDF-(1\.[0-7]|2\.0)[\r\n ]")
_QUEUE: Final = re.compile(rb"%%EOF[\r\n \t\x00]{0,64}\Z")
_ACTIFS: Final = frozenset(
    {"/JS", "/JavaScript", "/AA", "/EmbeddedFiles", "/EF", "/XFA", "/RichMediaContent", "/RichMediaSettings", "/AF"}
)
_ACTIONS: Final = frozenset(
    {"/JavaScript", "/Launch", "/SubmitForm", "/ImportData", "/GoToR", "/GoToE", "/GoTo3DView", "/Rendition"}
    | {"/Movie", "/Sound", "/RichMediaExecute", "/ResetForm", "/SetOCGState", "/Thread"}
)
_ANNOTATIONS: Final = frozenset({"/RichMedia", "/Movie", "/Sound", "/Screen", "/3D", "/FileAttachment"})
_OUVERTURE: Final = frozenset({"/GoTo"})
"""What may happen when the document is opened: that it is shown at one of its own pages."""

_BORNES: Final = {"/RunLengthDecode": 64, "/RL": 64, "/LZWDecode": 1400, "/LZW": 1400}
"""By how much the rarer filters can inflate: what could pass the bound is refused without being looked at."""
_INFLATE: Final = frozenset({"/FlateDecode", "/Fl"})
_ECRITS: Final = frozenset({"/ASCII85Decode", "/A85", "/ASCIIHexDecode", "/AHx"})
_IMAGES: Final = {"/DCTDecode": ("JPEG",), "/DCT": ("JPEG",), "/JPXDecode": ("JPEG2000",)}
_DERNIERS: Final = frozenset({*_IMAGES, "/CCITTFaxDecode", "/CCF", "/JBIG2Decode"})


def examiner(octets: bytes) -> None:
    """``Inadmis`` unless it is one PDF document as above."""
    if not _TETE.match(octets):
        raise Inadmis("abime")
    if not _QUEUE.search(octets, max(0, len(octets) - 128)):
        raise Inadmis("double_nature" if b"%%EOF" in octets else "abime")
    try:
        with pikepdf.open(BytesIO(octets), attempt_recovery=False, suppress_warnings=True) as document:
            if document.is_encrypted:
                raise Inadmis("chiffre")
            _examiner(document)
    except pikepdf.PasswordError as erreur:
        raise Inadmis("chiffre") from erreur
    except (pikepdf.PdfError, ValueError, TypeError, RuntimeError) as erreur:
        raise Inadmis("abime") from erreur


def _examiner(document: pikepdf.Pdf) -> None:
    if not len(document.pages):
        raise Inadmis("abime")
    reste, vus = OCTETS_EN_TOUT, 0
    for objet in (document.trailer, *document.objects):
        for noeud in _noeuds(objet):
            vus += 1
            if vus > NOEUDS:
                raise Inadmis("demesure")
            _examiner_entrees(noeud)
            if isinstance(noeud, pikepdf.Stream):
                reste -= _poids(noeud)
                if reste < 0:
                    raise Inadmis("demesure")
    if document.get_warnings():
        raise Inadmis("abime")


def _noeuds(racine: Any) -> Iterator[Any]:  # noqa: ANN401 - an object of a PDF
    """The dictionaries and streams of one object, those that it refers to left out: they have their own turn."""
    pile = [(racine, 0)]
    while pile:
        objet, profondeur = pile.pop()
        if profondeur > PROFONDEUR:
            raise Inadmis("demesure")
        if isinstance(objet, pikepdf.Dictionary | pikepdf.Stream):
            yield objet
            suite: list[Any] = [valeur for _, valeur in objet.items()]
        elif isinstance(objet, pikepdf.Array):
            suite = list(objet)
        else:
            continue
        pile += [(o, profondeur + 1) for o in suite if isinstance(o, pikepdf.Object) and not o.is_indirect]


def _examiner_entrees(noeud: Any) -> None:  # noqa: ANN401 - a dictionary, or a stream
    cles = set(noeud.keys())
    if cles & _ACTIFS:
        raise Inadmis("contenu_actif")
    if str(noeud.get("/S", "")) in _ACTIONS or str(noeud.get("/Subtype", "")) in _ANNOTATIONS:
        raise Inadmis("contenu_actif")
    ouverture = noeud.get("/OpenAction")
    if isinstance(ouverture, pikepdf.Dictionary) and str(ouverture.get("/S", "")) not in _OUVERTURE:
        raise Inadmis("contenu_actif")
    if str(noeud.get("/Type", "")) == "/EmbeddedFile" or (isinstance(noeud, pikepdf.Stream) and "/F" in cles):
        raise Inadmis("contenu_actif")


def _poids(flux: pikepdf.Stream) -> int:
    """How many bytes a stream comes to; ``Inadmis`` for too many."""
    if "/Width" in flux and "/Height" in flux and int(flux["/Width"]) * int(flux["/Height"]) > PIXELS:
        raise Inadmis("demesure")
    octets = flux.read_raw_bytes()
    noms = _filtres(flux)
    for rang, nom in enumerate(noms):
        dernier = rang == len(noms) - 1
        if nom in _INFLATE and dernier:  # nothing of it is kept
            return sum(map(len, _gonfler(octets, OCTETS_PAR_FLUX)))
        if nom in _INFLATE:
            octets = b"".join(_gonfler(octets, _GARDES))
        elif nom in _ECRITS:
            octets = _lire(octets, nom)
        elif nom in _BORNES and dernier:
            return _admis(len(octets) * _BORNES[nom])
        elif nom in _DERNIERS and dernier:
            if nom in _IMAGES and dimensions(octets, *_IMAGES[nom]) > PIXELS:
                raise Inadmis("demesure")
        else:
            raise Inadmis("abime")
    return _admis(len(octets))


def _filtres(flux: pikepdf.Stream) -> list[str]:
    dits = flux.get("/Filter")
    if dits is None:
        return []
    return [str(nom) for nom in dits] if isinstance(dits, pikepdf.Array) else [str(dits)]


def _admis(poids: int) -> int:
    if poids > OCTETS_PAR_FLUX:
        raise Inadmis("demesure")
    return poids


def _gonfler(octets: bytes, borne: int) -> Iterator[bytes]:
    """What a stream inflates to, by parts; ``Inadmis`` as soon as it is too much. One that is cut gives what it has."""
    inflation, venus = zlib.decompressobj(), 0
    while octets and not inflation.eof:
        try:
            partie = inflation.decompress(octets, _PARTIE)
        except zlib.error as erreur:
            raise Inadmis("abime") from erreur
        octets = inflation.unconsumed_tail
        venus += len(partie)
        if venus > borne:
            raise Inadmis("demesure")
        yield partie


def _lire(octets: bytes, nom: str) -> bytes:
    """What is written in letters, in bytes."""
    ecrits = octets.strip().removesuffix(b">")
    if nom in {"/ASCII85Decode", "/A85"}:
        return base64.a85decode(ecrits.removesuffix(b"~"))
    hexa = bytes(ecrits.translate(None, b" \r\n\t\x00\x0c"))
    return bytes.fromhex((hexa + b"0" * (len(hexa) % 2)).decode("ascii"))

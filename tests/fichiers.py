"""Files of the tests: those that are taken, and those that pretend."""

import gzip
import random
import struct
import zipfile
import zlib
from collections.abc import Callable
from io import BytesIO
from typing import Any, Final

import pikepdf
from pikepdf import Array, Dictionary, Name, Stream
from PIL import Image


def pdf(preparer: Callable[[pikepdf.Pdf], Any] = lambda _: None, **enregistre: Any) -> bytes:
    """A document of one page, with what is added to it."""
    sortie = BytesIO()
    with pikepdf.new() as document:
        document.add_blank_page(page_size=(595, 842))
        preparer(document)
        document.save(sortie, **enregistre)
    return sortie.getvalue()


def image_de_pdf(donnees: bytes, largeur: int, hauteur: int, **plus: Any) -> Callable[[pikepdf.Pdf], None]:
    """Puts an image on the page, of bytes as they are kept."""

    def poser(document: pikepdf.Pdf) -> None:
        flux = Stream(document, donnees)
        dits = {"Width": largeur, "Height": hauteur, "BitsPerComponent": 8, "ColorSpace": Name.DeviceRGB, **plus}
        for nom, valeur in {"Type": Name.XObject, "Subtype": Name.Image, **dits}.items():
            flux[f"/{nom}"] = valeur
        document.pages[0].Resources = Dictionary(XObject=Dictionary(Im0=document.make_indirect(flux)))

    return poser


def gros_pdf(octets: int) -> bytes:
    """A scanned page of so many bytes, about, that nothing compresses."""
    cote = int((octets / 3) ** 0.5)
    bruit = random.Random(octets).randbytes(cote * cote * 3)  # noqa: S311 - noise, the same each time
    return pdf(image_de_pdf(bruit, cote, cote), compress_streams=False)


def image(genre: str, taille: tuple[int, int] = (64, 48), **plus: Any) -> bytes:
    """A small image."""
    sortie = BytesIO()
    Image.new("RGB", taille, (200, 180, 20)).save(sortie, genre, **plus)
    return sortie.getvalue()


def morceau_png(nom: bytes, donnees: bytes) -> bytes:
    """One chunk of a PNG file."""
    return struct.pack(">I", len(donnees)) + nom + donnees + struct.pack(">I", zlib.crc32(nom + donnees))


def png_demesure(cote: int = 30_000) -> bytes:
    """A hundred kilobytes that say that they are 900 million pixels."""
    lignes = zlib.compress(bytes(1 + cote // 8) * 200, 9)
    entete = struct.pack(">IIBBBBB", cote, cote, 1, 0, 0, 0, 0)
    return b"".join(
        [b"\x89PNG\r\n\x1a\n", morceau_png(b"IHDR", entete), morceau_png(b"IDAT", lignes), morceau_png(b"IEND", b"")]
    )


def archive() -> bytes:
    """A zip file, of one file."""
    sortie = BytesIO()
    with zipfile.ZipFile(sortie, "w") as lue:
        lue.writestr("piece.txt", "bonjour")
    return sortie.getvalue()


def bombe(octets: int = 400 << 20) -> Callable[[pikepdf.Pdf], None]:
    """A stream of a PDF that inflates to so many bytes."""
    deflation = zlib.compressobj(9)
    donnees = b"".join([*(deflation.compress(bytes(1 << 20)) for _ in range(octets >> 20)), deflation.flush()])

    def poser(document: pikepdf.Pdf) -> None:
        flux = Stream(document, donnees)
        flux["/Filter"] = Name.FlateDecode
        document.pages[0].Contents = document.make_indirect(flux)

    return poser


def _racine(**entrees: Any) -> Callable[[pikepdf.Pdf], None]:
    def poser(document: pikepdf.Pdf) -> None:
        for nom, valeur in entrees.items():
            document.Root[f"/{nom}"] = valeur

    return poser


def annotation(**entrees: Any) -> Callable[[pikepdf.Pdf], None]:
    def poser(document: pikepdf.Pdf) -> None:
        rect = Array([0, 0, 10, 10])
        note = document.make_indirect(Dictionary(Type=Name.Annot, Rect=rect, **entrees))
        document.pages[0].Annots = Array([note])
        if note.Subtype == Name.Widget:
            note.FT, note.T = Name.Btn, "bouton"
            document.Root.AcroForm = Dictionary(Fields=Array([note]))

    return poser


def _joint(document: pikepdf.Pdf) -> None:
    document.attachments["note.txt"] = b"bonjour"


def _sans_lien(document: pikepdf.Pdf) -> None:
    """An action that no page leads to, yet."""
    document.Root.Divers = document.make_indirect(Dictionary(A=Array([Dictionary(S=Name.Launch, F="calc.exe")])))


_JS: Final[dict[str, Any]] = {"S": Name.JavaScript, "JS": "app.alert(1)"}

ACTIFS: Final[dict[str, Callable[[pikepdf.Pdf], Any]]] = {
    "JavaScript à l'ouverture": _racine(OpenAction=Dictionary(**_JS)),
    "lancement à l'ouverture": _racine(OpenAction=Dictionary(S=Name.Launch, F="calc.exe")),
    "adresse à l'ouverture": _racine(OpenAction=Dictionary(S=Name.URI, URI="https://exemple.test")),
    "JavaScript nommé": _racine(Names=Dictionary(JavaScript=Dictionary(Names=Array(["a", Dictionary(**_JS)])))),
    "actions du document": _racine(AA=Dictionary(WC=Dictionary(**_JS))),
    "formulaire XFA": _racine(AcroForm=Dictionary(XFA="<xdp/>", Fields=Array([]))),
    "formulaire à envoyer": annotation(Subtype=Name.Widget, A=Dictionary(S=Name.SubmitForm, F="https://exemple.test")),
    "bouton qui calcule": annotation(Subtype=Name.Widget, AA=Dictionary(K=Dictionary(**_JS))),
    "lancement par un lien": annotation(Subtype=Name.Link, A=Dictionary(S=Name.Launch, F="calc.exe")),
    "suite d'un lien": annotation(Subtype=Name.Link, A=Dictionary(S=Name.GoTo, Next=Array([Dictionary(**_JS)]))),
    "contenu animé": annotation(Subtype=Name.RichMedia),
    "fichier attaché à la page": annotation(Subtype=Name.FileAttachment),
    "fichier joint": _joint,
    "action que rien n'atteint": _sans_lien,
}
"""What a PDF may hold that runs, opens or carries something."""

JPEG: Final = image("JPEG")
PNG: Final = image("PNG")
PDF: Final = pdf()

REFUSES: Final[dict[str, tuple[bytes, str]]] = {
    "rien": (b"", "vide"),
    "du texte": (b"bonjour", "genre"),
    "un programme de Windows": (b"MZ\x90\x00" + bytes(512), "executable"),
    "un programme de Linux": (b"\x7fELF\x02\x01\x01" + bytes(512), "executable"),
    "un script": (b"#!/bin/sh\nrm -rf /\n", "executable"),
    "une archive zip": (archive(), "archive"),
    "une archive gzip": (gzip.compress(PDF), "archive"),
    "un document bureautique": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512), "archive"),
    "une page": (b"<!doctype html><script>alert(1)</script>", "page"),
    "un dessin": (b'\xef\xbb\xbf<?xml version="1.0"?><svg onload="alert(1)"/>', "page"),
    "PDF puis zip": (PDF + archive(), "double_nature"),
    "PDF puis suite": (PDF + b"encore", "double_nature"),
    "PDF deux fois": (PDF + PDF[:-6] + b"x", "double_nature"),
    "JPEG puis zip": (JPEG + archive(), "double_nature"),
    "JPEG qui contient un zip": (image("JPEG", comment=archive()), "double_nature"),
    "PDF qui contient un zip": (pdf(image_de_pdf(archive(), 1, 1), compress_streams=False), "double_nature"),
    "JPEG puis PDF": (JPEG + PDF, "double_nature"),
    "JPEG puis JPEG": (JPEG + JPEG, "double_nature"),
    "JPEG et page": (image("JPEG", comment=b"<script>alert(1)</script>"), "double_nature"),
    "JPEG et PDF": (image("JPEG", comment=b"%PDF-1.4 1 0 obj"), "double_nature"),
    "PNG puis suite": (PNG + bytes(8), "double_nature"),
    "PNG puis programme": (PNG + b"MZ\x90This program cannot be run in DOS mode", "double_nature"),
    "PDF après autre chose": (b"GIF89a" + PDF, "genre"),
    "PDF sans fin": (PDF[:-10], "abime"),
    "PDF coupé": (PDF[: len(PDF) // 2], "abime"),
    "PDF de rien": (b"%PDF-1.7\n%%EOF\n", "abime"),
    "PDF à l'index faux": (PDF.replace(b"startxref\n", b"startxref\n9"), "abime"),
    "JPEG coupé": (JPEG[:-40], "abime"),
    "PNG coupé": (PNG[:-20], "abime"),
    "PNG à la somme fausse": (PNG[:40] + bytes([PNG[40] ^ 1]) + PNG[41:], "abime"),
    "PNG animé": (PNG[:33] + morceau_png(b"acTL", bytes(8)) + PNG[33:], "abime"),
    "PNG démesuré": (png_demesure(), "demesure"),
    "PDF à image démesurée": (pdf(image_de_pdf(b"\x80", 60_000, 60_000, Filter=Name.CCITTFaxDecode)), "demesure"),
    "PDF à image qui ment": (pdf(image_de_pdf(image("PNG"), 10, 10, Filter=Name.DCTDecode)), "abime"),
    "PDF à flux démesuré": (pdf(bombe(), compress_streams=False), "demesure"),
    "PDF à filtre inconnu": (pdf(image_de_pdf(b"x", 1, 1, Filter=Name.Inconnu)), "abime"),
    "PDF chiffré": (pdf(encryption=pikepdf.Encryption(owner="a", user="b")), "chiffre"),
    "PDF protégé": (pdf(encryption=pikepdf.Encryption(owner="a", user="")), "chiffre"),
    **{f"PDF, {nom}": (pdf(poser), "contenu_actif") for nom, poser in ACTIFS.items()},
}
"""By what it is: a file that is not taken, and the reason that is given."""

"""Files that go with acts: given as they came, never run, and refused where they pretend to be something else."""

import base64
import hashlib
from typing import Final
from uuid import uuid4

from adapters.conformite.essai import DOSSIERS, Essai
from adapters.conformite.formes import est_un_uuid
from adapters.conformite.serveur import Impossible, Manquement, Recue

OCTETS: Final = "application/octet-stream"
PNG: Final = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAIAAAD91JpzAAAAFklEQVR4nGM8sUWEgYGBiYGBgYGBAQATngGU5gytFwAAAABJRU5ErkJggg=="
)
"""Four pixels."""
_SE_MONTRE: Final = ("text/html", "image/svg+xml", "application/xhtml+xml", "text/xml", "application/xml")


async def piece_relue(essai: Essai) -> None:
    """What comes out is what came in, byte for byte, as something that is kept and not shown."""
    for contenu in (PNG, pdf()):
        adresse = await _jointe(essai, contenu)
        recue = (await essai.demander("GET", adresse)).exiger(200)
        if recue.corps != contenu:
            raise Manquement("un fichier qui n'est pas celui envoyé", "les mêmes octets")
        _gardee(recue)
        if (dit := recue.entetes.get("repr-digest")) is not None:
            empreinte = base64.b64encode(hashlib.sha256(contenu).digest()).decode()
            if dit != f"sha-256=:{empreinte}:":
                raise Manquement("un « Repr-Digest » qui n'est pas celui du fichier", "SHA-256, en base64")


def _gardee(recue: Recue) -> None:
    """Whoever follows the address in a browser is given a file to keep, and nothing that runs."""
    genre = recue.entetes.get("content-type", "").partition(";")[0].strip().lower()
    if genre in _SE_MONTRE or not recue.entetes.get("content-disposition", "").startswith("attachment"):
        raise Manquement("un fichier qu'un navigateur montrerait", "Content-Disposition: attachment")
    if recue.entetes.get("x-content-type-options", "").lower() != "nosniff":
        raise Manquement("un fichier dont un navigateur devinerait le type", "X-Content-Type-Options: nosniff")
    if "no-store" not in recue.entetes.get("cache-control", "").lower():
        raise Manquement("un fichier qu'un cache peut garder", "Cache-Control: no-store")


async def pieces_refusees(essai: Essai) -> None:
    """A program, a page, what runs when it is opened, two files in one: whatever it says that it is."""
    for quoi, genre, contenu in (
        ("un programme de Windows annoncé comme un PDF", "application/pdf", b"MZ\x90\x00" + bytes(512)),
        ("un programme de Linux annoncé comme une image", "image/png", b"\x7fELF\x02\x01\x01" + bytes(512)),
        ("une page qui se dit PDF", "application/pdf", b"<!doctype html><script>alert(1)</script>"),
        ("une archive", OCTETS, b"PK\x05\x06" + bytes(18)),
        ("un PDF qui s'exécute", OCTETS, pdf("/OpenAction<</S/JavaScript/JS(app.alert\\(1\\))>>")),
        ("une image suivie d'un programme", OCTETS, PNG + b"MZ\x90\x00" + bytes(64)),
    ):
        recue = await _joindre(essai, contenu, genre)
        if (recue.statut, recue.code) != (_REFUSEE, "piece_refusee"):
            raise Manquement(f"{recue.dite} pour {quoi}", f"{_REFUSEE} « piece_refusee »")


async def piece_cachee(essai: Essai) -> None:
    """A file that one may not read answers as a file that is not there, and that as a case that is not there."""
    adresse = await _jointe(essai, PNG)
    inconnu = (await essai.demander("GET", f"{DOSSIERS}/{uuid4()}")).prealable(404)
    ailleurs = f"{adresse.rpartition('/')[0]}/{uuid4()}"
    reponses = [("inconnue", await essai.demander("GET", ailleurs))]
    if essai.etranger is not None:
        reponses.append(("cachée", await essai.demander("GET", adresse, qui=essai.etranger)))
    for quoi, recue in reponses:
        if recue.exiger(404).corps != inconnu.corps:
            raise Manquement(f"un autre corps pour une pièce {quoi}", "les mêmes octets que pour un dossier inconnu")


_REFUSEE: Final = 422


async def _joindre(essai: Essai, contenu: bytes, genre: str = OCTETS) -> Recue:
    """What is answered to a file, joined to an act of the case that the run has opened."""
    acte = await essai.acte()
    suite = f"acte={acte.acte}&nature=COURRIER&personnes={acte.personne}"
    return await essai.poster(f"{await essai.dossier()}/pieces?{suite}", contenu, genre=genre)


async def _jointe(essai: Essai, contenu: bytes) -> str:
    """The address of a file that was taken."""
    recue = (await _joindre(essai, contenu)).exiger(201)
    piece = recue.objet().get("piece")
    if not est_un_uuid(piece):
        raise Impossible("l'appel dont elle part n'a pas rendu « piece »")
    return f"{await essai.dossier()}/pieces/{piece}"


def pdf(catalogue: str = "") -> bytes:
    """A document of one empty page. ``catalogue``: what its root says besides."""
    objets = (
        f"<</Type/Catalog/Pages 2 0 R{catalogue}>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<<>>>>",
    )
    corps, places = b"%PDF-1.4\n", list[int]()
    for rang, objet in enumerate(objets, 1):
        places.append(len(corps))
        corps += f"{rang} 0 obj\n{objet}\nendobj\n".encode("ascii")
    index = "".join(f"{place:010d} 00000 n \n" for place in places)
    combien = len(objets) + 1
    fin = f"xref\n0 {combien}\n0000000000 65535 f \n{index}trailer\n<</Size {combien}/Root 1 0 R>>\n"
    return corps + f"{fin}startxref\n{len(corps)}\n%%EOF\n".encode("ascii")

"""What a file is, found in its content; what pretends, bursts or hides another is not taken."""

import asyncio
import time
from collections.abc import Callable
from typing import Final

import pytest
from pikepdf import Array, Dictionary, Name, ObjectStreamMode

from adapters.examen import processus
from adapters.examen.contenu import examiner
from adapters.examen.inadmis import CODES, GenreDePiece, Inadmis
from adapters.examen.processus import Inspection
from adapters.gate.codes import INADMIS
from ledger.droit import listes
from tests import fichiers

PRIS: Final = {
    "PDF": (fichiers.PDF, GenreDePiece.PDF),
    "PDF numérisé": (fichiers.gros_pdf(200_000), GenreDePiece.PDF),
    "PDF compressé par objets": (
        fichiers.pdf(object_stream_mode=ObjectStreamMode.generate),
        GenreDePiece.PDF,
    ),
    "PDF à image JPEG": (
        fichiers.pdf(fichiers.image_de_pdf(fichiers.JPEG, 64, 48, Filter=Name.DCTDecode)),
        GenreDePiece.PDF,
    ),
    "PDF suivi d'une ligne": (fichiers.PDF + b"\r\n", GenreDePiece.PDF),
    "PDF à lien": (
        fichiers.pdf(fichiers.annotation(Subtype=Name.Link, A=Dictionary(S=Name.URI, URI="https://exemple.test"))),
        GenreDePiece.PDF,
    ),
    "PDF qui s'ouvre à une page": (
        fichiers.pdf(lambda d: setattr(d.Root, "OpenAction", Array([d.pages[0].obj, Name.Fit]))),
        GenreDePiece.PDF,
    ),
    "JPEG": (fichiers.JPEG, GenreDePiece.JPEG),
    "JPEG progressif": (fichiers.image("JPEG", (300, 200), progressive=True), GenreDePiece.JPEG),
    "JPEG commenté": (fichiers.image("JPEG", comment=b"acte du 2 novembre"), GenreDePiece.JPEG),
    "PNG": (fichiers.PNG, GenreDePiece.PNG),
}


@pytest.mark.parametrize("nom", PRIS)
def test_ce_qui_est_pris_est_reconnu_a_son_contenu(nom: str) -> None:
    octets, genre = PRIS[nom]
    assert examiner(octets) is genre


@pytest.mark.parametrize("nom", fichiers.REFUSES)
def test_ce_qui_ne_l_est_pas_dit_pourquoi(nom: str) -> None:
    octets, code = fichiers.REFUSES[nom]
    with pytest.raises(Inadmis) as refus:
        examiner(octets)
    assert refus.value.code == code


def test_chaque_raison_a_son_remede_et_se_rencontre(compter: Callable[[str, int], None]) -> None:
    assert INADMIS.keys() == CODES == {code for _, code in fichiers.REFUSES.values()}
    assert {genre.value for genre in GenreDePiece} == set(listes.codes("genre_piece"))
    compter("fichiers refusés pour leur contenu", len(fichiers.REFUSES))


async def examiner_a_part(octets: bytes) -> GenreDePiece:
    async with Inspection() as examen:
        for debut in range(0, len(octets), 65536):
            await examen.donner(octets[debut : debut + 65536])
        return await examen.conclure()


async def test_un_processus_a_part_dit_la_meme_chose() -> None:
    assert await examiner_a_part(fichiers.PDF) is GenreDePiece.PDF
    for nom in ("un programme de Windows", "PDF à flux démesuré", "JPEG puis zip"):
        octets, code = fichiers.REFUSES[nom]
        with pytest.raises(Inadmis) as refus:
            await examiner_a_part(octets)
        assert refus.value.code == code


async def test_une_bombe_ne_prend_ni_le_temps_ni_la_memoire() -> None:
    """Past its bounds the child is ended, or ends itself: a refusal either way, and soon."""
    debut = time.monotonic()
    with pytest.raises(Inadmis) as refus:
        await examiner_a_part(fichiers.pdf(fichiers.bombe(4 << 30), compress_streams=False))
    assert refus.value.code == "demesure"
    assert time.monotonic() - debut < 60


async def test_un_examen_qui_n_en_finit_pas_est_un_refus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processus, "DELAI_S", 0.0)
    with pytest.raises(Inadmis) as refus:
        await examiner_a_part(fichiers.PDF)
    assert refus.value.code == "demesure"


async def test_un_examen_qui_meurt_est_un_refus() -> None:
    async with Inspection() as examen:
        assert examen._enfant is not None
        examen._enfant.tuer()
        await asyncio.sleep(0.1)
        for _ in range(64):
            await examen.donner(bytes(65536))
        with pytest.raises(Inadmis) as refus:
            await examen.conclure()
    assert refus.value.code == "demesure"

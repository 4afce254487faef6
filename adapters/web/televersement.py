"""Forms that carry a file: read in memory alone, since nothing of a household stands in clear on a disk; bounded."""

from collections.abc import AsyncGenerator
from typing import Final

from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect, Request

from adapters.gate.refus import Refus
from adapters.tableurs.refus import OCTETS_MAX

CHAMPS_MAX: Final = 10
CHAMP_MAX: Final = 2 << 20
"""Bytes of a field: what was looked at comes back sealed in one."""
CORPS_MAX: Final = OCTETS_MAX + CHAMP_MAX
TROP_LOURD: Final = f"Le fichier dépasse {OCTETS_MAX >> 20} Mo : déposez la liste seule, ou découpez-la."
ILLISIBLE: Final = "Le formulaire n'est pas valable."


class _EnMemoire(MultiPartParser):
    spool_max_size = CORPS_MAX + 1


async def champs_et_fichier(requete: Request) -> tuple[dict[str, str], bytes]:
    """The fields of a posted form, and the bytes of its one file; none where none was chosen. ``Refus`` beyond."""
    genre = requete.headers.get("content-type", "")
    if not genre.lower().startswith("multipart/form-data"):
        raise Refus(422, "formulaire", ILLISIBLE)
    lecteur = _EnMemoire(requete.headers, _borne(requete), max_files=1, max_fields=CHAMPS_MAX, max_part_size=CHAMP_MAX)
    try:
        formulaire = await lecteur.parse()
    except (MultiPartException, ClientDisconnect, UnicodeDecodeError) as erreur:
        raise Refus(422, "formulaire", ILLISIBLE) from erreur
    champs: dict[str, str] = {}
    octets = b""
    for nom, dit in formulaire.multi_items():
        if isinstance(dit, UploadFile):
            octets = await dit.read()
            await dit.close()
        else:
            champs[nom] = dit
    return champs, octets


async def _borne(requete: Request) -> AsyncGenerator[bytes, None]:
    recus = 0
    async for morceau in requete.stream():
        recus += len(morceau)
        if recus > CORPS_MAX:
            raise Refus(413, "trop_lourd", TROP_LOURD)
        yield morceau

"""An erased household stays erased: what would bring it back is refused (EXPLOC lot, promise 14).

Keyed hashes of what named its file are kept (``references_effacees``). What bears a number of that file is refused,
whatever its day. Dwelling and name are no such number: they tell of the same story only up to the day of its erasure,
and only who had told of that household learns that it is erased; to anybody else it never was.
"""

import asyncio
from collections.abc import Iterable
from uuid import uuid4

from ledger.dossier.decision import Auteur, Contribution
from ledger.dossier.refus import ActeRefuse
from ledger.index import REFERENCES, Entree, Genre
from ledger.reader import Lecture, Reader


async def refuser_un_revenant(reader: Reader, contribution: Contribution, entrees: Iterable[Entree]) -> None:
    """``ActeRefuse`` for a contribution that adds to the index what an erased household was known by.

    Where none was, a blank case is read in its place: who never told of it cannot tell by the time that it took.
    """
    effacees = await reader.effacees((genre, hache) for genre, hache, _ in entrees if genre != Genre.IDENTITE)
    dernier = max(propose.survenu_le for propose in contribution.evenements)
    revenues = {(genre, e.dossier) for (genre, _), e in effacees.items() if e.revient(genre, dernier)}
    a_lire = {dossier for _, dossier in revenues} or {uuid4()}
    lues = await asyncio.gather(*map(reader.lire_ou_vierge, a_lire))
    siennes = {lue.dossier for lue in lues if _en_parlait(contribution.auteur, lue)}
    if any(genre in REFERENCES or dossier in siennes for genre, dossier in revenues):
        raise ActeRefuse(
            "menage_efface",
            "evenements",
            "Ce ménage a été effacé, et ses références avec lui : un acte de son dossier ne l'y fait pas revenir.",
        )


def _en_parlait(auteur: Auteur, lecture: Lecture) -> bool:
    """Whether who tells now had told of that household."""
    return auteur.partenaire in lecture.etat.auteurs or auteur.declarant in lecture.etat.declarants

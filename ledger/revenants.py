"""An erased household stays erased: what would bring it back is refused (EXPLOC lot, promise 14).

Keyed hashes of what named its file are kept (``references_effacees``). What bears a number of that file is refused,
whatever its day. Dwelling and name are no such number: they tell of the same story only up to the day of its erasure,
and only who had told of that household learns that it is erased; to anybody else it never was.
"""

from collections.abc import Iterable

from ledger.dossier.decision import Contribution
from ledger.dossier.refus import ActeRefuse
from ledger.index import REFERENCES, Effacee, Entree, Genre
from ledger.reader import Reader


async def refuser_un_revenant(reader: Reader, contribution: Contribution, entrees: Iterable[Entree]) -> None:
    """``ActeRefuse`` for a contribution that adds to the index what an erased household was known by."""
    effacees = await reader.effacees((genre, hache) for genre, hache, _ in entrees if genre != Genre.IDENTITE)
    dernier = max(propose.survenu_le for propose in contribution.evenements)
    for (genre, _), effacee in effacees.items():
        if effacee.revient(genre, dernier) and (
            genre in REFERENCES or await _en_parlait(reader, contribution, effacee)
        ):
            raise ActeRefuse(
                "menage_efface",
                "evenements",
                "Ce ménage a été effacé, et ses références avec lui : un acte de son dossier ne l'y fait pas revenir.",
            )


async def _en_parlait(reader: Reader, contribution: Contribution, effacee: Effacee) -> bool:
    """Whether the author of a contribution had told of that household."""
    lecture = await reader.lire(effacee.dossier)
    auteur = contribution.auteur
    return lecture is not None and (
        auteur.partenaire in lecture.etat.auteurs or auteur.declarant in lecture.etat.declarants
    )

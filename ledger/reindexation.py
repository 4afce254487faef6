"""Bringing the blind index up to date with what is hashed today: a name folded otherwise, a kind of entry that is new.

Entries are only added. Each dossier's row is in the journal before anything of it is opened; nothing of it leaves.
"""

from collections.abc import Iterator
from itertools import product

from ledger.application import Ledger
from ledger.catalogue import (
    AssignationSignifiee,
    Classe,
    Evenement,
    JugementRendu,
    Logement,
    OccupantDeclare,
)
from ledger.index import Demeure, Entree, Genre, IndexAveugle
from ledger.journal import Ligne
from ledger.mapper import ouvrir
from ledger.reader import Lecture

TITULAIRES = ("TITULAIRE", "COTITULAIRE")


async def reindexer(ledger: Ledger, ligne: Ligne) -> int:
    """Add to the index what the facts of every dossier say; how many entries it did not have. Can be run again."""
    ajoutees = position = 0
    while ouverts := await ledger.reader.ouverts(position):
        await ledger.journal.inscrire(*(ligne.avec(dossier=dossier, motif="index") for dossier, _ in ouverts))
        for dossier, position in ouverts:  # noqa: B007 - the last one is where the next page begins
            lecture = await ledger.reader.lire(dossier)
            if lecture is not None:
                ajoutees += await ledger.writer.indexer(dossier, dict.fromkeys(_entrees(ledger.index, lecture)))
    await ledger.effacements.reconcilier()  # who was erased meanwhile is let go of again
    return ajoutees


def _entrees(index: IndexAveugle, lecture: Lecture) -> Iterator[Entree]:
    demeures, references, personnes = [Demeure()], [], []
    for e, d_exploc in _ouverts(lecture):
        if d_exploc and isinstance(e.reference_source, str):
            references.append(e.reference_source)
            yield Genre.REFERENCE, index.reference(e.reference_source), lecture.dossier
        match e:
            case Logement():
                demeures.append(demeures[0].apprise(e) if len(demeures) == 1 else demeures[1].apprise(e))
            case OccupantDeclare(nom=str()) if e.personne not in lecture.etat.effacees:
                personnes.append(e)
            case AssignationSignifiee(num_rg=str(numero)) | JugementRendu(num_rg=str(numero)):
                yield Genre.RG, index.rg(numero), lecture.dossier
            case _:
                continue
    for e in personnes:
        naissance, prenoms = e.date_naissance or None, e.prenoms or ""
        if e.qualite in TITULAIRES:
            for demeure, reference in product(demeures, (None, *dict.fromkeys(references))):
                yield from index.titulaire(e.personne, e.nom, prenoms, naissance, demeure, reference)
        elif naissance is not None:
            yield from (
                (Genre.IDENTITE, empreinte, e.personne) for empreinte in index.identites(e.nom, prenoms, naissance)
            )


def _ouverts(lecture: Lecture) -> Iterator[tuple[Evenement, bool]]:
    """The facts that name a household, opened, and whether they are known from EXPLOC."""
    for fait in lecture.faits:
        d_exploc = fait.enveloppe.source == "EXPLOC"
        if d_exploc or isinstance(fait.evenement, Logement | OccupantDeclare | AssignationSignifiee | JugementRendu):
            yield ouvrir(fait, lecture.trousseau, {Classe.S1, Classe.S2}).evenement, d_exploc

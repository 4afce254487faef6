"""Whose case an opening is: where a household has one already, and which may be its own too.

What is looked for costs the same whether it is there or not: who opens cannot tell by the time that it took.
"""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import islice
from typing import Final
from uuid import UUID, uuid4

import msgspec

from ledger.catalogue import Classe, DossierOuvert, Fait, Logement, OccupantDeclare, RapprochementSuggere
from ledger.dossier.decision import Contribution, Propose
from ledger.index import UNIQUES, Demeure, IndexAveugle
from ledger.mapper import ouvrir
from ledger.reader import Cherche, Correspondance, Lecture, Reader

PROCHES: Final = 10
"""Pairs that one opening suggests at most: beyond, a name and a place tell nothing."""


async def chercher(
    reader: Reader, index: IndexAveugle, contribution: Contribution
) -> tuple[Correspondance | None, Lecture, Lecture]:
    """Where this household has its case, a blank one, and that case.

    Where it has none, another is read in its place: who opens cannot tell by the time that it took.
    """
    cherches = _uniques(index, contribution)
    proches = [paire for proches in await reader.approcher(cherches, 1) for paire in proches]
    trouve = next(((dossier, sujet) for dossier, sujet, exacte in proches if exacte), None)
    connu = trouve[0] if trouve else proches[0].dossier if proches else uuid4()
    blanche, connue = await asyncio.gather(*map(reader.lire_ou_vierge, (uuid4(), connu)))
    return trouve, blanche, connue


async def proches_de(reader: Reader, index: IndexAveugle, contribution: Contribution) -> dict[UUID, str]:
    """The dossiers that may be this household's too, and why: for a person to confirm.

    One statement, whatever there is.
    """
    titulaire = _titulaire(contribution)
    if titulaire is None:
        return {}
    voisinage = index.voisinage(
        titulaire.nom, titulaire.prenoms or "", titulaire.date_naissance, _demeure_dite(contribution)
    )
    trouves = await reader.chercher_lot(voisinage.cherchees())
    tenants = {cherche: frozenset(dossier for dossier, _ in paires) for cherche, paires in trouves.items()}
    return voisinage.proches(tenants)


def paires_de(contribution: Contribution, proches: Mapping[UUID, str]) -> tuple[Propose, ...]:
    """The pairs that an opening makes: read by who decides of them, and by nobody else."""
    le = contribution.evenements[0].survenu_le
    return tuple(
        Propose(RapprochementSuggere(autre=autre, motif=motif), le) for autre, motif in islice(proches.items(), PROCHES)
    )


def rejoindre(contribution: Contribution, personne: UUID) -> Contribution:
    """The same assertions, of the dwelling too, about the titulaire that the dossier already knows."""
    titulaire = _titulaire(contribution)
    ancienne = titulaire.personne if titulaire else None
    proposes = []
    for propose in contribution.evenements:
        e = propose.evenement
        if getattr(e, "personne", None) == ancienne:
            e = replace(e, personne=personne)  # type: ignore[call-arg]  # it has the field: it was just read
        elif ancienne in getattr(e, "personnes", ()):
            personnes = tuple(personne if p == ancienne else p for p in e.personnes)  # type: ignore[attr-defined]  # its subject says so
            e = replace(e, personnes=personnes)  # type: ignore[call-arg]  # likewise
        proposes.append(msgspec.structs.replace(propose, evenement=e))
    return msgspec.structs.replace(contribution, evenements=tuple(proposes), rejoint=True)


def _uniques(index: IndexAveugle, contribution: Contribution) -> list[Cherche]:
    """What only one case may be opened with, of who holds the lease, the surest first."""
    titulaire = _titulaire(contribution)
    if titulaire is None:
        return []
    entrees = index.titulaire(
        titulaire.personne,
        titulaire.nom,
        titulaire.prenoms or "",
        titulaire.date_naissance,
        _demeure_dite(contribution),
        titulaire.reference_source if contribution.source == "EXPLOC" else None,
    )
    return sorted((genre, empreinte) for genre, empreinte, _ in entrees if genre in UNIQUES)


def _titulaire(contribution: Contribution) -> OccupantDeclare | None:
    for propose in contribution.evenements:
        e = propose.evenement
        if isinstance(e, OccupantDeclare) and e.qualite == "TITULAIRE":
            return e
    return None


def _demeure_dite(contribution: Contribution) -> Demeure:
    """Where a contribution that opens says that the household lives."""
    demeure = Demeure()
    for propose in contribution.evenements:
        if isinstance(propose.evenement, Logement):
            demeure = demeure.apprise(propose.evenement)
    return demeure


def demeure_de(lecture: Lecture, faits: Iterable[Fait]) -> Demeure:
    """Where the dossier was opened, when a new occupant has to be indexed with it.

    Who opens says it, or says that it is not known: nothing is opened for it.
    """
    dits = {type(fait.evenement) for fait in faits}
    if OccupantDeclare not in dits or DossierOuvert in dits or not lecture.faits:
        return Demeure()
    ouverture = ouvrir(lecture.faits[0], lecture.trousseau, {Classe.S1}).evenement
    return Demeure().apprise(ouverture) if isinstance(ouverture, Logement) else Demeure()

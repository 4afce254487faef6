"""A partner's part of a case: what it told itself, as if nobody else had told anything.

Who is linked to a case by its own contributions alone is served that part and nothing else, and what it tells is
decided on that part: whether it opened the case or joined one that others had opened is then the same, ever after
(access 23).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import NamedTuple
from uuid import UUID

import msgspec

from ledger.catalogue import (
    ActeProtege,
    DossierOuvert,
    EffacementEngage,
    Enveloppe,
    Evenement,
    Fait,
    FaitCorrige,
    PersonneEffacee,
)
from ledger.dossier.etat import Dossier
from ledger.dossier.repli import Repli


class Soi(NamedTuple):
    """A partner, as facts name it: by its code, and by its SIRET where acts were brought on its behalf."""

    partenaire: str
    siret: str | None = None

    def dit(self, enveloppe: Enveloppe, evenement: Evenement) -> bool:
        """Whether a fact is its own: told by it, brought on its behalf, or addressed to it by name."""
        if enveloppe.partenaire == self.partenaire:
            return True
        if enveloppe.declarant is not None and enveloppe.declarant == self.siret:
            return True
        return getattr(evenement, "destinataire", None) == self.partenaire


@dataclass(frozen=True, slots=True)
class Debut:
    """What a partner first told of a case, and what it opened it with, if it did."""

    premier: Fait
    ouverture: Fait | None = None

    @property
    def position(self) -> int:
        """Where the log has its case: at its own opening, or else at the first thing that it told."""
        return (self.ouverture or self.premier).position


def debuts(faits: Iterable[Fait], connus: Mapping[str, Debut] = MappingProxyType({})) -> dict[str, Debut]:
    """By partner, how each of those who told of a case began; ``connus``: by the facts before these."""
    dits = dict(connus)
    for fait in faits:
        code, ouvre = fait.enveloppe.partenaire, isinstance(fait.evenement, DossierOuvert)
        debut = dits.get(code)
        if debut is None:
            dits[code] = Debut(fait, fait if ouvre else None)
        elif ouvre and debut.ouverture is None:
            dits[code] = Debut(debut.premier, fait)
    return dits


class Partie:
    """The facts of a part, and what they fold to, as far as it was taken: what comes after is added.

    An act under secrecy may be addressed to it: its content says so, and is sealed. It is of the part, and of no weight
    in the state. So are the end of a person's data, which is everybody's, and what takes back a fact of this part; that
    an erasure is engaged weighs in the state, and is not of the part. The state keeps the version of the whole case.
    """

    def __init__(self, soi: Soi) -> None:
        self._soi = soi
        self._dits: set[UUID] = set()
        self.faits: tuple[Fait, ...] = ()
        self.etat = Dossier()

    def prolonger(self, faits: Iterable[Fait], version: int) -> None:
        """Add what the case was told since, up to that version of it."""
        siens: list[Fait] = []
        repli = Repli(self.etat)
        for fait in faits:
            enveloppe, e = fait.enveloppe, fait.evenement
            if self._soi.dit(enveloppe, e) or isinstance(e, PersonneEffacee):
                siens.append(fait)
                repli.ajouter(fait)
            elif isinstance(e, EffacementEngage) or (isinstance(e, FaitCorrige) and e.corrige in self._dits):
                repli.ajouter(fait)
            elif enveloppe.corrige in self._dits:
                repli.ajouter(_retrait(fait, enveloppe.corrige))
            else:
                if isinstance(e, ActeProtege):
                    siens.append(fait)
                continue
            self._dits.add(enveloppe.id)
        self.faits, self.etat = (*self.faits, *siens), replace(repli.etat, version=version)


def part(faits: Iterable[Fait], soi: Soi, version: int) -> tuple[tuple[Fait, ...], Dossier]:
    """All of a part: its facts, and what they fold to at that version of the case."""
    partie = Partie(soi)
    partie.prolonger(faits, version)
    return partie.faits, partie.etat


def _retrait(fait: Fait, corrige: UUID | None) -> Fait:
    """What another says in the place of a fact takes it back; what it says itself is not of this part."""
    if corrige is None:
        raise ValueError(fait.enveloppe.id)
    return msgspec.structs.replace(
        fait,
        enveloppe=msgspec.structs.replace(fait.enveloppe, corrige=None),
        evenement=FaitCorrige(corrige=corrige),
        scelles=(),
    )

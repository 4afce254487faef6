"""The blind index: finding a household by what is known of it, without writing any of it down.

Each entry is a keyed hash (HMAC-SHA256 under a secret of its own) of several things at once, never of a name
alone: who obtains the table and the secret still cannot list the homonyms of a name. Entries are rows of their own
table, deleted with the person they speak of.
"""

import unicodedata
from collections.abc import Iterable, Iterator
from datetime import date
from enum import IntEnum
from functools import lru_cache
from typing import Final
from uuid import UUID

from ledger import catalogue as ev
from ledger.catalogue import Fait
from ledger.sealing import blind

_EFFACES: Final = frozenset("'’ʼ‘`´")
_LIGATURES: Final = str.maketrans({"œ": "oe", "æ": "ae"})


class Genre(IntEnum):
    """What an entry is the hash of. The numbers are stored: they never change meaning."""

    IDENTITE = 1
    LOGEMENT_TITULAIRE = 2
    LOGEMENT_NOM = 3
    REFERENCE_NOM = 4
    REFERENCE = 5
    RG = 6
    LOGEMENT_NOM_SEUL = 7


UNIQUES: Final = frozenset({Genre.LOGEMENT_TITULAIRE, Genre.REFERENCE_NOM})
"""What only one dossier may be opened with: the writer refuses, under its lock, a second opening."""

Entree = tuple[int, bytes, UUID]
"""Genre, hash, subject (a person, or the dossier's own id for what the household has in common)."""


@lru_cache(maxsize=4096)
def plier(texte: str) -> str:
    """A name folded: case, accents, spaces, hyphens and apostrophes set apart."""
    lettres = unicodedata.normalize("NFKD", texte.casefold().translate(_LIGATURES))
    return "".join(
        c for c in lettres if c not in _EFFACES and not c.isspace() and unicodedata.category(c) not in {"Mn", "Pd"}
    )


class IndexAveugle:
    """Makes the hashes. It holds the index secret, which pickles for the child process of an import."""

    __slots__ = ("_secret",)

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def __repr__(self) -> str:
        return "<index aveugle>"

    def empreinte(self, usage: str, *parties: object) -> bytes:
        """A keyed hash for any other use: a request's fingerprint, the natural key of an act, an idempotency key."""
        return blind(self._secret, usage, *parties)

    def identite(self, nom: str, prenoms: str, naissance: date) -> bytes:
        """A person, by name and birth date together; also what the journal keeps of a search."""
        return blind(self._secret, Genre.IDENTITE.value, plier(nom), plier(prenoms), naissance.isoformat())

    def logement_titulaire(self, id_rpls: str, nom: str, prenoms: str, naissance: date) -> bytes:
        """The same household for certain: dwelling, name and birth date."""
        parties = id_rpls, plier(nom), plier(prenoms), naissance.isoformat()
        return blind(self._secret, Genre.LOGEMENT_TITULAIRE.value, *parties)

    def logement_nom(self, id_rpls: str, nom: str, prenoms: str, *, naissance_connue: bool) -> bytes:
        """Same dwelling and name, birth date apart: what a *rapprochement à confirmer* is suggested by."""
        genre = Genre.LOGEMENT_NOM if naissance_connue else Genre.LOGEMENT_NOM_SEUL
        return blind(self._secret, genre.value, id_rpls, plier(nom), plier(prenoms))

    def reference_nom(self, reference: str, nom: str, prenoms: str) -> bytes:
        """The same household for certain: EXPLOC file number and name."""
        return blind(self._secret, Genre.REFERENCE_NOM.value, reference, plier(nom), plier(prenoms))

    def reference(self, reference: str) -> bytes:
        """An EXPLOC file number: one household can come under two, two households under one."""
        return blind(self._secret, Genre.REFERENCE.value, reference)

    def rg(self, numero: str) -> bytes:
        """A court's file number."""
        return blind(self._secret, Genre.RG.value, numero)

    def acte(self, etude_siret: str, type_acte: str, ref_acte: str, date_acte: date) -> bytes:
        """The natural key of an act. It outlives an erasure, so that a second import adds nothing."""
        return self.empreinte("acte", etude_siret, type_acte, ref_acte, date_acte.isoformat())

    def acte_de(self, acte: ev.Acte, etude_siret: str, date_acte: date) -> bytes | None:
        """The same key, of an act of the catalogue; None for one that the étude gave no number."""
        return None if acte.ref_acte is None else self.acte(etude_siret, acte.CODE, acte.ref_acte, date_acte)

    def titulaire(
        self, sujet: UUID, nom: str, prenoms: str, naissance: date | None, id_rpls: str | None, reference: str | None
    ) -> Iterator[Entree]:
        """The entries of the person who holds the lease."""
        if naissance is not None:
            yield Genre.IDENTITE, self.identite(nom, prenoms, naissance), sujet
        if id_rpls is not None:
            seul = naissance is None
            genre = Genre.LOGEMENT_NOM_SEUL if seul else Genre.LOGEMENT_NOM
            yield genre, self.logement_nom(id_rpls, nom, prenoms, naissance_connue=not seul), sujet
            if naissance is not None:
                empreinte = self.logement_titulaire(id_rpls, nom, prenoms, naissance)
                yield Genre.LOGEMENT_TITULAIRE, empreinte, sujet
        if reference is not None:
            yield Genre.REFERENCE_NOM, self.reference_nom(reference, nom, prenoms), sujet

    def entrees(self, faits: Iterable[Fait], id_rpls: str | None) -> tuple[Entree, ...]:
        """What new facts, still open, add to the index. ``id_rpls``: the dwelling's number, where already known."""
        faits = tuple(faits)
        for fait in faits:
            if isinstance(fait.evenement, ev.Logement):
                id_rpls = fait.evenement.id_rpls or id_rpls
        return tuple(dict.fromkeys(e for fait in faits for e in self._entrees(fait, id_rpls)))

    def _entrees(self, fait: Fait, id_rpls: str | None) -> Iterator[Entree]:
        e = fait.evenement
        reference = e.reference_source if fait.enveloppe.source == "EXPLOC" else None
        if reference is not None:
            yield Genre.REFERENCE, self.reference(reference), fait.dossier
        match e:
            case ev.OccupantDeclare(qualite="TITULAIRE" | "COTITULAIRE"):
                yield from self.titulaire(e.personne, e.nom, e.prenoms or "", e.date_naissance, id_rpls, reference)
            case ev.OccupantDeclare(date_naissance=date() as naissance):
                yield Genre.IDENTITE, self.identite(e.nom, e.prenoms or "", naissance), e.personne
            case ev.AssignationSignifiee(num_rg=str(numero)) | ev.JugementRendu(num_rg=str(numero)):
                yield Genre.RG, self.rg(numero), fait.dossier
            case _:
                return

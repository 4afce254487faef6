"""The blind index: finding a household by what is known of it, without writing any of it down.

Each entry is a keyed hash (HMAC-SHA256 under a secret of its own) of several things at once, never of a name
alone: who obtains the table and the secret still cannot list the homonyms of a name. Entries are rows of their own
table, deleted with the person they speak of.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date
from enum import IntEnum
from typing import Final, NamedTuple, Self, TypeVar
from uuid import UUID

from ledger import catalogue as ev
from ledger.catalogue import Fait
from ledger.droit.communes import commune_finale
from ledger.noms import est_cle, est_logement, plier, prenoms_plies
from ledger.sealing import Hacheur


class Genre(IntEnum):
    """What an entry is the hash of. The numbers are stored: they never change meaning, and 2 and 4 are used up.

    They joined on a dwelling or a reference without looking at the commune, and at the birth date.
    """

    IDENTITE = 1
    LOGEMENT_NOM = 3
    REFERENCE = 5
    RG = 6
    LOGEMENT_NOM_SEUL = 7
    LOGEMENT_CERTAIN = 8
    REFERENCE_CERTAINE = 9
    REFERENCE_NEE = 10
    LIEU = 11


REFERENCES: Final = frozenset({4, Genre.REFERENCE, Genre.REFERENCE_CERTAINE, Genre.REFERENCE_NEE, Genre.RG})
"""What names a file: whatever bears it is of that file, whenever it is told."""

UNIQUES: Final = frozenset({Genre.LOGEMENT_CERTAIN, Genre.REFERENCE_CERTAINE})
"""What only one dossier may be opened with: the writer refuses, under its lock, a second opening."""

Entree = tuple[int, bytes, UUID]
"""Genre, hash, subject (a person, or the dossier's own id for what the household has in common)."""


class Effacee(NamedTuple):
    """What was known by a hash, and is erased: the dossier, and the day."""

    dossier: UUID
    le: date

    def revient(self, genre: int, survenu_le: date) -> bool:
        """Whether what is told with this hash would bring it back: it is of the same file, or not later than its end.

        Who was erased may have another case one day, in the same dwelling too.
        """
        return genre in REFERENCES or survenu_le <= self.le


class Demeure(NamedTuple):
    """Where a household lives, as far as it was said. What is no number and no address names no place."""

    commune: str = ""
    id_rpls: str | None = None
    adresse: str | None = None

    def apprise(self, logement: ev.Logement) -> Self:
        """The same, with what an event adds to it."""
        commune = getattr(logement, "commune", None) or self.commune
        return self._replace(
            commune=commune, id_rpls=logement.id_rpls or self.id_rpls, adresse=logement.adresse or self.adresse
        )

    @property
    def numero(self) -> str | None:
        """The dwelling's number, where it is one."""
        return self.id_rpls if self.id_rpls and est_logement(self.id_rpls) else None

    @property
    def lieux(self) -> tuple[str, ...]:
        """What tells the place from others: its number; its address folded, in its commune as it is today."""
        adresse = None
        if self.adresse and est_cle(self.adresse):
            adresse = f"{commune_finale(self.commune)} {plier(self.adresse)}"
        return tuple(lieu for lieu in (self.numero, adresse) if lieu is not None)


Cherchee = tuple[int, bytes]
"""Genre, hash."""

T = TypeVar("T")

MOTIF_PROCHE: Final = "IDENTITE_PROCHE"
MOTIF_NAISSANCE: Final = "NAISSANCE_MANQUANTE"


class Voisinage(NamedTuple):
    """What tells that another dossier may be the same household, for a person to confirm; nothing of it joins.

    ``lieux``: same place, family name and birth date. First names do not exclude each other when one is shared
    (``identites``), or when one side has none (``sans_prenoms``). ``logement_nom`` and ``logement_nom_seul``: same
    dwelling and name, with and without a birth date; one side at least has none.
    """

    identites: tuple[bytes, ...] = ()
    sans_prenoms: bytes | None = None
    lieux: tuple[bytes, ...] = ()
    logement_nom: bytes | None = None
    logement_nom_seul: bytes | None = None

    def cherchees(self) -> Iterator[Cherchee]:
        """Every entry of the index that has a say."""
        yield from ((Genre.LIEU, empreinte) for empreinte in self.lieux)
        if self.logement_nom is not None and self.logement_nom_seul is not None:
            yield Genre.LOGEMENT_NOM, self.logement_nom
            yield Genre.LOGEMENT_NOM_SEUL, self.logement_nom_seul
        yield from self.precisions()

    def precisions(self) -> Iterator[Cherchee]:
        """Those that only tell first names apart."""
        yield from ((Genre.IDENTITE, empreinte) for empreinte in self.identites)
        if self.sans_prenoms is not None:
            yield Genre.IDENTITE, self.sans_prenoms

    def proches(self, tenants: Mapping[Cherchee, Collection[T]]) -> dict[T, str]:
        """Who may be the same household, and why, by who holds each entry."""
        memes = {tenant for cherchee in self.precisions() for tenant in tenants.get(cherchee, ())}
        tous = self.identites[:1] == (self.sans_prenoms,)
        trouves = {
            tenant: MOTIF_PROCHE
            for empreinte in self.lieux
            for tenant in tenants.get((Genre.LIEU, empreinte), ())
            if tous or tenant in memes
        }
        nes = set(tenants.get((Genre.LOGEMENT_NOM, self.logement_nom or b""), ()))
        seuls = set(tenants.get((Genre.LOGEMENT_NOM_SEUL, self.logement_nom_seul or b""), ()))
        return trouves | dict.fromkeys(seuls - nes if self.identites else seuls | nes, MOTIF_NAISSANCE)


class IndexAveugle:
    """Makes the hashes. It holds the index secret, which pickles for the child process of an import."""

    __slots__ = ("_hacher",)

    def __init__(self, secret: bytes) -> None:
        self._hacher = Hacheur(secret)

    def __repr__(self) -> str:
        return "<index aveugle>"

    def empreinte(self, usage: str, *parties: object) -> bytes:
        """A keyed hash for any other use: a request's fingerprint, the natural key of an act, an idempotency key."""
        return self._hacher(usage, *parties)

    def identite(self, nom: str, prenoms: str, naissance: date) -> bytes:
        """A person, by name and birth date together; also what the journal keeps of a search."""
        return self.identites(nom, prenoms, naissance)[0]

    def identites(self, nom: str, prenoms: str, naissance: date) -> tuple[bytes, ...]:
        """What a person is found by: all the first names as one, then each of them; a person may have none."""
        parties = Genre.IDENTITE.value, plier(nom)
        return tuple(self._hacher(*parties, p, naissance.isoformat()) for p in prenoms_plies(prenoms))

    def logement_certain(self, numero: str, commune: str, nom: str, prenoms: str, naissance: date) -> bytes:
        """The same household for certain: dwelling, commune, name and birth date."""
        parties = numero, commune_finale(commune), plier(nom), plier(prenoms), naissance.isoformat()
        return self._hacher(Genre.LOGEMENT_CERTAIN.value, *parties)

    def logement_nom(self, numero: str, nom: str, prenoms: str, *, naissance_connue: bool) -> bytes:
        """Same dwelling and name, birth date apart: what a *rapprochement à confirmer* is suggested by."""
        genre = Genre.LOGEMENT_NOM if naissance_connue else Genre.LOGEMENT_NOM_SEUL
        return self._hacher(genre.value, numero, plier(nom), plier(prenoms))

    def lieu(self, lieu: str, nom: str, naissance: date) -> bytes:
        """Same place, family name and birth date, whatever the first names: it suggests, and never joins."""
        return self._hacher(Genre.LIEU.value, lieu, plier(nom), naissance.isoformat())

    def voisinage(self, nom: str, prenoms: str, naissance: date | None, demeure: Demeure) -> Voisinage:
        """What a household's neighbours are looked for by: those that may be itself."""
        numero, meme = demeure.numero, Voisinage()
        if numero is not None:
            meme = meme._replace(
                logement_nom=self.logement_nom(numero, nom, prenoms, naissance_connue=True),
                logement_nom_seul=self.logement_nom(numero, nom, prenoms, naissance_connue=False),
            )
        if naissance is None:
            return meme
        return meme._replace(
            identites=self.identites(nom, prenoms, naissance),
            sans_prenoms=self.identite(nom, "", naissance),
            lieux=tuple(self.lieu(lieu, nom, naissance) for lieu in demeure.lieux),
        )

    def reference_certaine(self, reference: str, commune: str, nom: str, prenoms: str, naissance: date | None) -> bytes:
        """The same household for certain: EXPLOC file number, commune, name, and the birth date or its absence."""
        ne_le = "" if naissance is None else naissance.isoformat()
        parties = reference, commune_finale(commune), plier(nom), plier(prenoms), ne_le
        return self._hacher(Genre.REFERENCE_CERTAINE.value, *parties)

    def reference_nee(self, reference: str, commune: str, nom: str, prenoms: str) -> bytes:
        """The same but for the birth date, which is known there: another one contradicts it."""
        parties = reference, commune_finale(commune), plier(nom), plier(prenoms)
        return self._hacher(Genre.REFERENCE_NEE.value, *parties)

    def reference(self, reference: str) -> bytes:
        """An EXPLOC file number: one household can come under two, two households under one."""
        return self._hacher(Genre.REFERENCE.value, reference)

    def rg(self, numero: str) -> bytes:
        """A court's file number."""
        return self._hacher(Genre.RG.value, numero)

    def acte(self, etude_siret: str, type_acte: str, ref_acte: str, date_acte: date) -> bytes:
        """The natural key of an act. It outlives an erasure, so that a second import adds nothing."""
        return self.empreinte("acte", etude_siret, type_acte, ref_acte, date_acte.isoformat())

    def acte_de(self, acte: ev.Acte, etude_siret: str, date_acte: date) -> bytes | None:
        """The same key, of an act of the catalogue; None for one that the étude gave no number."""
        return None if acte.ref_acte is None else self.acte(etude_siret, acte.CODE, acte.ref_acte, date_acte)

    def titulaire(
        self, sujet: UUID, nom: str, prenoms: str, naissance: date | None, demeure: Demeure, reference: str | None
    ) -> Iterator[Entree]:
        """The entries of the person who holds the lease."""
        numero, commune = demeure.numero, demeure.commune
        if naissance is not None:
            yield from ((Genre.IDENTITE, empreinte, sujet) for empreinte in self.identites(nom, prenoms, naissance))
            yield from ((Genre.LIEU, self.lieu(lieu, nom, naissance), sujet) for lieu in demeure.lieux)
        if numero is not None:
            genre = Genre.LOGEMENT_NOM_SEUL if naissance is None else Genre.LOGEMENT_NOM
            yield genre, self.logement_nom(numero, nom, prenoms, naissance_connue=naissance is not None), sujet
            if naissance is not None:
                yield Genre.LOGEMENT_CERTAIN, self.logement_certain(numero, commune, nom, prenoms, naissance), sujet
        if reference is not None:
            certaine = self.reference_certaine(reference, commune, nom, prenoms, naissance)
            yield Genre.REFERENCE_CERTAINE, certaine, sujet
            if naissance is not None:
                yield Genre.REFERENCE_NEE, self.reference_nee(reference, commune, nom, prenoms), sujet

    def entrees(self, faits: Iterable[Fait], demeure: Demeure) -> tuple[Entree, ...]:
        """What new facts, still open, add to the index. ``demeure``: where the household lives, as already known."""
        faits = tuple(faits)
        for fait in faits:
            if isinstance(fait.evenement, ev.Logement):
                demeure = demeure.apprise(fait.evenement)
        return tuple(dict.fromkeys(e for fait in faits for e in self._entrees(fait, demeure)))

    def _entrees(self, fait: Fait, demeure: Demeure) -> Iterator[Entree]:
        e = fait.evenement
        reference = e.reference_source if fait.enveloppe.source == "EXPLOC" else None
        if reference is not None:
            yield Genre.REFERENCE, self.reference(reference), fait.dossier
        match e:
            case ev.OccupantDeclare(qualite="TITULAIRE" | "COTITULAIRE"):
                yield from self.titulaire(e.personne, e.nom, e.prenoms or "", e.date_naissance, demeure, reference)
            case ev.OccupantDeclare(date_naissance=date() as naissance):
                for empreinte in self.identites(e.nom, e.prenoms or "", naissance):
                    yield Genre.IDENTITE, empreinte, e.personne
            case ev.AssignationSignifiee(num_rg=str(numero)) | ev.JugementRendu(num_rg=str(numero)):
                yield Genre.RG, self.rg(numero), fait.dossier
            case _:
                return

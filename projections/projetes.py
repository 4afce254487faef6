"""What some cases put in the tables of the views and beside them: rows and facts, in the bytes that COPY reads."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import zip_longest
from struct import Struct
from typing import Any, Final
from uuid import UUID

from psycopg import AsyncConnection, sql

from ledger.catalogue import Fait
from ledger.dossier.etat import Dossier
from ledger.dossier.part import Debut
from ledger.dossier.repli import Repli
from ledger.mapper import lire_fait
from projections import ANNEXES, VUES
from projections.table import COLONNES_FAITS, COLONNES_SIENNES, GENRES
from projections.vue import Vue, champs_communs, ecrire_communs, etat_retenu

FAITS_DE_SUITE: Final = 200  # of one case, before the others on the loop have their turn

Evt = tuple[UUID, int, str, bytes, int, datetime]
"""A row of the log: dossier, version, topic, state, position, recorded_at."""
LIRE: Final = (
    "SELECT originator_id, originator_version, topic, state, notification_id, recorded_at FROM dossiers_events "
)
"""Such rows, under conditions to be added."""


@dataclass(frozen=True, slots=True)
class Pli:
    """A case folded so far, the position of its opening, how each partner began, and its rows in each view.

    ``siennes``: those of the readers who do not have it as it is, one after the other. ``a_cote``: its rows in the
    tables beside the views. Empty where they are not at hand.
    """

    position: int
    dossier: Dossier
    debuts: Mapping[str, Debut]
    rangees: tuple[str, ...] = ()
    siennes: tuple[str, ...] = ()
    a_cote: tuple[str, ...] = ()


async def replier_sans_tenir(evts: Sequence[Evt], depart: Dossier | None = None) -> tuple[list[Fait], Dossier]:
    """Read and fold events of one case; others have their turn on the loop, however long the history is."""
    repli = Repli(depart or Dossier())
    fermes = []
    for rang, evt in enumerate(evts, 1):
        fait = lire_fait(*evt)
        fermes.append(fait)
        repli.ajouter(fait)
        if rang % FAITS_DE_SUITE == 0:
            await asyncio.sleep(0)
    return fermes, repli.etat


class Projetes:
    """What some cases put in the tables of each view."""

    def __init__(self) -> None:
        self.dossiers: dict[str, list[UUID]] = defaultdict(list)
        self.effaces: list[UUID] = []
        self.lignes: dict[str, list[str]] = defaultdict(list)
        self.siens: dict[str, list[UUID]] = defaultdict(list)
        self.siennes: dict[str, list[str]] = defaultdict(list)
        self.faits: dict[str, list[bytes]] = defaultdict(list)
        self.a_cote: dict[str, list[UUID]] = defaultdict(list)
        self.d_a_cote: dict[str, list[str]] = defaultdict(list)

    def ajouter(self, pli: Pli, evts: Sequence[Evt], fermes: Sequence[Fait], *, remplacer: bool = False) -> Pli:
        """Match one case as it now stands, and these facts of it; ``remplacer``: they are the whole history.

        ``pli.rangees`` are its rows before these facts: most facts change none, and then none is written.
        """
        identite = evts[0][0]
        if remplacer:
            self.effaces.append(identite)
        communs = champs_communs(identite, pli.position, pli.dossier)
        ecrits = ecrire_communs(communs)
        rangees = tuple(v.rangee(v.ligne(communs, pli.dossier), ecrits) for v in VUES)
        for v, rangee, avant in zip_longest(VUES, rangees, pli.rangees):
            if rangee != avant:
                self.dossiers[v.nom].append(identite)
                self.lignes[v.nom].append(rangee)
        # Of a case of which one partner alone told, what it told is the case.
        plusieurs = pli.debuts if len(pli.debuts) > 1 else {}
        siennes = tuple("".join(v.siennes(identite, pli.dossier, communs, plusieurs)) for v in VUES)
        for v, rangee, avant in zip_longest(VUES, siennes, pli.siennes):
            if rangee != (avant or ""):
                self.siens[v.nom].append(identite)
                self.siennes[v.nom].append(rangee)
        a_cote = self._mettre_a_cote(identite, pli)
        for evt, ferme in zip(evts, fermes, strict=True):
            entier = b""  # the whole fact is the same bytes for each view that keeps it so
            for v in VUES:
                retenu = v.retenir(ferme, pli.dossier)
                if retenu is ferme:
                    entier = entier or _binaire(evt, evt[3])
                    self.faits[v.nom].append(entier)
                elif retenu is not None:
                    self.faits[v.nom].append(_binaire(evt, etat_retenu(evt[3], retenu)))
        return Pli(pli.position, pli.dossier, pli.debuts, rangees, siennes, a_cote)

    def _mettre_a_cote(self, identite: UUID, pli: Pli) -> tuple[str, ...]:
        a_cote = tuple(annexe.rangees(identite, pli.dossier) for annexe in ANNEXES)
        for annexe, rangee, avant in zip_longest(ANNEXES, a_cote, pli.a_cote):
            if rangee != avant:
                self.a_cote[annexe.nom].append(identite)
                self.d_a_cote[annexe.nom].append(rangee)
        return a_cote

    def blocs(self) -> list[bytes]:
        """What they put in each table, as COPY reads it, in the order of ``copier``; nothing where it is nothing."""
        blocs = []
        for v in VUES:
            faits = self.faits[v.nom]
            blocs += ["".join(rangees[v.nom]).encode() for rangees in (self.lignes, self.siennes)]
            blocs.append(b"".join((_ENTETE, *faits, _FIN)) if faits else b"")
        return blocs + ["".join(self.d_a_cote[annexe.nom]).encode() for annexe in ANNEXES]

    async def ecrire(self, connexion: AsyncConnection[Any], generation: str) -> None:
        """In the place of the rows that these cases had, and of the facts of the erased."""
        remplaces: list[tuple[sql.Identifier, list[UUID]]] = []
        for v in VUES:
            identites = (self.dossiers[v.nom], self.siens[v.nom], self.effaces)
            remplaces += [(table(v, genre, generation), siens) for genre, siens in zip(GENRES, identites, strict=True)]
        remplaces += [(annexe.table(generation), self.a_cote[annexe.nom]) for annexe in ANNEXES]
        for ou, siens in remplaces:
            if siens:
                # Planned each time: the plan of a view that was empty would be kept once it is full.
                await connexion.execute(SUPPRIMER.format(ou), [siens, generation], prepare=False)
        await copier(connexion, generation, self.blocs())


async def copier(connexion: AsyncConnection[Any], generation: str, blocs: Iterable[bytes]) -> None:
    """COPY what some cases put in each table of a generation."""
    async with connexion.cursor() as curseur:
        for ordre, bloc in zip(_copies(generation), blocs, strict=True):
            if bloc:
                async with curseur.copy(ordre) as copie:
                    await copie.write(bloc)


@cache
def _copies(generation: str) -> tuple[sql.Composed, ...]:
    copies = []
    for v in VUES:
        lignes, siens, faits = (table(v, genre, generation) for genre in GENRES)
        copies += [
            _COPIER.format(lignes, noms(v.colonnes)),
            _COPIER.format(siens, noms((*COLONNES_SIENNES, *v.colonnes))),
            _COPIER_BINAIRE.format(faits, noms(COLONNES_FAITS)),
        ]
    return (*copies, *(_COPIER.format(annexe.table(generation), noms(annexe.colonnes)) for annexe in ANNEXES))


# Case by case, through the index that begins with the generation: of a view that grows there are no statistics, and
# asked for all at once the planner reads the whole of it at each batch.
SUPPRIMER: Final = sql.SQL(
    "DELETE FROM {0} WHERE ctid = ANY (ARRAY(SELECT sienne.ctid FROM unnest(%s::uuid[]) AS u (dossier)"
    " CROSS JOIN LATERAL (SELECT ctid FROM {0} AS x WHERE x.generation = %s AND x.dossier = u.dossier OFFSET 0)"
    " AS sienne))"
)
_COPIER: Final = sql.SQL("COPY {} ({}) FROM STDIN")
_COPIER_BINAIRE: Final = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT binary)")
_ENTETE: Final = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_FIN: Final = b"\xff\xff"
_AVANT_TOPIC: Final = Struct(">hi16siqiqiqi")
_LONGUEUR: Final = Struct(">i")
_EPOQUE: Final = datetime(2000, 1, 1, tzinfo=UTC)
_MICROSECONDE: Final = timedelta(microseconds=1)


def _binaire(evt: Evt, octets: bytes) -> bytes:
    """A row of ``COLONNES_FAITS`` in COPY's binary format: five times cheaper than ``write_row``, the hot path."""
    identite, version, topic, _, position, recorded_at = evt
    instant = (recorded_at - _EPOQUE) // _MICROSECONDE
    nom = topic.encode()
    avant = _AVANT_TOPIC.pack(6, 16, identite.bytes, 8, version, 8, position, 8, instant, len(nom))
    return b"".join((avant, nom, _LONGUEUR.pack(len(octets)), octets))


def table(v: Vue[Any], genre: str, generation: str) -> sql.Identifier:
    """The partition of a view's table that holds one generation."""
    return sql.Identifier(f"vue_{v.nom}_{genre}_{generation}")


def noms(colonnes: Iterable[str]) -> sql.Composed:
    """Column names, as SQL lists them."""
    return sql.SQL(", ").join(map(sql.Identifier, colonnes))

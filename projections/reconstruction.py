"""Rebuild the views beside the live ones, compare digest for digest, and swap in one transaction.

Histories are each folded once (``plieurs``) and written by COPY into the generation at rest, while the live one goes on
serving and moving. Then the new one catches up, both stand still for the time of two digests, and the pointer moves if
they are equal.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, NamedTuple

from psycopg import AsyncConnection, sql

from projections import ANNEXES, VUES
from projections.plieurs import plier
from projections.projecteur import Plis, avancer, etat, revision, vider
from projections.projetes import copier, noms, table
from projections.table import COLONNES_FAITS, COLONNES_SIENNES

EXEMPLES: Final = 5

Progression = Callable[[int, int], None]
"""Told how many events are done, and how many there are."""


class ReconstructionEnCours(Exception):
    """Another reconstruction holds the generation at rest."""


@dataclass(frozen=True, slots=True)
class Ecart:
    """What differs between the live table and the rebuilt one: rows of one that the other has not, and some ids."""

    table: str
    en_moins: int
    en_plus: int
    exemples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Bilan:
    """The outcome: how many events, up to where, the digests by table, what differs, whether the views swapped."""

    evenements: int
    position: int
    empreintes: dict[str, str]
    ecarts: tuple[Ecart, ...]
    code_change: bool
    bascule: bool


async def reconstruire(url: str, *, forcer: bool = False, progression: Progression | None = None) -> Bilan:
    """Rebuild the three views and swap if they equal the live ones, or if ``forcer`` accepts what differs.

    Without ``forcer``, a difference leaves the live views as they are and is reported. An interruption at any
    moment leaves them too; what was written beside is emptied by the projector or the next reconstruction.
    """
    async with await _connecter(url) as ecriture:
        curseur = await ecriture.execute("SELECT tenir_les_vues(96)")
        [[libre]] = await curseur.fetchall()
        if not libre:
            raise ReconstructionEnCours("Une reconstruction est déjà en cours.")
        return await _reconstruire(url, ecriture, forcer=forcer, progression=progression)


async def _connecter(url: str) -> AsyncConnection[Any]:
    return await AsyncConnection.connect(url, autocommit=True, application_name="unefois reconstruire")


async def _reconstruire(
    url: str,
    ecriture: AsyncConnection[Any],
    *,
    forcer: bool,
    progression: Progression | None,
) -> Bilan:
    ou = await etat(ecriture)
    code_change = ou.position > 0 and ou.revisions[ou.active] != revision()
    while not code_change and await avancer(ecriture):
        pass
    async with ecriture.transaction():
        ou = await etat(ecriture, pour_ecrire=True)
        neuve, tete = ou.repos, ou.position
        await vider(ecriture, neuve, position=0)
    faits = 0
    # No flush per batch: what a crash would lose is rebuilt, and the commit that swaps flushes all that precedes it.
    await ecriture.execute("SET synchronous_commit = off")
    ecrit: asyncio.Task[None] | None = None
    try:
        async with aclosing(plier(url, tete)) as plis:
            async for blocs, nombre in plis:
                if ecrit is not None:
                    await ecrit
                ecrit = asyncio.create_task(_ecrire(ecriture, neuve, blocs))
                faits += nombre
                if progression is not None:
                    progression(faits, tete)
    finally:
        if ecrit is not None:
            await ecrit
    await ecriture.execute(
        "UPDATE positions SET position = %s, revision = %s WHERE generation = %s", [tete, revision(), neuve]
    )
    faits += await _rattraper(ecriture, neuve)
    await ecriture.execute("SET synchronous_commit = on")
    async with ecriture.transaction():
        ou = await etat(ecriture, pour_ecrire=True)
        faits += await _rattraper(ecriture, neuve)
        # What stands still can be read by both at once; what was caught up just now is seen from here alone.
        async with await _connecter(url) as lecture:
            refaite, servie = await asyncio.gather(empreintes_de(ecriture, neuve), empreintes_de(lecture, ou.active))
        empreintes = {neuve: refaite, ou.active: servie}
        inegales = [nom for nom, valeur in empreintes[neuve].items() if valeur != empreintes[ou.active][nom]]
        ecarts = [await _ecart(ecriture, nom, ou.active, neuve) for nom in inegales]
        bascule = not ecarts or forcer
        if bascule:
            await ecriture.execute("UPDATE positions SET active = false WHERE generation = %s", [ou.active])
            await ecriture.execute("UPDATE positions SET active = true WHERE generation = %s", [neuve])
    bilan = Bilan(faits, ou.position, empreintes[neuve], tuple(ecarts), code_change, bascule)
    async with ecriture.transaction():
        ou = await etat(ecriture, pour_ecrire=True)
        await vider(ecriture, ou.repos, position=None)
    return bilan


async def _ecrire(connexion: AsyncConnection[Any], neuve: str, blocs: Iterable[bytes]) -> None:
    async with connexion.transaction():
        await copier(connexion, neuve, blocs)


async def _rattraper(connexion: AsyncConnection[Any], neuve: str) -> int:
    """Bring the new generation to where the live one is. Under the lock of ``etat``, both then stand still."""
    faits = 0
    plis = Plis()
    while True:
        jusqu_a = (await etat(connexion)).position
        pris = await avancer(connexion, generation=neuve, jusqu_a=jusqu_a, plis=plis)
        if not pris:
            return faits
        faits += pris


class _ACompter(NamedTuple):
    """One table of the views: the partition of a generation, its columns, and their order."""

    nom: str
    partition: Callable[[str], sql.Identifier]
    colonnes: sql.Composed
    ordre: sql.SQL


def _tables() -> Iterator[_ACompter]:
    for v in VUES:
        colonnes = {
            "dossiers": v.colonnes,
            "siens": (*COLONNES_SIENNES, *v.colonnes),
            "faits": tuple(COLONNES_FAITS),
        }
        ordres = {
            "dossiers": sql.SQL("dossier"),
            "siens": sql.SQL("dossier, lecteur, part"),
            "faits": sql.SQL("dossier, version"),
        }
        for genre, liste in colonnes.items():
            yield _ACompter(f"vue_{v.nom}_{genre}", partial(table, v, genre), noms(liste), ordres[genre])
    for annexe in ANNEXES:
        yield _ACompter(annexe.nom, annexe.table, noms(annexe.colonnes), sql.SQL(annexe.ordre))


async def empreintes_de(connexion: AsyncConnection[Any], generation: str) -> dict[str, str]:
    """Digest each table of a generation: the sha256 of the sha256 of its rows, in order, as PostgreSQL sends them."""
    empreintes = {}
    for nom, partition, colonnes, ordre in _tables():
        curseur = await connexion.execute(
            sql.SQL(
                "SELECT encode(sha256(coalesce(string_agg(sha256(record_send(t)), ''::bytea"
                " ORDER BY {ordre}), ''::bytea)), 'hex') FROM (SELECT {colonnes} FROM {table}) AS t"
            ).format(ordre=ordre, colonnes=colonnes, table=partition(generation))
        )
        [[empreintes[nom]]] = await curseur.fetchall()
    return empreintes


async def _ecart(connexion: AsyncConnection[Any], nom: str, active: str, neuve: str) -> Ecart:
    [(_, partition, colonnes, _)] = [comptee for comptee in _tables() if comptee.nom == nom]
    nombres: list[int] = []
    exemples: set[str] = set()
    for ici, la in ((active, neuve), (neuve, active)):
        curseur = await connexion.execute(
            sql.SQL(
                "WITH seules AS (SELECT {colonnes} FROM {ici} EXCEPT SELECT {colonnes} FROM {la})"
                " SELECT (SELECT count(*) FROM seules),"
                " ARRAY(SELECT DISTINCT dossier::text FROM seules ORDER BY 1 LIMIT {limite})"
            ).format(
                colonnes=colonnes,
                ici=partition(ici),
                la=partition(la),
                limite=sql.Literal(EXEMPLES),
            )
        )
        [(nombre, quelques)] = await curseur.fetchall()
        nombres.append(nombre)
        exemples |= set(quelques)
    return Ecart(nom, nombres[0], nombres[1], tuple(sorted(exemples)[:EXEMPLES]))

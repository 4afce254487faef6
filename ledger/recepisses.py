"""The receipts of files of lines: that they were received, when, and what became of each line. Never what it said."""

from datetime import UTC, datetime
from typing import Any, Final, LiteralString
from uuid import UUID

import msgspec
import psycopg
from psycopg.rows import TupleRow
from psycopg.types.json import Jsonb

from ledger.batching import Channel
from ledger.errors import LedgerIndisponible

_COLONNES: Final = "recepisse, partenaire, agent, finalite, empreinte, lignes, recu_le"
_GARDER: Final = (
    "INSERT INTO recepisses (recepisse, partenaire, agent, finalite, empreinte, lignes) VALUES (%s, %s, %s, %s, %s, %s)"
    " ON CONFLICT DO NOTHING"
)
_UN: Final = f"SELECT {_COLONNES} FROM recepisses WHERE recepisse = %s AND partenaire = %s AND finalite = %s"  # noqa: S608 - our own columns
_DERNIERS: Final = (
    f"SELECT {_COLONNES} FROM recepisses WHERE partenaire = %s AND finalite = %s"  # noqa: S608 - our own columns
    " ORDER BY recu_le DESC, recepisse DESC LIMIT %s"
)


class SortDeLigne(msgspec.Struct, frozen=True, array_like=True):
    """What became of a line: its number in the file, and the code of why it was set aside ("" : it was taken)."""

    numero: int
    ecartee: str = ""


class Recepisse(msgspec.Struct, frozen=True):
    """A receipt. ``empreinte``: SHA-256 of the bytes of the file, which its depositor can compute again."""

    id: UUID
    partenaire: str
    agent: str
    finalite: str
    empreinte: bytes
    lignes: tuple[SortDeLigne, ...]
    recu_le: datetime | None = None
    """None until it is kept: the database says when it was."""


class Recepisses:
    """Those of one tenant. ``LedgerIndisponible`` when the database does not answer."""

    def __init__(self, url: str, schema: str = "d93") -> None:
        self._session = Channel(url, schema)

    async def garder(self, r: Recepisse) -> None:
        """Keep a receipt; one of the same number is kept already, and stays as it is."""
        lignes = Jsonb(msgspec.to_builtins(r.lignes))
        await self._demander(_GARDER, r.id, r.partenaire, r.agent, r.finalite, r.empreinte, lignes)

    async def un(self, recepisse: UUID, partenaire: str, finalite: str) -> Recepisse | None:
        """A receipt of this partner at this purpose; None for another's as for one that is nowhere."""
        trouves = await self._demander(_UN, recepisse, partenaire, finalite)
        return _lu(trouves[0]) if trouves else None

    async def derniers(self, partenaire: str, finalite: str, combien: int) -> list[Recepisse]:
        """The last receipts of this partner at this purpose, the latest first."""
        return [_lu(rangee) for rangee in await self._demander(_DERNIERS, partenaire, finalite, combien)]

    async def close(self) -> None:
        """Leave."""
        await self._session.close()

    async def _demander(self, requete: LiteralString, *params: object) -> list[TupleRow]:
        try:
            return await self._session.fetch(requete, params)
        except (psycopg.Error, TimeoutError) as e:
            raise LedgerIndisponible("La base des dossiers ne répond pas.") from e


def _lu(rangee: tuple[Any, ...]) -> Recepisse:
    id_, partenaire, agent, finalite, empreinte, lignes, recu_le = rangee
    sorts = msgspec.convert(lignes, tuple[SortDeLigne, ...])
    return Recepisse(id_, partenaire, agent, finalite, bytes(empreinte), sorts, recu_le.astimezone(UTC))

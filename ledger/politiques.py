"""The rules of access that decided, kept as they were, and since when each is in force.

What the bytes hold is the policies' business: here they have a name, which is their digest, and nothing changes them.
"""

from datetime import UTC, datetime
from typing import Final, LiteralString, NamedTuple

import psycopg
from psycopg.rows import TupleRow

from ledger.batching import Channel
from ledger.errors import LedgerIndisponible

_CONNUE: Final = "SELECT EXISTS (SELECT FROM politiques WHERE revision = %s)"
_GARDER: Final = "INSERT INTO politiques (revision, contenu) VALUES (%s, %s) ON CONFLICT DO NOTHING"
_METTRE_EN_VIGUEUR: Final = (
    "INSERT INTO politiques_en_vigueur (revision) SELECT n.revision FROM (SELECT %s::text AS revision) AS n"
    " WHERE n.revision IS DISTINCT FROM (SELECT v.revision FROM politiques_en_vigueur AS v ORDER BY rang DESC LIMIT 1)"
)
_CONTENU: Final = "SELECT contenu FROM politiques WHERE revision = %s"
_PERIODES: Final = (
    "SELECT * FROM (SELECT rang, revision, depuis, lead(depuis) OVER (ORDER BY rang) FROM politiques_en_vigueur) AS p"
    " WHERE rang < %s AND depuis <= %s ORDER BY rang DESC LIMIT %s"
)
_PREMIERE: Final = "SELECT min(depuis) FROM politiques_en_vigueur"
TOUS: Final = 2**62
"""Above every rank."""
FIN_DES_TEMPS: Final = datetime.max.replace(tzinfo=UTC)


class Periode(NamedTuple):
    """One stretch of time under one revision; ``jusqu_a`` is None for the one that runs."""

    rang: int
    revision: str
    depuis: datetime
    jusqu_a: datetime | None


class ArchiveDesPolitiques:
    """What one tenant keeps of its rules. ``LedgerIndisponible`` when the database does not answer."""

    def __init__(self, url: str, schema: str = "d93") -> None:
        self._session = Channel(url, schema)

    async def garder(self, revision: str, contenu: bytes) -> None:
        """Keep the bytes of a revision, if they are not there: from then on nothing changes them."""
        [[connue]] = await self._demander(_CONNUE, revision)
        if not connue:
            await self._demander(_GARDER, revision, contenu)

    async def mettre_en_vigueur(self, revision: str) -> None:
        """Say that the service decides by a revision that is kept, from now on; said again, nothing is added."""
        await self._demander(_METTRE_EN_VIGUEUR, revision)

    async def contenu(self, revision: str) -> bytes | None:
        """The bytes of a revision, as the database has them: whoever reads them looks whether they are its own."""
        trouve = await self._demander(_CONTENU, revision)
        return bytes(trouve[0][0]) if trouve else None

    async def en_vigueur(self, moment: datetime) -> Periode | None:
        """Which revision the service decided by at a moment; None before the first."""
        return next(iter(await self.periodes(TOUS, 1, moment)), None)

    async def premiere(self) -> datetime | None:
        """Since when revisions are kept."""
        depuis: datetime | None = (await self._demander(_PREMIERE))[0][0]
        return depuis and depuis.astimezone(UTC)

    async def periodes(self, avant: int, limite: int, au: datetime = FIN_DES_TEMPS) -> list[Periode]:
        """A page of what was in force until a moment, the latest first; ``avant``: those of a lower rank.

        In one zone: what is shown of a moment is the same whatever the session's.
        """
        return [
            Periode(rang, revision, depuis.astimezone(UTC), jusqu_a and jusqu_a.astimezone(UTC))
            for rang, revision, depuis, jusqu_a in await self._demander(_PERIODES, avant, au, limite)
        ]

    async def close(self) -> None:
        """Leave."""
        await self._session.close()

    async def _demander(self, requete: LiteralString, *params: object) -> list[TupleRow]:
        try:
            return await self._session.fetch(requete, params)
        except (psycopg.Error, TimeoutError) as e:
            raise LedgerIndisponible("La base des dossiers ne répond pas.") from e

"""The registry as an administrator reads and changes it in the browser, under the role ``unefois_registre``.

The database does all of it: who administers, whether a row may follow another, what somebody else changed meanwhile,
the row of the journal. Nothing here is decided twice.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, LiteralString, NamedTuple

import orjson
import psycopg

from adapters.registre.administration import TABLES, ChangementRefuse, corps
from adapters.registre.instantane import Changement
from adapters.registre.lecture import Registre, RegistreIndisponible
from ledger.batching import Channel

_ADMINISTRER: Final = "SELECT registre_administrer(%s, %s, %s::jsonb, %s)"
_MONTRER: Final = "SELECT registre_montrer(%s, %s)"
_ECONDUIRE: Final = "SELECT registre_econduire(%s, %s)"
_CHANGES: Final = "SELECT * FROM registre_changes(%s, %s, %s)"


class NAdministrePas(Exception):
    """Who asks does not, or no longer, administer the registry."""


class ChangementCroise(Exception):
    """Somebody else changed the thing since it was read: what it was then, what it is now, and who did.

    ``avant`` is None where the registry said nothing of it then.
    """

    def __init__(self, avant: Mapping[str, Any] | None, maintenant: Mapping[str, Any], par: str) -> None:
        super().__init__("Un autre administrateur vient de changer cela.")
        self.avant = avant
        self.maintenant = maintenant
        self.par = par


class ChangeDuRegistre(NamedTuple):
    """A change that was made: what the thing was, None if it was not there, and what it became."""

    revision: int
    nature: str
    par: str
    le: datetime
    avant: Mapping[str, Any] | None
    apres: Mapping[str, Any]


class Ecritoire(Registre):
    """The registry's snapshot, and what an administrator does: each call names ``qui``, ``PARTENAIRE/AGENT``."""

    def __init__(self, url: str, schema: str = "d93") -> None:
        super().__init__(url, schema)
        self._main = Channel(url, schema)

    async def close(self) -> None:
        """Leave the database."""
        await super().close()
        await self._main.close()

    async def montrer(self, qui: str, nature: str) -> None:
        """Journal that somebody looks at the registry, before anything of it is shown."""
        await self._demander(_MONTRER, (qui, nature))

    async def econduire(self, partenaire: str, agent: str) -> None:
        """Journal that somebody signed in who does not administer the registry."""
        await self._demander(_ECONDUIRE, (partenaire, agent))

    async def changes(self, avant: int | None, nature: str | None, combien: int) -> list[ChangeDuRegistre]:
        """The changes made before a revision, the last first; of one nature, or of all."""
        return [ChangeDuRegistre(*ligne) for ligne in await self._demander(_CHANGES, (avant, nature, combien))]

    async def essayer(self, qui: str, depuis: int, changements: Sequence[Changement]) -> bool:
        """Whether the registry would take these changes of what was read at that revision; false: it says just that.

        ``ChangementRefuse``: it would not; ``ChangementCroise``: it is no longer what was read.
        """
        return await self._ecrire(qui, depuis, changements, essai=True)

    async def garder(self, qui: str, depuis: int, changements: Sequence[Changement]) -> bool:
        """Write them, each with its row of the journal, all or none; false: the registry says just that already."""
        return await self._ecrire(qui, depuis, changements, essai=False)

    async def _ecrire(self, qui: str, depuis: int, changements: Sequence[Changement], *, essai: bool) -> bool:
        lignes = [{"table": TABLES[type(changement)], "dit": corps(changement)} for changement in changements]
        [(change,)] = await self._demander(_ADMINISTRER, (qui, depuis, orjson.dumps(lignes).decode(), essai))
        return bool(change)

    async def _demander(self, requete: LiteralString, valeurs: Sequence[object]) -> list[tuple[Any, ...]]:
        try:
            return await self._main.fetch(requete, valeurs)
        except (psycopg.Error, TimeoutError) as erreur:
            raise _lue(erreur) from erreur


def _lue(erreur: Exception) -> Exception:
    """What the database said, where it said it to us."""
    match erreur:
        case psycopg.errors.RaiseException():
            return ChangementRefuse(erreur.diag.message_primary)
        case psycopg.DataError() | psycopg.IntegrityError():
            # A check behind the sentences, which has none of its own; what it says quotes the row.
            return ChangementRefuse("Le registre ne peut pas tenir cette valeur : relisez ce que vous avez saisi.")
        case psycopg.Error(sqlstate="UF403"):
            return NAdministrePas(erreur.diag.message_primary)
        case psycopg.Error(sqlstate="UF409"):
            return ChangementCroise(**orjson.loads(erreur.diag.message_detail or "{}"))
        case _:
            return RegistreIndisponible("Le registre des partenaires ne répond pas.")

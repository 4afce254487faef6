"""Reading the registry: a snapshot that is never older than the request that asks for it.

The last revision is read from the database on every request (requests that arrive together share one query), and what
was added since is read when there is any. A revocation therefore holds from the next request on, in every process.
"""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Final, TypeVar
from uuid import UUID

import orjson
import psycopg

from adapters.registre.instantane import (
    Administrateur,
    Changement,
    Client,
    Habilitation,
    Instance,
    Instantane,
    Mandat,
    Membre,
    Partenaire,
    Seance,
    Tenue,
)
from ledger.batching import Batcher, Capacity, Channel


class RegistreIndisponible(Exception):
    """The registry cannot be read: nobody can be recognised, nothing is served."""


class SeanceRefusee(Exception):
    """What would be said of a session is refused by the registry. The message is a French sentence, for who says it."""


class SeanceDejaConvoquee(Exception):
    """The key of a new session was used for another one."""


NATURES: Final[Mapping[str, type[Changement]]] = {
    "partenaires": Partenaire,
    "clients": Client,
    "habilitations": Habilitation,
    "mandats": Mandat,
    "seances": Seance,
    "membres": Membre,
    "instances": Instance,
    "tenues": Tenue,
    "administrateurs": Administrateur,
}
"""What a row of each table is."""

SUITE: Final = "SELECT r_nature, r_corps FROM registre_suite(%s, %s)"
"""The rows after one revision, as far as another."""

_TENIR: Final = "SELECT registre_tenir(%s, %s::jsonb, %s, %s, %s::jsonb)"

_TETE: Final = "SELECT coalesce(max(revision), 0) FROM registre_changements"

_PAGE: Final = 1_000
"""Revisions read at once: what they hold is parsed in some ten milliseconds, during which nobody else is served."""


class Registre:
    """The snapshot of the registry, never older than the request that asks for it."""

    def __init__(self, url: str, schema: str = "d93") -> None:
        self._session = Channel(url, schema)
        self._ecriture = Channel(url, schema)
        attente = Capacity("Trop de demandes attendent le registre : recommencez dans un instant.")
        self._batcher: Batcher[None, Instantane] = Batcher(self._lire, limit=512, capacity=attente)
        self._instantane = Instantane()

    def courant(self) -> asyncio.Future[Instantane]:
        """The registry as it stands now, to be awaited. ``RegistreIndisponible`` if the database does not answer."""
        # A call is answered by a query that starts after it: joining the query in flight could miss a revocation.
        return self._batcher.post(None)

    async def close(self) -> None:
        """Answer who waits, then leave the database."""
        await self._batcher.drain()
        await self._session.close()
        await self._ecriture.close()

    async def tenir(
        self, par: str, ligne: Mapping[str, str], table: str, dit: Mapping[str, object], *, neuve: bool
    ) -> bool:
        """Say something of a session, in the name of an agent of its secretariat; false: it was said already.

        ``ligne``: what the row of the journal says of the request. It is one transaction with what it tells of.
        """
        textes = (orjson.dumps(ligne).decode(), table, neuve, orjson.dumps(dit).decode())
        try:
            [(ecrit,)] = await self._ecriture.fetch(_TENIR, (par, *textes))
        except psycopg.errors.RaiseException as e:
            raise SeanceRefusee(e.diag.message_primary) from e
        except psycopg.errors.UniqueViolation as e:
            raise SeanceDejaConvoquee from e
        except (psycopg.Error, TimeoutError) as e:
            raise RegistreIndisponible("Le registre des partenaires ne répond pas.") from e
        return bool(ecrit)

    async def _lire(self, appels: Sequence[None]) -> list[Instantane]:
        try:
            [(tete,)] = await self._session.fetch(_TETE)
            if tete != self._instantane.revision:
                self._instantane = await self._suivre(tete)
        except (psycopg.Error, TimeoutError) as e:
            raise RegistreIndisponible("Le registre des partenaires ne répond pas.") from e
        return [self._instantane] * len(appels)

    async def _suivre(self, tete: int) -> Instantane:
        # A database that was put back to an earlier state is read again from the start.
        suivi = self._instantane if self._instantane.revision < tete else Instantane()
        for bornes in pages(suivi.revision, tete):
            suivi = avancer(suivi, bornes, await self._session.fetch(SUITE, bornes))
        return suivi


def pages(apres: int, tete: int) -> Iterator[tuple[int, int]]:
    """The bounds of the pages to read from one revision to another."""
    for debut in range(apres, tete, _PAGE):
        yield debut, min(debut + _PAGE, tete)


def avancer(instantane: Instantane, bornes: tuple[int, int], lignes: Sequence[tuple[Any, ...]]) -> Instantane:
    """The snapshot at the end of a page, whose lines are those of ``SUITE``."""
    return instantane.apres(bornes[1], [lue(NATURES[nature], corps) for nature, corps in lignes])


_DATES: Final = frozenset(
    {"du", "au", "revoquee_le", "revoque_le", "suspendu_le", "retire_le", "convoquee_le", "seance_le", "annulee_le",
     "sorti_le", "valid_from", "valid_to", "tenue_le"}
)  # fmt: skip

_IDS: Final = frozenset({"id", "dossier", "personne", "seance"})


R = TypeVar("R", bound=Changement)


def lue(nature: type[R], corps: Mapping[str, Any]) -> R:
    """A row of JSON as what it says."""
    valeurs = {nom: valeur for nom, valeur in corps.items() if nom != "revision"}
    for nom, valeur in valeurs.items():
        if isinstance(valeur, list):
            valeurs[nom] = frozenset(valeur)
        elif valeur is not None and nom in _DATES:
            valeurs[nom] = date.fromisoformat(valeur)
        elif valeur is not None and nom in _IDS:
            valeurs[nom] = UUID(valeur)
    return nature(**valeurs)

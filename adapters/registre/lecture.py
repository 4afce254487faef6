"""Reading the registry: a snapshot that is never older than the request that asks for it.

The revision is read from the database on every request (requests that arrive together share one query). A revocation
therefore holds from the next request on, in every process.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final, TypeVar
from uuid import UUID

import psycopg

from adapters.registre.instantane import Habilitation, Instantane, Mandat, Membre, Partenaire, Seance
from ledger.batching import Batcher, Capacity, Session


class RegistreIndisponible(Exception):
    """The registry cannot be read: nobody can be recognised, nothing is served."""


_REVISION: Final = "SELECT revision FROM registre_revision"

_TOUT: Final = """
SELECT (SELECT revision FROM registre_revision),
 (SELECT coalesce(json_agg(r), '[]') FROM (SELECT code, siret, nom, role, finalites, territoire, communes,
   portefeuille, suspendu_le FROM partenaires) AS r),
 (SELECT coalesce(json_agg(r), '[]') FROM (SELECT client_id, partenaire FROM clients WHERE retire_le IS NULL) AS r),
 (SELECT coalesce(json_agg(r), '[]') FROM (SELECT partenaire, pseudonyme FROM agents) AS r),
 (SELECT coalesce(json_agg(r), '[]') FROM (SELECT id, partenaire, agent, finalites, secret, du, au, par, revoquee_le
   FROM habilitations ORDER BY du DESC, id) AS r),
 (SELECT coalesce(json_agg(r), '[]') FROM (SELECT partenaire, dossier, confirme_par, du, au, revoque_le
   FROM mandats) AS r),
 (SELECT coalesce(json_agg(r), '[]') FROM (SELECT id, instance, lieu, convoquee_le, seance_le, annulee_le
   FROM seances) AS r),
 (SELECT coalesce(json_agg(r), '[]') FROM (SELECT instance, lieu, partenaire, voix, sorti_le FROM membres) AS r)
"""


class Registre:
    """The snapshot of the registry, never older than the request that asks for it."""

    def __init__(self, url: str, schema: str = "d93") -> None:
        self._session = Session(url, schema)
        attente = Capacity("Trop de demandes attendent le registre : recommencez dans un instant.")
        self._batcher: Batcher[None, Instantane] = Batcher(self._lire, limit=512, capacity=attente)
        self._instantane = Instantane(0)

    async def courant(self) -> Instantane:
        """The registry as it stands now. ``RegistreIndisponible`` if the database does not answer."""
        # A call is answered by a query that starts after it: joining the query in flight could miss a revocation.
        return await self._batcher.submit(None)

    async def close(self) -> None:
        """Answer who waits, then leave the database."""
        await self._batcher.drain()
        await self._session.close()

    async def _lire(self, appels: Sequence[None]) -> list[Instantane]:
        try:
            [(revision,)] = await self._session.fetch(_REVISION)
            if revision != self._instantane.revision:
                [tout] = await self._session.fetch(_TOUT)
                self._instantane = _instantane(*tout)
        except (psycopg.Error, TimeoutError) as e:
            raise RegistreIndisponible("Le registre des partenaires ne répond pas.") from e
        return [self._instantane] * len(appels)


Rangees = list[dict[str, Any]]


def _instantane(  # noqa: PLR0913, PLR0917 - one argument per table
    revision: int,
    partenaires: Rangees,
    clients: Rangees,
    agents: Rangees,
    habilitations: Rangees,
    mandats: Rangees,
    seances: Rangees,
    membres: Rangees,
) -> Instantane:
    par_agent: dict[tuple[str, str], list[Habilitation]] = defaultdict(list)
    for habilitation in (_lue(Habilitation, r) for r in habilitations):
        par_agent[habilitation.partenaire, habilitation.agent].append(habilitation)
    return Instantane(
        revision=revision,
        partenaires={r["code"]: _lue(Partenaire, r) for r in partenaires},
        clients={r["client_id"]: r["partenaire"] for r in clients},
        agents=frozenset((r["partenaire"], r["pseudonyme"]) for r in agents),
        habilitations={cle: tuple(valeurs) for cle, valeurs in par_agent.items()},
        mandats={(r["partenaire"], UUID(r["dossier"])): _lue(Mandat, r) for r in mandats},
        seances={UUID(r["id"]): _lue(Seance, r) for r in seances},
        membres={(r["instance"], r["lieu"], r["partenaire"]): _lue(Membre, r) for r in membres},
    )


_DATES: Final = frozenset(
    {"du", "au", "revoquee_le", "revoque_le", "suspendu_le", "convoquee_le", "seance_le", "annulee_le", "sorti_le"}
)

_IDS: Final = frozenset({"id", "dossier"})

R = TypeVar("R")


def _lue(cls: type[R], rangee: Mapping[str, Any]) -> R:
    """A row of JSON as the dataclass of its table."""
    valeurs = dict(rangee)
    for nom, valeur in rangee.items():
        if isinstance(valeur, list):
            valeurs[nom] = frozenset(valeur)
        elif valeur is not None and nom in _DATES:
            valeurs[nom] = date.fromisoformat(valeur)
        elif nom in _IDS:
            valeurs[nom] = UUID(valeur)
    return cls(**valeurs)

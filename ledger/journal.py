"""The journal of who looked, for what, at which groups, and what came of it. Never a value.

``inscrire`` returns once the rows are committed, with those of every request that was waiting (one commit for all).
It is awaited before the first byte leaves: no commit, no data. ``compter`` is for rows that only count something.
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal
from uuid import UUID

import msgspec
import orjson
import psycopg

from ledger.batching import Batcher, Capacity, Channel
from ledger.errors import JournalIndisponible

ATTENTE: Final = Capacity("Trop d'accès attendent d'être journalisés : recommencez dans un instant.")

Issue = Literal["autorise", "refuse", "vide", "erreur"]
Flux = Literal["securite", "echange", "metier"]

INSCRIRE: Final = (
    "INSERT INTO journal (flux, organisation, agent, role, finalite, action, dossier, groupes_montres,"
    " groupes_retenus, revision_politique, revision_alors, echange, issue, motif, article, recherche, trace, origine,"
    " nombre)"
    " SELECT flux, organisation, agent, role, finalite, action, dossier, groupes_montres, groupes_retenus, revision,"
    " revision_alors, echange, issue, motif, article, recherche, trace, origine, nombre"
    " FROM jsonb_to_recordset(%s::jsonb)"
    " AS l (flux text, organisation text, agent text, role text, finalite text, action text, dossier uuid,"
    " groupes_montres text[], groupes_retenus text[], revision text, revision_alors text, echange jsonb, issue text,"
    " motif text, article text, recherche bytea, trace text, origine text, nombre int)"
)


class Ligne(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One row. ``recherche`` is the keyed hash of an identity that was sought, never the identity.

    ``revision``: of the rules that decided; ``revision_alors``: of those of a past day that were asked as well.

    ``echange``: of a question, the codes of what was asked and what came of each, who had told it, for which request.

    ``motif`` and ``article``: of a refusal, its reason as a code, and the text that it rests on, as it was told.

    ``origine``: of somebody who proved nothing, the network; ``nombre``: how many of them the row stands for.
    """

    organisation: str
    agent: str
    role: str
    finalite: str
    action: str
    issue: Issue
    dossier: UUID | None = None
    groupes_montres: tuple[str, ...] = ()
    groupes_retenus: tuple[str, ...] = ()
    revision: str = ""
    revision_alors: str | None = None
    echange: Mapping[str, Any] | None = None
    motif: str = ""
    article: str = ""
    recherche: bytes | None = None
    trace: str = ""
    flux: Flux = "securite"
    origine: str = ""
    nombre: int = 1

    def avec(self, **changements: object) -> "Ligne":
        """The same row, but for these fields."""
        return msgspec.structs.replace(self, **changements)

    def en_json(self, rang: int | None = None) -> dict[str, Any]:
        """As the database reads it back; ``rang``: the contribution that it stands beside, in a group."""
        return {
            "rang": rang,
            "flux": self.flux,
            "organisation": self.organisation,
            "agent": self.agent,
            "role": self.role,
            "finalite": self.finalite,
            "action": self.action,
            "dossier": self.dossier,
            "groupes_montres": self.groupes_montres,
            "groupes_retenus": self.groupes_retenus,
            "revision": self.revision,
            "revision_alors": self.revision_alors,
            "echange": self.echange,
            "issue": self.issue,
            "motif": self.motif,
            "article": self.article,
            "recherche": None if self.recherche is None else f"\\x{self.recherche.hex()}",
            "trace": self.trace,
            "origine": self.origine,
            "nombre": self.nombre,
        }


ACCALMIE: Final = 0.1
"""Seconds that rows which only count wait for others."""

logger = logging.getLogger(__name__)

_REPRISE: Final = Ligne(
    organisation="", agent="", role="", finalite="", action="panne", issue="erreur", motif="journal_indisponible"
)
"""What the first row after a failure says: for a while there could be none."""


class Journal:
    """Awaited group commit: the rows of concurrent requests share one transaction, and each waits for it."""

    def __init__(self, url: str, schema: str = "d93") -> None:
        self._session = Channel(url, schema)
        self._batcher: Batcher[Sequence[Ligne], None] = Batcher(self._inscrire, limit=512, capacity=ATTENTE, cost=len)
        self._comptees: list[Ligne] = []
        self._compteur: Batcher[None, None] = Batcher(self._vider, limit=512, capacity=ATTENTE, lull=ACCALMIE)
        self._muet = False

    def inscrire(self, *lignes: Ligne) -> asyncio.Future[None]:
        """Done after the commit; ``JournalIndisponible`` if it is not known to have happened, or ``Sature``."""
        return self._batcher.post(lignes)

    def compter(self, ligne: Ligne) -> None:
        """A row that only counts, beside that of an access: it is kept in a moment, and nobody waits for it.

        A process that is killed loses those of its last moment; where the journal does not answer, they are lost too.
        """
        if not self._comptees:
            self._compteur.post(None).add_done_callback(_compte)
        if len(self._comptees) < ATTENTE.items:
            self._comptees.append(ligne)

    async def comptes(self) -> None:
        """Return once what this process has counted is kept."""
        await self._compteur.submit(None)

    async def eprouver(self) -> None:
        """Raise ``JournalIndisponible`` unless a row could be written now.

        A full disk lets everything be read: once a row was lost, only another one shows that they are kept again.
        """
        if self._muet:
            await self.inscrire(_REPRISE)
            return
        try:
            await self._session.fetch("SELECT 1")
        except (psycopg.Error, TimeoutError) as e:
            raise JournalIndisponible("Le journal des accès ne répond pas.") from e

    async def close(self) -> None:
        """Let the last rows be committed, then leave."""
        await self._compteur.drain()
        await self._batcher.drain()
        await self._session.close()

    async def _vider(self, attendent: Sequence[None]) -> Sequence[None]:
        """Keep what was counted since the last time: one group, however many wait for it."""
        comptees, self._comptees = self._comptees, []
        await self._inscrire([comptees])
        return attendent

    async def _inscrire(self, groupes: Sequence[Sequence[Ligne]]) -> list[None]:
        lignes = orjson.dumps([ligne.en_json() for groupe in groupes for ligne in groupe]).decode()
        try:
            await self._session.fetch(INSCRIRE, [lignes])
        except (psycopg.Error, TimeoutError) as e:
            self._muet = not isinstance(e, psycopg.DataError)
            raise JournalIndisponible("Le journal des accès ne répond pas : rien n'est communiqué.") from e
        self._muet = False
        return [None] * len(groupes)


def _compte(inscrite: asyncio.Future[None]) -> None:
    if not inscrite.cancelled() and inscrite.exception() is not None:
        logger.warning("Une ligne de compteur n'a pas été gardée.")

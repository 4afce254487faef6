"""eventsourcing's own contract for recorders, met by our write and read path.

The library's tests are synchronous and store bare states. The adapter below turns each insert into a contribution
with its journal row: the product has no door without a journal. Versions begin at 0 there and at 1 here.
"""

import asyncio
import threading
from collections.abc import Coroutine, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, LiteralString, TypeVar
from uuid import UUID, uuid4

import psycopg
import pytest
from eventsourcing.persistence import (
    ApplicationRecorder,
    IntegrityError,
    ListenNotifySubscription,
    Notification,
    StoredEvent,
)
from eventsourcing.tests.persistence import (
    AggregateRecorderTestCase,
    ApplicationRecorderTestCase,
    NonInterleavingNotificationIDsBaseCase,
)

from ledger.batching import Channel
from ledger.journal import Ligne
from ledger.verdict import Ecrit
from ledger.writer import Ecriture, Writer
from tests.bases import SCHEMA, Bases

T = TypeVar("T")


class Boucle:
    """An event loop in a thread of its own, for callers that have none."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever)
        self._thread.start()

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result()

    def close(self) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()


class Recorder(ApplicationRecorder):
    """One insert = one contribution with its journal row, through the product's writer."""

    def __init__(self, url: str, boucle: Boucle, *, ids: bool) -> None:
        super().__init__()
        self._boucle = boucle
        self._ids = ids
        self._url = url
        self._writer = Writer(url, SCHEMA)
        self._session = Channel(url, SCHEMA)

    def close(self) -> None:
        self._boucle.run(self._writer.close())
        self._boucle.run(self._session.close())

    def insert_events(self, stored_events: Sequence[StoredEvent], **_: object) -> Sequence[int] | None:
        if not stored_events:
            return None
        decales = [StoredEvent(e.originator_id, e.originator_version + 1, e.topic, e.state) for e in stored_events]
        for ecriture in self._ecritures(decales):
            verdict = self._boucle.run(self._writer.ecrire(ecriture))
        if not isinstance(verdict, Ecrit):
            raise IntegrityError
        return list(range(verdict.position - len(decales) + 1, verdict.position + 1)) if self._ids else None

    def _ecritures(self, evenements: list[StoredEvent]) -> Iterator[Ecriture]:
        try:
            yield Ecriture(
                dossier=UUID(str(evenements[0].originator_id)),
                version_attendue=evenements[0].originator_version - 1,
                evenements=tuple(evenements),
                partenaire="essai",
                cle=None,
                empreinte=None,
                contribution=uuid4(),
                lignes=(
                    Ligne(
                        organisation="essai",
                        agent="essai",
                        role="ESSAI",
                        finalite="CONTROLE",
                        action="contribuer",
                        issue="autorise",
                    ),
                ),
            )
        except ValueError as e:
            raise IntegrityError from e

    def _fetch(self, query: LiteralString, params: Sequence[object]) -> list[Any]:
        return self._boucle.run(self._session.fetch(query, params))

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> list[StoredEvent]:
        query: LiteralString = (
            "SELECT originator_version - 1, topic, state FROM dossiers_events WHERE originator_id = %s"
            " AND originator_version > coalesce(%s::bigint + 1, 0) AND originator_version - 1 <= coalesce(%s, 1e9)"
            " ORDER BY CASE WHEN %s THEN -originator_version ELSE originator_version END LIMIT %s"
        )
        return [StoredEvent(originator_id, *row) for row in self._fetch(query, [originator_id, gt, lte, desc, limit])]

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> list[Notification]:
        depuis = 0 if start is None else start - inclusive_of_start
        query = (
            "SELECT originator_id, originator_version - 1, topic, state, notification_id FROM dossiers_events"
            " WHERE notification_id > %s AND notification_id <= coalesce(%s::bigint, notification_id)"
            " AND (%s::text[] = '{}' OR topic = ANY (%s::text[])) ORDER BY notification_id LIMIT %s"
        )
        rows = self._fetch(query, [depuis, stop, list(topics), list(topics), limit])
        return [Notification(*row) for row in rows]

    def max_notification_id(self) -> int | None:
        [(position,)] = self._fetch("SELECT max(notification_id) FROM dossiers_events", [])
        return None if position is None else int(position)

    def subscribe(self, gt: int | None = None, topics: Sequence[str] = ()) -> "Abonnement":
        return Abonnement(self._url, self, gt, topics)


class Abonnement(ListenNotifySubscription[Recorder]):
    """eventsourcing's own subscription, woken by the writer's notifications."""

    def __init__(self, url: str, recorder: Recorder, gt: int | None, topics: Sequence[str]) -> None:
        super().__init__(recorder, gt, topics)
        self._connection = psycopg.connect(url, autocommit=True)
        self._connection.execute(f"LISTEN {SCHEMA}_events")
        self._listener = threading.Thread(target=self._listen)
        self._listener.start()

    def _listen(self) -> None:
        while not self._has_been_stopped:
            for _ in self._connection.notifies(timeout=0.05):
                self._has_been_notified.set()
        self._connection.close()

    def __exit__(self, *args: object, **kwargs: object) -> None:
        super().__exit__(*args, **kwargs)
        self._listener.join()


@contextmanager
def _recorder(bases: Bases, *, ids: bool) -> Iterator[Recorder]:
    boucle = Boucle()
    recorder = Recorder(bases.api_url, boucle, ids=ids)
    try:
        yield recorder
    finally:
        recorder.close()
        boucle.close()


class _SurNosBases:
    INITIAL_VERSION = 0
    IDS = True

    @pytest.fixture(autouse=True)
    def _ouvrir(self, bases: Bases) -> Iterator[None]:
        with _recorder(bases, ids=self.IDS) as recorder:
            self.recorder = recorder
            yield
        with psycopg.connect(bases.admin_url) as admin:
            evenements, lignes = admin.execute(
                "SELECT (SELECT count(*) FROM d93.contributions), (SELECT count(*) FROM d93.journal)"
            ).fetchone() or (0, 0)
        assert 0 < evenements == lignes

    def create_recorder(self) -> Recorder:
        return self.recorder


class TestAggregateRecorder(_SurNosBases, AggregateRecorderTestCase):
    IDS = False  # its contract: a recorder of aggregates alone gives no position


class TestApplicationRecorder(_SurNosBases, ApplicationRecorderTestCase[Recorder]):
    def test_insert_subscribe(self) -> None:
        self.optional_test_insert_subscribe()


class TestNonInterleavingNotificationIDs(_SurNosBases, NonInterleavingNotificationIDsBaseCase):
    """Two writers of a thousand events each: no position of one stands between two of the other's."""

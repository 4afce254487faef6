"""Answering many with one query: what arrives while a group is being served is the next group.

Under load it turns 32 commits into one and 32 reads into one; alone, a request waits for nothing. It is what
makes a durable journal row before each answer affordable: the line ``journal`` of ``unefois bench`` says what it costs.
"""

import asyncio
import traceback
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, LiteralString, TypeVar

import psycopg
from psycopg import AsyncConnection, waiting
from psycopg.abc import PQGen
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.rows import TupleRow

from ledger.errors import Sature

T = TypeVar("T")
R = TypeVar("R")

DELAI: Final = 2.5
"""Seconds after which a statement is given up: a database that hangs is one that is not there."""


class ImpatientConnection(AsyncConnection[TupleRow]):
    """A connection that is let go with the statement that is given up on it.

    psycopg would ask the server to cancel the statement, and wait: of one that is frozen, ten seconds more. What the
    server still does of it ends there by ``statement_timeout``, or unseen.
    """

    async def wait(
        self,
        gen: PQGen[Any],
        interval: float = 0.1,
        timeout: float | None = None,  # noqa: ASYNC109 - psycopg's
    ) -> Any:  # noqa: ANN401 - psycopg's
        """What the server answers, unless who waits is told to stop."""
        try:
            return await waiting.wait_async(gen, self.pgconn.socket, interval=interval, timeout=timeout)
        except asyncio.CancelledError:
            self.pgconn.finish()
            raise


def options(url: str, schema: str, delai: float = DELAI, autres: str = "") -> str:
    """The options of a connection to one tenant: its schema, and how long a statement may take there."""
    siennes = f"-c search_path={schema} -c statement_timeout={delai * 1000:.0f}"
    return " ".join(filter(None, (str(conninfo_to_dict(url).get("options") or ""), siennes, autres)))


_BAD_DATA: Final = (psycopg.DataError, psycopg.IntegrityError)


@dataclass(frozen=True, slots=True)
class Capacity:
    """How many may wait, how many bytes they may hold together, and what is said to who comes beyond."""

    sentence: str
    items: int = 8192
    octets: int = 64 << 20


class Batcher(Generic[T, R]):
    """Groups concurrent requests of one event loop. ``serve`` answers one group, in order, or fails it whole.

    A group costs ``limit`` at most, as ``cost`` counts each of its requests (one each, without it); one that costs more
    goes alone. The first of a group waits ``lull`` seconds for company. Beyond ``capacity``, of bytes as ``size``
    counts them, a request is refused before anything of it is begun: ``Sature``.
    """

    def __init__(
        self,
        serve: Callable[[list[T]], Awaitable[Sequence[R]]],
        *,
        limit: int,
        capacity: Capacity,
        cost: Callable[[T], int] | None = None,
        size: Callable[[T], int] | None = None,
        lull: float = 0.0,
    ) -> None:
        self._serve = serve
        self._limit = limit
        self._capacity = capacity
        self._cost = cost
        self._size = size
        self._lull = lull
        self._octets = 0
        self._loop: asyncio.AbstractEventLoop | None = None  # asked each time, it costs a call of the system
        self._waiting: deque[tuple[T, asyncio.Future[R]]] = deque()
        self._running: asyncio.Task[None] | None = None

    async def submit(self, item: T) -> R:
        """The answer to this one, once its group is served; or what made its group fail."""
        return await self.post(item)

    def post(self, item: T) -> asyncio.Future[R]:
        """The same, to be awaited: two groups asked at once need no task each."""
        loop = self._loop
        if loop is None or loop.is_closed():
            loop = self._loop = asyncio.get_running_loop()
        future: asyncio.Future[R] = loop.create_future()
        waiting = self._waiting
        if len(waiting) >= self._capacity.items or (self._size is not None and not self._fits(self._size(item))):
            future.set_exception(Sature(self._capacity.sentence))
            return future
        waiting.append((item, future))
        if self._running is None:
            self._running = loop.create_task(self._run())
        return future

    def _fits(self, octets: int) -> bool:
        """Whether so many bytes more may wait; then they are counted."""
        if self._octets + octets > self._capacity.octets:
            return False
        self._octets += octets
        return True

    async def drain(self) -> None:
        """Wait until nobody waits."""
        while self._running is not None:
            await asyncio.wait((self._running,))

    async def _run(self) -> None:
        try:
            while self._waiting:
                if self._lull:
                    await asyncio.sleep(self._lull)
                await self._answer(self._take())
        finally:
            self._running = None

    def _take(self) -> list[tuple[T, asyncio.Future[R]]]:
        if self._cost is None:
            group = [self._waiting.popleft() for _ in range(min(self._limit, len(self._waiting)))]
        else:
            group = [self._waiting.popleft()]
            left = self._limit - self._cost(group[0][0])
            while self._waiting and (left := left - self._cost(self._waiting[0][0])) >= 0:
                group.append(self._waiting.popleft())
        if self._size is not None:
            self._octets -= sum(self._size(item) for item, _ in group)
        return group

    async def _answer(self, group: list[tuple[T, asyncio.Future[R]]]) -> None:
        try:
            answers = await self._serve([item for item, _ in group])
        except BaseException as failure:
            if len(group) > 1 and isinstance(failure.__cause__, _BAD_DATA):
                # One of them holds what the database refuses: alone, each answers for itself.
                for one in group:
                    await self._answer([one])
                return
            # Whatever it is, it goes to who waits for it: they would wait for ever.
            for _, future in group:
                if not future.done():
                    future.set_exception(failure)
            if not isinstance(failure, Exception):
                raise
            return
        for (_, future), answer in zip(group, answers, strict=True):
            if not future.done():
                future.set_result(answer)


async def ensemble(un: asyncio.Future[T], autre: asyncio.Future[R]) -> tuple[T, R]:
    """Both answers, asked at once; the first one's failure if both fail."""
    try:
        premier = await un
    except BaseException:
        autre.add_done_callback(_oublier)
        raise
    return premier, await autre


def _oublier(reponse: asyncio.Future[R]) -> None:
    """Look at a failure that nobody waits for any more, or the loop reports it as forgotten."""
    if not reponse.cancelled():
        reponse.exception()


class Channel:
    """One connection of one tenant, opened when needed and opened again after a loss. One user at a time.

    Every statement is a transaction of its own: what returns is committed.
    """

    def __init__(self, url: str, schema: str, delai: float = DELAI) -> None:
        self._url = make_conninfo(url, options=options(url, schema, delai), application_name="unefois")
        self._delai = delai
        self._connection: ImpatientConnection | None = None
        self._lock = asyncio.Lock()

    async def fetch(self, query: LiteralString, params: Sequence[Any] | Mapping[str, Any] = ()) -> list[TupleRow]:
        """The rows of one statement. ``psycopg.Error`` or ``TimeoutError``: its outcome is not known."""
        async with self._lock:
            try:
                async with asyncio.timeout(self._delai):
                    connection = await self._open()
                    cursor = await connection.cursor(binary=True).execute(query, params, prepare=True)
                    # Not ``description``: it makes an object of each column, a tenth of a short query.
                    rend = cursor.pgresult is not None and cursor.pgresult.nfields
                    return await cursor.fetchall() if rend else []
            except (psycopg.OperationalError, psycopg.InterfaceError, TimeoutError, asyncio.CancelledError):
                await self._forget()
                raise

    async def close(self) -> None:
        """Give the connection back, once nobody uses it."""
        async with self._lock:
            await self._forget()

    async def _open(self) -> ImpatientConnection:
        if self._connection is None or self._connection.closed:
            try:
                self._connection = await ImpatientConnection.connect(self._url, autocommit=True)
            except asyncio.CancelledError as fin:
                # They hold the socket of a connection that was never made: the collector seldom runs, and each attempt
                # on a server that is frozen would leave one.
                traceback.clear_frames(fin.__traceback__)
                raise
        return self._connection

    async def _forget(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()

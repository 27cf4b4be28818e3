"""Group commit: whatever piled up while the last statement ran goes out as one transaction.

A thousand executions would otherwise be a thousand transactions; this is the asynchronous path's only way to the database.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any, Generic, TypeVar

import psycopg

Ask = TypeVar("Ask")
Answer = TypeVar("Answer")
Connection = psycopg.AsyncConnection[Any]
log = logging.getLogger(__name__)

LARGEST_BATCH = 256
# The connection is gone, and what was not committed with it. The second: the server ended it because we had frozen with a
# transaction open (`HELD_AT_MOST_S`).
LOST = (psycopg.OperationalError, psycopg.errors.IdleInTransactionSessionTimeout)


class LedgerUnavailable(Exception):
    """The database did not answer; what was asked may or may not have been written."""


class GroupCommit(Generic[Ask, Answer]):
    """One connection, one runner. `run` gets a connection inside a transaction and must answer in the order of the asks.

    `patience_s`: how long asks are tried again over a lost connection. Only for statements that may run twice (conditional
    UPDATEs whose second run changes nothing); otherwise 0, and the asker gets LedgerUnavailable.
    """

    def __init__(
        self,
        name: str,
        *,
        connect: Callable[[], Awaitable[Connection]],
        run: Callable[[Connection, list[Ask]], Awaitable[list[Answer]]],
        patience_s: float = 0,
    ) -> None:
        self.name = name
        self._connect = connect
        self._run = run
        self._patience_s = patience_s
        self._waiting: deque[tuple[Ask, asyncio.Future[Answer]]] = deque()
        self._connection: Connection | None = None
        self._runner: asyncio.Task[None] | None = None

    async def submit(self, ask: Ask) -> Answer:
        """The answer to `ask`, committed. Raises LedgerUnavailable when the database cannot be reached."""
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append((ask, future))
        if self._runner is None or self._runner.done():
            self._runner = asyncio.create_task(self._drain(), name=f"ledger-{self.name}")
        return await future

    async def close(self) -> None:
        """Finish what waits, then close the connection."""
        if self._runner is not None:
            await asyncio.gather(self._runner, return_exceptions=True)
        if self._connection is not None:
            await self._connection.close()
            self._connection = None

    async def _drain(self) -> None:
        await asyncio.sleep(0)  # let the coroutines that woke together queue up together
        while self._waiting:
            batch = [self._waiting.popleft() for _ in range(min(len(self._waiting), LARGEST_BATCH))]
            await self._answer(batch)

    async def _answer(self, batch: list[tuple[Ask, "asyncio.Future[Answer]"]]) -> None:
        try:
            answers = await self._run_patiently([ask for ask, _ in batch])
        except LOST as error:
            self._fail(batch, LedgerUnavailable(f"{self.name}: {error}"))
        except Exception as error:  # noqa: BLE001 -- the edge: the error belongs to the asker, never to the runner
            if len(batch) == 1:
                self._fail(batch, error)
                return
            for item in batch:  # one bad row must not take the others down: each again, alone
                await self._answer([item])
        else:
            for (_, future), answer in zip(batch, answers, strict=True):
                if not future.done():
                    future.set_result(answer)

    def _fail(self, batch: list[tuple[Ask, "asyncio.Future[Answer]"]], error: Exception) -> None:
        for _, future in batch:
            if not future.done():
                future.set_exception(error)

    async def _run_patiently(self, asks: list[Ask]) -> list[Answer]:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._patience_s
        while True:
            try:
                return await self._run_once(asks)
            except LOST as error:
                await self._drop_connection()
                if loop.time() >= deadline:
                    raise
                log.warning("ledger %s: %s, again in 0.3 s", self.name, error)
                await asyncio.sleep(0.3)

    async def _run_once(self, asks: list[Ask]) -> list[Answer]:
        async with AsyncExitStack() as stack:
            return await self._run(await self._begin(stack), asks)

    async def _begin(self, stack: AsyncExitStack) -> Connection:
        """A connection with a transaction open. One that died while nothing ran is replaced: nothing was asked of it yet, so
        patience plays no part in it."""
        if self._connection is not None and not self._connection.closed:
            try:
                await stack.enter_async_context(self._connection.transaction())
                return self._connection
            except LOST:
                await self._drop_connection()
        self._connection = await self._connect()
        await stack.enter_async_context(self._connection.transaction())
        return self._connection

    async def _drop_connection(self) -> None:
        if self._connection is not None:
            await self._connection.close()
            self._connection = None

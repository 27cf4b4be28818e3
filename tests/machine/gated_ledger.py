"""The real ledger, seen from a process that may end before or after every word with it."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any

from signals.ledger.group_commit import Connection
from signals.ledger.ledger import Ledger
from tests.machine.hurried_loop import HurriedLoop
from tests.machine.processes import Process

WORDS = ("claim", "take_over", "protection_of", "books_of", "book", "facts_of", "intend", "record", "query", "complete",
         "sync_orders")  # fmt: skip
WORD_S = 0.001


class OneLineLedger(Ledger):
    """The ledger without a pool of its own for queries: one connection, kept."""

    def __init__(self, parameters: dict[str, Any]) -> None:
        super().__init__(parameters)
        self._line: Connection | None = None
        self._turn = asyncio.Lock()

    @asynccontextmanager
    async def _borrowed(self) -> AsyncIterator[Connection]:
        async with self._turn:
            if self._line is None or self._line.closed:
                self._line = await self.connect()
            yield self._line

    async def close(self) -> None:
        await super().close()
        if self._line is not None:
            await self._line.close()


class Turns:
    """Words with the database in rounds: those that came together are said together, and answered in the order they came.

    Without it, which of two answers comes first would depend on PostgreSQL's mood, and no failure could be repeated.
    """

    def __init__(self, loop: HurriedLoop) -> None:
        self._loop = loop
        self._waiting: list[tuple[Any, asyncio.Future[Any]]] = []
        self._round: asyncio.Task[None] | None = None

    async def say(self, word: Coroutine[Any, Any, Any]) -> Any:
        """What was handed over is said to the end, whatever becomes of the one who waits for the answer."""
        answer = self._loop.create_future()
        self._waiting.append((word, answer))
        if self._round is None or self._round.done():
            self._round = self._loop.create_task(self._go_round())
        return await answer

    async def _go_round(self) -> None:
        await asyncio.sleep(0)
        while self._waiting:
            now, self._waiting = self._waiting, []
            self._loop.jump(WORD_S)
            answers = await asyncio.gather(*(word for word, _ in now), return_exceptions=True)
            for (_, future), answer in zip(now, answers, strict=True):
                if future.done():
                    continue
                if isinstance(answer, BaseException):
                    future.set_exception(answer)
                else:
                    future.set_result(answer)


class GatedLedger:
    """What a process sees of the ledger: each word is a point before it is said and another one after the answer."""

    def __init__(self, ledger: Ledger, process: Process, turns: Turns) -> None:
        for word in WORDS:
            setattr(self, word, _gated(word, getattr(ledger, word), process, turns))


def _gated(word: str, say: Any, process: Process, turns: Turns) -> Any:
    async def gated(*args: Any, **named: Any) -> Any:
        await process.point(f"before {word}")
        try:
            return await turns.say(say(*args, **named))
        finally:
            await process.point(f"after {word}")

    return gated

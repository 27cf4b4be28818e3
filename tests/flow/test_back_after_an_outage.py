"""After the database was away for a while, what asks it goes on within seconds of its return (promise 7, F11)."""

import asyncio
import contextlib
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from uuid import UUID

from signals.ledger.group_commit import LedgerUnavailable
from signals.ledger.ledger import Ledger
from signals.tasks import database_parameters
from tests.flow.world import World

AWAY_S = 16


class Wire:
    """A socket that leads to the database, and can be taken away."""

    def __init__(self, folder: str, parameters: dict[str, Any]) -> None:
        self.path = f"{folder}/.s.PGSQL.{parameters['port']}"
        self.real = f"{parameters['host']}/.s.PGSQL.{parameters['port']}"
        self.server: asyncio.Server | None = None
        self.writers: list[asyncio.StreamWriter] = []

    async def join(self) -> None:
        self.server = await asyncio.start_unix_server(self._serve, self.path)

    def cut(self) -> None:
        assert self.server is not None
        self.server.close()
        for writer in self.writers:
            writer.transport.abort()
        self.writers.clear()
        Path(self.path).unlink(missing_ok=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there_reader, there = await asyncio.open_unix_connection(self.real)
        self.writers += [writer, there]
        with contextlib.suppress(OSError):
            await asyncio.gather(self._pass(reader, there), self._pass(there_reader, writer))

    @staticmethod
    async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
        writer.close()


async def late_by(ask: Callable[[], Awaitable[Any]], back_at: float) -> float:
    """How many seconds after its return the database answers again, asked twice a second."""
    loop = asyncio.get_running_loop()
    while True:
        with contextlib.suppress(LedgerUnavailable):
            await ask()
            if loop.time() > back_at:
                return loop.time() - back_at
        await asyncio.sleep(0.5)


def test_questions_are_answered_again_soon(world: World) -> None:
    parameters = {"port": 5432, **database_parameters()}

    async def run() -> list[float]:
        with tempfile.TemporaryDirectory() as folder:
            wire = Wire(folder, parameters)
            await wire.join()
            ledger = Ledger({**parameters, "host": folder})
            asks = lambda: ledger.query("SELECT pg_sleep(0.05)"), lambda: ledger.protection_of(UUID(int=0))
            await asyncio.gather(*(ask() for ask in asks * 8))
            wire.cut()
            back_at = asyncio.get_running_loop().time() + AWAY_S
            late = asyncio.gather(*(late_by(ask, back_at) for ask in asks))
            await asyncio.sleep(AWAY_S)
            await wire.join()
            answer = await late
            await ledger.close()
            wire.cut()
            return answer

    query, group = asyncio.run(run())
    assert group < 3
    assert query < 8

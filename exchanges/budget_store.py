"""The budgets' memory that all processes share, in Redis: one hash per (exchange, egress address), one per account and window.

Every question is one atomic script and takes 50 ms at most. A Redis that is gone or frozen is left alone for a while: the
budgets go on by themselves until it answers again. Nothing here ever raises into an order.
"""

import asyncio
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import redis.asyncio
from redis.asyncio.client import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from exchanges import budget_scripts as scripts

log = logging.getLogger(__name__)

DOORS_KEY = "batuta:doors"
SECONDS = 0.05
FIRST_SECONDS = 0.25  # the first question of a loop opens its connection as well
AWAY_S = 1.0
CLOSE_S = 1.0
MOST_AT_ONCE = 4


def door_key(exchange: str, egress: str) -> str:
    """The hash of one exchange as seen from one egress address."""
    return f"batuta:door:{exchange}:{egress}"


@dataclass(frozen=True, slots=True)
class Counter:
    """What is asked of one window: `key` and `field` say where it is kept."""

    key: str
    field: str
    window_ms: int
    limit: int
    want: int
    ceiling: int
    reported: int


@dataclass(frozen=True, slots=True)
class Grant:
    granted: int
    used: int
    remaining_s: float


@dataclass(frozen=True, slots=True)
class Shared:
    """What the processes know together of a door: is it closed, for how long, why; which accounts are refused."""

    state: str
    closed_s: float
    reason: str
    grants: tuple[Grant, ...]
    refused_version: int
    refused: dict[str, float] | None  # account → seconds; None: not changed


class StoreAway(Exception):
    """Redis did not answer in time, or is not there."""


class Store:
    """One process's way to Redis. Each event loop has a connection of its own (`close` before the loop ends)."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._clients: dict[int, _Line] = {}
        self._leaving: set[asyncio.Task[None]] = set()
        self._away_until = 0.0
        self.is_doubted = False  # it was away: somebody tries it, and nobody waits for that

    @property
    def is_away(self) -> bool:
        """Whether nobody shall wait for Redis now."""
        return not self.url or time.monotonic() < self._away_until

    async def sync(
        self,
        key: str,
        member: str,
        *,
        requests: int,
        errors: int,
        ahead_ms: int,
        version: int,
        counters: Sequence[Counter],
    ) -> Shared:
        """Report what was sent, take leases, hear what the others know. Raises StoreAway."""
        arguments: list[Any] = [member, requests, errors, ahead_ms, version]
        keys = [key, DOORS_KEY]
        for one in counters:
            keys.append(one.key)
            arguments += [one.field, one.window_ms, one.limit, one.want, one.ceiling, one.reported]
        state, closed_ms, reason, known, refused, *numbers = await self._run(scripts.SYNC, keys, arguments)
        grants = tuple(Grant(numbers[i], numbers[i + 1], numbers[i + 2] / 1000) for i in range(0, len(numbers), 3))
        told = None
        if known != version:
            told = {refused[i]: int(refused[i + 1]) / 1000 for i in range(0, len(refused), 2)}
        return Shared(state, closed_ms / 1000, reason, grants, known, told)

    async def close_door(self, key: str, state: str, reason: str, seconds: float) -> None:
        """Nobody sends to this exchange for that long. Raises StoreAway."""
        await self._run(scripts.CLOSE, [key], [state, reason, int(seconds * 1000)])

    async def open_door(self, key: str, state: str, *, only_left: bool = False) -> None:
        """It answers again: takes the state away if it is still this one. Raises StoreAway.

        `only_left`: and only when the moment of its retry has passed, so that who has just closed it keeps his word.
        """
        await self._run(scripts.OPEN, [key], [state, int(only_left)])

    async def note_refused(self, key: str, account: str, *, calls: int, seconds: float) -> None:
        """The exchange refused an account's keys: after `calls` within `seconds` nobody asks for it. Raises StoreAway."""
        await self._run(scripts.REFUSED, [key, f"{key}:refused:{account}"], [account, calls, int(seconds * 1000)])

    async def note_accepted(self, key: str, account: str) -> None:
        """The exchange took the keys again. Raises StoreAway."""
        await self._run(scripts.ACCEPTED, [key, f"{key}:refused:{account}"], [account])

    async def note_clock(self, key: str, ahead_ms: int) -> None:
        """How far the exchange's clock is ahead of ours. Raises StoreAway."""
        await self._run(scripts.CLOCK, [key], [ahead_ms])

    async def close(self) -> None:
        """Close the running loop's connections."""
        loop = asyncio.get_running_loop()
        line = self._clients.pop(id(loop), None)
        if line is not None:
            await _drop(line.client)
        await asyncio.gather(*(task for task in self._leaving if task.get_loop() is loop))

    async def _run(self, script: scripts.Script, keys: list[str], arguments: list[Any]) -> Any:
        if self.is_away:
            raise StoreAway
        line = self._line()
        async with line.turns:
            if self.is_away:  # by now
                raise StoreAway
            asked = asyncio.get_running_loop().create_task(_evaluate(line.client, script, keys, arguments))
            try:
                await asyncio.wait((asked,), timeout=SECONDS if line.is_proven else FIRST_SECONDS)
                turns = (
                    4  # a loop that was busy all that time has the answer in its sockets: not Redis was slow, we were
                )
                while not asked.done() and turns:
                    turns -= 1
                    await asyncio.sleep(0)
                answer = asked.result()
            except (redis.RedisError, OSError, asyncio.InvalidStateError) as error:
                log.warning("budgets go on without Redis: %s", error if asked.done() else "no answer in time")
                self._away_until, self.is_doubted = time.monotonic() + AWAY_S, True
                if self._clients.get(id(line.loop)) is line:
                    del self._clients[id(line.loop)]
                self._leave(line, asked)
                raise StoreAway from error
            line.is_proven, self.is_doubted = True, False
            return answer

    def _leave(self, line: "_Line", asked: "asyncio.Task[Any]") -> None:
        """Close a line on which nobody answers; nobody waits for it."""

        async def leave() -> None:
            asked.cancel()
            await asyncio.wait((asked,), timeout=CLOSE_S)
            await _drop(line.client)

        task = line.loop.create_task(leave())
        self._leaving.add(task)
        task.add_done_callback(self._leaving.discard)

    def _line(self) -> "_Line":
        loop = asyncio.get_running_loop()
        line = self._clients.get(id(loop))
        if line is not None and line.loop is loop:
            return line
        for key, other in list(self._clients.items()):
            if other.loop.is_closed():  # its connection died with it
                self._clients.pop(key, None)
        line = self._clients[id(loop)] = _Line(self.url, loop)
        return line


class _Line:
    """One loop's connections to Redis: few, and whoever has something to say waits for a turn."""

    def __init__(self, url: str, loop: asyncio.AbstractEventLoop) -> None:
        self.loop, self.is_proven = loop, False
        self.turns = asyncio.Semaphore(MOST_AT_ONCE)
        self.client: Redis = Redis.from_url(
            url, decode_responses=True, socket_connect_timeout=FIRST_SECONDS, retry=Retry(NoBackoff(), 0)
        )


async def _evaluate(client: Redis, script: scripts.Script, keys: list[str], arguments: list[Any]) -> Any:
    try:
        return await client.evalsha(script.sha, len(keys), *keys, *arguments)
    except redis.exceptions.NoScriptError:
        return await client.eval(script.text, len(keys), *keys, *arguments)


async def _drop(client: Redis) -> None:
    try:
        async with asyncio.timeout(CLOSE_S):
            await client.aclose()
    except (redis.RedisError, OSError, TimeoutError):
        pass

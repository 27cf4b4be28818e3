"""Requests that a rule keeps until a test lets them go, so that a worker can be killed at an exact point."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from simulator.requests import Arrival
from simulator.web import Connection


@dataclass(slots=True)
class Held:
    """One parked request: `go` carries on with it, `drop` ends it without an answer."""

    arrival: Arrival
    connection: Connection
    go: Callable[[], None]
    drop: Callable[[], None]

    def describe(self) -> dict[str, Any]:
        """The request as the log has it, and whether its client is still waiting."""
        return self.arrival.describe() | {"client_waits": self.connection.is_open}


@dataclass(slots=True)
class _Waiting:
    rule_id: int
    count: int
    future: asyncio.Future[None]


class Holds:
    """The parked requests by rule."""

    def __init__(self) -> None:
        self._held: dict[int, list[Held]] = {}
        self._waiting: list[_Waiting] = []

    def park(self, rule_id: int, held: Held) -> None:
        self._held.setdefault(rule_id, []).append(held)
        for waiting in list(self._waiting):
            if waiting.rule_id == rule_id and len(self._held[rule_id]) >= waiting.count:
                self._waiting.remove(waiting)
                if not waiting.future.done():
                    waiting.future.set_result(None)

    def of(self, rule_id: int) -> list[Held]:
        return self._held.get(rule_id, [])

    async def wait(self, rule_id: int, count: int, seconds: float) -> None:
        """Until this many requests are parked; raises TimeoutError."""
        if len(self.of(rule_id)) >= count:
            return
        waiting = _Waiting(rule_id, count, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        try:
            await asyncio.wait_for(waiting.future, seconds)
        finally:
            if waiting in self._waiting:
                self._waiting.remove(waiting)

    def release(self, rule_id: int, count: int, *, drop: bool) -> int:
        """Let the oldest `count` (-1: all) go on, or drop them; how many there were."""
        held = self._held.get(rule_id, [])
        chosen = held[:] if count < 0 else held[:count]
        del held[: len(chosen)]
        for each in chosen:
            (each.drop if drop else each.go)()
        return len(chosen)

    def drop_all(self) -> None:
        """Nobody will release them any more."""
        for rule_id in list(self._held):
            self.release(rule_id, -1, drop=True)

"""What was left behind, found by looking at the rows: pending executions nobody took, leases that ran out, open books.

Runs wherever a worker runs, one at a time (advisory lock): neither beat nor the broker is needed for anything to end (D5).
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any
from uuid import UUID

from signals.desk import Desk
from signals.execute import execute
from signals.ledger.ledger import Ledger
from signals.ledger.presence import OWNER_IS_GONE
from signals.recovery import recover
from signals.states import IN_FLIGHT_SQL, UNSETTLED_SQL

log = logging.getLogger(__name__)

Ring = Callable[[list[tuple[UUID, str]]], Awaitable[None]]

# Rung again after 2 s; after 5 s (the broker is gone) carried out right here. A broadcast whose executions are being
# claimed is only long: its messages are on their way, and ringing them again would make it longer.
PENDING = """
    WITH pending AS (
        SELECT e.id, e.signal_id, e.action, e.created_at, extract(epoch FROM now() - e.created_at)::float8 AS age
        FROM signals_execution e WHERE e.state = 'PENDING' AND e.created_at < now() - interval '2 s'
        ORDER BY (e.action IN ('close', 'close_all')) DESC, e.created_at LIMIT 2000
    ), moving AS (
        SELECT s.signal_id FROM (SELECT DISTINCT signal_id FROM pending) s
        WHERE EXISTS (SELECT 1 FROM signals_execution e
                      WHERE e.signal_id = s.signal_id AND e.claimed_at > now() - interval '1 s')
    )
    SELECT p.id, p.action, p.age FROM pending p
    WHERE p.age > %s OR p.signal_id NOT IN (SELECT signal_id FROM moving)
"""
LOST = f"""
    SELECT e.id FROM signals_execution e
    WHERE e.state IN ({IN_FLIGHT_SQL})
      AND (e.lease_until IS NULL OR e.lease_until < now() OR {OWNER_IS_GONE})
    ORDER BY e.state = 'FILLED' DESC, e.created_at LIMIT 1000
"""  # noqa: S608 -- a constant
RUNNING_SIGNALS = f"""
    SELECT sig.id FROM signals_signal sig
    WHERE sig.completed_at IS NULL AND sig.status = 'accepted' AND NOT EXISTS (
        SELECT 1 FROM signals_execution e WHERE e.signal_id = sig.id
        AND e.state IN ({UNSETTLED_SQL})) LIMIT 200
"""  # noqa: S608 -- constants
RING_AGAIN_S = 3.0
DO_IT_HERE_S = 5.0
MOVING_AT_MOST_S = 20.0


class Errands:
    """Coroutines in the background of a loop: at most `limit` at once, and one at a time per key."""

    def __init__(self, limit: int) -> None:
        self._slots = asyncio.Semaphore(limit)
        self._running: dict[Any, asyncio.Task[None]] = {}

    def run(self, key: Any, errand: Callable[[], Coroutine[Any, Any, None]]) -> bool:
        """Start `errand` unless one with this key is running; says whether it was started."""
        if key in self._running:
            return False
        task = asyncio.create_task(self._limited(errand))
        self._running[key] = task
        task.add_done_callback(lambda _: self._running.pop(key, None))
        return True

    async def _limited(self, errand: Callable[[], Coroutine[Any, Any, None]]) -> None:
        async with self._slots:
            try:
                await errand()
            except Exception:
                log.exception("an errand failed")

    async def finish(self) -> None:
        """Wait for what runs."""
        await asyncio.gather(*self._running.values(), return_exceptions=True)

    def __len__(self) -> int:
        return len(self._running)


class Sweeper:
    """One sweep finds what is left and sees to it; `sweep` returns at once, the work goes on in `errands`."""

    def __init__(self, desk: Desk, ring: Ring, errands: Errands) -> None:
        self._desk = desk
        self._ring = ring
        self._errands = errands
        self._rung: dict[UUID, float] = {}

    async def sweep(self) -> None:
        """See to everything that is pending, lost or uncounted now."""
        await self._sweep_pending()
        await self.take_up_lost()
        await self._complete_signals(self._desk.ledger)

    async def _sweep_pending(self) -> None:
        now = asyncio.get_running_loop().time()
        self._rung = {key: at for key, at in self._rung.items() if now - at < RING_AGAIN_S}
        again: list[tuple[UUID, str]] = []
        for row in await self._desk.ledger.query(PENDING, [MOVING_AT_MOST_S]):
            key = row["id"]
            if row["age"] > DO_IT_HERE_S:
                self._errands.run(key, lambda key=key: execute(key, self._desk))  # type: ignore[misc]
            elif key not in self._rung:
                self._rung[key] = now
                again.append((key, row["action"]))
        if again:
            log.warning("%d executions are rung again", len(again))
            await self._ring(again)

    async def take_up_lost(self) -> None:
        """Carry on what dead and frozen workers left, what stands without a stop first. Any number may do so at once: a takeover
        is one row's, under a lease of its own."""
        for row in await self._desk.ledger.query(LOST):
            key = row["id"]
            self._errands.run(key, lambda key=key: recover(key, self._desk))  # type: ignore[misc]

    @staticmethod
    async def _complete_signals(ledger: Ledger) -> None:
        rows = await ledger.query(RUNNING_SIGNALS)
        if rows:
            await ledger.complete({row["id"] for row in rows})

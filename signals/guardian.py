"""The guardian: one loop in the whole fleet that sweeps, watches prices and keeps the books true.

It runs in every worker of the asynchronous pool; an advisory lock lets one lead, and another takes over within a second
when that one dies (promise 7). It needs the database and the exchanges, neither the broker nor beat.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from uuid import UUID

import psycopg

from signals.desk import Desk, PublicPrices
from signals.ledger.group_commit import Connection, LedgerUnavailable
from signals.price_watch import PriceWatch
from signals.reconcile import reconcile_account
from signals.sweeper import Errands, Ring, Sweeper

log = logging.getLogger(__name__)

LEADER_LOCK = 0x6261747574610001
# Held by a worker that is made for the job for as long as it lives: a reserve that leads makes way for it.
PREFERRED_LOCK = 0x6261747574610002
SWEEP_S = 0.7
WATCH_S = 0.7
SLOW_S = 5.0
UNBOOKED_AGAIN_S = 4.0
ERRANDS_AT_ONCE = 200


class Guardian:
    """`run` for ever; leads when it can.

    A `preferred` guardian (the worker `reconcile`) leads while it lives; the trading workers are its reserve, so that
    following up a thousand fills does not take the time of entries.
    """

    def __init__(self, desk: Desk, ring: Ring, public: PublicPrices, *, preferred: bool) -> None:
        self._desk = desk
        self._preferred = preferred
        self._errands = Errands(ERRANDS_AT_ONCE)
        self._sweeper = Sweeper(desk, ring, self._errands)
        self._watch = PriceWatch(desk, public)
        self._asked: dict[UUID, float] = {}

    async def run(self) -> None:
        """Wait for the leadership, lead until the database connection breaks, again."""
        while True:
            try:
                connection = await self._desk.ledger.connect()
                try:
                    if self._preferred:  # a reserve holds this lock for an instant when it looks: try again
                        await _wait_for_lock(connection, PREFERRED_LOCK, 0.05)
                    await self._wait_for_lead(connection)
                    log.warning("this worker leads the guardian")
                    await self._lead(connection)
                finally:
                    await connection.close()
            except (psycopg.OperationalError, LedgerUnavailable, OSError) as error:
                log.warning("the guardian has no database: %s", error)
                await asyncio.sleep(1)

    async def _wait_for_lead(self, connection: Connection) -> None:
        if self._preferred:
            await _wait_for_lock(connection, LEADER_LOCK, 0.5)
            return
        while await _is_locked(connection, PREFERRED_LOCK) or not await _try_lock(  # noqa: ASYNC110 -- another process decides
            connection, LEADER_LOCK
        ):
            await asyncio.sleep(1)

    async def _lead(self, connection: Connection) -> None:
        loops = [
            asyncio.create_task(self._every(SWEEP_S, self._sweeper.sweep)),
            asyncio.create_task(self._every(WATCH_S, self._follow_prices)),
            asyncio.create_task(self._every(SLOW_S, self._follow_rounds)),
            asyncio.create_task(self._hold(connection)),
        ]
        try:
            done, _ = await asyncio.wait(loops, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in loops:
                task.cancel()
            await asyncio.gather(*loops, return_exceptions=True)

    async def _hold(self, connection: Connection) -> None:
        """The lock lives as long as its connection: when that breaks, or a preferred guardian waits, we stop leading."""
        while self._preferred or not await _is_locked(connection, PREFERRED_LOCK):
            await connection.execute("SELECT 1")
            await asyncio.sleep(1)
        await connection.execute("SELECT pg_advisory_unlock(%s)", [LEADER_LOCK])
        log.warning("this worker hands the guardian's lead over")

    async def _every(self, seconds: float, step: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                await step()
            except (psycopg.OperationalError, LedgerUnavailable):
                raise
            except Exception:
                log.exception("a guardian's round failed")
            await asyncio.sleep(seconds)

    async def _follow_prices(self) -> None:
        for account_id in await self._watch.touched():
            self._reconcile(account_id)
        now = asyncio.get_running_loop().time()
        for account_id in await self._watch.unbooked():
            if now - self._asked.get(account_id, 0) > UNBOOKED_AGAIN_S:
                self._reconcile(account_id)

    async def _follow_rounds(self) -> None:
        now = asyncio.get_running_loop().time()
        self._asked = {key: at for key, at in self._asked.items() if now - at < 60}
        for account_id in await self._watch.due():
            self._reconcile(account_id)

    def _reconcile(self, account_id: UUID) -> None:
        self._asked[account_id] = asyncio.get_running_loop().time()
        self._errands.run(account_id, lambda: reconcile_account(account_id, self._desk))


async def _try_lock(connection: Connection, key: int) -> bool:
    cursor = await connection.execute("SELECT pg_try_advisory_lock(%s)", [key])
    row = await cursor.fetchone()
    return bool(row and row[0])


async def _wait_for_lock(connection: Connection, key: int, pause_s: float) -> None:
    while not await _try_lock(connection, key):  # noqa: ASYNC110 -- another process decides
        await asyncio.sleep(pause_s)


async def _is_locked(connection: Connection, key: int) -> bool:
    """Whether another connection holds the lock."""
    if not await _try_lock(connection, key):
        return True
    await connection.execute("SELECT pg_advisory_unlock(%s)", [key])
    return False

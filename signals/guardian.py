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
SWEEP_S = 0.7
WATCH_S = 0.7
SLOW_S = 5.0
UNBOOKED_AGAIN_S = 4.0
ERRANDS_AT_ONCE = 200


class Guardian:
    """`run` for ever; leads when it can."""

    def __init__(self, desk: Desk, ring: Ring, public: PublicPrices) -> None:
        self._desk = desk
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
                    await self._wait_for_lead(connection)
                    log.info("this worker leads the guardian")
                    await self._lead(connection)
                finally:
                    await connection.close()
            except (psycopg.OperationalError, LedgerUnavailable, OSError) as error:
                log.warning("the guardian has no database: %s", error)
                await asyncio.sleep(1)

    async def _wait_for_lead(self, connection: Connection) -> None:
        while True:
            cursor = await connection.execute("SELECT pg_try_advisory_lock(%s)", [LEADER_LOCK])
            row = await cursor.fetchone()
            if row and row[0]:
                return
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
        """The lock lives as long as its connection: when that breaks, we stop leading."""
        while True:
            await connection.execute("SELECT 1")
            await asyncio.sleep(1)

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

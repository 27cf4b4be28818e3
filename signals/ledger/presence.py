"""Who is alive: each worker holds a lock of its own in the database, over a connection on which it says a word twice a second.

A killed worker's connection ends with it, and the lock with the connection; a frozen one falls silent. What either of them held
is taken over at the next sweep instead of when its lease runs out; one that wakes again is fenced (`Job.is_ours`, epochs).
"""

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable

import psycopg

from signals.ledger.group_commit import Connection

log = logging.getLogger(__name__)

# The first number of our advisory locks of two numbers; the second one is the worker's.
NAMESPACE = 7_306_001
PULSE_S = 0.5
SILENCE_S = 2.5
AGAIN_S = 0.3
TRIES = 10
TAKE = "SELECT pg_try_advisory_lock(%s::int, %s::int)"
BACK_AFTER_S = 1.5

# Fresh locks of a server that has just started say nothing yet: the workers are still coming back to it. Our oldest session tells
# since when it can be reached, which a server that replays its log for a while cannot.
ALIVE = f"""
    SELECT l.objid::bigint FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
    WHERE l.locktype = 'advisory' AND l.classid = {NAMESPACE} AND l.objsubid = 2 AND l.granted
      AND a.query_start > clock_timestamp() - interval '{SILENCE_S} s'
"""  # noqa: S608 -- a constant
REACHED_SINCE = """
    SELECT min(backend_start) FROM pg_stat_activity WHERE backend_type = 'client backend' AND datname = current_database()
"""


def is_gone(owner: str) -> str:
    """The condition that a column's worker is dead or silent; of NULL nothing is known, and time must tell."""
    return f"""
        ({owner} IS NOT NULL AND ({REACHED_SINCE}) < now() - interval '{BACK_AFTER_S} s' AND {owner} NOT IN ({ALIVE}))
    """


OWNER_IS_GONE = is_gone("e.lease_owner")


class Presence:
    """One worker's lock. `number` names it once `keep` has held it; before, only the lease speaks for the worker.

    A lock that was lost is soon held again under the same number: what is claimed meanwhile is the worker's all the same. Where the
    server keeps the former session, since it never heard of its end, the worker goes on under a new one.
    """

    def __init__(self, connect: Callable[[], Awaitable[Connection]]) -> None:
        self._connect = connect
        self._number = _draw()
        self._was_held = False

    @property
    def number(self) -> int | None:
        return self._number if self._was_held else None

    async def keep(self) -> None:
        """Hold the lock for ever, over lost connections too."""
        while True:
            try:
                await self._hold()
            except (psycopg.Error, OSError) as error:
                log.warning("presence lost: %s", error)
            await asyncio.sleep(AGAIN_S)

    async def _hold(self) -> None:
        connection = await self._connect()
        try:
            while not await self._is_taken(connection):
                self._number = _draw()
            self._was_held = True
            while True:
                await asyncio.sleep(PULSE_S)
                await connection.execute("SELECT 1")
        finally:
            await connection.close()

    async def _is_taken(self, connection: Connection) -> bool:
        for _ in range(TRIES):
            cursor = await connection.execute(TAKE, [NAMESPACE, self._number])
            row = await cursor.fetchone()
            if row and row[0]:
                return True
            await asyncio.sleep(AGAIN_S)
        return False


def _draw() -> int:
    return secrets.randbelow(2**31 - 1) + 1

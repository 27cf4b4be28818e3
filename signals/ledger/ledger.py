"""The ledger: every move of an execution on the asynchronous path, by group commit, along the table of moves.

Claims take the gates' decision inside the transaction that claims (architecture, promise 5). Writes carry the lease's
epoch: LeaseLost tells a worker that another one took its execution over.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from signals import troubles
from signals.facts import Facts
from signals.ledger import book_statements as books
from signals.ledger.account_books import AccountBooks, read_account_books
from signals.ledger.claiming import Claim, TakenOver, claim_all, take_over_all
from signals.ledger.fill_booking import Booked, Booking, book_all
from signals.ledger.gather_facts import gather_facts
from signals.ledger.group_commit import LOST, Connection, GroupCommit, LedgerUnavailable
from signals.ledger.presence import Presence
from signals.ledger.records import Record
from signals.ledger.writing import Write, complete_signals, sync_all, write_all

# Each group looks some hundred rows up by their keys. Left to itself the planner reads tables of up to some ten thousand rows from
# end to end for that, once for every group; and the plans of foreign keys, which it makes when the tables are as good as empty and
# keeps, would do so for every row.
LOOK_UP_BY_KEY = "SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off"
# A worker that freezes in the middle of a transaction keeps its rows locked, and whoever takes over would wait for them: the
# server ends the session before the worker counts as silent (`presence.SILENCE_S`).
HELD_AT_MOST_S = 2.0
# The pool waits twice as long before each further attempt: after an outage it would stay away for about as long again. Given up, it
# is dialled anew by whoever asks next.
DIAL_FOR_S = 1.0


class LeaseLost(Exception):
    """Another worker took this execution over; whatever is left to do is theirs."""


class Ledger:
    """One per process and loop. `parameters` are libpq's, for the autocommit connections that it opens."""

    def __init__(self, parameters: dict[str, Any]) -> None:
        self._parameters = {**parameters, "autocommit": True}
        self._queries: AsyncConnectionPool[Connection] | None = None
        self._checking: asyncio.Task[None] | None = None
        connect = self.connect
        self.presence = Presence(connect)
        self._claims: GroupCommit[UUID, Claim | None] = GroupCommit(
            "claims", connect=connect, run=self._claim_all, patience_s=1
        )
        self._takeovers: GroupCommit[UUID, TakenOver | None] = GroupCommit(
            "takeovers", connect=connect, run=self._take_over_all, patience_s=1
        )
        self._intents: GroupCommit[Write, bool] = GroupCommit("intents", connect=connect, run=write_all)
        self._protections: GroupCommit[UUID, list[str]] = GroupCommit(
            "protections", connect=connect, run=_read_protections, patience_s=2
        )
        self._books: GroupCommit[UUID, AccountBooks] = GroupCommit(
            "books", connect=connect, run=read_account_books, patience_s=2
        )
        self._bookings: GroupCommit[Booking, Booked] = GroupCommit(
            "bookings", connect=connect, run=book_all, patience_s=6
        )
        self._syncs: GroupCommit[list[Record], set[str]] = GroupCommit(
            "syncs", connect=connect, run=sync_all, patience_s=2
        )
        # What the exchange answered is worth waiting for: without it the recovery has to ask again.
        self._results: GroupCommit[Write, bool] = GroupCommit("results", connect=connect, run=write_all, patience_s=6)

    async def claim(self, execution_id: UUID) -> Claim | None:
        """Decide over a PENDING execution and claim it; None when it is not pending, or another one took its symbol meanwhile."""
        try:
            return await self._claims.submit(execution_id)
        except psycopg.errors.UniqueViolation:
            return None  # the partial unique index: another process claimed the account's symbol in this very moment

    async def take_over(self, execution_id: UUID) -> TakenOver | None:
        """An execution in flight whose lease ran out or whose worker is gone, with the new epoch; None when it is not so (any more)."""
        return await self._takeovers.submit(execution_id)

    async def protection_of(self, position_id: UUID) -> list[str]:
        """The client order ids of a position's stop and target orders that may stand at the exchange."""
        return await self._protections.submit(position_id)

    async def books_of(self, account_id: UUID) -> AccountBooks:
        """What the books say of an account: open positions, live orders, symbols that are being traded."""
        return await self._books.submit(account_id)

    async def book(self, booking: Booking) -> Booked:
        """Commit fills and what they prove."""
        return await self._bookings.submit(booking)

    async def sync_orders(self, records: list[Record]) -> set[str]:
        """Write what was found of orders over the versions that were read (ORD-08); answers the client order ids that somebody
        else has written meanwhile: nothing of theirs was changed."""
        return await self._syncs.submit(records)

    async def facts_of(self, execution_id: UUID) -> Facts | None:
        """The facts as they are now, without locking."""
        async with self._borrowed() as connection:
            return (await gather_facts(connection, [execution_id], lock=False)).get(execution_id)

    async def intend(self, write: Write) -> None:
        """Commit an intent before its bytes leave (promise 3). Raises LeaseLost, or LedgerUnavailable: then nothing may be sent."""
        if not await self._intents.submit(write):
            raise LeaseLost(str(write.execution_id))

    async def record(self, write: Write) -> None:
        """Commit what happened, trying again over a lost connection. Raises LeaseLost when another worker has taken over."""
        if not await self._results.submit(write):
            raise LeaseLost(str(write.execution_id))
        troubles.tell_written(write.records)

    async def query(self, statement: str, parameters: Sequence[Any] | Mapping[str, Any] = ()) -> list[dict[str, Any]]:
        """Run one statement outside the groups and answer its rows. Raises LedgerUnavailable."""
        async with self._borrowed() as connection, connection.cursor(row_factory=dict_row) as cursor:
            await cursor.execute(statement, parameters)
            return await cursor.fetchall()

    async def close(self) -> None:
        """Finish what is being written, then close every connection."""
        for group in (self._claims, self._takeovers, self._intents, self._protections, self._books, self._syncs):
            await group.close()
        await self._bookings.close()
        await self._results.close()
        if self._checking is not None:
            self._checking.cancel()
        if self._queries is not None:
            await self._queries.close()

    async def complete(self, signal_ids: set[UUID]) -> None:
        """Close the books of signals that nobody closed because their last two executions ended in the same moment."""
        async with self._borrowed() as connection, connection.transaction():
            await complete_signals(connection, signal_ids)

    async def connect(self) -> Connection:
        """An autocommit connection of one's own."""
        # Batches differ in size, and tables grow during a broadcast: a plan kept from its beginning is no good at its end.
        connection = await psycopg.AsyncConnection.connect(**self._parameters | {"prepare_threshold": None})
        await connection.execute(LOOK_UP_BY_KEY)
        await _hold_rows_shortly(connection)
        return connection

    async def _claim_all(self, connection: Connection, ids: list[UUID]) -> list[Claim | None]:
        return await claim_all(connection, ids, self.presence.number)

    async def _take_over_all(self, connection: Connection, ids: list[UUID]) -> list[TakenOver | None]:
        return await take_over_all(connection, ids, self.presence.number)

    @asynccontextmanager
    async def _borrowed(self) -> AsyncIterator[Connection]:
        if self._queries is None:
            pool = AsyncConnectionPool(
                "", kwargs=self._parameters, configure=_hold_rows_shortly, min_size=1, max_size=4, open=False, timeout=5,
                reconnect_timeout=DIAL_FOR_S,
            )  # fmt: skip
            self._queries = pool
            await pool.open()
        try:
            async with self._queries.connection() as connection:
                yield connection
        except PoolTimeout as error:
            raise LedgerUnavailable(str(error)) from error
        except LOST as error:
            await self._replace_dead(self._queries)
            raise LedgerUnavailable(str(error)) from error

    async def _replace_dead(self, pool: AsyncConnectionPool[Connection]) -> None:
        """Where one connection was lost the others are as well: else each would cost somebody a failure of their own. Goes on
        in the background: one that is silent instead of dead takes long to tell."""
        if self._checking is None or self._checking.done():
            self._checking = asyncio.create_task(_check(pool), name="ledger-check")
            await asyncio.sleep(0)  # it takes them all out of the pool before the next one borrows


async def _check(pool: AsyncConnectionPool[Connection]) -> None:
    with suppress(psycopg.Error):
        await pool.check()


async def _hold_rows_shortly(connection: Connection) -> None:
    await connection.execute(f"SET idle_in_transaction_session_timeout = {int(HELD_AT_MOST_S * 1000)}")


async def _read_protections(connection: Connection, position_ids: list[UUID]) -> list[list[str]]:
    cursor = await connection.execute(books.PROTECTION_ORDERS, [position_ids, position_ids])
    keys: dict[UUID, list[str]] = defaultdict(list)
    for position_id, key in await cursor.fetchall():
        keys[position_id].append(key)
    return [keys[position_id] for position_id in position_ids]

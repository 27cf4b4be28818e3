"""The ledger: every move of an execution on the asynchronous path, by group commit, along the table of moves.

Claims take the gates' decision inside the transaction that claims (architecture, promise 5). Writes carry the lease's
epoch: LeaseLost tells a worker that another one took its execution over.
"""

from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from signals import gates, troubles
from signals.facts import Facts
from signals.ledger import statements as sql
from signals.ledger.account_books import AccountBooks, read_account_books
from signals.ledger.fill_booking import Booked, Booking, book_all
from signals.ledger.gather_facts import gather_facts
from signals.ledger.group_commit import Connection, GroupCommit, LedgerUnavailable
from signals.ledger.presence import Presence
from signals.ledger.records import Record, as_json

# In this order within one transaction: what others refer to comes first.
STATEMENTS: dict[str, str] = {
    "positions_opened": sql.POSITIONS_OPENED,
    "positions_added": sql.POSITIONS_ADDED,
    "positions_confirmed": sql.POSITIONS_CONFIRMED,
    "sending": sql.SENDING,
    "unconfirmed": sql.UNCONFIRMED,
    "filled": sql.FILLED,
    "orders": sql.ORDERS,
    "order_answers": sql.ORDER_ANSWERS,
    "positions_protected": sql.POSITIONS_PROTECTED,
    "positions_closed": sql.POSITIONS_CLOSED,
    "protected": sql.PROTECTED,
    "openers_closed": sql.OPENERS_CLOSED,
    "closed": sql.CLOSED,
    "rejected": sql.REJECTED,
    "skipped": sql.SKIPPED,
    "release": sql.RELEASE,
    "give_back": sql.GIVE_BACK,
    "renew": sql.RENEW,
    "settings": sql.SETTINGS,
    "account_attention": sql.ACCOUNT_ATTENTION,
    "accounts_reconciled": sql.ACCOUNTS_RECONCILED,
    "events": sql.EVENTS,
    "events_once": sql.EVENTS_ONCE,
    "position_events": sql.POSITION_EVENTS,
}
MOVES_AN_EXECUTION = (
    "sending",
    "unconfirmed",
    "filled",
    "protected",
    "closed",
    "rejected",
    "skipped",
    "release",
    "give_back",
    "renew",
)
# What ends so has orders planned that never left us: its stop and target, and a skipped one its entry too.
ENDS_UNSENT = ("skipped", "rejected")
SETTLES = ("protected", "closed", "rejected", "skipped")


class LeaseLost(Exception):
    """Another worker took this execution over; whatever is left to do is theirs."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What was decided over a PENDING execution. With `Go` it is claimed and ours, `epoch` is the lease's; a `Skip` is written."""

    facts: Facts
    epoch: int
    decision: gates.Decision


@dataclass(slots=True)
class Write:
    """Records for several statements, written in one transaction or not at all."""

    execution_id: UUID | None
    signal_id: UUID | None = None
    records: dict[str, list[Record]] = field(default_factory=dict)

    def add(self, statement: str, **record: Any) -> "Write":
        self.records.setdefault(statement, []).append(record)
        return self


class Ledger:
    """One per process and loop. `parameters` are libpq's, for the autocommit connections that it opens."""

    def __init__(self, parameters: dict[str, Any]) -> None:
        self._parameters = {**parameters, "autocommit": True}
        self._queries: AsyncConnectionPool[Connection] | None = None
        connect = self.connect
        self.presence = Presence(connect)
        self._claims: GroupCommit[UUID, Claim | None] = GroupCommit("claims", connect=connect, run=self._claim_all)
        self._takeovers: GroupCommit[UUID, tuple[Facts, int] | None] = GroupCommit(
            "takeovers", connect=connect, run=self._take_over_all
        )
        self._intents: GroupCommit[Write, bool] = GroupCommit("intents", connect=connect, run=_write_all)
        self._protections: GroupCommit[UUID, list[str]] = GroupCommit(
            "protections", connect=connect, run=_read_protections, patience_s=2
        )
        self._books: GroupCommit[UUID, AccountBooks] = GroupCommit(
            "books", connect=connect, run=read_account_books, patience_s=2
        )
        self._bookings: GroupCommit[Booking, Booked] = GroupCommit(
            "bookings", connect=connect, run=book_all, patience_s=6
        )
        # What the exchange answered is worth waiting for: without it the recovery has to ask again.
        self._results: GroupCommit[Write, bool] = GroupCommit("results", connect=connect, run=_write_all, patience_s=6)

    async def claim(self, execution_id: UUID) -> Claim | None:
        """Decide over a PENDING execution and claim it; None when it is not pending, or another one took its symbol meanwhile."""
        try:
            return await self._claims.submit(execution_id)
        except psycopg.errors.UniqueViolation:
            return None  # the partial unique index: another process claimed the account's symbol in this very moment

    async def take_over(self, execution_id: UUID) -> tuple[Facts, int] | None:
        """An execution in flight whose lease ran out, with the new epoch; None when it is not so (any more)."""
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
        for group in (self._claims, self._takeovers, self._intents, self._protections, self._books):
            await group.close()
        await self._bookings.close()
        await self._results.close()
        if self._queries is not None:
            await self._queries.close()

    async def complete(self, signal_ids: set[UUID]) -> None:
        """Close the books of signals that nobody closed because their last two executions ended in the same moment."""
        async with self._borrowed() as connection, connection.transaction():
            await complete_signals(connection, signal_ids)

    async def connect(self) -> Connection:
        """An autocommit connection of one's own."""
        return await psycopg.AsyncConnection.connect(**self._parameters)

    async def _claim_all(self, connection: Connection, ids: list[UUID]) -> list[Claim | None]:
        return await _claim_all(connection, ids, self.presence.number)

    async def _take_over_all(self, connection: Connection, ids: list[UUID]) -> list[tuple[Facts, int] | None]:
        return await _take_over_all(connection, ids, self.presence.number)

    @asynccontextmanager
    async def _borrowed(self) -> AsyncIterator[Connection]:
        if self._queries is None:
            pool = AsyncConnectionPool("", kwargs=self._parameters, min_size=1, max_size=4, open=False, timeout=5)
            self._queries = pool
            await pool.open()
        try:
            async with self._queries.connection() as connection:
                yield connection
        except (psycopg.OperationalError, PoolTimeout) as error:
            raise LedgerUnavailable(str(error)) from error


async def _claim_all(connection: Connection, ids: list[UUID], owner: int | None) -> list[Claim | None]:
    """Decide over each execution under its subscription's lock, and write the decisions."""
    now = datetime.now(UTC)
    facts = await gather_facts(connection, ids)
    pending = {key: fact for key, fact in facts.items() if fact.state == "PENDING"}
    decisions = _one_per_symbol({key: gates.decide(fact, now=now) for key, fact in pending.items()}, pending)
    epochs = await _claim_rows(connection, decisions, pending, owner)
    skips = Write(None)
    for key, decision in decisions.items():
        if isinstance(decision, gates.Skip):
            _add_skip(skips, pending[key], decision, now)
            held = pending[key].position
            if decision.code == "same_side_ignored" and held is not None:
                skips.add("positions_confirmed", id=held.id, effective_at=pending[key].effective_at)
    moved = await _run_statements(connection, [skips])
    await complete_signals(connection, {pending[key].signal_id for key in moved})
    return [_claim_of(key, decisions, pending, epochs) if first else None for key, first in _firsts(ids)]


def _firsts(ids: list[UUID]) -> list[tuple[UUID, bool]]:
    """Each id with whether it is the first of its kind in the batch: rung twice at once, an execution has one owner."""
    seen: set[UUID] = set()
    return [(key, not (key in seen or seen.add(key))) for key in ids]  # type: ignore[func-returns-value]


def _claim_of(
    key: UUID, decisions: dict[UUID, gates.Decision], facts: dict[UUID, Facts], epochs: dict[UUID, int]
) -> Claim | None:
    decision = decisions.get(key)
    if decision is None or (isinstance(decision, gates.Go) and key not in epochs):
        return None
    return Claim(facts[key], epochs.get(key, facts[key].lease_epoch), decision)


def _one_per_symbol(decisions: dict[UUID, gates.Decision], facts: dict[UUID, Facts]) -> dict[UUID, gates.Decision]:
    """Within one batch, the oldest execution of an account's symbol goes; the others of that symbol wait for it.

    Two entries of one subscription wait for each other too: limits count what is in flight (I9).
    """
    taken: set[tuple[UUID, str]] = set()
    decided: dict[UUID, gates.Decision] = {}
    for key in sorted(decisions, key=lambda item: (facts[item].effective_at, facts[item].created_at)):
        fact, decision = facts[key], decisions[key]
        keys = {(fact.account_id, fact.symbol_key), (fact.subscription_id, "")}
        if isinstance(decision, gates.Go) and keys & taken:
            decision = gates.Wait()
        if isinstance(decision, gates.Go):
            taken |= keys
        decided[key] = decision
    return decided


async def _claim_rows(
    connection: Connection, decisions: dict[UUID, gates.Decision], facts: dict[UUID, Facts], owner: int | None
) -> dict[UUID, int]:
    records = []
    for key, decision in decisions.items():
        if not isinstance(decision, gates.Go):
            continue
        held = facts[key].position
        joins = held is not None and decision.work in (gates.Work.ADD, gates.Work.CLOSE)
        records.append({"id": str(key), "position_id": str(held.id) if joins and held else None})
    if not records:
        return {}
    cursor = await connection.execute(sql.CLAIM, [owner, Jsonb(records)])
    return {row[0]: row[1] for row in await cursor.fetchall()}


def _add_skip(write: Write, facts: Facts, skip: gates.Skip, now: datetime) -> None:
    write.add("skipped", id=facts.id, epoch=facts.lease_epoch, code=skip.code, params=skip.params, error_code=skip.code,
              error_message="", at=now)  # fmt: skip


async def _take_over_all(connection: Connection, ids: list[UUID], owner: int | None) -> list[tuple[Facts, int] | None]:
    cursor = await connection.execute(sql.TAKE_OVER, [owner, ids])
    epochs = {row[0]: row[1] for row in await cursor.fetchall()}
    facts = await gather_facts(connection, list(epochs), lock=False) if epochs else {}
    return [(facts[key], epochs[key]) if first and key in facts else None for key, first in _firsts(ids)]


async def _write_all(connection: Connection, writes: list[Write]) -> list[bool]:
    """Run the statements of all writes; False for a write whose execution was not ours to move."""
    moved = await _run_statements(connection, writes)
    settled = {
        write.signal_id
        for write in writes
        if write.signal_id is not None and any(name in write.records for name in SETTLES)
    }
    await complete_signals(connection, settled)
    return [write.execution_id is None or write.execution_id in moved or not _moves(write) for write in writes]


async def _read_protections(connection: Connection, position_ids: list[UUID]) -> list[list[str]]:
    cursor = await connection.execute(sql.PROTECTION_ORDERS, [position_ids, position_ids])
    keys: dict[UUID, list[str]] = defaultdict(list)
    for position_id, key in await cursor.fetchall():
        keys[position_id].append(key)
    return [keys[position_id] for position_id in position_ids]


def _moves(write: Write) -> bool:
    return any(name in write.records for name in MOVES_AN_EXECUTION)


async def _run_statements(connection: Connection, writes: list[Write]) -> set[UUID]:
    merged: dict[str, list[Record]] = defaultdict(list)
    for write in writes:
        for name, records in write.records.items():
            merged[name].extend(records)
    moved: set[UUID] = set()
    for name, statement in STATEMENTS.items():
        if name not in merged:
            continue
        cursor = await connection.execute(statement, [Jsonb(merged[name], dumps=as_json)])
        if name in MOVES_AN_EXECUTION:
            ids = {row[0] for row in await cursor.fetchall()}
            moved |= ids
            if name in ENDS_UNSENT and ids:
                await connection.execute(sql.ORDERS_UNSENT, [list(ids)])
    return moved


async def complete_signals(connection: Connection, signal_ids: set[UUID]) -> None:
    """Close the books of signals whose last execution was settled (WHK-10), and recompute their bots' figures (BOT-20)."""
    if not signal_ids:
        return
    cursor = await connection.execute(sql.SIGNALS_COMPLETED, [list(signal_ids)])
    bots = list({row[1] for row in await cursor.fetchall()})
    if bots:
        await connection.execute(sql.BOT_FIGURES, [bots, bots])

"""Writes: records for the statements of the ledger, merged over many executions and run in one transaction."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from signals.ledger import book_statements as books
from signals.ledger import statements as sql
from signals.ledger.group_commit import Connection
from signals.ledger.records import Record, as_json

# In this order within one transaction: what others refer to comes first.
STATEMENTS: dict[str, str] = {
    "positions_opened": books.POSITIONS_OPENED,
    "positions_added": books.POSITIONS_ADDED,
    "positions_confirmed": books.POSITIONS_CONFIRMED,
    "sending": sql.SENDING,
    "unconfirmed": sql.UNCONFIRMED,
    "filled": sql.FILLED,
    "orders": books.ORDERS,
    "exits": books.EXITS,
    "order_answers": books.ORDER_ANSWERS,
    "positions_protected": books.POSITIONS_PROTECTED,
    "positions_closed": books.POSITIONS_CLOSED,
    "protected": sql.PROTECTED,
    "protection_replaced": sql.PROTECTION_REPLACED,
    "openers_closed": sql.OPENERS_CLOSED,
    "closed": sql.CLOSED,
    "rejected": sql.REJECTED,
    "skipped": sql.SKIPPED,
    "release": sql.RELEASE,
    "give_back": sql.GIVE_BACK,
    "renew": sql.RENEW,
    "let_go": sql.LET_GO,
    "settings": books.SETTINGS,
    "margin_modes": books.MARGIN_MODES,
    "account_attention": books.ACCOUNT_ATTENTION,
    "accounts_reconciled": books.ACCOUNTS_RECONCILED,
    "events": books.EVENTS,
    "events_once": books.EVENTS_ONCE,
    "position_events": books.POSITION_EVENTS,
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


@dataclass(slots=True)
class Write:
    """Records for several statements, written in one transaction or not at all."""

    execution_id: UUID | None
    signal_id: UUID | None = None
    records: dict[str, list[Record]] = field(default_factory=dict)
    # Of its exits those that were not written: somebody else leaves the position, or has left it. Told when it is committed.
    refused: set[str] = field(default_factory=set)

    def add(self, statement: str, **record: Any) -> "Write":
        self.records.setdefault(statement, []).append(record)
        return self


async def write_all(connection: Connection, writes: list[Write]) -> list[bool]:
    """Run the statements of all writes; False for a write whose execution was not ours to move."""
    moved = await run_statements(connection, writes)
    settled = {
        write.signal_id
        for write in writes
        if write.signal_id is not None and any(name in write.records for name in SETTLES)
    }
    await complete_signals(connection, settled)
    return [write.execution_id is None or write.execution_id in moved or not _moves(write) for write in writes]


def _moves(write: Write) -> bool:
    return any(name in write.records for name in MOVES_AN_EXECUTION)


async def run_statements(connection: Connection, writes: list[Write]) -> set[UUID]:
    merged: dict[str, list[Record]] = defaultdict(list)
    for write in writes:
        for name, records in write.records.items():
            merged[name].extend(records)
    moved: set[UUID] = set()
    if "exits" in merged:
        merged["exits"] = _one_of_each_position(merged["exits"])
        # before anything else is locked, as bookings do it
        await connection.execute(books.EXITS_IN_TURN, [[record["position_id"] for record in merged["exits"]]])
    for name, statement in STATEMENTS.items():
        if name not in merged:
            continue
        cursor = await connection.execute(statement, [Jsonb(merged[name], dumps=as_json)])
        if name == "exits":
            _tell_refused(writes, {row[0] for row in await cursor.fetchall()})
        if name in MOVES_AN_EXECUTION:
            ids = {row[0] for row in await cursor.fetchall()}
            moved |= ids
            if name in ENDS_UNSENT and ids:
                await connection.execute(books.ORDERS_UNSENT, [list(ids)])
    return moved


def _one_of_each_position(exits: list[Record]) -> list[Record]:
    """The first: what is written by one statement does not see itself."""
    return list({record["position_id"]: record for record in reversed(exits)}.values())


def _tell_refused(writes: list[Write], written: set[UUID]) -> None:
    for write in writes:
        exits = write.records.get("exits", ())
        write.refused = {record["client_order_id"] for record in exits if record["id"] not in written}


async def sync_all(connection: Connection, asks: list[list[Record]]) -> list[set[str]]:
    """Write the orders of all asks over the versions that were read; answers for each ask the orders that were not written.

    Of two asks over the same version of an order in one group the first one has it, as in two transactions.
    """
    firsts: dict[str, Record] = {}
    for record in (record for ask in asks for record in ask):
        firsts.setdefault(record["client_order_id"], record)
    cursor = await connection.execute(books.ORDERS_SYNCED, [Jsonb(list(firsts.values()), dumps=as_json)])
    written = {row[0] for row in await cursor.fetchall()}
    return [
        {key for record in ask if (key := record["client_order_id"]) not in written or firsts[key] is not record}
        for ask in asks
    ]


async def complete_signals(connection: Connection, signal_ids: set[UUID]) -> None:
    """Close the books of signals whose last execution was settled (WHK-10), and recompute their bots' figures (BOT-20)."""
    if not signal_ids:
        return
    cursor = await connection.execute(books.SIGNALS_COMPLETED, [list(signal_ids)])
    bots = list({row[1] for row in await cursor.fetchall()})
    if bots:
        await connection.execute(books.BOT_FIGURES, {"bots": bots})

"""What the books say of accounts that are being compared with their exchange, read for many accounts at once."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from psycopg.rows import dict_row

from signals.facts import AccountKeys
from signals.ledger.group_commit import Connection
from signals.states import IN_FLIGHT_SQL, LIVE_ORDERS_SQL, UNSETTLED_SQL

ACCOUNTS = """
    SELECT id AS account_id, user_id, exchange, testnet, position_mode, sealed_keys, wrapped_data_key, key_id
    FROM exchanges_exchangeaccount WHERE id = ANY(%s) AND length(sealed_keys) > 0
"""
# Open positions, and closed ones whose fills are not all booked yet. Busy: an execution trades the symbol, or a close_all of the
# position's own subscription has not left it yet; one that cannot leave a symbol must not keep the watch from anything else (B8).
POSITIONS = f"""
    SELECT p.id, p.subscription_id, p.account_id, p.bot_id, p.symbol_key, p.market_type, p.side, p.quantity, p.opened_quantity,
           p.entry_price, p.stop_price, p.target_price, p.leverage, p.effective_at, p.opened_at, p.unprotected_ms,
           p.margin_mode, p.status, p.protected_at, p.fills_booked_at, p.closed_at,
           EXISTS (SELECT 1 FROM signals_execution e WHERE e.account_id = p.account_id AND e.symbol_key IN (p.symbol_key, '*')
                   AND (e.symbol_key <> '*' OR (e.subscription_id = p.subscription_id AND p.status = 'open'))
                   AND e.state IN ({IN_FLIGHT_SQL})) AS busy
    FROM signals_position p
    WHERE p.account_id = ANY(%s)
      AND (p.status = 'open' OR (p.fills_booked_at IS NULL AND p.closed_at > now() - interval '1 day'))
    ORDER BY p.opened_at, p.id
"""  # noqa: S608 -- constants
# Stops and targets that may stand, and orders whose end nobody heard, of executions that nobody is working on.
LIVE_ORDERS = f"""
    SELECT o.account_id, o.client_order_id, o.leg, o.status, o.version, o.exchange_order_id, o.created_at,
           coalesce(o.position_id, e.position_id) AS position_id, o.symbol_key, o.market_type, e.lease_until
    FROM signals_order o JOIN signals_execution e ON e.id = o.execution_id
    WHERE o.account_id = ANY(%s) AND o.status IN ({LIVE_ORDERS_SQL})
      AND (o.leg IN ('stop', 'target') OR o.status IN ('open', 'partial')
           OR o.updated_at < now() - CASE o.leg WHEN 'exit' THEN interval '1 s' ELSE interval '5 s' END)
      AND e.state NOT IN ({UNSETTLED_SQL})
"""  # noqa: S608 -- constants
BUSY_SYMBOLS = f"""
    SELECT DISTINCT e.account_id, e.symbol_key FROM signals_execution e
    WHERE e.account_id = ANY(%s) AND e.state IN ({IN_FLIGHT_SQL})
"""  # noqa: S608 -- constants
# Positions that stood through a full hour since their funding was last read; a payment is told some seconds after the hour.
FUNDING_DUE = """
    SELECT p.account_id, p.id, p.opened_at, p.symbol_key FROM signals_position p
    WHERE p.account_id = ANY(%s) AND p.market_type = 'futures'
      AND (p.status = 'open' OR p.closed_at > now() - interval '1 day')
      AND date_trunc('hour', least(coalesce(p.closed_at, now()), now() - interval '1 minute')) > p.opened_at
      AND (p.funding_read_at IS NULL
           OR p.funding_read_at < date_trunc('hour', least(coalesce(p.closed_at, now()), now() - interval '1 minute')))
"""
Row = dict[str, Any]


@dataclass(slots=True)
class AccountBooks:
    """One account's books at one moment. `keys` is None when the account has none (any more)."""

    keys: AccountKeys | None = None
    positions: list[Row] = field(default_factory=list)
    orders: list[Row] = field(default_factory=list)
    busy_symbols: list[str] = field(default_factory=list)
    funding_due: list[Row] = field(default_factory=list)


async def read_account_books(connection: Connection, account_ids: list[UUID]) -> list[AccountBooks]:
    """The books of each account asked for, in the order of the asks."""
    books: dict[UUID, AccountBooks] = defaultdict(AccountBooks)
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(ACCOUNTS, [account_ids])
        for row in await cursor.fetchall():
            books[row["account_id"]].keys = AccountKeys.from_row(row)
        await cursor.execute(POSITIONS, [account_ids])
        for row in await cursor.fetchall():
            books[row["account_id"]].positions.append(row)
        await cursor.execute(LIVE_ORDERS, [account_ids])
        for row in await cursor.fetchall():
            books[row["account_id"]].orders.append(row)
        await cursor.execute(BUSY_SYMBOLS, [account_ids])
        for row in await cursor.fetchall():
            books[row["account_id"]].busy_symbols.append(row["symbol_key"])
        await cursor.execute(FUNDING_DUE, [account_ids])
        for row in await cursor.fetchall():
            books[row["account_id"]].funding_due.append(row)
    return [books[account_id] for account_id in account_ids]

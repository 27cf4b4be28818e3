"""Reads the facts of executions in a handful of set-based statements, under their subscriptions' locks."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from psycopg.rows import dict_row

from exchanges.registry import all_venues
from exchanges.types import MarketType, PositionSide
from signals.facts import Facts, Held
from signals.ledger.daily_loss import DAILY_LOSS
from signals.ledger.group_commit import Connection
from signals.states import CLOSES, IN_FLIGHT, OPENS, UNSETTLED, Action, sql_list

# Counting and claiming must see each other: the subscription's row lock comes first, in its own statement, so that the
# statements after it read what the previous holder committed.
LOCK_SUBSCRIPTIONS = """
    SELECT s.id FROM subscriptions_subscription s
    WHERE s.id IN (SELECT e.subscription_id FROM signals_execution e WHERE e.id = ANY(%s))
    ORDER BY s.id FOR NO KEY UPDATE
"""

COMPARED_LATELY = timedelta(minutes=15)

PAPER_SQL = sql_list(
    venue.id for venue in all_venues() if venue.features.is_paper
)  # all that a test signal reaches (P20)
EXECUTIONS = f"""
    SELECT e.id, e.signal_id, e.subscription_id, e.user_id, e.bot_id, e.account_id, e.action, e.symbol_key, e.state,
           e.lease_epoch, e.attempts, e.position_id AS own_position_id, e.created_at, e.sent_at, e.filled_at,
           e.requested_quantity, e.reason_code, e.reason_params,
           sig.ticker, sig.price AS signal_price, sig.effective_at, least(sig.alert_time, sig.created_at) AS signalled_at,
           sig.created_at AS received_at, sig.source, newer.id AS superseded_by,
           b.manager_id, b.status AS bot_status, b.name AS bot_name, b.market_type, b.default_leverage, b.default_margin_usd,
           b.default_stop_loss_pct, b.default_take_profit_pct, b.default_margin_mode, b.allow_no_stop, b.opposite_policy,
           b.same_side_policy, b.max_signal_age_s,
           s.status AS subscription_status, s.custom_leverage, s.custom_margin_usd, s.custom_stop_loss_pct,
           s.custom_take_profit_pct, s.custom_margin_mode, s.stop_loss_enabled, s.take_profit_enabled,
           s.max_daily_loss_usd, s.max_concurrent_positions, s.max_price_deviation_pct,
           a.exchange, a.testnet, (a.is_active AND a.deleted_at IS NULL) AS account_active, a.status AS account_status,
           s.exchange_account_id <> e.account_id AS account_left,
           a.reconciled_at, (SELECT l.since FROM signals_lease l WHERE l.name = 'guardian') AS watched_since,
           a.position_mode, a.sealed_keys, a.wrapped_data_key, a.key_id,
           CASE WHEN st.updated_at > now() - interval '1 hour' THEN st.leverage END AS set_leverage,
           st.margin_mode AS set_margin_mode, coalesce(f.quantity, 0) AS foreign_quantity,
           EXISTS (SELECT 1 FROM exchanges_venuepause vp WHERE vp.exchange = a.exchange AND vp.market_type = b.market_type
                   AND vp.lifted_at IS NULL) AS entries_paused
    FROM signals_execution e
    JOIN signals_signal sig ON sig.id = e.signal_id
    JOIN bots_bot b ON b.id = e.bot_id
    JOIN subscriptions_subscription s ON s.id = e.subscription_id
    JOIN exchanges_exchangeaccount a ON a.id = e.account_id
    LEFT JOIN exchanges_symbolsetting st
           ON st.account_id = e.account_id AND st.market_type = b.market_type AND st.symbol_key = e.symbol_key
    LEFT JOIN signals_foreignholding f
           ON f.account_id = e.account_id AND f.market_type = b.market_type AND f.symbol_key = e.symbol_key
    LEFT JOIN LATERAL (
        SELECT n.id FROM signals_signal n
        WHERE n.bot_id = e.bot_id AND n.status = 'accepted' AND n.is_broadcast AND n.effective_at > sig.effective_at
          AND (NOT n.is_test OR a.exchange IN ({PAPER_SQL}))
          AND (n.action = 'close_all' OR (n.symbol_key = e.symbol_key AND (
                n.action = 'close' OR (n.action IN ('buy', 'sell') AND n.action <> e.action AND b.opposite_policy <> 'ignore'))))
        LIMIT 1
    ) newer ON e.action IN ('buy', 'sell')
    WHERE e.id = ANY(%s)
"""  # noqa: S608 -- a constant

POSITIONS = """
    SELECT p.id, p.subscription_id, p.account_id, p.bot_id, p.symbol_key, p.market_type, p.side, p.quantity, p.opened_quantity,
           p.entry_price, p.stop_price, p.target_price, p.leverage, p.effective_at, p.opened_at, p.unprotected_ms,
           p.margin_mode, b.name AS bot_name
    FROM signals_position p JOIN bots_bot b ON b.id = p.bot_id
    WHERE p.status = 'open' AND p.account_id = ANY(%s)
"""

UNSETTLED_EXECUTIONS = """
    SELECT e.id, e.subscription_id, e.account_id, e.symbol_key, e.state, e.action, e.position_id, sig.effective_at, sig.created_at
    FROM signals_execution e JOIN signals_signal sig ON sig.id = e.signal_id
    WHERE e.state = ANY(%s) AND e.account_id = ANY(%s)
"""


async def gather_facts(
    connection: Connection, execution_ids: Sequence[UUID], *, lock: bool = True
) -> dict[UUID, Facts]:
    """The facts of each execution that exists, read after locking its subscription for the rest of the transaction."""
    async with connection.cursor(row_factory=dict_row) as cursor:
        ids = list(execution_ids)
        if lock:
            await cursor.execute(LOCK_SUBSCRIPTIONS, [ids])
        await cursor.execute(EXECUTIONS, [ids])
        rows = await cursor.fetchall()
        accounts = list({row["account_id"] for row in rows})
        # Executions first: of one that ends in between the positions tell; the other way round it would be neither in flight nor
        # booked, and what it has sold would be sold again.
        await cursor.execute(UNSETTLED_EXECUTIONS, [list(UNSETTLED), accounts])
        unsettled = await cursor.fetchall()
        await cursor.execute(POSITIONS, [accounts])
        positions = await cursor.fetchall()
        await cursor.execute(DAILY_LOSS, {"subscriptions": list({row["subscription_id"] for row in rows})})
        losses = {row["subscription_id"]: row["loss"] for row in await cursor.fetchall()}
    by_account = _by_account(positions), _by_account(unsettled)
    return {row["id"]: _facts(row, by_account[0], by_account[1], losses) for row in rows}


def _by_account(rows: Iterable[dict[str, Any]]) -> dict[UUID, list[dict[str, Any]]]:
    found: dict[UUID, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        found[row["account_id"]].append(row)
    return found


def held_from(row: dict[str, Any]) -> Held:
    """A position row as `Held`."""
    fields = {name: row[name] for name in Held.__slots__}
    return Held(**{**fields, "side": PositionSide(row["side"]), "market_type": MarketType(row["market_type"])})


def _facts(
    row: dict[str, Any],
    positions: dict[UUID, list[dict[str, Any]]],
    unsettled: dict[UUID, list[dict[str, Any]]],
    losses: dict[UUID, Decimal],
) -> Facts:
    around = positions[row["account_id"]]
    others = [item for item in unsettled[row["account_id"]] if item["id"] != row["id"]]
    foreign = [
        item
        for item in around
        if item["subscription_id"] != row["subscription_id"]
        and item["symbol_key"] == row["symbol_key"]
        and item["market_type"] == row["market_type"]
    ]
    in_flight = [item for item in others if item["state"] in IN_FLIGHT]
    own = _for_it(row, [item for item in around if item["subscription_id"] == row["subscription_id"]], in_flight)
    held = {item["symbol_key"] for item in own}
    reconciled_at, watched_since = row.pop("reconciled_at"), row.pop("watched_since")
    blind = watched_since is not None and (reconciled_at is None or reconciled_at < watched_since)
    return Facts(
        **{
            **row,
            "market_type": MarketType(row["market_type"]),
            "sealed_keys": bytes(row["sealed_keys"]),
            "wrapped_data_key": bytes(row["wrapped_data_key"]),
        },
        positions=tuple(held_from(item) for item in own),
        others_quantity=sum((_signed(item) for item in foreign), Decimal(0)),
        others_holder=foreign[0]["bot_name"] if foreign else "",
        others_leverage=max((item["leverage"] for item in foreign), default=None),
        daily_loss_usd=losses.get(row["subscription_id"], Decimal(0)),
        entries_in_flight=sum(1 for item in in_flight if _is_new_entry(item, row, held)),
        busy=any(_blocks(item, row, held) for item in in_flight),
        is_compared=reconciled_at is not None and datetime.now(UTC) - reconciled_at < COMPARED_LATELY,
        unwatched=blind and any(item["opened_at"] < watched_since for item in around),
        waits_for_older=any(_goes_first(item, row) for item in others),
    )


def _for_it(row: dict[str, Any], own: list[dict[str, Any]], in_flight: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The subscription's positions, for a close_all without those that a close is leaving already: both would sell them."""
    if row["action"] != Action.CLOSE_ALL:
        return own
    leaving = {
        item["symbol_key"]
        for item in in_flight
        if item["action"] == Action.CLOSE and item["subscription_id"] == row["subscription_id"]
    }
    return [item for item in own if item["symbol_key"] not in leaving]


def _signed(item: dict[str, Any]) -> Decimal:
    quantity: Decimal = item["quantity"]
    return quantity if item["side"] == PositionSide.LONG else -quantity


def _is_new_entry(item: dict[str, Any], row: dict[str, Any], held: set[str]) -> bool:
    """An entry of the same subscription whose position row does not stand yet; not one that joins or turns what is `held`."""
    if item["subscription_id"] != row["subscription_id"] or item["symbol_key"] in held:
        return False
    return item["action"] in OPENS and item["position_id"] is None


def _blocks(item: dict[str, Any], row: dict[str, Any], held: set[str]) -> bool:
    """An execution in flight on the same account and symbol; close_all concerns every symbol of its subscription, but a close
    only on what is `held`: what close_all has not left yet would be sold twice, what it has left is waited for in vain."""
    if item["symbol_key"] == row["symbol_key"] and item["symbol_key"] != "*":
        return True
    if item["subscription_id"] != row["subscription_id"]:
        return False
    if row["action"] == Action.CLOSE and row["symbol_key"] not in held:
        return False
    if (item["action"], row["action"]) == (Action.CLOSE, Action.CLOSE_ALL) and held:
        return False  # that symbol is left without it, and one that cannot be left holds no other
    return Action.CLOSE_ALL in (item["action"], row["action"])


def _goes_first(item: dict[str, Any], row: dict[str, Any]) -> bool:
    """An older unsettled signal of the same subscription and symbol takes effect first (D9)."""
    if item["subscription_id"] != row["subscription_id"]:
        return False
    if item["symbol_key"] != row["symbol_key"] and item["action"] not in CLOSES:
        return False
    return (item["effective_at"], item["created_at"]) < (row["effective_at"], row["received_at"])

"""Reads the book of some accounts from the database: a handful of set-based statements, no ORM rows, no sealed keys."""

from collections.abc import Iterator, Sequence
from dataclasses import fields
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar
from uuid import UUID

from django.db import connection

from exchanges.types import MarketType
from signals.invariants.book import (
    Book,
    ExecutionRecord,
    OrderRecord,
    PositionRecord,
    SignalRecord,
    Stop,
    SubscriptionRecord,
)

Row = TypeVar("Row")

SIGNALS = """
    SELECT sig.id, sig.bot_id, sig.action, sig.symbol_key, sig.is_broadcast, sig.is_test, sig.status = 'accepted' AS accepted,
        sig.created_at, coalesce(sig.alert_time, sig.created_at) AS signalled_at, b.max_signal_age_s, sig.total_subscribers,
        sig.successful_executions, sig.failed_executions, sig.skipped_executions, sig.completed_at
    FROM signals_signal sig JOIN bots_bot b ON b.id = sig.bot_id
    WHERE sig.status = 'accepted' AND sig.created_at >= coalesce(%(since)s, '-infinity'::timestamptz)
      AND EXISTS (SELECT 1 FROM subscriptions_subscription s WHERE s.bot_id = sig.bot_id AND s.exchange_account_id = ANY(%(accounts)s))
"""
# Every execution of those signals (their counters are checked), and all others of the accounts.
EXECUTIONS = """
    SELECT e.id, e.signal_id, e.subscription_id, e.bot_id, e.account_id, e.position_id, b.market_type, e.action, e.symbol_key,
        e.state, e.protection, e.reason_code, e.executed_quantity, e.created_at, e.claimed_at, e.sent_at, e.completed_at,
        e.closed_at
    FROM signals_execution e JOIN bots_bot b ON b.id = e.bot_id
    WHERE e.account_id = ANY(%(accounts)s) OR e.signal_id = ANY(%(signals)s)
"""
ORDERS = """
    SELECT o.client_order_id, o.exchange_order_id, o.triggered_order_id, o.execution_id,
        coalesce(o.position_id, e.position_id) AS position_id, o.account_id, o.symbol_key, o.market_type, o.leg, o.status,
        o.quantity, o.filled_quantity, o.created_at, o.updated_at, o.context::text || ' ' || o.error_message AS text
    FROM signals_order o JOIN signals_execution e ON e.id = o.execution_id WHERE o.account_id = ANY(%(accounts)s)
"""
POSITIONS = """
    SELECT p.id, p.subscription_id, p.account_id, p.symbol_key, p.market_type, p.side, p.status, p.quantity, p.entry_price,
        p.stop_price, p.target_price, p.realized_pnl, p.funding, p.exit_reason, p.opened_at, p.closed_at,
        p.fills_booked_at,
        coalesce(sum(f.quantity) FILTER (WHERE f.side = s.entry), 0) AS entered,
        coalesce(sum(f.quantity) FILTER (WHERE f.side <> s.entry), 0) AS left,
        coalesce(sum(f.quantity * f.price) FILTER (WHERE f.side = s.entry), 0) AS paid,
        coalesce(sum(f.quantity * f.price) FILTER (WHERE f.side <> s.entry), 0) AS got,
        coalesce(sum(f.quantity) FILTER (WHERE f.side <> s.entry AND f.order_id IS NULL), 0) AS elsewhere,
        coalesce(sum(f.fee_usd), 0) AS fees
    FROM signals_position p
    CROSS JOIN LATERAL (SELECT CASE p.side WHEN 'long' THEN 'buy' ELSE 'sell' END AS entry) s
    LEFT JOIN signals_fill f ON f.position_id = p.id
    WHERE p.account_id = ANY(%(accounts)s) GROUP BY p.id
"""
# When entries were stopped: exactly where the row says so; for a pause, its last change is the latest moment it can have been.
SUBSCRIPTIONS = """
    SELECT s.id, s.bot_id, s.exchange_account_id AS account_id, u.time_zone, s.max_concurrent_positions, s.max_daily_loss_usd,
        s.status = 'active' AND a.is_active AND a.deleted_at IS NULL AS is_active, s.created_at, s.updated_at AS changed_at,
        a.updated_at AS account_changed_at, t.at AS stopped_at, coalesce(t.why, '') AS stopped_why
    FROM subscriptions_subscription s
    JOIN accounts_user u ON u.id = s.user_id
    JOIN bots_bot b ON b.id = s.bot_id
    JOIN exchanges_exchangeaccount a ON a.id = s.exchange_account_id
    LEFT JOIN LATERAL (
        SELECT v.at, v.why FROM (VALUES (s.cancelled_at, 'subscription_inactive'), (a.deleted_at, 'account_inactive'),
            (b.archived_at, 'bot_archived'),
            (CASE WHEN s.status = 'paused' THEN s.updated_at END, 'subscription_inactive')) AS v(at, why)
        WHERE v.at IS NOT NULL ORDER BY v.at LIMIT 1
    ) t ON true
    WHERE s.exchange_account_id = ANY(%(accounts)s)
"""
FOREIGN = """
    SELECT account_id, symbol_key, quantity FROM signals_foreignholding
    WHERE account_id = ANY(%(accounts)s) AND market_type = 'futures' AND quantity <> 0
"""
# A bot's pauses stand in the audit log with their times; a subscription's do not.
PAUSES = """
    SELECT (l.details->>'bot')::uuid AS bot_id, l.event, l.at FROM accounts_auditentry l
    WHERE l.event IN ('bot_paused', 'bot_resumed') AND (l.details->>'bot')::uuid = ANY(%(bots)s) ORDER BY l.id
"""
ATTENTION = "SELECT id FROM exchanges_exchangeaccount WHERE id = ANY(%(accounts)s) AND status = 'needs_attention'"


def read_book(
    account_ids: Sequence[UUID], *, since: datetime | None = None, answered: frozenset[UUID] | None = None
) -> Book:
    """The rows of these accounts, and the signals (from `since` on) of the bots that they follow."""
    asked: dict[str, Any] = {"accounts": list(account_ids), "since": since}
    signals = _records(SignalRecord, SIGNALS, asked)
    asked["signals"] = [signal.id for signal in signals]
    subscriptions = _records(SubscriptionRecord, SUBSCRIPTIONS, asked)
    asked["bots"] = list({subscription.bot_id for subscription in subscriptions})
    return Book(
        signals=signals,
        executions=_records(ExecutionRecord, EXECUTIONS, asked),
        orders=_records(OrderRecord, ORDERS, asked),
        positions=_records(PositionRecord, POSITIONS, asked),
        subscriptions=subscriptions,
        foreign=_foreign(asked),
        needs_attention=frozenset(row["id"] for row in _rows(ATTENTION, asked)),
        stops=tuple(_stops(_rows(PAUSES, asked), subscriptions)),
        answered=answered,
    )


def _stops(entries: list[dict[str, Any]], subscriptions: Sequence[SubscriptionRecord]) -> Iterator[Stop]:
    """Every pause of a bot, as a span for each of its subscriptions."""
    began: dict[UUID, datetime] = {}
    spans: list[tuple[UUID, datetime, datetime | None]] = []
    for entry in entries:
        if entry["event"] == "bot_paused":
            began.setdefault(entry["bot_id"], entry["at"])
        elif entry["bot_id"] in began:
            spans.append((entry["bot_id"], began.pop(entry["bot_id"]), entry["at"]))
    spans += [(bot_id, at, None) for bot_id, at in began.items()]
    for bot_id, since, until in spans:
        for subscription in subscriptions:
            if subscription.bot_id == bot_id:
                yield Stop(subscription.id, since, until, "bot_paused")


def _foreign(asked: dict[str, Any]) -> dict[tuple[UUID, str], Decimal]:
    return {(row["account_id"], row["symbol_key"]): row["quantity"] for row in _rows(FOREIGN, asked)}


def _records(kind: type[Row], statement: str, asked: dict[str, Any]) -> tuple[Row, ...]:
    names = {field.name for field in fields(kind)}  # type: ignore[arg-type]
    found = []
    for row in _rows(statement, asked):
        values = {name: value for name, value in row.items() if name in names}
        if "market_type" in values:
            values["market_type"] = MarketType(values["market_type"])
        found.append(kind(**values))
    return tuple(found)


def _rows(statement: str, asked: dict[str, Any]) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, asked)
        columns = [column.name for column in cursor.description or ()]
        return [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]

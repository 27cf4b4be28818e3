"""Who gets an execution of a signal (D29), in one INSERT … SELECT: 1,000 rows cost some 20 ms, not a second."""

from typing import Any
from uuid import UUID

from django.db import connection

from bots.models import Bot, MarketType
from exchanges.registry import all_venues
from signals.models import Signal
from signals.states import CLOSES, UNSETTLED_SQL, Action

# The order of the broadcast is a draw by a hash of signal and subscription; its rank is stored (D29).
INSERT = """
    INSERT INTO signals_execution (id, signal_id, subscription_id, user_id, bot_id, account_id, action, symbol_key, state,
        protection, rank, margin_mode, exchange_order_id, stop_loss_order_id, take_profit_order_id, reason_code, reason_params,
        error_code, error_message, attempts, lease_epoch, created_at, queued_at)
    SELECT gen_random_uuid(), %(signal)s, s.id, s.user_id, s.bot_id, a.id, %(action)s, %(symbol)s, 'PENDING',
        'none', row_number() OVER (ORDER BY md5(%(signal)s::text || s.id::text)), '', '', '', '', '', '{{}}',
        '', '', 0, 0, %(at)s, clock_timestamp()
    FROM subscriptions_subscription s
    JOIN exchanges_exchangeaccount a ON a.id = {account}
    WHERE s.bot_id = %(bot)s AND {condition}
    ORDER BY md5(%(signal)s::text || s.id::text)
    RETURNING id
"""
OWN_ACCOUNT = "s.exchange_account_id"
# What is closed is closed where it stands. A subscription never holds on two accounts: it changes its account only while it holds
# nothing, and what would enter on the former one is refused at its claim (`account_changed`).
HOLDING_ACCOUNT = """coalesce((
    SELECT p.account_id FROM signals_position p WHERE p.subscription_id = s.id AND p.status = 'open'
    AND (%(symbol)s = '*' OR p.symbol_key = %(symbol)s) LIMIT 1), s.exchange_account_id)
"""
ACTIVE = "(s.status = 'active' AND a.is_active AND a.deleted_at IS NULL)"
# Holders, whatever the status of subscription or account (D1), and those whose entry is still on its way.
HOLDERS = f"""(
    EXISTS (SELECT 1 FROM signals_position p WHERE p.subscription_id = s.id AND p.status = 'open'
            AND (%(symbol)s = '*' OR p.symbol_key = %(symbol)s))
    OR EXISTS (SELECT 1 FROM signals_execution e WHERE e.subscription_id = s.id AND e.action IN ('buy', 'sell')
            AND e.state IN ({UNSETTLED_SQL})
            AND (%(symbol)s = '*' OR e.symbol_key = %(symbol)s)))
"""  # noqa: S608 -- constants


def insert_executions(signal: Signal, bot: Bot, *, subscription_id: UUID | None = None) -> list[UUID]:
    """One PENDING execution per subscription concerned, in the order of the draw. Call inside the signal's transaction."""
    account, condition = OWN_ACCOUNT, ACTIVE
    if signal.action in CLOSES:
        account, condition = HOLDING_ACCOUNT, HOLDERS
    elif bot.market_type == MarketType.SPOT and signal.action == Action.SELL:
        account, condition = HOLDING_ACCOUNT, f"({ACTIVE} OR {HOLDERS})"  # it closes: holders are never left out
    if subscription_id is not None:
        condition += " AND s.id = %(subscription)s"
    if signal.is_test:
        condition += " AND a.exchange = ANY(%(paper)s)"  # a test never trades real money (P20)
    parameters: dict[str, Any] = {
        "signal": signal.id, "bot": bot.id, "action": signal.action, "symbol": signal.symbol_key, "at": signal.created_at,
        "subscription": subscription_id,
        "paper": [venue.id for venue in all_venues() if venue.features.is_paper],
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(INSERT.format(account=account, condition=condition), parameters)
        return [row[0] for row in cursor.fetchall()]

"""A client who follows a bot and has traded, and browsers for them."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from accounts.models import Role, User
from signals.states import State
from subscriptions.models import Subscription
from tests.trading_world import (
    make_bot,
    make_execution,
    make_order,
    make_position,
    make_signal,
    make_subscription,
    make_user,
)


def browser_of(user: User | None, **extra: Any) -> Client:
    client = Client(**extra)
    if user is not None:
        client.force_login(user)
    return client


def trade(subscription: Subscription, number: int = 0) -> None:
    """One protected position, one closed one, and one execution that was not copied."""
    symbol = f"SYM{number}USDT"
    held = make_position(subscription, symbol_key=symbol, stop_price=Decimal(94000), target_price=Decimal(99000))
    entry = make_execution(make_signal(subscription.bot, symbol_key=symbol), subscription, position=held)
    make_order(entry, position=held)
    make_position(subscription, exit_price=Decimal(96000), realized_pnl=Decimal("12.30"), exit_reason="take_profit")
    refused = {"reason_code": "max_positions", "reason_params": {"value": "3", "limit": "3"}}
    make_execution(make_signal(subscription.bot), subscription, State.SKIPPED, **refused)


@pytest.fixture
def follower(db: None) -> Subscription:
    subscription = make_subscription(make_bot(make_user(Role.MANAGER)), make_user(Role.CLIENT))
    trade(subscription)
    return subscription

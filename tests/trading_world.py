"""People, bots, accounts, signals and what came of them, as rows: for tests of everything that reads or offers them."""

import uuid
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import Role, User
from bots.lifecycle import create_bot
from bots.models import Bot
from exchanges.models import AccountStatus, ExchangeAccount
from signals.models import Execution, Fill, Order, Position, Signal
from signals.states import State
from subscriptions.models import Subscription

_numbers = count(1)
SECRET = "demo-secret-1"


def make_user(role: str = Role.CLIENT, **fields: Any) -> User:
    number = next(_numbers)
    values = {"email": f"{role}{number}@example.org", "name": f"{role} {number}", "language": "en", **fields}
    staff = role != Role.CLIENT
    return User.objects.create_user(password="a-long-password", role=role, is_staff=staff, **values)


def make_bot(manager: User | None = None, **fields: Any) -> Bot:
    number = next(_numbers)
    values = {"name": f"Bot {number}", "master_webhook_path": f"bot-{number}", **fields}
    return create_bot(manager=manager or make_user(Role.MANAGER), master_secret=SECRET, **values)


def make_account(user: User, **fields: Any) -> ExchangeAccount:
    values = {"exchange": "paper", "name": "Paper", "status": AccountStatus.VERIFIED, "is_main": True, **fields}
    if values["is_main"] and ExchangeAccount.objects.filter(user=user, is_main=True).exists():
        values["is_main"] = False
    return ExchangeAccount.objects.create(user=user, **values)


def make_subscription(bot: Bot | None = None, user: User | None = None, **fields: Any) -> Subscription:
    user = user or make_user()
    account = fields.pop("exchange_account", None) or make_account(user)
    return Subscription.objects.create(user=user, bot=bot or make_bot(), exchange_account=account, **fields)


def make_signal(bot: Bot, at: datetime | None = None, **fields: Any) -> Signal:
    at = at or timezone.now()
    values = {
        "ticker": "BTCUSDT.P",
        "symbol_key": "BTCUSDT",
        "action": "buy",
        "price": Decimal("95000"),
        "source_ip": "127.0.0.1",
        "payload": {"ticker": "BTCUSDT.P", "action": "buy"},
        "duplicate_key": uuid.uuid4().hex,
        "effective_at": at,
        **fields,
    }
    return Signal.objects.create(bot=bot, created_at=at, **values)


def make_execution(
    signal: Signal, subscription: Subscription, state: str = State.PROTECTED, **fields: Any
) -> Execution:
    at = signal.created_at
    settled = state not in (State.PENDING, State.CLAIMED, State.SENDING, State.UNCONFIRMED, State.FILLED)
    values = {
        "action": signal.action,
        "symbol_key": signal.symbol_key,
        "completed_at": at + timedelta(milliseconds=200) if settled else None,
        "execution_time_ms": 200 if settled else None,
        "protection": "both",
        **fields,
    }
    return Execution.objects.create(
        signal=signal,
        subscription=subscription,
        user=subscription.user,
        bot=subscription.bot,
        account=subscription.exchange_account,
        state=state,
        created_at=at,
        **values,
    )


def make_position(subscription: Subscription, at: datetime | None = None, **fields: Any) -> Position:
    """An open long of 0.1 BTC at 95,000 with 10x; `exit_price` closes it one minute later."""
    at = at or timezone.now()
    values = {
        "symbol_key": "BTCUSDT",
        "side": "long",
        "leverage": 10,
        "quantity": Decimal("0.1"),
        "opened_quantity": Decimal("0.1"),
        "entry_price": Decimal("95000"),
        **fields,
    }
    if "exit_price" in values:
        closed = {"status": "closed", "quantity": Decimal(0), "closed_at": at + timedelta(minutes=1)}
        values = {**closed, **values}
    return Position.objects.create(
        subscription=subscription,
        bot=subscription.bot,
        user=subscription.user,
        account=subscription.exchange_account,
        exchange=subscription.exchange_account.exchange,
        market_type=subscription.bot.market_type,
        effective_at=at,
        opened_at=at,
        **values,
    )


def make_order(execution: Execution, **fields: Any) -> Order:
    values = {
        "leg": "entry",
        "side": "buy",
        "kind": "market",
        "quantity": Decimal("0.1"),
        "client_order_id": f"b{uuid.uuid4().hex[:17]}",
        "status": "filled",
        **fields,
    }
    return Order.objects.create(
        execution=execution,
        account=execution.account,
        symbol_key=execution.symbol_key,
        market_type=execution.bot.market_type,
        created_at=execution.created_at,
        **values,
    )


def make_fill(order: Order, **fields: Any) -> Fill:
    values = {"price": Decimal("95000"), "quantity": order.quantity, "filled_at": order.created_at, **fields}
    return Fill.objects.create(
        account=order.account,
        user=order.account.user,
        order=order,
        market_type=order.market_type,
        symbol_key=order.symbol_key,
        trade_id=uuid.uuid4().hex,
        exchange_order_id="1",
        side=order.side,
        **values,
    )


def api_of(user: User | None) -> APIClient:
    """The API as `user` sees it; None is nobody."""
    client = APIClient(HTTP_ACCEPT_LANGUAGE="en")
    if user is not None:
        client.force_authenticate(user)
    return client

"""When a dashboard has an account's balances read again: at once after a trade, else seldom (DSH-01)."""

from datetime import timedelta
from decimal import Decimal
from queue import Empty

import pytest
from celery import current_app
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from exchanges.balances import Worth, store_worth
from exchanges.models import BalanceSnapshot, ExchangeAccount
from signals.dashboard import traded_since_read
from subscriptions.models import Subscription
from tests.front.conftest import browser_of
from tests.trading_world import make_position, make_subscription

pytestmark = pytest.mark.django_db


@pytest.fixture
def subscription() -> Subscription:
    return make_subscription()


@pytest.fixture
def visitor(subscription: Subscription) -> Client:
    return browser_of(subscription.user)


def read_before(account: ExchangeAccount, **ago: float) -> None:
    taken_at = timezone.now() - timedelta(**ago)
    BalanceSnapshot.objects.create(account=account, taken_at=taken_at, equity=1, free=1, balances=[])


def rung() -> list[tuple[str, bool]]:
    """(account, whether for later) of every waiting task, oldest first; takes them away."""
    found = []
    with current_app.connection_for_read() as connection, connection.SimpleQueue("default") as waiting:
        while True:
            try:
                message = waiting.get(block=False)
            except Empty:
                return found
            message.ack()
            found.append((message.payload[0][0], message.headers["eta"] is not None))


def look(visitor: Client, times: int = 1) -> list[tuple[str, bool]]:
    for _ in range(times):
        assert visitor.get("/dashboard/live/").status_code == 200
    return rung()


def test_without_a_trade_balances_are_read_seldom(visitor: Client, subscription: Subscription) -> None:
    account = subscription.exchange_account
    read_before(account, seconds=5)

    assert look(visitor, 3) == [(str(account.pk), False)]


def test_a_trade_has_them_read_at_once_and_what_comes_too_soon_once_more(
    visitor: Client, subscription: Subscription
) -> None:
    account = subscription.exchange_account
    read_before(account, seconds=5)
    look(visitor)
    make_position(subscription)

    asked = look(visitor, 5)

    assert asked[0] == (str(account.pk), False)
    # two seconds may end between the looks: then the next one is at once again
    assert 2 <= len(asked) <= 4
    assert any(later for _, later in asked)


def test_a_close_after_the_reading_that_was_put_off_is_read_too(visitor: Client, subscription: Subscription) -> None:
    account = subscription.exchange_account
    read_before(account, seconds=5)
    look(visitor)
    make_position(subscription)
    look(visitor, 2)
    cache.delete(f"balances-soon-{account.pk}")  # its time came: it was read
    read_before(account, seconds=0)
    make_position(subscription, symbol_key="ETHUSDT")

    assert len(look(visitor, 3)) >= 1


def test_what_is_traded_while_balances_are_read_has_them_read_once_more(subscription: Subscription) -> None:
    account = subscription.exchange_account
    asked_at = timezone.now()
    make_position(subscription)

    store_worth(account, Worth(Decimal(1), Decimal(1), []), asked_at=asked_at)
    store_worth(account, Worth(Decimal(1), Decimal(1), []), asked_at=asked_at)
    assert rung() == [(str(account.pk), True)]

    store_worth(account, Worth(Decimal(1), Decimal(1), []))
    assert rung() == []


def test_only_a_change_after_the_reading_counts(subscription: Subscription) -> None:
    account = subscription.exchange_account
    make_position(subscription)
    assert traded_since_read(account) is False  # never read: nothing is older than the trade

    read_before(account, seconds=5)
    assert traded_since_read(account) is True

    read_before(account, seconds=0)
    assert traded_since_read(account) is False

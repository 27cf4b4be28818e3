"""The keys of a deleted account live while something is left to be done with them, and at most a day longer than its positions
(D8, D13)."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from exchanges.lifecycle import delete_account, destroy_idle_keys
from exchanges.models import ExchangeAccount
from signals.models import Order, Position
from subscriptions.models import Subscription
from tests.trading_world import make_execution, make_order, make_position, make_signal, make_subscription

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def subscription() -> Subscription:
    made = make_subscription()
    ExchangeAccount.objects.update(sealed_keys=b"sealed", wrapped_data_key=b"wrapped", key_id="k1")
    made.exchange_account.refresh_from_db()
    return made


def closed(subscription: Subscription, **fields: Any) -> Position:
    """Stood for two minutes of this hour or the last one, and is wholly booked."""
    at = within_an_hour(timezone.now() - timedelta(minutes=10))
    booked = {
        "fills_booked_at": timezone.now(),
        "status": "closed",
        "quantity": 0,
        "closed_at": at + timedelta(minutes=2),
    }
    return make_position(subscription, at, **{**booked, **fields})


def within_an_hour(at: datetime) -> datetime:
    """`at`, or a few minutes earlier: no full hour within the two minutes that follow."""
    return at if at.minute < 57 else at - timedelta(minutes=5)


def unbooked(subscription: Subscription) -> Position:
    return closed(subscription, fills_booked_at=None)


def with_funding_to_be_read(subscription: Subscription) -> Position:
    hour = timezone.now().astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    position = closed(subscription, closed_at=hour + timedelta(seconds=1))
    Position.objects.filter(pk=position.pk).update(opened_at=hour - timedelta(minutes=1))
    return position


def with_an_order(status: str, leg: str) -> Callable[[Subscription], Position]:
    def hold(subscription: Subscription) -> Position:
        position = closed(subscription)
        execution = make_execution(make_signal(subscription.bot), subscription, position=position)
        make_order(execution, leg=leg, status=status)
        return position

    return hold


def delete(subscription: Subscription) -> None:
    delete_account(subscription.exchange_account, user=subscription.user, close_positions=None)


def has_keys() -> bool:
    return bool(ExchangeAccount.objects.get().key_id)


UNFINISHED = {
    "fills that are not booked": unbooked,
    "funding that was not read": with_funding_to_be_read,
    "a stop that stands": with_an_order("open", "stop"),
    "an exit of which nobody knows": with_an_order("unknown", "exit"),
}


@pytest.mark.parametrize("leave", UNFINISHED.values(), ids=UNFINISHED.keys())
def test_keys_live_until_the_work_is_done(
    subscription: Subscription, leave: Callable[[Subscription], Position]
) -> None:
    leave(subscription)

    delete(subscription)

    assert (destroy_idle_keys(), has_keys()) == (0, True)
    Position.objects.update(fills_booked_at=timezone.now(), funding_read_at=timezone.now())
    Order.objects.update(status="cancelled")
    assert (destroy_idle_keys(), has_keys()) == (1, False)


@pytest.mark.parametrize("leave", UNFINISHED.values(), ids=UNFINISHED.keys())
def test_they_live_for_a_day_at_most(subscription: Subscription, leave: Callable[[Subscription], Position]) -> None:
    position = leave(subscription)
    delete(subscription)
    long_ago = timezone.now() - DAY - timedelta(minutes=1)
    ExchangeAccount.objects.update(deleted_at=long_ago)
    Position.objects.filter(pk=position.pk).update(opened_at=long_ago - timedelta(hours=2), closed_at=long_ago)

    assert (destroy_idle_keys(), has_keys()) == (1, False)


def test_the_day_begins_when_what_was_left_to_its_stops_is_closed(subscription: Subscription) -> None:
    with_an_order("open", "target")(subscription)
    delete(subscription)
    ExchangeAccount.objects.update(deleted_at=timezone.now() - 7 * DAY)

    assert (destroy_idle_keys(), has_keys()) == (0, True)


def test_what_is_booked_and_tidied_up_keeps_no_keys(subscription: Subscription) -> None:
    closed(subscription)
    with_an_order("filled", "exit")(subscription)
    others = make_subscription()
    unbooked(others)

    delete(subscription)

    assert ExchangeAccount.objects.get(pk=subscription.exchange_account_id).key_id == ""

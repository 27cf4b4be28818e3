"""Accounts that cannot be asked take no turn from the others, however many they are (promise 7, ORD-09)."""

import asyncio
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any
from unittest.mock import AsyncMock
from uuid import UUID

import pytest
from django.utils import timezone

from accounts.models import User
from exchanges.models import ExchangeAccount
from signals import guardian, price_watch
from signals.desk import Desk
from signals.guardian import Guardian
from signals.models import ForeignHolding, Order, Position
from signals.price_watch import PriceWatch
from subscriptions.models import Subscription
from tests.flow.world import World

AWAY = 5
MINUTES_AWAY, MINUTES_UNSEEN = 10, 9
SEEN = "SELECT 1 FROM exchanges_exchangeaccount WHERE id = %s AND reconciled_at > now() - interval '1 minute'"
Question = Callable[[PriceWatch, Collection[UUID]], Any]


@pytest.fixture(autouse=True)
def few_places(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(price_watch, "MOST_DUE", 2)


def minutes_ago(minutes: int) -> datetime:
    return timezone.now() - timedelta(minutes=minutes)


def nobody(exchange: str, testnet: bool) -> Any:
    raise AssertionError("no price is needed")


def without_prices(exchange: str, testnet: bool) -> Any:
    """No price touches anything: accounts are looked at in their turn only."""
    return SimpleNamespace(prices=AsyncMock(return_value={}))


def copy_of(row: Any, **changes: Any) -> Any:
    """The same row once more, but for `changes`; not stored."""
    names = [field.attname for field in row._meta.concrete_fields if field.attname != "id"]
    return type(row)(**{**{name: getattr(row, name) for name in names}, **changes})


def holding(world: World) -> Subscription:
    """A client with a position, whose account nobody has looked at for nine minutes."""
    client = world.client(world.bot())
    world.trade(client.bot, "buy")
    look_at(client.exchange_account_id, MINUTES_UNSEEN)
    return client


def look_at(account_id: UUID, minutes: int) -> None:
    ExchangeAccount.objects.filter(pk=account_id).update(reconciled_at=minutes_ago(minutes))


def more_like(client: Subscription, exchange: str) -> list[UUID]:
    """Other accounts with the same position at `exchange`, which have waited for longer."""
    position, account = Position.objects.get(subscription=client), client.exchange_account
    for number in range(AWAY):
        user = User.objects.create(email=f"away{number}@test.local", password="!")
        other = copy_of(account, user_id=user.pk, exchange=exchange, reconciled_at=minutes_ago(MINUTES_AWAY))
        other.save()
        follows = Subscription.objects.create(user=user, bot=client.bot, exchange_account=other)
        copy_of(position, user_id=user.pk, account_id=other.pk, subscription_id=follows.pk, exchange=exchange).save()
    return list(ExchangeAccount.objects.exclude(pk=account.pk).values_list("pk", flat=True))


def leave_orders() -> None:
    """A stop of each position outlives it: the older ones first."""
    stop = Order.objects.get(leg="stop")
    closed_first = Position.objects.order_by("account__reconciled_at")
    for number, position in enumerate(closed_first):
        if position.pk != stop.position_id:
            copy_of(stop, account_id=position.account_id, position_id=position.pk, client_order_id=f"c{number}").save()
        changed = minutes_ago(60 - number)
        Order.objects.filter(position=position, leg="stop").update(status="open", updated_at=changed)
    Order.objects.exclude(leg="stop").update(status="filled")
    Position.objects.update(status="closed", quantity=0, closed_at=minutes_ago(5), funding_read_at=timezone.now())


def leave_funding() -> None:
    """Funding of each closed position is to be read: the older ones first."""
    Order.objects.update(status="filled")
    for number, position in enumerate(Position.objects.order_by("account__reconciled_at")):
        closed = minutes_ago(600 - number)
        left = {"status": "closed", "quantity": 0, "opened_at": closed - timedelta(hours=2), "closed_at": closed}
        Position.objects.filter(pk=position.pk).update(**left, funding_read_at=None)


def ask(world: World, question: Question, resting: Collection[UUID] = ()) -> list[UUID]:
    found: list[UUID] = world.at_desk(lambda desk: question(PriceWatch(desk, nobody, reconcile_s=60), resting))
    return found


TURNS: dict[str, tuple[Callable[[], None], Question]] = {
    "positions": (lambda: None, PriceWatch.due),
    "orders": (leave_orders, PriceWatch.leftovers),
    "funding": (leave_funding, PriceWatch.leftovers),
}


@pytest.mark.parametrize(("leave", "question"), TURNS.values(), ids=TURNS.keys())
def test_an_exchange_that_is_away_takes_no_turn_from_another(
    world: World, leave: Callable[[], None], question: Question
) -> None:
    client = holding(world)
    away = more_like(client, "binance")
    leave()

    asked = ask(world, question)

    assert len(asked) == 2
    assert (asked[0] in away, asked[1]) == (True, client.exchange_account_id)


@pytest.mark.parametrize(("leave", "question"), TURNS.values(), ids=TURNS.keys())
def test_accounts_that_rest_after_a_failure_take_none_at_their_own_exchange(
    world: World, leave: Callable[[], None], question: Question
) -> None:
    client = holding(world)
    failing = more_like(client, "paper")
    leave()

    assert client.exchange_account_id not in ask(world, question)
    assert ask(world, question, failing) == [client.exchange_account_id]


def test_accounts_without_keys_have_no_turn(world: World) -> None:
    """Nobody can ask for them, so their turn would never be over."""
    client = holding(world)
    gone = copy_of(client.exchange_account, is_main=False, sealed_keys=b"", key_id="", deleted_at=minutes_ago(90))
    gone.save()
    ForeignHolding.objects.create(
        account=gone, market_type="futures", symbol_key="ETHUSDT", quantity=1, seen_at=minutes_ago(90)
    )

    assert ask(world, PriceWatch.due) == [client.exchange_account_id]


def test_the_guardian_looks_at_the_others_while_some_fail(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guardian, "SLOW_S", 0.2)
    client = holding(world)
    more_like(client, "paper")  # a copy of sealed keys opens for no other account: none of them can be asked

    async def lead(desk: Desk) -> None:
        leader = Guardian(
            desk, lambda rows: asyncio.sleep(0), without_prices, name="me", preferred=True, reconcile_s=60
        )
        leading = asyncio.create_task(leader.run())
        for _ in range(100):
            if await desk.ledger.query(SEEN, [client.exchange_account_id]):
                break
            await asyncio.sleep(0.05)
        leading.cancel()
        await asyncio.gather(leading, return_exceptions=True)

    Position.objects.update(fills_booked_at=timezone.now())  # else it is followed up for its fills
    world.at_desk(lead)

    seen = ExchangeAccount.objects.filter(reconciled_at__gt=minutes_ago(1)).values_list("pk", flat=True)
    assert list(seen) == [client.exchange_account_id]

"""Own orders are followed up at once, but never at the cost of a broadcast that is on its way (DSH-13, promise 7)."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone

from signals import price_watch
from signals.models import Position
from signals.price_watch import PriceWatch
from subscriptions.models import Subscription
from tests.flow.world import World


def filled(world: World, *, seconds_ago: float) -> Subscription:
    """A position whose fills are not booked, beside an execution that is still on its way."""
    bot = world.bot()
    client = world.client(bot)
    world.trade(bot, "buy")
    Position.objects.update(opened_at=timezone.now() - timedelta(seconds=seconds_ago))
    world.alert(bot, "buy", "ETHUSDT.P")
    return client


def unbooked(world: World) -> list[UUID]:
    def nobody(venue: str, testnet: bool) -> Any:
        raise AssertionError("no price is needed")

    found: list[UUID] = world.at_desk(lambda desk: PriceWatch(desk, nobody, reconcile_s=60).unbooked())
    return found


def test_fills_are_booked_at_once_beside_a_few_executions(world: World):
    client = filled(world, seconds_ago=2)

    assert unbooked(world) == [client.exchange_account_id]


def test_while_a_broadcast_is_on_its_way_the_fills_wait(world: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(price_watch, "A_BROADCAST", 1)
    filled(world, seconds_ago=2)

    assert unbooked(world) == []


def test_they_wait_for_ten_seconds_at_most(world: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(price_watch, "A_BROADCAST", 1)
    client = filled(world, seconds_ago=11)

    assert unbooked(world) == [client.exchange_account_id]

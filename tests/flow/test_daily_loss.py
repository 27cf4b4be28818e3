"""The daily loss counts what was realized since the client's midnight, and nothing else (D13, RSK-01…03)."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from signals.figures import figures_of_subscriptions
from signals.models import Fill, Position
from subscriptions.models import Subscription
from tests.flow.world import World

LIMIT = Decimal(60)


@pytest.fixture
def client(world: World) -> Subscription:
    bot = world.bot(default_margin_usd="1000", default_leverage=20, default_stop_loss_pct="4")
    return world.client(bot, max_daily_loss_usd=LIMIT)


def sell_half_days_ago(world: World, client: Subscription, price: str) -> None:
    """A position that is still open, and half of which was sold by hand at that price three days ago."""
    world.trade(client.bot, "buy")
    world.reconcile(client)
    world.sim.control.move_price("BTCUSDT", price)
    key = world.keys[client.exchange_account_id]["api_key"]
    half = (world.position(client).quantity / 2).quantize(Decimal("0.001"))
    world.sim.control.trade_by_hand(key, "BTCUSDT", "SELL", half)
    for _ in range(2):
        world.reconcile(client)
    ago = timedelta(days=3)
    held = world.position(client)
    Position.objects.update(
        opened_at=held.opened_at - ago, effective_at=held.effective_at - ago, protected_at=held.opened_at - ago
    )
    for fill in Fill.objects.all():
        Fill.objects.filter(pk=fill.pk).update(filled_at=fill.filled_at - ago)


def shown_loss(client: Subscription) -> Decimal:
    found = figures_of_subscriptions([client], now=timezone.now(), time_zone=client.user.time_zone)
    return found[client.pk].current_daily_loss_usd


def test_what_was_lost_days_ago_is_no_loss_of_today(world: World, client: Subscription) -> None:
    sell_half_days_ago(world, client, "94500")
    assert world.position(client).realized_pnl < -LIMIT

    signal = world.trade(client.bot, "buy", "ETHUSDT.P")

    assert world.execution(client, signal).state == "PROTECTED"
    assert shown_loss(client) < 10


def test_an_earlier_gain_hides_no_loss_of_today(world: World, client: Subscription) -> None:
    sell_half_days_ago(world, client, "98000")
    world.trade(client.bot, "buy", "ETHUSDT.P")
    world.sim.control.move_price("ETHUSDT", "2987")
    world.trade(client.bot, "close", "ETHUSDT.P")
    for _ in range(2):
        world.reconcile(client)
    assert Position.objects.get(symbol_key="ETHUSDT").realized_pnl < -LIMIT

    signal = world.trade(client.bot, "buy", "SOLUSDT.P")

    execution = world.execution(client, signal)
    assert (execution.state, execution.reason_code) == ("SKIPPED", "daily_loss")
    assert shown_loss(client) > LIMIT

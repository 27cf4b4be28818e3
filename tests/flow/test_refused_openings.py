"""A reversal whose opening half may not be: refused stays refused for whoever finishes it, and what has changed meanwhile counts
(D1, D9, D10, RSK-02)."""

import time
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from bots.lifecycle import archive_bot, pause_bot
from bots.models import Bot
from exchanges.models import ExchangeAccount
from signals import exit_order, settling
from signals.models import Execution, Position
from subscriptions.models import Subscription
from tests.flow.world import World

UNSETTLED = ("CLAIMED", "SENDING", "UNCONFIRMED", "FILLED")


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (settling, exit_order):
        monkeypatch.setattr(module, "ASK_ACKNOWLEDGED_AFTER_S", (0.0, 0.1))


def fill_slowly(world: World) -> None:
    """The exit fills in half at once; the worker lets go of it before the rest comes."""
    world.sim.control.add_fault("partial", leg="close", count=1, fraction="0.5", rest="fill", rest_ms=1000)


def finish(world: World, client: Subscription, action: str = "sell") -> Execution:
    time.sleep(1.5)
    for _ in range(3):
        row = client.executions.get(action=action)
        if row.state in UNSETTLED:
            world.recover(row)
    return client.executions.get(action=action)


def nothing_was_opened(world: World, client: Subscription) -> bool:
    there = world.exchange_account(client)
    return not there["positions"] and [one.exit_reason for one in client.positions.all()] == ["closed_by_signal"]


OBSTACLES: dict[str, Callable[[], Any]] = {
    "close_only_done": lambda: Bot.objects.update(opposite_policy="close_only"),
    "daily_loss": lambda: Position.objects.update(realized_pnl=Decimal(-250)),
    "account_needs_attention": lambda: ExchangeAccount.objects.update(status="needs_attention"),
}


@pytest.mark.parametrize("reason", OBSTACLES)
def test_what_forbade_the_opening_still_does_in_a_recovery(world: World, reason: str) -> None:
    """Also where the books have other figures by then."""
    client = world.client(world.bot())
    world.trade(client.bot, "buy")
    OBSTACLES[reason]()
    fill_slowly(world)

    world.trade(client.bot, "sell")

    assert finish(world, client).reason_code == reason
    assert nothing_was_opened(world, client)


def test_a_bot_that_was_paused_meanwhile_opens_nothing(world: World) -> None:
    bot = world.bot()
    client = world.client(bot)
    world.trade(bot, "buy")
    fill_slowly(world)
    world.trade(bot, "sell")

    pause_bot(bot=bot, user=world.manager)

    assert finish(world, client).reason_code == "bot_paused"
    assert nothing_was_opened(world, client)


def test_a_newer_close_goes_first(world: World) -> None:
    bot = world.bot()
    client = world.client(bot)
    world.trade(bot, "buy")
    fill_slowly(world)
    world.trade(bot, "sell", id="2")
    newer = world.alert(bot, "close", id="3")

    assert finish(world, client).reason_code == "superseded"
    world.carry_out(newer)

    assert nothing_was_opened(world, client)


def test_the_loss_of_the_closing_half_counts(world: World) -> None:
    bot = world.bot(default_margin_usd="500", allow_no_stop=True)
    client = world.client(bot, max_daily_loss_usd="10", stop_loss_enabled=False)
    world.trade(bot, "buy")
    world.sim.control.move_price("BTCUSDT", "93000")

    world.trade(bot, "sell")

    assert world.execution(client).reason_code == "daily_loss"
    assert not world.exchange_account(client)["positions"]


def test_an_earlier_gain_of_the_day_counts_against_it(world: World) -> None:
    bot = world.bot(default_margin_usd="500", allow_no_stop=True)
    client = world.client(bot, max_daily_loss_usd="10", stop_loss_enabled=False)
    world.trade(bot, "buy", id="1")
    world.sim.control.move_price("BTCUSDT", "99000")
    world.trade(bot, "close", id="2")
    world.trade(bot, "buy", id="3")
    world.sim.control.move_price("BTCUSDT", "98000")

    world.trade(bot, "sell", id="4")

    assert world.execution(client).state == "PROTECTED"


def test_an_entry_that_never_arrived_is_not_sent_again_for_a_bot_that_was_archived(world: World) -> None:
    bot = world.bot()
    client = world.client(bot)
    world.sim.control.add_fault("drop_before", leg="entry", count=1)
    world.sim.control.add_fault("answer_before", leg="query", count=30, status=503)
    world.trade(bot, "buy")
    world.sim.control.clear_faults()

    archive_bot(bot=bot, user=world.manager, close_positions=False)

    assert finish(world, client, "buy").reason_code == "bot_archived"
    assert not world.exchange_account(client)["positions"]


def test_a_reversal_on_its_way_is_one_position_not_two(world: World) -> None:
    client = world.client(world.bot(), max_concurrent_positions=2)
    world.trade(client.bot, "buy", id="1")
    turning = world.alert(client.bot, "sell", id="2")
    Execution.objects.filter(signal=turning).update(state="SENDING", lease_until=timezone.now() + timedelta(minutes=1))

    world.trade(client.bot, "buy", "ETHUSDT.P", id="3")

    assert world.execution(client).state == "PROTECTED"

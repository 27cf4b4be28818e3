"""A bot's published figures say what its trades really made, to the cent, whoever reads them (BOT-11, 20)."""

from decimal import Decimal
from typing import Any

from bots.models import Bot
from signals.bot_figures import follow_booked_trades
from signals.figures import figures_of_bot
from signals.models import Signal
from tests.flow.world import World
from tests.trading_world import api_of

PUBLISHED = ("closed_trades", "avg_win_rate", "avg_pnl_pct")


def published(world: World, bot: Bot) -> list[Any]:
    body = api_of(world.manager).get(f"/api/v1/bots/{bot.pk}").json()
    return [body[name] for name in PUBLISHED]


def follow(world: World) -> None:
    world.at_desk(lambda desk: follow_booked_trades(desk, None))


def test_a_gain_that_the_fees_ate_is_no_win(world: World) -> None:
    bot = world.bot(duplicate_window_s=0)
    client = world.client(bot)
    world.trade(bot, "buy")
    world.sim.control.set_price("BTCUSDT", "95250")  # 5 USDT a coin above the entry, fees 95
    world.trade(bot, "close")
    before = published(world, bot)

    world.reconcile(client)
    follow(world)

    now = figures_of_bot(bot)
    assert world.position(client).realized_pnl < 0
    assert before[:2] == [1, "100.00"]  # by the price alone: the fees were not there yet
    assert published(world, bot) == [1, "0.00", str(now.avg_pnl_pct)]
    assert (now.win_rate, now.closed_trades) == (Decimal("0.00"), 1)


def test_a_stop_that_went_off_counts_without_a_broadcast(world: World) -> None:
    bot = world.bot()
    client = world.client(bot)
    world.trade(bot, "buy")
    world.sim.control.set_price("BTCUSDT", "92000")
    world.reconcile(client)

    follow(world)

    assert world.position(client).exit_reason == "stop_loss"
    assert published(world, bot)[:2] == [1, "0.00"]
    assert Decimal(published(world, bot)[2]) < 0


def test_the_next_round_looks_at_what_was_booked_since(world: World) -> None:
    """And answers where the one after goes on from."""
    bot = world.bot(duplicate_window_s=0)
    client = world.client(bot)
    world.trade(bot, "buy")
    first = world.at_desk(lambda desk: follow_booked_trades(desk, None))
    world.sim.control.set_price("BTCUSDT", "97000")
    world.trade(bot, "close")
    world.reconcile(client)
    Bot.objects.update(avg_win_rate=0)

    second = world.at_desk(lambda desk: follow_booked_trades(desk, first))

    assert second > first
    assert published(world, bot)[:2] == [1, "100.00"]


def test_a_test_signal_is_no_result_of_the_bot(world: World) -> None:
    bot = world.bot(duplicate_window_s=0)
    client = world.client(bot)
    world.trade(bot, "buy", test=True)
    world.trade(bot, "close")
    world.reconcile(client)

    follow(world)

    assert Signal.objects.get(action="buy").is_test
    assert world.position(client).status == "closed"
    assert published(world, bot) == [0, "0.00", "0.00"]
    assert figures_of_bot(bot).closed_trades == 0
    assert api_of(world.manager).get(f"/api/v1/bots/{bot.pk}/performance").json()["closed_trades"] == 0


def test_a_test_close_takes_no_trade_out_of_the_figures(world: World) -> None:
    bot = world.bot(duplicate_window_s=0)
    client = world.client(bot)
    world.trade(bot, "buy")
    world.trade(bot, "close", test=True)
    world.reconcile(client)

    follow(world)

    assert world.position(client).status == "closed"
    assert published(world, bot)[0] == figures_of_bot(bot).closed_trades == 1

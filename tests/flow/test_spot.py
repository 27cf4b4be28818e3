"""Spot: bought by quote cost, an OCO for what was received net of fee, sold in one serial slot (D27, EXE-10)."""

from decimal import Decimal

from signals.models import Execution
from tests.flow.world import World


def spot_bot(world: World, **fields):
    return world.bot("spot", market_type="spot", default_margin_usd="200", default_leverage=5, **fields)


def test_a_spot_buy_is_protected_by_an_oco_without_leverage(world: World):
    bot = spot_bot(world)
    client = world.client(bot)

    world.trade(bot, "buy", "BTCUSDT")

    execution, position = world.execution(client), world.position(client)
    assert (execution.state, execution.leverage) == ("PROTECTED", 1)
    bought = Decimal("0.00210")
    assert position.quantity == bought - bought * Decimal("0.001")
    there = world.exchange_account(client)
    assert len(there["open_orders"]) == 2
    assert not there["positions"]


def test_a_spot_sell_sells_what_the_bot_bought_and_cancels_the_oco(world: World):
    bot = spot_bot(world)
    client = world.client(bot)
    world.trade(bot, "buy", "BTCUSDT")
    world.sim.control.set_price("BTCUSDT", "96000")

    signal = world.trade(bot, "sell", "BTCUSDT")
    world.reconcile(client)

    position = world.position(client)
    assert world.execution(client, signal).state == "CLOSED"
    assert (position.status, position.realized_pnl > 0) == ("closed", True)
    assert world.exchange_account(client)["open_orders"] == []


def test_a_spot_sell_without_a_position_sells_nothing(world: World):
    bot = spot_bot(world)
    client = world.client(bot)

    world.trade(bot, "sell", "BTCUSDT")

    execution = world.execution(client)
    assert (execution.state, execution.reason_code) == ("SKIPPED", "nothing_to_sell")


def test_the_stop_of_an_oco_that_fills_closes_the_position(world: World):
    bot = spot_bot(world)
    client = world.client(bot)
    world.trade(bot, "buy", "BTCUSDT")
    stop = world.execution(client).stop_loss_sent_price

    world.sim.control.move_price("BTCUSDT", str(stop))
    world.reconcile(client)

    position = world.position(client)
    assert (position.status, position.exit_reason) == ("closed", "stop_loss")
    assert world.exchange_account(client)["open_orders"] == []
    assert not Execution.objects.filter(state="PROTECTED").exists()

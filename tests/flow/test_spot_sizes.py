"""Spot: what is protected and sold is what was received, however it came to be (F14, F20, D27)."""

import time
from decimal import Decimal

from signals.models import ExecutionEvent, Fill, Order, Position
from tests.flow.test_spot import spot_bot
from tests.flow.world import World

D = Decimal
FEE = D("0.001")
OWN = D("0.5")


def api_key(world: World, subscription) -> str:
    return world.keys[subscription.exchange_account_id]["api_key"]


def owner_of_coins(world: World, bot):
    """A client who has half a bitcoin that is none of the bot's business."""
    client = world.client(bot)
    world.sim.control.reset_account(api_key(world, client), coins={"USDT": "10000", "BTC": str(OWN)})
    return client


def coins(world: World, subscription) -> Decimal:
    return D(world.exchange_account(subscription)["coins"].get("BTC", "0"))


def standing(world: World, subscription) -> list[Decimal]:
    """What the live stop and target are for."""
    return [D(order["quantity"]) for order in world.exchange_account(subscription)["open_orders"]]


def names_what_stands(world: World, subscription) -> bool:
    execution = world.execution(subscription)
    there = {order["type"]: str(order["id"]) for order in world.exchange_account(subscription)["open_orders"]}
    return there == {"STOP_LOSS": execution.stop_loss_order_id, "TAKE_PROFIT": execution.take_profit_order_id}


def its_turn_has_come(position: Position) -> None:
    Order.objects.filter(position=position, leg="entry").update(updated_at="2020-01-01T00:00:00Z")


def test_a_purchase_whose_answer_was_lost_is_protected_for_what_was_received(world: World):
    """The order that is found afterwards does not tell its fee: the trades do."""
    bot = spot_bot(world)
    client = world.client(bot)
    world.sim.control.add_fault("drop_after", leg="entry", count=1)

    world.trade(bot, "buy", "BTCUSDT")

    position = world.position(client)
    assert world.execution(client).state == "PROTECTED"
    assert position.quantity == coins(world, client) == D("0.00210") * (1 - FEE)
    assert standing(world, client) == [D("0.00209")] * 2


def test_a_purchase_whose_trades_are_not_told_yet_stays_open(world: World):
    """Nothing is guessed: it is asked again, and then protected."""
    bot = spot_bot(world)
    client = world.client(bot)
    world.sim.control.add_fault("drop_after", leg="entry", count=1)
    hidden = world.sim.control.add_fault("hide", path="*myTrades")

    signal = world.trade(bot, "buy", "BTCUSDT")

    assert world.execution(client, signal).state == "UNCONFIRMED"
    world.sim.control.remove_fault(hidden)
    world.recover(world.execution(client, signal))
    assert world.execution(client, signal).state == "PROTECTED"
    assert len(world.entries(client)) == 1
    assert standing(world, client) == [D("0.00209")] * 2


def test_a_purchase_that_fills_further_is_protected_whole(world: World):
    bot = spot_bot(world)
    client = world.client(bot)
    world.sim.control.add_fault("partial", leg="entry", fraction="0.37", rest="fill", rest_ms=300, count=1)

    world.trade(bot, "buy", "BTCUSDT")
    first = world.position(client)
    time.sleep(0.6)  # the exchange fills the rest
    its_turn_has_come(first)
    world.reconcile(client)

    position = world.position(client)
    assert first.quantity < position.quantity == position.opened_quantity == coins(world, client)
    assert standing(world, client) == [D("0.00209")] * 2
    assert names_what_stands(world, client)
    codes = ExecutionEvent.objects.filter(execution=world.execution(client)).values_list("code", flat=True)
    assert list(codes) == ["protection_resized", "protection_repaired"]


def test_a_sale_takes_what_the_purchase_has_filled_by_then_and_no_coin_of_the_owner(world: World):
    bot = spot_bot(world)
    client = owner_of_coins(world, bot)
    world.sim.control.add_fault("partial", leg="entry", fraction="0.37", rest="fill", rest_ms=200, count=1)
    world.trade(bot, "buy", "BTCUSDT")
    time.sleep(0.5)

    signal = world.trade(bot, "sell", "BTCUSDT")
    world.reconcile(client)
    world.reconcile(client)

    position = world.position(client)
    assert world.execution(client, signal).state == "CLOSED"
    assert (position.status, position.fills_booked_at is not None) == ("closed", True)
    assert OWN <= coins(world, client) < OWN + D("0.00001")
    assert standing(world, client) == []


def test_what_fills_after_the_sale_is_sold_and_no_coin_of_the_owner(world: World):
    bot = spot_bot(world)
    client = owner_of_coins(world, bot)
    world.sim.control.add_fault("partial", leg="entry", fraction="0.5", rest="fill", rest_ms=1500, count=1)
    world.trade(bot, "buy", "BTCUSDT")
    world.trade(bot, "sell", "BTCUSDT")
    time.sleep(2)
    assert coins(world, client) > OWN + D("0.001")

    its_turn_has_come(world.position(client))
    for _ in range(3):
        world.reconcile(client)

    assert OWN <= coins(world, client) < OWN + D("0.00002")
    assert world.position(client).status == "closed"


def test_a_part_sold_by_hand_makes_the_position_and_its_orders_smaller(world: World):
    bot = spot_bot(world)
    client = world.client(bot)
    world.trade(bot, "buy", "BTCUSDT")
    world.reconcile(client)
    bought = world.position(client).quantity
    world.sim.control.cancel_by_hand(api_key(world, client), "BTCUSDT")
    world.sim.control.trade_by_hand(api_key(world, client), "BTCUSDT", "SELL", "0.00100", kind="spot")

    world.reconcile(client)

    position = world.position(client)
    assert (position.status, position.quantity) == ("open", bought - D("0.001"))
    assert standing(world, client) == [D("0.00109")] * 2
    assert names_what_stands(world, client)
    assert ExecutionEvent.objects.filter(execution=world.execution(client), code="reduced_elsewhere").count() == 1

    world.sim.control.set_price("BTCUSDT", "96000")
    world.trade(bot, "sell", "BTCUSDT")
    world.reconcile(client)

    position = world.position(client)
    sold = Fill.objects.filter(position=position, side="sell")
    assert (position.status, position.fills_booked_at is not None) == ("closed", True)
    assert sorted(fill.quantity for fill in sold) == [D("0.00100"), D("0.00109")]
    assert sum(fill.realized_pnl or 0 for fill in sold) == 0  # spot tells none; ours is from the prices
    got = sum(fill.quantity * fill.price - fill.fee_usd for fill in sold)
    paid = D("0.00209") * D("95234.50") + D("0.0021") * FEE * D("95234.50")
    assert abs(position.realized_pnl - (got - paid)) < D("0.01")


def test_everything_sold_by_hand_ends_the_position(world: World):
    bot = spot_bot(world)
    client = world.client(bot)
    world.trade(bot, "buy", "BTCUSDT")
    world.reconcile(client)
    world.sim.control.cancel_by_hand(api_key(world, client), "BTCUSDT")
    world.sim.control.trade_by_hand(api_key(world, client), "BTCUSDT", "SELL", "0.00209", kind="spot")

    world.reconcile(client)
    world.reconcile(client)

    position = world.position(client)
    assert (position.status, position.exit_reason) == ("closed", "external")
    assert (world.execution(client).state, world.execution(client).reason_code) == ("CLOSED", "external")
    assert standing(world, client) == []


def test_orders_cancelled_by_hand_are_placed_again_where_nothing_was_sold(world: World):
    bot = spot_bot(world)
    client = world.client(bot)
    world.trade(bot, "buy", "BTCUSDT")
    world.reconcile(client)
    before = world.position(client).quantity
    world.sim.control.cancel_by_hand(api_key(world, client), "BTCUSDT")

    world.reconcile(client)

    assert world.position(client).quantity == before
    assert standing(world, client) == [D("0.00209")] * 2
    assert names_what_stands(world, client)


def test_one_empty_answer_of_the_balance_sells_nothing_and_closes_nothing(world: World):
    """F37: the exchange shows no coins once; they are there."""
    bot = spot_bot(world)
    client = world.client(bot)
    world.trade(bot, "buy", "BTCUSDT")
    world.reconcile(client)
    world.sim.control.cancel_by_hand(api_key(world, client), "BTCUSDT")
    empty = '{"balances": []}'
    world.sim.control.add_fault("answer_before", path="/api/v3/account", status=200, body=empty, count=1)

    world.reconcile(client)

    position = world.position(client)
    assert (position.status, position.quantity) == ("open", coins(world, client))
    assert standing(world, client) == [D("0.00209")] * 2


def test_a_signal_sells_what_is_left_after_a_sale_by_hand_that_nobody_has_noticed(world: World):
    bot = spot_bot(world)
    client = world.client(bot)
    world.trade(bot, "buy", "BTCUSDT")
    world.reconcile(client)
    world.sim.control.cancel_by_hand(api_key(world, client), "BTCUSDT")
    world.sim.control.trade_by_hand(api_key(world, client), "BTCUSDT", "SELL", "0.00100", kind="spot")

    signal = world.trade(bot, "sell", "BTCUSDT")
    world.reconcile(client)

    position = world.position(client)
    assert (world.execution(client, signal).state, position.exit_reason) == ("CLOSED", "closed_by_signal")
    assert coins(world, client) < D("0.00001")
    assert (position.status, position.fills_booked_at is not None) == ("closed", True)


def test_the_stop_of_a_very_small_purchase_ends_it(world: World):
    """What the step leaves over is a tenth of it, and cannot be sold."""
    bot = spot_bot(world)
    client = world.client(bot, custom_margin_usd="10.00")
    world.trade(bot, "buy", "BTCUSDT")
    quantity = world.position(client).quantity
    assert standing(world, client)[0] < quantity * D("0.95")

    world.sim.control.move_price("BTCUSDT", str(world.execution(client).stop_loss_sent_price))
    world.reconcile(client)

    position = world.position(client)
    assert (position.status, position.exit_reason, position.fills_booked_at is not None) == (
        "closed",
        "stop_loss",
        True,
    )

"""Stop and target cover what is held, no more and no less, however it came to be (F20, I4, ORD-06)."""

import time
from decimal import Decimal

from exchanges.types import PositionSide
from signals.models import ExecutionEvent, Fill, ForeignHolding, Order, Position
from tests.flow.world import World


def covered(world: World, subscription) -> tuple[list[Decimal], list[Decimal]]:
    """Held at the exchange, and what its live stop and target are for."""
    there = world.exchange_account(subscription)
    held = [abs(Decimal(position["quantity"])) for position in there["positions"]]
    return held, sorted(Decimal(order["quantity"]) for order in there["open_conditionals"])


def names_what_stands(world: World, subscription) -> bool:
    """The execution's order ids are those of the stop and target that are live at the exchange (EXE-17)."""
    execution = world.execution(subscription)
    standing = {order["type"]: str(order["id"]) for order in world.exchange_account(subscription)["open_conditionals"]}
    return standing == {
        "STOP_MARKET": execution.stop_loss_order_id,
        "TAKE_PROFIT_MARKET": execution.take_profit_order_id,
    }


def test_an_entry_that_fills_in_pieces_is_protected_whole(world: World):
    bot = world.bot()
    client = world.client(bot)
    world.sim.control.add_fault("partial", leg="entry", fraction="0.37", rest="fill", rest_ms=300, count=1)

    world.trade(bot, "buy")
    first = world.position(client)
    time.sleep(0.6)  # the exchange fills the rest
    Order.objects.filter(position=first, leg="entry").update(updated_at="2020-01-01T00:00:00Z")  # its turn has come
    world.reconcile(client)

    position = world.position(client)
    held, orders = covered(world, client)
    assert first.quantity < position.quantity == position.opened_quantity == held[0]
    assert orders == [held[0], held[0]]
    assert names_what_stands(world, client)
    assert Order.objects.get(position=position, leg="entry").status == "filled"
    assert position.fills_booked_at is not None
    assert ExecutionEvent.objects.filter(execution=world.execution(client), code="protection_resized").count() == 1


def test_an_entry_whose_rest_expires_is_protected_for_what_was_filled(world: World):
    bot = world.bot()
    client = world.client(bot)
    world.sim.control.add_fault("partial", leg="entry", fraction="0.5", rest="expire", count=1)

    world.trade(bot, "buy")
    world.reconcile(client)

    held, orders = covered(world, client)
    assert world.execution(client).state == "PROTECTED"
    assert world.position(client).quantity == held[0]
    assert orders == [held[0], held[0]]


def test_a_part_sold_by_hand_makes_position_stop_and_target_smaller(world: World):
    bot = world.bot()
    client = world.client(bot)
    world.trade(bot, "buy")
    world.reconcile(client)
    before = world.position(client)
    part = Decimal("0.002")

    world.by_hand(
        client,
        "BTCUSDT",
        lambda trading, market: trading.reduce(market, PositionSide.LONG, part, "byhand0000000002x"),
    )
    world.reconcile(client)

    position = world.position(client)
    held, orders = covered(world, client)
    assert (position.status, position.quantity) == ("open", before.quantity - part)
    assert held == [position.quantity]
    assert orders == [position.quantity, position.quantity]
    assert names_what_stands(world, client)
    assert ExecutionEvent.objects.filter(execution=world.execution(client), code="reduced_elsewhere").count() == 1

    world.trade(bot, "close")
    world.reconcile(client)

    position = world.position(client)
    fills = list(Fill.objects.filter(position=position))
    assert (position.status, position.exit_reason) == ("closed", "closed_by_signal")
    assert sum(fill.quantity for fill in fills if fill.side == "sell") == before.quantity
    assert position.fills_booked_at is not None
    assert covered(world, client) == ([], [])


def test_a_stop_cancelled_by_hand_is_placed_again_and_named(world: World):
    bot = world.bot()
    client = world.client(bot)
    world.trade(bot, "buy")
    world.reconcile(client)
    world.sim.control.cancel_by_hand(world.keys[client.exchange_account_id]["api_key"])

    world.reconcile(client)

    assert covered(world, client) == ([Decimal("0.005")], [Decimal("0.005")] * 2)
    assert names_what_stands(world, client)


def test_a_close_sells_what_the_entry_has_filled_by_then(world: World):
    """The books know the first part only; the exchange is asked before the position is left."""
    bot = world.bot()
    client = world.client(bot)
    world.sim.control.add_fault("partial", leg="entry", fraction="0.37", rest="fill", rest_ms=200, count=1)
    world.trade(bot, "buy")
    time.sleep(0.5)

    signal = world.trade(bot, "close")

    assert world.execution(client, signal).reason_code == "closed_by_signal"
    assert covered(world, client) == ([], [])


def test_a_rest_that_nobody_sold_is_sold_when_it_is_seen(world: World):
    """The position was left by an older idea of its size: what its fills say is held still is ours, and goes (I3)."""
    bot = world.bot()
    client = world.client(bot)
    world.trade(bot, "buy")
    world.reconcile(client)
    Position.objects.update(quantity=Decimal("0.002"))
    world.trade(bot, "close")
    assert covered(world, client)[0] == [Decimal("0.003")]

    world.reconcile(client)
    world.reconcile(client)

    position = world.position(client)
    assert covered(world, client) == ([], [])
    assert (position.status, position.fills_booked_at is not None) == ("closed", True)
    assert not ForeignHolding.objects.exclude(quantity=0).exists()


def test_what_was_opened_by_hand_on_an_empty_account_is_seen_before_the_first_entry(world: World):
    """D25: nobody has compared this account yet, so it is looked at; the client's short is left alone."""
    bot = world.bot()
    client = world.client(bot)
    world.sim.control.trade_by_hand(world.keys[client.exchange_account_id]["api_key"], "BTCUSDT", "SELL", "0.010")

    signal = world.trade(bot, "buy")

    execution = world.execution(client, signal)
    assert (execution.state, execution.reason_code) == ("SKIPPED", "symbol_in_use")
    assert [Decimal(row["quantity"]) for row in world.exchange_account(client)["positions"]] == [Decimal("-0.010")]

"""What the client buys and sells by hand beside a bot: only our part is booked to us, and only ours is sold (D13, D14, D25)."""

import time
from datetime import timedelta
from decimal import Decimal

from django.utils import timezone

from signals.models import Fill, Position
from subscriptions.models import Subscription
from tests.flow.world import World

CENT = Decimal("0.01")


def key_of(world: World, client: Subscription) -> str:
    return world.keys[client.exchange_account_id]["api_key"]


def look(world: World, client: Subscription, times: int = 3) -> None:
    for _ in range(times):
        world.reconcile(client)


def result(position: Position) -> Decimal:
    """Before fees, by entry and exit price."""
    assert position.exit_price is not None
    return position.opened_quantity * (position.exit_price - position.entry_price)


def test_of_one_sale_with_the_clients_own_only_our_part_is_our_loss(world: World) -> None:
    client = world.client(world.bot("one"))
    world.trade(client.bot, "buy")
    key = key_of(world, client)
    world.sim.control.trade_by_hand(key, "BTCUSDT", "BUY", "0.5")
    look(world, client, 2)
    world.sim.control.move_price("BTCUSDT", "94000")

    world.sim.control.close_by_hand(key)
    look(world, client)

    position = world.position(client)
    fees = sum((fill.fee_usd for fill in Fill.objects.filter(position=position, side="buy")), Decimal(0))
    assert position.status == "closed"
    assert abs(position.realized_pnl - (result(position) - position.fees)) < CENT
    assert fees < position.fees < fees * 3  # a share of the sale's, not the whole of it


def test_two_bots_closed_by_one_sale_count_it_once(world: World) -> None:
    one, two = world.bot("one"), world.bot("two")
    first = world.client(one)
    second = world.client(two, account=first.exchange_account)
    world.trade(one, "buy")
    world.trade(two, "buy", id="2")
    world.sim.control.move_price("BTCUSDT", "94000")

    world.sim.control.close_by_hand(key_of(world, first))
    look(world, first)

    for position in (world.position(first), world.position(second)):
        assert abs(position.realized_pnl - (result(position) - position.fees)) < CENT


def test_a_part_sold_by_hand_before_the_close_is_part_of_the_result(world: World) -> None:
    client = world.client(world.bot())
    world.trade(client.bot, "buy")
    world.sim.control.move_price("BTCUSDT", "94000")
    world.sim.control.trade_by_hand(key_of(world, client), "BTCUSDT", "SELL", "0.004", reduce_only=True)

    world.trade(client.bot, "close", id="2")
    look(world, client, 1)
    time.sleep(3)  # the fills of our own orders have had their time
    look(world, client, 1)

    position = world.position(client)
    assert position.realized_pnl < Decimal(-6)
    assert abs(position.realized_pnl - (result(position) - position.fees)) < CENT
    assert position.fills_booked_at is not None


def test_what_was_sold_by_hand_is_not_sold_again_out_of_the_clients_own(world: World) -> None:
    client = world.client(world.bot())
    world.trade(client.bot, "buy")
    key = key_of(world, client)
    world.sim.control.trade_by_hand(key, "BTCUSDT", "SELL", "0.002", reduce_only=True)
    world.trade(client.bot, "close", id="2")
    look(world, client, 2)

    world.sim.control.trade_by_hand(key, "BTCUSDT", "BUY", "0.5")
    look(world, client, 2)

    assert [Decimal(one["quantity"]) for one in world.exchange_account(client)["positions"]] == [Decimal("0.5")]


def test_funding_is_shared_by_what_each_holds(world: World) -> None:
    one, two = world.bot("one"), world.bot("two")
    first = world.client(one)
    second = world.client(two, account=first.exchange_account)
    world.trade(one, "buy")
    world.trade(two, "buy", id="2")
    world.sim.control.trade_by_hand(key_of(world, first), "BTCUSDT", "BUY", "0.5")
    look(world, first, 2)
    Position.objects.update(opened_at=timezone.now() - timedelta(hours=2))

    world.sim.control.funding({"BTCUSDT": "0.001"}, settle=True)
    look(world, first, 2)
    world.sim.control.funding({"BTCUSDT": "0"})

    for client in (first, second):
        position = world.position(client)
        assert abs(position.funding - position.quantity * position.entry_price / 1000) < CENT

"""An account deleted right after a close: its books come true all the same, and nothing of ours is left standing (D8, D13)."""

from decimal import Decimal

from exchanges.lifecycle import delete_account
from subscriptions.models import Subscription
from tests.flow.world import World


def wallet(world: World, client: Subscription) -> Decimal:
    return Decimal(world.exchange_account(client)["wallet"]["USDT"])


def delete(client: Subscription) -> None:
    delete_account(client.exchange_account, user=client.user, close_positions=None)


def test_its_last_fills_are_booked(world: World) -> None:
    client = world.client(world.bot())
    before = wallet(world, client)
    world.trade(client.bot, "buy")
    world.trade(client.bot, "close", id="2")

    delete(client)
    world.reconcile(client)

    position = world.position(client)
    assert position.fills_booked_at is not None
    assert abs(position.realized_pnl - (wallet(world, client) - before)) < Decimal("0.01")


def test_stops_that_could_not_be_cancelled_are_cancelled_later(world: World) -> None:
    client = world.client(world.bot())
    world.trade(client.bot, "buy")
    world.reconcile(client)
    world.sim.control.add_fault("answer_before", leg="cancel", status=503)
    world.trade(client.bot, "close", id="2")
    world.sim.control.clear_faults()
    assert world.exchange_account(client)["open_conditionals"] != []

    delete(client)
    for _ in range(3):
        world.reconcile(client)

    assert world.exchange_account(client)["open_conditionals"] == []

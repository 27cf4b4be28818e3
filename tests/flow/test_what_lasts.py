"""What lasts for days or weeks: halts of a symbol, keys that come back after a month (I7)."""

from datetime import timedelta

from django.utils import timezone

from signals.models import Execution, Order, Signal
from tests.flow.world import World

MANY = 2**15 - 1  # tries every few seconds, over some days


def test_a_close_that_was_refused_for_days_goes_on(world: World) -> None:
    client = world.client(world.bot())
    world.trade(client.bot, "buy")
    fault = world.sim.control.add_fault(
        "answer_before", leg="close", status=400, code=-4140, message="Invalid symbol status for opening position."
    )
    closing = world.trade(client.bot, "close")
    Order.objects.filter(leg="exit").update(attempt=MANY)
    world.sim.control.remove_fault(fault)

    for _ in range(2):
        world.recover(world.execution(client, closing))

    assert world.position(client).status == "closed"


def test_a_stop_that_was_refused_for_days_is_placed_when_it_may_be(world: World) -> None:
    client = world.client(world.bot())
    world.trade(client.bot, "buy")
    world.reconcile(client)
    Order.objects.filter(leg="stop").update(attempt=MANY)
    world.sim.control.cancel_by_hand(world.keys[client.exchange_account_id]["api_key"])

    for _ in range(2):
        world.reconcile(client)

    assert "STOP_MARKET" in [order["type"] for order in world.exchange_account(client)["open_conditionals"]]


def test_an_entry_that_is_confirmed_after_a_month_is_settled(world: World) -> None:
    """D30: nobody could answer for it meanwhile."""
    client = world.client(world.bot())
    world.sim.control.add_fault("drop_after", leg="entry", count=1)
    world.sim.control.add_fault("answer_before", leg="query", count=30, status=503)
    world.trade(client.bot, "buy")
    world.sim.control.clear_faults()
    then = timezone.now() - timedelta(days=30)
    Signal.objects.update(created_at=then, effective_at=then)
    Execution.objects.update(created_at=then, sent_at=then)
    Order.objects.update(created_at=then, sent_at=then)

    for _ in range(2):
        if world.execution(client).state not in ("PROTECTED", "CLOSED"):
            world.recover(world.execution(client))

    assert world.execution(client).state == "PROTECTED"
    assert len(world.exchange_account(client)["open_conditionals"]) == 2

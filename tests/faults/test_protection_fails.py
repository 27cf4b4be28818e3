"""Stops that are refused, lost, doubled or overtaken by the price (F21–F25): never open without one, never one too many."""

import pytest

from signals.models import Execution, ExecutionEvent, Position, Signal
from tests.faults.servers import eventually
from tests.faults.world import FaultWorld
from tests.flow.world import money

HTML = "<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"
REFUSALS = {
    "would_trigger": ({"code": -2021, "message": "Order would immediately trigger."}, "stop_loss"),
    "algo_only": ({"code": -4120, "message": "Order type not supported for this endpoint."}, "protection_failed"),
    "unknown_code": ({"code": -9999, "message": "Something new."}, "protection_failed"),
    "html": ({"status": 502, "body": HTML}, "protection_failed"),
}


@pytest.mark.parametrize(("answer", "reason"), REFUSALS.values(), ids=REFUSALS.keys())
def test_f21_a_stop_that_is_refused(world: FaultWorld, answer: dict[str, object], reason: str) -> None:
    """The position is left at market within 10 s, reduce-only, and the row says why (I3)."""
    town, bot = world.town, world.bot()
    clients = world.clients(bot, 4)
    town.worker()
    town.control.add_fault("answer_before", leg="stop", **answer)

    signal = world.alert(bot, "buy")

    world.settle(signal)
    everyone_left_within(world, signal, reason, 10_000)
    placed = [event["data"]["order"] for client in clients for event in world.history(client, "OrderPlaced")]
    assert [order["reduce_only"] for order in placed] == [False, True] * 4


@pytest.mark.fault_short
def test_f21_neither_a_stop_nor_an_exit_is_taken(world: FaultWorld) -> None:
    """Closing fails too: it is tried for as long as it takes, and the timeline says so (I3)."""
    town, bot = world.town, world.bot()
    world.clients(bot, 3)
    town.worker()
    town.control.add_fault("answer_before", leg="stop", code=-4120, message="Order type not supported.")
    rule = town.control.add_fault("answer_before", leg="close", status=503)

    signal = world.alert(bot, "buy")
    assert eventually(lambda: town.fired(rule) >= 6, 30)
    town.control.remove_fault(rule)

    world.settle(signal)
    found = Execution.objects.filter(signal=signal).values_list("state", "reason_code")
    assert list(found) == [("CLOSED", "protection_failed")] * 3
    told = ExecutionEvent.objects.filter(execution__signal=signal, code="position_closed_unprotected")
    assert told.count() == 3
    world.check(gap_s=40)


def test_f21_the_worker_dies_while_nobody_knows_of_its_exit(world: FaultWorld) -> None:
    """The exit for want of a stop may still arrive for seconds; the position waits for that under a stop, not naked (I3)."""
    town, bot = world.town, world.bot()
    clients = world.clients(bot, 3)
    town.no_worker()
    town.another_worker("-Q", "close")  # takes no entries from the broker; leads the guardian, so it takes over at once
    victim = town.another_worker()
    town.control.add_fault("answer_before", leg="stop", code=-2021, message="Would immediately trigger.", count=3)
    exits = town.control.add_fault("drop_before", leg="close", count=3)

    signal = world.alert(bot, "buy")
    assert eventually(lambda: town.fired(exits) == 3, 10)
    town.lose(victim)

    world.settle(signal)
    found = Execution.objects.filter(signal=signal).values_list("state", flat=True)
    assert list(found) == ["PROTECTED"] * 3
    assert max(world.naked_ms(client) for client in clients) <= 6_000  # the exits' window is longer
    world.check(gap_s=6)


@pytest.mark.fault_short
def test_f22_the_price_jumps_beyond_the_stop_before_it_stands(world: FaultWorld) -> None:
    """Left at market at once; the books hold the price that was really got (flat within 5 s)."""
    town, bot = world.town, world.bot()
    clients = world.clients(bot, 4)
    town.worker()
    rule = town.control.add_fault("hold_after", leg="entry")

    signal = world.alert(bot, "buy")
    town.control.wait_held(rule, 4)
    town.control.set_price("BTCUSDT", "90000")
    town.control.release(rule)
    town.control.remove_fault(rule)

    world.settle(signal)
    everyone_left_within(world, signal, "stop_loss", 5_000)
    for client in clients:
        got = world.history(client, "OrderFilled")[-1]["data"]["fill"]["price"]
        assert world.position(client).exit_price == money(str(got))
        assert world.position(client).exit_price < world.position(client).stop_price


@pytest.mark.fault_short
def test_f23_a_stop_that_is_accepted_without_an_answer(world: FaultWorld) -> None:
    """Read back before another one is placed: one stop was ever placed, not two (I4)."""
    town, bot = world.town, world.bot()
    clients = world.clients(bot, 6)
    town.worker()
    town.control.add_fault("drop_after", leg="stop", count=3)
    town.control.add_fault("delay_after", leg="stop", delay_ms=3000, count=3)

    signal = world.alert(bot, "buy")

    world.settle(signal)
    world.entered_once_and_protected(signal, within_ms=5_000)
    for client in clients:
        placed = [event["data"]["order"]["type"] for event in world.history(client, "ConditionalPlaced")]
        assert placed.count("STOP_MARKET") == 1


@pytest.mark.fault_short
def test_f24_the_target_fills_and_the_stop_is_left(world: FaultWorld) -> None:
    """An exchange without OCO: the sibling is cancelled within 10 s; both were reduce-only from the start (I4, I5)."""
    town, bot = world.town, world.bot()
    clients = world.clients(bot, 6)
    town.worker()
    signal = world.alert(bot, "buy")
    world.settle(signal)
    world.entered_once_and_protected(signal)
    target = world.execution(clients[0]).take_profit_sent_price

    town.control.move_price("BTCUSDT", str(target))

    assert eventually(lambda: all(world.there(client)["open_conditionals"] == [] for client in clients), 10)
    assert eventually(lambda: not Position.objects.filter(status="open").exists(), 10)
    found = Execution.objects.filter(signal=signal).values_list("state", "reason_code")
    assert list(found) == [("CLOSED", "take_profit")] * 6
    for client in clients:
        assert all(event["data"]["order"]["reduce_only"] for event in world.history(client, "ConditionalPlaced"))
    world.check()


def test_f25_the_client_closes_at_the_exchange(world: FaultWorld) -> None:
    """Found within 60 s of the last look, the orphaned stop and target cancelled, the row CLOSED(external) (I4, I6)."""
    town, bot = world.town, world.bot()
    clients = world.clients(bot, 4)
    town.worker()
    signal = world.alert(bot, "buy")
    world.settle(signal)
    assert eventually(lambda: not Position.objects.filter(fills_booked_at=None).exists(), 20)

    for client in clients:
        town.control.close_by_hand(world.key(client))

    world.look_until(lambda: not Position.objects.filter(status="open").exists())
    found = Execution.objects.filter(signal=signal).values_list("state", "reason_code")
    assert list(found) == [("CLOSED", "external")] * 4
    assert eventually(lambda: all(world.there(client)["open_conditionals"] == [] for client in clients), 10)
    world.check()


def everyone_left_within(world: FaultWorld, signal: Signal, reason: str, milliseconds: int) -> None:
    for execution in Execution.objects.filter(signal=signal).select_related("subscription"):
        assert (execution.state, execution.reason_code) == ("CLOSED", reason), execution.error_message
        entry, leaving = world.history(execution.subscription, "OrderFilled")
        assert leaving["time"] - entry["time"] <= milliseconds
    world.check()


def test_f25_the_exchange_liquidates(world: FaultWorld) -> None:
    """A mark price beyond the liquidation price takes the position away before the stop saw it (I4, I6)."""
    town, bot = world.town, world.bot(default_leverage=100, default_stop_loss_pct="0.9")
    clients = world.clients(bot, 3)
    town.worker()
    signal = world.alert(bot, "buy")
    world.settle(signal)
    world.entered_once_and_protected(signal)

    town.control.set_mark("BTCUSDT", "93000")
    assert all(world.there(client)["positions"] == [] for client in clients)

    world.look_until(lambda: not Position.objects.filter(status="open").exists())
    found = Execution.objects.filter(signal=signal).values_list("state", "reason_code")
    assert list(found) == [("CLOSED", "external")] * 3
    world.check()

"""Orders whose outcome nobody told us (F14–F17, F37): asked for by client order id, adopted, never sent twice."""

import pytest
from django.utils import timezone

from bots.models import Bot
from signals.models import Execution, ExecutionEvent, Position, Signal
from tests.faults.servers import eventually
from tests.faults.world import FaultWorld

HTML = "<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"


@pytest.mark.fault_short
def test_f14_no_answer_after_the_exchange_accepted(world: FaultWorld) -> None:
    """The connection breaks, or the answer comes after our time-out: UNCONFIRMED, asked, adopted (I1)."""
    town, bot = world.town, world.bot()
    world.clients(bot, 10)
    town.worker()
    dropped = town.control.add_fault("drop_after", leg="entry", count=4)
    delayed = town.control.add_fault("delay_after", leg="entry", delay_ms=8000, count=2)

    signal = world.alert(bot, "buy")

    world.settle(signal)
    world.entered_once_and_protected(signal, within_ms=15_000)
    assert (town.fired(dropped), town.fired(delayed)) == (4, 2)
    assert ExecutionEvent.objects.filter(execution__signal=signal, code="outcome_unknown").count() >= 4


@pytest.mark.parametrize("unique_ids", [False, True], ids=["ids_reusable", "ids_unique"])
def test_f15_a_packet_that_is_delivered_late(world: FaultWorld, unique_ids: bool) -> None:
    """The worker dies while its orders are still on the way; they arrive after its successor has asked. Not sent again
    before the first one's window is over (I1), whether the exchange takes an id twice or not."""
    town, bot = world.town, world.bot()
    world.clients(bot, 12)
    town.control.settings(unique_ids=unique_ids)
    town.no_worker()
    town.another_worker("-Q", "close")  # takes no entries from the broker; leads the guardian, so it asks at once
    victim = town.another_worker()
    late = {"delay_ms": 2500, "window": "acceptance"}  # our window is 3 s: it is taken when it comes
    town.control.add_fault("delay_before", leg="entry", count=6, **late)
    town.control.add_fault("drop_before", leg="entry", count=6)

    since = town.control.last_request()
    signal = world.alert(bot, "buy")
    assert eventually(lambda: len(town.control.requests(since=since, leg="entry")) == 12, 10)
    town.lose(victim)
    Execution.objects.filter(signal=signal).update(lease_until=timezone.now())  # now, not after 8 s

    world.settle(signal)
    arrived = [item for item in town.control.requests(since=since, leg="entry") if "delay_before" in item["effects"]]
    assert len(arrived) == 6
    assert eventually(lambda: town.now() > max(item["time"] for item in arrived) + 2600, 5)
    world.entered_once_and_protected(signal)


def test_f16_an_error_after_the_exchange_accepted(world: FaultWorld) -> None:
    """502 in HTML, 503, 504 and -1007 say nothing about the order: asked and adopted, one entry each (I1)."""
    town, bot = world.town, world.bot()
    world.clients(bot, 8)
    town.worker()
    town.control.add_fault("answer_after", leg="entry", status=502, body=HTML, count=2)
    town.control.add_fault("answer_after", leg="entry", status=503, body="", count=2)
    town.control.add_fault("answer_after", leg="entry", status=504, body=HTML, count=2)
    town.control.add_fault(
        "answer_after", leg="entry", code=-1007, message="Timeout waiting for backend server.", count=2
    )

    signal = world.alert(bot, "buy")

    world.settle(signal)
    world.entered_once_and_protected(signal, within_ms=15_000)
    assert ExecutionEvent.objects.filter(execution__signal=signal, code="outcome_unknown").count() == 8


def entries_lost_once(world: FaultWorld) -> Signal:
    """A broadcast whose three first entries never arrived: what is sent next is each one's second try."""
    town, bot = world.town, world.bot()
    world.clients(bot, 3)
    town.worker()
    lost = town.control.add_fault("drop_before", leg="entry", count=3)
    signal = world.alert(bot, "buy")
    assert eventually(lambda: town.fired(lost) == 3, 10)
    return signal


def test_f16_an_order_sent_again_is_not_answered_either(world: FaultWorld) -> None:
    """What was sent again is asked for at once, as the first one was: a filled entry waits for its stop (I1, I3)."""
    control, since = world.town.control, world.town.control.last_request()
    signal = entries_lost_once(world)
    again = control.add_fault("drop_after", leg="entry", count=3)

    world.settle(signal)
    assert world.town.fired(again) == 3
    assert len(control.requests(since=since, leg="entry")) == 6
    world.entered_once_and_protected(signal, within_ms=4_000)  # not the 8 s of a lease


def test_f16_the_answer_to_an_order_sent_again_is_late(world: FaultWorld) -> None:
    """It stands at the exchange long before its answer comes: it is asked for meanwhile, as the first one is (I3)."""
    signal = entries_lost_once(world)
    late = world.town.control.add_fault("delay_after", leg="entry", delay_ms=8000, count=3)

    world.settle(signal)
    assert world.town.fired(late) == 3
    world.entered_once_and_protected(signal, within_ms=2_400)


@pytest.mark.fault_short
def test_f17_a_short_maintenance_before_anything_is_accepted(world: FaultWorld) -> None:
    """Orders that were provably not taken are sent again inside the signal's age, once (I1)."""
    town, bot = world.town, world.bot()
    world.clients(bot, 5)
    town.worker()
    rule = town.control.add_fault("answer_before", leg="entry", status=503)

    signal = world.alert(bot, "buy")
    assert eventually(lambda: town.fired(rule) >= 5, 10)
    town.control.remove_fault(rule)

    world.settle(signal)
    world.entered_once_and_protected(signal)


def test_f17_the_whole_exchange_is_down_for_three_seconds(world: FaultWorld) -> None:
    """Nothing can be read either: tried again inside the signal's age, entered once (F17: retry inside max_age)."""
    town, bot = world.town, world.bot()
    world.clients(bot, 5)
    town.worker()
    town.control.maintain("3")

    signal = world.alert(bot, "buy")

    world.settle(signal)
    world.entered_once_and_protected(signal)


def test_f17_a_maintenance_that_outlasts_the_signal(world: FaultWorld) -> None:
    """Nothing entered, every execution says why, and the next signal trades when the exchange is back."""
    town, bot = world.town, world.bot(max_signal_age_s=8)
    world.clients(bot, 5)
    town.worker()
    rule = town.control.maintain("60")

    signal = world.alert(bot, "buy", id="first")
    world.settle(signal, within=60)
    town.control.remove_fault(rule)

    reasons = Execution.objects.filter(signal=signal).values_list("state", "reason_code")
    assert set(reasons) <= {("SKIPPED", "exchange_unavailable"), ("SKIPPED", "stale_signal")}
    world.check()
    Bot.objects.update(max_signal_age_s=60)  # the breaker asks an exchange that was away every 10 s
    again = world.alert(bot, "buy", id="second")
    world.settle(again)
    world.entered_once_and_protected(again)


@pytest.mark.fault_short
def test_f37_an_order_that_is_not_found_and_then_found(world: FaultWorld) -> None:
    """The exchange lies once: "does not exist". Asked again before anything is sent again (I1, I6)."""
    town, bot = world.town, world.bot()
    world.clients(bot, 5)
    town.worker()
    town.control.add_fault("drop_after", leg="entry", count=5)
    town.control.add_fault("hide", leg="query", count=5)

    signal = world.alert(bot, "buy")

    world.settle(signal)
    world.entered_once_and_protected(signal)


@pytest.mark.parametrize(
    "path",
    [
        "/fapi/v*/positionRisk",
        "/fapi/v1/openAlgoOrders",
        "/fapi/v1/userTrades",
    ],
    ids=["positions", "open_orders", "fills"],
)
def test_f37_a_read_that_is_empty_once(world: FaultWorld, path: str) -> None:
    """The reconciler is shown nothing, once: nothing is closed, nothing is placed again (I6)."""
    town, bot = world.town, world.bot()
    clients = world.clients(bot, 3)
    town.worker()
    signal = world.alert(bot, "buy")
    world.settle(signal)
    assert eventually(lambda: not Position.objects.filter(fills_booked_at=None).exists(), 20)
    orders = [len(world.history(client, "ConditionalPlaced")) for client in clients]
    rules = [town.control.add_fault("hide", path=path, api_key=world.key(client), count=1) for client in clients]

    if path.endswith("userTrades"):
        Position.objects.update(fills_booked_at=None)
    world.look_until(lambda: all(town.fired(rule) for rule in rules))

    world.entered_once_and_protected(signal)
    assert [len(world.history(client, "ConditionalPlaced")) for client in clients] == orders

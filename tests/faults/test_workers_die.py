"""Workers that die or freeze in the middle of an order (F1–F5): another one finishes, and nothing happens twice."""

import pytest
from django.utils import timezone

from signals.models import Execution
from signals.states import State
from tests.faults.servers import eventually
from tests.faults.world import FaultWorld


def test_f01_worker_killed_before_the_order_leaves(world: FaultWorld) -> None:
    """Another one enters once, within 15 s; where the signal has become too old by then, it says so (I1)."""
    town = world.town
    patient, hasty = world.bot("patient"), world.bot("hasty", max_signal_age_s=5)
    clients = [*world.clients(patient, 4), *world.clients(hasty, 4)]
    victim = town.worker()
    rule = town.control.add_fault("hold_before", leg="entry")

    fresh, stale = world.alert(patient, "buy"), world.alert(hasty, "buy")
    town.control.wait_held(rule, 8)
    killed = town.now()
    town.lose(victim)
    town.control.release(rule, drop=True)
    town.control.remove_fault(rule)
    town.another_worker(ready=False)

    world.settle()
    world.entered_once_and_protected(fresh)
    entries = [world.history(client, "OrderFilled")[0]["time"] for client in clients[:4]]
    assert max(entries) - killed <= 15_000
    assert set(Execution.objects.filter(signal=stale).values_list("state", "reason_code")) == {
        ("SKIPPED", "stale_signal")
    }


@pytest.mark.fault_short
def test_f02_worker_killed_after_the_exchange_accepted(world: FaultWorld) -> None:
    """The order stands, our books do not know: it is adopted by its client order id, not sent again (I1, I6)."""
    town, bot = world.town, world.bot()
    world.clients(bot, 5)
    victim = town.worker()
    rule = town.control.add_fault("hold_after", leg="entry")

    signal = world.alert(bot, "buy")
    town.control.wait_held(rule, 5)
    town.lose(victim)
    town.control.remove_fault(rule)
    town.another_worker(ready=False)

    world.settle(signal)
    world.entered_once_and_protected(signal, within_ms=15_000)


def test_f03_worker_killed_after_the_fill_before_the_stop(world: FaultWorld) -> None:
    """The sweeper places the stop that the dead worker owed, within 15 s of the fill (I3)."""
    town, bot = world.town, world.bot()
    world.clients(bot, 5)
    victim = town.worker()
    rules = [town.control.add_fault("drop_before", leg=leg) for leg in ("stop", "target")]

    signal = world.alert(bot, "buy")
    world.reached(State.FILLED, signal, count=5)
    town.lose(victim)
    for rule in rules:
        town.control.remove_fault(rule)
    town.another_worker(ready=False)

    world.settle(signal)
    world.entered_once_and_protected(signal, within_ms=15_000)


def test_f04_an_execution_that_kills_its_worker_is_given_up(world: FaultWorld) -> None:
    """Three deaths over one row: it ends with a reason instead of killing for ever, and the others go on."""
    town, bot = world.town, world.bot(max_signal_age_s=600)
    poison, healthy = world.clients(bot, 2)
    town.control.add_fault("hold_before", leg="leverage", api_key=world.key(poison))
    world.alert(bot, "buy")
    row = world.execution(poison)

    for death in (1, 2, 3):
        victim = town.worker()
        assert eventually(lambda: tries(row) == (State.CLAIMED, death), 20), (death, tries(row))  # noqa: B023
        assert eventually(lambda: world.execution(healthy).state == State.PROTECTED, 20)  # it is not what kills
        town.lose(victim)
        # the lease of 8 s is not what this row is about
        Execution.objects.filter(pk=row.pk).update(lease_until=timezone.now())
    town.worker()

    world.settle(within=20)
    row.refresh_from_db()
    assert (row.state, row.reason_code, row.attempts) == (State.SKIPPED, "internal_error", 3)
    one = world.execution(healthy)
    assert (one.state, one.reason_code, one.error_message) == (State.PROTECTED, "", "")
    assert world.told_to_operators() == [("execution_given_up", {"symbol": "BTCUSDT", "attempts": "3"})]
    world.check()


def tries(row: Execution) -> tuple[str, int]:
    row.refresh_from_db()
    return row.state, row.attempts


@pytest.mark.fault_short
def test_f05_a_frozen_worker_that_wakes_does_nothing_twice(world: FaultWorld) -> None:
    """Another one takes over and settles; the sleeper wakes with answers in its hands and a lease that is gone (I1)."""
    town, bot = world.town, world.bot()
    clients = world.clients(bot, 5)
    sleeper = town.worker()
    town.control.add_fault("delay_after", leg="entry", delay_ms=1500, count=5)

    signal = world.alert(bot, "buy")
    assert eventually(lambda: all(world.entered(client) for client in clients), 10)
    with town.frozen(sleeper):
        town.another_worker()
        world.settle(signal)
    world.entered_once_and_protected(signal, within_ms=15_000)

    later = world.alert(bot, "close")  # the sleeper is awake again, and takes part
    world.settle(later)
    assert [world.there(client)["positions"] for client in clients] == [[]] * 5
    world.check()
    assert sleeper.process.poll() is None


@pytest.mark.fault_short
def test_f05_a_frozen_worker_that_wakes_while_another_one_sends(world: FaultWorld) -> None:
    """It was about to send when it froze; its successor's orders are on their way when it wakes: it sends nothing (I1)."""
    town, bot = world.town, world.bot()
    world.clients(bot, 5)
    town.no_worker()
    town.another_worker("-Q", "close")  # takes no entries from the broker; leads the guardian
    sleeper = town.another_worker()
    preparing = town.control.add_fault("hold_before", leg="leverage")

    signal = world.alert(bot, "buy")
    town.control.wait_held(preparing, 5)
    with town.frozen(sleeper):
        town.control.release(preparing)
        town.control.remove_fault(preparing)
        sending = town.control.add_fault("hold_before", leg="entry")
        Execution.objects.filter(signal=signal).update(lease_until=timezone.now())
        town.control.wait_held(sending, 5, seconds=20)
    eventually(lambda: "lease lost" in sleeper.output or town.held(sending) > 5, 3)
    town.control.release(sending)
    town.control.remove_fault(sending)

    world.settle(signal)
    world.entered_once_and_protected(signal)
    assert sleeper.process.poll() is None

"""The whole road with a real worker, broker and database: broadcast, exits, a killed worker, lost messages (WHK-12, D5)."""

import os
import signal as signals_of_the_system
import time

import pytest
import redis
from django.conf import settings

from ops.daemons import wait_until
from signals.models import Execution, Position, Signal
from signals.states import UNSETTLED
from tests.flow.world import World
from tests.processes import Processes

pytestmark = pytest.mark.worker


def settled(signal: Signal) -> bool:
    signal.refresh_from_db()
    return signal.completed_at is not None and not Execution.objects.filter(signal=signal, state__in=UNSETTLED).exists()


def entered_once_and_protected(world: World, signal: Signal) -> None:
    """One entry each at the exchange, none without its stop."""
    for execution in Execution.objects.filter(signal=signal).select_related("subscription"):
        there = world.exchange_account(execution.subscription)
        fills = world.entries(execution.subscription)
        assert (execution.state, len(fills), len(there["positions"])) == ("PROTECTED", 1, 1), execution.reason_code
        assert len(there["open_conditionals"]) == 2


def test_twenty_accounts_enter_are_protected_and_leave_by_their_stop(fleet: World, processes: Processes):
    bot = fleet.bot()
    clients = fleet.clients(bot, 20)
    processes.start("trade")

    signal = fleet.alert(bot, "buy")

    assert wait_until(lambda: settled(signal), 30)
    assert (signal.total_subscribers, signal.successful_executions) == (20, 20)
    entered_once_and_protected(fleet, signal)

    stop = fleet.execution(clients[0]).stop_loss_sent_price
    fleet.sim.control.move_price("BTCUSDT", str(stop))
    began = time.monotonic()
    assert wait_until(lambda: not Position.objects.filter(status="open").exists(), 15)
    assert time.monotonic() - began <= 5  # booked within 5 s (D13)
    assert set(Position.objects.values_list("exit_reason", flat=True)) == {"stop_loss"}


def test_a_thousand_positions_that_their_stops_close_are_booked_in_seconds(fleet: World, processes: Processes):
    """Within 5 s of the exit, with 1,000 accounts as with 20 (D13)."""
    bot = fleet.bot()
    fleet.clients(bot, 1000)
    processes.start("trade")
    processes.start("reconcile")
    signal = fleet.alert(bot, "buy")
    assert wait_until(lambda: settled(signal), 90)
    assert wait_until(lambda: not Position.objects.filter(fills_booked_at=None).exists(), 60)

    stop = Execution.objects.filter(signal=signal).latest("created_at").stop_loss_sent_price
    began = time.monotonic()
    fleet.sim.control.move_price("BTCUSDT", str(stop))

    assert wait_until(lambda: not Position.objects.filter(status="open").exists(), 30)
    assert time.monotonic() - began <= 5
    assert Position.objects.filter(exit_reason="stop_loss").count() == 1000


def test_a_worker_killed_in_the_middle_leaves_nothing_undone(fleet: World, processes: Processes):
    """kill -9 in the middle of 200: within 60 s every execution is settled, one entry each, none without its stop."""
    bot = fleet.bot()
    fleet.clients(bot, 200)
    fleet.sim.control.settings(latency_ms=80)
    first, second = processes.start("trade"), processes.start("trade")
    assert wait_until(lambda: "leads the guardian" in first.output + second.output or True, 1)

    signal = fleet.alert(bot, "buy")
    assert wait_until(lambda: Execution.objects.filter(signal=signal).exclude(state="PENDING").count() >= 60, 30)
    first.kill()

    assert wait_until(lambda: settled(signal), 60)
    entered_once_and_protected(fleet, signal)


def test_lost_messages_are_found_by_the_sweeper(fleet: World, processes: Processes):
    """The broker forgets everything (FLUSHALL): the rows are rung again (D5)."""
    bot = fleet.bot()
    fleet.clients(bot, 30)
    signal = fleet.alert(bot, "buy")
    server = redis.Redis.from_url(
        settings.CELERY_BROKER_URL.replace("redis+socket", "unix").replace("virtual_host", "db")
    )
    assert wait_until(lambda: server.llen("entry") > 0, 5)
    server.flushdb()

    processes.start("trade")

    assert wait_until(lambda: settled(signal), 40)
    entered_once_and_protected(fleet, signal)


def test_a_frozen_worker_that_wakes_does_nothing_twice(fleet: World, processes: Processes):
    """F5: another one takes over; the sleeper's lease is gone."""
    bot = fleet.bot()
    fleet.clients(bot, 40)
    fleet.sim.control.settings(latency_ms=80)
    first, second = processes.start("trade"), processes.start("trade")

    signal = fleet.alert(bot, "buy")
    assert wait_until(lambda: Execution.objects.filter(signal=signal).exclude(state="PENDING").exists(), 30)
    os.killpg(first.pid, signals_of_the_system.SIGSTOP)
    time.sleep(14)
    os.killpg(first.pid, signals_of_the_system.SIGCONT)

    assert second.process.poll() is None
    assert wait_until(lambda: settled(signal), 60)
    entered_once_and_protected(fleet, signal)


@pytest.mark.parametrize("blow", [signals_of_the_system.SIGKILL, signals_of_the_system.SIGSTOP])
def test_what_a_dead_or_frozen_worker_held_is_taken_over_before_its_lease_ends(
    fleet: World, processes: Processes, blow: int
):
    """F3, F5: its word in the database fell silent, so the stop does not wait for the lease of eight seconds."""
    bot = fleet.bot()
    client = fleet.clients(bot, 1)[0]
    processes.start("reconcile", BATUTA_GUARDIAN="lead")
    worker = processes.start("trade")
    held = fleet.sim.control.add_fault("hold_after", leg="entry", count=1)
    time.sleep(6)  # a database that has just started says nothing of who is alive
    signal = fleet.alert(bot, "buy")
    fleet.sim.control.wait_held(held)

    os.killpg(worker.pid, blow)
    began = time.monotonic()
    fleet.sim.control.release(held, drop=True)

    assert wait_until(lambda: settled(signal), 30)
    assert time.monotonic() - began < 7
    assert len(fleet.entries(client)) == 1
    entered_once_and_protected(fleet, signal)

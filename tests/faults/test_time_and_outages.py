"""Outages of our own, deploys, and clocks that differ (F6, F30, F31, F33)."""

import json
import shelve
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from celery import current_app
from celery.beat import ScheduleEntry
from django.utils import timezone

from signals.models import Execution, Position, Signal
from signals.states import State
from tests.faults.servers import Servers, eventually
from tests.faults.world import FaultWorld
from tests.trading_world import make_position


def test_f06_a_deploy_in_the_middle_of_a_broadcast(world: FaultWorld) -> None:
    """The new worker runs beside the old one, which ends what it began; alerts are taken all the while (I2)."""
    town, bot = world.town, world.bot(quota_per_minute=600)
    world.clients(bot, 60)
    town.no_worker()
    old = town.another_worker("-c", "8")
    town.control.settings(latency_ms=150)
    signal = world.alert(bot, "buy")
    world.reached(State.PROTECTED, signal, count=15)

    new = town.another_worker(ready=False)
    replies = [world.post(bot, "sell", "ETHUSDT.P", id=f"during {number}") for number in range(3)]
    ended = old.stop(40)  # SIGTERM; SIGKILL would follow after the grace
    replies += [world.post(bot, "sell", "ETHUSDT.P", id=f"after {number}") for number in range(3)]

    assert ended == 0
    assert [reply.status_code for reply in replies] == [202] * 6
    world.settle(within=60)
    assert new.process.poll() is None
    world.entered_once_and_protected(signal)


def test_f06_the_old_worker_does_not_end_in_its_grace(world: FaultWorld) -> None:
    """SIGTERM while orders are in flight, SIGKILL before they are answered: the new one finishes (I1, I2)."""
    town, bot = world.town, world.bot()
    world.clients(bot, 20)
    town.no_worker()
    old = town.another_worker()
    rule = town.control.add_fault("hold_after", leg="entry")
    signal = world.alert(bot, "buy")
    town.control.wait_held(rule, 20)

    old.process.terminate()
    new = town.another_worker()
    town.lose(old)
    town.control.remove_fault(rule)

    world.settle(signal, within=60)
    assert new.process.poll() is None
    world.entered_once_and_protected(signal, within_ms=15_000)


@pytest.mark.fault_short
def test_f30_the_day_ends_without_beat(world: FaultWorld) -> None:
    """No beat runs anywhere in this suite: yesterday's loss does not count any more, today's does (I7)."""
    town, bot = world.town, world.bot()
    yesterday, today = world.clients(bot, 2, max_daily_loss_usd="100.00")
    midnight = datetime.now(ZoneInfo(today.user.time_zone)).replace(hour=0, minute=0, second=0, microsecond=0)
    for subscription, moment in ((yesterday, midnight - timedelta(seconds=1)), (today, midnight)):
        booked = {"exit_price": "93000", "realized_pnl": "-200", "fills_booked_at": timezone.now()}
        position = make_position(subscription, moment - timedelta(minutes=1), symbol_key="ETHUSDT", **booked)
        Position.objects.filter(pk=position.pk).update(closed_at=moment)
    town.worker()

    signal = world.alert(bot, "buy")
    world.settle(signal)

    assert world.execution(yesterday).state == State.PROTECTED
    assert (world.execution(today).state, world.execution(today).reason_code) == ("SKIPPED", "daily_loss")


def test_f30_two_beats_after_an_hour_do_not_catch_up(world: FaultWorld, servers: Servers, tmp_path: Path) -> None:
    """Each task that was due is sent once by each of them, not once for every time it was missed."""
    town = world.town
    due = [entry["task"] for entry in current_app.conf.beat_schedule.values() if 60 <= entry["schedule"] <= 3600]
    for number in (1, 2):
        schedule = tmp_path / f"beat-{number}"
        an_hour_ago(schedule)
        town.processes.start("beat", "-s", str(schedule))

    def sent() -> Counter[str]:
        messages = (json.loads(raw) for raw in servers.valkey().lrange("default", 0, -1))
        return Counter(message["headers"]["task"] for message in messages)

    assert eventually(lambda: all(sent()[task] == 2 for task in due), 20), sent()
    assert not eventually(lambda: any(sent()[task] > 2 for task in due), 3), sent()
    for process in town.processes.running:
        if process.name == "beat":
            process.kill()


def an_hour_ago(schedule: Path) -> None:
    """The file that beat keeps, as an hour of standing still leaves it."""
    then = datetime.now(UTC) - timedelta(hours=1)
    with shelve.open(str(schedule)) as store:
        entries = {
            name: ScheduleEntry(name=name, app=current_app, last_run_at=then, total_run_count=1, **entry)
            for name, entry in current_app.conf.beat_schedule.items()
        }
        store["entries"] = entries
        store["__version__"], store["tz"], store["utc_enabled"] = "5.7.0", current_app.conf.timezone, True


def test_f31_everything_was_down_and_signals_waited(world: FaultWorld, servers: Servers) -> None:
    """Entries are SKIPPED as stale, closes are carried out, and what a stop sold meanwhile is booked (I12)."""
    town, bot = world.town, world.bot(max_signal_age_s=5)
    clients = world.clients(bot, 5)
    town.worker()
    for symbol in ("ETHUSDT", "SOLUSDT"):
        world.alert(bot, "buy", f"{symbol}.P")
    world.settle()
    stop = Execution.objects.filter(symbol_key="SOLUSDT").latest("created_at").stop_loss_sent_price

    town.no_worker()
    opening = world.alert(bot, "buy")
    closing = world.alert(bot, "close", "ETHUSDT.P")
    servers.kill_valkey()
    town.control.move_price("SOLUSDT", str(stop))
    assert eventually(lambda: timezone.now() - opening.created_at > timedelta(seconds=5), 10)
    servers.stack.valkey.start()
    town.worker()

    world.settle(opening, closing)
    assert outcomes(opening) == {("SKIPPED", "stale_signal")}
    assert outcomes(closing) == {("CLOSED", "closed_by_signal")}
    world.look_until(lambda: not Position.objects.filter(status="open").exists())
    assert set(Position.objects.filter(symbol_key="SOLUSDT").values_list("exit_reason", flat=True)) == {"stop_loss"}
    assert all(world.there(client)["positions"] == [] for client in clients)
    world.check()


@pytest.mark.parametrize("offset_ms", [3_000, -3_000], ids=["ahead", "behind"])
def test_f33_the_exchange_is_some_seconds_off(world: FaultWorld, offset_ms: int) -> None:
    """Signed calls follow the exchange's clock, staleness goes by our own: nobody is skipped."""
    town, bot = world.town, world.bot()
    world.clients(bot, 5)
    town.worker()
    town.control.set_clock(offset_ms)

    signal = world.alert(bot, "buy")
    world.settle(signal)

    assert outcomes(signal) == {("PROTECTED", "")}
    world.look_until(lambda: not Position.objects.filter(fills_booked_at=None).exists())
    world.check_books()


@pytest.mark.parametrize("offset_ms", [90_000, -90_000], ids=["ahead", "behind"])
def test_f33_the_exchange_is_far_off(world: FaultWorld, offset_ms: int) -> None:
    """A clock that jumps by 90 s: once it is known, entries are refused; what is open is booked and can be left."""
    town, bot = world.town, world.bot()
    world.clients(bot, 5)
    town.no_worker()
    town.worker()
    opened = world.alert(bot, "buy")
    world.settle(opened)
    town.control.set_clock(offset_ms)

    finding_out = world.alert(bot, "buy", "ETHUSDT.P")
    world.settle(finding_out)
    refused = world.alert(bot, "buy", "SOLUSDT.P")
    world.settle(refused)

    assert outcomes(finding_out) <= {("PROTECTED", ""), ("SKIPPED", "clock_skew")}
    assert outcomes(refused) == {("SKIPPED", "clock_skew")}
    closing = world.alert(bot, "close")
    world.settle(closing)
    assert outcomes(closing) == {("CLOSED", "closed_by_signal")}
    world.look_until(lambda: not Position.objects.filter(fills_booked_at=None).exists())
    world.check_books()
    town.no_worker()  # the next test's exchange has the right time, this worker would find out later


def outcomes(signal: Signal) -> set[tuple[str, str]]:
    return set(Execution.objects.filter(signal=signal).values_list("state", "reason_code"))

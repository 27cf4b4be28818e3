"""Outages of our own, deploys, and clocks that differ (F6, F30, F31, F33)."""

import json
import shelve
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from http.client import HTTPException
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from celery import current_app
from celery.beat import ScheduleEntry
from django.utils import timezone

from signals.models import Execution, Lease, Position, Signal
from signals.states import State
from tests.faults.other_workers import code_before_the_last_migration
from tests.faults.servers import Servers, eventually
from tests.faults.town import Town
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


def test_f06_the_web_server_is_restarted_while_alerts_arrive(world: FaultWorld) -> None:
    """Whoever is connected is answered, whoever finds nobody comes again, as TradingView does: no 5xx, each signal once (I1, I2)."""
    town, bot = world.town, world.bot(quota_per_minute=6000)
    world.clients(bot, 2, max_concurrent_positions=1)
    town.worker()
    ended, refused = threading.Event(), []

    def send_until_the_end(sender: int) -> list[tuple[str, list[int]]]:
        answers: list[tuple[str, list[int]]] = []
        while not ended.is_set():
            body = world.body("buy", "ETHUSDT.P", id=f"{sender} {len(answers)}")
            answers.append((body["id"], sent_again_and_again(town, bot.webhook_url_path, body, refused)))
        return answers

    with ThreadPoolExecutor(4) as threads:
        senders = [threads.submit(send_until_the_end, number) for number in range(4)]
        assert eventually(lambda: Signal.objects.count() >= 20, 10)
        town.restart_web()
        reached = Signal.objects.count()
        assert eventually(lambda: Signal.objects.count() >= reached + 20, 10)
        ended.set()
        answers = [answer for sender in senders for answer in sender.result()]

    assert refused, "the server was never away"
    assert {status for _, statuses in answers for status in statuses} <= {200, 202}
    assert Signal.objects.filter(status="accepted").count() == len(answers)
    world.settle(within=60)
    world.check()


def sent_again_and_again(town: Town, path: str, body: dict[str, Any], refused: list[OSError]) -> list[int]:
    """The statuses of an alert that is sent until somebody answers it."""
    for _ in range(100):
        try:
            return [town.post(path, body).status_code]
        except (OSError, HTTPException) as error:
            refused.append(OSError(str(error)))
            time.sleep(0.3)
    raise AssertionError("nobody answered in 30 s")


def test_f06_old_code_runs_beside_new_code(world: FaultWorld, tmp_path: Path) -> None:
    """The database is migrated first: workers of the commit before the last migration carry out a broadcast, alone and
    beside new ones, and what one began the other finishes (I1–I4)."""
    town, bot = world.town, world.bot(quota_per_minute=600)
    clients = world.clients(bot, 40)
    town.no_worker()
    try:
        with code_before_the_last_migration(tmp_path) as folder:
            old = town.another_worker("-c", "8", folder=folder)
            town.control.settings(latency_ms=150)
            signal = world.alert(bot, "buy")
            world.reached(State.PROTECTED, signal, count=10)
            town.another_worker("-c", "8")
            beside = world.alert(bot, "sell", "ETHUSDT.P")
            world.reached(State.SENDING, beside)
            town.lose(old)
            world.settle(signal, beside, within=60)
            world.entered_once_and_protected(signal)
            world.entered_once_and_protected(beside)

            town.no_worker()
            town.another_worker(
                folder=folder
            )  # a deploy that is taken back: the old code closes what the new one opened
            closing = world.alert(bot, "close_all")
            world.settle(closing, within=60)
            assert outcomes(closing) == {("CLOSED", "closed_by_signal")}
            assert [world.there(client)["positions"] for client in clients] == [[]] * 40
            world.look_until(lambda: not Position.objects.filter(fills_booked_at=None).exists())
            world.check()
            town.no_worker()
    except LookupError as error:
        pytest.skip(f"the history is not here: {error}")


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
    """Entries are SKIPPED as stale, closes carried out, what a stop sold meanwhile is booked; operators read one summary (I12)."""
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
    Lease.objects.update(until=timezone.now() - timedelta(hours=1))  # for so long nobody has led the guardian
    town.worker()

    world.settle(opening, closing)
    summary = {"entries": "5", "signals": "1", "closes": "5"}
    assert eventually(lambda: world.told_to_operators() == [("signals_missed", summary)], 5), world.told_to_operators()
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


@pytest.mark.parametrize("ahead_s", [3, -3], ids=["ahead", "behind"])
def test_f33_a_worker_is_some_seconds_off(world: FaultWorld, ahead_s: int) -> None:
    """Our own clock: calls are signed by the exchange's, staleness goes by the database's: nobody is skipped; it is shown."""
    town, bot = world.town, world.bot(max_signal_age_s=5)
    clients = world.clients(bot, 5)
    town.no_worker()
    town.another_worker(clock_ahead_s=ahead_s)

    signal = world.alert(bot, "buy")
    world.settle(signal)

    assert outcomes(signal) == {("PROTECTED", "")}
    (shown,) = world.shown_to_operators("exchanges")
    assert abs(shown["clock_skew_ms"] + ahead_s * 1000) < 500
    sent = town.control.requests(api_key=world.key(clients[0]))
    assert [item["code"] for item in sent if item["code"] == -1021] == []
    closing = world.alert(bot, "close")
    world.settle(closing)
    assert outcomes(closing) == {("CLOSED", "closed_by_signal")}
    world.look_until(lambda: not Position.objects.filter(fills_booked_at=None).exists())
    world.check_books()


@pytest.mark.parametrize("ahead_s", [90, -90], ids=["ahead", "behind"])
def test_f33_a_worker_is_far_off(world: FaultWorld, ahead_s: int) -> None:
    """Entries are refused for the clock, not as stale, and nothing is sent; what others opened can be left, and is booked."""
    town, bot = world.town, world.bot()
    clients = world.clients(bot, 5)
    town.no_worker()
    opened = world.alert(bot, "buy")
    town.worker()
    world.settle(opened)
    world.entered_once_and_protected(opened)
    town.no_worker()
    town.another_worker(clock_ahead_s=ahead_s)
    since = town.control.last_request()

    refused = world.alert(bot, "buy", "ETHUSDT.P")
    world.settle(refused)

    found = Execution.objects.filter(signal=refused)
    assert outcomes(refused) == {("SKIPPED", "clock_skew")}
    assert all(abs(abs(row.reason_params["value"]) - 90) < 1 for row in found)
    assert town.control.requests(leg="entry", since=since) == []
    closing = world.alert(bot, "close")
    world.settle(closing)
    assert outcomes(closing) == {("CLOSED", "closed_by_signal")}
    assert [world.there(client)["positions"] for client in clients] == [[]] * 5
    world.look_until(lambda: not Position.objects.filter(fills_booked_at=None).exists())
    world.check_books()


def outcomes(signal: Signal) -> set[tuple[str, str]]:
    return set(Execution.objects.filter(signal=signal).values_list("state", "reason_code"))

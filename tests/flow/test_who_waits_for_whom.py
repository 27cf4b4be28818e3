"""Clients, managers and alerts that write at once: nobody ends in a deadlock, and no trade waits for the audit log (D1, SEC-05)."""

import asyncio
import threading
import time
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from django.db import connection, connections, transaction
from django.test import RequestFactory
from django.utils import timezone

from accounts.audit import _LOCK as LOG_LOCK
from accounts.models import AuditEntry
from bots.lifecycle import archive_bot
from ops.daemons import wait_until
from signals.ledger.ledger import Ledger
from signals.manual import close_by_hand
from signals.models import Execution
from signals.payload import Alert
from signals.receive import record_alert
from signals.states import Action
from signals.tasks import database_parameters
from subscriptions import lifecycle
from tests.trading_world import make_execution, make_position, make_signal, make_subscription

pytestmark = pytest.mark.django_db(transaction=True)
WAITING = """
    SELECT count(*) FROM pg_locks WHERE NOT granted
    AND (database IS NULL OR database = (SELECT oid FROM pg_database WHERE datname = current_database()))
"""


def waiting() -> int:
    with connection.cursor() as cursor:
        cursor.execute(WAITING)
        return int(cursor.fetchone()[0])


class Hand(threading.Thread):
    """Does a piece of work in a thread of its own; `error` is what it raised."""

    def __init__(self, work: Callable[[], object]) -> None:
        super().__init__(daemon=True)
        self.work = work
        self.error: BaseException | None = None
        self.took = 0.0
        self.start()

    def run(self) -> None:
        began = time.monotonic()
        try:
            self.work()
        except Exception as error:  # noqa: BLE001
            self.error = error
        finally:
            self.took = time.monotonic() - began
            connections.close_all()


def in_two_steps(first: Callable[[], object]) -> tuple[Hand, threading.Event, threading.Event]:
    """`first` in a transaction that is committed when the second event is set; the first one says that it is done."""
    done, commit = threading.Event(), threading.Event()

    def work() -> None:
        with transaction.atomic():
            first()
            done.set()
            commit.wait(10)

    hand = Hand(work)
    assert done.wait(5), hand.error
    return hand, done, commit


def beside(first: Callable[[], object], second: Callable[[], object]) -> list[BaseException | None]:
    """`second` begins when `first` is done and not committed; `first` commits when `second` waits for it."""
    one, _, commit = in_two_steps(first)
    two = Hand(second)
    wait_until(lambda: waiting() > 0 or not two.is_alive(), 3)
    commit.set()
    for hand in (one, two):
        hand.join(20)
    return [one.error, two.error]


def alert(action: str) -> Alert:
    return Alert(
        ticker="BTCUSDT.P",
        action=Action(action),
        price=None,
        alert_time=None,
        is_test=False,
        duplicate_key=str(time.time()),
        duplicate_for_ever=True,
        body={},
    )


def held(**fields: Any) -> Any:
    subscription = make_subscription(**fields)
    return make_position(subscription)


def archive(bot: Any) -> None:
    archive_bot(bot=bot, user=bot.manager, close_positions=True)


@pytest.mark.parametrize("action", ["buy", "close"])
def test_an_archive_beside_an_alert(action: str) -> None:
    bot = held().bot
    errors = beside(
        lambda: record_alert(bot=bot, alert=alert(action), source_ip="", now=timezone.now(), source="tradingview"),
        lambda: archive(bot),
    )
    assert errors == [None, None]


def test_an_archive_beside_a_close_by_hand() -> None:
    position = held()
    errors = beside(
        lambda: close_by_hand(position=position, user=position.user, request=RequestFactory().post("/")),
        lambda: archive(position.bot),
    )
    assert errors == [None, None]


def test_a_client_who_cancels_and_closes_beside_an_archive() -> None:
    position = held()
    errors = beside(
        lambda: archive(position.bot),
        lambda: lifecycle.cancel_subscription(
            subscription=position.subscription, user=position.user, close_positions=True
        ),
    )
    assert errors == [None, None]


def test_a_client_who_pauses_beside_an_archive() -> None:
    position = held()
    errors = beside(
        lambda: archive(position.bot), lambda: lifecycle.pause_subscription(subscription=position.subscription)
    )
    assert errors == [None, None]


def with_log_held(work: Callable[[Any], Any]) -> Any:
    """Somebody writes a line of the log and takes his time (a web process that froze, for one)."""
    with psycopg.connect(**database_parameters()) as other:
        other.execute("SELECT pg_advisory_xact_lock(%s)", [LOG_LOCK])
        try:
            return work(other)
        finally:
            other.rollback()


def test_a_close_by_hand_is_stored_while_the_log_is_held_and_the_client_changes_something() -> None:
    position = held()

    def work(_log: Any) -> bool:
        change = Hand(lambda: lifecycle.change_subscription(subscription=position.subscription, custom_leverage=7))
        assert wait_until(lambda: waiting() > 0, 3)
        Hand(lambda: close_by_hand(position=position, user=position.user, request=RequestFactory().post("/")))
        stored = wait_until(lambda: Execution.objects.filter(action="close").exists(), 3)
        assert change.is_alive()
        return bool(stored)

    assert with_log_held(work)


def test_an_execution_is_claimed_while_the_log_is_held_and_another_client_changes_something() -> None:
    changing, other = held(), held()
    ids = [
        make_execution(make_signal(position.bot, action="close"), position.subscription, state="PENDING").pk
        for position in (changing, other)
    ]

    async def claim(log: Any) -> float:
        ledger = Ledger(database_parameters())
        began = time.monotonic()
        first = asyncio.create_task(ledger.claim(ids[0]))
        await asyncio.sleep(0.2)
        try:
            async with asyncio.timeout(4):
                await ledger.claim(ids[1])
            return time.monotonic() - began
        except TimeoutError:
            return 99.0
        finally:
            await asyncio.to_thread(log.rollback)
            await asyncio.gather(first, return_exceptions=True)
            await ledger.close()

    def work(log: Any) -> float:
        change = Hand(lambda: lifecycle.change_subscription(subscription=changing.subscription, custom_leverage=7))
        assert wait_until(lambda: waiting() > 0, 3)
        took = asyncio.run(claim(log))
        change.join(5)
        return took

    assert with_log_held(work) < 2


def test_a_close_by_hand_is_taken_while_an_archive_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    position = held()
    locked, go_on = threading.Event(), threading.Event()

    def count(bot: Any) -> int:
        locked.set()
        go_on.wait(10)
        return 1

    monkeypatch.setattr("bots.lifecycle.open_positions", count)
    archiving = Hand(lambda: archive(position.bot))
    assert locked.wait(5)
    closing = Hand(lambda: close_by_hand(position=position, user=position.user, request=RequestFactory().post("/")))
    assert wait_until(lambda: waiting() > 0 or not closing.is_alive(), 3)
    go_on.set()
    for hand in (archiving, closing):
        hand.join(20)

    assert [archiving.error, closing.error] == [None, None]


def test_a_close_by_hand_is_taken_although_the_log_is_held() -> None:
    position = held()

    def work(_log: Any) -> None:
        close_by_hand(position=position, user=position.user, request=RequestFactory().post("/"))

    with_log_held(work)

    assert Execution.objects.filter(action="close", subscription=position.subscription).exists()
    assert not AuditEntry.objects.filter(event="close_asked").exists()


def test_an_alert_that_finds_nobody_is_counted_beside_an_archive() -> None:
    position = held(status="paused")
    errors = beside(
        lambda: record_alert(
            bot=position.bot, alert=alert("buy"), source_ip="", now=timezone.now(), source="tradingview"
        ),
        lambda: archive(position.bot),
    )
    assert errors == [None, None]

"""The database crashes, stops or drops a connection (F11–F13): answered means stored, and nothing stays naked."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from bots.models import Bot
from signals.models import Execution, Signal
from signals.states import State
from tests.faults.servers import Servers, eventually
from tests.faults.town import Reply
from tests.faults.world import FaultWorld

ACCOUNTS = 15


@pytest.mark.fault_short
def test_f11_the_database_crashes_in_the_middle_of_a_broadcast(world: FaultWorld, servers: Servers) -> None:
    """`restart -m immediate`: every alert is 503 or stored; workers come back; all is settled within 30 s (I1–I4)."""
    town, bot = world.town, world.bot()
    world.clients(bot, ACCOUNTS)
    town.worker()
    town.control.settings(latency_ms=200)
    opening = world.alert(bot, "buy")
    world.reached(State.SENDING, opening)

    servers.crash_postgres()
    reply = world.post(bot, "buy", "ETHUSDT.P", alert_id="second")
    servers.start_postgres()
    recovered = time.monotonic()
    while reply.status_code == 503:
        reply = world.post(bot, "buy", "ETHUSDT.P", alert_id="second")

    world.settle(within=30)
    assert time.monotonic() - recovered <= 30
    assert reply.status_code == 202
    second = Signal.objects.get(pk=reply.json()["signal_id"])
    assert Execution.objects.filter(signal=second, state="PROTECTED").count() == ACCOUNTS
    world.entered_once_and_protected(opening, within_ms=15_000)


def test_f12_the_connection_breaks_between_the_order_and_the_commit(world: FaultWorld, servers: Servers) -> None:
    """pg_terminate_backend while the exchange has accepted and we have not written: adopted, once (I1, I6)."""
    town, bot = world.town, world.bot()
    clients = world.clients(bot, 5)
    town.worker()
    town.control.add_fault("delay_after", leg="entry", delay_ms=1500, count=5)

    signal = world.alert(bot, "buy")
    assert eventually(lambda: all(world.entered(client) for client in clients), 10)
    assert servers.cut_connections() > 0

    world.settle(signal)
    world.entered_once_and_protected(signal, within_ms=15_000)


@pytest.mark.fault_short
def test_f13_no_database_at_the_webhook(world: FaultWorld, servers: Servers) -> None:
    """503 within a second, never a 200 without a row; one of the resends is stored, once."""
    town, bot = world.town, world.bot()
    world.clients(bot, 5)
    town.worker()

    servers.crash_postgres()
    refused = [world.post(bot, "buy", alert_id="the only one") for _ in range(4)]
    servers.start_postgres()
    stored = resend_until_stored(world, bot)

    assert [reply.status_code for reply in refused] == [503] * 4
    assert max(reply.seconds for reply in refused) <= 1.0
    assert stored.status_code == 202
    (signal,) = Signal.objects.all()
    world.settle(signal)
    world.entered_once_and_protected(signal)


def test_f13_the_database_is_frozen(world: FaultWorld, servers: Servers) -> None:
    """It takes connections and does not answer: TradingView is answered in time all the same, and nothing is doubled."""
    town, bot = world.town, world.bot()
    world.clients(bot, 5)
    town.worker()

    with servers.frozen_postgres(), ThreadPoolExecutor(2) as threads:
        replies = list(threads.map(lambda _: world.post(bot, "buy", alert_id="the only one"), range(2)))
    stored = resend_until_stored(world, bot)

    assert [reply.status_code for reply in replies] == [503] * 2
    assert max(reply.seconds for reply in replies) <= 2.5
    assert stored.status_code in (200, 202)
    (signal,) = Signal.objects.all()
    world.settle(signal)
    world.entered_once_and_protected(signal)


def resend_until_stored(world: FaultWorld, bot: Bot) -> Reply:
    """As TradingView would, sooner: the same body again while it is answered 503."""
    end = time.monotonic() + 15
    while (reply := world.post(bot, "buy", alert_id="the only one")).status_code == 503 and time.monotonic() < end:
        time.sleep(0.2)
    return reply

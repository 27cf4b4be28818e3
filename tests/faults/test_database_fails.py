"""The database crashes, stops, drops a connection or has no room (F11–F13, F32): answered means stored, nothing stays naked."""

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
    reply = world.post(bot, "buy", "ETHUSDT.P", id="second")
    servers.start_postgres()
    recovered = time.monotonic()
    while reply.status_code == 503:
        reply = world.post(bot, "buy", "ETHUSDT.P", id="second")

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
    refused = [world.post(bot, "buy", id="the only one") for _ in range(4)]
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
        replies = list(threads.map(lambda _: world.post(bot, "buy", id="the only one"), range(2)))
    stored = resend_until_stored(world, bot)

    assert [reply.status_code for reply in replies] == [503] * 2
    assert max(reply.seconds for reply in replies) <= 2.5
    assert stored.status_code in (200, 202)
    (signal,) = Signal.objects.all()
    world.settle(signal)
    world.entered_once_and_protected(signal)


def test_f32_the_disk_is_full(world: FaultWorld, servers: Servers) -> None:
    """Tables, append-only file and logs: every alert is 503 or stored, no order leaves without its row, all recovers (I1, I2, I8)."""
    if servers.disk.refusal:
        pytest.skip(f"no tmpfs can be mounted here: {servers.disk.refusal}")
    town, bot = world.town, world.bot(quota_per_minute=600)
    clients = world.clients(bot, 5)
    town.worker()
    first = world.alert(bot, "buy")
    world.settle(first)

    servers.disk.fill()
    replies = fill_what_is_left(world, bot)
    replies += [world.post(bot, "buy", "ETHUSDT.P", id="the only one") for _ in range(10)]
    assert {reply.status_code for reply in replies} <= {503, 202, 200}
    assert 503 in {reply.status_code for reply in replies}
    servers.disk.free()
    servers.start_postgres()  # where it had to give up, a service manager starts it again
    servers.stack.valkey.start()
    stored = resend_until_stored(world, bot, "ETHUSDT.P")

    assert stored.status_code in (200, 202)
    world.settle(within=60)
    assert Signal.objects.filter(symbol_key="ETHUSDT").count() == 1
    assert [len(world.there(client)["positions"]) for client in clients] == [2] * 5
    world.check()


def fill_what_is_left(world: FaultWorld, bot: Bot) -> list[Reply]:
    """Pages that were begun have room for some rows more: alerts that concern nobody, until one finds no room."""
    replies: list[Reply] = []
    while not replies or (replies[-1].status_code != 503 and len(replies) < 300):
        replies.append(world.post(bot, "close", "SOLUSDT.P", id=f"filler {len(replies)}"))
    return replies


def resend_until_stored(world: FaultWorld, bot: Bot, ticker: str = "BTCUSDT.P") -> Reply:
    """As TradingView would, sooner: the same body again while it is answered 503."""
    end = time.monotonic() + 15
    while (reply := world.post(bot, "buy", ticker, id="the only one")).status_code == 503 and time.monotonic() < end:
        time.sleep(0.2)
    return reply

"""The broker dies, forgets, freezes or comes back with old messages (F7–F10): the rows are the truth, it only rings."""

import shutil
from collections import defaultdict
from uuid import UUID

import pytest

from bots.models import Bot
from signals.models import Execution, Signal
from signals.states import State
from tests.faults.servers import Servers, eventually
from tests.faults.world import FaultWorld

ACCOUNTS = 15


@pytest.mark.parametrize("keeps_data", [True, False], ids=["with_its_file", "empty"])
def test_f07_the_broker_is_killed_in_the_middle_and_comes_back(
    world: FaultWorld, servers: Servers, keeps_data: bool
) -> None:
    """Alerts are taken meanwhile, what was under way ends, and the workers find the new server (I2)."""
    bot = busy_bot(world)
    opening = world.alert(bot, "buy")
    world.reached(State.SENDING, opening)

    servers.kill_valkey()
    closing = world.alert(bot, "close")
    if not keeps_data:
        servers.forget_valkey()
    servers.stack.valkey.start()
    again = world.alert(bot, "sell")

    world.settle(within=60)
    everyone_is_flat_then_short(world, opening, closing, again)


@pytest.mark.fault_short
def test_f08_the_broker_forgets_everything(world: FaultWorld, servers: Servers) -> None:
    """FLUSHALL while every message still waits: the rows are rung again, and the next alert rings as ever (I2)."""
    town, bot = world.town, world.bot()
    world.clients(bot, ACCOUNTS)
    town.no_worker()
    opening = world.alert(bot, "buy")
    assert eventually(lambda: servers.valkey().llen("entry") == ACCOUNTS, 5)

    servers.valkey().flushall()
    town.worker()

    world.settle(opening, within=30)
    world.entered_once_and_protected(opening)
    closing = world.alert(bot, "close")
    world.settle(closing, within=5)
    world.check()


@pytest.mark.fault_short
def test_f09_alerts_are_taken_and_carried_out_while_the_broker_is_frozen(world: FaultWorld, servers: Servers) -> None:
    """2xx within 2.5 s each, and the executions end without it: the sweeper's leader carries them out itself."""
    bot = busy_bot(world)

    with servers.frozen_valkey():
        actions = enumerate(("buy", "close", "sell", "close"))
        replies = [world.post(bot, action, alert_id=f"alert {number}") for number, action in actions]
        assert [reply.status_code for reply in replies] == [202] * 4
        assert max(reply.seconds for reply in replies) <= 2.5
        world.settle(within=40)
    world.check()

    again = world.alert(bot, "buy")
    world.settle(again, within=20)
    world.entered_once_and_protected(again)


def test_f10_old_messages_come_back(world: FaultWorld, servers: Servers) -> None:
    """A replica that fell behind takes over: tasks of executions that ended long ago run again, and do nothing (I1)."""
    town, bot = world.town, world.bot()
    clients = world.clients(bot, ACCOUNTS)
    town.no_worker()
    servers.valkey().config_set("appendfsync", "always")
    opening = world.alert(bot, "buy")
    assert eventually(lambda: servers.valkey().llen("entry") == ACCOUNTS, 5)
    data = servers.stack.valkey.data
    copy = data.with_name("valkey-behind")
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(data, copy)
    town.worker()
    world.settle(opening)
    closing = world.alert(bot, "close")
    world.settle(closing)

    servers.kill_valkey()
    servers.forget_valkey()
    copy.rename(data)
    servers.stack.valkey.start()

    came_back = servers.valkey()
    assert eventually(lambda: came_back.llen("entry") == 0, 30)
    last = world.alert(bot, "sell")  # behind all of them in the same queue
    world.settle(last, within=20)
    everyone_is_flat_then_short(world, opening, closing, last)
    assert [len(world.history(client, "OrderFilled")) for client in clients] == [3] * ACCOUNTS


def busy_bot(world: FaultWorld) -> Bot:
    """A bot with subscribers, an exchange that takes its time, a worker."""
    town, bot = world.town, world.bot(opposite_policy="reverse")
    world.clients(bot, ACCOUNTS)
    town.worker()
    town.control.settings(latency_ms=200)
    return bot


def everyone_is_flat_then_short(world: FaultWorld, opening: Signal, closing: Signal, again: Signal) -> None:
    """Each account opened and closed, or its open met the newer close and neither was needed; the last signal entered."""
    ends: dict[UUID, set[str]] = defaultdict(set)
    for row in Execution.objects.filter(signal__in=(opening, closing)):
        ends[row.account_id].add(row.reason_code)
    assert all(codes in ({"closed_by_signal"}, {"superseded", "no_position"}) for codes in ends.values()), ends
    assert {"closed_by_signal"} in ends.values()
    assert set(Execution.objects.filter(signal=again).values_list("state", flat=True)) == {"PROTECTED"}
    world.check()

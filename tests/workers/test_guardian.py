"""Who leads the guardian: the worker made for it, a trading worker only while that is away (promise 7)."""

from datetime import timedelta

import pytest
from django.utils import timezone

from ops.daemons import wait_until
from signals.models import Execution, Lease, Position
from tests.flow.world import World
from tests.processes import Processes

pytestmark = pytest.mark.worker

LEADS, HANDS_OVER = "this worker leads the guardian", "handed the guardian's lead over"


def test_a_trading_worker_leads_in_reserve_and_makes_way(fleet: World, processes: Processes):
    fleet.bot()
    reserve = processes.start("trade", LOG_LEVEL="INFO")
    assert wait_until(lambda: LEADS in reserve.output, 20)

    made_for_it = processes.start("reconcile", LOG_LEVEL="INFO")
    assert wait_until(lambda: LEADS in made_for_it.output, 20)
    assert wait_until(lambda: HANDS_OVER in reserve.output, 5)

    made_for_it.kill()
    assert wait_until(lambda: reserve.output.count(LEADS) == 2, 20)


def test_after_an_outage_an_account_is_looked_at_before_its_first_new_entry(fleet: World, processes: Processes):
    """What the client did at the exchange while nobody watched is in the books before anything new is sent (P18)."""
    bot = fleet.bot()
    client = fleet.client(bot)
    worker = processes.start("trade")
    first = fleet.alert(bot, "buy")
    assert wait_until(lambda: fleet.execution(client, first).state == "PROTECTED", 30)
    assert wait_until(lambda: Position.objects.get().fills_booked_at is not None, 20)
    worker.kill()
    Lease.objects.update(until=timezone.now() - timedelta(minutes=5))  # nobody has led for long
    fleet.sim.control.close_by_hand(fleet.keys[client.exchange_account_id]["api_key"], "BTCUSDT")
    second = fleet.alert(bot, "buy", "ETHUSDT.P")

    processes.start("trade")

    assert wait_until(lambda: fleet.execution(client, second).state == "PROTECTED", 40)
    gone = Position.objects.get(symbol_key="BTCUSDT")
    assert (gone.status, gone.exit_reason) == ("closed", "external")
    assert gone.closed_at < Execution.objects.get(signal=second).claimed_at

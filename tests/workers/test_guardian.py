"""Who leads the guardian: the worker made for it, a trading worker only while that is away (promise 7)."""

import pytest

from ops.daemons import wait_until
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

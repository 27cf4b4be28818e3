"""Workers that die or freeze in the middle of an order (F1–F5): another one finishes, and nothing happens twice."""

import pytest

from signals.models import Execution
from tests.faults.world import FaultWorld


def test_f02_worker_killed_after_the_exchange_accepted(world: FaultWorld) -> None:
    """The order stands, our books do not know: it is adopted by its client order id, not sent again (I1, I6)."""
    town, bot = world.town, world.bot()
    world.clients(bot, 5)
    victim = town.worker()
    town.control.add_fault("delay_after", leg="entry", delay_ms=20_000, count=5)

    signal = world.alert(bot, "buy")
    subscriptions = [execution.subscription for execution in Execution.objects.filter(signal=signal)]
    from ops.daemons import wait_until

    assert wait_until(lambda: all(world.entered(item) for item in subscriptions), 10)
    town.lose(victim)
    town.another_worker(ready=False)

    world.settle(signal)
    world.entered_once_and_protected(signal, within_ms=15_000)

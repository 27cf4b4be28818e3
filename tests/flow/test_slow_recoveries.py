"""Workers that both take up lost rows do not throw each other's work away, however slow the exchange answers (promise 7, D7)."""

import asyncio
import time
from dataclasses import replace
from typing import Any

from django.utils import timezone

from signals.desk import Desk
from signals.execute import execute
from signals.ledger.ledger import Ledger
from signals.models import Execution
from signals.sweeper import Errands, Sweeper
from signals.tasks import database_parameters
from tests.flow.world import World

ENDED = "SELECT state FROM signals_execution WHERE id = %s AND state IN ('PROTECTED', 'CLOSED')"
FILLED = "SELECT 1 FROM signals_execution WHERE id = %s AND state = 'FILLED'"
NOBODY: Any = None
PATIENCE_S = 60


async def sweep_for_ever(desk: Desk) -> None:
    sweeper = Sweeper(desk, NOBODY, Errands(200))
    while True:
        await sweeper.take_up_lost()
        await asyncio.sleep(0.5)


def until_ended(world: World, execution: Execution, workers: int) -> float | None:
    """Seconds until the execution ended, with so many workers that take up lost rows; None: not within the patience."""

    async def run(first: Desk) -> float | None:
        ledgers = [first.ledger, *(Ledger(database_parameters()) for _ in range(workers - 1))]
        desks = [replace(first, ledger=ledger) for ledger in ledgers]
        keeping = [asyncio.create_task(ledger.presence.keep()) for ledger in ledgers]
        await asyncio.sleep(0.5)
        began = time.monotonic()
        loops = [asyncio.create_task(sweep_for_ever(desk)) for desk in desks]
        try:
            while time.monotonic() - began < PATIENCE_S:
                if await first.ledger.query(ENDED, [execution.pk]):
                    return time.monotonic() - began
                await asyncio.sleep(0.2)
            return None
        finally:
            for task in (*loops, *keeping):
                task.cancel()
            await asyncio.gather(*loops, *keeping, return_exceptions=True)
            for ledger in ledgers[1:]:
                await ledger.close()

    result: float | None = world.at_desk(run)
    return result


def test_a_naked_position_at_a_slow_exchange_ends(world: World) -> None:
    client = world.client(world.bot())
    # The entry is filled, then its worker dies: nothing protects the position.
    for leg in ("stop", "target"):
        world.sim.control.add_fault("answer_before", leg=leg, code=-4120, message="Order type not supported")
    execution = world.alert(client.bot, "buy").executions.get()

    async def until_filled(desk: Desk) -> None:
        task = asyncio.create_task(execute(execution.pk, desk))
        while not await desk.ledger.query(FILLED, [execution.pk]):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    world.at_desk(until_filled)
    Execution.objects.filter(pk=execution.pk).update(lease_until=timezone.now())
    for leg in ("query", "read"):
        world.sim.control.add_fault("delay_after", leg=leg, delay_ms=2000)

    took = until_ended(world, execution, workers=3)

    assert took is not None, "nobody ended it"
    assert Execution.objects.get(pk=execution.pk).state == "CLOSED"

"""A recovery that asks for longer than a lease is not begun again and again by one worker after another (promise 7)."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone

from exchanges.registry import get_venue
from signals import entering
from signals.desk import Desk
from signals.ledger.ledger import Ledger
from signals.models import Execution
from signals.sweeper import Errands, Sweeper
from signals.tasks import database_parameters
from tests.flow.world import World

UNSETTLED = ("CLAIMED", "SENDING", "UNCONFIRMED", "FILLED")
PATIENCE_S = 12.0  # 30 s at Coinbase and Mercado Bitcoin, 31 s at Bitget
ANSWERS_IN_MS = 300


def test_an_entry_that_never_arrived_is_settled(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    client = world.client(world.bot(max_signal_age_s=300))
    world.sim.control.add_fault("drop_before", leg="entry", count=1)

    async def die(*_: Any, **__: Any) -> Any:
        raise RuntimeError("the worker dies here")

    with monkeypatch.context() as patch:
        patch.setattr(entering, "settle_order", die)
        world.trade(client.bot, "buy")
    world.sim.control.clear_faults()
    assert world.execution(client).state == "UNCONFIRMED"
    Execution.objects.update(lease_until=timezone.now() - timedelta(seconds=1), lease_owner=None)

    venue = get_venue("paper")
    monkeypatch.setattr(venue, "features", replace(venue.features, resend_after_s=PATIENCE_S))
    world.sim.control.add_fault("delay_before", leg="query", delay_ms=ANSWERS_IN_MS)
    took_s = world.at_desk(lambda desk: sweep_until_settled(desk, workers=2))

    row = world.execution(client)
    assert row.state not in UNSETTLED, f"still {row.state} after {took_s:.0f} s, taken over {row.lease_epoch} times"
    assert len(world.entries(client)) <= 1


async def sweep_until_settled(desk: Desk, workers: int) -> float:
    """As many workers as that, each with a ledger of its own, do what `Guardian.run` does twice a second. Answers how long it took."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    others = [Ledger(database_parameters()) for _ in range(workers - 1)]
    desks = [desk, *(replace(desk, ledger=one) for one in others)]
    keeping = [asyncio.create_task(one.ledger.presence.keep()) for one in desks]
    await asyncio.sleep(2)

    async def ring(_executions: list[tuple[UUID, str]]) -> None: ...

    async def work(one: Desk) -> None:
        sweeper = Sweeper(one, ring, Errands(10))
        while True:
            await sweeper.take_up_lost()
            await asyncio.sleep(0.5)

    working = [asyncio.create_task(work(one)) for one in desks]
    while loop.time() - began < 50:
        rows = await desk.ledger.query("SELECT state FROM signals_execution")
        if rows[0]["state"] not in UNSETTLED:
            break
        await asyncio.sleep(0.2)
    for task in (*working, *keeping):
        task.cancel()
    await asyncio.gather(*working, *keeping, return_exceptions=True)
    for one in others:
        await one.close()
    return loop.time() - began

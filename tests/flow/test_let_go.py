"""Who lets an execution go says nothing of the worker before it, which may sign orders until its own lease ends (D4, I1)."""

import asyncio
import time
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from signals import recovery
from signals.desk import Desk
from signals.execute import execute
from signals.ledger.group_commit import LedgerUnavailable
from signals.ledger.ledger import Ledger
from signals.models import Execution
from signals.recovery import recover
from signals.tasks import database_parameters
from tests.flow.world import World


async def hiccup(*_: Any) -> None:
    """What `ledger.query` raises when four connections are not enough for 5 s, or one is lost."""
    raise LedgerUnavailable("couldn't get a connection after 5.00 sec")


def test_the_next_owner_still_waits_for_it(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    client = world.client(world.bot())
    row = world.alert(client.bot, "buy").executions.get()
    time.sleep(2)  # our sessions stand for long enough (`REACHED_SINCE`)
    # A, slow but alive (its presence was lost with its connection), may sign for eight seconds more
    Execution.objects.update(
        state="UNCONFIRMED", lease_epoch=1, lease_until=timezone.now() + timedelta(seconds=8), lease_owner=4242
    )

    async def run(desk: Desk) -> float:
        with monkeypatch.context() as patch:
            patch.setattr(recovery, "_resume", hiccup)
            await recover(row.pk, desk)  # B
        third = await desk.ledger.take_over(row.pk)  # C
        return third.others_for_s if third is not None else 8

    others_for_s = world.at_desk(run)
    assert others_for_s > 5


def test_one_entry_only(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sends it again at the end of the window; so may who takes over from B, but not before A's lease has run out."""
    client = world.client(world.bot())
    row = world.alert(client.bot, "buy").executions.get()
    world.sim.control.add_fault("drop_before", leg="entry", count=1)

    async def run(desk: Desk) -> None:
        ledger = Ledger(database_parameters())
        other = replace(desk, ledger=ledger)
        desk.ledger.presence._was_held, desk.ledger.presence._number = True, 4242  # A's lock is lost, A is not
        sending = asyncio.create_task(execute(row.pk, desk))
        while (await ledger.query("SELECT state FROM signals_execution"))[0]["state"] != "UNCONFIRMED":  # noqa: ASYNC110
            await asyncio.sleep(0.02)
        world.sim.control.add_fault("delay_before", leg="entry", delay_ms=900)
        with monkeypatch.context() as patch:
            patch.setattr(recovery, "_resume", hiccup)
            await recover(row.pk, other)  # B
        recovering = asyncio.create_task(sweep(row.pk, other))
        await asyncio.gather(sending, recovering)
        await ledger.close()

    world.at_desk(run)

    assert len(world.entries(client)) == 1


async def sweep(key: Any, desk: Desk) -> None:
    for _ in range(40):
        await recover(key, desk)
        if (await desk.ledger.query("SELECT state FROM signals_execution"))[0]["state"] == "PROTECTED":
            return
        await asyncio.sleep(0.5)

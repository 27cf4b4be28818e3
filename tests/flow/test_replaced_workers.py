"""A worker that is taken for dead, and is only slow or frozen: whoever replaces it sends nothing that it may still send (I1, D4)."""

import asyncio
import threading
import time
from collections.abc import Callable
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from exchanges import client as exchange_client
from exchanges.client import ExchangeClient
from signals.desk import Desk
from signals.execute import execute
from signals.ledger.ledger import Ledger
from signals.ledger.presence import NAMESPACE
from signals.models import Execution
from signals.recovery import recover
from signals.sweeper import LOST, Errands
from signals.tasks import connect_account, database_parameters
from subscriptions.models import Subscription
from tests.flow.world import World

CUT = "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND classid = %s AND objid = %s"


class SlowWorker:
    """A worker of its own in a thread. Between the commit of SENDING and the first byte of an entry it does `in_between`."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, in_between: Callable[[], Any]) -> None:
        self.sending = threading.Event()
        self.presence: int | None = None
        self._real, self._in_between = ExchangeClient.enter, in_between
        monkeypatch.setattr(ExchangeClient, "enter", self._enter_late())

    def _enter_late(self) -> Any:
        worker = self

        async def enter(self: ExchangeClient, *args: Any, **kwargs: Any) -> Any:
            if threading.current_thread().name == "slow" and not worker.sending.is_set():
                worker.sending.set()
                waiting = worker._in_between()
                if waiting is not None:
                    await waiting
            return await worker._real(self, *args, **kwargs)

        return enter

    def start(self, execution_id: UUID) -> threading.Thread:
        thread = threading.Thread(target=lambda: asyncio.run(self._work(execution_id)), name="slow")
        thread.start()
        assert self.sending.wait(10)
        return thread

    async def _work(self, execution_id: UUID) -> None:
        ledger = Ledger(database_parameters())
        pulse = asyncio.create_task(ledger.presence.keep())
        while ledger.presence.number is None:  # noqa: ASYNC110 -- another task holds it soon
            await asyncio.sleep(0.05)
        self.presence = ledger.presence.number
        desk = Desk(ledger=ledger, connect=connect_account, announce=lambda *_: None, sleep=asyncio.sleep)
        try:
            await execute(execution_id, desk)
        finally:
            pulse.cancel()
            await asyncio.gather(pulse, return_exceptions=True)
            await ledger.close()
            await exchange_client.close_all()


async def sweep_until_settled(desk: Desk, execution_id: UUID) -> None:
    pulse = asyncio.create_task(desk.ledger.presence.keep())
    errands, end = Errands(10), time.monotonic() + 20
    state = "SELECT 1 FROM signals_execution WHERE id = %s AND state IN ('PROTECTED', 'SKIPPED', 'CLOSED')"
    while time.monotonic() < end and not await desk.ledger.query(state, [execution_id]):
        for row in await desk.ledger.query(LOST):
            errands.run(row["id"], lambda key=row["id"]: recover(key, desk))  # type: ignore[misc]
        await asyncio.sleep(0.1)
    await errands.finish()
    pulse.cancel()
    await asyncio.gather(pulse, return_exceptions=True)


def entered_once(world: World, client: Subscription) -> bool:
    there = world.exchange_account(client)
    (position,) = there["positions"]
    return (
        len(world.entries(client)) == 1
        and Decimal(position["quantity"]) == world.position(client).quantity
        and len(there["open_conditionals"]) == 2
    )


def test_a_worker_that_wakes_just_before_its_lease_ends(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its whole process stood still: it fell silent and was replaced, and its lease is good for a moment more."""
    client = world.client(world.bot())
    world.alert(client.bot, "buy")
    key = world.execution(client).pk
    worker = SlowWorker(monkeypatch, lambda: time.sleep(7.2))
    thread = worker.start(key)

    world.at_desk(lambda desk: sweep_until_settled(desk, key))
    thread.join()

    assert Execution.objects.get(pk=key).lease_epoch > 1, "it was not replaced"
    assert entered_once(world, client)


def test_a_worker_whose_presence_was_cut_while_its_order_waits(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """As by a network that drops one connection: the worker goes on, and its order comes late to its turn."""
    client = world.client(world.bot())
    world.alert(client.bot, "buy")
    key = world.execution(client).pk
    worker = SlowWorker(monkeypatch, lambda: asyncio.sleep(4.9))
    thread = worker.start(key)

    async def cut_and_sweep(desk: Desk) -> None:
        await desk.ledger.query(CUT, [NAMESPACE, worker.presence])
        await sweep_until_settled(desk, key)

    world.at_desk(cut_and_sweep)
    thread.join()

    assert Execution.objects.get(pk=key).lease_epoch > 1, "it was not replaced"
    assert entered_once(world, client)

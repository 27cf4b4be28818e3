"""Who may lead the guardian: a holder that is alive keeps the lease, one that died is replaced before it runs out (promise 7)."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

import psycopg
import pytest
from django.utils import timezone

from signals.desk import Desk
from signals.guardian import Guardian
from signals.ledger.group_commit import LedgerUnavailable
from signals.ledger.presence import BACK_AFTER_S, NAMESPACE
from signals.models import Execution, Lease
from signals.tasks import database_parameters
from tests.flow.world import World

OWNER = 4242
SETTLED = "SELECT 1 FROM signals_execution WHERE id = %s AND state = 'PROTECTED'"
HELD = "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND objid = %s"


def guardian(desk: Desk) -> Guardian:
    nothing: Any = None
    return Guardian(desk, lambda rows: asyncio.sleep(0), nothing, name="me", preferred=False, reconcile_s=60)


async def asked_while_the_holder_lives_and_after(desk: Desk) -> list[bool]:
    candidate = guardian(desk)
    holder = await psycopg.AsyncConnection.connect(**database_parameters(), autocommit=True)
    await holder.execute("SELECT pg_advisory_lock(%s::int, %s::int)", [NAMESPACE, OWNER])
    await asyncio.sleep(BACK_AFTER_S + 0.1)  # for a moment after the database came back nobody is missed
    await holder.execute("SELECT 1")
    answers = [await candidate._holds_lease()]
    await holder.close()
    await let_go_by_the_database()
    answers.append(await candidate._holds_lease())
    return answers


async def let_go_by_the_database() -> None:
    """The server ends a closed connection's session in its own time."""
    async with await psycopg.AsyncConnection.connect(**database_parameters(), autocommit=True) as asking:
        async with asyncio.timeout(10):
            while await (await asking.execute(HELD, [OWNER])).fetchone():  # noqa: ASYNC110 -- another process decides
                await asyncio.sleep(0.01)


def running_until(is_done: Callable[[Desk], Awaitable[bool]]) -> Callable[[Desk], Awaitable[None]]:
    """A guardian at work until then, ten seconds at most."""

    async def run(desk: Desk) -> None:
        running = asyncio.create_task(guardian(desk).run())
        try:
            async with asyncio.timeout(10):
                while not await is_done(desk):  # noqa: ASYNC110 -- the guardian decides
                    await asyncio.sleep(0.05)
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

    return run


@pytest.mark.parametrize(
    ("owner", "answers"), [(OWNER, [False, True]), (None, [False, False])], ids=["by presence", "by time only"]
)
def test_a_dead_leader_is_replaced_at_once(world: World, owner: int | None, answers: list[bool]) -> None:
    until = timezone.now() + timedelta(seconds=60)
    Lease.objects.create(name="guardian", holder="another", owner=owner, is_preferred=True, until=until)

    assert world.at_desk(asked_while_the_holder_lives_and_after) == answers


def test_one_that_does_not_lead_takes_up_what_a_dead_worker_left(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A leader that is frozen costs a position no stop (promise 7): whoever lives goes on with it."""
    monkeypatch.setattr("signals.guardian.RENEW_S", 0.05)
    client = world.client(world.bot())
    left = world.alert(client.bot, "buy").executions.get()
    before = timezone.now() - timedelta(seconds=1)
    Execution.objects.filter(pk=left.pk).update(state="CLAIMED", lease_epoch=1, lease_until=before, claimed_at=before)
    Lease.objects.create(
        name="guardian", holder="another", is_preferred=True, until=timezone.now() + timedelta(seconds=60)
    )

    async def is_settled(desk: Desk) -> bool:
        return bool(await desk.ledger.query(SETTLED, [left.pk]))

    world.at_desk(running_until(is_settled))

    assert world.execution(client).state == "PROTECTED"
    assert Lease.objects.get().holder == "another"


def test_figures_that_cannot_be_followed_cost_nobody_the_lead(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    asked: list[datetime | None] = []
    first = timezone.now()

    async def follow(_desk: Desk, since: datetime | None) -> datetime:
        asked.append(since)
        if len(asked) == 2:
            raise LedgerUnavailable("the statement ran out of time")
        return first

    monkeypatch.setattr("signals.guardian.follow_booked_trades", follow)
    monkeypatch.setattr("signals.guardian.FIGURES_S", 0.02)

    async def was_asked(_desk: Desk) -> bool:
        return len(asked) >= 4

    world.at_desk(running_until(was_asked))

    assert asked[:4] == [None, first, first, first]
    assert [record.getMessage() for record in caplog.records if record.name == "signals.guardian"] == [
        "this worker leads the guardian", "the figures of bots are not followed: the statement ran out of time",
    ]  # fmt: skip

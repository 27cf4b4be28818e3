"""Who may lead the guardian: a holder that is alive keeps the lease, one that died is replaced before it runs out (promise 7)."""

import asyncio
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from django.utils import timezone

from signals.desk import Desk
from signals.guardian import Guardian
from signals.ledger.presence import BACK_AFTER_S, NAMESPACE
from signals.models import Lease
from signals.tasks import database_parameters
from tests.flow.world import World

OWNER = 4242
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
            while await (await asking.execute(HELD, [OWNER])).fetchone():
                await asyncio.sleep(0.01)


@pytest.mark.parametrize(
    ("owner", "answers"), [(OWNER, [False, True]), (None, [False, False])], ids=["by presence", "by time only"]
)
def test_a_dead_leader_is_replaced_at_once(world: World, owner: int | None, answers: list[bool]) -> None:
    until = timezone.now() + timedelta(seconds=60)
    Lease.objects.create(name="guardian", holder="another", owner=owner, is_preferred=True, until=until)

    assert world.at_desk(asked_while_the_holder_lives_and_after) == answers

"""An entry of which nobody knew is not sent again once the bot is paused (I10, F36)."""

import asyncio
from collections.abc import Awaitable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from signals import entering
from signals.desk import Desk
from signals.execute import execute
from signals.models import Execution
from signals.recovery import recover
from tests.flow.world import World

PAUSED_AFTER_S = 1.5


async def while_paused(desk: Desk, work: Awaitable[Any], what: str) -> None:
    async def pause() -> None:
        await asyncio.sleep(PAUSED_AFTER_S)
        await desk.ledger.query(what + " RETURNING id")

    await asyncio.gather(work, pause())


OFF = {
    "bot_paused": "UPDATE bots_bot SET status = 'paused'",
    "subscription_inactive": "UPDATE subscriptions_subscription SET status = 'paused'",
    "account_inactive": "UPDATE exchanges_exchangeaccount SET is_active = false",
    "superseded": """
        INSERT INTO signals_signal SELECT (jsonb_populate_record(s, jsonb_build_object(
            'id', gen_random_uuid(), 'duplicate_key', 'a newer one', 'action', 'close',
            'effective_at', s.effective_at + interval '1 s'))).* FROM signals_signal s""",
}


@pytest.mark.parametrize("reason", ["bot_paused", "superseded"])
def test_by_the_worker_that_sent_it(world: World, reason: str) -> None:
    client = world.client(world.bot())
    world.sim.control.add_fault("drop_before", leg="entry", count=1)
    signal = world.alert(client.bot, "buy")
    row = signal.executions.get()

    world.at_desk(lambda desk: while_paused(desk, execute(row.pk, desk), OFF[reason]))

    assert world.entries(client) == []
    ended = world.execution(client)
    assert (ended.state, ended.reason_code) == ("SKIPPED", reason)


@pytest.mark.parametrize("reason", ["subscription_inactive", "account_inactive"])
def test_by_a_recovery(world: World, monkeypatch: pytest.MonkeyPatch, reason: str) -> None:
    client = world.client(world.bot())
    world.sim.control.add_fault("drop_before", leg="entry", count=1)

    async def die(*_: Any, **__: Any) -> Any:
        raise RuntimeError("the worker dies here")

    with monkeypatch.context() as patch:
        patch.setattr(entering, "settle_order", die)
        world.trade(client.bot, "buy")
    row = world.execution(client)
    assert row.state == "UNCONFIRMED"
    Execution.objects.update(lease_until=timezone.now() - timedelta(seconds=1))

    world.at_desk(lambda desk: while_paused(desk, recover(row.pk, desk), OFF[reason]))

    assert world.entries(client) == []
    ended = world.execution(client)
    assert (ended.state, ended.reason_code) == ("SKIPPED", reason)

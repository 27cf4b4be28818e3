"""An order that was asked for until its worker's lease was over: its fill is protected at once all the same (I3, promise 7)."""

from datetime import timedelta
from typing import Any

import pytest

from signals import entering
from tests.flow.world import World


def test_a_fill_found_after_the_lease_is_protected_by_who_found_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody else has taken it: what it writes renews the lease, and its stop does not wait for the next owner."""
    bot = world.bot()
    client = world.client(bot)
    send_entry = entering.send_entry

    async def send_for_long(job: Any, plan: Any) -> Any:
        outcome = await send_entry(job, plan)
        job.lease_ends = job.desk.now() - timedelta(seconds=1)
        return outcome

    monkeypatch.setattr(entering, "send_entry", send_for_long)
    signal = world.trade(bot, "buy")

    assert world.execution(client, signal).state == "PROTECTED"
    assert len(world.exchange_account(client)["open_conditionals"]) == 2

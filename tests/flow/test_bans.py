"""A ban in the middle of a trade: nothing is sent during it, nothing is taken for failed, and nothing stays naked after it
(F18, F19, I11, D4, D7)."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import redis
from django.conf import settings
from django.utils import timezone

from exchanges import budget_store, doors
from signals.models import Execution
from signals.recovery import recover
from tests.flow.world import World


@pytest.fixture(autouse=True)
def doors_of_our_own(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The simulator outlives a test; what its ban has taught this process must not."""
    # whether Redis is told must not hang on how busy the machine is
    monkeypatch.setattr(budget_store, "SECONDS", 5.0)
    monkeypatch.setattr(budget_store, "FIRST_SECONDS", 5.0)
    yield
    lift_ban()


def lift_ban() -> None:
    doors.configure(settings.REDIS_URL)
    with redis.Redis.from_url(settings.REDIS_URL) as server:
        for key in server.scan_iter("batuta:door*"):
            server.delete(key)


def ban_after(world: World, leg: str, seconds: int) -> int:
    """The first request of that leg is answered with a ban, and so is whatever follows it within that time."""
    rule = world.sim.control.add_fault(
        "answer_before", leg=leg, status=418, headers={"Retry-After": str(seconds)}, count=1
    )
    assert isinstance(rule, int)
    return rule


def requests_met(world: World, rule: int) -> int:
    rules: list[dict[str, Any]] = world.sim.control.faults()
    return next(int(one["fired"]) for one in rules if one["id"] == rule)


def resume(world: World, execution: Execution) -> None:
    """What the sweeper does when the lease has run out."""
    Execution.objects.filter(pk=execution.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    world.at_desk(lambda desk: recover(execution.pk, desk))


def test_an_unknown_entry_that_cannot_be_asked_about_is_neither_skipped_nor_sent_again(world: World) -> None:
    bot = world.bot()
    client = world.client(bot)
    world.sim.control.add_fault("answer_after", leg="entry", status=502, body="bad gateway", count=1)
    ban = ban_after(world, "query", 60)

    world.trade(bot, "buy")

    execution = world.execution(client)
    assert execution.state == "UNCONFIRMED"
    assert len(world.entries(client)) == 1
    assert requests_met(world, ban) == 1
    lift_ban()
    resume(world, execution)
    execution.refresh_from_db()
    assert execution.state == "PROTECTED"
    assert len(world.entries(client)) == 1


def test_a_stop_is_placed_as_soon_as_a_short_ban_ends(world: World) -> None:
    bot = world.bot()
    client = world.client(bot)
    ban_after(world, "stop,target", 3)

    world.trade(bot, "buy")

    execution = world.execution(client)
    assert execution.state == "PROTECTED"
    assert 2500 < (execution.unprotected_ms or 0) < 5500
    assert len(world.entries(client)) == 1


def test_an_entry_that_a_ban_kept_back_was_not_sent(world: World) -> None:
    bot = world.bot(max_signal_age_s=5)
    client = world.client(bot)
    ban = ban_after(world, "entry", 60)

    world.trade(bot, "buy")

    execution = world.execution(client)
    assert execution.state in ("PENDING", "SKIPPED")
    assert world.entries(client) == []
    assert requests_met(world, ban) == 1


def test_nothing_is_asked_about_a_stop_that_a_shut_door_kept_back(world: World) -> None:
    """Nothing of it can stand: whatever is asked first only takes the stop's moment (B8)."""
    client = world.client(world.bot())
    world.sim.control.add_fault("answer_before", leg="stop,target", status=429, retry_after=1, count=2)
    since = world.sim.control.last_request()

    world.trade(client.bot, "buy")

    legs = [(row["leg"], row["status"]) for row in world.sim.control.requests(since=since)]
    refused = [place for place, (_, status) in enumerate(legs) if status == 429]
    assert len(refused) == 2
    assert {leg for leg, _ in legs[refused[-1] + 1 :][:2]} == {"stop", "target"}
    assert world.execution(client).state == "PROTECTED"


def test_a_stop_that_is_refused_ends_in_an_exit_though_the_target_is_told_to_wait(world: World) -> None:
    """The door is open for what matters: the deadline of D7 counts."""
    client = world.client(world.bot())
    world.sim.control.add_fault("answer_before", leg="stop", code=-4120, message="Order type not supported")
    world.sim.control.add_fault("answer_before", leg="target", status=429, retry_after=1)

    world.trade(client.bot, "buy")

    execution = world.execution(client)
    assert (execution.state, execution.reason_code) == ("CLOSED", "protection_failed")

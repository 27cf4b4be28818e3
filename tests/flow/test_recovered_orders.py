"""Recoveries that must come to an end, whatever the exchange says: limits that changed, keys refused, answers that stay away."""

import asyncio
import time
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from django.utils import timezone

from exchanges import market_loading
from exchanges.models import ExchangeAccount
from notifications.models import Notice
from signals.desk import Desk
from signals.models import Execution, Order, Signal
from signals.sweeper import Errands, Sweeper
from tests.flow.test_shared_symbols import PLAYED, Place, place  # noqa: F401 -- a fixture
from tests.flow.world import World

UNSETTLED = ("CLAIMED", "SENDING", "UNCONFIRMED", "FILLED")
AT_BITGET = pytest.mark.parametrize(
    "place", [one for one in PLAYED if one[0].id == "bitget"][:1], indirect=True, ids=["bitget"]
)


@pytest.fixture
def minimum_raised(world: World) -> Iterator[World]:
    yield world
    world.sim.control.change_market("BTCUSDT", min_notional="100")
    market_loading._books.clear()


def test_what_was_filled_is_protected_whatever_the_minimum_is_by_now(minimum_raised: World) -> None:
    world = minimum_raised
    client = world.client(world.bot())
    world.sim.control.add_fault("drop_after", leg="entry", count=1)
    world.sim.control.add_fault("answer_before", leg="query", count=30, status=503)
    world.trade(client.bot, "buy")
    world.sim.control.clear_faults()

    world.sim.control.change_market("BTCUSDT", min_notional="5000")
    market_loading._books.clear()
    world.recover(world.execution(client))

    assert world.execution(client).state == "PROTECTED"
    assert len(world.exchange_account(client)["open_conditionals"]) == 2


def test_keys_that_are_refused_for_the_stop_are_told(world: World) -> None:
    """The right to trade was taken away between entry and stop; reading goes on, so nobody else would notice."""
    client = world.client(world.bot())
    world.sim.control.add_fault(
        "answer_before", leg="stop,target,close,cancel", code=-2015, status=401, seconds="8",
        message="Invalid API-key, IP, or permissions for action.",
    )  # fmt: skip

    world.trade(client.bot, "buy")

    assert ExchangeAccount.objects.get().status == "needs_attention"
    deadline = time.monotonic() + 5
    while not Notice.objects.filter(kind="account_attention").exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert set(Notice.objects.values_list("user", flat=True)) == {client.user_id, world.manager.pk}


def test_signals_that_are_too_old_do_not_wait_for_one_that_nobody_can_settle(world: World) -> None:
    client = world.client(world.bot())
    world.sim.control.add_fault("drop_after", leg="entry", count=1)
    world.sim.control.add_fault("answer_before", leg="query", code=-2015, message="Invalid API-key", status=401)
    world.trade(client.bot, "buy", id="1")
    late = world.alert(client.bot, "buy", id="2")
    then = timezone.now() - timedelta(hours=2)
    Signal.objects.filter(pk=late.pk).update(created_at=then, effective_at=then)

    world.carry_out(late)

    world.sim.control.clear_faults()
    assert world.execution(client, late).state == "SKIPPED"


@AT_BITGET
def test_an_exit_that_never_arrived_is_sent_again_where_that_takes_half_a_minute(place: Place) -> None:  # noqa: F811
    bot = place.world.bot("slow", default_margin_usd="20")
    client = place.follow(bot)
    place.world.trade(bot, "buy", id="1")
    place.sim.control.add_fault("answer_before", leg="close", status=503, seconds="3")

    place.world.trade(bot, "close", id="2")
    for _ in range(3):
        row = Execution.objects.get(action="close")
        if row.state in UNSETTLED:
            place.world.recover(row)

    assert place.world.position(client).status == "closed"
    assert place.held() == Decimal(0)
    exits = Order.objects.filter(leg="exit").order_by("attempt").values_list("status", flat=True)
    assert exits[len(exits) - 1] == "filled"


def test_an_unconfirmed_entry_whose_keys_do_not_open_is_adopted_when_they_do(world: World) -> None:
    """D30: nobody can ask; it stays pending and its owner hears of it."""
    client = world.client(world.bot())
    world.sim.control.add_fault("drop_after", leg="entry", count=1)
    world.sim.control.add_fault("answer_before", leg="query", count=30, status=503)
    world.trade(client.bot, "buy")
    world.sim.control.clear_faults()
    account = ExchangeAccount.objects.get()

    ExchangeAccount.objects.update(sealed_keys=b"not what was sealed")
    world.recover(world.execution(client))

    execution = world.execution(client)
    assert (execution.state, execution.status) == ("UNCONFIRMED", "pending")
    assert ExchangeAccount.objects.get().status_code == "seal_broken"
    assert sorted(Notice.objects.filter(kind="account_attention").values_list("user_id", flat=True)) == sorted(
        [client.user_id, world.manager.id]
    )

    ExchangeAccount.objects.update(sealed_keys=account.sealed_keys)
    world.recover(execution)

    assert world.execution(client).state == "PROTECTED"
    assert len(world.entries(client)) == 1


def test_two_guardians_that_sweep_at_once_do_a_bots_work_once(world: World) -> None:
    """OPS-07, D22: what is worked on carries the lease; no choice of intervals keeps them apart (decision 0011)."""
    bot = world.bot()
    clients = world.clients(bot, 4)
    signal = world.alert(bot, "buy")
    before = timezone.now() - timedelta(seconds=10)
    Execution.objects.update(created_at=before)
    left = [row.pk for row in signal.executions.all()[:2]]
    Execution.objects.filter(pk__in=left).update(state="CLAIMED", lease_epoch=1, lease_until=before, claimed_at=before)

    async def ring(_executions: list[tuple[UUID, str]]) -> None: ...

    async def sweep_at_once(desk: Desk) -> None:
        errands = Errands(10), Errands(10)
        for _ in range(2):
            await asyncio.gather(*(Sweeper(desk, ring, each).sweep() for each in errands))
            await asyncio.gather(*(each.finish() for each in errands))

    world.at_desk(sweep_at_once)

    assert {(row.state, row.attempts) for row in Execution.objects.all()} == {("PROTECTED", 1)}
    assert [len(world.entries(client)) for client in clients] == [1] * 4

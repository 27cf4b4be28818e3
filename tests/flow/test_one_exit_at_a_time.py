"""A position is left once, whoever leaves it: a close, a guardian that repairs, a second one that leads (I1, D4, D25)."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from exchanges import client as exchange_client
from exchanges.types import Leg
from signals import exit_order
from signals.desk import Desk, Job
from signals.execute import execute
from signals.guardian import Guardian
from signals.ledger.ledger import Ledger, Write
from signals.models import Execution, Order
from signals.order_rows import add_order
from signals.reconcile import reconcile_account
from signals.tasks import database_parameters
from subscriptions.models import Subscription
from tests.flow.world import World

EXIT_ROW = "SELECT 1 FROM signals_order WHERE leg = 'exit'"


def spot_owner(world: World, monkeypatch: pytest.MonkeyPatch) -> Subscription:
    """Of coins of their own beside the bot's: nothing but us keeps those from being sold."""
    create = world.sim.control.create_account
    with monkeypatch.context() as patch:
        coins = {"USDT": "10000", "BTC": "1"}
        patch.setattr(world.sim.control, "create_account", lambda **told: create(**{**told, "coins": coins}))
        client = world.client(world.bot("spot", market_type="spot", default_margin_usd="200"))
    world.trade(client.bot, "buy", "BTCUSDT")
    world.reconcile(client)
    return client


def fall_without_a_stop(world: World, client: Subscription) -> None:
    """Someone has cancelled the pair, and the price falls: a guardian sells at market."""

    async def cancel(trading: Any, market: Any) -> None:
        standing = await trading.standing_protection(market)
        await trading.cancel_protection(market, [one.client_order_id for one in standing])

    world.by_hand(client, "BTCUSDT", cancel)
    world.sim.control.set_price("BTCUSDT", "92000")


def sold(world: World, client: Subscription) -> Decimal:
    sells = (one["data"]["fill"] for one in world.entries(client) if str(one["data"]["fill"]["side"]) == "SELL")
    return sum((Decimal(fill["quantity"]) for fill in sells), Decimal(0))


async def when_an_exit_is_written(desk: Desk, work: Callable[[], Awaitable[Any]]) -> None:
    async with asyncio.timeout(20):
        while not await desk.ledger.query(EXIT_ROW):  # noqa: ASYNC110 -- another one writes it
            await asyncio.sleep(0.02)
    await work()


@pytest.mark.parametrize("first", ["guardian", "close"])
def test_a_close_signal_and_the_guardian_at_the_same_price(
    world: World, monkeypatch: pytest.MonkeyPatch, first: str
) -> None:
    client = spot_owner(world, monkeypatch)
    fall_without_a_stop(world, client)
    world.sim.control.add_fault("delay_before", leg="close", delay_ms=1000)
    closing = world.alert(client.bot, "close", "BTCUSDT").executions.get()

    async def both(desk: Desk) -> None:
        works: list[Callable[[], Awaitable[Any]]] = [
            lambda: reconcile_account(client.exchange_account_id, desk),
            lambda: execute(closing.pk, desk),
        ]
        one, two = works if first == "guardian" else reversed(works)
        await asyncio.gather(one(), when_an_exit_is_written(desk, two))

    world.at_desk(both)
    world.recover(closing)

    assert Decimal(0) < sold(world, client) <= world.position(client).opened_quantity
    assert (world.position(client).status, Execution.objects.get(pk=closing.pk).state) == ("closed", "CLOSED")


@pytest.mark.parametrize("apart_s", [0.0, 0.15, 0.6])
def test_two_that_lead_for_a_moment(world: World, monkeypatch: pytest.MonkeyPatch, apart_s: float) -> None:
    client = spot_owner(world, monkeypatch)
    fall_without_a_stop(world, client)
    world.sim.control.add_fault("delay_before", leg="close,oco,stop", delay_ms=400)

    async def both(desk: Desk) -> None:
        second = replace(desk, ledger=Ledger(database_parameters()))

        async def later() -> None:
            await asyncio.sleep(apart_s)
            await reconcile_account(client.exchange_account_id, second)

        await asyncio.gather(reconcile_account(client.exchange_account_id, desk), later())
        await second.ledger.close()

    world.at_desk(both)

    assert Decimal(0) < sold(world, client) <= world.position(client).opened_quantity


def test_a_preferred_leader_that_comes_while_the_former_one_sells(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As at each start of the worker `reconcile`: the lead is handed over, what the former leader began goes on."""
    client = spot_owner(world, monkeypatch)
    fall_without_a_stop(world, client)
    world.sim.control.add_fault("delay_before", leg="close", delay_ms=1500)

    def guardian(desk: Desk, name: str, preferred: bool) -> Guardian:
        return Guardian(desk, lambda rows: asyncio.sleep(0), public, name=name, preferred=preferred, reconcile_s=1)

    def public(venue: str, testnet: bool) -> Any:
        return exchange_client.public(venue, testnet=testnet)

    async def hand_over(desk: Desk) -> None:
        second = replace(desk, ledger=Ledger(database_parameters()))
        running = [asyncio.create_task(guardian(desk, "trade", preferred=False).run())]

        async def come() -> None:
            running.append(asyncio.create_task(guardian(second, "reconcile", preferred=True).run()))
            await asyncio.sleep(6)

        await when_an_exit_is_written(second, come)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        await second.ledger.close()

    world.at_desk(hand_over)

    position = world.position(client)
    assert Decimal(0) < sold(world, client) <= position.opened_quantity
    assert (position.status, position.exit_reason) == ("closed", "stop_loss")


@pytest.mark.parametrize("market", ["spot", "futures"])
def test_a_leader_that_dies_while_it_sells(world: World, monkeypatch: pytest.MonkeyPatch, market: str) -> None:
    """Its order arrived, the answer died with it: who leads from then on asks for it, and closes the books as what it was (D4)."""
    if market == "spot":
        client = spot_owner(world, monkeypatch)
    else:
        client = world.client(world.bot())
        world.trade(client.bot, "buy")
        world.reconcile(client)
    fall_without_a_stop(world, client)
    world.sim.control.add_fault("drop_after", leg="close", count=1)

    async def die(*_: Any, **__: Any) -> Any:
        raise RuntimeError("the worker dies here")

    with monkeypatch.context() as patch:
        patch.setattr(exit_order, "settle_order", die)
        world.reconcile(client)
    world.reconcile(client)
    time.sleep(1.1)
    world.reconcile(client)

    position = world.position(client)
    assert sold(world, client) == Order.objects.get(leg="exit").filled_quantity > 0
    assert (position.status, position.exit_reason) == ("closed", "stop_loss")


def test_an_exit_that_never_arrived_is_sent_again_when_nobody_can_sign_it_any_more(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = world.client(world.bot())
    world.trade(client.bot, "buy")
    world.reconcile(client)
    fall_without_a_stop(world, client)
    world.sim.control.add_fault("drop_before", leg="close", count=1)

    async def die(*_: Any, **__: Any) -> Any:
        raise RuntimeError("the worker dies here")

    with monkeypatch.context() as patch:
        patch.setattr(exit_order, "settle_order", die)
        world.reconcile(client)
    time.sleep(1.1)
    world.reconcile(client)
    assert list(Order.objects.filter(leg="exit").values_list("status", flat=True)) == ["planned"]

    Order.objects.filter(leg="exit").update(created_at=timezone.now() - timedelta(seconds=60))
    world.reconcile(client)  # its sender has renewed the lease since
    assert list(Order.objects.filter(leg="exit").values_list("status", flat=True)) == ["planned"]

    Execution.objects.update(lease_until=timezone.now() - timedelta(seconds=30))
    world.reconcile(client)

    assert list(Order.objects.filter(leg="exit").order_by("attempt").values_list("status", flat=True)) == [
        "not_placed", "filled",
    ]  # fmt: skip
    assert world.position(client).exit_reason == "stop_loss"


def test_an_exit_beside_another_bot_sells_only_its_own_part_once(world: World) -> None:
    """Futures, one-way: reduce-only does not tell whose it reduces (D25)."""
    other = world.client(world.bot("other", default_stop_loss_pct=Decimal(6)))
    world.trade(other.bot, "buy")
    mine = world.client(world.bot("mine", default_stop_loss_pct=Decimal(2)), account=other.exchange_account)
    world.trade(mine.bot, "buy")
    world.reconcile(other)
    stop = Order.objects.get(leg="stop", execution=world.execution(mine)).client_order_id
    world.by_hand(mine, "BTCUSDT", lambda trading, market: trading.cancel_protection(market, [stop]))
    world.sim.control.set_price("BTCUSDT", "92000")
    world.sim.control.add_fault("delay_before", leg="close", delay_ms=1000)
    closing = world.alert(mine.bot, "close").executions.get()

    async def both(desk: Desk) -> None:
        looking = reconcile_account(mine.exchange_account_id, desk)
        await asyncio.gather(looking, when_an_exit_is_written(desk, lambda: execute(closing.pk, desk)))

    world.at_desk(both)

    [left] = world.exchange_account(other)["positions"]
    assert Decimal(left["quantity"]) == world.position(other).quantity
    assert world.position(mine).status == "closed"


@pytest.mark.parametrize("attempts", [(1, 2), (1, 1)], ids=["two attempts", "the same attempt, counted twice"])
@pytest.mark.parametrize("together", [True, False], ids=["in one transaction", "one after the other"])
def test_of_two_exits_of_a_position_one_is_written(world: World, together: bool, attempts: tuple[int, int]) -> None:
    client = world.client(world.bot())
    world.trade(client.bot, "buy")
    position, execution = world.position(client), world.execution(client)

    async def write_both(desk: Desk) -> list[set[str]]:
        facts = await desk.ledger.facts_of(execution.pk)
        assert facts is not None
        job = Job(facts, facts.lease_epoch, desk, desk.connect(facts))
        market = await job.client.market(facts.market_type, "BTCUSDT")
        writes = [Write(None), Write(None)]
        for attempt, write in zip(attempts, writes, strict=True):
            add_order(job, write, market, Leg.EXIT, attempt=attempt, side="sell", quantity=position.quantity,
                      position_id=position.pk, sold=Decimal(0))  # fmt: skip
        if together:
            await asyncio.gather(*map(desk.ledger.intend, writes))
        else:
            for write in writes:
                await desk.ledger.intend(write)
        return [write.refused for write in writes]

    first, second = world.at_desk(write_both)

    assert (first, len(second)) == (set(), 1)
    assert Order.objects.filter(leg="exit").count() == 1

"""An emergency exit that has sold everything, its answer lost with its worker: recovery protects what is ours, nothing else (D25, I3)."""

from decimal import Decimal
from typing import Any

import pytest

from signals import exit_order, unsettled_exits
from signals.models import Execution, Order, Position
from subscriptions.models import Subscription
from tests.flow.world import World


def lose_exit(world: World, monkeypatch: pytest.MonkeyPatch, client: Subscription, fault: str) -> Execution:
    """A FILLED execution whose first stop was refused, with its exit on the way as `fault` says, and its worker dead."""
    world.sim.control.add_fault("answer_before", leg="stop", code=-2021, message="Would immediately trigger.", count=1)
    world.sim.control.add_fault(fault, leg="close", count=1)

    async def die(*_: Any, **__: Any) -> Any:
        raise RuntimeError("the worker dies here")

    with monkeypatch.context() as patch:
        patch.setattr(exit_order, "settle_order", die)
        world.trade(client.bot, "buy")
    world.sim.control.clear_faults()
    execution = world.execution(client)
    assert execution.state == "FILLED"
    return execution


def test_what_another_bot_holds_there_is_left_alone(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    other = world.client(world.bot("other", default_stop_loss_pct=Decimal(6)))
    world.trade(other.bot, "buy")
    mine = world.client(world.bot("mine", default_stop_loss_pct=Decimal(2)), account=other.exchange_account)
    execution = lose_exit(world, monkeypatch, mine, "drop_after")
    settle = unsettled_exits.settle_order

    async def fall_meanwhile(*args: Any, **kwargs: Any) -> Any:
        world.sim.control.set_price("BTCUSDT", "93000")  # beyond our stop, far from the other bot's
        return await settle(*args, **kwargs)

    monkeypatch.setattr(unsettled_exits, "settle_order", fall_meanwhile)
    world.recover(execution)
    world.reconcile(other, mine)

    [left] = world.exchange_account(other)["positions"]
    assert Decimal(left["quantity"]) == world.position(other).quantity > 0
    assert world.position(other).status == "open"
    ours = Position.objects.get(subscription=mine)
    assert (ours.status, abs(ours.realized_pnl) < 1) == ("closed", True)


def test_alone_nothing_is_left_behind(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    client = world.client(world.bot())
    execution = lose_exit(world, monkeypatch, client, "drop_after")

    world.recover(execution)

    assert world.execution(client).state == "CLOSED"
    assert not world.exchange_account(client)["open_conditionals"]
    assert list(Order.objects.filter(execution=execution, leg="stop").values_list("attempt", flat=True)) == [1]


def test_an_exit_that_never_arrived_is_waited_for_under_a_stop(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    client = world.client(world.bot())
    execution = lose_exit(world, monkeypatch, client, "drop_before")
    settle, seen = unsettled_exits.settle_order, []

    async def look(*args: Any, **kwargs: Any) -> Any:
        seen.append(len(world.exchange_account(client)["open_conditionals"]))
        return await settle(*args, **kwargs)

    monkeypatch.setattr(unsettled_exits, "settle_order", look)
    world.recover(execution)

    assert seen == [2]
    assert world.execution(client).state == "PROTECTED"

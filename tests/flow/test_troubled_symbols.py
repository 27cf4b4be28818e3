"""A symbol that cannot be set right keeps no other one of its account unprotected or unbooked (B8, D7, P3)."""

from datetime import timedelta

import pytest

from exchanges.models import ExchangeAccount
from signals import repair
from subscriptions.models import Subscription
from tests.flow.world import World

HALTED = {"status": 400, "code": -4140, "message": "Invalid symbol status for opening position."}


def holding_two(world: World) -> Subscription:
    bot = world.bot()
    client = world.client(bot)
    world.trade(bot, "buy", "BTCUSDT")
    world.trade(bot, "buy", "ETHUSDT")
    world.reconcile(client)
    ExchangeAccount.objects.update(reconciled_at=None)
    return client


def cancel_by_hand(world: World, client: Subscription, symbol: str) -> None:
    world.sim.control.cancel_by_hand(world.keys[client.exchange_account_id]["api_key"], symbol)


def legs(world: World, client: Subscription, symbol: str) -> list[str]:
    there = world.exchange_account(client)["open_conditionals"]
    return sorted(order["type"] for order in there if order["symbol"] == symbol)


def has_failed(client: Subscription) -> bool:
    """A run counts only when every symbol was set right."""
    return ExchangeAccount.objects.get(pk=client.exchange_account_id).reconciled_at is None


def test_a_halted_symbol_keeps_no_other_one_naked(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repair, "RECOVERY_DEADLINE", timedelta(seconds=1))
    client = holding_two(world)
    cancel_by_hand(world, client, "BTCUSDT")
    cancel_by_hand(world, client, "ETHUSDT")
    world.sim.control.add_fault("answer_before", leg="close,stop,target", symbol="BTCUSDT", **HALTED)

    world.reconcile(client)

    assert legs(world, client, "ETHUSDT") == ["STOP_MARKET", "TAKE_PROFIT_MARKET"]
    assert legs(world, client, "BTCUSDT") == []
    assert has_failed(client)

    world.sim.control.clear_faults()
    world.reconcile(client)

    assert legs(world, client, "BTCUSDT") == ["STOP_MARKET", "TAKE_PROFIT_MARKET"]
    assert not has_failed(client)


def test_a_symbol_that_cannot_be_asked_about_keeps_no_other_one_naked(world: World) -> None:
    client = holding_two(world)
    cancel_by_hand(world, client, "ETHUSDT")
    world.sim.control.add_fault("answer_before", symbol="BTCUSDT", leg="query,read", status=503)

    world.reconcile(client)

    assert legs(world, client, "ETHUSDT") == ["STOP_MARKET", "TAKE_PROFIT_MARKET"]
    assert legs(world, client, "BTCUSDT") == ["STOP_MARKET", "TAKE_PROFIT_MARKET"]
    assert has_failed(client)


def test_a_symbol_that_cannot_be_asked_about_keeps_the_exit_of_another_one_in_no_doubt(world: World) -> None:
    client = holding_two(world)
    stop = world.execution(client).stop_loss_sent_price
    world.sim.control.add_fault("answer_before", symbol="BTCUSDT", leg="query,read", status=503)
    world.sim.control.move_price("ETHUSDT", str(stop))

    world.reconcile(client)

    eth, btc = (client.positions.get(symbol_key=key) for key in ("ETHUSDT", "BTCUSDT"))
    assert (eth.status, eth.exit_reason) == ("closed", "stop_loss")
    assert btc.status == "open"

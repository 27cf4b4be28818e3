"""A close_all of which one symbol refuses its exit: the others are left, and nothing else of the account waits for it (D1, D7, B8)."""

import pytest

from signals.models import Order, Position, Signal
from signals.receive import close_position
from subscriptions.models import Subscription
from tests.flow.world import World


def halt(world: World, symbol: str) -> None:
    """The exchange refuses every exit of a symbol: it is not trading."""
    message = "Invalid symbol status for opening position."
    world.sim.control.add_fault("answer_before", leg="close", symbol=symbol, status=400, code=-4140, message=message)


def held_there(world: World, client: Subscription) -> list[str]:
    return sorted(position["symbol"] for position in world.exchange_account(client)["positions"])


def sold(world: World, client: Subscription, symbol: str) -> int:
    """How many exits of a symbol were filled."""
    key = world.keys[client.exchange_account_id]["api_key"]
    exits = world.sim.control.requests(api_key=key, leg="close")
    return sum(1 for row in exits if (row["symbol"], row["status"]) == (symbol, 200))


@pytest.fixture
def holder(world: World) -> Subscription:
    client = world.client(world.bot())
    for symbol in ("BTCUSDT", "ETHUSDT"):
        world.trade(client.bot, "buy", symbol)
    return client


def close_all_in_vain(world: World, client: Subscription) -> Signal:
    halt(world, "BTCUSDT")
    signal = world.trade(client.bot, "close_all")
    assert world.execution(client, signal).state == "SENDING"
    return signal


def test_the_symbols_that_can_be_closed_are_closed(world: World, holder: Subscription) -> None:
    signal = close_all_in_vain(world, holder)

    stops = {order["symbol"] for order in world.exchange_account(holder)["open_conditionals"]}
    assert held_there(world, holder) == ["BTCUSDT"] and stops == {"BTCUSDT"}
    assert Position.objects.get(symbol_key="ETHUSDT").exit_reason == "closed_by_signal"

    world.recover(world.execution(holder, signal))
    assert (held_there(world, holder), sold(world, holder, "ETHUSDT")) == (["BTCUSDT"], 1)

    world.sim.control.clear_faults()
    world.recover(world.execution(holder, signal))
    assert (held_there(world, holder), sold(world, holder, "BTCUSDT")) == ([], 1)
    assert world.execution(holder, signal).state == "CLOSED"


def test_an_exit_that_may_be_on_its_way_is_not_sent_again_and_holds_no_other_symbol(
    world: World, holder: Subscription, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("signals.settling.ASK_UNKNOWN_AFTER_S", (0.0, 0.0))
    halt(world, "ETHUSDT")
    signal = close_all_in_vain(world, holder)
    world.sim.control.clear_faults()
    Order.objects.filter(leg="exit", symbol_key="BTCUSDT").update(status="unknown")
    world.sim.control.add_fault("answer_before", leg="query", symbol="BTCUSDT", status=503)

    world.recover(world.execution(holder, signal))

    assert world.execution(holder, signal).state == "SENDING"
    assert held_there(world, holder) == ["BTCUSDT"]


def test_a_close_of_what_was_left_already_is_answered(world: World, holder: Subscription) -> None:
    position = Position.objects.get(symbol_key="ETHUSDT")
    halt(world, "BTCUSDT")
    close_all = world.alert(holder.bot, "close_all")
    button = close_position(position=position, user=holder.user)  # pressed before it is left
    world.carry_out(close_all)

    world.carry_out(button)

    closing = world.execution(holder, button)
    assert (closing.state, closing.reason_code) == ("SKIPPED", "no_position")
    assert sold(world, holder, "ETHUSDT") == 1


def test_a_close_of_what_is_not_left_yet_sells_nothing_twice(world: World, holder: Subscription) -> None:
    close_all = close_all_in_vain(world, holder)
    button = close_position(position=Position.objects.get(symbol_key="BTCUSDT"), user=holder.user)
    world.carry_out(button)
    assert world.execution(holder, button).state == "PENDING"

    world.sim.control.clear_faults()
    world.recover(world.execution(holder, close_all))
    world.carry_out(button)

    assert world.execution(holder, button).state == "SKIPPED"
    assert sold(world, holder, "BTCUSDT") == 1


def test_a_close_that_is_refused_holds_no_close_all(world: World, holder: Subscription) -> None:
    halt(world, "BTCUSDT")
    single = world.trade(holder.bot, "close", "BTCUSDT")

    close_all = world.trade(holder.bot, "close_all")

    assert world.execution(holder, close_all).state == "CLOSED"
    assert held_there(world, holder) == ["BTCUSDT"]

    world.sim.control.clear_faults()
    world.recover(world.execution(holder, single))
    assert (held_there(world, holder), sold(world, holder, "BTCUSDT")) == ([], 1)


@pytest.fixture
def beside(world: World, holder: Subscription) -> Subscription:
    """Another bot's subscription, with a position on the same account."""
    beside = world.client(world.bot("other"), account=holder.exchange_account)
    world.trade(beside.bot, "buy", "SOLUSDT")
    world.reconcile(holder)
    return beside


def test_another_bots_lost_stop_is_placed_again(world: World, holder: Subscription, beside: Subscription) -> None:
    close_all_in_vain(world, holder)
    world.sim.control.cancel_by_hand(world.keys[holder.exchange_account_id]["api_key"], "SOLUSDT")

    world.reconcile(beside)

    legs = [row["type"] for row in world.exchange_account(beside)["open_conditionals"] if row["symbol"] == "SOLUSDT"]
    assert sorted(legs) == ["STOP_MARKET", "TAKE_PROFIT_MARKET"]


def test_another_bots_stop_that_went_off_is_booked(world: World, holder: Subscription, beside: Subscription) -> None:
    close_all_in_vain(world, holder)
    world.sim.control.move_price("SOLUSDT", "180")

    world.reconcile(beside)

    assert world.position(beside).exit_reason == "stop_loss"


def test_another_bots_close_all_does_not_wait(world: World, holder: Subscription, beside: Subscription) -> None:
    close_all_in_vain(world, holder)

    signal = world.trade(beside.bot, "close_all")

    assert world.execution(beside, signal).state == "CLOSED"
    assert held_there(world, holder) == ["BTCUSDT"]


def test_another_bots_close_of_the_same_symbol_leaves_it_to_nobody(world: World, holder: Subscription) -> None:
    beside = world.client(world.bot("other"), account=holder.exchange_account)
    world.trade(beside.bot, "buy", "BTCUSDT")
    rule = world.sim.control.add_fault("answer_before", leg="close", count=1, status=400, code=-4140, message="Halted.")
    refused = world.trade(beside.bot, "close", "BTCUSDT")
    world.sim.control.remove_fault(rule)
    assert world.execution(beside, refused).state == "SENDING"

    world.trade(holder.bot, "close_all")

    assert Position.objects.get(subscription=beside).status == "open"
    assert not Position.objects.filter(subscription=holder, status="open").exists()

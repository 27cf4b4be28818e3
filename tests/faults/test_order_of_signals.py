"""Signals that come twice, late, or on top of each other (F26–F29)."""

import pytest

from signals.models import Execution, Signal
from signals.states import State
from tests.faults.world import FaultWorld


@pytest.mark.fault_short
def test_f26_the_same_alert_four_times_at_once_and_three_times_again(world: FaultWorld) -> None:
    """One signal; everyone is answered 2xx with its id, whoever comes first (I1)."""
    town, bot = world.town, world.bot()
    world.clients(bot, 5)
    town.worker()
    body = world.body("buy")

    replies = town.post_at_once(bot.webhook_url_path, [body] * 4)
    (signal,) = Signal.objects.all()
    world.settle(signal)
    replies += [town.post(bot.webhook_url_path, body) for _ in range(3)]

    assert sorted(reply.status_code for reply in replies) == [200] * 6 + [202]
    assert {reply.json()["signal_id"] for reply in replies} == {str(signal.id)}
    assert Signal.objects.count() == 1
    world.entered_once_and_protected(signal)


@pytest.mark.fault_short
def test_f28_a_close_while_the_entry_is_in_flight(world: FaultWorld) -> None:
    """It waits for the entry's outcome, then flattens; nothing turns the position around (I5)."""
    town, bot = world.town, world.bot()
    clients = world.clients(bot, 5)
    town.worker()
    town.control.add_fault("delay_after", leg="entry", delay_ms=3000, count=5)

    opening = world.alert(bot, "buy")
    world.reached(State.SENDING, opening, count=5)
    closing = world.alert(bot, "close")

    world.settle(opening, closing)
    flat_after_two_fills_each(world, clients, closing)


def test_f28_a_close_while_the_entry_is_unconfirmed(world: FaultWorld) -> None:
    """Nobody knows yet whether something is held: the close waits until it is known, then flattens (I5)."""
    town, bot = world.town, world.bot()
    clients = world.clients(bot, 5)
    town.worker()
    town.control.add_fault("drop_after", leg="entry", count=5)
    town.control.add_fault("answer_before", leg="query", status=503, count=10)

    opening = world.alert(bot, "buy")
    world.reached(State.UNCONFIRMED, opening, count=5)
    closing = world.alert(bot, "close")

    world.settle(opening, closing)
    flat_after_two_fills_each(world, clients, closing)


def flat_after_two_fills_each(world: FaultWorld, clients: list, closing: Signal) -> None:
    for client in clients:
        assert world.there(client)["positions"] == []
        assert [event["data"]["fill"]["side"] for event in world.history(client, "OrderFilled")] == ["BUY", "SELL"]
    assert set(Execution.objects.filter(signal=closing).values_list("state", "reason_code")) == {
        ("CLOSED", "closed_by_signal")
    }
    world.check()

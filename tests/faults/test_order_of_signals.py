"""Signals that come twice, late, or on top of each other (F26–F29)."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db.models import Count

from signals.models import Execution, Position, Signal
from signals.states import State
from subscriptions.models import Subscription
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


@pytest.mark.fault_short
def test_f27_an_open_that_arrives_after_a_newer_close(world: FaultWorld) -> None:
    """OPEN of t=10 after CLOSE of t=12: SKIPPED(superseded), and the account stays flat."""
    town, bot = world.town, world.bot()
    clients = world.clients(bot, 5)
    town.worker()
    now = datetime.now(UTC)

    closing = world.alert(bot, "close", timestamp=(now - timedelta(seconds=1)).isoformat())
    opening = world.alert(bot, "buy", timestamp=(now - timedelta(seconds=3)).isoformat())

    world.settle(opening, closing)
    found = Execution.objects.filter(signal=opening).values_list("state", "reason_code")
    assert list(found) == [("SKIPPED", "superseded")] * 5
    assert [world.history(client, "OrderPlaced") for client in clients] == [[]] * 5
    world.check()


def test_f29_two_bots_and_fifty_signals_on_one_account_and_symbol(world: FaultWorld) -> None:
    """Serial by account and symbol: limits hold, one direction at a time, the losers say why (I5, I9)."""
    town = world.town
    one, other = (world.bot(name, quota_per_minute=600, opposite_policy="ignore") for name in ("one", "other"))
    first = world.clients(one, 4, max_concurrent_positions=2)
    for subscription in first:
        world.client(other, account=subscription.exchange_account, max_concurrent_positions=2)
    town.worker()
    town.another_worker()
    symbols = ("BTCUSDT.P", "ETHUSDT.P", "SOLUSDT.P")
    alerts = [
        (bot, world.body(action, symbols[number % 3], id=f"{bot.name} {number}"))
        for number in range(25)
        for bot, action in ((one, "buy"), (other, "sell"))
    ]

    replies = town.post_each_at_once([(bot.webhook_url_path, body) for bot, body in alerts])

    assert {reply.status_code for reply in replies} == {202}
    world.settle(within=60)
    for subscription in first:
        signs = {event["data"]["fill"]["side"] for event in world.history(subscription, "OrderFilled")}
        held = {item["symbol"] for item in world.there(subscription)["positions"]}
        assert len(world.history(subscription, "OrderFilled")) == len(held)  # nobody netted anybody
        assert signs <= {"BUY", "SELL"}
        assert 2 <= len(held) <= 3
    counts = Position.objects.filter(status="open").values("subscription").annotate(n=Count("id"))
    assert max(row["n"] for row in counts) <= 2
    reasons = set(Execution.objects.exclude(state="PROTECTED").values_list("reason_code", flat=True))
    assert reasons <= {"max_positions", "symbol_in_use", "same_side_ignored", "opposite_ignored"}
    world.check()


def test_f29_a_hedge_account_holds_both_directions(world: FaultWorld) -> None:
    """Long and short of one symbol beside each other, each with its own stop; a close of one leaves the other (I4, I5, I9)."""
    town = world.town
    one, other = (world.bot(name, quota_per_minute=600) for name in ("one", "other"))
    accounts = [world.account(world.person(f"hedger{number}"), position_mode="hedge") for number in range(4)]
    for account in accounts:
        town.control.change_account(world.keys[account.id]["api_key"], is_hedged=True)
    longs, shorts = ([world.client(bot, account=account) for account in accounts] for bot in (one, other))
    town.worker()
    town.another_worker()
    alerts = [
        (bot, world.body(action, symbol, id=f"{bot.name} {symbol} {number}"))
        for number in range(8)
        for symbol in ("BTCUSDT.P", "ETHUSDT.P")
        for bot, action in ((one, "buy"), (other, "sell"))
    ]

    replies = town.post_each_at_once([(bot.webhook_url_path, body) for bot, body in alerts])

    assert {reply.status_code for reply in replies} == {202}
    world.settle(within=60)
    both = {("BTCUSDT", "LONG"), ("BTCUSDT", "SHORT"), ("ETHUSDT", "LONG"), ("ETHUSDT", "SHORT")}
    for subscription in longs:
        assert sides_held(world, subscription) == both
        assert len(world.history(subscription, "OrderFilled")) == 4
    reasons = set(Execution.objects.exclude(state="PROTECTED").values_list("reason_code", flat=True))
    assert reasons == {"same_side_ignored"}
    world.check()

    closing = world.alert(one, "close", "BTCUSDT.P")
    world.settle(closing)
    assert set(Execution.objects.filter(signal=closing).values_list("reason_code", flat=True)) == {"closed_by_signal"}
    for subscription in shorts:
        assert sides_held(world, subscription) == both - {("BTCUSDT", "LONG")}
    world.check()


def sides_held(world: FaultWorld, subscription: Subscription) -> set[tuple[str, str]]:
    held = world.there(subscription)["positions"]
    return {(item["symbol"], "LONG" if Decimal(item["quantity"]) > 0 else "SHORT") for item in held}

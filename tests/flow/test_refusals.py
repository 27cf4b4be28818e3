"""Faults and refusals: unknown is not failed, a refused stop ends in a close, every non-copy says why (D4, D7, D12, P6)."""

import asyncio
from decimal import Decimal

import pytest
from django.db import connection

from exchanges.client_ids import client_order_id
from exchanges.types import Leg, PositionSide, Side
from signals.models import Execution, Order, Position
from signals.recovery import recover
from tests.flow.world import World


def orders_at(world: World, subscription, leg: str) -> list[dict]:
    return [event for event in world.entries(subscription) if event["data"].get("leg", leg) == leg]


@pytest.mark.parametrize("effect", ["drop_after", "answer_after"])
def test_an_entry_whose_answer_is_lost_is_adopted_and_sent_once(world: World, effect: str):
    bot = world.bot()
    client = world.client(bot)
    world.sim.control.add_fault(
        effect, leg="entry", count=1, **({"status": 503, "body": "busy"} if effect == "answer_after" else {})
    )

    world.trade(bot, "buy")

    execution = world.execution(client)
    assert execution.state == "PROTECTED"
    assert [event.code for event in execution.events.all()] == ["outcome_unknown"]
    assert len(world.entries(client)) == 1
    assert world.exchange_account(client)["positions"][0]["symbol"] == "BTCUSDT"


def test_an_entry_that_never_arrived_is_sent_again_with_the_same_id(world: World):
    bot = world.bot()
    client = world.client(bot)
    world.sim.control.add_fault("drop_before", leg="entry", count=1)

    world.trade(bot, "buy")

    assert world.execution(client).state == "PROTECTED"
    assert len(world.entries(client)) == 1


def test_a_stop_that_is_refused_for_ever_closes_the_position(world: World):
    """D7, EXE-13: tried again and again for five seconds, then closed at market, and said so."""
    bot = world.bot()
    client = world.client(bot)
    world.sim.control.add_fault(
        "answer_before", leg="stop", status=400, code=-4120, message="Order type not supported", count=-1
    )

    signal = world.trade(bot, "buy")

    execution = world.execution(client)
    assert (execution.state, execution.reason_code, execution.status) == ("CLOSED", "protection_failed", "failed")
    assert (signal.failed_executions, signal.successful_executions) == (1, 0)
    assert 4500 <= execution.unprotected_ms <= 8000
    there = world.exchange_account(client)
    assert not there["positions"] and not there["open_conditionals"]
    assert world.position(client).exit_reason == "protection_failed"


def test_a_stop_refused_once_is_placed_at_the_second_try(world: World):
    bot = world.bot()
    client = world.client(bot)
    world.sim.control.add_fault("answer_before", leg="stop", status=400, code=-4120, message="no", count=1)

    world.trade(bot, "buy")

    execution = world.execution(client)
    assert execution.state == "PROTECTED"
    assert list(execution.orders.filter(leg="stop").order_by("attempt").values_list("attempt", "status")) == [
        (1, "refused"), (2, "open"),
    ]  # fmt: skip
    assert len(world.exchange_account(client)["open_conditionals"]) == 2


def test_a_target_that_the_exchange_refuses_is_watched_and_sold_at(world: World):
    """D27, promise 6: it never counts against the stop, which stands; at its price we leave the position ourselves."""
    bot = world.bot()
    client = world.client(bot)
    world.sim.control.add_fault("answer_before", leg="target", status=400, code=-4120, message="no", count=-1)
    world.trade(bot, "buy")
    execution = world.execution(client)
    assert (execution.state, execution.events.last().code) == ("PROTECTED", "target_watched")
    assert len(world.exchange_account(client)["open_conditionals"]) == 1

    world.sim.control.set_price("BTCUSDT", str(execution.take_profit_sent_price + 10))
    world.reconcile(client)

    position = world.position(client)
    assert (position.status, position.exit_reason, position.realized_pnl > 0) == ("closed", "take_profit", True)
    there = world.exchange_account(client)
    assert not there["positions"] and not there["open_conditionals"]


def test_a_stop_that_was_accepted_without_an_answer_stands_once(world: World):
    """F23."""
    bot = world.bot()
    client = world.client(bot)
    world.sim.control.add_fault("drop_after", leg="stop", count=1)

    world.trade(bot, "buy")

    assert world.execution(client).state == "PROTECTED"
    assert len(world.exchange_account(client)["open_conditionals"]) == 2


def test_insufficient_margin_is_rejected_with_the_exchanges_code(world: World):
    bot = world.bot(default_margin_usd="500")
    poor = world.client(bot, account=world.account(world.manager, wallet="20"))

    world.trade(bot, "buy")

    execution = world.execution(poor)
    assert (execution.state, execution.reason_code, execution.error_code) == (
        "REJECTED",
        "insufficient_margin",
        "-2019",
    )
    assert not Position.objects.exists()


@pytest.mark.parametrize(
    ("ticker", "bot", "code"),
    [
        ("NOSUCHUSDT", {}, "unknown_symbol"),
        ("BTCUSDT", {"default_margin_usd": "10", "default_leverage": 1}, "below_minimum"),
        ("BTCUSDT", {"default_leverage": 50, "default_stop_loss_pct": "2.5"}, "stop_unreachable"),
    ],
)
def test_what_cannot_work_is_skipped_with_figures(world: World, ticker: str, bot: dict, code: str):
    subject = world.bot(**bot)
    client = world.client(subject)

    world.trade(subject, "buy", ticker)

    execution = world.execution(client)
    assert (execution.state, execution.reason_code) == ("SKIPPED", code)
    assert not world.entries(client)


def test_leverage_above_the_bracket_is_rejected_before_any_order(world: World):
    bot = world.bot(default_leverage=100, default_stop_loss_pct="0.5")
    client = world.client(bot)

    world.trade(bot, "buy", "DOGEUSDT")

    execution = world.execution(client)
    assert (execution.state, execution.reason_code) == ("REJECTED", "leverage_too_high")
    assert not world.entries(client)


def test_wrong_keys_set_the_account_to_needs_attention(world: World):
    bot = world.bot()
    client = world.client(bot)
    world.sim.control.delete_account(world.keys[client.exchange_account_id]["api_key"])

    world.trade(bot, "buy")

    client.exchange_account.refresh_from_db()
    assert world.execution(client).reason_code == "invalid_credentials"
    assert client.exchange_account.status == "needs_attention"


def test_max_positions_holds_against_signals_at_the_same_time(world: World):
    """I9: three symbols at once, two allowed."""
    bot = world.bot()
    client = world.client(bot, max_concurrent_positions=2)
    signals = [world.alert(bot, "buy", ticker) for ticker in ("BTCUSDT", "ETHUSDT", "SOLUSDT")]

    world.carry_out(*signals)

    states = sorted(Execution.objects.filter(subscription=client).values_list("state", "reason_code"))
    assert states == [("PROTECTED", ""), ("PROTECTED", ""), ("SKIPPED", "max_positions")]
    assert len(world.exchange_account(client)["positions"]) == 2


def test_an_execution_runs_once_however_often_it_is_rung(world: World):
    bot = world.bot()
    client = world.client(bot)
    signal = world.alert(bot, "buy")

    world.carry_out(signal, times=5)
    world.carry_out(signal)

    assert len(world.entries(client)) == 1
    assert world.execution(client).attempts == 1


@pytest.mark.parametrize("state", ["CLAIMED", "SENDING", "FILLED"])
def test_a_lease_that_ran_out_is_taken_over_and_settled(world: World, state: str):
    """The worker died: the row says where, the exchange says what happened."""
    bot = world.bot()
    client = world.client(bot)
    signal = world.alert(bot, "buy")
    if state != "CLAIMED":
        world.carry_out(signal)
    execution = world.execution(client)
    _put_back(execution, state)

    world.at_desk(lambda desk: asyncio.gather(*(recover(execution.id, desk) for _ in range(4))))

    execution.refresh_from_db()
    assert execution.state == "PROTECTED"
    assert len(world.entries(client)) == 1
    assert len(world.exchange_account(client)["open_conditionals"]) == 2
    assert Position.objects.filter(subscription=client, status="open").count() == 1


def test_a_position_opened_by_hand_the_other_way_blocks_the_symbol_until_it_is_gone(world: World):
    """D25: known from reconciliation, looked at again before refusing."""
    bot = world.bot(same_side_policy="add")
    client = world.client(bot)
    world.trade(bot, "buy", "ETHUSDT")

    size = Decimal("0.02")
    world.by_hand(client, "BTCUSDT", lambda it, market: it.enter(market, Side.SELL, size, "byhand0000000001e"))
    world.reconcile(client)
    refused = world.trade(bot, "buy", "BTCUSDT", id="1")
    assert (world.execution(client, refused).reason_code, world.execution(client, refused).reason_params["quantity"]) == (
        "symbol_in_use", "-0.02",
    )  # fmt: skip

    world.by_hand(
        client, "BTCUSDT", lambda it, market: it.reduce(market, PositionSide.SHORT, size, "byhand0000000002x")
    )
    entered = world.trade(bot, "buy", "BTCUSDT", id="2")

    assert world.execution(client, entered).state == "PROTECTED"


def _put_back(execution: Execution, state: str) -> None:
    """The books as a dead worker would have left them."""
    with connection.cursor() as cursor:
        if state == "SENDING":
            cursor.execute("UPDATE signals_order SET position_id = NULL, status = 'planned', exchange_order_id = ''")
            cursor.execute("UPDATE signals_execution SET position_id = NULL")
            cursor.execute("DELETE FROM signals_position")
        cursor.execute(
            "UPDATE signals_execution SET state = %s, lease_until = now() - interval '1 s', completed_at = NULL,"
            " protected_at = NULL WHERE id = %s",
            [state, execution.id],
        )


def test_orders_at_the_exchange_are_reduce_only_and_of_our_own_quantity(world: World):
    """D8, promise 6."""
    bot = world.bot()
    client = world.client(bot)

    world.trade(bot, "buy")

    quantity = world.position(client).quantity
    for order in world.exchange_account(client)["open_conditionals"]:
        assert (Decimal(order["quantity"]), order["reduce_only"]) == (quantity, True)


def test_steps_that_changed_under_us_are_read_again_and_the_order_fits(world: World):
    """F38: refused for its precision, sent once more by the exchange's rules of now; stop and close go by them too."""
    bot = world.bot()
    client = world.client(bot)
    world.trade(bot, "buy", "ETHUSDT.P")
    world.trade(bot, "close", "ETHUSDT.P")
    world.sim.control.change_market("ETHUSDT", step="0.1", tick="1", min_quantity="0.1")
    try:
        signal = world.trade(bot, "buy", "ETHUSDT.P", id="by new rules")
        there = world.exchange_account(client)
        position = Position.objects.get(subscription=client, status="open")
        assert world.execution(client, signal).state == "PROTECTED"
        assert position.quantity % Decimal("0.1") == 0
        assert len(there["open_conditionals"]) == 2

        world.sim.control.change_market("ETHUSDT", step="0.001", tick="0.01", min_quantity="0.001")
        closing = world.trade(bot, "close", "ETHUSDT.P", id="closing")
        assert world.execution(client, closing).reason_code == "closed_by_signal"
        assert not world.exchange_account(client)["positions"]
    finally:
        world.sim.control.change_market("ETHUSDT", step="0.001", tick="0.01", min_quantity="0.001")


def test_an_exit_that_filled_before_its_worker_died_closes_the_books(world: World):
    """The answer was written, the position's row was not: recovery books it and does not call it protected."""
    bot = world.bot()
    client = world.client(bot)
    world.trade(bot, "buy")
    execution, position = world.execution(client), world.position(client)
    key = client_order_id(execution.id, Leg.EXIT, 1)
    world.by_hand(
        client, "BTCUSDT", lambda trading, market: trading.reduce(market, PositionSide.LONG, position.quantity, key)
    )
    Order.objects.create(
        execution=execution, position=position, account_id=execution.account_id, symbol_key="BTCUSDT", market_type="futures",
        leg="exit", attempt=1, client_order_id=key, side="sell", kind="market", reduce_only=True, quantity=position.quantity,
        filled_quantity=position.quantity, average_price=Decimal("95200"), status="filled", created_at=execution.created_at,
    )  # fmt: skip
    Execution.objects.filter(pk=execution.pk).update(state="FILLED", lease_until=None)

    world.at_desk(lambda desk: recover(execution.id, desk))
    world.reconcile(client)

    execution, position = world.execution(client), world.position(client)
    assert (execution.state, execution.reason_code) == ("CLOSED", "protection_failed")
    assert (position.status, position.exit_reason) == ("closed", "protection_failed")
    assert not world.exchange_account(client)["open_conditionals"]

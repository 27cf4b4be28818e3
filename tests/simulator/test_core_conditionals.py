"""Stops and targets: when they fire, at which price, and what reduce-only does then. EXE-12, EXE-16, D8."""

from decimal import Decimal

import pytest

from simulator.core import Reason, Refused, conditionals
from simulator.core.events import ConditionalEnded
from simulator.core.matching import move_price
from simulator.core.orders import Status
from tests.simulator.builders import BTC, Bench


def held(quantity="0.031", side="BUY", price="95234.50"):
    bench = Bench()
    account = bench.account()
    move_price(bench.exchange, BTC, Decimal(price), continuous=False)
    bench.market(account, side, quantity)
    return bench, account


def protect(bench, account, quantity="0.031"):
    stop = bench.conditional(account, "STOP_MARKET", "SELL", "93806.0", quantity, reduce_only=True)
    target = bench.conditional(account, "TAKE_PROFIT_MARKET", "SELL", "102853.2", quantity, reduce_only=True)
    return stop, target


def refusal(call, *arguments, **names):
    with pytest.raises(Refused) as caught:
        call(*arguments, **names)
    return caught.value.reason


def test_a_continuous_move_fills_the_stop_at_its_trigger_price():
    bench, account = held()
    stop, target = protect(bench, account)

    move_price(bench.exchange, BTC, Decimal("93000"), continuous=True)

    assert (stop.status, target.status) == (Status.FINISHED, Status.NEW)
    assert account.orders[stop.order_id].average_price == Decimal("93806")
    assert account.fills[-1].realized_pnl == Decimal("0.031") * (Decimal("93806") - Decimal("95234.50"))
    assert account.positions == {}


def test_a_gap_fills_the_stop_at_the_new_price():
    bench, account = held()
    stop, _ = protect(bench, account)

    move_price(bench.exchange, BTC, Decimal("93000"), continuous=False)

    assert account.orders[stop.order_id].average_price == Decimal("93000")


def test_the_target_fires_upwards_and_at_the_very_price():
    bench, account = held()
    _, target = protect(bench, account)

    move_price(bench.exchange, BTC, Decimal("102853.1"), continuous=True)
    assert target.status is Status.NEW
    move_price(bench.exchange, BTC, Decimal("102853.2"), continuous=True)

    assert target.status is Status.FINISHED
    assert account.fills[-1].price == Decimal("102853.2")


def test_short_positions_are_mirrored():
    bench, account = held(side="SELL")
    stop = bench.conditional(account, "STOP_MARKET", "BUY", "96000", "0.031", reduce_only=True)
    target = bench.conditional(account, "TAKE_PROFIT_MARKET", "BUY", "90000", "0.031", reduce_only=True)

    move_price(bench.exchange, BTC, Decimal("89000"), continuous=True)

    assert (stop.status, target.status) == (Status.NEW, Status.FINISHED)
    assert account.fills[-1].price == Decimal("90000")


def test_reduce_only_is_checked_again_at_the_trigger():
    bench, account = held()
    stop, target = protect(bench, account)
    move_price(bench.exchange, BTC, Decimal("93000"), continuous=True)

    move_price(bench.exchange, BTC, Decimal("103000"), continuous=True)

    assert (stop.status, target.status) == (Status.FINISHED, Status.REJECTED)
    ended = [event.change for event in bench.events if isinstance(event.change, ConditionalEnded)]
    assert ended == [ConditionalEnded(target.id, Status.REJECTED, Reason.REDUCE_ONLY)]
    assert account.positions == {}


def test_reduce_only_takes_what_is_left_of_the_position():
    bench, account = held()
    stop, _ = protect(bench, account)
    bench.market(account, "SELL", "0.020", reduce_only=True)

    move_price(bench.exchange, BTC, Decimal("93000"), continuous=True)

    assert account.orders[stop.order_id].executed_quantity == Decimal("0.011")
    assert account.positions == {}


def test_close_position_closes_all_there_is_by_then():
    bench, account = held()
    stop = bench.conditional(account, "STOP_MARKET", "SELL", "93806.0", close_position=True)
    bench.market(account, "BUY", "0.010")

    move_price(bench.exchange, BTC, Decimal("93000"), continuous=True)

    assert account.orders[stop.order_id].executed_quantity == Decimal("0.041")


def test_one_move_can_fire_many_accounts_in_order_of_their_levels():
    bench = Bench()
    accounts = [bench.account() for _ in range(3)]
    move_price(bench.exchange, BTC, Decimal("95000"), continuous=False)
    for account, level in zip(accounts, ("94000", "94500", "94000"), strict=True):
        bench.market(account, "BUY", "0.010")
        bench.conditional(account, "STOP_MARKET", "SELL", level, "0.010", reduce_only=True)

    move_price(bench.exchange, BTC, Decimal("90000"), continuous=True)

    fills = [fill for account in accounts for fill in account.fills if fill.realized_pnl]
    by_time = sorted(fills, key=lambda fill: fill.id)
    assert [fill.price for fill in by_time] == [Decimal("94500"), Decimal("94000"), Decimal("94000")]
    assert by_time[1] is accounts[0].fills[-1]


@pytest.mark.parametrize(
    ("kind", "trigger"), [("STOP_MARKET", "95234.5"), ("STOP_MARKET", "96000"), ("TAKE_PROFIT_MARKET", "95000")]
)
def test_what_would_fire_at_once_is_refused(kind, trigger):
    bench, account = held()

    assert refusal(bench.conditional, account, kind, "SELL", trigger, "0.031") is Reason.WOULD_TRIGGER


def test_refusals_of_stops():
    bench, account = held()
    stop = bench.conditional(account, "STOP_MARKET", "SELL", "90000", close_position=True, client_id="mine")

    again = refusal(bench.conditional, account, "STOP_MARKET", "SELL", "91000", close_position=True)
    assert again is Reason.CLOSE_POSITION_EXISTS
    with_quantity = refusal(bench.conditional, account, "STOP_MARKET", "SELL", "91000", "1", close_position=True)
    assert with_quantity is Reason.CLOSE_WITH_QUANTITY
    same_id = refusal(bench.conditional, account, "STOP_MARKET", "SELL", "91000", "0.01", client_id="mine")
    assert same_id is Reason.DUPLICATE_ID
    wrong_way = refusal(bench.conditional, account, "STOP_MARKET", "BUY", "99000", "0.01", reduce_only=True)
    assert wrong_way is Reason.REDUCE_ONLY
    no_position = refusal(bench.conditional, account, "STOP_MARKET", "BUY", "99000", close_position=True)
    assert no_position is Reason.CLOSE_WITHOUT_POSITION
    assert refusal(bench.conditional, account, "STOP_MARKET", "SELL", "90000.05", "0.01") is Reason.PRICE_PRECISION
    conditionals.cancel_conditional(bench.exchange, account, stop)
    assert refusal(conditionals.cancel_conditional, bench.exchange, account, stop) is Reason.UNKNOWN_CANCEL


def test_client_ids_of_stops_are_a_space_of_their_own():
    bench, account = held()
    bench.limit(account, "BUY", "0.010", "90000", client_id="same")

    stop = bench.conditional(account, "STOP_MARKET", "SELL", "91000", "0.01", client_id="same")

    assert stop.client_id == "same"


def test_a_stop_that_opens_needs_margin_when_it_fires():
    bench = Bench()
    account = bench.account("10")
    move_price(bench.exchange, BTC, Decimal("95000"), continuous=False)
    stop = bench.conditional(account, "STOP_MARKET", "BUY", "96000", "1")

    move_price(bench.exchange, BTC, Decimal("97000"), continuous=True)

    assert stop.status is Status.REJECTED
    assert bench.events[-1].change == ConditionalEnded(stop.id, Status.REJECTED, Reason.INSUFFICIENT_MARGIN)


def test_cancel_all_takes_one_symbol_only():
    bench, account = held()
    protect(bench, account)
    bench.market(account, "BUY", "1", "ETHUSDT")
    kept = bench.conditional(account, "STOP_MARKET", "SELL", "3000", "1", "ETHUSDT", reduce_only=True)

    conditionals.cancel_all(bench.exchange, account, BTC)

    assert list(account.open_conditionals.values()) == [kept]

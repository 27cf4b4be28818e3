"""Futures orders: exact fills, fees, netting, margin, filters. EXE-05, EXE-07, EXE-15, P20."""

from decimal import Decimal

import pytest

from simulator.core import Reason, Refused, Settings, futures, registry
from simulator.core.margin import summarize
from simulator.core.matching import move_price
from simulator.core.orders import PositionSide, Status, TimeInForce
from tests.simulator.builders import BTC, Bench


def jump(bench, price, symbol=BTC):
    move_price(bench.exchange, symbol, Decimal(price), continuous=False)


def refusal(call, *arguments, **names):
    with pytest.raises(Refused) as caught:
        call(*arguments, **names)
    return caught.value.reason


def test_market_order_fills_at_exactly_the_scripted_price():
    bench = Bench()
    account = bench.account()
    jump(bench, "95234.50")
    registry.set_leverage(bench.exchange, account, BTC, 15)

    order = bench.market(account, "BUY", "0.031")

    assert (order.status, order.executed_quantity, order.average_price) == (
        Status.FILLED,
        Decimal("0.031"),
        Decimal("95234.5"),
    )
    assert account.wallet["USDT"] == Decimal("10000") - Decimal("1.47613475")  # 0.031 × 95234.50 × 0.05 %
    position = account.position(BTC)
    assert (position.quantity, position.entry_price) == (Decimal("0.031"), Decimal("95234.50"))
    summary = summarize(bench.exchange, account)
    assert summary.position_initial.quantize(Decimal("0.00000001")) == Decimal("196.81796667")
    assert summary.available.quantize(Decimal("0.00000001")) == Decimal("9801.70589858")


def test_spread_and_slippage_move_the_fill_away_and_onto_the_tick():
    bench = Bench(Settings(spread_bp=Decimal(2), slippage_bp=Decimal(3)))
    account = bench.account()
    jump(bench, "95234.50")

    bought = bench.market(account, "BUY", "0.002")
    sold = bench.market(account, "SELL", "0.002")

    assert bought.average_price == Decimal("95272.6")  # 95234.50 × 1.0004 = 95272.5938
    assert sold.average_price == Decimal("95196.4")


def test_adding_averages_the_entry_price():
    bench = Bench()
    account = bench.account()
    jump(bench, "90000")
    bench.market(account, "BUY", "0.010")
    jump(bench, "96000")
    bench.market(account, "BUY", "0.020")

    assert account.position(BTC).entry_price == Decimal("94000")
    assert account.position(BTC).quantity == Decimal("0.030")


def test_reducing_realizes_profit_and_keeps_the_entry_price():
    bench = Bench()
    account = bench.account()
    jump(bench, "90000")
    bench.market(account, "SELL", "0.020")
    jump(bench, "88000")
    bench.market(account, "BUY", "0.005")

    assert account.fills[-1].realized_pnl == Decimal("10")
    assert (account.position(BTC).quantity, account.position(BTC).entry_price) == (Decimal("-0.015"), Decimal("90000"))
    assert account.wallet["USDT"] == Decimal("10000") - Decimal("0.9") - Decimal("0.22") + Decimal("10")


def test_a_larger_opposite_order_turns_the_position_around():
    bench = Bench()
    account = bench.account()
    jump(bench, "90000")
    bench.market(account, "BUY", "0.010")
    jump(bench, "91000")
    bench.market(account, "SELL", "0.030")

    position = account.position(BTC)
    assert (position.quantity, position.entry_price) == (Decimal("-0.020"), Decimal("91000"))
    assert account.fills[-1].realized_pnl == Decimal("10")


def test_a_closed_position_is_gone():
    bench = Bench()
    account = bench.account()
    bench.market(account, "BUY", "0.010")
    bench.market(account, "SELL", "0.010", reduce_only=True)

    assert account.positions == {}


def test_reduce_only_takes_no_more_than_there_is():
    bench = Bench()
    account = bench.account()
    bench.market(account, "BUY", "0.010")

    order = bench.market(account, "SELL", "0.050", reduce_only=True)

    assert (order.quantity, order.status) == (Decimal("0.010"), Status.FILLED)
    assert account.positions == {}


def test_reduce_only_without_a_position_is_refused():
    bench = Bench()
    account = bench.account()

    assert refusal(bench.market, account, "SELL", "0.010", reduce_only=True) is Reason.REDUCE_ONLY


@pytest.mark.parametrize(
    ("quantity", "reason"),
    [
        ("0.0315", Reason.QUANTITY_PRECISION),
        ("0", Reason.QUANTITY_TOO_SMALL),
        ("120.001", Reason.QUANTITY_TOO_LARGE),
        ("0.001", Reason.NOTIONAL_TOO_SMALL),
    ],
)
def test_quantities_off_the_filters_are_refused(quantity, reason):
    bench = Bench()

    assert refusal(bench.market, bench.account(), "BUY", quantity) is reason


@pytest.mark.parametrize(("price", "reason"), [("90000.05", Reason.PRICE_PRECISION), ("0", Reason.PRICE_NOT_POSITIVE)])
def test_prices_off_the_filters_are_refused(price, reason):
    bench = Bench()

    assert refusal(bench.limit, bench.account(), "BUY", "0.01", price) is reason


def test_unknown_symbol_is_refused():
    bench = Bench()

    assert refusal(bench.market, bench.account(), "BUY", "1", symbol="NOPEUSDT") is Reason.UNKNOWN_SYMBOL


def test_margin_must_suffice_fee_included():
    bench = Bench()
    jump(bench, "100000")
    account = bench.account("50.49")  # 0.010 × 100000 ÷ 20 = 50, fee 0.50

    assert refusal(bench.market, account, "BUY", "0.010") is Reason.INSUFFICIENT_MARGIN
    assert account.orders == {}
    assert bench.market(bench.account("50.50"), "BUY", "0.010").status is Status.FILLED


def test_unrealized_loss_lowers_what_can_be_opened():
    bench = Bench()
    account = bench.account("100")
    jump(bench, "100000")
    bench.market(account, "BUY", "0.010")
    jump(bench, "96000")

    summary = summarize(bench.exchange, account)

    assert summary.unrealized_pnl == Decimal("-40")
    assert summary.available == Decimal("100") - Decimal("0.5") - Decimal("40") - Decimal("48")


def test_leverage_bounds_the_position():
    bench = Bench()
    account = bench.account("100000")
    registry.set_leverage(bench.exchange, account, "DOGEUSDT", 75)
    jump(bench, "0.2", "DOGEUSDT")

    bench.market(account, "BUY", "50000", "DOGEUSDT")  # 10,000 USDT, the cap at 75x

    assert refusal(bench.market, account, "BUY", "100", "DOGEUSDT") is Reason.LEVERAGE_POSITION
    assert refusal(registry.set_leverage, bench.exchange, account, "DOGEUSDT", 76) is Reason.LEVERAGE


def test_isolated_position_holds_its_own_margin_and_its_leverage_cannot_be_lowered():
    bench = Bench()
    account = bench.account()
    jump(bench, "100000")
    registry.set_margin_mode(bench.exchange, account, BTC, isolated=True)
    registry.set_leverage(bench.exchange, account, BTC, 10)
    bench.market(account, "BUY", "0.010")
    bench.market(account, "SELL", "0.004")

    assert account.position(BTC).margin == Decimal("60")
    assert summarize(bench.exchange, account).cross_wallet == Decimal("10000") - Decimal("0.7") - Decimal("60")
    assert refusal(registry.set_leverage, bench.exchange, account, BTC, 5) is Reason.LEVERAGE_REDUCTION


def test_limit_rests_holds_margin_and_fills_at_its_own_price():
    bench = Bench()
    account = bench.account()
    jump(bench, "95000")

    order = bench.limit(account, "BUY", "0.010", "94000")

    assert order.status is Status.NEW
    assert summarize(bench.exchange, account).order_initial == Decimal("47")
    move_price(bench.exchange, BTC, Decimal("93000"), continuous=True)
    assert (order.status, order.average_price) == (Status.FILLED, Decimal("94000"))
    assert account.fills[-1].fee == Decimal("0.188")  # maker 0.02 %
    assert bench.exchange.price(BTC) == Decimal("93000")


def test_crossing_limit_takes_the_better_price():
    bench = Bench()
    account = bench.account()
    jump(bench, "95000")

    assert bench.limit(account, "BUY", "0.010", "96000").average_price == Decimal("95000")
    assert refusal(bench.limit, account, "BUY", "0.010", "96000", time_in_force=TimeInForce.GTX) is Reason.WOULD_MATCH
    assert bench.limit(account, "BUY", "0.01", "90000", time_in_force=TimeInForce.IOC).status is Status.EXPIRED


def test_client_id_is_unique_among_open_orders_only():
    bench = Bench()
    account = bench.account()
    resting = bench.limit(account, "BUY", "0.010", "90000", client_id="mine")

    assert refusal(bench.market, account, "BUY", "0.010", client_id="mine") is Reason.DUPLICATE_ID
    futures.cancel_order(bench.exchange, account, resting)
    first = bench.market(account, "BUY", "0.010", client_id="mine")
    second = bench.market(account, "BUY", "0.010", client_id="mine")
    assert first.id != second.id
    assert account.find_order(second.kind, BTC, client_id="mine") is second


def test_cancel_of_a_closed_order_is_refused():
    bench = Bench()
    account = bench.account()
    order = bench.market(account, "BUY", "0.010")

    assert refusal(futures.cancel_order, bench.exchange, account, order) is Reason.UNKNOWN_CANCEL
    assert refusal(futures.cancel_order, bench.exchange, account, None) is Reason.UNKNOWN_CANCEL


def test_position_side_must_fit_the_mode():
    bench = Bench()
    account = bench.account()

    assert refusal(bench.market, account, "BUY", "0.01", position_side=PositionSide.LONG) is Reason.POSITION_SIDE
    registry.set_position_mode(bench.exchange, account, is_hedged=True)
    assert refusal(bench.market, account, "BUY", "0.01") is Reason.POSITION_SIDE


def test_hedged_account_holds_both_sides():
    bench = Bench()
    account = bench.account()
    registry.set_position_mode(bench.exchange, account, is_hedged=True)
    bench.market(account, "BUY", "0.010", position_side=PositionSide.LONG)
    bench.market(account, "SELL", "0.020", position_side=PositionSide.SHORT)

    assert account.position(BTC, PositionSide.LONG).quantity == Decimal("0.010")
    assert account.position(BTC, PositionSide.SHORT).quantity == Decimal("-0.020")
    too_much = refusal(bench.market, account, "SELL", "0.011", position_side=PositionSide.LONG)
    assert too_much is Reason.REDUCE_ONLY


def test_modes_do_not_change_under_positions_or_orders():
    bench = Bench()
    account, exchange = bench.account(), bench.exchange
    bench.limit(account, "BUY", "0.010", "90000")

    assert refusal(registry.set_margin_mode, exchange, account, BTC, isolated=True) is Reason.MARGIN_MODE_ORDERS
    assert refusal(registry.set_position_mode, exchange, account, is_hedged=True) is Reason.POSITION_MODE_ORDERS
    futures.cancel_all(exchange, account, BTC)
    bench.market(account, "BUY", "0.010")
    assert refusal(registry.set_margin_mode, exchange, account, BTC, isolated=True) is Reason.MARGIN_MODE_POSITION
    assert refusal(registry.set_position_mode, exchange, account, is_hedged=True) is Reason.POSITION_MODE_POSITION
    assert refusal(registry.set_margin_mode, exchange, account, BTC, isolated=False) is Reason.MARGIN_MODE_UNCHANGED
    assert refusal(registry.set_position_mode, exchange, account, is_hedged=False) is Reason.POSITION_MODE_UNCHANGED


def test_resting_reduce_only_expires_when_nothing_is_left():
    bench = Bench()
    account = bench.account()
    jump(bench, "95000")
    bench.market(account, "BUY", "0.010")
    target = bench.limit(account, "SELL", "0.010", "96000", reduce_only=True)
    bench.market(account, "SELL", "0.010", reduce_only=True)

    jump(bench, "97000")

    assert target.status is Status.EXPIRED
    assert account.positions == {}


def test_reset_brings_the_start_balance_back():
    bench = Bench()
    account = bench.account("500")
    bench.market(account, "BUY", "0.010")
    bench.conditional(account, "STOP_MARKET", "SELL", "80000", "0.010")

    registry.reset_account(bench.exchange, account)

    assert account.wallet == {"USDT": Decimal("500")}
    assert (account.positions, account.orders, account.open_conditionals, account.fills) == ({}, {}, {}, [])
    jump(bench, "70000")
    assert account.fills == []


def test_old_orders_are_forgotten_in_order():
    bench = Bench()
    account = bench.account("1000000")
    kept = bench.limit(account, "BUY", "0.010", "50000")
    for number in range(560):
        bench.market(account, "BUY" if number % 2 else "SELL", "0.010", client_id=f"c{number}")

    assert kept.id in account.orders
    assert 500 <= len(account.orders) <= 551
    assert account.find_order(kept.kind, BTC, client_id="c0") is None
    assert account.find_order(kept.kind, BTC, client_id="c559") is not None

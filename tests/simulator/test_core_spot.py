"""Spot orders: balances, the fee in what is received, one-cancels-the-other. D27, EXE-10."""

from decimal import Decimal

import pytest

from simulator.core import Reason, Refused, spot
from simulator.core.matching import move_price
from simulator.core.orders import OrderType, Side, Status
from tests.simulator.builders import BTC, Bench


def at(price, **coins):
    bench = Bench()
    move_price(bench.exchange, BTC, Decimal(price), continuous=False)
    return bench, bench.account("0", **coins)


def oco(bench, account, quantity="0.01", stop="90000", target="110000"):
    above = spot.NewSpotOrder(BTC, Side.SELL, OrderType.LIMIT_MAKER, Decimal(quantity), price=Decimal(target))
    below = spot.NewSpotOrder(BTC, Side.SELL, OrderType.STOP_LOSS, Decimal(quantity), stop_price=Decimal(stop))
    placed = spot.place_oco(bench.exchange, account, above, below, "pair")
    orders = {account.orders[order_id].type: account.orders[order_id] for order_id in placed.order_ids}
    return orders[OrderType.STOP_LOSS], orders[OrderType.LIMIT_MAKER]


def refusal(call, *arguments, **names):
    with pytest.raises(Refused) as caught:
        call(*arguments, **names)
    return caught.value.reason


def test_buying_pays_the_fee_in_the_coin_and_selling_in_the_quote():
    bench, account = at("100000", USDT="1000")

    bench.spot(account, "MARKET", "BUY", quantity="0.005")
    assert account.coins == {"USDT": Decimal("500"), "BTC": Decimal("0.004995")}
    bench.spot(account, "MARKET", "SELL", quantity="0.00499")

    assert account.coins == {"USDT": Decimal("500") + Decimal("499") - Decimal("0.499"), "BTC": Decimal("0.000005")}


def test_buying_for_a_cost_rounds_the_quantity_down_to_the_step():
    bench, account = at("95234.50", USDT="1000")

    order = bench.spot(account, "MARKET", "BUY", quote_quantity="100")

    assert order.executed_quantity == Decimal("0.00105")
    assert order.executed_quote == Decimal("0.00105") * Decimal("95234.50")


def test_balance_must_suffice():
    bench, account = at("100000", USDT="100", BTC="0.001")

    assert refusal(bench.spot, account, "MARKET", "BUY", quantity="0.00101") is Reason.INSUFFICIENT_BALANCE
    assert refusal(bench.spot, account, "MARKET", "SELL", quantity="0.00101") is Reason.INSUFFICIENT_BALANCE


def test_filters_are_checked():
    bench, account = at("100000", USDT="100000")

    assert refusal(bench.spot, account, "MARKET", "BUY", quantity="0.00004") is Reason.NOTIONAL_TOO_SMALL
    assert refusal(bench.spot, account, "MARKET", "BUY", quantity="0.000051") is Reason.QUANTITY_PRECISION
    off_tick = refusal(bench.spot, account, "LIMIT", "BUY", quantity="0.01", price="90000.001")
    assert off_tick is Reason.PRICE_PRECISION
    crossing = refusal(bench.spot, account, "LIMIT_MAKER", "BUY", quantity="0.01", price="100001")
    assert crossing is Reason.WOULD_MATCH
    firing = refusal(bench.spot, account, "STOP_LOSS", "BUY", quantity="0.01", stop_price="99999")
    assert firing is Reason.WOULD_TRIGGER


def test_resting_limit_holds_its_balance_back_and_gives_it_back():
    bench, account = at("100000", USDT="1000")
    order = bench.spot(account, "LIMIT", "BUY", quantity="0.01", price="90000")

    assert spot.locked_balances(account) == {"USDT": Decimal("900")}
    assert refusal(bench.spot, account, "MARKET", "BUY", quantity="0.00101") is Reason.INSUFFICIENT_BALANCE
    spot.cancel_order(bench.exchange, account, order)
    assert spot.locked_balances(account) == {}


def test_oco_holds_the_quantity_back_once():
    bench, account = at("100000", BTC="0.01")
    oco(bench, account)

    assert spot.locked_balances(account) == {"BTC": Decimal("0.01")}
    assert refusal(oco, bench, account) is Reason.INSUFFICIENT_BALANCE


def test_oco_stop_ends_the_target():
    bench, account = at("100000", BTC="0.01")
    stop, target = oco(bench, account)

    move_price(bench.exchange, BTC, Decimal("89000"), continuous=True)

    assert (stop.status, target.status) == (Status.FILLED, Status.EXPIRED)
    assert account.coins == {"BTC": Decimal("0"), "USDT": Decimal("900") - Decimal("0.9")}


def test_oco_target_ends_the_stop():
    bench, account = at("100000", BTC="0.01")
    stop, target = oco(bench, account)

    move_price(bench.exchange, BTC, Decimal("120000"), continuous=False)

    assert (stop.status, target.status) == (Status.EXPIRED, Status.FILLED)
    assert target.average_price == Decimal("110000")


def test_cancelling_one_leg_cancels_both():
    bench, account = at("100000", BTC="0.01")
    stop, target = oco(bench, account)

    spot.cancel_order(bench.exchange, account, target)

    assert (stop.status, target.status) == (Status.CANCELED, Status.CANCELED)


def test_oco_legs_must_lie_on_either_side():
    bench, account = at("100000", BTC="1")

    assert refusal(oco, bench, account, stop="101000") is Reason.OCO_PRICES
    assert refusal(oco, bench, account, target="99000") is Reason.OCO_PRICES


def test_stop_limit_rests_after_it_was_touched():
    bench, account = at("100000", BTC="0.01")
    order = bench.spot(account, "STOP_LOSS_LIMIT", "SELL", quantity="0.01", price="91000", stop_price="90000")

    move_price(bench.exchange, BTC, Decimal("90000"), continuous=True)
    assert (order.status, order.is_working) == (Status.NEW, True)
    move_price(bench.exchange, BTC, Decimal("92000"), continuous=True)

    assert (order.status, order.average_price) == (Status.FILLED, Decimal("91000"))

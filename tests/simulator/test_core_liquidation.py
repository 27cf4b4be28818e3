"""Margin on the mark price: conditional orders that watch it, liquidation, brackets, funding."""

from decimal import Decimal

import pytest

from simulator.core import Refused, funding, registry
from simulator.core.events import FundingPaid, FundingSettled, Liquidated
from simulator.core.margin import measure_position, summarize
from simulator.core.matching import let_time_pass, move_mark, move_price
from simulator.core.orders import Status
from simulator.core.refusals import Reason
from tests.simulator.builders import BTC, Bench

HOUR_MS = 3_600_000


@pytest.fixture
def bench():
    return Bench()


def liquidations(bench):
    return [event.change for event in bench.events if isinstance(event.change, Liquidated)]


def isolated(bench, wallet="10000", leverage=20):
    account = bench.account(wallet)
    registry.set_margin_mode(bench.exchange, account, BTC, isolated=True)
    registry.set_leverage(bench.exchange, account, BTC, leverage)
    return account


@pytest.mark.parametrize(("side", "beyond"), [("BUY", "-0.1"), ("SELL", "0.1")])
def test_isolated_position_is_liquidated_at_its_liquidation_price(bench, side, beyond):
    account = isolated(bench)
    bench.market(account, side, "0.1")
    position = account.position(BTC)
    level = measure_position(bench.exchange, account, position).liquidation_price
    before = level - Decimal(beyond)

    move_price(bench.exchange, BTC, before.quantize(Decimal("0.1")) - Decimal(beyond), continuous=True)
    assert account.positions != {}
    move_price(bench.exchange, BTC, level + 100 * Decimal(beyond), continuous=True)

    (liquidated,) = liquidations(bench)
    assert account.positions == {}
    assert abs(liquidated.price - level) <= Decimal("0.1")
    assert liquidated.quantity == Decimal("0.1") * (1 if side == "BUY" else -1)
    order = account.orders[liquidated.order_id]
    assert (order.client_id, order.status) == (f"autoclose-{order.id}", Status.FILLED)
    assert account.fills[-1].fee == liquidated.fee


def test_gap_costs_no_more_than_the_isolated_margin(bench):
    account = isolated(bench)
    bench.market(account, "BUY", "0.1")
    fee = account.fills[0].fee

    move_price(bench.exchange, BTC, Decimal("80000"), continuous=False)

    (liquidated,) = liquidations(bench)
    assert liquidated.covered == Decimal("1500.0") - Decimal("475.0")  # a loss of 15,000 a coin, margin 9,500 / 20
    assert (liquidated.fee, account.wallet["USDT"]) == (0, Decimal("10000") - fee - Decimal("475"))


def test_cross_account_stands_longer_and_its_wallet_ends_at_nothing(bench):
    account = bench.account("1000")
    bench.market(account, "BUY", "0.1")

    move_price(bench.exchange, BTC, Decimal("86000"), continuous=True)
    assert liquidations(bench) == []
    move_price(bench.exchange, BTC, Decimal("80000"), continuous=False)

    (liquidated,) = liquidations(bench)
    assert account.wallet["USDT"] == 0
    assert liquidated.covered == Decimal("1500") + account.fills[0].fee - Decimal("1000")


def test_cross_positions_are_closed_until_the_rest_is_covered(bench):
    account = bench.account("2000")
    bench.market(account, "BUY", "0.2")
    bench.market(account, "BUY", "1", symbol="ETHUSDT")

    move_price(bench.exchange, BTC, Decimal("85200"), continuous=True)

    assert [change.symbol for change in liquidations(bench)] == [BTC]
    assert list(account.positions) == ["ETHUSDT:BOTH"]
    assert account.wallet["USDT"] > summarize(bench.exchange, account).maintenance


def test_liquidation_looks_at_the_mark_price_and_fills_at_the_last(bench):
    account = isolated(bench)
    bench.market(account, "BUY", "0.1")

    move_mark(bench.exchange, BTC, Decimal("94000"))
    move_price(bench.exchange, BTC, Decimal("90000"), continuous=False)
    assert liquidations(bench) == []
    assert summarize(bench.exchange, account).unrealized_pnl == Decimal("-100")
    move_price(bench.exchange, BTC, Decimal("94500"), continuous=False)
    move_mark(bench.exchange, BTC, Decimal("90000"))

    assert [(change.mark_price, change.price) for change in liquidations(bench)] == [
        (Decimal("90000"), Decimal("94500"))
    ]


def test_open_orders_of_the_symbol_go_first_and_its_stop_stays(bench):
    account = isolated(bench)
    bench.market(account, "BUY", "0.1")
    resting = bench.limit(account, "BUY", "0.01", "80000")
    stop = bench.conditional(account, "STOP_MARKET", "SELL", "70000", "0.1", reduce_only=True)

    move_price(bench.exchange, BTC, Decimal("90000"), continuous=True)

    assert resting.status is Status.CANCELED
    assert stop.status is Status.NEW


def test_stop_before_the_liquidation_price_fires_first(bench):
    account = isolated(bench)
    bench.market(account, "BUY", "0.1")
    bench.conditional(account, "STOP_MARKET", "SELL", "91000", "0.1", reduce_only=True)

    move_price(bench.exchange, BTC, Decimal("80000"), continuous=True)

    assert liquidations(bench) == []
    assert account.fills[-1].price == Decimal("91000")


def test_conditional_order_watches_the_price_it_names(bench):
    account = bench.account()
    bench.market(account, "BUY", "0.01")
    by_mark = bench.conditional(account, "STOP_MARKET", "SELL", "93000", "0.005", working_type="MARK_PRICE")
    by_last = bench.conditional(account, "STOP_MARKET", "SELL", "92900", "0.005")
    move_mark(bench.exchange, BTC, Decimal("95000"))

    move_price(bench.exchange, BTC, Decimal("92000"), continuous=True)
    assert (by_mark.status, by_last.status) == (Status.NEW, Status.FINISHED)
    move_mark(bench.exchange, BTC, Decimal("92900"))
    assert by_mark.status is Status.FINISHED
    with pytest.raises(Refused) as refused:
        bench.conditional(account, "STOP_MARKET", "SELL", "92950", "0.005", working_type="MARK_PRICE")
    assert refused.value.reason is Reason.WOULD_TRIGGER


def test_mark_price_follows_the_last_until_set_and_again_when_let_go(bench):
    exchange = bench.exchange
    move_price(exchange, BTC, Decimal("96000"), continuous=True)
    assert exchange.mark(BTC) == Decimal("96000")
    move_mark(exchange, BTC, Decimal("95500"))
    move_price(exchange, BTC, Decimal("97000"), continuous=True)
    assert exchange.mark(BTC) == Decimal("95500")

    move_mark(exchange, BTC, None)

    assert exchange.mark(BTC) == Decimal("97000")


def test_funding_is_paid_by_longs_to_shorts_on_the_mark_value(bench):
    long, short = bench.account(), bench.account()
    bench.market(long, "BUY", "0.1")
    bench.market(short, "SELL", "0.1")
    fee = long.fills[0].fee
    move_mark(bench.exchange, BTC, Decimal("90000"))
    funding.set_rate(bench.exchange, BTC, Decimal("0.0001"))

    funding.settle(bench.exchange, [BTC])

    assert long.wallet["USDT"] == Decimal("10000") - fee - Decimal("0.9")
    assert short.wallet["USDT"] == Decimal("10000") - fee + Decimal("0.9")
    paid = [event.change for event in bench.events if isinstance(event.change, FundingPaid)]
    assert [(change.amount, change.quantity) for change in paid] == [
        (Decimal("-0.9"), Decimal("0.1")),
        (Decimal("0.9"), Decimal("-0.1")),
    ]


def test_funding_comes_out_of_an_isolated_margin_and_can_liquidate(bench):
    account = isolated(bench, leverage=100)
    bench.market(account, "BUY", "0.1")
    funding.set_rate(bench.exchange, BTC, Decimal("0.004"))

    funding.settle(bench.exchange, [BTC])
    assert account.position(BTC).margin == Decimal("95") - Decimal("38")
    funding.settle(bench.exchange, [BTC])
    move_price(bench.exchange, BTC, Decimal("95000.1"), continuous=True)

    assert len(liquidations(bench)) == 1


def test_funding_time_comes_every_eight_hours_and_is_not_made_up_for(bench):
    settled = lambda: sum(isinstance(event.change, FundingSettled) for event in bench.events)  # noqa: E731
    due = bench.exchange.next_funding
    assert due % (8 * HOUR_MS) == 0

    bench.now = due - 1
    let_time_pass(bench.exchange)
    assert settled() == 0
    bench.now = due
    let_time_pass(bench.exchange)
    let_time_pass(bench.exchange)
    assert settled() == 1
    bench.now = due + 30 * HOUR_MS
    let_time_pass(bench.exchange)
    assert (settled(), bench.exchange.next_funding) == (1, due + 32 * HOUR_MS)

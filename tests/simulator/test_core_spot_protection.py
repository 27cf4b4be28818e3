"""Stops and targets that come with a spot purchase, and pairs quoted in other coins. EXC-04, EXE-12."""

from decimal import Decimal

import pytest

from simulator.core import Reason, Refused, spot
from simulator.core.exchange import Exchange
from simulator.core.markets import BRL_MARKETS, Kind, list_as, split_pair
from simulator.core.matching import move_price
from simulator.core.orders import OrderType, Protection, Side, Status, Trigger
from tests.simulator.builders import BTC, Bench

BOTH = Protection(Trigger(Decimal("93000"), "s1"), Trigger(Decimal("99000"), "t1"))


def buy(bench, account, protection, **more):
    values = {"quote_quantity": Decimal("950")} | more
    new = spot.NewSpotOrder(BTC, Side.BUY, OrderType.MARKET, protection=protection, **values)
    return spot.place_order(bench.exchange, account, new)


def test_protection_sells_what_was_received_and_one_ends_the_other():
    bench = Bench()
    account = bench.account(USDT="1000")

    entry = buy(bench, account, BOTH)

    stop, target = account.open_orders.values()
    assert (stop.type, target.type) == (OrderType.STOP_LOSS, OrderType.TAKE_PROFIT)
    assert stop.quantity == target.quantity == Decimal("0.00999")
    assert stop.parent_id == target.parent_id == entry.id
    move_price(bench.exchange, BTC, Decimal("92000"), continuous=True)
    assert (stop.status, target.status) == (Status.FILLED, Status.EXPIRED)


def test_one_trigger_stands_alone():
    bench = Bench()
    account = bench.account(USDT="1000")

    buy(bench, account, Protection(None, BOTH.target))

    (target,) = account.open_orders.values()
    assert (target.client_id, target.list_id) == ("t1", -1)


@pytest.mark.parametrize(
    ("side", "trigger", "reason"), [("BUY", "96000", Reason.WOULD_TRIGGER), ("SELL", "93000", Reason.REDUCE_ONLY)]
)
def test_protection_that_makes_no_sense_is_refused(side, trigger, reason):
    bench = Bench()
    account = bench.account(USDT="1000", BTC="1")
    new = spot.NewSpotOrder(
        BTC, Side(side), OrderType.MARKET, Decimal("0.01"), protection=Protection(Trigger(Decimal(trigger)))
    )

    with pytest.raises(Refused) as caught:
        spot.place_order(bench.exchange, account, new)

    assert caught.value.reason is reason
    assert account.orders == {}


def test_a_purchase_in_reais_moves_reais():
    bench = Bench()
    bench.exchange = Exchange(clock=lambda: bench.now, markets=BRL_MARKETS)
    account = bench.account(BRL="10000")
    price = bench.exchange.price("BTCBRL")
    new = spot.NewSpotOrder("BTCBRL", Side.BUY, OrderType.MARKET, quote_quantity=Decimal(5100))

    order = spot.place_order(bench.exchange, account, new)

    assert order.executed_quantity == Decimal("0.01")
    assert account.coins == {"BRL": Decimal(10000) - price * Decimal("0.01"), "BTC": Decimal("0.00999")}
    bench.exchange.market(Kind.SPOT, "BTCBRL")
    resting = spot.NewSpotOrder("BTCBRL", Side.BUY, OrderType.LIMIT, Decimal("0.001"), price=Decimal(500_000))
    spot.place_order(bench.exchange, account, resting)
    assert spot.locked_balances(account) == {"BRL": Decimal("500")}


@pytest.mark.parametrize(
    ("symbol", "pair"), [("BTCUSDT", ("BTC", "USDT")), ("USDTBRL", ("USDT", "BRL")), ("ETHUSDC", ("ETH", "USDC"))]
)
def test_a_symbol_is_base_and_quote(symbol, pair):
    assert split_pair(symbol) == pair


def test_a_market_under_its_exchanges_name_counts_in_contracts():
    bench = Bench()
    listed = list_as(bench.exchange.market(Kind.FUTURES, BTC), "BTC-USDT-SWAP", contract_size="0.01", lot="0.01")
    exchange = Exchange(clock=lambda: bench.now, markets=(listed,))

    found = exchange.market_named(Kind.FUTURES, "BTC-USDT-SWAP")

    assert (found.symbol, found.name, found.step) == (BTC, "BTC-USDT-SWAP", Decimal("0.0001"))
    assert (found.to_contracts(Decimal("0.05")), found.to_base(Decimal(5))) == (Decimal(5), Decimal("0.05"))
    with pytest.raises(Refused) as caught:
        exchange.market_named(Kind.FUTURES, BTC)
    assert caught.value.reason is Reason.UNKNOWN_SYMBOL

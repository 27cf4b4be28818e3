"""ccxt's own class for WhiteBIT drives the dialect as any other client of it would. EXE-06, 07, 12, 16."""

from decimal import Decimal

import ccxt.async_support as ccxt
import pytest

from tests.simulator.whitebit_desk import keys, running, sim, unified_class

__all__ = ["keys", "running", "sim"]

PAIR = "BTC/USDT"


async def test_markets_prices_and_time(sim, keys):
    async with unified_class(sim, keys) as client:
        market = client.market(PAIR)
        ticker = await client.fetch_ticker(PAIR)
        tickers = await client.fetch_tickers()
        book = await client.fetch_order_book(PAIR)
        told = await client.fetch_time()

    assert (market["id"], market["spot"], market["active"]) == ("BTC_USDT", True, True)
    assert (market["precision"]["price"], market["precision"]["amount"]) == (0.01, 0.00001)
    assert (market["limits"]["amount"]["min"], market["limits"]["cost"]["min"]) == (0.00001, 5.05)
    assert (market["taker"], market["maker"]) == (0.001, 0.001)
    assert (ticker["last"], tickers[PAIR]["last"]) == (95234.5, 95234.5)
    assert (book["bids"][0][0], book["asks"][0][0]) == (95234.5, 95234.5)
    assert told % 1000 == 0


async def test_a_purchase_by_cost_is_found_closed_with_its_fee(sim, keys):
    async with unified_class(sim, keys) as client:
        placed = await client.create_market_buy_order_with_cost(PAIR, 200, {"clientOrderId": "e1"})
        found = await client.fetch_order(placed["id"], PAIR)
        (trade,) = await client.fetch_my_trades(PAIR)
        balance = await client.fetch_balance()

    assert (placed["clientOrderId"], placed["type"], placed["side"]) == ("e1", "market", "buy")
    assert (found["status"], found["filled"], found["cost"]) == ("closed", 0.0021, 199.99245)
    assert (trade["order"], trade["price"], trade["amount"]) == (placed["id"], 95234.5, 0.0021)
    assert (trade["fee"]["cost"], trade["fee"]["currency"]) == (0.0000021, "BTC")
    assert balance["BTC"]["free"] == pytest.approx(0.0020979)
    assert balance["USDT"]["total"] == pytest.approx(1000 - 199.99245)


async def test_a_stop_stands_fires_and_tells_what_it_sold(sim, keys):
    async with unified_class(sim, keys) as client:
        await client.create_order(PAIR, "market", "buy", 0.002)
        params = {"triggerPrice": 93805.9, "clientOrderId": "s1"}
        stop = await client.create_order(PAIR, "market", "sell", 0.00199, None, params)
        (standing,) = await client.fetch_open_orders(PAIR)
        balance = await client.fetch_balance()
        sim.control.move_price("BTCUSDT", "93000")
        found = await client.fetch_order(stop["id"], PAIR)

    assert (standing["clientOrderId"], standing["triggerPrice"], standing["amount"]) == ("s1", 93805.9, 0.00199)
    assert balance["BTC"]["used"] == 0.00199
    assert (found["status"], found["filled"], found["clientOrderId"]) == ("closed", 0.00199, "s1")
    assert Decimal(sim.control.account(keys["api_key"])["coins"]["BTC"]) == Decimal("0.000008")


async def test_a_stop_that_the_price_has_passed_sells_at_once(sim, keys):
    """ "For sell orders, the stop triggers when the market price falls to or below the specified price." """
    async with unified_class(sim, keys) as client:
        await client.create_order(PAIR, "market", "buy", 0.002)
        stop = await client.create_order(PAIR, "market", "sell", 0.001, None, {"triggerPrice": 99000})
        found = await client.fetch_order(stop["id"], PAIR)

    assert (found["status"], found["filled"]) == ("closed", 0.001)


async def test_orders_are_cancelled_by_either_name(sim, keys):
    async with unified_class(sim, keys) as client:
        first = await client.create_order(PAIR, "limit", "buy", 0.001, 90000)
        await client.create_order(PAIR, "limit", "buy", 0.001, 80000, {"clientOrderId": "l2"})
        await client.cancel_order(first["id"], PAIR)
        await client.v4_private_post_order_cancel({"market": "BTC_USDT", "clientOrderId": "l2"})
        left = await client.fetch_open_orders(PAIR)
        gone = await client.fetch_order(first["id"], PAIR)
        with pytest.raises(ccxt.OrderNotFound):
            await client.cancel_order(first["id"], PAIR)

    assert left == []
    assert (gone["status"], gone["filled"]) == ("canceled", 0)


async def test_what_is_refused_has_the_names_that_ccxt_knows(sim, keys):
    async with unified_class(sim, keys) as client:
        with pytest.raises(ccxt.InsufficientFunds):
            await client.create_order(PAIR, "market", "buy", 5)
        with pytest.raises(ccxt.InvalidOrder):
            await client.v4_private_post_order_stock_market({"market": "BTC_USDT", "side": "buy", "amount": "0.000001"})
        client.secret = "not-the-secret"
        with pytest.raises(ccxt.AuthenticationError):
            await client.fetch_balance()

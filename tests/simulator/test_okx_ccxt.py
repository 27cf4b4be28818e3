"""ccxt's own okx class drives the simulator: EXC-03, EXC-05, EXE-06, EXE-07, EXE-12, EXE-16; D27."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import ccxt
import ccxt.async_support
import pytest

from tests.simulator.clients import redirect
from tests.simulator.okx_desk import STANDARD, calm, okx_simulator

SYMBOL, SPOT = "BTC/USDT:USDT", "BTC/USDT"


@pytest.fixture(scope="module")
def running() -> Iterator[Any]:
    with okx_simulator() as simulator:
        yield simulator


@pytest.fixture
def okx(running):
    return calm(running)


@asynccontextmanager
async def client(okx: Any, keys: dict[str, Any], *, demo: bool = False, name: str = "okx") -> AsyncIterator[Any]:
    config = {
        "apiKey": keys["api_key"],
        "secret": keys["secret"],
        "password": keys["passphrase"],
        "enableRateLimit": False,
    }
    made = redirect(getattr(ccxt.async_support, name), okx.url)(config)
    made.has["fetchCurrencies"] = False
    if demo:
        made.set_sandbox_mode(True)
    try:
        yield made
    finally:
        await made.close()


async def test_unchanged_client_loads_markets_and_trades_in_contracts(okx):
    keys = okx.control.create_account(**STANDARD)
    async with client(okx, keys) as exchange:
        await exchange.load_markets()
        placed = await exchange.create_order(SYMBOL, "market", "buy", 3.1, None, {"clientOrderId": "entry1"})
        found = await exchange.fetch_order("", SYMBOL, {"clientOrderId": "entry1"})
        (position,) = await exchange.fetch_positions([SYMBOL])
        trades = await exchange.fetch_my_trades(SYMBOL)
        balance = await exchange.fetch_balance()

    market = exchange.market(SYMBOL)
    assert (market["contractSize"], market["precision"]["amount"], market["precision"]["price"]) == (0.01, 0.01, 0.1)
    assert (placed["clientOrderId"], placed["status"]) == ("entry1", None)
    assert (found["id"], found["status"], found["average"], found["filled"]) == (placed["id"], "closed", 95234.5, 3.1)
    assert found["fee"] == {"cost": 1.47613475, "currency": "USDT"}
    assert (position["side"], position["contracts"], position["entryPrice"]) == ("long", 3.1, 95234.5)
    assert position["marginMode"] == "cross"
    assert [(trade["side"], trade["price"], trade["amount"]) for trade in trades] == [("buy", 95234.5, 3.1)]
    assert balance["USDT"]["total"] == 9998.52386525
    assert okx.control.account(keys["api_key"])["positions"][0]["quantity"] == "0.031"


async def test_entry_stop_target_then_the_stop_fires(okx):
    keys = okx.control.create_account(**STANDARD)
    async with client(okx, keys) as exchange:
        await exchange.load_markets()
        await exchange.set_leverage(15, SYMBOL, {"mgnMode": "isolated", "posSide": "net"})
        await exchange.create_order(SYMBOL, "market", "buy", 3.1, None, {"marginMode": "isolated"})
        shared = {"marginMode": "isolated", "reduceOnly": True}
        stop = await exchange.create_order(
            SYMBOL, "market", "sell", 3.1, None, shared | {"stopLossPrice": 93806, "algoClOrdId": "s1"}
        )
        target = await exchange.create_order(
            SYMBOL, "market", "sell", 3.1, None, shared | {"takeProfitPrice": 102853.2, "algoClOrdId": "t1"}
        )
        standing = await exchange.fetch_open_orders(SYMBOL, params={"trigger": True, "ordType": "conditional"})

        okx.control.move_price("BTCUSDT", "93000")

        fired = await exchange.fetch_order("", SYMBOL, {"trigger": True, "algoClOrdId": "s1", "clientOrderId": "s1"})
        flat = await exchange.fetch_positions([SYMBOL])
        await exchange.cancel_order(target["id"], SYMBOL, {"trigger": True})
        with pytest.raises(ccxt.OrderNotFound):
            await exchange.cancel_order(target["id"], SYMBOL, {"trigger": True})

    assert sorted(order["id"] for order in standing) == sorted([stop["id"], target["id"]])
    assert {order["info"]["algoClOrdId"] for order in standing} == {"s1", "t1"}
    assert (fired["id"], fired["status"]) == (stop["id"], "closed")
    assert flat == []


async def test_limits_rest_and_are_cancelled(okx):
    keys = okx.control.create_account(**STANDARD)
    async with client(okx, keys) as exchange:
        await exchange.load_markets()
        placed = await exchange.create_order(SYMBOL, "limit", "buy", 1, 90000)
        standing = await exchange.fetch_open_orders(SYMBOL)
        await exchange.cancel_order(placed["id"], SYMBOL)
        left = await exchange.fetch_open_orders(SYMBOL)

    assert [order["id"] for order in standing] == [placed["id"]]
    assert left == []


async def test_spot_is_bought_for_a_cost(okx):
    keys = okx.control.create_account(**STANDARD)
    async with client(okx, keys) as exchange:
        await exchange.load_markets()
        placed = await exchange.create_market_buy_order_with_cost(SPOT, 200, {"tdMode": "cash"})
        found = await exchange.fetch_order(placed["id"], SPOT)
        trades = await exchange.fetch_my_trades(SPOT)

    assert (found["status"], found["filled"], found["average"]) == ("closed", 0.0021, 95234.5)
    assert [(trade["side"], trade["amount"], trade["fee"]["currency"]) for trade in trades] == [("buy", 0.0021, "BTC")]


async def test_position_mode_and_both_sides(okx):
    keys = okx.control.create_account(**STANDARD)
    async with client(okx, keys) as exchange:
        await exchange.load_markets()
        before = await exchange.fetch_position_mode(SYMBOL)
        await exchange.set_position_mode(True)
        after = await exchange.fetch_position_mode(SYMBOL)
        await exchange.create_order(SYMBOL, "market", "buy", 1, None, {"hedged": True})
        await exchange.create_order(SYMBOL, "market", "sell", 1, None, {"hedged": True})
        positions = await exchange.fetch_positions([SYMBOL])

    assert (before["hedged"], after["hedged"]) == (False, True)
    assert sorted((one["side"], one["contracts"]) for one in positions) == [("long", 1), ("short", 1)]


async def test_prices_and_candles(okx):
    keys = okx.control.create_account(**STANDARD)
    async with client(okx, keys) as exchange:
        await exchange.load_markets()
        ticker, book = await exchange.fetch_ticker(SYMBOL), await exchange.fetch_order_book(SYMBOL)
        candles, funding = await exchange.fetch_ohlcv(SYMBOL, "1m"), await exchange.fetch_funding_rate(SYMBOL)

    assert (ticker["last"], book["bids"][0][0], candles[-1][4]) == (95234.5, 95234.5, 95234.5)
    assert funding["symbol"] == SYMBOL


@pytest.mark.parametrize("name", ["okx", "myokx", "okxus"])
async def test_demo_keys_work_with_the_mark_of_demo_trading_only(okx, name):
    demo = okx.control.create_account(**STANDARD | {"environment": "demo"})
    live = okx.control.create_account(**STANDARD | {"environment": "live"})
    for keys, is_demo, works in ((demo, True, True), (demo, False, False), (live, True, False), (live, False, True)):
        async with client(okx, keys, demo=is_demo, name=name) as exchange:
            if works:
                assert (await exchange.fetch_balance())["USDT"]["total"] == 10_000
            else:
                with pytest.raises(ccxt.AuthenticationError, match="50101"):
                    await exchange.fetch_balance()

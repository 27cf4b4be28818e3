"""ccxt's own bingx class and a client that nobody here wrote (bingx-python) drive the simulator's BingX.

EXC-03, EXC-14; EXE-06, EXE-07, EXE-12, EXE-16.
"""

from collections.abc import Iterator
from contextlib import asynccontextmanager
from typing import Any

import ccxt
import ccxt.async_support as ccxt_async
import pytest
from bingx import BingXClient
from bingx.exceptions import APIException, AuthenticationException

from simulator.testing import RunningSimulator, run_simulator
from tests.simulator.clients import redirect

SYMBOL, PAIR = "BTC/USDT:USDT", "BTC/USDT"


@pytest.fixture(scope="module")
def running() -> Iterator[RunningSimulator]:
    with run_simulator(exchange="bingx") as simulator:
        yield simulator


@pytest.fixture
def bingx(running: RunningSimulator) -> RunningSimulator:
    control = running.control
    control.clear_faults()
    control.set_clock(0)
    control.settings(spread_bp="0", slippage_bp="0")
    control.set_price("BTCUSDT", "95234.50")
    return running


@asynccontextmanager
async def ccxt_client(sim: RunningSimulator, keys: dict[str, Any], kind: str = "swap", *, demo: bool = False):
    options = {"defaultType": kind}
    config = {"apiKey": keys["api_key"], "secret": keys["secret"], "enableRateLimit": False, "options": options}
    client = redirect(ccxt_async.bingx, sim.url)(config)
    client.has["fetchCurrencies"] = False
    if demo:
        client.set_sandbox_mode(True)
    try:
        yield client
    finally:
        await client.close()


def sdk(sim: RunningSimulator, keys: dict[str, Any]) -> BingXClient:
    return BingXClient(keys["api_key"], keys["secret"], base_uri=sim.url, signature_encoding="hex")


# ccxt
async def test_ccxt_loads_both_lists_and_trades(bingx):
    keys = bingx.control.create_account()
    async with ccxt_client(bingx, keys) as client:
        await client.load_markets()
        await client.set_margin_mode("isolated", SYMBOL)
        await client.set_leverage(15, SYMBOL, {"side": "BOTH"})

        order = await client.create_order(SYMBOL, "market", "buy", 0.031, None, {"clientOrderId": "Entry1"})
        found = await client.fetch_order(order["id"], SYMBOL)
        (position,) = await client.fetch_positions([SYMBOL])
        balance = await client.fetch_balance()
        trades = await client.fetch_my_trades(SYMBOL)

    market = client.market(SYMBOL)
    assert (market["precision"]["amount"], market["precision"]["price"]) == (0.0001, 0.1)
    assert (market["limits"]["amount"]["min"], market["limits"]["cost"]["min"]) == (0.0001, 2)
    assert client.market(PAIR)["precision"] == {"amount": 0.00001, "price": 0.01} | {
        name: None for name in client.market(PAIR)["precision"] if name not in ("amount", "price")
    }
    assert (found["clientOrderId"], found["status"], found["average"], found["filled"]) == (
        "entry1",
        "closed",
        95234.5,
        0.031,
    )
    assert (position["side"], position["contracts"], position["entryPrice"]) == ("long", 0.031, 95234.5)
    assert (position["leverage"], position["marginMode"]) == (15, "isolated")
    assert balance["USDT"]["free"] < 10_000 - 196
    assert [(trade["side"], trade["amount"], trade["fee"]["cost"]) for trade in trades] == [("buy", 0.031, 1.47613475)]


async def test_ccxt_entry_stop_target_then_the_stop_fires(bingx):
    keys = bingx.control.create_account()
    async with ccxt_client(bingx, keys) as client:
        await client.create_order(SYMBOL, "market", "buy", 0.031)
        shared = {"reduceOnly": True, "workingType": "MARK_PRICE"}
        stop = await client.create_order(
            SYMBOL, "market", "sell", 0.031, None, shared | {"stopLossPrice": 93806, "clientOrderId": "s1"}
        )
        target = await client.create_order(
            SYMBOL, "market", "sell", 0.031, None, shared | {"takeProfitPrice": 102853.2, "clientOrderId": "t1"}
        )
        standing = await client.fetch_open_orders(SYMBOL)

        bingx.control.move_price("BTCUSDT", "93000")

        fired = await client.fetch_order(stop["id"], SYMBOL)
        flat = await client.fetch_positions([SYMBOL])
        await client.cancel_order(target["id"], SYMBOL)
        left = await client.fetch_open_orders(SYMBOL)
        history = await client.fetch_canceled_and_closed_orders(SYMBOL)

    assert [(order["clientOrderId"], order["info"]["stopPrice"]) for order in standing] == [
        ("s1", "93806"),
        ("t1", "102853.2"),
    ]
    assert (fired["status"], fired["average"], fired["filled"]) == ("closed", 93806, 0.031)
    assert flat == left == []
    assert [(order["type"], order["status"]) for order in history] == [
        ("market", "closed"),
        ("market", "closed"),
        ("market", "canceled"),
    ]


async def test_ccxt_limit_orders_rest_and_are_cancelled_by_client_id(bingx):
    keys = bingx.control.create_account()
    async with ccxt_client(bingx, keys) as client:
        first = await client.create_order(SYMBOL, "limit", "buy", 0.01, 90000, {"clientOrderId": "one"})
        await client.create_order(SYMBOL, "limit", "buy", 0.01, 89000)
        standing = await client.fetch_open_orders(SYMBOL)
        await client.cancel_order("", SYMBOL, {"clientOrderId": "one"})
        await client.cancel_all_orders(SYMBOL)
        found = await client.fetch_order(first["id"], SYMBOL)
        left = await client.fetch_open_orders(SYMBOL)

    assert len(standing) == 2
    assert (found["status"], left) == ("canceled", [])


async def test_ccxt_modes(bingx):
    keys = bingx.control.create_account()
    async with ccxt_client(bingx, keys) as client:
        before = await client.fetch_position_mode(SYMBOL)
        await client.set_position_mode(True, SYMBOL)
        after = await client.fetch_position_mode(SYMBOL)
        await client.set_leverage(7, SYMBOL, {"side": "LONG"})
        await client.create_order(SYMBOL, "market", "buy", 0.01, None, {"hedged": True})
        await client.create_order(SYMBOL, "market", "sell", 0.02, None, {"hedged": True})
        positions = await client.fetch_positions([SYMBOL])
        with pytest.raises(ccxt.BadRequest, match="'PositionSide' field can only be set to LONG or SHORT"):
            await client.create_order(SYMBOL, "market", "buy", 0.01)
        params = {"positionSide": "LONG", "reduceOnly": True}
        with pytest.raises(ccxt.BadRequest, match="'ReduceOnly' field can not be filled"):
            await client.create_order(SYMBOL, "market", "sell", 0.01, None, params)

    assert (before["hedged"], after["hedged"]) == (False, True)
    assert {(position["side"], position["contracts"], position["leverage"]) for position in positions} == {
        ("long", 0.01, 7),
        ("short", 0.02, 7),
    }


async def test_ccxt_spot(bingx):
    keys = bingx.control.create_account(coins={"USDT": "1000", "BTC": "0.1"})
    async with ccxt_client(bingx, keys, "spot") as client:
        bought = await client.create_market_buy_order_with_cost(PAIR, 100)
        found = await client.fetch_order(bought["id"], PAIR)
        stop = await client.create_order(PAIR, "market", "sell", 0.05, None, {"stopLossPrice": 93806})
        standing = await client.fetch_open_orders(PAIR)
        balance = await client.fetch_balance()
        bingx.control.move_price("BTCUSDT", "93000")
        fired = await client.fetch_order(stop["id"], PAIR)
        trades = await client.fetch_my_trades(PAIR)

    assert (found["status"], found["filled"], found["average"]) == ("closed", 0.00105, 95234.5)
    assert found["fee"] == {"cost": 0.00000105, "currency": "BTC"}
    assert [(order["id"], order["triggerPrice"]) for order in standing] == [(stop["id"], 93806)]
    assert balance["BTC"]["used"] == 0.05
    assert (fired["status"], fired["average"]) == ("closed", 93806)
    assert [(trade["side"], trade["amount"]) for trade in trades] == [("buy", 0.00105), ("sell", 0.05)]


async def test_ccxt_prices(bingx):
    keys = bingx.control.create_account()
    async with ccxt_client(bingx, keys) as client:
        await client.load_markets()
        ticker, spot = await client.fetch_ticker(SYMBOL), await client.fetch_ticker(PAIR)
        bids = await client.fetch_bids_asks([SYMBOL])
        book = await client.fetch_order_book(SYMBOL)
        candles = await client.fetch_ohlcv(SYMBOL, "1m")
        funding = await client.fetch_funding_rate(SYMBOL)
        when = await client.fetch_time()

    assert (ticker["last"], spot["last"], bids[SYMBOL]["bid"], book["asks"][0][0]) == (95234.5,) * 4
    assert candles[-1][4] == 95234.5
    assert funding["markPrice"] == 95234.5
    assert when > 1_700_000_000_000


async def test_demo_keys_work_at_the_demo_host_in_virtual_coins(bingx):
    demo, live = bingx.control.create_account(environment="demo"), bingx.control.create_account()
    for keys, at_demo, coin in ((demo, True, "VST"), (live, False, "USDT"), (demo, False, ""), (live, True, "")):
        async with ccxt_client(bingx, keys, demo=at_demo) as client:
            if coin:
                (row,) = (await client.fetch_balance())["info"]["data"]
                assert (row["asset"], row["balance"]) == (coin, "10000.00000000")
            else:
                with pytest.raises(ccxt.AuthenticationError, match="100413"):
                    await client.fetch_balance()


@pytest.mark.parametrize(
    ("order", "error", "code"),
    [
        ((SYMBOL, "market", "buy", 0.00001), ccxt.InvalidOrder, "amount"),  # ccxt itself
        ((SYMBOL, "market", "buy", 1), ccxt.InsufficientFunds, "101204"),
        ((SYMBOL, "market", "sell", 0.01, None, {"reduceOnly": True}), ccxt.ExchangeError, "101290"),
        ((SYMBOL, "market", "sell", 0.01, None, {"stopLossPrice": 93000}), ccxt.ExchangeError, "109420"),
        ((SYMBOL, "market", "buy", 0.01, None, {"positionSide": "LONG"}), ccxt.BadRequest, "109400"),
        ((SYMBOL, "limit", "buy", 0.0001, 10000), ccxt.InvalidOrder, "101400"),
    ],
)
async def test_ccxt_hears_the_exchanges_own_codes(bingx, order, error, code):
    keys = bingx.control.create_account(wallet={"USDT": "1000"})
    async with ccxt_client(bingx, keys) as client:
        with pytest.raises(error, match=code):
            await client.create_order(*order)

    assert bingx.control.account(keys["api_key"])["positions"] == []


async def test_stops_need_a_position_a_right_side_and_no_more_than_it_holds(bingx):
    keys = bingx.control.create_account()
    async with ccxt_client(bingx, keys) as client:
        await client.create_order(SYMBOL, "market", "buy", 0.01)
        for price, side, code in ((96000, "stopLossPrice", "110411"), (95000, "takeProfitPrice", "110413")):
            with pytest.raises(ccxt.ExchangeError, match=code):
                await client.create_order(SYMBOL, "market", "sell", 0.01, None, {side: price})
        await client.create_order(SYMBOL, "market", "sell", 0.006, None, {"stopLossPrice": 93000})
        with pytest.raises(ccxt.ExchangeError, match="110203"):
            await client.create_order(SYMBOL, "market", "sell", 0.006, None, {"stopLossPrice": 92000})
        await client.create_order(SYMBOL, "market", "sell", 0.004, None, {"stopLossPrice": 92000})


async def test_ids_are_taken_for_ever_by_stops_too(bingx):
    keys = bingx.control.create_account()
    async with ccxt_client(bingx, keys) as client:
        await client.create_order(SYMBOL, "market", "buy", 0.01, None, {"clientOrderId": "mine"})
        for params in ({}, {"stopLossPrice": 93000}):
            with pytest.raises(ccxt.DuplicateOrderId, match="101481"):
                await client.create_order(SYMBOL, "market", "sell", 0.01, None, params | {"clientOrderId": "MINE"})


# bingx-python
def test_sdk_leverage_order_query_position_balance(bingx):
    client = sdk(bingx, bingx.control.create_account())

    client.account().set_margin_mode("BTC-USDT", "ISOLATED")
    leverage = client.account().set_leverage("BTC-USDT", "BOTH", 15)["data"]
    params = {"symbol": "BTC-USDT", "side": "BUY", "positionSide": "BOTH", "type": "MARKET", "quantity": 0.031}
    order = client.trade().create_order(params | {"clientOrderId": "e1"})["data"]["order"]
    found = client.trade().get_order("BTC-USDT", order["orderID"])["data"]["order"]
    (position,) = client.account().get_positions("BTC-USDT")["data"]
    (balance,) = client.account().get_balance()["data"]
    mode = client.account().get_margin_mode("BTC-USDT")["data"]

    assert leverage == {"leverage": 15, "symbol": "BTC-USDT"}
    assert (order["status"], order["avgPrice"], order["executedQty"], order["clientOrderId"]) == (
        "FILLED",
        "95234.50",
        "0.031",
        "e1",
    )
    assert (found["orderId"], found["status"], found["leverage"]) == (order["orderId"], "FILLED", "15X")
    assert (position["positionSide"], position["positionAmt"], position["isolated"]) == ("LONG", "0.031", True)
    assert (balance["asset"], balance["balance"]) == ("USDT", "9998.52386525")
    assert mode == {"marginType": "ISOLATED"}


def test_sdk_stop_target_cancel_history(bingx):
    client = sdk(bingx, bingx.control.create_account())
    base = {"symbol": "BTC-USDT", "positionSide": "BOTH", "quantity": 0.031}
    client.trade().create_order(base | {"side": "BUY", "type": "MARKET"})
    legs = {}
    for name, kind, price in (("s1", "STOP_MARKET", 93806.0), ("t1", "TAKE_PROFIT_MARKET", 102853.2)):
        leg = base | {"side": "SELL", "type": kind, "stopPrice": price, "reduceOnly": "true", "clientOrderId": name}
        legs[name] = client.trade().create_order(leg)["data"]["order"]

    standing = client.trade().get_open_orders("BTC-USDT")["data"]["orders"]
    cancelled = client.trade().cancel_order("BTC-USDT", str(legs["t1"]["orderId"]))["data"]["order"]
    everything = client.trade().get_order_history("BTC-USDT")["data"]["orders"]
    client.trade().cancel_all_orders("BTC-USDT")

    assert [(o["clientOrderId"], o["type"], o["status"], o["workingType"]) for o in standing] == [
        ("s1", "STOP_MARKET", "NEW", "MARK_PRICE"),
        ("t1", "TAKE_PROFIT_MARKET", "NEW", "MARK_PRICE"),
    ]
    assert (cancelled["clientOrderId"], cancelled["status"]) == ("t1", "CANCELLED")
    assert [order["status"] for order in everything] == ["FILLED", "NEW", "CANCELLED"]
    assert client.trade().get_open_orders("BTC-USDT")["data"]["orders"] == []


def test_sdk_spot_and_market_data(bingx):
    client = sdk(bingx, bingx.control.create_account(coins={"USDT": "1000", "BTC": "1"}))

    bought = client.trade().spot_market_buy("BTC-USDT", 0.001)["data"]
    sold = client.trade().spot_market_sell("BTC-USDT", 0.5)["data"]
    balances = {row["asset"]: row["free"] for row in client.spot_account().get_balance()["data"]["balances"]}

    assert (bought["status"], bought["executedQty"], sold["cummulativeQuoteQty"]) == ("FILLED", "0.001", "47617.250")
    assert balances["BTC"] == "0.50099900"
    assert client.market().get_contracts()["data"][0]["symbol"] == "BTC-USDT"
    assert client.market().get_spot_symbols()["data"]["symbols"][0]["tickSize"] == 0.01
    assert client.market().get_quote_ticker("BTC-USDT")["data"]["lastPrice"] == "95234.50"
    assert client.market().get_book_ticker("BTC-USDT")["data"]["book_ticker"]["bid_price"] == 95234.5
    assert client.market().get_depth("BTC-USDT")["data"]["asks"][0][0] == "95234.50"
    assert client.market().get_mark_price("BTC-USDT")["data"]["markPrice"] == "95234.50"
    assert client.market().get_klines_v3("BTC-USDT", "1m")["data"][0]["close"] == "95234.50"
    assert client.account().get_income_history("BTC-USDT")["data"] == []


def test_sdk_strangers_and_late_requests_are_refused(bingx):
    keys = bingx.control.create_account()
    with pytest.raises(AuthenticationException, match="Signature verification failed"):
        sdk(bingx, keys | {"secret": "wrong"}).account().get_balance()
    for wrong, code in (({"api_key": "nobody"}, "100413"), ({"api_key": ""}, "100413")):
        with pytest.raises(APIException) as caught:
            sdk(bingx, keys | wrong).account().get_balance()
        assert caught.value.api_code == code
    for timestamp, window in (("1700000000000", "5000"), ("soon", "5000")):
        request = {"timestamp": timestamp, "recvWindow": window}
        with pytest.raises(APIException) as caught:
            sdk(bingx, keys).get_http_client().request("GET", "/openApi/swap/v3/user/balance", request)
        assert caught.value.api_code == "100421"
    with pytest.raises(APIException) as caught:
        sdk(bingx, keys).trade().get_position_mode()  # a path that the exchange does not have
    assert caught.value.api_code == "100400"


FUTURES_ORDER = {"symbol": "BTC-USDT", "side": "BUY", "positionSide": "BOTH", "type": "MARKET", "quantity": "0.01"}
SPOT_ORDER = {"symbol": "BTC-USDT", "side": "BUY", "type": "MARKET", "quoteOrderQty": "100"}


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"symbol": "NOPE-USDT"}, "109425"),
        ({"quantity": "0.00015"}, "110425"),
        ({"quantity": "0"}, "101400"),
        ({"quantity": "0.00001"}, "110425"),
        ({"quantity": "1000"}, "101419"),
        ({"quantity": "0.0001", "type": "LIMIT", "price": "10000"}, "101400"),
        ({"type": "LIMIT", "price": "90000.05"}, "110402"),
        ({"quantity": "9"}, "101204"),
        ({"side": "SELL", "reduceOnly": "true"}, "101290"),
        ({"positionSide": "SHORT"}, "109400"),
        ({"positionSide": ""}, "109400"),  # "defaults to LONG if empty"
        ({"side": ""}, "109400"),
        ({"type": "STOP_MARKET", "side": "SELL", "stopPrice": "93000"}, "109420"),
        ({"clientOrderId": "x" * 41}, "109400"),
    ],
)
def test_sdk_hears_the_code_of_each_refusal_of_a_futures_order(bingx, changed, code):
    keys = bingx.control.create_account()
    with pytest.raises(APIException) as caught:
        sdk(bingx, keys).trade().create_order(FUTURES_ORDER | changed)

    assert caught.value.api_code == code
    assert bingx.control.account(keys["api_key"])["positions"] == []


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"symbol": "NOPE-USDT"}, "100400"),
        ({"quoteOrderQty": "4"}, "100400"),
        ({"quoteOrderQty": "20000"}, "100202"),
        ({"quoteOrderQty": ""}, "100400"),
        ({"side": "SELL", "quantity": "0.1"}, "100202"),
        ({"quantity": "0.000011"}, "100400"),
        ({"newClientOrderId": "not-allowed"}, "109400"),
    ],
)
def test_sdk_hears_the_code_of_each_refusal_of_a_spot_order(bingx, changed, code):
    keys = bingx.control.create_account()
    with pytest.raises(APIException) as caught:
        sdk(bingx, keys).get_http_client().request("POST", "/openApi/spot/v1/trade/order", SPOT_ORDER | changed)

    assert caught.value.api_code == code


def test_a_spot_trigger_beyond_the_price_is_turned_around(bingx):
    """Nothing tells a stop from a target but its side of the price: one that has been passed is not refused."""
    keys = bingx.control.create_account(coins={"BTC": "1"})
    order = {"symbol": "BTC-USDT", "side": "SELL", "type": "TAKE_STOP_MARKET", "quantity": "0.1", "stopPrice": "96000"}

    sdk(bingx, keys).get_http_client().request("POST", "/openApi/spot/v1/trade/order", order)

    (standing,) = bingx.control.account(keys["api_key"])["open_orders"]
    assert standing["type"] == "TAKE_PROFIT"


def test_a_key_without_the_right_does_not_trade(bingx):
    keys = bingx.control.create_account(permissions={"futures": False})
    client = sdk(bingx, keys)

    rights = client.get_http_client().request("GET", "/openApi/v1/account/apiPermissions")
    with pytest.raises(AuthenticationException, match="created without the permission"):
        client.trade().create_order({"symbol": "BTC-USDT", "side": "BUY", "type": "MARKET", "quantity": 1})

    assert rights["permissions"] == [1, 2]


def test_spot_client_ids_are_known_for_two_hours(bingx):
    client = sdk(bingx, bingx.control.create_account())
    path = "/openApi/spot/v1/trade"
    order = {"symbol": "BTC-USDT", "side": "BUY", "type": "MARKET", "quoteOrderQty": 100, "newClientOrderId": "e1"}
    placed = client.get_http_client().request("POST", f"{path}/order", order)["data"]
    asked = {"symbol": "BTC-USDT", "clientOrderID": "E1"}
    found = client.get_http_client().request("GET", f"{path}/query", dict(asked))["data"]

    bingx.control.set_clock(2 * 3_600_000 + 5000)
    try:
        now = {"timestamp": client.market().client.request("GET", "/openApi/swap/v2/server/time")["data"]["serverTime"]}
        with pytest.raises(APIException) as caught:
            client.get_http_client().request("GET", f"{path}/query", asked | now)
        by_id = {"symbol": "BTC-USDT", "orderId": placed["orderId"]} | now
        still = client.get_http_client().request("GET", f"{path}/query", by_id)["data"]
    finally:
        bingx.control.set_clock(0)

    assert caught.value.api_code == "100404"
    assert found["orderId"] == still["orderId"] == placed["orderId"]

"""Binance's own codes and statuses for everything that can be wrong."""

import time

import pytest

from tests.simulator.raw import Raw, code

ORDER = "/fapi/v1/order"
ALGO = "/fapi/v1/algoOrder"
BUY = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "0.01"}
STOP = {"algoType": "CONDITIONAL", "symbol": "BTCUSDT", "side": "SELL", "type": "STOP_MARKET", "triggerPrice": "90000"}


@pytest.fixture
def raw(sim):
    return Raw(sim, sim.control.create_account(coins={"USDT": "1000", "BTC": "0.1"}))


def test_wrong_secret(raw):
    assert code(raw.call("POST", ORDER, secret="wrong", **BUY)) == (400, -1022)


def test_changed_after_signing(raw):
    stamp = int(time.time() * 1000)
    assert code(raw.send("GET", "/fapi/v2/balance", f"timestamp={stamp}&signature={'0' * 64}")) == (400, -1022)


def test_missing_signature_and_timestamp(raw):
    stamp = int(time.time() * 1000)
    assert code(raw.send("GET", "/fapi/v2/balance", f"timestamp={stamp}")) == (400, -1102)
    assert code(raw.send("GET", "/fapi/v2/balance", "")) == (400, -1102)


@pytest.mark.parametrize(("offset", "window"), [(-6000, None), (-3500, 3000), (1500, None), (-9000, 8000)])
def test_stale_and_early_timestamps(raw, offset, window):
    stamp = int(time.time() * 1000) + offset
    assert code(raw.call("GET", "/fapi/v2/balance", stamp=stamp, recvWindow=window)) == (400, -1021)


def test_window_wide_enough(raw):
    stamp = int(time.time() * 1000) - 9000
    assert raw.call("GET", "/fapi/v2/balance", stamp=stamp, recvWindow=10_000)[0] == 200
    assert code(raw.call("GET", "/fapi/v2/balance", recvWindow=60_001)) == (400, -1131)


def test_exchange_clock_decides(raw, sim):
    sim.control.set_clock(60_000)

    assert code(raw.call("GET", "/fapi/v2/balance")) == (400, -1021)
    ahead = raw.call("GET", "/fapi/v2/balance", stamp=int(time.time() * 1000) + 60_000)
    assert ahead[0] == 200


def test_unknown_and_malformed_keys(sim):
    assert code(Raw(sim, {"api_key": "stranger", "secret": "x"}).call("POST", ORDER, **BUY)) == (401, -2015)
    assert code(Raw(sim, {"api_key": "", "secret": "x"}).call("POST", ORDER, **BUY)) == (401, -2014)


def test_keys_without_the_permission(sim):
    keys = sim.control.create_account(permissions={"futures": False, "spot": False})
    raw = Raw(sim, keys)
    assert code(raw.call("POST", ORDER, **BUY)) == (401, -2015)
    assert code(raw.call("POST", "/api/v3/order", **BUY)) == (401, -2015)
    assert raw.call("GET", "/fapi/v2/balance")[0] == 200


def test_unknown_path_and_host_of_the_other_environment(raw):
    assert code(raw.call("GET", "/fapi/v1/nope")) == (404, -5000)
    raw.host = "demo-fapi.binance.com"
    assert code(raw.call("GET", "/fapi/v2/balance")) == (401, -2015)
    raw.host = "paper.example.org"
    assert raw.call("GET", "/fapi/v2/balance")[0] == 200


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"symbol": "NOPEUSDT"}, -1121),
        ({"symbol": None}, -1102),
        ({"side": "HOLD"}, -1117),
        ({"type": "ICEBERG"}, -1116),
        ({"quantity": None}, -1102),
        ({"quantity": "abc"}, -1130),
        ({"quantity": "NaN"}, -1130),
        ({"quantity": "-1"}, -1130),
        ({"quantity": "0"}, -4003),
        ({"quantity": "0.0105"}, -1111),
        ({"quantity": "0.001"}, -4164),
        ({"quantity": "121"}, -4005),
        ({"quantity": "90"}, -2019),
        ({"price": "1"}, -1106),
        ({"type": "LIMIT", "price": "90000"}, -1102),
        ({"type": "LIMIT", "timeInForce": "GTC"}, -1102),
        ({"type": "LIMIT", "timeInForce": "SOON", "price": "90000"}, -1115),
        ({"type": "LIMIT", "timeInForce": "GTC", "price": "90000.05"}, -1111),
        ({"type": "LIMIT", "timeInForce": "GTX", "price": "96000"}, -5022),
        ({"type": "STOP_MARKET", "stopPrice": "90000"}, -4120),
        ({"type": "TAKE_PROFIT_MARKET", "stopPrice": "99000"}, -4120),
        ({"side": "SELL", "reduceOnly": "true"}, -2022),
        ({"positionSide": "LONG"}, -4061),
        ({"positionSide": "UP"}, -4060),
        ({"newClientOrderId": "ç"}, -1100),
        ({"newClientOrderId": "x" * 37}, -1100),
    ],
)
def test_futures_orders(raw, changes, expected):
    assert code(raw.call("POST", ORDER, **{**BUY, **changes})) == (400, expected)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"triggerPrice": "96000"}, -2021),
        ({"triggerPrice": "95234.50"}, -2021),
        ({"triggerPrice": "90000.05"}, -1111),
        ({"triggerPrice": None}, -1102),
        ({"type": "TRAILING_STOP_MARKET"}, -1116),
        ({"algoType": "TWAP"}, -4500),
        ({"quantity": "0.0105"}, -1111),
        ({"side": "BUY", "triggerPrice": "99000", "reduceOnly": "true"}, -2022),
        ({"positionSide": "LONG"}, -4061),
        ({"quantity": None, "closePosition": "true", "side": "BUY", "triggerPrice": "99000"}, -4509),
        ({"closePosition": "true"}, -4137),
        ({"quantity": None, "closePosition": "true", "reduceOnly": "true"}, -1106),
        ({"workingType": "INDEX"}, -4072),
    ],
)
def test_stops(raw, changes, expected):
    raw.call("POST", ORDER, **BUY)
    assert code(raw.call("POST", ALGO, **{**STOP, "quantity": "0.01", **changes})) == (400, expected)


def test_second_close_position_stop(raw):
    raw.call("POST", ORDER, **BUY)
    assert raw.call("POST", ALGO, **STOP, closePosition="true")[0] == 200
    assert code(raw.call("POST", ALGO, **STOP, closePosition="true")) == (400, -4130)


def test_duplicate_ids(raw):
    rest = {**BUY, "type": "LIMIT", "timeInForce": "GTC", "price": "90000", "newClientOrderId": "same"}
    assert raw.call("POST", ORDER, **rest)[0] == 200
    assert code(raw.call("POST", ORDER, **rest)) == (400, -4116)
    assert raw.call("DELETE", ORDER, symbol="BTCUSDT", origClientOrderId="same")[0] == 200
    assert raw.call("POST", ORDER, **rest)[0] == 200
    stop = {**STOP, "quantity": "0.01", "clientAlgoId": "same"}
    assert raw.call("POST", ALGO, **stop)[0] == 200
    assert code(raw.call("POST", ALGO, **stop)) == (400, -4116)
    limit = {**rest, "quantity": "0.001"}
    assert raw.call("POST", "/api/v3/order", **limit)[0] == 200
    assert code(raw.call("POST", "/api/v3/order", **limit)) == (400, -2010)


def test_market_id_may_be_used_again_after_the_fill(raw):
    first = raw.call("POST", ORDER, **BUY, newClientOrderId="m1")
    second = raw.call("POST", ORDER, **BUY, newClientOrderId="m1")

    assert first[1]["orderId"] != second[1]["orderId"]
    assert (first[1]["status"], first[1]["executedQty"]) == ("NEW", "0")  # ACK, as Binance answers without RESULT


def test_orders_that_do_not_exist(raw):
    for path, name in ((ORDER, "orderId"), (ALGO, "algoId"), ("/api/v3/order", "orderId")):
        asked = {"symbol": "BTCUSDT", name: 12345}
        assert code(raw.call("GET", path, **asked)) == (400, -2013)
        assert code(raw.call("DELETE", path, **asked)) == (400, -2011)
    assert code(raw.call("GET", ORDER, symbol="BTCUSDT")) == (400, -1102)
    assert code(raw.call("GET", ALGO)) == (400, -1102)
    assert code(raw.call("GET", "/api/v3/orderList", orderListId=1)) == (400, -2013)
    assert code(raw.call("DELETE", "/api/v3/orderList", symbol="BTCUSDT", orderListId=1)) == (400, -2011)


def test_other_accounts_do_not_see_the_order(raw, sim):
    order = raw.call("POST", ORDER, **BUY)[1]
    stranger = Raw(sim, sim.control.create_account())
    assert code(stranger.call("GET", ORDER, symbol="BTCUSDT", orderId=order["orderId"])) == (400, -2013)


def test_settings(raw):
    leverage = "/fapi/v1/leverage"
    assert code(raw.call("POST", leverage, symbol="BTCUSDT", leverage=126)) == (400, -4028)
    assert code(raw.call("POST", leverage, symbol="BTCUSDT", leverage=0)) == (400, -4028)
    assert code(raw.call("POST", "/fapi/v1/marginType", symbol="BTCUSDT", marginType="CROSSED")) == (400, -4046)
    assert code(raw.call("POST", "/fapi/v1/positionSide/dual", dualSidePosition="false")) == (400, -4059)
    raw.call("POST", ORDER, **BUY)
    assert code(raw.call("POST", "/fapi/v1/marginType", symbol="BTCUSDT", marginType="ISOLATED")) == (400, -4048)
    assert code(raw.call("POST", "/fapi/v1/positionSide/dual", dualSidePosition="true")) == (400, -4068)
    raw.call("POST", ORDER, **{**BUY, "type": "LIMIT", "timeInForce": "GTC", "price": "90000"})
    assert code(raw.call("POST", "/fapi/v1/marginType", symbol="BTCUSDT", marginType="ISOLATED")) == (400, -4047)
    assert code(raw.call("POST", "/fapi/v1/positionSide/dual", dualSidePosition="true")) == (400, -4067)
    assert code(raw.call("POST", "/fapi/v1/multiAssetsMargin", multiAssetsMargin="false")) == (400, -4171)


def test_position_beyond_the_leverage_bracket(raw, sim):
    rich = Raw(sim, sim.control.create_account(wallet={"USDT": "100000000"}))
    rich.call("POST", "/fapi/v1/leverage", symbol="BTCUSDT", leverage=125)
    assert code(rich.call("POST", ORDER, **{**BUY, "quantity": "10"})) == (400, -2027)


@pytest.mark.parametrize(
    ("changes", "expected", "text"),
    [
        ({"quantity": "0.00001"}, -1013, "Filter failure: NOTIONAL"),
        ({"quantity": "0.000011"}, -1111, "Parameter 'quantity' has too much precision."),
        ({"quantity": "101"}, -1013, "Filter failure: MARKET_LOT_SIZE"),
        ({"quantity": "0"}, -1013, "Filter failure: LOT_SIZE"),
        ({"quantity": "0.02"}, -2010, "Account has insufficient balance for requested action."),
        ({"symbol": "NOPE"}, -1121, "Invalid symbol."),
        ({"quoteOrderQty": "10"}, -1128, "Combination of optional parameters invalid."),
        (
            {"quantity": None},
            -1102,
            "Param 'quantity' or 'quoteOrderQty' must be sent, but both were empty/null!",
        ),
        (
            {"type": "LIMIT_MAKER", "price": "96000", "quantity": "0.001"},
            -2010,
            "Order would immediately match and take.",
        ),
        (
            {"type": "STOP_LOSS", "side": "SELL", "stopPrice": "96000"},
            -2010,
            "Stop price would trigger immediately.",
        ),
        ({"type": "STOP_MARKET"}, -1116, "Invalid orderType."),
    ],
)
def test_spot_orders(raw, changes, expected, text):
    status, answer = raw.call("POST", "/api/v3/order", **{**BUY, **changes})
    assert (status, answer["code"], answer["msg"]) == (400, expected, text)


def test_oco_on_the_wrong_sides(raw):
    pair = {
        "symbol": "BTCUSDT",
        "side": "SELL",
        "quantity": "0.01",
        "aboveType": "LIMIT_MAKER",
        "belowType": "STOP_LOSS",
    }
    wrong = raw.call("POST", "/api/v3/orderList/oco", **pair, abovePrice="94000", belowStopPrice="90000")
    assert code(wrong) == (400, -2010)
    assert code(raw.call("POST", "/api/v3/orderList/oco", **pair, abovePrice="99000")) == (400, -1102)


def test_weights_are_told_and_limited_where_set(raw, sim):
    raw.call("GET", "/fapi/v2/balance")
    before = int(raw.headers["X-MBX-USED-WEIGHT-1M"])
    raw.call("GET", "/fapi/v2/balance")
    assert int(raw.headers["X-MBX-USED-WEIGHT-1M"]) in (before + 5, 5)  # a new minute begins at 5
    raw.call("POST", ORDER, **BUY)
    raw.call("POST", ORDER, **BUY)
    assert raw.headers["X-MBX-ORDER-COUNT-1M"] in ("2", "1")

    sim.control.settings(weight_limit="1")
    assert code(raw.call("GET", "/fapi/v2/balance")) == (429, -1003)
    assert 0 < int(raw.headers["Retry-After"]) <= 60

"""Bybit's own codes for everything that can be wrong; HTTP 200 nearly always. EXC-03, EXC-17."""

import pytest

from tests.simulator.bybit_clients import Raw, bybit, running

__all__ = ["bybit", "running"]

CREATE = "/v5/order/create"
BUY = {"category": "linear", "symbol": "BTCUSDT", "side": "Buy", "orderType": "Market", "qty": "0.01"}
STOP = BUY | {"side": "Sell", "reduceOnly": True, "triggerPrice": "90000", "triggerDirection": 2}
SPOT = {"category": "spot", "symbol": "BTCUSDT", "side": "Buy", "orderType": "Market", "qty": "100"}


@pytest.fixture
def raw(bybit):
    return Raw(bybit, bybit.control.create_account(coins={"USDT": "1000", "BTC": "0.1"}))


def code(raw, **values):
    return raw.call("POST", CREATE, **values)["retCode"]


def test_a_good_order_answers_in_the_envelope(raw):
    answer = raw.call("POST", CREATE, **BUY, orderLinkId="e1")

    assert (raw.status, answer["retCode"], answer["retMsg"], answer["result"]["orderLinkId"]) == (200, 0, "OK", "e1")
    assert set(answer) == {"retCode", "retMsg", "result", "retExtInfo", "time"}
    assert {"X-Bapi-Limit", "X-Bapi-Limit-Status", "X-Bapi-Limit-Reset-Timestamp"} <= set(raw.headers)


def test_signatures_are_checked(raw, bybit):
    assert code(raw, **BUY, secret="wrong") == 10004
    assert code(Raw(bybit, {"api_key": "nobody", "secret": "x"}), **BUY) == 10003
    assert raw.call("GET", "/v5/position/list", secret="wrong", category="linear", symbol="BTCUSDT")["retCode"] == 10004
    assert bybit.control.account(raw.keys["api_key"])["positions"] == []


@pytest.mark.parametrize(("ahead_ms", "window"), [(-6000, "5000"), (-3500, "3000"), (1500, "5000"), (0, "x")])
def test_stale_and_early_timestamps(raw, ahead_ms, window):
    assert code(raw, **BUY, ahead_ms=ahead_ms, window=window) == 10002


def test_hosts_tell_live_from_demo(bybit):
    live = bybit.control.create_account()
    demo = bybit.control.create_account(environment="demo")

    assert code(Raw(bybit, live, "api.bybit.com"), **BUY) == 0
    assert code(Raw(bybit, live, "api-demo.bybit.com"), **BUY) == 10003
    assert code(Raw(bybit, demo, "api.bybit.com"), **BUY) == 10003
    assert code(Raw(bybit, demo, "api-demo.bybit.com"), **BUY) == 0
    assert Raw(bybit, demo, "api-demo.bybit.com").call("GET", "/v5/user/query-api")["retCode"] == 10032


@pytest.mark.parametrize(
    ("change", "expected", "words"),
    [
        ({"symbol": "NOSUCHUSDT"}, 10001, "params error: symbol invalid NOSUCHUSDT"),
        ({"category": "option"}, 10001, "category only support linear or spot here"),
        ({"qty": "0.0005"}, 10001, "Qty invalid"),
        ({"qty": "0.0105"}, 10001, "Qty invalid"),
        ({"qty": "0"}, 10001, "The number of contracts exceeds minimum limit allowed"),
        ({"qty": "0.001"}, 110094, "Order does not meet minimum order value 100USDT"),
        ({"qty": "121"}, 10001, "The number of contracts exceeds maximum limit allowed: too large"),
        ({"qty": "3"}, 110007, "ab not enough for new order"),
        ({"positionIdx": 1}, 10001, "position idx not match position mode"),
        ({"positionIdx": 7}, 10001, "params error: positionIdx invalid"),
        ({"reduceOnly": True}, 110017, "current position is zero, cannot fix reduce-only order qty"),
        ({"orderLinkId": "not*allowed"}, 10001, "params error: OrderLinkID invalid"),
        ({"orderLinkId": "x" * 37}, 10001, "params error: OrderLinkID invalid"),
        ({"stopLoss": "99000"}, 10001, None),
        ({"stopLoss": "90000", "reduceOnly": True}, 10001, None),
        ({"stopLoss": "90000", "tpslMode": "Half"}, 10001, "params error: tpslMode invalid"),
        ({"side": "Up"}, 10001, "params error: side invalid"),
    ],
)
def test_orders_on_contracts(raw, change, expected, words):
    answer = raw.call("POST", CREATE, **(BUY | change))

    assert (raw.status, answer["retCode"]) == (200, expected)
    assert words is None or answer["retMsg"] == words


def test_conditional_orders(raw):
    assert code(raw, **STOP) == 110017
    assert code(raw, **BUY) == 0
    assert code(raw, **(STOP | {"triggerPrice": "99000"})) == 110093
    assert code(raw, **(STOP | {"triggerPrice": "90000", "triggerDirection": 1})) == 110092
    assert code(raw, **(STOP | {"triggerPrice": "90000.05"})) == 10001
    assert code(raw, **(STOP | {"triggerDirection": 3})) == 10001
    assert code(raw, **STOP) == 0


def test_an_id_names_one_order_for_ever_conditional_or_not(raw):
    assert code(raw, **BUY, orderLinkId="once") == 0
    assert code(raw, **BUY, orderLinkId="once") == 110072
    assert code(raw, **STOP, orderLinkId="once") == 110072
    assert code(raw, **STOP, orderLinkId="stop") == 0
    assert code(raw, **BUY, orderLinkId="stop") == 110072


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"symbol": "NOSUCHUSDT"}, 170121),
        ({"qty": "100000"}, 170131),
        ({"qty": "2"}, 170140),
        ({"qty": "100.12345678"}, 170148),
        ({"qty": "0.0000001", "marketUnit": "baseCoin"}, 170137),
        ({"side": "Sell", "qty": "5"}, 170131),
        ({"triggerPrice": "90000"}, 170201),
        ({"orderFilter": "tpslOrder"}, 170201),
    ],
)
def test_orders_on_spot(raw, change, expected):
    assert code(raw, **(SPOT | change)) == expected


def test_leverage_and_modes(raw):
    linear = {"category": "linear", "symbol": "BTCUSDT"}

    def leverage(buy, sell):
        return raw.call("POST", "/v5/position/set-leverage", **linear, buyLeverage=buy, sellLeverage=sell)["retCode"]

    assert [leverage("10", "10"), leverage("10", "10"), leverage("10", "12"), leverage("500", "500")] == [
        0, 110043, 10001, 110013,
    ]  # fmt: skip
    mode = [raw.call("POST", "/v5/position/switch-mode", **linear, mode=mode)["retCode"] for mode in (3, 3, 0)]
    assert mode == [0, 110025, 0]
    assert code(raw, **BUY) == 0
    assert raw.call("POST", "/v5/position/switch-mode", **linear, mode=3)["retCode"] == 110024
    refused = raw.call("POST", "/v5/account/set-margin-mode", setMarginMode="ISOLATED_MARGIN")
    assert refused["retCode"] == 3400045
    assert [one["reasonMsg"] for one in refused["result"]["reasons"]] == [
        "Please ensure that there are no positions in your account"
    ]


def test_what_is_not_there(raw):
    linear = {"category": "linear", "symbol": "BTCUSDT"}
    cancel = raw.call("POST", "/v5/order/cancel", **linear, orderLinkId="never")
    asked = raw.call("GET", "/v5/order/realtime", **linear, orderLinkId="never")
    past = raw.call("GET", "/v5/order/history", **linear, orderId="0a0d3e00-7847-404e-b947-0000000000ff")
    missing = raw.call("GET", "/v5/nothing")

    assert cancel["retCode"] == 110001
    assert (asked["retCode"], asked["result"]["list"], past["result"]["list"]) == (0, [], [])
    assert (raw.status, missing["retCode"]) == (404, 10017)


def test_permissions_of_a_key(bybit):
    keys = bybit.control.create_account(permissions={"futures": False})
    raw = Raw(bybit, keys)

    assert code(raw, **BUY) == 10005
    assert code(raw, **SPOT) == 0


def test_an_accounts_own_limit(raw, bybit):
    bybit.control.settings(order_limit=1)

    assert (code(raw, **BUY), code(raw, **BUY)) == (0, 10006)
    assert (raw.status, raw.headers["X-Bapi-Limit-Status"]) == (200, "0")


def test_trades_and_funding_are_told_together(raw, bybit):
    code(raw, **BUY)
    bybit.control.funding({"BTCUSDT": "0.0001"}, settle=True)
    rows = raw.call("GET", "/v5/execution/list", category="linear", symbol="BTCUSDT")["result"]["list"]
    funding = raw.call("GET", "/v5/execution/list", category="linear", execType="Funding")["result"]["list"]

    assert {row["execType"] for row in rows} == {"Trade", "Funding"}
    assert [row["execFee"] for row in funding] == ["0.09523450"]
    far = {"startTime": 1, "endTime": 999_999_999}
    assert raw.call("GET", "/v5/execution/list", category="linear", **far)["retCode"] == 10001

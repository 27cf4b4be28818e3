"""What the dialect refuses, in WhiteBIT's own words: signatures, nonces, fields, steps, ids. EXE-13; D4."""

import json
import time
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from tests.simulator.whitebit_desk import V4, Bare, keys, running, sim

__all__ = ["keys", "running", "sim"]

BALANCE, ORDER, STOP = f"{V4}/trade-account/balance", f"{V4}/order/market", f"{V4}/order/stop_market"
BUY = {"market": "BTC_USDT", "side": "buy", "amount": "200"}
SELL_STOP = {"market": "BTC_USDT", "side": "sell", "amount": "0.001", "activation_price": "93000"}


@pytest.fixture
def bare(sim, keys):
    return Bare(sim, keys)


def now(milliseconds: int = 0) -> int:
    return time.time_ns() // 1_000_000 + milliseconds


def test_a_signed_request_is_answered(bare):
    assert bare.post(BALANCE) == (200, {"USDT": {"available": "1000", "freeze": "0"}})
    assert bare.post(BALANCE, ticker="USDT") == (200, {"available": "1000", "freeze": "0"})


@pytest.mark.parametrize(
    ("spoiled", "text"),
    [
        ({"secret": "another"}, "Unauthorized request."),
        ({"payload": "e30="}, "Invalid payload"),
        ({"payload": "no base64!"}, "Invalid payload"),
        ({"request": "/api/v4/orders"}, "Request not provided."),
        ({"nonce": ""}, "Nonce not provided."),
        ({"nonce": "soon"}, "Nonce not provided."),
        ({"nonceWindow": "maybe"}, "Invalid nonceWindow."),
        ({"nonce": now(-60_000)}, "Your nonce is more than 5 seconds lesser than the current nonce"),
        ({"nonce": now(60_000_000)}, "Your nonce is more than 5 seconds lesser than the current nonce"),
    ],
)
def test_a_request_that_is_signed_wrongly(bare, spoiled, text):
    assert bare.post(BALANCE, **spoiled) == (401, {"code": 10, "message": text})


def test_a_key_that_nobody_has(sim, keys):
    stranger = Bare(sim, keys | {"api_key": "nobody"})

    assert stranger.post(BALANCE)[0] == 401


def test_a_nonce_is_good_once(bare):
    nonce = now()

    assert bare.post(BALANCE, nonce=nonce)[0] == 200
    assert bare.post(BALANCE, nonce=nonce) == (429, {"code": 0, "message": "Too many requests."})


def test_without_a_window_nonces_grow(bare):
    assert bare.post(BALANCE, nonce=5, nonceWindow=False)[0] == 200
    assert bare.post(BALANCE, nonce=6, nonceWindow=False)[0] == 200
    assert bare.post(BALANCE, nonce=6, nonceWindow=False)[0] == 429


@pytest.mark.parametrize(
    ("path", "values", "status", "code", "errors"),
    [
        (ORDER, BUY | {"market": "BTCUSDT"}, 422, 31, {"market": ["Market is not available."]}),
        (ORDER, BUY | {"side": "BUY"}, 422, 30, {"side": ["Side field should contain only 'buy' or 'sell' values."]}),
        (ORDER, BUY | {"amount": ""}, 422, 30, {"amount": ["Amount field is required."]}),
        (ORDER, BUY | {"amount": "much"}, 422, 32, {"amount": ["Amount field should be numeric string or number."]}),
        (ORDER, BUY | {"amount": "0"}, 422, 32, {"amount": ["Amount should be greater than 0."]}),
        (ORDER, BUY | {"amount": "200.001"}, 422, 32, {"amount": ["Min total step = 0.01"]}),
        (ORDER, BUY | {"amount": "5"}, 422, 32, {"amount": ["Total amount should be no less than 5.05 + trade fee"]}),
        (ORDER, BUY | {"amount": "5000"}, 400, 10, {"amount": ["Not enough balance."]}),
        (ORDER, BUY | {"side": "sell", "amount": "0.001"}, 400, 10, {"amount": ["Not enough balance."]}),
        (
            ORDER, BUY | {"clientOrderId": "a b"}, 422, 36,
            {"clientOrderId": ["ClientOrderId field field should contain only latin letters, numbers and dashes."]},
        ),
        (STOP, SELL_STOP | {"activation_price": "95234.50"}, 422, 30,
         {"activationPrice": ["Activation price should not be equal to the last price"]}),
        (STOP, SELL_STOP | {"activation_price": "93000.001"}, 422, 30,
         {"activationPrice": ["Min activation price step is not kept"]}),
        (f"{V4}/order/cancel", {"market": "BTC_USDT"}, 422, 30, {"orderId": ["OrderId field is required."]}),
        (f"{V4}/order/cancel", {"market": "BTC_USDT", "orderId": 17}, 400, 2,
         {"orderId": ["Unexecuted order was not found."]}),
        (f"{V4}/trade-account/order/history", {"market": "BTC_USDT", "clientOrderId": "none"}, 422, 30,
         {"orderHistory": ["OrderHistory was not found."]}),
        (f"{V4}/orders", {"limit": 101}, 422, 30, {"limit": ["Limit field should be numeric string or number."]}),
        (BALANCE, {"ticker": "XYZ"}, 422, 30, {"ticker": ["Currency was not found."]}),
    ],
)  # fmt: skip
def test_a_field_that_is_refused(bare, keys, sim, path, values, status, code, errors):
    message = "Inner validation failed" if status == 400 else "Validation failed"

    assert bare.post(path, **values) == (status, {"code": code, "message": message, "errors": errors})
    assert sim.control.account(keys["api_key"])["open_orders"] == []


def test_an_id_is_taken_while_its_order_is_open(bare):
    assert bare.post(ORDER, **BUY, clientOrderId="once")[0] == 200
    assert bare.post(ORDER, **BUY, clientOrderId="once")[0] == 200
    assert bare.post(STOP, **SELL_STOP, clientOrderId="stop")[0] == 200

    status, answer = bare.post(STOP, **SELL_STOP, clientOrderId="stop")

    assert (status, answer["code"]) == (422, 36)
    assert answer["errors"] == {"clientOrderId": ["This client order id is already used by the current account."]}


def test_a_public_error_has_another_form(sim):
    told = error_of(sim.url + "/api/v1/public/ticker?market=BTCUSDT")

    assert told == (422, {"success": False, "message": "Market is not available.", "params": []})


def error_of(url: str) -> tuple[int, Any]:
    with pytest.raises(HTTPError) as caught:
        urlopen(url)
    return caught.value.code, json.load(caught.value)


def test_a_key_that_may_only_read(sim):
    keys = sim.control.create_account(coins={"USDT": "1000"}, permissions={"spot": False})
    bare = Bare(sim, keys)

    assert bare.post(BALANCE)[0] == 200
    assert bare.post(ORDER, **BUY) == (403, {"code": 10, "message": "You don't have permission to use this endpoint."})

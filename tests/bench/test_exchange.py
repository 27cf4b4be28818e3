"""The bench's exchange checks what it is sent, waits its latency, and the floor and gather clients trade on it."""

import hmac
import json
import time
from hashlib import sha256
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from bench.books import SYMBOL, key_of, secret_of
from bench.comparison import measure, reset, running_exchange, told


def ask(
    exchange: str, method: str, path: str, params: str, *, account: int = 1, secret: str | None = None
) -> tuple[int, Any]:
    key = key_of(account)
    signature = hmac.new((secret or secret_of(key)).encode(), params.encode(), sha256).hexdigest()
    signed = f"{params}&signature={signature}".encode()
    url, body = (f"{exchange}{path}", signed) if method == "POST" else (f"{exchange}{path}?{signed.decode()}", None)
    try:
        with urlopen(Request(url, body, {"X-MBX-APIKEY": key}, method=method), timeout=5) as answer:
            return answer.status, json.load(answer)
    except HTTPError as error:
        with error:
            return error.code, json.load(error)


def now(offset_ms: int = 0) -> str:
    return f"timestamp={time.time_ns() // 1_000_000 + offset_ms}"


ENTRY = f"symbol={SYMBOL}&side=BUY&type=MARKET&quantity=0.010&newClientOrderId=a&"
STOP = f"algoType=CONDITIONAL&symbol={SYMBOL}&side=SELL&type=STOP_MARKET&quantity=0.010&triggerPrice=48750.0&clientAlgoId=s&"


def test_orders_are_answered_after_the_latency_and_noted_by_leg() -> None:
    with running_exchange(50) as exchange:
        began = time.monotonic()
        status, order = ask(exchange, "POST", "/fapi/v1/order", ENTRY + now())
        seconds = time.monotonic() - began
        ask(exchange, "POST", "/fapi/v1/algoOrder", STOP + now())
        acks = told(exchange)["acks"]
        reset(exchange)

        assert (status, order["status"], order["executedQty"]) == (200, "FILLED", "0.010")
        assert 0.05 <= seconds < 0.2
        assert {leg: len(moments) for leg, moments in acks.items()} == {"entry": 1, "stop": 1, "target": 0, "exit": 0}
        assert began + 0.05 <= acks["entry"][0] <= began + seconds
        assert told(exchange)["acks"]["entry"] == []


def test_signature_timestamp_and_reduce_only_are_checked() -> None:
    with running_exchange(1) as exchange:
        wrong = ask(exchange, "POST", "/fapi/v1/order", ENTRY + now(), secret="another")
        stale = ask(exchange, "POST", "/fapi/v1/order", ENTRY + "recvWindow=3000&" + now(-4000))
        flat = ask(exchange, "POST", "/fapi/v1/order", ENTRY + "reduceOnly=true&" + now())
        short = ask(exchange, "POST", "/fapi/v1/order", f"symbol={SYMBOL}&side=BUY&{now()}")

        assert [(status, body["code"]) for status, body in (wrong, stale, flat, short)] == [
            (400, -1022),
            (400, -1021),
            (400, -2022),
            (400, -1102),
        ]
        assert told(exchange)["refused"] == {"-1022": 1, "-1021": 1, "-2022": 1, "-1102": 1}


def test_accounts_are_kept_apart_and_read_back() -> None:
    with running_exchange(1) as exchange:
        ask(exchange, "POST", "/fapi/v1/order", ENTRY + now())
        ask(exchange, "POST", "/fapi/v1/algoOrder", STOP + now())

        own = ask(exchange, "GET", "/fapi/v3/positionRisk", now())[1]
        others = ask(exchange, "GET", "/fapi/v3/positionRisk", now(), account=2)[1]
        standing = ask(exchange, "GET", "/fapi/v1/openAlgoOrders", now())[1]
        ask(exchange, "DELETE", "/fapi/v1/algoOrder", "clientAlgoId=s&" + now())
        gone = ask(exchange, "GET", "/fapi/v1/openAlgoOrders", now())[1]

        assert [row["positionAmt"] for row in own] == ["0.010"]
        assert others == []
        assert [row["clientAlgoId"] for row in standing] == ["s"]
        assert gone == []


@pytest.mark.parametrize("module", ["bench.floor", "bench.gather"])
def test_clients_place_one_entry_stop_and_target_each(module: str) -> None:
    with running_exchange(20) as exchange:
        figures = measure(module, exchange, 4, 1, 60)

        assert "error" not in figures
        # the two processes' clocks may differ by a tick
        assert 19 <= figures["entry_first_ms"] <= figures["entry_last_ms"] <= figures["protection_last_ms"]
        assert figures["protection_last_ms"] >= 38
        assert told(exchange)["refused"] == {}

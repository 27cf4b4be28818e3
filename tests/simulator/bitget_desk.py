"""A simulator that speaks Bitget, and who drives it there: ccxt, an SDK, and a bare client that signs as Bitget's documentation says."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlencode

import ccxt.async_support as ccxt
import pytest
from bitget_api_client.client import BitgetApiClient

from simulator.testing import RunningSimulator, run_simulator
from tests.simulator.clients import redirect

STANDARD = {
    "wallet": {"USDT": "10000"}, "coins": {"USDT": "1000", "BTC": "0.1"}, "passphrase": "aPassPhrase1", "environment": "live",
}  # fmt: skip
PRODUCT = {"productType": "USDT-FUTURES"}
NAMED = PRODUCT | {"symbol": "BTCUSDT", "marginCoin": "USDT"}
MARKET = NAMED | {"marginMode": "crossed", "orderType": "market", "size": "0.031", "side": "buy"}
UNIFIED = {"category": "USDT-FUTURES", "symbol": "BTCUSDT"}


@pytest.fixture(scope="module")
def running() -> Iterator[RunningSimulator]:
    with run_simulator(exchange="bitget") as simulator:
        yield simulator


@pytest.fixture
def bitget(running: RunningSimulator) -> RunningSimulator:
    """Without faults, at BTC 95,234.50, the mark price following the last one."""
    control = running.control
    control.clear_faults()
    control.set_clock(0)
    control.settings(spread_bp="0", slippage_bp="0", order_limit=0, weight_limit=0, ban_after=0)
    control.set_price("BTCUSDT", "95234.50")
    return running


@asynccontextmanager
async def sdk(sim: RunningSimulator, keys: dict[str, Any]) -> AsyncIterator[Any]:
    client = BitgetApiClient(keys["api_key"], keys["secret"], keys["passphrase"])
    client.base_url = sim.url
    try:
        yield client
    finally:
        await client.close()


@asynccontextmanager
async def unified_class(
    sim: RunningSimulator, keys: dict[str, Any], *, uta: bool = False, demo: bool = False
) -> AsyncIterator[Any]:
    """ccxt's own class; only the kind of account is said, else it asks for it."""
    config = {"apiKey": keys["api_key"], "secret": keys["secret"], "password": keys["passphrase"]}
    options = {"uta": uta, "fetchMarkets": {"types": ["spot", "swap"]}}
    client = redirect(ccxt.bitget, sim.url)({**config, "enableRateLimit": False, "options": options})
    client.has["fetchCurrencies"] = False
    if demo:
        client.set_sandbox_mode(True)
    try:
        yield client
    finally:
        await client.close()


class Raw:
    """One request, its status and its answer; every part of the signature can be spoiled."""

    def __init__(self, sim: RunningSimulator, keys: dict[str, Any]) -> None:
        self.address, self.keys = sim.url.removeprefix("http://"), keys

    def get(self, path: str, values: dict[str, str] | None = None, **spoiled: Any) -> tuple[int, Any]:
        query = f"?{urlencode(values)}" if values else ""
        return self.call("GET", f"/api/{path}{query}", None, **spoiled)

    def post(self, path: str, body: Any, **spoiled: Any) -> tuple[int, Any]:
        return self.call("POST", f"/api/{path}", body, **spoiled)

    def call(self, method: str, path: str, body: Any, *, seconds: int = 0, **spoiled: str) -> tuple[int, Any]:
        """`seconds` ahead of now; `spoiled` replaces headers (ACCESS_KEY for ACCESS-KEY; empty: leaves them out)."""
        stamp = str(time.time_ns() // 1_000_000 + seconds * 1000)
        content = "" if body is None else json.dumps(body)
        text = stamp + method + path + content
        signature = hmac.new(self.keys["secret"].encode(), text.encode(), hashlib.sha256).digest()
        headers = {
            "ACCESS-KEY": self.keys["api_key"],
            "ACCESS-PASSPHRASE": self.keys["passphrase"],
            "ACCESS-TIMESTAMP": stamp,
            "ACCESS-SIGN": base64.b64encode(signature).decode(),
            "Content-Type": "application/json",
        }
        headers |= {name.replace("_", "-"): value for name, value in spoiled.items()}
        connection = HTTPConnection(self.address, timeout=5)
        try:
            connection.request(method, path, content or None, {name: value for name, value in headers.items() if value})
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            connection.close()

"""Bybit's simulator, and who drives it there: ccxt, pybit, and a bare signing client whose every part can be spoiled."""

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
from pybit.unified_trading import HTTP

from simulator.testing import RunningSimulator, run_simulator
from tests.simulator.clients import redirect


@pytest.fixture(scope="module")
def running() -> Iterator[RunningSimulator]:
    with run_simulator(exchange="bybit") as simulator:
        yield simulator


@pytest.fixture
def bybit(running: RunningSimulator) -> RunningSimulator:
    """Without faults, at BTC 95,234.50, the mark price following the last one."""
    control = running.control
    control.clear_faults()
    control.set_clock(0)
    control.settings(spread_bp="0", slippage_bp="0", order_limit=0, weight_limit=0)
    control.set_price("BTCUSDT", "95234.50")
    return running


def sdk(sim: RunningSimulator, keys: dict[str, Any]) -> Any:
    """pybit, sent to the simulator; nothing is sent twice."""
    client = HTTP(api_key=keys["api_key"], api_secret=keys["secret"], max_retries=1, retry_delay=0)
    client.endpoint = sim.url
    return client


@asynccontextmanager
async def unified(sim: RunningSimulator, keys: dict[str, Any], *, demo: bool = False) -> AsyncIterator[Any]:
    """ccxt's own class; only that it need not ask whether the account is unified is said."""
    options = {
        "fetchMarkets": {"types": ["spot", "linear"]},
        "enableUnifiedMargin": False,
        "enableUnifiedAccount": True,
    }
    client = redirect(ccxt.bybit, sim.url)(
        {"apiKey": keys["api_key"], "secret": keys["secret"], "enableRateLimit": False, "options": options}
    )
    client.has["fetchCurrencies"] = False
    if demo:
        client.enable_demo_trading(True)
    try:
        yield client
    finally:
        await client.close()


class Raw:
    """Signs like Bybit's documentation says."""

    def __init__(self, sim: RunningSimulator, keys: dict[str, Any], host: str = "") -> None:
        self.address, self.keys, self.host = sim.url.removeprefix("http://"), keys, host

    def call(
        self, method: str, path: str, *, secret: str = "", ahead_ms: int = 0, window: str = "5000", **values: Any
    ) -> dict[str, Any]:
        """The parsed answer; values in the query of a GET, as JSON in the body of a POST."""
        stamp = str(int(time.time() * 1000) + ahead_ms)
        query = urlencode(values) if method == "GET" else ""
        body = json.dumps(values) if method == "POST" else ""
        text = stamp + self.keys["api_key"] + window + (query or body)
        sign = hmac.new((secret or self.keys["secret"]).encode(), text.encode(), hashlib.sha256).hexdigest()
        headers = {"X-BAPI-API-KEY": self.keys["api_key"], "X-BAPI-TIMESTAMP": stamp, "X-BAPI-RECV-WINDOW": window,
                   "X-BAPI-SIGN": sign, "X-Exchange-Host": self.host}  # fmt: skip
        connection = HTTPConnection(self.address, timeout=5)
        try:
            connection.request(method, f"{path}?{query}" if query else path, body or None, headers)
            answer = connection.getresponse()
            self.status, self.headers = answer.status, dict(answer.getheaders())
            told: dict[str, Any] = json.loads(answer.read())
            return told
        finally:
            connection.close()

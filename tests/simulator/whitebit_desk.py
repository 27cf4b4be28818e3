"""WhiteBIT's simulator with two clients: ccxt's own class, and a bare one whose signature can be spoiled."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from http.client import HTTPConnection
from typing import Any

import ccxt.async_support as ccxt
import pytest

from simulator.testing import RunningSimulator, run_simulator
from tests.simulator.clients import redirect

V4 = "/api/v4"


@pytest.fixture(scope="module")
def running() -> Iterator[RunningSimulator]:
    with run_simulator(exchange="whitebit") as simulator:
        yield simulator


@pytest.fixture
def sim(running: RunningSimulator) -> RunningSimulator:
    running.control.clear_faults()
    running.control.settings(spread_bp="0", slippage_bp="0")
    running.control.set_price("BTCUSDT", "95234.50")
    return running


@pytest.fixture
def keys(sim: RunningSimulator) -> dict[str, Any]:
    made: dict[str, Any] = sim.control.create_account(coins={"USDT": "1000"})
    return made


@asynccontextmanager
async def unified_class(sim: RunningSimulator, keys: dict[str, Any]) -> AsyncIterator[Any]:
    config = {"apiKey": keys["api_key"], "secret": keys["secret"], "enableRateLimit": False}
    client = redirect(ccxt.whitebit, sim.url)(config)
    client.has["fetchCurrencies"] = False  # nobody asks the simulator for deposits and their networks
    try:
        await client.load_markets()
        yield client
    finally:
        await client.close()


class Bare:
    """Signs as the documentation says; every part can be said otherwise."""

    def __init__(self, sim: RunningSimulator, keys: dict[str, Any]) -> None:
        self.address, self.keys = sim.url.removeprefix("http://"), keys

    def post(
        self, path: str, *, secret: str = "", payload: str = "", request: str = "", nonce: Any = None, **values: Any
    ) -> tuple[int, Any]:
        """Status and answer. `nonceWindow` is on unless said otherwise, the nonce is of now."""
        said = {"nonceWindow": True, **values, "request": request or path}
        if nonce != "":
            said["nonce"] = time.time_ns() // 1_000_000 if nonce is None else nonce
        body = json.dumps(said)
        payload = payload or base64.b64encode(body.encode()).decode()
        signature = hmac.new((secret or self.keys["secret"]).encode(), payload.encode(), hashlib.sha512).hexdigest()
        headers = {
            "Content-Type": "application/json",
            "X-TXC-APIKEY": self.keys["api_key"],
            "X-TXC-PAYLOAD": payload,
            "X-TXC-SIGNATURE": signature,
            "X-Exchange-Host": "whitebit.com",
        }
        time.sleep(0.002)  # the next nonce is another one
        connection = HTTPConnection(self.address, timeout=5)
        try:
            connection.request("POST", path, body, headers)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            connection.close()

"""A simulator that speaks OKX, and a bare client of it that signs as OKX's documentation says."""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from typing import Any

from simulator.testing import RunningSimulator, run_simulator

PASSPHRASE = "a-pass-Phrase1"
SWAP, PAIR = "BTC-USDT-SWAP", "BTC-USDT"
STANDARD = {"wallet": {"USDT": "10000"}, "coins": {"USDT": "1000", "BTC": "0.1"}, "passphrase": PASSPHRASE}


@contextmanager
def okx_simulator() -> Iterator[RunningSimulator]:
    with run_simulator(exchange="okx") as running:
        running.control.settings(spread_bp="0", slippage_bp="0")
        yield running


def calm(running: RunningSimulator) -> RunningSimulator:
    """Without faults, at BTC 95,234.50."""
    running.control.clear_faults()
    running.control.set_clock(0)
    running.control.settings(weight_limit=0, order_limit=0, ban_after=0)
    running.control.set_price("BTCUSDT", "95234.50")
    return running


class Raw:
    """One request, its status and its answer; every part of the signature can be spoiled."""

    def __init__(self, sim: RunningSimulator, keys: dict[str, Any]) -> None:
        self.address, self.keys = sim.url.removeprefix("http://"), keys

    def get(self, path: str, **spoiled: Any) -> tuple[int, Any]:
        return self.call("GET", path, None, **spoiled)

    def post(self, path: str, body: Any, **spoiled: Any) -> tuple[int, Any]:
        return self.call("POST", path, body, **spoiled)

    def call(self, method: str, path: str, body: Any, *, seconds: float = 0, **spoiled: str) -> tuple[int, Any]:
        """`seconds` ahead of now; `spoiled` replaces headers (empty: leaves them out)."""
        moment = datetime.now(UTC) + timedelta(seconds=seconds)
        stamp = moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        content = "" if body is None else json.dumps(body)
        text = stamp + method + f"/api/v5/{path}" + content
        signature = hmac.new(self.keys["secret"].encode(), text.encode(), hashlib.sha256).digest()
        headers = {
            "OK-ACCESS-KEY": self.keys["api_key"],
            "OK-ACCESS-PASSPHRASE": self.keys["passphrase"],
            "OK-ACCESS-TIMESTAMP": stamp,
            "OK-ACCESS-SIGN": base64.b64encode(signature).decode(),
            "Content-Type": "application/json",
        }
        headers |= {name.replace("_", "-"): value for name, value in spoiled.items()}
        connection = HTTPConnection(self.address, timeout=5)
        try:
            connection.request(method, f"/api/v5/{path}", content or None, {n: v for n, v in headers.items() if v})
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            connection.close()


def code(answer: tuple[int, Any]) -> tuple[int, str]:
    """HTTP status and the code: the item's where one failed."""
    status, body = answer
    failed = [row["sCode"] for row in body["data"] if row.get("sCode", "0") != "0"]
    return status, failed[0] if failed else body["code"]

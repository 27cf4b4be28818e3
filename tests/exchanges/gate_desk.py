"""Gate with scripted answers over a real socket: what the tests of its requests and errors share."""

import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import unquote

import pytest

from exchanges import addresses, client, market_loading, shared_prices
from exchanges.client import ExchangeClient
from exchanges.types import Credentials, Market, MarketType, PositionMode
from tests.exchanges.gate_samples import CONTRACTS
from tests.exchanges.loopback import Asked, Loopback

KEYS = Credentials(api_key="b1946ac92492d2347c6235b4d2611184", secret_key="canary-secret-gate")
API = "/api/v4"
FUTURES = f"{API}/futures/usdt"
ORDERS, TRIGGERS, ACCOUNTS = f"{FUTURES}/orders", f"{FUTURES}/price_orders", f"{FUTURES}/accounts"
PUBLIC = (f"{FUTURES}/contracts", f"{API}/spot/time", f"{FUTURES}/tickers")


@asynccontextmanager
async def scripted(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Loopback]:
    server = Loopback()
    await server.start()
    server.answer("GET", PUBLIC[0], CONTRACTS)
    monkeypatch.setattr(addresses, "_addresses", {"gate": server.url})
    monkeypatch.setattr(market_loading, "_books", {})
    monkeypatch.setattr(shared_prices, "_quotes", {})
    yield server
    await client.close_all()
    await server.stop()


def connected(mode: PositionMode | None = PositionMode.ONE_WAY, *, testnet: bool = False) -> ExchangeClient:
    return client.connect("gate", KEYS, testnet=testnet, position_mode=mode)


async def swap(account: ExchangeClient, key: str = "BTCUSDT") -> Market:
    return await account.market(MarketType.FUTURES, key)


def sent(loopback: Loopback) -> list[tuple[str, str, Any]]:
    """Method, path and body (without one: the query) of everything but the public lists."""
    return [
        (asked.method, asked.path.removeprefix(f"{FUTURES}/"), json.loads(asked.body) if asked.body else asked.params)
        for asked in loopback.asked
        if asked.path not in PUBLIC
    ]


def echoing(answer: dict[str, Any], **more: Any) -> Callable[[Asked], tuple[int, dict[str, Any]]]:
    """The answer to an order, 201, with the text that was sent."""
    return lambda asked: (201, answer | {"text": json.loads(asked.body)["text"]} | more)


def is_well_signed(asked: Asked) -> bool:
    """ "APIv4 signed request requirements": method, path, query, SHA512 of the body and time, by lines; HMAC-SHA512 in hex."""
    digest = hashlib.sha512(asked.body.encode()).hexdigest()
    text = "\n".join((asked.method, asked.path, unquote(asked.query), digest, asked.headers["timestamp"]))
    expected = hmac.new(KEYS.secret_key.encode(), text.encode(), hashlib.sha512).hexdigest()
    return (asked.headers["key"], asked.headers["sign"]) == (KEYS.api_key, expected)

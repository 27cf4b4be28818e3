"""KuCoin with scripted answers over a real socket: what the tests of its requests and errors share."""

import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from exchanges import addresses, client, market_loading, shared_prices
from exchanges.client import ExchangeClient
from exchanges.types import Credentials, Market, MarketType, OrderTerms, PositionMode
from tests.exchanges.kucoin_samples import CONTRACTS, PAIRS, PLACED, told
from tests.exchanges.loopback import Asked, Loopback

KEYS = Credentials(
    api_key="6705f5c311545b000157d3eb", secret_key="canary-secret-kucoin", passphrase="canary-pass-Kucoin1"
)
API = "/api/v1"
ORDERS, STOPS, BY_ID = f"{API}/orders", f"{API}/stopOrders", f"{API}/orders/byClientOid"
SPOT_ORDERS, SPOT_STOPS = f"{API}/hf/orders", f"{API}/stop-order"
SPOT_BY_ID, SPOT_STOP_BY_ID = f"{API}/hf/orders/client-order", f"{API}/stop-order/queryOrderByClientOid"
PUBLIC = (f"{API}/contracts/active", "/api/v2/symbols", f"{API}/timestamp")
TERMS = OrderTerms(leverage=20)


@asynccontextmanager
async def scripted(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Loopback]:
    server = Loopback()
    await server.start()
    server.answer("GET", PUBLIC[0], CONTRACTS)
    server.answer("GET", PUBLIC[1], PAIRS)
    monkeypatch.setattr(addresses, "_addresses", {"kucoin": server.url})
    monkeypatch.setattr(market_loading, "_books", {})
    monkeypatch.setattr(shared_prices, "_quotes", {})
    yield server
    await client.close_all()
    await server.stop()


def connected(mode: PositionMode | None = PositionMode.ONE_WAY) -> ExchangeClient:
    return client.connect("kucoin", KEYS, testnet=False, position_mode=mode)


async def swap(account: ExchangeClient, key: str = "BTCUSDT") -> Market:
    return await account.market(MarketType.FUTURES, key)


async def pair(account: ExchangeClient) -> Market:
    return await account.market(MarketType.SPOT, "BTCUSDT")


def sent(loopback: Loopback) -> list[tuple[str, str, Any]]:
    """Method, path and body (without one: the query) of everything but the public lists."""
    return [
        (asked.method, asked.path, json.loads(asked.body) if asked.body else asked.params)
        for asked in loopback.asked
        if asked.path not in PUBLIC
    ]


def echoing(answer: dict[str, Any] = PLACED) -> Callable[[Asked], dict[str, Any]]:
    """The answer to an order, with the id that was sent."""
    return lambda asked: told(answer | {"clientOid": json.loads(asked.body)["clientOid"]})


def signature(text: str) -> str:
    return base64.b64encode(hmac.new(KEYS.secret_key.encode(), text.encode(), hashlib.sha256).digest()).decode()


def is_well_signed(asked: Asked) -> bool:
    """ "Authentication": HMAC-SHA256 in base64 of time, method, path with query and body."""
    query = f"?{asked.query}" if asked.query else ""
    text = asked.headers["kc-api-timestamp"] + asked.method + asked.path + query + asked.body
    return (asked.headers["kc-api-key"], asked.headers["kc-api-sign"]) == (KEYS.api_key, signature(text))

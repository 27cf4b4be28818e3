"""Kraken with scripted answers over a real socket, and its signature by code of our own."""

import base64
import hashlib
import hmac
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from exchanges import addresses, client, doors, market_loading, shared_books, shared_prices
from exchanges.client import ExchangeClient
from exchanges.types import Credentials
from tests.exchanges.kraken_samples import PAIRS, TIME
from tests.exchanges.loopback import Asked, Loopback

KEYS = Credentials(
    api_key="kQH5HW/8p1uGOVjbgWA7FunAmGO8lsSUXNsu3eow76sz84Q18fWxnyRzBHCd3pd5nE9qa99HAZtuZuj6F1huXg==",
    secret_key=base64.b64encode(b"canary-secret-kraken").decode(),
)
ADD, CANCEL, OPEN, CLOSED = (f"/0/private/{name}" for name in ("AddOrder", "CancelOrder", "OpenOrders", "ClosedOrders"))
TRADES, BALANCE, KEY = (f"/0/private/{name}" for name in ("TradesHistory", "BalanceEx", "GetApiKeyInfo"))


@asynccontextmanager
async def scripted(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Loopback]:
    server = Loopback()
    await server.start()
    server.answer("GET", "/0/public/AssetPairs", PAIRS)
    server.answer("GET", "/0/public/Time", TIME)
    monkeypatch.setattr(addresses, "_addresses", {"kraken": server.url})
    monkeypatch.setattr(shared_books, "_url", "")
    monkeypatch.setattr(market_loading, "_books", {})
    monkeypatch.setattr(shared_prices, "_quotes", {})
    monkeypatch.setattr(doors, "_doors", {})
    yield server
    await client.close_all()
    await server.stop()


def connected(keys: Credentials = KEYS) -> ExchangeClient:
    return client.connect("kraken", keys, testnet=False, position_mode=None)


def signed(asked: Asked) -> bool:
    """docs.kraken.com, "Spot REST Authentication": HMAC-SHA512 of (URI path + SHA256(nonce + POST data)) and the decoded secret."""
    digest = hashlib.sha256((asked.params["nonce"] + asked.body).encode()).digest()
    made = hmac.new(base64.b64decode(KEYS.secret_key), asked.path.encode() + digest, hashlib.sha512).digest()
    return asked.headers["api-sign"] == base64.b64encode(made).decode() and asked.headers["api-key"] == KEYS.api_key


def said(asked: Asked) -> dict[str, Any]:
    """What a signed request says besides what changes with time."""
    assert signed(asked)
    assert asked.headers["content-type"].startswith("application/x-www-form-urlencoded")
    return {name: value for name, value in asked.params.items() if name not in ("nonce", "deadline")}

"""Bitget with scripted answers over a real socket: what the tests of its requests and errors share."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from exchanges import addresses, client, doors, market_loading, shared_books, shared_prices
from exchanges.client import ExchangeClient
from exchanges.types import Credentials, PositionMode
from tests.exchanges.bitget_samples import CONTRACTS, SYMBOLS, ok
from tests.exchanges.loopback import Asked, Loopback

KEYS = Credentials(
    api_key="bg_0123456789abcdef0123456789abcdef", secret_key="canary-secret-bg", passphrase="canaryPassBg1"
)
TIME, LISTED = "/api/v2/public/time", "/api/v2/mix/market/contracts"
PAIRS, BORROWABLE = "/api/v2/spot/public/symbols", "/api/v2/margin/currencies"
PUBLIC = (TIME, LISTED, PAIRS, BORROWABLE)
MIX, SPOT, V3 = "/api/v2/mix/", "/api/v2/spot/", "/api/v3/"
ORDER, TPSL, DETAIL = f"{MIX}order/place-order", f"{MIX}order/place-tpsl-order", f"{MIX}order/detail"
PENDING, HISTORY = f"{MIX}order/orders-plan-pending", f"{MIX}order/orders-plan-history"
UTA_ORDER, STRATEGY = f"{V3}trade/place-order", f"{V3}trade/place-strategy-order"
SETTINGS = f"{V3}account/settings"


@asynccontextmanager
async def scripted(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Loopback]:
    server = Loopback()
    await server.start()
    server.answer("GET", LISTED, lambda asked: ok(CONTRACTS if asked.params["productType"] == "USDT-FUTURES" else []))
    server.answer("GET", PAIRS, ok(SYMBOLS))
    server.answer("GET", BORROWABLE, ok([]))
    monkeypatch.setattr(addresses, "_addresses", {"bitget": server.url})
    monkeypatch.setattr(shared_books, "_url", "")
    monkeypatch.setattr(market_loading, "_books", {})
    monkeypatch.setattr(shared_prices, "_quotes", {})
    monkeypatch.setattr(doors, "_doors", {})
    yield server
    await client.close_all()
    await server.stop()


def connected(mode: PositionMode = PositionMode.ONE_WAY, *, variant: str = "", testnet: bool = False) -> ExchangeClient:
    keys = Credentials(KEYS.api_key, KEYS.secret_key, KEYS.passphrase, variant)
    return client.connect("bitget", keys, testnet=testnet, position_mode=mode)


def sent(loopback: Loopback) -> list[tuple[str, str, Any]]:
    """Method, path and body (of a question: its parameters) of everything but the public lists."""
    return [
        (asked.method, asked.path, json.loads(asked.body) if asked.body else asked.params)
        for asked in loopback.asked
        if asked.path not in PUBLIC
    ]


def bodies(loopback: Loopback) -> list[Any]:
    return [body for _, _, body in sent(loopback)]


def accepting(asked: Asked) -> dict[str, Any]:
    """The ids of an order, with the client's own as it was sent."""
    return ok({"orderId": "1111465253393825792", "clientOid": json.loads(asked.body)["clientOid"]})


def asked_for(rows: dict[str, Any]) -> Callable[[Asked], dict[str, Any]]:
    """The row of the client id that was asked for; a list without it, where there is none."""

    def respond(asked: Asked) -> dict[str, Any]:
        return ok([rows[asked.params["clientOid"]]] if asked.params["clientOid"] in rows else [])

    return respond

"""OKX with scripted answers over a real socket: what the tests of its requests and errors share."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from exchanges import addresses, client, market_loading, shared_prices
from exchanges.client import ExchangeClient
from exchanges.types import Credentials, PositionMode
from tests.exchanges.loopback import Asked, Loopback
from tests.exchanges.okx_samples import PAIRS, SWAPS

KEYS = Credentials(
    api_key="37c541a1-0000-4444-8888-10fe7a038418", secret_key="canary-secret-okx", passphrase="canary-pass-Okx1"
)
PUBLIC = ("/api/v5/public/instruments", "/api/v5/public/time")
ORDER, ALGO = "/api/v5/trade/order", "/api/v5/trade/order-algo"


@asynccontextmanager
async def scripted(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Loopback]:
    server = Loopback()
    await server.start()
    server.answer("GET", PUBLIC[0], lambda asked: PAIRS if asked.params["instType"] == "SPOT" else SWAPS)
    monkeypatch.setattr(addresses, "_addresses", {"okx": server.url})
    monkeypatch.setattr(market_loading, "_books", {})
    monkeypatch.setattr(shared_prices, "_quotes", {})
    yield server
    await client.close_all()
    await server.stop()


def connected(mode: PositionMode = PositionMode.ONE_WAY, *, variant: str = "", testnet: bool = False) -> ExchangeClient:
    keys = Credentials(KEYS.api_key, KEYS.secret_key, KEYS.passphrase, variant)
    return client.connect("okx", keys, testnet=testnet, position_mode=mode)


def sent(loopback: Loopback) -> list[tuple[str, str, Any]]:
    """Method, path and body (of a question: its parameters) of everything but the public lists."""
    return [
        (asked.method, asked.path.removeprefix("/api/v5/"), json.loads(asked.body) if asked.body else asked.params)
        for asked in loopback.asked
        if asked.path not in PUBLIC
    ]


def echoing(answer: dict[str, Any], *names: str) -> Callable[[Asked], dict[str, Any]]:
    """The answer with the ids that were asked for in its row."""

    def respond(asked: Asked) -> dict[str, Any]:
        body = json.loads(asked.body)
        return answer | {"data": [answer["data"][0] | {name: body.get(name, "") for name in names}]}

    return respond

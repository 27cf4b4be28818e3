"""A loopback in Bybit's place, and our client for an account there."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from exchanges import addresses, client, doors, market_loading, shared_prices
from exchanges.types import PositionMode
from tests.exchanges.bybit_samples import LINEAR_INFO, SPOT_INFO
from tests.exchanges.conftest import KEYS
from tests.exchanges.loopback import Asked, Loopback

INFO = "/v5/market/instruments-info"
NOTHING = {"retCode": 0, "retMsg": "OK", "result": {"category": "linear", "list": [], "nextPageCursor": ""}, "time": 1}


def instruments(asked: Asked) -> dict[str, Any]:
    if asked.params.get("status") == "PreLaunch":
        return NOTHING
    return LINEAR_INFO if asked.params["category"] == "linear" else SPOT_INFO


@pytest.fixture
async def bybit(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Loopback]:
    server = Loopback()
    await server.start()
    server.answer("GET", INFO, instruments)
    monkeypatch.setattr(addresses, "_addresses", {"bybit": server.url})
    monkeypatch.setattr(market_loading, "_books", {})
    monkeypatch.setattr(shared_prices, "_quotes", {})
    monkeypatch.setattr(doors, "_doors", {})
    yield server
    await client.close_all()
    await server.stop()


@pytest.fixture
def account(bybit: Loopback) -> client.ExchangeClient:
    return client.connect("bybit", KEYS, testnet=False, position_mode=PositionMode.ONE_WAY)


def said(asked: Asked) -> dict[str, Any]:
    """What a request says: query of a GET as text, JSON body of a POST."""
    return json.loads(asked.body) if asked.method == "POST" else asked.params


def sent(server: Loopback) -> list[tuple[str, str, dict[str, Any]]]:
    """Everything but the loading of markets, in order."""
    return [(asked.method, asked.path, said(asked)) for asked in server.asked if asked.path != INFO]

"""A loopback exchange for the client's tests: real bytes over a real socket, scripted answers."""

from collections.abc import AsyncIterator

import pytest

from exchanges import addresses, client, market_loading, shared_prices
from exchanges.types import Credentials, PositionMode
from tests.exchanges.binance_samples import FUTURES_INFO, SPOT_INFO
from tests.exchanges.loopback import Loopback

KEYS = Credentials(api_key="k" * 64, secret_key="canary-secret-7f3a")


@pytest.fixture
async def loopback(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Loopback]:
    server = Loopback()
    await server.start()
    server.answer("GET", "/fapi/v1/exchangeInfo", FUTURES_INFO)
    server.answer("GET", "/api/v3/exchangeInfo", SPOT_INFO)
    monkeypatch.setattr(addresses, "_addresses", {"binance": server.url, "paper": server.url})
    monkeypatch.setattr(market_loading, "_books", {})
    monkeypatch.setattr(shared_prices, "_quotes", {})
    yield server
    await client.close_all()
    await server.stop()


@pytest.fixture
def account(loopback: Loopback) -> client.ExchangeClient:
    return client.connect("binance", KEYS, testnet=False, position_mode=PositionMode.ONE_WAY)

"""Two exchanges for the client's tests: a loopback with scripted answers over a real socket, and a simulator process."""

from collections.abc import AsyncIterator, Iterator

import pytest

from exchanges import (
    addresses,
    ccxt_clones,
    client,
    doors,
    market_loading,
    reading_again,
    shared_books,
    shared_prices,
)
from exchanges.budget_store import Store
from exchanges.types import Credentials, PositionMode
from simulator.testing import RunningSimulator, run_simulator
from tests.exchanges.binance_samples import FUTURES_INFO, SPOT_INFO
from tests.exchanges.loopback import Loopback

KEYS = Credentials(api_key="k" * 64, secret_key="canary-secret-7f3a")


@pytest.fixture(autouse=True)
def nothing_is_remembered(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What one test's exchange said (the time, a ban) does not hold for the next one's, which may have its port."""
    monkeypatch.setattr(doors, "_store", Store(""))
    monkeypatch.setattr(doors, "_doors", {})
    yield
    for template in ccxt_clones._templates.values():
        template.clock.ahead_ms = 0


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Questions are asked again at once: a loopback has no bad moments that pass."""
    monkeypatch.setattr(reading_again, "PAUSES_S", tuple(pause / 50 for pause in reading_again.PAUSES_S))


@pytest.fixture
async def loopback(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Loopback]:
    server = Loopback()
    await server.start()
    server.answer("GET", "/fapi/v1/exchangeInfo", FUTURES_INFO)
    server.answer("GET", "/api/v3/exchangeInfo", SPOT_INFO)
    monkeypatch.setattr(addresses, "_addresses", {"binance": server.url, "paper": server.url})
    monkeypatch.setattr(shared_books, "_url", "")
    monkeypatch.setattr(market_loading, "_books", {})
    monkeypatch.setattr(shared_prices, "_quotes", {})
    yield server
    await client.close_all()
    await server.stop()


@pytest.fixture
def account(loopback: Loopback) -> client.ExchangeClient:
    return client.connect("binance", KEYS, testnet=False, position_mode=PositionMode.ONE_WAY)


@pytest.fixture(scope="module")
def running() -> Iterator[RunningSimulator]:
    with run_simulator() as simulator:
        simulator.control.settings(slippage_bp="0", spread_bp="0")
        yield simulator


@pytest.fixture
def stand_in(running: RunningSimulator, monkeypatch: pytest.MonkeyPatch) -> RunningSimulator:
    """The simulator in the place of every exchange, without faults; nothing that an earlier test learnt of it is remembered."""
    monkeypatch.setattr(addresses, "_addresses", {"paper": running.url, "binance": running.url})
    monkeypatch.setattr(market_loading, "_books", {})
    monkeypatch.setattr(shared_prices, "_quotes", {})
    running.control.clear_faults()
    running.control.set_price("BTCUSDT", "95234.50")
    return running


@pytest.fixture
async def sim(stand_in: RunningSimulator) -> AsyncIterator[RunningSimulator]:
    yield stand_in
    await client.close_all()

"""Exchanges that are told apart by nothing but their class in ccxt: contracts become base units, days are found where they are told.

The venue here is a bare one: what is proven is that one in the registry needs nothing more. EXC-15, EXC-16.
"""

from collections.abc import AsyncIterator
from dataclasses import replace
from decimal import Decimal

import pytest

from exchanges import addresses, client, reading_again, shared_prices
from exchanges.errors import Unsupported
from exchanges.market_data import MarketData
from exchanges.types import MarketType
from exchanges.venues.binance import Binance
from exchanges.venues.binance_futures import BinanceFutures
from exchanges.venues.binance_spot import BinanceSpot
from tests.exchanges.contract_market_samples import CASES, KRAKEN
from tests.exchanges.loopback import Loopback
from tests.exchanges.market_cases import CANDLES, SINCE, TICKER, Case

# what the bare venue asks for best prices
BEST = {"symbol": "BTCUSDT", "bidPrice": "95234.40", "bidQty": "1", "askPrice": "95234.60", "askQty": "1"}
each = pytest.mark.parametrize("case", CASES, ids=str)


@pytest.fixture
async def exchange(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Loopback]:
    server = Loopback()
    await server.start()
    monkeypatch.setattr(addresses, "_addresses", {case.venue: server.url for case in CASES})
    monkeypatch.setattr(shared_prices, "_quotes", {})
    monkeypatch.setattr(reading_again, "PAUSES_S", (0.0, 0.0))
    yield server
    await client.close_all()
    await server.stop()


def data_of(case: Case) -> MarketData:
    spoken = {MarketType.FUTURES: BinanceFutures(), MarketType.SPOT: BinanceSpot()}[case.market.market_type]
    spoken.ccxt_id = case.venue

    class Bare(Binance):
        id = label = case.venue
        dialects = {case.market.market_type: spoken}
        limits = {}

    return MarketData(Bare(), testnet=False)


@each
async def test_candles_are_in_base_units(exchange: Loopback, case: Case) -> None:
    exchange.answer("GET", case.candles.path, case.candles.answer)

    assert await data_of(case).candles(case.market, "1h", since=SINCE, limit=2) == CANDLES
    assert [(one.path, one.params) for one in exchange.asked] == [(case.candles.path, case.candles.params)]


@each
async def test_order_books_are_in_base_units(exchange: Loopback, case: Case) -> None:
    exchange.answer("GET", case.order_book.path, case.order_book.answer)

    assert await data_of(case).order_book(case.market, depth=2) == case.expected_book
    assert [(one.path, one.params) for one in exchange.asked] == [(case.order_book.path, case.order_book.params)]


@each
async def test_tickers_tell_the_day(exchange: Loopback, case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    exchange.answer("GET", case.ticker.path, case.ticker.answer)

    async def best(_self: MarketData, _market: object) -> tuple[Decimal, Decimal]:
        return Decimal("95234.4"), Decimal("95234.6")

    monkeypatch.setattr(MarketData, "best_bid_ask", best)  # a dialect's own business

    ticker = await data_of(case).ticker(case.market)

    expected = case.expected_ticker
    if case is KRAKEN:  # volume times the average price, both as told
        expected = replace(TICKER, quote_volume=Decimal("1234.567") * Decimal("95229.0"))
    assert ticker == expected
    assert [(one.path, one.params) for one in exchange.asked] == [(case.ticker.path, case.ticker.params)]


async def test_a_unit_that_nobody_has_looked_up_is_not_guessed(exchange: Loopback) -> None:
    unknown = replace(KRAKEN, market=replace(KRAKEN.market, contract_size=Decimal("0.001")))
    data = data_of(unknown)

    for ask in (
        data.candles(unknown.market, "1h", since=SINCE),
        data.order_book(unknown.market),
        data.ticker(unknown.market),
    ):
        with pytest.raises(Unsupported, match="contracts"):
            await ask
    assert exchange.asked == []

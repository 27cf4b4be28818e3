"""Market data through one door: exact requests, and the same values of every exchange. EXC-13, EXC-14, EXC-15, EXC-16; RSK-20's data."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from exchanges import addresses, client, market_data, market_loading, reading_again, shared_prices
from exchanges.errors import OutcomeUnknown, RefusalKind, Refused, Unsupported
from exchanges.registry import all_venues, get_venue
from exchanges.types import MarketType
from tests.exchanges import (
    binance_market_samples,
    bingx_market_samples,
    bitget_market_samples,
    bybit_market_samples,
    further_market_samples,
    mercado_market_samples,
    okx_market_samples,
)
from tests.exchanges.loopback import CLOSE, Loopback
from tests.exchanges.market_cases import CANDLES, SINCE, Case, Question

FUTURES, SPOT = MarketType.FUTURES, MarketType.SPOT
CASES = [
    *binance_market_samples.CASES, *bybit_market_samples.CASES, *okx_market_samples.CASES, *bitget_market_samples.CASES,
    *bingx_market_samples.CASES, *further_market_samples.CASES, *mercado_market_samples.CASES,
]  # fmt: skip
each = pytest.mark.parametrize("case", CASES, ids=str)


@pytest.fixture
async def exchange(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Loopback]:
    server = Loopback()
    await server.start()
    monkeypatch.setattr(addresses, "_addresses", {venue.id: server.url for venue in all_venues()})
    monkeypatch.setattr(market_loading, "_books", {})
    monkeypatch.setattr(shared_prices, "_quotes", {})
    monkeypatch.setattr(reading_again, "PAUSES_S", (0.0, 0.0))
    yield server
    await client.close_all()
    await server.stop()


def prepare(exchange: Loopback, question: Question) -> None:
    exchange.answer("GET", question.path, question.answer)


def asked(exchange: Loopback) -> list[tuple[str, dict[str, str]]]:
    return [(one.path, one.unsigned) for one in exchange.asked]


@each
async def test_candles_are_asked_for_exactly_and_read_exactly(exchange: Loopback, case: Case) -> None:
    prepare(exchange, case.candles)

    candles = await market_data.of(case.venue).candles(case.market, "1h", since=SINCE, limit=2)

    assert candles == CANDLES
    assert asked(exchange) == [(case.candles.path, case.candles.params)]


@each
async def test_an_order_book_is_in_base_units_best_first(exchange: Loopback, case: Case) -> None:
    prepare(exchange, case.order_book)

    book = await market_data.of(case.venue).order_book(case.market, depth=2)

    assert book == case.expected_book
    assert asked(exchange) == [(case.order_book.path, case.order_book.params)]


@each
async def test_a_ticker_tells_spread_and_volume(exchange: Loopback, case: Case) -> None:
    questions = [case.ticker, case.best] if case.best else [case.ticker]
    for question in questions:
        prepare(exchange, question)

    ticker = await market_data.of(case.venue).ticker(case.market)

    assert ticker == case.expected_ticker
    assert ticker.spread_pct is not None
    assert round(ticker.spread_pct, 6) == Decimal("0.000210")  # 0.2 of 95,234.5
    assert asked(exchange) == [(question.path, question.params) for question in questions]


def test_every_exchange_has_candles_of_minutes_hours_and_days() -> None:
    for venue in all_venues():
        for market_type in venue.market_types:
            assert {"1m", "5m", "15m", "1h", "1d"} <= set(market_data.timeframes(venue, market_type)), venue.id


def test_the_time_frames_are_those_of_the_spec() -> None:
    binance, mercado = get_venue("binance"), get_venue("mercado")
    sixteen = ["1s", "1m", "3m", "5m", "15m", "30m", "1h", "2h", "4h", "6h", "8h", "12h", "1d", "3d", "1w", "1M"]

    assert market_data.timeframes(binance, SPOT) == sixteen  # EXC-14
    assert market_data.timeframes(binance, FUTURES) == sixteen[1:]  # futures have no seconds
    assert market_data.timeframes(mercado, SPOT) == ["1m", "5m", "15m", "30m", "1h", "1d", "1M"]  # EXC-13
    with pytest.raises(Unsupported):
        market_data.timeframes(mercado, FUTURES)


@each
async def test_a_time_frame_that_is_not_there_is_refused_with_those_that_are(exchange: Loopback, case: Case) -> None:
    data = market_data.of(case.venue)

    with pytest.raises(Unsupported, match=r"but 1.*, 5m, .*1h, .*1d") as refused:
        await data.candles(case.market, "7m", since=SINCE)

    assert refused.value.code == "timeframe"
    assert exchange.asked == []


@each
async def test_an_answer_of_something_else_is_no_answer(exchange: Loopback, case: Case) -> None:
    for question in filter(None, (case.candles, case.order_book, case.ticker, case.best)):
        exchange.answer("GET", question.path, {"code": "0", "data": {"state": "fine"}})
    data = market_data.of(case.venue)

    for ask in (
        data.candles(case.market, "1h", since=SINCE, limit=2),
        data.order_book(case.market, 2),
        data.ticker(case.market),
    ):
        with pytest.raises(OutcomeUnknown):
            await ask


@each
async def test_a_connection_that_breaks_is_tried_again(exchange: Loopback, case: Case) -> None:
    exchange.answer("GET", case.order_book.path, CLOSE, case.order_book.answer)

    book = await market_data.of(case.venue).order_book(case.market, depth=2)

    assert book == case.expected_book
    assert len(exchange.asked) == 2


async def test_an_unknown_symbol_is_refused(exchange: Loopback) -> None:
    case = CASES[0]
    exchange.answer("GET", "/fapi/v1/klines", (400, {"code": -1121, "msg": "Invalid symbol."}))

    with pytest.raises(Refused) as refused:
        await market_data.of("binance").candles(case.market, "1h", since=SINCE)

    assert refused.value.kind is RefusalKind.UNKNOWN_SYMBOL


def test_every_kind_of_market_is_proven() -> None:
    proven = {(case.venue, case.market.market_type) for case in CASES}
    there_are = {
        (venue.id, kind) for venue in all_venues() if not venue.features.is_paper for kind in venue.market_types
    }

    assert there_are == proven


async def test_a_unit_that_nobody_has_looked_up_is_not_guessed(exchange: Loopback) -> None:
    """Bybit's contracts are one coin each: were one of another size listed, its figures could mean either."""
    case = next(case for case in CASES if case.venue == "bybit")
    unknown, data = replace(case.market, contract_size=Decimal("0.001")), market_data.of("bybit")

    for ask in (data.candles(unknown, "1h", since=SINCE), data.order_book(unknown), data.ticker(unknown)):
        with pytest.raises(Unsupported, match="contracts"):
            await ask
    assert exchange.asked == []


async def test_depth_has_a_limit(exchange: Loopback) -> None:
    for depth in (0, 101):
        with pytest.raises(Unsupported):
            await market_data.of("binance").order_book(CASES[0].market, depth)


async def test_five_minutes_of_mercado_are_made_of_single_ones(exchange: Loopback) -> None:
    """EXC-13: the exchange lists 1m and 15m."""
    case = mercado_market_samples.CASES[0]
    start = int(SINCE.timestamp())
    minutes = range(start, start + 600, 60)
    prices = [str(100 + number) for number in range(10)]
    columns = dict.fromkeys("ohlc", prices) | {"t": list(minutes), "v": ["0.1"] * 10}
    exchange.answer("GET", "/api/v4/candles", columns)

    candles = await market_data.of("mercado").candles(case.market, "5m", since=SINCE, limit=2)

    assert [(one.opened_at, one.open, one.high, one.low, one.close, one.volume) for one in candles] == [
        (SINCE, Decimal(100), Decimal(104), Decimal(100), Decimal(104), Decimal("0.5")),
        (SINCE + timedelta(minutes=5), Decimal(105), Decimal(109), Decimal(105), Decimal(109), Decimal("0.5")),
    ]
    assert exchange.asked[0].params["resolution"] == "1m"

"""Long histories page by page: all candles asked for, oldest first, each once, none that is not over. EXC-15."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from exchanges import addresses, client, market_data, reading_again
from exchanges.market_source import Source
from exchanges.types import MarketType
from tests.exchanges.loopback import Asked, Loopback
from tests.exchanges.market_cases import market

NOW = datetime(2026, 3, 4, 12, 30, 20, tzinfo=UTC)  # a Wednesday
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
FUTURES, SPOT = MarketType.FUTURES, MarketType.SPOT
Now = Callable[[datetime], None]


@pytest.fixture
async def exchange(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Loopback]:
    server = Loopback()
    await server.start()
    monkeypatch.setattr(
        addresses, "_addresses", dict.fromkeys(("binance", "bybit", "okx", "bitget", "mercado"), server.url)
    )
    monkeypatch.setattr(Source, "now", NOW)
    monkeypatch.setattr(reading_again, "PAUSES_S", (0.0, 0.0))
    yield server
    await client.close_all()
    await server.stop()


def ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def row(at: datetime) -> list[Any]:
    """A candle as most exchanges tell it, with a price that is its time."""
    price = str(int(at.timestamp()))
    return [ms(at), price, price, price, price, "1.5", "0", "0", "1"]


def opened(at: datetime, count: int, step: timedelta) -> list[datetime]:
    return [at + number * step for number in range(count)]


def binance_with(candles: list[datetime]) -> Callable[[Asked], Any]:
    """From `startTime` on, at most `limit`."""

    def respond(asked: Asked) -> Any:
        start, limit = int(asked.params["startTime"]), int(asked.params["limit"])
        return [row(at) for at in candles if ms(at) >= start][:limit]

    return respond


def okx_with(candles: list[datetime], days: list[datetime]) -> Callable[[Asked], Any]:
    """Between `before` and `after`, both left out, newest first."""

    def respond(asked: Asked) -> Any:
        after, before = int(asked.params["after"]), int(asked.params["before"])
        known = days if asked.params["bar"] == "1Dutc" else candles
        told = [[str(value) for value in row(at)] for at in known if before < ms(at) < after]
        return {"code": "0", "msg": "", "data": told[::-1][: int(asked.params["limit"])]}

    return respond


async def test_the_last_candles_leave_the_unfinished_one_out(exchange: Loopback) -> None:
    known = opened(NOW.replace(second=0) - 20 * MINUTE, 21, MINUTE)
    exchange.answer("GET", "/fapi/v1/klines", binance_with(known))

    told = await market_data.of("binance").candles(market(FUTURES, "BTCUSDT"), "1m", limit=10)

    assert [one.opened_at for one in told] == known[-11:-1]
    assert len(exchange.asked) == 1


async def test_a_candle_counts_a_second_after_its_end(exchange: Loopback, monkeypatch: pytest.MonkeyPatch) -> None:
    known = opened(NOW.replace(second=0) - 20 * MINUTE, 21, MINUTE)
    exchange.answer("GET", "/fapi/v1/klines", binance_with(known))
    data, contract = market_data.of("binance"), market(FUTURES, "BTCUSDT")

    monkeypatch.setattr(Source, "now", NOW.replace(second=0, microsecond=999_000))
    early = await data.candles(contract, "1m", limit=3)
    monkeypatch.setattr(Source, "now", NOW.replace(second=1, microsecond=0))
    late = await data.candles(contract, "1m", limit=3)

    assert [one.opened_at for one in early] == known[-5:-2]
    assert [one.opened_at for one in late] == known[-4:-1]


async def test_more_than_a_page_is_read_page_by_page(exchange: Loopback) -> None:
    start = NOW.replace(hour=0, minute=0, second=0) - 2 * DAY
    known = opened(start, 3000, MINUTE)
    exchange.answer("GET", "/fapi/v1/klines", binance_with(known))

    told = await market_data.of("binance").candles(market(FUTURES, "BTCUSDT"), "1m", since=start, limit=2500)

    assert [one.opened_at for one in told] == known[:2500]
    assert [one.close for one in told] == [Decimal(int(at.timestamp())) for at in known[:2500]]
    assert [(one.params["startTime"], one.params["limit"]) for one in exchange.asked] == [
        (str(ms(start)), "1000"),
        (str(ms(start + 1000 * MINUTE)), "1000"),
        (str(ms(start + 2000 * MINUTE)), "500"),
    ]


async def test_since_between_two_candles_begins_with_the_next(exchange: Loopback) -> None:
    start = NOW.replace(minute=0, second=0)
    exchange.answer("GET", "/fapi/v1/klines", binance_with(opened(start, 20, MINUTE)))
    since = start + timedelta(seconds=30)

    told = await market_data.of("binance").candles(market(FUTURES, "BTCUSDT"), "1m", since=since, limit=2)

    assert [one.opened_at for one in told] == [start + MINUTE, start + 2 * MINUTE]


async def test_a_gap_longer_than_a_page_is_passed_by_days(exchange: Loopback) -> None:
    """Nothing was traded for a hundred days: 144,000 minutes would be 1,440 questions."""
    start = NOW.replace(hour=0, minute=0, second=0) - 101 * DAY
    before, after = opened(start, 3, MINUTE), opened(start + 100 * DAY + 90 * MINUTE, 3, MINUTE)
    exchange.answer("GET", "/api/v5/market/history-candles", okx_with(before + after, [start, start + 100 * DAY]))
    exchange.answer("GET", "/api/v5/market/candles", okx_with(before + after, [start, start + 100 * DAY]))

    told = await market_data.of("okx").candles(market(SPOT, "BTC-USDT"), "1m", since=start, limit=5)

    assert [one.opened_at for one in told] == before + after[:2]
    assert len(exchange.asked) < 40  # what is left of the first day, and the beginning of the last


async def test_a_market_that_is_younger_than_since_is_found(exchange: Loopback) -> None:
    listed = NOW.replace(hour=5, minute=7, second=0) - 3 * DAY
    days = opened(listed.replace(hour=0, minute=0), 4, DAY)
    for path in ("/api/v5/market/history-candles", "/api/v5/market/candles"):
        exchange.answer("GET", path, okx_with(opened(listed, 500, MINUTE), days))

    told = await market_data.of("okx").candles(
        market(SPOT, "BTC-USDT"), "1m", since=datetime(2024, 1, 1, tzinfo=UTC), limit=400
    )

    assert [one.opened_at for one in told] == opened(listed, 400, MINUTE)
    assert len(exchange.asked) < 30


async def test_a_market_without_any_candle_has_none(exchange: Loopback) -> None:
    for path in ("/api/v5/market/history-candles", "/api/v5/market/candles"):
        exchange.answer("GET", path, okx_with([], []))

    assert await market_data.of("okx").candles(market(SPOT, "BTC-USDT"), "1h", limit=50) == []


async def test_weeks_begin_on_mondays_wherever_the_exchange_counts_from(exchange: Loopback) -> None:
    """ccxt asks Bybit for weeks from the next multiple of seven days on, which is a Thursday."""
    monday = datetime(2026, 1, 5, tzinfo=UTC)
    mondays = opened(monday - 3 * 7 * DAY, 12, 7 * DAY)

    def respond(asked: Asked) -> Any:
        told = [row(at) for at in mondays if ms(at) >= int(asked.params["start"])][: int(asked.params["limit"])]
        return {"retCode": 0, "retMsg": "OK", "result": {"list": told[::-1]}, "time": ms(NOW)}

    exchange.answer("GET", "/v5/market/kline", respond)

    told = await market_data.of("bybit").candles(market(FUTURES, "BTCUSDT"), "1w", since=monday, limit=4)

    assert [one.opened_at for one in told] == opened(monday, 4, 7 * DAY)


async def test_months_end_with_their_last_day(exchange: Loopback) -> None:
    firsts = [datetime(2025, month, 1, tzinfo=UTC) for month in range(1, 13)]
    firsts += [datetime(2026, month, 1, tzinfo=UTC) for month in (1, 2, 3)]
    exchange.answer("GET", "/fapi/v1/klines", binance_with(firsts))

    told = await market_data.of("binance").candles(market(FUTURES, "BTCUSDT"), "1M", limit=5)

    assert [one.opened_at for one in told] == firsts[-6:-1]


async def test_no_exchange_is_asked_for_times_before_all_of_them(exchange: Loopback) -> None:
    exchange.answer("GET", "/fapi/v1/klines", binance_with([datetime(2026, 1, 1, tzinfo=UTC)]))
    data, contract = market_data.of("binance"), market(FUTURES, "BTCUSDT")

    told = await data.candles(contract, "1M", limit=1000)

    assert [one.opened_at for one in told] == [datetime(2026, 1, 1, tzinfo=UTC)]
    assert int(exchange.asked[0].params["startTime"]) >= ms(datetime(2012, 12, 1, tzinfo=UTC))
    assert await data.candles(contract, "1M", limit=0) == []


@pytest.mark.parametrize("end_is_in", [True, False])
async def test_a_request_covers_no_more_than_the_exchange_takes(exchange: Loopback, end_is_in: bool) -> None:
    """Bitget: at most 90 days of a contract's history, of which the newest are told."""
    start = NOW.replace(hour=0, minute=0, second=0) - 200 * DAY
    days = opened(start, 201, DAY)

    def respond(asked: Asked) -> Any:
        first, last = int(asked.params["startTime"]), int(asked.params["endTime"])
        assert last - first <= 90 * 86_400_000
        return {
            "code": "00000",
            "msg": "",
            "data": [[str(v) for v in row(at)] for at in days if first <= ms(at) < last],
        }

    exchange.answer("GET", "/api/v2/mix/market/history-candles", respond)
    exchange.answer("GET", "/api/v2/mix/market/candles", respond)

    told = await market_data.of("bitget").candles(market(FUTURES, "BTCUSDT"), "1d", since=start, limit=200)

    assert [one.opened_at for one in told] == days[:200]

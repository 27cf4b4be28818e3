"""Candles, order books and tickers of every exchange through one door (EXC-15, EXC-16; RSK-20's data).

    data = market_data.of("okx")
    market = await data.market(MarketType.FUTURES, "BTCUSDT")
    candles = await data.candles(market, "1h", limit=200)

Only candles that are over are told: the one of now is left out, until a second after its end (exchanges count late trades in).
A period without trades has no candle at some exchanges. Errors are those of `exchanges.errors`.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import ceil
from typing import TypeVar

from exchanges.errors import RefusalKind, Refused, Unsupported
from exchanges.market_loading import renew_book
from exchanges.market_mercado import MercadoSource
from exchanges.market_reader import CcxtSource
from exchanges.market_source import Source
from exchanges.market_values import Candle, OrderBook, Ticker
from exchanges.public_client import READ_TIMEOUT_S, PublicClient
from exchanges.reading_again import read_again
from exchanges.registry import get_venue
from exchanges.timeframes import end_of, longest, shortest
from exchanges.types import Market, MarketType
from exchanges.venue import Venue

# Exchanges that ccxt's class does not speak to.
_OURS: dict[str, type[Source]] = {"batuta:mercado": MercadoSource}
MOST_LEVELS = 100
SETTLING = timedelta(seconds=1)
DAY = timedelta(days=1)
EARLIEST = datetime(2013, 1, 1, tzinfo=UTC)  # no exchange here has candles before

T = TypeVar("T")
_sources: dict[tuple[str, MarketType, bool], Source] = {}


def of(venue_id: str, *, testnet: bool = False) -> "MarketData":
    """The market data of an exchange. Raises UnknownVenue."""
    return MarketData(get_venue(venue_id), testnet=testnet)


def timeframes(venue: Venue, market_type: MarketType) -> list[str]:
    """The time frames of the exchange's candles, the shortest first. Raises Unsupported for a kind of market it has not."""
    return list(_source(venue, market_type, testnet=False).timeframes)


class MarketData(PublicClient):
    """What an exchange tells everyone. Raises NotSent, OutcomeUnknown, Refused or Unsupported."""

    async def candles(
        self, market: Market, timeframe: str, *, since: datetime | None = None, limit: int = 200
    ) -> list[Candle]:
        """Oldest first, each once. The first `limit` that began at `since` or later; without it those of the last `limit` periods.

        As many requests as that takes. Unsupported names the time frames there are.
        """
        source = self._source(market)
        if timeframe not in source.timeframes:
            there_are = ", ".join(source.timeframes)
            raise Unsupported(
                f"{self.venue.label} has no candles of {timeframe} here, but {there_are}", code="timeframe"
            )
        if limit < 1:
            return []
        now = source.now
        start = since or max(EARLIEST, now - (limit + 2) * longest(timeframe))
        found = await self._pages(source, market, timeframe, start, None if since is None else limit)
        over = [candle for candle in found if end_of(candle.opened_at, timeframe) + SETTLING <= now]
        return over[:limit] if since is not None else over[-limit:]

    async def order_book(self, market: Market, depth: int = 20) -> OrderBook:
        """At most `depth` prices of each side (1 to 100), the best first."""
        if not 1 <= depth <= MOST_LEVELS:
            raise Unsupported(f"An order book is told with 1 to {MOST_LEVELS} prices a side", code="depth")
        source = self._source(market)
        return await self._asked(market, lambda seconds: source.order_book(market, depth, seconds))

    async def ticker(self, market: Market) -> Ticker:
        """Last price, best bid and ask (asked for by themselves where the ticker has none), and 24 hours."""
        source = self._source(market)
        told = await self._asked(market, lambda seconds: source.ticker(market, seconds))
        if told.bid is not None and told.ask is not None:
            return told
        bid, ask = await self.best_bid_ask(market) or (None, None)
        return replace(told, bid=bid, ask=ask)

    def _source(self, market: Market) -> Source:
        return _source(self.venue, market.market_type, testnet=self.testnet)

    async def _pages(
        self, source: Source, market: Market, timeframe: str, start: datetime, limit: int | None
    ) -> list[Candle]:
        """Page after page until now, or until there are `limit`. Each goes on where the last candle ended."""
        found: list[Candle] = []
        at, step, now, has_gaps = start, shortest(timeframe), source.now, False
        while at + step <= now and (limit is None or len(found) < limit):
            count = min(source.page_of(timeframe), ceil((now - at) / step))
            if limit is not None and not has_gaps:  # (else so few periods may hold no candle at all)
                count = min(count, limit - len(found))
            told = await self._from(source, market, timeframe, at, count)
            has_gaps = len(told) < count
            if told:
                found += told
                at = end_of(told[-1].opened_at, timeframe)
            else:
                at = await self._next_traded(source, market, at + count * step)
        return found

    async def _from(self, source: Source, market: Market, timeframe: str, at: datetime, count: int) -> list[Candle]:
        told = await self._asked(market, lambda seconds: source.candles_from(market, timeframe, at, count, seconds))
        by_time = {candle.opened_at: candle for candle in told if candle.opened_at >= at}
        return [by_time[opened_at] for opened_at in sorted(by_time)]

    async def _next_traded(self, source: Source, market: Market, at: datetime) -> datetime:
        """Where to go on after a page without candles: nothing was traded, or not yet. Looked for by days."""
        page = source.page_of("1d")
        while "1d" in source.timeframes and at + DAY <= source.now:
            days = await self._from(source, market, "1d", at - DAY, page)
            later = [day.opened_at for day in days if day.opened_at + DAY > at]
            if later:
                return max(at, later[0])
            at += (page - 1) * DAY
        return at

    async def _asked(self, market: Market, ask: Callable[[float], Awaitable[T]]) -> T:
        """A question: asked again where no answer came (EXC-18)."""
        try:
            return await read_again(ask, READ_TIMEOUT_S)
        except Refused as e:
            if e.kind is RefusalKind.UNKNOWN_SYMBOL:  # our list, which named it, is out of date
                renew_book(self.venue, market.market_type, testnet=self.testnet)
            raise


def _source(venue: Venue, market_type: MarketType, *, testnet: bool) -> Source:
    key = (venue.id, market_type, testnet)
    found = _sources.get(key)
    if found is None:
        made = _OURS.get(venue.dialect(market_type).ccxt_id, CcxtSource)
        found = _sources[key] = made(venue, market_type, testnet=testnet)
    return found

"""Mercado Bitcoin's market data by its API v4: candles, order book, ticker (EXC-13).

Source: api.mercadobitcoin.net/api/v4/docs, "Public Data". `GET /candles` lists the resolutions 1m, 15m, 1h, 3h, 1d, 1w and
1M: 5m and 30m, which EXC-13 wants, are put together here from those of 1m and 15m.
"""

from copy import copy
from datetime import datetime
from typing import Any

from exchanges.dialect import Call, read_answer
from exchanges.limits import Priority, of_read
from exchanges.market_source import Source
from exchanges.market_values import Candle, OrderBook, PriceLevel, Ticker
from exchanges.raw_values import decimal, decimal_or_none, moment
from exchanges.timeframes import longest, merge
from exchanges.types import Market, MarketType
from exchanges.venue import Venue

CANDLES = ("/api/v4/candles", ["public"], "GET")
MADE_OF = {"5m": ("1m", 5), "30m": ("15m", 2)}
PAGE = 500  # nothing is documented: so many are asked for by their times


class MercadoSource(Source):
    timeframes = ("1m", "5m", "15m", "30m", "1h", "1d", "1M")

    def __init__(self, venue: Venue, market_type: MarketType, *, testnet: bool) -> None:
        super().__init__(venue, market_type, testnet=testnet)
        self.lean: Any = copy(self.original)
        self.lean._endpoints = {**self.original._endpoints, "publicGetCandles": CANDLES}

    def page_of(self, timeframe: str) -> int:
        return PAGE // MADE_OF.get(timeframe, ("", 1))[1]

    async def candles_from(
        self, market: Market, timeframe: str, since: datetime, count: int, seconds: float
    ) -> list[Candle]:
        asked = MADE_OF.get(timeframe, (timeframe, 1))[0]
        times = {"from": _up(since), "to": _up(since + count * longest(timeframe))}
        raw = await self._ask("publicGetCandles", {"symbol": market.id, "resolution": asked, **times}, seconds)
        told = read_answer(raw, _candles)
        candles = merge(told, timeframe) if asked != timeframe else told
        return [candle for candle in candles if candle.opened_at >= since][:count]

    async def order_book(self, market: Market, depth: int, seconds: float) -> OrderBook:
        raw = await self._ask("publicGetOrderbook", {"symbol": market.id, "limit": str(depth)}, seconds)
        return read_answer(raw, lambda told: _order_book(told, depth))

    async def ticker(self, market: Market, seconds: float) -> Ticker:
        raw = await self._ask("publicGetTickers", {"symbols": market.id}, seconds)
        return read_answer(raw, lambda told: _ticker(told[0]))

    async def _ask(self, endpoint: str, params: dict[str, str], seconds: float) -> Any:
        return await self.lean.call_now(Call(endpoint, params), seconds, of_read(Priority.QUERY))


def _up(at: datetime) -> str:
    """Seconds since 1970, the next whole one."""
    return str(-(-int(at.timestamp() * 1000) // 1000))


def _candles(told: Any) -> list[Candle]:
    """Columns; times in seconds."""
    rows = zip(*(told[name] for name in "tohlcv"), strict=True)
    candles = [Candle(moment(int(row[0]) * 1000), *(decimal(value) for value in row[1:])) for row in rows]
    return sorted(candles, key=lambda candle: candle.opened_at)


def _order_book(told: Any, depth: int) -> OrderBook:
    bids, asks = (
        tuple(PriceLevel(decimal(price), decimal(quantity)) for price, quantity in told[side][:depth])
        for side in ("bids", "asks")
    )
    return OrderBook(bids, asks, moment(int(told["timestamp"]) // 1_000_000))


def _ticker(row: Any) -> Ticker:
    """`vol` is in base units; of what was paid nothing is told."""
    return Ticker(
        last=decimal(row["last"]),
        bid=decimal_or_none(row["buy"]),
        ask=decimal_or_none(row["sell"]),
        high=decimal_or_none(row["high"]),
        low=decimal_or_none(row["low"]),
        base_volume=decimal(row["vol"]),
        quote_volume=None,
    )

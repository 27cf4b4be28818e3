"""Where market data comes from: one kind of market of one exchange, asked request by request (`market_data` puts pages together)."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from exchanges.ccxt_clones import template
from exchanges.market_values import Candle, OrderBook, Ticker
from exchanges.types import Market, MarketType
from exchanges.venue import Venue


class Source(ABC):
    """Every question is at most `seconds` long and raises NotSent, OutcomeUnknown, Refused or Unsupported."""

    timeframes: Sequence[str]  # those the exchange has for this kind of market, the shortest first

    def __init__(self, venue: Venue, market_type: MarketType, *, testnet: bool) -> None:
        self.venue, self.market_type = venue, market_type
        self.original: Any = template(venue, market_type, testnet=testnet)

    @property
    def now(self) -> datetime:
        """The exchange's clock, as last measured."""
        return datetime.now(UTC) + timedelta(milliseconds=self.original.clock.ahead_ms)

    @abstractmethod
    def page_of(self, timeframe: str) -> int:
        """How many candles one request brings at most."""

    @abstractmethod
    async def candles_from(
        self, market: Market, timeframe: str, since: datetime, count: int, seconds: float
    ) -> list[Candle]:
        """At most `count` candles (not more than a page) that began at `since` or later, in order, the one of now included.

        None only says that there is none within the next `count` periods.
        """

    @abstractmethod
    async def order_book(self, market: Market, depth: int, seconds: float) -> OrderBook: ...

    @abstractmethod
    async def ticker(self, market: Market, seconds: float) -> Ticker: ...

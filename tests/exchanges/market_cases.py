"""What the market data of every exchange is tested with: the same candles, book and ticker, told by each in its own words."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from exchanges.market_values import Candle, OrderBook, PriceLevel, Ticker
from exchanges.types import Market, MarketType
from tests.exchanges.markets import any_market

SINCE = datetime(2026, 1, 5, tzinfo=UTC)  # a Monday
FIRST, SECOND = 1_767_571_200_000, 1_767_574_800_000
HOUR = timedelta(hours=1)
CANDLES = [
    Candle(SINCE, *(Decimal(text) for text in ("95000.1", "95500.2", "94800.3", "95234.5", "12.345"))),
    Candle(SINCE + HOUR, *(Decimal(text) for text in ("95234.5", "95300.0", "95100.7", "95111.1", "0.5"))),
]
BIDS = (PriceLevel(Decimal("95234.4"), Decimal("1.5")), PriceLevel(Decimal("95234.3"), Decimal("0.25")))
ASKS = (PriceLevel(Decimal("95234.6"), Decimal(2)), PriceLevel(Decimal("95234.7"), Decimal("0.001")))
TOLD_AT = datetime(2026, 1, 5, 2, 0, 0, 123000, tzinfo=UTC)
TOLD_MS = 1_767_578_400_123
TICKER = Ticker(
    last=Decimal("95234.5"), bid=Decimal("95234.4"), ask=Decimal("95234.6"), high=Decimal("95500.2"), low=Decimal("94800.3"),
    base_volume=Decimal("1234.567"), quote_volume=Decimal("117566532.25"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Question:
    """What leaves us (path and parameters of a GET) and what is answered."""

    path: str
    params: dict[str, str]
    answer: Any


@dataclass(frozen=True, slots=True)
class Case:
    """One kind of market of one exchange. `ticker_lacks` are the fields that it does not tell."""

    venue: str
    market: Market
    candles: Question  # CANDLES, asked for since SINCE
    order_book: Question  # two levels
    ticker: Question
    best: Question | None = None  # best bid and ask, where the ticker lacks them
    ticker_lacks: tuple[str, ...] = ()
    ticker_differs: dict[str, Decimal] = field(default_factory=dict)  # what is worked out of other figures
    book_told_at: datetime | None = TOLD_AT

    def __str__(self) -> str:
        return f"{self.venue}-{self.market.market_type}"

    @property
    def expected_ticker(self) -> Ticker:
        return replace(TICKER, **dict.fromkeys(self.ticker_lacks), **self.ticker_differs)

    @property
    def expected_book(self) -> OrderBook:
        return OrderBook(BIDS, ASKS, self.book_told_at)


def market(market_type: MarketType, market_id: str, *, contract_size: str = "1", quote: str = "USDT") -> Market:
    made = any_market(market_type, contract_size=contract_size)
    symbol = made.symbol.replace("USDT", quote)
    return replace(made, id=market_id, symbol=symbol, quote=quote, key=f"BTC{quote}")

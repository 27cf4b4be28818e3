"""How ccxt's classes tell market data, where they differ: lengths of a page, units, what they leave out. Pure.

A class that is not listed is as in `Facts()`: it works, but for markets counted in contracts, whose unit nobody has looked up.
Every line has its source beside it; "docs" is the exchange's own page of the call.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from exchanges.types import MarketType

FUTURES, SPOT = MarketType.FUTURES, MarketType.SPOT


@dataclass(frozen=True, slots=True)
class DayCall:
    """Another call than the ticker's that holds the last price and the 24 hours, and the names of its fields ("": not told)."""

    endpoint: str
    parameter: str  # of the symbol
    last: str
    base_volume: str
    quote_volume: str
    high: str = ""
    low: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """Of one class and kind of market.

    `page`: of weeks and months one more is asked for. `*_in_contracts` None: nobody has looked. `depths` are the only lengths of
    a book that may be asked for. `most_span` is the longest time one request may cover. `overlaps`: a request begins a candle
    earlier than asked. `end`: the parameter for its end, where it must be named too, and its unit in milliseconds. `without` are
    time frames that ccxt lists for other kinds of market. Weights are costs by `exchanges.limits`.
    """

    page: int = 200
    candles_in_contracts: bool | None = None
    book_in_contracts: bool | None = None
    ticker_in_contracts: bool | None = None
    ticker_base_field: str = ""  # of the raw ticker: where the volume in base units is told instead
    day: DayCall | None = None  # where the ticker leaves the 24 hours out
    depths: tuple[int, ...] = ()
    most_span: timedelta | None = None
    overlaps: bool = False
    end: tuple[str, int] | None = None
    without: frozenset[str] = frozenset()
    timeframes_option: tuple[str, ...] = ()  # where in ccxt's options the time frames of this kind of market are
    candles_weight: int = 1
    book_weight: int = 1
    ticker_weight: int = 1


_BINANCE: Mapping[MarketType, Facts] = {
    # docs "Kline/Candlestick Data": no 1s here; weight 5 for 500 to 1,000. "Order Book": limits 5, 10, 20, 50, 100; weight 5 for 100
    FUTURES: Facts(page=1000, depths=(5, 10, 20, 50, 100), without=frozenset({"1s"}), candles_weight=5, book_weight=5),
    # docs "Kline/Candlestick data": weight 2; "Order book": 5 up to 100; "24hr ticker price change statistics": 2 for one symbol
    SPOT: Facts(page=1000, candles_weight=2, book_weight=5, ticker_weight=2),
}
_OKX: Mapping[MarketType, Facts] = {
    # docs "Get candlesticks history": at most 300, once 100; vol is contracts, volCcy base currency (ccxt takes volCcy). "Get order
    # book": sizes are contracts. "Get ticker": vol24h contracts, volCcy24h base currency of a derivative (ccxt takes vol24h)
    FUTURES: Facts(
        page=99,
        candles_in_contracts=False,
        book_in_contracts=True,
        ticker_in_contracts=False,
        ticker_base_field="volCcy24h",
    ),
    SPOT: Facts(page=99),
}
_KUCOIN_DAY = DayCall(
    "futuresPublicGetContractsSymbol",
    "symbol",
    last="lastTradePrice",
    base_volume="volumeOf24h",
    quote_volume="turnoverOf24h",
    high="highPrice",
    low="lowPrice",
)
_KUCOIN: Mapping[MarketType, Facts] = {
    # docs "Get Klines" (futures): at most 500, volume in lots; "Get Part OrderBook": 20 or 100, sizes in lots; "Get Ticker" tells no
    # 24 hours, "Get Symbol" does: volumeOf24h in base currency, turnoverOf24h in quote. Spot's "Get Klines": at most 1,500, both ends
    # may be among them
    FUTURES: Facts(
        page=200,
        candles_in_contracts=True,
        book_in_contracts=True,
        ticker_in_contracts=False,
        depths=(20, 100),
        day=_KUCOIN_DAY,
        candles_weight=3,
        book_weight=10,
        timeframes_option=("timeframes", "swap"),
    ),
    SPOT: Facts(page=1400, depths=(20, 100), candles_weight=3, book_weight=4, ticker_weight=15),
}
_COINBASE_DAY = DayCall(
    "v3PublicGetBrokerageMarketProductsProductId",
    "product_id",
    last="price",
    base_volume="volume_24h",
    quote_volume="approximate_quote_24h_volume",
)
# docs "Get History Candlestick Data": at most 200, and on contracts 90 days; whether the one that begins at endTime is among them
# is not said, so that one more is asked for
_BITGET_PAGE = 199
_FACTS: Mapping[str, Mapping[MarketType, Facts]] = {
    "binance": _BINANCE,
    "binanceusdm": _BINANCE,
    # docs "Get Kline": at most 1,000; "Get Orderbook": sizes of linear contracts and spot are in the base coin
    "bybit": {FUTURES: Facts(page=999), SPOT: Facts(page=999)},
    "okx": _OKX,
    "myokx": _OKX,
    "okxus": _OKX,
    "bitget": {
        # docs "Get Merge Market Depth": 1, 5, 15, 50, max
        FUTURES: Facts(
            page=_BITGET_PAGE,
            overlaps=True,
            depths=(1, 5, 15, 50),
            most_span=timedelta(days=90),
            timeframes_option=("fetchOHLCV", "timeframes", "swap"),
        ),
        SPOT: Facts(page=_BITGET_PAGE, overlaps=True, timeframes_option=("fetchOHLCV", "timeframes", "spot")),
    },
    # docs "Kline/Candlestick Data": at most 1,440; nothing is said of a start without an end
    "bingx": {FUTURES: Facts(page=1000, end=("until", 1)), SPOT: Facts(page=1000, end=("until", 1))},
    "gate": {
        # docs "Get futures candlesticks": v is a size in contracts, at most 2,000; "order book": s contracts, at most 300;
        # "trading statistics": volume_24h_base (which ccxt takes) in base currency. 7d is 1w
        FUTURES: Facts(
            page=1999,
            candles_in_contracts=True,
            book_in_contracts=True,
            ticker_in_contracts=False,
            without=frozenset({"7d"}),
        ),
        SPOT: Facts(page=1000, without=frozenset({"7d"})),
    },
    "kucoin": _KUCOIN,
    "kucoinfutures": _KUCOIN,
    # docs "Get OHLC Data": the newest 720, whatever is asked for. (ccxt calls 15 days two weeks)
    "kraken": {SPOT: Facts(page=720, without=frozenset({"2w"}))},
    "krakenfutures": {FUTURES: Facts(page=2000)},
    # docs "Get Public Product Candles": at most 350; "Get Public Market Trades" tells no 24 hours, "Get Public Product" does
    "coinbase": {SPOT: Facts(page=300, day=_COINBASE_DAY)},
    # docs "Kline": at most 1,440, until now where no end is named; which of more are told is not said
    "whitebit": {SPOT: Facts(page=1400, end=("end", 1000), candles_weight=12, book_weight=20, ticker_weight=12)},
}
# The simulator in Binance's dialect plays these.
PLAYED = frozenset({"1m", "3m", "5m", "15m", "30m", "1h", "2h", "4h", "6h", "8h", "12h", "1d"})


def facts_of(ccxt_id: str, market_type: MarketType) -> Facts:
    """What is known of that class and kind of market."""
    return _FACTS.get(ccxt_id, {}).get(market_type) or Facts()

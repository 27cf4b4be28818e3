"""Market data as Binance documents it: developers.binance.com, "Kline/Candlestick Data", "Order Book", "24hr Ticker Price Change
Statistics", "Symbol Order Book Ticker" of USDⓈ-M futures and spot."""

from typing import Any

from exchanges.types import MarketType
from tests.exchanges.market_cases import FIRST, SECOND, TOLD_MS, Case, Question, market

KLINES = [
    [
        FIRST,
        "95000.1",
        "95500.2",
        "94800.3",
        "95234.5",
        "12.345",
        SECOND - 1,
        "1174000.00",
        308,
        "6.1",
        "580000.0",
        "0",
    ],
    [
        SECOND,
        "95234.5",
        "95300.0",
        "95100.7",
        "95111.1",
        "0.500",
        SECOND + 3_599_999,
        "47600.0",
        9,
        "0.1",
        "9500.0",
        "0",
    ],
]
SIDES = {
    "bids": [["95234.40", "1.500"], ["95234.30", "0.250"]],
    "asks": [["95234.60", "2.000"], ["95234.70", "0.001"]],
}
DAY: dict[str, Any] = {
    "symbol": "BTCUSDT", "priceChange": "-94.9", "priceChangePercent": "-0.1", "weightedAvgPrice": "95228.96", "lastPrice": "95234.50",
    "lastQty": "0.200", "openPrice": "95329.40", "highPrice": "95500.20", "lowPrice": "94800.30", "volume": "1234.567",
    "quoteVolume": "117566532.25", "openTime": 1767492000123, "closeTime": TOLD_MS, "firstId": 28385, "lastId": 28460, "count": 76,
}  # fmt: skip
BEST = {"symbol": "BTCUSDT", "bidPrice": "95234.40", "bidQty": "1.500", "askPrice": "95234.60", "askQty": "2.000"}
ASKED = {"symbol": "BTCUSDT", "interval": "1h", "limit": "2", "startTime": str(FIRST)}

CASES = [
    Case(
        "binance",
        market(MarketType.FUTURES, "BTCUSDT"),
        candles=Question("/fapi/v1/klines", ASKED, KLINES),
        order_book=Question(
            "/fapi/v1/depth",
            {"symbol": "BTCUSDT", "limit": "5"},
            {"lastUpdateId": 1027024, "E": TOLD_MS + 5, "T": TOLD_MS, **SIDES},
        ),
        # futures' ticker has neither bid nor ask
        ticker=Question("/fapi/v1/ticker/24hr", {"symbol": "BTCUSDT"}, DAY),
        best=Question("/fapi/v1/ticker/bookTicker", {"symbol": "BTCUSDT"}, BEST | {"time": TOLD_MS}),
    ),
    Case(
        "binance",
        market(MarketType.SPOT, "BTCUSDT"),
        candles=Question("/api/v3/klines", ASKED, KLINES),
        order_book=Question("/api/v3/depth", {"symbol": "BTCUSDT", "limit": "2"}, {"lastUpdateId": 1027024, **SIDES}),
        ticker=Question("/api/v3/ticker/24hr", {"symbol": "BTCUSDT"}, DAY | BEST | {"prevClosePrice": "95329.40"}),
        book_told_at=None,
    ),
]

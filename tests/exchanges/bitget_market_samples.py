"""Market data as Bitget documents it: bitget.com/api-doc, contract and spot: "Get Historical Candlestick", "Get Merge Market Depth",
"Get OrderBook Depth", "Get Ticker", "Get Ticker Information"."""

from typing import Any

from exchanges.types import MarketType
from tests.exchanges.market_cases import FIRST, SECOND, TOLD_MS, Case, Question, market


def told(data: Any) -> dict[str, Any]:
    return {"code": "00000", "msg": "success", "requestTime": TOLD_MS, "data": data}


ROWS = [
    [str(FIRST), "95000.1", "95500.2", "94800.3", "95234.5", "12.345", "1174000"],
    [str(SECOND), "95234.5", "95300", "95100.7", "95111.1", "0.5", "47600"],
]
TICKER = {
    "symbol": "BTCUSDT", "lastPr": "95234.5", "askPr": "95234.6", "bidPr": "95234.4", "bidSz": "1.5", "askSz": "2", "high24h": "95500.2",
    "low24h": "94800.3", "ts": str(TOLD_MS), "change24h": "-0.001", "baseVolume": "1234.567", "quoteVolume": "117566532.25",
    "usdtVolume": "117566532.25", "openUtc": "95000", "changeUtc24h": "0.002", "open24h": "95329.4",
}  # fmt: skip
CONTRACT = {"indexPrice": "95230", "markPrice": "95233", "fundingRate": "0.0001", "holdingAmount": "8746"}
FUTURES, SPOT = {"symbol": "BTCUSDT", "productType": "USDT-FUTURES"}, {"symbol": "BTCUSDT"}
# one more than asked for: nothing is said of the one that begins at endTime
ASKED = {"startTime": str(FIRST - 3_600_000), "endTime": str(SECOND + 3_600_000), "limit": "3"}

CASES = [
    Case(
        "bitget",
        market(MarketType.FUTURES, "BTCUSDT"),
        candles=Question("/api/v2/mix/market/history-candles", FUTURES | ASKED | {"granularity": "1H"}, told(ROWS)),
        # numbers, not texts; only 1, 5, 15 and 50 levels may be asked for
        order_book=Question(
            "/api/v2/mix/market/merge-depth",
            FUTURES | {"limit": "5"},
            told(
                {
                    "asks": [[95234.6, 2], [95234.7, 0.001], [95234.8, 1]],
                    "bids": [[95234.4, 1.5], [95234.3, 0.25], [95234.2, 1]],
                    "ts": str(TOLD_MS),
                    "scale": "0.1",
                    "precision": "scale0",
                    "isMaxPrecision": "NO",
                }
            ),
        ),
        ticker=Question("/api/v2/mix/market/ticker", FUTURES, told([TICKER | CONTRACT])),
    ),
    Case(
        "bitget",
        market(MarketType.SPOT, "BTCUSDT"),
        candles=Question("/api/v2/spot/market/history-candles", SPOT | ASKED | {"granularity": "1h"}, told(ROWS)),
        order_book=Question(
            "/api/v2/spot/market/orderbook",
            SPOT | {"limit": "2"},
            told(
                {
                    "asks": [["95234.6", "2"], ["95234.7", "0.001"]],
                    "bids": [["95234.4", "1.5"], ["95234.3", "0.25"]],
                    "ts": str(TOLD_MS),
                }
            ),
        ),
        ticker=Question("/api/v2/spot/market/tickers", SPOT, told([TICKER])),
    ),
]

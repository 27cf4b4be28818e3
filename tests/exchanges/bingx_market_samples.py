"""Market data as BingX documents it: bingx-api.github.io/docs-v3, Swap and Spot: "Kline/Candlestick Data", "Order Book", "24hr Ticker
Price Change Statistics". The book of a swap tells its sizes in coins; `bidsCoin` and `asksCoin` beside it are left alone."""

from typing import Any

from exchanges.types import MarketType
from tests.exchanges.market_cases import FIRST, SECOND, TOLD_MS, Case, Question, market


def told(data: Any) -> dict[str, Any]:
    return {"code": 0, "msg": "", "timestamp": TOLD_MS, "data": data}


def _row(opened_at: int, *prices: str) -> dict[str, Any]:
    names = ("open", "high", "low", "close", "volume")
    return {**dict(zip(names, prices, strict=True)), "time": opened_at}


# newest first
SWAP_ROWS = [
    _row(SECOND, "95234.5", "95300.0", "95100.7", "95111.1", "0.5"),
    _row(FIRST, "95000.1", "95500.2", "94800.3", "95234.5", "12.345"),
]
SPOT_ROWS = [
    [SECOND, 95234.5, 95300, 95100.7, 95111.1, 0.5, SECOND + 3_599_999, 47600],
    [FIRST, 95000.1, 95500.2, 94800.3, 95234.5, 12.345, SECOND - 1, 1174000],
]
SIDES = {
    "bids": [["95234.4", "1.5"], ["95234.3", "0.25"]],
    "asks": [["95234.7", "0.001"], ["95234.6", "2"]],  # the best one last
}
TICKER = {
    "symbol": "BTC-USDT", "priceChange": "-94.9", "priceChangePercent": "-0.10%", "lastPrice": "95234.5", "lastQty": "0.0001",
    "highPrice": "95500.2", "lowPrice": "94800.3", "volume": "1234.567", "quoteVolume": "117566532.25", "openPrice": "95329.4",
    "openTime": 1767492000123, "closeTime": TOLD_MS, "bidPrice": "95234.4", "bidQty": "1.5", "askPrice": "95234.6", "askQty": "2",
}  # fmt: skip
NUMBERS = {
    name: float(str(TICKER[name]))
    for name in ("lastPrice", "highPrice", "lowPrice", "volume", "quoteVolume", "openPrice", "bidPrice", "askPrice")
}
NAMED = {"symbol": "BTC-USDT"}
ASKED = NAMED | {
    "interval": "1h",
    "limit": "2",
    "startTime": str(FIRST - 1),
    "endTime": str(SECOND + 3_599_999),
}

CASES = [
    Case(
        "bingx",
        market(MarketType.FUTURES, "BTC-USDT"),
        candles=Question("/openApi/swap/v3/quote/klines", ASKED, told(SWAP_ROWS)),
        order_book=Question(
            "/openApi/swap/v2/quote/depth",
            NAMED | {"limit": "5"},
            told({"T": TOLD_MS, **SIDES, "bidsCoin": [["95234.4", "0.0001"]], "asksCoin": [["95234.6", "0.0002"]]}),
        ),
        ticker=Question("/openApi/swap/v2/quote/ticker", NAMED, told(TICKER)),
    ),
    Case(
        "bingx",
        market(MarketType.SPOT, "BTC-USDT"),
        candles=Question("/openApi/spot/v1/market/kline", ASKED | {"timeZone": "0"}, told(SPOT_ROWS)),
        order_book=Question(
            "/openApi/spot/v1/market/depth", NAMED | {"limit": "2"}, told({**SIDES, "ts": TOLD_MS, "lastUpdateId": 1})
        ),
        ticker=Question("/openApi/spot/v1/ticker/24hr", NAMED, told([TICKER | NUMBERS])),
    ),
]

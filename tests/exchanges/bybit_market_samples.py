"""Market data as Bybit documents it: bybit-exchange.github.io/docs/v5, "Get Kline", "Get Orderbook", "Get Tickers"."""

from typing import Any

from exchanges.types import MarketType
from tests.exchanges.market_cases import FIRST, SECOND, TOLD_MS, Case, Question, market


def told(result: Any) -> dict[str, Any]:
    return {"retCode": 0, "retMsg": "OK", "result": result, "retExtInfo": {}, "time": TOLD_MS}


# newest first
ROWS = [
    [str(SECOND), "95234.5", "95300.0", "95100.7", "95111.1", "0.5", "47600"],
    [str(FIRST), "95000.1", "95500.2", "94800.3", "95234.5", "12.345", "1174000"],
]
BOOK = {
    "s": "BTCUSDT",
    "b": [["95234.40", "1.5"], ["95234.30", "0.25"]],
    "a": [["95234.60", "2"], ["95234.70", "0.001"]],
    "ts": TOLD_MS,
    "u": 18521288,
    "seq": 7961638724,
    "cts": TOLD_MS - 1,
}
TICKER = {
    "symbol": "BTCUSDT", "lastPrice": "95234.50", "prevPrice24h": "95329.40", "price24hPcnt": "-0.001", "highPrice24h": "95500.20",
    "lowPrice24h": "94800.30", "turnover24h": "117566532.25", "volume24h": "1234.567", "bid1Price": "95234.40", "bid1Size": "1.5",
    "ask1Price": "95234.60", "ask1Size": "2",
}  # fmt: skip
LINEAR = {
    "openInterest": "373504.12",
    "openInterestValue": "35571000000.00",
    "fundingRate": "0.0001",
    "markPrice": "95233",
}


def _case(market_type: MarketType, category: str, more: dict[str, str]) -> Case:
    named = {"category": category, "symbol": "BTCUSDT"}
    return Case(
        "bybit",
        market(market_type, "BTCUSDT"),
        candles=Question(
            "/v5/market/kline",
            {**named, "interval": "60", "limit": "2", "start": str(FIRST)},
            told({**named, "list": ROWS}),
        ),
        order_book=Question("/v5/market/orderbook", {**named, "limit": "2"}, told(BOOK)),
        ticker=Question("/v5/market/tickers", named, told({"category": category, "list": [TICKER | more]})),
    )


CASES = [_case(MarketType.FUTURES, "linear", LINEAR), _case(MarketType.SPOT, "spot", {"usdIndexPrice": "95230.1"})]

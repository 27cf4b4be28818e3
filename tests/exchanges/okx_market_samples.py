"""Market data as OKX documents it: okx.com/docs-v5, "Get candlesticks history", "Get order book", "Get ticker".

A swap's sizes are contracts (0.01 BTC): of candles `vol`, of the ticker `vol24h`, of the book all. `volCcy` and `volCcy24h` are base
currency there; on spot `vol` is base currency and `volCcy` quote currency.
"""

from typing import Any

from exchanges.types import MarketType
from tests.exchanges.market_cases import FIRST, SECOND, TOLD_MS, Case, Question, market


def told(*rows: Any) -> dict[str, Any]:
    return {"code": "0", "msg": "", "data": list(rows)}


def _candles(first: tuple[str, str], second: tuple[str, str]) -> dict[str, Any]:
    return told(
        [str(SECOND), "95234.5", "95300", "95100.7", "95111.1", *second, "47600", "1"],
        [str(FIRST), "95000.1", "95500.2", "94800.3", "95234.5", *first, "1174000", "1"],
    )


def _ticker(name: str, kind: str, volume: str, currency_volume: str) -> dict[str, Any]:
    row = {
        "instType": kind, "instId": name, "last": "95234.5", "lastSz": "0.1", "askPx": "95234.6", "askSz": "11", "bidPx": "95234.4",
        "bidSz": "5", "open24h": "95329.4", "high24h": "95500.2", "low24h": "94800.3", "volCcy24h": currency_volume,
        "vol24h": volume, "sodUtc0": "95000", "sodUtc8": "95000", "ts": str(TOLD_MS),
    }  # fmt: skip
    return told(row)


def _book(*sizes: str) -> dict[str, Any]:
    prices = ("95234.4", "95234.3", "95234.6", "95234.7")
    levels = [[price, size, "0", "4"] for price, size in zip(prices, sizes, strict=True)]
    return told({"asks": levels[2:], "bids": levels[:2], "ts": str(TOLD_MS), "seqId": 3235851742})


def _asked(name: str) -> dict[str, str]:
    return {"instId": name, "bar": "1H", "limit": "2", "before": str(FIRST - 1), "after": str(SECOND + 3_600_000)}


SWAP, PAIR = "BTC-USDT-SWAP", "BTC-USDT"
CASES = [
    Case(
        "okx",
        market(MarketType.FUTURES, SWAP, contract_size="0.01"),
        candles=Question("/api/v5/market/history-candles", _asked(SWAP), _candles(("1234.5", "12.345"), ("50", "0.5"))),
        order_book=Question("/api/v5/market/books", {"instId": SWAP, "sz": "2"}, _book("150", "25", "200", "0.1")),
        ticker=Question("/api/v5/market/ticker", {"instId": SWAP}, _ticker(SWAP, "SWAP", "123456.7", "1234.567")),
        ticker_lacks=("quote_volume",),
    ),
    Case(
        "okx",
        market(MarketType.SPOT, PAIR),
        candles=Question(
            "/api/v5/market/history-candles", _asked(PAIR), _candles(("12.345", "1174000"), ("0.5", "47600"))
        ),
        order_book=Question("/api/v5/market/books", {"instId": PAIR, "sz": "2"}, _book("1.5", "0.25", "2", "0.001")),
        ticker=Question("/api/v5/market/ticker", {"instId": PAIR}, _ticker(PAIR, "SPOT", "1234.567", "117566532.25")),
    ),
]

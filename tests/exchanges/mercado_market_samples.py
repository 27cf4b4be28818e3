"""Market data as Mercado Bitcoin documents it: api.mercadobitcoin.net/api/v4/docs, "List Candles", "List Orderbook", "List Tickers"."""

from exchanges.types import MarketType
from tests.exchanges.market_cases import FIRST, SECOND, TOLD_MS, Case, Question, market

COLUMNS = {
    "t": [FIRST // 1000, SECOND // 1000],
    "o": ["95000.10000000", "95234.50000000"],
    "h": ["95500.20000000", "95300.00000000"],
    "l": ["94800.30000000", "95100.70000000"],
    "c": ["95234.50000000", "95111.10000000"],
    "v": ["12.34500000", "0.50000000"],
}
BOOK = {
    "asks": [["95234.60000000", "2.00000000"], ["95234.70000000", "0.00100000"]],
    "bids": [["95234.40000000", "1.50000000"], ["95234.30000000", "0.25000000"]],
    "timestamp": TOLD_MS * 1_000_000,
}
TICKER = {
    "pair": "BTC-BRL", "last": "95234.50000000", "buy": "95234.40000000", "sell": "95234.60000000", "open": "95329.40000000",
    "high": "95500.20000000", "low": "94800.30000000", "vol": "1234.56700000", "date": TOLD_MS * 1_000_000,
}  # fmt: skip

CASES = [
    Case(
        "mercado",
        market(MarketType.SPOT, "BTC-BRL", quote="BRL"),
        candles=Question(
            "/api/v4/candles",
            {"symbol": "BTC-BRL", "resolution": "1h", "from": str(FIRST // 1000), "to": str(SECOND // 1000 + 3600)},
            COLUMNS,
        ),
        order_book=Question("/api/v4/BTC-BRL/orderbook", {"limit": "2"}, BOOK),
        ticker=Question("/api/v4/tickers", {"symbols": "BTC-BRL"}, [TICKER]),
        ticker_lacks=("quote_volume",),
    ),
]

"""Market data as Gate, KuCoin, Kraken, Coinbase and WhiteBIT document it. Futures of the first two are counted in contracts of
0.001 BTC; KuCoin's futures and Coinbase tell the day in another answer than the ticker.

gate.com/docs/developers/apiv4 ("Get futures candlesticks", "Futures order book", "List futures tickers"); kucoin.com/docs-new ("Get
Klines", "Get Part OrderBook", "Get Symbol" of futures); docs.kraken.com ("Get OHLC Data", "Get Order Book", "Get Ticker Information");
docs.cdp.coinbase.com ("Get Public Product Candles", "Get Public Product Book", "Get Public Product");
docs.whitebit.com ("Kline", "Orderbook", "Single market activity").
"""

from decimal import Decimal
from typing import Any

from exchanges.types import MarketType
from tests.exchanges.market_cases import FIRST, SECOND, TOLD_AT, TOLD_MS, Case, Question, market

START, END = FIRST // 1000, SECOND // 1000


def kucoin(data: Any) -> dict[str, Any]:
    return {"code": "200000", "data": data}


GATE = Case(
    "gate",
    market(MarketType.FUTURES, "BTC_USDT", contract_size="0.001"),
    candles=Question(
        "/api/v4/futures/usdt/candlesticks",
        {"contract": "BTC_USDT", "interval": "1h", "from": str(START), "to": str(END)},
        [
            {"t": START, "v": 12345, "c": "95234.5", "h": "95500.2", "l": "94800.3", "o": "95000.1", "sum": "1174000"},
            {"t": END, "v": 500, "c": "95111.1", "h": "95300", "l": "95100.7", "o": "95234.5", "sum": "47600"},
        ],
    ),
    order_book=Question(
        "/api/v4/futures/usdt/order_book",
        {"contract": "BTC_USDT", "limit": "2", "with_id": "true"},
        {
            "id": 123456,
            "current": TOLD_MS / 1000,
            "update": TOLD_MS / 1000,
            "asks": [{"p": "95234.6", "s": 2000}, {"p": "95234.7", "s": 1}],
            "bids": [{"p": "95234.4", "s": 1500}, {"p": "95234.3", "s": 250}],
        },
    ),
    ticker=Question(
        "/api/v4/futures/usdt/tickers",
        {"contract": "BTC_USDT"},
        [
            {
                "contract": "BTC_USDT", "last": "95234.5", "low_24h": "94800.3", "high_24h": "95500.2", "change_percentage": "-0.1",
                "total_size": "323239", "volume_24h": "1234567", "volume_24h_base": "1234.567", "volume_24h_quote": "117566532.25",
                "volume_24h_settle": "117566532.25", "mark_price": "95233", "funding_rate": "0.0001", "index_price": "95230",
                "highest_bid": "95234.4", "lowest_ask": "95234.6",
            }
        ],
    ),
    book_told_at=TOLD_AT.replace(microsecond=0),  # ccxt reads whole seconds
)  # fmt: skip
KUCOIN = Case(
    "kucoin",
    market(MarketType.FUTURES, "XBTUSDTM", contract_size="0.001"),
    candles=Question(
        "/api/v1/kline/query",
        {"symbol": "XBTUSDTM", "granularity": "60", "from": str(FIRST), "to": str(SECOND + 3_600_000)},
        kucoin(
            [
                [FIRST, 95000.1, 95500.2, 94800.3, 95234.5, 12345, 1174000],
                [SECOND, 95234.5, 95300, 95100.7, 95111.1, 500, 47600],
            ]
        ),
    ),
    order_book=Question(
        "/api/v1/level2/depth20",
        {"symbol": "XBTUSDTM"},
        kucoin(
            {
                "sequence": 1697895963339,
                "symbol": "XBTUSDTM",
                "bids": [[95234.4, 1500], [95234.3, 250], [95234.2, 9]],
                "asks": [[95234.6, 2000], [95234.7, 1], [95234.8, 9]],
                "ts": TOLD_MS * 1_000_000,
            }
        ),
    ),
    ticker=Question(
        "/api/v1/contracts/XBTUSDTM",
        {},
        kucoin(
            {
                "symbol": "XBTUSDTM", "multiplier": 0.001, "turnoverOf24h": 117566532.25, "volumeOf24h": 1234.567, "markPrice": 95233,
                "indexPrice": 95230, "lastTradePrice": 95234.5, "lowPrice": 94800.3, "highPrice": 95500.2, "priceChgPct": -0.001,
                "priceChg": -94.9,
            }
        ),
    ),
    best=Question(
        "/api/v1/ticker",
        {"symbol": "XBTUSDTM"},
        kucoin({"symbol": "XBTUSDTM", "price": "95234.5", "bestBidPrice": "95234.4", "bestAskPrice": "95234.6", "ts": TOLD_MS * 1_000_000}),
    ),
)  # fmt: skip
KRAKEN = Case(
    "kraken",
    market(MarketType.SPOT, "XBTUSDT"),
    candles=Question(
        "/0/public/OHLC",
        {"pair": "XBTUSDT", "interval": "60", "since": str(START - 3600)},
        {
            "error": [],
            "result": {
                "XBTUSDT": [
                    [START - 3600, "1", "1", "1", "1", "1", "1", 1],
                    [START, "95000.1", "95500.2", "94800.3", "95234.5", "95100.0", "12.345", 308],
                    [END, "95234.5", "95300.0", "95100.7", "95111.1", "95200.0", "0.5", 9],
                ],
                "last": START,
            },
        },
    ),
    order_book=Question(
        "/0/public/Depth",
        {"pair": "XBTUSDT", "count": "2"},
        {
            "error": [],
            "result": {
                "XBTUSDT": {
                    "asks": [["95234.6", "2.000", START], ["95234.7", "0.001", START]],
                    "bids": [["95234.4", "1.500", START], ["95234.3", "0.250", START]],
                }
            },
        },
    ),
    ticker=Question(
        "/0/public/Ticker",
        {"pair": "XBTUSDT"},
        {
            "error": [],
            "result": {
                "XBTUSDT": {
                    "a": ["95234.6", "2", "2.000"], "b": ["95234.4", "1", "1.500"], "c": ["95234.5", "0.002"],
                    "v": ["12.3", "1234.567"], "p": ["95000", "95229.0"], "t": [10, 400], "l": ["95000.0", "94800.3"],
                    "h": ["95300.0", "95500.2"], "o": "95329.4",
                }
            },
        },
    ),
    ticker_differs={"quote_volume": Decimal("1234.567") * Decimal("95229.0")},  # at the day's average price
    book_told_at=None,
)  # fmt: skip
COINBASE = Case(
    "coinbase",
    market(MarketType.SPOT, "BTC-USDT"),
    candles=Question(
        "/api/v3/brokerage/market/products/BTC-USDT/candles",
        {"granularity": "ONE_HOUR", "start": str(START), "end": str(END + 3600)},
        {
            "candles": [
                {"start": str(END), "low": "95100.7", "high": "95300", "open": "95234.5", "close": "95111.1", "volume": "0.5"},
                {"start": str(START), "low": "94800.3", "high": "95500.2", "open": "95000.1", "close": "95234.5", "volume": "12.345"},
            ]
        },
    ),
    order_book=Question(
        "/api/v3/brokerage/market/product_book",
        {"product_id": "BTC-USDT", "limit": "2"},
        {
            "pricebook": {
                "product_id": "BTC-USDT",
                "bids": [{"price": "95234.4", "size": "1.5"}, {"price": "95234.3", "size": "0.25"}],
                "asks": [{"price": "95234.6", "size": "2"}, {"price": "95234.7", "size": "0.001"}],
                "time": "2026-01-05T02:00:00.123Z",
            }
        },
    ),
    ticker=Question(
        "/api/v3/brokerage/market/products/BTC-USDT",
        {},
        {
            "product_id": "BTC-USDT", "price": "95234.5", "price_percentage_change_24h": "-0.1", "volume_24h": "1234.567",
            "approximate_quote_24h_volume": "117566532.25", "base_increment": "0.00000001", "quote_increment": "0.01",
        },
    ),
    best=Question(
        "/api/v3/brokerage/market/product_book",
        {"product_id": "BTC-USDT", "limit": "1"},
        {
            "pricebook": {
                "product_id": "BTC-USDT",
                "bids": [{"price": "95234.4", "size": "1.5"}],
                "asks": [{"price": "95234.6", "size": "2"}],
                "time": "2026-01-05T02:00:00.123Z",
            }
        },
    ),
    ticker_lacks=("high", "low"),
)  # fmt: skip
KUCOIN_SPOT = Case(
    "kucoin",
    market(MarketType.SPOT, "BTC-USDT"),
    candles=Question(
        "/api/v1/market/candles",
        {"symbol": "BTC-USDT", "type": "1hour", "startAt": str(START), "endAt": str(END + 3600)},
        kucoin(
            [
                [str(END), "95234.5", "95111.1", "95300", "95100.7", "0.5", "47600"],
                [str(START), "95000.1", "95234.5", "95500.2", "94800.3", "12.345", "1174000"],
            ]
        ),
    ),
    order_book=Question(
        "/api/v1/market/orderbook/level2_20",
        {"symbol": "BTC-USDT"},
        kucoin(
            {
                "time": TOLD_MS,
                "sequence": "14610502970",
                "bids": [["95234.4", "1.5"], ["95234.3", "0.25"], ["95234.2", "9"]],
                "asks": [["95234.6", "2"], ["95234.7", "0.001"], ["95234.8", "9"]],
            }
        ),
    ),
    ticker=Question(
        "/api/v1/market/stats",
        {"symbol": "BTC-USDT"},
        kucoin(
            {
                "time": TOLD_MS, "symbol": "BTC-USDT", "buy": "95234.4", "sell": "95234.6", "changeRate": "-0.001", "changePrice": "-94.9",
                "high": "95500.2", "low": "94800.3", "vol": "1234.567", "volValue": "117566532.25", "last": "95234.5",
                "averagePrice": "95229.1", "takerFeeRate": "0.001", "makerFeeRate": "0.001",
            }
        ),
    ),
)  # fmt: skip
WHITEBIT = Case(
    "whitebit",
    market(MarketType.SPOT, "BTC_USDT"),
    candles=Question(
        "/api/v1/public/kline",
        {"market": "BTC_USDT", "interval": "1h", "start": str(START), "end": str(END + 3599), "limit": "2"},
        {
            "success": True,
            "message": None,
            "result": [
                [START, "95000.1", "95234.5", "95500.2", "94800.3", "12.345", "1174000"],
                [END, "95234.5", "95111.1", "95300", "95100.7", "0.5", "47600"],
            ],
        },
    ),
    order_book=Question(
        "/api/v4/public/orderbook/BTC_USDT",
        {"limit": "2"},
        {
            "ticker_id": "BTC_USDT",
            "timestamp": TOLD_MS // 1000,
            "asks": [["95234.6", "2"], ["95234.7", "0.001"]],
            "bids": [["95234.4", "1.5"], ["95234.3", "0.25"]],
        },
    ),
    ticker=Question(
        "/api/v1/public/ticker",
        {"market": "BTC_USDT"},
        {
            "success": True,
            "message": None,
            "result": {
                "open": "95329.4", "bid": "95234.4", "ask": "95234.6", "low": "94800.3", "high": "95500.2", "last": "95234.5",
                "volume": "1234.567", "deal": "117566532.25", "change": "-0.1",
            },
        },
    ),
    book_told_at=TOLD_AT.replace(microsecond=0),
)  # fmt: skip
CASES = [GATE, KUCOIN, KUCOIN_SPOT, KRAKEN, COINBASE, WHITEBIT]

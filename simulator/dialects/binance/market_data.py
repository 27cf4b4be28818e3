"""Public paths that futures and spot share: time, prices, books, candles."""

from typing import Any

from simulator.core.markets import Kind, Market
from simulator.dialects.binance.call import Call, Handler, fixed, plain
from simulator.dialects.binance.errors import BinanceError
from simulator.tape import Candle

MINUTE_MS = 60_000
INTERVALS = {
    "1m": MINUTE_MS,
    "3m": 3 * MINUTE_MS,
    "5m": 5 * MINUTE_MS,
    "15m": 15 * MINUTE_MS,
    "30m": 30 * MINUTE_MS,
    "1h": 60 * MINUTE_MS,
    "2h": 120 * MINUTE_MS,
    "4h": 240 * MINUTE_MS,
    "6h": 360 * MINUTE_MS,
    "8h": 480 * MINUTE_MS,
    "12h": 720 * MINUTE_MS,
    "1d": 1440 * MINUTE_MS,
}


def ping(_call: Call) -> Any:
    return {}


def server_time(call: Call) -> Any:
    return {"serverTime": call.exchange.clock()}


def _one_or_all(call: Call, describe: Any) -> Any:
    """Binance answers an object for one symbol and a list for all."""
    described = [describe(call, market) for market in call.markets()]
    return described[0] if call.optional("symbol") else described


def ticker_price(call: Call) -> Any:
    return _one_or_all(call, _ticker_price)


def _ticker_price(call: Call, market: Market) -> dict[str, Any]:
    answer: dict[str, Any] = {"symbol": market.symbol, "price": plain(call.exchange.price(market.symbol))}
    if call.kind is Kind.FUTURES:
        answer["time"] = call.exchange.clock()
    return answer


def book_ticker(call: Call) -> Any:
    return _one_or_all(call, _book_ticker)


def _book_ticker(call: Call, market: Market) -> dict[str, Any]:
    bid, ask = call.exchange.bid_and_ask(market)
    size = plain(market.max_market_quantity)
    answer: dict[str, Any] = {
        "symbol": market.symbol,
        "bidPrice": plain(bid),
        "bidQty": size,
        "askPrice": plain(ask),
        "askQty": size,
    }
    if call.kind is Kind.FUTURES:
        answer["time"] = call.exchange.clock()
    return answer


def depth(call: Call) -> Any:
    market = call.market()
    bid, ask = call.exchange.bid_and_ask(market)
    size, now = plain(market.max_market_quantity), call.exchange.clock()
    answer: dict[str, Any] = {"lastUpdateId": call.exchange.state.sequence + 1}
    if call.kind is Kind.FUTURES:
        answer |= {"E": now, "T": now}
    return answer | {"bids": [[plain(bid), size]], "asks": [[plain(ask), size]]}


def ticker_day(call: Call) -> Any:
    return _one_or_all(call, _ticker_day)


def _ticker_day(call: Call, market: Market) -> dict[str, Any]:
    now, price = call.exchange.clock(), call.exchange.price(market.symbol)
    day = [c for c in call.tape.candles(market.symbol, MINUTE_MS) if c.time > now - 1440 * MINUTE_MS]
    first = day[0].open if day else price
    change = price - first
    bid, ask = call.exchange.bid_and_ask(market)
    return {
        "symbol": market.symbol,
        "priceChange": plain(change),
        "priceChangePercent": fixed(change / first * 100, 3),
        "weightedAvgPrice": plain(price),
        "prevClosePrice": plain(first),
        "lastPrice": plain(price),
        "lastQty": "0",
        "bidPrice": plain(bid),
        "askPrice": plain(ask),
        "openPrice": plain(first),
        "highPrice": plain(max([c.high for c in day] + [price])),
        "lowPrice": plain(min([c.low for c in day] + [price])),
        "volume": "0",
        "quoteVolume": "0",
        "openTime": now - 1440 * MINUTE_MS,
        "closeTime": now,
        "firstId": -1,
        "lastId": -1,
        "count": 0,
    }


def klines(call: Call) -> Any:
    market = call.market()
    interval = INTERVALS.get(call.text("interval"))
    if interval is None:
        raise BinanceError(-1120, "Invalid interval.")
    start, end = call.integer("startTime", 0), call.integer("endTime", 2**62)
    limit = min(call.integer("limit", 500), 1500)
    candles = [c for c in call.tape.candles(market.symbol, interval) if start <= c.time <= end]
    chosen = candles[:limit] if start else candles[-limit:]
    return [_kline(candle, interval) for candle in chosen]


def _kline(candle: Candle, interval_ms: int) -> list[Any]:
    prices = [plain(price) for price in (candle.open, candle.high, candle.low, candle.close)]
    return [candle.time, *prices, "0", candle.time + interval_ms - 1, "0", 0, "0", "0", "0"]


def premium_index(call: Call) -> Any:
    return _one_or_all(call, _premium_index)


def _premium_index(call: Call, market: Market) -> dict[str, Any]:
    now, price = call.exchange.clock(), plain(call.exchange.price(market.symbol))
    return {
        "symbol": market.symbol,
        "markPrice": plain(call.exchange.mark(market.symbol)),
        "indexPrice": price,
        "estimatedSettlePrice": price,
        "lastFundingRate": fixed(call.exchange.funding_rate(market.symbol)),
        "interestRate": "0.00000000",
        "nextFundingTime": call.exchange.next_funding,
        "time": now,
    }


def funding_rates(call: Call) -> Any:
    """What was settled, oldest first."""
    symbol = call.market().symbol if call.optional("symbol") else ""
    start, end = call.integer("startTime", 0), call.integer("endTime", 2**62)
    limit = min(call.integer("limit", 100), 1000)
    points = [p for p in call.exchange.state.settled if symbol in ("", p.symbol) and start <= p.time <= end]
    return [
        {
            "symbol": point.symbol,
            "fundingTime": point.time,
            "fundingRate": fixed(point.rate),
            "markPrice": fixed(point.mark_price),
        }
        for point in (points[:limit] if start else points[-limit:])
    ]


def rate_limits(weight: int, *orders: tuple[str, int, int]) -> list[dict[str, Any]]:
    """`rateLimits` of exchangeInfo: request weight a minute, and (interval, number, limit) for orders."""
    rows = [("REQUEST_WEIGHT", "MINUTE", 1, weight)] + [("ORDERS", *order) for order in orders]
    return [
        {"rateLimitType": kind, "interval": interval, "intervalNum": number, "limit": limit}
        for kind, interval, number, limit in rows
    ]


SHARED: dict[str, Handler] = {
    "ping": ping,
    "time": server_time,
    "ticker/price": ticker_price,
    "ticker/bookTicker": book_ticker,
    "ticker/24hr": ticker_day,
    "depth": depth,
    "klines": klines,
}

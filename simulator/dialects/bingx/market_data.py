"""Public paths: time, lists of markets, prices, books, candles. Spot's figures are JSON numbers, most of futures' are text."""

from decimal import Decimal
from typing import Any

from simulator.core.amounts import decimals
from simulator.core.markets import Kind, Market, MarketStatus
from simulator.dialects.bingx.errors import malformed
from simulator.dialects.bingx.swap_views import number
from simulator.dialects.call import Call
from simulator.dialects.encoding import fixed, plain
from simulator.tape import Candle

MINUTE_MS = 60_000
DAY_MS = 1440 * MINUTE_MS
INTERVALS = {
    "1m": 1,
    "3m": 3,
    "5m": 5,
    "15m": 15,
    "30m": 30,
    "1h": 60,
    "2h": 120,
    "4h": 240,
    "6h": 360,
    "12h": 720,
    "1d": 1440,
}


def server_time(call: Call) -> Any:
    return {"serverTime": call.exchange.clock()}


def contracts(call: Call) -> Any:
    return [_contract(market) for market in call.markets()]


def _contract(market: Market) -> dict[str, Any]:
    opens, closes = market.status is MarketStatus.TRADING, market.status is not MarketStatus.BREAK
    return {
        "contractId": str(100 + sum(map(ord, market.symbol))),
        "symbol": market.name,
        "size": plain(market.step),
        "quantityPrecision": decimals(market.step),
        "pricePrecision": decimals(market.tick),
        "feeRate": number(market.taker_fraction),
        "makerFeeRate": number(market.maker_fraction),
        "takerFeeRate": number(market.taker_fraction),
        "tradeMinLimit": 0,
        "tradeMinQuantity": number(market.min_quantity),
        "tradeMinUSDT": number(market.min_notional),
        "maxLongLeverage": market.max_leverage,
        "maxShortLeverage": market.max_leverage,
        "currency": market.quote,
        "asset": market.base,
        "status": 1 if opens else 25,
        "apiStateOpen": "true" if opens else "false",
        "apiStateClose": "true" if closes else "false",
        "brokerState": "true",
        "launchTime": 1_586_275_200_000,
        "maintainTime": 0,
        "offTime": 0,
    }


def nothing(_call: Call) -> Any:
    """There are no coin-margined contracts here."""
    return []


def symbols(call: Call) -> Any:
    return {
        "symbols": [
            {
                "symbol": market.name,
                "minQty": number(market.min_quantity),
                "maxQty": number(market.max_market_quantity),
                "minNotional": number(market.min_notional),
                "maxNotional": 500_000,
                "status": 1 if market.status is MarketStatus.TRADING else 0,
                "tickSize": number(market.tick),
                "stepSize": number(market.step),
                "apiStateSell": market.status is MarketStatus.TRADING,
                "apiStateBuy": market.status is MarketStatus.TRADING,
                "timeOnline": 0,
                "offTime": 0,
                "maintainTime": 0,
            }
            for market in call.markets()
        ]
    }


def ticker(call: Call) -> Any:
    """24 hours: futures one object for one symbol and a list for all, spot always a list."""
    rows = [_ticker(call, market) for market in call.markets()]
    return rows[0] if call.optional("symbol") and call.kind is Kind.FUTURES else rows


def _ticker(call: Call, market: Market) -> dict[str, Any]:
    now, price = call.exchange.clock(), call.exchange.price(market.symbol)
    day = [c for c in call.tape.candles(market.symbol, MINUTE_MS) if c.time > now - DAY_MS]
    first = day[0].open if day else price
    bid, ask = call.exchange.bid_and_ask(market)
    say = number if call.kind is Kind.SPOT else plain
    return {
        "symbol": market.name,
        "priceChange": say(price - first),
        "priceChangePercent": fixed((price - first) / first * 100, 2) + ("%" if call.kind is Kind.SPOT else ""),
        "lastPrice": say(price),
        "lastQty": say(market.step),
        "openPrice": say(first),
        "highPrice": say(max([c.high for c in day] + [price])),
        "lowPrice": say(min([c.low for c in day] + [price])),
        "volume": say(Decimal(0)),
        "quoteVolume": say(Decimal(0)),
        "openTime": now - DAY_MS,
        "closeTime": now,
        "bidPrice": say(bid),
        "bidQty": say(market.max_market_quantity),
        "askPrice": say(ask),
        "askQty": say(market.max_market_quantity),
    }


def price(call: Call) -> Any:
    """GET swap v1 ticker/price."""
    now = call.exchange.clock()
    rows = [{"symbol": m.name, "price": plain(call.exchange.price(m.symbol)), "time": now} for m in call.markets()]
    return rows[0] if call.optional("symbol") else rows


def book_ticker(call: Call) -> Any:
    market = call.market()
    bid, ask = call.exchange.bid_and_ask(market)
    size = number(market.max_market_quantity)
    told = {
        "symbol": market.name,
        "bid_price": number(bid),
        "bid_qty": size,
        "ask_price": number(ask),
        "ask_qty": size,
    }
    return {"book_ticker": told}


def depth(call: Call) -> Any:
    market = call.market()
    bid, ask = call.exchange.bid_and_ask(market)
    size = plain(market.max_market_quantity)
    return {"T": call.exchange.clock(), "bids": [[plain(bid), size]], "asks": [[plain(ask), size]]}


def premium_index(call: Call) -> Any:
    now = call.exchange.clock()
    rows = [
        {
            "symbol": market.name,
            "markPrice": plain(call.exchange.mark(market.symbol)),
            "indexPrice": plain(call.exchange.price(market.symbol)),
            "lastFundingRate": fixed(call.exchange.funding_rate(market.symbol)),
            "nextFundingTime": call.exchange.next_funding,
            "time": now,
        }
        for market in call.markets()
    ]
    return rows[0] if call.optional("symbol") else rows


def klines(call: Call) -> Any:
    """GET swap v3 quote/klines, newest first."""
    market, minutes = call.market(), INTERVALS.get(call.text("interval"))
    if minutes is None:
        raise malformed("interval")
    start, end = call.integer("startTime", 0), call.integer("endTime", 2**62)
    candles = [c for c in call.tape.candles(market.symbol, minutes * MINUTE_MS) if start <= c.time <= end]
    limit = min(call.integer("limit", 500), 1440)
    return [_kline(candle) for candle in reversed(candles[:limit] if start else candles[-limit:])]


def _kline(candle: Candle) -> dict[str, Any]:
    names = {"open": candle.open, "close": candle.close, "high": candle.high, "low": candle.low}
    return {name: plain(value) for name, value in names.items()} | {"volume": "0", "time": candle.time}

"""Public paths: clock, instruments, tickers."""

from typing import Any

from simulator.core.markets import Kind, Market, MarketStatus
from simulator.dialects.bybit.lookup import page
from simulator.dialects.bybit.orders import quote_step
from simulator.dialects.call import Call
from simulator.dialects.encoding import fixed, plain

LAUNCH = "1585526400000"


def server_time(call: Call) -> Any:
    now = call.exchange.clock()
    return {"timeSecond": str(now // 1000), "timeNano": str(now * 1_000_000)}


def instruments(call: Call) -> Any:
    """Nothing is waiting for its launch."""
    wanted = call.optional("status")
    rows = [_linear(market) if call.kind is Kind.FUTURES else _spot(market) for market in call.markets()]
    return page(call, [row for row in rows if wanted in ("", row["status"])], default=500, most=1000)


def _status(market: Market) -> str:
    return "Trading" if market.status is MarketStatus.TRADING else "Closed"


def _linear(market: Market) -> dict[str, Any]:
    return {
        "symbol": market.name,
        "contractType": "LinearPerpetual",
        "status": _status(market),
        "baseCoin": market.base,
        "quoteCoin": market.quote,
        "settleCoin": market.quote,
        "launchTime": LAUNCH,
        "deliveryTime": "0",
        "priceScale": str(market.price_decimals),
        "leverageFilter": {"minLeverage": "1", "maxLeverage": f"{market.max_leverage}.00", "leverageStep": "0.01"},
        "priceFilter": {"minPrice": plain(market.tick), "maxPrice": "1999999.80", "tickSize": plain(market.tick)},
        "lotSizeFilter": {
            "minNotionalValue": plain(market.min_notional),
            "maxOrderQty": plain(market.max_quantity),
            "maxMktOrderQty": plain(market.max_market_quantity),
            "minOrderQty": plain(market.min_quantity),
            "qtyStep": plain(market.step),
            "postOnlyMaxOrderQty": plain(market.max_quantity),
        },
        "unifiedMarginTrade": True,
        "fundingInterval": 480,
        "copyTrading": "both",
    }


def _spot(market: Market) -> dict[str, Any]:
    return {
        "symbol": market.name,
        "baseCoin": market.base,
        "quoteCoin": market.quote,
        "innovation": "0",
        "status": _status(market),
        "marginTrading": "utaOnly",
        "lotSizeFilter": {
            "basePrecision": plain(market.step),
            "quotePrecision": plain(quote_step(market)),
            "minOrderQty": plain(market.min_quantity),
            "maxOrderQty": plain(market.max_market_quantity),
            "minOrderAmt": plain(market.min_notional),
            "maxOrderAmt": "4000000",
        },
        "priceFilter": {"tickSize": plain(market.tick)},
    }


def tickers(call: Call) -> Any:
    rows = [_ticker(call, market) for market in call.markets() if market.status is MarketStatus.TRADING]
    return page(call, rows, default=1000, most=1000)


def _ticker(call: Call, market: Market) -> dict[str, Any]:
    price = call.exchange.price(market.symbol)
    bid, ask = call.exchange.bid_and_ask(market)
    size = plain(market.max_market_quantity)
    row = {
        "symbol": market.name,
        "lastPrice": plain(price),
        "bid1Price": plain(bid),
        "bid1Size": size,
        "ask1Price": plain(ask),
        "ask1Size": size,
        "prevPrice24h": plain(price),
        "price24hPcnt": "0",
        "highPrice24h": plain(price),
        "lowPrice24h": plain(price),
        "turnover24h": "0",
        "volume24h": "0",
    }
    if call.kind is Kind.SPOT:
        return row | {"usdIndexPrice": plain(price)}
    return row | {
        "markPrice": plain(call.exchange.mark(market.symbol)),
        "indexPrice": plain(price),
        "fundingRate": fixed(call.exchange.funding_rate(market.symbol)),
        "nextFundingTime": str(call.exchange.next_funding),
        "openInterest": "0",
    }

"""What Mercado Bitcoin tells everyone: symbols in columns, last prices, the book."""

from typing import Any

from simulator.core.markets import Kind, Market, MarketStatus
from simulator.dialects.call import Call
from simulator.dialects.encoding import fixed, plain


def asked(call: Call) -> list[Market]:
    """The markets of the comma list `symbols`, or all without it."""
    names = [name for name in call.optional("symbols").split(",") if name]
    return [call.exchange.market_named(Kind.SPOT, name) for name in names] if names else call.markets("symbols")


def symbols(call: Call) -> Any:
    markets = asked(call)
    return {
        "symbol": [market.name for market in markets],
        "base-currency": [market.base for market in markets],
        "currency": [market.quote for market in markets],
        "description": [market.base for market in markets],
        "exchange-listed": [True for _ in markets],
        "exchange-traded": [market.status is MarketStatus.TRADING for market in markets],
        "minmovement": [plain(market.tick) for market in markets],
        "pricescale": [10**market.price_decimals for market in markets],
        "session-regular": ["24x7" for _ in markets],
        "timezone": ["America/Sao_Paulo" for _ in markets],
        "type": ["CRYPTO" for _ in markets],
        "min-volume": [fixed(market.min_quantity) for market in markets],
        "max-volume": [fixed(market.max_market_quantity) for market in markets],
        "min-cost": [fixed(market.min_notional) for market in markets],
        "max-cost": ["1000000.00000000" for _ in markets],
        "round-lot": [plain(market.step) for market in markets],
    }


def tickers(call: Call) -> Any:
    """`symbols` is mandatory."""
    call.text("symbols")
    return [_ticker(call, market) for market in asked(call)]


def _ticker(call: Call, market: Market) -> dict[str, Any]:
    price = fixed(call.exchange.price(market.symbol))
    bid, ask = call.exchange.bid_and_ask(market)
    return {
        "pair": market.name,
        "last": price,
        "buy": fixed(bid),
        "sell": fixed(ask),
        "open": price,
        "high": price,
        "low": price,
        "vol": "0.00000000",
        "date": call.exchange.clock() * 1_000_000,
    }


def orderbook(call: Call) -> Any:
    market = call.market()
    bid, ask = call.exchange.bid_and_ask(market)
    size = fixed(market.max_market_quantity)
    return {
        "asks": [[fixed(ask), size]],
        "bids": [[fixed(bid), size]],
        "timestamp": call.exchange.clock() * 1_000_000,
    }
